#include "core/otp/task_owner.hpp"

#include <utility>

#include "core/otp/client.hpp"

namespace rsp {
namespace {

/** Whether something of the task is still to be taken. */
bool is_open(const Process& self, LocalRef ref) {
  if (self.edges.find_ref(ref.number) != nullptr) return true;
  for (Envelope* message = self.inbox_first; message != nullptr; message = next_of(message)) {
    if (answers(*message, ref)) return true;
  }
  return false;
}

/** What a shutdown sends. Made before anything is changed: what has begun needs no memory for a signal any more. */
struct Ending {
  Pid task;
  uint64_t deadline_ns;
  Envelope* shutdown;  // nullptr: by kill at once
  Envelope* kill;

  Ending(Process& self, Pid target, bool brutal_kill, uint64_t deadline)
      : task(target),
        deadline_ns(deadline),
        shutdown(brutal_kill ? nullptr : exit_signal_new(&self, Term(ATOM_SHUTDOWN))),
        kill(brutal_kill || shutdown != nullptr ? exit_signal_new(&self, Term(ATOM_KILL)) : nullptr) {}
  ~Ending() {
    envelope_free_blank(shutdown);
    envelope_free_blank(kill);
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  [[nodiscard]] bool is_made() const { return kill != nullptr; }

  /** Sends the next one. Says until when to wait for the end. */
  uint64_t go_on() {
    const bool is_last = shutdown == nullptr;
    exit_signal(task, std::exchange(is_last ? kill : shutdown, nullptr));
    return is_last ? NEVER : deadline_ns;
  }
};

/** Ends the task and waits for its DOWN, past a value that it may have sent: *value. */
rsp_result wait_for_end(Process& self, LocalRef task, Ending& ending, Envelope** value, Envelope** down) {
  uint64_t until_ns = ending.go_on();
  for (;;) {
    Envelope* answer;
    const rsp_result result = receive_answer(self, task, until_ns, &answer);
    if (result == RSP_ETIMEDOUT) {
      until_ns = ending.go_on();
    } else if (result != RSP_OK) {
      return result;
    } else if (answer->kind == EnvelopeKind::DOWN) {
      *down = answer;
      return RSP_OK;
    } else if (*value == nullptr) {
      *value = answer;
    } else {
      envelope_free(answer);  // a task that has told its reference to others
    }
  }
}

}  // namespace

rsp_result start_task(Process& self, StartSpec& spec, TaskRef* out) {
  const LocalRef ref{next_number(), self.id()};
  SpawnOptions options;
  options.link = true;
  options.monitor = true;
  options.alias = AliasMode::DEMONITOR;
  options.brings_reply = true;
  options.monitor_number = ref.number;
  Spawned spawned;
  const rsp_result result =
      spawn_started(self, spec, Starter{LocalRef{}, spec.args, Via{}, ref}, options, nullptr, &spawned);
  if (result == RSP_OK) *out = TaskRef{spawned.pid, spawned.monitor};
  return result;
}

bool give_ticket(Child& child, Pid owner) {
  child.start->ticket = mem_new<TaskTicket>(owner);
  return child.start->ticket != nullptr;
}

void withdraw_task(Process& self, TaskTicket& ticket) {
  // Acquire: pairs with wait_for_owner in task.cpp. Release: so that the task's failed exchange sees what came before.
  const uint64_t task = ticket.state.exchange(TaskTicket::WITHDRAWN, env::ACQ_REL);
  if (task == TaskTicket::OPEN) return;
  // Without memory for the signal it waits on, and goes with this process.
  (void)exit_signal(&self, Pid{task, 0, 0}, Term(ATOM_KILL));
}

rsp_result begin_task(Process& self, TaskTicket& ticket, Pid pid, bool link, TaskRef* out) {
  MonitorOptions options;
  options.alias = AliasMode::DEMONITOR;
  options.brings_reply = true;
  TaskRef task{pid, {}};
  // Before there is a link: a task that is withdrawn for want of memory shall not take its owner along.
  Envelope* const undo = link ? unlink_new() : nullptr;
  if (link && undo == nullptr) return RSP_ENOMEM;
  rsp_result result = monitor(self, pid, options, &task.ref);
  if (result != RSP_OK) {
    envelope_free_blank(undo);
    return result;
  }
  // Of one that is dead already its DOWN says so, and nothing has to be linked.
  if (link) result = rsp::link(self, pid);
  if (result == RSP_OK || result == RSP_ENOPROC) {
    ticket.reply_to = task.ref;
    Payload go;
    result = send_alias(&self, LocalRef{ticket.go, pid.id}, go);
  }
  if (result == RSP_OK) {
    *out = task;
    envelope_free_blank(undo);
    return RSP_OK;
  }
  end_monitor(self, task.ref);
  if (link) forget_link(self, pid, nullptr, undo);
  return result;
}

rsp_result start_task_under(Process& self, Pid supervisor, Child* child, bool link, TaskRef* out,
                            Term* error) {
  if (!give_ticket(*child, self.pid())) {
    free_child(child);
    return RSP_ENOMEM;
  }
  StartSpec* const spec = share(child->start);
  StartedChild started;
  rsp_result result = start_child(self, supervisor, child, NEVER, &started, error);
  if (result == RSP_OK) result = begin_task(self, *spec->ticket, started.pid, link, out);
  if (result != RSP_OK && result != RSP_EXITING) withdraw_task(self, *spec->ticket);
  disown(spec);
  return result;
}

rsp_result yield_task(Process& self, const TaskRef& task, uint64_t deadline_ns, Envelope** out) {
  if (task.ref.owner != self.id()) return RSP_ENOTOWNER;
  const rsp_result result = wait_response(self, task.ref, deadline_ns, out);
  if (result == RSP_OK) end_monitor(self, task.ref);
  return result;
}

rsp_result await_task(Process& self, const TaskRef& task, uint64_t deadline_ns, Envelope** out) {
  const rsp_result result = yield_task(self, task, deadline_ns, out);
  const bool gives_up = result == RSP_ETIMEDOUT || result == RSP_ELIMIT || result == RSP_ENOMEM;
  if (gives_up) end_monitor(self, task.ref);
  return result;
}

Term await_failure(TermBits reason, Pid pid, uint64_t timeout_ms) {
  Term call;
  Term failure;
  rsp_result built = make_tuple(&call, {TermBits(ATOM_AWAIT), TermBits(pid), timeout_term(timeout_ms)});
  if (built == RSP_OK) built = make_tuple(&failure, {reason, call});
  return built == RSP_OK ? std::move(failure) : Term::share(reason);
}

rsp_result shut_task_down(Process& self, const TaskRef& task, bool brutal_kill, uint64_t deadline_ns,
                          Envelope** out) {
  if (task.ref.owner != self.id()) return RSP_ENOTOWNER;
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  if (!is_open(self, task.ref)) return RSP_EINVAL;
  Ending ending(self, task.pid, brutal_kill, deadline_ns);
  if (!ending.is_made()) return RSP_ENOMEM;
  // Before the signal: its end shall not end this process, nor be an EXIT.
  rsp_result result = unlink(self, task.pid);
  if (result != RSP_OK) return result;
  Envelope* value = nullptr;
  Envelope* down = nullptr;
  result = wait_for_end(self, task.ref, ending, &value, &down);
  if (result != RSP_OK) {
    if (value != nullptr && result != RSP_EXITING) push_message_first(self, value);
    if (value != nullptr && result == RSP_EXITING) envelope_free(value);
    return result;
  }
  if (value == nullptr && !down->term.is(brutal_kill ? ATOM_KILLED : ATOM_SHUTDOWN)) {
    *out = down;
    return RSP_EEXITED;
  }
  envelope_free(down);
  *out = value;
  return RSP_OK;
}

rsp_result ignore_task(Process& self, const TaskRef& task, Envelope** out) {
  if (task.ref.owner != self.id()) return RSP_ENOTOWNER;
  if (!is_open(self, task.ref)) return RSP_EINVAL;
  const rsp_result result = unlink(self, task.pid);
  if (result != RSP_OK) return result;
  Envelope* const answer =
      take_message(self, [&task](const Envelope& message) { return answers(message, task.ref); });
  end_monitor(self, task.ref);
  *out = answer;
  if (answer == nullptr) return RSP_OK;
  unhold(self, answer);
  if (self.has(process_flag::CONDEMNED)) {
    retire(self, answer);
    return RSP_EXITING;
  }
  return answer->kind == EnvelopeKind::DOWN ? RSP_EEXITED : RSP_OK;
}

}  // namespace rsp
