// Agent: a process that holds a value, which others read and change by functions that run in it (docs/semantics.md, S-AGT).
// Elixir's Agent.
//
// It is a server whose requests are native payloads: a function with its context. Such a request is its message's until the
// function runs, then the agent's, and is freed once whatever comes of it:
//
//   not sent, not received    with the payload, by whoever drops that
//   the function is over      by the agent, before the caller has its answer
//   it waits                  by the agent, when it takes the next request or ends
//
// The value is a resource of the process, so that it goes exactly once also when init waits, or fails half way.
#pragma once

#include "core/base/caller_struct.hpp"
#include "core/otp/proc_lib.hpp"
#include "resprout/agent.h"

namespace rsp {

RSP_CALLER_STRUCT(rsp_agent_opts, ctx_free, ctx_free);  // NOLINT(bugprone-sizeof-expression): of a pointer

/** What to start. RSP_EINVAL: malformed. On RSP_OK out->ctx is the caller's, until it is handed to a start, and opts.ctx is
 * its; else that stays the caller's. */
[[nodiscard]] rsp_result make_agent_spec(rsp_start_spec* out, const rsp_agent_opts& opts);
/** Undoes that: opts.ctx is the caller's again. */
void unmake_agent_spec(const rsp_start_spec& spec);

/** What is asked of an agent. One of `read` and `change` is there. */
struct AgentRequest {
  rsp_agent_read read = nullptr;
  rsp_agent_change change = nullptr;
  bool answers_ok = false;  // whoever asks wants nothing else
  void* ctx = nullptr;
  void (*ctx_free)(void*) = nullptr;
};

/** The payload of a call or a cast. The context is its, also on RSP_ENOMEM: then it is dropped. */
[[nodiscard]] rsp_result make_agent_payload(Payload* out, const AgentRequest& request);

}  // namespace rsp
