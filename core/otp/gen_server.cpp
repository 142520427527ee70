#include "core/otp/gen_server.hpp"

#include "core/otp/gen_statem.hpp"
#include "core/otp/server.hpp"
#include "core/otp/server_report.hpp"
#include "core/otp/sys.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** The call being handled, if nothing else of the server is sent before its loan ends. */
Envelope* loan_of(const Server& server) { return server.callback.has_waited() ? nullptr : server.lent; }

/** The continuation of a wait for nothing, which is how a continue becomes a step of the process: signals are received before
 * it, others run, and no continue stands on the stack of the one before. */
Next run_continue(Process& self, Envelope*, void* context) {
  Server& server = *static_cast<Server*>(context);
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

}  // namespace

Next finish_callback(Process& self, Server& server) {
  const bool in_call = server.stage == ServerStage::CALL;
  switch (server.ret.raw.action) {
    case RSP_SERVER_REPLY:
      if (!in_call || !server.ret.is_wait_sound(false)) break;
      send_reply(self, server, loan_of(server));
      return serve(self, server);
    case RSP_SERVER_NOREPLY:
      if (!server.ret.is_wait_sound(false)) break;
      return serve(self, server);
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
  return stop(self, server, bad_return(server.ret.take_misplaced(false), ATOM_BAD_RETURN_VALUE));
}

/** The server goes on: with what the callback asked for, and then with the next message. */
Next serve(Process& self, Server& server) {
  const rsp_server_return& raw = server.ret.raw;
  if (raw.has_continue) return await_nothing(self, &run_continue, &server);
  if (raw.wait == RSP_SERVER_WAIT_TIMEOUT) {
    if (begin_idle(self, raw.timeout_ms) != RSP_OK) condemn(self, Term(ATOM_SYSTEM_LIMIT));
  } else if (raw.wait == RSP_SERVER_WAIT_HIBERNATE) {
    server.last_message = Term();
    hibernate(self);
  }
  return Next::CONTINUE;
}

namespace {

Next start(Process& self, void* state) { return start_server(self, *static_cast<Server*>(state)); }

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
  if (is_system_message(envelope)) [[unlikely]]
    return serve_system(self, server, envelope);
  if (server.machine != nullptr) return receive_event(self, server, envelope);
  server.ret.clear();
  server.stage = ServerStage::OTHER;
  server.lent = nullptr;
  server.last_message = last_message(envelope);
  if (Term reason; asks_to_stop(self, envelope, &reason)) return stop(self, server, std::move(reason));
  if (server.traced && envelope.kind != EnvelopeKind::SYSTEM) [[unlikely]]
    trace_message(self, envelope);
  switch (envelope.kind) {
    case EnvelopeKind::SYSTEM:
      return Next::CONTINUE;
    case EnvelopeKind::CALL: {
      if (server.ops->handle_call == nullptr) return undefined(self, server, ATOM_HANDLE_CALL);
      server.stage = ServerStage::CALL;
      server.lent = &envelope;
      server.caller = caller_of(envelope);
      return server.callback.run(self, [&] {
        return from_public(server.ops->handle_call(to_public(self), server.state, to_public(&envelope),
                                                   to_public(server.caller), &server.ret.raw));
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

/** What an init has given with which no server has begun: a signal has ended the process in its middle, or it says so. One that
 * raises has given nothing, unless it waited before: what it put there then is nobody else's to free. */
void take_state_of_ended_init(Server& server) {
  void* const given = server.ret.raw.state;
  const bool has_given = server.callback.has_given() || server.callback.has_waited();
  if (server.stage != ServerStage::INIT || server.has_state || !has_given || given == nullptr) return;
  server.state = given;
  server.has_state = true;
}

void drop(void* state) {
  Server* const server = static_cast<Server*>(state);
  // Who returns from terminate has given its reason on.
  if (server->stage == ServerStage::TERMINATE && !server->reason.is_nil())
    RSP_SOMETIMES("a kill ends a server inside terminate");
  take_state_of_ended_init(*server);
  if (server->has_state && server->ops->free_state != nullptr)
    drop_guarded(server->ops->free_state, server->state);
  machine_free(server->machine);
  mem_delete(server->starter);
  disown(server->spec);
  mem_delete(server);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  Server* const server = mem_new<Server>();
  Starter* const kept = mem_new<Starter>(starter);
  if (server == nullptr || kept == nullptr) {
    RSP_SOMETIMES("no memory for a server");
    mem_delete(server);
    mem_delete(kept);
    return nullptr;
  }
  server->spec = share(&spec);
  server->starter = kept;
  return server;
}

const char* module(const StartSpec& spec) { return spec.library != nullptr ? spec.symbol : spec.ops->name; }

}  // namespace

Server* server_of(const Process& self) {
  return self.behaviour == gen_server_kind().behaviour ? static_cast<Server*>(self.state) : nullptr;
}

const StartKind& gen_server_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

}  // namespace rsp
