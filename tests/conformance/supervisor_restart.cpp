// Section K: supervisors, restarting.

#include <atomic>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// Sends the order and waits until the process has ended.
void end_child(Test& t, rsp_pid pid, const char* order, Where where = Where::here()) {
  const rsp_ref end = t.monitor(pid);
  t.send(pid, order, where);
  (void)t.wait_down(end, where);
}

// The order ends the child; S starts it again.
rsp_pid restarted(Test& t, rsp_pid s, const char* id, const char* order, Where where = Where::here()) {
  const rsp_pid former = child(t, s, id, where);
  t.send(former, order, where);
  const rsp_pid now = successor(t, s, id, former, where);
  EXPECT_TERM(reply_of(t, now, "ping", where), "ping");
  return now;
}

void expect_offender(const Value& report, const char* id, Value pid, Value reason) {
  EXPECT_TERM(report.at("offender").at("id"), id);
  EXPECT_TERM(report.at("offender").at("pid"), pid);
  EXPECT_TERM(report.at("reason"), reason);
}

// S-SUP-16
RSP_CASE(178, "a permanent child that ends with normal is restarted and reported") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_PERMANENT}});
  const rsp_pid former = child(t, s, "a");
  (void)restarted(t, s, "a", "{stop, normal}");
  EXPECT_EQ(notes->take(), lines({"a up", "a told normal", "a gone", "a up"}));
  const std::vector<Value> reported = supervisor_reports("child_terminated");
  ASSERT_EQ(reported.size(), 1u);
  expect_offender(reported[0], "a", former, "normal");
}

// S-SUP-16, S-SUP-20
RSP_CASE(179, "one that ends with shutdown is restarted, and it counts") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.max_restarts = 2});
  (void)restarted(t, s, "a", "{stop, shutdown}");
  const rsp_pid last = restarted(t, s, "a", "{stop, {shutdown, x}}");
  t.send(last, "{stop, shutdown}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a up"), 3u);
}

// A child that has ended and is not started again: what S does next is served after it has seen the end.
void expect_listed_without_process(Test& t, rsp_pid s, const char* id) {
  t.eventually("it has no process", [&] { return child(t, s, id).id == 0; });
}

// S-SUP-17
RSP_CASE(180, "a transient child that ends with normal stays listed without a process, unreported") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TRANSIENT}});
  end_child(t, child(t, s, "a"), "{stop, normal}");
  expect_listed_without_process(t, s, "a");
  t.expect_nothing();
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
  EXPECT_EQ(notes->count("a up"), 1u);
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-17
RSP_CASE(181, "shutdown and {shutdown, x} do not restart a transient child") {
  t.trap_exit();
  const Notes notes = make_notes();
  for (const char* order : {"{stop, shutdown}", "{stop, {shutdown, x}}"}) {
    const rsp_pid s =
        supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TRANSIENT}});
    end_child(t, child(t, s, "a"), order);
    expect_listed_without_process(t, s, "a");
    t.expect_nothing();
    EXPECT_EQ(child(t, s, "a"), rsp_pid{}) << order;
  }
  EXPECT_EQ(notes->count("a up"), 2u);
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-17
RSP_CASE(182, "a crash does") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TRANSIENT}});
  const rsp_pid former = child(t, s, "a");
  (void)restarted(t, s, "a", "{error, boom}");
  const std::vector<Value> reported = supervisor_reports("child_terminated");
  ASSERT_EQ(reported.size(), 1u);
  expect_offender(reported[0], "a", former, "{boom, Frames}");
}

// S-SUP-18
RSP_CASE(183, "a temporary child that crashes is reported, and its specification is gone") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TEMPORARY},
                     {noting(notes, "b"), "b"}});
  const rsp_pid a = child(t, s, "a");
  end_child(t, a, "{error, boom}");
  t.eventually("it is listed no more", [&] { return matches(children(t, s), "[{b, _, worker, _}]"); });
  EXPECT_EQ(notes->count("a up"), 1u);
  const std::vector<Value> reported = supervisor_reports("child_terminated");
  ASSERT_EQ(reported.size(), 1u);
  expect_offender(reported[0], "a", a, "{boom, Frames}");
}

