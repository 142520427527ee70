// Section Q: agents.

#include <atomic>
#include <memory>

#include "resprout/agent.h"
#include "resprout/supervisor.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

/// A function for an agent. It may be asked for any number of times, and each context is freed once.
class Function {
 public:
  using Code = std::function<rsp_next(Self&, rsp_agent_state&, Answer&)>;

  Function(Code code) : code_(std::move(code)) {}  // NOLINT: meant to be implicit

  void* context() const {
    ++*made_;
    return new Function(*this);
  }
  static void free(void* context) {
    const std::unique_ptr<Function> function(static_cast<Function*>(context));
    ++*function->freed_;
  }
  static rsp_next change(rsp_self* raw, void* context, rsp_agent_state* state, rsp_server_return* returned) {
    Self self(raw);
    Answer answer(returned, rsp_from{});
    try {
      return static_cast<Function*>(context)->code_(self, *state, answer);
    } catch (const Exiting&) {
      return RSP_NEXT_CONTINUE;
    }
  }
  static rsp_next read(rsp_self* raw, void* context, const rsp_agent_state* state,
                       rsp_server_return* returned) {
    rsp_agent_state seen = *state;
    return change(raw, context, &seen, returned);
  }
  static rsp_next init(rsp_self* raw, void* context, rsp_term, rsp_agent_state* state,
                       rsp_server_return* returned) {
    return change(raw, context, state, returned);
  }

  /// Of those that were made, none is left; else the case fails when time is up.
  void expect_all_freed(Test& t) const {
    t.eventually("each context is freed", [this] { return *freed_ == *made_; });
  }
  int freed() const { return *freed_; }

 private:
  Code code_;
  std::shared_ptr<std::atomic<int>> made_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> freed_ = std::make_shared<std::atomic<int>>(0);
};

void put(rsp_agent_state& state, const Value& value) {
  rsp_term_free(state.term);
  state.term = rsp_term_copy(value);
}

Function getting() {
  return Function(
      [](Self&, rsp_agent_state& state, Answer& answer) { return answer.reply(Value::copy_of(state.term)); });
}

Function adding(int64_t number) {
  return Function([number](Self&, rsp_agent_state& state, Answer& answer) {
    const Value before = Value::copy_of(state.term);
    put(state, before.integer() + number);
    return answer.reply(before);
  });
}

/// As adding, without an answer.
Function casting(int64_t number) {
  return Function([number](Self&, rsp_agent_state& state, Answer& answer) {
    put(state, Value::copy_of(state.term).integer() + number);
    return answer.nothing();
  });
}

struct AgentHow {
  bool link = false;
  const char* name = nullptr;
};

rsp_pid agent(Test& t, const Value& state, AgentHow how = {}) {
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.state = state;  // lent
  if (how.name != nullptr) opts.name = atom(how.name);
  rsp_start_opts start = RSP_START_OPTS_INIT;
  start.link = how.link;
  rsp_pid pid{};
  ok(rsp_agent_start(t, &pid, nullptr, &opts, &start));
  return pid;
}

Called came_to(rsp_result result, rsp_msg* answer, rsp_term reason) {
  Called called;
  called.result = result;
  called.reason = Value::owner_of(reason);
  if (result == RSP_OK) called.reply = Value::copy_of(rsp_msg_term(answer));
  rsp_msg_free(answer);
  return called;
}

Called get(Self& self, rsp_pid pid, const Function& f, uint64_t timeout_ms = PATIENCE_MS) {
  rsp_msg* answer = nullptr;
  rsp_term reason{};
  const rsp_result result =
      rsp_agent_get(self, &answer, &reason, pid, timeout_ms, &Function::read, f.context(), &Function::free);
  return came_to(result, answer, reason);
}

Called get_and_update(Self& self, rsp_pid pid, const Function& f, uint64_t timeout_ms = PATIENCE_MS) {
  rsp_msg* answer = nullptr;
  rsp_term reason{};
  const rsp_result result = rsp_agent_get_and_update(self, &answer, &reason, pid, timeout_ms,
                                                     &Function::change, f.context(), &Function::free);
  return came_to(result, answer, reason);
}

