// resprout.sys: what a behaviour says of itself, and that it reports what it does.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** sys_get_status, sys_get_state, sys_trace. */
void add_sys(py::module_& module);

}  // namespace rsp::python
