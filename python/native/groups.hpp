// Process groups: resprout/pg.h for Python.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What Scope asks (python/resprout/_pg.py). Starts are those of servers (specs.hpp). */
void add_groups(py::module_& module);

}  // namespace rsp::python
