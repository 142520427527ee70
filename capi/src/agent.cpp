// resprout/agent.h over core/otp/agent.
#include "resprout/agent.h"

#include "capi/src/caller.hpp"
#include "core/otp/agent.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

bool can_ask(const rsp_self* self, rsp_pid agent, const AgentRequest& request) {
  return self != nullptr && is_local_or_nobody(agent) &&
         (request.read != nullptr || request.change != nullptr);
}

rsp_result ask(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid agent, uint64_t timeout_ms,
               const AgentRequest& request) {
  const AccountVisit visit;
  Payload payload;
  const rsp_result made = make_agent_payload(&payload, request);
  if (made != RSP_OK) return made;
  return call_pid(self, out, reason_out, agent, std::move(payload), timeout_ms);
}

}  // namespace

extern "C" {

rsp_result rsp_agent_spec(rsp_start_spec* out, const rsp_agent_opts* opts) {
  rsp_agent_opts options;
  if (out == nullptr || opts == nullptr || !read_struct(&options, *opts)) return RSP_EINVAL;
  if (is_forked()) return RSP_EFORKED;
  const AccountVisit visit;
  return make_agent_spec(out, options);
}

rsp_result rsp_agent_start(rsp_self* self, rsp_pid* out, rsp_term* error_out, const rsp_agent_opts* opts,
                           const rsp_start_opts* start_opts) {
  rsp_start_opts options;
  if (out == nullptr || opts == nullptr || !read_options(start_opts, RSP_START_OPTS_INIT, &options) ||
      options.monitor)
    return RSP_EINVAL;
  rsp_start_spec spec;
  rsp_result result = rsp_agent_spec(&spec, opts);
  if (result != RSP_OK) {
    if (result != RSP_EINVAL) drop_guarded(opts->ctx_free, opts->ctx);
    return result;
  }
  result = rsp_server_start(self, out, nullptr, error_out, &spec, &options);
  if (result == RSP_EINVAL) unmake_agent_spec(spec);
  return result;
}

rsp_result rsp_agent_get(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid agent,
                         uint64_t timeout_ms, rsp_agent_read read, void* ctx, void (*ctx_free)(void*)) {
  const AgentRequest request{read, nullptr, false, ctx, ctx_free};
  if (out == nullptr || !can_ask(self, agent, request)) return RSP_EINVAL;
  return ask(self, out, reason_out, agent, timeout_ms, request);
}

rsp_result rsp_agent_update(rsp_self* self, rsp_term* reason_out, rsp_pid agent, uint64_t timeout_ms,
                            rsp_agent_change change, void* ctx, void (*ctx_free)(void*)) {
  const AgentRequest request{nullptr, change, true, ctx, ctx_free};
  if (!can_ask(self, agent, request)) return RSP_EINVAL;
  rsp_msg* answer = nullptr;
  const rsp_result result = ask(self, &answer, reason_out, agent, timeout_ms, request);
  rsp_msg_free(answer);
  return result;
}

rsp_result rsp_agent_get_and_update(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid agent,
                                    uint64_t timeout_ms, rsp_agent_change change, void* ctx,
                                    void (*ctx_free)(void*)) {
  const AgentRequest request{nullptr, change, false, ctx, ctx_free};
  if (out == nullptr || !can_ask(self, agent, request)) return RSP_EINVAL;
  return ask(self, out, reason_out, agent, timeout_ms, request);
}

rsp_result rsp_agent_cast(rsp_self* self, rsp_pid agent, rsp_agent_change change, void* ctx,
                          void (*ctx_free)(void*)) {
  if (!is_local_or_nobody(agent) || change == nullptr) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) {
    drop_guarded(ctx_free, ctx);
    return call.result();
  }
  Payload payload;
  rsp_result result = make_agent_payload(&payload, {nullptr, change, false, ctx, ctx_free});
  if (result != RSP_OK) return result;
  result =
      agent.id == 0 ? RSP_OK : send(call.self_or_null(), from_public(agent), payload, EnvelopeKind::CAST);
  // Any outcome but RSP_OK of a send leaves it here.
  if (agent.id == 0 || result != RSP_OK) drop_guarded(payload.ops->drop, payload.native);
  return result;
}

}  // extern "C"
