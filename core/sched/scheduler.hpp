// The scheduler: N workers, the injection queue, the set of idle workers.
//
//   start, stop                           one thread, in turn; stop only when no runnable can come any more
//   schedule, inject, schedule_on         anybody; never fails and never blocks, since whoever woke a process owes it
//                                         (mailbox.hpp)
//   start_timer, attend                   anybody
//   let_go_of_worker, take_worker_back    a thread that drives a worker, or has let go of it
//   poller, zombies, watchdog             anybody
//
//   reserve_    a stack of runnables, beside the injection queue
//               any -> the new item       push_injected, where there is no memory to queue it; by CAS
//               its newest -> nullptr     pop_injected, by a worker that found the queue empty
//   stopping_   false -> true             stop, when the watchdog has ended
//               true -> false             the next start, before it has workers
//
//   S1  No runnable is refused. One that the queue has no memory for goes to the reserve, which chains what it holds by
//       Runnable::next and needs none.
//   S2  The reserve is taken whole, by an exchange: popping one would be a CAS from an item that was taken, run and pushed
//       again meanwhile (ABA). Who takes it keeps the newest, and injects the others anew.
//   S3  Who queues does so first, and then looks for somebody who sleeps; a worker announces that it sleeps, and then looks
//       at queue and reserve once more (idle_set.hpp). So what a worker misses wakes one.
//   S4  stop does the same with `stopping_`: a worker that sees it false after its announcement is woken.
//   S5  When what is pinned has been queued, it may have run, and the scheduler have stopped: the worker is touched only by
//       who has to wake it (schedule_on).
//
// There is one Scheduler in the OS process and it is never destroyed: the injection queue outlives stop, so
// that a thread that is late with its wake-up finds it.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/mem/alloc.hpp"
#include "core/sched/idle_set.hpp"
#include "core/sched/poller.hpp"
#include "core/sched/runnable.hpp"
#include "core/sched/watchdog.hpp"
#include "core/sched/worker.hpp"
#include "core/sched/worker_thread.hpp"
#include "core/sync/inject_queue.hpp"
#include "resprout/result.h"

namespace rsp {

class Scheduler {
 public:
  /** Starts `workers` threads (1..IdleSet::MAX_WORKERS), and the watchdog if there are hooks. On failure nothing
   * runs. */
  [[nodiscard]] rsp_result start(uint32_t workers, const TurnHooks* hooks = nullptr);

  /** Ends and joins the workers; the timers left are reclaimed. No runnable may be queued any more. */
  void stop();

  /** Queues `item`: next on this thread's worker, or for any worker if the caller is none. */
  void schedule(Runnable* item);

  /** Queues `item` for any worker, behind what waits already. */
  void inject(Runnable* item);

  /** Queues `item` for the worker of this index alone, which is woken if it sleeps. Anybody; never fails, never blocks. */
  void schedule_on(uint32_t index, Runnable* item);

  /** The calling thread drives a worker and is about to block in the middle of a turn: from here on its calls are
   * those of a foreign thread. RSP_ELIMIT: there is no other thread for the worker, and nothing was changed. */
  [[nodiscard]] rsp_result let_go_of_worker();

  /** It is back, and drives its worker again. False: another thread does, and it goes on without to the end of the
   * turn, which should be soon. */
  bool take_worker_back();

  /** Arms a timer: on this thread's worker, or on any if the caller is none. */
  void start_timer(Timer* timer);

  /** Where descriptors are waited for. It lives as long as the OS process. */
  Poller& poller() { return poller_; }

  /** After Poller::add: sees to it that a worker looks at the descriptors. */
  void attend();

  uint32_t worker_count() const { return worker_count_; }
  Worker& worker(uint32_t index) { return workers_[index]; }
  /** Workers that sleep, as of a moment ago. */
  uint32_t sleepers_for_tests() const { return idle_.sleepers(); }
  /** Threads whose code has not come back from a process that is dead. */
  uint32_t zombies() const { return threads_.zombies(); }
  const Watchdog& watchdog() const { return watchdog_; }

 private:
  friend class Watchdog;
  friend class Worker;
  friend struct StandInWorker;  // of tests: runs what is queued, without the life of a worker

  bool wake_one();
  void wake_worker(uint32_t index);
  void push_injected(Runnable* item, bool wakes);
  void wake_all_parked();
  uint32_t pop_injected(Runnable** items, uint32_t capacity);
  /** Of what came out of injected_, not of the reserve, which uses the link, and hands out but one at a time (T5). */
  static bool was_woken_for(const Runnable* item) { return item->next == item; }
  bool injected_empty() const;
  bool has_queued();
  bool wants_attendant() const { return poller_.is_unattended() && idle_.sleepers() != 0; }

  InjectQueue<Runnable*, ForeverMemory> injected_;
  // Takes what the queue has no memory for: a wake-up must not be lost because memory is short.
  env::Atomic<Runnable*> reserve_{nullptr};
  IdleSet idle_;
  env::Atomic<bool> stopping_{false};
  uint32_t worker_count_ = 0;
  uint32_t started_ = 0;  // of them, those that are driven
  Worker* workers_ = nullptr;
  void* memory_ = nullptr;  // of workers_, before alignment
  Poller poller_;
  WorkerThreads threads_;
  Watchdog watchdog_{*this};
};

/** The one scheduler of this OS process. */
Scheduler& scheduler();

}  // namespace rsp
