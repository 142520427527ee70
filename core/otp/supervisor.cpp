#include "core/otp/supervisor.hpp"

#include "core/otp/restart_window.hpp"
#include "core/otp/supervisor_init.hpp"
#include "core/otp/supervisor_report.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

enum class Activity : uint8_t { INIT, STARTING, IDLE, RESTART, ADD, STOPPING };

struct Supervisor {
  StartSpec* spec = nullptr;
  Starter starter{};
  Activity activity = Activity::INIT;
  ChildList children;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  RestartWindow window;
  Child* current = nullptr;  // being started, or being stopped
  StartWait wait;            // of the child being started
  bool aborting = false;     // the start of `current` is given up, and then the supervisor ends
  Term stop_reason;
  LocalRef request{};   // of the start_child being served
  LocalRef stopping{};  // monitor of the child being stopped
};

Next start_next(Process& self, Supervisor& sup);
Next after_start(Process& self, Supervisor& sup);
Next begin_stop(Process& self, Supervisor& sup, Child* from, Term reason);
Next stop_next(Process& self, Supervisor& sup);
Next on_started(Process& self, Envelope* answer, void* context);
Next on_stopped(Process& self, Envelope* answer, void* context);

/** No memory for an activity: the supervisor ends; its links end the children. */
Next out_of_memory(Process& self) { return end_for(self, Term(ATOM_SYSTEM_LIMIT)); }

bool is_parent_exit(const Process& self, const Envelope* answer) {
  return answer != nullptr && answer->kind == EnvelopeKind::EXIT && is_overseer(self, answer->from);
}

void answer_request(Process& self, LocalRef to, Term answer) {
  Payload payload{std::move(answer), nullptr, nullptr};
  // Without memory for the answer the caller's timeout or this process's end tells it.
  (void)reply(&self, to, payload);
}

/** The child has no process; what that means for its specification. */
void settle_ended(Supervisor& sup, Child* child) {
  child->pid = Pid{};
  child->restarting = false;
  if (child->restart != RSP_RESTART_TEMPORARY) return;
  sup.children.remove(child);
  free_child(child);
}

// ---- Starting ----

Next start_child(Process& self, Supervisor& sup, Child* child, Activity activity) {
  sup.activity = activity;
  sup.current = child;
  sup.wait = StartWait();
  StartOptions options;
  options.link = true;
  options.link_note = reinterpret_cast<uint64_t>(child);
  const rsp_result result = sup.wait.begin(self, *child->start, options);
  if (result == RSP_ENOMEM) return out_of_memory(self);
  if (result == RSP_ELIMIT || result == RSP_EINVAL) {
    // As any start that fails: a restart is tried again, and each attempt counts.
    sup.wait.refuse(result == RSP_ELIMIT ? ATOM_SYSTEM_LIMIT : ATOM_INVALID_WORKER);
    return after_start(self, sup);
  }
  if (result != RSP_OK)
    return begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN));  // the runtime is stopping
  return await(self, sup.wait.ref(), NEVER, &on_started, &sup, overseer(self));
}

void child_is_up(Supervisor& sup) {
  sup.current->pid = sup.wait.pid();
  sup.current->restarting = false;
}

Next start_failed(Process& self, Supervisor& sup) {
  const Term error = sup.wait.error();
  report_child(self, ATOM_START_ERROR, error, *sup.current);
  Term detail;
  Term reason;
  rsp_result result = make_tuple(&detail, {TermBits(ATOM_FAILED_TO_START_CHILD), sup.current->id, error});
  if (result == RSP_OK) result = reason_shutdown(&reason, detail);
  return begin_stop(self, sup, sup.current->previous, or_atom(result, std::move(reason), ATOM_SHUTDOWN));
}

Next on_first_start(Process& self, Supervisor& sup) {
  Child* const child = sup.current;
  if (!sup.wait.is_ok() && !sup.wait.is_ignore()) return start_failed(self, sup);
  Child* const next = child->next;
  if (sup.wait.is_ok()) {
    child_is_up(sup);
  } else {
    settle_ended(sup, child);
  }
  sup.current = next;
  return start_next(self, sup);
}

/** Retries are messages to itself, so that requests that are queued are served in between. */
Next restart_failed(Process& self, Supervisor& sup) {
  report_child(self, ATOM_START_ERROR, sup.wait.error(), *sup.current);
  if (sup.current->restarting) RSP_SOMETIMES("a restart failed twice");
  sup.current->restarting = true;
  Payload payload;
  if (make_tuple(&payload.term, {TermBits(ATOM_RESTART), sup.current->id}) != RSP_OK)
    return out_of_memory(self);
  if (send(&self, self.pid(), payload, EnvelopeKind::SYSTEM) != RSP_OK) return out_of_memory(self);
  return Next::CONTINUE;
}

