// What the module has of descriptors.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

void add_descriptors(py::module_& module);

}  // namespace rsp::python
