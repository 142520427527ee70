#include "core/sched/worker.hpp"

#include "core/base/assert.hpp"
#include "core/env/clock.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {

Worker* Worker::current() {
  const env::ThreadLocals* const locals = env::thread_locals();
  if (locals->worker == nullptr) return nullptr;
  const bool may_lose_it = static_cast<const WorkerThread*>(locals->worker_thread)->is_in_user() &&
                           !RSP_PLANTED_BUG("worker: user code schedules on what it may lose");
  return may_lose_it ? nullptr : static_cast<Worker*>(locals->worker);
}

void Worker::push_next(Runnable* item) {
  Runnable* const displaced = lifo_;
  lifo_ = item;
  if (displaced != nullptr) push_last(displaced);
}

void Worker::push_last(Runnable* item) {
  if (!ring_.push(item)) scheduler_->inject(item);
}

Worker::Left Worker::loop(WorkerThread& me) {
  Runnable* item = nullptr;
  if (woken_) {
    woken_ = false;
    item = search();
    if (item == nullptr) return Left::STOPPED;
  }
  for (;;) {
    if (item == nullptr) item = next();
    if (item == nullptr) {
      me.begin_rest();
      item = wait_for_work();
    }
    if (item == nullptr) return Left::STOPPED;
    me.begin_turn();
    item->run(item, this);
    item = nullptr;
    if (me.worker() != this) return Left::LET_GO;
    ++turn_;
    if (turn_ % TIMER_INTERVAL == 0) run_due_timers();
    // Late and only for work worth moving: waking another core costs more than many short turns.
    if (turn_ % SHARE_INTERVAL == 0 && ring_.size() >= SHARE_LENGTH) scheduler_->wake_one();
  }
}

void Worker::let_go(WorkerThread& me, WorkerThread& stand_in) {
  // That turn took long: what is queued for all comes first.
  turn_ = INJECT_INTERVAL - 1;
  const bool has_timer = timers_.next_deadline() != TimerQueue::NEVER;
  if (lifo_ != nullptr || ring_.size() != 0 ||
      (has_timer && !RSP_PLANTED_BUG("worker: left vacant with a timer"))) {
    WorkerThreads::drive(stand_in, *this);  // V2
    return;
  }
  stand_in_ = &stand_in;
  vacated_by_.store(&me, env::RELEASE);  // pairs with wake
  scheduler_->idle_.announce_vacant(index_);
  // The second look. It takes nothing: from the announcement on, the worker may be another's.
  if (scheduler_->has_queued() && !RSP_PLANTED_BUG("worker: left without a second look"))
    scheduler_->wake_one();
}

bool Worker::take_back(WorkerThread& me) {
  WorkerThread* left_by = &me;
  // Acquire: nobody else drove it. Release: nothing is handed over, the waker that fails reads no more.
  if (!vacated_by_.compare_exchange_strong(left_by, nullptr, env::ACQ_REL, env::RELAXED)) return false;
  if (!scheduler_->idle_.retract(index_)) {
    RSP_SOMETIMES("a vacant worker is woken as its thread comes back");
    if (!RSP_PLANTED_BUG("worker: comes back without its token")) parker_.park();  // V4
  }
  scheduler_->threads_.dismiss(*stand_in_);
  end_search();
  return true;
}

/** By the watchdog: whether anything here waits for the end of the turn. What is queued for all waits for it only
 * if no worker sleeps, or that one would have been woken. */
bool Worker::is_waited_for(uint64_t now_ns) const {
  if (ring_.size() != 0 || timers_.next_deadline_seen() <= now_ns) return true;
  return !scheduler_->injected_empty();
}

/** By whoever made this worker a searcher (I3). */
void Worker::wake() {
  WorkerThread* left_by = vacated_by_.load(env::ACQUIRE);
  if (left_by == nullptr || RSP_PLANTED_BUG("worker: a vacant one is woken like a sleeper")) {
    parker_.unpark();
    return;
  }
  // Acquire: what the thread left behind.
  if (!vacated_by_.compare_exchange_strong(left_by, nullptr, env::ACQ_REL, env::RELAXED)) {
    parker_.unpark();  // V4
    return;
  }
  woken_ = true;
  WorkerThreads::drive(*stand_in_, *this);
}

