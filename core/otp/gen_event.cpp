#include "core/otp/gen_event.hpp"

#include <utility>

#include "core/otp/callback_run.hpp"
#include "core/otp/event_request.hpp"
#include "core/otp/internal_server.hpp"
#include "core/otp/server_report.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** What the job of the moment is about. */
enum class Job : uint8_t { NOTIFY, INFO, REQUEST, SUPERVISOR_ENDED, STOP };
enum class Step : uint8_t { WALK, HANDLE, TERMINATE, INIT, DONE };

struct Manager;
Next finish(Process& self, Manager& manager, Next next);

struct Manager {
  EventHandlers handlers;
  CallbackRun<Manager, &finish> callback{*this};
  // The job.
  Job job = Job::NOTIFY;
  Step step = Step::DONE;
  bool in_loop =
      false;  // the steps go on when the callback is over; else the end of the callback begins them again
  rsp_server_return* answer = nullptr;  // of the server that the manager is; nullptr: it ends
  Envelope* message = nullptr;  // lent to the manager, or `kept`; nullptr: nobody will want it any more
  Envelope* kept = nullptr;     // what was in it, over a wait
  Term last_message;
  EventRequestPtr request;
  Pid ended{};                // whose handlers go: SUPERVISOR_ENDED
  Term reason;                // why
  bool is_unhandled = false;  // a handler has no handle_info
  bool hibernates = false;
  // The walk.
  EventHandler* current = nullptr;  // whose callback runs; among the handlers, but for one in INIT
  EventHandler* next = nullptr;     // where it goes on
  EventHandler* fresh = nullptr;    // whose init runs, or is to
  EventHandler* behind = nullptr;   // its place; nullptr: in front
  // The callback.
  EventReturn ret;
  Term args;  // of a terminate or an init
  Term why;   // for who has added the handler as its own; a crash is reported
  bool has_crashed = false;
  rsp_term result{};  // of a terminate

  Manager() = default;
  ~Manager();
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
};

/** What a callback has put in its handler's place becomes `fresh`, whose is the context unless it is RSP_EINVAL. Looked at
 * while it is there, and once. */
rsp_result make_fresh(Manager& manager) {
  rsp_event_handler description;
  const rsp_event_handler* const given = std::exchange(manager.ret.raw.handler, nullptr);
  if (given == nullptr || !read_struct(&description, *given)) return RSP_EINVAL;
  const rsp_result made = make_event_handler(&manager.fresh, description);
  if (made != RSP_OK && made != RSP_EINVAL) drop_guarded(description.ctx_free, description.ctx);
  return made;
}

/** The state that an init has made becomes its handler's. */
void take_state(Manager& manager, EventHandler& handler) {
  handler.state = std::exchange(manager.ret.raw.state, nullptr);
  handler.has_state = true;
}

/** What a callback has given, whatever it says, as a signal ended the manager in its middle. */
void take_given(Manager& manager) {
  if (!manager.callback.has_given()) return;
  const rsp_event_return& raw = manager.ret.raw;
  if (manager.step == Step::INIT && raw.state != nullptr) take_state(manager, *manager.fresh);
  if (manager.step == Step::HANDLE && raw.action == RSP_EVENT_SWAP_HANDLER) (void)make_fresh(manager);
}

void drop_kept(Manager& manager) {
  if (manager.kept != nullptr) envelope_free(manager.kept);
  manager.kept = manager.message = nullptr;
}

Manager::~Manager() {
  take_given(*this);
  drop_kept(*this);
  take_public(result);
  mem_delete(fresh);
  while (EventHandler* const handler = handlers.first) {
    handlers.remove(handler);
    mem_delete(handler);
  }
}

Term pair(TermBits first, TermBits second, Atom without_memory) {
  Term made;
  return or_atom(make_tuple(&made, {first, second}), std::move(made), without_memory);
}

/** {'EXIT', Reason}: what `catch` makes of an exception that is no throw. */
Term caught(const Exception& exception) { return pair(ATOM_EXIT_TAG, reason_of(exception), ATOM_EXIT_TAG); }

// ---- Those who have added handlers as their own ----

/** The link goes with the last handler, also of those that are to be added: an end meanwhile would be one of nobody that is
 * linked. Without memory for that it stays. */
