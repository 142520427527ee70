// Section J: supervisors, starting and checking.

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// Init fails quietly with `reason`.
Server failing(const Notes& notes, const std::string& name, const char* reason) {
  Server server;
  server.init = [notes, name, reason](Self&, Answer& answer) {
    notes->note(name + " tried");
    return answer.error(reason);
  };
  return server;
}

Server declining() {
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.ignore(); };
  return server;
}

// Says when its init begins, and is up 5 ms later.
Server slow_to_start(const Notes& notes, const std::string& name) {
  Server server = noting(notes, name);
  server.init = [notes, name](Self& self, Answer&) {
    notes->note(name + " begins");
    return pause(self, 5, [notes, name](Self&) {
      notes->note(name + " up");
      return RSP_NEXT_CONTINUE;
    });
  };
  return server;
}

// S-SUP-10
RSP_CASE(165, "children start in order, each when the one before has started") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(
      t,
      {{slow_to_start(notes, "a"), "a"}, {slow_to_start(notes, "b"), "b"}, {slow_to_start(notes, "c"), "c"}});
  // All of it has happened when the start returns.
  EXPECT_EQ(notes->take(), lines({"a begins", "a up", "b begins", "b up", "c begins", "c up"}));
  EXPECT_TERM(children(t, s), "[{a, A, worker, _}, {b, B, worker, _}, {c, C, worker, _}]");
  for (const char* id : {"a", "b", "c"}) t.expect_alive(child(t, s, id));
}

// S-SUP-10, S-SUP-34
RSP_CASE(165, "and start_child puts one more at the end") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const Value id = "b";
  const rsp_child_spec spec = raw_child({slow_to_start(notes, "b")}, id);
  rsp_pid b{};
  rsp_term error{};
  ASSERT_EQ(rsp_supervisor_start_child(t, &b, &error, s, &spec, PATIENCE_MS), RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a up", "b begins", "b up"}));
  EXPECT_TERM(children(t, s), "[{a, _, worker, _}, {b, _, worker, _}]");
  EXPECT_EQ(child(t, s, "b"), b);
  EXPECT_TERM(t.info(b, "ancestors").element(0), s);
  // Once more under the same id: it is there, and nothing is started.
  const rsp_child_spec again = raw_child({slow_to_start(notes, "b")}, id);
  rsp_pid another{};
  EXPECT_EQ(rsp_supervisor_start_child(t, &another, &error, s, &again, PATIENCE_MS), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error), Value::tuple({atom("already_started"), b}));
  EXPECT_EQ(notes->take(), lines({}));
}

// S-SUP-34
RSP_CASE(165, "of a start_child that fails nothing is kept") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  const Value id = "b";
  for (int i = 0; i < 2; ++i) {
    const rsp_child_spec spec = raw_child({failing(notes, "b", "nope")}, id);
    rsp_pid b{};
    rsp_term error{};
    ASSERT_EQ(rsp_supervisor_start_child(t, &b, &error, s, &spec, PATIENCE_MS), RSP_EEXITED);
    EXPECT_TERM(Value::owner_of(error), "nope");
  }
  EXPECT_TERM(children(t, s), "[{a, _, worker, _}]");
  EXPECT_TERM(reply_of(t, child(t, s, "a"), "ping"), "ping");
  EXPECT_EQ(supervisor_reports("start_error").size(), 0u);  // the caller has the error
}

