// Section O: supervisors whose children come and go.

#include <atomic>

#include "core/env/clock.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;

/// As noting, with "up Args" once its init is done.
Server listing(const Notes& notes) {
  Server server = noting(notes, "it");
  server.init_with = [notes](Self& self, const Value& args, Answer& answer) {
    self.trap_exit();
    notes->note("up " + args.text());
    return answer.nothing();
  };
  return server;
}

rsp_pid dynamic(Self& self, SupervisorHow how = {}) {
  how.strategy = RSP_DYNAMIC;
  return supervisor(self, {}, how);
}

rsp_pid simple(Self& self, const ChildSpec& pattern, SupervisorHow how = {}) {
  how.strategy = RSP_SIMPLE_ONE_FOR_ONE;
  return supervisor(self, {pattern}, how);
}

/// One that fails to start as long as it is told to, and says so to the test.
struct Reluctant {
  explicit Reluctant(rsp_pid own) {
    server = noting(make_notes(), "it");
    server.init = [fails = fails, own](Self& self, Answer& answer) {
      if (!fails->load()) return answer.nothing();
      self.send(own, "failed");
      return answer.error("nope");
    };
  }

  std::shared_ptr<std::atomic<bool>> fails = std::make_shared<std::atomic<bool>>(false);
  Server server;
};

// ---- RSP_DYNAMIC ----

// S-SUP-42
RSP_CASE(243, "with max_children 2 the third start_child is refused; one that has ended makes room") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = dynamic(t, {.max_children = 2});
  const rsp_pid first = add_child(t, s, ChildSpec{noting(notes, "a")}).pid;
  EXPECT_EQ(add_child(t, s, ChildSpec{noting(notes, "b")}).result, RSP_OK);
  const Started third = add_child(t, s, ChildSpec{noting(notes, "c")});
  EXPECT_EQ(third.result, RSP_EEXITED);
  EXPECT_TERM(third.error, "max_children");
  EXPECT_EQ(terminate_child(t, s, first).result, RSP_OK);
  EXPECT_EQ(add_child(t, s, ChildSpec{noting(notes, "c")}).result, RSP_OK);
  expect_counts(t, s, 2, 2, 0, 2);
}

// S-SUP-26, S-SUP-42, S-SUP-43
RSP_CASE(243, "one whose restart fails counts, is shown, and can be terminated by the pid that it had") {
  t.trap_exit();
  const Reluctant reluctant(t.pid());
  const rsp_pid s = dynamic(t, {.max_restarts = 1'000'000, .max_children = 1});
  const rsp_pid former = add_child(t, s, ChildSpec{reluctant.server}).pid;
  *reluctant.fails = true;
  t.send(former, "{error, boom}");
  t.expect_message("failed");
  EXPECT_TERM(add_child(t, s, ChildSpec{noting(make_notes(), "b")}).error, "max_children");
  EXPECT_TERM(children(t, s), "[{undefined, restarting, worker, _}]");
  expect_counts(t, s, 1, 0, 0, 1);
  EXPECT_EQ(terminate_child(t, s, former).result, RSP_OK);
  EXPECT_TERM(children(t, s), "[]");
  while (t.receive(0)) continue;  // of attempts so far
  t.expect_nothing();
  EXPECT_EQ(add_child(t, s, ChildSpec{noting(make_notes(), "b")}).result, RSP_OK);
}

// S-SUP-42
RSP_CASE(245, "two children of the same id are both started, and shown without") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = dynamic(t);
  const Started one = add_child(t, s, {noting(notes, "a"), "same"});
  const Started two = add_child(t, s, {noting(notes, "b"), "same"});
  ASSERT_EQ(one.result, RSP_OK);
  ASSERT_EQ(two.result, RSP_OK);
  EXPECT_FALSE(one.pid == two.pid);
  EXPECT_TERM(children(t, s),
              Value::list({Value::tuple({atom("undefined"), one.pid, atom("worker"), "case_server"}),
                           Value::tuple({atom("undefined"), two.pid, atom("worker"), "case_server"})}));
  for (const Started& refused : {restart_child(t, s, one.pid), delete_child(t, s, one.pid)}) {
    EXPECT_EQ(refused.result, RSP_EEXITED);
    EXPECT_TERM(refused.error, "dynamic");
  }
}

