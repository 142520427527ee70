// Start functions: what a child specification of Python's starts a child by.
#pragma once

#include "resprout/server.h"

namespace rsp::python {

/** An rsp_start_function. `ctx` is a Payload: (function, args, kwargs). */
rsp_next run_start_function(rsp_self* self, void* ctx, rsp_term more, rsp_start_return* ret);

}  // namespace rsp::python
