// Agents: resprout/agent.h for Python. The value of an agent is any Python object; functions run on its lane.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Makes the value of an agent on its lane. Its ctx is a Payload of (function, args, kwargs, lane). */
rsp_next agent_init(rsp_self* self, void* ctx, rsp_term more, rsp_agent_state* state, rsp_server_return* ret);

/** get, update, get_and_update, cast. */
void add_agents(py::module_& module);

}  // namespace rsp::python
