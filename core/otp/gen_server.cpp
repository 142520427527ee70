#include "core/otp/gen_server.hpp"

#include "core/otp/callback_run.hpp"
#include "core/otp/library.hpp"
#include "core/otp/server_report.hpp"
#include "core/otp/server_return.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct Server;
Next finish(Process& self, Server& server, Next next);

struct Server {
  StartSpec* spec = nullptr;
  Starter starter{};
  const rsp_server_ops* ops = nullptr;
  void* state = nullptr;
  bool has_state = false;
  ServerStage stage = ServerStage::INIT;
  CallbackRun<Server, &finish> callback{*this};
  rsp_from from{};           // of the call being handled
  Envelope* lent = nullptr;  // that call, while no other code of the server can run before its loan ends
  Term last_message;
  ServerReturn ret;
  // Stopping.
  Term reason;
  ExceptionClass exception_class = ExceptionClass::EXIT;  // of what made it stop
  Pid client{};                                           // whose call it was handling then
  bool reply_when_stopped = false;
};

void send_reply(Process& self, Server& server) {
  const LocalRef to = from_public(server.from.ref).as_local();
  Payload payload = server.ret.take_payload();
  const bool has_loan =
      server.lent != nullptr && !server.callback.has_waited() && !server.ret.raw.has_continue;
  const rsp_result result =
      has_loan ? reply_with_loan(self, *server.lent, to, payload) : reply(&self, to, payload);
  if (result == RSP_OK) return;
  // The caller would wait for ever: its monitor tells it when this process ends.
  if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  condemn(self, Term(ATOM_SYSTEM_LIMIT));
}

// ---- The end ----

/** What the server says of its state, where reports show that. What it raises there is nothing it says. */
Term shown_state(Process& self, const Server& server) {
  if (!reports_show(RSP_REPORT_STATES) || !server.has_state) return Term();
  if (!RSP_HAS(rsp_server_ops, server.ops, format_status) || server.ops->format_status == nullptr)
    return Term();
  rsp_term shown{};
  const Next next = guarded(self, [&] {
    shown = server.ops->format_status(to_public(self), server.state);
    return Next::CONTINUE;
  });
  if (next == Next::RAISE) drop_exception(self);
  return take_public(shown);
}

void report_end(Process& self, Server& server) {
  if (is_expected(server.reason)) return;
  const Term state = shown_state(self, server);
  const TermBits client = server.client.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(server.client);
  report_server_end(self, *server.spec,
                    ServerEnd{server.reason, server.exception_class, server.last_message, client, state});
}

/** After terminate, or where there is none to run. */
Next die(Process& self, Server& server) {
  report_end(self, server);
  if (server.reply_when_stopped) send_reply(self, server);
  return end_for(self, std::move(server.reason));
}

Next finish_terminate(Process& self, Server& server, Next next) {
  if (next == Next::RAISE && has_exception(self)) {
    // What terminate raises replaces the reason; a throw is a value it returned, which nobody looks at.
    const Exception exception = take_exception(self);
    if (exception.exception_class != ExceptionClass::THROW) {
      server.reason = reason_of(exception);
      server.exception_class = exception.exception_class;
    }
  }
  return die(self, server);
}

Next stop(Process& self, Server& server, Term reason) {
  if (server.stage == ServerStage::CALL) server.client = from_public(server.from.pid);
  server.stage = ServerStage::TERMINATE;
  server.reason = std::move(reason);
  server.lent = nullptr;
  if (server.ops->terminate == nullptr) return die(self, server);
  return server.callback.run(self, [&] {
    return from_public(
        server.ops->terminate(to_public(self), server.state, to_public(TermBits(server.reason))));
  });
}

// ---- init ----

/** The start has failed: `outcome` for the starter, then the end for `reason`. */
Next fail_init(Process& self, Server& server, const Term& outcome, Term reason) {
  server.reason = std::move(reason);
  report_end(self, server);
  init_ack(self, server.starter, outcome);
  return end_for(self, std::move(server.reason));
}

Next go_on(Process& self, Server& server);

