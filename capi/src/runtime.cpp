// resprout/runtime.h over core/runtime.
#include "resprout/runtime.h"

#include "capi/src/api_table.hpp"
#include "capi/src/call.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/node.hpp"
#include "core/runtime/runtime.hpp"

using namespace rsp;
using namespace rsp::capi;

static_assert(RSP_INFINITE == TimerQueue::NEVER);

extern "C" {

rsp_result rsp_runtime_start(const rsp_runtime_opts* opts) {
  rsp_runtime_opts options;
  if (!read_options(opts, RSP_RUNTIME_OPTS_INIT, &options)) return RSP_EINVAL;
  publish_api_table();
  return start_runtime(RuntimeOptions{options.workers, options.max_processes, options.stack_signal});
}

rsp_result rsp_runtime_stop(uint64_t timeout_ms) { return stop_runtime(deadline_in_ms(timeout_ms)); }

bool rsp_runtime_is_running(void) { return phase() == Phase::RUNNING; }

rsp_result rsp_runtime_get_stats(rsp_runtime_stats* out) {
  if (out == nullptr || !is_writable(*out)) return RSP_EINVAL;
  RuntimeStats stats;
  const rsp_result result = runtime_stats(&stats);
  if (result != RSP_OK) return result;
  write_struct(out, rsp_runtime_stats{0, stats.processes, stats.workers, stats.worker_wake_ups, stats.zombies,
                                      stats.stuck_turns, stats.watchdog_wake_ups, stats.dropped_messages});
  return RSP_OK;
}

rsp_result rsp_attach(rsp_self** out) {
  if (out == nullptr) return RSP_EINVAL;
  Process* self;
  const rsp_result result = attach(&self);
  if (result == RSP_OK) *out = to_public(*self);
  return result;
}

rsp_result rsp_detach(rsp_self* self, rsp_term reason) {
  if (self == nullptr || !is_term(reason)) return RSP_EINVAL;
  return detach(reinterpret_cast<Process*>(self), Term::share(from_public(reason)));
}

rsp_result rsp_watch_waits(rsp_self* self, uint64_t interval_ms, bool (*is_over)(void* ctx), void* ctx) {
  if (self == nullptr || interval_ms == 0) return RSP_EINVAL;
  return watch_waits(reinterpret_cast<Process*>(self), Watch{is_over, ctx, interval_ms});
}

}  // extern "C"
