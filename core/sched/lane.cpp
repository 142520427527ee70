#include "core/sched/lane.hpp"

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/env/wait.hpp"
#include "core/sched/worker.hpp"

namespace rsp {

Lane* Lane::current() { return static_cast<Lane*>(env::thread_locals()->lane); }

void Lane::schedule(Runnable* item) {
  uint64_t seen = incoming_.load(env::RELAXED);
  do {
    item->next = seen == ASLEEP ? nullptr : reinterpret_cast<Runnable*>(seen);
    // Release: publishes the item to next(). Acquire: asleep_, when the mark is replaced.
  } while (
      !incoming_.compare_exchange_weak(seen, reinterpret_cast<uint64_t>(item), env::ACQ_REL, env::RELAXED));
  if (seen == ASLEEP)
    asleep_->parker.unpark();  // L2: the sleeper has written asleep_ before the mark, and waits for this
}

void Lane::push_last(Runnable* item) {
  item->next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = item;
  last_ = item;
}

/** A chain of them, before everything queued. */
void Lane::push_first(Runnable* first, Runnable* last) {
  last->next = first_;
  if (first_ == nullptr) last_ = last;
  first_ = first;
}

Runnable* Lane::next() {
  if (incoming_.load(env::RELAXED) != 0) {
    // Acquire: pairs with schedule. The mark is not there: this thread is awake.
    Runnable* newest = reinterpret_cast<Runnable*>(incoming_.exchange(0, env::ACQUIRE));
    Runnable* oldest = nullptr;
    while (newest != nullptr) {
      Runnable* const older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    while (oldest != nullptr) {
      Runnable* const item = oldest;
      oldest = oldest->next;
      push_last(item);
    }
  }
  Runnable* const item = first_;
  if (item != nullptr) first_ = item->next;
  return item;
}

/** The holder sleeps until something is scheduled. */
void Lane::sleep(Thread& me) {
  asleep_ = &me;
  uint64_t nothing = 0;
  // Release: pairs with schedule, where the mark is replaced; asleep_ (L2).
  if (RSP_PLANTED_BUG("lane: falls asleep by store")) {
    incoming_.store(ASLEEP, env::RELEASE);
  } else if (!incoming_.compare_exchange_strong(nothing, ASLEEP, env::RELEASE, env::RELAXED)) {
    return;
  }
  hooks_.release(hooks_.context);
  me.parker.park();
  hooks_.acquire(hooks_.context);
}

Lane::Thread* Lane::thread_waiting_for(const Runnable* item) const {
  Thread* thread = waiting_;
  while (thread != nullptr && thread->waiting != item) thread = thread->outer;
  return thread;
}

void Lane::forget(Thread& waiting) {
  Thread** link = &waiting_;
  while (*link != &waiting) link = &(*link)->outer;
  *link = waiting.outer;
  waiting.waiting = nullptr;
}

void Lane::give_to(Thread& to) {
  env::thread_locals()->lane = nullptr;
  const bool wakes_first = RSP_PLANTED_BUG("lane: the next is woken first");
  if (wakes_first) to.parker.unpark();
  hooks_.release(hooks_.context);
  if (!wakes_first) to.parker.unpark();
}

/** Gives the lane to a spare thread, or a new one (L3). False: there is none to be had, and the caller still
 * holds it. */
bool Lane::give_to_any() {
  if (Thread* const spare = spares_) {
    spares_ = spare->next;
    give_to(*spare);
    return true;
  }
  if (threads_ >= MAX_THREADS || hooks_.start_thread(hooks_.context) != RSP_OK) return false;
  env::thread_locals()->lane = nullptr;
  hooks_.release(hooks_.context);
  vacant_.store(1, env::RELEASE);  // pairs with take_vacant
  env::wake_one(vacant_);
  return true;
}

bool Lane::take_vacant() {
  for (;;) {
    uint32_t vacant = 1;
    // Acquire: pairs with give_to_any and the end of run; everything of the last holder.
    if (vacant_.compare_exchange_strong(vacant, 0, env::ACQUIRE, env::RELAXED)) return true;
    if (stopping_.load(env::ACQUIRE)) return false;  // pairs with stop
    env::wait(vacant_, 0);
  }
}

/** Waits until this thread is given the lane. */
void Lane::hold(Thread& me) {
  me.parker.park();
  env::thread_locals()->lane = this;
  hooks_.acquire(hooks_.context);
}

/** The holder has the runnable of a waiting turn, which goes to its thread if the wait is over. True: it was
 * given the lane, and has given it back since. */
bool Lane::serve_waiting(Thread& me, Thread& waiting) {
  if (!waiting.wait->is_over(waiting.wait->context)) return false;
  forget(waiting);
  me.next = spares_;
  spares_ = &me;
  give_to(waiting);
  hold(me);
  return true;
}

void Lane::run_queue(Thread& me) {
  while (!me.leaves) {
    Runnable* const item = next();
    if (item == nullptr) {
      if (stopping_.load(env::ACQUIRE)) return;  // pairs with stop
      sleep(me);
    } else if (Thread* const waiting = thread_waiting_for(item)) {
      serve_waiting(me, *waiting);
    } else {
      item->run(item, nullptr);
    }
  }
}

void Lane::run() {
  if (!take_vacant()) return;
  Thread me;
  ++threads_;
  env::thread_locals()->lane = this;
  hooks_.acquire(hooks_.context);
  run_queue(me);
  --threads_;
  // The lane is stopping. The spare threads leave one after another, each as the holder; the last one leaves
  // it vacant.
  Thread* const spare = spares_;
  if (spare != nullptr) {
    spares_ = spare->next;
    spare->leaves = true;
    give_to(*spare);
    return;
  }
  env::thread_locals()->lane = nullptr;
  hooks_.release(hooks_.context);
  vacant_.store(1, env::RELEASE);  // pairs with take_vacant
  env::wake_all(vacant_);
}

void Lane::stop() {
  stopping_.store(true, env::RELEASE);  // pairs with run_queue and take_vacant
  schedule(&stop_item_);
}

bool Lane::wait(Runnable* self, const Wait& wait) {
  Thread me;
  Runnable* deferred_first = nullptr;
  Runnable* deferred_last = nullptr;
  for (;;) {
    Runnable* const item = next();
    if (item == nullptr) {
      sleep(me);
      continue;
    }
    if (item == self) {
      if (wait.is_over(wait.context)) break;
      if (RSP_PLANTED_BUG("lane: what was deferred is not looked at again")) continue;
    } else {
      item->next = nullptr;
      (deferred_first == nullptr ? deferred_first : deferred_last->next) = item;
      deferred_last = item;
    }
    if (exclusive_ || deferred_first == nullptr) continue;
    // The turn of another waits to go on, or to begin: this thread keeps its frame and lets go of the lane.
    Runnable* const others = first_;
    push_first(deferred_first, deferred_last);
    me.waiting = self;
    me.wait = &wait;
    me.outer = waiting_;
    waiting_ = &me;
    if (give_to_any()) {
      hold(me);
      return true;
    }
    RSP_SOMETIMES("no thread for a lane");  // L4
    forget(me);
    if (!RSP_PLANTED_BUG("lane: a turn waits on without a thread for others") &&
        wait.take_back(wait.context)) {
      return false;
    }
    first_ = others;
    deferred_last->next = nullptr;
  }
  if (deferred_first != nullptr) push_first(deferred_first, deferred_last);
  return true;
}

}  // namespace rsp