Next finish_init(Process& self, Server& server) {
  rsp_server_return& raw = server.ret.raw;
  switch (raw.action) {
    case RSP_SERVER_NOREPLY:
      server.state = raw.state;
      server.has_state = true;
      if (!server.ret.is_wait_sound()) break;
      init_ack(self, server.starter, ATOM_OK);
      server.starter = Starter{};
      return go_on(self, server);
    case RSP_SERVER_STOP: {
      const Term reason = server.ret.take_reason();
      return fail_init(self, server, error_outcome(reason), reason);
    }
    case RSP_SERVER_ERROR:
      return fail_init(self, server, error_outcome(server.ret.take_reason()), Term(ATOM_NORMAL));
    case RSP_SERVER_IGNORE:
      return fail_init(self, server, Term(ATOM_IGNORE), Term(ATOM_NORMAL));
    case RSP_SERVER_REPLY:
    case RSP_SERVER_STOP_REPLY:
    case RSP_SERVER_BAD_RETURN:
      break;
  }
  const Term reason = bad_return(server.ret.take_misplaced());
  return fail_init(self, server, error_outcome(reason), reason);
}

// ---- What a callback returned ----

/** An exception left the callback. */
Next fail(Process& self, Server& server, const Exception& exception) {
  const bool in_init = server.stage == ServerStage::INIT;
  if (exception.exception_class == ExceptionClass::THROW) {
    server.ret.read_thrown(exception.value, server.stage);
    return finish(self, server, Next::CONTINUE);
  }
  Term reason = reason_of(exception);
  server.exception_class = exception.exception_class;
  if (in_init) return fail_init(self, server, error_outcome(reason), reason);
  return stop(self, server, std::move(reason));
}

Next finish_callback(Process& self, Server& server) {
  const bool in_call = server.stage == ServerStage::CALL;
  switch (server.ret.raw.action) {
    case RSP_SERVER_REPLY:
      if (!in_call || !server.ret.is_wait_sound()) break;
      send_reply(self, server);
      return go_on(self, server);
    case RSP_SERVER_NOREPLY:
      if (!server.ret.is_wait_sound()) break;
      return go_on(self, server);
    case RSP_SERVER_STOP_REPLY:
      if (!in_call) break;
      server.reply_when_stopped = true;
      [[fallthrough]];
    case RSP_SERVER_STOP:
      return stop(self, server, server.ret.take_reason());
    case RSP_SERVER_IGNORE:
    case RSP_SERVER_ERROR:
    case RSP_SERVER_BAD_RETURN:
      break;
  }
  return stop(self, server, bad_return(server.ret.take_misplaced()));
}

/** What follows from a callback, whatever stage it was of. One that ran as a signal ended the process has no
 * consequences: no acknowledgement, no reply, no terminate (S-SRV-26). */
Next finish(Process& self, Server& server, Next next) {
  if (server.stage == ServerStage::TERMINATE) return finish_terminate(self, server, next);
  if (next == Next::RAISE && has_exception(self)) return fail(self, server, take_exception(self));
  if (next == Next::STOP) {
    server.ret.become(RSP_SERVER_STOP, ATOM_NORMAL);
  } else if (next != Next::CONTINUE) {
    server.ret.become(RSP_SERVER_BAD_RETURN, TermBits::integer(static_cast<int64_t>(next)));
  }
  return server.stage == ServerStage::INIT ? finish_init(self, server) : finish_callback(self, server);
}

Next run_continue(Process& self, Server& server) {
  const Term argument = server.ret.take_continue();
  server.ret.clear();
  server.stage = ServerStage::OTHER;
  if (server.ops->handle_continue == nullptr) {
    return fail(self, server, Exception{ExceptionClass::ERROR, Term(ATOM_UNDEF), Term::empty(Kind::LIST)});
  }
  return server.callback.run(self, [&] {
    return from_public(server.ops->handle_continue(to_public(self), server.state,
                                                   to_public(TermBits(argument)), &server.ret.raw));
  });
}