// S-SUP-44
RSP_CASE(248, "a child whose restart says ignore is dropped") {
  t.trap_exit();
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  Server server = noting(make_notes(), "it");
  server.init = [starts](Self&, Answer& answer) {
    return starts->fetch_add(1) == 0 ? answer.nothing() : answer.ignore();
  };
  const rsp_pid s = dynamic(t);
  t.send(add_child(t, s, ChildSpec{server}).pid, "{error, boom}");
  t.eventually("it is dropped", [&] { return children(t, s).size() == 0; });
  EXPECT_EQ(starts->load(), 2u);
  expect_counts(t, s, 0, 0, 0, 0);
}

// S-SUP-44
RSP_CASE(248, "one whose restart fails, and then works, is among the children again") {
  t.trap_exit();
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  Server server = noting(make_notes(), "it");
  server.init = [starts](Self&, Answer& answer) {
    return starts->fetch_add(1) == 1 ? answer.error("nope") : answer.nothing();
  };
  const rsp_pid s = dynamic(t);
  const rsp_pid former = add_child(t, s, ChildSpec{server}).pid;
  t.send(former, "{error, boom}");
  t.eventually("another one runs", [&] {
    const Value all = children(t, s);
    return all.size() == 1 && !matches(all.element(0).element(1), Value(former)) &&
           rsp_term_kind(all.element(0).element(1)) == RSP_KIND_PID;
  });
  EXPECT_EQ(starts->load(), 3u);
  EXPECT_EQ(supervisor_reports("start_error").size(), 1u);
}

// S-SUP-14, S-SUP-42
RSP_CASE(249, "a permanent child that ends with normal is started again, with the same args") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = dynamic(t, {.extra_arguments = "[first]"});
  const Started it = add_child(t, s, {.server = listing(notes), .args = "[second]"});
  ASSERT_EQ(it.result, RSP_OK);
  t.send(it.pid, "{stop, normal}");
  t.eventually("it is up again", [&] { return notes->count("up [first,second]") == 2; });
}

// S-SUP-42
RSP_CASE(249, "a transient or temporary one that ends with normal is forgotten") {
  t.trap_exit();
  const rsp_pid s = dynamic(t);
  for (const rsp_restart restart : {RSP_RESTART_TRANSIENT, RSP_RESTART_TEMPORARY}) {
    const Started it = add_child(t, s, {.server = noting(make_notes(), "it"), .restart = restart});
    t.send(it.pid, "{stop, normal}");
    t.eventually("it is forgotten", [&] { return children(t, s).size() == 0; });
  }
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-21, S-SUP-43
RSP_CASE(250, "max_restarts 1: after two crashes all children are stopped, and it ends with shutdown") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = dynamic(t, {.max_restarts = 1});
  const rsp_pid a = add_child(t, s, ChildSpec{noting(notes, "a")}).pid;
  const rsp_pid b = add_child(t, s, ChildSpec{noting(notes, "b")}).pid;
  const rsp_ref end = t.monitor(b);
  t.send(a, "{error, boom}");
  t.eventually("it was restarted", [&] { return notes->count("a up") == 2; });
  const Value all = children(t, s);
  for (size_t i = 0; i < all.size(); ++i) {
    rsp_pid pid{};
    ok(rsp_term_get_pid(&pid, all.element(i).element(1)));
    if (!(pid == b)) t.send(pid, "{error, boom}");
  }
  t.expect_exit(s, "shutdown");
  t.expect_down(end, b, "shutdown");
  EXPECT_EQ(notes->count("b gone"), 1u);
  EXPECT_EQ(supervisor_reports("shutdown").size(), 1u);
}

