// Tests that run once per seed, in virtual time:
//
//   TEST(Scheduler, runs_everything_that_was_injected) {
//     test::for_each_seed(200, [] { ...starts threads, waits, EXPECTs... });
//   }
//
// The body is the first thread of each run. A run that does not finish (deadlock, livelock, crash), or in
// which an expectation fails, ends the test with its seed, its last steps and where the threads stand.
//
// Environment
//   RESPROUT_SEED=n        only that seed: to look at one failure
//   RESPROUT_SEEDS=n       n times as many seeds: for a night
//   RESPROUT_PLANT=name    with this planted bug: to see how something is found
//   RESPROUT_SOMETIMES=f   appends the RSP_SOMETIMES counters to the file f at the end of the program
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#error "a native build has real threads and cannot be seeded"
#endif

#include <functional>

#include "core/env/controlled/sim.hpp"
#include "core/env/controlled/sometimes.hpp"

namespace rsp::test {

using SimOptions = env::sim::Options;
using SimReport = env::sim::Report;

uint64_t number_from_environment(const char* name, uint64_t otherwise);

struct SeedsReport {
  uint64_t runs = 0;
  uint64_t distinct_schedules = 0;
  uint64_t steps = 0;
};

// One run, whose outcome is the caller's to judge.
[[nodiscard]] SimReport run_seed(const SimOptions& options, const std::function<void()>& body);

// Seeds options.seed, options.seed + 1, ...; stops at the first that fails.
SeedsReport for_each_seed(uint64_t seeds, const SimOptions& options, const std::function<void()>& body);
SeedsReport for_each_seed(uint64_t seeds, const std::function<void()>& body);

}  // namespace rsp::test
