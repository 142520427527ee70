#include "core/proc/timer.hpp"

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/idle.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/signal.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

ProcessTimer* of(Timer* timer) {
  static_assert(offsetof(ProcessTimer, timer) == 0);
  return reinterpret_cast<ProcessTimer*>(timer);
}

ProcessTimer* timer_of(const Envelope* record) { return reinterpret_cast<ProcessTimer*>(record->aux); }

void drop_envelopes(ProcessTimer* timer) {
  for (Envelope** envelope : {&timer->message, &timer->notice}) {
    if (*envelope != nullptr) envelope_free(*envelope);
    *envelope = nullptr;
  }
}

void disown(ProcessTimer* timer) {
  if (!timer->owners.leave()) return;
  drop_envelopes(timer);
  if (timer->slot == 0) {
    mem_delete(timer);
  } else {
    timer_slots().release(timer->slot);
  }
}

void reclaim(Timer* timer) { disown(of(timer)); }

void fire(Timer* base) {
  ProcessTimer* const timer = of(base);
  Envelope* const message = timer->message;
  timer->message = nullptr;
  const uint64_t to = timer->to != 0 ? timer->to : whereis(timer->name).id;
  if (to == 0) {
    envelope_free(message);
  } else if (to == timer->owner) {
    post(to, message);  // what a process reminds itself of is let in
  } else {
    post_or_drop(to, message);
  }
  if (timer->notice != nullptr) {
    Envelope* const notice = timer->notice;
    timer->notice = nullptr;
    post(timer->owner, notice);
  }
  disown(timer);
}

/** False: it has fired. True: it will not, and what it was to send is dropped here and now: its worker, which
 * gives back the rest, may sleep for as long as the timer would have run. */
bool cancel(ProcessTimer* timer) {
  if (!TimerQueue::cancel(&timer->timer)) return false;
  // The caller's share keeps the timer; reclaim() looks at the envelopes only when it has the last one.
  drop_envelopes(timer);
  return true;
}

/** Makes a timer ready; nobody owns it before its owners are opened. */
void prepare(ProcessTimer* timer, uint32_t slot, const Process& self, uint64_t deadline_ns,
             TimerTarget target, Envelope* message) {
  timer->timer.deadline_ns = deadline_ns;
  timer->timer.fire = &fire;
  timer->timer.reclaim = &reclaim;
  timer->timer.in_heap = false;
  timer->timer.state.store(Timer::STARTING, env::RELAXED);
  timer->slot = slot;
  timer->name = target.name;
  timer->to = target.to;
  timer->owner = self.id();
  timer->number = next_number();
  timer->message = message;
  timer->notice = nullptr;
}

/** The deadline of an await. */
ProcessTimer* deadline_new(const Process& self, uint64_t deadline_ns, Envelope* message) {
  ProcessTimer* const timer = mem_new<ProcessTimer>();
  if (timer == nullptr) {
    RSP_SOMETIMES("no memory for a deadline");
    return nullptr;
  }
  prepare(timer, 0, self, deadline_ns, TimerTarget{self.id(), {}}, message);
  timer->owners.open(timer->number, 2);
  return timer;
}

uint64_t remaining(const ProcessTimer* timer) {
  const uint64_t now = env::now_ns();
  return timer->timer.deadline_ns > now ? timer->timer.deadline_ns - now : 0;
}

/** The timer of a reference that another process made, with a share for the caller; nullptr: it is over. */
ProcessTimer* share_of_another(const TimerRef& which) {
  ProcessTimer* const timer = timer_slots().at(which.slot);
  if (timer == nullptr || !timer->owners.share(which.ref.number)) return nullptr;
  if (timer->number == which.ref.number && timer->owner == which.ref.owner) return timer;
  disown(timer);
  return nullptr;
}

/** Cancels the timer of another process, which is told so that its record goes: by the notice that it was to
 * get, or else by the envelope of its message. */
void cancel_of_another(const TimerRef& which, bool* active, uint64_t* remaining_ns) {
  ProcessTimer* const timer = share_of_another(which);
  if (timer == nullptr) return;
  const uint64_t left = remaining(timer);
  if (TimerQueue::cancel(&timer->timer)) {
    *active = true;
    *remaining_ns = left;
    Envelope* notice = timer->notice;
    if (notice == nullptr) {
      notice = timer->message;
      envelope_drop_payload(notice);
      notice->kind = EnvelopeKind::TIMER_FIRED;
      notice->flags = 0;
      notice->ref = timer->number;
    } else {
      envelope_free(timer->message);
    }
    timer->message = timer->notice = nullptr;
    post(timer->owner, notice);
  }
  disown(timer);
}

Envelope* armed_record(Process& self, LocalRef ref) {
  Envelope* const record = self.edges.find_ref(ref.number);
  return record != nullptr && record->kind == EnvelopeKind::ARMED ? record : nullptr;
}

}  // namespace

