// Section E: monitors and aliases.

#include <stdexcept>
#include <vector>

#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

// S-MON-1
RSP_CASE(64, "P exits foo: one DOWN") {
  Puppet p(t);
  const rsp_ref ref = t.monitor(p.pid());
  p.exits("foo");
  const Received down = t.next();
  EXPECT_EQ(down.kind, RSP_MSG_DOWN);
  EXPECT_EQ(down.tag, atom("DOWN"));
  EXPECT_EQ(down.ref, ref);
  EXPECT_EQ(down.from, p.pid());
  EXPECT_EQ(down.name, rsp_atom{});
  EXPECT_TERM(down.term, "foo");
  t.expect_nothing();
}

// S-MON-2
RSP_CASE(65, "a dead P: DOWN with noproc") {
  const rsp_pid p = t.dead_process();
  const rsp_ref ref = t.monitor(p);
  t.expect_down(ref, p, "noproc");
  t.expect_nothing();
}

// S-MON-5
RSP_CASE(66, "two monitors on P: two DOWNs, each with its ref") {
  Puppet p(t);
  const rsp_ref first = t.monitor(p.pid());
  const rsp_ref second = t.monitor(p.pid());
  EXPECT_FALSE(first == second);
  p.exits("foo");
  t.expect_down(second, p.pid(), "foo");
  t.expect_down(first, p.pid(), "foo");
  t.expect_nothing();
}

// S-MON-4
RSP_CASE(67, "a monitor on oneself is a ref and never fires") {
  const rsp_ref ref = t.monitor(t.pid());
  EXPECT_NE(ref.len, 0u);
  t.expect_nothing();
  Puppet p(t);
  const rsp_ref end = t.monitor(p.pid());
  p.run([](Self& self) { (void)self.monitor(self.pid()); });
  p.exits("bye");
  t.expect_down(end, p.pid(), "bye");
  t.expect_nothing();
}

// S-MON-3
RSP_CASE(68, "a free name: DOWN with noproc, which says the name") {
  const rsp_ref ref = t.monitor_name("n");
  const Received down = t.next();
  EXPECT_EQ(down.kind, RSP_MSG_DOWN);
  EXPECT_EQ(down.ref, ref);
  EXPECT_EQ(down.name, atom("n"));
  EXPECT_TERM(down.term, "noproc");
  t.expect_nothing();
}

// S-MON-3
RSP_CASE(69, "a held name: DOWN with the name and the holder's reason") {
  Puppet p(t);
  p.run([](Self& self) { self.register_name("n"); });
  const rsp_ref ref = t.monitor_name("n");
  p.returns();
  const Received down = t.next();
  EXPECT_EQ(down.kind, RSP_MSG_DOWN);
  EXPECT_EQ(down.ref, ref);
  EXPECT_EQ(down.name, atom("n"));
  EXPECT_EQ(down.from, p.pid());
  EXPECT_TERM(down.term, "normal");
  t.expect_nothing();
}

// S-MON-6
RSP_CASE(71, "after demonitor P's end makes no DOWN") {
  Puppet p(t);
  const rsp_ref ref = t.monitor(p.pid());
  const rsp_ref end = t.monitor(p.pid());
  (void)t.demonitor(ref);
  p.exits("foo");
  t.expect_down(end, p.pid(), "foo");
  t.expect_nothing();
}

// S-MON-6
RSP_CASE(71, "nor when P ends at the same time, unless the DOWN was in the mailbox by then") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const Spawned p = t.spawn_monitor(exits("foo"));
    const bool removed = t.demonitor(p.monitor);
    const size_t before = removed ? 0 : 1;
    ASSERT_EQ(t.queued(), before);
    (void)t.wait_end(p.pid);
    ASSERT_EQ(t.queued(), before);
    if (!removed) t.expect_down(p.monitor, p.pid, "foo");
  }
  t.expect_nothing();
}

