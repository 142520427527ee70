#include "core/sched/worker.hpp"

#include <algorithm>
#include <utility>

#include "core/base/assert.hpp"
#include "core/env/clock.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread.hpp"
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
  if (Runnable* const displaced = lifo_.put(item)) push_last(displaced);
}

void Worker::push_last(Runnable* item) {
  if (ring_.size() == 0) backlog_since_ns_ = 0;  // the backlog was worked off, if there was one
  // Wakes nobody: it is this worker's work still, and its beats decide.
  if (!ring_.push(item)) scheduler_->push_injected(item, false);
}

Worker::Left Worker::loop(WorkerThread& me) {
  Runnable* item = nullptr;
  if (woken_) {
    woken_ = false;
    item = search();
    if (item == nullptr) return Left::STOPPED;
  }
  run_due_timers();  // or those that a turn kept waiting would wait for the next one too
  begin_beat(env::now_ns());
  for (;;) {
    if (item == nullptr) item = next();
    if (item == nullptr) {
      me.begin_rest();
      item = wait_for_work();
      backlog_since_ns_ = 0;
      turns_were_long_ = false;
      beat_turns_ = 1;  // what the first turn queues may be long: T3
      rested_ = true;
      begin_beat(env::now_ns());
    }
    if (item == nullptr) return Left::STOPPED;
    me.begin_turn();
    const uint32_t given_away = given_away_;
    item->run(item, this);
    item = nullptr;
    if (me.worker() != this) return Left::LET_GO;
    if (given_away_ == given_away) given_away_ = 0;
    turn_.store(turn_.load(env::RELAXED) + 1, env::RELAXED);
    if (--until_beat_ == 0) beat();
  }
}

void Worker::beat() {
  const uint64_t now_ns = env::now_ns();
  const uint64_t took_ns = now_ns - beat_began_ns_;
  const bool turns_are_long = took_ns >= beat_turns_ * WAKE_UP_NS;
  if (++beats_ % INJECT_BEATS == 0 || took_ns >= LONG_BEAT_NS) injected_first_ = true;
  if (took_ns < BEAT_NS) {
    if (beat_turns_ < BEAT_TURNS) beat_turns_ *= 2;
  } else {
    beat_turns_ = static_cast<uint32_t>(beat_turns_ * BEAT_NS / took_ns);
    if (beat_turns_ == 0) beat_turns_ = 1;
  }
  begin_beat(now_ns);
  run_due_timers();
  if (gives_all_away()) take_beside_its_own(now_ns);
  const bool waits = ring_.size() != 0;
  if (!waits) {
    backlog_since_ns_ = 0;
  } else if (backlog_since_ns_ == 0) {
    backlog_since_ns_ = now_ns;
  }
  const bool shares = waits && !gives_all_away() &&
                      ((turns_are_long && turns_were_long_) || now_ns - backlog_since_ns_ >= BACKLOG_NS);
  turns_were_long_ = turns_are_long;
  // Release: pairs with shares(). Before the wake-up: who goes to sleep meanwhile has to see it (idle_set.hpp).
  if (shares != shares_.load(env::RELAXED)) shares_.store(shares, env::RELEASE);
  if (shares) {
    scheduler_->wake_one();
  } else if (waits) {
    scheduler_->watchdog_.notice_backlog();  // T3
  }
  // Not at the beat of the first turn: who comes out of a rest has seen them (P2).
  if (!std::exchange(rested_, false) && scheduler_->poller_.is_wanted()) look_at_descriptors(now_ns);
}

bool Worker::prolong_beat(uint64_t most_ns) {
  if (env::now_ns() - beat_began_ns_ >= most_ns) return false;
  beat_turns_ -= until_beat_ - 1;
  until_beat_ = 1;
  return true;
}

/** T4. */
void Worker::take_beside_its_own(uint64_t now_ns) {
  if (now_ns < takes_from_ns_) return;
  takes_from_ns_ = now_ns + BEAT_NS;
  Runnable* const item = steal();
  if (item == nullptr) return;
  RSP_SOMETIMES("a worker that gives all turns away takes others' work");
  push_last(item);
}

/** Rule P2 of poller.hpp. */
void Worker::look_at_descriptors(uint64_t now_ns) {
  env::Ready ready;
  if (!scheduler_->poller_.look(now_ns, ready)) return;
  scheduler_->poller_.tell(ready);
  scheduler_->wake_one();  // one that sleeps can take the place
}

void Worker::begin_beat(uint64_t now_ns) {
  beat_began_ns_ = now_ns;
  until_beat_ = beat_turns_;
}

