// Servers and supervisors for cases: callbacks as lambdas, and what the calls came to as values.
//
//   Server echo;
//   echo.call = [](Self&, const Received& request, Answer& answer) { return answer.reply(request.term); };
//   const rsp_pid p = start_link(t, echo);
//   EXPECT_TERM(call(t, p, "ping").reply, "ping");
#pragma once

#include <functional>
#include <vector>

#include "resprout/server.h"
#include "tests/conformance/harness/test.hpp"

namespace conformance {

/// What a callback answers: its last act is `return answer.…`.
class Answer {
 public:
  Answer(rsp_server_return* returned, rsp_from from) : returned_(returned), from_(from) {}

  /// Of a call: whom a reply goes to.
  rsp_from from() const { return from_; }

  rsp_next nothing() { return RSP_NEXT_CONTINUE; }
  rsp_next reply(Value value);
  rsp_next stop(Value reason);
  rsp_next stop_reply(Value reason, Value value);
  rsp_next ignore();
  rsp_next error(Value reason);
  rsp_next bad(Value value);
  /// Then handle_continue runs.
  rsp_next and_continue(Value argument);

  /// How the server waits then: `return answer.within(20).nothing()`.
  Answer& within(uint64_t timeout_ms);
  Answer& hibernating();
  /// What it returns, for what only a mistake would write there.
  rsp_server_return& raw() { return *returned_; }

 private:
  rsp_next act(rsp_server_action action);

  rsp_server_return* returned_;
  rsp_from from_;
};

/// What the type says of a child specification that leaves it out.
struct TypeDefaults {
  rsp_restart restart = RSP_RESTART_DEFAULT;
  rsp_shutdown shutdown = RSP_SHUTDOWN_DEFAULT;
  uint64_t shutdown_ms = 0;
};

/// The type of a server. A callback that is empty is absent, but for init: that succeeds. They capture by
/// value.
struct Server {
  std::function<rsp_next(Self&, Answer&)> init;
  /// The same with the args of the start; runs in place of init.
  std::function<rsp_next(Self&, const Value&, Answer&)> init_with = {};
  std::function<rsp_next(Self&, const Received&, Answer&)> call;
  std::function<rsp_next(Self&, const Received&, Answer&)> cast;
  std::function<rsp_next(Self&, const Received&, Answer&)> info;
  std::function<rsp_next(Self&, const Value&, Answer&)> continues;
  std::function<rsp_next(Self&, const Value&)> terminate;
  std::function<Value()> format_status = {};
  TypeDefaults defaults = {};
};

/// What to start. The callbacks live until the runtime has stopped.
rsp_start_spec spec_of(Server server, const char* name = nullptr);

struct StartHow {
  bool link = false;
  bool monitor = false;
  uint64_t timeout_ms = RSP_INFINITE;
  const char* name = nullptr;
};

struct Started {
  rsp_result result = RSP_OK;
  rsp_pid pid{};
  rsp_ref monitor{};
  Value error;
};

Started start(Self& self, Server server, StartHow how = {});
/// Starts that must succeed.
rsp_pid started(Self& self, Server server, StartHow how = {}, Where where = Where::here());

struct Called {
  rsp_result result = RSP_OK;
  Value reply;
  Value reason;
};

Called call(Self& self, rsp_pid server, Value request, uint64_t timeout_ms = PATIENCE_MS);
Called call(Self& self, const char* server, Value request, uint64_t timeout_ms = PATIENCE_MS);
/// A call that must be answered.
Value reply_of(Self& self, rsp_pid server, Value request, Where where = Where::here());

struct Stopped {
  rsp_result result = RSP_OK;
  Value reason;
};

Stopped stop(Self& self, rsp_pid pid, Value reason = "normal", uint64_t timeout_ms = PATIENCE_MS);

}  // namespace conformance
