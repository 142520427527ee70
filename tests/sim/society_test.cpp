// Simulated runs of a society: processes that do to each other at random what processes do.
#include "tests/sim/society.hpp"

#include <gtest/gtest.h>

#include "tests/support/forked_runs.hpp"

namespace society {
namespace {

constexpr uint64_t PARTS = 4;  // tests, so that they run side by side
constexpr uint64_t SEEDS_APART = 1'000'000;

class Societies : public testing::TestWithParam<uint64_t> {};

// S-SIG-1, S-SIG-2, S-EXIT-18, S-LINK-2, S-LINK-9, S-MON-1, S-SRV-9, S-SRV-30, S-NAME-3, S-PROC-8
TEST_P(Societies, keep_their_books) {
  rsp::test::run_in_forks(
      {"society", GetParam() * SEEDS_APART + 1, rsp::test::RUNS_OF_A_SIMULATION / PARTS, __FILE__, __LINE__},
      [] { Society().run(); });
}

INSTANTIATE_TEST_SUITE_P(part, Societies, testing::Range(uint64_t{0}, PARTS));

}  // namespace
}  // namespace society
