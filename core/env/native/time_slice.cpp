#include "core/env/native/time_slice.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rsp::env {
namespace {

static_assert(sizeof(SchedulingAttributes) == 48);
constexpr uint64_t RESET_ON_FORK = 1;

}  // namespace

bool get_scheduling(SchedulingAttributes& attributes) noexcept {
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0;
}

void shorten_time_slice() noexcept {
  if (prctl(PR_GET_SECCOMP) != 0) return;
  SchedulingAttributes attributes{};
  if (!get_scheduling(attributes) || attributes.policy != SCHED_OTHER) return;
  if (attributes.runtime_ns <= TIME_SLICE_NS) return;  // 0: it knows of none
  attributes.runtime_ns = TIME_SLICE_NS;
  // Children would lose a priority above the usual one as well; they rather keep the slice then.
  if (attributes.nice >= 0) attributes.flags |= RESET_ON_FORK;
  (void)!syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace rsp::env
