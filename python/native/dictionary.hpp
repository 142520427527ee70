// What a process keeps for itself and says of itself: resprout/dictionary.h, rsp_set_label.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

void add_dictionary(py::module_& module);

}  // namespace rsp::python
