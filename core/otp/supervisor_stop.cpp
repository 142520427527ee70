#include <algorithm>

#include "core/otp/server_report.hpp"
#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

Next stop_next(Process& self, Supervisor& sup);
Next on_stopped(Process& self, Envelope* answer, void* context);

/** All that were to be stopped are. */
Next after_stop(Process& self, Supervisor& sup) {
  switch (sup.activity) {
    case Activity::STOPPING:
      return finish_stop(self, sup);
    case Activity::CLEARING:
      return on_cleared(self, sup);
    case Activity::TERMINATING:
      return on_terminated(self, sup);
    default:
      RSP_UNREACHABLE("no child is being stopped");
  }
}

/** Waits until `current` is gone, or the parent's EXIT comes. */
Next await_end(Process& self, Supervisor& sup) {
  return await(self, sup.stopping.number, sup.stop_deadline_ns, &on_stopped, &sup, overseer(self));
}

bool is_supervisor(const Child& child) {
  return child.start->supervisor != nullptr ||
         (child.start->function != nullptr && child.type == RSP_CHILD_SUPERVISOR);
}

/** Whether a child that was told to end may end for this reason. */
bool is_expected_end(const Child& child, TermBits reason) {
  const bool permanent = child.restart == RSP_RESTART_PERMANENT;
  if (child.shutdown == RSP_SHUTDOWN_BRUTAL_KILL)
    return reason.is(ATOM_KILLED) || (!permanent && is_expected(reason));
  return reason.is(ATOM_SHUTDOWN) || (!permanent && is_expected(reason));
}

/** Monitors the child while the link stays, then tells it to end (docs/semantics.md, S-SUP: stopping). */
Next stop_next(Process& self, Supervisor& sup) {
  while (sup.current != sup.stop_until && sup.current->pid.is_none()) sup.current = sup.current->previous;
  if (sup.current == sup.stop_until) return after_stop(self, sup);
  Child& child = *sup.current;
  // When the time of the whole runtime is up, those whose turn it was not yet have none left.
  child.is_late = stop_limit(child) <= env::now_ns();
  const bool brutal = child.is_late || child.shutdown == RSP_SHUTDOWN_BRUTAL_KILL;
  if (monitor(self, child.pid, MonitorOptions{}, &sup.stopping) != RSP_OK) return out_of_memory(self);
  if (exit_signal(&self, child.pid, Term(brutal ? ATOM_KILL : ATOM_SHUTDOWN)) != RSP_OK)
    return out_of_memory(self);
  sup.is_killed = brutal;
  sup.had_ended = child.has_ended;
  sup.stop_deadline_ns = brutal ? NEVER : stop_deadline(child, env::now_ns());
  return await_end(self, sup);
}

/** Whether this is the EXIT of a child that runs and is to be stopped: then that is noted. */
bool note_end(Supervisor& sup, const Envelope& message) {
  if (message.kind != EnvelopeKind::EXIT) return false;
  Child* child = reinterpret_cast<Child*>(message.aux);
  if (child == nullptr) child = sup.children.find_running(message.from);
  if (child == nullptr || child->pid.id != message.from || child->has_ended || !child->is_to_stop)
    return false;
  child->has_ended = true;
  child->end_reason = Term::share(message.term);
  if (child->backoff != nullptr) child->backoff->down(end_time(message));
  return true;
}

/** Which children have ended by themselves, and why, from the messages that have come meanwhile. Looking for each child's
 * EXIT in its turn would take the square of their number where all have died. Of a supervisor that ends, the other
 * messages go as well. */
void note_ends(Process& self, Supervisor& sup) {
  if (sup.activity != Activity::STOPPING) {
    drop_messages_behind(self, sup.noted, [&](const Envelope& message) { return note_end(sup, message); });
    return;
  }
  while (Envelope* const message = pop_message(self)) {
    (void)note_end(sup, *message);
    retire(self, message);
  }
}

/** Whether the supervisor ends because `current`, which was to be stopped with its group, had ended for this reason. */
bool is_fatal(const Supervisor& sup, TermBits reason) {
  return sup.activity == Activity::CLEARING && sup.had_ended && sup.current->fatal &&
         is_restarted(*sup.current, reason);
}

/** `current` is gone, for this reason. */
Next stopped(Process& self, Supervisor& sup, const Term& reason) {
  Child* const child = sup.current;
  const bool ends_all = is_fatal(sup, reason);
  if (ends_all) {
    report_child(self, ATOM_CHILD_TERMINATED, reason, *child, ATOM_SHUTDOWN);
  } else {
    report_end(self, *child, reason);
  }
  sup.current = child->previous;
  child->pid = Pid{};
  child->has_ended = false;
  child->is_to_stop = false;
  child->is_late = false;
  // It is the group's restart that drops it, or the call.
  if (sup.activity != Activity::STOPPING) settle_ended(sup, child);
  if (sup.aborting) return begin_stop(self, sup, sup.children.last, std::move(sup.stop_reason));
  if (ends_all) return begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN));
  return stop_next(self, sup);
}