// S-SUP-43
RSP_CASE(251, "a pid that is no child's is not_found, dead or alive, and so is what is no pid") {
  t.trap_exit();
  const rsp_pid s = dynamic(t);
  const rsp_pid dead = t.dead_process();
  for (const Value& who : {Value(t.pid()), Value(dead), Value("it")}) {
    const Started refused = terminate_child(t, s, who);
    EXPECT_EQ(refused.result, RSP_EEXITED);
    EXPECT_TERM(refused.error, "not_found");
  }
}

// S-SUP-28, S-SUP-43
RSP_CASE(251, "a child is stopped by its pid, and is not started again; one that has unlinked itself too") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Server unlinked = unlinking(notes, "b");
  const rsp_pid s = dynamic(t);
  const rsp_pid a = add_child(t, s, ChildSpec{noting(notes, "a")}).pid;
  const rsp_pid b = add_child(t, s, ChildSpec{unlinked}).pid;
  EXPECT_TERM(reply_of(t, b, s), "done");
  EXPECT_EQ(terminate_child(t, s, a).result, RSP_OK);
  EXPECT_EQ(terminate_child(t, s, b).result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "a told shutdown", "a gone", "b told shutdown", "b gone"}));
  EXPECT_TERM(children(t, s), "[]");
  EXPECT_EQ(reports().size(), 0u);
}

// S-SUP-43
RSP_CASE(251, "get_childspec knows a child by its pid") {
  t.trap_exit();
  const rsp_pid s = dynamic(t);
  const rsp_pid it =
      add_child(t, s, {.server = noting(make_notes(), "it"), .restart = RSP_RESTART_TRANSIENT, .args = "[x]"})
          .pid;
  rsp_term spec{};
  ok(rsp_supervisor_get_childspec(t, &spec, nullptr, s, Value(it), PATIENCE_MS));
  const Value found = Value::owner_of(spec);
  EXPECT_TERM(found.at("id"), "undefined");
  EXPECT_TERM(found.at("restart"), "transient");
  EXPECT_TERM(found.at("start"), "{_, [x]}");
}

// ---- RSP_SIMPLE_ONE_FOR_ONE ----

// S-SUP-1, S-SUP-45
RSP_CASE(254, "args are appended to those of the specification, and a restart keeps them") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = simple(t, {.server = listing(notes), .id = "it", .args = "[one]"});
  const Started it = add_child(t, s, Value("[two]"));
  ASSERT_EQ(it.result, RSP_OK);
  t.send(it.pid, "{error, boom}");
  t.eventually("it is up again", [&] { return notes->count("up [one,two]") == 2; });
  EXPECT_EQ(add_child(t, s, Value()).result, RSP_OK);
  EXPECT_EQ(notes->count("up [one]"), 1u);
  EXPECT_TERM(children(t, s), "[{undefined, _, worker, _}, {undefined, _, worker, _}]");
  expect_counts(t, s, 1, 2, 0, 2);
}

// S-SUP-45
RSP_CASE(254, "its children are named by their pids") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = simple(t, {noting(notes, "a"), "it"});
  const rsp_pid a = add_child(t, s, Value("[]")).pid;
  for (const Started& refused :
       {terminate_child(t, s, "it"), restart_child(t, s, "it"), delete_child(t, s, "it"),
        restart_child(t, s, a), add_child(t, s, {noting(notes, "b"), "b"})}) {
    EXPECT_EQ(refused.result, RSP_EEXITED);
    EXPECT_TERM(refused.error, "simple_one_for_one");
  }
  EXPECT_TERM(terminate_child(t, s, t.pid()).error, "not_found");
  EXPECT_EQ(terminate_child(t, s, a).result, RSP_OK);
  EXPECT_EQ(terminate_child(t, s, a).result, RSP_OK);  // dead, and perhaps once a child
  EXPECT_TERM(children(t, s), "[]");
  rsp_term spec{};
  ok(rsp_supervisor_get_childspec(t, &spec, nullptr, s, Value("it"), PATIENCE_MS));
  EXPECT_TERM(Value::owner_of(spec).at("id"), "it");
}

