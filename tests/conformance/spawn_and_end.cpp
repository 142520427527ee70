// Section A: spawning and ending.

#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "core/mem/alloc.hpp"
#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

// S-EXIT-1
RSP_CASE(1, "a process whose function returns ends with normal") {
  int result = 0;
  const Spawned p = t.spawn_monitor(once([&result](Self&) { result = 42; }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_EQ(result, 42);
}

// S-EXIT-2
RSP_CASE(2, "an uncaught exit foo ends it with foo") {
  const Spawned p = t.spawn_monitor(exits("foo"));
  t.expect_down(p.monitor, p.pid, "foo");
}

// S-EXIT-3
RSP_CASE(3, "an uncaught error boom ends it with {boom, Frames}") {
  const Spawned p = t.spawn_monitor(errors("boom"));
  t.expect_down(p.monitor, p.pid, "{boom, Frames}");
}

// S-EXIT-5, S-ERR-6
RSP_CASE(3, "and so does a C++ exception, which says its type and text") {
  const Spawned p = t.spawn_monitor(once([](Self&) { throw std::runtime_error("too far"); }));
  t.expect_down(p.monitor, p.pid, "{{exception, cpp, \"std::runtime_error\", \"too far\"}, Frames}");
}

// S-EXIT-4
RSP_CASE(4, "an uncaught throw v ends it with {{nocatch, v}, Frames}") {
  const Spawned p = t.spawn_monitor(throws("v"));
  t.expect_down(p.monitor, p.pid, "{{nocatch, v}, Frames}");
}

// S-PROC-1, S-PROC-2
RSP_CASE(6, "linked children that exit real at once: each EXIT says real") {
  t.trap_exit();
  for (uint32_t i = times(1000); i > 0; --i) {
    const rsp_pid p = t.spawn(exits("real"), {.link = true});
    t.expect_exit(p, "real");
  }
  std::vector<rsp_pid> together;
  for (uint32_t i = times(1000); i > 0; --i) together.push_back(t.spawn(exits("real"), {.link = true}));
  for (const rsp_pid p : together) t.expect_exit(p, "real");
  t.expect_nothing();
}

// S-PROC-3
RSP_CASE(6, "and when the parent ends right after the spawn the child gets its exit signal") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const rsp_pid own = t.pid();
    const Process child = {[](Self&) { return RSP_NEXT_CONTINUE; },
                           [own](Self& self, rsp_msg* message) {
                             if (rsp_msg_get_kind(message) != RSP_MSG_EXIT) return RSP_NEXT_CONTINUE;
                             self.send(own, Value::copy_of(rsp_msg_term(message)));
                             return RSP_NEXT_STOP;
                           }};
    (void)t.spawn(once([child](Self& self) {
      (void)self.spawn(child, {.link = true, .trap_exit = true});
      return self.exit("bye");
    }));
    t.expect_message("bye");
  }
}

// S-PROC-2, S-MON-1
RSP_CASE(7, "monitored children that exit real at once: one DOWN each, which says real") {
  std::vector<Spawned> together;
  for (uint32_t i = times(1000); i > 0; --i) {
    const Spawned p = t.spawn_monitor(exits("real"));
    t.expect_down(p.monitor, p.pid, "real");
    together.push_back(t.spawn_monitor(exits("real")));
  }
  for (const Spawned& p : together) t.expect_down(p.monitor, p.pid, "real");
  t.expect_nothing();
}

// S-PROC-7, S-PROC-8, S-NAME-5
RSP_CASE(9, "when the DOWN of a named process arrives its name is free") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const Spawned p = t.spawn_monitor(once([](Self& self) { self.register_name("n"); }));
    t.expect_down(p.monitor, p.pid, "normal");
    ASSERT_EQ(whereis("n"), rsp_pid{});
    t.register_name("n");  // it can be taken at once
    ok(rsp_unregister(t, atom("n")));
  }
}

// S-PROC-9
RSP_CASE(11, "after an exit signal kill to a process that ignores all else it is not alive") {
  for (uint32_t i = times(10'000); i > 0; --i) {
    const rsp_pid p = t.spawn(idle(), {.trap_exit = true});
    t.exit_signal(p, "kill");
    t.expect_dead(p);
  }
}

// S-PROC-5
RSP_CASE(12, "the pids of short-lived processes are all different") {
  std::set<std::pair<uint64_t, uint32_t>> seen;
  const rsp_pid lives = t.spawn(idle());
  const auto is_new = [&](rsp_pid pid) {
    EXPECT_EQ(pid.node, 0u);
    return seen.emplace(pid.id, pid.creation).second;
  };
  ASSERT_TRUE(is_new(t.pid()));
  ASSERT_TRUE(is_new(lives));
  for (uint32_t i = times(10'000); i > 0; --i) {
    const Spawned p = t.spawn_monitor(returns());
    ASSERT_TRUE(is_new(p.pid));
    t.expect_down(p.monitor, p.pid, "normal");
  }
  t.expect_alive(lives);
}

// S-EXIT-7
RSP_CASE(12, "of an attached thread too, which ends with thread_ended if it does not detach") {
  Event go;
  Thread thread([&, own = t.pid()] {
    rsp_self* self = nullptr;
    ok(rsp_attach(&self));
    ok(rsp_send(self, own, Value(rsp_self_pid(self))));
    go.wait();
  });
  rsp_pid p{};
  ok(rsp_term_get_pid(&p, t.next().term));
  const rsp_ref end = t.monitor(p);
  go.happen();
  t.expect_down(end, p, "thread_ended");
}

// S-PROC-4
RSP_CASE(13, "the child of a trapping process does not trap") {
  t.trap_exit();
  bool trapped = true;
  const Spawned p = t.spawn_monitor(once([&trapped](Self& self) { trapped = self.trap_exit(false); }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_FALSE(trapped);
}

// S-PROC-11
RSP_CASE(18, "the records of 10 monitors and 10 links are given back on both sides") {
  constexpr int EACH = 10;
  std::vector<rsp_pid> linked;
  std::vector<rsp_pid> watched;
  for (int i = 0; i < EACH; ++i) {
    linked.push_back(t.spawn(idle(), {.trap_exit = true}));
    watched.push_back(t.spawn(idle()));
  }
  uint64_t level = 0;
  // The first round brings what a mailbox keeps of its last message to its level.
  for (int round = 0; round < 3; ++round) {
    const Spawned p = t.spawn_monitor(once([linked, watched](Self& self) {
      for (const rsp_pid q : linked) self.link(q);
      for (const rsp_pid q : watched) (void)self.monitor(q);
    }));
    t.expect_down(p.monitor, p.pid, "normal");
    t.eventually("nobody knows of the dead process", [&] {
      for (const rsp_pid q : linked) {
        if (t.info(q, "links").size() != 0) return false;
      }
      for (const rsp_pid q : watched) {
        if (t.info(q, "monitored_by").size() != 0) return false;
      }
      return true;
    });
    if (round == 1) level = rsp::mem_live_blocks();
    if (round == 2) {
      // Fewer, where something else was on its way out as they were counted.
      t.eventually("no more blocks than the round before", [&] { return rsp::mem_live_blocks() <= level; });
    }
  }
}

}  // namespace
}  // namespace conformance
