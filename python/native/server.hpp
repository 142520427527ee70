// GenServer: a Python class as the callbacks of a server.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** The server type of a class; lives for ever. A start's ctx is a Payload of (class, args, kwargs, OwnLane or
 * None). */
const rsp_server_ops* server_ops(PyObject* server_class);

}  // namespace rsp::python