Next on_stopped(Process& self, Envelope* answer, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  Child& child = *sup.current;
  if (is_parent_exit(self, answer)) {
    // In an activity that would go on afterwards, what comes is the end.
    if (sup.activity != Activity::STOPPING && !sup.aborting) {
      sup.aborting = true;
      sup.stop_reason = Term::share(answer->term);
    }
    sup.noted = nullptr;  // this may have been in the inbox, and have been that
    // The runtime may have begun to stop meanwhile, and so there be less time.
    if (!sup.is_killed) sup.stop_deadline_ns = std::min(sup.stop_deadline_ns, stop_limit(child));
    return pass_on(self, child) == RSP_OK ? await_end(self, sup) : out_of_memory(self);
  }
  note_ends(self, sup);
  if (answer == nullptr) {
    if (kill_child(self, child) != RSP_OK) return out_of_memory(self);
    sup.is_killed = true;
    sup.stop_deadline_ns = NEVER;
    return await_end(self, sup);
  }
  if (answer->term.is(ATOM_NOPROC)) {
    const bool is_under_way = !child.has_ended && is_linked(self, child.pid);
    sup.had_ended = is_under_way || child.has_ended;
    // The child was dead when it was monitored. Its EXIT, which has the real reason, may be still to come.
    if (is_under_way) return await(self, sup.stopping.number, NEVER, &on_stopped, &sup, child.pid.id);
  }
  // The child may have ended by itself just before: its EXIT has the real reason, where the monitor says
  // noproc.
  Term reason = child.has_ended ? std::move(child.end_reason) : Term::share(answer->term);
  if (forget_link(self, child.pid, &reason)) sup.noted = nullptr;  // which may be what was taken out
  return stopped(self, sup, reason);
}

}  // namespace

Next finish_stop(Process& self, Supervisor& sup) {
  if (!is_expected(sup.stop_reason)) {
    ServerEnd end;
    end.reason = sup.stop_reason;
    report_server_end(self, *sup.spec, end);
  }
  // The starter, if it still waits, learns the reason as {error, Reason}.
  init_ack(self, sup.starter, error_outcome(sup.stop_reason));
  return end_for(self, std::move(sup.stop_reason));
}

uint64_t stop_limit(const Child& child) { return is_supervisor(child) ? NEVER : stop_deadline_ns(); }

uint64_t stop_deadline(const Child& child, uint64_t told_ns) {
  const uint64_t own =
      child.shutdown == RSP_SHUTDOWN_TIMEOUT ? deadline_after_ms(told_ns, child.shutdown_ms) : NEVER;
  return std::min(own, stop_limit(child));
}

rsp_result kill_child(Process& self, Child& child) {
  child.is_late = stop_limit(child) <= env::now_ns();
  if (child.is_late) report_child(self, ATOM_SHUTDOWN_ERROR, ATOM_KILLED, child, ATOM_NONE);
  return exit_signal(&self, child.pid, Term(ATOM_KILL));
}

rsp_result pass_on(Process& self, const Child& child) {
  return is_supervisor(child) ? exit_signal(&self, child.pid, Term(ATOM_SHUTDOWN)) : RSP_OK;
}

void report_end(Process& self, const Child& child, TermBits reason) {
  const bool is_told = child.is_late && reason.is(ATOM_KILLED);
  if (!is_told && !is_expected_end(child, reason))
    report_child(self, ATOM_SHUTDOWN_ERROR, reason, child, ATOM_NONE);
}

Next stop_children(Process& self, Supervisor& sup, Activity activity, Child* from, Child* until) {
  sup.activity = activity;
  sup.current = from;
  sup.stop_until = until;
  sup.noted = nullptr;
  for (Child* child = from; child != until; child = child->previous) {
    child->is_to_stop = !child->pid.is_none();
    child->restarting = false;
    end_delay(self, sup, *child);
  }
  return stop_next(self, sup);
}

Next begin_stop(Process& self, Supervisor& sup, Child* from, Term reason) {
  sup.aborting = false;
  sup.stop_reason = std::move(reason);
  if (is_dynamic(sup)) return stop_all(self, sup);
  return stop_children(self, sup, Activity::STOPPING, from, nullptr);
}

}  // namespace rsp
