// Section C: exit signals.

#include <vector>

#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

// S-EXIT-6, S-EXIT-12
RSP_CASE(26, "exit(P, foo) ends P with foo") {
  const Spawned p = t.spawn_monitor(idle());
  t.exit_signal(p.pid, "foo");
  t.expect_down(p.monitor, p.pid, "foo");
}

// S-SIG-5, S-NAT-2
RSP_CASE(26, "also while P computes: at its next call of the runtime") {
  const rsp_pid own = t.pid();
  const Spawned p = t.spawn_monitor({[own](Self& self) {
    self.send(own, "computing");
    while (rsp_checkpoint(self) == RSP_OK) {
    }
    return RSP_NEXT_CONTINUE;
  }});
  t.expect_message("computing");
  t.exit_signal(p.pid, "foo");
  t.expect_down(p.monitor, p.pid, "foo");
}

// S-EXIT-8
RSP_CASE(27, "exit(P, normal) does nothing to a P that does not trap") {
  Puppet p(t);
  t.exit_signal(p.pid(), "normal");
  p.expect_nothing();
  t.expect_alive(p.pid());
}

// S-EXIT-9
RSP_CASE(28, "a trapping P gets EXIT(T, normal) from it") {
  Puppet p(t, {.trap_exit = true});
  t.exit_signal(p.pid(), "normal");
  p.expect_exit(t.pid(), "normal");
  t.expect_alive(p.pid());
}

// S-EXIT-13
RSP_CASE(29, "a trapping P gets EXIT(T, foo) and lives") {
  Puppet p(t, {.trap_exit = true});
  t.exit_signal(p.pid(), "foo");
  p.expect_exit(t.pid(), "foo");
  p.expect_nothing();
  t.expect_alive(p.pid());
}

// S-EXIT-16
RSP_CASE(29, "and an EXIT it has received does not end it when it stops to trap") {
  Puppet p(t, {.trap_exit = true});
  t.exit_signal(p.pid(), "foo");
  p.run([](Self& self) { EXPECT_TRUE(self.trap_exit(false)); });
  p.expect_exit(t.pid(), "foo");
  t.expect_alive(p.pid());
}

// S-EXIT-11
RSP_CASE(30, "exit(P, kill) ends a trapping P with killed, and P handles no EXIT") {
  bool handled = false;
  const Spawned p = t.spawn_monitor({[](Self&) { return RSP_NEXT_CONTINUE; },
                                     [&handled](Self&, rsp_msg*) {
                                       handled = true;
                                       return RSP_NEXT_CONTINUE;
                                     }},
                                    {.trap_exit = true});
  t.exit_signal(p.pid, "kill");
  t.expect_down(p.monitor, p.pid, "killed");
  EXPECT_FALSE(handled);
}

// S-EXIT-10
RSP_CASE(32, "a neighbour that exits kill by itself ends P with kill, not killed") {
  Puppet q(t);
  Puppet p(t);
  p.link(q.pid());
  const rsp_ref end_of_p = t.monitor(p.pid());
  const rsp_ref end_of_q = t.monitor(q.pid());
  q.exits("kill");
  t.expect_down(end_of_p, p.pid(), "kill");
  t.expect_down(end_of_q, q.pid(), "kill");
}

// S-EXIT-11
RSP_CASE(32, "and a trapping neighbour gets EXIT(Q, kill)") {
  Puppet q(t);
  Puppet p(t, {.trap_exit = true});
  p.link(q.pid());
  q.exits("kill");
  p.expect_exit(q.pid(), "kill");
  t.expect_alive(p.pid());
}

// S-EXIT-13
RSP_CASE(33, "exit(P, killed) is a message to a trapping P") {
  Puppet p(t, {.trap_exit = true});
  t.exit_signal(p.pid(), "killed");
  p.expect_exit(t.pid(), "killed");
  t.expect_alive(p.pid());
}

// S-EXIT-12
RSP_CASE(34, "shutdown and {shutdown, a} end P with just that reason") {
  for (const char* reason : {"shutdown", "{shutdown, a}"}) {
    const Spawned p = t.spawn_monitor(idle());
    t.exit_signal(p.pid, reason);
    t.expect_down(p.monitor, p.pid, reason);
  }
}

// What a process does after its own exit signal: the call that sent it says so, and nothing works any more.
rsp_next send_after_the_end(Self& self, rsp_pid t, const char* reason, rsp_next last) {
  EXPECT_EQ(rsp_exit_signal(self, self.pid(), Value(reason)), RSP_EXITING);
  EXPECT_EQ(rsp_send(self, t, Value("survived")), RSP_EXITING);
  return last;
}

// S-EXIT-14
RSP_CASE(35, "exit(self, normal) ends a process that does not trap, and its next statement never runs") {
  const rsp_pid own = t.pid();
  const Spawned p = t.spawn_monitor(
      {[own](Self& self) { return send_after_the_end(self, own, "normal", RSP_NEXT_CONTINUE); }});
  t.expect_down(p.monitor, p.pid, "normal");
  t.expect_nothing();
}

// S-EXIT-14, S-EXIT-17
RSP_CASE(37, "exit(self, foo) ends it with foo, before the exit that follows") {
  const rsp_pid own = t.pid();
  const Spawned p = t.spawn_monitor(once([own](Self& self) {
    (void)send_after_the_end(self, own, "foo", RSP_NEXT_CONTINUE);
    return rsp_exit(self, Value("after"));
  }));
  t.expect_down(p.monitor, p.pid, "foo");
  t.expect_nothing();
}

