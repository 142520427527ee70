// Sending, relations, names and timers: the calls that do not wait. Each call is made with the interpreter
// held, and lets go of it where it waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** send, link, monitor, names, timers. */
void add_primitives(py::module_& module);

}  // namespace rsp::python
