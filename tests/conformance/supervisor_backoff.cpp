// Section T: restarts that are delayed.

#include <cmath>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

constexpr rsp_backoff FOR_EVER = {sizeof(rsp_backoff), 100 * PATIENCE_MS, 100 * PATIENCE_MS, 1.0, 0.0, 0};
constexpr rsp_backoff SHORT = {sizeof(rsp_backoff), 1, 2, 2.0, 0.5, 0};

ChildSpec delayed(const Notes& notes, const char* name, const rsp_backoff& backoff) {
  return {.server = noting(notes, name), .id = name, .backoff = &backoff};
}

ChildSpec plain(const Notes& notes, const char* name) { return {.server = noting(notes, name), .id = name}; }

/// It ends, and S has seen that.
void crash(Test& t, rsp_pid s, const char* id, Where where = Where::here()) {
  const rsp_pid pid = child(t, s, id, where);
  t.send(pid, "{error, boom}", where);
  t.eventually(
      "S has seen the end", [&] { return !(child(t, s, id, where) == pid); }, where);
}

// S-SUP-50, S-SUP-51
RSP_CASE(401, "while a restart is delayed the child is restarting, and S does everything else") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", FOR_EVER), plain(notes, "b")});
  crash(t, s, "a");
  EXPECT_TERM(children(t, s), "[{a, restarting, worker, _}, {b, _, worker, _}]");
  expect_counts(t, s, 2, 1, 0, 2);
  EXPECT_TERM(restart_child(t, s, "a").error, "restarting");
  EXPECT_TERM(delete_child(t, s, "a").error, "restarting");
  EXPECT_TERM(add_child(t, s, plain(notes, "a")).error, "already_present");
  EXPECT_EQ(add_child(t, s, plain(notes, "c")).result, RSP_OK);
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  (void)notes->take();
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"c told shutdown", "c gone"}));
}

// S-SUP-50
RSP_CASE(401, "a crash of another child is seen to at once") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", FOR_EVER), plain(notes, "b")});
  crash(t, s, "a");
  const rsp_pid b = child(t, s, "b");
  t.send(b, "{error, boom}");
  (void)successor(t, s, "b", b);
  EXPECT_TERM(children(t, s), "[{a, restarting, worker, _}, {b, _, worker, _}]");
}

// S-SUP-50
RSP_CASE(402, "the child is started again when its delay is over, time and again") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", SHORT)}, {.max_restarts = 4});
  for (int i = 0; i < 4; ++i) {
    const rsp_pid former = child(t, s, "a");
    t.send(former, "{error, boom}");
    EXPECT_TERM(reply_of(t, successor(t, s, "a", former), "ping"), "ping");
  }
  EXPECT_EQ(notes->count("a up"), 5u);
}

// S-SUP-50, S-SUP-51
RSP_CASE(403, "terminate_child ends the delay; restart_child then starts the child at once") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", FOR_EVER)});
  crash(t, s, "a");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
  EXPECT_EQ(restart_child(t, s, "a").result, RSP_OK);
  EXPECT_TERM(restart_child(t, s, "a").error, "running");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  EXPECT_EQ(delete_child(t, s, "a").result, RSP_OK);
}

// S-SUP-51
RSP_CASE(403, "what an ended delay would have started does not come later") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", SHORT)}, {.max_restarts = 1000});
  for (uint32_t i = 0; i < times(100); ++i) {
    const rsp_pid former = child(t, s, "a");
    t.wait_end((t.send(former, "{error, boom}"), former));
    EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
    EXPECT_TERM(children(t, s), "[{a, undefined, worker, _}]");
    const size_t ups = notes->count("a up");
    EXPECT_EQ(restart_child(t, s, "a").result, RSP_OK);
    EXPECT_EQ(notes->count("a up"), ups + 1);
  }
  t.expect_nothing();
  EXPECT_EQ(child(t, s, "a").id == 0, false);
}

// S-SUP-20, S-SUP-52
RSP_CASE(404, "each attempt counts, also one that fails; the one too many waits for nothing") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{.server = fails_to_restart(notes, UINT32_MAX), .id = "a", .backoff = &SHORT}},
                 {.max_restarts = 3});
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"a up", "a told {boom,[]}", "a gone", "a failed", "a failed", "a failed"}));
  const std::vector<Value> reported = supervisor_reports("start_error");
  ASSERT_EQ(reported.size(), 3u);
  EXPECT_TERM(reported[1].at("decision"), "restart");
  EXPECT_TERM(reported[2].at("decision"), "shutdown");
}