void Worker::let_go(WorkerThread& me, WorkerThread& stand_in) {
  // That turn took long: what is queued for all comes first, and the beat is over, or is the next turn.
  injected_first_ = true;
  given_away_ = 0;
  turns_were_long_ = true;
  beat_turns_ = 1;
  until_beat_ = 1;
  const bool has_timer = timers_.next_deadline() != TimerQueue::NEVER;
  const bool has_pinned = !pinned_.is_empty() && !RSP_PLANTED_BUG("worker: left vacant with what is pinned");
  if (has_stealable() || has_pinned || (has_timer && !RSP_PLANTED_BUG("worker: left vacant with a timer"))) {
    WorkerThreads::drive(stand_in, *this);  // V2
    return;
  }
  stand_in_ = &stand_in;
  vacated_by_.store(&me, env::RELEASE);  // pairs with wake and take_back
  scheduler_->idle_.announce_vacant(index_);
  // The second look. It takes nothing: from the announcement on, the worker may be another's.
  // NOLINTNEXTLINE(bugprone-branch-clone): two reasons, with a planted bug each
  if (scheduler_->has_queued() && !RSP_PLANTED_BUG("worker: left without a second look")) {
    scheduler_->wake_one();
  } else if (scheduler_->poller_.is_unattended() && !RSP_PLANTED_BUG("worker: left without an attendant")) {
    scheduler_->wake_one();  // P4 of poller.hpp
  }
  if (pinned_.has_incoming() && !RSP_PLANTED_BUG("worker: left without a second look at what is pinned"))
    scheduler_->wake_worker(index_);
}

bool Worker::take_back(WorkerThread& me) {
  WorkerThread* left_by = &me;
  // Acquire: pairs with let_go, which may have been the watchdog's. Release: nothing is handed over, the waker that fails
  // reads no more.
  if (!vacated_by_.compare_exchange_strong(left_by, nullptr, env::ACQ_REL, env::RELAXED)) return false;
  if (!scheduler_->idle_.retract(index_)) {
    RSP_SOMETIMES("a vacant worker is woken as its thread comes back");
    if (!RSP_PLANTED_BUG("worker: comes back without its token")) parker_.park();  // V4
  }
  scheduler_->threads_.dismiss(*stand_in_);
  end_search();
  return true;
}

/** By the watchdog: from when on something here waits for the end of the turn, `now_ns` if something does. */
uint64_t Worker::waited_for_from(uint64_t now_ns) const {
  const bool pinned = pinned_waits() && !RSP_PLANTED_BUG("worker: what is pinned waits in silence");
  const bool waits = work_waits() || pinned || scheduler_->wants_attendant();
  return waits ? now_ns : std::max(now_ns, timers_.next_deadline_seen());
}

/** By the watchdog: of that, what another worker may do as well. */
bool Worker::work_waits() const { return has_stealable() || !scheduler_->injected_empty(); }

/** By whoever made this worker a searcher (I3). */
void Worker::wake() {
  WorkerThread* left_by = vacated_by_.load(env::ACQUIRE);  // pairs with let_go
  if (left_by == nullptr || RSP_PLANTED_BUG("worker: a vacant one is woken like a sleeper")) {
    parker_.unpark(scheduler_->poller_.set());
    return;
  }
  // Acquire: pairs with let_go; what the thread left behind.
  if (!vacated_by_.compare_exchange_strong(left_by, nullptr, env::ACQ_REL, env::RELAXED)) {
    parker_.unpark(scheduler_->poller_.set());  // V4
    return;
  }
  woken_ = true;
  WorkerThreads::drive(*stand_in_, *this);
}

Runnable* Worker::next() {
  if (injected_first_) {
    injected_first_ = false;
    if (Runnable* const item = take_injected()) return item;
  }
  if (lifo_streak_ < LIFO_STREAK) {
    if (Runnable* const item = lifo_.take()) {
      ++lifo_streak_;
      return item;
    }
  }
  lifo_streak_ = 0;
  if (Runnable* const item = next_in_line()) return item;
  if (Runnable* const item = lifo_.take()) return item;
  return take_injected();
}