Called update(Self& self, rsp_pid pid, const Function& f, uint64_t timeout_ms = PATIENCE_MS) {
  rsp_term reason{};
  const rsp_result result =
      rsp_agent_update(self, &reason, pid, timeout_ms, &Function::change, f.context(), &Function::free);
  return came_to(result, nullptr, reason);
}

rsp_result cast(rsp_self* self, rsp_pid pid, const Function& f) {
  return rsp_agent_cast(self, pid, &Function::change, f.context(), &Function::free);
}

Value value_of(Test& t, rsp_pid pid) { return get(t, pid, getting()).reply; }

void kill(Test& t, rsp_pid pid) {
  const rsp_ref monitor = t.monitor(pid);
  t.exit_signal(pid, "kill");
  t.expect_down(monitor, pid, "killed");
}

// S-AGT-2, S-AGT-3, S-AGT-4
RSP_CASE(273, "get, update, get_and_update and cast, in the order in which they come") {
  const Function reads = getting();
  const Function adds = adding(2);
  const Function casts = casting(10);
  const rsp_pid pid = agent(t, 40);
  EXPECT_TERM(get(t, pid, reads).reply, "40");
  EXPECT_EQ(update(t, pid, adds).result, RSP_OK);
  EXPECT_TERM(get_and_update(t, pid, adds).reply, "42");
  ok(cast(t, pid, casts));
  ok(cast(nullptr, pid, casts));
  EXPECT_TERM(get_and_update(t, pid, adds).reply, "64");
  EXPECT_TERM(get(t, pid, reads).reply, "66");
  for (const Function* const function : {&reads, &adds, &casts}) function->expect_all_freed(t);
}

// S-AGT-1, S-AGT-9
RSP_CASE(273, "its first value is made in it, anew at each start") {
  const auto starts = std::make_shared<std::atomic<int>>(0);
  const Function makes([starts](Self& self, rsp_agent_state& state, Answer& answer) {
    put(state, Value::tuple({self.pid(), int64_t{++*starts}}));
    return answer.nothing();
  });
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.name = atom("a");
  opts.init = &Function::init;
  opts.ctx = makes.context();
  opts.ctx_free = &Function::free;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  ok(rsp_agent_spec(&child.start, &opts));
  rsp_pid supervisor{};
  ok(rsp_supervisor_start(t, &supervisor, nullptr, &child, 1, nullptr, nullptr));
  for (int64_t start = 1; start <= 3; ++start) {
    rsp_pid pid{};
    t.eventually("the agent runs", [&] { return (pid = whereis("a")).id != 0; });
    EXPECT_TERM(value_of(t, pid), Value::tuple({pid, start}));
    kill(t, pid);
  }
  EXPECT_EQ(makes.freed(), 0);  // it may be needed again
  EXPECT_EQ(stop(t, supervisor).result, RSP_OK);
  makes.expect_all_freed(t);
}

// S-AGT-1
RSP_CASE(273, "an init that raises, stops or says ignore: the start fails as a server's") {
  struct Start {
    Function function;
    rsp_result result;
    const char* error;
  };
  const Start starts[] = {
      {Function([](Self& self, rsp_agent_state& state, Answer&) {
         put(state, "[half, a, value]");
         return self.error("boom");
       }),
       RSP_EEXITED, "{boom, Frames}"},
      {Function([](Self&, rsp_agent_state&, Answer& answer) { return answer.stop("why"); }), RSP_EEXITED,
       "why"},
      {Function([](Self&, rsp_agent_state&, Answer& answer) { return answer.ignore(); }), RSP_EIGNORE, "nil"},
  };
  for (const Start& start : starts) {
    rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
    opts.init = &Function::init;
    opts.ctx = start.function.context();
    opts.ctx_free = &Function::free;
    rsp_pid pid{};
    rsp_term error{};
    EXPECT_EQ(rsp_agent_start(t, &pid, &error, &opts, nullptr), start.result);
    EXPECT_TERM(Value::owner_of(error), start.error);
    start.function.expect_all_freed(t);
  }
}

