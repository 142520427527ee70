// Section L: supervisors, stopping.

#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;

// A plain function as a child: `run` gets no message first, then each message.
rsp_child_spec plain_child(rsp_handler run, const Value& id, void* ctx = nullptr) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = id;
  spec.start.handler = run;
  spec.start.ctx = ctx;
  return spec;
}

rsp_pid supervisor_over(Self& self, const rsp_child_spec& spec, Where where = Where::here()) {
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ok(rsp_supervisor_start(self, &s, nullptr, &spec, 1, nullptr, &linked), where);
  return s;
}

// A plain function is started when there is its process: that it traps, it says to `told`.
rsp_next trap_and_ignore(rsp_self* self, rsp_msg* message, void* told) {
  if (message != nullptr) return RSP_NEXT_CONTINUE;
  ok(rsp_trap_exit(self, nullptr, true));
  ok(rsp_send(self, *static_cast<const rsp_pid*>(told), Value("traps")));
  return RSP_NEXT_CONTINUE;
}

// S-SUP-29, S-SUP-31, S-SUP-28
RSP_CASE(209, "told shutdown by its parent, S stops c, then b, then a, each gone before the next is told") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(
      t, {{noting(notes, "a", 3), "a"}, {noting(notes, "b", 3), "b"}, {noting(notes, "c", 3), "c"}});
  (void)notes->take();
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
  EXPECT_EQ(reports().size(), 0u);
  t.expect_nothing();
}

// S-SUP-28
RSP_CASE(209, "a child with infinity has all the time it takes") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(
      t,
      {{.server = noting(notes, "a", 40), .id = "a", .shutdown = RSP_SHUTDOWN_INFINITY},
       {.server = noting(notes, "b", 40), .id = "b", .shutdown = RSP_SHUTDOWN_TIMEOUT, .shutdown_ms = 10}});
  (void)notes->take();
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"b told shutdown", "a told shutdown", "a gone"}));
}

// S-SUP-31
RSP_CASE(210, "whatever the parent's reason, the children stop and S ends with it") {
  t.trap_exit();
  const Notes notes = make_notes();
  for (const char* reason : {"bogus", "normal", "{shutdown, x}"}) {
    const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}});
    (void)notes->take();
    t.exit_signal(s, reason);
    t.expect_exit(s, reason);
    EXPECT_EQ(notes->take(), lines({"b told shutdown", "b gone", "a told shutdown", "a gone"})) << reason;
  }
}

// S-SUP-31
RSP_CASE(210, "and so it is when the parent itself ends") {
  const Notes notes = make_notes();
  Event go;
  Thread parent([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, supervisor(self, {{noting(notes, "a"), "a"}, {noting(notes, "b"), "b"}}));
    go.wait();
    ok(rsp_detach(self, Value("bogus")));
  });
  rsp_pid s{};
  ok(rsp_term_get_pid(&s, t.next().term));
  const rsp_ref end = t.monitor(s);
  (void)notes->take();
  go.happen();
  t.expect_down(end, s, "bogus");
  EXPECT_EQ(notes->take(), lines({"b told shutdown", "b gone", "a told shutdown", "a gone"}));
}

