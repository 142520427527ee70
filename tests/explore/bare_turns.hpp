// Turns without a process, for scenes of workers and the watchdog: an item whose code computes as the code of a process
// does, so that its turn can be taken meanwhile. Of processes: stuck.hpp.
//
//   scheduler.start(1, &BARE_TURNS)
//   item.run = [](Runnable* item, Worker*) {
//     compute(scheduler, crossing, [] { ...; });
//     ...                                            // the turn is over, or another has it
//   };
#pragma once

#include "core/sched/crossing.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sched/watchdog.hpp"
#include "core/sched/worker_thread.hpp"

namespace rsp::test {

/// Hooks whose turns own nothing but their worker.
inline constexpr TurnHooks BARE_TURNS{
    []() -> void* { return const_cast<TurnHooks*>(&BARE_TURNS); },
    [](void*) {},
    [](Crossing&, WorkerThread&, void*, StuckTurn&) { return true; },
    [](void*, const StuckTurn&) {},
    [](uint64_t) { return true; },
};

/// Runs `code` as user code, in a turn of this thread. A thread whose turn was taken meanwhile comes back without its
/// worker.
template <class Code>
void compute(Scheduler& scheduler, Crossing& crossing, Code code) {
  WorkerThread& me = *WorkerThread::current();
  me.set_crossing(&crossing);
  crossing.begin_turn(me.number());
  crossing.enter_user();
  code();
  if (!crossing.leave_user() && !me.keeps_turn()) (void)scheduler.take_worker_back();
}

}  // namespace rsp::test