/** The server goes on: with what the callback asked for, and then with the next message. */
Next go_on(Process& self, Server& server) {
  const rsp_server_return& raw = server.ret.raw;
  if (raw.has_continue) return run_continue(self, server);
  if (raw.wait == RSP_SERVER_WAIT_TIMEOUT) {
    if (begin_idle(self, raw.timeout_ms) != RSP_OK) condemn(self, Term(ATOM_SYSTEM_LIMIT));
  } else if (raw.wait == RSP_SERVER_WAIT_HIBERNATE) {
    server.last_message = Term();
    hibernate(self);
  }
  return Next::CONTINUE;
}

// ---- Behaviour ----

Next start(Process& self, void* state) {
  Server& server = *static_cast<Server*>(state);
  if (!register_started(self, server.spec->name, server.starter)) return Next::STOP;
  Term error;
  if (server.spec->library != nullptr) {
    const UserCode inside(self);  // what the library does when it is loaded, and its entry
    server.ops = load_ops(*server.spec, &error);
  } else {
    server.ops = server.spec->ops;
  }
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;  // while the library's entry ran
  if (server.ops == nullptr) return fail_init(self, server, error_outcome(error), error);
  return server.callback.run(self, [&] {
    return from_public(server.ops->init(to_public(self), server.spec->ctx,
                                        to_public(TermBits(server.starter.args)), &server.ret.raw));
  });
}

Next undefined(Process& self, Server& server, Atom callback) {
  Term value;
  const rsp_result built = make_tuple(&value, {TermBits(ATOM_UNDEF), TermBits(callback)});
  return fail(self, server,
              Exception{ExceptionClass::ERROR, or_atom(built, std::move(value), ATOM_UNDEF),
                        Term::empty(Kind::LIST)});
}

Next handle_info(Process& self, Server& server, Envelope& envelope) {
  if (server.ops->handle_info == nullptr) {
    report_unhandled(self, envelope);
    return Next::CONTINUE;
  }
  return server.callback.run(self, [&] {
    return from_public(
        server.ops->handle_info(to_public(self), server.state, to_public(&envelope), &server.ret.raw));
  });
}

Next message(Process& self, Envelope& envelope, void* state) {
  Server& server = *static_cast<Server*>(state);
  end_idle(self);
  server.ret.clear();
  server.stage = ServerStage::OTHER;
  server.lent = nullptr;
  server.last_message = shown_message(envelope);
  switch (envelope.kind) {
    case EnvelopeKind::EXIT:
      if (is_overseer(self, envelope.from)) return stop(self, server, Term::share(envelope.term));
      return handle_info(self, server, envelope);
    case EnvelopeKind::SYSTEM:
      if (envelope.term.is_tagged(ATOM_TERMINATE, 2))
        return stop(self, server, Term::share(envelope.term.element(1)));
      return Next::CONTINUE;
    case EnvelopeKind::CALL: {
      if (server.ops->handle_call == nullptr) return undefined(self, server, ATOM_HANDLE_CALL);
      server.stage = ServerStage::CALL;
      server.lent = &envelope;
      server.from.pid = to_public(Pid{envelope.from, 0, 0});
      server.from.ref = to_public(Ref::local(LocalRef{envelope.ref, envelope.ref_owner}, 0));
      return server.callback.run(self, [&] {
        return from_public(server.ops->handle_call(to_public(self), server.state, to_public(&envelope),
                                                   server.from, &server.ret.raw));
      });
    }
    case EnvelopeKind::CAST:
      if (server.ops->handle_cast == nullptr) return undefined(self, server, ATOM_HANDLE_CAST);
      return server.callback.run(self, [&] {
        return from_public(
            server.ops->handle_cast(to_public(self), server.state, to_public(&envelope), &server.ret.raw));
      });
    default:
      return handle_info(self, server, envelope);
  }
}

void drop(void* state) {
  Server* const server = static_cast<Server*>(state);
  if (server->has_state && server->ops->free_state != nullptr)
    drop_guarded(server->ops->free_state, server->state);
  disown(server->spec);
  mem_delete(server);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  Server* const server = mem_new<Server>();
  if (server == nullptr) return nullptr;
  server->spec = share(&spec);
  server->starter = starter;
  return server;
}

const char* module(const StartSpec& spec) { return spec.library != nullptr ? spec.symbol : spec.ops->name; }

}  // namespace

const StartKind& gen_server_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

}  // namespace rsp
