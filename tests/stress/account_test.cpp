// The account of envelopes and bytes at the stop of a runtime (core/mem/account.hpp, A1 to A5).
#include "core/mem/account.hpp"

#include <atomic>
#include <thread>

#include "core/proc/envelope.hpp"
#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

class Account : public StressTest {};

// A message that a user has kept is the user's, also when the runtime has gone.
TEST_F(Account, is_right_while_a_user_has_messages) {
  rsp_msg* kept = nullptr;
  {
    const Attached me;
    for (int i = 0; i < 3; ++i) ASSERT_EQ(rsp_send(me, me.pid(), NIL), RSP_OK);
    ASSERT_EQ(rsp_receive(me, &kept, nullptr), RSP_OK);
    rsp_msg* again = nullptr;
    ASSERT_EQ(rsp_receive(me, &again, nullptr), RSP_OK);
    ASSERT_EQ(rsp_put_back(me, again), RSP_OK);
  }
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  const rsp::AccountFigures figures = rsp::account_figures();
  EXPECT_TRUE(figures.exact);
  EXPECT_EQ(figures.taken, figures.given);
  EXPECT_EQ(figures.bytes_taken, figures.bytes_given);
  rsp_msg_free(kept);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

// A thread that has not detached keeps the envelope of its seat: that is no leak.
TEST_F(Account, is_right_while_a_thread_has_not_detached) {
  rsp_self* self = nullptr;
  ASSERT_EQ(rsp_attach(&self), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  const rsp::AccountFigures figures = rsp::account_figures();
  EXPECT_TRUE(figures.exact);
  EXPECT_EQ(figures.taken, figures.given);
  EXPECT_EQ(figures.bytes_taken, figures.bytes_given);
  EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

// A4: with memory and resources of its process.
TEST_F(Account, is_no_matter_of_what_a_thread_has_that_has_not_detached) {
  rsp_self* self = nullptr;
  ASSERT_EQ(rsp_attach(&self), RSP_OK);
  void* piece = nullptr;
  ASSERT_EQ(rsp_region_alloc(self, &piece, 100), RSP_OK);
  int released = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(rsp_resource_add(
                  self, nullptr, [](void* count) { ++*static_cast<int*>(count); }, &released),
              RSP_OK);
  }
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  EXPECT_EQ(released, 0);
  EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  EXPECT_EQ(released, 20);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);  // and now it is told again
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

// A5
TEST_F(Account, is_no_matter_of_terms_and_lanes_that_users_have) {
  rsp_term text = NIL;
  ASSERT_EQ(rsp_term_string(&text, "kept", 4), RSP_OK);
  rsp_lane_hooks hooks = {sizeof(rsp_lane_hooks), [](void*) {}, [](void*) {},
                          [](void*) { return RSP_ELIMIT; }, nullptr};
  rsp_lane* lane = nullptr;
  ASSERT_EQ(rsp_lane_new(&lane, &hooks, false), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  rsp_term_free(text);
  rsp_lane_free(lane);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

/// Stops the runtime in the middle of whatever others do, and starts it again.
void restart_often(std::atomic<bool>& enough) {
  for (int i = 0; i < scale(100); ++i) {
    ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
    rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
    options.workers = 2;
    ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  }
  enough = true;
}

// A2: so do starts, which make more than envelopes, in the middle of which the runtime goes.
TEST_F(Account, is_right_while_foreign_threads_start_servers) {
  std::atomic<bool> enough{false};
  std::thread stopper([&] { restart_often(enough); });
  in_threads(3, [&](int) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.start.handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
    child.id = word("child");
    while (!enough) {
      rsp_pid pid = NO_PID;
      (void)!rsp_server_start(nullptr, &pid, nullptr, nullptr, &child.start, nullptr);
      (void)!rsp_supervisor_start(nullptr, &pid, nullptr, &child, 1, nullptr, nullptr);
    }
  });
  stopper.join();
}

// A2: stops come while threads are in the middle of a send. None takes what these have in their hands for a leak.
TEST_F(Account, is_right_while_foreign_threads_send) {
  std::atomic<bool> enough{false};
  std::thread stopper([&] { restart_often(enough); });
  in_threads(3, [&](int) {
    while (!enough) {
      rsp_pid pid = NO_PID;
      if (rsp_spawn(
              nullptr, &pid, nullptr, nullptr, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; },
              nullptr, nullptr) != RSP_OK)
        continue;
      for (int i = 0; i < 10; ++i) EXPECT_EQ(rsp_send(nullptr, pid, NIL), RSP_OK);
    }
  });
  stopper.join();
}

#ifndef NDEBUG
// In a child: nothing of this OS process's runtime goes on there.
TEST(AccountDeath, of_a_lost_envelope_ends_the_stop_with_the_figures) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        (void)!rsp_runtime_start(nullptr);
        rsp::Envelope* volatile lost = rsp::envelope_new(rsp::EnvelopeKind::MESSAGE);
        (void)lost;
        (void)!rsp_runtime_stop(0);
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGABRT), "envelopes taken [0-9]+, given back [0-9]+");
}

TEST(AccountDeath, of_a_lost_block_ends_the_stop_with_the_figures) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        (void)!rsp_runtime_start(nullptr);
        void* volatile lost = rsp::mem_alloc(40);
        (void)lost;
        (void)!rsp_runtime_stop(0);
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGABRT), "bytes taken [0-9]+, given back [0-9]+");
}
#endif

}  // namespace
