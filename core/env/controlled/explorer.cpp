#include "core/env/controlled/explorer.hpp"

#include <vector>

#include "core/base/assert.hpp"
#include "core/env/controlled/crash.hpp"
#include "core/env/controlled/report.hpp"
#include "core/env/controlled/walk.hpp"

namespace rsp::env::explore {
namespace {

using control::Choice;
using control::g_engine;
using control::lowest;
using control::NOBODY;
using control::only;
using control::Op;
using control::Outcome;
using control::ThreadSet;
using control::TIME_MOVES;

class DepthFirst final : public control::Chooser {
 public:
  explicit DepthFirst(const Options& options) : options_(options) { path_.reserve(256); }

  void begin_interleaving() noexcept {
    depth_ = 0;
    preemptions_ = 0;
  }

  // Turns the last choice that has an alternative left to it. False: there is none, all was tried.
  bool next_interleaving() noexcept {
    while (!path_.empty() && path_.back().untried == 0) path_.pop_back();
    if (path_.empty()) return false;
    Decision& last = path_.back();
    last.taken = lowest(last.untried);
    last.untried &= last.untried - 1;
    return true;
  }

  uint32_t next_thread(const Choice& choice) noexcept override {
    const bool may_preempt = preemptions_ < options_.preemption_bound;
    const ThreadSet time = choice.deadlines && options_.early_deadlines && may_preempt ? only(TIME_MOVES) : 0;
    if (choice.running != NOBODY && !choice.yields) {
      if (!may_preempt) return choice.running;
      const uint32_t taken = take(choice.running, choice.runnable | time);
      if (taken != choice.running) ++preemptions_;
      return taken;
    }
    ThreadSet runnable = choice.runnable;
    if (choice.running != NOBODY && runnable != only(choice.running)) runnable &= ~only(choice.running);
    const uint32_t taken = take(lowest(runnable), runnable | time);
    if (taken == TIME_MOVES) ++preemptions_;
    return taken;
  }

  uint32_t thread_to_wake(ThreadSet waiters) noexcept override { return take(lowest(waiters), waiters); }

  bool spurious(Op) noexcept override {
    if (!options_.spurious || preemptions_ >= options_.preemption_bound) return false;
    constexpr uint32_t NO = 0;
    constexpr uint32_t YES = 1;
    if (take(NO, only(NO) | only(YES)) == NO) return false;
    ++preemptions_;
    return true;
  }

 private:
  struct Decision {
    ThreadSet all;
    ThreadSet untried;
    uint32_t taken;
  };

  uint32_t take(uint32_t first, ThreadSet all) noexcept {
    if (all == only(first)) return first;
    if (depth_ == path_.size()) path_.push_back(Decision{all, all & ~only(first), first});
    const Decision& decision = path_[depth_++];
    // Otherwise the program did something else although the choices before were the same.
    RSP_ASSERT(decision.all == all);
    return decision.taken;
  }

  const Options options_;
  std::vector<Decision> path_;
  size_t depth_ = 0;
  uint32_t preemptions_ = 0;
};

/// One run under the chooser. True: it finished.
bool run_one(const Options& options, const Program& program, control::Chooser* chooser, Result* result) {
  g_engine.begin(chooser, {options.max_steps, 1'000'000'000, 1, 2});
  if (g_engine.run_alone("set up", program.set_up, program.context)) {
    for (size_t i = 0; i < program.thread_count; ++i) {
      const ThreadBody& body = program.threads[i];
      RSP_ASSERT(g_engine.add_thread(body.name, body.fn, body.arg) != NOBODY);
    }
    if (g_engine.run() == Outcome::FINISHED) g_engine.run_alone("at end", program.tear_down, program.context);
  }
  result->outcome = g_engine.outcome();
  result->steps += g_engine.steps();
  return result->outcome == Outcome::FINISHED;
}

std::string describe_failure(const std::string& run) {
  std::string text = run + " ended in " + control::outcome_name(g_engine.outcome());
  if (g_engine.failure() != nullptr) text += std::string(": ") + g_engine.failure();
  return text + "\n" + control::describe_run();
}

/// False: one of them failed.
bool search(const Options& options, const Program& program, Result* result) {
  DepthFirst chooser(options);
  do {
    if (result->interleavings == options.max_interleavings) return true;
    ++result->interleavings;
    chooser.begin_interleaving();
    if (run_one(options, program, &chooser, result)) continue;
    result->failure = describe_failure("interleaving " + std::to_string(result->interleavings));
    return false;
  } while (chooser.next_interleaving());
  result->complete = true;
  return true;
}

void walk(const Options& options, const Program& program, Result* result) {
  Walk chooser(options.early_deadlines, options.spurious);
  for (; result->walks < options.walks;) {
    const uint64_t seed = options.first_walk + result->walks;
    ++result->walks;
    chooser.begin(seed);
    if (run_one(options, program, &chooser, result)) continue;
    result->failure = describe_failure("walk " + std::to_string(seed));
    return;
  }
}

}  // namespace

Result run(const Options& options, const Program& program) {
  Result result;
  result.preemption_bound = options.preemption_bound;
  control::CrashCatcher catcher;
  if (search(options, program, &result)) walk(options, program, &result);
  return result;
}

}  // namespace rsp::env::explore
