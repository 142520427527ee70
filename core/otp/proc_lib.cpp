#include "core/otp/proc_lib.hpp"

#include "core/base/assert.hpp"
#include "core/otp/registry.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

constexpr uint64_t RETRY_MS = 10;

/** {Why, What} */
Term why(Atom tag, TermBits what) {
  Term reason;
  return or_atom(make_tuple(&reason, {TermBits(tag), what}), std::move(reason), tag);
}

/** The ancestors of a child of `self`: its name or pid, then its own. Of a starter's: as if its parent had started it.
 * *out may be those of another child, which do as long as `self` is called the same. */
rsp_result ancestors_below(const Process& self, Term* out) {
  const TermBits above = self.ancestors();
  if (self.has(process_flag::STARTER)) {
    *out = Term::share(above);
    return RSP_OK;
  }
  const Atom name = name_of(self);
  const TermBits parent = name.id != 0 ? TermBits(name) : TermBits(self.pid());
  if (!out->is_nil() && out->element(0).is_same(parent)) return RSP_OK;
  const size_t count = above.size();
  TermBits* const all = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  if (all == nullptr) {
    RSP_SOMETIMES("no memory for a start");
    return RSP_ENOMEM;
  }
  all[0] = parent;
  for (size_t i = 0; i < count; ++i) all[i + 1] = above.element(i);
  const rsp_result result = make_list(out, std::span<const TermBits>(all, count + 1));
  mem_free(all);
  return result;
}

/** Gives the process its key. False: *reason says why not. */
bool register_via(Process& self, const Via& via, Term* reason) {
  Pid holder;
  // A key of a registry whose keys are not unique would find nobody.
  rsp_result result = whereis_key(via.registry, via.key, &holder);
  if (result == RSP_OK) result = register_key(self, via.registry, via.key, Term(), &holder);
  switch (result) {
    case RSP_OK:
      return true;
    case RSP_ENAMETAKEN:
      *reason = already_started(holder);
      return false;
    case RSP_ENONAME:
      *reason = why(ATOM_NOPROC, via_term(via.registry, via.key));
      return false;
    case RSP_EINVAL:
      *reason = why(ATOM_BADARG, via_term(via.registry, via.key));
      return false;
    default:
      *reason = Term(ATOM_SYSTEM_LIMIT);
      return false;
  }
}

}  // namespace

rsp_result spawn_started(Process& self, StartSpec& spec, const Starter& starter, SpawnOptions options,
                         Term* ancestors, Spawned* out) {
  Term own;
  if (ancestors == nullptr) ancestors = &own;
  rsp_result result = ancestors_below(self, ancestors);
  if (result != RSP_OK) return result;
  void* const state = spec.kind->new_state(spec, starter);
  if (state == nullptr) return RSP_ENOMEM;
  options.ancestors = Term::share(*ancestors).release();
  options.lane = spec.lane;
  options.worker = spec.worker;
  options.stall_ms = spec.stall_ms;
  options.limits = spec.limits;
  const Behaviour& behaviour = *spec.kind->behaviour;
  result = spawn(&self, options, behaviour, state, out);
  if (result == RSP_OK) return result;
  drop_term(options.ancestors);
  behaviour.drop(state);
  return result;
}

rsp_result StartWait::begin(Process& self, StartSpec& spec, const StartOptions& options) {
  link_ = options.link;
  monitor_ = options.monitor;
  deadline_ns_ = options.deadline_ns;
  is_function_ = spec.function != nullptr;
  const Starter starter{LocalRef{next_number(), self.id()}, options.args.is_nil() ? spec.args : options.args,
                        options.via};
  Spawned spawned;
  SpawnOptions spawn_options;
  spawn_options.link = options.link;
  spawn_options.monitor = true;
  spawn_options.alias = AliasMode::DEMONITOR;
  spawn_options.monitor_number = starter.ref.number;
  spawn_options.link_note = options.link_note;
  spawn_options.charge = options.charge;
  spawn_options.starter = spec.function != nullptr;
  spawn_options.trap_exit = spawn_options.starter;  // as the supervisor does, for which it runs
  // What a thread starts is stopped in order with the runtime (docs/semantics.md, S-STOP), linked to it or
  // not: its own process is killed, and may be gone long before.
  spawn_options.rooted = self.process_class == ProcessClass::ATTACHED;
  const rsp_result result = spawn_started(self, spec, starter, spawn_options, options.ancestors, &spawned);
  if (result != RSP_OK) return result;
  pid_ = spawned.pid;
  ref_ = spawned.monitor;
  charge_ = spawned.charge;
  return RSP_OK;
}

