#include "core/otp/task.hpp"

#include "core/otp/callback_run.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/otp/server_report.hpp"
#include "core/otp/server_return.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct Task;
Next finish(Process& self, Task& task, Next next);

struct Task {
  StartSpec* spec = nullptr;
  Starter starter{};
  CallbackRun<Task, &finish> callback{*this};
  ServerReturn ret;
};

Next fail(Process& self, Task& task, Term reason, ExceptionClass exception_class) {
  if (!is_expected(reason)) report_crash(self, *task.spec, reason, exception_class);
  return end_for(self, std::move(reason));
}

/** The value, to whoever waits for it. */
void send_value(Process& self, Task& task) {
  if (task.starter.reply_to.number == 0) return;
  Payload payload = task.ret.take_payload();
  if (send_alias(&self, task.starter.reply_to, payload) == RSP_OK) return;
  // The owner would take the end for one without a value: better a reason that says why.
  if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  condemn(self, Term(ATOM_SYSTEM_LIMIT));
}

Next finish(Process& self, Task& task, Next next) {
  if (next == Next::RAISE && has_exception(self)) {
    const Exception exception = take_exception(self);
    return fail(self, task, reason_of(exception), exception.exception_class);
  }
  if (next != Next::CONTINUE && next != Next::STOP) {
    return fail(self, task, bad_return(TermBits::integer(static_cast<int64_t>(next)), ATOM_BAD_RETURN_VALUE),
                ExceptionClass::EXIT);
  }
  send_value(self, task);
  return Next::STOP;
}

Next run(Process& self, Task& task) {
  return task.callback.run(self, [&] {
    return from_public(task.spec->ops->run(to_public(self), task.spec->ctx,
                                           to_public(TermBits(task.starter.args)), &task.ret.raw));
  });
}

/** The owner has said go, or has ended. */
Next begin(Process& self, Envelope* answer, void* context) {
  Task& task = *static_cast<Task*>(context);
  if (answer->kind == EnvelopeKind::DOWN) {
    Term reason;
    const rsp_result built = reason_shutdown(&reason, answer->term);
    return end_for(self, or_atom(built, std::move(reason), ATOM_SHUTDOWN));
  }
  task.starter.reply_to = task.spec->ticket->reply_to;
  return run(self, task);
}

/** Of a task with a ticket. */
Next wait_for_owner(Process& self, Task& task) {
  TaskTicket& ticket = *task.spec->ticket;
  MonitorOptions options;
  options.alias = AliasMode::REPLY;
  LocalRef watch;
  if (monitor(self, ticket.owner, options, &watch) != RSP_OK) return end_for(self, Term(ATOM_SYSTEM_LIMIT));
  ticket.go = watch.number;
  uint64_t expected = TaskTicket::OPEN;
  // Release: pairs with withdraw_task in task_owner.cpp; `go` goes with it. Acquire: nothing is read where it is withdrawn.
  if (!ticket.state.compare_exchange_strong(expected, self.id(), env::ACQ_REL, env::ACQUIRE)) {
    init_ack(self, task.starter, ATOM_IGNORE);
    return Next::STOP;
  }
  init_ack(self, task.starter, ATOM_OK);
  return await(self, watch.number, NEVER, &begin, &task);
}

Next start(Process& self, void* state) {
  Task& task = *static_cast<Task*>(state);
  if (!register_started(self, task.spec->name, task.starter)) return Next::STOP;
  if (task.spec->ticket != nullptr) return wait_for_owner(self, task);
  init_ack(self, task.starter, ATOM_OK);
  return run(self, task);
}

/** None comes: a task is in its function from its start to its end, and what it awaits there is no message to it. */
Next message(Process&, Envelope&, void*) { return Next::CONTINUE; }

void drop(void* state) {
  Task* const task = static_cast<Task*>(state);
  disown(task->spec);
  mem_delete(task);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  Task* const task = mem_new<Task>();
  if (task == nullptr) return nullptr;
  task->spec = share(&spec);
  task->starter = starter;
  return task;
}

const char* module(const StartSpec& spec) { return spec.ops->name; }

}  // namespace

const StartKind& task_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

}  // namespace rsp