// S-SUP-18
RSP_CASE(183, "one that ends with an expected reason is not reported, and as gone") {
  t.trap_exit();
  const Notes notes = make_notes();
  for (const char* order : {"{stop, normal}", "{stop, shutdown}"}) {
    const rsp_pid s =
        supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TEMPORARY}});
    end_child(t, child(t, s, "a"), order);
    t.eventually("it is listed no more", [&] { return matches(children(t, s), "[]"); });
  }
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-16
RSP_CASE(184, "a killed permanent child is restarted") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const rsp_pid former = child(t, s, "a");
  t.exit_signal(former, "kill");
  (void)successor(t, s, "a", former);
  EXPECT_EQ(notes->take(), lines({"a up", "a up"}));
  const std::vector<Value> reported = supervisor_reports("child_terminated");
  ASSERT_EQ(reported.size(), 1u);
  expect_offender(reported[0], "a", former, "killed");
}

// S-SUP-22, S-SUP-38
RSP_CASE(186, "one_for_one: only b has a new pid, and the order is as before") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}, {noting(notes, "c"), "c"}});
  const rsp_pid a = child(t, s, "a");
  const rsp_pid c = child(t, s, "c");
  const rsp_pid b = restarted(t, s, "b", "{error, boom}");
  const auto row = [](const char* id, rsp_pid pid) {
    return Value::tuple({atom(id), pid, atom("worker"), atom("case_server")});
  };
  EXPECT_TERM(children(t, s), Value::list({row("a", a), row("b", b), row("c", c)}));
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "c up", "b told {boom,[]}", "b gone", "b up"}));
  // The place in the order is what a stop goes by.
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
}

// S-SUP-14
RSP_CASE(186, "a restart begins with what the first start was given, not with the child's state") {
  t.trap_exit();
  struct Counter {
    static rsp_next init(rsp_self*, void*, rsp_term args, rsp_server_return* returned) {
      int64_t first = 0;
      ok(rsp_term_get_int(&first, args));
      returned->state = new int64_t(first);
      return RSP_NEXT_CONTINUE;
    }
    static rsp_next count(rsp_self* self, void* state, rsp_msg* message, rsp_from,
                          rsp_server_return* returned) {
      if (matches(rsp_msg_term(message), "crash")) return rsp_exit(self, Value("boom"));
      returned->action = RSP_SERVER_REPLY;
      returned->reply = rsp_term_int(++*static_cast<int64_t*>(state));
      return RSP_NEXT_CONTINUE;
    }
    static void free_state(void* state) { delete static_cast<int64_t*>(state); }
  };
  rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "counter";
  ops.init = Counter::init;
  ops.handle_call = Counter::count;
  ops.free_state = Counter::free_state;
  const auto kept = std::make_shared<rsp_server_ops>(ops);
  keep_until_stop(kept);
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.start.ops = kept.get();
  spec.start.args = rsp_term_int(40);
  rsp_pid s{};
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  ASSERT_EQ(rsp_supervisor_start(t, &s, nullptr, &spec, 1, nullptr, &linked), RSP_OK);
  const rsp_pid former = child(t, s, "counter");
  EXPECT_TERM(reply_of(t, former, "next"), 41);
  EXPECT_TERM(reply_of(t, former, "next"), 42);
  EXPECT_EQ(call(t, former, "crash").result, RSP_EEXITED);
  EXPECT_TERM(reply_of(t, successor(t, s, "counter", former), "next"), 41);
}

