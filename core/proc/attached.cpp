#include "core/proc/attached.hpp"

#include <algorithm>

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/call.hpp"
#include "core/proc/deadline.hpp"
#include "core/proc/exit.hpp"
#include "core/proc/post.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/spawn.hpp"
#include "core/proc/table.hpp"
#include "core/proc/turn.hpp"

namespace rsp {
namespace {

/** The slot is this process's own while it lives, and lingers for its thread when it is dead (A4). */
bool is_dead(const Process& self) { return self.mailbox.peek_state() == MailState::DEAD; }

/** Ends the process of the calling thread, unless it is dead, and gives the handle back. */
void end_seat(Process& self, Term reason) {
  // A thread that ends inside a call (cancelled, or by pthread_exit) owns its process already.
  const bool lives = !is_in_user(self) || enter(self) == RSP_OK;
  end_user(self);  // what releases is not its code
  release_resources(self);
  if (lives) {
    condemn(self, std::move(reason));
    end_attached(self);
  }
  free_left_belongings(self);
  env::thread_locals()->attached = nullptr;
  disown(self.seat);
}

/** Sleeps until woken. False: the deadline has passed, or the watch says that the wait is over. */
bool sleep(Seat& seat, uint64_t deadline_ns) {
  const Watch& watch = seat.watch;
  if (watch.is_over == nullptr) return seat.parker.park_until(deadline_ns);
  for (;;) {
    const uint64_t next_ns = std::min(deadline_ns, deadline_in_ms(watch.interval_ms));
    if (seat.parker.park_until(next_ns)) return true;
    if (next_ns == deadline_ns || watch.is_over(watch.context)) return false;
  }
}

/** Whether its code cleans up, and has the time for it (takeover.hpp). */
bool may_unwind(const Process& self) {
  return self.has(process_flag::UNWINDING) &&
         !RSP_PLANTED_BUG("attached: what unwinds is ended by any signal");
}

void thread_ended(void* process) {
  if (is_forked()) return;
  // The thread goes without detaching: its process ends with a reason that says so.
  end_seat(*static_cast<Process*>(process), Term(ATOM_THREAD_ENDED));
}

}  // namespace

Seat* new_seat() {
  const AccountVisit visit;
  Seat* const seat = mem_new<Seat>();
  if (seat == nullptr) return nullptr;
  seat->resume = envelope_new(EnvelopeKind::RESUME);
  if (seat->resume != nullptr) {
    envelope_lent(seat->resume);
    mem_lend(seat);  // it is its thread's, which may keep it beyond the stop
    return seat;
  }
  mem_delete(seat);
  return nullptr;
}

void free_seat(Seat* seat) {
  const AccountVisit visit;
  envelope_returned(seat->resume);
  mem_return(seat);
  envelope_free_blank(seat->resume);
  mem_delete(seat);
}

void disown(Seat* seat) {
  // A4. Acquire and release: the last owner sees what the other one did to process and seat.
  if (seat->owners.fetch_sub(1, env::ACQ_REL) != 1) return;
  table().release(*seat->process);
  free_seat(seat);
}

Process* attached_process() { return static_cast<Process*>(env::thread_locals()->attached); }

rsp_result attach(Process** out) {
  if (is_forked()) return RSP_EFORKED;
  const env::ThreadLocals* const locals = env::thread_locals();
  if (locals->attached != nullptr || locals->worker_thread != nullptr || locals->lane != nullptr)
    return RSP_EALREADY;
  if (locals->process != nullptr) return RSP_EALREADY;
  Seat* const seat = new_seat();
  if (seat == nullptr) return RSP_ENOMEM;
  const rsp_result result = spawn_attached(*seat);
  if (result != RSP_OK) {
    free_seat(seat);
    return result;
  }
  begin_user(*seat->process);
  env::thread_locals()->attached = seat->process;
  if (!env::at_thread_exit(env::ExitHook::PROCESS, &thread_ended, seat->process)) {
    (void)detach(seat->process, Term(ATOM_NORMAL));
    return RSP_ENOMEM;
  }
  *out = seat->process;
  return RSP_OK;
}

rsp_result detach(Process* caller, Term reason) {
  if (is_forked()) return RSP_EFORKED;
  if (attached_process() != caller || !is_in_user(*caller)) return RSP_EWRONGTHREAD;
  Process& self = *caller;
  env::clear_thread_exit(env::ExitHook::PROCESS);
  end_seat(self, std::move(reason));
  return RSP_OK;
}

Reclaimed reclaim(Process& self) {
  Seat& seat = *self.seat;
  switch (self.mailbox.reclaim(MailState::BLOCKED)) {
    case MailState::BLOCKED:
      return Reclaimed::MINE;
    case MailState::DEAD:
      return Reclaimed::DEAD;
    case MailState::RUNNING:
      RSP_SOMETIMES("a thread waits for the worker that serves its signals");
      // A3: the worker hands the process over, or has ended it, and wakes the seat either way.
      if (!try_post(seat.id, seat.resume)) return Reclaimed::DEAD;
      seat.parker.park();
      if (is_dead(self)) return Reclaimed::BURIED;
      self.flags &= ~process_flag::RESUME_WANTED;
      return Reclaimed::MINE;
    case MailState::IDLE:
      break;
  }
  RSP_UNREACHABLE("only a waiting call leaves such a process idle");
}

rsp_result enter(Process& self) {
  if (reclaim(self) != Reclaimed::MINE) return RSP_EXITING;
  if (receive_signals(self)) return RSP_OK;
  end_attached(self);
  return RSP_EXITING;
}

void leave_call(Process& self) {
  do {
    if (!checkpoint(self)) {
      end_attached(self);
      return;
    }
  } while (!leave(self, MailState::BLOCKED));
}

rsp_result wait_until(Process& self, bool (*done)(Process& self, void* context), void* context,
                      uint64_t deadline_ns) {
  if (self.process_class == ProcessClass::LANE) return wait_in_turn(self, done, context, deadline_ns);
  bool late = deadline_ns == 0;
  for (;;) {
    if (!checkpoint(self)) return RSP_EXITING;
    if (done(self, context)) return RSP_OK;
    if (late) return RSP_ETIMEDOUT;
    if (!leave(self, MailState::IDLE)) continue;
    if (sleep(*self.seat, deadline_ns)) continue;  // whoever pushed made it RUNNING
    late = true;                                   // but look once more at what was pushed meanwhile
    if (self.mailbox.reclaim(MailState::IDLE) != MailState::IDLE) {
      RSP_SOMETIMES("a push came as the wait timed out");
      if (!RSP_PLANTED_BUG("attached: token of a late push left behind")) self.seat->parker.park();  // A2
    }
  }
}

rsp_result watch_waits(Process* caller, const Watch& watch) {
  if (is_forked()) return RSP_EFORKED;
  if (attached_process() != caller || !is_in_user(*caller)) return RSP_EWRONGTHREAD;
  caller->seat->watch = watch;  // A5
  return RSP_OK;
}

void serve_blocked(Process& self) {
  for (;;) {
    if (!checkpoint(self) && !may_unwind(self)) {
      if (self.has(process_flag::BLOCKING)) return end_blocked(self);
      return end_attached(self);
    }
    if (self.has(process_flag::RESUME_WANTED) &&
        !RSP_PLANTED_BUG("attached: thread forgotten by its worker")) {
      self.seat->parker.unpark();  // A3: it stays RUNNING, and is the thread's from here on
      return;
    }
    if (leave(self, MailState::BLOCKED)) return;
  }
}

void let_go_of_seat(Process& self) {
  Seat* const seat = self.seat;
  // A3: the RESUME may have been among the last signals. The thread of a section goes on only now
  // (blocking.hpp, B3).
  const bool wanted = self.has(process_flag::RESUME_WANTED | process_flag::BLOCKING);
  if (wanted && !RSP_PLANTED_BUG("attached: thread not told of the end")) seat->parker.unpark();
  disown(seat);
}

// A2
void wake_seat(Process& process) { process.seat->parker.unpark(); }

}  // namespace rsp
