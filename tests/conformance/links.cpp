// Section D: links.

#include <string>
#include <vector>

#include "core/env/random.hpp"
#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

// S-LINK-1
RSP_CASE(49, "three links to P make one EXIT") {
  t.trap_exit();
  Puppet p(t);
  for (int i = 0; i < 3; ++i) t.link(p.pid());
  p.exits("bye");
  t.expect_exit(p.pid(), "bye");
  t.expect_nothing();
}

// S-LINK-1, S-LINK-2
RSP_CASE(49, "and so do links that both ends make at the same time") {
  t.trap_exit();
  for (uint32_t i = times(200); i > 0; --i) {
    Puppet p(t);
    p.tell([own = t.pid()](Self& self) {
      self.link(own);
      return RSP_NEXT_CONTINUE;
    });
    t.link(p.pid());
    const rsp_ref end = t.monitor(p.pid());
    p.exits("bye");
    t.expect_exit(p.pid(), "bye");
    t.expect_down(end, p.pid(), "bye");
  }
  t.expect_nothing();
}

// S-LINK-1
RSP_CASE(50, "one unlink undoes two links") {
  t.trap_exit();
  Puppet p(t);
  t.link(p.pid());
  t.link(p.pid());
  t.unlink(p.pid());
  const rsp_ref end = t.monitor(p.pid());
  p.exits("bye");
  t.expect_down(end, p.pid(), "bye");
  t.expect_nothing();
}

// S-LINK-8
RSP_CASE(51, "spawned linked, unlinked, linked again: one EXIT") {
  t.trap_exit();
  Puppet p(t, {.link = true});
  t.unlink(p.pid());
  t.link(p.pid());
  p.exits("bye");
  t.expect_exit(p.pid(), "bye");
  t.expect_nothing();
}

// S-LINK-3
RSP_CASE(52, "linking to a dead process without trapping fails with noproc, and nothing is in the mailbox") {
  const rsp_pid p = t.dead_process();
  EXPECT_EQ(rsp_link(t, p), RSP_ENOPROC);
  t.expect_nothing();
}

