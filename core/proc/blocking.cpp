#include "core/proc/blocking.hpp"

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/call.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/exit.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/trampoline.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** The process is its thread's again, and lives. */
void resume(Process& self) {
  if (!scheduler().take_worker_back()) self.budget = GIVES_WAY;  // one thread too many runs
  free_seat(self.seat);
  self.seat = nullptr;
  self.flags &= ~(process_flag::BLOCKING | process_flag::RESUME_WANTED | process_flag::UNWINDING);
  env::thread_locals()->section = nullptr;
  env::thread_locals()->process = &self;
}

rsp_result begin_section(Process& self) {
  if (self.process_class == ProcessClass::LANE) return RSP_EWOULDBLOCK;
  if (self.has(process_flag::AWAITING)) return RSP_EINVAL;
  Seat* const seat = new_seat();
  if (seat == nullptr) return RSP_ENOMEM;
  const rsp_result result = scheduler().let_go_of_worker();
  if (result != RSP_OK) {
    free_seat(seat);
    return result;
  }
  seat->process = &self;
  seat->id = self.id();
  seat->thread = WorkerThread::current();
  self.seat = seat;
  self.flags |= process_flag::BLOCKING;
  while (!leave(self, MailState::BLOCKED)) {
    if (receive_signals(self)) continue;
    resume(self);
    return RSP_EXITING;
  }
  // These three are the thread's own.
  self.crossing.enter_section();
  env::thread_locals()->process = nullptr;
  env::thread_locals()->section = &self;
  return RSP_OK;
}

/** Takes the process back. False: it has been ended, and the exit is complete (B3). */
bool take_back(Process& self) {
  Seat& seat = *self.seat;
  switch (reclaim(self)) {
    case Reclaimed::MINE:
      return true;
    case Reclaimed::DEAD:
      seat.parker.park();  // until let_go_of_seat
      return false;
    case Reclaimed::BURIED:
      return false;
  }
  RSP_UNREACHABLE("reclaimed");
}

/** The section is over: the process is its thread's, or was ended in it. */
void end_section(Process& self) {
  if (take_back(self)) {
    resume(self);
    return;
  }
  RSP_SOMETIMES("a process is ended inside a blocking section");
  env::thread_locals()->section = nullptr;
  env::thread_locals()->process = &self;
}

}  // namespace

rsp_result begin_blocking(Process* caller) {
  if (env::thread_locals()->section == caller) return RSP_EALREADY;
  rsp_result result = begin_call(caller);
  if (result != RSP_OK) return result;
  Process& self = *caller;
  if (self.process_class == ProcessClass::ATTACHED) {
    end_call(self);
    return RSP_OK;
  }
  result = begin_section(self);
  if (result != RSP_OK) end_call(self);
  return result;
}

rsp_result end_blocking(Process* caller) {
  if (env::thread_locals()->section != caller) {
    const rsp_result result = begin_call(caller);
    if (result != RSP_OK) return result;
    const bool is_attached = caller->process_class == ProcessClass::ATTACHED;
    end_call(*caller);
    return is_attached ? RSP_OK : RSP_EWRONGTHREAD;
  }
  if (is_forked()) return RSP_EFORKED;
  return leave_blocking(*caller) ? RSP_OK : RSP_EXITING;
}

void come_back(Process& self) {
  if (is_forked()) return;  // the watchdog has stayed with the parent
  if (WorkerThread::current()->keeps_turn()) return;
  if (!RSP_PLANTED_BUG("blocking: a taken turn goes on as if it were not")) end_section(self);
}

bool leave_section(Process& self) {
  if (is_forked()) return true;  // nobody would hand the process back: run.cpp ends this OS process
  end_section(self);
  // A crossing like any other from here on: nobody can have claimed the turn in the section.
  if (!self.has(process_flag::DEAD)) (void)checkpoint(self);
  const bool lives = !self.has(process_flag::CONDEMNED);
  begin_user(self);
  return lives;
}

void leave_section_of(const Process* self) {
  Process* const inside = static_cast<Process*>(env::thread_locals()->section);
  if (inside != nullptr && inside == self) (void)leave_blocking(*inside);
}

void end_blocked(Process& self) {
  WorkerThread& thread = *self.seat->thread;
  // Before the mailbox is closed, which is what its thread may see first.
  const bool is_late = RSP_PLANTED_BUG("blocking: a thread is a zombie only when its process is gone");
  if (!is_late) thread.become_zombie();
  end_handler(self);
  if (is_late) thread.become_zombie();
}

void end_zombie(Process& self) {
  end_user(self);
  drop_guarded(self.behaviour->drop, self.state);
  if (!RSP_PLANTED_BUG("exit: a zombie's resources are forgotten")) release_resources(self);
  drop_exception(self);
  settle(self);
  free_belongings(self);
  env::thread_locals()->process = nullptr;
  disown(self.seat);
}

}  // namespace rsp
