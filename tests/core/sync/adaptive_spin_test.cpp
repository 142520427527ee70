// AdaptiveSpin: when a thread that waits stays awake. The rules are those of its header.
#include "core/sync/adaptive_spin.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdint>
#include <cstdlib>

namespace rsp {
namespace {

constexpr uint64_t NO_DEADLINE = UINT64_MAX;

class AdaptiveSpinTest : public testing::Test {
 protected:
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

  /** Sleeps for moments until it spins: an undisturbed one is enough. */
  void sleep_shortly() {
    do {
      spin_.woken();
    } while (!spins_in_vain());
  }

  uint32_t spins_until_it_gives_up() {
    uint32_t count = 0;
    while (spins_in_vain()) ++count;
    return count;
  }

  AdaptiveSpin spin_;
};

TEST_F(AdaptiveSpinTest, does_not_spin_at_first) { EXPECT_FALSE(spins_in_vain()); }

// S1, S2
TEST_F(AdaptiveSpinTest, spins_after_a_short_sleep_and_gives_up_where_nothing_comes) {
  if (!env::has_several_cpus()) GTEST_SKIP() << "one processor: nobody spins (S3)";
  EXPECT_FALSE(spins_in_vain());
  sleep_shortly();
  const uint32_t count = spins_until_it_gives_up();
  EXPECT_GE(count, 2U);
  EXPECT_LE(count, 10U);
  EXPECT_FALSE(spins_in_vain());
}

// S1
TEST_F(AdaptiveSpinTest, spins_as_long_as_at_first_when_it_has_found_its_token) {
  if (!env::has_several_cpus()) GTEST_SKIP() << "one processor: nobody spins (S3)";
  EXPECT_FALSE(spins_in_vain());
  sleep_shortly();
  const uint32_t count = spins_until_it_gives_up() + 1;  // and the one of sleep_shortly
  sleep_shortly();
  EXPECT_TRUE(spins_in_vain());
  while (!spin_.wait([] { return true; }, NO_DEADLINE)) sleep_shortly();
  EXPECT_EQ(spins_until_it_gives_up(), count);
}

// S2: what was woken after a spin was not woken soon.
TEST_F(AdaptiveSpinTest, does_not_begin_anew_where_a_spin_was_in_vain) {
  if (!env::has_several_cpus()) GTEST_SKIP() << "one processor: nobody spins (S3)";
  EXPECT_FALSE(spins_in_vain());
  sleep_shortly();
  uint32_t spins = 0;
  for (; spins_in_vain(); ++spins) spin_.woken();
  EXPECT_LE(spins, 10U);
}

// S2
TEST_F(AdaptiveSpinTest, does_not_spin_after_a_long_sleep) {
  EXPECT_FALSE(spins_in_vain());
  env::spin_until(env::now_ns() + AdaptiveSpin::SHORT_SLEEP_NS);
  spin_.woken();
  EXPECT_FALSE(spins_in_vain());
}

TEST_F(AdaptiveSpinTest, ends_at_the_deadline) {
  if (!env::has_several_cpus()) GTEST_SKIP() << "one processor: nobody spins (S3)";
  EXPECT_FALSE(spins_in_vain());
  sleep_shortly();
  EXPECT_FALSE(spins_in_vain(env::now_ns()));
}

// S3
TEST_F(AdaptiveSpinTest, never_spins_on_one_processor) {
  const auto on_one_processor = [this] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) std::exit(2);
    for (int i = 0; i < 1000; ++i) {
      if (spins_in_vain()) std::exit(1);
      spin_.woken();
    }
    std::exit(0);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // in a program that has not asked for its processors yet
  EXPECT_EXIT(on_one_processor(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace rsp