Next on_restarted(Process& self, Supervisor& sup) {
  sup.activity = Activity::IDLE;
  if (sup.wait.is_ok()) {
    child_is_up(sup);
  } else if (sup.wait.is_ignore()) {
    settle_ended(sup, sup.current);
  } else {
    return restart_failed(self, sup);
  }
  return Next::CONTINUE;
}

Next on_added(Process& self, Supervisor& sup) {
  sup.activity = Activity::IDLE;
  Child* const child = sup.current;
  Term answer;
  rsp_result result;
  if (sup.wait.is_ok()) {
    child_is_up(sup);
    result = make_tuple(&answer, {TermBits(ATOM_OK), TermBits(child->pid)});
  } else if (sup.wait.is_ignore()) {
    settle_ended(sup, child);
    result = make_tuple(&answer, {TermBits(ATOM_OK), TermBits(ATOM_UNDEFINED)});
  } else {
    result = make_tuple(&answer, {TermBits(ATOM_ERROR), sup.wait.error()});
    sup.children.remove(child);
    free_child(child);
  }
  answer_request(self, sup.request, or_atom(result, std::move(answer), ATOM_SYSTEM_LIMIT));
  return Next::CONTINUE;
}

/** The start of `current` is over, one way or another. */
Next after_start(Process& self, Supervisor& sup) {
  switch (sup.activity) {
    case Activity::STARTING:
      return on_first_start(self, sup);
    case Activity::RESTART:
      return on_restarted(self, sup);
    case Activity::ADD:
      return on_added(self, sup);
    default:
      RSP_UNREACHABLE("no child is being started");
  }
}

Next on_started(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  if (is_parent_exit(self, answer)) {
    sup.aborting = true;
    sup.stop_reason = Term::share(answer->term);
    sup.wait.abort(self);
    return await(self, sup.wait.ref(), NEVER, &on_started, &sup);
  }
  if (!sup.wait.on_answer(self, answer)) {
    return await(self, sup.wait.ref(), NEVER, &on_started, &sup, sup.aborting ? 0 : overseer(self));
  }
  if (sup.aborting) {
    sup.current->pid = Pid{};
    return begin_stop(self, sup, sup.children.last, std::move(sup.stop_reason));
  }
  return after_start(self, sup);
}

Next start_next(Process& self, Supervisor& sup) {
  if (sup.current != nullptr) return start_child(self, sup, sup.current, Activity::STARTING);
  sup.activity = Activity::IDLE;
  init_ack(self, sup.starter, ATOM_OK);
  sup.starter = Starter{};
  return Next::CONTINUE;
}

// ---- Stopping ----

Next finish_stop(Process& self, Supervisor& sup) {
  // The starter, if it still waits, learns the reason as {error, Reason}.
  init_ack(self, sup.starter, error_outcome(sup.stop_reason));
  return end_for(self, std::move(sup.stop_reason));
}

Next begin_stop(Process& self, Supervisor& sup, Child* from, Term reason) {
  sup.activity = Activity::STOPPING;
  sup.stop_reason = std::move(reason);
  sup.current = from;
  return stop_next(self, sup);
}

uint64_t shutdown_deadline(const Child& child) {
  return child.shutdown == RSP_SHUTDOWN_TIMEOUT ? deadline_in_ms(child.shutdown_ms) : NEVER;
}

/** Monitors the child while the link stays, then tells it to end (docs/semantics.md, S-SUP: stopping). */
Next stop_next(Process& self, Supervisor& sup) {
  while (sup.current != nullptr && sup.current->pid.is_none()) sup.current = sup.current->previous;
  if (sup.current == nullptr) return finish_stop(self, sup);
  const Child& child = *sup.current;
  const bool brutal = child.shutdown == RSP_SHUTDOWN_BRUTAL_KILL;
  if (monitor(self, child.pid, MonitorOptions{}, &sup.stopping) != RSP_OK) return out_of_memory(self);
  if (exit_signal(&self, child.pid, Term(brutal ? ATOM_KILL : ATOM_SHUTDOWN)) != RSP_OK)
    return out_of_memory(self);
  return await(self, sup.stopping.number, shutdown_deadline(child), &on_stopped, &sup);
}

bool is_expected_end(const Child& child, TermBits reason) {
  const bool permanent = child.restart == RSP_RESTART_PERMANENT;
  if (child.shutdown == RSP_SHUTDOWN_BRUTAL_KILL)
    return reason.is(ATOM_KILLED) || (!permanent && is_expected(reason));
  return reason.is(ATOM_SHUTDOWN) || (!permanent && is_expected(reason));
}

