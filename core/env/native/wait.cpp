#include "core/env/wait.hpp"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/assert.hpp"

namespace rsp::env {
namespace {

uint32_t* futex_word(Atomic<uint32_t>& word) noexcept { return reinterpret_cast<uint32_t*>(&word); }

void wake(Atomic<uint32_t>& word, int count) noexcept {
  // EFAULT is legal here: the word may be gone when the wake comes (rule 4).
  syscall(SYS_futex, futex_word(word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace

bool wait(Atomic<uint32_t>& word, uint32_t expected, uint64_t deadline_ns) noexcept {
  // FUTEX_WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, so an interrupted wait goes on unchanged.
  timespec deadline;
  timespec* limit = nullptr;
  if (deadline_ns != NO_DEADLINE) {
    deadline.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000u);
    deadline.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000u);
    limit = &deadline;
  }
  for (;;) {
    const long result = syscall(SYS_futex, futex_word(word), FUTEX_WAIT_BITSET_PRIVATE, expected, limit,
                                nullptr, FUTEX_BITSET_MATCH_ANY);
    if (result == 0 || errno == EAGAIN) return true;
    // The kernel's clock runs one nanosecond behind now_ns(): do not report a deadline early.
    if (errno == ETIMEDOUT) return now_ns() < deadline_ns;
    RSP_ASSERT(errno == EINTR);
  }
}

void wake_one(Atomic<uint32_t>& word) noexcept { wake(word, 1); }

void wake_all(Atomic<uint32_t>& word) noexcept { wake(word, INT_MAX); }

}  // namespace rsp::env
