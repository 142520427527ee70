#include "core/otp/supervisor_report.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** So many children are told in one go; then others may have the worker. */
constexpr uint32_t SLICE = 1000;

/** A message to itself, at once or at a time. */
rsp_result remind(Process& self, Atom what, uint64_t at_ns) {
  Payload payload{Term(what), nullptr, nullptr};
  if (at_ns == 0) return send(&self, self.pid(), payload, EnvelopeKind::SYSTEM);
  TimerRef timer;
  return start_timer(self, at_ns, TimerTarget{self.id(), {}}, payload, EnvelopeKind::SYSTEM, &timer);
}

/** Monitors the child while the link stays, then tells it to end. */
rsp_result tell(Process& self, Child& child) {
  MonitorOptions options;
  options.note = reinterpret_cast<uint64_t>(&child);
  LocalRef ref;
  const rsp_result result = monitor(self, child.pid, options, &ref);
  if (result != RSP_OK) return result;
  const bool brutal = child.shutdown == RSP_SHUTDOWN_BRUTAL_KILL;
  child.is_to_stop = true;
  return exit_signal(&self, child.pid, Term(brutal ? ATOM_KILL : ATOM_SHUTDOWN));
}

/** Kills those whose time is up, and is reminded of the next. There is one reminder under way for all that have the same
 * time left. */
rsp_result enforce(Process& self, Supervisor& sup) {
  const uint64_t now = env::now_ns();
  uint64_t next = NEVER;
  rsp_result result = RSP_OK;
  for (Child* child = sup.children.first; child != nullptr && result == RSP_OK; child = child->next) {
    const uint64_t deadline = stop_deadline(*child, sup.told_ns);
    if (deadline == NEVER) continue;
    if (deadline > now) {
      next = deadline < next ? deadline : next;
    } else if (child->is_to_stop) {
      child->is_to_stop = false;  // killed once
      result = kill_child(self, *child);
    }
  }
  if (result != RSP_OK || next == NEVER) return result;
  return remind(self, ATOM_KILL, next);
}

/** The parent's EXIT once more: the runtime may have begun to stop meanwhile, and so there be less time. */
rsp_result hear_parent(Process& self, Supervisor& sup) {
  if (sup.current != nullptr) return RSP_OK;  // those that are told from now on know
  rsp_result result = RSP_OK;
  for (Child* child = sup.children.first; child != nullptr && result == RSP_OK; child = child->next)
    result = pass_on(self, *child);
  return result == RSP_OK ? enforce(self, sup) : result;
}

Next go_on(Process& self, Supervisor& sup) {
  return sup.children.first == nullptr ? finish_stop(self, sup) : Next::CONTINUE;
}

/** Tells the children from `current` on, at most a slice of them. */
Next tell_slice(Process& self, Supervisor& sup) {
  for (uint32_t told = 0; sup.current != nullptr && told < SLICE; ++told) {
    Child* const child = sup.current;
    sup.current = child->next;
    if (child->pid.is_none()) {
      forget_dynamic(sup, child);
    } else if (tell(self, *child) != RSP_OK) {
      return out_of_memory(self);
    }
  }
  rsp_result result;
  if (sup.current != nullptr) {
    result = remind(self, ATOM_SHUTDOWN, 0);
  } else {
    sup.told_ns = env::now_ns();
    result = enforce(self, sup);
  }
  return result == RSP_OK ? go_on(self, sup) : out_of_memory(self);
}

/** The child's process is gone, and nothing of it is left in the inbox. */
void settle(Process& self, Supervisor& sup, Child* child, TermBits reason) {
  report_end(self, *child, reason);
  if (is_linked(self, child->pid)) forget_link(self, child->pid, nullptr);  // it had made that anew
  if (sup.current == child) sup.current = child->next;
  forget_dynamic(sup, child);
}

/** Whether this is the EXIT of a child: then that is settled, or noted until its DOWN comes. */
bool note_exit(Process& self, Supervisor& sup, const Envelope& message) {
  if (message.kind != EnvelopeKind::EXIT) return false;
  Child* child = reinterpret_cast<Child*>(message.aux);
  if (child == nullptr) {
    // It was sent by the child itself: the EXIT of its link is still to come, and must not name the child when that is gone.
    child = sup.children.find_running(message.from);
    if (child == nullptr) return false;
    clear_link_note(self, child->pid);
  }
  if (child->pid.id != message.from || child->has_ended) return true;
  if (child->is_down) {
    settle(self, sup, child, message.term);
  } else {
    child->has_ended = true;
    child->end_reason = Term::share(message.term);
  }
  return true;
}

/**
 * A child's DOWN. Its EXIT has the real reason where it was dead already when it was monitored, and may be ahead of the
 * DOWN, behind it in the inbox, or still to be received; or the child has unlinked itself, and there will be none. Its note
 * must not outlive the child: so the inbox is looked through, each message once (sup.noted).
 */
Next on_down(Process& self, Supervisor& sup, const Envelope& message) {
  Child* const child = reinterpret_cast<Child*>(message.aux);
  if (child == nullptr || message.has(envelope_flag::BY_NAME)) return Next::CONTINUE;
  if (!child->has_ended && is_linked(self, child->pid)) {
    RSP_SOMETIMES("a child of a dynamic supervisor is down before its exit signal comes");
    child->is_down = true;
    return Next::CONTINUE;
  }
  if (!child->has_ended) {
    drop_messages_behind(self, sup.noted, [&](const Envelope& later) { return note_exit(self, sup, later); });
  }
  settle(self, sup, child, child->has_ended ? TermBits(child->end_reason) : message.term);
  return go_on(self, sup);
}

}  // namespace

Next stop_all(Process& self, Supervisor& sup) {
  sup.activity = Activity::STOPPING;
  sup.current = sup.children.first;
  sup.noted = nullptr;
  while (Child* const child = sup.waiting.pop()) free_child(child);
  while (Child* const child = sup.delayed.pop()) {
    end_delay(self, sup, *child);
    free_child(child);
  }
  return tell_slice(self, sup);
}

Next stop_all_message(Process& self, Supervisor& sup, const Envelope& message) {
  if (sup.noted == &message)
    sup.noted = nullptr;  // it is out of the inbox: the next one has not been looked at
  switch (message.kind) {
    case EnvelopeKind::DOWN:
      return on_down(self, sup, message);
    case EnvelopeKind::EXIT:
      if (is_overseer(self, message.from) && hear_parent(self, sup) != RSP_OK) return out_of_memory(self);
      note_exit(self, sup, message);
      return go_on(self, sup);
    case EnvelopeKind::SYSTEM:
      if (message.term.is(ATOM_SHUTDOWN)) return tell_slice(self, sup);
      if (message.term.is(ATOM_KILL) && enforce(self, sup) != RSP_OK) return out_of_memory(self);
      return Next::CONTINUE;
    default:
      return Next::CONTINUE;  // who calls learns of the end
  }
}

}  // namespace rsp
