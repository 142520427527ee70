// What this OS process is as a node: whether it runs, who its root process is, how many processes live.
//
// Phases: STOPPED -> STARTING -> RUNNING -> STOPPING -> STOPPED. Only while RUNNING are processes made; the
// root is made while STARTING. Any phase but STOPPED becomes FORKED in a forked child, which has the tables
// but no worker: there every call is refused, for ever.
//
// The root process stands for whoever is no process: it is the sender of the signals of foreign threads, and
// the parent of what they spawn. It cannot be ended by an exit signal of others.
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

/** Acquire: who sees a phase sees what led to it. */
inline Phase phase() { return node_detail::current_phase.load(env::ACQUIRE); }

/** The same, sequentially consistent: for "count myself, then look". */
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
