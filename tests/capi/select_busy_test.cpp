// resprout/select.h: who looks at the descriptors while workers are busy, stuck, away or asleep.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "tests/capi/select.hpp"

using namespace capi_test;

namespace {

using SelectBusy = OfWorkers;
INSTANTIATE_TEST_SUITE_P(Workers, SelectBusy, testing::Values(1u, 2u, 4u));

// S-SEL-1
TEST_P(SelectBusy, tells_of_a_thousand_descriptors) {
  constexpr size_t COUNT = 1000;
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit former = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < 2 * COUNT + 100) GTEST_SKIP() << "the system allows too few descriptors";
  {
    const Attached me;
    std::vector<std::unique_ptr<Ends>> all(COUNT);
    for (auto& ends : all) ends = std::make_unique<Ends>();
    std::atomic<size_t> registered{0};
    std::vector<rsp_pid> pids;
    for (const auto& ends : all) {
      pids.push_back(spawn(me,
                           [&, to = me.pid()](rsp_self* self, rsp_msg* message) {
                             if (message == nullptr) {
                               (void)select_on(self, ends->reader());
                               if (++registered == COUNT) {
                                 EXPECT_EQ(rsp_send(self, to, word("all")), RSP_OK);
                               }
                               return RSP_NEXT_CONTINUE;
                             }
                             EXPECT_EQ(rsp_msg_get_kind(message), RSP_MSG_SELECT);
                             ends->take();
                             EXPECT_EQ(rsp_send(self, to, word("ready")), RSP_OK);
                             return RSP_NEXT_STOP;
                           },
                           {.start = true}));
    }
    EXPECT_EQ(text_of(me.receive()), "all");
    for (const auto& ends : all) ends->put();
    for (size_t i = 0; i < COUNT; ++i) EXPECT_EQ(text_of(me.receive()), "ready");
    EXPECT_FALSE(me.has_message());
    for (const rsp_pid& pid : pids) (void)me.end_of(pid);
  }
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
}

// S-SEL-1: nobody sleeps, so nobody is in the poller.
TEST_P(SelectBusy, is_told_while_all_workers_are_busy) {
  const Attached me;
  const Ends ends;
  std::atomic<bool> is_over{false};
  std::vector<rsp_pid> spinners;
  for (uint32_t i = 0; i < GetParam() * 2; ++i) {
    spinners.push_back(spawn(me, [&](rsp_self* self, rsp_msg*) {
      if (is_over) return RSP_NEXT_STOP;
      EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }));
    EXPECT_EQ(rsp_send(me, spinners.back(), NIL), RSP_OK);
  }
  for (int i = 0; i < 20; ++i) {
    const rsp_ref ref = select_on(me, ends.reader());
    ends.put();
    EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
    ends.take();
  }
  is_over = true;
  for (const rsp_pid& pid : spinners) (void)me.end_of(pid);
}

// S-SEL-1: as many as there are workers, in code that does not return before it is told.
TEST_P(SelectBusy, is_told_while_all_turns_are_stuck) {
  const Attached me;
  const Ends ends;
  std::atomic<bool> is_told{false};
  std::vector<rsp_pid> stuck;
  const rsp_ref ref = select_on(me, ends.reader());
  for (uint32_t i = 0; i < GetParam(); ++i) {
    stuck.push_back(spawn(me, [&](rsp_self*, rsp_msg*) {
      while (!is_told) std::this_thread::yield();
      return RSP_NEXT_STOP;
    }));
    EXPECT_EQ(rsp_send(me, stuck.back(), NIL), RSP_OK);
  }
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
  is_told = true;
  for (const rsp_pid& pid : stuck) (void)me.end_of(pid);
}

// S-SEL-1: the only worker is left by a section that waits for the descriptor.
TEST_P(SelectBusy, is_told_while_all_workers_are_in_blocking_sections) {
  const Attached me;
  const Ends ends;
  std::atomic<uint32_t> inside{0};
  std::atomic<bool> is_told{false};
  std::vector<rsp_pid> all;
  const rsp_ref ref = select_on(me, ends.reader());
  for (uint32_t i = 0; i < GetParam(); ++i) {
    all.push_back(spawn(me, [&](rsp_self* self, rsp_msg*) {
      EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
      ++inside;
      while (!is_told) std::this_thread::yield();
      EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
      return RSP_NEXT_STOP;
    }));
    EXPECT_EQ(rsp_send(me, all.back(), NIL), RSP_OK);
  }
  while (inside != GetParam()) std::this_thread::yield();
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
  is_told = true;
  for (const rsp_pid& pid : all) (void)me.end_of(pid);
}

// S-SEL-1: the worker that waits for all descriptors runs the process of the one that is ready, and goes back.
TEST_P(SelectBusy, costs_one_wake_up_for_each_that_is_ready_now_and_then) {
  constexpr uint64_t TIMES = 50;
  const Attached me;
  const Ends quiet;
  const Ends ends;
  const rsp_ref ref = select_on(me, quiet.reader());
  spawn(me,
        [&](rsp_self* self, rsp_msg* message) {
          if (message != nullptr) ends.take();
          (void)select_on(self, ends.reader());
          EXPECT_EQ(rsp_send(self, me.pid(), NIL), RSP_OK);
          return RSP_NEXT_CONTINUE;
        },
        {.start = true});
  ASSERT_NE(me.receive(), nullptr);
  const uint64_t before = wake_ups();
  for (uint64_t i = 0; i < TIMES; ++i) {
    EXPECT_EQ(me.receive_within(2), nullptr);  // until a worker that is awake would look again
    ends.put();
    ASSERT_NE(me.receive(), nullptr);
  }
  EXPECT_LE(wake_ups() - before, TIMES + TIMES / 2);
  EXPECT_TRUE(cancel(me, ref));
}

// S-SEL-1: nothing is ready, and nobody looks.
TEST_P(SelectBusy, costs_no_wake_up_while_nothing_is_ready) {
  const Attached me;
  const Ends ends;
  const rsp_ref ref = select_on(me, ends.reader());
  uint64_t before = wake_ups();
  for (;;) {
    (void)me.receive_within(50);
    const uint64_t now = wake_ups();
    if (now == before) break;
    before = now;
  }
  EXPECT_EQ(me.receive_within(250), nullptr);
  EXPECT_EQ(wake_ups(), before);
  EXPECT_TRUE(cancel(me, ref));
}

}  // namespace
