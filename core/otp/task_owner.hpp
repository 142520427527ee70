// Tasks for whoever starts them: Elixir's Task (docs/semantics.md, S-TASK).
//
// A task is a process and one reference of its owner: a monitor of the process, and an alias for the value, which ends with
// the monitor. What comes through it is the value and then the DOWN, or the DOWN alone. So a task has one outcome for who
// takes the first of them and ends the monitor, and the calls here do both.
//
// All calls: the owner of `self`, inside a call. Those that wait need a thread or a lane: a handler gets RSP_EWOULDBLOCK,
// and awaits the reference (core/proc/await.hpp). Of another process's task each says RSP_ENOTOWNER, of one whose outcome
// was taken RSP_EINVAL.
#pragma once

#include "core/otp/task.hpp"
#include "core/proc/api.hpp"

namespace rsp {

struct Child;

/** A value: it may be copied, and does not keep anything alive. */
struct TaskRef {
  Pid pid;
  LocalRef ref;
};

/** Task.async/1: linked, and watched. The results of spawn(). */
[[nodiscard]] rsp_result start_task(Process& self, StartSpec& spec, TaskRef* out);

/** Task.Supervisor.async/2, and with `link` false async_nolink/2. Takes the child, which is a temporary task, in every case.
 * The results of start_child() in core/otp/client.hpp, and RSP_ENOMEM. */
[[nodiscard]] rsp_result start_task_under(Process& self, Pid supervisor, Child* child, bool link,
                                          TaskRef* out, Term* error);

// ---- The two halves of that, for a process that cannot wait in the middle. ----

/** The child gets a ticket of `owner`: its task begins when that one says so. */
[[nodiscard]] bool give_ticket(Child& child, Pid owner);

/** Watches a task that has been started with a ticket of this process, and says go. */
[[nodiscard]] rsp_result begin_task(Process& self, TaskTicket& ticket, Pid pid, bool link, TaskRef* out);

/** In place of begin_task: a task of this ticket does not begin. */
void withdraw_task(Process& self, TaskTicket& ticket);

/** Task.yield/2. RSP_OK: the value. RSP_EEXITED: the DOWN. After every other outcome the task can be asked again. */
[[nodiscard]] rsp_result yield_task(Process& self, const TaskRef& task, uint64_t deadline_ns, Envelope** out);

/** Task.await/2: the same, but whatever the outcome nothing of the task comes later; it is not stopped, and its link stays.
 */
[[nodiscard]] rsp_result await_task(Process& self, const TaskRef& task, uint64_t deadline_ns, Envelope** out);

/** {Reason, {await, Pid, Timeout}}: what a failed await raises, class exit. */
Term await_failure(TermBits reason, Pid pid, uint64_t timeout_ms);

/** Task.shutdown/2: unlinks it, ends it by `shutdown` and at the deadline by `kill`, or by that at once, and waits until it is
 * gone. RSP_OK: the value that it had sent, or nullptr where this call has ended it. RSP_EEXITED: the DOWN. After every
 * other outcome it can be asked again. */
[[nodiscard]] rsp_result shut_task_down(Process& self, const TaskRef& task, bool brutal_kill,
                                        uint64_t deadline_ns, Envelope** out);

/** Task.ignore/1: unlinks it, and lets it run. RSP_OK: the value that has come, or nullptr. RSP_EEXITED: the DOWN. RSP_ENOMEM:
 * nothing has changed. */
[[nodiscard]] rsp_result ignore_task(Process& self, const TaskRef& task, Envelope** out);

}  // namespace rsp
