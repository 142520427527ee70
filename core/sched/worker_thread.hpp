// The threads behind the workers. A worker is queues and timers; a thread drives it, and may let go of it in
// the middle of a turn, so that code which blocks holds up nobody but its own process.
//
//   drives    runs the loop of one worker
//   away      in the middle of a turn, without a worker, which it let go of or lost (watchdog.hpp); its calls are
//             those of a foreign thread
//   hired     sleeps on its parker, promised to the worker of a thread that is away
//   spare     sleeps on its parker, in the stack of spares
//
//   start, join_all   the scheduler's start and stop
//   hire              a thread that is about to be away, or the watchdog for it: a spare thread, or a new one
//   drive             whoever hired, or whoever wakes the vacant worker (worker.hpp, V3)
//   dismiss           whoever hired, or the thread that has come back to its worker
//   become_zombie     the worker that ends the process in whose turn the thread is away
//   keeps_turn, set_crossing, is_in_user   the thread itself
//   zombies           anybody
//
//   state     FREE -> ACTIVE         whoever hires, by CAS
//             ACTIVE -> FREE         the same, where the operating system gives no thread
//             ACTIVE -> ZOMBIE       the process whose turn it is in is dead, and its code has not returned
//             ZOMBIE -> ACTIVE       the thread, when that code has returned
//             ZOMBIE -> ABANDONED    stop, which waits for no such code: the thread is detached
//             ABANDONED -> FREE      the thread, when that code has returned: its last step
//             ACTIVE -> ENDED        the thread, being one spare too many or told to end: its last step
//             ENDED -> ACTIVE        whoever hires; it joins the former thread first
//             ENDED -> FREE          stop, which has joined it
//
//   turn      counts what the thread has begun, for the watchdog: BUSY in a turn, AGAIN in what is left of
//             one after a blocking section, declared or not. At rest between turns that do not follow each
//             other, and in a section.
//
//   D1  A slot is never freed and keeps its number: a thread whose code does not come back outlives the
//       scheduler's stop. Who changes the state to ACTIVE has the slot to itself until it has started the
//       thread. After its last step a thread touches the slot no more.
//   D2  A hired thread is owed drive or dismiss, and nothing else wakes it, also while the scheduler stops: a
//       waker that is late finds worker and thread as it expects.
//   D3  A thread that rests is woken once: by drive, by a dismissal when there are spares enough, or by
//       join_all. It ends if `given_` is empty then. One that was given a worker before it came to rest takes
//       its token all the same.
//   D4  join_all sets `leaving_` and then changes the stack: a spare that is pushed after that sees
//       `leaving_` and does not rest, all others are popped and woken.
//   D5  The word of the stack counts its changes. Without that a pop could succeed after the slot it had read
//       was popped and pushed again: its `below_` may be another by then.
//   D6  Which worker it drives and which it is away from is the thread's own; under a claim it is the
//       watchdog's (crossing.hpp, C2).
//   D7  What the watchdog looks at is written only where there is one. It looks at each slot below
//       `high_water_`, whether its thread lives or not: so who hires clears what the last one left behind.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/thread.hpp"
#include "core/sched/crossing.hpp"
#include "core/sync/parker.hpp"

namespace rsp {

class Watchdog;
class Worker;
class WorkerThreads;

class alignas(CACHE_LINE) WorkerThread {
 public:
  /** The thread that calls, or nullptr: it drives no worker and is not away from one. */
  static WorkerThread* current();

  /** Its own: the worker it drives, or nullptr. */
  Worker* worker() const { return worker_; }

  /** Its own: the turn that begins crosses the border here. */
  void set_crossing(Crossing* crossing) {
    if (own_crossing_ == crossing) return;
    own_crossing_ = crossing;
    if (is_watched_) crossing_.store(crossing, env::RELEASE);  // pairs with Watchdog::take
  }
  /** Its number among all threads, never 0. */
  uint32_t number() const { return number_; }
  /** Its own: whether user code runs on it, so that its worker may be somebody else's at any moment. */
  bool is_in_user() const { return own_crossing_ != nullptr && own_crossing_->is_in_user_of(number_); }
  /** Its own, after Crossing::leave_user() was false: whether it has kept its turn. If not it has no worker, until it
   * takes it back. */
  [[nodiscard]] bool keeps_turn();

