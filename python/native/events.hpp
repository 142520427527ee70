// Events: resprout/event.h for Python. A handler is an object of Python, in a manager that runs on a lane.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What EventManager asks (python/resprout/_events.py). Starts are those of servers (specs.hpp). */
void add_events(py::module_& module);

}  // namespace rsp::python
