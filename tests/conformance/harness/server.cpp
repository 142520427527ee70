#include "tests/conformance/harness/server.hpp"

#include <memory>

#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

struct Type {
  Server code;
  rsp_server_ops ops{};
};

rsp_next unwound(const std::function<rsp_next()>& callback) {
  try {
    return callback();
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;  // what it returns does not matter any more
  }
}

const Server& code_of(void* state) { return static_cast<const Type*>(state)->code; }

rsp_next init(rsp_self* raw, void* type, rsp_term args, rsp_server_return* returned) {
  returned->state = type;
  return unwound([&] {
    const Server& code = code_of(type);
    if (!code.init && !code.init_with) return RSP_NEXT_CONTINUE;
    Self self(raw);
    Answer answer(returned, rsp_from{});
    if (code.init_with) return code.init_with(self, Value::copy_of(args), answer);
    return code.init(self, answer);
  });
}

rsp_next handle_call(rsp_self* raw, void* type, rsp_msg* message, rsp_from from,
                     rsp_server_return* returned) {
  return unwound([&] {
    Self self(raw);
    Answer answer(returned, from);
    return code_of(type).call(self, Received(message), answer);
  });
}

rsp_next handle_cast(rsp_self* raw, void* type, rsp_msg* message, rsp_server_return* returned) {
  return unwound([&] {
    Self self(raw);
    Answer answer(returned, rsp_from{});
    return code_of(type).cast(self, Received(message), answer);
  });
}

rsp_next handle_info(rsp_self* raw, void* type, rsp_msg* message, rsp_server_return* returned) {
  return unwound([&] {
    Self self(raw);
    Answer answer(returned, rsp_from{});
    return code_of(type).info(self, Received(message), answer);
  });
}

rsp_next handle_continue(rsp_self* raw, void* type, rsp_term argument, rsp_server_return* returned) {
  return unwound([&] {
    Self self(raw);
    Answer answer(returned, rsp_from{});
    return code_of(type).continues(self, Value::copy_of(argument), answer);
  });
}

rsp_next terminate(rsp_self* raw, void* type, rsp_term reason) {
  return unwound([&] {
    Self self(raw);
    return code_of(type).terminate(self, Value::copy_of(reason));
  });
}

// The runtime owns what is put into a return.
rsp_term given(const Value& value) { return rsp_term_copy(value); }

rsp_term format_status(rsp_self*, void* type) { return given(code_of(type).format_status()); }

Value term_of(rsp_msg* message) {
  const Value term = Value::copy_of(rsp_msg_term(message));
  rsp_msg_free(message);
  return term;
}

}  // namespace

rsp_next Answer::act(rsp_server_action action) {
  returned_->action = action;
  return RSP_NEXT_CONTINUE;
}

rsp_next Answer::reply(Value value) {
  returned_->reply = given(value);
  return act(RSP_SERVER_REPLY);
}

rsp_next Answer::stop(Value reason) {
  returned_->reason = given(reason);
  return act(RSP_SERVER_STOP);
}

rsp_next Answer::stop_reply(Value reason, Value value) {
  returned_->reason = given(reason);
  returned_->reply = given(value);
  return act(RSP_SERVER_STOP_REPLY);
}

rsp_next Answer::ignore() { return act(RSP_SERVER_IGNORE); }

rsp_next Answer::error(Value reason) {
  returned_->reason = given(reason);
  return act(RSP_SERVER_ERROR);
}

rsp_next Answer::bad(Value value) {
  returned_->reason = given(value);
  return act(RSP_SERVER_BAD_RETURN);
}

rsp_next Answer::and_continue(Value argument) {
  returned_->has_continue = true;
  returned_->continue_term = given(argument);
  return RSP_NEXT_CONTINUE;
}

Answer& Answer::within(uint64_t timeout_ms) {
  returned_->wait = RSP_SERVER_WAIT_TIMEOUT;
  returned_->timeout_ms = timeout_ms;
  return *this;
}

Answer& Answer::hibernating() {
  returned_->wait = RSP_SERVER_WAIT_HIBERNATE;
  return *this;
}

rsp_start_spec spec_of(Server server, const char* name) {
  const auto type = std::make_shared<Type>();
  type->code = std::move(server);
  type->ops.size = sizeof type->ops;
  type->ops.name = "case_server";
  type->ops.init = init;
  if (type->code.call) type->ops.handle_call = handle_call;
  if (type->code.cast) type->ops.handle_cast = handle_cast;
  if (type->code.info) type->ops.handle_info = handle_info;
  if (type->code.continues) type->ops.handle_continue = handle_continue;
  if (type->code.terminate) type->ops.terminate = terminate;
  if (type->code.format_status) type->ops.format_status = format_status;
  type->ops.restart = type->code.defaults.restart;
  type->ops.shutdown = type->code.defaults.shutdown;
  type->ops.shutdown_ms = type->code.defaults.shutdown_ms;
  keep_until_stop(type);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &type->ops;
  spec.ctx = type.get();
  if (name != nullptr) spec.name = atom(name);
  return spec;
}

Started start(Self& self, Server server, StartHow how) {
  const rsp_start_spec spec = spec_of(std::move(server), how.name);
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = how.link;
  opts.monitor = how.monitor;
  opts.timeout_ms = how.timeout_ms;
  Started started;
  rsp_term error{};
  started.result = rsp_server_start(self, &started.pid, &started.monitor, &error, &spec, &opts);
  started.error = Value::owner_of(error);
  return started;
}

rsp_pid started(Self& self, Server server, StartHow how, Where where) {
  const Started it = start(self, std::move(server), how);
  if (it.result != RSP_OK) {
    fail(where, std::string("the start failed: ") + rsp_result_name(it.result) + ", " + it.error.text());
  }
  return it.pid;
}

Called call(Self& self, rsp_pid server, Value request, uint64_t timeout_ms) {
  Called called;
  rsp_msg* reply = nullptr;
  rsp_term reason{};
  called.result = rsp_call(self, &reply, &reason, server, request, timeout_ms);
  if (called.result == RSP_OK) called.reply = term_of(reply);
  called.reason = Value::owner_of(reason);
  return called;
}

Called call(Self& self, const char* server, Value request, uint64_t timeout_ms) {
  Called called;
  rsp_msg* reply = nullptr;
  rsp_term reason{};
  called.result = rsp_call_name(self, &reply, &reason, atom(server), request, timeout_ms);
  if (called.result == RSP_OK) called.reply = term_of(reply);
  called.reason = Value::owner_of(reason);
  return called;
}

Value reply_of(Self& self, rsp_pid server, Value request, Where where) {
  const Called it = call(self, server, std::move(request));
  if (it.result != RSP_OK) {
    fail(where, std::string("the call failed: ") + rsp_result_name(it.result) + ", " + it.reason.text());
  }
  return it.reply;
}

Stopped stop(Self& self, rsp_pid pid, Value reason, uint64_t timeout_ms) {
  Stopped stopped;
  rsp_term actual{};
  stopped.result = rsp_stop(self, &actual, pid, reason, timeout_ms);
  stopped.reason = Value::owner_of(actual);
  return stopped;
}

}  // namespace conformance
