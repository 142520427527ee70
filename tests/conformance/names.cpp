// Section G: names.

#include <memory>
#include <vector>

#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

// S-NAME-1
RSP_CASE(106, "a registered name is found") {
  EXPECT_EQ(rsp_register(t, atom("n"), t.pid()), RSP_OK);
  EXPECT_EQ(whereis("n"), t.pid());
  t.register_name("another", t.spawn(idle()));
}

// S-NAME-2
RSP_CASE(107, "a name that a live process holds: badarg") {
  Puppet p(t);
  t.register_name("n", p.pid());
  EXPECT_EQ(rsp_register(t, atom("n"), t.pid()), RSP_ENAMETAKEN);
  EXPECT_EQ(whereis("n"), p.pid());
  // The refusal has left nothing behind.
  EXPECT_EQ(rsp_register(t, atom("m"), t.pid()), RSP_OK);
}

// S-NAME-1, S-NAME-2
RSP_CASE(108, "a second name for one process: badarg") {
  t.register_name("n");
  EXPECT_EQ(rsp_register(t, atom("m"), t.pid()), RSP_EHASNAME);
  EXPECT_EQ(whereis("m"), rsp_pid{});
  EXPECT_EQ(whereis("n"), t.pid());
}

// S-NAME-2
RSP_CASE(109, "a name for a dead process: badarg") {
  EXPECT_EQ(rsp_register(t, atom("n"), t.dead_process()), RSP_ENOPROC);
  EXPECT_EQ(whereis("n"), rsp_pid{});
}

// S-NAME-2, S-NAME-5
RSP_CASE(109, "one for a process that is just ending: registered or badarg, and free in the end") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const Spawned p = t.spawn_monitor(returns());
    const rsp_result result = rsp_register(t, atom("n"), p.pid);
    ASSERT_TRUE(result == RSP_OK || result == RSP_ENOPROC) << rsp_result_name(result);
    t.expect_down(p.monitor, p.pid, "normal");
    ASSERT_EQ(whereis("n"), rsp_pid{});
  }
}

// S-NAME-4
RSP_CASE(110, "unregistering a free name: badarg") {
  EXPECT_EQ(rsp_unregister(t, atom("n")), RSP_ENONAME);
  Puppet p(t);
  t.register_name("n", p.pid());
  EXPECT_EQ(rsp_unregister(t, atom("n")), RSP_OK);  // any process may
  EXPECT_EQ(rsp_unregister(t, atom("n")), RSP_ENONAME);
  EXPECT_EQ(whereis("n"), rsp_pid{});
}

// S-NAME-3
RSP_CASE(111, "of 50 processes that race for a name one wins, and is found under it") {
  constexpr int RACERS = 50;
  const rsp_pid own = t.pid();
  for (int i = 0; i < RACERS; ++i) {
    (void)t.spawn({[own](Self& self) {
      const rsp_result result = rsp_register(self, atom("n"), self.pid());
      const char* const outcome = result == RSP_OK ? "won" : result == RSP_ENAMETAKEN ? "lost" : "wrong";
      self.send(own, Value::tuple({atom(outcome), self.pid()}));
      return RSP_NEXT_CONTINUE;  // the winner keeps it
    }});
  }
  std::vector<rsp_pid> winners;
  for (int i = 0; i < RACERS; ++i) {
    const Value outcome = t.next().term;
    if (matches(outcome, "{won, Pid}")) {
      ok(rsp_term_get_pid(&winners.emplace_back(), outcome.element(1)));
    } else {
      EXPECT_TERM(outcome, "{lost, Pid}");
    }
  }
  ASSERT_EQ(winners.size(), 1u);
  EXPECT_EQ(whereis("n"), winners.front());
}

// S-NAME-8
RSP_CASE(114,
         "a named server whose init stops has given its name up when T is told: it can be started at once") {
  Server stops;
  stops.init = [](Self&, Answer& answer) { return answer.stop("why"); };
  Server refuses;
  refuses.init = [](Self&, Answer& answer) { return answer.ignore(); };
  Server raises;
  raises.init = [](Self& self, Answer&) { return self.error("bad"); };
  Server junk;
  junk.init = [](Self&, Answer& answer) { return answer.bad("junk"); };
  t.trap_exit();
  for (uint32_t i = times(250); i > 0; --i) {
    for (const Server& server : {stops, refuses, raises, junk}) {
      const Started it = start(t, server, {.link = i % 2 == 0, .name = "n"});
      ASSERT_NE(it.result, RSP_OK);
      ASSERT_NE(it.result, RSP_ENAMETAKEN) << it.error.text();
      ASSERT_EQ(whereis("n"), rsp_pid{});
    }
  }
  EXPECT_EQ(start(t, {}, {.name = "n"}).result, RSP_OK);
  t.expect_nothing();
}

// S-NAME-7
RSP_CASE(115,
         "starting under a taken name: already_started with the holder, init never runs, no EXIT is left") {
  t.trap_exit();
  Puppet p(t);
  t.register_name("n", p.pid());
  const auto ran = std::make_shared<bool>(false);
  Server server;
  server.init = [ran](Self&, Answer& answer) {
    *ran = true;
    return answer.nothing();
  };
  const Started it = start(t, server, {.link = true, .name = "n"});
  EXPECT_EQ(it.result, RSP_ENAMETAKEN);
  EXPECT_TERM(it.error, Value::tuple({atom("already_started"), p.pid()}));
  EXPECT_FALSE(*ran);
  EXPECT_EQ(whereis("n"), p.pid());
  EXPECT_EQ(t.queued(), 0u);
  t.expect_nothing();
}

// S-NAME-9, S-PROC-9
RSP_CASE(116, "a name is free once its killed holder is not alive") {
  for (uint32_t i = times(1000); i > 0; --i) {
    const rsp_pid p = t.spawn(idle(), {.trap_exit = true});
    t.register_name("n", p);
    t.exit_signal(p, "kill");
    t.expect_dead(p);
    ASSERT_EQ(whereis("n"), rsp_pid{});
  }
}

}  // namespace
}  // namespace conformance
