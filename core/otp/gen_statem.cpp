#include "core/otp/gen_statem.hpp"

#include <utility>

#include "core/otp/gen_server.hpp"
#include "core/otp/sys.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {

struct Machine {
  enum class Transition : uint8_t { KEEP_STATE, NEXT_STATE, REPEAT_STATE };

  /** What one callback asks for. */
  struct Asked {
    Transition transition = Transition::KEEP_STATE;
    Term state;  // of NEXT_STATE
    bool postpone = false;
    EventList next_events;
  };

  explicit Machine(Process& owner) noexcept : self(owner) {}

  Process& self;
  Term state;  // when the last event was over
  Term next;   // when this one is
  Asked asked;
  // Of the event that is being handled, with its enter calls.
  Event current;
  bool in_enter = false;
  bool postpones = false;
  bool hibernates = false;
  EventList inserted;
  rsp_event view{};  // what the callback sees
  // From event to event.
  EventList queue;
  EventList postponed;
  Timeouts timeouts;
  Envelope* before = nullptr;  // content of enter calls, once they are made
};

namespace {

// ---- Ends ----

/** The machine has returned, or asked for, what means nothing: {Tag, What}. */
Next reject(Process& self, Server& server, Atom tag, TermBits what) {
  Machine& machine = *server.machine;
  machine.state = Term(machine.next);
  return fail(self, server, Exception{ExceptionClass::ERROR, bad_return(what, tag), Term::empty(Kind::LIST)});
}

Next reject_return(Process& self, Server& server) {
  return reject(self, server, ATOM_BAD_RETURN_FROM_STATE_FUNCTION, server.ret.take_misplaced(true));
}

Next reject_new_state(Process& self, Server& server) {
  Term what;
  const rsp_result built = make_tuple(&what, {TermBits(ATOM_NEXT_STATE), server.machine->asked.state});
  return reject(self, server, ATOM_BAD_STATE_ENTER_RETURN, or_atom(built, std::move(what), ATOM_NEXT_STATE));
}

// ---- The event is over ----

/** Its call is answered with its own envelope, if nothing else is sent before that goes. */
void reply_to_event(Process& self, Server& server, bool is_last_of_event) {
  Machine& machine = *server.machine;
  const bool has_loan = is_last_of_event && machine.current.message != nullptr;
  send_reply(self, server, has_loan ? machine.current.message : nullptr);
  if (has_loan) drop_event(self, machine.current);
}

Next step(Process& self, Server& server);

/** The continuation of a wait for nothing, which is how the next event becomes a step of the process. */
Next take_queued(Process& self, Envelope*, void* context) {
  Server& server = *static_cast<Server*>(context);
  Machine& machine = *server.machine;
  if (machine.queue.is_empty()) {
    machine.timeouts.take_due(&machine.current);
  } else {
    machine.current = machine.queue.pop();
  }
  return step(self, server);
}

}  // namespace

Next go_on(Process& self, Server& server) {
  Machine& machine = *server.machine;
  if (!machine.queue.is_empty() || machine.timeouts.has_due())
    return await_nothing(self, &take_queued, &server);
  if (machine.hibernates) {
    server.last_message = Term();
    hibernate(self);
  }
  return Next::CONTINUE;
}