// S-SUP-52
RSP_CASE(404, "at intensity 0 the first crash ends S, whatever the delay") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {delayed(notes, "a", FOR_EVER)}, {.max_restarts = 0});
  t.send(child(t, s, "a"), "{error, boom}");
  t.expect_exit(s, "shutdown");
}

// S-SUP-50
RSP_CASE(404, "a restart that fails is delayed again, and succeeds in the end") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{.server = fails_to_restart(notes, 2), .id = "a", .backoff = &SHORT}},
                               {.max_restarts = 9});
  const rsp_pid former = child(t, s, "a");
  t.send(former, "{error, boom}");
  (void)successor(t, s, "a", former);
  EXPECT_EQ(notes->take(), lines({"a up", "a told {boom,[]}", "a gone", "a failed", "a failed", "a up"}));
}

// S-SUP-53
RSP_CASE(405, "one_for_all: the others are stopped at once, and wait with it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {plain(notes, "a"), delayed(notes, "b", FOR_EVER), plain(notes, "c")},
                               {.strategy = RSP_ONE_FOR_ALL});
  (void)notes->take();
  crash(t, s, "b");
  EXPECT_TERM(children(t, s), "[{a, undefined, _, _}, {b, restarting, _, _}, {c, undefined, _, _}]");
  EXPECT_EQ(notes->take(),
            lines({"b told {boom,[]}", "b gone", "c told shutdown", "c gone", "a told shutdown", "a gone"}));
}

// S-SUP-53
RSP_CASE(405, "one_for_all: after the delay all start in order") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {plain(notes, "a"), delayed(notes, "b", SHORT), plain(notes, "c")},
                               {.strategy = RSP_ONE_FOR_ALL});
  (void)notes->take();
  t.send(child(t, s, "b"), "{error, boom}");
  t.eventually("c is up", [&] { return notes->count("c up") == 1; });
  EXPECT_EQ(notes->take(), lines({"b told {boom,[]}", "b gone", "c told shutdown", "c gone",
                                  "a told shutdown", "a gone", "a up", "b up", "c up"}));
}

// S-SUP-53
RSP_CASE(405, "rest_for_one: those before it run on, those after it wait with it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {plain(notes, "a"), delayed(notes, "b", FOR_EVER), plain(notes, "c")},
                               {.strategy = RSP_REST_FOR_ONE});
  const rsp_pid a = child(t, s, "a");
  (void)notes->take();
  crash(t, s, "b");
  EXPECT_TERM(children(t, s),
              Value::list({Value::tuple({atom("a"), a, atom("worker"), "case_server"}),
                           "{b, restarting, worker, case_server}", "{c, undefined, worker, case_server}"}));
  EXPECT_EQ(notes->take(), lines({"b told {boom,[]}", "b gone", "c told shutdown", "c gone"}));
}

// S-SUP-53
RSP_CASE(405, "the restart of a group that it is in ends its delay, and starts it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {plain(notes, "a"), delayed(notes, "b", FOR_EVER)}, {.strategy = RSP_REST_FOR_ONE});
  crash(t, s, "b");
  (void)notes->take();
  crash(t, s, "a");
  t.eventually("b is up", [&] { return notes->count("b up") == 1; });
  EXPECT_EQ(notes->take(), lines({"a told {boom,[]}", "a gone", "a up", "b up"}));
}

// S-SUP-53
RSP_CASE(405, "terminate_child of the delayed child starts the others of its group, without it") {
  t.trap_exit();
  for (const rsp_strategy strategy : {RSP_ONE_FOR_ALL, RSP_REST_FOR_ONE}) {
    const Notes notes = make_notes();
    const rsp_pid s = supervisor(t, {plain(notes, "a"), delayed(notes, "b", FOR_EVER), plain(notes, "c")},
                                 {.strategy = strategy});
    crash(t, s, "b");
    (void)notes->take();
    EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
    expect_counts(t, s, 3, 2, 0, 3);
    EXPECT_TERM(children(t, s), "[{a, _, _, _}, {b, undefined, _, _}, {c, _, _, _}]");
    EXPECT_EQ(notes->take(), strategy == RSP_ONE_FOR_ALL ? lines({"a up", "c up"}) : lines({"c up"}));
    EXPECT_EQ(restart_child(t, s, "b").result, RSP_OK);
    EXPECT_EQ(notes->take(), lines({"b up"}));
    t.exit_signal(s, "shutdown");
    t.expect_exit(s, "shutdown");
  }
}

