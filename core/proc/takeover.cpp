#include "core/proc/takeover.hpp"

#include "core/env/planted_bug.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/report.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/turn.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;

/** What one takeover needs. The report is made by a worker, since a sink is code of the user's. */
struct Takeover {
  Runnable runnable;
  Seat* seat;
  Pid pid;
  Atom name;
  uint64_t age_ns;
};

Process& process_of(Crossing& crossing) {
  return *reinterpret_cast<Process*>(reinterpret_cast<char*>(&crossing) - offsetof(Process, crossing));
}

void* reserve() {
  Takeover* const takeover = static_cast<Takeover*>(mem_alloc(sizeof(Takeover)));
  if (takeover == nullptr) return nullptr;
  *takeover = Takeover{};
  takeover->seat = new_seat();
  if (takeover->seat != nullptr) return takeover;
  mem_free(takeover);
  return nullptr;
}

void give_back(void* reserved) {
  Takeover* const takeover = static_cast<Takeover*>(reserved);
  free_seat(takeover->seat);
  mem_free(takeover);
}

bool take(Crossing& crossing, WorkerThread& thread, void* reserved, StuckTurn& turn) {
  Process& self = process_of(crossing);
  if (self.has(process_flag::DEAD)) return false;  // it was ended in a section before: its code is a zombie
  Takeover& takeover = *static_cast<Takeover*>(reserved);
  Seat* const seat = takeover.seat;
  takeover.seat = nullptr;
  takeover.pid = self.pid();
  takeover.name = name_of(self);
  takeover.age_ns = turn.age_ns;
  turn.subject = self.id();
  turn.limit_ns = self.stall_ms * NS_IN_MS;
  seat->process = &self;
  seat->id = self.id();
  seat->thread = &thread;
  self.seat = seat;
  self.flags |= process_flag::BLOCKING;
  // What is untaken is a worker's to handle, which leaves it BLOCKED or ends it.
  if (!leave(self, MailState::BLOCKED) && !RSP_PLANTED_BUG("takeover: what is untaken waits for nobody"))
    enqueue(self);
  return true;
}

void tell(Runnable* runnable, Worker*) {
  Takeover* const takeover = reinterpret_cast<Takeover*>(runnable);
  report(RSP_REPORT_WARNING, ATOM_STUCK_TURN,
         {{ATOM_PID, takeover->pid},
          {ATOM_REGISTERED_NAME, takeover->name},
          {ATOM_MILLISECONDS, TermBits::integer(static_cast<int64_t>(takeover->age_ns / NS_IN_MS))}});
  mem_free(takeover);
}

void done(void* reserved, const StuckTurn& turn) {
  Takeover* const takeover = static_cast<Takeover*>(reserved);
  if (!turn.first) {
    mem_free(takeover);
    return;
  }
  takeover->runnable.run = &tell;
  scheduler().inject(&takeover->runnable);
}

bool expire(uint64_t subject) {
  Envelope* const signal = envelope_new(EnvelopeKind::STALLED);
  if (signal == nullptr) return false;
  signal->from = subject;
  post(subject, signal);
  return true;
}

constexpr TurnHooks HOOKS{&reserve, &give_back, &take, &done, &expire};

}  // namespace

const TurnHooks& turn_hooks() { return HOOKS; }

}  // namespace rsp
