// Messages: to a process, a name or an alias; requests that are answered through an alias (docs/semantics.md,
// S-SIG, S-SRV).
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/result.h"

namespace rsp {

/** What a message carries: a term, or a native payload with its operations. */
struct Payload {
  Term term;
  void* native = nullptr;
  const NativeOps* ops = nullptr;  // not nullptr: native
};

/** A message of this kind (MESSAGE, CALL, CAST, TIMER) from `from`, or nullptr when memory is short: then the
 * payload is untouched. */
Envelope* make_message(EnvelopeKind kind, uint64_t from, Payload& payload);

/** Undoes make_message: the payload is the caller's again, the envelope is empty. */
void take_payload_back(Envelope* envelope, Payload& payload);

/** erlang:send/2. `self` nullptr: a foreign thread, the root is the sender. Any outcome but RSP_OK leaves the
 * payload with the caller; RSP_EOVERLOAD: the limit of the receiver refuses it. A dead receiver is no error: the payload is dropped. */
[[nodiscard]] rsp_result send(Process* self, Pid to, Payload& payload,
                              EnvelopeKind kind = EnvelopeKind::MESSAGE);

/** To whoever has the name now. RSP_ENONAME. */
[[nodiscard]] rsp_result send_name(Process* self, Atom name, Payload& payload);

/** To the owner of an alias, who receives it only if the alias is on by then. */
[[nodiscard]] rsp_result send_alias(Process* self, LocalRef alias, Payload& payload);

/** erlang:exit/2. */
[[nodiscard]] rsp_result exit_signal(Process* self, Pid to, Term reason);

/** The first half of a call: monitors `to` with an alias that goes off with the reply, and sends CALL. The
 * answer is a message through *out, or its DOWN. On failure (RSP_ENOMEM, RSP_EOVERLOAD)
 * the payload stays with the caller. */
[[nodiscard]] rsp_result send_request(Process& self, Pid to, Payload& payload, LocalRef* out);

/** Gives a request up: monitor and alias end, and an answer that waits already is taken out. */
void abandon_request(Process& self, LocalRef request);

/** Asks whether `target` lives, or what process_info says: the answer comes to `*out`. */
[[nodiscard]] rsp_result send_query(Process& self, Pid target, EnvelopeKind kind, LocalRef* out);

}  // namespace rsp
