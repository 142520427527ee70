#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** Retries are messages to itself, so that requests that are queued are served in between. */
Next retry_later(Process& self, Supervisor& sup, Child* child) {
  if (child->restarting) RSP_SOMETIMES("a restart failed twice");
  child->restarting = true;
  if (is_dynamic(sup)) wait_for_retry(sup, child);
  Payload payload;
  if (make_tuple(&payload.term, {TermBits(ATOM_RESTART), child->id}) != RSP_OK) return out_of_memory(self);
  if (send(&self, self.pid(), payload, EnvelopeKind::SYSTEM) != RSP_OK) return out_of_memory(self);
  return Next::CONTINUE;
}

bool is_group(const Supervisor& sup) {
  return sup.opts.strategy == RSP_ONE_FOR_ALL || sup.opts.strategy == RSP_REST_FOR_ONE;
}

/** Starts `current` again, and in a group what comes after it. What a call has started meanwhile runs, or has a delay of its
 * own. */
Next restart_next(Process& self, Supervisor& sup) {
  const auto is_passed = [&](const Child& child) {
    return &child == sup.left_out || !child.pid.is_none() || child.restarting;
  };
  while (sup.current != nullptr && is_passed(*sup.current)) sup.current = sup.current->next;
  if (sup.current != nullptr) return start_child(self, sup, sup.current, Activity::RESTART);
  sup.activity = Activity::IDLE;
  return Next::CONTINUE;
}

/** The child is not started again, and the supervisor ends. */
Next end_with(Process& self, Supervisor& sup, Child* child) {
  child->pid = Pid{};
  return begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN));
}

/** Restarts have come too often. */
Next give_up(Process& self, Supervisor& sup, Child* child) {
  report_child(self, ATOM_SHUTDOWN, ATOM_REACHED_MAX_RESTART_INTENSITY, *child, ATOM_SHUTDOWN);
  return end_with(self, sup, child);
}

/** One attempt, which is noted, whatever it starts again: the strategy says what. A delay begins when nobody runs that is
 * to be started after it. */
Next restart(Process& self, Supervisor& sup, Child* child, bool is_delayed) {
  if (!child->pid.is_none()) sup.former = child->pid;
  child->pid = Pid{};
  sup.restarted = child;
  sup.left_out = nullptr;
  sup.is_delayed = is_delayed;
  switch (sup.opts.strategy) {
    case RSP_ONE_FOR_ONE:
    case RSP_SIMPLE_ONE_FOR_ONE:
    case RSP_DYNAMIC:
      return is_delayed ? begin_delay(self, sup) : start_child(self, sup, child, Activity::RESTART);
    case RSP_REST_FOR_ONE:
      child->restarting = false;
      return stop_children(self, sup, Activity::CLEARING, sup.children.last, child);
    case RSP_ONE_FOR_ALL:
      return stop_children(self, sup, Activity::CLEARING, sup.children.last, nullptr);
  }
  RSP_UNREACHABLE("the strategy was checked");
}

/** The attempt is noted before its delay: where it is one too many nobody waits for that. */
Next restart_in_time(Process& self, Supervisor& sup, Child* child, uint64_t ended_ns) {
  if (child->backoff != nullptr) child->backoff->down(ended_ns);
  return restart(self, sup, child, child->backoff != nullptr);
}

Next restart_failed(Process& self, Supervisor& sup) {
  Child* const child = sup.current;
  sup.activity = Activity::IDLE;
  const bool too_often = child->backoff != nullptr && !sup.window.add(env::now_ns());
  report_child(self, ATOM_START_ERROR, sup.wait.error(), *child,
               too_often || child->fatal ? ATOM_SHUTDOWN : ATOM_RESTART);
  if (child->fatal) return end_with(self, sup, child);
  if (too_often) return give_up(self, sup, child);
  return child->backoff != nullptr ? restart_in_time(self, sup, child, env::now_ns())
                                   : retry_later(self, sup, child);
}