// S-AGT-5
RSP_CASE(273, "what a function raises ends the agent, and the call of who asked and of who comes after") {
  struct Raise {
    std::function<rsp_next(Self&)> how;
    const char* reason;
  };
  const Raise raises[] = {
      {[](Self& self) { return self.error("boom"); }, "{boom, Frames}"},
      {[](Self& self) { return self.exit("why"); }, "why"},
      {[](Self& self) { return self.throw_("up"); }, "{bad_return_value, up}"},
  };
  for (const Raise& raise : raises) {
    const rsp_pid pid = agent(t, "state");
    const rsp_ref monitor = t.monitor(pid);
    const Function function([&raise](Self& self, rsp_agent_state& state, Answer&) {
      put(state, "changed");
      return raise.how(self);
    });
    const Called called = get_and_update(t, pid, function);
    EXPECT_EQ(called.result, RSP_EEXITED);
    EXPECT_TERM(called.reason.element(0), raise.reason);
    EXPECT_TERM(called.reason.element(1), Value::tuple({"call", pid, "nil", int64_t{PATIENCE_MS}}));
    t.expect_down(monitor, pid, raise.reason);
    EXPECT_TERM(get(t, pid, getting()).reason.element(0), "noproc");
    function.expect_all_freed(t);
  }
}

// S-AGT-5
RSP_CASE(273, "a crash takes those along who are linked to it") {
  t.trap_exit();
  const rsp_pid pid = agent(t, "state", {.link = true});
  const Function function([](Self& self, rsp_agent_state&, Answer&) { return self.exit("why"); });
  ok(cast(t, pid, function));
  t.expect_exit(pid, "why");
  function.expect_all_freed(t);
}

// S-AGT-6
RSP_CASE(273, "a result that means nothing: {bad_return_value, X}") {
  const rsp_pid pid = agent(t, "state");
  const rsp_ref monitor = t.monitor(pid);
  const Function function([](Self&, rsp_agent_state&, Answer& answer) { return answer.bad("no_pair"); });
  EXPECT_TERM(get_and_update(t, pid, function).reason.element(0), "{bad_return_value, no_pair}");
  t.expect_down(monitor, pid, "{bad_return_value, no_pair}");
  function.expect_all_freed(t);
}

/// A function that is in the agent until it gets a message: what follows waits.
Function held_up(rsp_pid t) {
  return Function([t](Self& self, rsp_agent_state& state, Answer& answer) {
    const rsp_ref until = self.alias(RSP_ALIAS_REPLY);
    self.send(t, until);
    put(state, "held_up");
    (void)answer.reply("let_go");
    return rsp_await(
        self, until, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, nullptr);
  });
}

rsp_ref ref_in(const Received& message) {
  rsp_ref ref{};
  ok(rsp_term_get_ref(&ref, message.term));
  return ref;
}

// S-AGT-7, S-AGT-8
RSP_CASE(273, "a call that times out: its function runs all the same, and a late answer is dropped") {
  const rsp_pid pid = agent(t, 1);
  const Function held = held_up(t.pid());
  const Function adds([](Self&, rsp_agent_state& state, Answer& answer) {
    put(state, "added");
    return answer.reply("late");
  });
  Called called = get_and_update(t, pid, held, 5);
  EXPECT_EQ(called.result, RSP_ETIMEDOUT);
  EXPECT_TERM(called.reason.element(0), "timeout");
  const rsp_ref until = ref_in(t.next());
  EXPECT_EQ(get_and_update(t, pid, adds, 5).result, RSP_ETIMEDOUT);
  EXPECT_EQ(update(t, pid, adds, 0).result, RSP_ETIMEDOUT);
  EXPECT_EQ(adds.freed(), 0);
  t.send(until, "go");
  EXPECT_TERM(value_of(t, pid), "added");
  for (const Function* const function : {&held, &adds}) function->expect_all_freed(t);
  t.expect_nothing();
}

// S-AGT-8
RSP_CASE(273, "contexts are freed once when the agent ends before their turn, and when it is gone") {
  const rsp_pid pid = agent(t, 1);
  const Function held = held_up(t.pid());
  const Function adds = adding(1);
  const Function casts = casting(1);
  ok(cast(t, pid, held));
  (void)t.next();
  for (int i = 0; i < 3; ++i) {
    ok(cast(t, pid, casts));
    EXPECT_EQ(get_and_update(t, pid, adds, 0).result, RSP_ETIMEDOUT);
  }
  EXPECT_EQ(held.freed() + adds.freed() + casts.freed(), 0);
  kill(t, pid);
  for (const Function* const function : {&held, &adds, &casts}) function->expect_all_freed(t);
  ok(cast(t, pid, casts));
  EXPECT_TERM(update(t, pid, adds).reason.element(0), "noproc");
  for (const Function* const function : {&adds, &casts}) function->expect_all_freed(t);
}