// S-SUP-31: also while a child is being started
RSP_CASE(210, "and when a child is just being started") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server slow = noting(notes, "b");
  slow.init = [own = t.pid()](Self& self, Answer&) {
    self.send(own, "starting");
    return pause(self, RSP_INFINITE, [](Self&) { return RSP_NEXT_CONTINUE; });
  };
  Event go;
  Thread parent([&] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    EXPECT_EQ(
        start_supervisor(self, {{noting(notes, "a"), "a", "a"}, {slow, "b", "b"}}, {.name = "s"}).result,
        RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  t.expect_message("starting");
  const rsp_pid s = whereis("s");
  const rsp_ref end = t.monitor(s);
  rsp_pid starter{};
  ok(rsp_term_get_pid(&starter, t.info(s, "ancestors").element(0)));
  t.exit_signal(starter, "bogus");
  t.expect_down(end, s, "bogus");
  EXPECT_EQ(notes->take(), lines({"a up", "a told shutdown", "a gone"}));
  for (const char* name : {"a", "b", "s"}) EXPECT_EQ(whereis(name), rsp_pid{});
  parent.join();
}

// S-SUP-15, S-SUP-31: a link alone would leave it where the reason is `normal`
RSP_CASE(210, "and when its init is running, which ends with it") {
  for (const char* reason : {"bogus", "normal"}) {
    const auto over = std::make_shared<Event>();  // init looks at it when it is a zombie
    const rsp_supervisor_spec spec = callback_supervisor(
        [over, own = t.pid()](Self& self, rsp_supervisor_init*) {
          self.send(own, self.pid());
          over->wait();  // it computes, and makes no call
          return RSP_NEXT_CONTINUE;
        },
        "s");
    Thread starter([&] {
      rsp_pid s{};
      EXPECT_EQ(rsp_supervisor_start_spec(nullptr, &s, nullptr, &spec, nullptr), RSP_EEXITED) << reason;
    });
    rsp_pid init{};
    const Received from_init = t.next();
    ok(rsp_term_get_pid(&init, from_init.term));
    const rsp_pid s = whereis("s");
    const rsp_ref end_of_init = t.monitor(init);
    const rsp_ref end = t.monitor(s);
    ok(rsp_exit_signal(nullptr, s, Value(reason)));
    t.expect_down(end_of_init, init, "killed");
    t.expect_down(end, s, reason);
    over->happen();
    t.eventually("the code of init returns", [] { return stats().zombies == 0; });
    starter.join();
  }
}

// S-SUP-28, S-SUP-30
RSP_CASE(212, "a child that ignores shutdown is killed after its 50 ms, and reported") {
  constexpr uint64_t DEADLINE_MS = 50;
  // In virtual time nothing but the deadline passes; natively less than the default has to do.
  constexpr uint64_t MOST_MS = rsp::env::CONTROLLED ? DEADLINE_MS + 10 : 5000;
  t.trap_exit();
  const Value id = "a";
  const auto own = std::make_shared<rsp_pid>(t.pid());
  keep_until_stop(own);
  rsp_child_spec spec = plain_child(trap_and_ignore, id, own.get());
  spec.shutdown = RSP_SHUTDOWN_TIMEOUT;
  spec.shutdown_ms = DEADLINE_MS;
  const rsp_pid s = supervisor_over(t, spec);
  t.expect_message("traps");
  const rsp_pid a = child(t, s, "a");
  const rsp_ref end = t.monitor(a);
  const uint64_t before_ns = rsp::env::now_ns();
  t.exit_signal(s, "shutdown");
  t.expect_down(end, a, "killed");
  const uint64_t took_ms = (rsp::env::now_ns() - before_ns) / NS_IN_MS;
  EXPECT_GE(took_ms, DEADLINE_MS);
  EXPECT_LT(took_ms, MOST_MS);
  t.expect_exit(s, "shutdown");
  const std::vector<Value> reported = supervisor_reports("shutdown_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "killed");
  EXPECT_TERM(reported[0].at("offender").at("id"), "a");
  EXPECT_TERM(reported[0].at("offender").at("pid"), a);
}

// S-SUP-28
RSP_CASE(213, "a brutal_kill child handles no EXIT") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s =
      supervisor(t, {{noting(notes, "a"), "a"},
                     {.server = noting(notes, "k"), .id = "k", .shutdown = RSP_SHUTDOWN_BRUTAL_KILL}});
  const rsp_pid k = child(t, s, "k");
  const rsp_ref end = t.monitor(k);
  t.exit_signal(s, "shutdown");
  t.expect_down(end, k, "killed");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"a up", "k up", "a told shutdown", "a gone"}));
  EXPECT_EQ(reports().size(), 0u);  // it ended as asked
}

// S-SUP-30
RSP_CASE(213, "a child that answers shutdown with another reason is reported") {
  t.trap_exit();
  const Notes notes = make_notes();
  Server stubborn = noting(notes, "a");
  stubborn.terminate = [](Self& self, const Value&) { return self.exit("otherwise"); };
  const rsp_pid s = supervisor(t, {{stubborn, "a"}});
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  const std::vector<Value> reported = supervisor_reports("shutdown_error");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("reason"), "otherwise");
}

RSP_CASE(215,
         "a child that ends by itself at the moment of the stop: it completes, and no report says noproc") {
  t.trap_exit();
  Server brief;
  brief.info = [](Self&, const Received&, Answer& answer) { return answer.stop("normal"); };
  for (uint32_t i = 0; i < times(1000); ++i) {
    const rsp_pid s = supervisor(t, {{brief, "a"}, {brief, "b"}}, {.max_restarts = 10});
    const rsp_pid a = child(t, s, "a");
    const rsp_pid b = child(t, s, "b");
    // Each order of the two, and of the two children.
    if (i % 2 == 0) t.send(a, "end");
    if (i % 4 < 2) t.send(b, "end");
    t.exit_signal(s, "shutdown");
    if (i % 2 == 1) t.send(a, "end");
    t.expect_exit(s, "shutdown");
  }
  for (const Report& report : reports()) EXPECT_FALSE(matches(report.map.at("reason"), "noproc"));
  t.expect_nothing();
}

