// GenStatem: a Python class as the handler of a state machine.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** The type of a class of state machines, as server_ops of a server's. */
const rsp_server_ops* statem_ops(PyObject* statem_class);

/** What the handler of a state machine asks for. */
void add_statem(py::module_& module);

}  // namespace rsp::python