// S-SUP-44, S-SUP-45
RSP_CASE(254, "nothing is kept of a start that is declined or fails") {
  t.trap_exit();
  Server server = noting(make_notes(), "it");
  server.init_with = [](Self&, const Value& args, Answer& answer) {
    return matches(args, "[ignore]") ? answer.ignore() : answer.error("nope");
  };
  const rsp_pid s = simple(t, {server, "it"});
  const Started declined = add_child(t, s, Value("[ignore]"));
  EXPECT_EQ(declined.result, RSP_OK);
  EXPECT_EQ(declined.pid, rsp_pid{});
  EXPECT_TERM(add_child(t, s, Value("[]")).error, "nope");
  expect_counts(t, s, 1, 0, 0, 0);
}

// S-SUP-8, S-SUP-45
RSP_CASE(254, "what is no list of args, and args for what takes none, are refused") {
  t.trap_exit();
  const rsp_pid s = simple(t, {noting(make_notes(), "it"), "it"});
  EXPECT_TERM(add_child(t, s, Value("two")).error, "{invalid_child_spec, two}");
  EXPECT_TERM(add_child(t, dynamic(t), Value("[two]")).error, "{invalid_child_spec, [two]}");
  rsp_child_spec handler = RSP_CHILD_SPEC_INIT;
  const Value id = "handler";
  handler.id = id;
  handler.start.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_SIMPLE_ONE_FOR_ONE;
  rsp_pid of_handlers{};
  ok(rsp_supervisor_start(t, &of_handlers, nullptr, &handler, 1, &opts, nullptr));
  EXPECT_TERM(add_child(t, of_handlers, Value("[two]")).error, "{invalid_mfa, [two]}");
  EXPECT_EQ(add_child(t, of_handlers, Value()).result, RSP_OK);
}

// S-SUP-9, S-SUP-42, S-SUP-45
RSP_CASE(254, "specifications and options that do not go together") {
  t.trap_exit();
  const ChildSpec it{noting(make_notes(), "it"), "it"};
  const ChildSpec other{noting(make_notes(), "other"), "other"};
  const auto error_of = [&](const std::vector<ChildSpec>& children, const SupervisorHow& how) {
    const Started refused = start_supervisor(t, children, how);
    EXPECT_EQ(refused.result, RSP_ESPEC);
    return refused.error;
  };
  EXPECT_TERM(error_of({}, {.strategy = RSP_SIMPLE_ONE_FOR_ONE}), "{bad_start_spec, 0}");
  EXPECT_TERM(error_of({it, other}, {.strategy = RSP_SIMPLE_ONE_FOR_ONE}), "{bad_start_spec, 2}");
  EXPECT_TERM(error_of({it}, {.strategy = RSP_DYNAMIC}), "{bad_start_spec, 1}");
  EXPECT_TERM(error_of({{.server = it.server, .args = "one"}}, {.strategy = RSP_SIMPLE_ONE_FOR_ONE}),
              "{start_spec, {invalid_mfa, one}}");
  EXPECT_TERM(error_of({it}, {.max_children = 1}), "{supervisor_data, {invalid_max_children, 1}}");
  EXPECT_TERM(error_of({it}, {.extra_arguments = "[x]"}),
              "{supervisor_data, {invalid_extra_arguments, [x]}}");
  EXPECT_TERM(error_of({}, {.strategy = RSP_DYNAMIC, .extra_arguments = "x"}),
              "{supervisor_data, {invalid_extra_arguments, x}}");
  EXPECT_TERM(error_of({}, {.strategy = RSP_DYNAMIC, .auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT}),
              "{supervisor_data, {invalid_auto_shutdown, 1}}");
}

// S-SUP-13, S-SUP-45
RSP_CASE(254, "a callback's init may say simple_one_for_one, too") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_child_spec it = raw_child({.server = listing(notes), .args = {}}, Value());
  const rsp_supervisor_spec spec = callback_supervisor([it](Self&, rsp_supervisor_init* out) {
    out->opts.strategy = RSP_SIMPLE_ONE_FOR_ONE;
    out->children = &it;
    out->child_count = 1;
    return RSP_NEXT_CONTINUE;
  });
  const Started s = start_supervisor(t, spec);
  ASSERT_EQ(s.result, RSP_OK);
  EXPECT_EQ(add_child(t, s.pid, Value("[x]")).result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"up [x]"}));
}

