// Section S: the plain cases that everyone tries first, as far as they are about servers and supervisors.

#include <atomic>

#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

// The name is held by another process than `former`: the restart has come so far.
rsp_pid next_holder(Test& t, const char* name, rsp_pid former, Where where = Where::here()) {
  rsp_pid now{};
  t.eventually(
      "the name has another holder",
      [&] {
        now = whereis(name);
        return now.id != 0 && !(now == former);
      },
      where);
  return now;
}

// S-MON-2, S-SUP-16, S-NAME-5
RSP_CASE(303, "after b's crash the old pid is noproc, a call by name answers, and the pid is another") {
  t.trap_exit();
  const Notes notes = make_notes();
  (void)supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b", "b"}});
  const rsp_pid former = whereis("b");
  EXPECT_TERM(call(t, "b", "ping").reply, "ping");
  t.send(former, "{error, boom}");
  const rsp_pid now = next_holder(t, "b", former);
  EXPECT_TERM(t.wait_end(former), "noproc");
  EXPECT_TERM(call(t, "b", "ping").reply, "ping");
  EXPECT_FALSE(now == former);
  EXPECT_EQ(notes->count("a up"), 1u);
}

// S-SRV-9, S-SRV-11, S-MON-6, S-PROC-11
RSP_CASE(307, "after many calls, a tenth of them timed out, neither end holds anything of them") {
  // Answers all but every tenth request; those it keeps, and answers when it is told to: too late.
  Server server;
  const auto open = std::make_shared<std::vector<rsp_from>>();
  server.call = [open](Self&, const Received& request, Answer& answer) {
    if (request.term.integer() % 10 != 0) return answer.reply(request.term);
    open->push_back(answer.from());
    return answer.nothing();
  };
  server.cast = [open](Self& self, const Received&, Answer& answer) {
    for (const rsp_from from : *open) ok(rsp_reply(self, from, Value("late")));
    open->clear();
    return answer.nothing();
  };
  const rsp_pid p = started(t, server);
  const size_t held_before = t.info(p, "monitored_by").size();
  for (uint32_t i = times(100'000); i > 0; --i) {
    const bool in_time = i % 10 != 0;
    const Called it = call(t, p, static_cast<int64_t>(i), in_time ? PATIENCE_MS : 0);
    ASSERT_EQ(it.result, in_time ? RSP_OK : RSP_ETIMEDOUT);
    if (in_time) {
      EXPECT_EQ(it.reply.integer(), i);
    }
    if (i % 1000 == 0) ok(rsp_cast(t, p, Value("late")));
  }
  ok(rsp_cast(t, p, Value("late")));
  EXPECT_TERM(reply_of(t, p, 1), 1);  // it has come to the end of its mailbox
  EXPECT_EQ(t.info(p, "monitored_by").size(), held_before);
  EXPECT_EQ(t.info(t.pid(), "monitors").size(), 0u);
  EXPECT_EQ(t.info(p, "message_queue_len").integer(), 0);
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// Crashes the child a `crashes` times, each time when it is up again.
void crash_often(Test& t, const Notes& notes, rsp_pid s, size_t crashes) {
  for (size_t i = 1; i <= crashes; ++i) {
    t.eventually("it is up", [&] { return notes->count("a up") == i; });
    rsp_pid a{};
    t.eventually("its supervisor knows", [&] { return (a = child(t, s, "a")).id != 0; });
    t.send(a, "{error, boom}");
    (void)t.wait_end(a);
  }
}

// S-SUP-2, S-SUP-20
RSP_CASE(308, "with 3 in 5 s the fourth quick crash ends the supervisor with shutdown and a report") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Value id = "a";
  const rsp_child_spec spec = raw_child({noting(notes, "a")}, id);
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ASSERT_EQ(rsp_supervisor_start(t, &s, nullptr, &spec, 1, nullptr, &linked), RSP_OK);
  crash_often(t, notes, s, 4);
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->count("a up"), 4u);  // the first start and 3 restarts
  const std::vector<Value> reported = supervisor_reports("shutdown");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "reached_max_restart_intensity");
}

