#include "core/sched/timer_queue.hpp"

#include <cstddef>

#include "core/env/planted_bug.hpp"

namespace rsp {
namespace {

Timer* timer_of(Runnable* runnable) {
  static_assert(offsetof(Timer, runnable) == 0);
  return reinterpret_cast<Timer*>(runnable);
}

}  // namespace

Timer* TimerQueue::meld(Timer* a, Timer* b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (before(b, a)) {
    Timer* const swapped = a;
    a = b;
    b = swapped;
  }
  b->sibling = a->child;
  if (b->sibling != nullptr) b->sibling->previous = b;
  b->previous = a;
  a->child = b;
  return a;
}

Timer* TimerQueue::meld_children(Timer* first) {
  // Two passes: pairs from left to right onto a stack (through `previous`), then the stack onto one heap.
  Timer* pairs = nullptr;
  while (first != nullptr) {
    Timer* const a = first;
    Timer* const b = a->sibling;
    first = b == nullptr ? nullptr : b->sibling;
    a->sibling = a->previous = nullptr;
    if (b != nullptr) b->sibling = b->previous = nullptr;
    Timer* const pair = meld(a, b);
    pair->previous = pairs;
    pairs = pair;
  }
  Timer* heap = nullptr;
  while (pairs != nullptr) {
    Timer* const rest = pairs->previous;
    pairs->previous = nullptr;
    heap = meld(heap, pairs);
    pairs = rest;
  }
  return heap;
}

void TimerQueue::set_root(Timer* root) {
  if (root == root_) return;
  root_ = root;
  // Relaxed: a hint for the watchdog, which looks again.
  earliest_ns_.store(next_deadline(), env::RELAXED);
}

void TimerQueue::insert(Timer* timer) {
  RSP_ASSERT(!timer->in_heap);
  timer->child = timer->sibling = timer->previous = nullptr;
  timer->order = next_order_++;
  timer->home = this;
  uint32_t expected = Timer::STARTING;
  // Q1. Release: publishes home to cancel() (Q3). Acquire on failure: the canceller is done with the timer.
  if (RSP_PLANTED_BUG("timer: armed by store")) {
    timer->state.store(Timer::ARMED, env::RELEASE);
  } else if (!timer->state.compare_exchange_strong(expected, Timer::ARMED, env::ACQ_REL, env::ACQUIRE)) {
    timer->reclaim(timer);
    return;
  }
  timer->in_heap = true;
  set_root(meld(root_, timer));
}

void TimerQueue::remove(Timer* timer) {
  RSP_ASSERT(timer->in_heap);
  timer->in_heap = false;
  if (timer == root_) {
    set_root(meld_children(timer->child));
  } else {
    if (timer->previous->child == timer) {
      timer->previous->child = timer->sibling;
    } else {
      timer->previous->sibling = timer->sibling;
    }
    if (timer->sibling != nullptr) timer->sibling->previous = timer->previous;
    set_root(meld(root_, meld_children(timer->child)));
  }
  timer->child = timer->sibling = timer->previous = nullptr;
}

bool TimerQueue::cancel(Timer* timer) {
  uint32_t seen = timer->state.load(env::ACQUIRE);  // pairs with insert
  for (;;) {
    if (seen != Timer::STARTING && seen != Timer::ARMED) return false;
    // Q1. Acquire: home, when it was ARMED (Q3). Release: the canceller is done with the timer, for insert().
    if (RSP_PLANTED_BUG("timer: cancel by store")) {
      timer->state.store(Timer::CANCELLED, env::RELEASE);
    } else if (!timer->state.compare_exchange_weak(seen, Timer::CANCELLED, env::ACQ_REL, env::ACQUIRE)) {
      continue;
    }
    if (seen == Timer::STARTING) return true;  // Q4
    TimerQueue* const home = timer->home;
    Runnable* top = home->cancelled_.load(env::RELAXED);
    do {
      timer->runnable.next = top;
      // Release: pairs with the exchange in take_back_cancelled.
    } while (!home->cancelled_.compare_exchange_weak(top, &timer->runnable, env::RELEASE, env::RELAXED));
    return true;
  }
}

void TimerQueue::take_back_cancelled() {
  if (!has_cancelled()) return;
  Runnable* next = cancelled_.exchange(nullptr, env::ACQUIRE);  // pairs with the push in cancel
  while (next != nullptr) {
    Timer* const timer = timer_of(next);
    next = next->next;
    if (timer->in_heap) remove(timer);
    timer->reclaim(timer);  // Q5
  }
}

void TimerQueue::run(uint64_t now_ns) {
  take_back_cancelled();
  while (root_ != nullptr && root_->deadline_ns <= now_ns) {
    Timer* const timer = root_;
    remove(timer);
    uint32_t expected = Timer::ARMED;
    // Q1. Acquire on failure is not needed: a cancelled timer is not touched before it comes back on the
    // stack (Q5).
    if (timer->state.compare_exchange_strong(expected, Timer::FIRED, env::ACQ_REL, env::RELAXED) ||
        RSP_PLANTED_BUG("timer: fires without a compare")) {
      timer->fire(timer);
    }
  }
}

void TimerQueue::reclaim_all() {
  take_back_cancelled();
  while (root_ != nullptr) {
    Timer* const timer = root_;
    remove(timer);
    uint32_t expected = Timer::ARMED;
    // Pairs with cancel, as in run. What was cancelled is on the stack by now (Q7).
    if (timer->state.compare_exchange_strong(expected, Timer::CANCELLED, env::ACQ_REL, env::RELAXED))
      timer->reclaim(timer);
  }
  take_back_cancelled();
}

}  // namespace rsp
