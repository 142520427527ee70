// Applications: resprout/application.h for Python.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What resprout.application asks. What an application is made of is in specs.hpp. */
void add_applications(py::module_& module);

/** The callbacks: the context is a tuple of both functions. */
rsp_next run_prep_stop(rsp_self* self, void* ctx);
rsp_next run_stop(rsp_self* self, void* ctx);

}  // namespace rsp::python
