// resprout/event.h over core/otp/gen_event.
#include "resprout/event.h"

#include "capi/src/caller.hpp"
#include "core/otp/gen_event.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

using RequestKind = EventRequest::Kind;

bool is_handler(rsp_term handler) { return is_term(handler) && is_handler_name(from_public(handler)); }

/** A request, and what has come of it. `self` is not NULL. */
rsp_result ask(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid manager, EventRequest&& request,
               uint64_t timeout_ms) {
  const AccountVisit visit;
  Payload payload;
  rsp_result result = make_event_payload(&payload, std::move(request));
  if (result != RSP_OK) return result;
  rsp_msg* answer = nullptr;
  result = call_pid(self, &answer, reason_out, manager, std::move(payload), timeout_ms);
  if (result != RSP_OK) return result;
  Term reason;
  result = read_event_answer(*from_public(answer), &reason);
  if (result == RSP_OK) {
    *out = answer;
  } else {
    rsp_msg_free(answer);
    give(reason_out, std::move(reason));
  }
  return result;
}

/** The same where the answer is a term. */
rsp_result ask_for_term(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid manager,
                        EventRequest&& request, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = ask(self, &answer, reason_out, manager, std::move(request), timeout_ms);
  if (result != RSP_OK) return result;
  give(out, Term::share(from_public(rsp_msg_term(answer))));
  rsp_msg_free(answer);
  return RSP_OK;
}

/** A request that brings a new handler. */
rsp_result ask_with_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager, EventRequest&& request,
                            const rsp_event_handler* handler, uint64_t timeout_ms) {
  rsp_event_handler description;
  if (self == nullptr || !is_local_or_nobody(manager) || handler == nullptr ||
      !read_struct(&description, *handler))
    return RSP_EINVAL;
  if (is_forked()) return RSP_EFORKED;
  const AccountVisit visit;
  const rsp_result made = make_event_handler(&request.handler, description);
  if (made != RSP_OK) {
    if (made != RSP_EINVAL) drop_guarded(description.ctx_free, description.ctx);
    return made;
  }
  return ask_for_term(self, nullptr, reason_out, manager, std::move(request), timeout_ms);
}

rsp_result notify(rsp_self* self, rsp_pid manager, Payload payload) {
  Call call(self, Foreign::ALLOWED);
  rsp_result result = call.result();
  if (result == RSP_OK && manager.id != 0)
    result = send(call.self_or_null(), from_public(manager), payload, EnvelopeKind::CAST);
  // Any outcome but RSP_OK of a send leaves it here; one that was sent has no native part any more.
  const bool is_left = result != RSP_OK || manager.id == 0;
  if (is_left && payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  return result;
}

rsp_result sync_notify(rsp_self* self, rsp_term* reason_out, rsp_pid manager, Payload payload,
                       uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = call_pid(self, &answer, reason_out, manager, std::move(payload), timeout_ms);
  rsp_msg_free(answer);
  return result;
}

}  // namespace

extern "C" {

rsp_result rsp_event_spec(rsp_start_spec* out, rsp_atom name) {
  if (out == nullptr || !is_atom(name)) return RSP_EINVAL;
  *out = event_manager_spec(from_public(name));
  return RSP_OK;
}

rsp_result rsp_event_start(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_atom name,
                           const rsp_start_opts* start_opts) {
  rsp_start_spec spec;
  const rsp_result result = rsp_event_spec(&spec, name);
  return result != RSP_OK ? result : start_unmonitored(self, out, error_out, spec, start_opts);
}

rsp_result rsp_event_add_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                 const rsp_event_handler* handler, uint64_t timeout_ms) {
  return ask_with_handler(self, reason_out, manager, {.kind = RequestKind::ADD}, handler, timeout_ms);
}

rsp_result rsp_event_add_sup_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                     const rsp_event_handler* handler, uint64_t timeout_ms) {
  return ask_with_handler(self, reason_out, manager, {.kind = RequestKind::ADD, .supervised = true}, handler,
                          timeout_ms);
}

