// The account of envelopes at the stop of a runtime (core/proc/envelope_account.hpp, A1 to A3).
#include <atomic>
#include <thread>

#include "core/proc/envelope.hpp"
#include "core/proc/envelope_account.hpp"
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
  const rsp::EnvelopeFigures figures = rsp::envelope_figures();
  EXPECT_TRUE(figures.exact);
  EXPECT_EQ(figures.taken, figures.given);
  rsp_msg_free(kept);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

// A thread that has not detached keeps the envelope of its seat: that is no leak.
TEST_F(Account, is_right_while_a_thread_has_not_detached) {
  rsp_self* self = nullptr;
  ASSERT_EQ(rsp_attach(&self), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  const rsp::EnvelopeFigures figures = rsp::envelope_figures();
  EXPECT_TRUE(figures.exact);
  EXPECT_EQ(figures.taken, figures.given);
  EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

// A2: stops come while threads are in the middle of a send. None takes what these have in their hands for a leak.
TEST_F(Account, is_right_while_foreign_threads_send) {
  std::atomic<bool> enough{false};
  std::thread stopper([&] {
    for (int i = 0; i < scale(100); ++i) {
      ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
      rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
      options.workers = 2;
      ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
    }
    enough = true;
  });
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
#endif

}  // namespace
