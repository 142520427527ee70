// Sections J and L: children whose callbacks ask the supervisor that waits for them, and so wait for
// themselves.

#include "resprout/lane.h"
#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

constexpr uint64_t PATIENCE_OF_A_CALL_MS = 20;

/// What a callback returns to call s, and to go on as `then` says: whether it was answered.
rsp_next ask(Self& self, uint64_t timeout_ms, std::function<rsp_next(Self&, bool)> then) {
  struct Call {
    std::function<rsp_next(Self&, bool)> then;
    rsp_ref request{};
  };
  const auto call = std::make_shared<Call>(Call{std::move(then)});
  keep_until_stop(call);
  ok(rsp_send_request(self, &call->request, whereis("s"), Value("which_children")));
  const auto go_on = [](rsp_self* raw, rsp_msg* answer, void* ctx) {
    Self after(raw);
    const Call& over = *static_cast<const Call*>(ctx);
    if (answer == nullptr) ok(rsp_abandon_request(after, over.request));
    return over.then(after, answer != nullptr && rsp_msg_get_kind(answer) != RSP_MSG_DOWN);
  };
  return rsp_await(self, call->request, timeout_ms, go_on, call.get());
}

rsp_next expect_no_answer(Self&, bool answered) {
  EXPECT_FALSE(answered) << "the supervisor serves a child that it waits for";
  return RSP_NEXT_CONTINUE;
}

using Asking = std::function<rsp_next(Self&)>;

/// The ways to ask for ever: by a request, and to stop.
std::vector<Asking> for_ever() {
  const Asking requests = [](Self& self) { return ask(self, RSP_INFINITE, expect_no_answer); };
  const Asking stops = [](Self& self) {
    return await_stop(self, whereis("s"), "shutdown", RSP_INFINITE, [](Self& after, const Outcome& it) {
      return expect_no_answer(after, it.result == RSP_OK);
    });
  };
  return {requests, stops};
}

/// Says who it is, and asks in its init.
Server asks_in_init(rsp_pid own, const Asking& asking) {
  Server server;
  server.init = [own, asking](Self& self, Answer&) {
    self.send(own, self.pid());
    return asking(self);
  };
  return server;
}

/// S over a, with a child b that it is starting for ever. What T asks of it runs into its time, as b's
/// request does.
struct Stuck {
  Stuck(Test& t, const Notes& notes, const Asking& asking, SupervisorHow how = {})
      : s(supervisor(t, {}, named(how))) {
    EXPECT_EQ(add_child(t, s, {noting(notes, "a"), "a"}).result, RSP_OK);
    const Value id = "b";
    const rsp_child_spec spec = raw_child({asks_in_init(t.pid(), asking)}, id);
    rsp_pid none{};
    EXPECT_EQ(rsp_supervisor_start_child(t, &none, nullptr, s, &spec, PATIENCE_OF_A_CALL_MS), RSP_ETIMEDOUT);
    b = next_pid(t);
    end_of_b = t.monitor(b);
    rsp_term children{};
    EXPECT_EQ(rsp_supervisor_which_children(t, &children, s, PATIENCE_OF_A_CALL_MS), RSP_ETIMEDOUT);
    EXPECT_EQ(stop(t, s, "normal", PATIENCE_OF_A_CALL_MS).result, RSP_ETIMEDOUT);
    t.expect_alive(b);
    EXPECT_EQ(notes->take(), lines({"a up"}));
  }

  static SupervisorHow named(SupervisorHow how) {
    how.name = "s";
    return how;
  }

  rsp_pid s;
  rsp_pid b{};
  rsp_ref end_of_b{};
};

// S-SUP-57, S-SUP-31
RSP_CASE(177, "an init that asks its own supervisor is over when the supervisor's parent ends that") {
  t.trap_exit();
  for (const Asking& asking : for_ever()) {
    for (const rsp_strategy strategy : {RSP_ONE_FOR_ONE, RSP_DYNAMIC}) {
      const Notes notes = make_notes();
      const Stuck it(t, notes, asking, {.strategy = strategy});
      t.exit_signal(it.s, "shutdown");
      t.expect_down(it.end_of_b, it.b, "killed");
      t.expect_exit(it.s, "shutdown");
      EXPECT_EQ(notes->take(), lines({"a told shutdown", "a gone"}));
    }
  }
  t.expect_nothing();
}

// S-SUP-57, S-SUP-32
RSP_CASE(177, "and when the supervisor is killed") {
  t.trap_exit();
  for (const Asking& asking : for_ever()) {
    const Notes notes = make_notes();
    const Stuck it(t, notes, asking);
    t.exit_signal(it.s, "kill");
    t.expect_down(it.end_of_b, it.b, "killed");
    t.expect_exit(it.s, "killed");
  }
  t.expect_nothing();
}

