#include "core/otp/event_request.hpp"

namespace rsp {
namespace {

void free_request(void* payload) {
  EventRequest* const request = static_cast<EventRequest*>(payload);
  if (request->payload.ops != nullptr) drop_guarded(request->payload.ops->drop, request->payload.native);
  mem_delete(request->handler);
  mem_delete(request);
}

const NativeOps& request_ops() {
  static const NativeOps ops{sizeof(NativeOps), &free_request, nullptr};
  return ops;
}

struct Refusal {
  rsp_result code;
  Term reason;
};

void free_refusal(void* payload) { mem_delete(static_cast<Refusal*>(payload)); }

const rsp_native_ops& refusal_ops() {
  static const rsp_native_ops ops{sizeof(rsp_native_ops), &free_refusal, nullptr};
  return ops;
}

}  // namespace

void FreeEventRequest::operator()(EventRequest* request) const { free_request(request); }

EventRequestPtr take_event_request(Envelope& message) {
  if (!message.has(envelope_flag::NATIVE) || message.native != &request_ops()) return nullptr;
  Payload payload;
  take_payload_back(&message, payload);
  return EventRequestPtr(static_cast<EventRequest*>(payload.native));
}

rsp_result make_event_payload(Payload* out, EventRequest&& request) {
  EventRequest* const kept = mem_new<EventRequest>(std::move(request));
  if (kept == nullptr) {
    // NOLINTNEXTLINE(bugprone-use-after-move): mem_new moves it once it has the memory, and not before
    if (request.payload.ops != nullptr) drop_guarded(request.payload.ops->drop, request.payload.native);
    mem_delete(request.handler);
    return RSP_ENOMEM;
  }
  out->native = kept;
  out->ops = &request_ops();
  return RSP_OK;
}

void refuse_event(rsp_server_return& ret, rsp_result code, Term reason) {
  // A handler that has answered and then goes wrong has not answered.
  take_public(ret.reply);
  if (ret.reply_ops != nullptr) drop_guarded(ret.reply_ops->drop, ret.reply_native);
  Refusal* const refusal = mem_new<Refusal>();
  if (refusal != nullptr) {
    refusal->code = code;
    refusal->reason = std::move(reason);
  }
  ret.reply_native = refusal;
  ret.reply_ops = &refusal_ops();
}

rsp_result read_event_answer(const Envelope& answer, Term* reason) {
  if (!answer.has(envelope_flag::NATIVE) || answer.native != from_public(&refusal_ops())) return RSP_OK;
  const Refusal* const refusal = reinterpret_cast<const Refusal*>(answer.term.data());
  *reason = refusal != nullptr ? refusal->reason : Term(ATOM_SYSTEM_LIMIT);
  return refusal != nullptr ? refusal->code : RSP_EHANDLER;
}

}  // namespace rsp
