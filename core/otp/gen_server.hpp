// gen_server: the server behaviour (docs/semantics.md, S-SRV). What it shares with state machines: core/otp/server.hpp.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

struct Server;

/** Of a server or a state machine whose type is given, or is in a shared library. */
const StartKind& gen_server_kind();

/** By a callback of a server: its start is not over when its init is. RSP_EINVAL: it is no init. */
rsp_result leave_start_open(Process& self);

/** By a callback of a server: its start is over. RSP_EINVAL: it is no server, or in its init or terminate; RSP_EALREADY. */
rsp_result end_start(Process& self);

/** What such a process is; nullptr: it is something else. */
Server* server_of(const Process& self);

}  // namespace rsp
