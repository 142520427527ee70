// From a time to wait to a point in time.
#pragma once

#include <cstdint>

#include "core/env/clock.hpp"
#include "core/sched/timer_queue.hpp"

namespace rsp {

/** The point in time `timeout_ms` after another; NEVER if that is beyond what the clock can say (UINT64_MAX always
 * is). */
inline uint64_t deadline_after_ms(uint64_t begin_ns, uint64_t timeout_ms) {
  constexpr uint64_t NS_IN_MS = 1'000'000;
  const uint64_t most = (TimerQueue::NEVER - begin_ns) / NS_IN_MS;
  return timeout_ms > most ? TimerQueue::NEVER : begin_ns + timeout_ms * NS_IN_MS;
}

/** The same from now. */
inline uint64_t deadline_in_ms(uint64_t timeout_ms) { return deadline_after_ms(env::now_ns(), timeout_ms); }

}  // namespace rsp
