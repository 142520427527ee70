// What the module has of requests that are collected later, and of several nodes.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

void add_requests(py::module_& module);

}  // namespace rsp::python
