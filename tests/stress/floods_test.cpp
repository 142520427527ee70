// A million of something, and a fork in the middle of a load.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "core/base/sanitizers.hpp"
#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

class Floods : public StressTest {};

TEST_F(Floods, a_million_timers_started_and_cancelled) {
  const size_t TIMERS = static_cast<size_t>(scale(1'000'000));
  const Attached me;
  in_callback(me, [&](rsp_self* self) {
    std::vector<rsp_ref> timers(TIMERS);
    Random random(1);
    for (rsp_ref& timer : timers) {
      ASSERT_EQ(rsp_start_timer(self, &timer, 3'600'000 + random.below(100'000), rsp_self_pid(self), NIL),
                RSP_OK);
    }
    for (size_t i = TIMERS - 1; i > 0; --i) std::swap(timers[i], timers[random.below(i + 1)]);
    for (const rsp_ref& timer : timers) {
      bool active = false;
      ASSERT_EQ(rsp_cancel_timer(self, &active, nullptr, timer), RSP_OK);
      ASSERT_TRUE(active);
    }
  });
}

// Eight processes have an eighth each; each timer arrives once, and none that is missing is waited for in vain.
TEST_F(Floods, a_million_timers_fire) {
  constexpr int PROCESSES = 8;
  const int each = scale(1'000'000) / PROCESSES + 1;
  const Attached me;
  for (int p = 0; p < PROCESSES; ++p) {
    auto seen = std::make_shared<std::vector<bool>>(static_cast<size_t>(each));
    auto left = std::make_shared<int>(each);
    const rsp_pid pid = spawn(me, [=, to = me.pid()](rsp_self* self, rsp_msg* message) {
      if (rsp_msg_get_kind(message) != RSP_MSG_TIMER) {
        for (int i = 0; i < each; ++i) {
          rsp_ref timer = {};
          EXPECT_EQ(rsp_start_timer(self, &timer, static_cast<uint64_t>(i % 500), rsp_self_pid(self),
                                    rsp_term_int(i)),
                    RSP_OK);
        }
        return RSP_NEXT_CONTINUE;
      }
      const size_t number = static_cast<size_t>(as_int(rsp_msg_term(message)));
      EXPECT_FALSE((*seen)[number]) << number;
      (*seen)[number] = true;
      if (--*left > 0) return RSP_NEXT_CONTINUE;
      EXPECT_EQ(rsp_send(self, to, word("all_fired")), RSP_OK);
      return RSP_NEXT_STOP;
    });
    ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  }
  for (int p = 0; p < PROCESSES; ++p) EXPECT_EQ(text_of(me.receive()), "all_fired");
}

// A process that ends takes the timers for it along, however many.
TEST_F(Floods, a_process_ends_among_a_hundred_thousand_timers_of_its_own) {
  const int timers = scale(100'000);
  const Attached me;
  for (int round = 0; round < 3; ++round) {
    in_callback(me, [&](rsp_self* self) {
      for (int i = 0; i < timers; ++i) {
        rsp_ref timer = {};
        ASSERT_EQ(rsp_send_after(self, &timer, 3'600'000, rsp_self_pid(self), NIL), RSP_OK);
      }
    });
  }
}

// A mailbox of a million messages from all sides, of a process that is busy, then killed with them, or takes them all.
TEST_F(Floods, a_million_messages_wait_for_one_process) {
  constexpr int SENDERS = 4;
  const int each = scale(1'000'000) / SENDERS;
  const Attached me;
  for (const bool is_killed : {true, false}) {
    std::atomic<bool> busy{false};
    std::atomic<bool> may_go_on{false};
    int64_t count = 0;
    const rsp_pid pid = spawn(me, [&](rsp_self*, rsp_msg*) {
      busy = true;
      busy.notify_all();
      may_go_on.wait(false);
      return ++count == int64_t{each} * SENDERS + 1 ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
    });
    const rsp_ref monitor = me.monitor(pid);
    ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    busy.wait(false);
    in_threads(SENDERS, [&](int) {
      for (int i = 0; i < each; ++i) {
        const rsp_term words[] = {rsp_term_int(i), NIL};
        rsp_term term = NIL;
        ASSERT_EQ(rsp_term_tuple(&term, words, 2), RSP_OK);
        ASSERT_EQ(rsp_send(nullptr, pid, term), RSP_OK);
        rsp_term_free(term);
      }
    });
    if (is_killed) {
      ASSERT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
    }
    may_go_on = true;
    may_go_on.notify_all();
    const Message down = me.receive();
    EXPECT_EQ(rsp_msg_ref(down.get()), monitor);
    EXPECT_EQ(text_of(down), is_killed ? "killed" : "normal");
    // It may have been taken for stuck: then the kill did not wait for its code, which uses what is here.
    wait_until([] { return stats().zombies == 0; });
  }
}

#if !RSP_TSAN  // it does not survive a fork of a program with threads

/** How a child ended: its exit status, or -1. */
int status_of(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Whatever lock or state a worker was in the middle of, a child's call says so at once, and exec works.
TEST_F(Floods, forks_under_load_refuse_calls_and_leave_the_parent_alone) {
  const Attached me;
  std::atomic<bool> go_on{true};
  const rsp_pid target = spawn_idle(me);
  std::vector<rsp_pid> pairs;
  for (int i = 0; i < 8; ++i) {
    const rsp_pid echo = spawn_echo(me);
    pairs.push_back(spawn(me, [&go_on, echo, target](rsp_self* self, rsp_msg*) {
      const rsp_pid child = spawn(self, [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; });
      EXPECT_EQ(rsp_send(self, child, NIL), RSP_OK);
      rsp_ref timer = {};
      EXPECT_EQ(rsp_send_after(self, &timer, 1, target, NIL), RSP_OK);
      if (!go_on) return RSP_NEXT_STOP;
      EXPECT_EQ(rsp_send(self, echo, word("ping")), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }));
    me.monitor(pairs.back());
    ASSERT_EQ(rsp_send(me, pairs.back(), NIL), RSP_OK);
  }
  for (int i = 0; i < scale(20); ++i) {
    const pid_t child = fork();
    ASSERT_NE(child, -1);
    if (child == 0) {
      rsp_pid pid = NO_PID;
      rsp_ref ref = {};
      rsp_msg* message = nullptr;
      bool alive = false;
      const bool refused = rsp_send(nullptr, target, NIL) == RSP_EFORKED &&
                           rsp_send(me, target, NIL) == RSP_EFORKED &&
                           rsp_exit_signal(me, target, NIL) == RSP_EFORKED &&
                           rsp_monitor(me, &ref, target, nullptr) == RSP_EFORKED &&
                           rsp_spawn(me, &pid, nullptr, nullptr, run_code, nullptr, nullptr) == RSP_EFORKED &&
                           rsp_receive(me, &message, nullptr) == RSP_EFORKED &&
                           rsp_is_alive(me, &alive, target, RSP_INFINITE) == RSP_EFORKED &&
                           rsp_send_after(me, &ref, 1, target, NIL) == RSP_EFORKED &&
                           rsp_runtime_stop(RSP_INFINITE) == RSP_EFORKED;
      if (!refused) _exit(1);
      if (i % 2 == 0) execl("/bin/true", "true", nullptr);
      _exit(i % 2 == 0 ? 2 : 0);
    }
    ASSERT_EQ(status_of(child), 0) << i;
  }
  go_on = false;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Message down = me.receive();
    EXPECT_EQ(text_of(down), "normal");
  }
}

#endif

}  // namespace
