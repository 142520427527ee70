// What this OS process is as a node: whether it runs, who its root process is, how many processes live.
//
// Phases: STOPPED -> RUNNING -> STOPPING -> STOPPED. While STOPPING nothing new is spawned or attached.
#pragma once

#include <cstdint>

#include "core/base/ids.hpp"

namespace rsp {

enum class Phase : uint32_t { STOPPED, RUNNING, STOPPING };

Phase phase();
void set_phase(Phase phase);

/** The process that stands for whoever is not one: sender of the exit signals of foreign threads, parent of what they spawn. */
Pid root_pid();
void set_root_pid(Pid pid);

/** Any thread, once for each process that began or ended. */
void count_spawn();
void count_exit();

/** Processes that began and have not ended. Exact when nobody spawns. */
uint64_t live_processes();

/** Waits until no process lives, or the deadline passes (false). Only while STOPPING, by one thread. */
bool wait_until_none_lives(uint64_t deadline_ns);

}  // namespace rsp
