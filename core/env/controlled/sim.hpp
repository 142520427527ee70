// One seeded run in virtual time: the same seed gives the same run, and another seed most likely another.
//
// What the seed decides: the strategy, who takes each step, which waiter a wake wakes, spurious returns, and
// the numbers of env::random_u64().
#pragma once

#include <cstdint>
#include <string>

#include "core/env/controlled/choices.hpp"
#include "core/env/controlled/engine.hpp"

namespace rsp::env::sim {

enum class Strategy : uint8_t {
  FROM_SEED,
  UNIFORM,     // now and then the turn goes to any thread, each as likely as the others
  PRIORITIES,  // the most important runnable thread runs; now and then the running one becomes the least
  STARVE,      // one thread gets a turn only when no other can run, or very rarely
};
[[nodiscard]] const char* strategy_name(Strategy strategy) noexcept;

struct Options {
  uint64_t seed = 1;
  Strategy strategy = Strategy::FROM_SEED;
  uint32_t cpus = 2;  // what cpu_count() says
  uint64_t start_time_ns = 1'000'000'000;
  uint64_t max_steps = 100'000'000;
  // One wait or weak compare-exchange in so many returns without need; 0: never.
  uint32_t spurious_one_in = 64;
  // At one choice in so many time moves although threads could run, as if they were slow; 0: never.
  uint32_t early_deadline_one_in = 0;
  // These choices instead of the seed's, which decides no more than the random numbers then.
  const control::Choices* replay = nullptr;
  // What was chosen is written down here.
  control::Choices* record = nullptr;
};

struct Report {
  uint64_t seed;
  Strategy strategy;  // the one used
  control::Outcome outcome;
  uint64_t steps;
  uint64_t switches;
  uint64_t schedule_hash;  // equal for equal runs
  uint64_t end_time_ns;
  std::string failure;  // empty when finished: otherwise seed, outcome, last steps, where threads stand

  [[nodiscard]] bool finished() const noexcept { return outcome == control::Outcome::FINISHED; }
};

// Runs fn(arg) as the first thread. Not from a thread of a run.
[[nodiscard]] Report run(const Options& options, void (*fn)(void*), void* arg);

// Called by a thread of a run: it computes for so long. Others run meanwhile.
void spend_ns(uint64_t duration_ns) noexcept;

// Called by a thread of a run: from here on this is its early_deadline_one_in.
void move_time_early(uint32_t one_in) noexcept;

}  // namespace rsp::env::sim
