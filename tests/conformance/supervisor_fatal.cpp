// Section T: children without which a supervisor ends.

#include "resprout/request.h"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

ChildSpec plain(const Notes& notes, const char* name) { return {.server = noting(notes, name), .id = name}; }

ChildSpec fatal_child(const Notes& notes, const char* name) {
  return {.server = noting(notes, name), .id = name, .fatal = true};
}

/// It ends, and S has seen that.
void crash(Test& t, rsp_pid s, const char* id, Where where = Where::here()) {
  const rsp_pid pid = child(t, s, id, where);
  t.send(pid, "{error, boom}", where);
  t.eventually(
      "S has seen the end", [&] { return !(child(t, s, id, where) == pid); }, where);
}

// S-SUP-55
RSP_CASE(407, "a fatal child that crashes takes S down in order, and the report names it and why") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {plain(notes, "a"), fatal_child(notes, "b"), plain(notes, "c")}, {.max_restarts = 100});
  const rsp_pid b = child(t, s, "b");
  (void)notes->take();
  t.send(b, "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(),
            lines({"b told {boom,[]}", "b gone", "c told shutdown", "c gone", "a told shutdown", "a gone"}));
  const std::vector<Value> reported = supervisor_reports("child_terminated");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("offender").at("id"), "b");
  EXPECT_TERM(reported[0].at("offender").at("pid"), b);
  EXPECT_TERM(reported[0].at("reason"), "{boom, Frames}");
  EXPECT_TERM(reported[0].at("decision"), "shutdown");
  EXPECT_EQ(supervisor_reports("shutdown").size(), 0u);
}

// S-SUP-55
RSP_CASE(407, "an end that restarts nothing is not fatal; nor is a stop by call; its group starts it again") {
  t.trap_exit();
  const Notes notes = make_notes();
  ChildSpec fatal = fatal_child(notes, "b");
  fatal.restart = RSP_RESTART_TRANSIENT;
  const rsp_pid s = supervisor(t, {plain(notes, "a"), fatal}, {.strategy = RSP_REST_FOR_ONE});
  const rsp_pid b = child(t, s, "b");
  t.wait_end((t.send(b, "{stop, normal}"), b));
  t.eventually("S has seen it", [&] { return child(t, s, "b").id == 0; });
  EXPECT_EQ(restart_child(t, s, "b").result, RSP_OK);
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  crash(t, s, "a");
  t.eventually("both are up", [&] { return child(t, s, "b").id != 0; });
  t.expect_alive(s);
}

// S-SUP-55
RSP_CASE(407, "a restart of its group that fails to start it is its end, too") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {plain(notes, "b"), {.server = fails_to_restart(notes, 1), .id = "a", .fatal = true}},
                 {.max_restarts = 100, .strategy = RSP_ONE_FOR_ALL});
  t.send(child(t, s, "b"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a failed"), 1u);
  const std::vector<Value> reported = supervisor_reports("start_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("decision"), "shutdown");
}

// S-SUP-55
RSP_CASE(407, "of a dynamic supervisor, too") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
  EXPECT_EQ(add_child(t, s, plain(notes, "a")).result, RSP_OK);
  t.send(add_child(t, s, {.server = noting(notes, "b"), .fatal = true}).pid, "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a gone"), 1u);
}

/// A child whose second start waits for the gate.
Server starts_again_behind(const Notes& notes, const std::string& name, const Gate& gate) {
  Server server = noting(notes, name);
  const auto starts = std::make_shared<std::atomic<int>>(0);
  server.init = [notes, name, gate, starts](Self& self, Answer&) {
    self.trap_exit();
    if (++*starts == 1) return RSP_NEXT_CONTINUE;
    notes->note(name + " tries");
    return pause_until(self, gate, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  return server;
}

// S-SUP-55
RSP_CASE(407, "a fatal child that has ended behind another of its group is fatal all the same") {
  t.trap_exit();
  // The child that S is busy with comes first, or last: so b has ended before it is told, or before S stops anybody.
  for (const bool is_first : {true, false}) {
    const Notes notes = make_notes();
    const Gate gate = make_gate();
    const ChildSpec busy{.server = starts_again_behind(notes, "d", gate), .id = "d"};
    std::vector<ChildSpec> all = {plain(notes, "a"), fatal_child(notes, "b")};
    all.insert(is_first ? all.begin() : all.end(), busy);
    const rsp_pid s = supervisor(t, all, {.max_restarts = 100, .strategy = RSP_ONE_FOR_ALL});
    const rsp_pid a = child(t, s, "a");
    const rsp_pid b = child(t, s, "b");
    EXPECT_EQ(terminate_child(t, s, "d").result, RSP_OK);
    const size_t before = supervisor_reports("child_terminated").size();
    rsp_ref restarted{};
    ok(rsp_send_request(t, &restarted, s, Value("{restart_child, d}")));
    t.eventually("S is busy", [&] { return notes->count("d tries") == 1; });
    (void)notes->take();
    t.wait_end((t.send(a, "{error, boom}"), a));
    t.wait_end((t.send(b, "{error, boom}"), b));
    gate->store(true);
    t.expect_exit(s, "shutdown");
    EXPECT_EQ(notes->count("a up"), 0u);
    // S may hear of b before it hears of a, whose exit signal comes from another process: then a's is none of its news any more.
    const std::vector<Value> reported = supervisor_reports("child_terminated");
    ASSERT_GT(reported.size(), before);
    ASSERT_LE(reported.size(), before + 2);
    EXPECT_TERM(reported.back().at("offender").at("id"), "b");
    EXPECT_TERM(reported.back().at("reason"), "{boom, Frames}");
    EXPECT_TERM(reported.back().at("decision"), "shutdown");
  }
}

// S-SUP-55
RSP_CASE(407, "one that ends as its group is stopped, being told to, is started again with that") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server raises = noting(notes, "b");
  raises.terminate = [](Self& self, const Value&) { return self.exit("oops"); };
  const rsp_pid s =
      supervisor(t, {plain(notes, "a"), {.server = raises, .id = "b", .fatal = true}, plain(notes, "c")},
                 {.strategy = RSP_REST_FOR_ONE});
  const rsp_pid b = child(t, s, "b");
  crash(t, s, "a");
  (void)successor(t, s, "b", b);
  t.expect_alive(s);
}

}  // namespace
}  // namespace conformance
