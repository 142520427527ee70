// Section W: supervisors, what they say of children that are up.

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// In each progress report: the child and its process.
std::vector<std::string> who_was_up() {
  std::vector<std::string> found;
  for (const Report& report : reports()) {
    if (!matches(report.map.at("report"), "progress")) continue;
    EXPECT_EQ(report.level, RSP_REPORT_INFO);
    const Value started = report.map.at("started");
    found.push_back(started.at("id").text() + " " + started.at("pid").text());
  }
  return found;
}

std::string up(const char* id, rsp_pid pid) { return std::string(id) + " " + Value(pid).text(); }

// For the rest of the case.
void report_progress() {
  ASSERT_EQ(rsp_set_report_level(RSP_REPORT_INFO), RSP_OK);
  after_stop([] { EXPECT_EQ(rsp_set_report_level(RSP_REPORT_NOTICE), RSP_OK); });
}

Server declining() {
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.ignore(); };
  return server;
}

// S-REP-7
RSP_CASE(450, "at a supervisor's start each child that is up is reported, in order, and none that declines") {
  t.trap_exit();
  report_progress();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(
      t,
      {{noting(notes, "a"), "a"}, {declining(), "i"}, {noting(notes, "b"), "b", "b", RSP_RESTART_TRANSIENT}},
      {.name = "s"});
  EXPECT_EQ(who_was_up(), lines({up("a", child(t, s, "a")), up("b", child(t, s, "b"))}));
  ASSERT_EQ(reports().size(), 2u);
  const Value last = reports().back().map;
  EXPECT_TERM(last.at("supervisor"), "s");
  EXPECT_TERM(last.at("started").at("restart"), "transient");
  EXPECT_TERM(last.at("started").at("shutdown"), 5000);
  EXPECT_TERM(last.at("started").at("type"), "worker");
}

// S-REP-7
RSP_CASE(450, "so is a restart, once it has worked, and a start by a call, before its caller has the pid") {
  t.trap_exit();
  report_progress();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{fails_to_restart(notes, 2), "a"}}, {.max_restarts = 5});
  const rsp_pid first = child(t, s, "a");
  t.send(first, "{error, boom}");
  const rsp_pid second = successor(t, s, "a", first);
  EXPECT_EQ(who_was_up(), lines({up("a", first), up("a", second)}));
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const rsp_pid third = restart_child(t, s, "a").pid;
  EXPECT_EQ(who_was_up(), lines({up("a", first), up("a", second), up("a", third)}));
  const rsp_pid b = add_child(t, s, {noting(notes, "b"), "b"}).pid;
  EXPECT_EQ(who_was_up(), lines({up("a", first), up("a", second), up("a", third), up("b", b)}));
}

// S-REP-7
RSP_CASE(450, "of the children of a dynamic supervisor there is none") {
  t.trap_exit();
  report_progress();
  Server telling = not_trapping(make_notes(), "it");
  telling.init_with = [own = t.pid()](Self& self, const Value&, Answer& answer) {
    self.send(own, "up");
    return answer.nothing();
  };
  const rsp_pid dynamic = supervisor(t, {}, {.strategy = RSP_DYNAMIC});
  EXPECT_EQ(add_child(t, dynamic, ChildSpec{telling}).result, RSP_OK);
  t.expect_message("up");
  const rsp_pid simple = supervisor(t, {{telling, "it"}}, {.strategy = RSP_SIMPLE_ONE_FOR_ONE});
  const Started it = add_child(t, simple, Value("[]"));
  t.expect_message("up");
  t.exit_signal(it.pid, "boom");
  t.expect_message("up");
  EXPECT_EQ(children(t, simple).size(), 1u);  // it answers when the restart is done
  EXPECT_EQ(who_was_up(), lines({}));
}

// S-REP-6, S-REP-7
RSP_CASE(451, "by default there is none") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const rsp_pid former = child(t, s, "a");
  t.send(former, "{error, boom}");
  successor(t, s, "a", former);
  EXPECT_EQ(who_was_up(), lines({}));
  EXPECT_EQ(supervisor_reports("child_terminated").size(), 1u);
}

}  // namespace
}  // namespace conformance
