#include "core/otp/await_start.hpp"

#include "core/otp/client.hpp"
#include "core/term/compare.hpp"

namespace rsp {
namespace {

struct Outcome {
  rsp_result result = RSP_OK;
  Pid pid{};
  LocalRef monitor{};
  Term error{};
};

/** One wait, from its begin to its end. */
struct Pending {
  OutcomeTarget target{};
  uint64_t resource = 0;
  StartWait wait;         // of a start
  bool monitors = false;  // the same
  LocalRef down{};        // of a stop
  Term reason;            // the same
  Outcome known;          // of what could not be begun
};

void drop_pending(void* pending) { mem_delete(static_cast<Pending*>(pending)); }

/** nullptr: memory is short. */
Pending* keep(Process& self, OutcomeTarget target) {
  Pending* const pending = mem_new<Pending>();
  if (pending == nullptr) return nullptr;
  pending->target = target;
  if (add_resource(self, &drop_pending, pending, &pending->resource) == RSP_OK) return pending;
  mem_delete(pending);
  return nullptr;
}

void let_go(Process& self, Pending* pending) {
  if (remove_resource(self, pending->resource)) mem_delete(pending);
}

Next out_of_memory(Process& self) { return raise(self, ExceptionClass::EXIT, Term(ATOM_SYSTEM_LIMIT)); }

/** A wait that has failed, or has not begun. */
Next give_up(Process& self, Pending* pending, Next next) {
  let_go(self, pending);
  return next;
}

/** The wait is over: the code of the process goes on. */
Next finish(Process& self, Pending* pending, const Outcome& outcome) {
  const OutcomeTarget target = pending->target;
  let_go(self, pending);
  rsp_outcome seen{};
  seen.size = sizeof seen;
  seen.result = outcome.result;
  seen.pid = std::bit_cast<rsp_pid>(outcome.pid);
  if (outcome.monitor.number != 0) seen.monitor = std::bit_cast<rsp_ref>(Ref::local(outcome.monitor, 0));
  seen.error = to_public(TermBits(outcome.error));
  const UserCode inside(self);
  return from_public(target.continuation(to_public(self), &seen, target.context));
}

Next on_known(Process& self, Envelope*, void* context) {
  Pending* const pending = static_cast<Pending*>(context);
  const Outcome known = std::move(pending->known);
  return finish(self, pending, known);
}

Next on_started(Process& self, Envelope* answer, void* context);

Next wait_for_start(Process& self, Pending* pending) {
  const StartWait& wait = pending->wait;
  const Next next = await(self, wait.ref(), wait.deadline_ns(), &on_started, pending);
  if (next == Next::AWAIT) return next;
  pending->wait.forsake(self);
  return give_up(self, pending, next);
}

Next on_started(Process& self, Envelope* answer, void* context) {
  Pending* const pending = static_cast<Pending*>(context);
  StartWait& wait = pending->wait;
  if (!wait.on_answer(self, answer)) return wait_for_start(self, pending);
  Outcome outcome;
  outcome.result = wait.code();
  if (outcome.result == RSP_OK) {
    outcome.pid = wait.pid();
    if (pending->monitors) outcome.monitor = wait.monitor();
  } else if (outcome.result != RSP_EIGNORE) {
    outcome.error = wait.error();
  }
  return finish(self, pending, outcome);
}

Next on_stopped(Process& self, Envelope* answer, void* context) {
  Pending* const pending = static_cast<Pending*>(context);
  Outcome outcome;
  if (answer == nullptr) {
    end_monitor(self, pending->down);
    outcome.result = RSP_ETIMEDOUT;
  } else if (!equal(answer->term, pending->reason)) {
    outcome.result = RSP_EEXITED;
    outcome.error = Term::share(answer->term);
  }
  return finish(self, pending, outcome);
}

}  // namespace

Next await_start(Process& self, StartSpec* spec, const AwaitStart& options, OutcomeTarget target,
                 rsp_result* begun) {
  Pending* const pending = keep(self, target);
  StartOptions start;
  start.link = options.link;
  start.monitor = options.monitor;
  start.charge = true;
  start.deadline_ns = deadline_in_ms(options.timeout_ms);
  start.via = options.via;
  *begun = pending == nullptr ? RSP_ENOMEM : pending->wait.begin(self, *spec, start);
  if (*begun == RSP_OK) {
    pending->monitors = options.monitor;
    return wait_for_start(self, pending);
  }
  if (pending != nullptr) let_go(self, pending);
  return Next::RAISE;
}

Next await_known(Process& self, rsp_result result, Term error, OutcomeTarget target) {
  Pending* const pending = keep(self, target);
  if (pending == nullptr) return out_of_memory(self);
  pending->known.result = result;
  pending->known.error = std::move(error);
  return await_nothing(self, &on_known, pending);
}

Next await_stop(Process& self, Pid pid, Term reason, uint64_t timeout_ms, OutcomeTarget target) {
  if (pid.id == self.id()) return await_known(self, RSP_ECALLINGSELF, Term(), target);
  Pending* const pending = keep(self, target);
  if (pending == nullptr) return out_of_memory(self);
  pending->reason = std::move(reason);
  if (ask_to_stop(self, pid, pending->reason, &pending->down) != RSP_OK)
    return give_up(self, pending, out_of_memory(self));
  const Next next = await(self, pending->down.number, deadline_in_ms(timeout_ms), &on_stopped, pending);
  if (next == Next::AWAIT) return next;
  end_monitor(self, pending->down);
  return give_up(self, pending, next);
}

}  // namespace rsp