rsp_result start_timer(Process& self, uint64_t deadline_ns, TimerTarget target, Envelope* message,
                       TimerRef* out) {
  Envelope* const record = envelope_new(EnvelopeKind::ARMED);
  if (record == nullptr) return RSP_ENOMEM;
  const bool to_self = target.to == self.id();
  Envelope* const notice = to_self ? nullptr : envelope_new(EnvelopeKind::TIMER_FIRED);
  uint32_t slot;
  ProcessTimer* const timer = to_self || notice != nullptr ? timer_slots().acquire(&slot) : nullptr;
  if (timer == nullptr) {
    envelope_free_blank(notice);
    envelope_free_blank(record);
    return RSP_ENOMEM;
  }
  prepare(timer, slot, self, deadline_ns, target, message);
  record->ref = timer->number;
  record->aux = reinterpret_cast<uint64_t>(timer);
  if (to_self) {
    message->flags |= envelope_flag::TIMED;
    message->number = timer->number;
  } else {
    notice->ref = timer->number;
    timer->notice = notice;
  }
  if (message->kind == EnvelopeKind::TIMER) {
    message->ref = timer->number;
    message->ref_owner = self.id();
    message->aux = slot;
  }
  *out = TimerRef{{timer->number, self.id()}, slot};
  self.edges.add(record);
  timer->owners.open(timer->number, 2);
  scheduler().start_timer(&timer->timer);
  return RSP_OK;
}

rsp_result start_timer(Process& self, uint64_t deadline_ns, TimerTarget target, Payload& payload,
                       EnvelopeKind kind, TimerRef* out) {
  Envelope* const message = make_message(kind, self.id(), payload);
  if (message == nullptr) return RSP_ENOMEM;
  const rsp_result result = start_timer(self, deadline_ns, target, message, out);
  if (result != RSP_OK) {
    take_payload_back(message, payload);
    envelope_free(message);
  }
  return result;
}

void cancel_timer(Process& self, const TimerRef& which, bool* active, uint64_t* remaining_ns) {
  *active = false;
  *remaining_ns = 0;
  if (which.ref.owner != self.id()) return cancel_of_another(which, active, remaining_ns);
  Envelope* const record = armed_record(self, which.ref);
  if (record == nullptr) return;
  ProcessTimer* const timer = timer_of(record);
  const uint64_t left = remaining(timer);
  if (!cancel(timer)) {
    RSP_SOMETIMES("cancel of a timer that has just fired");
    return;  // its message or a notice is under way and ends the record
  }
  *active = true;
  *remaining_ns = left;
  timer_done(self, record);
}

void read_timer(Process& self, const TimerRef& which, bool* active, uint64_t* remaining_ns) {
  *active = false;
  *remaining_ns = 0;
  ProcessTimer* timer = nullptr;
  const bool is_own = which.ref.owner == self.id();
  if (!is_own) {
    timer = share_of_another(which);
  } else if (Envelope* const record = armed_record(self, which.ref)) {
    timer = timer_of(record);
  }
  if (timer == nullptr) return;
  const uint32_t state = timer->timer.state.load(env::ACQUIRE);  // pairs with insert, run and cancel
  *active = state == Timer::STARTING || state == Timer::ARMED;
  if (*active) *remaining_ns = remaining(timer);
  if (!is_own) disown(timer);
}

void timer_done(Process& self, Envelope* record) {
  if (record->kind != EnvelopeKind::ARMED) return;
  self.edges.remove(record);
  disown(timer_of(record));
  envelope_free(record);
}

void drop_timer_record(Envelope* record) {
  ProcessTimer* const timer = timer_of(record);
  if (timer->to == timer->owner) cancel(timer);
  disown(timer);
  envelope_free(record);
}

rsp_result arm_deadline(Process& self, uint64_t deadline_ns) {
  if (self.await_timer != nullptr) {
    // Armed already: it will look when it fires, and arm itself again if that is too early. So the usual
    // "set, answer came" touches nothing shared.
    if (self.await_timer->timer.deadline_ns <= deadline_ns) return RSP_OK;
    drop_deadline(self);
  }
  Envelope* const envelope = envelope_new(EnvelopeKind::DEADLINE);
  if (envelope == nullptr) return RSP_ENOMEM;
  ProcessTimer* const timer = deadline_new(self, deadline_ns, envelope);
  if (timer == nullptr) {
    envelope_free_blank(envelope);
    return RSP_ENOMEM;
  }
  envelope->ref = timer->number;
  self.await_timer = timer;
  scheduler().start_timer(&timer->timer);
  return RSP_OK;
}

void receive_deadline(Process& self, Envelope* envelope) {
  ProcessTimer* const timer = self.await_timer;
  if (timer == nullptr || timer->number != envelope->ref) {
    envelope_free(envelope);
    return;
  }
  const bool awaits = self.has(process_flag::AWAITING) && !self.has(process_flag::ANSWERED);
  const bool idles = is_idle(self);
  const bool waiting = (awaits || idles || self.has(process_flag::WAITING)) &&
                       self.await_deadline_ns != TimerQueue::NEVER && !self.has(process_flag::EXITING);
  if (waiting && env::now_ns() < self.await_deadline_ns) {
    RSP_SOMETIMES("deadline arms itself again");
    // The timer that fired may still be in the hands of its worker: a fresh one takes the envelope over.
    ProcessTimer* const next = deadline_new(self, self.await_deadline_ns, envelope);
    if (next != nullptr) {
      envelope->ref = next->number;
      disown(timer);
      self.await_timer = next;
      scheduler().start_timer(&next->timer);
      return;
    }
    // Without memory for the timer an await ends early rather than never. Who hears `timeout` relies on the time.
    if (idles) condemn(self, Term(ATOM_SYSTEM_LIMIT));
  }
  self.await_timer = nullptr;
  disown(timer);
  if (waiting && idles) return deliver_timeout(self, envelope);
  if (waiting) self.flags |= process_flag::LATE;
  envelope_free(envelope);
}

void drop_deadline(Process& self) {
  if (self.await_timer == nullptr) return;
  cancel(self.await_timer);
  disown(self.await_timer);
  self.await_timer = nullptr;
}

}  // namespace rsp
