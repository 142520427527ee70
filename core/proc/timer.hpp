// Timers of processes: send_after, start_timer, cancel, read (docs/semantics.md, S-TIMER), and the deadline
// of an await.
//
// A ProcessTimer is shared by two: the queue that will fire it and the process that started it; and for a
// moment by another process that cancels or reads it, which finds it by its reference (timer_slots.hpp). The
// last one frees it. The process remembers each of its timers by a record (ARMED), which goes when the timer's
// message is taken, when it is cancelled, or, for a timer aimed at or cancelled by another process, when the
// TIMER_FIRED notice arrives.
#pragma once

#include "core/proc/message.hpp"
#include "core/proc/process.hpp"
#include "core/proc/timer_slots.hpp"
#include "core/sched/timer_queue.hpp"
#include "resprout/result.h"

namespace rsp {

struct ProcessTimer {
  Timer timer;
  TimerOwners owners;
  uint32_t slot;  // 0: the deadline of an await, which has no reference and no slot
  Atom name;      // resolved when it fires, if `to` is 0
  uint64_t to;
  uint64_t owner;     // process that started it
  uint64_t number;    // of its reference
  Envelope* message;  // what it sends; nullptr once fired
  Envelope* notice;   // TIMER_FIRED for the owner, if it is aimed at another process
};

/** Where a timer's message goes: to a process, or to whoever has the name when it fires. */
struct TimerTarget {
  uint64_t to = 0;
  Atom name{};
};

/** What a reference says of its timer. */
struct TimerRef {
  LocalRef ref;
  uint32_t slot = 0;
};

/** Starts a timer that posts `message` (MESSAGE or TIMER) no earlier than at `deadline_ns`. On success the
 * timer owns the message; on failure the caller still does. */
[[nodiscard]] rsp_result start_timer(Process& self, uint64_t deadline_ns, TimerTarget target,
                                     Envelope* message, TimerRef* out);

/** The same with the message still to be made, of this kind. On failure the payload stays with the caller. */
[[nodiscard]] rsp_result start_timer(Process& self, uint64_t deadline_ns, TimerTarget target,
                                     Payload& payload, EnvelopeKind kind, TimerRef* out);

/** Cancels or reads a timer, whoever started it. *active false: fired, cancelled, or no timer. */
void cancel_timer(Process& self, const TimerRef& which, bool* active, uint64_t* remaining_ns);
void read_timer(Process& self, const TimerRef& which, bool* active, uint64_t* remaining_ns);

/** The timer of this ARMED record is over: the record goes. */
void timer_done(Process& self, Envelope* record);

/** At exit: frees the record, and cancels its timer if that is aimed at the process itself. One aimed at
 * another still fires. */
void drop_timer_record(Envelope* record);

/** Makes sure a DEADLINE comes no later than at `deadline_ns`. */
[[nodiscard]] rsp_result arm_deadline(Process& self, uint64_t deadline_ns);

/** A DEADLINE was taken; the envelope is not held. */
void receive_deadline(Process& self, Envelope* envelope);

/** At exit. */
void drop_deadline(Process& self);

}  // namespace rsp