// S-SUP-25, S-SUP-53
RSP_CASE(405, "what a call has started during the delay runs on when that ends without the child") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {plain(notes, "a"), delayed(notes, "b", FOR_EVER), plain(notes, "c")},
                               {.strategy = RSP_ONE_FOR_ALL});
  crash(t, s, "b");
  EXPECT_EQ(restart_child(t, s, "a").result, RSP_OK);
  const rsp_pid a = child(t, s, "a");
  (void)notes->take();
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  t.eventually("c is up", [&] { return child(t, s, "c").id != 0; });
  EXPECT_EQ(notes->take(), lines({"c up"}));
  EXPECT_TRUE(child(t, s, "a") == a);
}

// S-SUP-53
RSP_CASE(405, "one of the group that does not start then is tried again, with its group") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {delayed(notes, "b", FOR_EVER), {.server = fails_to_restart(notes, 1), .id = "a"}},
                 {.strategy = RSP_ONE_FOR_ALL});
  crash(t, s, "b");
  (void)notes->take();
  EXPECT_EQ(terminate_child(t, s, "b").result, RSP_OK);
  t.eventually("a is up", [&] { return child(t, s, "a").id != 0; });
  EXPECT_EQ(notes->take(), lines({"a failed", "b up", "a up"}));
}

// S-SUP-43, S-SUP-54
RSP_CASE(406,
         "each child of a dynamic supervisor has its own delay, and is terminated by the pid that it had") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {}, {.strategy = RSP_DYNAMIC, .max_children = 2});
  const rsp_pid slow = add_child(t, s, delayed(notes, "slow", FOR_EVER)).pid;
  const rsp_pid fast = add_child(t, s, delayed(notes, "fast", SHORT)).pid;
  t.wait_end((t.send(slow, "{error, boom}"), slow));
  t.wait_end((t.send(fast, "{error, boom}"), fast));
  t.eventually("the fast one is up again", [&] { return notes->count("fast up") == 2; });
  expect_counts(t, s, 2, 1, 0, 2);
  EXPECT_EQ(notes->count("slow up"), 1u);
  EXPECT_TERM(add_child(t, s, plain(notes, "third")).error, "max_children");
  EXPECT_EQ(terminate_child(t, s, slow).result, RSP_OK);
  expect_counts(t, s, 1, 1, 0, 1);
}

// S-SUP-43, S-SUP-54
RSP_CASE(406, "of many that are delayed each is terminated by its own pid, and the others come up") {
  t.trap_exit();
  const Notes notes = make_notes();
  const uint32_t pairs = times(200);
  const rsp_pid s = supervisor(t, {}, {.max_restarts = 1'000'000, .strategy = RSP_DYNAMIC});
  std::vector<rsp_pid> slow;
  for (uint32_t i = 0; i < pairs; ++i) {
    slow.push_back(add_child(t, s, delayed(notes, "slow", FOR_EVER)).pid);
    t.send(slow.back(), "{error, boom}");
    t.send(add_child(t, s, delayed(notes, "fast", SHORT)).pid, "{error, boom}");
  }
  t.eventually("all that are fast are up again", [&] { return notes->count("fast up") == 2 * pairs; });
  for (const rsp_pid each : slow) t.wait_end(each);
  for (uint32_t i = pairs; i > 0; i -= 1) EXPECT_EQ(terminate_child(t, s, slow[i - 1]).result, RSP_OK);
  EXPECT_TERM(terminate_child(t, s, slow[0]).error, "not_found");
  const int left = static_cast<int>(pairs);
  expect_counts(t, s, left, left, 0, left);
  EXPECT_EQ(notes->count("slow up"), pairs);
}

// S-SUP-26, S-SUP-54
RSP_CASE(406, "a retry at once beside a delay is of the child that has none") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {}, {.max_restarts = 9, .strategy = RSP_DYNAMIC});
  const rsp_pid slow = add_child(t, s, delayed(notes, "slow", FOR_EVER)).pid;
  const rsp_pid other = add_child(t, s, {.server = fails_to_restart(notes, 2)}).pid;
  t.wait_end((t.send(slow, "{error, boom}"), slow));
  t.send(other, "{error, boom}");
  t.eventually("it is up again", [&] { return notes->count("a up") == 2; });
  EXPECT_EQ(notes->count("a failed"), 2u);
  EXPECT_EQ(notes->count("slow up"), 1u);
}

