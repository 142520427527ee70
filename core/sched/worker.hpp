// A worker: queues and timers, and the loop of the thread that drives it (worker_thread.hpp).
//
// Order of work: the LIFO slot (at most LIFO_STREAK in a row), the ring and what is pinned here in turns, the injection
// queue, other workers.
//
// What is pinned to a worker (pinned_queue.hpp) is run by whoever drives it, and by nobody else. Who queues it from
// elsewhere wakes that very worker: if it sleeps, or is vacant (V3). One that searches or is busy finds it, as it finds its
// ring (Scheduler::schedule_on).
//
// Every few turns, about each BEAT_NS, is a *beat*: the worker reads the clock, runs due timers, decides what it shares,
// and now and then looks at the injection queue first, so that nothing queued there waits behind a worker that is busy
// with its own.
//
// What others take of a worker:
//
//   T1  Half of its ring while it *shares*: it does when the ring has not been empty for BACKLOG_NS, or when its turns last
//       longer than a wake-up, two beats in a row: one long turn says nothing of those that it queued. Then each beat
//       wakes a worker, if none is searching. Moving less than that costs more than it brings: what is moved has to be
//       fetched, core to core, line by line.
//   T2  Anything, the LIFO slot too, while it is *late*: a thief that finds nothing else looks at the number of its turn,
//       waits PATIENCE_NS, and takes if it is the same turn still. So processes that talk to each other stay together.
//   T3  Where the worker is late and nobody searches, the watchdog wakes a thief (watchdog.hpp), and comes in time: a beat
//       at which something waits that is not shared lets it know, and so does the first turn after a rest. So nothing
//       waits for long behind one turn, and nobody has to be woken for each item that is queued.
//   T4  Half of its ring while it shares, also by a worker all of whose ring gives its turns away (pressure.hpp), about each
//       BEAT_NS. Such a worker shares nothing itself: what waits there has nothing to do.
//   T5  What a worker took of the injection queue beside the item that it runs, if a worker was woken for any of it
//       (Runnable::next tells): what a ring had no room for woke nobody, and comes back as what was in the ring.
//
// What is pinned is of no use to a thief. So where some waits the watchdog takes the late turn too.
//
// Life of the loop: run -> (nothing to do) search -> announce -> look again -> sleep -> woken as a searcher
// -> ... It sleeps without a timeout unless one of its timers is due at a known time: there is no tick. Where
// descriptors are waited for, one of those that sleep does so in the poller (poller.hpp).
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
#include "core/env/poll.hpp"
#include "core/sched/lifo_slot.hpp"
#include "core/sched/pinned_queue.hpp"
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
  static constexpr uint32_t INJECT_BATCH = 64;
  static constexpr uint32_t BEAT_TURNS = 32;  // at most
  static constexpr uint32_t INJECT_BEATS = 2;
  static constexpr uint64_t BEAT_NS = 20'000;
  static constexpr uint64_t LONG_BEAT_NS = 1'000'000;  // the injection queue comes next
  static constexpr uint64_t PATIENCE_NS = 10'000;
#if defined(RSP_ENV_NATIVE)
  static constexpr uint64_t WAKE_UP_NS = 100'000;  // what it takes on another core, rather more than less
  static constexpr uint64_t BACKLOG_NS = 10 * WAKE_UP_NS;
#else
  static constexpr uint64_t WAKE_UP_NS = 0;  // no time passes while anything can run: each beat shares
  static constexpr uint64_t BACKLOG_NS = 0;
#endif

  /** The worker whose thread this is, or nullptr: so also in user code, which may lose it at any moment
   * (crossing.hpp, C2). */
  static Worker* current();

  /** The worker's own thread: `item` runs next (it displaces what was to run next into the ring). */
  void push_next(Runnable* item);
  /** The worker's own thread: `item` runs after everything queued here. */
  void push_last(Runnable* item);
  /** The worker's own thread: this turn does nothing but end (T4). */
  void give_turn_away() { ++given_away_; }
  /** The worker's own thread: false if the beat has lasted for `most_ns`. If not it ends with this turn, which may last
   * until then. */
  bool prolong_beat(uint64_t most_ns);
  /** The worker's own thread: `item` runs here, after everything pinned that is queued. */
  void push_pinned(Runnable* item) { pinned_.push_own(item); }

  TimerQueue& timers() { return timers_; }
  uint32_t index() const { return index_; }
  Scheduler& scheduler() { return *scheduler_; }
  /** Times this worker went on after it had nothing to do. For tests: an idle runtime does not wake. */
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
  uint64_t waited_for_from(uint64_t now_ns) const;
  bool work_waits() const;
  bool pinned_waits() const { return !pinned_.seems_empty(); }
  void wake();
  Runnable* next();
  Runnable* next_in_line();
  [[gnu::noinline]] Runnable* take_injected();
  Runnable* steal();
  Runnable* steal_from_late();
  Runnable* find_work();
  Runnable* wait_for_work();
  Runnable* search();
  bool sleep(bool may_attend, env::Ready& ready);
  void look_at_descriptors(uint64_t now_ns);
  bool has_stealable() const { return ring_.size() != 0 || lifo_.is_full(); }
  bool gives_all_away() const { return given_away_ >= BEAT_TURNS && given_away_ >= ring_.size(); }
  bool shares() const { return shares_.load(env::ACQUIRE) && ring_.size() != 0; }  // pairs with beat
  void beat();
  void take_beside_its_own(uint64_t now_ns);
  void begin_beat(uint64_t now_ns);
  void run_due_timers();
  void end_search();

  Scheduler* scheduler_ = nullptr;
  uint32_t index_ = 0;
  uint32_t lifo_streak_ = 0;
  uint32_t beats_ = 0;
  uint32_t beat_turns_ = 1;  // of this beat
  uint32_t until_beat_ = 1;
  uint32_t given_away_ = 0;       // turns, since one that was not
  bool turns_were_long_ = false;  // in the last beat
  bool rested_ = false;           // before the first turn of this beat
  bool injected_first_ = false;
  bool pinned_first_ = false;
  uint64_t beat_began_ns_ = 0;
  uint64_t takes_from_ns_ = 0;     // T4, not before
  uint64_t backlog_since_ns_ = 0;  // the beat at which something waited; 0: the ring was empty since
  env::Atomic<uint32_t> turn_{0};  // T2; written by the owner, and so is the next one
  env::Atomic<bool> shares_{false};
  LifoSlot lifo_;
  RunRing ring_;
  PinnedQueue pinned_;
  TimerQueue timers_;
  Parker parker_;
  env::Atomic<uint64_t> wake_ups_{0};
  env::Atomic<WorkerThread*> vacated_by_{nullptr};
  WorkerThread* stand_in_ = nullptr;
  bool woken_ = false;  // who drives next begins as a searcher
};

}  // namespace rsp
