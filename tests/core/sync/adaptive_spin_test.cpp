// AdaptiveSpin: when a thread that waits stays awake. The rules are those of its header.
#include "core/sync/adaptive_spin.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace rsp {
namespace {

constexpr uint64_t NO_DEADLINE = UINT64_MAX;
constexpr uint64_t A_WAKE_UP_NS = 60'000;

class AdaptiveSpinTest : public testing::Test {
 protected:
  AdaptiveSpinTest() { AdaptiveSpin::allow(true); }
  ~AdaptiveSpinTest() override { AdaptiveSpin::allow(false); }

  /** Whether a wait for what does not come begins with a spin. */
  bool spins_in_vain(uint64_t deadline_ns = NO_DEADLINE) {
    uint32_t looks = 0;
    EXPECT_FALSE(spin_.wait(
        [&looks] {
          ++looks;
          return false;
        },
        deadline_ns));
    return looks != 0;
  }

  /** How many sleeps as long as a wake-up there are before the next spin, which is in vain. */
  uint32_t pause() {
    uint32_t sleeps = 0;
    while (!spins_in_vain()) {
      spin_.woken_after(A_WAKE_UP_NS);
      ++sleeps;
    }
    return sleeps;
  }

  /** A spin finds its token at the second look. */
  bool finds() {
    bool here = false;
    return spin_.wait([&here] { return std::exchange(here, true); }, NO_DEADLINE);
  }

  AdaptiveSpin spin_;
};

// S1
TEST_F(AdaptiveSpinTest, spins_after_a_sleep_as_long_as_a_wake_up) {
  EXPECT_FALSE(spins_in_vain());
  spin_.woken_after(A_WAKE_UP_NS);
  EXPECT_TRUE(spins_in_vain());
}

// S1
TEST_F(AdaptiveSpinTest, does_not_spin_after_a_shorter_or_a_much_longer_sleep) {
  for (int i = 0; i < 100; ++i) {
    spin_.woken_after(AdaptiveSpin::SHORTEST_SLEEP_NS - 1);
    EXPECT_FALSE(spins_in_vain());
    spin_.woken_after(AdaptiveSpin::LONGEST_SLEEP_NS + 1);
    EXPECT_FALSE(spins_in_vain());
  }
}

// S1: the time of a sleep is that since its wait.
TEST_F(AdaptiveSpinTest, measures_a_sleep) {
  EXPECT_FALSE(spins_in_vain());
  env::spin_until(env::now_ns() + AdaptiveSpin::LONGEST_SLEEP_NS + 1);
  spin_.woken();
  EXPECT_FALSE(spins_in_vain());
  do {
    env::spin_until(env::now_ns() + A_WAKE_UP_NS);
    spin_.woken();  // of an undisturbed thread
  } while (!spins_in_vain());
}

// S2
TEST_F(AdaptiveSpinTest, spins_as_long_as_it_has_slept) {
  spin_.woken_after(A_WAKE_UP_NS);
  const uint64_t before = env::now_ns();
  EXPECT_TRUE(spins_in_vain());
  EXPECT_GE(env::now_ns() - before, A_WAKE_UP_NS);
}

// S3
TEST_F(AdaptiveSpinTest, pauses_ever_longer_after_spins_in_vain) {
  EXPECT_EQ(pause(), 1U);
  for (const uint32_t sleeps : {2U, 3U, 5U, 9U, 17U, 33U, 65U, 65U, 65U}) EXPECT_EQ(pause(), sleeps);
}

// S3
TEST_F(AdaptiveSpinTest, goes_on_as_long_as_it_finds_its_token) {
  for (int i = 0; i < 4; ++i) (void)pause();
  while (!finds()) spin_.woken_after(A_WAKE_UP_NS);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(finds());
  EXPECT_TRUE(spins_in_vain());
  EXPECT_EQ(pause(), 2U);  // as after the first one
}

// S3: what comes without a sleep, spin or not, is no success of a spin.
TEST_F(AdaptiveSpinTest, goes_on_with_its_pauses_where_the_token_was_there_already) {
  for (int i = 0; i < 3; ++i) (void)pause();
  while (!spins_in_vain(1)) spin_.woken_after(A_WAKE_UP_NS);
  EXPECT_TRUE(spin_.wait([] { return true; }, NO_DEADLINE));
  EXPECT_TRUE(spins_in_vain());
  EXPECT_EQ(pause(), 9U);
}

// S3: the sleep after a spin in vain began too long ago to say anything.
TEST_F(AdaptiveSpinTest, does_not_count_the_sleep_after_a_spin) {
  spin_.woken_after(A_WAKE_UP_NS);
  EXPECT_TRUE(spins_in_vain());
  for (int i = 0; i < 100; ++i) spin_.woken();
  EXPECT_EQ(pause(), 2U);
}

TEST_F(AdaptiveSpinTest, finds_a_token_that_is_here_although_the_deadline_has_passed) {
  spin_.woken_after(A_WAKE_UP_NS);
  EXPECT_TRUE(spin_.wait([] { return true; }, 1));
}

TEST_F(AdaptiveSpinTest, ends_at_the_deadline_and_has_not_been_in_vain) {
  spin_.woken_after(A_WAKE_UP_NS);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(spins_in_vain(1));
}

// S3: a thread that sleeps from timer to timer does not spin from timer to timer.
TEST_F(AdaptiveSpinTest, gives_up_after_as_much_as_a_spin_of_those_that_deadlines_cut) {
  spin_.woken_after(A_WAKE_UP_NS);
  while (spins_in_vain(env::now_ns() + A_WAKE_UP_NS / 4)) {
  }
  EXPECT_FALSE(spins_in_vain());
}

// S4
TEST_F(AdaptiveSpinTest, never_spins_where_it_is_not_allowed) {
  AdaptiveSpin::allow(false);
  for (int i = 0; i < 100; ++i) {
    spin_.woken_after(A_WAKE_UP_NS);
    EXPECT_FALSE(spins_in_vain());
  }
}

}  // namespace
}  // namespace rsp
