#include "core/proc/select.hpp"

#include "core/env/sometimes.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/signal.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

using env::Direction;

struct Way {
  uint32_t bit;
  Direction direction;
  uint64_t Envelope::*key;  // in the record; 0: not registered in this direction
};

constexpr Way WAYS[] = {{select_mode::READ, Direction::READ, &Envelope::aux},
                        {select_mode::WRITE, Direction::WRITE, &Envelope::number}};

/** Ends what the record has registered. The directions that were not ready. */
uint32_t take_back(Envelope* record) {
  uint32_t taken = 0;
  for (const Way& way : WAYS) {
    Watches::Key& key = record->*way.key;
    void* const message = key == 0 ? nullptr : scheduler().poller().take_back(key);
    key = 0;
    if (message == nullptr) continue;
    envelope_free(static_cast<Envelope*>(message));
    taken |= way.bit;
  }
  return taken;
}

uint32_t directions_of(const Envelope* record) {
  uint32_t mode = 0;
  for (const Way& way : WAYS) {
    if (record->*way.key != 0) mode |= way.bit;
  }
  return mode;
}

rsp_result add(const Process& self, Envelope* record, int fd, const Way& way) {
  Envelope* const message = envelope_new_plain(EnvelopeKind::SELECT);
  if (message == nullptr) return RSP_ENOMEM;
  message->from = self.id();
  message->ref = record->ref;
  message->ref_owner = self.id();
  message->term = TermBits::integer(way.bit);
  const rsp_result result = scheduler().poller().add(fd, way.direction, message, &(record->*way.key));
  if (result != RSP_OK) envelope_free(message);
  return result;
}

void tell(void* subject) {
  Envelope* const message = static_cast<Envelope*>(subject);
  post(message->ref_owner, message);
}

void drop(void* subject) { envelope_free(static_cast<Envelope*>(subject)); }

Envelope* selected_record(Process& self, uint64_t number) {
  Envelope* const record = self.edges.find_ref(number);
  return record != nullptr && record->kind == EnvelopeKind::SELECTED ? record : nullptr;
}

/** One that was received and not read. */
void flush_ready(Process& self, uint64_t number) {
  Envelope* const message = take_message(self, [number](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::SELECT && candidate.ref == number;
  });
  if (message != nullptr) retire(self, message);
}

}  // namespace

rsp_result select(Process& self, int fd, uint32_t mode, LocalRef* out) {
  Envelope* const record = envelope_new(EnvelopeKind::SELECTED);
  if (record == nullptr) return RSP_ENOMEM;
  record->ref = next_number();
  record->mark = self.received;
  for (const Way& way : WAYS) {
    if ((mode & way.bit) == 0) continue;
    const rsp_result result = add(self, record, fd, way);
    if (result == RSP_OK) continue;
    // Of the other direction a message may be on its way: it finds no record.
    take_back(record);
    envelope_free(record);
    return result;
  }
  *out = LocalRef{record->ref, self.id()};
  self.edges.add(record);
  self.flags |= process_flag::SELECTS;
  scheduler().attend();
  return RSP_OK;
}

void cancel_select(Process& self, LocalRef which, bool* active) {
  *active = false;
  if (which.owner != self.id()) return;
  Envelope* const record = selected_record(self, which.number);
  if (record == nullptr) return flush_ready(self, which.number);
  const uint32_t mode = directions_of(record);
  *active = take_back(record) == mode;
  self.edges.remove(record);
  envelope_free(record);
}

bool select_done(Process& self, Envelope* message) {
  Envelope* const record = selected_record(self, message->ref);
  if (record == nullptr) return false;
  const uint32_t mode = directions_of(record);
  const uint32_t waiting = take_back(record);
  if ((mode & ~waiting) == select_mode::BOTH) RSP_SOMETIMES("a descriptor is ready in both directions");
  message->term = TermBits::integer(mode & ~waiting);
  self.edges.remove(record);
  envelope_free(record);
  return true;
}

void drop_registrations(Process& self) {
  if (!self.has(process_flag::SELECTS)) return;
  for (Envelope* record = self.edges.first(); record != nullptr;) {
    Envelope* const next = self.edges.after(record);
    if (record->kind == EnvelopeKind::SELECTED) {
      take_back(record);
      self.edges.remove(record);
      envelope_free(record);
    }
    record = next;
  }
}

const PollHooks& poll_hooks() {
  static constexpr PollHooks HOOKS{&tell, &drop};
  return HOOKS;
}

}  // namespace rsp
