// The runtime of this OS process, as Python starts and stops it.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

void add_runtime(py::module_& module);

/** Counts the starts of the runtime: a process of an earlier run is none of this one. */
uint64_t current_run();

}  // namespace rsp::python