// S-SUP-20, S-SUP-29
RSP_CASE(191, "the third crash at intensity 2: siblings stop in reverse, S ends with shutdown and says why") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a", 2), "a"}, {noting(notes, "b"), "b"}, {noting(notes, "c", 2), "c"}},
                 {.max_restarts = 2});
  (void)restarted(t, s, "b", "{error, boom}");
  const rsp_pid last = restarted(t, s, "b", "{error, boom}");
  EXPECT_EQ(supervisor_reports("shutdown").size(), 0u);
  (void)notes->take();
  t.send(last, "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(),
            lines({"b told {boom,[]}", "b gone", "c told shutdown", "c gone", "a told shutdown", "a gone"}));
  const std::vector<Value> reported = supervisor_reports("shutdown");
  ASSERT_EQ(reported.size(), 1u);
  expect_offender(reported[0], "b", last, "reached_max_restart_intensity");
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 3u);
}

// S-SUP-20
RSP_CASE(191, "a crash that is longer ago than the period does not count any more") {
  constexpr int64_t PERIOD_MS = 20;
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.max_restarts = 1, .period_ms = PERIOD_MS});
  for (int i = 0; i < 4; ++i) {
    (void)restarted(t, s, "a", "{error, boom}");
    (void)t.send_after(PERIOD_MS + 1, t.pid(), "later");
    t.expect_message("later");
  }
  t.expect_alive(s);
  EXPECT_EQ(notes->count("a up"), 5u);
}

// S-SUP-20
RSP_CASE(192, "intensity 0: the first crash ends S") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 0});
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(),
            lines({"a up", "b up", "a told {boom,[]}", "a gone", "b told shutdown", "b gone"}));
}

// S-SUP-21
RSP_CASE(195, "a's crash and b's crash share the count") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 1});
  (void)restarted(t, s, "a", "{error, boom}");
  t.send(child(t, s, "b"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("b up"), 1u);
}

// S-SUP-21
RSP_CASE(195, "ends that restart nothing do not count, nor do calls") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t,
                               {{noting(notes, "a"), "a"},
                                {.server = noting(notes, "b"), .id = "b", .restart = RSP_RESTART_TRANSIENT},
                                {.server = noting(notes, "c"), .id = "c", .restart = RSP_RESTART_TEMPORARY}},
                               {.max_restarts = 1});
  const Value id = "d";
  const rsp_child_spec more = raw_child({.server = noting(notes, "d"), .restart = RSP_RESTART_TEMPORARY}, id);
  for (int i = 0; i < 3; ++i) {
    rsp_pid d{};
    ASSERT_EQ(rsp_supervisor_start_child(t, &d, nullptr, s, &more, PATIENCE_MS), RSP_OK);
    end_child(t, d, "{error, boom}");
    t.eventually("d is listed no more", [&] {
      const Value all = children(t, s);
      return !matches(all.element(all.size() - 1).element(0), "d");
    });
  }
  end_child(t, child(t, s, "b"), "{stop, normal}");
  end_child(t, child(t, s, "c"), "{error, boom}");
  (void)restarted(t, s, "a", "{error, boom}");  // the first that counts
  t.expect_alive(s);
}

// S-SUP-20, S-SUP-26
RSP_CASE(197, "a restart that fails twice and then works: two reports, the sibling is untouched") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{fails_to_restart(notes, 2), "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 5});
  const rsp_pid b = child(t, s, "b");
  (void)restarted(t, s, "a", "{error, boom}");
  EXPECT_EQ(child(t, s, "b"), b);
  EXPECT_EQ(notes->take(),
            lines({"a up", "b up", "a told {boom,[]}", "a gone", "a failed", "a failed", "a up"}));
  const std::vector<Value> reported = supervisor_reports("start_error");
  ASSERT_EQ(reported.size(), 2u);
  for (const Value& report : reported) expect_offender(report, "a", "undefined", "nope");
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 1u);
}