/** Empties the inbox of a supervisor that stops: which children have ended by themselves, and why. Looking for
 * each child's EXIT in its turn would take the square of their number where all have died. */
void note_ends(Process& self, Supervisor& sup) {
  while (Envelope* const message = pop_message(self)) {
    if (message->kind == EnvelopeKind::EXIT) {
      Child* child = reinterpret_cast<Child*>(message->aux);
      if (child == nullptr) child = sup.children.find_running(message->from);
      if (child != nullptr && child->pid.id == message->from && !child->has_ended) {
        child->has_ended = true;
        child->end_reason = Term::share(message->term);
      }
    }
    retire(self, message);
  }
}

Next on_stopped(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  Child& child = *sup.current;
  note_ends(self, sup);
  if (answer == nullptr) {
    if (exit_signal(&self, child.pid, Term(ATOM_KILL)) != RSP_OK) return out_of_memory(self);
    return await(self, sup.stopping.number, NEVER, &on_stopped, &sup);
  }
  if (answer->term.is(ATOM_NOPROC) && !child.has_ended && is_linked(self, child.pid)) {
    // The child was dead when it was monitored. Its EXIT, which has the real reason, is still under way.
    return await(self, sup.stopping.number, NEVER, &on_stopped, &sup, child.pid.id);
  }
  // The child may have ended by itself just before: its EXIT has the real reason, where the monitor says
  // noproc.
  Term reason = child.has_ended ? std::move(child.end_reason) : Term::share(answer->term);
  forget_link(self, child.pid, &reason);
  if (!is_expected_end(child, reason)) report_child(self, ATOM_SHUTDOWN_ERROR, reason, child);
  child.pid = Pid{};
  sup.current = child.previous;
  return stop_next(self, sup);
}

// ---- A child ended by itself ----

Next restart(Process& self, Supervisor& sup, Child* child) {
  if (!sup.window.add(env::now_ns())) {
    report_child(self, ATOM_SHUTDOWN, ATOM_REACHED_MAX_RESTART_INTENSITY, *child);
    child->pid = Pid{};
    return begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN));
  }
  child->pid = Pid{};
  return start_child(self, sup, child, Activity::RESTART);
}

Next child_ended(Process& self, Supervisor& sup, Child* child, TermBits reason) {
  const bool restarts = child->restart == RSP_RESTART_PERMANENT ||
                        (child->restart == RSP_RESTART_TRANSIENT && !is_expected(reason));
  const bool told = restarts || (child->restart == RSP_RESTART_TEMPORARY && !is_expected(reason));
  if (told) report_child(self, ATOM_CHILD_TERMINATED, reason, *child);
  if (restarts) return restart(self, sup, child);
  settle_ended(sup, child);
  return Next::CONTINUE;
}

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

// ---- Requests ----

