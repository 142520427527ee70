// The border between the code of a process and the runtime, in both directions.
//
// Its code calls the runtime: begin_call ... end_call. The runtime calls its code: begin_user ... end_user.
// Each crossing is written to the process (core/sched/crossing.hpp): IN_USER while its own code runs (a callback on a
// worker; an attached thread outside every call), IN_SECTION while that code is in a blocking section, IN_RUNTIME
// while the runtime works for it, and while behaviours of ours do (core/otp).
//
//   C1  Every call is a checkpoint: begin_call receives the signals. A process that is to die is refused with
//       RSP_EXITING from then on.
//   C2  A call inside a call is refused (RSP_EWRONGTHREAD): a match predicate or a drop function runs while
//       the runtime is at work on the same inbox. What needs no process may be called from there.
//   C3  Only the thread that runs the process may call for it: the thread-local says which one that is, so
//       that a handle which went astray is refused without being looked into. What takes such a handle takes a
//       pointer: from behind a reference compilers read what they will need, before anything has been asked.
//   C4  An attached process belongs to its thread from begin_call to end_call, and to whoever serves its
//       signals outside.
//   C5  Whoever is IN_USER on a worker may lose process and worker at any moment: end_user takes the process back
//       before it returns, so nothing private is touched before it or after begin_user.
#pragma once

#include "core/env/thread_locals.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/node.hpp"
#include "core/proc/process.hpp"
#include "core/proc/signal.hpp"
#include "resprout/result.h"

namespace rsp {

/** The runtime is about to run code of this process. */
inline void begin_user(Process& self) { self.crossing.enter_user(); }

/** It has returned, or calls. The process is the caller's, or it was ended meanwhile and is EXITING. */
inline void end_user(Process& self) {
  if (!self.crossing.leave_user()) [[unlikely]]
    come_back(self);
}

inline bool is_in_user(const Process& self) { return self.crossing.where() == Crossing::IN_USER; }

/** begin_call for the process that this thread attached. `caller` may be any address. */
[[nodiscard]] rsp_result begin_attached_call(Process* caller);

/** A call by the code of `caller`. RSP_OK: the process is the caller's until end_call. Else nothing was begun:
 * RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED. `caller` may be any address. */
[[nodiscard]] inline rsp_result begin_call(Process* caller) {
  if (is_forked()) return RSP_EFORKED;
  if (env::thread_locals()->process != caller) return begin_attached_call(caller);
  Process& self = *caller;
  constexpr uint32_t ENDING = process_flag::CONDEMNED | process_flag::EXITING;
  if (!is_in_user(self)) return self.has(ENDING) ? RSP_EXITING : RSP_EWRONGTHREAD;
  end_user(self);
  if (!self.has(ENDING) && checkpoint(self)) return RSP_OK;
  begin_user(self);
  return RSP_EXITING;
}

/** The call returns. An attached process that was condemned meanwhile ends here. */
inline void end_call(Process& self) {
  if (self.process_class == ProcessClass::ATTACHED) leave_call(self);
  begin_user(self);
}

/** The process whose code runs on this thread, or nullptr: none, or it is inside a call. */
Process* current_process();

}  // namespace rsp
