// Starting servers and supervisors. Each call is made with the interpreter held, and lets go of it where it
// waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Starting servers and supervisors. */
void add_starts(py::module_& module);

}  // namespace rsp::python