// S-SUP-20, S-SUP-26
RSP_CASE(198, "a restart that always fails ends S with shutdown and does not turn for ever") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{fails_to_restart(notes, UINT32_MAX), "a"}, {noting(notes, "b"), "b"}},
                               {.max_restarts = 2});
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "a told {boom,[]}", "a gone", "a failed", "a failed",
                                  "b told shutdown", "b gone"}));
  EXPECT_EQ(supervisor_reports("start_error").size(), 2u);
  EXPECT_EQ(supervisor_reports("shutdown").size(), 1u);
}

// S-SUP-26
RSP_CASE(198, "while it lasts the child is restarting, and calls are served") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto may_start = std::make_shared<std::atomic<bool>>(true);
  Server reluctant = noting(notes, "a");
  reluctant.init = [notes, may_start, own = t.pid()](Self& self, Answer& answer) {
    if (may_start->load()) return answer.nothing();
    self.send(own, "failed");
    return answer.error("nope");
  };
  const rsp_pid s = supervisor(t, {{reluctant, "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 1'000'000});
  const rsp_pid former = child(t, s, "a");
  *may_start = false;
  t.send(former, "{error, boom}");
  t.expect_message("failed");
  EXPECT_TERM(children(t, s), "[{a, restarting, worker, _}, {b, _, worker, _}]");
  t.expect_message("failed");  // it goes on
  *may_start = true;
  EXPECT_TERM(reply_of(t, successor(t, s, "a", former), "ping"), "ping");
}

// S-SUP-12
RSP_CASE(204, "a restart that is declined leaves the child listed without a process") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  Server declines = noting(notes, "a");
  declines.init = [starts](Self&, Answer& answer) {
    return starts->fetch_add(1) == 0 ? answer.nothing() : answer.ignore();
  };
  const rsp_pid s = supervisor(t, {{declines, "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 1});
  t.send(child(t, s, "a"), "{error, boom}");
  expect_listed_without_process(t, s, "a");
  t.expect_alive(s);
  t.expect_nothing();
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}, {b, _, worker, _}]");
  EXPECT_EQ(starts->load(), 2u);
  EXPECT_EQ(supervisor_reports("start_error").size(), 0u);
}

// S-SUP-19
RSP_CASE(206, "the crash of a child that unlinked itself goes unnoticed; stopping S still completes") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{unlinking(notes, "a"), "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 0});
  const rsp_pid a = child(t, s, "a");
  EXPECT_TERM(reply_of(t, a, s), "done");
  end_child(t, a, "{error, boom}");
  t.expect_nothing();
  EXPECT_EQ(child(t, s, "a"), a);  // S does not know
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 0u);
  EXPECT_EQ(notes->count("a up"), 1u);
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->count("b gone"), 1u);
}

// S-SUP-19, S-SUP-29
RSP_CASE(206, "one that unlinked itself and lives is stopped in its turn") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server untold = unlinking(notes, "b");
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {untold, "b"}, {noting(notes, "c"), "c"}},
                               {.max_restarts = 0});
  EXPECT_TERM(reply_of(t, child(t, s, "b"), s), "done");
  (void)notes->take();
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
  EXPECT_EQ(supervisor_reports("shutdown_error").size(), 0u);
}

// S-SUP-19
RSP_CASE(207, "the exit of a linked stranger restarts nothing") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.max_restarts = 0});
  const rsp_pid a = child(t, s, "a");
  Puppet q(t);
  q.link(s);
  const size_t with_q = t.info(s, "links").size();
  const rsp_ref end = t.monitor(q.pid());
  q.exits("zz");
  t.expect_down(end, q.pid(), "zz");
  // The link is gone when S has received the exit; the call after that is served after it.
  t.eventually("S has received it", [&] { return t.info(s, "links").size() == with_q - 1; });
  EXPECT_EQ(child(t, s, "a"), a);
  t.expect_alive(a);
  EXPECT_EQ(notes->take(), lines({"a up"}));
  EXPECT_EQ(reports().size(), 0u);
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
