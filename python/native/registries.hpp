// Registries: resprout/registry.h for Python.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What Registry asks (python/resprout/_registry.py). Starts are those of servers (specs.hpp). */
void add_registries(py::module_& module);

}  // namespace rsp::python
