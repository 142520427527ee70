// Starting servers and supervisors, and asking supervisors. Each call is made with the interpreter held, and
// lets go of it where it waits.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Starting servers and supervisors, and a supervisor's calls. */
void add_starts(py::module_& module);

}  // namespace rsp::python
