// A callback supervisor's init: runs in a short process of its own, so that a supervisor runs no user code.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/proc/api.hpp"

namespace rsp {

/** What init came to: children to start, or ignore, or why the start fails. */
struct InitOutcome {
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  ChildList children;
  Term extra_arguments;
  bool ignore = false;
  bool failed = false;  // for `error`, which a callback that raised has raised as `exception_class`
  Term error;
  ExceptionClass exception_class = ExceptionClass::EXIT;
};

/** The process that runs init. */
struct InitProcess {
  Pid pid{};
  LocalRef ref{};  // what it came to, or its DOWN, comes to this
};

/** Starts it, linked and monitored. */
[[nodiscard]] rsp_result start_init(Process& self, StartSpec& spec, const Term& args, InitProcess* out);

/** The outcome, from what came. Nothing of that process is left in the mailbox. */
InitOutcome take_init_outcome(Process& self, Envelope& answer);

}  // namespace rsp
