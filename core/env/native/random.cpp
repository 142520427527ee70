#include "core/env/random.hpp"

#include <errno.h>
#include <sys/random.h>

#include "core/env/clock.hpp"
#include "core/env/thread_locals.hpp"

namespace rsp::env {
namespace {

uint64_t seed_from_kernel(const void* thread_address) noexcept {
  uint64_t seed = 0;
  ssize_t got;
  do {
    got = getrandom(&seed, sizeof seed, GRND_NONBLOCK);
  } while (got < 0 && errno == EINTR);
  // Early in boot, or where a sandbox forbids the call: decisions need variety, not secrecy.
  if (got != static_cast<ssize_t>(sizeof seed)) {
    seed = now_ns() ^ reinterpret_cast<uintptr_t>(thread_address);
  }
  return seed;
}

}  // namespace

// SplitMix64: one addition of state per number, so every non-zero seed is as good as any other.
uint64_t random_u64() noexcept {
  ThreadLocals* locals = thread_locals();
  while (locals->random_state == 0) locals->random_state = seed_from_kernel(locals);
  uint64_t z = locals->random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace rsp::env
