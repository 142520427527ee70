// How many locked operations things take in the steady state: what the processor does to a cache line for all to see,
// and what messages would wait for each other by. They are exact, the same under every schedule: one more is a change of
// the design, one less is a reason to write it down here.
//
// Counted are the atomics of the core on the only worker's thread (is_locked in core/env/controlled/points.hpp). With
// one worker nobody contends, and no compare-and-swap fails without need. Not counted is what the allocator and the
// concurrent queue do inside: the steady state reaches neither.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "core/env/controlled/engine.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;
using rsp::env::control::g_engine;
using rsp::env::control::Step;

constexpr uint64_t SEEDS = 10;
constexpr int WARM_UP = 20;  // times, in which caches fill
constexpr int TIMES = 20;

/// Times that something is done again and again by the calling thread.
class Count {
 public:
  /// Before each time. True: it was the last.
  bool is_over() {
    if (time_ == WARM_UP) {
      locked_before_ = g_engine.locked_operations();
      first_step_ = g_engine.steps();
    }
    return time_++ == WARM_UP + TIMES;
  }

  void expect_each(uint64_t operations, const char* what) const {
    const uint64_t locked = g_engine.locked_operations() - locked_before_;
    EXPECT_EQ(locked, operations * TIMES) << TIMES << " times " << what << ":\n" << places();
  }

 private:
  /// Where they stand, as far as they are remembered.
  std::string places() const {
    std::map<std::string, int> counts;
    const uint64_t now = g_engine.steps();
    const uint64_t first = std::max(first_step_, now - std::min(now, rsp::env::control::STEPS_KEPT));
    for (uint64_t n = first; n < now; ++n) {
      const Step& step = g_engine.step_taken(n);
      if (step.thread != g_engine.current() || !rsp::env::control::is_locked(step.op)) continue;
      ++counts[std::string(step.where.file) + ":" + std::to_string(step.where.line)];
    }
    std::string text;
    for (const auto& [place, count] : counts) text += place + " " + std::to_string(count) + "\n";
    return text;
  }

  int time_ = 0;
  uint64_t locked_before_ = 0;
  uint64_t first_step_ = 0;
};

void on_one_worker(void (*scene)(const Attached& me)) {
  for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
    rsp::test::SimOptions options;
    options.seed = seed;
    options.spurious_one_in = 0;
    const rsp::test::ForkedRun run = rsp::test::run_in_fork(options, [scene] {
      const Runtime runtime(1);
      const Attached me;
      scene(me);
    });
    ASSERT_TRUE(run.passed) << run.failure << "seed " << seed;
  }
}

rsp_result send(rsp_self* self, rsp_pid to) { return rsp_send(self, to, NIL); }

/// A process of a scene, which begins with a message and ends when it is done.
void run(const Attached& me, Code code) { (void)me.end_by_message(spawn(me, std::move(code))); }

/// What a burst takes besides its messages: the answer, and two that leave.
constexpr uint64_t AROUND_A_BURST = 3;

