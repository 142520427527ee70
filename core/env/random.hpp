// Random numbers for decisions (which victim to steal from, which slot to probe). Any thread, never blocks,
// not for secrets. Seeded per thread by the kernel; in a controlled build by the run's seed.
#pragma once

#include <cstdint>

#include "core/env/build.hpp"

namespace rsp::env {

[[nodiscard]] uint64_t random_u64() noexcept;

}  // namespace rsp::env
