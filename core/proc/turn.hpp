// Where a process's turns run: a worker, or a lane; and waiting in the middle of a turn, which only a lane
// allows.
#pragma once

#include <cstdint>

#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

/** Queues a process that is in the caller's hands for its next turn, behind others. */
void requeue(Process& self);

/** The owner: takes that many reductions off what is left of its turn (pressure.hpp), at most all of it. The turn ends
 * with the callback that runs. */
void bump_reductions(Process& self, uint32_t reductions);

/** Queues a process that a push or a spawn has put into the caller's hands. */
void enqueue(Process& self);

/** wait_until (core/proc/attached.hpp) for a process on a lane: the turn's thread keeps its frame; while
 * others of the lane have something to do it lets go of the lane. Besides, RSP_ELIMIT: too many turns of this
 * lane wait, or others have something to do and there is no thread for them. */
[[nodiscard]] rsp_result wait_in_turn(Process& self, bool (*done)(Process& self, void* context),
                                      void* context, uint64_t deadline_ns);

}  // namespace rsp
