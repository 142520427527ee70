#include "core/otp/gen_server.hpp"

#include "core/otp/library.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** Which callback the server is in, while that callback waits. */
enum class Stage : uint8_t { INIT, CALL, OTHER, TERMINATE };

/** rsp_server_return with owned terms. */
struct Return {
  rsp_server_return raw{};

  Return() noexcept { raw.size = sizeof(rsp_server_return); }
  Return(const Return&) = delete;
  Return& operator=(const Return&) = delete;
  ~Return() { clear(); }

  Term take_reply() { return take(raw.reply); }
  Term take_reason() { return take(raw.reason); }
  Term take_continue() { return take(raw.continue_term); }

  /** What was returned where it means nothing, for the reason: a tag and what stood beside it. */
  Term take_misplaced() {
    const Term reason = take_reason();
    const Term reply = take_reply();
    Term misplaced;
    rsp_result result = RSP_OK;
    switch (raw.action) {
      case RSP_SERVER_REPLY:
        result = make_tuple(&misplaced, {ATOM_REPLY, reply});
        break;
      case RSP_SERVER_STOP_REPLY:
        result = make_tuple(&misplaced, {ATOM_STOP, reason, reply});
        break;
      case RSP_SERVER_ERROR:
        result = make_tuple(&misplaced, {ATOM_ERROR, reason});
        break;
      case RSP_SERVER_IGNORE:
        misplaced = Term(ATOM_IGNORE);
        break;
      default:
        misplaced = reason;
    }
    return result == RSP_OK ? misplaced : reason;
  }

  void clear() {
    take_reply();
    take_reason();
    take_continue();
    if (raw.reply_ops != nullptr) drop_guarded(raw.reply_ops->drop, raw.reply_native);
    raw = rsp_server_return{};
    raw.size = sizeof(rsp_server_return);
  }

 private:
  static Term take(rsp_term& term) {
    const TermBits bits = from_public(term);
    term = rsp_term{0, 0};
    // What a callback puts here may be anything; a kind that does not exist is dropped like nil.
    return bits.is_well_formed() ? Term::adopt(bits) : Term();
  }
};

struct Server {
  StartSpec* spec = nullptr;
  Starter starter{};
  const rsp_server_ops* ops = nullptr;
  void* state = nullptr;
  bool has_state = false;
  Stage stage = Stage::INIT;
  bool is_call = false;      // of the message being handled, for reports
  rsp_from from{};           // of the call being handled
  Envelope* lent = nullptr;  // that call, while no other code of the server can run before its loan ends
  Term last_message;
  Return ret;
  AwaitContinuation continuation = nullptr;  // of the callback that waits
  void* continuation_context = nullptr;
  // Stopping.
  Term reason;
  bool reply_when_stopped = false;
  bool crashed = false;  // an exception or a bad return: reported also when the reason looks expected
};

Next resume(Process& self, Envelope* answer, void* context);
Next finish(Process& self, Server& server, Next next);

/** The callback waits: its continuation runs inside resume(), so that what it raises is handled as what the
 * callback raises. */
Next wait(Process& self, Server& server, Stage stage) {
  server.stage = stage;
  server.lent = nullptr;
  server.continuation = self.await_continuation;
  server.continuation_context = self.await_context;
  self.await_continuation = &resume;
  self.await_context = &server;
  return Next::AWAIT;
}

void send_reply(Process& self, Server& server) {
  const LocalRef to = from_public(server.from.ref).as_local();
  Payload payload;
  if (server.ret.raw.reply_ops != nullptr) {
    payload.native = server.ret.raw.reply_native;
    payload.ops = from_public(server.ret.raw.reply_ops);
    server.ret.raw.reply_ops = nullptr;
  } else {
    payload.term = server.ret.take_reply();
  }
  const rsp_result result = server.lent != nullptr && !server.ret.raw.has_continue
                                ? reply_with_loan(self, *server.lent, to, payload)
                                : reply(&self, to, payload);
  if (result == RSP_OK) return;
  // The caller would wait for ever: its monitor tells it when this process ends.
  if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  condemn(self, Term(ATOM_SYSTEM_LIMIT));
}

// ---- The end ----

void report_end(Process& self, Server& server) {
  if (is_expected(server.reason)) return;
  const Atom name = name_of(self);
  const Term module = module_of(*server.spec);
  report(RSP_REPORT_ERROR, ATOM_SERVER_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name},
          {ATOM_MODULE, module},
          {ATOM_LAST_MESSAGE, server.last_message},
          {ATOM_REASON, server.reason}});
  report(RSP_REPORT_ERROR, ATOM_CRASH_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name},
          {ATOM_INITIAL_CALL, module},
          {ATOM_REASON, server.reason},
          {ATOM_ANCESTORS, self.ancestors()},
          {ATOM_TRAP_EXIT, TermBits::boolean(self.has(process_flag::TRAP_EXIT))}});
}

