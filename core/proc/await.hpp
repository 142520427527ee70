// Waiting for the answer to one reference.
//
// A handler suspends: the callback returns Next::AWAIT, and until the answer only the continuation is run.
// The answer is a message through the reference as an alias, its DOWN, the reply of an is_alive or
// process_info request, or the deadline; or the EXIT of one named process (a supervisor names its parent).
// Exit signals are handled as always; every other message stays queued.
#pragma once

#include "core/proc/process.hpp"
#include "core/proc/spawn.hpp"
#include "core/sched/timer_queue.hpp"
#include "resprout/result.h"

namespace rsp {

constexpr uint64_t NEVER = TimerQueue::NEVER;

/** Begins to wait for `ref`: its answer is kept apart from here on. `exit_of` 0: no named process. */
void begin_await(Process& self, uint64_t ref, uint64_t exit_of = 0);

/** For a callback of a handler: `return await(...)`. Without memory it raises system_limit. */
Next await(Process& self, uint64_t ref, uint64_t deadline_ns, AwaitContinuation continuation, void* context,
           uint64_t exit_of = 0);

/** The same for what is over already: the continuation runs next, as after a deadline. */
Next await_nothing(Process& self, AwaitContinuation continuation, void* context);

/** Only a handler awaits, and one thing at a time. */
inline bool can_await(const Process& self) {
  return self.process_class == ProcessClass::HANDLER && !self.has(process_flag::AWAITING);
}

/** Whether this message is what the process waits for. Who waits for its overseer hears of the root too. */
inline bool answers_await(const Process& self, const Envelope& message) {
  if (message.kind == EnvelopeKind::CALL) return false;  // its reference is of who asks
  if (message.ref != 0 && message.ref == self.await_ref) return true;
  if (message.kind != EnvelopeKind::EXIT || self.await_exit_of == 0) return false;
  return message.from == self.await_exit_of ||
         (self.await_exit_of == overseer(self) && is_overseer(self, message.from));
}

inline bool await_is_over(const Process& self) {
  return self.has(process_flag::ANSWERED | process_flag::LATE);
}

/** Ends the waiting and takes the answer: nullptr means the deadline passed. */
Envelope* end_await(Process& self);

}  // namespace rsp
