// A program's top: one supervisor, from its start to the end of the program.
//
//   run         starts a runtime where none runs, and the top under a process of its own, the *master*; waits until the
//               top has ended or somebody asks for the end; stops the runtime; says with what status the program ends
//   ask         any thread, or a signal's handler: everything is stopped in order, within the time that there is for
//               it. A second signal does not wait for that: what is left is killed
//
//   R1  The waiting thread sleeps on one word, whose bits only come: STARTED, ENDED (the master), ASKED (who asks), LEFT (an
//       application that the program cannot be without).
//   R2  What the master writes stands before its bit (release), and is read behind it (acquire).
//   R3  The master is started by nobody's process: the stop of the runtime ends it in its turn, and it ends the top. However
//       it ends, killed too, it says ENDED: so whoever stops the runtime or kills the master ends the program.
//   R4  It says WATCHDOG=1 from a worker: a runtime whose workers do not run says nothing, and is restarted.
#pragma once

#include <cstdint>

#include "core/otp/start_spec.hpp"
#include "resprout/result.h"

namespace rsp {

struct RunOptions {
  uint64_t stop_timeout_ms = 0;
  bool handle_signals = false;  // SIGTERM and SIGINT ask
  bool notify = false;          // the service manager is told
};

/** `top` is this function's. *reason is what the top, or such an application, has ended or not started for, *status what the program ends with: as of
 * rsp_run. RSP_OK; RSP_EEXITED (it did not start); RSP_EALREADY (another thread is in here, or has taken the signals);
 * RSP_EWOULDBLOCK (in a callback); RSP_ETIMEDOUT (it was stopped, but for code that does not return); what starting a runtime,
 * stopping one and spawning say. */
[[nodiscard]] rsp_result run(StartSpec* top, const RunOptions& options, int* status, Term* reason);

/** Asks for the end of the program, which is to have this status where that is orderly. False: nobody is in run(). */
bool ask_for_stop(uint8_t status);

}  // namespace rsp
