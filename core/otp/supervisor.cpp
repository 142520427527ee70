#include "core/otp/supervisor.hpp"

#include "core/otp/partition_supervisor.hpp"
#include "core/otp/server_report.hpp"
#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/otp/sys.hpp"
#include "core/term/reason.hpp"

namespace rsp {

Next out_of_memory(Process& self) { return end_for(self, Term(ATOM_SYSTEM_LIMIT)); }

bool is_parent_exit(const Process& self, const Envelope* answer) {
  return answer != nullptr && answer->kind == EnvelopeKind::EXIT && is_overseer(self, answer->from);
}

void answer_request(Process& self, Supervisor& sup, LocalRef to, Term answer) {
  Payload payload{std::move(answer), nullptr, nullptr};
  if (sup.traced) [[unlikely]]
    trace_reply(self, to.owner, payload);
  // The envelope of the call brings the answer, so memory for it is there. To who has made a reference up it may fail.
  (void)(sup.lent != nullptr ? reply_with_loan(self, *sup.lent, to, payload) : reply(&self, to, payload));
}

void settle_ended(Supervisor& sup, Child* child) {
  child->pid = Pid{};
  child->restarting = false;
  if (child->backoff != nullptr) child->backoff->down(env::now_ns());
  if (is_dynamic(sup)) return forget_dynamic(sup, child);
  if (child->restart != RSP_RESTART_TEMPORARY) return;
  sup.children.remove(child);
  free_child(child);
}

namespace {

/**
 * The child whose end this is: its link carries a note of it from the start. The EXIT that has none comes of
 * a link that the child made anew, or was sent by a child that lives: that, too, counts as its end, and its
 * true end then as nobody's.
 */
Child* ended_child(Process& self, const Supervisor& sup, const Envelope& exit) {
  if (Child* const child = reinterpret_cast<Child*>(exit.aux))
    return child->pid.id == exit.from ? child : nullptr;
  Child* const child = sup.children.find_running(exit.from);
  if (child != nullptr) clear_link_note(self, child->pid);
  return child;
}

/** Its own init has failed. */
Next fail_init(Process& self, Supervisor& sup, InitOutcome& outcome) {
  if (!is_expected(outcome.error)) report_crash(self, *sup.spec, outcome.error, outcome.exception_class);
  init_ack(self, sup.starter, error_outcome(outcome.error));
  return end_for(self, std::move(outcome.error));
}

Next use_children(Process& self, Supervisor& sup) {
  if (!sup.window.open(static_cast<uint64_t>(sup.opts.max_restarts),
                       deadline_after_ms(0, static_cast<uint64_t>(sup.opts.period_ms)))) {
    return out_of_memory(self);
  }
  if (is_simple(sup)) sup.pattern = sup.children.pop();
  sup.current = sup.children.first;
  return start_next(self, sup);
}

Next on_init(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  if (is_parent_exit(self, answer)) {
    sup.aborting = true;
    sup.stop_reason = Term::share(answer->term);
    // The link alone would not end it where the parent's reason is `normal`.
    if (exit_signal(&self, sup.init.pid, Term(ATOM_KILL)) != RSP_OK) return out_of_memory(self);
    return await(self, sup.init.ref.number, NEVER, &on_init, &sup);
  }
  InitOutcome outcome = take_init_outcome(self, *answer);
  if (sup.aborting) {
    outcome.children.clear();
    return finish_stop(self, sup);
  }
  if (outcome.ignore) {
    init_ack(self, sup.starter, ATOM_IGNORE);
    return end_for(self, Term(ATOM_NORMAL));
  }
  if (outcome.failed) return fail_init(self, sup, outcome);
  sup.opts = outcome.opts;
  sup.opts.extra_arguments = rsp_term{};  // that was lent
  sup.children = outcome.children;
  outcome.children = ChildList{};
  sup.extra_arguments = std::move(outcome.extra_arguments);
  return use_children(self, sup);
}

Next start(Process& self, void* state) {
  Supervisor& sup = *static_cast<Supervisor*>(state);
  self.flags |= process_flag::TRAP_EXIT;
  if (!register_started(self, sup.spec->name, sup.starter)) return Next::STOP;
  const SupervisorSpec& spec = *sup.spec->supervisor;
  if (spec.init != nullptr) {
    if (start_init(self, *sup.spec, sup.starter.args, &sup.init) != RSP_OK) return out_of_memory(self);
    return await(self, sup.init.ref.number, NEVER, &on_init, &sup, overseer(self));
  }
  sup.opts = spec.opts;
  sup.extra_arguments = spec.extra_arguments;
  if (copy_children(&sup.children, spec.children) != RSP_OK) return out_of_memory(self);
  if (spec.partitions != 0) {
    Pid holder;
    const rsp_result result = open_partitions(self, sup.spec->name, spec, &sup.children, &holder);
    if (result == RSP_ENAMETAKEN) {
      // Of one that lost its name, or of a registry.
      init_ack(self, sup.starter, error_outcome(already_started(holder)));
      return Next::STOP;
    }
    if (result != RSP_OK) return out_of_memory(self);
  }
  return use_children(self, sup);
}

Next message(Process& self, Envelope& envelope, void* state) {
  Supervisor& sup = *static_cast<Supervisor*>(state);
  if (sup.activity == Activity::STOPPING) return stop_all_message(self, sup, envelope);
  if (is_system_message(envelope)) [[unlikely]] {
    const Term module = module_of(*sup.spec);
    answer_system(self, envelope, {"supervisor", module, &sup.traced, &state_for_system, &sup});
    return Next::CONTINUE;
  }
  if (sup.traced && envelope.kind != EnvelopeKind::SYSTEM) [[unlikely]]
    trace_message(self, envelope);
  switch (envelope.kind) {
    case EnvelopeKind::EXIT: {
      if (is_overseer(self, envelope.from))
        return begin_stop(self, sup, sup.children.last, Term::share(envelope.term));
      Child* const child = ended_child(self, sup, envelope);
      return child == nullptr ? Next::CONTINUE : child_ended(self, sup, child, envelope);
    }
    case EnvelopeKind::CALL:
      return serve(self, sup, envelope);
    case EnvelopeKind::SYSTEM:
      if (envelope.term.is_tagged(ATOM_TERMINATE, 2)) {
        return begin_stop(self, sup, sup.children.last, Term::share(envelope.term.element(1)));
      }
      if (envelope.term.is_tagged(ATOM_RESTART, 2)) return retry(self, sup, envelope.term.element(1));
      if (envelope.term.is_tagged(ATOM_BACKOFF, 3)) return after_delay(self, sup, envelope.term);
      return Next::CONTINUE;
    default:
      report_unexpected(self, envelope);
      return Next::CONTINUE;
  }
}

void drop(void* state) {
  Supervisor* const sup = static_cast<Supervisor*>(state);
  sup->children.clear();
  sup->waiting.clear();
  sup->delayed.clear();
  if (sup->pattern != nullptr) free_child(sup->pattern);
  disown(sup->spec);
  mem_delete(sup);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  Supervisor* const sup = mem_new<Supervisor>();
  if (sup == nullptr) return nullptr;
  sup->spec = share(&spec);
  sup->starter = starter;
  return sup;
}

const char* module(const StartSpec& spec) {
  return spec.supervisor->module != nullptr ? spec.supervisor->module : "supervisor";
}

}  // namespace

const StartKind& supervisor_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

const NativeOps& child_request_ops() {
  static const NativeOps ops{sizeof(NativeOps), [](void* child) { free_child(static_cast<Child*>(child)); },
                             nullptr};
  return ops;
}

}  // namespace rsp