// S-EXIT-14
RSP_CASE(38, "exit(self, kill) ends a trapping process with killed") {
  const rsp_pid own = t.pid();
  const Spawned p = t.spawn_monitor(
      {[own](Self& self) { return send_after_the_end(self, own, "kill", RSP_NEXT_CONTINUE); }},
      {.trap_exit = true});
  t.expect_down(p.monitor, p.pid, "killed");
  t.expect_nothing();
}

// S-EXIT-15
RSP_CASE(39, "an exit signal to a dead process is no error and does nothing") {
  const rsp_pid p = t.dead_process();
  EXPECT_EQ(rsp_exit_signal(t, p, Value("foo")), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(t, p, Value("kill")), RSP_OK);
  t.expect_nothing();
}

// S-EXIT-15
RSP_CASE(40, "an exit signal to what is no pid is badarg") {
  EXPECT_EQ(rsp_exit_signal(t, rsp_pid{}, Value("foo")), RSP_EINVAL);
  rsp_pid elsewhere = t.pid();
  elsewhere.node = 7;
  EXPECT_EQ(rsp_exit_signal(t, elsewhere, Value("foo")), RSP_EINVAL);
  t.expect_nothing();
}

// S-EXIT-18
RSP_CASE(42, "a kill at the head of a chain of five ends all five with killed") {
  std::vector<Puppet> chain;
  std::vector<rsp_ref> ends;
  for (int i = 0; i < 5; ++i) {
    chain.emplace_back(t);
    ends.push_back(t.monitor(chain.back().pid()));
    if (i > 0) chain.back().link(chain[static_cast<size_t>(i) - 1].pid());
  }
  t.exit_signal(chain.front().pid(), "kill");
  for (size_t i = 0; i < chain.size(); ++i) t.expect_down(ends[i], chain[i].pid(), "killed");
}

// S-EXIT-18
RSP_CASE(43, "an error in a ring ends all of it, and a trapping neighbour of two gets two EXITs and lives") {
  constexpr uint32_t LENGTH = 100;
  std::vector<Puppet> ring;
  std::vector<rsp_ref> ends;
  for (uint32_t i = 0; i < LENGTH; ++i) {
    ring.emplace_back(t);
    ends.push_back(t.monitor(ring.back().pid()));
    if (i > 0) ring[i].link(ring[i - 1].pid());
  }
  ring[0].link(ring[LENGTH - 1].pid());
  Puppet rim(t, {.trap_exit = true});
  rim.link(ring[3].pid());
  rim.link(ring[LENGTH / 2].pid());
  ring[LENGTH / 3].errors("e");
  for (uint32_t i = 0; i < LENGTH; ++i) t.expect_down(ends[i], ring[i].pid(), "{e, Frames}");
  rim.expect_exit(ring[3].pid(), "{e, Frames}");
  rim.expect_exit(ring[LENGTH / 2].pid(), "{e, Frames}");
  rim.expect_nothing();
  t.expect_alive(rim.pid());
}

// S-EXIT-8, S-EXIT-18
RSP_CASE(44, "a linked process lives on when its neighbour ends with normal") {
  Puppet p(t);
  Puppet q(t);
  q.link(p.pid());
  const rsp_ref end = t.monitor(p.pid());
  p.returns();
  t.expect_down(end, p.pid(), "normal");
  q.expect_nothing();
  t.expect_alive(q.pid());
}

// S-PROC-4
RSP_CASE(46, "setting the trap flag twice answers false, then true") {
  Puppet p(t);
  p.run([](Self& self) {
    EXPECT_FALSE(self.trap_exit(true));
    EXPECT_TRUE(self.trap_exit(true));
    EXPECT_TRUE(self.trap_exit(false));
    EXPECT_FALSE(self.trap_exit(false));
  });
}

// S-PROC-6, S-NAME-1
RSP_CASE(301, "a process spawned unlinked outlives the error of its creator, answers, and keeps its name") {
  Puppet creator(t);
  Puppet p(creator, {});
  p.run([](Self& self) { self.register_name("n"); });
  const rsp_ref end = t.monitor(creator.pid());
  creator.errors("boom");
  t.expect_down(end, creator.pid(), "{boom, Frames}");
  t.expect_alive(p.pid());
  bool answered = false;
  p.run([&](Self&) { answered = true; });
  EXPECT_TRUE(answered);
  EXPECT_EQ(whereis("n"), p.pid());
}

// S-EXIT-18, S-LINK-2
RSP_CASE(302, "A-B-C linked, B traps: A's crash is one EXIT to B, C is untouched, B and C stay linked") {
  Puppet a(t);
  Puppet b(t, {.trap_exit = true});
  Puppet c(t);
  b.link(a.pid());
  b.link(c.pid());
  a.errors("boom");
  b.expect_exit(a.pid(), "{boom, Frames}");
  b.expect_nothing();
  c.expect_nothing();
  t.expect_alive(c.pid());
  const rsp_ref end = t.monitor(c.pid());
  b.exits("bye");
  t.expect_down(end, c.pid(), "bye");
}

}  // namespace
}  // namespace conformance
