// Making processes: atomically linked to and monitored by the one that makes them.
#pragma once

#include "core/base/ids.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

struct SpawnOptions {
  bool link = false;
  bool monitor = false;
  AliasMode alias = AliasMode::NONE;  // of the monitor
  bool brings_reply = false;          // what comes through that alias is a reply
  Atom tag{};                         // replaces DOWN
  bool trap_exit = false;
  Lane* lane = nullptr;  // runs on this lane; nullptr: on workers
  uint64_t worker = 0;   // runs on that worker alone, counted from 1; 0: on any. Not on a lane
  uint64_t stall_ms =
      0;                // a turn that the watchdog took and that stays away for longer ends it; not on a lane
  bool rooted = false;  // counts as made by no process: ended in order when the runtime stops
  TermBits ancestors = TermBits::empty(Kind::LIST);  // the process owns it on success
  uint64_t link_note = 0;                            // the EXIT message of the link carries it in `aux`
  MailboxLimits limits{};
  uint64_t monitor_number = 0;  // of the monitor's reference, if the child must know it; 0: a fresh one
  bool charge = false;          // it ends with the one that makes it (charge.hpp): Spawned::charge
  bool starter = false;         // it runs a start function for the one that makes it (charge.hpp)
};

struct Spawned {
  Pid pid;
  LocalRef monitor;     // set if asked for
  uint64_t charge = 0;  // set if asked for, or if a starter made it
};

/** Makes a handler process. `self` nullptr: the root is its parent, and link and monitor are not to be had
 * (RSP_ENOTPROCESS). On success the process owns `state`; on failure (RSP_EINVAL: there is no such worker; RSP_ENOMEM,
 * RSP_ELIMIT, RSP_ESTOPPED) the caller does. */
[[nodiscard]] rsp_result spawn(Process* self, const SpawnOptions& options, const Behaviour& behaviour,
                               void* state, Spawned* out);

/** Makes the root process, which traps exits, and publishes its pid. Only while STARTING. */
[[nodiscard]] rsp_result spawn_root(const Behaviour& behaviour, void* state);

/** The process whose EXIT ends a behaviour of `self`: its parent; without one the root, if that keeps account
 * of it; 0: nobody's. */
uint64_t overseer(const Process& self);

/** Whether an EXIT of `from` ends a behaviour of `self`: the overseer's, and the root's where it keeps
 * account. */
bool is_overseer(const Process& self, uint64_t from);

/** How many workers there are: erlang:system_info(schedulers_online). While the runtime runs. */
uint32_t worker_count();

struct Seat;

/** Makes the process of a thread that attaches: BLOCKED -> the caller is in a call. */
[[nodiscard]] rsp_result spawn_attached(Seat& seat);

/** The next turn of a handler process: Runnable::run. */
void run_process(Runnable* runnable, Worker* worker);

}  // namespace rsp
