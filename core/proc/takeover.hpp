// What happens to a process whose turn the watchdog takes (core/sched/watchdog.hpp): the turn is made a blocking
// section, which ends when its code calls the runtime or returns (blocking.hpp). So its signals are served and a kill
// acts at once, though the code that computes has declared nothing.
//
// A process with a stall limit is sent STALLED when its turn has been away for so long: a fatal signal that is not
// trapped, since what it speaks of is code that does not look. The code may come back as the signal is on its way. It
// ends the process all the same: the limit was passed.
//
// A process that was to die before its turn was taken is cleaning up, which its code may for UNWINDING_NS: it is served,
// and not ended, like a section in which nothing fatal came. Then STALLED is sent, or, where the code was back in the
// meantime and has been taken again, the process goes to a worker at once: either ends it as a kill ends a section.
#pragma once

#include "core/sched/watchdog.hpp"

namespace rsp {

/** For Scheduler::start. */
const TurnHooks& turn_hooks();

}  // namespace rsp
