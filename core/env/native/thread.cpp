#include "core/env/thread.hpp"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <new>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/native/cpu_quota.hpp"
#include "core/env/native/time_slice.hpp"

namespace rsp::env {
namespace {

static_assert(sizeof(pthread_t) <= sizeof(uintptr_t));

// Users' callbacks run on these stacks. glibc gives 8 MiB, musl 128 KiB; pages are committed when touched.
constexpr size_t MIN_STACK_BYTES = 1u << 20;

constexpr size_t NAME_BYTES = 16;  // the kernel's limit, with the final zero

// What a new thread needs, handed over on the heap because start() returns before the thread reads it. Not
// from core/mem, which lies above this layer.
struct Start {
  void (*fn)(void*);
  void* arg;
  char name[NAME_BYTES];
};

void* run_thread(void* start_address) {
  Start* start = static_cast<Start*>(start_address);
  const Start copy = *start;
  free(start);
  pthread_setname_np(pthread_self(), copy.name);
  shorten_time_slice();
  copy.fn(copy.arg);
  return nullptr;
}

#ifdef RESPROUT_FAULT_INJECTION
// RELAXED throughout: only the numbers count, they order nothing.
constinit Atomic<uint64_t> g_first_failure{0};  // 0: none
constinit Atomic<uint64_t> g_starts{0};
constinit Atomic<uint64_t> g_failures{0};

bool must_fail() noexcept {
  const uint64_t first = g_first_failure.load(RELAXED);
  if (first == 0 || g_starts.fetch_add(1, RELAXED) + 1 < first) return false;
  g_failures.fetch_add(1, RELAXED);
  return true;
}
#else
bool must_fail() noexcept { return false; }
#endif

int create(pthread_t* out, Start* start) noexcept {
  if (must_fail()) return EAGAIN;
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  size_t stack_bytes = 0;
  pthread_attr_getstacksize(&attributes, &stack_bytes);
  if (stack_bytes < MIN_STACK_BYTES) pthread_attr_setstacksize(&attributes, MIN_STACK_BYTES);

  // The new thread inherits the mask, so it never runs with signals open.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(out, &attributes, run_thread, start);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

#ifdef RESPROUT_FAULT_INJECTION
void thread_fail_from(uint64_t n) noexcept {
  RSP_ASSERT(n > 0);
  g_starts.store(0, RELAXED);
  g_first_failure.store(n, RELAXED);
}

uint64_t thread_fail_never() noexcept {
  g_first_failure.store(0, RELAXED);
  return g_failures.exchange(0, RELAXED);
}

uint64_t thread_failures() noexcept { return g_failures.load(RELAXED); }
#endif

Thread::~Thread() { RSP_ASSERT(!joinable_); }

rsp_result Thread::start(const char* name, void (*fn)(void*), void* arg) noexcept {
  RSP_ASSERT(!joinable_);
  RSP_ASSERT(fn != nullptr);
  Start* start = static_cast<Start*>(malloc(sizeof(Start)));
  if (start == nullptr) return RSP_ENOMEM;
  start->fn = fn;
  start->arg = arg;
  strncpy(start->name, name, NAME_BYTES - 1);
  start->name[NAME_BYTES - 1] = '\0';

  pthread_t thread;
  if (create(&thread, start) != 0) {
    free(start);
    return RSP_EOS;
  }
  handle_ = static_cast<uintptr_t>(thread);
  joinable_ = true;
  return RSP_OK;
}

void Thread::join() noexcept {
  RSP_ASSERT(joinable_);
  RSP_ASSERT(pthread_join(static_cast<pthread_t>(handle_), nullptr) == 0);
  joinable_ = false;
}

void Thread::detach() noexcept {
  RSP_ASSERT(joinable_);
  RSP_ASSERT(pthread_detach(static_cast<pthread_t>(handle_)) == 0);
  joinable_ = false;
}

namespace {

uint32_t cpus_by_affinity() noexcept {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<uint32_t>(count);
  }
  // More processors than the set has room for.
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<uint32_t>(online) : 1;
}

}  // namespace

uint32_t cpu_count() noexcept {
  const uint32_t allowed = cpus_by_affinity();
  const uint32_t granted = cpu_quota();
  return granted < allowed ? granted : allowed;
}

bool has_cpu_quota() noexcept { return cpu_quota() < cpus_by_affinity(); }

void yield() noexcept { sched_yield(); }

void spin_until(uint64_t deadline_ns) noexcept {
  while (now_ns() < deadline_ns) relax();
}

}  // namespace rsp::env
