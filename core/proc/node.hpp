// What this OS process is as a node: whether it runs, who its root process is, how many processes live.
//
//   STOPPED -> STARTING    a thread that starts the runtime; one at a time, as with all that follow
//   STARTING -> RUNNING    the same, when all is up; or -> STOPPED, with nothing left
//   RUNNING -> STOPPING    a thread that stops the runtime
//   STOPPING -> STOPPED    the same, when all is down; a stop that gives up leaves it STOPPING for the next
//   any but STOPPED -> FORKED   a forked child, which has the tables but no worker: it is refused all calls
//
//   phase, is_forked, root_pid, stop_deadline_ns   anybody
//   change_phase, set_stop_deadline                start and stop of the runtime (core/runtime/runtime.cpp)
//   mark_forked          the one thread of a forked child
//   set_root_pid         the start, before it is RUNNING
//   count_spawn          whoever makes a process, before it makes it
//   count_exit           whoever ended it, last but for its seat; or made none after all
//   live_processes       anybody
//   wait_until_at_most   the one thread that stops, while STOPPING
//
//   P1  Only while RUNNING are processes made; the root is made while STARTING. Who makes one counts it and
//       then looks at the phase; a stop changes the phase and then reads the counts. All four are
//       sequentially consistent: either the one sees the stop and takes its count back, or the stop waits for
//       its process.
//   P2  The counts lie in shards, which are read one after the other: their sum is exact when nobody spawns.
//       While STOPPING it is never too low: what is counted and taken back is so in one shard, by one thread.
//   P3  Each exit while STOPPING changes `ended` after the count, and wakes; who waits reads `ended` before
//       it sums. So no exit is missed: one after the sum ends the wait at once. Either the exit sees
//       STOPPING, or the sum has it (P1).
//   P4  The root process stands for whoever is no process: it is the sender of the signals of foreign
//       threads, and the parent of what they spawn. It cannot be ended by an exit signal of others. Its pid
//       is known before the phase is RUNNING.
#pragma once

#include <cstdint>

#include "core/base/ids.hpp"
#include "core/env/atomic.hpp"
#include "core/term/atom.hpp"

namespace rsp {

enum class Phase : uint32_t { STOPPED, STARTING, RUNNING, STOPPING, FORKED };

namespace node_detail {
extern env::Atomic<Phase> current_phase;
}

/** Acquire: pairs with change_phase. Who sees a phase sees what led to it. */
inline Phase phase() { return node_detail::current_phase.load(env::ACQUIRE); }

/** The same, sequentially consistent: for "count myself, then look" (P1). */
// Pairs with change_phase.
inline Phase phase_in_order() { return node_detail::current_phase.load(env::SEQ_CST); }

/** Whether this OS process is a forked child of one that ran. */
inline bool is_forked() { return phase() == Phase::FORKED; }

/** From one phase to another; false: it is another one, which *from is now. */
bool change_phase(Phase* from, Phase to);

/** In a forked child: FORKED, unless STOPPED. May be called from a signal handler. */
void mark_forked();

/** erlang:node/0: what a node is called that no other one can reach. */
inline Atom node_name() { return ATOM_NONODE_AT_NOHOST; }

/** When what a supervisor stops must be gone: far in the future, but where the runtime stops within a time. */
uint64_t stop_deadline_ns();
void set_stop_deadline(uint64_t deadline_ns);

/** No pid before the first start; after a stop that of the last run. */
Pid root_pid();
void set_root_pid(Pid pid);

/** Any thread, once for each process that is about to begin. The phase after the count: a stop that begins
 * later waits for it. */
Phase count_spawn();

/** Any thread, once for each process that ended, or did not begin after all. */
void count_exit();

/** Processes that began and have not ended. Exact when nobody spawns. */
uint64_t live_processes();

/** Waits until at most `count` processes live, or the deadline passes (false). Only while STOPPING, by one
 * thread. */
bool wait_until_at_most(uint64_t count, uint64_t deadline_ns);

}  // namespace rsp
