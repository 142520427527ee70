// How deep the tests of this directory look, what they print, and what counts as a planted bug that was
// found.
//
//   ExploreResult two_senders() { return explore<Actor>(bound(3), {...}, ...); }
//
//   TEST(MailboxExplored, loses_nothing) { EXPECT_TRUE(holds(two_senders())); }
//   TEST(MailboxExplored, leaving_by_a_store_is_found) {
//     PlantedBugScope bug("mailbox: leave by store");
//     EXPECT_TRUE(finds("received == sent", two_senders()));
//   }
//
// bound_and_walks() is for scenes that are too large for a merge.
//
// RESPROUT_DEEP=n      deeper (`tests/run deep`: ten million): DEEP_BOUND preemptions at least, cut short at n interleavings, and
//                      then DEEP_WALKS random walks, which no bound holds
// RESPROUT_WALKS=n     no search: n random walks, also for what is planted
// RESPROUT_SEED=n      the first of these walks
// RESPROUT_EXPLORED=f  appends what each exploration came to to the file f; summary_test.cpp sums it up
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/again.hpp"
#include "tests/support/explore.hpp"
#include "tests/support/sim.hpp"

namespace rsp::test {

inline constexpr uint32_t DEEP_BOUND = 3;
inline constexpr uint64_t DEEP_WALKS = 300'000;
inline constexpr uint64_t MERGE_WALKS = 200'000;

/// 0: as each test asks for.
inline uint64_t deep_interleavings() { return number_from_environment("RESPROUT_DEEP", 0); }

inline bool is_a_bug_planted() {
  for (auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
    if (bug->is_on()) return true;
  }
  return false;
}

/// This many preemptions, or what the environment asks for. A bug that is planted is not searched for any deeper: what is
/// deeper comes first in a depth-first search, and would only delay the find.
inline ExploreOptions bound(uint32_t preemptions) {
  ExploreOptions options;
  options.preemption_bound = preemptions;
  options.walks = number_from_environment("RESPROUT_WALKS", 0);
  if (options.walks != 0) {
    options.max_interleavings = 1;  // what is done once in the life of the program, no walk does
    options.first_walk = number_from_environment("RESPROUT_SEED", 1);
  } else if (deep_interleavings() != 0 && !is_a_bug_planted()) {
    options.preemption_bound = std::max(preemptions, DEEP_BOUND);
    options.max_interleavings = deep_interleavings();
    options.walks = DEEP_WALKS;
  }
  return options;
}

/// No more, however deep the others go: of scenes that measure lateness. A thread that is ready and does not run, as after
/// enough preemptions, is late for everything.
inline ExploreOptions no_deeper_than(uint32_t preemptions) {
  ExploreOptions options;
  options.preemption_bound = preemptions;
  return options;
}

/// As bound(), and then random walks, also for what is planted: of the largest scenes, which have millions of interleavings
/// with one preemption more. What is planted in those is found so within five to a hundred times fewer runs than by the
/// search with one more. `tests/run deep` searches them as far as every other.
inline ExploreOptions bound_and_walks(uint32_t preemptions) {
  ExploreOptions options = bound(preemptions);
  if (options.walks == 0) options.walks = MERGE_WALKS;
  return options;
}

/// As bound(), and weak compare-exchanges fail and waits return without need.
inline ExploreOptions bound_with_spurious_returns(uint32_t preemptions) {
  ExploreOptions options = bound(preemptions);
  options.spurious = true;
  return options;
}

/// One line of RESPROUT_EXPLORED.
inline void note(const char* kind, const ExploreResult& result, const std::string& what) {
  const char* const path = std::getenv("RESPROUT_EXPLORED");
  if (path == nullptr || *path == '\0') return;
  FILE* const file = std::fopen(path, "a");
  ASSERT_NE(file, nullptr) << path;
  std::fprintf(file, "%s %llu %u %d %llu %llu %s\n", kind,
               static_cast<unsigned long long>(result.interleavings), result.preemption_bound,
               result.complete, static_cast<unsigned long long>(result.walks),
               static_cast<unsigned long long>(result.steps), what.c_str());
  std::fclose(file);
}

/// Whether every interleaving was run, or as many as were wanted and walks for the rest, and none failed. Prints how many
/// there were.
[[nodiscard]] inline testing::AssertionResult holds(const ExploreResult& result) {
  std::printf("  %llu interleavings (%s with %u preemptions), %llu walks, %llu steps\n",
              static_cast<unsigned long long>(result.interleavings), result.complete ? "all" : "not all",
              result.preemption_bound, static_cast<unsigned long long>(result.walks),
              static_cast<unsigned long long>(result.steps));
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  note("explored", result, std::string(test.test_suite_name()) + "." + test.name());
  if (result.holds()) return testing::AssertionSuccess();
  if (result.failure.empty()) return testing::AssertionFailure() << "not all interleavings were run";
  testing::AssertionResult failed = testing::AssertionFailure() << result.failure;
  if (result.walks == 0) return failed;
  const uint64_t seed = number_from_environment("RESPROUT_SEED", 1) + result.walks - 1;
  return failed << "again: RESPROUT_WALKS=1 RESPROUT_SEED=" << seed << " " << command_of_this_test();
}

/// Whether an interleaving failed, and in the way that was to be expected: `symptom` is part of what the
/// first line says.
[[nodiscard]] inline testing::AssertionResult finds(const char* symptom, const ExploreResult& result) {
  const std::string first_line = result.failure.substr(0, result.failure.find('\n'));
  std::printf("  found: %s\n", first_line.c_str());
  if (first_line.find(symptom) == std::string::npos) {
    return testing::AssertionFailure()
           << "expected \"" << symptom << "\" within " << result.interleavings << " interleavings and "
           << result.walks << " walks; " << result.failure;
  }
  for (auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
    if (bug->is_on()) note("found", result, bug->name());
  }
  return testing::AssertionSuccess();
}

}  // namespace rsp::test
