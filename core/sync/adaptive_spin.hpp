// How long a thread that waits stays awake before it sleeps.
//
// To wake a thread that sleeps on another processor takes tens of microseconds, half of them of the one that wakes it. So a
// thread whose last sleep was about as long looks out for its token for a while before it sleeps again (docs/adr/0027).
//
//   S1  It spins if its last sleep was neither shorter than a wake-up across processors takes (then there is nothing to gain:
//       the kernel has both on one) nor much longer.
//   S2  It lasts as long as that sleep, since whoever gives the token may sleep as well and have to be woken first. Then both
//       spin, and find each other awake from there on: a spin that follows one that found its token lasts four times as long
//       as that one had to.
//   S3  As long as spins find their token there is one before each sleep. One in vain is the last for a while: for one such
//       sleep, for two after the next, and so on up to LONGEST_PAUSE. So where the giver of the token waits for this very
//       processor, or where tokens come late, little time is lost.
//   S4  Nobody spins where the OS process has one processor (allow).
//
// Private to the thread that waits.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "core/env/thread.hpp"

namespace rsp {

class AdaptiveSpin {
 public:
  static constexpr uint64_t SHORTEST_SPIN_NS = 20'000;
  /** A wake-up across processors takes 40 to 90 us where they are virtual. */
  static constexpr uint64_t LONGEST_SPIN_NS = 100'000;
  /** S1: a wake-up on the same processor takes 2 to 5 us. */
  static constexpr uint64_t SHORTEST_SLEEP_NS = 15'000;
  /** S1: what a spin finds, and a wake-up behind it. */
  static constexpr uint64_t LONGEST_SLEEP_NS = 200'000;
  static constexpr uint32_t LONGEST_PAUSE = 64;

  /** S4: by who starts the runtime; any number of times. */
  static void allow(bool has_several_cpus) noexcept { allowed.store(has_several_cpus, env::RELAXED); }

  /** Waits until `is_here()` for as long as it is worth it, but not beyond the deadline. False: sleep, and say woken(). */
  template <class IsHere>
  [[nodiscard]] bool wait(const IsHere& is_here, uint64_t deadline_ns) noexcept {
    if (env::CONTROLLED) return false;  // the order of the run decides what comes first, not time
    began_ns_ = env::now_ns();
    has_spun_ = spins_;
    if (!spins_) return false;
    const uint64_t end_ns = std::min(began_ns_ + span_ns_, deadline_ns);
    uint64_t now_ns = began_ns_;
    do {
      if (is_here()) {
        in_vain_ = 0;
        set_span(4 * (now_ns - began_ns_));
        return true;
      }
      env::relax();
      now_ns = env::now_ns();
    } while (now_ns < end_ns);
    if (end_ns == deadline_ns) return false;  // it may have come a moment later
    spins_ = false;
    pause_ = std::min(1U << in_vain_, LONGEST_PAUSE);
    if (pause_ != LONGEST_PAUSE) ++in_vain_;
    return false;
  }

  /** The token has come, in a sleep. */
  void woken() noexcept {
    if (env::CONTROLLED || has_spun_) return;
    woken_after(env::now_ns() - began_ns_);
  }

  /** The same, with how long it took. */
  void woken_after(uint64_t slept_ns) noexcept {
    if (slept_ns < SHORTEST_SLEEP_NS || slept_ns > LONGEST_SLEEP_NS) return;
    if (pause_ != 0) {
      --pause_;
    } else {
      spins_ = allowed.load(env::RELAXED);  // a figure of the start
      set_span(slept_ns);
    }
  }

 private:
  inline static constinit env::Atomic<bool> allowed{false};

  void set_span(uint64_t ns) {
    span_ns_ = static_cast<uint32_t>(std::clamp(ns, SHORTEST_SPIN_NS, LONGEST_SPIN_NS));
  }

  uint64_t began_ns_ = 0;
  uint32_t span_ns_ = 0;  // S2: of the next spin
  uint32_t pause_ = 0;    // S3: so many sleeps to go before the next spin
  uint8_t in_vain_ = 0;   // S3: spins in a row
  bool spins_ = false;
  bool has_spun_ = false;  // this wait has begun with a spin
};

}  // namespace rsp
