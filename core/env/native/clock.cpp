#include "core/env/clock.hpp"

#include <time.h>

#include "core/base/assert.hpp"

namespace rsp::env {

uint64_t now_ns() noexcept {
  timespec now;
  RSP_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  // The clock may read 0 just after boot; 0 means "passed" to callers.
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec) + 1;
}

}  // namespace rsp::env
