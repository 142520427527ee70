// Section V: starts that are over later than init, and states with which no server begins.

#include <array>
#include <atomic>
#include <memory>

#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// Its init leaves its start open; what it is sent then ends that: `ack`, or {exit, R}. Notes "a init" and "a ready".
Server late(const Notes& notes, const std::string& name) {
  Server server;
  server.init = [notes, name](Self& self, Answer&) {
    EXPECT_EQ(rsp_init_ack(self), RSP_EINVAL);
    ok(rsp_init_ack_later(self));
    notes->note(name + " init");
    return RSP_NEXT_CONTINUE;
  };
  server.info = [notes, name](Self& self, const Received& message, Answer& answer) {
    if (message.term.text() != "ack") return self.exit(message.term.element(1));
    notes->note(name + " ready");
    ok(rsp_init_ack(self));
    EXPECT_EQ(rsp_init_ack(self), RSP_EALREADY);
    return answer.nothing();
  };
  return server;
}

// The same, and it tells itself.
Server late_by_itself(const Notes& notes, const std::string& name, Value told) {
  Server server = late(notes, name);
  server.init = [begin = server.init, told](Self& self, Answer& answer) {
    self.send(self.pid(), told);
    return begin(self, answer);
  };
  return server;
}

// S-START-10, S-START-1
RSP_CASE(430, "a start that its init leaves open is over when the server says so") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started it = start(t, late_by_itself(notes, "a", "ack"), {.link = true, .name = "n"});
  ASSERT_EQ(it.result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a init", "a ready"}));
  EXPECT_EQ(whereis("n"), it.pid);
  EXPECT_EQ(t.queued(), 0u);
  t.expect_alive(it.pid);
}

// S-START-10, S-SRV-17
RSP_CASE(430, "also in what its init continues with") {
  const Notes notes = make_notes();
  Server server = late(notes, "a");
  server.init = [begin = server.init](Self& self, Answer& answer) {
    EXPECT_EQ(begin(self, answer), RSP_NEXT_CONTINUE);
    return answer.and_continue("more");
  };
  server.continues = [notes](Self& self, const Value&, Answer& answer) {
    notes->note("a continues");
    ok(rsp_init_ack(self));
    return answer.nothing();
  };
  EXPECT_EQ(start(t, server).result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a init", "a continues"}));
}

// S-START-10, S-START-3
RSP_CASE(431, "a server that ends before it says so has failed to start: error r, the mailbox empty") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started it = start(t, late_by_itself(notes, "a", "{exit, r}"), {.link = true, .name = "n"});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "r");
  EXPECT_EQ(whereis("n"), rsp_pid{});
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-START-10, S-START-4
RSP_CASE(431, "and one that never says so is out of time: error timeout, it is dead, the mailbox empty") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started it = start(t, late(notes, "a"), {.link = true, .timeout_ms = 20, .name = "n"});
  EXPECT_EQ(it.result, RSP_ETIMEDOUT);
  EXPECT_TERM(it.error, "timeout");
  EXPECT_EQ(whereis("n"), rsp_pid{});
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-START-10, S-SUP-10
RSP_CASE(
    432,
    "a supervisor starts the next child when the one before has said so, also when it starts them again") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{late_by_itself(notes, "a", "ack"), "a"}, {noting(notes, "b"), "b"}},
                               {.strategy = RSP_ONE_FOR_ALL});
  EXPECT_EQ(notes->take(), lines({"a init", "a ready", "b up"}));
  const rsp_pid a = child(t, s, "a");
  const rsp_pid b = child(t, s, "b");
  t.exit_signal(a, "kill");
  successor(t, s, "b", b);
  EXPECT_EQ(notes->take(), lines({"b told shutdown", "b gone", "a init", "a ready", "b up"}));
}

// S-START-10, S-SUP-20
RSP_CASE(432, "one that ends before is a restart that failed, which counts") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto starts = std::make_shared<std::atomic<int>>(0);
  Server fails = late(notes, "a");
  fails.init = [begin = fails.init, starts](Self& self, Answer& answer) {
    self.send(self.pid(), starts->fetch_add(1) == 0 ? Value("ack") : Value("{exit, r}"));
    return begin(self, answer);
  };
  const rsp_pid s = supervisor(t, {{fails, "a"}}, {.max_restarts = 2});
  const rsp_ref end = t.monitor(s);
  t.exit_signal(child(t, s, "a"), "kill");
  t.expect_exit(s, "shutdown");
  t.expect_down(end, s, "shutdown");
  EXPECT_EQ(*starts, 3);  // the first, and two more
}

// ---- What an init has given, and nobody has ----

// How an init ends that has given a state; or what comes of the server that begins.
enum class Way { STOP, ERROR, IGNORE, KILLED, EXIT, RUNS };
constexpr std::array WAYS = {Way::STOP, Way::ERROR, Way::IGNORE, Way::KILLED, Way::EXIT, Way::RUNS};

struct Life {
  explicit Life(Way which) : way(which) {}
  const Way way;
  std::atomic<int> given{0};
  std::atomic<int> freed{0};
};

rsp_next give(rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
  Life& life = *static_cast<Life*>(ctx);
  ret->state = &life;
  ++life.given;
  switch (life.way) {
    case Way::STOP:
      ret->action = RSP_SERVER_STOP;
      break;
    case Way::ERROR:
      ret->action = RSP_SERVER_ERROR;
      break;
    case Way::IGNORE:
      ret->action = RSP_SERVER_IGNORE;
      break;
    case Way::KILLED:
      EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), Value("kill")), RSP_EXITING);
      break;
    case Way::EXIT:
      EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), Value("r")), RSP_EXITING);
      break;
    case Way::RUNS:
      break;
  }
  return RSP_NEXT_CONTINUE;
}

const rsp_server_ops& giving() {
  static const rsp_server_ops ops = [] {
    rsp_server_ops made{};
    made.size = sizeof made;
    made.name = "giving";
    made.init = &give;
    made.free_state = [](void* state) { ++static_cast<Life*>(state)->freed; };
    return made;
  }();
  return ops;
}

// S-SRV-47
RSP_CASE(433, "what an init gives is freed once, whatever it says and whatever ends it") {
  t.trap_exit();
  for (const Way way : WAYS) {
    const auto life = std::make_shared<Life>(way);
    keep_until_stop(life);
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &giving();
    spec.ctx = life.get();
    rsp_pid pid{};
    const rsp_result result = rsp_server_start(t, &pid, nullptr, nullptr, &spec, nullptr);
    EXPECT_EQ(result == RSP_OK, way == Way::RUNS);
    if (result == RSP_OK) t.exit_signal(pid, "kill");
    t.eventually("its state is freed", [&] { return life->freed == 1; });
    after_stop([life] {
      EXPECT_EQ(life->given, 1);
      EXPECT_EQ(life->freed, 1);
    });
  }
}

}  // namespace
}  // namespace conformance
