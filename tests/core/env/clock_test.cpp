#include "core/env/clock.hpp"

#include <gtest/gtest.h>

#include "core/env/random.hpp"

namespace rsp::env {
namespace {

TEST(Clock, never_goes_back_and_moves_on) {
  const uint64_t start = now_ns();
  uint64_t last = start;
  while (last < start + 1'000'000) {
    const uint64_t now = now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, is_neither_of_the_two_values_that_mean_something_else) {
  EXPECT_GT(now_ns(), 0u);
  EXPECT_LT(now_ns(), NO_DEADLINE / 2);
}

TEST(Random, does_not_repeat_and_uses_all_bits) {
  uint64_t ones = 0;
  uint64_t zeros = 0;
  uint64_t last = random_u64();
  for (int i = 0; i < 200; ++i) {
    const uint64_t next = random_u64();
    EXPECT_NE(next, last);
    ones |= next;
    zeros |= ~next;
    last = next;
  }
  EXPECT_EQ(ones, UINT64_MAX);
  EXPECT_EQ(zeros, UINT64_MAX);
}

}  // namespace
}  // namespace rsp::env
