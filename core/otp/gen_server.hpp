// gen_server: the server behaviour (docs/semantics.md, S-SRV). What it shares with state machines: core/otp/server.hpp.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

/** Of a server or a state machine whose type is given, or is in a shared library. */
const StartKind& gen_server_kind();

}  // namespace rsp
