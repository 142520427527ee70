// The timers of one worker: an intrusive pairing heap ordered by (deadline, order of start).
//
// insert is O(1), removing the first or any other is O(log n) amortised, and nothing is ever allocated, so a
// timer that was made can always be armed. Timers of equal deadline fire in the order of their start.
//
// Threads: the heap belongs to its worker. Anybody may cancel(): the timer's state word decides between
// firing and cancelling, and a cancelled timer goes back to its worker on a stack, to be taken out of the
// heap there.
//
//   state     STARTING -> ARMED      the worker that inserts it; it has set `home` before
//             ARMED    -> FIRED      that worker, when the deadline has passed
//             STARTING -> CANCELLED  whoever cancels: the worker that was to insert it reclaims it instead
//             ARMED    -> CANCELLED  whoever cancels: it puts the timer on the stack of its home
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
  TimerQueue* home;  // published by STARTING -> ARMED
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
