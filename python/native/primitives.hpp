#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** send, link, monitor, names, timers. */
void add_primitives(py::module_& module);

}  // namespace rsp::python
