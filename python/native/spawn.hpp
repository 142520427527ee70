// Processes that run a Python function. Each call is made with the interpreter held, and lets go of it where
// it waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** spawn: processes that run a function to its end, and processes that call one for each message. */
void add_spawn(py::module_& module);

/** A function as a child; rsp_handler. `ctx` is a Payload of (function, args, kwargs, OwnLane or None). */
rsp_next run_child_function(rsp_self* self, rsp_msg* message, void* ctx);

}  // namespace rsp::python
