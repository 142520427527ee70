// resprout/timer.h
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Timers : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-TIMER-1
TEST(TimersOfOneWorker, fire_once_in_order_and_never_early) {
  const Runtime runtime(1);  // each other's order is that of the threads, which the system may hold back
  const Attached me;
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  Clock::duration took;
  do {  // again if the system held the thread back for so long that another order is the right one
    in_callback(me, [&](rsp_self* self) {
      begin = Clock::now();
      for (const int ms : {30, 10, 20}) {
        rsp_ref timer = {};
        EXPECT_EQ(rsp_send_after(self, &timer, static_cast<uint64_t>(ms), me.pid(), rsp_term_int(ms)),
                  RSP_OK);
      }
      took = Clock::now() - begin;
    });
    std::vector<int64_t> came;
    for (int i = 0; i < 3; ++i) {
      came.push_back(as_int(rsp_msg_term(me.receive().get())));
      EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(came.back()));
    }
    if (took >= std::chrono::milliseconds(10)) std::sort(came.begin(), came.end());
    EXPECT_EQ(came, (std::vector<int64_t>{10, 20, 30}));
  } while (took >= std::chrono::milliseconds(10));
  EXPECT_FALSE(me.has_message());
}

// S-TIMER-3
TEST_F(Timers, started_as_timers_say_which) {
  const Attached me;
  rsp_ref timer = {};
  ASSERT_EQ(rsp_start_timer(me, &timer, 0, me.pid(), word("inner")), RSP_OK);
  const Message message = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_TIMER);
  EXPECT_EQ(rsp_msg_ref(message.get()), timer);
  EXPECT_EQ(text_of(message), "inner");
}

