// A worker: one thread that runs runnables, with its own queues and timers.
//
// Order of work: the LIFO slot (at most LIFO_STREAK in a row), the ring, the injection queue, other workers'
// rings. The injection queue is also looked at every INJECT_INTERVAL turns, and many are taken at once, so
// that nothing queued there waits behind a worker that is busy with its own.
//
// Life of the thread: run -> (nothing to do) search -> announce -> look again -> sleep -> woken as a searcher
// -> ... It sleeps without a timeout unless one of its timers is due at a known time: there is no tick.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/thread.hpp"
#include "core/sched/run_ring.hpp"
#include "core/sched/runnable.hpp"
#include "core/sched/timer_queue.hpp"
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

  /** The worker whose thread this is, or nullptr. */
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

  static void thread_main(void* worker);
  void loop();
  Runnable* next();
  Runnable* take_injected();
  Runnable* steal();
  Runnable* find_work();
  Runnable* wait_for_work();
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
  env::Thread thread_;
};

}  // namespace rsp
