#include "core/otp/start_function.hpp"

#include "core/otp/callback_run.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct StartRun;
Next finish(Process& self, StartRun& run, Next next);

/** The state of a starter. */
struct StartRun {
  StartSpec* spec = nullptr;
  Starter starter{};
  rsp_start_return ret{};
  CallbackRun<StartRun, &finish> callback{*this};
};

Term failure(TermBits reason) { return error_outcome(reason); }

/** {ok, Pid} or {ok, Pid, Info}. */
Term started(const rsp_start_return& ret, const Term& info) {
  const Pid pid = std::bit_cast<Pid>(ret.pid);
  if (pid.node != 0 || pid.creation != 0) return failure(ATOM_BADARG);
  const TermBits child = pid.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(pid);
  Term outcome;
  const rsp_result built =
      info.is_nil() ? make_tuple(&outcome, {ATOM_OK, child}) : make_tuple(&outcome, {ATOM_OK, child, info});
  return built == RSP_OK ? std::move(outcome) : failure(ATOM_SYSTEM_LIMIT);
}

Term outcome_of(StartRun& run, const Term& reason, const Term& info) {
  switch (run.ret.action) {
    case RSP_START_OK:
      return started(run.ret, info);
    case RSP_START_IGNORE:
      return Term(ATOM_IGNORE);
    case RSP_START_ERROR:
    case RSP_START_BAD_RETURN:
      return failure(reason);
  }
  return failure(
      TermBits::integer(static_cast<int64_t>(run.ret.action)));  // a value outside the enumeration, from C
}

/** The function is over: the supervisor is told, and if it gets a process it says what next. */
Next finish(Process& self, StartRun& run, Next next) {
  const Term reason = take_public(run.ret.reason);
  const Term info = take_public(run.ret.info);
  Term outcome;
  if (next == Next::RAISE && has_exception(self)) {
    outcome = failure(reason_of(take_exception(self)));
  } else if (next == Next::CONTINUE) {
    outcome = outcome_of(run, reason, info);
  } else {
    outcome = failure(TermBits::integer(static_cast<int64_t>(next)));
  }
  init_ack(self, run.starter, outcome);
  return names_process(outcome) ? Next::CONTINUE : Next::STOP;
}

Next start(Process& self, void* state) {
  StartRun& run = *static_cast<StartRun*>(state);
  run.ret.size = sizeof run.ret;
  return run.callback.run(self, [&] {
    return from_public(
        run.spec->function(to_public(self), run.spec->ctx, to_public(TermBits(run.starter.args)), &run.ret));
  });
}

/** Of the supervisor: that it has the child. All others are ignored. */
Next message(Process& self, Envelope& envelope, void*) {
  if (envelope.kind != EnvelopeKind::SYSTEM || envelope.from != self.parent) return Next::CONTINUE;
  discharge_all(self);
  return Next::STOP;
}

void drop(void* state) {
  StartRun* const run = static_cast<StartRun*>(state);
  (void)take_public(run->ret.reason);  // of a function that was ended in the middle
  (void)take_public(run->ret.info);
  disown(run->spec);
  mem_delete(run);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  StartRun* const run = mem_new<StartRun>();
  if (run == nullptr) return nullptr;
  run->spec = share(&spec);
  run->starter = starter;
  return run;
}

const char* module(const StartSpec& spec) { return spec.function_name; }

/** Whether what a starter has named can be a child of `self` at all. */
bool can_be_child(const Process& self, TermBits term, Pid starter) {
  if (term.kind() != Kind::PID) return false;
  const Pid pid = term.as_pid();
  return pid.is_local() && pid.id != self.id() && pid.id != starter.id && !is_overseer(self, pid.id);
}

}  // namespace

const StartKind& start_function_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

rsp_result adopt_started(Process& self, StartWait& wait, uint64_t note) {
  const Term child = Term::share(wait.outcome().element(1));
  const auto fail = [&](TermBits reason) {
    wait.reject(self, reason);
    return RSP_EEXITED;
  };
  if (!can_be_child(self, child, wait.pid())) return fail(Term(wait.outcome()));
  if (link_note(self, child.as_pid()) != 0) return fail(already_started(child.as_pid()));
  const rsp_result linked = link_living(self, child.as_pid(), note);
  if (linked == RSP_ENOPROC) return fail(ATOM_NOPROC);
  if (linked != RSP_OK) return linked;
  Payload payload{Term(ATOM_OK), nullptr, nullptr};
  if (send(&self, wait.pid(), payload, EnvelopeKind::SYSTEM) != RSP_OK) return RSP_ENOMEM;
  wait.adopt(self, child.as_pid());
  return RSP_OK;
}

}  // namespace rsp
