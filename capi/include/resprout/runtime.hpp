// The runtime: the workers of this OS process, and the threads that become processes.
//
//     resprout::runtime rt;                       // runs until the end of the scope, then stops in order
//     return rt.run();                            // in main: until SIGTERM, SIGINT or init_stop (resprout/run.hpp)
//     auto me = resprout::attach();               // this thread is a process for the scope: it may receive, link, monitor
//
// One runtime runs at a time. Rules: S-STOP.
#pragma once

#include <cstdint>
#include <utility>

#include "resprout/process.hpp"
#include "resprout/relation.hpp"
#include "resprout/runtime.h"

namespace resprout {

template <class S>
class server_ref;
struct run_options;

struct runtime_options {
  uint32_t workers = 0;             ///< threads that run processes; 0: one for each processor
  uint32_t max_processes = 0;       ///< 0: as many as memory holds
  timeout stop_timeout = infinite;  ///< for the orderly part of the stop at the end of the scope
};

/** The runtime of this OS process. Thread: any may start and stop it, but no callback. */
class runtime {
 public:
  /** Starts it. Throws Error (RSP_EALREADY): one runs. */
  explicit runtime(const runtime_options& options = {}) : runtime(try_start(options).value()) {}
  static result<runtime> try_start(const runtime_options& options = {}) {
    rsp_runtime_opts raw = RSP_RUNTIME_OPTS_INIT;
    raw.workers = options.workers;
    raw.max_processes = options.max_processes;
    const rsp_result code = rsp_runtime_start(&raw);
    if (code != RSP_OK) return Err{code};
    return Ok{runtime(options.stop_timeout)};
  }
  runtime(runtime&& other) noexcept
      : runs_(std::exchange(other.runs_, false)), stop_timeout_(other.stop_timeout_) {}
  runtime& operator=(runtime&&) = delete;
  /** Stops it: what was started in nobody's name or by a thread ends in order, the latest first. */
  ~runtime() {
    if (runs_) detail::ignore(rsp_runtime_stop(stop_timeout_.milliseconds()));
  }

  /** The same now. Throws Error: in a callback (RSP_EWOULDBLOCK), or a callback does not return (RSP_ETIMEDOUT: call again). */
  result<void> try_stop(timeout within = infinite) {
    const rsp_result code = rsp_runtime_stop(within.milliseconds());
    if (code == RSP_OK || code == RSP_ESTOPPED) runs_ = false;
    return detail::check(code);
  }
  void stop(timeout within = infinite) { try_stop(within).value(); }

  /** Waits until the program is asked to end, as resprout::run() does, which has the options, and stops it: for trees that were
   * started before. In order: the latest first. Returns what main returns. Blocks; not in a callback. Throws start_error
   * (RSP_ESTOPPED: it runs no more). Defined in resprout/run.hpp. Mirrors init:stop/1. */
  result<int> try_run(const run_options& options);
  result<int> try_run();
  int run(const run_options& options) { return try_run(options).value(); }
  int run() { return try_run().value(); }

  static bool is_running() noexcept { return rsp_runtime_is_running(); }

  /** The live process of this name; no process: the name is free. */
  pid whereis(const atom& name) const noexcept { return resprout::whereis(name); }
  /** A server by its name: whoever has it at each call, so it follows restarts. */
  template <class S>
  server_ref<S> whereis(const atom& name) const {
    return server_ref<S>(name);
  }

  /** Figures for tests and observers. Throws Error (RSP_ESTOPPED). */
  static result<rsp_runtime_stats> try_stats() {
    rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
    const rsp_result code = rsp_runtime_get_stats(&stats);
    if (code != RSP_OK) return Err{code};
    return Ok{stats};
  }
  static rsp_runtime_stats stats() { return try_stats().value(); }

 private:
  explicit runtime(timeout stop_timeout) noexcept : stop_timeout_(stop_timeout) {}

  bool runs_ = true;
  timeout stop_timeout_;
};

/** A thread that is a process, for a scope of that thread. */
class attachment {
 public:
  attachment(attachment&& other) noexcept : self_(std::exchange(other.self_, nullptr)) {}
  attachment& operator=(attachment&&) = delete;
  /** Its process ends, normally. */
  ~attachment() {
    if (self_ != nullptr) detail::ignore(rsp_detach(self_, detail::word("normal").get()));
  }

  resprout::pid pid() const noexcept { return resprout::pid(rsp_self_pid(self_)); }
  /** The process ends now, for this reason. */
  result<void> try_detach(const term& reason = atom("normal")) {
    const rsp_result code = rsp_detach(self_, reason.raw());
    if (code == RSP_OK) self_ = nullptr;
    return detail::check(code);
  }
  void detach(const term& reason = atom("normal")) { try_detach(reason).value(); }
  rsp_self* raw() const noexcept { return self_; }

 private:
  friend result<attachment> try_attach();
  explicit attachment(rsp_self* self) noexcept : self_(self) {}
  rsp_self* self_;
};

/** Makes the calling thread a process, which may then wait: receive, call, start. Throws Error (RSP_EALREADY): it is one. */
inline result<attachment> try_attach() {
  rsp_self* self = nullptr;
  const rsp_result code = rsp_attach(&self);
  if (code != RSP_OK) return Err{code};
  return Ok{attachment(self)};
}
inline attachment attach() { return try_attach().value(); }

}  // namespace resprout