/** Of the ring or of what is pinned, in turns: neither waits until there is nothing of the other. */
Runnable* Worker::next_in_line() {
  pinned_first_ = !pinned_first_;
  if (RSP_PLANTED_BUG("worker: what is pinned always comes first")) pinned_first_ = true;
  if (RSP_PLANTED_BUG("worker: what is pinned always comes last")) pinned_first_ = false;
  if (pinned_first_) {
    if (Runnable* const item = pinned_.pop()) return item;
  }
  if (Runnable* const item = ring_.pop()) return item;
  return pinned_first_ ? nullptr : pinned_.pop();
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
  bool was_woken_for = false;  // asked before the ring has them: from there others take them
  for (uint32_t i = 1; i < count && !was_woken_for; ++i) was_woken_for = Scheduler::was_woken_for(items[i]);
  for (uint32_t i = 1; i < count; ++i) {
    const bool pushed = ring_.push(items[i]);
    RSP_ASSERT(pushed);
  }
  // T5: whoever was woken for these may have looked for them in between, and gone back to sleep.
  if (was_woken_for && !RSP_PLANTED_BUG("worker: keeps what it took")) {
    shares_.store(true, env::RELEASE);  // pairs with shares()
    scheduler_->wake_one();
  }
  return count == 0 ? nullptr : items[0];
}

Runnable* Worker::steal() {
  const uint32_t count = scheduler_->worker_count();
  if (count == 1) return nullptr;
  const uint32_t start = static_cast<uint32_t>(env::random_u64() % count);
  for (uint32_t i = 0; i < count; ++i) {
    Worker& victim = scheduler_->worker((start + i) % count);
    if (&victim == this || !victim.shares()) continue;
    if (Runnable* const item = victim.ring_.steal_half(ring_)) {
      RSP_SOMETIMES("work is stolen");
      return item;
    }
  }
  return nullptr;
}

/** T2. One victim a search: it takes time. */
Runnable* Worker::steal_from_late() {
  const uint32_t count = scheduler_->worker_count();
  if (count == 1) return nullptr;
  const uint32_t start = static_cast<uint32_t>(env::random_u64() % count);
  for (uint32_t i = 0; i < count; ++i) {
    Worker& victim = scheduler_->worker((start + i) % count);
    if (&victim == this || !victim.has_stealable()) continue;
    const uint32_t turn = victim.turn_.load(env::RELAXED);
    const uint32_t takes = victim.lifo_.takes();
    env::spin_until(env::now_ns() + PATIENCE_NS);
    if (victim.turn_.load(env::RELAXED) != turn) return nullptr;
    if (Runnable* const item = victim.ring_.steal_half(ring_)) return item;
    if (RSP_PLANTED_BUG("worker: the next to run is its worker's alone")) return nullptr;
    Runnable* const item = victim.lifo_.steal(takes);
    if (item != nullptr) RSP_SOMETIMES("the next to run is stolen");
    return item;
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
    if (item == nullptr) item = steal_from_late();
    if (item != nullptr) {
      end_search();
      return item;
    }
    if (scheduler_->stopping_.load(env::ACQUIRE)) {  // pairs with stop()
      scheduler_->idle_.end_search();
      return nullptr;
    }
    const bool looked_before = RSP_PLANTED_BUG("worker: looks for registrations, then announces itself");
    const bool was_wanted = looked_before && scheduler_->poller_.is_wanted();
    scheduler_->idle_.announce(index_);
    // The second look, after the announcement. Timers that fire here push to this worker.
    item = RSP_PLANTED_BUG("worker: no second look") ? nullptr : find_work();
    const bool stopping = scheduler_->stopping_.load(env::ACQUIRE);  // pairs with stop()
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
    env::Ready ready;
    const bool token = sleep(!looked_before || was_wanted, ready);
    wake_ups_.store(wake_ups_.load(env::RELAXED) + 1, env::RELAXED);
    if (!token && !scheduler_->idle_.retract(index_)) {
      RSP_SOMETIMES("woken while a timer or a descriptor ended the sleep");
      parker_.park();
    }
    if (ready.count != 0) scheduler_->poller_.tell(ready);
  }
}

/** The announced worker sleeps until its parker has a token (true), something is ready, or a timer is due. */
bool Worker::sleep(bool may_attend, env::Ready& ready) {
  const uint64_t deadline = timers_.next_deadline();
  Poller& poller = scheduler_->poller_;
  if (may_attend && poller.take_place()) {
    const bool token = poller.sleep(parker_, deadline, ready);
    poller.leave_place();
    return token;
  }
  if (deadline != TimerQueue::NEVER) return parker_.park_until(deadline);
  parker_.park();
  return true;
}

void Worker::run_due_timers() {
  if (timers_.next_deadline() == TimerQueue::NEVER && !timers_.has_cancelled()) return;
  timers_.run(env::now_ns());
}

}  // namespace rsp
