// Empty in native test programs, some of which know only the public headers.
#if defined(RSP_ENV_SIM) || defined(RSP_ENV_EXPLORE)

#include "tests/support/sim.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <unordered_set>

#include "core/env/planted_bug.hpp"

namespace rsp::test {

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : strtoull(text, nullptr, 0);
}

namespace {

void call(void* body) { (*static_cast<const std::function<void()>*>(body))(); }

class SometimesFile final : public testing::Environment {
 public:
  void TearDown() override {
    const char* path = getenv("RESPROUT_SOMETIMES");
    if (path == nullptr || *path == '\0') return;
    FILE* file = fopen(path, "a");
    ASSERT_NE(file, nullptr) << path;
    fputs(env::control::sometimes_report().c_str(), file);
    fclose(file);
  }
};

[[maybe_unused]] testing::Environment* const g_sometimes_file =
    testing::AddGlobalTestEnvironment(new SometimesFile);

/// Planted for the whole program. A name that is nowhere in it aborts.
class PlantedBugs final : public testing::Environment {
 public:
  void SetUp() override {
    if (const char* const name = getenv("RESPROUT_PLANT")) bug_.emplace(name);
  }
  void TearDown() override { bug_.reset(); }

 private:
  std::optional<env::control::PlantedBugScope> bug_;
};

[[maybe_unused]] testing::Environment* const g_planted_bugs =
    testing::AddGlobalTestEnvironment(new PlantedBugs);

}  // namespace

SimReport run_seed(const SimOptions& options, const std::function<void()>& body) {
  return env::sim::run(options, call, const_cast<std::function<void()>*>(&body));
}

SeedsReport for_each_seed(uint64_t seeds, const SimOptions& options, const std::function<void()>& body) {
  SeedsReport total;
  std::unordered_set<uint64_t> schedules;
  SimOptions one = options;
  const bool only_one = getenv("RESPROUT_SEED") != nullptr;
  one.seed = number_from_environment("RESPROUT_SEED", options.seed);
  const uint64_t count = only_one ? 1 : seeds * number_from_environment("RESPROUT_SEEDS", 1);
  for (; total.runs < count; ++one.seed) {
    const SimReport report = run_seed(one, body);
    ++total.runs;
    total.steps += report.steps;
    schedules.insert(report.schedule_hash);
    if (!report.finished()) {
      ADD_FAILURE() << report.failure << "again: RESPROUT_SEED=" << one.seed;
      break;
    }
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "with seed " << one.seed << " (" << env::sim::strategy_name(report.strategy)
                    << "); again: RESPROUT_SEED=" << one.seed;
      break;
    }
  }
  total.distinct_schedules = schedules.size();
  return total;
}

SeedsReport for_each_seed(uint64_t seeds, const std::function<void()>& body) {
  return for_each_seed(seeds, SimOptions{}, body);
}

}  // namespace rsp::test

#endif
