// gen_server: the server behaviour (docs/semantics.md, S-SRV).
//
// Life: init (acknowledged to the starter) -> callbacks, one message at a time -> terminate, in the cases of
// S-SRV -> exit. A callback may await; the server then goes on in the continuation, and what the callback had
// put into its return counts when the continuation is done.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

const Behaviour& gen_server_behaviour();
void* gen_server_new(StartSpec& spec, const Starter& starter);

}  // namespace rsp