// S-SUP-57, S-SUP-34
RSP_CASE(177, "and when the child is killed: then the supervisor does what it was asked meanwhile") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Stuck it(t, notes, for_ever().front());
  const rsp_ref end = t.monitor(it.s);
  t.exit_signal(it.b, "kill");
  t.expect_down(it.end_of_b, it.b, "killed");
  t.expect_down(end, it.s, "normal");  // the stop that ran into its time was asked for all the same
  t.expect_exit(it.s, "normal");
  EXPECT_EQ(notes->take(), lines({"a told shutdown", "a gone"}));
  t.expect_nothing();
}

// S-SUP-57, S-SUP-26
RSP_CASE(177, "in a restart, too, which has failed then and is tried again") {
  t.trap_exit();
  const auto starts = std::make_shared<std::atomic<int>>(0);
  const Server server = asks_in_init(t.pid(), [starts](Self& self) {
    return ++*starts == 2 ? ask(self, RSP_INFINITE, expect_no_answer) : RSP_NEXT_CONTINUE;
  });
  const rsp_pid s = supervisor(t, {{server, "b"}}, {.name = "s"});
  t.exit_signal(next_pid(t), "kill");
  const rsp_pid second = next_pid(t);
  rsp_term unused{};
  EXPECT_EQ(rsp_supervisor_which_children(t, &unused, s, PATIENCE_OF_A_CALL_MS), RSP_ETIMEDOUT);
  t.exit_signal(second, "kill");
  const rsp_pid third = next_pid(t);
  EXPECT_EQ(child(t, s, "b"), third);
  EXPECT_EQ(supervisor_reports("start_error").size(), 1u);
  t.expect_nothing();
}

// S-SUP-57, S-SRV-11
RSP_CASE(177, "one that asks for 20 ms goes on after them, and hears no late answer") {
  t.trap_exit();
  Server server = asks_in_init(t.pid(), [own = t.pid()](Self& self) {
    return ask(self, PATIENCE_OF_A_CALL_MS, [own](Self& after, bool answered) {
      after.send(own, answered ? "answered" : "timeout");
      return RSP_NEXT_CONTINUE;
    });
  });
  server.info = [own = t.pid()](Self& self, const Received& message, Answer& answer) {
    self.send(own, message.term);
    return answer.nothing();
  };
  const rsp_pid s = supervisor(t, {{server, "b"}}, {.name = "s"});
  const rsp_pid b = next_pid(t);
  t.expect_message("timeout");
  EXPECT_EQ(child(t, s, "b"), b);
  t.expect_nothing();
}

// S-SUP-57, S-STOP-2
RSP_CASE(177, "the stop of the runtime ends such a start") {
  const Notes notes = make_notes();
  const Stuck it(t, notes, for_ever().front(), {.link = false});
  after_stop([notes] { EXPECT_EQ(notes->lines(), lines({"a told shutdown", "a gone"})); });
}

// A lane of one thread, for what its processes may do and no handler: make calls that block.
class Lane {
 public:
  Lane() {
    rsp_lane_hooks hooks{};
    hooks.size = sizeof hooks;
    hooks.acquire = [](void*) {};
    hooks.release = [](void*) {};
    hooks.start_thread = [](void*) { return RSP_ELIMIT; };
    ok(rsp_lane_new(&lane_, &hooks, true));
    thread_ = std::make_unique<Thread>([lane = lane_] { ok(rsp_lane_run(lane)); });
  }
  ~Lane() {
    rsp_lane_stop(lane_);
    thread_->join();
    rsp_lane_free(lane_);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  rsp_lane* get() const { return lane_; }

 private:
  rsp_lane* lane_ = nullptr;
  std::unique_ptr<Thread> thread_;
};

rsp_result ask_and_block(Self& self) {
  rsp_term children{};
  return rsp_supervisor_which_children(self, &children, whereis("s"), RSP_INFINITE);
}

// S-SUP-57, S-SUP-31
RSP_CASE(177, "the call that blocks is refused on a worker, and on a lane ends with the child") {
  t.trap_exit();
  const auto lane = std::make_shared<Lane>();
  keep_until_stop(lane);
  const Notes notes = make_notes();
  for (const bool on_lane : {false, true}) {
    Server server = asks_in_init(t.pid(), [notes](Self& self) {
      notes->note(rsp_result_name(ask_and_block(self)));
      return RSP_NEXT_CONTINUE;
    });
    const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.name = "s"});
    const Value id = "b";
    rsp_child_spec spec = raw_child({server}, id);
    if (on_lane) spec.start.lane = lane->get();
    rsp_pid b{};
    const uint64_t timeout_ms = on_lane ? PATIENCE_OF_A_CALL_MS : PATIENCE_MS;
    EXPECT_EQ(rsp_supervisor_start_child(t, &b, nullptr, s, &spec, timeout_ms),
              on_lane ? RSP_ETIMEDOUT : RSP_OK);
    const rsp_ref end = t.monitor(next_pid(t));
    t.exit_signal(s, "shutdown");
    EXPECT_TERM(t.wait_down(end), on_lane ? "killed" : "shutdown");
    t.expect_exit(s, "shutdown");
    std::vector<std::string> expected = {
        "a up", on_lane ? rsp_result_name(RSP_EXITING) : rsp_result_name(RSP_EWOULDBLOCK), "a told shutdown",
        "a gone"};
    EXPECT_EQ(notes->take(), expected);
  }
  t.expect_nothing();
}

