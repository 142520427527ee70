#include "core/base/assert.hpp"

#include <gtest/gtest.h>

namespace rsp {
namespace {

TEST(Assert, that_holds_goes_on_and_evaluates_once) {
  int evaluations = 0;
  RSP_ASSERT(++evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

TEST(AssertDeathTest, that_fails_names_place_and_condition) {
  const int answer = 41;
  EXPECT_DEATH(RSP_ASSERT(answer == 42), "assert_test\\.cpp:[0-9]+: assertion failed: answer == 42");
}

TEST(AssertDeathTest, unreachable_says_what_was_thought_impossible) {
  EXPECT_DEATH(RSP_UNREACHABLE("no such state"), "unreachable: no such state");
}

TEST(Assert, of_debug_builds_is_never_evaluated_in_others) {
  int evaluations = 0;
  RSP_DEBUG_ASSERT(++evaluations > 0);
#ifdef NDEBUG
  EXPECT_EQ(evaluations, 0);
#else
  EXPECT_EQ(evaluations, 1);
#endif
}

TEST(AssertDeathTest, report_longer_than_its_buffer_is_cut) {
  const std::string what(4000, 'x');
  EXPECT_DEATH(assert_failed("file.cpp", 1, what.c_str()), "file\\.cpp:1: assertion failed: xxxx");
}

}  // namespace
}  // namespace rsp