// S-MON-7
RSP_CASE(72, "demonitor with flush and info on a fired monitor: false, and the mailbox is empty") {
  const Spawned p = t.spawn_monitor(exits("foo"));
  t.eventually("the DOWN is in the mailbox", [&] { return t.queued() == 1; });
  EXPECT_FALSE(t.demonitor_flush(p.monitor));
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-MON-7, S-MON-8
RSP_CASE(73, "demonitor with info on an active one: true, once more: false") {
  Puppet p(t);
  const rsp_ref ref = t.monitor(p.pid());
  EXPECT_TRUE(t.demonitor(ref));
  EXPECT_FALSE(t.demonitor(ref));
  t.expect_alive(p.pid());
}

// S-MON-2
RSP_CASE(76, "a P alive at the call that exits foo right after is never noproc") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const rsp_pid p = t.spawn(idle());
    const rsp_ref ref = t.monitor(p);
    t.exit_signal(p, "foo");
    t.expect_down(ref, p, "foo");
  }
}

// S-MON-2
RSP_CASE(76, "nor is one that ends by itself, in the callback that it was in at the call") {
  for (uint32_t i = times(1000); i > 0; --i) {
    Event entered;
    Event go;
    // No call of the runtime lies between the monitor and the end: the end itself has to take the monitor in.
    const rsp_pid p = t.spawn(once([&](Self&) {
      entered.happen();
      go.wait();
      throw std::runtime_error("foo");
    }));
    entered.wait();
    const rsp_ref ref = t.monitor(p);
    go.happen();
    t.expect_down(ref, p, "{{exception, cpp, _, \"foo\"}, Frames}");
  }
}

// S-MON-11, S-SIG-4, S-SIG-6
RSP_CASE(77, "A sends two messages and ends: T has both before the DOWN") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const rsp_pid own = t.pid();
    const rsp_pid a = t.spawn(once([own](Self& self) {
      self.send(own, "m1");
      self.send(own, "m2");
    }));
    const rsp_ref ref = t.monitor(a);  // A may have ended by now
    EXPECT_TERM(t.next().term, "m1");
    EXPECT_TERM(t.next().term, "m2");
    const Received down = t.next();
    ASSERT_EQ(down.kind, RSP_MSG_DOWN);
    ASSERT_EQ(down.ref, ref);
    ASSERT_TRUE(matches(down.term, "normal") || matches(down.term, "noproc")) << down.text();
  }
}

// S-MON-9
RSP_CASE(79, "processes that a dead process had monitored hold no record of it") {
  std::vector<rsp_pid> watched;
  for (uint32_t i = times(1000); i > 0; --i) watched.push_back(t.spawn(idle()));
  Puppet watcher(t);
  watcher.run([&](Self& self) {
    for (const rsp_pid p : watched) (void)self.monitor(p);
  });
  EXPECT_EQ(t.info(watcher.pid(), "monitors").size(), watched.size());
  for (const rsp_pid p : watched) EXPECT_TERM(t.info(p, "monitored_by"), Value::list({watcher.pid()}));
  const rsp_ref end = t.monitor(watcher.pid());
  watcher.exits("foo");
  t.expect_down(end, watcher.pid(), "foo");
  for (const rsp_pid p : watched) {
    t.eventually("the record is gone", [&] { return t.info(p, "monitored_by").size() == 0; });
  }
}

// S-MON-10
RSP_CASE(80, "a tag stands in the message in the place of DOWN") {
  Puppet p(t);
  rsp_monitor_opts opts = RSP_MONITOR_OPTS_INIT;
  opts.tag = atom("X");
  rsp_ref ref;
  ok(rsp_monitor(t, &ref, p.pid(), &opts));
  p.exits("foo");
  const Received down = t.next();
  EXPECT_EQ(down.kind, RSP_MSG_DOWN);
  EXPECT_EQ(down.tag, atom("X"));
  EXPECT_EQ(down.ref, ref);
  EXPECT_EQ(down.from, p.pid());
  EXPECT_TERM(down.term, "foo");
}

