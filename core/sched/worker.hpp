// A worker: queues and timers, and the loop of the thread that drives it (worker_thread.hpp).
//
// Order of work: the LIFO slot (at most LIFO_STREAK in a row), the ring, the injection queue, other workers'
// rings. The injection queue is also looked at every INJECT_INTERVAL turns, and many are taken at once, so
// that nothing queued there waits behind a worker that is busy with its own.
//
// Life of the loop: run -> (nothing to do) search -> announce -> look again -> sleep -> woken as a searcher
// -> ... It sleeps without a timeout unless one of its timers is due at a known time: there is no tick.
//
// A thread that is about to block in the middle of a turn lets go of its worker:
//
//   V1  It first hires another thread, the stand-in, so that the worker can always be driven.
//   V2  A worker with anything queued or a timer is the stand-in's at once. Any other is left *vacant*: it is
//       announced as if it slept (idle_set.hpp), and `vacated_by_` says who left it.
//   V3  Whoever wakes a vacant worker takes `vacated_by_` away by CAS and sends the stand-in. The thread that
//       comes back takes it away by CAS too, and drives on: so a section in which nothing happens wakes nobody.
//   V4  The thread that was faster than a waker has the worker, and the waker's token is on its way (I4).
//
// The watchdog lets go in its place where it does not know that it blocks (watchdog.hpp).
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/sched/run_ring.hpp"
#include "core/sched/runnable.hpp"
#include "core/sched/timer_queue.hpp"
#include "core/sched/worker_thread.hpp"
#include "core/sync/parker.hpp"

namespace rsp {

class Scheduler;

class alignas(CACHE_LINE) Worker {
 public:
  static constexpr uint32_t LIFO_STREAK = 16;
  static constexpr uint32_t INJECT_INTERVAL = 61;
  static constexpr uint32_t INJECT_BATCH = 64;
  static constexpr uint32_t TIMER_INTERVAL = 8;
  static constexpr uint32_t SHARE_INTERVAL = 8;
  static constexpr uint32_t SHARE_LENGTH = 8;

  /** The worker whose thread this is, or nullptr: so also in user code, which may lose it at any moment
   * (crossing.hpp, C2). */
  static Worker* current();

  /** The worker's own thread: `item` runs next (it displaces what was to run next into the ring). */
  void push_next(Runnable* item);
  /** The worker's own thread: `item` runs after everything queued here. */
  void push_last(Runnable* item);

  TimerQueue& timers() { return timers_; }
  uint32_t index() const { return index_; }
  Scheduler& scheduler() { return *scheduler_; }
  /** Times this worker's thread came out of a sleep. For tests: an idle runtime does not wake. */
  uint64_t wake_ups() const { return wake_ups_.load(env::RELAXED); }

 private:
  friend class Scheduler;
  friend class Watchdog;
  friend class WorkerThread;

  enum class Left : uint8_t {
    STOPPED,  // the scheduler stops
    LET_GO,   // the thread came back from a turn in which it let go of the worker
  };

  Left loop(WorkerThread& me);
  void let_go(WorkerThread& me, WorkerThread& stand_in);
  bool take_back(WorkerThread& me);
  bool is_waited_for(uint64_t now_ns) const;
  void wake();
  Runnable* next();
  Runnable* take_injected();
  Runnable* steal();
  Runnable* find_work();
  Runnable* wait_for_work();
  Runnable* search();
  void run_due_timers();
  void end_search();

  Scheduler* scheduler_ = nullptr;
  uint32_t index_ = 0;
  uint32_t turn_ = 0;
  uint32_t lifo_streak_ = 0;
  Runnable* lifo_ = nullptr;
  RunRing ring_;
  TimerQueue timers_;
  Parker parker_;
  env::Atomic<uint64_t> wake_ups_{0};
  env::Atomic<WorkerThread*> vacated_by_{nullptr};
  WorkerThread* stand_in_ = nullptr;
  bool woken_ = false;  // who drives next begins as a searcher
};

}  // namespace rsp
