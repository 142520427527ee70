// The one door to memory: every block of the runtime comes from here.
//
// mimalloc serves when RESPROUT_USE_MIMALLOC is defined, the system allocator otherwise (sanitizers,
// distributions). mimalloc is called by name and never through a global operator new: a library that replaces
// the program's allocator crashes in programs that bring their own.
//
// Any thread may call everything here; a block may be freed by another thread than the one that got it.
//
// Rules
// M1 A failed allocation returns nullptr. Nothing throws, nothing retries, nothing aborts.
// M2 Every block is aligned to BLOCK_ALIGNMENT and its address fits ADDRESS_BITS.
// M3 What lives as long as the OS process (atoms) comes from mem_alloc_forever, so that the count of live
//    blocks returns to where it was when everything else has been freed.
// M4 Counting costs a locked instruction on each call, so it exists only with RESPROUT_ACCOUNTING; without it
//    the counters read 0. RESPROUT_FAULT_INJECTION brings it along, and so do the controlled environments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "core/base/limits.hpp"
#include "core/env/build.hpp"

#if (defined(RESPROUT_FAULT_INJECTION) || !defined(RSP_ENV_NATIVE)) && !defined(RESPROUT_ACCOUNTING)
#define RESPROUT_ACCOUNTING 1
#endif
#if defined(RESPROUT_ACCOUNTING) || !defined(NDEBUG)
#define RSP_COUNTS_BYTES 1  // core/mem/account.hpp, A4
#endif

namespace rsp {

[[nodiscard]] void* mem_alloc(size_t bytes) noexcept;
[[nodiscard]] void* mem_alloc_zeroed(size_t bytes) noexcept;
/// nullptr does nothing.
void mem_free(void* block) noexcept;

/// The same for what users share or let go of as they like (account.hpp, A5): a live block, and no bytes in the account.
[[nodiscard]] void* mem_alloc_shared(size_t bytes) noexcept;
void mem_free_shared(void* block) noexcept;

/// Zeroed, never freed, and not among the live blocks.
[[nodiscard]] void* mem_alloc_forever(size_t bytes) noexcept;
/// Gives back a block of mem_alloc_forever that was never published (it lost a race to another).
void mem_free_unpublished(void* block) noexcept;

/// M3 for containers that take their memory as a type, such as the queues of core/sync that live for ever.
struct ForeverMemory {
  static void* allocate(size_t bytes) noexcept { return mem_alloc_forever(bytes); }
  static void release(void* block) noexcept { mem_free_unpublished(block); }
};

/// For a cache of blocks. It keeps a block: the block counts as free from here on.
#ifdef RSP_COUNTS_BYTES
void mem_keep(const void* block) noexcept;
/// It hands a kept block out: the block counts again. False: this allocation is to fail (RESPROUT_FAULT_INJECTION).
[[nodiscard]] bool mem_reuse(const void* block) noexcept;

/// The block is a user's from here on (account.hpp, `given`), and comes back before it is freed.
void mem_lend(const void* block) noexcept;
void mem_return(const void* block) noexcept;
#else
inline void mem_keep(const void*) noexcept {}
[[nodiscard]] inline bool mem_reuse(const void*) noexcept { return true; }
inline void mem_lend(const void*) noexcept {}
inline void mem_return(const void*) noexcept {}
#endif
/// Frees a block that a cache keeps.
void mem_free_kept(void* block) noexcept;

/// Whether this build counts blocks (M4).
bool mem_is_accounting() noexcept;
/// Blocks handed out and not yet freed; exact whenever no other thread is inside the allocator.
uint64_t mem_live_blocks() noexcept;

#ifdef RESPROUT_FAULT_INJECTION
/// The n-th allocation from now on (1 is the next) fails, once.
void mem_fail_after(uint64_t n) noexcept;
/// The n-th allocation from now on and all later ones fail.
void mem_fail_from(uint64_t n) noexcept;
/// No allocation fails on purpose any more. Returns how many did since the last of these calls.
uint64_t mem_fail_never() noexcept;
#endif

/// nullptr when memory is short; then no constructor has run.
template <class T, class... Args>
[[nodiscard]] T* mem_new(Args&&... args) noexcept {
  static_assert(alignof(T) <= BLOCK_ALIGNMENT);
  static_assert(std::is_nothrow_constructible_v<T, Args...>);
  void* block = mem_alloc(sizeof(T));
  if (block == nullptr) return nullptr;
  return ::new (block) T(std::forward<Args>(args)...);
}

/// nullptr does nothing.
template <class T>
void mem_delete(T* object) noexcept {
  static_assert(!std::is_polymorphic_v<T> || std::is_final_v<T>, "the address of a base is not the block's");
  if (object == nullptr) return;
  object->~T();
  mem_free(object);
}

}  // namespace rsp