bool StartWait::on_answer(Process& self, const Envelope* answer) {
  if (answer == nullptr) {
    if (state_ == State::STARTING) outcome_ = error_outcome(ATOM_TIMEOUT);
    abort(self);
    return false;
  }
  if (answer->kind != EnvelopeKind::DOWN) {
    if (state_ != State::STARTING)
      return false;  // it answered as it was being killed: its end is what counts
    outcome_ = Term::share(answer->term);
    if (is_function_ && has_named()) return true;
    if (is_ok()) {
      end_watch(self);
      return true;
    }
    state_ = State::DYING;
    deadline_ns_ = NEVER;
    return false;
  }
  if (state_ == State::STARTING) outcome_ = error_outcome(answer->term);
  finish_failed(self);
  return true;
}

void StartWait::abort(Process& self) {
  state_ = State::KILLED;
  // Without memory for the signal it is tried again: the child may be up by now, and would never end.
  const bool is_sent = exit_signal(&self, pid_, Term(ATOM_KILL)) == RSP_OK;
  deadline_ns_ = is_sent ? NEVER : deadline_in_ms(RETRY_MS);
  // Whoever gives a start up does not end with it, also who traps no exits.
  if (is_sent && link_) (void)unlink(self, pid_);
}

void StartWait::forsake(Process& self) {
  abandon_request(self, ref_);
  end_charge(self, charge_);
  finish_failed(self);
}

void StartWait::adopt(Process& self, Pid child) {
  RSP_ASSERT(has_named());
  info_ = outcome_.size() == 3 ? Term::share(outcome_.element(2)) : Term();
  outcome_ = Term(ATOM_OK);
  pid_ = child;
  end_watch(self);
}

void StartWait::reject(Process& self, TermBits reason) {
  outcome_ = error_outcome(reason);
  abort(self);
}

/** Nothing of the child's start comes any more. */
void StartWait::end_watch(Process& self) {
  if (monitor_) {
    unalias(self, ref_);
  } else {
    end_monitor(self, ref_);
  }
  // What a starter has started is its charge until its function is over.
  if (!self.has(process_flag::STARTER)) discharge(self, charge_);
}

/** The child is gone. The charge of a start function stays: it tells what that has left. */
void StartWait::finish_failed(Process& self) {
  if (link_) forget_link(self, pid_, nullptr);
  if (!is_function_) discharge(self, charge_);
}

rsp_result StartWait::code() const {
  if (is_ok()) return RSP_OK;
  if (is_ignore()) return RSP_EIGNORE;
  const Term why = error();
  if (why.is_tagged(ATOM_ALREADY_STARTED, 2)) return RSP_ENAMETAKEN;
  if (why.is(ATOM_TIMEOUT)) return RSP_ETIMEDOUT;
  if (why.is_tagged(ATOM_LIBRARY, 4)) return RSP_ELIBRARY;
  return RSP_EEXITED;
}

Term StartWait::error() const {
  return outcome_.is_tagged(ATOM_ERROR, 2) ? Term::share(outcome_.element(1)) : Term(outcome_);
}

void init_ack(Process& self, const Starter& starter, TermBits outcome) {
  if (starter.ref.number == 0) return;
  Payload payload{Term::share(outcome), nullptr, nullptr};
  // Without memory for the answer the starter learns of the outcome when this process ends: better an end
  // than a hang.
  if (send_alias(&self, starter.ref, payload) != RSP_OK) condemn(self, Term(ATOM_SYSTEM_LIMIT));
}

Term already_started(Pid holder) { return why(ATOM_ALREADY_STARTED, holder); }

Term error_outcome(TermBits reason) {
  Term outcome;
  return or_atom(make_tuple(&outcome, {TermBits(ATOM_ERROR), reason}), std::move(outcome), ATOM_SYSTEM_LIMIT);
}

bool register_started(Process& self, Atom name, const Starter& starter) {
  Pid holder;
  Term reason;
  if (name.id != 0 && register_name(name, self.pid(), &holder) != RSP_OK) {
    reason = already_started(holder);
  } else if (starter.via.registry.id == 0 || register_via(self, starter.via, &reason)) {
    return true;
  }
  init_ack(self, starter, error_outcome(reason));
  return false;
}

Next end_for(Process& self, Term reason) { return raise(self, ExceptionClass::EXIT, std::move(reason)); }

}  // namespace rsp
