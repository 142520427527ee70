// Section K: supervisors, the group strategies.

#include <atomic>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

constexpr const char* NAMES[] = {"a", "b", "c", "d"};

// Four children that note what becomes of them.
rsp_pid four(Test& t, const Notes& notes, SupervisorHow how) {
  std::vector<ChildSpec> specs;
  for (const char* name : NAMES) specs.push_back({noting(notes, name), name});
  const rsp_pid s = supervisor(t, specs, how);
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "c up", "d up"}));
  return s;
}

std::vector<rsp_pid> pids(Test& t, rsp_pid s) {
  std::vector<rsp_pid> found;
  for (const char* name : NAMES) found.push_back(child(t, s, name));
  return found;
}

// Its starts with these numbers, from 0 on, fail.
Server failing_at(const Notes& notes, const std::string& name, std::vector<uint32_t> failures) {
  Server server = noting(notes, name);
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  server.init = [notes, name, starts, failures](Self& self, Answer& answer) {
    const uint32_t number = starts->fetch_add(1);
    self.trap_exit();
    for (const uint32_t failure : failures) {
      if (failure != number) continue;
      notes->note(name + " failed");
      return answer.error("nope");
    }
    notes->note(name + " up");
    return answer.nothing();
  };
  return server;
}

// S-SUP-1, S-SUP-24
RSP_CASE(187, "one_for_all: the others are shut down one at a time from the last, then all start in order") {
  t.trap_exit();
  const Notes notes = make_notes();
  std::vector<ChildSpec> specs;
  for (const char* name : NAMES) specs.push_back({noting(notes, name, 1), name});
  const rsp_pid s = supervisor(t, specs, {.strategy = RSP_ONE_FOR_ALL});
  (void)notes->take();
  const std::vector<rsp_pid> before = pids(t, s);
  t.send(before[1], "{error, boom}");
  (void)successor(t, s, "d", before[3]);
  EXPECT_EQ(notes->take(),
            lines({"b told {boom,[]}", "b gone", "d told shutdown", "d gone", "c told shutdown", "c gone",
                   "a told shutdown", "a gone", "a up", "b up", "c up", "d up"}));
  const std::vector<rsp_pid> now = pids(t, s);
  for (size_t i = 0; i < now.size(); ++i) {
    EXPECT_FALSE(now[i] == before[i]) << NAMES[i];
    t.expect_alive(now[i]);
  }
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 1u);
  EXPECT_EQ(supervisor_reports("shutdown_error").size(), 0u);
}

// S-SUP-1, S-SUP-23
RSP_CASE(188, "rest_for_one: those after b stop, b and they start, those before are untouched") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = four(t, notes, {.strategy = RSP_REST_FOR_ONE});
  const std::vector<rsp_pid> before = pids(t, s);
  t.send(before[1], "{error, boom}");
  (void)successor(t, s, "d", before[3]);
  EXPECT_EQ(notes->take(), lines({"b told {boom,[]}", "b gone", "d told shutdown", "d gone",
                                  "c told shutdown", "c gone", "b up", "c up", "d up"}));
  EXPECT_EQ(child(t, s, "a"), before[0]);
  // The last one has none after it.
  const rsp_pid d = child(t, s, "d");
  t.send(d, "{error, boom}");
  (void)successor(t, s, "d", d);
  EXPECT_EQ(notes->take(), lines({"d told {boom,[]}", "d gone", "d up"}));
}