// S-LINK-4
RSP_CASE(52, "link_async to it succeeds, and the exit signal noproc comes") {
  const rsp_pid dead = t.dead_process();
  Puppet p(t);
  const rsp_ref end = t.monitor(p.pid());
  p.tell([dead](Self& self) {
    EXPECT_EQ(rsp_link_async(self, dead), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  t.expect_down(end, p.pid(), "noproc");
  Puppet q(t, {.trap_exit = true});
  q.run([dead](Self& self) { EXPECT_EQ(rsp_link_async(self, dead), RSP_OK); });
  q.expect_exit(dead, "noproc");
  q.expect_nothing();
}

// S-LINK-3
RSP_CASE(53, "linking to it while trapping succeeds, and EXIT(P, noproc) comes") {
  t.trap_exit();
  const rsp_pid p = t.dead_process();
  EXPECT_EQ(rsp_link(t, p), RSP_OK);
  t.expect_exit(p, "noproc");
  t.expect_nothing();
}

// S-LINK-5
RSP_CASE(54, "a link to oneself has no effect, then or later") {
  Puppet p(t, {.trap_exit = true});
  p.run([](Self& self) { EXPECT_EQ(rsp_link(self, self.pid()), RSP_OK); });
  EXPECT_EQ(t.info(p.pid(), "links").size(), 0u);
  p.expect_nothing();
  const rsp_ref end = t.monitor(p.pid());
  p.exits("bye");
  t.expect_down(end, p.pid(), "bye");
  t.expect_nothing();
}

// S-LINK-6
RSP_CASE(55, "an EXIT that is in the mailbox is still there after unlink") {
  t.trap_exit();
  const rsp_pid p = t.spawn(exits("bye"), {.link = true});
  t.eventually("the EXIT is in the mailbox", [&] { return t.queued() == 1; });
  t.unlink(p);
  t.expect_exit(p, "bye");
  t.expect_nothing();
}

// S-LINK-6
RSP_CASE(57, "a crash of P after unlink has returned leaves T alone") {
  for (uint32_t i = times(1000); i > 0; --i) {
    Puppet p(t, {.link = true});
    const rsp_ref end = t.monitor(p.pid());
    t.unlink(p.pid());
    p.errors("crash");
    t.expect_down(end, p.pid(), "{crash, Frames}");
  }
  t.expect_nothing();
}

// S-LINK-6
RSP_CASE(57, "also when P crashes while T unlinks, if T trapped until then") {
  for (uint32_t i = times(1000); i > 0; --i) {
    t.trap_exit();
    const Spawned p = t.spawn_monitor(errors("crash"), {.link = true});
    t.unlink(p.pid);
    t.trap_exit(false);
    // The EXIT came before the unlink and is in the mailbox, or never comes; either way T lives.
    t.expect_down(p.monitor, p.pid, "{crash, Frames}");
    (void)t.receive(0, [&](const Received& it) { return it.kind == RSP_MSG_EXIT && it.from == p.pid; });
  }
  t.expect_nothing();
}

// S-LINK-7
RSP_CASE(58, "unlinking a dead process, or one never linked, does nothing") {
  EXPECT_EQ(rsp_unlink(t, t.dead_process()), RSP_OK);
  Puppet p(t);
  EXPECT_EQ(rsp_unlink(t, p.pid()), RSP_OK);
  t.expect_alive(p.pid());
  t.expect_nothing();
}

// S-LINK-1
RSP_CASE(59, "what one end unlinks neither end feels any more") {
  for (const bool linker_crashes : {true, false}) {
    Puppet p(t);
    Puppet q(t);
    p.link(q.pid());
    q.unlink(p.pid());
    Puppet& first = linker_crashes ? p : q;
    Puppet& other = linker_crashes ? q : p;
    const rsp_ref end = t.monitor(first.pid());
    first.errors("crash");
    t.expect_down(end, first.pid(), "{crash, Frames}");
    other.expect_nothing();
    t.expect_alive(other.pid());
  }
}

// S-LINK-9
RSP_CASE(59, "however the two ends link and unlink at the same time, they agree in the end") {
  constexpr uint64_t MOST_MOVES = 6;
  // Now this, now that: doing the same twice would be doing it once.
  const auto play = [](rsp_pid peer, bool link_first, uint64_t moves) {
    return [peer, link_first, moves](Self& self) {
      bool links = link_first;
      for (uint64_t i = 0; i < moves; ++i, links = !links) {
        if (links) {
          self.link(peer);
        } else {
          self.unlink(peer);
        }
      }
      return RSP_NEXT_CONTINUE;
    };
  };
  for (uint32_t i = times(1000); i > 0; --i) {
    Puppet p(t, {.trap_exit = true});
    Puppet q(t, {.trap_exit = true});
    const bool linked_before = i % 2 == 0;
    if (linked_before) p.link(q.pid());
    p.tell(play(q.pid(), !linked_before, 1 + rsp::env::random_u64() % MOST_MOVES));
    q.tell(play(p.pid(), rsp::env::random_u64() % 2 == 0, 1 + rsp::env::random_u64() % MOST_MOVES));
    p.run([](Self&) {});
    q.run([](Self&) {});
    // An acknowledgement may still be under way.
    Value of_p;
    Value of_q;
    t.eventually("both are linked, or neither", [&] {
      of_p = t.info(p.pid(), "links");
      of_q = t.info(q.pid(), "links");
      return of_p.size() == of_q.size();
    });
    const bool linked = of_p.size() == 1;
    p.exits("bye");
    (void)t.wait_end(p.pid());
    if (linked) q.expect_exit(p.pid(), "bye");
    t.exit_signal(q.pid(), "kill");
    (void)t.wait_end(q.pid());
  }
}

// S-LINK-10, S-PROC-10
RSP_CASE(62, "linked and monitored: one EXIT and one DOWN, the same reason, in any order") {
  t.trap_exit();
  Puppet p(t);
  t.link(p.pid());
  const rsp_ref end = t.monitor(p.pid());
  p.exits("bye");
  t.expect_exit(p.pid(), "bye");
  t.expect_down(end, p.pid(), "bye");
  t.expect_nothing();
}

// S-LINK-2, S-MON-1
RSP_CASE(63, "a reason of 1 MB arrives whole at 10 observers") {
  constexpr size_t BYTES = 1 << 20;
  constexpr size_t OBSERVERS = 10;
  std::string bytes(BYTES, '\0');
  for (size_t i = 0; i < BYTES; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  const Value reason = Value::tuple({atom("because"), Value::string(bytes)});

  t.trap_exit();
  Puppet p(t);
  t.link(p.pid());
  std::vector<Puppet> observers;
  std::vector<rsp_ref> ends;
  for (size_t i = 1; i < OBSERVERS; ++i) {
    Puppet& observer = observers.emplace_back(t, SpawnHow{.trap_exit = true});
    observer.run([&](Self& self) {
      self.link(p.pid());
      ends.push_back(self.monitor(p.pid()));
    });
  }
  p.tell([reason](Self& self) { return self.exit(reason); });
  t.expect_exit(p.pid(), reason);
  for (size_t i = 0; i < observers.size(); ++i) {
    observers[i].expect_exit(p.pid(), reason);
    observers[i].expect_down(ends[i], reason);
  }
}

}  // namespace
}  // namespace conformance
