// The top of a program: a supervisor from its start to the end, and what main returns.
//
//     int main() { return resprout::run(resprout::supervisor(resprout::one_for_one).child<cache>("cache")); }
//
// A program that has a runtime already, and trees in it, ends its main with `return rt.run();`.
#pragma once

#include <chrono>

#include "resprout/run.h"
#include "resprout/runtime.hpp"
#include "resprout/supervisor.hpp"

namespace resprout {

/** How a program runs. */
struct run_options {
  timeout stop_timeout = std::chrono::seconds(30);  ///< for the orderly stop of all
  bool handle_signals = true;  ///< SIGTERM and SIGINT end it in order, a second one at once
  bool notify = false;         ///< the service manager (systemd) is told
};

/** Runs a program: starts a runtime, if none runs, and the top; waits until that has ended, or a signal or init_stop asks for the
 * end; stops the runtime, also one that ran before. Blocks; not in a callback. What it returns is for main: rsp_run says how it
 * follows from the end. Fails with start_error where the top does not start. Mirrors application:start/2. */
inline result<int> try_run(const supervisor& top, const run_options& options = {}) {
  detail::raw_supervisor raw(top);
  if (raw.code() != RSP_OK) return Err{raw.code()};
  rsp_run_opts opts = RSP_RUN_OPTS_INIT;
  opts.stop_timeout_ms = options.stop_timeout.milliseconds();
  opts.handle_signals = options.handle_signals ? 1 : 0;
  opts.notify = options.notify ? 1 : 0;
  int status = 1;
  detail::held_term reason;
  const rsp_result code = rsp_run(&status, reason.out(), raw.get(), &opts);
  if (code != RSP_EINVAL) raw.given();
  if (code == RSP_OK) return Ok{status};
  if (code == RSP_ETIMEDOUT) return Err{code};  // it has run, and some code does not return
  return Err{detail::start_failure(code, std::move(reason))};
}
inline int run(const supervisor& top, const run_options& options = {}) {
  return try_run(top, options).value();
}

// A top without children, which ends when it is told: the trees of the program are beside it.
inline result<int> runtime::try_run(const run_options& options) {
  if (!is_running()) return Err{RSP_ESTOPPED};
  result<int> ended = resprout::try_run(supervisor(), options);
  runs_ = is_running();
  return ended;
}
inline result<int> runtime::try_run() { return try_run(run_options()); }

/** Asks for the end of the program that run() runs, with this status, 0 to 255. The first who asks decides. Any thread, in a
 * callback too. Mirrors init:stop/1. */
inline result<void> try_init_stop(int status = 0) {
  const rsp_result code = rsp_init_stop(status);
  if (code == RSP_OK) return Ok{};
  return Err{code};
}
inline void init_stop(int status = 0) { try_init_stop(status).value(); }

}  // namespace resprout
