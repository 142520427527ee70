// From a time to wait to a point in time.
#pragma once

#include <cstdint>

#include "core/env/clock.hpp"
#include "core/sched/timer_queue.hpp"

namespace rsp {

/** The point in time `timeout_ms` from now; NEVER if that is beyond what the clock can say (UINT64_MAX always
 * is). */
inline uint64_t deadline_in_ms(uint64_t timeout_ms) {
  constexpr uint64_t NS_IN_MS = 1'000'000;
  const uint64_t now = env::now_ns();
  return timeout_ms > (TimerQueue::NEVER - now) / NS_IN_MS ? TimerQueue::NEVER : now + timeout_ms * NS_IN_MS;
}

}  // namespace rsp
