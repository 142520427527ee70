#include "core/proc/monitor.hpp"

#include "core/proc/inbox.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/signal.hpp"

namespace rsp {
namespace {

/** Takes the DOWN of this reference out of the inbox. */
bool flush_down(Process& self, uint64_t number) {
  Envelope* const message = take_message(self, [number](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::DOWN && candidate.ref == number;
  });
  if (message != nullptr) retire(self, message);
  return message != nullptr;
}

}  // namespace

rsp_result open_request(Process& self, Pid target, Atom name, LocalRef* out) {
  const bool to_self = target.id == self.id();
  Envelope* const record = envelope_new(to_self ? EnvelopeKind::ALIAS : EnvelopeKind::WATCHING);
  if (record == nullptr) return RSP_ENOMEM;
  *out = LocalRef{next_number(), self.id()};
  record->peer = target.id;
  record->ref = out->number;
  record->ref_owner = out->owner;
  record->alias = AliasMode::REPLY;
  record->aux = name.id;
  if (name.id != 0) record->flags |= envelope_flag::BY_NAME;
  record->number = 1;
  record->mark = self.received;
  self.edges.add(record);
  return RSP_OK;
}

rsp_result monitor(Process& self, Pid target, const MonitorOptions& options, LocalRef* out) {
  const LocalRef ref{next_number(), self.id()};
  const bool to_self = target.id == self.id();
  if (to_self && options.alias == AliasMode::NONE) {
    *out = ref;
    return RSP_OK;
  }
  Envelope* const record = envelope_new(to_self ? EnvelopeKind::ALIAS : EnvelopeKind::WATCHING);
  Envelope* const signal = to_self ? nullptr : envelope_new(EnvelopeKind::MONITOR);
  if (record == nullptr || (signal == nullptr && !to_self)) {
    envelope_free_blank(record);
    envelope_free_blank(signal);
    return RSP_ENOMEM;
  }
  record->peer = target.id;
  record->ref = ref.number;
  record->ref_owner = ref.owner;
  record->alias = options.alias;
  record->number = options.brings_reply ? 1 : 0;
  record->tag = options.tag.id;
  record->aux = options.name.id != 0 ? options.name.id : options.note;
  if (options.name.id != 0) record->flags |= envelope_flag::BY_NAME;
  if (options.suspends) record->flags |= envelope_flag::SUSPENDS;
  record->mark = self.received;
  self.edges.add(record);
  *out = ref;
  if (to_self) return RSP_OK;
  if (options.suspends) signal->flags |= envelope_flag::SUSPENDS;
  signal->from = self.id();
  signal->ref = ref.number;
  signal->ref_owner = ref.owner;
  // A dead target answers through this process's own mailbox, behind what it sent before.
  post(target.id, signal);
  return RSP_OK;
}

rsp_result monitor_name(Process& self, Atom name, MonitorOptions options, LocalRef* out) {
  options.name = name;
  // Nobody has id 0: the answer is noproc, like that of any dead process.
  return monitor(self, whereis(name), options, out);
}

void demonitor(Process& self, LocalRef ref, bool flush, bool* removed, bool* flushed) {
  *removed = *flushed = false;
  Envelope* const record = self.edges.find_ref(ref.number);
  if (record != nullptr && record->kind == EnvelopeKind::WATCHING) {
    *removed = true;
    self.edges.remove(record);
    Envelope* signal = record;
    if (record->alias == AliasMode::EXPLICIT) {
      // The alias goes on without the monitor. Without memory for the notice the target keeps a record that
      // nobody waits for.
      signal = envelope_new(EnvelopeKind::DEMONITOR);
      if (signal != nullptr) {
        signal->ref = record->ref;
        signal->peer = record->peer;
      }
      record->kind = EnvelopeKind::ALIAS;
      self.edges.add(record);
    }
    if (signal != nullptr) {
      signal->kind = EnvelopeKind::DEMONITOR;
      signal->from = self.id();
      post(signal->peer, signal);
    }
    return;
  }
  if (flush) *flushed = flush_down(self, ref.number);
}

bool end_monitor(Process& self, LocalRef ref) {
  bool removed;
  bool flushed;
  demonitor(self, ref, true, &removed, &flushed);
  return removed || flushed;
}

rsp_result make_alias(Process& self, AliasMode mode, LocalRef* out) {
  Envelope* const record = envelope_new(EnvelopeKind::ALIAS);
  if (record == nullptr) return RSP_ENOMEM;
  *out = LocalRef{next_number(), self.id()};
  record->ref = out->number;
  record->ref_owner = out->owner;
  record->alias = mode == AliasMode::REPLY ? mode : AliasMode::EXPLICIT;
  record->mark = self.received;
  self.edges.add(record);
  return RSP_OK;
}

bool unalias(Process& self, LocalRef ref) {
  Envelope* const record = self.edges.find_ref(ref.number);
  if (record == nullptr || record->alias == AliasMode::NONE) return false;
  if (record->kind == EnvelopeKind::WATCHING) {
    record->alias = AliasMode::NONE;
    return true;
  }
  if (record->kind != EnvelopeKind::ALIAS) return false;
  self.edges.remove(record);
  retire(self, record);
  return true;
}

}  // namespace rsp
