// Seeded runs of a whole runtime, each in an OS process of its own.
//
// The runtime keeps some state for the life of its OS process (atoms, slots of the process table, numbers),
// so a second run would not begin as the first did, and its seed alone would not bring it back. Each run is
// therefore made in a child that is forked from an OS process in which no runtime ever ran. That also keeps
// what a failed run leaves behind from the next.
//
// Environment
//   RESPROUT_SEED=n               only that seed: to look at one failure
//   RESPROUT_SEED=n RESPROUT_COUNT=m     m seeds from that one on (tests/seeds)
//   RESPROUT_SEED=n RESPROUT_SHRINK=file  makes that failing seed's run shorter, and writes its choices down (shrink.hpp)
//   RESPROUT_CHOICES=file         only the run of these choices
//   RESPROUT_SEEDS=n              n times as many runs
//   RESPROUT_RUNS=file            appends what the runs of a test came to
//   RESPROUT_RUNS_SUMMARY=file    adds the test summary.of_all_runs, which sums such a file up
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#error "a native build has real threads and cannot be seeded"
#endif

#include <cstdint>
#include <functional>
#include <string>

#include "tests/support/sim.hpp"

namespace rsp::test {

/// How many runs each simulation of a whole runtime makes in a merge; `make check` makes ten times as many.
inline constexpr uint64_t RUNS_OF_A_SIMULATION = 2000;

struct ForkedRun {
  bool passed = false;
  uint64_t schedule = 0;  // equal for equal runs
  uint64_t steps = 0;
  std::string failure;    // how it ended, with the last steps, if it did not pass
  std::string sometimes;  // its counters
  std::string output;     // if it was captured
};

enum class Output : uint8_t { PRINTED, CAPTURED };

/// One run in a child. It passes if it finishes and no expectation of gtest fails in it.
[[nodiscard]] ForkedRun run_in_fork(const SimOptions& options, const std::function<void()>& body,
                                    Output output = Output::PRINTED);

struct ForkedRuns {
  std::string name;  // one word, in the file of runs: a name with a space fails their summary
  uint64_t first_seed;
  uint64_t count;
  const char* file;  // of the test, for its failures
  int line;
};

/// The body of a test: runs from the first seed on, up to one that fails, whose seed and command it prints.
/// At least 95 of 100 schedules must be distinct.
void run_in_forks(const ForkedRuns& runs, const std::function<void()>& body);

}  // namespace rsp::test
