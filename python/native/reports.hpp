// The runtime's reports, on their way to Python's logging: taken on any thread, queued, written by a lane or
// by the thread that stops the runtime.
//
// The queue is a lock-free stack, which is always taken whole and then turned round. Who finds it empty wakes the lane.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

void add_reports(py::module_& module);

/** Hands the queued reports to Python, oldest first. */
void write_reports();

}  // namespace rsp::python