/// A process sends so many in one turn to another, which answers the last.
template <uint32_t MESSAGES>
void bursts(const Attached& me, uint64_t expected, const char* what, uint32_t limit = 0) {
  struct Receiver {
    uint32_t received = 0;
    static rsp_next receive(rsp_self* self, rsp_msg* message, void* state) {
      const bool is_last = ++static_cast<Receiver*>(state)->received % MESSAGES == 0;
      if (is_last) {
        EXPECT_EQ(send(self, rsp_msg_from(message)), RSP_OK);
      }
      return RSP_NEXT_CONTINUE;
    }
  } receiver;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.max_messages = limit;
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, &options, &Receiver::receive, &receiver, nullptr), RSP_OK);
  Count count;
  run(me, [&](rsp_self* self, rsp_msg*) {
    if (count.is_over()) {
      count.expect_each(expected + AROUND_A_BURST, what);
      return RSP_NEXT_STOP;
    }
    for (uint32_t i = 0; i < MESSAGES; ++i) EXPECT_EQ(send(self, pid), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  (void)me.exit(pid, "kill");
}

TEST(LockedOperations, of_a_message_to_one_that_waits_are_the_push_and_the_leaving) {
  on_one_worker([](const Attached& me) {
    const rsp_pid echo = spawn_echo(me);
    Count count;
    run(me, [&](rsp_self* self, rsp_msg*) {
      if (count.is_over()) {
        count.expect_each(2 * 2, "a message to and fro");
        return RSP_NEXT_STOP;
      }
      EXPECT_EQ(send(self, echo), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
  });
}

TEST(LockedOperations, of_a_message_to_one_that_is_pinned_to_its_senders_worker_are_the_same) {
  on_one_worker([](const Attached& me) {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.worker = 1;
    const rsp_handler echoes = [](rsp_self* self, rsp_msg* message, void*) {
      EXPECT_EQ(send(self, rsp_msg_from(message)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    };
    rsp_pid echo = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &echo, nullptr, &options, echoes, nullptr, nullptr), RSP_OK);
    Count count;
    run(me, [&](rsp_self* self, rsp_msg*) {
      if (count.is_over()) {
        count.expect_each(2 * 2, "a message to and fro");
        return RSP_NEXT_STOP;
      }
      EXPECT_EQ(send(self, echo), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
  });
}

TEST(LockedOperations, of_a_send_to_one_that_is_awake_are_the_push) {
  on_one_worker([](const Attached& me) {
    const rsp_pid receiver = spawn_idle(me);
    run(me, [&](rsp_self* self, rsp_msg*) {
      Count count;
      while (!count.is_over()) EXPECT_EQ(send(self, receiver), RSP_OK);
      count.expect_each(1, "a send");
      return RSP_NEXT_STOP;
    });
  });
}

TEST(LockedOperations, of_a_message_among_others_are_the_push) {
  on_one_worker([](const Attached& me) {
    bursts<1>(me, 1, "a message");
    bursts<3>(me, 3, "three messages");
  });
}

TEST(LockedOperations, of_a_message_to_a_limited_mailbox_are_two_more) {
  on_one_worker([](const Attached& me) {
    bursts<1>(me, 3, "a message and its place", 100);
    bursts<3>(me, 3 * 3, "three messages and their places", 100);
  });
}

struct Caller {
  rsp_pid server;
  Count count;
};

rsp_next ask(rsp_self* self, rsp_msg*, void* state) {
  Caller& caller = *static_cast<Caller*>(state);
  if (caller.count.is_over()) {
    // The server keeps the request, in which the reply goes back: so it takes it out of its mailbox word.
    caller.count.expect_each(2 * 2 + 1, "a request and its reply");
    return RSP_NEXT_STOP;
  }
  rsp_ref request;
  EXPECT_EQ(rsp_send_request(self, &request, caller.server, NIL), RSP_OK);
  return rsp_await(self, request, 5000, ask, state);
}

/** Calls of a server that answers with nil, and waits like this then. */
template <rsp_server_wait WAIT, uint64_t TIMEOUT_MS>
void calls() {
  on_one_worker([](const Attached& me) {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "server";
    ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    ops.handle_call = [](rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return* answer) {
      answer->action = RSP_SERVER_REPLY;
      answer->reply = NIL;
      answer->wait = WAIT;
      answer->timeout_ms = TIMEOUT_MS;
      return RSP_NEXT_CONTINUE;
    };
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &ops;
    Caller caller = {};
    ASSERT_EQ(rsp_server_start(me, &caller.server, nullptr, nullptr, &spec, nullptr), RSP_OK);
    rsp_pid pid = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, ask, &caller, nullptr), RSP_OK);
    (void)me.end_by_message(pid);
    EXPECT_EQ(rsp_stop(me, nullptr, caller.server, word("normal"), RSP_INFINITE), RSP_OK);
  });
}

TEST(LockedOperations, of_a_call_are_those_of_two_messages_and_one) { calls<RSP_SERVER_WAIT_FOREVER, 0>(); }

TEST(LockedOperations, of_a_call_are_no_more_when_the_server_wants_to_hear_that_none_comes) {
  calls<RSP_SERVER_WAIT_TIMEOUT, 1000>();
}

TEST(LockedOperations, of_a_call_are_no_more_when_the_server_hibernates) {
  calls<RSP_SERVER_WAIT_HIBERNATE, 0>();
}

TEST(LockedOperations, of_a_process_from_its_spawn_to_its_down_are_ten) {
  on_one_worker([](const Attached& me) {
    Count count;
    run(me, [&](rsp_self* self, rsp_msg*) {
      if (count.is_over()) {
        // The slot taken and given back, in the count of all and in its chunk's word, the process counted and no more, its
        // name word closed, its mailbox word made DEAD; and the DOWN, pushed, after which its receiver leaves.
        count.expect_each(4 + 2 + 1 + 1 + 2, "spawn, monitor, exit, DOWN");
        return RSP_NEXT_STOP;
      }
      rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
      options.monitor = true;
      options.start = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
      rsp_pid pid = NO_PID;
      rsp_ref monitor = {};
      EXPECT_EQ(rsp_spawn(self, &pid, &monitor, &options, options.start, nullptr, nullptr), RSP_OK);
      return RSP_NEXT_CONTINUE;
    });
  });
}

}  // namespace