void end_supervision(Process& self, Manager& manager, Pid supervisor) {
  if (manager.handlers.has_supervisor(supervisor)) return;
  if (manager.fresh != nullptr && manager.fresh->supervisor == supervisor) return;
  (void)unlink_incidental(self, supervisor);
}

/** Without memory for the message the manager ends: that is something they hear of, too. */
void tell_supervisor(Process& self, Manager& manager, const EventHandler& handler, TermBits why) {
  Payload payload;
  rsp_result result = make_tuple(&payload.term, {TermBits(ATOM_GEN_EVENT_EXIT), handler.name, why});
  if (result == RSP_OK) result = send(&self, handler.supervisor, payload);
  if (result != RSP_OK && result != RSP_EOVERLOAD) condemn(self, Term(ATOM_SYSTEM_LIMIT));
  end_supervision(self, manager, handler.supervisor);
}

void report_handler(Process& self, const Manager& manager, const EventHandler& handler, TermBits reason) {
  report(RSP_REPORT_ERROR, ATOM_EVENT_HANDLER_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_PROCESS_LABEL, label_of(self)},
          {ATOM_HANDLER, handler.name},
          {ATOM_REASON, reason},
          {ATOM_LAST_MESSAGE, manager.last_message}});
}

// ---- Steps that follow from a callback ----

bool is_request(const Manager& manager, EventRequest::Kind kind) {
  return manager.job == Job::REQUEST && manager.request->kind == kind;
}

void reply_term(Manager& manager, Term reply) { manager.answer->reply = to_public(reply.release()); }

/** What the job does when one handler has been dealt with. */
Step step_behind(const Manager& manager) { return manager.job == Job::REQUEST ? Step::DONE : Step::WALK; }

/** The current handler goes: its terminate gets `args`, and who has added it hears why. */
void remove_current(Manager& manager, Term args, Term why, bool has_crashed) {
  manager.args = std::move(args);
  manager.why = std::move(why);
  manager.has_crashed = has_crashed;
  manager.step = Step::TERMINATE;
}

void crash_current(Manager& manager, Term what) {
  if (is_request(manager, EventRequest::Kind::CALL)) refuse_event(*manager.answer, RSP_EHANDLER, what);
  Term args = pair(ATOM_ERROR, what, ATOM_ERROR);
  remove_current(manager, std::move(args), std::move(what), true);
}

/** {swapped, Handler, Supervisor}. */
Term swapped(const EventHandler& by) {
  Term why;
  const TermBits supervisor = by.supervisor.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(by.supervisor);
  return or_atom(make_tuple(&why, {TermBits(ATOM_SWAPPED), by.name, supervisor}), std::move(why),
                 ATOM_SWAPPED);
}

void swap_current(Manager& manager) {
  const rsp_result made = make_fresh(manager);
  if (made == RSP_EINVAL) return crash_current(manager, Term(ATOM_SWAP_HANDLER));
  if (made != RSP_OK) return crash_current(manager, Term(ATOM_SYSTEM_LIMIT));
  manager.fresh->supervisor = manager.current->supervisor;
  manager.behind = manager.current->previous;
  remove_current(manager, manager.ret.take_args(), swapped(*manager.fresh), false);
}

void give_reply(Manager& manager) {
  Payload payload = manager.ret.take_payload();
  if (payload.ops == nullptr) return reply_term(manager, std::move(payload.term));
  manager.answer->reply_native = payload.native;
  manager.answer->reply_ops = reinterpret_cast<const rsp_native_ops*>(payload.ops);
}

/** A handle_event, handle_call or handle_info has returned. */
void finish_handle(Manager& manager) {
  const bool in_call = is_request(manager, EventRequest::Kind::CALL);
  manager.hibernates = manager.hibernates || manager.ret.raw.hibernate;
  switch (manager.ret.raw.action) {
    case RSP_EVENT_OK:
      if (in_call) give_reply(manager);
      manager.step = step_behind(manager);
      return;
    case RSP_EVENT_REMOVE_HANDLER:
      if (in_call) give_reply(manager);
      return remove_current(manager, Term(ATOM_REMOVE_HANDLER), Term(ATOM_NORMAL), false);
    case RSP_EVENT_SWAP_HANDLER:
      if (in_call) give_reply(manager);
      return swap_current(manager);
    case RSP_EVENT_ERROR:
    case RSP_EVENT_BAD_RETURN:
      break;
  }
  crash_current(manager, manager.ret.take_reason());
}

