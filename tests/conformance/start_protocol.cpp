// Section H: the start protocol.

#include <memory>

#include "resprout/supervisor.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

rsp_next await_for_ever(Self& self) {
  return rsp_await(
      self, self.alias(), RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
}

// S-START-4
RSP_CASE(117, "a child that never acknowledges: error timeout, the child is dead, the mailbox empty") {
  t.trap_exit();
  const auto child = std::make_shared<rsp_pid>();
  Server silent;
  silent.init = [child](Self& self, Answer&) {
    *child = self.pid();
    return await_for_ever(self);
  };
  const Started it = start(t, silent, {.link = true, .timeout_ms = 20, .name = "n"});
  EXPECT_EQ(it.result, RSP_ETIMEDOUT);
  EXPECT_TERM(it.error, "timeout");
  EXPECT_EQ(whereis("n"), rsp_pid{});
  EXPECT_EQ(t.queued(), 0u);
  if (child->id != 0) t.expect_dead(*child);
  t.expect_nothing();
}

// S-START-3
RSP_CASE(118, "a child that dies with r first: error r, the mailbox empty") {
  t.trap_exit();
  const auto child = std::make_shared<rsp_pid>();
  Server mortal;
  mortal.init = [child](Self& self, Answer& answer) {
    *child = self.pid();
    self.exit_signal(self.pid(), "r");
    return answer.nothing();
  };
  const Started it = start(t, mortal, {.link = true});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "r");
  EXPECT_EQ(t.queued(), 0u);
  t.expect_dead(*child);
  t.expect_nothing();
}

// S-START-3
RSP_CASE(118, "the same when it waits in init and another process ends it") {
  t.trap_exit();
  const rsp_pid killer = t.spawn({[](Self&) { return RSP_NEXT_CONTINUE; },
                                  [](Self& self, rsp_msg* message) {
                                    self.exit_signal(rsp_msg_from(message), "r");
                                    return RSP_NEXT_CONTINUE;
                                  }});
  Server mortal;
  mortal.init = [killer](Self& self, Answer&) {
    self.send(killer, "here");
    return await_for_ever(self);
  };
  const Started it = start(t, mortal, {.link = true});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "r");
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-START-5
RSP_CASE(121, "a linked starter that does not trap dies with why when init stops with why") {
  Server stops;
  stops.init = [](Self&, Answer& answer) { return answer.stop("why"); };
  Event go;
  Thread starter([&, own = t.pid()] {
    rsp_self* raw = nullptr;
    ok(rsp_attach(&raw));
    Self self(raw);
    self.send(own, self.pid());
    go.wait();
    EXPECT_EQ(start(self, stops, {.link = true}).result, RSP_EXITING);
    ok(rsp_detach(self, Value("normal")));
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  const rsp_ref end = t.monitor(p);
  go.happen();
  t.expect_down(end, p, "why");
  starter.join();
}

// That T, which does not trap, has outlived a linked start that came to nothing.
void expect_untouched(Test& t) {
  EXPECT_EQ(rsp_checkpoint(t), RSP_OK);
  EXPECT_TERM(t.info(t.pid(), "links"), "[]");
  t.expect_nothing();
}

// S-START-2, S-START-5, S-SRV-4
RSP_CASE(126, "a linked starter that does not trap lives on when init says ignore") {
  Server declines;
  declines.init = [](Self&, Answer& answer) { return answer.ignore(); };
  EXPECT_EQ(start(t, declines, {.link = true}).result, RSP_EIGNORE);
  expect_untouched(t);
}

// S-START-2, S-START-5, S-SRV-3
RSP_CASE(127,
         "a linked starter that does not trap lives on when init fails quietly, and nothing is reported") {
  Server fails;
  fails.init = [](Self&, Answer& answer) { return answer.error("why"); };
  const Started it = start(t, fails, {.link = true});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "why");
  EXPECT_EQ(reports().size(), 0u);
  expect_untouched(t);
}

// S-START-6
RSP_CASE(122, "a failed start with monitor leaves no DOWN") {
  Server stops;
  stops.init = [](Self&, Answer& answer) { return answer.stop("why"); };
  const Started it = start(t, stops, {.monitor = true});
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "why");
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-START-1, S-MON-1
RSP_CASE(122, "and one that succeeds has the monitor") {
  const Started it = start(t, {}, {.monitor = true});
  ASSERT_EQ(it.result, RSP_OK);
  t.exit_signal(it.pid, "foo");
  t.expect_down(it.monitor, it.pid, "foo");
  t.expect_nothing();
}

// S-SRV-6, S-START-2
RSP_CASE(123, "an init that raises bad: error {bad, Frames}") {
  Server raises;
  raises.init = [](Self& self, Answer&) { return self.error("bad"); };
  const Started it = start(t, raises);
  EXPECT_EQ(it.result, RSP_EEXITED);
  EXPECT_TERM(it.error, "{bad, Frames}");
  t.expect_nothing();
}

// S-START-7
RSP_CASE(125, "a child under S2 under S1 has the ancestors S2, S1") {
  rsp_child_spec leaf = RSP_CHILD_SPEC_INIT;
  leaf.start = spec_of({}, "leaf");
  rsp_supervisor_spec inner = RSP_SUPERVISOR_SPEC_INIT;
  inner.children = &leaf;
  inner.child_count = 1;
  inner.opts.name = atom("s2");
  rsp_child_spec middle = RSP_CHILD_SPEC_INIT;
  middle.supervisor = &inner;
  rsp_pid s1{};
  ok(rsp_supervisor_start(t, &s1, nullptr, &middle, 1, nullptr, nullptr));
  const Value ancestors = t.info(whereis("leaf"), "ancestors");
  ASSERT_GE(ancestors.size(), 2u) << ancestors.text();
  // A name where it has one, else the pid.
  const Value parent = ancestors.element(0);
  EXPECT_TRUE(matches(parent, atom("s2")) || matches(parent, whereis("s2"))) << ancestors.text();
  EXPECT_TERM(ancestors.element(1), s1);
  EXPECT_EQ(stop(t, s1).result, RSP_OK);
}

}  // namespace
}  // namespace conformance