namespace {

Next transition(Process& self, Server& server) {
  Machine& machine = *server.machine;
  bool has_memory = !machine.postpones || machine.postponed.append(machine.current);
  drop_event(self, machine.current);
  if (!equal(machine.state, machine.next)) {
    if (server.traced) [[unlikely]]
      trace_state(self, machine.state, machine.next);
    machine.queue.prepend(machine.postponed);
    machine.timeouts.cancel(self, {RSP_EVENT_STATE_TIMEOUT, Term()});
  }
  machine.timeouts.cancel(self, {RSP_EVENT_TIMEOUT, Term()});
  machine.state = Term(machine.next);
  has_memory = machine.timeouts.apply(self) && has_memory;
  machine.queue.prepend(machine.inserted);
  if (has_memory) return go_on(self, server);
  condemn(self, Term(ATOM_SYSTEM_LIMIT));
  return Next::CONTINUE;
}

// ---- Callbacks ----

Next call_handler(Process& self, Server& server, rsp_event_type type, Envelope* content) {
  Machine& machine = *server.machine;
  machine.asked.transition = Machine::Transition::KEEP_STATE;
  machine.asked.state = Term();
  machine.asked.postpone = false;
  server.ret.clear();
  machine.view = rsp_event{};
  machine.view.size = sizeof(rsp_event);
  machine.view.type = type;
  machine.view.msg = to_public(content);
  if (type == RSP_EVENT_CALL) machine.view.from = to_public(server.caller);
  machine.view.name = to_public(TermBits(machine.current.name));
  machine.view.state = to_public(TermBits(machine.next));
  return server.callback.run(self, [&] {
    return from_public(
        server.ops->handle_event(to_public(self), server.state, &machine.view, &server.ret.raw));
  });
}

/** For who traces the machine. */
[[gnu::cold]] void trace_current(Process& self, const Machine& machine) {
  const Event& event = machine.current;
  switch (event.type) {
    case RSP_EVENT_NAMED_TIMEOUT:
      return trace_named_timeout(self, event.name, *event.message);
    case RSP_EVENT_TIMEOUT:
      return trace_event(self, "timeout", *event.message);
    case RSP_EVENT_STATE_TIMEOUT:
      return trace_event(self, "state_timeout", *event.message);
    case RSP_EVENT_INTERNAL:
      return trace_event(self, "internal", *event.message);
    case RSP_EVENT_CALL:
      return trace_event(self, "call", *event.message);
    case RSP_EVENT_CAST:
      return trace_event(self, "cast", *event.message);
    default:
      return trace_event(self, "info", *event.message);
  }
}

/** The event in `current` begins. */
Next step(Process& self, Server& server) {
  Machine& machine = *server.machine;
  const Envelope& message = *machine.current.message;
  machine.next = Term(machine.state);
  machine.in_enter = machine.postpones = machine.hibernates = false;
  const bool is_call = machine.current.type == RSP_EVENT_CALL;
  server.stage = is_call ? ServerStage::CALL : ServerStage::OTHER;
  if (is_call) server.caller = caller_of(message);
  server.last_message = last_message(message);
  if (server.traced) [[unlikely]]
    trace_current(self, machine);
  return call_handler(self, server, machine.current.type, machine.current.message);
}

/** The continuation of a wait for nothing, as of the next event: an enter call may repeat the state for ever. */
Next run_enter(Process& self, Envelope*, void* context) {
  Server& server = *static_cast<Server*>(context);
  Machine& machine = *server.machine;
  machine.in_enter = true;
  envelope_drop_payload(machine.before);
  machine.before->term = Term(machine.state).release();
  return call_handler(self, server, RSP_EVENT_ENTER, machine.before);
}

Next enter(Process& self, Server& server) { return await_nothing(self, &run_enter, &server); }

/** What an enter call may not ask for; nil: it has not. */
Term misplaced_in_enter(Process& self, Machine::Asked& asked) {
  if (asked.postpone) return Term(ATOM_POSTPONE);
  if (asked.next_events.is_empty()) return Term();
  constexpr Atom WORDS[] = {ATOM_CALL, ATOM_CAST, ATOM_INFO, ATOM_INTERNAL};
  Event event = asked.next_events.pop();
  const bool is_native = event.message->has(envelope_flag::NATIVE);
  const TermBits content = is_native ? TermBits() : event.message->term;
  Term what;
  const rsp_result built = make_tuple(&what, {ATOM_NEXT_EVENT, WORDS[event.type], content});
  drop_event(self, event);
  return or_atom(built, std::move(what), ATOM_NEXT_EVENT);
}

/** A callback goes on, with what it has asked for. */
Next obey(Process& self, Server& server) {
  Machine& machine = *server.machine;
  Machine::Asked& asked = machine.asked;
  const bool is_new =
      asked.transition == Machine::Transition::NEXT_STATE && !equal(asked.state, TermBits(machine.next));
  if (machine.in_enter && is_new) return reject_new_state(self, server);
  if (machine.in_enter) {
    const Term misplaced = misplaced_in_enter(self, asked);
    if (!misplaced.is_nil()) return reject(self, server, ATOM_BAD_STATE_ENTER_ACTION, misplaced);
  }
  if (is_new) machine.next = std::move(asked.state);
  machine.postpones = machine.postpones || asked.postpone;
  machine.inserted.append(asked.next_events);
  machine.hibernates = machine.hibernates || server.ret.raw.wait == RSP_SERVER_WAIT_HIBERNATE;
  const bool enters =
      machine.before != nullptr && (is_new || asked.transition == Machine::Transition::REPEAT_STATE);
  if (server.ret.raw.action == RSP_SERVER_REPLY) reply_to_event(self, server, !enters && !machine.postpones);
  return enters ? enter(self, server) : transition(self, server);
}

}  // namespace

