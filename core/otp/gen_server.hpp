// gen_server: the server behaviour (docs/semantics.md, S-SRV).
//
// Life: init (acknowledged to the starter) -> callbacks, one message at a time -> terminate, in the cases of
// S-SRV -> exit. A callback may await; the server then goes on in the continuation, and what the callback had
// put into its return counts when the continuation is done.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

/** Of a server whose type is given, or is in a shared library. */
const StartKind& gen_server_kind();

}  // namespace rsp