// Traps exits, and asks in its terminate.
Server asks_in_terminate(const Asking& asking) {
  Server server;
  server.init = [](Self& self, Answer& answer) {
    self.trap_exit();
    return answer.nothing();
  };
  server.terminate = [asking](Self& self, const Value&) { return asking(self); };
  return server;
}

// S-SUP-57, S-SUP-28, S-SUP-30
RSP_CASE(222, "a terminate that asks its own supervisor is killed after its 50 ms, and the stop goes on") {
  t.trap_exit();
  for (const Asking& asking : for_ever()) {
    for (const rsp_strategy strategy : {RSP_ONE_FOR_ONE, RSP_DYNAMIC}) {
      const Notes notes = make_notes();
      const size_t reported = supervisor_reports("shutdown_error").size();
      const rsp_pid s = supervisor(t, {}, {.name = "s", .strategy = strategy});
      EXPECT_EQ(add_child(t, s, {noting(notes, "a"), "a"}).result, RSP_OK);
      const Started b = add_child(t, s,
                                  {.server = asks_in_terminate(asking),
                                   .id = "b",
                                   .shutdown = RSP_SHUTDOWN_TIMEOUT,
                                   .shutdown_ms = 50});
      ASSERT_EQ(b.result, RSP_OK);
      const rsp_ref end = t.monitor(b.pid);
      t.exit_signal(s, "shutdown");
      t.expect_down(end, b.pid, "killed");
      t.expect_exit(s, "shutdown");
      EXPECT_EQ(notes->take(), lines({"a up", "a told shutdown", "a gone"}));
      EXPECT_EQ(supervisor_reports("shutdown_error").size(), reported + 1);
    }
  }
  t.expect_nothing();
}

// S-SUP-57, S-SUP-35
RSP_CASE(222, "also where terminate_child stops it: then the supervisor serves again") {
  t.trap_exit();
  const rsp_pid s = supervisor(t,
                               {{.server = asks_in_terminate(for_ever().front()),
                                 .id = "b",
                                 .shutdown = RSP_SHUTDOWN_TIMEOUT,
                                 .shutdown_ms = 50}},
                               {.name = "s"});
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  EXPECT_TERM(children(t, s), "[{b, undefined, worker, _}]");
  t.expect_nothing();
}

// S-SUP-57, S-SRV-11
RSP_CASE(222, "one that asks for 20 ms goes on after them, and ends as it was told to") {
  t.trap_exit();
  const auto asking = [own = t.pid()](Self& self) {
    return ask(self, PATIENCE_OF_A_CALL_MS, [own](Self& after, bool answered) {
      after.send(own, answered ? "answered" : "timeout");
      return RSP_NEXT_CONTINUE;
    });
  };
  const rsp_pid s = supervisor(t, {{asks_in_terminate(asking), "b"}}, {.name = "s"});
  t.exit_signal(s, "shutdown");
  t.expect_message("timeout");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(reports().size(), 0u);
  t.expect_nothing();
}

// S-SUP-57: as in OTP
RSP_CASE(222, "one that has all the time lasts until it is killed") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Asking asking = [own = t.pid()](Self& self) {
    self.send(own, self.pid());
    return ask(self, RSP_INFINITE, expect_no_answer);
  };
  const rsp_pid s =
      supervisor(t,
                 {{noting(notes, "a"), "a"},
                  {.server = asks_in_terminate(asking), .id = "b", .shutdown = RSP_SHUTDOWN_INFINITY}},
                 {.name = "s"});
  t.exit_signal(s, "shutdown");
  const rsp_pid b = next_pid(t);
  t.expect_nothing();
  EXPECT_EQ(notes->take(), lines({"a up"}));
  t.exit_signal(b, "kill");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"a told shutdown", "a gone"}));
}

}  // namespace
}  // namespace conformance