// S-START-2
RSP_CASE(166, "an init that says ignore: ignore, and no process") {
  t.trap_exit();
  const rsp_supervisor_spec spec = callback_supervisor(
      [](Self&, rsp_supervisor_init* out) {
        out->ignore = true;
        return RSP_NEXT_CONTINUE;
      },
      "s");
  EXPECT_EQ(start_supervisor(t, spec).result, RSP_EIGNORE);
  EXPECT_EQ(whereis("s"), rsp_pid{});
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-SUP-11, S-START-3
RSP_CASE(167, "b fails with nope: the start fails with it, a was shut down, c never started") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started it = start_supervisor(t,
                                      {{noting(notes, "z", 5), "z"},
                                       {noting(notes, "a", 5), "a", "a"},
                                       {failing(notes, "b", "nope"), "b"},
                                       {noting(notes, "c"), "c"}},
                                      {.name = "s"});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{shutdown, {failed_to_start_child, b, nope}}");
  EXPECT_EQ(notes->take(),
            lines({"z up", "a up", "b tried", "a told shutdown", "a gone", "z told shutdown", "z gone"}));
  for (const char* name : {"a", "s"}) EXPECT_EQ(whereis(name), rsp_pid{});
  EXPECT_EQ(t.queued(), 0u);
  const std::vector<Value> reported = supervisor_reports("start_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "nope");
  EXPECT_TERM(reported[0].at("offender").at("id"), "b");
  t.expect_nothing();
}

// S-SUP-11, S-START-5
RSP_CASE(167, "a linked starter that does not trap ends with it") {
  const Notes notes = make_notes();
  Event go;
  Thread starter([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, self.pid());
    go.wait();
    EXPECT_EQ(start_supervisor(self, {{failing(notes, "b", "nope"), "b"}}).result, RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  const rsp_ref end = t.monitor(p);
  go.happen();
  t.expect_down(end, p, "{shutdown, {failed_to_start_child, b, nope}}");
  starter.join();
}

// S-SUP-13
RSP_CASE(167, "a start that raises counts as failed with what it raised") {
  t.trap_exit();
  Server raises;
  raises.init = [](Self& self, Answer&) { return self.error("e"); };
  EXPECT_TERM(start_supervisor(t, {{raises, "b"}}).error,
              "{shutdown, {failed_to_start_child, b, {e, Frames}}}");
  raises.init = [](Self& self, Answer&) { return self.exit("r"); };
  EXPECT_TERM(start_supervisor(t, {{raises, "b"}}).error, "{shutdown, {failed_to_start_child, b, r}}");
  const rsp_supervisor_spec throwing =
      callback_supervisor([](Self& self, rsp_supervisor_init*) { return self.throw_("v"); });
  EXPECT_TERM(start_supervisor(t, throwing).error, "{{nocatch, v}, Frames}");
  t.expect_nothing();
}

RSP_CASE(168, "an init that returns junk: {bad_return, _}") {
  t.trap_exit();
  const rsp_supervisor_spec junk = callback_supervisor(
      [](Self&, rsp_supervisor_init* out) {
        out->bad_return = true;
        out->bad_value = rsp_term_copy(Value("junk"));
        return RSP_NEXT_CONTINUE;
      },
      "s");
  const Started it = start_supervisor(t, junk);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{bad_return, {case_supervisor, init, junk}}");
  EXPECT_EQ(whereis("s"), rsp_pid{});
  const rsp_supervisor_spec stops =
      callback_supervisor([](Self&, rsp_supervisor_init*) { return RSP_NEXT_STOP; });
  EXPECT_TERM(start_supervisor(t, stops).error, "{bad_return, _}");
  t.expect_nothing();
}

// S-SUP-12, S-SUP-38
RSP_CASE(169, "b declines: a and c live, b is listed without a process") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {declining(), "b"}, {noting(notes, "c"), "c"}});
  EXPECT_TERM(children(t, s), "[{a, _, worker, _}, {b, undefined, worker, _}, {c, _, worker, _}]");
  t.expect_alive(child(t, s, "a"));
  t.expect_alive(child(t, s, "c"));
}

// S-SUP-12
RSP_CASE(169, "a temporary one that declines is not listed") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(
      t, {{noting(notes, "a"), "a"}, {.server = declining(), .id = "b", .restart = RSP_RESTART_TEMPORARY}});
  EXPECT_TERM(children(t, s), "[{a, A, worker, _}]");
}

// What is wrong with one child, told by start_child; the same is told, as {start_spec, E}, by the start of a
// list.
void expect_mistake(Test& t, rsp_pid s, const rsp_child_spec& spec, const char* mistake,
                    Where where = Where::here()) {
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result alone = rsp_supervisor_start_child(t, &pid, &error, s, &spec, PATIENCE_MS);
  const Value told_alone = Value::owner_of(std::exchange(error, rsp_term{}));
  const rsp_result in_list = rsp_supervisor_start(t, &pid, &error, &spec, 1, nullptr, nullptr);
  const Value told_in_list = Value::owner_of(error);
  const Value pattern = Value::tuple({atom("start_spec"), Value(mistake)});
  if (alone != RSP_ESPEC || !matches(told_alone, mistake))
    fail(where, "start_child said " + told_alone.text());
  if (in_list != RSP_ESPEC || !matches(told_in_list, pattern))
    fail(where, "start said " + told_in_list.text());
}