// S-AGT-8
RSP_CASE(273, "a context is freed before the caller has its answer") {
  const rsp_pid pid = agent(t, 1);
  for (uint32_t i = times(200); i > 0; --i) {
    const Function adds = adding(1);
    ok(get_and_update(t, pid, adds).result);
    ASSERT_EQ(adds.freed(), 1);
  }
}

// S-AGT-8
RSP_CASE(273, "a native value moves in, is changed in its place, and is dropped once with the agent") {
  static std::atomic<int> alive;
  alive = 0;
  struct Counter {
    Counter() { ++alive; }
    ~Counter() { --alive; }
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    int64_t value = 0;
  };
  static const rsp_native_ops OPS = {sizeof(rsp_native_ops),
                                     [](void* counter) { delete static_cast<Counter*>(counter); }, nullptr};
  const Function makes([](Self&, rsp_agent_state& state, Answer& answer) {
    state.native = new Counter;
    state.ops = &OPS;
    return answer.nothing();
  });
  const Function counts([](Self&, rsp_agent_state& state, Answer& answer) {
    EXPECT_EQ(state.ops, &OPS);
    return answer.reply(++static_cast<Counter*>(state.native)->value);
  });
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.init = &Function::init;
  opts.ctx_free = &Function::free;
  for (const char* const reason : {"normal", "boom"}) {
    opts.ctx = makes.context();
    rsp_pid pid{};
    ok(rsp_agent_start(t, &pid, nullptr, &opts, nullptr));
    EXPECT_TERM(get_and_update(t, pid, counts).reply, "1");
    EXPECT_TERM(get(t, pid, counts).reply, "2");
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(stop(t, pid, reason).result, RSP_OK);
    EXPECT_EQ(alive, 0);
  }
  makes.expect_all_freed(t);
}

// S-AGT-7
RSP_CASE(273, "by name; nobody, and itself: noproc, calling_self") {
  const rsp_pid pid = agent(t, 1, {.name = "counter"});
  EXPECT_TERM(get(t, whereis("counter"), getting()).reply, "1");
  EXPECT_EQ(stop(t, pid).result, RSP_OK);
  const Called nobody = get(t, whereis("counter"), getting());
  EXPECT_EQ(nobody.result, RSP_EEXITED);
  EXPECT_TERM(nobody.reason,
              Value::tuple({"noproc", Value::tuple({"call", "undefined", "nil", int64_t{PATIENCE_MS}})}));
  const Function casts = casting(1);
  ok(cast(t, whereis("counter"), casts));
  casts.expect_all_freed(t);
  EXPECT_EQ(get(t, t.pid(), getting()).result, RSP_ECALLINGSELF);
}

// S-AGT-10
RSP_CASE(273, "what is no request of an agent does not end it") {
  const rsp_pid pid = agent(t, 1);
  EXPECT_TERM(call(t, pid, "what").reply, "{error, badarg}");
  ok(rsp_cast(t, pid, Value("what")));
  t.send(pid, "what");
  EXPECT_TERM(value_of(t, pid), "1");
}

// S-AGT-9
RSP_CASE(273, "as a child it is permanent, a worker, and has five seconds to end in") {
  const Value state("[1, 2]");
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.state = state;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  ok(rsp_agent_spec(&child.start, &opts));
  rsp_pid supervisor{};
  ok(rsp_supervisor_start(t, &supervisor, nullptr, &child, 1, nullptr, nullptr));
  rsp_term raw{};
  ok(rsp_supervisor_get_childspec(t, &raw, nullptr, supervisor, Value("agent"), PATIENCE_MS));
  const Value spec = Value::owner_of(raw);
  EXPECT_TERM(spec.at("restart"), "permanent");
  EXPECT_TERM(spec.at("type"), "worker");
  EXPECT_TERM(spec.at("shutdown"), "5000");
  EXPECT_EQ(stop(t, supervisor).result, RSP_OK);
}

}  // namespace
}  // namespace conformance