// S-ALIAS-1
RSP_CASE(81, "a message to an alias arrives, one after unalias does not") {
  Puppet p(t);
  const rsp_ref alias = t.alias();
  p.run([&](Self& self) { self.send(alias, "first"); });
  t.expect_message("first");
  EXPECT_TRUE(t.unalias(alias));
  p.run([&](Self& self) { self.send(alias, "second"); });
  t.expect_nothing();
}

// S-ALIAS-1
RSP_CASE(81, "one that is in the mailbox stays, one under way is dropped") {
  Puppet p(t);
  const rsp_ref alias = t.alias();
  p.run([&](Self& self) { self.send(alias, "first"); });
  EXPECT_EQ(t.queued(), 1u);
  EXPECT_TRUE(t.unalias(alias));
  t.expect_message("first");
  t.expect_nothing();
}

// S-ALIAS-2
RSP_CASE(82, "unalias of what is off: false") {
  const rsp_ref alias = t.alias();
  EXPECT_TRUE(t.unalias(alias));
  EXPECT_FALSE(t.unalias(alias));
  // Another process's alias is not touched.
  Puppet p(t);
  rsp_ref foreign{};
  p.run([&](Self& self) { foreign = self.alias(); });
  EXPECT_FALSE(t.unalias(foreign));
  t.send(foreign, "still_on");
  p.expect_message("still_on");
}

// S-ALIAS-3
RSP_CASE(83, "through a reply alias only the first of two messages arrives") {
  Puppet p(t);
  const rsp_ref alias = t.alias(RSP_ALIAS_REPLY);
  p.run([&](Self& self) {
    self.send(alias, "first");
    self.send(alias, "second");
  });
  t.expect_message("first");
  t.expect_nothing();
  EXPECT_FALSE(t.unalias(alias));
}

// S-ALIAS-4
RSP_CASE(84, "with reply_demonitor a reply and then the server's death make the reply alone") {
  Puppet server(t);
  const rsp_ref end = t.monitor(server.pid());
  const rsp_ref alias = t.monitor(server.pid(), RSP_ALIAS_REPLY);
  server.tell([alias](Self& self) {
    self.send(alias, "reply");
    return self.exit("dead");
  });
  t.expect_message("reply");
  t.expect_down(end, server.pid(), "dead");
  t.expect_nothing();
}

// S-ALIAS-4
RSP_CASE(85, "with the alias tied to the monitor nothing comes through it after demonitor") {
  Puppet p(t);
  const rsp_ref alias = t.monitor(p.pid(), RSP_ALIAS_DEMONITOR);
  EXPECT_TRUE(t.demonitor_flush(alias));
  p.run([&](Self& self) { self.send(alias, "late"); });
  t.expect_nothing();
}

// S-ALIAS-4
RSP_CASE(85, "nor after its DOWN, while an explicit alias stays on") {
  Puppet p(t);
  Puppet q(t);
  const rsp_ref tied = t.monitor(p.pid(), RSP_ALIAS_DEMONITOR);
  const rsp_ref own = t.monitor(p.pid(), RSP_ALIAS_EXPLICIT);
  p.exits("dead");
  t.expect_down(tied, p.pid(), "dead");
  t.expect_down(own, p.pid(), "dead");
  q.run([&](Self& self) {
    self.send(tied, "late");
    self.send(own, "welcome");
  });
  t.expect_message("welcome");
  t.expect_nothing();
}

// S-MON-8
RSP_CASE(89, "demonitor of another process's ref touches neither its monitor nor the runtime") {
  Puppet p(t);
  Puppet watched(t);
  rsp_ref ref{};
  p.run([&](Self& self) { ref = self.monitor(watched.pid()); });
  EXPECT_FALSE(t.demonitor(ref));
  EXPECT_FALSE(t.demonitor_flush(ref));
  watched.exits("foo");
  p.expect_down(ref, "foo");
  t.expect_nothing();
}

}  // namespace
}  // namespace conformance
