// "Store mine, then load yours" on two sides, where one side does it all the time and the other hardly ever.
//
//   often    store_then(mine, value);           then load yours
//   rarely   store yours, sequentially consistent;  barrier_of_all();  then load mine
//
// At least one of the two sees what the other stored. The often side pays a plain store: barrier_of_all() has the
// kernel put a full barrier into every running thread of this OS process (membarrier), so either the store came
// before that barrier and is seen, or the load comes after it and sees. Where the kernel refuses, and in a
// controlled build, the store is a read-modify-write and barrier_of_all() does nothing.
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

// Release: what was written before is visible to whoever reads the word.
template <class T>
inline void store_then(Atomic<T>& word, T value) noexcept {
#if defined(RSP_ENV_NATIVE)
  // Relaxed: it has not changed since before the threads that call this began.
  if (g_often_side_is_plain.load(RELAXED) != 0) [[likely]] {
    word.store(value, RELEASE);
    asm volatile("" ::: "memory");  // the compiler's half; barrier_of_all is the processor's
    return;
  }
#endif
  word.exchange(value, SEQ_CST);
}

void barrier_of_all() noexcept;

}  // namespace rsp::env