/** A terminate is over, or there is none: the handler goes. */
void finish_terminate(Process& self, Manager& manager) {
  const Term result = take_public(manager.result);
  EventHandler* const handler = manager.current;
  manager.current = nullptr;
  manager.handlers.remove(handler);
  if (manager.has_crashed) report_handler(self, manager, *handler, manager.why);
  if (!handler->supervisor.is_none()) tell_supervisor(self, manager, *handler, manager.why);
  mem_delete(handler);
  if (manager.fresh != nullptr) {
    manager.args = pair(manager.fresh->args, result, ATOM_ERROR);
    manager.ret.clear();  // what is there is another's
    manager.step = Step::INIT;
    return;
  }
  if (is_request(manager, EventRequest::Kind::DELETE)) reply_term(manager, result);
  manager.step = step_behind(manager);
}

/** The new handler is not added, for this reason; what its init has given, if anything, goes with it. */
void refuse_fresh(Process& self, Manager& manager, Term reason, void* given) {
  EventHandler* const handler = manager.fresh;
  manager.fresh = nullptr;
  if (manager.job != Job::REQUEST || is_request(manager, EventRequest::Kind::CALL)) {
    // It was to stand in the place of another: nobody has asked for it who could be told, but for its supervisor.
    report_handler(self, manager, *handler, reason);
    if (!handler->supervisor.is_none()) tell_supervisor(self, manager, *handler, reason);
  } else {
    if (!handler->supervisor.is_none()) end_supervision(self, manager, handler->supervisor);
    refuse_event(*manager.answer, RSP_EHANDLER, std::move(reason));
  }
  handler->state = given;
  handler->has_state = given != nullptr;
  mem_delete(handler);
}

void finish_init(Process& self, Manager& manager) {
  manager.step = step_behind(manager);
  manager.hibernates = manager.hibernates || manager.ret.raw.hibernate;
  if (manager.ret.raw.action != RSP_EVENT_OK) {
    void* const given =
        manager.callback.has_given() ? std::exchange(manager.ret.raw.state, nullptr) : nullptr;
    return refuse_fresh(self, manager, manager.ret.take_reason(), given);
  }
  EventHandler* const handler = manager.fresh;
  manager.fresh = nullptr;
  take_state(manager, *handler);
  handler->args = Term();
  manager.handlers.insert(handler, manager.behind);
  if (is_request(manager, EventRequest::Kind::ADD) || is_request(manager, EventRequest::Kind::SWAP))
    reply_term(manager, Term(ATOM_OK));
}

Next drive(Process& self, Manager& manager);

/** What a callback came to, whether it has waited or not. */
Next finish(Process& self, Manager& manager, Next next) {
  const bool has_raised = next == Next::RAISE && has_exception(self);
  if (manager.step == Step::TERMINATE) {
    if (has_raised) {
      const Exception exception = take_exception(self);
      take_public(manager.result);
      const bool is_throw = exception.exception_class == ExceptionClass::THROW;
      Term value = is_throw ? exception.value : caught(exception);
      manager.result = to_public(value.release());
    }
    finish_terminate(self, manager);
  } else {
    const bool in_init = manager.step == Step::INIT;
    if (has_raised) {
      const Exception exception = take_exception(self);
      if (exception.exception_class == ExceptionClass::THROW) {
        manager.ret.read_thrown(exception.value, in_init, is_request(manager, EventRequest::Kind::CALL));
      } else {
        manager.ret.become_bad(caught(exception));
      }
    } else if (next == Next::STOP && !in_init) {
      manager.ret.raw.action = RSP_EVENT_REMOVE_HANDLER;
    } else if (next != Next::CONTINUE) {
      manager.ret.become_bad(TermBits::integer(static_cast<int64_t>(next)));
    }
    in_init ? finish_init(self, manager) : finish_handle(manager);
  }
  return manager.in_loop ? Next::CONTINUE : drive(self, manager);
}

