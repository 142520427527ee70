// From the seed of a failing run to few choices that lead to the same failure, and a file of them that is run again.
//
// The choices of the seed are written down (core/env/controlled/choices.hpp). Then chunks of them, large ones first, are
// left to what is chosen without a wish, or taken out, as long as the run still fails with the same symptom: the first line of its failure
// without the seed, and the assertion that failed. What is left are mostly the preemptions that matter.
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#error "a native build has real threads and cannot be seeded"
#endif

#include <cstdint>
#include <functional>
#include <string>

#include "tests/support/forked_runs.hpp"

namespace rsp::test {

struct Shrunk {
  ForkedRun before;
  ForkedRun after;
  uint64_t choices_before = 0;  // that differ from what is chosen without a wish
  uint64_t choices_after = 0;
  uint64_t runs = 0;              // that it took
  env::control::Choices choices;  // up to the last that differs
};

/// What makes two failed runs the same failure; empty for a run that passed.
[[nodiscard]] std::string symptom_of(const ForkedRun& run);

/// options.seed fails, or nothing is done: before.passed.
[[nodiscard]] Shrunk shrink(const SimOptions& options, const std::function<void()>& body);

/// Bodies of a test: RESPROUT_SHRINK, which fails with what it has come to and how that is run again; RESPROUT_CHOICES.
void shrink_and_tell(const SimOptions& options, const std::string& file, const std::function<void()>& body);
void replay_choices(const std::string& file, const std::function<void()>& body);

}  // namespace rsp::test