/** After terminate, or where there is none to run. */
Next die(Process& self, Server& server) {
  report_end(self, server);
  if (server.reply_when_stopped) send_reply(self, server);
  return end_for(self, std::move(server.reason));
}

Next finish_terminate(Process& self, Server& server, Next next) {
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;
  if (next == Next::AWAIT && self.has(process_flag::AWAITING)) return wait(self, server, Stage::TERMINATE);
  if (next == Next::RAISE && has_exception(self)) {
    // What terminate raises replaces the reason; a throw is a value it returned, which nobody looks at.
    const Exception exception = take_exception(self);
    if (exception.exception_class != ExceptionClass::THROW) server.reason = reason_of(exception);
  }
  return die(self, server);
}

Next stop(Process& self, Server& server, Term reason) {
  server.reason = std::move(reason);
  server.lent = nullptr;
  if (server.ops->terminate == nullptr) return die(self, server);
  const Next next = guarded(self, [&] {
    return from_public(
        server.ops->terminate(to_public(self), server.state, to_public(TermBits(server.reason))));
  });
  return finish_terminate(self, server, next);
}

Term bad_return(TermBits value) {
  Term reason;
  return or_atom(reason_tagged(&reason, ATOM_BAD_RETURN_VALUE, value), std::move(reason),
                 ATOM_BAD_RETURN_VALUE);
}

// ---- init ----

/** The start has failed: `outcome` for the starter, then the end for `reason`. */
Next fail_init(Process& self, Server& server, const Term& outcome, Term reason) {
  server.reason = std::move(reason);
  report_end(self, server);
  init_ack(self, server.starter, outcome);
  return end_for(self, std::move(server.reason));
}

Next run_continue(Process& self, Server& server);

