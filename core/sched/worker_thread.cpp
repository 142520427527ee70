#include "core/sched/worker_thread.hpp"

#include <cstdio>
#include <new>

#include "core/base/assert.hpp"
#include "core/env/barrier.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/stack_trace.hpp"
#include "core/env/thread_locals.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/watchdog.hpp"
#include "core/sched/worker.hpp"

namespace rsp {

// ---- One thread ----

WorkerThread* WorkerThread::current() {
  return static_cast<WorkerThread*>(env::thread_locals()->worker_thread);
}

void WorkerThread::thread_main(void* self) {
  WorkerThread& me = *static_cast<WorkerThread*>(self);
  env::thread_locals()->worker_thread = &me;
  // Relaxed: whoever reads it has seen this thread in user code.
  if (me.is_watched_) me.stack_of_.store(env::answer_stack_requests(), env::RELAXED);
  if (me.worker_ == nullptr) me.wait_for_worker(false);
  for (; me.worker_ != nullptr; me.wait_for_worker(true)) {
    env::thread_locals()->worker = me.worker_;
    me.drives(me.worker_);
    const Worker::Left left = me.worker_->loop(me);
    env::thread_locals()->worker = nullptr;
    if (left == Worker::Left::STOPPED) break;
    uint32_t state = ZOMBIE;
    // Release: pairs with join_all and zombies. Acquire: pairs with become_zombie, and on failure with join_all.
    if (!me.state_.compare_exchange_strong(state, ACTIVE, env::ACQ_REL, env::ACQUIRE) && state == ABANDONED) {
      RSP_SOMETIMES("a thread comes back after the stop");
      env::thread_locals()->worker_thread = nullptr;
      me.state_.store(FREE, env::RELEASE);  // D1: pairs with start_one
      return;
    }
    me.begin_rest();
    if (me.all_->spare_count_.load(env::RELAXED) >= WorkerThreads::KEPT_SPARES) break;
    me.all_->push_spare(me);
  }
  env::thread_locals()->worker_thread = nullptr;
  me.state_.store(ENDED, env::RELEASE);  // D1: pairs with the CAS of start_one
}

void WorkerThread::wait_for_worker(bool is_spare) {
  // D3: it parks also where it has been given a worker already. D4: not where nobody would wake it.
  if (!is_spare || !all_->leaving_.load(env::ACQUIRE)) parker_.park();  // pairs with join_all
  worker_ = given_.exchange(nullptr, env::ACQUIRE);                     // pairs with drive
}

bool WorkerThread::keeps_turn() {
  if (own_crossing_->settle([this] { parker_.park(); })) return true;
  RSP_SOMETIMES("a stuck turn comes back");
  env::thread_locals()->worker = nullptr;
  return false;
}

/** A turn after a rest. */
void WorkerThread::begin_busy_turn(uint32_t before) {
  Watchdog* const watchdog = all_->watchdog_;
  if (watchdog == nullptr) return;
  const uint32_t now = following(before);
  if (RSP_PLANTED_BUG("worker threads: looks for the watchdog, then begins")) {
    watchdog->notice(worker_->timers().next_deadline());
    turn_.store(now, env::RELEASE);
    return;
  }
  env::store_then(turn_, now);  // W4 of watchdog.hpp
  watchdog->notice(worker_->timers().next_deadline());
}

void WorkerThread::begin_rest() {
  // Pairs with the watchdog's look.
  if (all_->watchdog_ != nullptr) turn_.store(turn_.load(env::RELAXED) & ~BUSY, env::RELEASE);
}

void WorkerThread::begin_again() {
  Watchdog* const watchdog = all_->watchdog_;
  if (watchdog == nullptr) return;
  env::store_then(turn_, following(turn_.load(env::RELAXED)) | AGAIN);  // W4 of watchdog.hpp
  watchdog->notice(TimerQueue::NEVER);
}

/** For the watchdog: which worker waits for this thread's turns. */
void WorkerThread::drives(Worker* worker) {
  // Pairs with the watchdog's look.
  if (all_->watchdog_ != nullptr) drives_.store(worker, env::RELEASE);
}

/** By the thread itself, or by the watchdog under a claim (D6): it is away from its worker, which is
 * returned; nullptr if it has none. */
Worker* WorkerThread::lose_worker() {
  Worker* const worker = worker_;
  if (worker == nullptr) return nullptr;
  worker_ = nullptr;
  away_from_ = worker;
  drives(nullptr);
  return worker;
}

// Pairs with join_all and zombies.
void WorkerThread::become_zombie() { state_.store(ZOMBIE, env::RELEASE); }

// ---- All of them ----

WorkerThread* WorkerThreads::pop_spare() {
  uint64_t top = spares_.load(env::ACQUIRE);  // pairs with push_spare
  while (static_cast<uint32_t>(top) != 0) {
    WorkerThread& thread = slots_[static_cast<uint32_t>(top) - 1];
    const uint64_t below = thread.below_.load(env::RELAXED);
    const uint64_t next = ((top >> 32) + 1) << 32 | below;  // D5
    // Acquire: pairs with the push.
    if (spares_.compare_exchange_weak(top, next, env::ACQ_REL, env::ACQUIRE)) {
      spare_count_.fetch_sub(1, env::RELAXED);
      return &thread;
    }
  }
  return nullptr;
}

void WorkerThreads::push_spare(WorkerThread& thread) {
  spare_count_.fetch_add(1, env::RELAXED);
  const uint32_t number = static_cast<uint32_t>(&thread - slots_) + 1;
  uint64_t top = spares_.load(env::RELAXED);
  do {
    thread.below_.store(static_cast<uint32_t>(top), env::RELAXED);
    // Release: pairs with the pop.
  } while (!spares_.compare_exchange_weak(top, ((top >> 32) + 1) << 32 | number, env::ACQ_REL, env::RELAXED));
}

WorkerThread* WorkerThreads::start_one(Worker* worker) {
  for (uint32_t i = 0; i < CAPACITY; ++i) {
    WorkerThread& slot = slots_[i];
    uint32_t state = slot.state_.load(env::RELAXED);
    if (state != WorkerThread::FREE && state != WorkerThread::ENDED) continue;
    // Acquire: pairs with the last step of the slot's former thread in thread_main, or with a start_one that got none.
    if (!slot.state_.compare_exchange_strong(state, WorkerThread::ACTIVE, env::ACQ_REL, env::RELAXED))
      continue;
    if (slot.thread_.joinable()) slot.thread_.join();
    slot.all_ = this;
    slot.is_watched_ = watchdog_ != nullptr;
    if (slot.number_ == 0) slot.number_ = i + 1;  // D1: others read it, from the first time on
    slot.own_crossing_ = nullptr;
    if (watchdog_ != nullptr) {  // D7: the slot's former thread may have left in the middle of a turn
      slot.crossing_.store(nullptr, env::RELAXED);
      slot.begin_rest();
      slot.drives(nullptr);
    }
    if (i >= high_water_.load(env::RELAXED)) raise_high_water(i + 1);
    slot.given_.store(nullptr, env::RELAXED);
    slot.worker_ = worker;
    new (&slot.parker_) Parker;  // a thread that left with the scheduler may have left a token
    char name[16];
    std::snprintf(name, sizeof name, "resprout-%u", i);
    if (slot.thread_.start(name, &WorkerThread::thread_main, &slot) == RSP_OK) return &slot;
    slot.state_.store(WorkerThread::FREE, env::RELEASE);  // pairs with the next start_one
    return nullptr;
  }
  return nullptr;
}

void WorkerThreads::raise_high_water(uint32_t to) {
  uint32_t seen = high_water_.load(env::RELAXED);
  // Release: pairs with high_water; the slot's number.
  while (seen < to && !high_water_.compare_exchange_weak(seen, to, env::RELEASE, env::RELAXED)) {
  }
}

WorkerThread* WorkerThreads::hire() {
  if (WorkerThread* const spare = pop_spare()) return spare;
  return start_one(nullptr);
}

void WorkerThreads::drive(WorkerThread& thread, Worker& worker) {
  thread.given_.store(&worker, env::RELEASE);  // pairs with wait_for_worker
  thread.parker_.unpark();
}

void WorkerThreads::dismiss(WorkerThread& thread) {
  if (spare_count_.load(env::RELAXED) < KEPT_SPARES) {
    push_spare(thread);
  } else {
    thread.parker_.unpark();  // D3: it finds no worker, and ends
  }
}

void WorkerThreads::join_all() {
  leaving_.store(true, env::RELEASE);  // pairs with wait_for_worker
  // D4, by a read-modify-write of the stack.
  spares_.fetch_add(uint64_t{1} << 32, env::ACQ_REL);  // pairs with push_spare
  while (WorkerThread* const spare = pop_spare()) spare->parker_.unpark();
  for (WorkerThread& slot : slots_) {
    uint32_t state = slot.state_.load(env::ACQUIRE);  // pairs with become_zombie and thread_main
    if (state == WorkerThread::FREE || state == WorkerThread::ABANDONED) continue;
    if (state == WorkerThread::ZOMBIE) {
      // Pairs with thread_main.
      if (slot.state_.compare_exchange_strong(state, WorkerThread::ABANDONED, env::ACQ_REL, env::ACQUIRE)) {
        slot.thread_.detach();
        continue;
      }
    }
    if (RSP_PLANTED_BUG("worker threads: a stop wakes the hired")) slot.parker_.unpark();  // D2
    slot.thread_.join();
    slot.state_.store(WorkerThread::FREE, env::RELAXED);
  }
  while (pop_spare() != nullptr) {
  }
  leaving_.store(false, env::RELEASE);  // pairs with wait_for_worker
}

uint32_t WorkerThreads::zombies() const {
  uint32_t count = 0;
  for (const WorkerThread& slot : slots_) {
    const uint32_t state = slot.state_.load(
        env::ACQUIRE);  // pairs with thread_main: what a thread gave back before it was none any more
    if (state == WorkerThread::ZOMBIE || state == WorkerThread::ABANDONED) ++count;
  }
  return count;
}

}  // namespace rsp
