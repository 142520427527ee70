// The structs of resprout/server.h and resprout/supervisor.h as a caller fills them in
// (base/caller_struct.hpp).
//
// A specification refers to others: children, supervisors among them, types of servers. All of it is looked
// at before any of it is used: one that cannot be read in some place is refused as a whole, and stays the
// caller's.
#pragma once

#include "core/base/caller_struct.hpp"
#include "resprout/server.h"
#include "resprout/supervisor.h"

namespace rsp {

RSP_CALLER_STRUCT(rsp_server_ops, shutdown_ms,
                  handle_event);  // NOLINT(bugprone-sizeof-expression): of a pointer
RSP_CALLER_STRUCT(rsp_start_more, function_name,
                  function_name);  // NOLINT(bugprone-sizeof-expression): of a pointer
RSP_CALLER_STRUCT(rsp_backoff, reset_after_ms, reset_after_ms);
RSP_CALLER_STRUCT(rsp_child_spec, shutdown_ms, backoff);  // NOLINT(bugprone-sizeof-expression): of a pointer
// NOLINTNEXTLINE(bugprone-sizeof-expression): of a pointer
RSP_CALLER_STRUCT(rsp_supervisor_spec, lane, with_partition);

using ChildSpecs = CallerArray<rsp_child_spec>;

/** Everything that it refers to included. */
[[nodiscard]] bool is_readable_throughout(const rsp_start_spec& spec);
[[nodiscard]] bool is_readable_throughout(const rsp_supervisor_spec& spec);
[[nodiscard]] bool is_readable_throughout(const ChildSpecs& children);

}  // namespace rsp
