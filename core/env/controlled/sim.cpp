#include "core/env/controlled/sim.hpp"

#include "core/base/assert.hpp"
#include "core/env/controlled/crash.hpp"
#include "core/env/controlled/report.hpp"
#include "core/env/controlled/seeded_random.hpp"

namespace rsp::env::sim {
namespace {

using control::Choice;
using control::count;
using control::g_engine;
using control::lowest;
using control::MAX_THREADS;
using control::NOBODY;
using control::only;
using control::Op;
using control::SeededRandom;
using control::ThreadSet;
using control::TIME_MOVES;

// Steps between two interventions: short ones shake the protocols, long ones let a thread get far ahead.
constexpr uint32_t PERIODS[] = {2, 4, 16, 64, 256};
constexpr uint32_t PRIORITY_PERIODS[] = {8, 32, 128, 512, 2048};
constexpr uint32_t PLAIN_PERIODS[] = {4, 32, 128};
constexpr uint32_t MERCY = 512;        // a starved thread runs at one choice in so many
constexpr uint32_t NEW_VICTIM = 4096;  // and another one is starved after about so many choices
constexpr uint32_t EAGER = 2;          // wake, wait and start are where protocols meet

uint32_t g_early_deadline_one_in = 0;  // of the run

Strategy strategy_of(const Options& options, SeededRandom* random) noexcept {
  const uint32_t draw = random->below(10);  // drawn always: a forced strategy leaves the rest as it was
  if (options.strategy != Strategy::FROM_SEED) return options.strategy;
  if (draw < 5) return Strategy::UNIFORM;
  return draw < 8 ? Strategy::PRIORITIES : Strategy::STARVE;
}

class Seeded final : public control::Chooser {
 public:
  explicit Seeded(const Options& options) noexcept
      : options_(options), random_(options.seed), strategy_(strategy_of(options, &random_)) {
    const uint32_t draw = random_.below(5);
    period_ = strategy_ == Strategy::PRIORITIES ? PRIORITY_PERIODS[draw] : PERIODS[draw];
    plain_period_ = PLAIN_PERIODS[random_.below(3)];
  }

  [[nodiscard]] Strategy strategy() const noexcept { return strategy_; }

  uint32_t next_thread(const Choice& choice) noexcept override {
    if (choice.deadlines && random_.one_in(g_early_deadline_one_in)) return TIME_MOVES;
    switch (strategy_) {
      case Strategy::PRIORITIES:
        return by_priority(choice);
      case Strategy::STARVE:
        return starving(choice);
      default:
        return uniform(choice, choice.runnable);
    }
  }

  uint32_t thread_to_wake(ThreadSet waiters) noexcept override { return random_.any_of(waiters); }

  bool spurious(Op) noexcept override { return random_.one_in(options_.spurious_one_in); }

  uint32_t plain_operations_until_choice() noexcept override { return 1 + random_.below(plain_period_); }

  void thread_added(uint32_t thread) noexcept override {
    priority_[thread] = static_cast<int64_t>(random_.next() >> 2);
  }

 private:
  // Is it time to take the turn away?
  bool intervenes(Op op) noexcept {
    if (op == Op::LOAD || op == Op::STORE) return true;  // one in many is asked about at all
    const bool meeting = op == Op::WAKE || op == Op::WAIT || op == Op::START_THREAD;
    return random_.one_in(meeting ? EAGER : period_);
  }

  uint32_t uniform(const Choice& choice, ThreadSet candidates) noexcept {
    if (choice.running != NOBODY && (candidates & only(choice.running)) != 0) {
      if (choice.yields) {
        if (candidates != only(choice.running)) candidates &= ~only(choice.running);
      } else if (!intervenes(choice.op)) {
        return choice.running;
      }
    }
    return random_.any_of(candidates);
  }

  uint32_t by_priority(const Choice& choice) noexcept {
    if (choice.running != NOBODY && (choice.yields || random_.one_in(period_))) {
      priority_[choice.running] = --lowest_priority_;
    }
    uint32_t best = lowest(choice.runnable);
    for (ThreadSet left = choice.runnable; left != 0; left &= left - 1) {
      if (priority_[lowest(left)] > priority_[best]) best = lowest(left);
    }
    return best;
  }

  uint32_t starving(const Choice& choice) noexcept {
    if (count(choice.runnable) == 1) return lowest(choice.runnable);
    if (victim_ == NOBODY || random_.one_in(NEW_VICTIM)) victim_ = random_.any_of(choice.runnable);
    if (random_.one_in(MERCY)) return random_.any_of(choice.runnable);
    return uniform(choice, choice.runnable & ~only(victim_));
  }

  const Options options_;
  SeededRandom random_;
  const Strategy strategy_;
  uint32_t period_;
  uint32_t plain_period_;
  uint32_t victim_ = NOBODY;
  int64_t lowest_priority_ = 0;
  int64_t priority_[MAX_THREADS] = {};
};

}  // namespace

const char* strategy_name(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::FROM_SEED:
      return "from seed";
    case Strategy::UNIFORM:
      return "uniform";
    case Strategy::PRIORITIES:
      return "priorities";
    case Strategy::STARVE:
      return "starve";
  }
  return "unknown";
}

Report run(const Options& options, void (*fn)(void*), void* arg) {
  Seeded seeded(options);
  control::ListedChooser listed(options.replay, options.replay == nullptr ? &seeded : nullptr, options.record,
                                &g_early_deadline_one_in);
  control::Chooser* chooser = &seeded;
  if (options.replay != nullptr || options.record != nullptr) chooser = &listed;
  g_early_deadline_one_in = options.early_deadline_one_in;
  control::CrashCatcher catcher;
  const control::Limits limits{options.max_steps, options.start_time_ns, ~options.seed, options.cpus};
  g_engine.begin(chooser, limits);
  RSP_ASSERT(g_engine.add_thread("main", fn, arg) != NOBODY);
  const control::Outcome outcome = g_engine.run();

  Report report{options.seed,        seeded.strategy(),        outcome,           g_engine.steps(),
                g_engine.switches(), g_engine.schedule_hash(), g_engine.now_ns(), {}};
  if (outcome != control::Outcome::FINISHED) {
    report.failure = "seed " + std::to_string(options.seed) + " (" + strategy_name(report.strategy) +
                     ") ended in " + control::outcome_name(outcome);
    if (g_engine.failure() != nullptr) report.failure += std::string(": ") + g_engine.failure();
    report.failure += "\n" + control::describe_run();
  }
  return report;
}

void spend_ns(uint64_t duration_ns) noexcept {
  if (duration_ns == 0) return;
  RSP_ASSERT(control::g_running);
  g_engine.block(nullptr, g_engine.now_ns() + duration_ns);
}

void move_time_early(uint32_t one_in) noexcept {
  RSP_ASSERT(control::g_running);
  g_early_deadline_one_in = one_in;
}

}  // namespace rsp::env::sim
