// Tables: resprout/ets.h for Python.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What Ets asks (python/resprout/_ets.py). */
void add_tables(py::module_& module);

}  // namespace rsp::python
