// Sleep on a word until another thread changes it: the futex. Any thread.
//
// 1. The kernel compares and sleeps as one step: a change of the word followed by a wake is never missed.
// 2. A wait may return true without a wake. Look at the word again, in a loop.
// 3. Waiting and waking order no memory. What the waker wrote becomes visible through the word: a release
//    write of it by the waker, an acquire read of it by the waiter after the wait.
// 4. A wake touches only the word's address, never its content: the word may be gone by then, as long as
//    its page is still mapped.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"

namespace rsp::env {

// Sleeps while `word` is `expected`, at most until `deadline_ns` of now_ns(). False: the deadline passed.
bool wait(Atomic<uint32_t>& word, uint32_t expected, uint64_t deadline_ns = NO_DEADLINE) noexcept;

void wake_one(Atomic<uint32_t>& word) noexcept;
void wake_all(Atomic<uint32_t>& word) noexcept;

}  // namespace rsp::env
