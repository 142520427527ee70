// Sections J and O: children that a function starts.

#include "tests/conformance/harness/starting.hpp"

namespace conformance {
namespace {

rsp_pid dynamic(Test& t, SupervisorHow how = {}) {
  how.strategy = RSP_DYNAMIC;
  return supervisor_over(t, {}, how);
}

/// One that traps exits and takes its time to end, if it is asked in order.
Server lasting() { return noting(make_notes(), "it", 20); }

/// Starts a linked server, and then returns what `then` says, which knows its pid.
ChildFunction starting_and(std::function<rsp_next(Self&, rsp_pid, Child&)> then) {
  return [then](Self& self, const Value&, Child& child) {
    return await_start(self, lasting(), {.link = true},
                       [then, child](Self& after, const Outcome& it) mutable {
                         EXPECT_EQ(it.result, RSP_OK);
                         return then(after, it.pid, child);
                       });
  };
}

/// A function that raises: what the start fails with.
void expect_failure(Test& t, rsp_pid s, ChildFunction function, const char* error) {
  const Added it = add_child_spec(t, s, function_child(std::move(function), "a"));
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, error);
}

// S-SUP-46
RSP_CASE(176, "what a start gives besides the pid reaches the caller of start_child, and of restart_child") {
  t.trap_exit();
  const ChildFunction informs =
      starting_and([](Self&, rsp_pid pid, Child& child) { return child.ok(pid, "info"); });
  const rsp_pid s = supervisor_over(t, {});
  const Added it = add_child_spec(t, s, function_child(informs, "a"));
  EXPECT_EQ(it.result, RSP_OK);
  EXPECT_EQ(it.pid, child(t, s, "a"));
  EXPECT_TERM(it.info, "info");
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const Added again = restart_child_with_info(t, s, "a");
  EXPECT_EQ(again.result, RSP_OK);
  EXPECT_EQ(again.pid, child(t, s, "a"));
  EXPECT_TERM(again.info, "info");
  // Who has not asked for it has the pid.
  EXPECT_EQ(terminate_child(t, s, "a").result, RSP_OK);
  const Started plain = restart_child(t, s, "a");
  EXPECT_EQ(plain.result, RSP_OK);
  EXPECT_EQ(plain.pid, child(t, s, "a"));
  t.expect_nothing();
}

// S-SUP-46
RSP_CASE(176, "of a child without a start function there is none") {
  t.trap_exit();
  const rsp_pid s = supervisor_over(t, {});
  rsp_child_spec plain = RSP_CHILD_SPEC_INIT;
  plain.start = spec_of({});
  const Added it = add_child_spec(t, s, plain);
  EXPECT_EQ(it.result, RSP_OK);
  EXPECT_TERM(it.info, Value());
}

// S-SUP-46, S-SUP-45, S-SUP-14
RSP_CASE(
    254,
    "a start function has the arguments of the call behind those of the specification, also at a restart") {
  t.trap_exit();
  const ChildFunction told = [own = t.pid()](Self& self, const Value& args, Child& child) {
    self.send(own, args);
    return await_start(self, {}, {.link = true},
                       [child, args](Self&, const Outcome& it) mutable { return child.ok(it.pid, args); });
  };
  rsp_child_spec pattern = function_child(told, "p");
  const Value base("[one]");
  pattern.start.args = base;
  const rsp_pid s = supervisor_over(t, {pattern}, {.strategy = RSP_SIMPLE_ONE_FOR_ONE});
  const Added it = add_child_with(t, s, "[two]");
  EXPECT_TERM(it.info, "[one, two]");
  EXPECT_TERM(t.next().term, "[one, two]");
  t.exit_signal(it.pid, "crash");
  EXPECT_TERM(t.next().term, "[one, two]");
}

// S-SUP-46, S-SUP-12, S-SUP-44
RSP_CASE(246, "start functions that say ignore, {error, e}, junk: ignore, e, junk, and nothing is kept") {
  t.trap_exit();
  for (const rsp_pid s : {dynamic(t), supervisor_over(t, {})}) {
    expect_failure(
        t, s, [](Self&, const Value&, Child& child) { return child.error("e"); }, "e");
    expect_failure(
        t, s, [](Self&, const Value&, Child& child) { return child.bad("junk"); }, "junk");
    expect_failure(
        t, s, [](Self&, const Value&, Child&) { return RSP_NEXT_STOP; }, "1");
    expect_failure(
        t, s, [](Self&, const Value&, Child&) { return RSP_NEXT_CONTINUE; }, "{ok, undefined}");
    expect_counts(t, s, 0, 0, 0, 0);
  }
  const rsp_pid s = dynamic(t);
  const Added ignored = add_child_spec(
      t, s, function_child([](Self&, const Value&, Child& child) { return child.ignore(); }, "a"));
  EXPECT_EQ(ignored.result, RSP_OK);
  EXPECT_EQ(ignored.pid, rsp_pid{});
  expect_counts(t, s, 0, 0, 0, 0);
  t.expect_nothing();
}

// S-SUP-12, S-SUP-46
RSP_CASE(246, "a start function that says ignore to another supervisor leaves the specification") {
  t.trap_exit();
  const auto ignores = [](Self&, const Value&, Child& child) { return child.ignore(); };
  const rsp_pid s = supervisor_over(t, {function_child(ignores, "a")});
  EXPECT_TERM(children(t, s), "[{a, undefined, worker, case_function}]");
}

// S-SUP-13, S-SUP-44
RSP_CASE(247, "a start function that throws, raises an error or exits") {
  t.trap_exit();
  for (const rsp_pid s : {dynamic(t), supervisor_over(t, {})}) {
    expect_failure(
        t, s, [](Self& self, const Value&, Child&) { return self.throw_("v"); }, "{{nocatch, v}, Frames}");
    expect_failure(
        t, s, [](Self& self, const Value&, Child&) { return self.error("e"); }, "{e, Frames}");
    expect_failure(
        t, s, [](Self& self, const Value&, Child&) { return self.exit("r"); }, "r");
    // After a wait it is the same.
    expect_failure(t, s, starting_and([](Self& self, rsp_pid, Child&) { return self.error("e"); }),
                   "{e, Frames}");
    expect_counts(t, s, 0, 0, 0, 0);
  }
  t.expect_nothing();
}

// S-SUP-11, S-SUP-13
RSP_CASE(247, "at the start of the supervisor") {
  t.trap_exit();
  const Started it =
      start_over(t, {function_child(starting(lasting()), "a"),
                     function_child([](Self& self, const Value&, Child&) { return self.exit("r"); }, "b")});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{shutdown, {failed_to_start_child, b, r}}");
  t.expect_nothing();
}

// S-SUP-47, S-START-7
RSP_CASE(246, "what it starts is the supervisor's: linked to it, with it as parent and first ancestor") {
  t.trap_exit();
  const rsp_pid s = dynamic(t, {.name = "s"});
  const auto plain = std::make_shared<rsp_pid>();
  const ChildFunction two = starting_and([plain](Self& self, rsp_pid pid, Child& child) {
    *plain = self.spawn(idle(), {.link = true});
    return child.ok(pid);
  });
  const Added it = add_child_spec(t, s, function_child(two, "a"));
  ASSERT_EQ(it.result, RSP_OK);
  for (const rsp_pid pid : {it.pid, *plain}) {
    EXPECT_TERM(t.info(pid, "links"), Value::list({s}));
    EXPECT_TERM(t.info(pid, "parent"), s);
  }
  EXPECT_TERM(t.info(it.pid, "ancestors").element(0), atom("s"));
  EXPECT_TERM(t.info(it.pid, "ancestors").element(1), t.pid());
  const rsp_ref end = t.monitor(*plain);
  t.exit_signal(s, "shutdown");
  t.expect_down(end, *plain, "shutdown");
  t.expect_exit(s, "shutdown");
}

// S-SUP-47
RSP_CASE(246, "a process that is not linked to the supervisor is linked then; one that has ended is noproc") {
  t.trap_exit();
  const rsp_pid s = dynamic(t, {.max_restarts = 0});
  const rsp_pid stranger = t.spawn(idle());
  const auto names = [](rsp_pid pid) {
    return [pid](Self&, const Value&, Child& child) { return child.ok(pid); };
  };
  expect_failure(t, s, names(t.dead_process()), "noproc");
  expect_failure(
      t, s, [](Self& self, const Value&, Child& child) { return child.ok(self.pid()); }, "{ok, Starter}");
  const Added it = add_child_spec(t, s, function_child(names(stranger), "a"));
  EXPECT_EQ(it.result, RSP_OK);
  EXPECT_TERM(t.info(stranger, "links"), Value::list({s}));
  const Added again = add_child_spec(t, s, function_child(names(stranger), "b"));
  EXPECT_TERM(again.error, Value::tuple({atom("already_started"), stranger}));
  for (const rsp_pid none : {s, t.pid()}) {
    const Added refused = add_child_spec(t, s, function_child(names(none), "c"));
    EXPECT_TERM(refused.error, Value::tuple({atom("ok"), none}));
  }
  expect_counts(t, s, 1, 1, 0, 1);
  const rsp_ref end = t.monitor(s);
  t.exit_signal(stranger, "crash");
  t.expect_down(end, s, "shutdown");
  t.expect_exit(s, "shutdown");
}

// S-SUP-47, S-SUP-20
RSP_CASE(246, "a child that has ended by the time the function names it counts as one that ended") {
  t.trap_exit();
  const auto runs = std::make_shared<std::atomic<int>>(0);
  const ChildFunction short_lived = [runs](Self& self, const Value&, Child& child) {
    runs->fetch_add(1);
    const rsp_pid pid = self.spawn(exits("crash"), {.link = true});
    return pause(self, 5, [pid, child](Self&) mutable { return child.ok(pid); });
  };
  const rsp_pid s = dynamic(t, {.max_restarts = 3});
  const rsp_ref end = t.monitor(s);
  EXPECT_EQ(add_child_spec(t, s, function_child(short_lived, "a")).result, RSP_OK);
  t.expect_down(end, s, "shutdown");
  t.expect_exit(s, "shutdown");
  EXPECT_EQ(runs->load(), 4);
}

// S-SUP-26, S-SUP-20
RSP_CASE(247, "a restart whose function fails is tried again, each attempt counting") {
  t.trap_exit();
  const auto runs = std::make_shared<std::atomic<int>>(0);
  const ChildFunction once_fine = [runs](Self& self, const Value& args, Child& child) {
    const int run = runs->fetch_add(1);
    if (run == 1) return child.error("nope");
    if (run == 2) return self.error("nope");
    return starting({})(self, args, child);
  };
  const rsp_pid s = supervisor_over(t, {function_child(once_fine, "a")}, {.max_restarts = 3});
  const rsp_pid first = child(t, s, "a");
  t.exit_signal(first, "crash");
  const rsp_pid second = successor(t, s, "a", first);
  EXPECT_EQ(runs->load(), 4);
  const rsp_ref end = t.monitor(s);
  t.exit_signal(second, "crash");
  t.expect_down(end, s, "shutdown");
  t.expect_exit(s, "shutdown");
}

// S-SUP-10, S-SUP-24, S-SUP-29
RSP_CASE(187, "children that functions start have the order of all others") {
  t.trap_exit();
  const Notes notes = make_notes();
  std::vector<rsp_child_spec> all;
  std::vector<Value> ids;
  for (const char* name : {"a", "b", "c"}) {
    ids.emplace_back(name);
    all.push_back(function_child(starting(noting(notes, name, 2)), ids.back()));
  }
  const rsp_pid s = supervisor_over(t, all, {.strategy = RSP_ONE_FOR_ALL});
  EXPECT_EQ(notes->take(), lines({"a up", "b up", "c up"}));
  const rsp_pid b = child(t, s, "b");
  t.exit_signal(b, "kill");
  (void)successor(t, s, "b", b);
  EXPECT_TERM(children(t, s), "[{a, A, worker, _}, {b, B, worker, _}, {c, C, worker, _}]");
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "a told shutdown", "a gone", "a up", "b up", "c up"}));
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(),
            lines({"c told shutdown", "c gone", "b told shutdown", "b gone", "a told shutdown", "a gone"}));
}

// S-SUP-46
RSP_CASE(221, "a function may start a supervisor") {
  t.trap_exit();
  const Notes notes = make_notes();
  const auto leaf = std::make_shared<rsp_child_spec>(raw_child({noting(notes, "leaf"), "leaf"}, Value()));
  keep_until_stop(leaf);
  const ChildFunction inner = [leaf](Self& self, const Value&, Child& child) {
    rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
    spec.children = leaf.get();
    spec.child_count = 1;
    return await_start_supervisor(self, spec, true,
                                  [child](Self&, const Outcome& it) mutable { return child.as(it); });
  };
  rsp_child_spec spec = function_child(inner, "inner");
  spec.type = RSP_CHILD_SUPERVISOR;
  const rsp_pid s = supervisor_over(t, {spec});
  EXPECT_TERM(children(t, s), "[{inner, I, supervisor, _}]");
  EXPECT_EQ(stop(t, s).result, RSP_OK);
  EXPECT_EQ(notes->take(), lines({"leaf up", "leaf told shutdown", "leaf gone"}));
}

}  // namespace
}  // namespace conformance