Runnable* Worker::next() {
  if (turn_ % INJECT_INTERVAL == INJECT_INTERVAL - 1) {
    ++turn_;  // or the same turn would look again when nothing was there
    if (Runnable* const item = take_injected()) return item;
  }
  if (lifo_ != nullptr && lifo_streak_ < LIFO_STREAK) {
    Runnable* const item = lifo_;
    lifo_ = nullptr;
    ++lifo_streak_;
    return item;
  }
  lifo_streak_ = 0;
  if (Runnable* const item = ring_.pop()) return item;
  if (lifo_ != nullptr) {
    Runnable* const item = lifo_;
    lifo_ = nullptr;
    return item;
  }
  return take_injected();
}

Runnable* Worker::take_injected() {
  Runnable* items[INJECT_BATCH];
  // What is taken must fit in the ring; of a short queue leave the others their share.
  const uint32_t room = RunRing::CAPACITY - ring_.size();
  const size_t fair = scheduler_->injected_.approx_size() / scheduler_->worker_count() + 1;
  uint32_t want = room < INJECT_BATCH ? room : INJECT_BATCH;
  if (fair < want) want = static_cast<uint32_t>(fair);
  if (want == 0) want = 1;
  const uint32_t count = scheduler_->pop_injected(items, want);
  for (uint32_t i = 1; i < count; ++i) {
    const bool pushed = ring_.push(items[i]);
    RSP_ASSERT(pushed);
  }
  // Whoever was woken for these may have looked for them in between, and gone back to sleep.
  if (count > 1 && !RSP_PLANTED_BUG("worker: keeps what it took")) scheduler_->wake_one();
  return count == 0 ? nullptr : items[0];
}

Runnable* Worker::steal() {
  const uint32_t count = scheduler_->worker_count();
  if (count == 1) return nullptr;
  const uint32_t start = static_cast<uint32_t>(env::random_u64() % count);
  for (uint32_t i = 0; i < count; ++i) {
    Worker& victim = scheduler_->worker((start + i) % count);
    if (&victim == this) continue;
    if (Runnable* const item = victim.ring_.steal_half(ring_)) {
      RSP_SOMETIMES("work is stolen");
      return item;
    }
  }
  return nullptr;
}

Runnable* Worker::find_work() {
  run_due_timers();  // whatever fires is pushed here
  if (Runnable* const item = next()) return item;
  return steal();
}

void Worker::end_search() {
  // Rule I2 of idle_set.hpp. Look only at what others may have relied on: their pushes precede this RMW.
  if (scheduler_->idle_.end_search() && scheduler_->has_queued()) scheduler_->wake_one();
}

Runnable* Worker::wait_for_work() {
  scheduler_->idle_.begin_search();
  return search();
}

/** The worker is a searcher. nullptr: the scheduler stops. */
Runnable* Worker::search() {
  for (;;) {
    Runnable* item = find_work();
    if (item != nullptr) {
      end_search();
      return item;
    }
    if (scheduler_->stopping_.load(env::ACQUIRE)) {  // pairs with stop()
      scheduler_->idle_.end_search();
      return nullptr;
    }
    scheduler_->idle_.announce(index_);
    // The second look, after the announcement. Timers that fire here push to this worker.
    item = RSP_PLANTED_BUG("worker: no second look") ? nullptr : find_work();
    const bool stopping = scheduler_->stopping_.load(env::ACQUIRE);
    if (item != nullptr || stopping) {
      if (!scheduler_->idle_.retract(index_)) {
        RSP_SOMETIMES("woken while taking the announcement back");
        // The waker's token is set or about to be.
        if (!RSP_PLANTED_BUG("worker: token left behind")) parker_.park();
      }
      if (item != nullptr) {
        end_search();
        return item;
      }
      continue;
    }
    const uint64_t deadline = timers_.next_deadline();
    bool token = true;
    if (deadline == TimerQueue::NEVER) {
      parker_.park();
    } else {
      token = parker_.park_until(deadline);
    }
    wake_ups_.store(wake_ups_.load(env::RELAXED) + 1, env::RELAXED);
    if (!token && !scheduler_->idle_.retract(index_)) {
      RSP_SOMETIMES("woken while a timer ended the sleep");
      parker_.park();
    }
  }
}

void Worker::run_due_timers() {
  if (timers_.next_deadline() == TimerQueue::NEVER && !timers_.has_cancelled()) return;
  timers_.run(env::now_ns());
}

}  // namespace rsp
