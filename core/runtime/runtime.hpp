// The life of the runtime: start, stop, and start again.
//
//   start   STOPPED -> STARTING: claim the OS process, start the workers, make the root -> RUNNING
//   stop    RUNNING -> STOPPING: nothing new is made from here on
//             1  the root ends what was started by nobody's process, in reverse order, until the deadline
//             2  every process left is killed, attached ones too
//             3  when none but the root lives, the root is killed
//             4  when none lives, the workers end -> STOPPED
//
//   U1  The scheduler ends only when no process lives: whoever woke a process still owes its scheduling, and
//       until that is done the process cannot end. So a foreign thread that is late with a wake-up finds the
//       workers there.
//   U2  A process that was being made when the stop began is counted already, but may not be in the table
//       yet: the table is gone through again until no process is left.
//   U3  A stop that gives up (RSP_ETIMEDOUT: nothing has ended for GIVE_UP_NS, so a callback does not return)
//       leaves the runtime STOPPING; the next stop goes on with step 2.
//   U4  When nothing runs any more, every envelope and every byte has been given back (core/mem/account.hpp).
//   U5  What lives as long as the OS process: the table of processes with its serials, the atoms, the
//       injection queue, the set of descriptors. So pids of an earlier run stay stale, and a thread that is late with a
//       wake-up finds what it wakes through. A forked child gives the set up, and would open one of its own.
//
// Any thread; one at a time gets through.
#pragma once

#include <cstdint>

#include "resprout/result.h"

namespace rsp {

struct RuntimeOptions {
  uint32_t workers = 0;        // 0: env::cpu_count()
  uint32_t max_processes = 0;  // besides the root; 0: what the table holds
  int64_t stack_signal = 0;    // of core/env/stack_trace.hpp
};

struct RuntimeStats {
  uint64_t processes = 0;
  uint64_t workers = 0;
  uint64_t worker_wake_ups = 0;
  uint64_t zombies = 0;
  uint64_t stuck_turns = 0;
  uint64_t watchdog_wake_ups = 0;
  uint64_t dropped_messages = 0;
};

/** RSP_EINVAL (too many workers, no such signal), RSP_EALREADY, RSP_ENOMEM, RSP_EOS, RSP_EFORKED, RSP_ETWOCOPIES. On failure
 * nothing runs. */
[[nodiscard]] rsp_result start_runtime(const RuntimeOptions& options);

/** Whether the calling thread may stop the runtime: none that runs a process, nor one inside a call. */
bool may_stop_here();

/** RSP_ESTOPPED, RSP_EALREADY (another thread is stopping it), RSP_EWOULDBLOCK (on a worker, or inside a
 * call), RSP_ETIMEDOUT (U3), RSP_EFORKED. */
[[nodiscard]] rsp_result stop_runtime(uint64_t deadline_ns);

/** Waits while another thread is in stop_runtime. */
void wait_for_stopper();

/** RSP_ESTOPPED, RSP_EFORKED. */
[[nodiscard]] rsp_result runtime_stats(RuntimeStats* out);

}  // namespace rsp
