#include "core/mem/alloc.hpp"

#include <cstddef>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"

#ifdef RSP_COUNTS_BYTES
#include "core/mem/account.hpp"
#endif

#ifdef RESPROUT_USE_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>

#include <cstdlib>
#endif

namespace rsp {

namespace {

#if defined(RESPROUT_ACCOUNTING) || defined(RESPROUT_FAULT_INJECTION)
// A count that is no part of any protocol. In a controlled build all threads share one OS thread, and a plain
// word does: an atomic would make every allocation a choice point and drown the interleavings that matter.
class Count {
 public:
#if defined(RSP_ENV_NATIVE)
  // RELAXED throughout: only the number counts, it orders nothing.
  uint64_t add(int64_t amount) noexcept {
    return value_.fetch_add(static_cast<uint64_t>(amount), env::RELAXED) + static_cast<uint64_t>(amount);
  }
  uint64_t read() const noexcept { return value_.load(env::RELAXED); }
  uint64_t exchange(uint64_t value) noexcept { return value_.exchange(value, env::RELAXED); }

 private:
  env::Atomic<uint64_t> value_{0};
#else
  uint64_t add(int64_t amount) noexcept { return value_ += static_cast<uint64_t>(amount); }
  uint64_t read() const noexcept { return value_; }
  uint64_t exchange(uint64_t value) noexcept {
    uint64_t before = value_;
    value_ = value;
    return before;
  }

 private:
  uint64_t value_ = 0;
#endif
};
#endif

#ifdef RESPROUT_ACCOUNTING
constinit Count live_blocks;
void count_block(int64_t amount) noexcept { live_blocks.add(amount); }
#else
void count_block(int64_t) noexcept {}
#endif

#ifdef RESPROUT_FAULT_INJECTION
// Allocations first_failure to last_failure fail, counted from the last time these were set; none when 0.
constinit Count first_failure;
constinit Count last_failure;
constinit Count allocations;
constinit Count failures;

void fail(uint64_t first, uint64_t last) noexcept {
  first_failure.exchange(0);
  last_failure.exchange(last);
  allocations.exchange(0);
  first_failure.exchange(first);
}

bool must_fail() noexcept {
  uint64_t first = first_failure.read();
  if (first == 0) return false;
  uint64_t now = allocations.add(1);
  if (now < first || now > last_failure.read()) return false;
  failures.add(1);
  return true;
}
#else
bool must_fail() noexcept { return false; }
#endif

#ifdef RSP_COUNTS_BYTES
/// Of the block, whatever was asked for: the same number when it comes back.
size_t bytes_of(const void* block) noexcept {
#ifdef RESPROUT_USE_MIMALLOC
  return mi_usable_size(block);
#else
  return malloc_usable_size(const_cast<void*>(block));
#endif
}
void take(const void* block) noexcept { count_bytes_taken(bytes_of(block)); }
void give(const void* block) noexcept { count_bytes_given(bytes_of(block)); }
#else
void take(const void*) noexcept {}
void give(const void*) noexcept {}
#endif

void* get(size_t bytes, bool zeroed) noexcept {
  if (must_fail()) return nullptr;
  // Below 16 bytes mimalloc aligns to 8 only.
  if (bytes < BLOCK_ALIGNMENT) bytes = BLOCK_ALIGNMENT;
#ifdef RESPROUT_USE_MIMALLOC
  void* block = zeroed ? mi_zalloc(bytes) : mi_malloc(bytes);
#else
  static_assert(alignof(std::max_align_t) >= BLOCK_ALIGNMENT);
  void* block = zeroed ? std::calloc(1, bytes) : std::malloc(bytes);
#endif
  RSP_ASSERT(reinterpret_cast<uintptr_t>(block) % BLOCK_ALIGNMENT == 0);
  RSP_ASSERT(reinterpret_cast<uintptr_t>(block) >> ADDRESS_BITS == 0);
  return block;
}

void give_back(void* block) noexcept {
#ifdef RESPROUT_USE_MIMALLOC
  mi_free(block);
#else
  std::free(block);
#endif
}

}  // namespace

void* mem_alloc(size_t bytes) noexcept {
  void* block = mem_alloc_shared(bytes);
  if (block != nullptr) take(block);
  return block;
}

void* mem_alloc_zeroed(size_t bytes) noexcept {
  void* block = get(bytes, true);
  if (block == nullptr) return nullptr;
  count_block(1);
  take(block);
  return block;
}

void mem_free(void* block) noexcept {
  if (block == nullptr) return;
  give(block);
  mem_free_shared(block);
}

void* mem_alloc_shared(size_t bytes) noexcept {
  void* block = get(bytes, false);
  if (block != nullptr) count_block(1);
  return block;
}

void mem_free_shared(void* block) noexcept {
  if (block == nullptr) return;
  count_block(-1);
  give_back(block);
}

void* mem_alloc_forever(size_t bytes) noexcept { return get(bytes, true); }

void mem_free_unpublished(void* block) noexcept { give_back(block); }

#ifdef RSP_COUNTS_BYTES
void mem_keep(const void* block) noexcept {
  count_block(-1);
  give(block);
}

bool mem_reuse(const void* block) noexcept {
  if (must_fail()) return false;
  count_block(1);
  take(block);
  return true;
}

void mem_lend(const void* block) noexcept { give(block); }
void mem_return(const void* block) noexcept { take(block); }
#endif

void mem_free_kept(void* block) noexcept { give_back(block); }

bool mem_is_accounting() noexcept {
#ifdef RESPROUT_ACCOUNTING
  return true;
#else
  return false;
#endif
}

uint64_t mem_live_blocks() noexcept {
#ifdef RESPROUT_ACCOUNTING
  return live_blocks.read();
#else
  return 0;
#endif
}

#ifdef RESPROUT_FAULT_INJECTION
void mem_fail_after(uint64_t n) noexcept {
  RSP_ASSERT(n > 0);
  fail(n, n);
}

void mem_fail_from(uint64_t n) noexcept {
  RSP_ASSERT(n > 0);
  fail(n, UINT64_MAX);
}

uint64_t mem_fail_never() noexcept {
  first_failure.exchange(0);
  return failures.exchange(0);
}
#endif

}  // namespace rsp
