// The monotonic clock, in nanoseconds. Any thread, never blocks.
//
// Never 0 and never UINT64_MAX, so that a deadline can use them for "passed" and "none". In a controlled
// build time is virtual: it moves only when no thread can run, to the earliest deadline.
#pragma once

#include <cstdint>

#include "core/env/build.hpp"

namespace rsp::env {

inline constexpr uint64_t NO_DEADLINE = UINT64_MAX;

[[nodiscard]] uint64_t now_ns() noexcept;

}  // namespace rsp::env
