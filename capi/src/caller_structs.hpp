// The structs that a caller fills in (core/base/caller_struct.hpp), but for those of servers and supervisors:
// core/otp/caller_structs.hpp, where a callback hands them to the core itself.
#pragma once

#include "core/base/caller_struct.hpp"
#include "resprout/ets.h"
#include "resprout/exception.h"
#include "resprout/lane.h"
#include "resprout/message.h"
#include "resprout/process.h"
#include "resprout/relation.h"
#include "resprout/run.h"
#include "resprout/runtime.h"
#include "resprout/server.h"
#include "resprout/task.h"

namespace rsp {

RSP_CALLER_STRUCT(rsp_runtime_opts, max_processes, stack_signal);
RSP_CALLER_STRUCT(rsp_run_opts, notify, notify);
RSP_CALLER_STRUCT(rsp_runtime_stats, dropped_messages, dropped_messages);
RSP_CALLER_STRUCT(rsp_lane_hooks, ctx, ctx);
RSP_CALLER_STRUCT(rsp_spawn_opts, overflow, worker);
RSP_CALLER_STRUCT(rsp_monitor_opts, tag, tag);
RSP_CALLER_STRUCT(rsp_native_ops, describe, describe);
RSP_CALLER_STRUCT(rsp_receive_opts, match_ctx, match_ctx);
RSP_CALLER_STRUCT(rsp_exception, frames, frames);
RSP_CALLER_STRUCT(rsp_start_opts, timeout_ms, via_key);
RSP_CALLER_STRUCT(rsp_ets_opts, heir_data, heir_data);
RSP_CALLER_STRUCT(rsp_task_stream_opts, supervisor, supervisor);

}  // namespace rsp
