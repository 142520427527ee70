#include "core/proc/charge.hpp"

#include "core/proc/post.hpp"
#include "core/proc/signal.hpp"

namespace rsp {
namespace {

Envelope* find_charge(const Process& self, uint64_t charge) {
  Envelope* const record = charge == 0 ? nullptr : self.edges.find_ref(charge);
  return record != nullptr && record->kind == EnvelopeKind::CHARGE ? record : nullptr;
}

/** Makes a record the kill, and returns to whom it goes. */
uint64_t make_kill(const Process& self, Envelope* charge) {
  charge->kind = EnvelopeKind::EXIT_SIGNAL;
  charge->term = Term(ATOM_KILL).release();
  charge->from = self.id();
  charge->flags = 0;
  return charge->peer;
}

}  // namespace

void discharge(Process& self, uint64_t charge) {
  Envelope* const record = find_charge(self, charge);
  if (record == nullptr) return;
  self.edges.remove(record);
  envelope_free_blank(record);
}

void discharge_all(Process& self) {
  for (Envelope* record = self.edges.first(); record != nullptr;) {
    Envelope* const next = self.edges.after(record);
    if (record->kind == EnvelopeKind::CHARGE) {
      self.edges.remove(record);
      envelope_free_blank(record);
    }
    record = next;
  }
}

void end_charge(Process& self, uint64_t charge) {
  Envelope* const record = find_charge(self, charge);
  if (record == nullptr) return;
  self.edges.remove(record);
  post(make_kill(self, record), record);
}

bool make_last_kill(const Process& self, Envelope* charge, uint64_t* to) {
  if (charge->has(envelope_flag::ACTIVE)) return false;
  *to = make_kill(self, charge);
  return true;
}

Pid made_by_starter(const Process& self, uint64_t charge) {
  const Envelope* const starter = find_charge(self, charge);
  if (starter == nullptr) return Pid{};
  for (const Envelope* record = self.edges.after(starter); record != nullptr;
       record = self.edges.after(record)) {
    const bool is_of_it = record->kind == EnvelopeKind::LINKED && record->tag == starter->peer;
    if (is_of_it && record->has(envelope_flag::ACTIVE)) return Pid{record->peer, 0, 0};
  }
  return Pid{};
}

}  // namespace rsp
