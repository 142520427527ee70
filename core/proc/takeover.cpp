#include "core/proc/takeover.hpp"

#include <span>
#include <string_view>

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/stack_trace.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/report.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/turn.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr size_t MOST_OF_FRAME = 256;  // bytes of text

/** What one takeover needs. The report is made by a worker, since a sink is code of the user's. */
struct Takeover {
  Runnable runnable;
  Seat* seat;
  Pid pid;
  Atom name;
  uint64_t age_ns;
  env::StackTrace stack;
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
  if (takeover->seat != nullptr) free_seat(takeover->seat);
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
  turn.subject = self.id();
  turn.limit_ns = self.stall_ms * NS_IN_MS;
  turn.unwinds = self.has(process_flag::CONDEMNED);
  seat->process = &self;
  seat->id = self.id();
  seat->thread = &thread;
  self.seat = seat;
  self.flags |= process_flag::BLOCKING;
  const bool is_overdue = turn.unwinds && turn.overdue == self.id();
  if (turn.unwinds && !is_overdue) {
    RSP_SOMETIMES("a turn that unwinds is taken");
    self.flags |= process_flag::UNWINDING;
  }
  // What is untaken is a worker's to handle, which leaves it BLOCKED or ends it; so is an end that is due.
  if (is_overdue ||
      (!leave(self, MailState::BLOCKED) && !RSP_PLANTED_BUG("takeover: what is untaken waits for nobody"))) {
    enqueue(self);
  }
  return true;
}

/** A list of texts, innermost first; empty where there is no memory. */
Term describe(const env::StackTrace& stack) {
  Term frames[env::StackTrace::CAPACITY];
  TermBits bits[env::StackTrace::CAPACITY];
  uint32_t count = 0;
  for (uint32_t i = 0; i < stack.depth; ++i) {
    char text[MOST_OF_FRAME];
    const size_t length = env::describe_address(stack.frames[i], text, sizeof text);
    if (make_text(&frames[count], std::string_view(text, length)) != RSP_OK) continue;
    bits[count] = frames[count];
    ++count;
  }
  Term list;
  const rsp_result made = make_list(&list, std::span<const TermBits>(bits, count));
  return made == RSP_OK ? list : Term::empty(Kind::LIST);
}

void make_report(Runnable* runnable, Worker*) {
  Takeover* const takeover = reinterpret_cast<Takeover*>(runnable);
  const env::StackTrace& stack = takeover->stack;
  const Term described = is_reported(RSP_REPORT_WARNING) ? describe(stack) : Term();
  report(RSP_REPORT_WARNING, ATOM_STUCK_TURN,
         {{ATOM_PID, takeover->pid},
          {ATOM_REGISTERED_NAME, takeover->name},
          {ATOM_MILLISECONDS, TermBits::integer(static_cast<int64_t>(takeover->age_ns / NS_IN_MS))},
          {ATOM_NATIVE_STACK, described},
          {ATOM_SYSTEM_CALL,
           stack.system_call < 0 ? TermBits(ATOM_UNDEFINED) : TermBits::integer(stack.system_call)}});
  mem_free(takeover);
}

void tell(void* reserved, const StuckTurn& turn) {
  Takeover* const takeover = static_cast<Takeover*>(reserved);
  takeover->age_ns = turn.age_ns;
  takeover->stack = turn.stack;
  takeover->runnable.run = &make_report;
  scheduler().inject(&takeover->runnable);
}

bool expire(uint64_t subject) {
  Envelope* const signal = envelope_new(EnvelopeKind::STALLED);
  if (signal == nullptr) return false;
  signal->from = subject;
  post(subject, signal);
  return true;
}

constexpr TurnHooks HOOKS{&reserve, &give_back, &take, &tell, &expire};

}  // namespace

const TurnHooks& turn_hooks() { return HOOKS; }

}  // namespace rsp