template <class Enumeration>
Enumeration no_such() {
  return static_cast<Enumeration>(77);
}

// S-SUP-8
RSP_CASE(171, "each kind of mistake in a child specification has its own error, and nothing is started") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  (void)notes->take();
  const Value id = "b";
  const rsp_child_spec good = raw_child({noting(notes, "b")}, id);

  rsp_child_spec spec = good;
  spec.start = RSP_START_SPEC_INIT;
  expect_mistake(t, s, spec, "missing_start");

  spec = good;
  spec.id = rsp_term{};
  spec.start = RSP_START_SPEC_INIT;
  spec.start.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  expect_mistake(t, s, spec, "missing_id");  // a bare function has no name to go by

  spec = good;
  spec.restart = no_such<rsp_restart>();
  expect_mistake(t, s, spec, "{invalid_restart_type, 77}");

  spec = good;
  spec.shutdown = no_such<rsp_shutdown>();
  expect_mistake(t, s, spec, "{invalid_shutdown, 77}");

  spec = good;
  spec.type = no_such<rsp_child_type>();
  expect_mistake(t, s, spec, "{invalid_child_type, 77}");

  EXPECT_EQ(notes->take(), lines({}));
  EXPECT_TERM(children(t, s), "[{a, _, worker, _}]");
}

// S-SUP-4, S-SUP-8
RSP_CASE(172, "two children of one id: {start_spec, {duplicate_child_name, a}}") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Started it = start_supervisor(t, {{noting(notes, "first"), "a"}, {noting(notes, "second"), "a"}});
  EXPECT_EQ(it.result, RSP_ESPEC);
  EXPECT_TERM(it.error, "{start_spec, {duplicate_child_name, a}}");
  EXPECT_EQ(notes->take(), lines({}));
  t.expect_nothing();
}

// S-SUP-8
RSP_CASE(173, "a wrong strategy, intensity or period: an error that names it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto started_with = [&](const rsp_supervisor_opts& opts) {
    const Value id = "a";
    const rsp_child_spec spec = raw_child({noting(notes, "a")}, id);
    rsp_pid pid{};
    rsp_term error{};
    EXPECT_EQ(rsp_supervisor_start(t, &pid, &error, &spec, 1, &opts, nullptr), RSP_ESPEC);
    return Value::owner_of(error);
  };
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = no_such<rsp_strategy>();
  EXPECT_TERM(started_with(opts), "{supervisor_data, {invalid_strategy, 77}}");
  opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.max_restarts = -1;
  EXPECT_TERM(started_with(opts), "{supervisor_data, {invalid_intensity, -1}}");
  opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.period_ms = 0;
  EXPECT_TERM(started_with(opts), "{supervisor_data, {invalid_period, 0}}");
  EXPECT_EQ(notes->take(), lines({}));
  t.expect_nothing();
}

// S-SUP-8
RSP_CASE(173, "and what a callback's init says is checked as well") {
  t.trap_exit();
  const rsp_supervisor_spec spec = callback_supervisor(
      [](Self&, rsp_supervisor_init* out) {
        out->opts.max_restarts = -1;
        return RSP_NEXT_CONTINUE;
      },
      "s");
  const Started it = start_supervisor(t, spec);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{supervisor_data, {invalid_intensity, -1}}");
  EXPECT_EQ(whereis("s"), rsp_pid{});
  t.expect_nothing();
}

// S-NAME-7
RSP_CASE(175, "a taken name: already_started with the holder, nothing is started, no EXIT is left") {
  t.trap_exit();
  const Notes notes = make_notes();
  Puppet p(t);
  t.register_name("s", p.pid());
  const Started it = start_supervisor(t, {{noting(notes, "a"), "a"}}, {.name = "s"});
  EXPECT_EQ(it.result, RSP_ENAMETAKEN);
  EXPECT_TERM(it.error, Value::tuple({atom("already_started"), p.pid()}));
  EXPECT_EQ(whereis("s"), p.pid());
  EXPECT_EQ(notes->take(), lines({}));
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
