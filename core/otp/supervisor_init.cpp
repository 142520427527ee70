#include "core/otp/supervisor_init.hpp"

#include "core/otp/proc_lib.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct InitRun {
  StartSpec* spec;
  Term args;
  LocalRef to;
};

void drop_outcome(void* payload) {
  InitOutcome* const outcome = static_cast<InitOutcome*>(payload);
  outcome->children.clear();
  mem_delete(outcome);
}

const NativeOps& outcome_ops() {
  static const NativeOps ops{sizeof(NativeOps), &drop_outcome, nullptr};
  return ops;
}

/** {bad_return, {Module, init, V}} */
Term bad_return(const StartSpec& spec, TermBits value) {
  Term where;
  Term reason;
  rsp_result result = make_tuple(&where, {module_of(spec), TermBits(ATOM_INIT), value});
  if (result == RSP_OK) result = reason_tagged(&reason, ATOM_BAD_RETURN, where);
  return or_atom(result, std::move(reason), ATOM_BAD_RETURN);
}

/** What init filled in is the runtime's. Of children that cannot be read nobody can tell what they hold. */
void drop_filled_in(const rsp_supervisor_init& init) {
  const ChildSpecs children(init.children, init.children == nullptr ? 0 : init.child_count);
  if (is_readable_throughout(children)) drop_contexts(children);
  if (from_public(init.bad_value).is_well_formed()) drop_term(from_public(init.bad_value));
}

/** Copies what init filled in. Every ctx in it is the runtime's from here on, whatever comes of it; of
 * children that cannot be read nobody can tell what they hold. */
void read(const StartSpec& spec, rsp_supervisor_init& init, InitOutcome& outcome) {
  const ChildSpecs children(init.children, init.children == nullptr ? 0 : init.child_count);
  const bool readable = is_readable_throughout(children);
  if (init.ignore) {
    outcome.ignore = true;
  } else if (init.bad_return) {
    const TermBits value = from_public(init.bad_value);
    outcome.failed = true;
    outcome.error = bad_return(spec, value.is_well_formed() ? value : TermBits::nil());
  } else {
    outcome.opts = init.opts;
    rsp_result result = readable && is_readable_inside(init.opts) ? RSP_OK : RSP_EINVAL;
    if (init.children == nullptr && init.child_count != 0) result = RSP_EINVAL;
    if (result == RSP_OK) result = check_options(init.opts, &outcome.error);
    if (result == RSP_OK) result = make_children(&outcome.children, &outcome.error, children, init.opts);
    if (result == RSP_OK) {
      outcome.extra_arguments = Term::share(from_public(init.opts.extra_arguments));
      return;
    }
    outcome.failed = true;
    if (outcome.error.is_nil()) outcome.error = Term(result == RSP_ENOMEM ? ATOM_SYSTEM_LIMIT : ATOM_BADARG);
  }
  drop_filled_in(init);
}

/** The outcome goes to the supervisor. */
Next tell(Process& self, const InitRun& run, InitOutcome* outcome) {
  Payload payload;
  payload.native = outcome;
  payload.ops = &outcome_ops();
  if (send_alias(&self, run.to, payload) == RSP_OK) return Next::STOP;
  drop_outcome(outcome);
  return end_for(self, Term(ATOM_SYSTEM_LIMIT));
}

Next run(Process& self, void* state) {
  const InitRun& run = *static_cast<InitRun*>(state);
  const SupervisorSpec& spec = *run.spec->supervisor;
  rsp_supervisor_init init{};
  init.size = sizeof init;
  init.opts = RSP_SUPERVISOR_OPTS_INIT;
  // First, so that what init fills in always has somewhere to go.
  InitOutcome* const outcome = mem_new<InitOutcome>();
  if (outcome == nullptr) return end_for(self, Term(ATOM_SYSTEM_LIMIT));
  const Next next = guarded(self, [&] {
    return from_public(spec.init(to_public(self), run.spec->ctx, to_public(TermBits(run.args)), &init));
  });
  if (next == Next::RAISE) {
    if (!has_exception(self)) {
      drop_outcome(outcome);
      return next;
    }
    // The supervisor reports it.
    const Exception exception = take_exception(self);
    outcome->failed = true;
    outcome->error = reason_of(exception);
    outcome->exception_class = exception.exception_class;
    return tell(self, run, outcome);
  }
  if (next == Next::CONTINUE) {
    read(*run.spec, init, *outcome);
  } else {
    outcome->failed = true;
    outcome->error = bad_return(*run.spec, TermBits::integer(static_cast<int64_t>(next)));
    drop_filled_in(init);
  }
  if (spec.init_done != nullptr) {
    const UserCode inside(self);
    spec.init_done(run.spec->ctx, &init);
  }
  return tell(self, run, outcome);
}

Next ignore_message(Process&, Envelope&, void*) { return Next::CONTINUE; }

void drop_run(void* state) {
  InitRun* const run = static_cast<InitRun*>(state);
  disown(run->spec);
  mem_delete(run);
}

}  // namespace

rsp_result start_init(Process& self, StartSpec& spec, const Term& args, InitProcess* out) {
  static const Behaviour behaviour{&run, &ignore_message, &drop_run};
  InitRun* const state = mem_new<InitRun>();
  if (state == nullptr) return RSP_ENOMEM;
  *state = InitRun{share(&spec), args, LocalRef{next_number(), self.id()}};
  SpawnOptions options;
  options.link = true;
  options.monitor = true;
  options.alias = AliasMode::REPLY;
  options.monitor_number = state->to.number;
  options.lane = spec.init_lane;
  Spawned spawned;
  const rsp_result result = spawn(&self, options, behaviour, state, &spawned);
  if (result != RSP_OK) {
    drop_run(state);
    return result;
  }
  *out = InitProcess{spawned.pid, spawned.monitor};
  return RSP_OK;
}

InitOutcome take_init_outcome(Process& self, Envelope& answer) {
  const Pid from{answer.from, 0, 0};
  forget_link(self, from, nullptr);
  InitOutcome outcome;
  if (answer.kind == EnvelopeKind::DOWN) {
    outcome.failed = true;
    outcome.error = Term::share(answer.term);
    return outcome;
  }
  if (!answer.has(envelope_flag::NATIVE) || answer.native != &outcome_ops()) {
    // References can be guessed: this is from somebody else, and the alias is off now.
    outcome.failed = true;
    outcome.error = Term(ATOM_BADARG);
    return outcome;
  }
  InitOutcome* const sent = reinterpret_cast<InitOutcome*>(answer.term.data());
  answer.flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
  answer.term = TermBits::nil();
  outcome = std::move(*sent);
  mem_delete(sent);
  return outcome;
}

}  // namespace rsp
