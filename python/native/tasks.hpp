// Task, TaskSupervisor and async_stream: resprout/task.h for Python.
#pragma once

#include <string>

#include "python/native/python.hpp"
#include "resprout/server.h"

namespace rsp::python {

void add_tasks(py::module_& module);

/** The type of tasks that reports call so; lives for ever. A start's ctx is a Payload of (function, args, kwargs, OwnLane or
 * None). */
const rsp_server_ops* task_ops(const std::string& name);

}  // namespace rsp::python
