// resprout/message.h over core/proc: a message is an envelope.
#include "resprout/message.h"

#include "capi/src/call.hpp"
#include "core/proc/await.hpp"
#include "core/proc/envelope.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/receive.hpp"
#include "core/proc/request.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/trampoline.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

rsp_result send_term(rsp_self* self, rsp_pid to, rsp_term term, EnvelopeKind kind) {
  if (!is_local(to) || !is_term(term)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return send(call.self_or_null(), from_public(to), from_public(term), kind);
}

rsp_result send_native(rsp_self* self, rsp_pid to, void* native, const rsp_native_ops* ops,
                       EnvelopeKind kind) {
  if (!is_local(to) || !is_native_ops(ops)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  Payload payload = payload_of(native, ops);
  return send(call.self_or_null(), from_public(to), payload, kind);
}

rsp_result send_through_alias(rsp_self* self, const rsp_ref& alias, Payload&& payload) {
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return send_alias(call.self_or_null(), local_of(alias), payload);
}

rsp_result reply_to(rsp_self* self, const rsp_from& from, Payload&& payload) {
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return reply(call.self_or_null(), local_of(from.ref), payload);
}

rsp_result send_request_payload(rsp_self* self, rsp_ref* out, rsp_pid to, Payload&& payload) {
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef request;
  const rsp_result result = send_request(call.self(), from_public(to), payload, &request);
  if (result == RSP_OK) *out = ref_to_public(request);
  return result;
}

bool carries_native(const Envelope* message) {
  return message != nullptr && message->has(envelope_flag::NATIVE);
}

/** The native payload if it is one of these operations. */
void* native_of(const Envelope* message, const rsp_native_ops* ops) {
  if (!carries_native(message) || ops == nullptr || message->native != from_public(ops)) return nullptr;
  return reinterpret_cast<void*>(message->term.data());
}

/** The reference of a message, where it says something to the receiver. */
bool shows_ref(const Envelope* message) {
  if (message == nullptr || message->ref == 0) return false;
  return message->kind == EnvelopeKind::MESSAGE || message->kind == EnvelopeKind::DOWN ||
         message->kind == EnvelopeKind::TIMER || message->kind == EnvelopeKind::SELECT;
}

rsp_ref ref_of(const Envelope* message) {
  const bool is_timer = message->kind == EnvelopeKind::TIMER;
  return ref_to_public(LocalRef{message->ref, message->ref_owner},
                       is_timer ? static_cast<uint32_t>(message->aux) : 0);
}

Next call_continuation(Process& self, Envelope* answer, void* context) {
  const rsp_continuation continuation = reinterpret_cast<rsp_continuation>(self.await_code);
  const UserCode inside(self);
  return from_public(continuation(to_public(self), to_public(answer), context));
}

struct MatchCall {
  rsp_match match;
  void* context;
};

bool call_match(const Envelope& message, void* context) {
  const MatchCall& call = *static_cast<const MatchCall*>(context);
  return call.match(reinterpret_cast<const rsp_msg*>(&message), call.context);
}

}  // namespace

extern "C" {

rsp_result rsp_send(rsp_self* self, rsp_pid to, rsp_term term) {
  return send_term(self, to, term, EnvelopeKind::MESSAGE);
}

rsp_result rsp_send_native(rsp_self* self, rsp_pid to, void* payload, const rsp_native_ops* ops) {
  return send_native(self, to, payload, ops, EnvelopeKind::MESSAGE);
}

rsp_result rsp_send_name(rsp_self* self, rsp_atom name, rsp_term term) {
  if (!is_name(name) || !is_term(term)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  Payload payload = payload_of(term);
  return send_name(call.self_or_null(), from_public(name), payload);
}

rsp_result rsp_send_alias(rsp_self* self, rsp_ref alias, rsp_term term) {
  if (!is_local(alias) || !is_term(term)) return RSP_EINVAL;
  return send_through_alias(self, alias, payload_of(term));
}

rsp_result rsp_reply(rsp_self* self, rsp_from from, rsp_term term) {
  if (!is_from(from) || !is_term(term)) return RSP_EINVAL;
  return reply_to(self, from, payload_of(term));
}

rsp_result rsp_reply_native(rsp_self* self, rsp_from from, void* payload, const rsp_native_ops* ops) {
  if (!is_from(from) || !is_native_ops(ops)) return RSP_EINVAL;
  return reply_to(self, from, payload_of(payload, ops));
}

rsp_msg_kind rsp_msg_get_kind(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  if (message == nullptr) return RSP_MSG_TERM;
  switch (message->kind) {
    case EnvelopeKind::CALL:
      return RSP_MSG_CALL;
    case EnvelopeKind::CAST:
      return RSP_MSG_CAST;
    case EnvelopeKind::EXIT:
      return RSP_MSG_EXIT;
    case EnvelopeKind::DOWN:
      return RSP_MSG_DOWN;
    case EnvelopeKind::TIMER:
      return RSP_MSG_TIMER;
    case EnvelopeKind::SELECT:
      return RSP_MSG_SELECT;
    default:
      return carries_native(message) ? RSP_MSG_NATIVE : RSP_MSG_TERM;
  }
}

rsp_pid rsp_msg_from(const rsp_msg* msg) {
  return msg == nullptr ? rsp_pid{0, 0, 0} : rsp_pid{from_public(msg)->from, 0, 0};
}

rsp_term rsp_msg_term(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  if (message == nullptr || carries_native(message)) return to_public(TermBits::nil());
  return to_public(message->term);
}

void* rsp_msg_native(const rsp_msg* msg, const rsp_native_ops* ops) {
  return native_of(from_public(msg), ops);
}

void* rsp_msg_take_native(rsp_msg* msg, const rsp_native_ops* ops) {
  Envelope* const message = from_public(msg);
  void* const payload = native_of(message, ops);
  // It stays a native message, of no operations: there is nothing to drop any more, and nothing to take
  // again.
  if (payload != nullptr) message->native = nullptr;
  return payload;
}

rsp_ref rsp_msg_ref(const rsp_msg* msg) {
  return shows_ref(from_public(msg)) ? ref_of(from_public(msg)) : rsp_ref{};
}

rsp_from rsp_msg_from_call(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  if (message == nullptr || message->kind != EnvelopeKind::CALL) return rsp_from{};
  return rsp_from{rsp_pid{message->ref_owner, 0, 0}, ref_of(message)};
}

rsp_atom rsp_msg_tag(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  if (message == nullptr || message->kind != EnvelopeKind::DOWN) return to_public(ATOM_UNDEFINED);
  return message->tag == 0 ? to_public(ATOM_DOWN_TAG) : rsp_atom{static_cast<uint32_t>(message->tag)};
}

rsp_atom rsp_msg_name(const rsp_msg* msg) {
  const Envelope* const message = from_public(msg);
  const bool by_name =
      message != nullptr && message->kind == EnvelopeKind::DOWN && message->has(envelope_flag::BY_NAME);
  return by_name ? rsp_atom{static_cast<uint32_t>(message->aux)} : to_public(ATOM_UNDEFINED);
}

void rsp_msg_free(rsp_msg* msg) {
  if (msg == nullptr) return;
  const AccountVisit visit;
  envelope_returned(from_public(msg));
  envelope_free(from_public(msg));
}

rsp_result rsp_receive(rsp_self* self, rsp_msg** out, const rsp_receive_opts* opts) {
  rsp_receive_opts options;
  if (out == nullptr || !read_options(opts, RSP_RECEIVE_OPTS_INIT, &options)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  MatchCall match{options.match, options.match_ctx};
  Envelope* message;
  const rsp_result result = receive(call.self(), options.match == nullptr ? nullptr : &call_match, &match,
                                    wait_deadline(options.timeout_ms), &message);
  if (result == RSP_OK) *out = lend(message);
  return result;
}

rsp_result rsp_put_back(rsp_self* self, rsp_msg* msg) {
  if (msg == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  if (call.self().process_class == ProcessClass::HANDLER) return RSP_EINVAL;  // it has none but lent ones
  envelope_returned(from_public(msg));
  push_message_first(call.self(), from_public(msg));
  return RSP_OK;
}

rsp_result rsp_send_request(rsp_self* self, rsp_ref* out, rsp_pid to, rsp_term term) {
  if (out == nullptr || !is_local(to) || !is_term(term)) return RSP_EINVAL;
  return send_request_payload(self, out, to, payload_of(term));
}

rsp_result rsp_send_request_native(rsp_self* self, rsp_ref* out, rsp_pid to, void* payload,
                                   const rsp_native_ops* ops) {
  if (out == nullptr || !is_local(to) || !is_native_ops(ops)) return RSP_EINVAL;
  return send_request_payload(self, out, to, payload_of(payload, ops));
}

rsp_result rsp_receive_response(rsp_self* self, rsp_msg** out, rsp_ref request, uint64_t timeout_ms) {
  if (out == nullptr || !is_local(request)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Envelope* answer;
  const rsp_result result =
      receive_response(call.self(), local_of(request), wait_deadline(timeout_ms), &answer);
  if (result == RSP_OK || result == RSP_EEXITED) *out = lend(answer);
  return result;
}

rsp_result rsp_abandon_request(rsp_self* self, rsp_ref request) {
  if (!is_local(request)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  abandon_request(call.self(), local_of(request));
  return RSP_OK;
}

rsp_result rsp_cast(rsp_self* self, rsp_pid to, rsp_term term) {
  return send_term(self, to, term, EnvelopeKind::CAST);
}

rsp_result rsp_cast_native(rsp_self* self, rsp_pid to, void* payload, const rsp_native_ops* ops) {
  return send_native(self, to, payload, ops, EnvelopeKind::CAST);
}

rsp_next rsp_await(rsp_self* self, rsp_ref ref, uint64_t timeout_ms, rsp_continuation continuation,
                   void* ctx) {
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  Process& process = call.self();
  const bool is_own = is_local(ref) && local_of(ref).owner == process.id();
  if (continuation == nullptr || !is_own || !can_await(process)) {
    return static_cast<rsp_next>(raise(process, ExceptionClass::ERROR, Term(ATOM_BADARG)));
  }
  process.await_code = reinterpret_cast<void (*)()>(continuation);
  return static_cast<rsp_next>(
      await(process, local_of(ref).number, deadline_in_ms(timeout_ms), &call_continuation, ctx));
}

}  // extern "C"
