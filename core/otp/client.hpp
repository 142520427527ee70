// The blocking side of the behaviours: start, call, stop, and a supervisor's requests, for processes with a
// thread of their own.
//
// A handler gets RSP_EWOULDBLOCK: it sends a request and awaits. All calls: the owner of `self`, inside a
// call.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/otp/proc_lib.hpp"

namespace rsp {

struct ClientStart {
  bool link = false;
  bool monitor = false;
  uint64_t timeout_ms = NEVER;
  Via via;
};

/** A timeout as reasons show it: milliseconds, or `infinity`. */
TermBits timeout_term(uint64_t timeout_ms);

/** gen_server:start/4 and its kin. RSP_OK; RSP_EIGNORE; RSP_ENAMETAKEN, RSP_ETIMEDOUT, RSP_ELIBRARY,
 * RSP_EEXITED with *error the E of {error, E}. */
[[nodiscard]] rsp_result start_and_wait(Process& self, StartSpec& spec, const ClientStart& options, Pid* out,
                                        LocalRef* monitor_out, Term* error);

/** gen_server:call/3. `server_name` is what the reason calls the server. RSP_OK: *out is the reply. Else
 * *reason says why: {R, {call, Server, Request, Timeout}}. The payload is taken in every case. */
[[nodiscard]] rsp_result call(Process& self, Pid server, TermBits server_name, Payload payload,
                              uint64_t timeout_ms, Envelope** out, Term* reason);

/** The first half of a stop: monitors the process, and tells it to end for this reason. On failure nothing is left. */
[[nodiscard]] rsp_result ask_to_stop(Process& self, Pid pid, const Term& reason, LocalRef* down);

/** gen_server:stop/3. RSP_EEXITED: it ended for *actual instead. */
[[nodiscard]] rsp_result stop(Process& self, Pid pid, const Term& reason, uint64_t timeout_ms, Term* actual);

/** What a supervisor says of a child that it has started: none if that declined. */
struct StartedChild {
  Pid pid{};
  Term info;  // of its start function; nil: there is none
};

/** supervisor:start_child/2. Takes the child in every case. */
[[nodiscard]] rsp_result start_child(Process& self, Pid supervisor, Child* child, uint64_t timeout_ms,
                                     StartedChild* out, Term* error);

/** The first half of it: the answer is a message through *out, or the supervisor's DOWN. Takes the child in every case. */
[[nodiscard]] rsp_result ask_to_start_child(Process& self, Pid supervisor, Child* child, LocalRef* out);

/** The answer of a supervisor that was asked to start a child otherwise. */
StartedChild read_started(const Term& answer);

/** A request to who answers V, {ok, V} or {error, E}. The payload is taken in every case. As ask_supervisor. */
[[nodiscard]] rsp_result ask(Process& self, Pid server, Payload payload, uint64_t timeout_ms, Term* out,
                             Term* error);

/** A supervisor's other requests: an atom, or {Request, Id}. RSP_OK: *out is the answer, of {ok, V} the V. RSP_EEXITED:
 * *error is the E of {error, E}, or why the supervisor ended. */
[[nodiscard]] rsp_result ask_supervisor(Process& self, Pid supervisor, Term request, uint64_t timeout_ms,
                                        Term* out, Term* error);

}  // namespace rsp
