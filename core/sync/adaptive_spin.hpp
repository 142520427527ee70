// How long a thread that waits stays awake before it sleeps.
//
// To wake a thread that sleeps on another processor takes tens of microseconds, half of them of the one that wakes it. So a thread
// whose last sleep was hardly longer than that looks out for its token a while before it sleeps again (docs/adr/0027).
//
//   S1  A spin that finds its token is followed by one as long as the longest; one that does not by half as long a one, and in the end by
//       none. So who is woken at odd times spins seldom, and who is not woken soon does not.
//   S2  Who did not spin, and slept no longer than a wake-up and a spin take, spins the next time.
//   S3  Not where the OS process has one processor: there it would keep the other from it.
//
// Private to the thread that waits.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "core/env/thread.hpp"

namespace rsp {

class AdaptiveSpin {
 public:
  static constexpr uint32_t LONGEST_NS = 50'000;
  static constexpr uint64_t SHORT_SLEEP_NS = 200'000;

  /** Waits until `is_here()`, as long as it is worth it, but not beyond the deadline. False: sleep, and say woken(). */
  template <class IsHere>
  bool wait(const IsHere& is_here, uint64_t deadline_ns) noexcept {
    if (env::CONTROLLED) return false;  // the order of the run decides what comes first, not time
    began_ns_ = env::now_ns();
    tried_ = span_ns_ != 0;
    if (!tried_) return false;
    const uint64_t end_ns = std::min(began_ns_ + span_ns_, deadline_ns);
    while (env::now_ns() < end_ns) {
      if (is_here()) {
        span_ns_ = LONGEST_NS;
        return true;
      }
      env::relax();
    }
    span_ns_ = span_ns_ / 2 < SHORTEST_NS ? 0 : span_ns_ / 2;
    return false;
  }

  /** The token has come, in a sleep. */
  void woken() noexcept {
    if (env::CONTROLLED) return;
    const bool is_short = !tried_ && env::now_ns() - began_ns_ < SHORT_SLEEP_NS;
    if (is_short && env::has_several_cpus()) span_ns_ = LONGEST_NS;
  }

 private:
  static constexpr uint32_t SHORTEST_NS = 1'000;

  uint64_t began_ns_ = 0;
  uint32_t span_ns_ = 0;  // how long the next spin lasts
  bool tried_ = false;    // this wait has begun with one
};

}  // namespace rsp
