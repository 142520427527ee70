// The choices of a simulated run as a list: what a seed has chosen can be written down, changed, and run again.
//
// An entry is a choice that differs from what is chosen when nobody has a wish, or NO_WISH. Then the running thread goes
// on, unless it yields or has done nothing but plain operations for long, the first of several is woken, and nothing is
// spurious. So a list in which most entries are NO_WISH, or which ends early, is a run with few surprises.
#pragma once

#include <cstdint>
#include <vector>

#include "core/env/controlled/engine.hpp"

namespace rsp::env::control {

using Choices = std::vector<uint32_t>;
inline constexpr uint32_t NO_WISH = UINT32_MAX;

// Follows a list, or another chooser, and writes down what came of it. A wish that cannot be had is none: the program is no
// longer where it was made.
class ListedChooser final : public Chooser {
 public:
  // One of `wishes` and `seeded` is null. `made` is emptied; it may be null. While *early_deadlines is 0 no wish moves the
  // time.
  ListedChooser(const Choices* wishes, Chooser* seeded, Choices* made,
                const uint32_t* early_deadlines) noexcept
      : wishes_(wishes), seeded_(seeded), made_(made), early_deadlines_(early_deadlines) {
    if (made_ != nullptr) made_->clear();
  }

  uint32_t next_thread(const Choice& choice) noexcept override {
    const uint32_t otherwise = without_a_wish(choice);
    if (seeded_ != nullptr) return note(seeded_->next_thread(choice), otherwise);
    const uint32_t wish = next_wish();
    const bool is_possible = wish == TIME_MOVES ? choice.deadlines && *early_deadlines_ != 0
                                                : wish < MAX_THREADS && (choice.runnable & only(wish)) != 0;
    return note(is_possible ? wish : otherwise, otherwise);
  }

  uint32_t thread_to_wake(ThreadSet waiters) noexcept override {
    const uint32_t otherwise = lowest(waiters);
    if (seeded_ != nullptr) return note(seeded_->thread_to_wake(waiters), otherwise);
    const uint32_t wish = next_wish();
    return note(wish < MAX_THREADS && (waiters & only(wish)) != 0 ? wish : otherwise, otherwise);
  }

  bool spurious(Op op) noexcept override {
    const bool is = seeded_ != nullptr ? seeded_->spurious(op) : next_wish() == SPURIOUS;
    return note(is ? SPURIOUS : NOT_SPURIOUS, NOT_SPURIOUS) == SPURIOUS;
  }

  uint32_t plain_operations_until_choice() noexcept override {
    if (seeded_ != nullptr) return note(seeded_->plain_operations_until_choice(), MANY);
    const uint32_t wish = next_wish();
    return note(wish > 0 && wish < MANY ? wish : MANY, MANY);
  }

  void thread_added(uint32_t thread) noexcept override {
    if (seeded_ != nullptr) seeded_->thread_added(thread);
  }

 private:
  static constexpr uint32_t NOT_SPURIOUS = 0;
  static constexpr uint32_t SPURIOUS = 1;
  static constexpr uint32_t MANY =
      1024;  // plain operations; then others get their turn, or a spin would never end

  static uint32_t without_a_wish(const Choice& choice) noexcept {
    if (choice.running == NOBODY) return lowest(choice.runnable);
    if (!choice.yields && choice.op != Op::LOAD && choice.op != Op::STORE) return choice.running;
    const ThreadSet behind = choice.runnable & ~(only(choice.running) | (only(choice.running) - 1));
    return lowest(behind != 0 ? behind : choice.runnable);
  }

  uint32_t next_wish() noexcept { return place_ < wishes_->size() ? (*wishes_)[place_++] : NO_WISH; }

  uint32_t note(uint32_t chosen, uint32_t otherwise) noexcept {
    if (made_ != nullptr) made_->push_back(chosen == otherwise ? NO_WISH : chosen);
    return chosen;
  }

  const Choices* wishes_;
  Chooser* seeded_;
  Choices* made_;
  const uint32_t* early_deadlines_;
  size_t place_ = 0;
};

}  // namespace rsp::env::control