Next finish_init(Process& self, Server& server) {
  rsp_server_return& raw = server.ret.raw;
  switch (raw.action) {
    case RSP_SERVER_NOREPLY:
      server.state = raw.state;
      server.has_state = true;
      init_ack(self, server.starter, ATOM_OK);
      server.starter = Starter{};
      return raw.has_continue ? run_continue(self, server) : Next::CONTINUE;
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

/** A thrown value stands for the return value: {noreply, _}, {stop, Reason, _}, of a call also {reply, R, _} and
 * {stop, Reason, R, _}, and of init {ok, _}, {stop, R}, {error, R}, ignore. The state in it does not count: a
 * native state stays what it is. */
void decode_thrown(rsp_server_return& raw, const Term& thrown, Stage stage) {
  const bool in_init = stage == Stage::INIT;
  const bool in_call = stage == Stage::CALL;
  const auto keep = [](TermBits term) {
    const TermBits bits = Term::share(term).release();
    return rsp_term{bits.meta(), bits.data()};
  };
  if (in_init && thrown.is(ATOM_IGNORE)) {
    raw.action = RSP_SERVER_IGNORE;
  } else if (thrown.is_tagged(ATOM_STOP, in_init ? 2 : 3)) {
    raw.action = RSP_SERVER_STOP;
    raw.reason = keep(thrown.element(1));
  } else if (in_init && thrown.is_tagged(ATOM_ERROR, 2)) {
    raw.action = RSP_SERVER_ERROR;
    raw.reason = keep(thrown.element(1));
  } else if (in_call && thrown.is_tagged(ATOM_REPLY, 3)) {
    raw.action = RSP_SERVER_REPLY;
    raw.reply = keep(thrown.element(1));
  } else if (!in_init && thrown.is_tagged(ATOM_NOREPLY, 2)) {
    raw.action = RSP_SERVER_NOREPLY;
  } else if (in_call && thrown.is_tagged(ATOM_STOP, 4)) {
    raw.action = RSP_SERVER_STOP_REPLY;
    raw.reason = keep(thrown.element(1));
    raw.reply = keep(thrown.element(2));
  } else {
    raw.action = RSP_SERVER_BAD_RETURN;
    raw.reason = keep(thrown);
  }
}

/** An exception left the callback. */
Next fail(Process& self, Server& server, const Exception& exception) {
  const bool in_init = server.stage == Stage::INIT;
  if (exception.exception_class == ExceptionClass::THROW) {
    server.ret.clear();
    decode_thrown(server.ret.raw, exception.value, server.stage);
    return finish(self, server, Next::CONTINUE);
  }
  Term reason = reason_of(exception);
  if (in_init) return fail_init(self, server, error_outcome(reason), reason);
  return stop(self, server, std::move(reason));
}

Next finish_callback(Process& self, Server& server) {
  rsp_server_return& raw = server.ret.raw;
  const bool in_call = server.stage == Stage::CALL;
  switch (raw.action) {
    case RSP_SERVER_REPLY:
      if (!in_call) break;
      send_reply(self, server);
      [[fallthrough]];
    case RSP_SERVER_NOREPLY:
      return raw.has_continue ? run_continue(self, server) : Next::CONTINUE;
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

/** What follows from a callback, whatever stage it was of. */
Next finish(Process& self, Server& server, Next next) {
  // A signal that came at a call of the callback has ended the process: what the callback returned does not
  // matter any more. No acknowledgement, no reply, no terminate (S-SRV-26).
  if (self.has(process_flag::CONDEMNED)) return Next::CONTINUE;
  if (server.stage == Stage::TERMINATE) return finish_terminate(self, server, next);
  switch (next) {
    case Next::AWAIT:
      if (!self.has(process_flag::AWAITING)) break;
      return wait(self, server, server.stage);
    case Next::RAISE:
      if (!has_exception(self)) break;
      return fail(self, server, take_exception(self));
    case Next::STOP:
      server.ret.clear();
      server.ret.raw.action = RSP_SERVER_STOP;
      server.ret.raw.reason = to_public(TermBits(ATOM_NORMAL));
      [[fallthrough]];
    case Next::CONTINUE:
      return server.stage == Stage::INIT ? finish_init(self, server) : finish_callback(self, server);
  }
  server.ret.clear();
  server.ret.raw.action = RSP_SERVER_BAD_RETURN;
  server.ret.raw.reason = to_public(TermBits::integer(static_cast<int64_t>(next)));
  return server.stage == Stage::INIT ? finish_init(self, server) : finish_callback(self, server);
}

Next resume(Process& self, Envelope* answer, void* context) {
  Server& server = *static_cast<Server*>(context);
  const Next next =
      guarded(self, [&] { return server.continuation(self, answer, server.continuation_context); });
  return finish(self, server, next);
}

Next run_continue(Process& self, Server& server) {
  const Term argument = server.ret.take_continue();
  server.ret.clear();
  server.stage = Stage::OTHER;
  if (server.ops->handle_continue == nullptr) {
    return fail(self, server, Exception{ExceptionClass::ERROR, Term(ATOM_UNDEF), Term::empty(Kind::LIST)});
  }
  const Next next = guarded(self, [&] {
    return from_public(server.ops->handle_continue(to_public(self), server.state,
                                                   to_public(TermBits(argument)), &server.ret.raw));
  });
  return finish(self, server, next);
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
  const Next next = guarded(self, [&] {
    return from_public(server.ops->init(to_public(self), server.spec->ctx,
                                        to_public(TermBits(server.starter.args)), &server.ret.raw));
  });
  return finish(self, server, next);
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
    report(RSP_REPORT_WARNING, ATOM_SERVER_REPORT,
           {{ATOM_PID, self.pid()}, {ATOM_REASON, ATOM_UNDEF}, {ATOM_LAST_MESSAGE, server.last_message}});
    return Next::CONTINUE;
  }
  return finish(self, server, guarded(self, [&] {
                  return from_public(server.ops->handle_info(to_public(self), server.state,
                                                             to_public(&envelope), &server.ret.raw));
                }));
}

Next message(Process& self, Envelope& envelope, void* state) {
  Server& server = *static_cast<Server*>(state);
  server.ret.clear();
  server.stage = Stage::OTHER;
  server.lent = nullptr;
  server.last_message = envelope.has(envelope_flag::NATIVE) ? Term() : Term::share(envelope.term);
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
      server.stage = Stage::CALL;
      server.lent = &envelope;
      server.from.pid = to_public(Pid{envelope.from, 0, 0});
      server.from.ref = to_public(Ref::local(LocalRef{envelope.ref, envelope.ref_owner}, 0));
      return finish(self, server, guarded(self, [&] {
                      return from_public(server.ops->handle_call(
                          to_public(self), server.state, to_public(&envelope), server.from, &server.ret.raw));
                    }));
    }
    case EnvelopeKind::CAST:
      if (server.ops->handle_cast == nullptr) return undefined(self, server, ATOM_HANDLE_CAST);
      return finish(self, server, guarded(self, [&] {
                      return from_public(server.ops->handle_cast(to_public(self), server.state,
                                                                 to_public(&envelope), &server.ret.raw));
                    }));
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