  /** By the worker that ends the process in whose turn the thread is away: stop shall not wait for it. */
  void become_zombie();

 private:
  friend class Scheduler;
  friend class Watchdog;
  friend class Worker;
  friend class WorkerThreads;

  // Of the turn word.
  static constexpr uint32_t BUSY = 1;
  static constexpr uint32_t AGAIN = 2;
  static constexpr uint32_t ONE_TURN = 4;
  static uint32_t following(uint32_t turn) { return ((turn & ~(BUSY | AGAIN)) + ONE_TURN) | BUSY; }
  static bool is_busy(uint32_t turn) { return (turn & BUSY) != 0; }
  static bool was_taken_before(uint32_t turn) { return (turn & AGAIN) != 0; }

  void begin_turn() {
    const uint32_t before = turn_.load(env::RELAXED);
    if (!is_busy(before)) return begin_busy_turn(before);
    turn_.store(following(before), env::RELEASE);  // pairs with the watchdog's look
  }
  void begin_busy_turn(uint32_t before);
  void begin_rest();
  void begin_again();
  void drives(Worker* worker);
  Worker* lose_worker();

  enum State : uint32_t { FREE, ACTIVE, ZOMBIE, ABANDONED, ENDED };

  static void thread_main(void* self);
  void wait_for_worker(bool is_spare);

  env::Atomic<uint32_t> state_{FREE};
  env::Atomic<uint32_t> below_{0};       // in the stack of spares: slot number, 0 for none
  env::Atomic<Worker*> given_{nullptr};  // what it is to drive when it wakes
  Worker* worker_ = nullptr;             // D6; so is the next one
  Worker* away_from_ = nullptr;
  WorkerThreads* all_ = nullptr;
  uint32_t number_ = 0;
  bool is_watched_ = false;
  Crossing* own_crossing_ = nullptr;  // the same as crossing_, for the thread itself
  // For the watchdog (D7).
  env::Atomic<uint32_t> turn_{0};
  env::Atomic<Crossing*> crossing_{nullptr};
  env::Atomic<Worker*> drives_{nullptr};
  env::Atomic<uint32_t> stack_of_{0};  // what to name its stack by (core/env/stack_trace.hpp)
  Parker parker_;                      // while hired or spare; in a turn for the watchdog's verdict
  env::Thread thread_;
};

class WorkerThreads {
 public:
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t CAPACITY = 4;
  static constexpr uint32_t KEPT_SPARES = 2;
#else
  /** Of threads, those of the workers included. */
  static constexpr uint32_t CAPACITY = 2048;
  /** More spare threads than these end. */
  static constexpr uint32_t KEPT_SPARES = 16;
#endif

  /** Before the first start of a thread: who watches them, nullptr for nobody. */
  void set_watchdog(Watchdog* watchdog) { watchdog_ = watchdog; }

  /** A new thread drives `worker`. False: none can be had. */
  [[nodiscard]] bool start(Worker& worker) { return start_one(&worker) != nullptr; }

  /** A spare thread or a new one; nullptr: no more can be had. The caller owes drive() or dismiss(). */
  [[nodiscard]] WorkerThread* hire();

  /** The hired thread drives `worker` from now on. */
  static void drive(WorkerThread& thread, Worker& worker);

  /** The hired thread is not needed. */
  void dismiss(WorkerThread& thread);

  /** Once no process lives and every worker's loop has been told to end: waits for all threads but those that
   * are zombies. */
  void join_all();

  /** Threads that are zombies. For observers. */
  uint32_t zombies() const;

 private:
  friend class Watchdog;
  friend class WorkerThread;

  WorkerThread* pop_spare();
  void push_spare(WorkerThread& thread);
  WorkerThread* start_one(Worker* worker);
  void raise_high_water(uint32_t to);
  /** One more than the highest slot ever used. */
  uint32_t high_water() const { return high_water_.load(env::ACQUIRE); }  // pairs with raise_high_water

  // The stack of spares: how often it changed (D5), and the number of the topmost slot (0: none).
  env::Atomic<uint64_t> spares_{0};
  env::Atomic<uint32_t> spare_count_{0};
  env::Atomic<bool> leaving_{false};
  env::Atomic<uint32_t> high_water_{0};
  Watchdog* watchdog_ = nullptr;
  WorkerThread slots_[CAPACITY];
};

}  // namespace rsp
