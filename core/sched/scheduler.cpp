#include "core/sched/scheduler.hpp"

#include <new>

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

void insert_timer(Runnable* runnable, Worker* worker) {
  worker->timers().insert(reinterpret_cast<Timer*>(runnable));
}

}  // namespace

Scheduler& scheduler() {
  // Never destroyed: threads may still wake processes while the OS process ends.
  alignas(Scheduler) static unsigned char storage[sizeof(Scheduler)];
  static Scheduler* const one = new (storage) Scheduler;
  return *one;
}

rsp_result Scheduler::start(uint32_t workers, const TurnHooks* hooks) {
  if (workers == 0 || workers > IdleSet::MAX_WORKERS) return RSP_EINVAL;
  void* const memory = mem_alloc(sizeof(Worker) * workers + alignof(Worker));
  if (memory == nullptr) return RSP_ENOMEM;
  stopping_.store(false, env::RELEASE);  // pairs with Worker::search; none runs yet
  memory_ = memory;
  workers_ = reinterpret_cast<Worker*>((reinterpret_cast<uintptr_t>(memory) + alignof(Worker) - 1) &
                                       ~uintptr_t{alignof(Worker) - 1});
  for (uint32_t i = 0; i < workers; ++i) {
    Worker* const worker = new (workers_ + i) Worker;
    worker->scheduler_ = this;
    worker->index_ = i;
  }
  worker_count_ = workers;
  started_ = 0;
  threads_.set_watchdog(hooks == nullptr ? nullptr : &watchdog_);
  if (hooks != nullptr) {
    const rsp_result result = watchdog_.start(*hooks);
    if (result != RSP_OK) {
      stop();
      return result;
    }
  }
  for (uint32_t i = 0; i < workers; ++i) {
    if (!threads_.start(workers_[i])) {
      stop();
      return RSP_EOS;
    }
    ++started_;
  }
  return RSP_OK;
}

void Scheduler::stop() {
  const bool joins_first = RSP_PLANTED_BUG("scheduler: joins the threads before the watchdog");
  if (!joins_first) watchdog_.stop();
  stopping_.store(true, env::RELEASE);  // pairs with Worker::search
  wake_all_parked();
  threads_.join_all();
  if (joins_first) watchdog_.stop();
  for (uint32_t i = 0; i < worker_count_; ++i) {
    workers_[i].timers_.reclaim_all();
    workers_[i].~Worker();
  }
  mem_free(memory_);
  memory_ = nullptr;
  workers_ = nullptr;
  worker_count_ = started_ = 0;
}

/** False: nobody sleeps, or somebody searches. */
bool Scheduler::wake_one() {
  const uint32_t chosen = idle_.choose_one_to_wake();
  if (chosen == IdleSet::NOBODY) return false;
  workers_[chosen].wake();
  return true;
}

/** That one, unless it is awake: then it looks once more at its queues before it sleeps. */
void Scheduler::wake_worker(uint32_t index) {
  if (idle_.take(index)) workers_[index].wake();
}

void Scheduler::wake_all_parked() {
  // A worker that announces itself after this looks at stopping_ before it sleeps.
  for (uint32_t i = 0; i < started_; ++i) wake_worker(i);
}

void Scheduler::schedule(Runnable* item) {
  if (Worker* const worker = Worker::current()) {
    worker->push_next(item);
  } else {
    inject(item);
  }
}

void Scheduler::inject(Runnable* item) {
  push_injected(item, true);
  wake_one();
}

void Scheduler::schedule_on(uint32_t index, Runnable* item) {
  Worker& worker = workers_[index];
  if (Worker::current() == &worker) return worker.push_pinned(item);
  if (!worker.pinned_.push(item)) return;  // pinned_queue.hpp, P3
  // From here on the item may have run, and the scheduler have stopped: the worker is looked at only if it has to be woken.
  if (RSP_PLANTED_BUG("scheduler: what is pinned wakes just anybody")) {
    wake_one();
  } else if (!RSP_PLANTED_BUG("scheduler: what is pinned wakes nobody")) {
    wake_worker(index);
  }
}

/** `wakes`: the caller wakes a worker for it; who takes the item can tell (was_woken_for). */
void Scheduler::push_injected(Runnable* item, bool wakes) {
  item->next = wakes ? item : nullptr;
  if (injected_.push(item)) return;
  Runnable* top = reserve_.load(env::RELAXED);
  do {
    item->next = top;
    // Release: pairs with pop_injected and injected_empty.
  } while (!reserve_.compare_exchange_weak(top, item, env::RELEASE, env::RELAXED));
}

uint32_t Scheduler::pop_injected(Runnable** items, uint32_t capacity) {
  const uint32_t count = static_cast<uint32_t>(injected_.try_pop_many(items, capacity));
  if (count != 0 || reserve_.load(env::RELAXED) == nullptr) return count;
  Runnable* rest = reserve_.exchange(nullptr, env::ACQUIRE);  // S2; pairs with push_injected
  if (rest == nullptr) return 0;
  items[0] = rest;
  rest = rest->next;
  while (rest != nullptr) {
    Runnable* const item = rest;
    rest = rest->next;
    inject(item);
  }
  return 1;
}

bool Scheduler::injected_empty() const {
  // Pairs with push_injected.
  return injected_.approx_size() == 0 && reserve_.load(env::ACQUIRE) == nullptr;
}

/** Whether anything waits that any worker may take at once. */
bool Scheduler::has_queued() {
  if (!injected_empty()) return true;
  for (uint32_t i = 0; i < worker_count_; ++i) {
    const Worker& worker = workers_[i];
    if (worker.shares() &&
        (worker.ring_.size() > 1 || !RSP_PLANTED_BUG("worker: one item is not worth a search")))
      return true;
  }
  return false;
}

rsp_result Scheduler::let_go_of_worker() {
  WorkerThread& me = *WorkerThread::current();
  if (me.worker_ == nullptr) {  // it has lost it already, earlier in the turn
    me.begin_rest();
    return RSP_OK;
  }
  WorkerThread* const stand_in = threads_.hire();
  if (stand_in == nullptr) return RSP_ELIMIT;
  env::thread_locals()->worker = nullptr;
  me.lose_worker()->let_go(me, *stand_in);
  me.begin_rest();
  return RSP_OK;
}

bool Scheduler::take_worker_back() {
  WorkerThread& me = *WorkerThread::current();
  Worker* const worker = me.away_from_;
  me.away_from_ = nullptr;
  me.begin_again();
  if (worker == nullptr || !worker->take_back(me)) return false;
  me.worker_ = worker;
  me.drives(worker);
  env::thread_locals()->worker = worker;
  return true;
}

void Scheduler::attend() {
  if (Worker::current() != nullptr) return;  // P4 of poller.hpp
  if (poller_.needs_attendant() && !RSP_PLANTED_BUG("scheduler: registers and wakes nobody")) wake_one();
}

void Scheduler::start_timer(Timer* timer) {
  if (Worker* const worker = Worker::current()) {
    worker->timers().insert(timer);
    return;
  }
  timer->runnable.run = &insert_timer;
  inject(&timer->runnable);
}

}  // namespace rsp