// S-SUP-45, S-SUP-54
RSP_CASE(406, "the copies of a simple_one_for_one wait each by itself, and S ends at once") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {delayed(notes, "a", FOR_EVER)}, {.max_restarts = 9, .strategy = RSP_SIMPLE_ONE_FOR_ONE});
  for (int i = 0; i < 3; ++i) {
    const rsp_pid pid = add_child(t, s, Value("[]")).pid;
    t.wait_end((t.send(pid, "{error, boom}"), pid));
  }
  t.eventually("all wait", [&] {
    return matches(children(t, s), "[{_, restarting, _, _}, {_, restarting, _, _}, {_, restarting, _, _}]");
  });
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a up"), 3u);
}

Value refused(ChildSpec spec, const rsp_backoff& backoff) {
  spec.backoff = &backoff;
  const Value id = "a";
  const rsp_child_spec raw = raw_child(spec, id);
  rsp_term error{};
  EXPECT_EQ(rsp_supervisor_check_childspecs(&error, &raw, 1, RSP_AUTO_SHUTDOWN_NEVER), RSP_ESPEC);
  return Value::owner_of(error);
}

// S-SUP-8, S-SUP-56
RSP_CASE(408, "a backoff that makes no sense is refused by name, and so is what it cannot be with") {
  const ChildSpec a{.server = Server{}, .id = "a"};
  const auto with = [](auto change) {
    rsp_backoff backoff = RSP_BACKOFF_INIT;
    change(backoff);
    return backoff;
  };
  EXPECT_TERM(refused(a, with([](auto& b) { b.min_ms = 0; })), "{start_spec, {invalid_backoff, min}}");
  EXPECT_TERM(refused(a, with([](auto& b) { b.max_ms = 99; })), "{start_spec, {invalid_backoff, max}}");
  for (const double wrong : {0.99, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    EXPECT_TERM(refused(a, with([&](auto& b) { b.factor = wrong; })),
                "{start_spec, {invalid_backoff, factor}}");
  for (const double wrong : {1.01, -0.01, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    EXPECT_TERM(refused(a, with([&](auto& b) { b.jitter = wrong; })),
                "{start_spec, {invalid_backoff, jitter}}");
  ChildSpec other = a;
  other.restart = RSP_RESTART_TEMPORARY;
  EXPECT_TERM(refused(other, SHORT),
              "{start_spec, {bad_combination, [{restart, temporary}, {backoff, true}]}}");
  other = a;
  other.fatal = true;
  EXPECT_TERM(refused(other, SHORT), "{start_spec, {bad_combination, [{fatal, true}, {backoff, true}]}}");
}

// S-SUP-40, S-SUP-56
RSP_CASE(408, "get_childspec says what was asked for, with the defaults") {
  t.trap_exit();
  const Notes notes = make_notes();
  ChildSpec fatal = plain(notes, "b");
  fatal.fatal = true;
  constexpr rsp_backoff BACKOFF = {sizeof(rsp_backoff), 250, 4000, 1.5, 0.25, 0};
  const rsp_pid s = supervisor(t, {delayed(notes, "a", BACKOFF), fatal, plain(notes, "c")});
  const auto spec = [&](const char* id) {
    rsp_term found{};
    EXPECT_EQ(rsp_supervisor_get_childspec(t, &found, nullptr, s, Value(id), PATIENCE_MS), RSP_OK);
    return Value::owner_of(found);
  };
  const Value backoff = spec("a").at("backoff");
  EXPECT_TERM(backoff.at("min"), "250");
  EXPECT_TERM(backoff.at("max"), "4000");
  EXPECT_EQ(backoff.at("factor").text(), "1.5");
  EXPECT_EQ(backoff.at("jitter").text(), "0.25");
  EXPECT_TERM(backoff.at("reset_after"), "4000");
  EXPECT_TERM(spec("b").at("fatal"), "true");
  EXPECT_EQ(spec("c").text().find("backoff"), std::string::npos);
  EXPECT_EQ(spec("c").text().find("fatal"), std::string::npos);
}

}  // namespace
}  // namespace conformance
