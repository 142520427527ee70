// How long a thread that waits stays awake before it sleeps.
//
// To wake a thread that sleeps on another processor takes tens of microseconds, half of it spent by the one that wakes it.
// So a thread whose last sleep was about as long looks out for its token for a while before it sleeps again (docs/adr/0027).
//
//   S1  A spin begins with a sleep that was not shorter than a wake-up across processors takes (after a shorter one there is
//       nothing to gain: the kernel has both on one), and not much longer.
//   S2  It lasts as long as that sleep, since whoever gives the token may sleep as well and have to be woken first. Then both
//       spin, and find each other awake from there on: after a spin that found its token the next one lasts four times as
//       long as that one had to.
//   S3  As long as spins find their token there is one before each sleep. After one in vain, or several that a deadline has
//       cut and that make one, there is a pause of one sleep as in S1; it doubles with each further spin in vain, up to
//       LONGEST_PAUSE, until a spin finds its token. So where the giver of the token waits for this very processor, or where
//       tokens come late, little time is lost.
//   S4  Nobody spins where the OS process has one processor, or a quota of their time (allow).
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
  /** S1: what a spin finds, and a wake-up after it. */
  static constexpr uint64_t LONGEST_SLEEP_NS = 200'000;
  static constexpr uint32_t LONGEST_PAUSE = 64;

  /** S4: by who starts the runtime; any number of times. */
  static void allow(bool may_spin) noexcept { allowed.store(may_spin, env::RELAXED); }

  /** Waits until `is_here()` for as long as it is worth it, but not beyond the deadline. False: sleep, and say woken(). */
  template <class IsHere>
  [[nodiscard]] bool wait(const IsHere& is_here, uint64_t deadline_ns) noexcept {
    if (env::CONTROLLED) return false;  // the order of the run decides what comes first, not time
    began_ns_ = env::now_ns();
    has_spun_ = spins_;
    if (!spins_) return false;
    if (is_here()) return true;  // without a sleep, spin or not
    const uint64_t end_ns = std::min(began_ns_ + span_ns_, deadline_ns);
    uint64_t now_ns = began_ns_;
    while (now_ns < end_ns) {
      env::relax();
      now_ns = env::now_ns();
      if (!is_here()) continue;
      in_vain_ = 0;
      cut_ns_ = 0;
      set_span(4 * (now_ns - began_ns_));
      return true;
    }
    cut_ns_ += now_ns - began_ns_;
    if (cut_ns_ < span_ns_) return false;  // at the deadline: it may have come a moment later
    cut_ns_ = 0;
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
  uint64_t cut_ns_ = 0;   // S3: of spins that a deadline has cut
  uint32_t span_ns_ = 0;  // S2: of the next spin
  uint32_t pause_ = 0;    // S3: sleeps to go before one allows a spin again
  uint8_t in_vain_ = 0;   // S3: the next pause, as a power of two
  bool spins_ = false;
  bool has_spun_ = false;  // this wait has begun with a spin
};

}  // namespace rsp
