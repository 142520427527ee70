// What supervisors are asked. Each call is made with the interpreter held, and lets go of it where it waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** A supervisor's calls. */
void add_supervisors(py::module_& module);

}  // namespace rsp::python