Next retry_child(Process& self, Supervisor& sup, Child* child) {
  return sup.window.add(env::now_ns()) ? restart(self, sup, child, false) : give_up(self, sup, child);
}

/** Whether the supervisor ends because this child has. */
bool ends_with(const Supervisor& sup, const Child& child) {
  if (!child.significant) return false;
  if (sup.opts.auto_shutdown == RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT) return true;
  for (const ChildList* const list : {&sup.waiting, &sup.delayed}) {
    for (const Child* other = list->first; other != nullptr; other = other->next) {
      if (other->significant) return false;
    }
  }
  for (const Child* other = sup.children.first; other != nullptr; other = other->next) {
    const bool goes_on = !other->pid.is_none() || other->restarting;
    if (other != &child && other->significant && goes_on) return false;
  }
  return true;
}

}  // namespace

bool is_restarted(const Child& child, TermBits reason) {
  return child.restart == RSP_RESTART_PERMANENT ||
         (child.restart == RSP_RESTART_TRANSIENT && !is_expected(reason));
}

Next on_cleared(Process& self, Supervisor& sup) {
  if (sup.is_delayed) return begin_delay(self, sup);
  sup.current = sup.opts.strategy == RSP_ONE_FOR_ALL ? sup.children.first : sup.restarted;
  return restart_next(self, sup);
}

Next start_group_without(Process& self, Supervisor& sup, Child* child) {
  if (!is_group(sup)) return Next::CONTINUE;
  sup.left_out = child;
  sup.current = sup.opts.strategy == RSP_ONE_FOR_ALL ? sup.children.first : child->next;
  return restart_next(self, sup);
}

Next on_restarted(Process& self, Supervisor& sup) {
  Child* const child = sup.current;
  Child* const next = is_group(sup) ? child->next : nullptr;
  if (sup.wait.is_ok()) {
    child_is_up(self, sup);
  } else if (sup.wait.is_ignore()) {
    settle_ended(sup, child);
  } else {
    return restart_failed(self, sup);
  }
  sup.current = next;
  return restart_next(self, sup);
}

Next child_ended(Process& self, Supervisor& sup, Child* child, const Envelope& exit) {
  const TermBits reason = exit.term;
  const bool restarts = is_restarted(*child, reason);
  const bool told = restarts || (child->restart == RSP_RESTART_TEMPORARY && !is_expected(reason));
  const bool is_fatal = restarts && child->fatal;
  const bool too_often = restarts && !is_fatal && !sup.window.add(env::now_ns());
  const bool was_last = !restarts && ends_with(sup, *child);
  if (told) {
    const Atom otherwise = restarts ? ATOM_RESTART : ATOM_NONE;
    report_child(self, ATOM_CHILD_TERMINATED, reason, *child,
                 is_fatal || too_often || was_last ? ATOM_SHUTDOWN : otherwise);
  }
  if (is_fatal) return end_with(self, sup, child);
  if (too_often) return give_up(self, sup, child);
  if (restarts) return restart_in_time(self, sup, child, end_time(exit));
  settle_ended(sup, child);
  return was_last ? begin_stop(self, sup, sup.children.last, Term(ATOM_SHUTDOWN)) : Next::CONTINUE;
}

Next retry(Process& self, Supervisor& sup, TermBits id) {
  if (is_dynamic(sup)) {
    // Whichever waits: there is a message for each, and one that was terminated has left its message behind.
    Child* const waiting = sup.waiting.pop();
    if (waiting == nullptr) return Next::CONTINUE;
    sup.children.append(waiting);
    return retry_child(self, sup, waiting);
  }
  Child* const child = sup.children.find(id);
  if (child == nullptr || !child->restarting || child->backoff != nullptr) return Next::CONTINUE;
  return retry_child(self, sup, child);
}

Next after_delay(Process& self, Supervisor& sup, TermBits message) {
  Child* const child = take_delayed(sup, message);
  return child == nullptr ? Next::CONTINUE : restart(self, sup, child, false);
}

}  // namespace rsp
