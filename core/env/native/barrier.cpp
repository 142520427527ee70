#include "core/env/barrier.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/assert.hpp"

namespace rsp::env {

constinit Atomic<uint32_t> g_often_side_is_plain{0};

void prepare_barriers() noexcept {
  if (g_often_side_is_plain.load(RELAXED) != 0) return;
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) return;
  g_often_side_is_plain.store(1, RELAXED);
}

void barrier_of_all() noexcept {
  if (g_often_side_is_plain.load(RELAXED) == 0) return;
  // Registered, so it cannot fail: a refusal from now on would leave the often side without a barrier.
  const long result = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  RSP_ASSERT(result == 0);
}

}  // namespace rsp::env
