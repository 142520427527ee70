// Waiting inside a call, in a process that has a thread of its own (docs/semantics.md, S-MBOX).
//
// A handler does not wait, it awaits (core/proc/await.hpp): here it gets RSP_EWOULDBLOCK.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/result.h"

namespace rsp {

/** Whether a message is wanted. User code: it runs inside the call, so it must not call the runtime for its
 * process. */
using Match = bool (*)(const Envelope& message, void* context);

/** Takes the oldest message that `match` accepts (nullptr: the oldest), waiting for one until the deadline; 0
 * does not wait. Each message is looked at once. RSP_OK: *out is the caller's, and any thread may free it.
 * RSP_ETIMEDOUT; RSP_EXITING; RSP_EWOULDBLOCK; RSP_ERAISED: an exception left `match`, and is pending now. */
[[nodiscard]] rsp_result receive(Process& self, Match match, void* context, uint64_t deadline_ns,
                                 Envelope** out);

/** Waits for the answer to `ref`, which this process made. The results of receive(); RSP_EINVAL: nothing can
 * ever come through it. */
[[nodiscard]] rsp_result receive_answer(Process& self, LocalRef ref, uint64_t deadline_ns, Envelope** out);

/** The answer to a request: its reply (RSP_OK) or its DOWN (RSP_EEXITED). After every other outcome the request goes on,
 * and can be asked again. */
[[nodiscard]] rsp_result wait_response(Process& self, LocalRef request, uint64_t deadline_ns, Envelope** out);

/** The same, but whatever the outcome, also where it cannot wait (RSP_ELIMIT, RSP_ENOMEM), the request is over and nothing
 * of it comes later. */
[[nodiscard]] rsp_result receive_response(Process& self, LocalRef request, uint64_t deadline_ns,
                                          Envelope** out);

/** erlang:is_process_alive/1. A handler gets the answer when it is known at once. */
[[nodiscard]] rsp_result is_alive(Process& self, Pid pid, uint64_t deadline_ns, bool* out);

/** Whether it has died, as far as that can be seen without asking it: one that is about to die may be not. Of a process
 * whose DOWN was received it is true. Any thread. */
bool is_known_dead(Pid pid);

/** erlang:process_info/1: a map, or nil if the process is dead. */
[[nodiscard]] rsp_result process_info(Process& self, Pid pid, uint64_t deadline_ns, Term* out);

}  // namespace rsp
