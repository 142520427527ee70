// "Store mine, then load yours" on two sides, where one side does it all the time and the other hardly ever.
//
//   often    store_then(mine, value);  then load yours
//   rarely   store yours;  barrier_of_all();  then load mine
//
// All but store_then name SEQ_CST, the loads too. At least one of the two sees what the other stored.
//
// The often side pays a plain store: barrier_of_all() has the kernel put a full barrier into every running thread of
// this OS process (membarrier), so either the store came before that barrier and is seen, or the load comes after it and
// sees. Where the kernel refuses, barrier_of_all() does nothing, and store_then is a read-modify-write: all four are
// in one order then, in which both loads cannot come before the other side's store.
//
// In a controlled build, where threads see all stores at once, store_then is a choice point as that read-modify-write
// would be, and counts as the plain store that it mostly is. The memory orders: tests/loom/tests/crossing.rs.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"

namespace rsp::env {

#if defined(RSP_ENV_NATIVE)
// Chosen by prepare_barriers, before the first thread that has to agree about it.
extern constinit Atomic<uint32_t> g_often_side_is_plain;
#endif

// Asks the kernel, once. Before any other call here; by one thread at a time.
void prepare_barriers() noexcept;

// Release: what was written before is visible to whoever reads the word. Pairs with barrier_of_all, and with the load that
// comes after it.
template <class T>
inline void store_then(Atomic<T>& word, T value) noexcept {
#if defined(RSP_ENV_NATIVE)
  // Relaxed: it has not changed since before the threads that call this began.
  if (g_often_side_is_plain.load(RELAXED) != 0) [[likely]] {
    word.store(value, RELEASE);     // pairs with barrier_of_all
    asm volatile("" ::: "memory");  // the compiler's half; barrier_of_all is the processor's
    return;
  }
  word.exchange(value, SEQ_CST);  // pairs with the store of the rare side, which is in the same order
#else
  word.store_then(value);  // pairs with the store of the rare side
#endif
}

void barrier_of_all() noexcept;

}  // namespace rsp::env