// S-SUP-20
RSP_CASE(308, "with 10 it does not") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.max_restarts = 10, .period_ms = 5000});
  crash_often(t, notes, s, 4);
  t.eventually("it is up once more", [&] { return notes->count("a up") == 5; });
  t.expect_alive(s);
  EXPECT_EQ(supervisor_reports("shutdown").size(), 0u);
}

// Links itself to the one before it, whose name is `to`; without one it cannot start.
Server linked_to(const Notes& notes, const std::string& name, const char* to) {
  Server server = not_trapping(notes, name);
  server.init = [to](Self& self, Answer& answer) {
    const rsp_pid before = whereis(to);
    if (before.id == 0 || rsp_link(self, before) == RSP_ENOPROC) return answer.error("noproc");
    return answer.nothing();
  };
  return server;
}

// S-EXIT-18, S-SUP-22
RSP_CASE(309, "cache, server and database linked: the database's crash ends and restarts all three") {
  t.trap_exit();
  const Notes notes = make_notes();
  const char* const names[] = {"cache", "server", "database"};
  // A start that comes before the one it needs is up again fails, is tried again, and counts.
  (void)supervisor(t,
                   {{not_trapping(notes, "cache"), "cache", "cache"},
                    {linked_to(notes, "server", "cache"), "server", "server"},
                    {linked_to(notes, "database", "server"), "database", "database"}},
                   {.max_restarts = 100'000});
  rsp_runtime_stats before{};
  before.size = sizeof before;
  ASSERT_EQ(rsp_runtime_get_stats(&before), RSP_OK);
  rsp_pid former[3];
  for (int i = 0; i < 3; ++i) former[i] = whereis(names[i]);
  t.send(former[2], "{error, boom}");
  for (const rsp_pid pid : former) {
    const Value reason = t.wait_end(pid);
    EXPECT_TRUE(matches(reason, "{boom, Frames}") || matches(reason, "noproc")) << reason.text();
  }
  t.eventually("all three are up, and linked to each other", [&] {
    for (int i = 0; i < 3; ++i) {
      const rsp_pid pid = whereis(names[i]);
      if (pid.id == 0 || pid == former[i]) return false;
      if (i > 0 && !matches(call(t, pid, "linked").reply, "linked")) return false;
    }
    const Value cache = whereis("cache");
    const Value links = t.info(whereis("server"), "links");
    bool has_cache = false;
    for (size_t i = 0; i < links.size(); ++i) has_cache = has_cache || matches(links.element(i), cache);
    return has_cache && links.size() == 3;  // S, the cache, the database
  });
  rsp_runtime_stats after = before;
  t.eventually("as many processes as before", [&] {
    ok(rsp_runtime_get_stats(&after));
    return after.processes == before.processes;
  });
}

// S-SUP-15
RSP_CASE(310, "a callback supervisor's init runs before any child, and again when its parent restarts it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto runs = std::make_shared<std::atomic<int>>(0);
  // The list is computed: one more child each time.
  const rsp_supervisor_spec inner = callback_supervisor([notes, runs](Self&, rsp_supervisor_init* out) {
    notes->note("init");
    const int count = ++*runs;
    struct List {
      std::vector<Value> ids;
      std::vector<rsp_child_spec> specs;
    };
    const auto list = std::make_shared<List>();
    keep_until_stop(list);
    for (int i = 0; i < count; ++i) {
      const std::string name = "child" + std::to_string(i);
      list->ids.emplace_back(std::string_view(name));
      list->specs.push_back(raw_child({noting(notes, name)}, list->ids.back()));
    }
    out->children = list->specs.data();
    out->child_count = list->specs.size();
    return RSP_NEXT_CONTINUE;
  });
  const Value id = "inner";
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = id;
  spec.supervisor = &inner;
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ASSERT_EQ(rsp_supervisor_start(t, &s, nullptr, &spec, 1, nullptr, &linked), RSP_OK);
  EXPECT_EQ(notes->take(), lines({"init", "child0 up"}));
  const rsp_pid former = child(t, s, "inner");
  EXPECT_TERM(children(t, former), "[{child0, _, worker, _}]");
  EXPECT_EQ(stop(t, former, "crash").result, RSP_OK);
  const rsp_pid now = successor(t, s, "inner", former);
  EXPECT_EQ(notes->take(), lines({"child0 told shutdown", "child0 gone", "init", "child0 up", "child1 up"}));
  EXPECT_TERM(children(t, now), "[{child0, _, worker, _}, {child1, _, worker, _}]");
}

// The specification of a child as its supervisor reports it when the child ends.
Value reported_specification(Test& t, const rsp_child_spec& spec, Where where = Where::here()) {
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ok(rsp_supervisor_start(t, &s, nullptr, &spec, 1, nullptr, &linked), where);
  const size_t before = supervisor_reports("child_terminated").size();
  const Value row = children(t, s, where).element(0);
  rsp_pid pid{};
  ok(rsp_term_get_pid(&pid, row.element(1)), where);
  t.exit_signal(pid, "kill");
  t.eventually(
      "it is reported", [&] { return supervisor_reports("child_terminated").size() == before + 1; }, where);
  const Value offender = supervisor_reports("child_terminated").back().at("offender");
  EXPECT_TERM(offender.at("id"), row.element(0));
  EXPECT_TERM(offender.at("type"), row.element(2));
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  t.expect_exit(s, "normal");
  return Value::tuple(
      {row.element(0), offender.at("restart"), offender.at("shutdown"), row.element(2), row.element(3)});
}

// S-SUP-4, S-SUP-5, S-SUP-6, S-SUP-7
RSP_CASE(311, "a server type's child specification: its name as id, permanent, 5,000 ms, worker") {
  t.trap_exit();
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.start = spec_of({});
  EXPECT_TERM(reported_specification(t, spec), "{case_server, permanent, 5000, worker, case_server}");
}

// S-SUP-5, S-SUP-6
RSP_CASE(311, "a type has its own defaults, and each use its own besides") {
  t.trap_exit();
  Server server;
  server.defaults = {RSP_RESTART_TRANSIENT, RSP_SHUTDOWN_TIMEOUT, 70};
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.start = spec_of(server);
  EXPECT_TERM(reported_specification(t, spec), "{case_server, transient, 70, worker, case_server}");
  const Value id = "{mine, 1}";
  spec.id = id;
  spec.restart = RSP_RESTART_PERMANENT;
  spec.shutdown = RSP_SHUTDOWN_INFINITY;
  spec.type = RSP_CHILD_SUPERVISOR;
  EXPECT_TERM(reported_specification(t, spec), "{{mine, 1}, permanent, infinity, supervisor, case_server}");
  spec.shutdown = RSP_SHUTDOWN_BRUTAL_KILL;
  spec.type = RSP_CHILD_WORKER;
  EXPECT_TERM(reported_specification(t, spec), "{{mine, 1}, permanent, brutal_kill, worker, case_server}");
}

// S-SUP-4, S-SUP-6, S-SUP-7
RSP_CASE(311, "a supervisor's is of type supervisor and waits for ever; a name is the id before the type") {
  t.trap_exit();
  const rsp_supervisor_spec inner =
      callback_supervisor([](Self&, rsp_supervisor_init*) { return RSP_NEXT_CONTINUE; });
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.supervisor = &inner;
  EXPECT_TERM(reported_specification(t, spec),
              "{case_supervisor, permanent, infinity, supervisor, case_supervisor}");
  spec = RSP_CHILD_SPEC_INIT;
  spec.start = spec_of({}, "n");
  EXPECT_TERM(reported_specification(t, spec), "{n, permanent, 5000, worker, case_server}");
}

}  // namespace
}  // namespace conformance
