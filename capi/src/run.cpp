// resprout/run.h over core/runtime/run.
#include "resprout/run.h"

#include "capi/src/api_table.hpp"
#include "capi/src/caller.hpp"
#include "core/otp/caller_structs.hpp"
#include "core/runtime/run.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_run(int* status_out, rsp_term* reason_out, const rsp_supervisor_spec* top,
                   const rsp_run_opts* opts) {
  rsp_run_opts options;
  if (status_out == nullptr || top == nullptr || !is_readable_throughout(*top)) return RSP_EINVAL;
  if (!read_options(opts, RSP_RUN_OPTS_INIT, &options) || options.handle_signals > 1 || options.notify > 1)
    return RSP_EINVAL;
  *status_out = 1;
  publish_api_table();
  StartSpec* start = nullptr;
  Term reason;
  {
    const AccountVisit visit;
    const rsp_result made = make_start_spec(&start, &reason, *top);
    if (made != RSP_OK) {
      if (made == RSP_ESPEC) give(reason_out, std::move(reason));
      if (made != RSP_EINVAL) drop_contexts(*top);
      return made;
    }
  }
  const rsp_result result =
      run(start, RunOptions{options.stop_timeout_ms, options.handle_signals != 0, options.notify != 0},
          status_out, &reason);
  if (result == RSP_OK || result == RSP_EEXITED) give(reason_out, std::move(reason));
  return result;
}

rsp_result rsp_init_stop(int status) {
  if (status < 0 || status > UINT8_MAX) return RSP_EINVAL;
  return ask_for_stop(static_cast<uint8_t>(status)) ? RSP_OK : RSP_ESTOPPED;
}

}  // extern "C"