Next which_children(Process& self, Supervisor& sup, LocalRef to) {
  size_t count = 0;
  for (const Child* child = sup.children.first; child != nullptr; child = child->next) ++count;
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  Term list;
  rsp_result result = rows == nullptr ? RSP_ENOMEM : RSP_OK;
  size_t made = 0;
  for (const Child* child = sup.children.first; child != nullptr && result == RSP_OK; child = child->next) {
    Term row;
    const TermBits pid = child->restarting      ? TermBits(ATOM_RESTARTING)
                         : child->pid.is_none() ? TermBits(ATOM_UNDEFINED)
                                                : TermBits(child->pid);
    const Atom type = child->type == RSP_CHILD_SUPERVISOR ? ATOM_SUPERVISOR : ATOM_WORKER;
    result = make_tuple(&row, {child->id, pid, TermBits(type), module_of(*child->start)});
    if (result == RSP_OK) rows[made++] = row.release();
  }
  if (result == RSP_OK) result = make_list(&list, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  answer_request(self, to, or_atom(result, std::move(list), ATOM_SYSTEM_LIMIT));
  return Next::CONTINUE;
}

Next refuse(Process& self, LocalRef to, TermBits why) {
  answer_request(self, to, error_outcome(why));
  return Next::CONTINUE;
}

Next add_child(Process& self, Supervisor& sup, Child* child, LocalRef to) {
  if (const Child* const present = sup.children.find(child->id)) {
    free_child(child);
    if (present->pid.is_none()) return refuse(self, to, ATOM_ALREADY_PRESENT);
    Term why;
    const rsp_result built = make_tuple(&why, {TermBits(ATOM_ALREADY_STARTED), TermBits(present->pid)});
    return refuse(self, to, or_atom(built, std::move(why), ATOM_ALREADY_STARTED));
  }
  sup.children.append(child);
  sup.request = to;
  return start_child(self, sup, child, Activity::ADD);
}

Next serve(Process& self, Supervisor& sup, Envelope& call) {
  const LocalRef to{call.ref, call.ref_owner};
  if (call.has(envelope_flag::NATIVE) && call.native == &child_request_ops()) {
    Child* const child = reinterpret_cast<Child*>(call.term.data());
    call.flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
    call.term = TermBits::nil();
    return add_child(self, sup, child, to);
  }
  if (!call.has(envelope_flag::NATIVE) && call.term.is(ATOM_WHICH_CHILDREN))
    return which_children(self, sup, to);
  return refuse(self, to, ATOM_BADARG);
}

Next retry(Process& self, Supervisor& sup, TermBits id) {
  Child* const child = sup.children.find(id);
  if (child == nullptr || !child->restarting) return Next::CONTINUE;
  return restart(self, sup, child);
}

// ---- Behaviour ----

Next use_children(Process& self, Supervisor& sup) {
  if (!sup.window.open(static_cast<uint64_t>(sup.opts.max_restarts),
                       static_cast<uint64_t>(sup.opts.period_ms) * 1'000'000)) {
    return out_of_memory(self);
  }
  sup.current = sup.children.first;
  return start_next(self, sup);
}

Next on_init(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  if (is_parent_exit(self, answer)) return end_for(self, Term::share(answer->term));
  InitOutcome outcome = take_init_outcome(self, *answer);
  if (outcome.ignore) {
    init_ack(self, sup.starter, ATOM_IGNORE);
    return end_for(self, Term(ATOM_NORMAL));
  }
  if (!outcome.error.is_nil()) {
    init_ack(self, sup.starter, error_outcome(outcome.error));
    return end_for(self, std::move(outcome.error));
  }
  sup.opts = outcome.opts;
  sup.children = outcome.children;
  outcome.children = ChildList{};
  return use_children(self, sup);
}

Next start(Process& self, void* state) {
  Supervisor& sup = *static_cast<Supervisor*>(state);
  self.flags |= process_flag::TRAP_EXIT;
  if (!register_started(self, sup.spec->name, sup.starter)) return Next::STOP;
  const SupervisorSpec& spec = *sup.spec->supervisor;
  if (spec.init != nullptr) {
    LocalRef ref;
    if (start_init(self, *sup.spec, &ref) != RSP_OK) return out_of_memory(self);
    return await(self, ref.number, NEVER, &on_init, &sup, overseer(self));
  }
  sup.opts = spec.opts;
  if (copy_children(&sup.children, spec.children) != RSP_OK) return out_of_memory(self);
  return use_children(self, sup);
}

Next message(Process& self, Envelope& envelope, void* state) {
  Supervisor& sup = *static_cast<Supervisor*>(state);
  switch (envelope.kind) {
    case EnvelopeKind::EXIT: {
      if (is_overseer(self, envelope.from))
        return begin_stop(self, sup, sup.children.last, Term::share(envelope.term));
      Child* const child = ended_child(self, sup, envelope);
      return child == nullptr ? Next::CONTINUE : child_ended(self, sup, child, envelope.term);
    }
    case EnvelopeKind::CALL:
      return serve(self, sup, envelope);
    case EnvelopeKind::SYSTEM:
      if (envelope.term.is_tagged(ATOM_TERMINATE, 2)) {
        return begin_stop(self, sup, sup.children.last, Term::share(envelope.term.element(1)));
      }
      if (envelope.term.is_tagged(ATOM_RESTART, 2)) return retry(self, sup, envelope.term.element(1));
      return Next::CONTINUE;
    default:
      report_unexpected(self, envelope);
      return Next::CONTINUE;
  }
}

void drop(void* state) {
  Supervisor* const sup = static_cast<Supervisor*>(state);
  sup->children.clear();
  disown(sup->spec);
  mem_delete(sup);
}

}  // namespace

const Behaviour& supervisor_behaviour() {
  static const Behaviour behaviour{&start, &message, &drop};
  return behaviour;
}

void* supervisor_new(StartSpec& spec, const Starter& starter) {
  Supervisor* const sup = mem_new<Supervisor>();
  if (sup == nullptr) return nullptr;
  sup->spec = share(&spec);
  sup->starter = starter;
  return sup;
}

const NativeOps& child_request_ops() {
  static const NativeOps ops{sizeof(NativeOps), [](void* child) { free_child(static_cast<Child*>(child)); },
                             nullptr};
  return ops;
}

}  // namespace rsp
