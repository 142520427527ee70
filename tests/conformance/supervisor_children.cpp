// Section M: supervisors, the administration of children.

#include <atomic>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// S-SUP-34
RSP_CASE(224, "start_child with the id of one that runs: already_started, and its pid") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const Started again = add_child(t, s, {noting(notes, "another"), "a"});
  EXPECT_EQ(again.result, RSP_EEXITED);
  EXPECT_TERM(again.error, Value::tuple({atom("already_started"), child(t, s, "a")}));
  EXPECT_EQ(notes->take(), lines({"a up"}));
}

// S-SUP-34
RSP_CASE(225, "with the id of one that is stopped: already_present") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const Started again = add_child(t, s, {noting(notes, "another"), "a"});
  EXPECT_EQ(again.result, RSP_EEXITED);
  EXPECT_TERM(again.error, "already_present");
  EXPECT_EQ(notes->take(), lines({"a up", "a told shutdown", "a gone"}));
}

// S-SUP-36, S-SUP-37
RSP_CASE(226, "one that runs can neither be started again nor deleted") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const rsp_pid a = child(t, s, "a");
  for (const Started& refused : {restart_child(t, s, "a"), delete_child(t, s, "a")}) {
    EXPECT_EQ(refused.result, RSP_EEXITED);
    EXPECT_TERM(refused.error, "running");
  }
  EXPECT_EQ(child(t, s, "a"), a);
}

// S-SUP-35, S-SUP-36, S-SUP-37, S-SUP-40
RSP_CASE(227, "of a child that there is not each says not_found") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  for (const Started& refused :
       {terminate_child(t, s, "x"), restart_child(t, s, "x"), delete_child(t, s, "x")}) {
    EXPECT_EQ(refused.result, RSP_EEXITED);
    EXPECT_TERM(refused.error, "not_found");
  }
  rsp_term spec{};
  rsp_term error{};
  EXPECT_EQ(rsp_supervisor_get_childspec(t, &spec, &error, s, Value("x"), PATIENCE_MS), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), "not_found");
}

// S-SUP-35
RSP_CASE(228, "to terminate one that is stopped is ok") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a up", "a told shutdown", "a gone"}));
}

// S-SUP-35, S-SUP-36, S-SUP-38
RSP_CASE(229,
         "a permanent child that was terminated is not restarted, stays listed, and can be started again") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}}, {.max_restarts = 0});
  const rsp_pid former = child(t, s, "a");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  t.expect_dead(former);
  t.expect_nothing();
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}, {b, _, worker, _}]");
  const Started again = restart_child(t, s, "a");
  ASSERT_EQ(again.result, RSP_OK);
  EXPECT_EQ(child(t, s, "a"), again.pid);
  EXPECT_TERM(reply_of(t, again.pid, "ping"), "ping");
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "a told shutdown", "a gone", "a up"}));
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-35
RSP_CASE(229, "a temporary one is gone with it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = noting(notes, "a"), .id = "a", .restart = RSP_RESTART_TEMPORARY}});
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_TERM(children(t, s), "[]");
  EXPECT_TERM(terminate_child(t, s, "a").error, "not_found");
}

// S-SUP-28, S-SUP-30, S-SUP-35
RSP_CASE(229, "one that ignores shutdown is killed after its time, and reported") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server deaf = noting(notes, "a");
  deaf.terminate = [](Self& self, const Value&) {
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  const rsp_pid s =
      supervisor(t, {{.server = deaf, .id = "a", .shutdown = RSP_SHUTDOWN_TIMEOUT, .shutdown_ms = 5},
                     {noting(notes, "b"), "b"}});
  const rsp_pid a = child(t, s, "a");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  t.expect_dead(a);
  const std::vector<Value> reported = supervisor_reports("shutdown_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "killed");
  t.expect_alive(child(t, s, "b"));
}

// S-SUP-26, S-SUP-35
RSP_CASE(229, "to terminate one that is restarting gives the restart up") {
  t.trap_exit();
  const Notes notes = make_notes();
  struct Starts {
    std::atomic<bool> fail{false};
    std::atomic<uint32_t> count{0};
  };
  const auto starts = std::make_shared<Starts>();
  Server reluctant = noting(notes, "a");
  reluctant.init = [starts, own = t.pid()](Self& self, Answer& answer) {
    starts->count.fetch_add(1);
    if (!starts->fail.load()) return answer.nothing();
    self.send(own, "failed");
    return answer.error("nope");
  };
  const rsp_pid s = supervisor(t, {{reluctant, "a"}}, {.max_restarts = 1'000'000});
  starts->fail = true;
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_message("failed");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const uint32_t attempts = starts->count.load();
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
  while (t.receive(0)) continue;  // of further attempts
  t.expect_nothing();
  EXPECT_EQ(starts->count.load(), attempts);
  starts->fail = false;
  EXPECT_EQ(restart_child(t, s, "a").result, RSP_OK);
}

// S-SUP-36
RSP_CASE(229, "a start that fails leaves it stopped, and one that is declined too") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  Server server = noting(notes, "a");
  server.init = [starts](Self&, Answer& answer) {
    switch (starts->fetch_add(1)) {
      case 1:
        return answer.error("nope");
      case 2:
        return answer.ignore();
      default:
        return answer.nothing();
    }
  };
  const rsp_pid s = supervisor(t, {{server, "a"}}, {.max_restarts = 0});
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const Started failed = restart_child(t, s, "a");
  EXPECT_EQ(failed.result, RSP_EEXITED);
  EXPECT_TERM(failed.error, "nope");
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
  const Started declined = restart_child(t, s, "a");
  EXPECT_EQ(declined.result, RSP_OK);
  EXPECT_EQ(declined.pid, rsp_pid{});
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
  EXPECT_EQ(restart_child(t, s, "a").result, RSP_OK);
  EXPECT_EQ(reports().size(), 0u);  // who called was told
}

