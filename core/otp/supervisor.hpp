// supervisor: starts children in order, restarts them, gives up in order (docs/semantics.md, S-SUP).
//
// One activity at a time; while it waits, requests stay queued and exit signals are received:
//
//   INIT         the callback's init runs in a short process of its own, and returns the children
//   STARTING     the children start one after another, then the starter is told
//   IDLE         EXIT of a child: decide; requests: serve
//   RESTART      a child that ended is being started again, in a group strategy with those that end with it
//   CLEARING     in a group strategy before that: those that run are stopped one after another, last first
//                with a delay: CLEARING first, then IDLE, the child `restarting`, until a timer's message begins RESTART
//   ADD          one child is being started by start_child
//   RESUME       one is being started by restart_child
//   TERMINATING  one is being stopped by terminate_child
//   STOPPING     the children stop one after another, last first, or those of a dynamic one all at once; then the process
//                ends
//
// A supervisor runs no user code: what starts is data, what it starts runs in its own process. It waits for
// its parent's EXIT in all activities but STOPPING, and lets it interrupt them: init and a child that is being
// started are killed, one that is being stopped is waited for, and then all stop.
#pragma once

#include "core/otp/child_spec.hpp"
#include "core/otp/proc_lib.hpp"

namespace rsp {

const StartKind& supervisor_kind();

/** The native payload of a call that asks for one more child; it is the supervisor's when the call is sent.
 * */
const NativeOps& child_request_ops();

}  // namespace rsp
