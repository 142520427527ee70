// State machines under seeds: timeouts that fire as they are ended, and machines that are killed in the middle of their events
// (S-STM-9, S-STM-17, S-STM-18).
#include "tests/capi/statem.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 500;
constexpr int ROUNDS = 20;

/** Keeps account of one timeout that is set, replaced and cancelled, while its timer fires. The content is the number of the
 * setting, so one that was ended shows. */
struct Accountant {
  int64_t running = 0;  // the setting that may come; 0: none
  int64_t last = 0;
  uint64_t due_ns = 0;  // of the one that may come

  rsp_next take(rsp_self* self, const rsp_event* event) {
    if (event->type == RSP_EVENT_NAMED_TIMEOUT) {
      EXPECT_NE(running, 0) << "it was ended";
      EXPECT_EQ(as_int(rsp_msg_term(event->msg)), running);
      EXPECT_GE(rsp::env::now_ns(), due_ns) << "the timer of another setting brought it";
      running = 0;
      RSP_SOMETIMES("a timeout of a state machine comes");
    } else if (event->type == RSP_EVENT_CAST) {
      if (running != 0) RSP_SOMETIMES("a timeout of a state machine is ended");
      const uint64_t choice = rsp::env::random_u64() % 4;
      running = choice == 0 ? 0 : ++last;
      const uint64_t time_ms = choice == 0 ? RSP_INFINITE : choice - 1;
      if (choice != 0) due_ns = rsp::env::now_ns() + time_ms * 1'000'000;
      EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_NAMED_TIMEOUT, NIL, time_ms, rsp_term_int(running)),
                RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  }
};

/** Waits for a while of virtual time. */
void pass(const Attached& me, uint64_t time_ms) { (void)me.receive_within(time_ms); }

void set_and_end_timeouts() {
  const Runtime runtime(2);
  const Attached me;
  Accountant account;
  Script script;
  script.handle = [&](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    return account.take(self, event);
  };
  const Statem machine(me, script);
  for (int round = 0; round < ROUNDS; ++round) {
    machine.cast("set");
    pass(me, rsp::env::random_u64() % 3);
  }
  pass(me, 10);
  machine.settle();
  EXPECT_EQ(account.running, 0) << "what runs comes";
  EXPECT_EQ(machine.stop(), "normal");
}

TEST(StatemSimulated, a_timeout_that_was_ended_does_not_come_and_one_that_runs_does) {
  rsp::test::run_in_forks({"statem-timeouts", 1, RUNS, __FILE__, __LINE__}, &set_and_end_timeouts);
}

/** Postpones what comes, and inserts events for ever. */
rsp_next keep_busy(rsp_self* self, const rsp_event* event, rsp_server_return*) {
  const bool is_inserted = event->type == RSP_EVENT_INTERNAL;
  const rsp_result result =
      is_inserted && rsp::env::random_u64() % 2 == 0
          ? rsp_statem_next_state(self, rsp_term_int(static_cast<int64_t>(rsp::env::random_u64() % 4)))
          : rsp_statem_postpone(self);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << rsp_result_name(result);
  const rsp_result inserted = rsp_statem_next_event(self, RSP_EVENT_INTERNAL, rsp_from{}, NIL);
  EXPECT_TRUE(inserted == RSP_OK || inserted == RSP_EXITING) << rsp_result_name(inserted);
  return RSP_NEXT_CONTINUE;
}

const rsp_native_ops COUNTED = {sizeof(rsp_native_ops), [](void* freed) { ++*static_cast<int*>(freed); },
                                nullptr};

void kill_in_the_middle() {
  constexpr int REQUESTS = 5;
  int freed = 0;
  const Runtime runtime(2);
  const Attached me;
  Script script;
  script.handle = keep_busy;
  const Statem machine(me, script);
  std::vector<rsp_ref> requests(REQUESTS);
  for (rsp_ref& request : requests) {
    ASSERT_EQ(rsp_send_request_native(me, &request, machine.pid(), &freed, &COUNTED), RSP_OK);
  }
  // As long as it is busy no time passes: others have their turns meanwhile.
  const rsp_pid echo = spawn_echo(me);
  for (uint64_t left = rsp::env::random_u64() % 4; left > 0; --left) {
    EXPECT_EQ(rsp_send(me, echo, NIL), RSP_OK);
    rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
    options.match = [](const rsp_msg* message, void*) { return rsp_msg_get_kind(message) == RSP_MSG_TERM; };
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_receive(me, &answer, &options), RSP_OK);
    rsp_msg_free(answer);
  }
  EXPECT_EQ(rsp_exit_signal(me, machine.pid(), word("kill")), RSP_OK);
  for (const rsp_ref& request : requests) {
    rsp_msg* down = nullptr;
    EXPECT_EQ(rsp_receive_response(me, &down, request, RSP_INFINITE), RSP_EEXITED);
    EXPECT_EQ(text_of(Message(down)), "killed");
  }
  EXPECT_EQ(freed, REQUESTS) << "before their callers heard of it";
}

TEST(StatemSimulated, a_kill_in_the_middle_of_events_gives_back_what_was_kept_and_tells_all_callers) {
  rsp::test::run_in_forks({"statem-kill", 1, RUNS, __FILE__, __LINE__}, &kill_in_the_middle);
}

}  // namespace
