#include "core/otp/server.hpp"

#include <utility>

#include "core/base/assert.hpp"
#include "core/otp/gen_event.hpp"
#include "core/otp/gen_server.hpp"
#include "core/otp/gen_statem.hpp"
#include "core/otp/library.hpp"
#include "core/otp/server_report.hpp"
#include "core/otp/sys.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

// ---- What it says of itself ----

/** nil: nothing. */
Term said_state(Process& self, const Server& server) {
  if (!server.has_state) return Term();
  RSP_DEBUG_ASSERT(server.ops != nullptr);
  const bool can_say = RSP_HAS(rsp_server_ops, server.ops, format_status);
  Term data = said_by(self, can_say ? server.ops->format_status : nullptr, server.state);
  if (server.machine == nullptr) return data;
  Term both;
  const rsp_result built = make_tuple(&both, {state_of(server), data});
  return built == RSP_OK ? both : data;
}

Term state_for_system(Process& self, const void* owner) {
  return said_state(self, *static_cast<const Server*>(owner));
}

std::string_view behaviour_of(const Server& server) {
  if (server.machine != nullptr) return "gen_statem";
  return is_event_manager(*server.ops) ? "gen_event" : "gen_server";
}

// ---- The end ----

void report_end(Process& self, Server& server) {
  if (is_expected(server.reason) || !is_reported(RSP_REPORT_ERROR)) return;
  const Term state = reports_show(RSP_REPORT_STATES) ? said_state(self, server) : Term();
  const TermBits client =
      server.caller.id == 0 ? TermBits(ATOM_UNDEFINED) : TermBits(Pid{server.caller.id, 0, 0});
  report_server_end(self, *server.spec,
                    ServerEnd{server.reason, server.exception_class, server.last_message, client, state});
}