// S-SUP-25, S-SUP-35
RSP_CASE(187, "the group's restart starts each specification that remains, and drops temporary ones") {
  t.trap_exit();
  const Notes notes = make_notes();
  for (const rsp_strategy strategy : {RSP_ONE_FOR_ALL, RSP_REST_FOR_ONE}) {
    const rsp_pid s =
        supervisor(t,
                   {{noting(notes, "a"), "a"},
                    {.server = noting(notes, "b"), .id = "b", .restart = RSP_RESTART_TRANSIENT},
                    {noting(notes, "c"), "c"},
                    {.server = noting(notes, "d"), .id = "d", .restart = RSP_RESTART_TEMPORARY}},
                   {.strategy = strategy});
    t.send(child(t, s, "b"), "{stop, normal}");
    t.eventually("b has ended", [&] { return child(t, s, "b").id == 0; });
    EXPECT_EQ(terminate_child(t, s, "c").result, RSP_OK);
    EXPECT_EQ(child(t, s, "c").id, 0u);
    (void)notes->take();
    const rsp_pid a = child(t, s, "a");
    t.send(a, "{error, boom}");
    (void)successor(t, s, "a", a);
    t.eventually("all are started", [&] { return child(t, s, "c").id != 0; });
    EXPECT_EQ(notes->take(),
              lines({"a told {boom,[]}", "a gone", "d told shutdown", "d gone", "a up", "b up", "c up"}));
    EXPECT_TERM(children(t, s), "[{a, A, worker, _}, {b, B, worker, _}, {c, C, worker, _}]");
  }
  EXPECT_EQ(supervisor_reports("shutdown_error").size(), 0u);
}

// S-SUP-21, S-SUP-27
RSP_CASE(187, "two that die together make one restart, which counts once") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = four(t, notes, {.max_restarts = 1, .strategy = RSP_ONE_FOR_ALL});
  const std::vector<rsp_pid> before = pids(t, s);
  t.exit_signal(before[2], "kill");
  t.exit_signal(before[1], "kill");
  (void)successor(t, s, "d", before[3]);
  t.expect_alive(s);
  for (const char* name : NAMES) EXPECT_EQ(notes->count(std::string(name) + " up"), 1u) << name;
}

// S-SUP-26
RSP_CASE(188, "a start that fails ends the attempt; the next goes on from the child that failed") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {{noting(notes, "a"), "a"},
                                {noting(notes, "b"), "b"},
                                {failing_at(notes, "c", {1, 2}), "c"},
                                {noting(notes, "d"), "d"}},
                               {.max_restarts = 3, .strategy = RSP_REST_FOR_ONE});
  (void)notes->take();
  const rsp_pid d = child(t, s, "d");
  t.send(child(t, s, "b"), "{error, boom}");
  (void)successor(t, s, "d", d);
  EXPECT_EQ(notes->take(),
            lines({"b told {boom,[]}", "b gone", "d told shutdown", "d gone", "c told shutdown", "c gone",
                   "b up", "c failed", "c failed", "c up", "d up"}));
  EXPECT_EQ(supervisor_reports("start_error").size(), 2u);
  // Three attempts were counted: the fourth is one too many.
  t.send(child(t, s, "d"), "{error, boom}");
  t.expect_exit(s, "shutdown");
}

// S-SUP-26
RSP_CASE(187, "or begins with the whole group: what has been started is stopped again") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {{noting(notes, "a"), "a"},
                                {noting(notes, "b"), "b"},
                                {failing_at(notes, "c", {1}), "c"},
                                {noting(notes, "d"), "d"}},
                               {.max_restarts = 2, .strategy = RSP_ONE_FOR_ALL});
  (void)notes->take();
  const rsp_pid d = child(t, s, "d");
  t.send(d, "{error, boom}");
  (void)successor(t, s, "d", d);
  EXPECT_EQ(notes->take(),
            lines({"d told {boom,[]}", "d gone", "c told shutdown", "c gone", "b told shutdown", "b gone",
                   "a told shutdown", "a gone", "a up", "b up", "c failed", "b told shutdown", "b gone",
                   "a told shutdown", "a gone", "a up", "b up", "c up", "d up"}));
}

// S-SUP-26, S-SUP-38
RSP_CASE(187, "while a group's restart fails calls are served") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto may_start = std::make_shared<std::atomic<bool>>(true);
  Server reluctant = noting(notes, "b");
  reluctant.init = [may_start, own = t.pid()](Self& self, Answer& answer) {
    if (may_start->load()) return answer.nothing();
    self.send(own, "failed");
    return answer.error("nope");
  };
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {reluctant, "b"}, {noting(notes, "c"), "c"}},
                               {.max_restarts = 1'000'000, .strategy = RSP_ONE_FOR_ALL});
  const rsp_pid c = child(t, s, "c");
  *may_start = false;
  t.send(c, "{error, boom}");
  t.expect_message("failed");
  EXPECT_TERM(children(t, s), "[{a, _, worker, _}, {b, restarting, worker, _}, {c, undefined, worker, _}]");
  EXPECT_TERM(restart_child(t, s, "b").error, "restarting");
  EXPECT_TERM(delete_child(t, s, "b").error, "restarting");
  t.expect_message("failed");
  *may_start = true;
  EXPECT_TERM(reply_of(t, successor(t, s, "c", c), "ping"), "ping");
}

