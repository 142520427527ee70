// Messages: to a process, a name or an alias, and questions that every process answers (docs/semantics.md, S-SIG).
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

/** Moves the payload into an envelope that has none. */
void load_payload(Envelope* envelope, Payload& payload);

/** Takes the price of a send off the sender's turn; nullptr: a foreign thread has none. */
void pay_for_send(Process* self, bool pressed = false);

/** Posts a message, as far as the limits of the receiver let it in, and takes its price. RSP_EOVERLOAD: it is gone, and
 * the payload the caller's again. */
[[nodiscard]] rsp_result post_payload(Process* self, uint64_t to, Envelope* message, Payload& payload);

/** Undoes make_message: the payload is the caller's again, the envelope is empty. */
void take_payload_back(Envelope* envelope, Payload& payload);

/** erlang:send/2. `self` nullptr: a foreign thread, the root is the sender. Any outcome but RSP_OK leaves the
 * payload with the caller; RSP_EOVERLOAD: the limit of the receiver refuses it. A dead receiver is no error: the payload is dropped. */
[[nodiscard]] rsp_result send(Process* self, Pid to, Payload& payload,
                              EnvelopeKind kind = EnvelopeKind::MESSAGE);

/** The same for a term, which is borrowed: a copy of it is sent. */
[[nodiscard]] rsp_result send(Process* self, Pid to, TermBits term,
                              EnvelopeKind kind = EnvelopeKind::MESSAGE);

/** To whoever has the name now. RSP_ENONAME. */
[[nodiscard]] rsp_result send_name(Process* self, Atom name, Payload& payload);

/** To the owner of an alias, who receives it only if the alias is on by then. */
[[nodiscard]] rsp_result send_alias(Process* self, LocalRef alias, Payload& payload);

/** erlang:exit/2. */
[[nodiscard]] rsp_result exit_signal(Process* self, Pid to, Term reason);

/** The same in two steps, for who must be sure of the second: nullptr when memory is short. */
[[nodiscard]] Envelope* exit_signal_new(Process* self, Term reason);
/** Sends what exit_signal_new made, which is consumed. */
void exit_signal(Pid to, Envelope* made);

/** Asks whether `target` lives, or what process_info says: the answer comes to `*out`. */
[[nodiscard]] rsp_result send_query(Process& self, Pid target, EnvelopeKind kind, LocalRef* out,
                                    uint8_t flags = 0, uint64_t aux = 0);

}  // namespace rsp