Next finish_event(Process& self, Server& server) {
  const bool in_call = server.stage == ServerStage::CALL;
  Machine& machine = *server.machine;
  switch (server.ret.raw.action) {
    case RSP_SERVER_REPLY:
      if (!in_call) break;
      [[fallthrough]];
    case RSP_SERVER_NOREPLY:
      if (!server.ret.is_wait_sound(true)) break;
      return obey(self, server);
    case RSP_SERVER_STOP_REPLY:
      if (!in_call) break;
      reply_to_event(self, server, true);
      [[fallthrough]];
    case RSP_SERVER_STOP:
      if (machine.in_enter) machine.state = Term(machine.next);  // it was in that state
      return stop(self, server, server.ret.take_reason());
    case RSP_SERVER_IGNORE:
    case RSP_SERVER_ERROR:
    case RSP_SERVER_BAD_RETURN:
      break;
  }
  return reject_return(self, server);
}

Next enter_first_state(Process& self, Server& server) {
  Machine& machine = *server.machine;
  server.stage = ServerStage::OTHER;
  if (machine.asked.transition == Machine::Transition::NEXT_STATE)
    machine.next = std::move(machine.asked.state);
  machine.state = Term(machine.next);
  machine.inserted.append(machine.asked.next_events);
  machine.hibernates = server.ret.raw.wait == RSP_SERVER_WAIT_HIBERNATE;
  return machine.before != nullptr ? enter(self, server) : transition(self, server);
}

Next receive_event(Process& self, Server& server, Envelope& message) {
  Machine& machine = *server.machine;
  if (Term reason; asks_to_stop(self, message, &reason)) {
    server.stage = ServerStage::OTHER;
    server.last_message = last_message(message);
    return stop(self, server, std::move(reason));
  }
  if (message.kind == EnvelopeKind::SYSTEM) {
    const bool is_timeout =
        message.has(envelope_flag::TIMED) && machine.timeouts.take_fired(message, &machine.current);
    return is_timeout ? step(self, server) : Next::CONTINUE;
  }
  keep_message(self);
  machine.current.message = &message;
  switch (message.kind) {
    case EnvelopeKind::CALL:
      machine.current.type = RSP_EVENT_CALL;
      break;
    case EnvelopeKind::CAST:
      machine.current.type = RSP_EVENT_CAST;
      break;
    default:
      machine.current.type = RSP_EVENT_INFO;
  }
  return step(self, server);
}

