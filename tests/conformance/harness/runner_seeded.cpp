// Simulated: each case in many runs, one a seed.

#include "core/env/build.hpp"

#if !defined(RSP_ENV_NATIVE)

#include <string>

#include "core/env/random.hpp"
#include "tests/conformance/harness/runner.hpp"
#include "tests/support/forked_runs.hpp"

namespace conformance {
namespace {

constexpr uint64_t SEEDS_OF_A_CASE = 20;  // of each body; tests/cases knows the number, too
constexpr uint32_t MOST_WORKERS = 3;
constexpr uint64_t SEEDS_APART = 1'000'000;  // first seeds of two cases

}  // namespace

std::vector<uint32_t> worker_counts() { return {ANY_WORKERS}; }

void run_as_test(const Case& a_case, uint32_t) {
  const uint64_t first = static_cast<uint64_t>(a_case.number) * SEEDS_APART + 1;
  rsp::test::run_in_forks(
      {"case_" + std::to_string(a_case.number), first, SEEDS_OF_A_CASE, a_case.file, a_case.line},
      [&] { run_case(a_case, static_cast<uint32_t>(1 + rsp::env::random_u64() % MOST_WORKERS)); });
}

}  // namespace conformance

#endif