// ---- Steps that run a callback ----

Next run_terminate(Process& self, Manager& manager) {
  const EventHandler& handler = *manager.current;
  manager.result = to_public(TermBits(ATOM_OK));
  if (handler.ops->terminate == nullptr) {
    finish_terminate(self, manager);
    return Next::CONTINUE;
  }
  return manager.callback.run(self, [&] {
    return from_public(handler.ops->terminate(to_public(self), handler.state,
                                              to_public(TermBits(manager.args)), &manager.result));
  });
}

Next run_init(Process& self, Manager& manager) {
  EventHandler& handler = *manager.fresh;
  manager.ret.clear();
  if (!handler.supervisor.is_none()) {
    const rsp_result linked = link_incidentally(self, handler.supervisor);
    if (linked != RSP_OK) {
      manager.step = step_behind(manager);
      refuse_fresh(self, manager, Term(ATOM_SYSTEM_LIMIT), nullptr);
      return Next::CONTINUE;
    }
  }
  return manager.callback.run(self, [&] {
    return from_public(
        handler.ops->init(to_public(self), handler.ctx, to_public(TermBits(manager.args)), &manager.ret.raw));
  });
}

Next run_undefined(Process& self, Manager& manager) {
  manager.ret.become_bad(caught({ExceptionClass::ERROR, Term(ATOM_UNDEF), Term::empty(Kind::LIST)}));
  return finish(self, manager, Next::CONTINUE);
}

Next run_handle(Process& self, Manager& manager) {
  const EventHandler& handler = *manager.current;
  auto function = handler.ops->handle_event;
  if (manager.job == Job::INFO) function = handler.ops->handle_info;
  if (manager.job == Job::REQUEST) function = handler.ops->handle_call;
  manager.ret.clear();
  if (function == nullptr && manager.job == Job::REQUEST) return run_undefined(self, manager);
  if (function == nullptr) {
    if (!manager.is_unhandled && manager.message->kind != EnvelopeKind::EXIT)
      report_unhandled(self, *manager.message);
    manager.is_unhandled = true;
    manager.step = Step::WALK;
    return Next::CONTINUE;
  }
  return manager.callback.run(self, [&] {
    return from_public(
        function(to_public(self), handler.state, to_public(manager.message), &manager.ret.raw));
  });
}

/** To the next handler that the job is about. */
void walk(Manager& manager) {
  while (EventHandler* const handler = manager.next) {
    manager.next = handler->next;
    manager.current = handler;
    switch (manager.job) {
      case Job::STOP:
        return remove_current(manager, Term(ATOM_STOP), Term(ATOM_SHUTDOWN), false);
      case Job::SUPERVISOR_ENDED:
        if (handler->supervisor != manager.ended) continue;
        return remove_current(manager, pair(ATOM_STOP, manager.reason, ATOM_STOP), Term(ATOM_SHUTDOWN),
                              false);
      default:
        manager.step = Step::HANDLE;
        return;
    }
  }
  manager.current = nullptr;
  if (manager.job == Job::SUPERVISOR_ENDED) {
    manager.job = Job::INFO;
    manager.next = manager.handlers.first;
  } else {
    manager.step = Step::DONE;
  }
}

Next run_step(Process& self, Manager& manager) {
  switch (manager.step) {
    case Step::WALK:
      walk(manager);
      return Next::CONTINUE;
    case Step::HANDLE:
      return run_handle(self, manager);
    case Step::TERMINATE:
      return run_terminate(self, manager);
    case Step::INIT:
      return run_init(self, manager);
    case Step::DONE:
      break;
  }
  return Next::CONTINUE;
}

