// What runs on one worker alone, oldest first: the remote list of that worker, and what its own turns have queued there.
//
//   push       anybody       the caller owes a wake-up if it was empty (Scheduler::schedule_on)
//   push_own   the owner     whoever drives the worker; no locked instruction
//   pop        the owner
//
//   P1  `incoming_` is a stack that is only ever taken as a whole, so nothing of it comes back while somebody holds its
//       top (no ABA). Taking reverses it: what one thread pushes is popped in that order.
//   P2  What comes from outside is taken before each pop, and goes behind what is here: who queues itself anew, again and
//       again, does not keep it waiting.
//   P3  A push that finds others there wakes nobody: whoever pushed the first of them owes the wake-up (if the system holds
//       that thread back in between, they wait for it), and the owner takes them all.
//
// Nobody steals from here, so it is neither the ring nor the LIFO slot: those would have to be searched for what a thief
// may have.
#pragma once

#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/sched/runnable.hpp"

namespace rsp {

class PinnedQueue {
 public:
  /** True: it was empty. */
  [[nodiscard]] bool push(Runnable* item) {
    Runnable* top = incoming_.load(env::RELAXED);
    do {
      item->next = top;
      // Release: the item, and what its process is; pairs with pop.
    } while (!incoming_.compare_exchange_weak(top, item, env::RELEASE, env::RELAXED));
    return top == nullptr;
  }

  void push_own(Runnable* item) {
    append(item, item);
    waits_.store(true, env::RELAXED);
  }

  [[nodiscard]] Runnable* pop() {
    if (has_incoming() && !(first_ != nullptr && RSP_PLANTED_BUG("pinned queue: the owner's come first")))
      take_incoming();  // P2
    Runnable* const item = first_;
    if (item == nullptr) return nullptr;
    first_ = item->next;
    if (first_ == nullptr) waits_.store(false, env::RELAXED);
    return item;
  }

  /** The owner. */
  bool is_empty() const { return first_ == nullptr && !has_incoming(); }

  /** Anybody: whether others have pushed something that the owner has not taken. */
  bool has_incoming() const { return incoming_.load(env::RELAXED) != nullptr; }

  /** Anybody; a guess. */
  bool seems_empty() const { return !has_incoming() && !waits_.load(env::RELAXED); }

 private:
  void take_incoming() {
    Runnable* newest = incoming_.exchange(nullptr, env::ACQUIRE);  // pairs with push
    Runnable* const last = newest;
    Runnable* oldest = nullptr;
    while (newest != nullptr) {
      Runnable* const older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    append(oldest, last);
    waits_.store(true, env::RELAXED);
  }

  void append(Runnable* first, Runnable* last) {
    last->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = first;
    last_ = last;
  }

  env::Atomic<Runnable*> incoming_{nullptr};
  env::Atomic<bool> waits_{false};  // for observers: whether there is a first_
  Runnable* first_ = nullptr;       // the owner's, and the next one
  Runnable* last_ = nullptr;
};

}  // namespace rsp