void read_thrown(Machine& machine, ServerReturn& ret, TermBits thrown) {
  Machine::Asked& asked = machine.asked;
  asked.transition = Machine::Transition::KEEP_STATE;
  if (thrown.is(ATOM_KEEP_STATE_AND_DATA) || thrown.is_tagged(ATOM_KEEP_STATE, 2)) {
    ret.become(RSP_SERVER_NOREPLY, Term());
  } else if (thrown.is(ATOM_REPEAT_STATE_AND_DATA) || thrown.is_tagged(ATOM_REPEAT_STATE, 2)) {
    asked.transition = Machine::Transition::REPEAT_STATE;
    ret.become(RSP_SERVER_NOREPLY, Term());
  } else if (thrown.is_tagged(ATOM_NEXT_STATE, 3)) {
    ask_next_state(machine, thrown.element(1));
    ret.become(RSP_SERVER_NOREPLY, Term());
  } else if (thrown.is(ATOM_STOP)) {
    ret.become(RSP_SERVER_STOP, ATOM_NORMAL);
  } else if (thrown.is_tagged(ATOM_STOP, 2) || thrown.is_tagged(ATOM_STOP, 3)) {
    ret.become(RSP_SERVER_STOP, thrown.element(1));
  } else {
    ret.become(RSP_SERVER_BAD_RETURN, thrown);
  }
}

// ---- The machine ----

Machine* machine_new(Process& self) { return mem_new<Machine>(self); }

void machine_free(Machine* machine) {
  if (machine == nullptr) return;
  Process& self = machine->self;
  drop_event(self, machine->current);
  for (EventList* const list :
       {&machine->asked.next_events, &machine->inserted, &machine->queue, &machine->postponed})
    list->drop(self);
  machine->timeouts.drop(self);
  if (machine->before != nullptr) envelope_free(machine->before);
  mem_delete(machine);
}

TermBits state_of(const Server& server) {
  return server.stage == ServerStage::TERMINATE ? server.machine->state : server.machine->next;
}

const Server* machine_of(const Process& self) {
  const Server* const server = server_of(self);
  return server == nullptr || server->machine == nullptr ? nullptr : server;
}

Machine* asking_machine(Process& self, bool of_init) {
  const Server* const server = machine_of(self);
  if (server == nullptr) return nullptr;
  const bool can_ask = of_init ? server->stage == ServerStage::INIT : server->stage < ServerStage::SYSTEM;
  return can_ask ? server->machine : nullptr;
}

void ask_next_state(Machine& machine, TermBits state) {
  machine.asked.transition = Machine::Transition::NEXT_STATE;
  machine.asked.state = Term::share(state);
}

void ask_repeat_state(Machine& machine) { machine.asked.transition = Machine::Transition::REPEAT_STATE; }

void ask_postpone(Machine& machine) { machine.asked.postpone = true; }

rsp_result ask_next_event(Machine& machine, rsp_event_type type, LocalRef from, Payload& payload) {
  EnvelopeKind kind = EnvelopeKind::MESSAGE;
  if (type == RSP_EVENT_CALL) kind = EnvelopeKind::CALL;
  if (type == RSP_EVENT_CAST) kind = EnvelopeKind::CAST;
  Envelope* const message =
      envelope_new(kind);  // all of it: it is no request, of which the second line would say
  if (message == nullptr) return RSP_ENOMEM;
  message->from = type == RSP_EVENT_CALL ? from.owner : machine.self.id();
  message->ref = from.number;
  message->ref_owner = from.owner;
  Event event{type, message, Term()};
  if (!machine.asked.next_events.append(event)) {
    envelope_free_blank(message);
    return RSP_ENOMEM;
  }
  load_payload(message, payload);
  return RSP_OK;
}

rsp_result ask_timeout(Machine& machine, Timeouts::Verb verb, Timeouts::Key key, uint64_t time_ms,
                       Payload& payload) {
  return machine.timeouts.ask(machine.self, verb, key, time_ms, payload);
}

rsp_result ask_enter_calls(Machine& machine) {
  if (machine.before == nullptr) machine.before = envelope_new(EnvelopeKind::MESSAGE);
  if (machine.before == nullptr) return RSP_ENOMEM;
  machine.before->from = machine.self.id();
  return RSP_OK;
}

}  // namespace rsp