/** What was lent goes with the callback that waits; the handlers behind it have yet to see it. */
void keep_message(Process& self, Manager& manager) {
  if (manager.kept != nullptr || manager.message == nullptr) return;
  Envelope* const lent = manager.message;
  manager.message = nullptr;
  if (manager.next == nullptr && manager.job != Job::SUPERVISOR_ENDED) return;
  Envelope* const kept = envelope_new(lent->kind);
  if (kept == nullptr) {
    condemn(self, Term(ATOM_SYSTEM_LIMIT));
    return;
  }
  // Of what it was beside a message nothing is taken along: neither its place in a limit, nor in a list, nor a request's parts.
  kept->flags = lent->flags & static_cast<uint8_t>(~(envelope_flag::COUNTED | envelope_flag::CONSUMED));
  kept->alias = lent->alias;
  kept->from = lent->from;
  kept->ref = lent->ref;
  kept->ref_owner = lent->ref_owner;
  kept->aux = lent->has(envelope_flag::COUNTED) ? 0 : lent->aux;
  kept->term = lent->term;
  if (lent->has(envelope_flag::NATIVE)) kept->native = lent->native;
  if (lent->kind == EnvelopeKind::DOWN) kept->tag = lent->tag;
  lent->flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
  lent->term = TermBits::nil();
  manager.message = manager.kept = kept;
}

void finish_job(Manager& manager) {
  if (manager.hibernates && manager.answer != nullptr) manager.answer->wait = RSP_SERVER_WAIT_HIBERNATE;
  drop_kept(manager);
  manager.request.reset();
  manager.last_message = manager.args = manager.why = manager.reason = Term();
}

Next drive(Process& self, Manager& manager) {
  manager.in_loop = true;
  Next next = Next::CONTINUE;
  while (manager.step != Step::DONE && next == Next::CONTINUE && !self.has(process_flag::CONDEMNED))
    next = run_step(self, manager);
  manager.in_loop = false;
  if (next == Next::AWAIT) {
    keep_message(self, manager);
  } else {
    finish_job(manager);
  }
  return next;
}

// ---- Jobs ----

void begin_job(Manager& manager, Job job, Envelope* message, rsp_server_return* ret) {
  manager.job = job;
  manager.step = Step::WALK;
  manager.message = message;
  manager.answer = ret;
  manager.is_unhandled = manager.hibernates = false;
  manager.next = manager.handlers.first;
  if (message != nullptr) manager.last_message = last_message(*message);
}

void list_handlers(Manager& manager) {
  size_t count = 0;
  for (const EventHandler* it = manager.handlers.first; it != nullptr; it = it->next) ++count;
  TermBits* const names = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  Term list;
  if (names != nullptr) {
    size_t place = 0;
    for (const EventHandler* it = manager.handlers.first; it != nullptr; it = it->next)
      names[place++] = it->name;
  }
  if (names == nullptr || make_list(&list, std::span<const TermBits>(names, count)) != RSP_OK) {
    refuse_event(*manager.answer, RSP_ENOMEM, Term(ATOM_SYSTEM_LIMIT));
  } else {
    reply_term(manager, std::move(list));
  }
  mem_free(names);
}

/** A request brings a new handler, for the place in front. */
void begin_add(Manager& manager, Pid client) {
  EventRequest& request = *manager.request;
  manager.fresh = request.handler;
  request.handler = nullptr;
  manager.behind = nullptr;
  if (request.supervised) manager.fresh->supervisor = client;
  manager.args = manager.fresh->args;
  manager.ret.clear();  // what is there is another's
  manager.step = Step::INIT;
}

/** The same, and if there is an `old` one that goes before. */
void begin_swap(Manager& manager, EventHandler* old, Pid client) {
  begin_add(manager, client);
  if (old == nullptr) {
    manager.args = pair(manager.fresh->args, ATOM_ERROR, ATOM_ERROR);
    return;
  }
  if (!manager.request->supervised) manager.fresh->supervisor = old->supervisor;
  remove_current(manager, manager.request->args, swapped(*manager.fresh), false);
}

