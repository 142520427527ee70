// What happens to a process whose turn the watchdog takes (core/sched/watchdog.hpp): the turn is made a blocking
// section, which ends when its code calls the runtime or returns (blocking.hpp). So its signals are served and a kill
// acts at once, though the code that computes has declared nothing.
#pragma once

#include "core/sched/watchdog.hpp"

namespace rsp {

/** For Scheduler::start. */
const TurnHooks& turn_hooks();

}  // namespace rsp
