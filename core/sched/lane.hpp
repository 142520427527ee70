// A lane: a run queue whose runnables all run on threads of somebody else, one at a time: Python's
// interpreter lock, a GUI's main thread.
//
// At any time at most one thread *holds* the lane; it runs what is queued, oldest first. A runnable may wait
// in the middle of its turn (parked turn): its thread keeps the frame and goes on holding the lane while
// nothing else is queued there; when something is, it gives the lane to another thread, and gets it back when
// its wait is over.
//
//   schedule  anybody; never fails, never blocks; one CAS, and a wake-up only if the holder sleeps
//   run       a thread that is to serve the lane, until stop
//   wait      the holder, in the middle of a turn
//   stop      anybody, once
//
//   L1  Everything but `incoming_` and `vacant_` belongs to the holder. Giving the lane away is an unpark of
//       the next holder (release), receiving it is the end of a park (acquire).
//   L2  `incoming_` is a stack of runnables or, when it is empty and the holder sleeps, the mark ASLEEP. The
//       push that replaces the mark owes the wake-up: a push and a fall asleep are changes of one word, so
//       none is lost.
//   L3  A thread that gives the lane away without a spare thread to take it leaves it vacant; a fresh thread
//       of start_thread takes it.
//   L4  Where there is no fresh thread to be had, a wait that others wait behind is over: what it waits for
//       may be theirs to do. Its turn takes its runnable back, which is at rest. If that was scheduled
//       meanwhile, or may not go on, the others are deferred until it comes, or until one more does: then a
//       thread is asked for again.
//
// The hooks say what a thread does around a sleep (let the interpreter lock go, take it again), and how a
// further one is started.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/sched/runnable.hpp"
#include "core/sync/parker.hpp"
#include "resprout/result.h"

namespace rsp {

struct LaneHooks {
  void (*acquire)(void* context);             // before runnables run on this thread, and after each sleep
  void (*release)(void* context);             // before each sleep, and when the thread leaves the lane
  rsp_result (*start_thread)(void* context);  // makes a thread call Lane::run; called by the holder
  void* context;
};

class Lane {
 public:
  static constexpr uint32_t MAX_THREADS = 64;

  /** A turn that waits. `is_over` is asked by whoever holds the lane when the runnable was scheduled: true if
   * its turn must go on, and then the runnable is its thread's; false if the runnable is at rest again.
   * `take_back` is asked by the turn's own thread (L4): true if the runnable was at rest and is its thread's;
   * false if it is scheduled, or its turn may not go on. */
  struct Wait {
    bool (*is_over)(void* context);
    bool (*take_back)(void* context);
    void* context;
  };

  /** `exclusive`: turns that wait keep the lane, so everything of it runs on one thread for ever. */
  Lane(const LaneHooks& hooks, bool exclusive) : hooks_(hooks), exclusive_(exclusive) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void schedule(Runnable* item);
  /** The holder: behind everything queued. */
  void push_last(Runnable* item);

  /** The lane that this thread holds, or nullptr. */
  static Lane* current();

  void run();
  void stop();

  /** The holder, before a turn waits: whether there is a thread to give the lane to if that must be. */
  bool can_wait() const { return exclusive_ || spares_ != nullptr || threads_ < MAX_THREADS; }

  /** Waits in the middle of the turn of `self`, which is at rest: a schedule is to bring it back here. False:
   * it has taken it back itself, since others wait for the lane and there is no thread for them (L4). */
  [[nodiscard]] bool wait(Runnable* self, const Wait& wait);

 private:
  struct Thread {
    Parker parker;
    Thread* next = nullptr;       // spare
    Runnable* waiting = nullptr;  // whose turn waits on this thread
    const Wait* wait = nullptr;
    Thread* outer = nullptr;  // among waiting threads
    bool leaves = false;      // told to end
  };

  static constexpr uint64_t ASLEEP = 1;

  static void do_nothing(Runnable*, Worker*) {}
  Runnable* next();
  void push_first(Runnable* first, Runnable* last);
  void sleep(Thread& me);
  Thread* thread_waiting_for(const Runnable* item) const;
  void forget(Thread& waiting);
  bool give_to_any();
  void give_to(Thread& to);
  bool serve_waiting(Thread& me, Thread& waiting);
  void hold(Thread& me);
  void run_queue(Thread& me);
  bool take_vacant();

  const LaneHooks hooks_;
  const bool exclusive_;
  env::Atomic<uint64_t> incoming_{0};
  env::Atomic<uint32_t> vacant_{1};
  env::Atomic<bool> stopping_{false};
  Runnable stop_item_{nullptr, &do_nothing};  // wakes the holder, so that it sees stopping_
  // The holder's (L1).
  Thread* asleep_ = nullptr;
  Runnable* first_ = nullptr;
  Runnable* last_ = nullptr;
  Thread* spares_ = nullptr;
  Thread* waiting_ = nullptr;  // threads whose turn waits
  uint32_t threads_ = 0;
};

}  // namespace rsp
