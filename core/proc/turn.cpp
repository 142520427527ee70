#include "core/proc/turn.hpp"

#include "core/env/clock.hpp"
#include "core/env/thread_locals.hpp"
#include "core/proc/await.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/suspend.hpp"
#include "core/proc/timer.hpp"
#include "core/sched/lane.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** What a turn waits for, for whoever holds the lane. */
struct TurnWait {
  Process& self;
  bool (*done)(Process&, void*);
  void* context;
};

/** The process is in the caller's hands: serves its signals, and puts it to rest again unless its turn must
 * go on. */
bool is_over(void* context) {
  TurnWait& wait = *static_cast<TurnWait*>(context);
  Process& self = wait.self;
  for (;;) {
    if (!checkpoint(self)) return true;
    if (self.has(process_flag::SUSPENDED)) {
      confirm_suspension(self);
      if (self.has(process_flag::CONDEMNED) || !self.has(process_flag::SUSPENDED)) continue;
    } else {
      if (wait.done(self, wait.context)) return true;
      if (self.has(process_flag::LATE)) return true;
    }
    if (leave(self, MailState::IDLE)) return false;
  }
}

/** There is no thread for what waits for the lane: whether this turn goes on without what it waits for. */
bool take_back(void* context) {
  Process& self = static_cast<TurnWait*>(context)->self;
  if (self.has(process_flag::SUSPENDED)) return false;  // none of its code may run
  return self.mailbox.reclaim(MailState::IDLE) == MailState::IDLE;
}

}  // namespace

void bump_reductions(Process& self, uint32_t reductions) {
  const uint32_t left = self.budget > 0 ? static_cast<uint32_t>(self.budget) : 0;
  self.budget = reductions < left ? static_cast<int32_t>(left - reductions) : GIVES_WAY;
}

void enqueue(Process& self) {
  if (self.process_class == ProcessClass::LANE) {
    self.lane->schedule(&self.runnable);
  } else if (self.worker != 0) {
    scheduler().schedule_on(self.worker - 1, &self.runnable);
  } else {
    scheduler().schedule(&self.runnable);
  }
}

void requeue(Process& self) {
  if (self.process_class == ProcessClass::LANE) {
    self.lane->push_last(&self.runnable);
  } else if (self.worker != 0) {
    scheduler().schedule_on(self.worker - 1, &self.runnable);
  } else if (Worker* const worker = Worker::current()) {
    worker->push_last(&self.runnable);
  } else {
    scheduler().inject(&self.runnable);  // the thread came back from a blocking section without a worker
  }
}

rsp_result wait_in_turn(Process& self, bool (*done)(Process&, void*), void* context, uint64_t deadline_ns) {
  // The timer of a former wait may be armed still. Its DEADLINE, taken from here on, is nobody's.
  self.await_deadline_ns = NEVER;
  if (!checkpoint(self)) return RSP_EXITING;
  if (!self.has(process_flag::SUSPENDED)) {
    if (done(self, context)) return RSP_OK;
    if (deadline_ns != NEVER && env::now_ns() >= deadline_ns) return RSP_ETIMEDOUT;
  }
  if (!self.lane->can_wait()) return RSP_ELIMIT;
  if (deadline_ns != NEVER) {
    const rsp_result armed = arm_deadline(self, deadline_ns);
    if (armed != RSP_OK) return armed;
  }
  self.await_deadline_ns = deadline_ns;
  self.flags |= process_flag::WAITING;
  self.flags &= ~process_flag::LATE;
  env::thread_locals()->process = nullptr;
  TurnWait wait{self, done, context};
  const bool is_refused =
      !is_over(&wait) && !self.lane->wait(&self.runnable, Lane::Wait{&is_over, &take_back, &wait});
  env::thread_locals()->process = &self;
  const bool late = self.has(process_flag::LATE);
  self.flags &= ~(process_flag::WAITING | process_flag::LATE);
  if (self.has(process_flag::CONDEMNED)) return RSP_EXITING;
  if (is_refused) return RSP_ELIMIT;
  // What came with the deadline counts: the predicate has the last word.
  return late && !done(self, context) ? RSP_ETIMEDOUT : RSP_OK;
}

}  // namespace rsp