// S-SUP-32
RSP_CASE(217,
         "S is killed: a child that does not trap ends with killed, a trapping one gets EXIT(S, killed)") {
  t.trap_exit();
  const Value a_id = "a";
  const Value b_id = "b";
  const auto own = std::make_shared<rsp_pid>(t.pid());
  keep_until_stop(own);
  const rsp_handler trap_and_tell = [](rsp_self* raw, rsp_msg* message, void* to) {
    Self self(raw);
    if (message == nullptr) {
      self.trap_exit();
      self.send(*static_cast<rsp_pid*>(to), "traps");
    } else if (rsp_msg_get_kind(message) == RSP_MSG_EXIT) {
      self.send(*static_cast<rsp_pid*>(to),
                Value::tuple({atom("got"), rsp_msg_from(message), Received(message).term}));
    }
    return RSP_NEXT_CONTINUE;
  };
  const rsp_child_spec specs[] = {
      plain_child([](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, a_id),
      plain_child(trap_and_tell, b_id, own.get())};
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ASSERT_EQ(rsp_supervisor_start(t, &s, nullptr, specs, 2, nullptr, &linked), RSP_OK);
  t.expect_message("traps");
  const rsp_pid a = child(t, s, "a");
  const rsp_pid b = child(t, s, "b");
  const rsp_ref end = t.monitor(a);
  t.exit_signal(s, "kill");
  t.expect_exit(s, "killed");
  t.expect_down(end, a, "killed");
  t.expect_message(Value::tuple({atom("got"), s, atom("killed")}));
  t.expect_alive(b);  // it traps, and chooses to
  t.exit_signal(b, "kill");
}

// S-SUP-32
RSP_CASE(217, "servers that trap are told killed and end with it") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{not_trapping(notes, "a"), "a"}, {noting(notes, "b"), "b"}});
  const rsp_ref a_end = t.monitor(child(t, s, "a"));
  const rsp_pid b = child(t, s, "b");
  const rsp_ref b_end = t.monitor(b);
  t.exit_signal(s, "kill");
  t.expect_exit(s, "killed");
  EXPECT_TERM(t.wait_down(a_end), "killed");
  t.expect_down(b_end, b, "killed");
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "b told killed", "b gone"}));
}

// S-SUP-19
RSP_CASE(218, "a stranger's exit signal does not stop S") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}}, {.max_restarts = 0});
  const rsp_pid a = child(t, s, "a");
  Puppet q(t);
  for (const char* reason : {"shutdown", "normal", "zz"}) {
    q.run([&](Self& self) { self.exit_signal(s, reason); });
  }
  EXPECT_EQ(child(t, s, "a"), a);  // this call was sent after them
  EXPECT_EQ(notes->take(), lines({"a up"}));
  EXPECT_EQ(stop(t, s).result, RSP_OK);  // anybody may do it this way
  t.expect_exit(s, "normal");
}

// S-SUP-33
RSP_CASE(218,
         "a stray message is reported and dropped, a call that it does not know is answered with an error") {
  t.trap_exit();
  const Notes notes = make_notes();
  const rsp_pid s = supervisor(t, {{noting(notes, "a"), "a"}});
  t.send(s, "stray");
  EXPECT_TERM(reply_of(t, s, "what"), "{error, _}");
  const std::vector<Value> reported = supervisor_reports("unexpected_message");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TERM(reported[0].at("last_message"), "stray");
  t.expect_alive(s);
  EXPECT_EQ(notes->take(), lines({"a up"}));
}

// S-SUP-29, S-SUP-28
RSP_CASE(221,
         "in a tree of two levels inner supervisors stop their children first, leaves in reverse order") {
  t.trap_exit();
  const Notes notes = make_notes();
  const Value ids[] = {"a", "b", "c", "d", "e"};
  const auto leaf = [&](size_t i) { return raw_child({.server = noting(notes, ids[i].text(), 2)}, ids[i]); };
  const rsp_child_spec first_leaves[] = {leaf(0), leaf(1)};
  const rsp_child_spec last_leaves[] = {leaf(3), leaf(4)};
  rsp_supervisor_spec first = RSP_SUPERVISOR_SPEC_INIT;
  first.children = first_leaves;
  first.child_count = 2;
  rsp_supervisor_spec last = first;
  last.children = last_leaves;
  const Value first_id = "first";
  const Value last_id = "last";
  rsp_child_spec branches[] = {RSP_CHILD_SPEC_INIT, leaf(2), RSP_CHILD_SPEC_INIT};
  branches[0].id = first_id;
  branches[0].supervisor = &first;
  branches[2].id = last_id;
  branches[2].supervisor = &last;
  rsp_start_opts linked = RSP_START_OPTS_INIT;
  linked.link = true;
  rsp_pid s{};
  ASSERT_EQ(rsp_supervisor_start(t, &s, nullptr, branches, 3, nullptr, &linked), RSP_OK);
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "c up", "d up", "e up"}));
  EXPECT_TERM(children(t, s), "[{first, _, supervisor, _}, {c, _, worker, _}, {last, _, supervisor, _}]");
  t.exit_signal(s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(notes->take(), lines({"e told shutdown", "e gone", "d told shutdown", "d gone", "c told shutdown",
                                  "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
  EXPECT_EQ(reports().size(), 0u);
}

}  // namespace
}  // namespace conformance