void begin_request(Manager& manager, Envelope& message) {
  EventRequest& request = *manager.request;
  const Pid client{message.from, 0, 0};
  const bool names_one = request.kind != EventRequest::Kind::ADD && request.kind != EventRequest::Kind::WHICH;
  EventHandler* const handler = names_one ? manager.handlers.find(request.name) : nullptr;
  manager.next = nullptr;
  manager.current = handler;
  manager.step = Step::DONE;
  switch (request.kind) {
    case EventRequest::Kind::WHICH:
      return list_handlers(manager);
    case EventRequest::Kind::ADD:
      return begin_add(manager, client);
    case EventRequest::Kind::SWAP:
      return begin_swap(manager, handler, client);
    case EventRequest::Kind::DELETE:
      if (handler == nullptr)
        return refuse_event(*manager.answer, RSP_EMISMATCH, Term(ATOM_MODULE_NOT_FOUND));
      return remove_current(manager, request.args, Term(ATOM_NORMAL), false);
    case EventRequest::Kind::CALL:
      if (handler == nullptr) return refuse_event(*manager.answer, RSP_EMISMATCH, Term(ATOM_BAD_MODULE));
      load_payload(&message, request.payload);
      if (message.has(envelope_flag::NATIVE)) request.payload.ops = nullptr;  // it is the message's to drop
      manager.step = Step::HANDLE;
  }
}

// ---- The server ----

rsp_next init(rsp_self* raw_self, void*, rsp_term, rsp_server_return* ret) {
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  call.self().flags |= process_flag::TRAP_EXIT;
  Manager* const manager = mem_new<Manager>();
  ret->state = manager;
  if (manager != nullptr) return RSP_NEXT_CONTINUE;
  ret->action = RSP_SERVER_STOP;
  ret->reason = to_public(TermBits(ATOM_SYSTEM_LIMIT));
  return RSP_NEXT_CONTINUE;
}

/** A message of the server is a job. */
template <class Begin>
rsp_next run_job(rsp_self* raw_self, void* state, const Begin& begin) {
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  Manager& manager = *static_cast<Manager*>(state);
  begin(manager);
  return static_cast<rsp_next>(drive(call.self(), manager));
}

rsp_next handle_call(rsp_self* self, void* state, rsp_msg* raw_message, rsp_from, rsp_server_return* ret) {
  return run_job(self, state, [&](Manager& manager) {
    Envelope& message = *from_public(raw_message);
    EventRequestPtr request = take_event_request(message);
    ret->action = RSP_SERVER_REPLY;
    if (request == nullptr) {
      ret->reply = to_public(TermBits(ATOM_OK));
      return begin_job(manager, Job::NOTIFY, &message, ret);
    }
    manager.request = std::move(request);
    begin_job(manager, Job::REQUEST, nullptr, ret);
    begin_request(manager, message);
    if (manager.step != Step::HANDLE) return;
    manager.message = &message;
    manager.last_message = last_message(message);
  });
}

rsp_next handle_cast(rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret) {
  return run_job(self, state,
                 [&](Manager& manager) { begin_job(manager, Job::NOTIFY, from_public(message), ret); });
}

rsp_next handle_info(rsp_self* self, void* state, rsp_msg* raw_message, rsp_server_return* ret) {
  return run_job(self, state, [&](Manager& manager) {
    Envelope& message = *from_public(raw_message);
    const bool is_exit = message.kind == EnvelopeKind::EXIT;
    begin_job(manager, is_exit ? Job::SUPERVISOR_ENDED : Job::INFO, &message, ret);
    if (!is_exit) return;
    manager.ended = Pid{message.from, 0, 0};
    manager.reason = Term::share(message.term);
  });
}

rsp_next terminate(rsp_self* self, void* state, rsp_term) {
  return run_job(self, state, [&](Manager& manager) { begin_job(manager, Job::STOP, nullptr, nullptr); });
}

rsp_term format_status(rsp_self* raw_self, void* state) {
  const InCall call(raw_self);
  if (!call.begun()) return rsp_term{};
  return to_public(said_states(call.self(), static_cast<const Manager*>(state)->handlers).release());
}

void free_manager(void* state) { mem_delete(static_cast<Manager*>(state)); }

constexpr rsp_server_ops MANAGER_OPS{
    sizeof(rsp_server_ops), "gen_event", &init,          &handle_call,  &handle_cast,
    &handle_info,           nullptr,     &terminate,     &free_manager, RSP_RESTART_DEFAULT,
    RSP_SHUTDOWN_DEFAULT,   0,           &format_status, nullptr,       nullptr};

}  // namespace

bool is_event_manager(const rsp_server_ops& ops) { return &ops == &MANAGER_OPS; }

rsp_start_spec event_manager_spec(Atom name) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &MANAGER_OPS;
  spec.name = to_public(name);
  return spec;
}

}  // namespace rsp