// S-SUP-24, S-SUP-31
RSP_CASE(187, "the parent's exit signal interrupts it") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server slow = noting(notes, "c");
  slow.terminate = [notes, own = t.pid()](Self& self, const Value&) {
    self.send(own, "{stopping, c}");
    return pause(self, 10, [notes](Self&) {
      notes->note("c gone");
      return RSP_NEXT_CONTINUE;
    });
  };
  for (const rsp_strategy strategy : {RSP_ONE_FOR_ALL, RSP_REST_FOR_ONE}) {
    const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}, {slow, "c"}},
                                 {.strategy = strategy});
    (void)notes->take();
    t.send(child(t, s, "b"), "{error, boom}");
    t.expect_message("{stopping, c}");
    t.exit_signal(s, "bogus");
    t.expect_exit(s, "bogus");
    EXPECT_EQ(notes->take(), lines({"b told {boom,[]}", "b gone", "c gone", "a told shutdown", "a gone"}));
  }
}

// S-SUP-24, S-SUP-31: it may be there as the supervisor hears of a child's end
RSP_CASE(187, "also beside the end of one that is being stopped") {
  t.trap_exit();
  const Notes notes = make_notes();
  const uint64_t before = stats().processes;
  for (const char* last : {"d", "c", "b"}) {
    const rsp_pid s = four(t, notes, {.strategy = RSP_ONE_FOR_ALL});
    Server watcher;
    watcher.init = [watched = child(t, s, last)](Self& self, Answer& answer) {
      (void)self.monitor(watched);
      return answer.nothing();
    };
    watcher.info = [s](Self&, const Received& message, Answer& answer) {
      EXPECT_EQ(message.kind, RSP_MSG_DOWN);
      // The root is everybody's overseer.
      ok(rsp_exit_signal(nullptr, s, Value("bogus")));
      return answer.stop("normal");
    };
    ASSERT_EQ(start(t, watcher).result, RSP_OK);
    t.send(child(t, s, "a"), "{error, boom}");
    t.expect_exit(s, "bogus");
    // Each of the first ones, and whatever was started since; but for the latest, if S was still waiting for its start: that
    // one was killed.
    const std::string killed = notes->latest(" up");
    for (const std::string name : NAMES) {
      const size_t gone = notes->count(name + " gone");
      const size_t begun = 1 + notes->count(name + " up");
      EXPECT_TRUE(gone == begun || (gone + 1 == begun && name == killed)) << name;
    }
    t.eventually("nobody is left", [&] { return stats().processes == before; });
    (void)notes->take();
  }
}

// S-SUP-20, S-SUP-25
RSP_CASE(188, "one attempt too many stops all that run, and S ends") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = four(t, notes, {.max_restarts = 0, .strategy = RSP_REST_FOR_ONE});
  t.send(child(t, s, "c"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"c told {boom,[]}", "c gone", "d told shutdown", "d gone",
                                  "b told shutdown", "b gone", "a told shutdown", "a gone"}));
}

// S-SUP-24, S-SUP-30
RSP_CASE(
    187,
    "requests that wait meanwhile are answered afterwards, and a sibling that ends otherwise is told of") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server stubborn = noting(notes, "b");
  stubborn.terminate = [own = t.pid()](Self& self, const Value&) {
    self.send(own, "{stopping, b}");
    return pause(self, 5, [](Self& at_last) { return at_last.exit("otherwise"); });
  };
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {stubborn, "b"}}, {.strategy = RSP_ONE_FOR_ALL});
  const rsp_pid b = child(t, s, "b");
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_message("{stopping, b}");
  const Value all = children(t, s);  // asked in the middle
  EXPECT_TERM(all, "[{a, A, worker, _}, {b, B, worker, _}]");
  EXPECT_FALSE(child(t, s, "b") == b);
  const std::vector<Value> reported = supervisor_reports("shutdown_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "otherwise");
}

}  // namespace
}  // namespace conformance
