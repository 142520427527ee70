#include "core/otp/agent.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/otp/internal_server.hpp"

namespace rsp {
namespace {

/** So much of what a payload says of itself. */
constexpr size_t MAX_DESCRIPTION = 1024;

struct Options {
  Term state;
  rsp_agent_init init;
  void* ctx;
  void (*ctx_free)(void*);
};

// As of a registry: what a start specification holds is in no account of the runtime.
void free_options(void* ctx) {
  Options* const options = static_cast<Options*>(ctx);
  drop_guarded(options->ctx_free, options->ctx);
  options->~Options();
  mem_free_shared(options);
}

// ---- Requests ----

void free_request(void* payload) {
  AgentRequest* const request = static_cast<AgentRequest*>(payload);
  drop_guarded(request->ctx_free, request->ctx);
  mem_delete(request);
}

const NativeOps& request_ops() {
  static const NativeOps ops{sizeof(NativeOps), &free_request, nullptr};
  return ops;
}

struct FreeRequest {
  void operator()(AgentRequest* request) const { free_request(request); }
};
using RequestPtr = std::unique_ptr<AgentRequest, FreeRequest>;

/** Takes the request out of its message; nullptr: it is something else. */
RequestPtr take_request(rsp_msg* raw_message) {
  Envelope& message = *from_public(raw_message);
  if (!message.has(envelope_flag::NATIVE) || message.native != &request_ops()) return nullptr;
  message.native = nullptr;  // there is nothing to drop any more
  return RequestPtr(reinterpret_cast<AgentRequest*>(message.term.data()));
}

// ---- The process ----

struct Agent {
  rsp_agent_state value{sizeof(rsp_agent_state), {}, nullptr, nullptr};
  RequestPtr waiting;  // its function has waited, and may do so still

  Agent() = default;
  ~Agent() {
    if (value.ops != nullptr) {
      drop_guarded(value.ops->drop, value.native);
    } else if (from_public(value.term).is_well_formed()) {  // what a function puts there may be anything
      drop_term(from_public(value.term));
    }
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
};

void free_agent(void* agent) { mem_delete(static_cast<Agent*>(agent)); }

/** nullptr: memory is short, or the process is ending. */
Agent* new_agent(rsp_self* self) {
  const InCall call(self);
  Agent* const agent = call.begun() ? mem_new<Agent>() : nullptr;
  if (agent == nullptr) return nullptr;
  uint64_t number;
  if (add_resource(call.self(), &free_agent, agent, &number) == RSP_OK) return agent;
  free_agent(agent);
  return nullptr;
}

rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  const Options& options = *static_cast<const Options*>(ctx);
  Agent* const agent = new_agent(self);
  if (agent == nullptr) {
    ret->action = RSP_SERVER_STOP;
    ret->reason = to_public(TermBits(ATOM_SYSTEM_LIMIT));
    return RSP_NEXT_CONTINUE;
  }
  ret->state = agent;
  if (options.init != nullptr) {
    const rsp_next next = options.init(self, options.ctx, args, &agent->value, ret);
    ret->state = agent;  // whatever it has put there
    return next;
  }
  agent->value.term = to_public(Term(options.state).release());
  return RSP_NEXT_CONTINUE;
}

rsp_next run(rsp_self* self, Agent& agent, RequestPtr request, rsp_server_return* ret) {
  agent.waiting.reset();
  const rsp_next next = request->read != nullptr ? request->read(self, request->ctx, &agent.value, ret)
                                                 : request->change(self, request->ctx, &agent.value, ret);
  if (next == RSP_NEXT_AWAIT) agent.waiting = std::move(request);
  return next;
}

rsp_next handle_call(rsp_self* self, void* state, rsp_msg* message, rsp_from from, rsp_server_return* ret) {
  RequestPtr request = take_request(message);
  if (request == nullptr) return refuse_call(self, state, message, from, ret);
  ret->action = RSP_SERVER_REPLY;
  if (request->answers_ok) ret->reply = to_public(TermBits(ATOM_OK));
  return run(self, *static_cast<Agent*>(state), std::move(request), ret);
}

rsp_next handle_cast(rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret) {
  RequestPtr request = take_request(message);
  if (request == nullptr) return report_odd_message(self, state, message, ret);
  return run(self, *static_cast<Agent*>(state), std::move(request), ret);
}

/** The value; of a payload, what it says of itself. */
rsp_term format_status(rsp_self*, void* state) {
  const rsp_agent_state& value = static_cast<const Agent*>(state)->value;
  const TermBits term = from_public(value.term);
  if (value.ops == nullptr)
    return to_public(term.is_well_formed() ? Term::share(term).release() : TermBits());
  if (value.ops->describe == nullptr) return rsp_term{};
  char text[MAX_DESCRIPTION];
  const size_t length = value.ops->describe(value.native, text, sizeof text);
  Term said;
  const rsp_result made = make_text(&said, std::string_view(text, std::min(length, sizeof text)));
  return made == RSP_OK ? to_public(said.release()) : rsp_term{};
}

constexpr rsp_server_ops AGENT_OPS{
    sizeof(rsp_server_ops), "agent", &init,          &handle_call, &handle_cast,
    &report_odd_message,    nullptr, nullptr,        nullptr,      RSP_RESTART_DEFAULT,
    RSP_SHUTDOWN_DEFAULT,   0,       &format_status, nullptr,      nullptr};

}  // namespace

rsp_result make_agent_spec(rsp_start_spec* out, const rsp_agent_opts& opts) {
  const TermBits state = from_public(opts.state);
  if (!atom_exists(from_public(opts.name)) || !state.is_well_formed()) return RSP_EINVAL;
  if (opts.init != nullptr && !state.is_nil()) return RSP_EINVAL;
  void* const memory = mem_alloc_shared(sizeof(Options));
  if (memory == nullptr) return RSP_ENOMEM;
  Options* const options = new (memory) Options{Term::share(state), opts.init, opts.ctx, opts.ctx_free};
  *out = RSP_START_SPEC_INIT;
  out->ops = &AGENT_OPS;
  out->name = opts.name;
  out->ctx = options;
  out->ctx_free = &free_options;
  return RSP_OK;
}

void unmake_agent_spec(const rsp_start_spec& spec) {
  static_cast<Options*>(spec.ctx)->ctx_free = nullptr;
  free_options(spec.ctx);
}

rsp_result make_agent_payload(Payload* out, const AgentRequest& request) {
  AgentRequest* const kept = mem_new<AgentRequest>();
  if (kept == nullptr) {
    drop_guarded(request.ctx_free, request.ctx);
    return RSP_ENOMEM;
  }
  *kept = request;
  out->native = kept;
  out->ops = &request_ops();
  return RSP_OK;
}

}  // namespace rsp
