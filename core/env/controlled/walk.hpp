// A chooser that goes through a small program at random, by seed, for what lies deeper than a search of all
// interleavings can go: as many preemptions as come about.
//
// Half of the seeds go by priorities: the most important thread runs, and now and then the running one becomes the least
// important. That comes to states in which one thread has got far ahead while another stands still, which a turn that
// goes to anybody at any time hardly ever does. The other half does just that. How often "now and then" is, the seed draws too.
//
// No more deadlines pass early than a deep search would let: what a program says about time holds only if its threads are not slow
// without limit.
#pragma once

#include <cstdint>

#include "core/env/controlled/engine.hpp"
#include "core/env/controlled/seeded_random.hpp"

namespace rsp::env::explore {

class Walk final : public control::Chooser {
 public:
  // Both as in explore::Options.
  Walk(bool early_deadlines, bool spurious) noexcept
      : early_deadlines_(early_deadlines ? EARLY_DEADLINES : 0), spurious_(spurious), random_(0) {}

  void begin(uint64_t seed) noexcept {
    random_ = control::SeededRandom(seed);
    by_priority_ = random_.below(2) == 0;
    period_ = PERIODS[random_.below(sizeof PERIODS / sizeof PERIODS[0])];
    lowest_priority_ = 0;
    early_left_ = early_deadlines_;
  }

  uint32_t next_thread(const control::Choice& choice) noexcept override {
    const bool goes_on = choice.running != control::NOBODY && !choice.yields;
    const bool intervenes = random_.one_in(period_);
    if (intervenes && choice.deadlines && early_left_ > 0 && random_.one_in(TIME_ONE_IN)) {
      --early_left_;
      return control::TIME_MOVES;
    }
    if (by_priority_) {
      if (choice.running != control::NOBODY && (intervenes || choice.yields)) {
        priority_[choice.running] = --lowest_priority_;
      }
      return most_important(choice.runnable);
    }
    if (goes_on && !intervenes) return choice.running;
    control::ThreadSet others = choice.runnable;
    if (choice.running != control::NOBODY && others != control::only(choice.running)) {
      others &= ~control::only(choice.running);
    }
    return random_.any_of(others);
  }

  uint32_t thread_to_wake(control::ThreadSet waiters) noexcept override { return random_.any_of(waiters); }

  bool spurious(control::Op) noexcept override { return spurious_ && random_.one_in(period_); }

  void thread_added(uint32_t thread) noexcept override {
    priority_[thread] = static_cast<int64_t>(random_.next() >> 2);
  }

 private:
  static constexpr uint32_t PERIODS[] = {2, 4, 8, 16, 32, 64};
  static constexpr uint32_t TIME_ONE_IN = 4;
  static constexpr uint32_t EARLY_DEADLINES = 3;

  [[nodiscard]] uint32_t most_important(control::ThreadSet runnable) const noexcept {
    uint32_t best = control::lowest(runnable);
    for (control::ThreadSet left = runnable; left != 0; left &= left - 1) {
      if (priority_[control::lowest(left)] > priority_[best]) best = control::lowest(left);
    }
    return best;
  }

  const uint32_t early_deadlines_;
  const bool spurious_;
  control::SeededRandom random_;
  bool by_priority_ = false;
  uint32_t period_ = 2;
  uint32_t early_left_ = 0;
  int64_t lowest_priority_ = 0;
  int64_t priority_[control::MAX_THREADS] = {};
};

}  // namespace rsp::env::explore
