// A failing seed is a test case: it says how to be run again, and fails again in the same way at the same
// step.
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <string>

#include "core/env/planted_bug.hpp"
#include "tests/sim/society.hpp"
#include "tests/support/explore.hpp"
#include "tests/support/forked_runs.hpp"

namespace society {
namespace {

using rsp::env::control::PlantedBugScope;
using rsp::test::ForkedRun;
using rsp::test::run_in_fork;
using rsp::test::SimOptions;

ForkedRun run_seed(uint64_t seed) {
  SimOptions options;
  options.seed = seed;
  // A run that lost a wake-up or goes round in circles ends soon.
  options.max_steps = 200'000;
  return run_in_fork(options, [] { Society().run(); });
}

constexpr uint64_t MOST_SEEDS = 5000;

/// Without the numbers of objects: who reuses whose address is the allocator's affair.
std::string without_objects(const std::string& failure) {
  return std::regex_replace(failure, std::regex("#[0-9]+ *"), "");
}

/// The first seed that finds the mistake, or 0.
uint64_t seed_that_finds_it() {
  for (uint64_t seed = 1; seed <= MOST_SEEDS; ++seed) {
    if (!run_seed(seed).passed) return seed;
  }
  return 0;
}

class PlantedInTheRuntime : public testing::TestWithParam<const char*> {};

TEST_P(PlantedInTheRuntime, is_found_and_its_seed_fails_again_in_the_same_way) {
  const PlantedBugScope bug(GetParam());
  const uint64_t seed = seed_that_finds_it();
  ASSERT_NE(seed, 0u);
  const ForkedRun first = run_seed(seed);
  const ForkedRun second = run_seed(seed);
  EXPECT_FALSE(first.passed);
  EXPECT_TRUE(without_objects(first.failure) == without_objects(second.failure))
      << first.failure << second.failure;
  EXPECT_EQ(first.schedule, second.schedule);
  EXPECT_EQ(first.steps, second.steps);
  printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
         first.failure.substr(0, first.failure.find('\n')).c_str());
}

/// Mistakes that corrupt memory: what comes of it depends on where things lie.
class CorruptingTheRuntime : public PlantedInTheRuntime {};

TEST_P(CorruptingTheRuntime, is_found_and_its_seed_fails_again) {
  const PlantedBugScope bug(GetParam());
  const uint64_t seed = seed_that_finds_it();
  ASSERT_NE(seed, 0u);
  EXPECT_FALSE(run_seed(seed).passed);
}

std::string named_after(const testing::TestParamInfo<const char*>& bug) {
  std::string name(bug.param);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    mistakes, PlantedInTheRuntime,
    testing::Values("mailbox: leave by store", "mailbox: close by store", "mailbox: a signal leaves BLOCKED",
                    "exit: name released after the close", "registry: register without the last compare",
                    "worker: no second look", "worker: token left behind",
                    "worker: a vacant one is woken like a sleeper", "worker: comes back without its token",
                    "timer: cancel by store", "timer: fires without a compare",
                    "attached: thread forgotten by its worker", "ring: owner takes without compare",
                    "parker: unpark looks, then stores", "request: to oneself, and pending",
                    "request: replied and still pending", "request: unread, and no DOWN",
                    "signal: a reply ends the monitor without its alias",
                    "envelope memory: one in so many is lost", "table: serials without their floor"),
    named_after);

INSTANTIATE_TEST_SUITE_P(mistakes, CorruptingTheRuntime,
                         testing::Values("signal: held answered as it is", "request: freed while it is lent",
                                         "request: kept, and still a record"),
                         named_after);

}  // namespace
}  // namespace society
