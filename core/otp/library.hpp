// Native children in shared libraries: looked up anew at each start, so that a changed library runs its new
// code.
#pragma once

#include "core/otp/start_spec.hpp"

struct rsp_api;

namespace rsp {

/** The table that children get; set once by the C API, which knows all functions. */
void set_api_table(const rsp_api* table);

/** Loads the library and asks its symbol for the type of the server. nullptr: *error is {library, Path,
 * Symbol, Text}. */
const rsp_server_ops* load_ops(const StartSpec& spec, Term* error);

}  // namespace rsp
