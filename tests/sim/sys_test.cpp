// What a system message leaves of the time that a behaviour waits (S-SYS-5), and whose answer it is, under seeds (S-SYS-1).
#include "tests/capi/sys.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "tests/capi/statem.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 200;
constexpr uint64_t WAIT_MS = 100;

uint64_t now_ms() { return rsp::env::now_ns() / 1'000'000; }

/** Waits for a while of virtual time in which nothing comes. */
void pass(const Attached& me, uint64_t time_ms) { EXPECT_EQ(me.receive_within(time_ms), nullptr); }

/** Within the time that a wake-up may be late. */
void expect_about(uint64_t came_ms, uint64_t wanted_ms) {
  EXPECT_GE(came_ms, wanted_ms);
  EXPECT_LT(came_ms, wanted_ms + WAIT_MS / 4);
}

/** A server's timeout begins anew. */
void ask_one_that_waits() {
  const Runtime runtime(2);
  const Attached me;
  Play play;
  play.on_call = [](rsp_self*, rsp_term, rsp_server_return* ret) {
    ret->wait = RSP_SERVER_WAIT_TIMEOUT;
    ret->timeout_ms = WAIT_MS;
    return RSP_NEXT_CONTINUE;
  };
  play.on_info = [to = me.pid()](rsp_self* self, rsp_term message, rsp_server_return*) {
    EXPECT_EQ(rsp_send(self, to, message), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server = start(me, play);
  EXPECT_EQ(call(me, server, "wait"), "ok");
  for (int i = 0; i < 2; ++i) {
    pass(me, WAIT_MS / 2);
    EXPECT_EQ(state_of(me, server), "nil");
  }
  const uint64_t asked_ms = now_ms();
  EXPECT_EQ(text_of(me.receive()), "timeout");
  expect_about(now_ms(), asked_ms + WAIT_MS);
  EXPECT_EQ(state_of(me, server), "nil");
  pass(me, 2 * WAIT_MS);  // it waits for no time now: to be asked is not to be told to
}

/** A state machine's goes on. */
void ask_a_machine_that_waits() {
  const Runtime runtime(2);
  const Attached me;
  Script script;
  script.handle = [to = me.pid()](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) event_timeout(self, WAIT_MS, "over");
    if (event->type == RSP_EVENT_TIMEOUT) {
      EXPECT_EQ(rsp_send(self, to, word("over")), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  const uint64_t begun_ms = now_ms();
  machine.cast("set");
  EXPECT_EQ(state_of(me, machine.pid()), "{a,nil}");
  const uint64_t set_ms = now_ms();
  pass(me, WAIT_MS / 2);
  EXPECT_EQ(state_of(me, machine.pid()), "{a,nil}");
  EXPECT_EQ(text_of(me.receive()), "over");
  EXPECT_GE(now_ms(), begun_ms + WAIT_MS);
  EXPECT_LT(now_ms(), set_ms + WAIT_MS + WAIT_MS / 4);
  EXPECT_EQ(machine.stop(), "normal");
}

TEST(SysSimulated, a_servers_timeout_begins_anew_with_its_whole_time) {
  rsp::test::run_in_forks({"sys-server-timeouts", 1, RUNS, __FILE__, __LINE__}, &ask_one_that_waits);
}

TEST(SysSimulated, the_timeouts_of_a_state_machine_go_on) {
  rsp::test::run_in_forks({"sys-machine-timeouts", 1, RUNS, __FILE__, __LINE__}, &ask_a_machine_that_waits);
}

/** Some ask, some give up, and the server ends in the middle. */
void ask_one_that_ends() {
  const Runtime runtime(2);
  const Attached me;
  Play play;
  play.status = [](rsp_self*) { return rsp_term_int(1); };
  const rsp_pid server = start(me, play);
  const rsp_pid killer = spawn(me, [server](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_exit_signal(self, server, word("kill")), RSP_OK);
    return RSP_NEXT_STOP;
  });
  EXPECT_EQ(rsp_send(me, killer, NIL), RSP_OK);
  const std::string of = pid_text(server);
  bool is_gone = false;
  while (!is_gone) {
    const uint64_t timeout_ms = rsp::env::random_u64() % 2 == 0 ? 0 : RSP_INFINITE;
    const std::string answer = state_of(me, server, timeout_ms);
    if (answer == "1") {
      RSP_SOMETIMES("a system message is answered before the end");
    } else if (timeout_ms == 0 && answer.starts_with("RSP_ETIMEDOUT {timeout,")) {
      RSP_SOMETIMES("who asks for the state of a server gives up");
    } else {
      is_gone = true;
      const bool is_killed = answer.starts_with("RSP_EEXITED {killed,{call," + of);
      if (is_killed) RSP_SOMETIMES("a server ends with a system message in its hands");
      EXPECT_TRUE(is_killed || answer.starts_with("RSP_EEXITED {noproc,{call," + of)) << answer;
    }
  }
  EXPECT_FALSE(me.has_message());
}

TEST(SysSimulated, each_question_is_answered_once_or_its_end_heard_of) {
  rsp::test::run_in_forks({"sys-ends", 1, RUNS, __FILE__, __LINE__}, &ask_one_that_ends);
}

}  // namespace
