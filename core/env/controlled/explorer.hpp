// All interleavings of a few small threads, depth first.
//
// The program is run again from the start for each interleaving (nothing is saved or restored). At each
// choice the thread that asks goes on first; the alternatives are tried later. Taking the turn from a thread
// that could go on is a preemption, and an interleaving has at most `preemption_bound` of them: few are
// enough to show almost any mistake, and without a bound the number of interleavings grows beyond reach.
// Turns that a thread gives up by itself (waiting, yielding, ending) cost nothing.
//
// A search that is too large to end is cut short, and random walks (walk.hpp) look into the rest. They also go beyond
// the bound.
//
// The memory model is sequential consistency: a missing acquire or release is not found here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/env/controlled/engine.hpp"

namespace rsp::env::explore {

struct Options {
  uint32_t preemption_bound = 3;
  // A deadline may pass while other threads could still run. Costs a preemption.
  bool early_deadlines = true;
  // Waits may return without a wake, and weak compare-exchanges may fail without need. Costs a preemption.
  bool spurious = false;
  uint64_t max_interleavings = 50'000'000;
  // So many runs more, with choices at random and no bound (walk.hpp); the first by this seed, the next by the next one.
  uint64_t walks = 0;
  uint64_t first_walk = 1;
  // More steps than this in one interleaving is a livelock.
  uint64_t max_steps = 4000;
};

struct ThreadBody {
  const char* name;
  void (*fn)(void*);
  void* arg;
};

// Must do the same whenever the same choices are made: no real time, no addresses, nothing left over from
// the interleaving before.
struct Program {
  void* context;
  void (*set_up)(void* context);  // before each interleaving; one thread, no choice points
  const ThreadBody* threads;
  size_t thread_count;
  void (*tear_down)(void* context);  // after each that finished: looks at the result, frees; likewise
};

struct Result {
  uint64_t interleavings = 0;
  uint64_t walks = 0;  // that were run
  uint64_t steps = 0;  // of both
  uint32_t preemption_bound = 0;
  bool complete = false;                                  // every interleaving within the bound was run
  control::Outcome outcome = control::Outcome::FINISHED;  // of the last run
  std::string failure;                                    // what failed, and the steps that lead to it

  // Nothing failed, and what the search has left out was left to walks.
  [[nodiscard]] bool holds() const noexcept {
    return (complete || walks > 0) && outcome == control::Outcome::FINISHED;
  }
};

[[nodiscard]] Result run(const Options& options, const Program& program);

}  // namespace rsp::env::explore
