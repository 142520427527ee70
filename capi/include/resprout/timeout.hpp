// Times: how long a call may take.
#pragma once

#include <chrono>
#include <cstdint>

#include "resprout/runtime.h"

namespace resprout {

/** No timeout. */
struct infinite_t {};
inline constexpr infinite_t infinite{};

/** How long a call may wait: any duration of std::chrono, or `infinite`. Rounded up to milliseconds, so that nothing is
 * over early; a negative one is 0. */
class timeout {
 public:
  template <class Rep, class Period>
  // NOLINTNEXTLINE(google-explicit-constructor): it is one
  constexpr timeout(std::chrono::duration<Rep, Period> time) : ms_(round_up(time)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): the same
  constexpr timeout(infinite_t) noexcept : ms_(RSP_INFINITE) {}

  constexpr uint64_t milliseconds() const noexcept { return ms_; }

 private:
  template <class Duration>
  static constexpr uint64_t round_up(Duration time) {
    constexpr double MOST = 9e18;  // more than 285 million years is for ever
    if (std::chrono::duration<double, std::milli>(time).count() >= MOST) return RSP_INFINITE;
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(time).count();
    return rounded < 0 ? 0 : static_cast<uint64_t>(rounded);
  }

  uint64_t ms_;
};

/** How long a call to a server waits unless it says otherwise. */
inline constexpr timeout call_time = std::chrono::seconds(5);

}  // namespace resprout