/** After terminate, or where there is none to run. */
Next die(Process& self, Server& server) {
  report_end(self, server);
  if (server.reply_when_stopped) send_reply(self, server, nullptr);
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

// ---- init ----

/** The start has failed: `outcome` for the starter, then the end for `reason`. */
Next fail_init(Process& self, Server& server, const Term& outcome, Term reason) {
  server.reason = std::move(reason);
  if (!is_expected(server.reason)) report_crash(self, *server.spec, server.reason, server.exception_class);
  init_ack(self, *server.starter, outcome);
  return end_for(self, std::move(server.reason));
}

/** Whether its callbacks say when it is started: not the entry of a library, and not the handlers of a manager. */
bool can_tell_of_start(const Server& server) {
  return server.ops != nullptr && !is_event_manager(*server.ops);
}

/** The start is over, and went well. */
void acknowledge(Process& self, Server& server) {
  init_ack(self, *server.starter, ATOM_OK);
  mem_delete(std::exchange(server.starter, nullptr));
}

Next finish_init(Process& self, Server& server) {
  rsp_server_return& raw = server.ret.raw;
  const bool is_machine = server.machine != nullptr;
  switch (raw.action) {
    case RSP_SERVER_NOREPLY:
      server.state = raw.state;
      server.has_state = true;
      if (!server.ret.is_wait_sound(is_machine)) break;
      if (!server.acks_later) acknowledge(self, server);
      return is_machine ? enter_first_state(self, server) : serve(self, server);
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
  const Term reason = bad_return(server.ret.take_misplaced(is_machine),
                                 is_machine ? ATOM_BAD_RETURN_FROM_INIT : ATOM_BAD_RETURN_VALUE);
  return fail_init(self, server, error_outcome(reason), reason);
}

/** The type of the server is known: whether it is a machine. */
bool make_machine(Process& self, Server& server) {
  if (!is_machine(*server.ops)) return true;
  server.machine = machine_new(self);
  return server.machine != nullptr;
}

}  // namespace

rsp_result leave_start_open(Process& self) {
  Server* const server = server_of(self);
  if (server == nullptr || !can_tell_of_start(*server) || server->stage != ServerStage::INIT)
    return RSP_EINVAL;
  server->acks_later = true;
  return RSP_OK;
}

rsp_result end_start(Process& self) {
  Server* const server = server_of(self);
  if (server == nullptr || !can_tell_of_start(*server)) return RSP_EINVAL;
  if (server->stage != ServerStage::CALL && server->stage != ServerStage::OTHER) return RSP_EINVAL;
  if (server->starter == nullptr) return RSP_EALREADY;
  acknowledge(self, *server);
  return self.has(process_flag::CONDEMNED) ? RSP_EXITING : RSP_OK;  // without memory to say so
}

void send_reply(Process& self, Server& server, Envelope* loan) {
  const LocalRef to = server.caller.ref;
  Payload payload = server.ret.take_payload();
  if (server.traced) [[unlikely]]
    trace_reply(self, server.caller.id, payload);
  const rsp_result result =
      loan != nullptr ? reply_with_loan(self, *loan, to, payload) : reply(&self, to, payload);
  if (result == RSP_OK) return;
  // The caller would wait for ever: its monitor tells it when this process ends.
  if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  condemn(self, Term(ATOM_SYSTEM_LIMIT));
}

Next serve_system(Process& self, Server& server, Envelope& message) {
  const Term module = module_of(*server.spec);
  const ServerStage stage = std::exchange(server.stage, ServerStage::SYSTEM);
  answer_system(self, message, {behaviour_of(server), module, &server.traced, &state_for_system, &server});
  server.stage = stage;
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;
  return server.machine != nullptr ? go_on(self, server) : serve(self, server);
}

Server::Caller caller_of(const Envelope& call) { return {call.from, LocalRef{call.ref, call.ref_owner}}; }

rsp_from to_public(const Server::Caller& caller) {
  return rsp_from{to_public(Pid{caller.id, 0, 0}), to_public(Ref::local(caller.ref, 0))};
}

bool asks_to_stop(const Process& self, const Envelope& message, Term* reason) {
  const bool is_exit = message.kind == EnvelopeKind::EXIT && is_overseer(self, message.from);
  // A timeout of a machine is of this kind too, and says nothing.
  const bool is_stop = message.kind == EnvelopeKind::SYSTEM && message.term.is_tagged(ATOM_TERMINATE, 2);
  if (is_exit) *reason = Term::share(message.term);
  if (is_stop) *reason = Term::share(message.term.element(1));
  return is_exit || is_stop;
}

Next stop(Process& self, Server& server, Term reason) {
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;  // by a reply: that is why it ends
  if (server.stage != ServerStage::CALL) server.caller = {};
  server.stage = ServerStage::TERMINATE;
  server.reason = std::move(reason);
  server.lent = nullptr;
  if (server.ops->terminate == nullptr) return die(self, server);
  return server.callback.run(self, [&] {
    return from_public(
        server.ops->terminate(to_public(self), server.state, to_public(TermBits(server.reason))));
  });
}

Next fail(Process& self, Server& server, const Exception& exception) {
  const bool in_init = server.stage == ServerStage::INIT;
  if (exception.exception_class == ExceptionClass::THROW) {
    if (server.machine != nullptr && !in_init) {
      read_thrown(*server.machine, server.ret, exception.value);
    } else {
      server.ret.read_thrown(exception.value, server.stage);
    }
    return finish(self, server, Next::CONTINUE);
  }
  Term reason = reason_of(exception);
  server.exception_class = exception.exception_class;
  if (in_init) return fail_init(self, server, error_outcome(reason), reason);
  return stop(self, server, std::move(reason));
}

/** One that ran as a signal ended the process has no consequences: no acknowledgement, no reply, no terminate
 * (S-SRV-26). */
Next finish(Process& self, Server& server, Next next) {
  if (server.stage == ServerStage::TERMINATE) return finish_terminate(self, server, next);
  if (next == Next::RAISE && has_exception(self)) return fail(self, server, take_exception(self));
  if (next == Next::STOP) {
    server.ret.become(RSP_SERVER_STOP, ATOM_NORMAL);
  } else if (next != Next::CONTINUE) {
    server.ret.become(RSP_SERVER_BAD_RETURN, TermBits::integer(static_cast<int64_t>(next)));
  }
  if (server.stage == ServerStage::INIT) return finish_init(self, server);
  return server.machine != nullptr ? finish_event(self, server) : finish_callback(self, server);
}

Next start_server(Process& self, Server& server) {
  if (!register_started(self, server.spec->name, *server.starter)) return Next::STOP;
  Term error;
  if (server.spec->library != nullptr) {
    const UserCode inside(self);  // what the library does when it is loaded, and its entry
    server.ops = load_ops(*server.spec, &error);
  } else {
    server.ops = server.spec->ops;
  }
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;  // while the library's entry ran
  if (server.ops != nullptr && !make_machine(self, server)) {
    error = Term(ATOM_SYSTEM_LIMIT);
    server.ops = nullptr;
  }
  if (server.ops == nullptr) return fail_init(self, server, error_outcome(error), error);
  return server.callback.run(self, [&] {
    return from_public(server.ops->init(to_public(self), server.spec->ctx,
                                        to_public(TermBits(server.starter->args)), &server.ret.raw));
  });
}

}  // namespace rsp
