// What a server reports (docs/semantics.md, S-SRV-24, S-SRV-29).
#pragma once

#include "core/otp/start_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** How a server ends. */
struct ServerEnd {
  TermBits reason{};
  ExceptionClass exception_class = ExceptionClass::EXIT;  // of what left a callback
  TermBits last_message{};                                // that it handled; nil: none
  TermBits client = ATOM_UNDEFINED;                       // whose call that was, if it was one
  TermBits state{};                                       // what it says of itself; nil: nothing
};

/** An end that is not expected: a server report and a crash report. */
void report_server_end(Process& self, const StartSpec& spec, const ServerEnd& end);

/** An end that is not expected, of any process of the start protocol: a crash report. */
void report_crash(Process& self, const StartSpec& spec, TermBits reason, ExceptionClass exception_class);

/** A message that the server has no handler for. */
void report_unhandled(Process& self, const Envelope& message);

}  // namespace rsp