// S-TIMER-2
TEST_F(Timers, say_what_they_had_left_when_cancelled) {
  const Attached me;
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after(me, &timer, 100'000, me.pid(), NIL), RSP_OK);
  bool active = false;
  uint64_t remaining = 0;
  EXPECT_EQ(rsp_read_timer(me, &active, &remaining, timer), RSP_OK);
  EXPECT_TRUE(active);
  EXPECT_GT(remaining, 50'000u);
  EXPECT_LE(remaining, 100'000u);
  EXPECT_EQ(rsp_cancel_timer(me, &active, &remaining, timer), RSP_OK);
  EXPECT_TRUE(active);
  EXPECT_GT(remaining, 50'000u);
  EXPECT_EQ(rsp_cancel_timer(me, &active, &remaining, timer), RSP_OK);
  EXPECT_FALSE(active);
  EXPECT_EQ(remaining, 0u);
  EXPECT_EQ(rsp_read_timer(me, &active, nullptr, timer), RSP_OK);
  EXPECT_FALSE(active);
}

// S-TIMER-5
TEST_F(Timers, of_another_process_are_cancelled_and_read_by_their_reference) {
  const Attached me;
  const rsp_pid target = spawn_idle(me);
  for (const rsp_pid to : {me.pid(), target}) {
    rsp_ref timer = {};
    ASSERT_EQ(rsp_send_after(me, &timer, 100'000, to, word("mine")), RSP_OK);
    in_callback(me, [&](rsp_self* self) {
      bool active = false;
      uint64_t remaining = 0;
      EXPECT_EQ(rsp_read_timer(self, &active, &remaining, timer), RSP_OK);
      EXPECT_TRUE(active);
      EXPECT_GT(remaining, 50'000u);
      remaining = 0;
      EXPECT_EQ(rsp_cancel_timer(self, &active, &remaining, timer), RSP_OK);
      EXPECT_TRUE(active);
      EXPECT_GT(remaining, 50'000u);
      EXPECT_EQ(rsp_cancel_timer(self, &active, &remaining, timer), RSP_OK);
      EXPECT_FALSE(active);
      EXPECT_EQ(remaining, 0u);
    });
    bool active = true;
    EXPECT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
    EXPECT_FALSE(active);
  }
  EXPECT_FALSE(me.has_message());
}

// S-TIMER-5
TEST_F(Timers, of_a_dead_process_are_cancelled_too) {
  const Attached me;
  rsp_ref timer = {};
  in_callback(me, [&](rsp_self* self) {
    EXPECT_EQ(rsp_send_after(self, &timer, 100'000, me.pid(), word("from_the_dead")), RSP_OK);
  });
  bool active = false;
  EXPECT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
  EXPECT_TRUE(active);
  EXPECT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
  EXPECT_FALSE(active);
}

// S-TIMER-5, S-NAT-8: the slot of a timer is used again, its reference never.
TEST_F(Timers, are_not_found_by_the_references_of_earlier_ones) {
  const Attached me;
  std::vector<rsp_ref> former;
  for (int i = 0; i < 100; ++i) {
    rsp_ref timer = {};
    ASSERT_EQ(rsp_send_after(me, &timer, 100'000, me.pid(), NIL), RSP_OK);
    bool active = false;
    ASSERT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
    EXPECT_TRUE(active);
    former.push_back(timer);
  }
  std::vector<rsp_ref> now(1000);
  for (rsp_ref& timer : now) ASSERT_EQ(rsp_send_after(me, &timer, 100'000, me.pid(), NIL), RSP_OK);
  in_callback(me, [&](rsp_self* self) {
    bool active = false;
    for (const rsp_ref& timer : former) {
      EXPECT_EQ(rsp_cancel_timer(self, &active, nullptr, timer), RSP_OK);
      EXPECT_FALSE(active);
    }
    rsp_ref nowhere = now[0];
    for (const uint32_t slot : {0u, 1'000'000u, UINT32_MAX}) {
      nowhere.words[4] = slot;
      EXPECT_EQ(rsp_cancel_timer(self, &active, nullptr, nowhere), RSP_OK);
      EXPECT_FALSE(active);
      EXPECT_EQ(rsp_read_timer(self, &active, nullptr, nowhere), RSP_OK);
      EXPECT_FALSE(active);
    }
    for (const rsp_ref& timer : now) {
      EXPECT_EQ(rsp_cancel_timer(self, &active, nullptr, timer), RSP_OK);
      EXPECT_TRUE(active);
    }
  });
}

// S-NAME-6
TEST_F(Timers, to_a_name_look_it_up_when_they_fire) {
  const Attached me;
  const rsp_atom name = atom("timer_test_name");
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after_name(me, &timer, 0, name, word("nobody")), RSP_OK);
  bool active = true;
  while (active) {  // it fires, and nobody has the name
    ASSERT_EQ(rsp_read_timer(me, &active, nullptr, timer), RSP_OK);
    std::this_thread::yield();
  }
  ASSERT_EQ(rsp_send_after_name(me, &timer, 20, name, word("somebody")), RSP_OK);
  ASSERT_EQ(rsp_register(me, name, me.pid()), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "somebody");
}

// S-TIMER-4: it is the target that counts, not who started it.
TEST_F(Timers, live_on_when_their_starter_ends_and_end_with_their_target) {
  const Attached me;
  in_callback(me, [&](rsp_self* self) {
    rsp_ref timer = {};
    EXPECT_EQ(rsp_send_after(self, &timer, 20, me.pid(), word("from_the_dead")), RSP_OK);
    EXPECT_EQ(rsp_send_after(self, &timer, 20, rsp_self_pid(self), word("to_the_dead")), RSP_OK);
  });
  EXPECT_EQ(text_of(me.receive()), "from_the_dead");
  rsp_ref timer = {};
  EXPECT_EQ(rsp_send_after(me, &timer, 1, dead_pid(me), NIL), RSP_OK);
}

TEST_F(Timers, of_a_very_long_time_never_fire) {
  const Attached me;
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after(me, &timer, RSP_INFINITE, me.pid(), NIL), RSP_OK);
  ASSERT_EQ(rsp_send_after(me, &timer, UINT64_MAX / 1'000'000, me.pid(), NIL), RSP_OK);
  EXPECT_EQ(me.receive_within(20), nullptr);
}

TEST_F(Timers, due_while_every_worker_is_asleep_wake_one) {
  const Attached me;
  const rsp_pid pid = spawn(me, [to = me.pid()](rsp_self* self, rsp_msg* message) {
    if (rsp_msg_get_kind(message) == RSP_MSG_TIMER) {
      EXPECT_EQ(rsp_send(self, to, word("woken")), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }
    rsp_ref timer = {};
    EXPECT_EQ(rsp_start_timer(self, &timer, 10, rsp_self_pid(self), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    EXPECT_EQ(text_of(me.receive()), "woken");
  }
}

}  // namespace
