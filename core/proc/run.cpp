// One turn of a process, on a worker or a lane.

#include <algorithm>

#include "core/base/assert.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/await.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/call.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/exit.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/pressure.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/report.hpp"
#include "core/proc/request.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/spawn.hpp"
#include "core/proc/suspend.hpp"
#include "core/proc/trampoline.hpp"
#include "core/proc/turn.hpp"
#include "core/sched/worker.hpp"
#include "core/sched/worker_thread.hpp"

namespace rsp {
namespace {

/** Runs a callback, which steps into user code where it has any (UserCode). */
template <class Body>
Next run_callback(Process& self, Body&& body) {
  const Next next = contained(self, body);
  // A callback that forked and came back in the child: the child has one thread and every process of its
  // parent, and must not run them.
  RSP_ASSERT(!is_forked());
  return next;
}

/** Runs user code once. CONTINUE when there was nothing to run: then *ran is false. */
Next step(Process& self, bool* ran) {
  *ran = true;
  if (!self.has(process_flag::STARTED)) {
    self.flags |= process_flag::STARTED;
    if (self.behaviour->start == nullptr) return Next::CONTINUE;
    return run_callback(self, [&] { return self.behaviour->start(self, self.state); });
  }
  if (self.has(process_flag::AWAITING)) {
    if (!await_is_over(self)) {
      *ran = false;
      return Next::AWAIT;
    }
    const AwaitContinuation continuation = self.await_continuation;
    void* const context = self.await_context;
    Envelope* const answer = end_await(self);
    const Next next = run_callback(self, [&] { return continuation(self, answer, context); });
    if (answer != nullptr) retire(self, answer);
    return next;
  }
  Envelope* const message = pop_message(self);
  if (message == nullptr) {
    *ran = false;
    return Next::CONTINUE;
  }
  begin_loan(message);
  const Next next = run_callback(self, [&] { return self.behaviour->message(self, *message, self.state); });
  if (self.has(process_flag::KEPT)) {
    self.flags &= ~process_flag::KEPT;
  } else {
    retire(self, message);
  }
  return next;
}

/** The end of a process that an exception leaves. An exit is its own wish; an error or a throw is somebody's
 * mistake and is told. */
[[gnu::noinline, gnu::cold]] void leave_by(Process& self, const Exception& exception) {
  Term reason = reason_of(exception);
  if (exception.exception_class != ExceptionClass::EXIT) {
    report(RSP_REPORT_ERROR, ATOM_PROCESS_ERROR,
           {{ATOM_PID, self.pid()},
            {ATOM_REGISTERED_NAME, name_of(self)},
            {ATOM_PROCESS_LABEL, label_of(self)},
            {ATOM_REASON, reason}});
  }
  condemn(self, std::move(reason));
}

/** What the callback wants, as a fate. */
void obey(Process& self, Next next) {
  if (next != Next::RAISE) drop_exception(self);  // raised, and not returned
  switch (next) {
    case Next::CONTINUE:
      return;
    case Next::AWAIT:
      if (!self.has(process_flag::AWAITING)) condemn(self, Term(ATOM_BAD_RETURN_VALUE));
      return;
    case Next::STOP:
      return condemn(self, Term(ATOM_NORMAL));
    case Next::RAISE:
      return leave_by(self, take_raised(self));
  }
  // A value outside the enumeration, from C.
  condemn(self, Term(ATOM_BAD_RETURN_VALUE));
}

/** A process in debt gives way, and pays a turn of it. */
void give_way(Process& self) {
  if (!checkpoint(self)) return end_handler(self);
  self.debt -= std::min(self.debt, static_cast<uint32_t>(TURN_BUDGET));
  env::thread_locals()->process = nullptr;
  if (Worker* const worker = Worker::current()) worker->give_turn_away();
  requeue(self);
}

/** SUSPENDED, and about to run code. Whether the turn is over; else it looks again at what has come. */
[[gnu::noinline]] bool rests(Process& self) {
  confirm_suspension(self);
  if (self.has(process_flag::CONDEMNED) || !self.has(process_flag::SUSPENDED)) return false;
  env::thread_locals()->process = nullptr;
  if (leave(self, MailState::IDLE)) return true;
  env::thread_locals()->process = &self;
  return false;
}

/** A turn is used up. Whether the process goes on nevertheless, since many messages wait for it. */
[[gnu::noinline]] bool goes_on(Process& self) {
  if (self.inbox_length < PRESSURE_ENDS || self.debt != 0 || self.budget <= GIVES_WAY) return false;
  // Not on a lane, from which nobody takes what waits.
  Worker* const worker = Worker::current();
  if (worker == nullptr || !worker->prolong_beat(LONG_TURN_NS)) return false;
  RSP_SOMETIMES("a process that is behind goes on");
  self.budget = LONG_TURN_BUDGET;
  return true;
}

void run_handler(Process& self) {
  env::ThreadLocals* const locals = env::thread_locals();
  locals->process = &self;
  WorkerThread* const thread = static_cast<WorkerThread*>(locals->worker_thread);
  if (thread != nullptr) thread->set_crossing(&self.crossing);
  self.crossing.begin_turn(thread == nullptr ? 0 : thread->number());
  if (self.debt != 0) return give_way(self);
  self.budget = TURN_BUDGET;
  for (bool looks = true;;) {
    if (looks && !checkpoint(self)) return end_handler(self);
    if (self.has(process_flag::SUSPENDED)) [[unlikely]] {
      if (rests(self)) return;
      looks = true;
      continue;
    }
    bool ran;
    const Next next = step(self, &ran);
    if (ran) {
      // What the code of a condemned process returns or raises does not matter any more.
      if (!self.has(process_flag::CONDEMNED)) obey(self, next);
      if (self.has(process_flag::CONDEMNED)) return end_handler(self);
      self.budget -= MESSAGE_PRICE;
      looks = self.inbox_first == nullptr || was_signalled(self);
      if (self.budget > 0 || goes_on(self)) continue;
      env::thread_locals()->process = nullptr;
      return requeue(self);
    }
    env::thread_locals()->process = nullptr;
    if (leave(self, MailState::IDLE)) return;
    env::thread_locals()->process = &self;
    looks = true;
  }
}

}  // namespace

void run_process(Runnable* runnable, Worker*) {
  Process& self = process_of(runnable);
  if (self.has(process_flag::DEAD)) return continue_exit(self);
  if (self.process_class == ProcessClass::ATTACHED || self.has(process_flag::BLOCKING))
    return serve_blocked(self);
  run_handler(self);
}

}  // namespace rsp
