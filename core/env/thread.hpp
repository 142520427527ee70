// OS threads. In a controlled build: coroutines of the run.
//
// A Thread is empty, or stands for one started thread until it is joined or detached. It has one owner, who
// calls everything; destroying it while it stands for a thread is a broken invariant.
//
// A started thread has all signals blocked, so that handlers of the host program run on the host's threads; but for the
// one by which a worker's thread is asked for its stack (stack_trace.hpp). Where the kernel lets it choose, it has short time
// slices, so that it gets a processor soon after it is woken.
#pragma once

#include <cstdint>

#include "core/env/build.hpp"
#include "resprout/result.h"

namespace rsp::env {

class Thread {
 public:
  constexpr Thread() noexcept = default;
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Runs fn(arg) on a new thread. `name` is what debuggers show; the first 15 characters count.
  // RSP_EOS when the operating system refuses, RSP_ENOMEM when memory is short: nothing was started.
  [[nodiscard]] rsp_result start(const char* name, void (*fn)(void*), void* arg) noexcept;

  // Waits for the end of fn and of the thread's exit hook; what they wrote is visible afterwards.
  void join() noexcept;

  // Gives the thread up: nobody will wait for it. A controlled run may end while it still waits.
  void detach() noexcept;

  [[nodiscard]] bool joinable() const noexcept { return joinable_; }

 private:
  uintptr_t handle_ = 0;
  bool joinable_ = false;
};

// How many threads this OS process may run at once, at least 1: the processors of its affinity, or what its control
// groups grant it where that is less.
[[nodiscard]] uint32_t cpu_count() noexcept;

// Whether a control group grants this OS process less time than its processors have: what a thread spins away, another
// lacks later.
[[nodiscard]] bool has_cpu_quota() noexcept;

#if defined(RESPROUT_FAULT_INJECTION) && defined(RSP_ENV_NATIVE)
// The n-th start from now on (1 is the next) and all later ones say RSP_EOS, as in a container that has used up its
// threads. Tests only.
void thread_fail_from(uint64_t n) noexcept;
// No start fails on purpose any more. Returns how many did since the last of these calls.
uint64_t thread_fail_never() noexcept;
// How many have failed on purpose so far: for who waits for the next one.
uint64_t thread_failures() noexcept;
#endif

// Lets another thread run, if one can.
void yield() noexcept;

// A step of a loop that waits for what another processor writes.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Keeps the processor until now_ns() has passed `deadline_ns`: for a few microseconds, less than going to sleep takes. In
// a controlled build it returns at once: whether anything happens meanwhile is the order's choice.
void spin_until(uint64_t deadline_ns) noexcept;

}  // namespace rsp::env
