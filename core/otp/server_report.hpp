// What a server reports (docs/semantics.md, S-SRV-24, S-SRV-29).
#pragma once

#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** The end of a server, if its reason is not an expected one. `last_message` is what it handled last. */
void report_server_end(Process& self, const StartSpec& spec, TermBits last_message, TermBits reason);

/** The end of a process of the start protocol, if its reason is not an expected one. */
void report_crash(Process& self, const StartSpec& spec, TermBits reason);

/** A message that the server has no handler for. */
void report_unhandled(Process& self, TermBits message);

}  // namespace rsp
