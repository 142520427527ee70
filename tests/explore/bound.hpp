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
// RESPROUT_PREEMPTIONS=n   n more than each test asks for (`make check`: 1)
// RESPROUT_EXPLORED=f      appends what each exploration came to to the file f; summary_test.cpp sums it up
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/explore.hpp"

namespace rsp::test {

/// This many preemptions, or more if the environment asks for it. Not while a bug is planted: what is deeper
/// comes first in a depth-first search, and would only delay the find.
inline ExploreOptions bound(uint32_t preemptions) {
  ExploreOptions options;
  options.preemption_bound = preemptions;
  for (auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
    if (bug->is_on()) return options;
  }
  if (const char* const more = std::getenv("RESPROUT_PREEMPTIONS")) {
    options.preemption_bound += static_cast<uint32_t>(std::strtoul(more, nullptr, 10));
    options.max_interleavings = UINT64_MAX;
  }
  return options;
}

/// The same, and weak compare-exchanges fail and waits return without need.
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
  std::fprintf(file, "%s %llu %llu %s\n", kind, static_cast<unsigned long long>(result.interleavings),
               static_cast<unsigned long long>(result.steps), what.c_str());
  std::fclose(file);
}

/// Whether every interleaving was run and none failed. Prints how many there were.
[[nodiscard]] inline testing::AssertionResult holds(const ExploreResult& result) {
  std::printf("  %llu interleavings, %llu steps\n", static_cast<unsigned long long>(result.interleavings),
              static_cast<unsigned long long>(result.steps));
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  note("explored", result, std::string(test.test_suite_name()) + "." + test.name());
  if (result.holds()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << (result.failure.empty() ? "not all interleavings were run"
                                                                : result.failure);
}

/// Whether an interleaving failed, and in the way that was to be expected: `symptom` is part of what the
/// first line says.
[[nodiscard]] inline testing::AssertionResult finds(const char* symptom, const ExploreResult& result) {
  const std::string first_line = result.failure.substr(0, result.failure.find('\n'));
  std::printf("  found: %s\n", first_line.c_str());
  if (first_line.find(symptom) == std::string::npos) {
    return testing::AssertionFailure() << "expected \"" << symptom << "\" within " << result.interleavings
                                       << " interleavings; " << result.failure;
  }
  for (auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
    if (bug->is_on()) note("found", result, bug->name());
  }
  return testing::AssertionSuccess();
}

}  // namespace rsp::test