rsp_result rsp_event_delete_handler(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid manager,
                                    rsp_term handler, rsp_term args, uint64_t timeout_ms) {
  if (self == nullptr || !is_local_or_nobody(manager) || !is_handler(handler) || !is_term(args))
    return RSP_EINVAL;
  EventRequest request{.kind = RequestKind::DELETE};
  request.name = Term::share(from_public(handler));
  request.args = Term::share(from_public(args));
  return ask_for_term(self, out, reason_out, manager, std::move(request), timeout_ms);
}

rsp_result rsp_event_swap_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term old,
                                  rsp_term args, const rsp_event_handler* handler, uint64_t timeout_ms) {
  if (!is_handler(old) || !is_term(args)) return RSP_EINVAL;
  EventRequest request{.kind = RequestKind::SWAP};
  request.name = Term::share(from_public(old));
  request.args = Term::share(from_public(args));
  return ask_with_handler(self, reason_out, manager, std::move(request), handler, timeout_ms);
}

rsp_result rsp_event_swap_sup_handler(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term old,
                                      rsp_term args, const rsp_event_handler* handler, uint64_t timeout_ms) {
  if (!is_handler(old) || !is_term(args)) return RSP_EINVAL;
  EventRequest request{.kind = RequestKind::SWAP, .supervised = true};
  request.name = Term::share(from_public(old));
  request.args = Term::share(from_public(args));
  return ask_with_handler(self, reason_out, manager, std::move(request), handler, timeout_ms);
}

rsp_result rsp_event_notify(rsp_self* self, rsp_pid manager, rsp_term event) {
  if (!is_local_or_nobody(manager) || !is_term(event)) return RSP_EINVAL;
  return notify(self, manager, payload_of(event));
}

rsp_result rsp_event_notify_native(rsp_self* self, rsp_pid manager, void* payload,
                                   const rsp_native_ops* ops) {
  if (!is_local_or_nobody(manager) || !is_native_ops(ops)) return RSP_EINVAL;
  return notify(self, manager, payload_of(payload, ops));
}

rsp_result rsp_event_sync_notify(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term event,
                                 uint64_t timeout_ms) {
  if (!is_local_or_nobody(manager) || !is_term(event)) return RSP_EINVAL;
  return sync_notify(self, reason_out, manager, payload_of(event), timeout_ms);
}

rsp_result rsp_event_sync_notify_native(rsp_self* self, rsp_term* reason_out, rsp_pid manager, void* payload,
                                        const rsp_native_ops* ops, uint64_t timeout_ms) {
  if (!is_local_or_nobody(manager) || !is_native_ops(ops)) return RSP_EINVAL;
  return sync_notify(self, reason_out, manager, payload_of(payload, ops), timeout_ms);
}

rsp_result rsp_event_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid manager,
                          rsp_term handler, rsp_term request, uint64_t timeout_ms) {
  if (self == nullptr || out == nullptr || !is_local_or_nobody(manager) || !is_handler(handler) ||
      !is_term(request))
    return RSP_EINVAL;
  EventRequest asked{.kind = RequestKind::CALL};
  asked.name = Term::share(from_public(handler));
  asked.payload = payload_of(request);
  return ask(self, out, reason_out, manager, std::move(asked), timeout_ms);
}

rsp_result rsp_event_call_native(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid manager,
                                 rsp_term handler, void* payload, const rsp_native_ops* ops,
                                 uint64_t timeout_ms) {
  if (self == nullptr || out == nullptr || !is_local_or_nobody(manager) || !is_handler(handler) ||
      !is_native_ops(ops))
    return RSP_EINVAL;
  EventRequest asked{.kind = RequestKind::CALL};
  asked.name = Term::share(from_public(handler));
  asked.payload = payload_of(payload, ops);
  return ask(self, out, reason_out, manager, std::move(asked), timeout_ms);
}

rsp_result rsp_event_which_handlers(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid manager,
                                    uint64_t timeout_ms) {
  if (self == nullptr || out == nullptr || !is_local_or_nobody(manager)) return RSP_EINVAL;
  return ask_for_term(self, out, reason_out, manager, {.kind = RequestKind::WHICH}, timeout_ms);
}

}  // extern "C"
