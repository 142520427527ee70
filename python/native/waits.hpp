// The calls that wait: receive, call, is_alive, process_info, stop. Each call is made with the interpreter
// held, and lets go of it where it waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** receive, call, stop, is_alive, process_info: what waits. */
void add_waits(py::module_& module);

/** The request of `caller` was left open by the server `server`: it is no longer certain that the caller
 * waits until the server's callback returns, so their calls make no cycle. */
void forget_call(rsp_pid caller, rsp_pid server);

}  // namespace rsp::python