// ---- Stopping all ----

// S-SUP-43
RSP_CASE(256, "all children are told at once, and each has its own time") {
  constexpr uint64_t SHORT_MS = 40;
  constexpr uint64_t LONG_MS = 120;
  t.trap_exit();
  const Notes notes = make_notes();
  Server deaf = noting(notes, "deaf");
  deaf.terminate = [](Self& self, const Value&) {
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  const auto of = [](const Server& server, uint64_t ms) {
    return ChildSpec{.server = server, .shutdown = RSP_SHUTDOWN_TIMEOUT, .shutdown_ms = ms};
  };
  const rsp_pid s = dynamic(t);
  const rsp_pid slow =
      add_child(t, s, {.server = noting(notes, "slow", LONG_MS / 2), .shutdown = RSP_SHUTDOWN_INFINITY}).pid;
  const rsp_pid long_deaf = add_child(t, s, of(deaf, LONG_MS)).pid;
  const rsp_pid short_deaf = add_child(t, s, of(deaf, SHORT_MS)).pid;
  const rsp_pid brutal = add_child(t, s, {.server = deaf, .shutdown = RSP_SHUTDOWN_BRUTAL_KILL}).pid;
  const rsp_ref ends[] = {t.monitor(brutal), t.monitor(short_deaf), t.monitor(slow), t.monitor(long_deaf)};
  const uint64_t before_ns = rsp::env::now_ns();
  t.exit_signal(s, "shutdown");
  const auto passed_ms = [&] { return (rsp::env::now_ns() - before_ns) / NS_IN_MS; };
  t.expect_down(ends[0], brutal, "killed");
  t.expect_down(ends[1], short_deaf, "killed");
  EXPECT_GE(passed_ms(), SHORT_MS);
  t.expect_down(ends[2], slow, "shutdown");
  EXPECT_GE(passed_ms(), LONG_MS / 2);
  t.expect_down(ends[3], long_deaf, "killed");
  EXPECT_GE(passed_ms(), LONG_MS);
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(supervisor_reports("shutdown_error").size(), 2u);  // of those whose time was up
  t.expect_nothing();
}

// S-SUP-43, S-SUP-30: what a process held is given back piece by piece, and that it is dead shows before
RSP_CASE(215, "a dynamic child that takes long to end: told of a dead one, S waits for its real reason") {
  for (uint32_t i = times(20); i > 0; --i) {
    t.trap_exit();
    const rsp_pid s = dynamic(t);
    Server slow;
    slow.init = [](Self& self, Answer& answer) {
      for (int n = 0; n < 3000; ++n) (void)self.alias();
      self.register_name("slow_to_end");
      return answer.nothing();
    };
    const rsp_pid child = add_child(t, s, ChildSpec{.server = slow, .restart = RSP_RESTART_TEMPORARY}).pid;
    t.exit_signal(child, "boom");
    t.eventually("it gives its name up", [] { return whereis("slow_to_end").id == 0; });
    t.exit_signal(s, "shutdown");
    t.expect_exit(s, "shutdown");
    t.expect_dead(child);
    for (const Value& report : supervisor_reports("shutdown_error")) EXPECT_TERM(report.at("reason"), "boom");
  }
}

// S-SUP-30, S-SUP-43
RSP_CASE(
    256,
    "children that end by themselves as they are stopped: it always completes, and no report says noproc") {
  for (uint32_t i = times(200); i > 0; --i) {
    t.trap_exit();
    const rsp_pid s = dynamic(t);
    rsp_pid all[6];
    for (rsp_pid& each : all) each = add_child(t, s, ChildSpec{noting(make_notes(), "it")}).pid;
    for (size_t n = 0; n < std::size(all); n += 2) t.send(all[n], n == 0 ? "{stop, normal}" : "{exit, boom}");
    t.exit_signal(s, "shutdown");
    t.exit_signal(all[1], "kill");
    t.expect_exit(s, "shutdown");
    for (const rsp_pid each : all) t.expect_dead(each);
    for (const Value& report : supervisor_reports("shutdown_error")) {
      EXPECT_FALSE(matches(report.at("reason"), "noproc")) << report.text();
    }
  }
}

// S-SUP-43
RSP_CASE(256, "a child that sends its supervisor an exit signal by hand and ends, as that stops") {
  t.trap_exit();
  Server rude = noting(make_notes(), "it");
  rude.cast = [](Self& self, const Received& request, Answer& answer) {
    rsp_pid parent{};
    ok(rsp_term_get_pid(&parent, request.term));
    self.exit_signal(parent, "bye");
    return answer.stop("bye");
  };
  for (uint32_t i = times(200); i > 0; --i) {
    const rsp_pid s = dynamic(t);
    rsp_pid all[4];
    for (rsp_pid& each : all) each = add_child(t, s, {.server = rude, .restart = RSP_RESTART_TEMPORARY}).pid;
    for (const rsp_pid each : all) ok(rsp_cast(t, each, Value(s)));
    t.exit_signal(s, "shutdown");
    t.expect_exit(s, "shutdown");
    // One whose signal came before the order to stop counted as ended then, as in OTP: it ends by itself, or by its link.
    for (const rsp_pid each : all) t.eventually("it ends", [&] { return !t.is_alive(each); });
  }
}

// S-SUP-41, S-SUP-45
RSP_CASE(256, "all_significant: one that is being restarted has not ended") {
  t.trap_exit();
  const Reluctant reluctant(t.pid());
  const rsp_pid s = simple(
      t, {.server = reluctant.server, .id = "it", .restart = RSP_RESTART_TRANSIENT, .significant = true},
      {.max_restarts = 1'000'000, .auto_shutdown = RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT});
  const rsp_pid a = add_child(t, s, Value()).pid;
  const rsp_pid b = add_child(t, s, Value()).pid;
  *reluctant.fails = true;
  t.send(a, "{error, boom}");
  t.expect_message("failed");
  const rsp_ref end = t.monitor(b);
  t.send(b, "{stop, normal}");
  t.expect_down(end, b, "normal");
  EXPECT_TERM(children(t, s), "[{undefined, restarting, worker, _}]");
  *reluctant.fails = false;
}

// S-SUP-43
RSP_CASE(256,
         "its end does not wait for a child that has unlinked itself and is dead, and stops one that lives") {
  t.trap_exit();
  const Server unlinked = unlinking(make_notes(), "it");
  const rsp_pid s = dynamic(t);
  const rsp_pid dead = add_child(t, s, ChildSpec{unlinked}).pid;
  const rsp_pid alive = add_child(t, s, ChildSpec{unlinked}).pid;
  EXPECT_TERM(reply_of(t, dead, s), "done");
  EXPECT_TERM(reply_of(t, alive, s), "done");
  const rsp_ref end = t.monitor(dead);
  t.exit_signal(dead, "kill");
  t.expect_down(end, dead, "killed");
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  t.expect_dead(alive);
}

// S-SUP-43
RSP_CASE(256, "as many children as 10,000 start and stop; told in slices, they are told one and all") {
  t.trap_exit();
  const uint32_t count = times(10'000);
  const Notes notes = make_notes();
  Server server;
  server.call = [](Self&, const Received& request, Answer& answer) { return answer.reply(request.term); };
  const rsp_pid s = simple(t, {.server = server, .restart = RSP_RESTART_TEMPORARY});
  rsp_pid first{};
  rsp_pid last{};
  for (uint32_t i = 0; i < count; ++i) {
    last = add_child(t, s, Value::list({static_cast<int>(i)})).pid;
    if (i == 0) first = last;
  }
  expect_counts(t, s, 1, static_cast<int>(count), 0, static_cast<int>(count));
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  t.expect_dead(first);
  t.expect_dead(last);
  EXPECT_EQ(reports().size(), 0u);
}

}  // namespace
}  // namespace conformance
