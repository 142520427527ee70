// The border between the code of a process and the runtime, in both directions.
//
// Its code calls the runtime: begin_call ... end_call. The runtime calls its code: begin_user ... end_user.
// Each crossing is written to the word `in_user` of the process: IN_USER while its own code runs (a callback on a
// worker; an attached thread outside every call), IN_SECTION while that code is in a blocking section, IN_RUNTIME
// while the runtime works for it.
//
//   C1  Every call is a checkpoint: begin_call receives the signals. A process that is to die is refused with
//       RSP_EXITING from then on.
//   C2  A call inside a call is refused (RSP_EWRONGTHREAD): a match predicate or a drop function runs while
//       the runtime is at work on the same inbox. What needs no process may be called from there.
//   C3  Only the thread that runs the process may call for it: the thread-local says which one that is, so
//       that a handle which went astray is refused without being looked into.
//   C4  An attached process belongs to its thread from begin_call to end_call, and to whoever serves its
//       signals outside.
//
// `in_user` is stored relaxed: only the process's thread reads it.
#pragma once

#include "core/env/thread_locals.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/node.hpp"
#include "core/proc/process.hpp"
#include "core/proc/signal.hpp"
#include "resprout/result.h"

namespace rsp {

/** The runtime is about to run code of this process. */
inline void begin_user(Process& self) { self.in_user.store(IN_USER, env::RELAXED); }

/** It has returned. */
inline void end_user(Process& self) { self.in_user.store(IN_RUNTIME, env::RELAXED); }

inline bool is_in_user(const Process& self) { return self.in_user.load(env::RELAXED) == IN_USER; }

/** begin_call for the process that this thread attached. */
[[nodiscard]] rsp_result begin_attached_call(Process& self);

/** A call by the code of `self`. RSP_OK: the process is the caller's until end_call. Else nothing was begun:
 * RSP_EXITING, RSP_EWRONGTHREAD, RSP_EFORKED. `self` may be any address. */
[[nodiscard]] inline rsp_result begin_call(Process& self) {
  if (is_forked()) return RSP_EFORKED;
  if (env::thread_locals()->process != &self) return begin_attached_call(self);
  if (self.has(process_flag::CONDEMNED | process_flag::EXITING)) return RSP_EXITING;
  if (!is_in_user(self)) return RSP_EWRONGTHREAD;
  end_user(self);
  if (checkpoint(self)) return RSP_OK;
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
