// Suspension (docs/semantics.md, S-SUSP): a process whose code another process keeps from running.
//
// A suspension is a monitor that tells nothing: WATCHING at who suspends, WATCHER at the other, both with SUSPENDS. So it
// ends with either of them as a monitor does, by a DEMONITOR or a DOWN, and needs no memory then. The process has the
// flag SUSPENDED while it has such a WATCHER: it receives signals, and steps into no code.
//
// The question behind the monitor (ALIVE_REQUEST with SUSPENDS, `aux` the reference of the monitor) stays a record until
// the process comes to the point where it would have run code, and does not: then none of its code runs, and the answer
// goes back; or until the monitor is taken back. REST_ASKED: there may be such a question.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

/** erlang:suspend_process/1. The answer comes to *out: true; false of the dead; nil if the suspension was taken back
 * before, and of one that cannot be suspended, since its code is a thread's. RSP_EINVAL: oneself, or the root. The owner of `self`. */
[[nodiscard]] rsp_result request_suspension(Process& self, Pid target, LocalRef* out);

/** The same, and waits for the answer. RSP_ENOPROC, RSP_EINVAL (it cannot be suspended), and those of receive_answer: then,
 * as after an answer that is not true, the suspension is taken back. */
[[nodiscard]] rsp_result suspend(Process& self, Pid target, uint64_t deadline_ns);

/** erlang:resume_process/1: takes one suspension of `target` by `self` back. False: there is none. */
bool resume(Process& self, Pid target);

// For signal.cpp and whoever steps into code of a process. The owner.

/** Whether its code is the scheduler's to run: not that of a thread that made itself a process. */
inline bool can_be_suspended(const Process& self) { return self.process_class != ProcessClass::ATTACHED; }

/** The question behind a suspension, given by its reference, that is not answered yet, or nullptr. */
Envelope* question_behind(const Process& self, uint64_t suspension);

/** A WATCHER with SUSPENDS has come, or has gone: the flag follows. */
void update_suspended(Process& self);

/** The process is where its code would run, and is SUSPENDED: who has asked is told. Receives signals. */
void confirm_suspension(Process& self);

}  // namespace rsp
