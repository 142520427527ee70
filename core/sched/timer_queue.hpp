// The timers of one worker: an intrusive pairing heap ordered by (deadline, order of start).
//
// Nothing is ever allocated, so a timer that was made can always be armed. Timers of equal deadline fire in
// the order of their start.
//
//   insert               the owner; O(1)
//   next_deadline        the owner; O(1)
//   run                  the owner; O(log n) amortised for each timer that it takes out
//   cancel               anybody; never blocks
//   reclaim_all          the owner or, once its thread is joined, whoever stops the scheduler
//   next_deadline_seen, has_cancelled   anybody; hints
//
// The owner is the thread that drives the worker. The state of a timer:
//
//   STARTING -> ARMED      insert
//   ARMED    -> FIRED      run, when the deadline has passed
//   STARTING -> CANCELLED  cancel; insert reclaims the timer then
//   ARMED    -> CANCELLED  cancel, which puts it on the stack of its home; or reclaim_all
//
//   Q1  Each change of the state is a compare-and-swap: it decides between firing and cancelling. After a
//       cancel that succeeded the timer does not fire, also if its deadline has passed.
//   Q2  The heap and the links of the timers in it are the owner's. Who cancels takes nothing out: the owner
//       does, with what it finds on the stack.
//   Q3  A timer has one home, which insert writes before it is ARMED. Who cancels reads it only if it was.
//   Q4  `runnable` carries the timer one way at a time: to a worker while it is STARTING, on the stack once
//       it was cancelled while ARMED. So who cancels one that is STARTING leaves it where it is queued.
//   Q5  Once it was given to insert a timer ends by one call, of fire or of reclaim, and is not touched after
//       it. One that was cancelled while ARMED ends when it is found on the stack, even if the heap has let
//       go of it before.
//   Q6  A cancel wakes nobody: the worker finds the timer when it looks at its timers next, at the latest
//       when that one would have been due.
//   Q7  When reclaim_all begins nobody is left who could cancel.
//
// Why a heap and not a wheel: exact order and deadlines with no tick; a start that is cancelled costs a few
// pointer writes.
#pragma once

#include <cstdint>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/sched/runnable.hpp"

namespace rsp {

class TimerQueue;

struct Timer {
  enum State : uint32_t { STARTING, ARMED, FIRED, CANCELLED };

  Runnable
      runnable;  // carries the timer to a worker that inserts it, and back when it was cancelled elsewhere
  uint64_t deadline_ns;
  uint64_t order;
  env::Atomic<uint32_t> state;
  bool in_heap;
  TimerQueue* home;  // Q3
  /** The worker's call when the timer fires; it owns the timer from here on. */
  void (*fire)(Timer* self);
  /** The worker's call when a cancelled timer is out of the heap; it owns the timer from here on. */
  void (*reclaim)(Timer* self);
  Timer* child;
  Timer* sibling;
  Timer* previous;  // elder sibling, or the parent of a first child
};

class TimerQueue {
 public:
  static constexpr uint64_t NEVER = UINT64_MAX;

  /** The owner. `timer` is STARTING, or was cancelled meanwhile. */
  void insert(Timer* timer);

  /** The owner: the earliest deadline, or NEVER. */
  uint64_t next_deadline() const { return root_ == nullptr ? NEVER : root_->deadline_ns; }

  /** The owner: takes back what was cancelled elsewhere, and fires everything due at `now_ns`, in order. */
  void run(uint64_t now_ns);

  /** Anybody. True: the timer will not fire, and its reclaim call follows on its worker. False: it has fired.
   * */
  static bool cancel(Timer* timer);

  /** The owner or, once the worker is joined, whoever stops it: reclaims every timer left; none fires. */
  void reclaim_all();

  /** Anybody: the same as next_deadline(), as of a moment ago. */
  uint64_t next_deadline_seen() const { return earliest_ns_.load(env::RELAXED); }

  bool has_cancelled() const { return cancelled_.load(env::RELAXED) != nullptr; }

 private:
  void take_back_cancelled();
  void remove(Timer* timer);
  static bool before(const Timer* a, const Timer* b) {
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
  }
  static Timer* meld(Timer* a, Timer* b);
  static Timer* meld_children(Timer* first);

  void set_root(Timer* root);

  Timer* root_ = nullptr;
  uint64_t next_order_ = 0;
  env::Atomic<uint64_t> earliest_ns_{NEVER};  // written by the owner, for next_deadline_seen()
  env::Atomic<Runnable*> cancelled_{nullptr};
};

}  // namespace rsp