// S-SUP-37
RSP_CASE(229, "one that is deleted is forgotten, and its id free") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}});
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_EQ(delete_child(t, s, "a").result, RSP_OK);
  EXPECT_TERM(children(t, s), "[{b, _, worker, _}]");
  EXPECT_EQ(add_child(t, s, {noting(notes, "new"), "a"}).result, RSP_OK);
  EXPECT_TERM(children(t, s), "[{b, _, worker, _}, {a, _, worker, _}]");
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "a told shutdown", "a gone", "new up", "new told shutdown",
                                  "new gone", "b told shutdown", "b gone"}));
}

// S-SUP-39
RSP_CASE(231, "count_children: a stopped, b running") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"},
                                   {noting(notes, "b"), "b"},
                                   {.server = noting(notes, "c"), .id = "c", .type = RSP_CHILD_SUPERVISOR}});
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_EQ(terminate_child(t, s, "c").result, RSP_OK);
  EXPECT_EQ(delete_child(t, s, "c").result, RSP_OK);
  expect_counts(t, s, 2, 1, 0, 2);
  EXPECT_EQ(add_child(t, s, {.server = noting(notes, "c"), .id = "c", .type = RSP_CHILD_SUPERVISOR}).result,
            RSP_OK);
  expect_counts(t, s, 3, 2, 1, 2);
}

// S-SUP-39
RSP_CASE(231, "count_children: one that has unlinked itself and is dead is not active") {
  t.trap_exit();
  const Server unlinked = unlinking(make_notes(), "it");
  const rsp_pid s = supervisor(t, {{unlinked, "it"}});
  const rsp_pid it = child(t, s, "it");
  EXPECT_TERM(reply_of(t, it, s), "done");
  expect_counts(t, s, 1, 1, 0, 1);
  const rsp_ref end = t.monitor(it);
  t.exit_signal(it, "kill");
  t.expect_down(end, it, "killed");
  expect_counts(t, s, 1, 0, 0, 1);
}

// S-SUP-22, S-SUP-29
RSP_CASE(233, "a child that was restarted keeps its place in the order") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}, {noting(notes, "c"), "c"}});
  const rsp_pid a = child(t, s, "a");
  t.send(a, "{error, boom}");
  (void)successor(t, s, "a", a);
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  EXPECT_EQ(restart_child(t, s, "b").result, RSP_OK);
  (void)notes->take();
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
}

// S-SUP-4..7, S-SUP-40
RSP_CASE(234, "get_childspec: all of it, with the defaults") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"},
                                   {.server = noting(notes, "b"),
                                    .id = "b",
                                    .restart = RSP_RESTART_TEMPORARY,
                                    .shutdown = RSP_SHUTDOWN_BRUTAL_KILL,
                                    .type = RSP_CHILD_SUPERVISOR}});
  const auto expect_spec = [&](const Value& of, const char* id, const char* restart, const Value& shutdown,
                               const char* type) {
    rsp_term map{};
    ok(rsp_supervisor_get_childspec(t, &map, nullptr, s, of, PATIENCE_MS));
    const Value spec = Value::owner_of(map);
    EXPECT_TERM(spec.at("id"), id);
    EXPECT_TERM(spec.at("start"), "{case_server, _}");
    EXPECT_TERM(spec.at("module"), "case_server");
    EXPECT_TERM(spec.at("restart"), restart);
    EXPECT_TERM(spec.at("shutdown"), shutdown);
    EXPECT_TERM(spec.at("type"), type);
    EXPECT_TERM(spec.at("significant"), "false");
  };
  expect_spec("a", "a", "permanent", 5000, "worker");
  expect_spec(child(t, s, "a"), "a", "permanent", 5000, "worker");  // by its pid
  expect_spec("b", "b", "temporary", "brutal_kill", "supervisor");
}

}  // namespace
}  // namespace conformance
