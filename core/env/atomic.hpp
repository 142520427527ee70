// The only atomics of core.
//
// `Atomic<T>` has the operations of std::atomic<T> that core uses, with three differences:
// 1. Every operation names its order, and the code around it names the operation it pairs with.
// 2. Zero bytes are a valid Atomic holding zero, so memory fresh from the kernel needs no construction; and
//    an Atomic needs no destruction, so such memory can be dropped.
// 3. In a controlled build an operation is a place where another thread may run first
//    (controlled/points.hpp). The native build adds nothing to std::atomic.
//
// There is no fence on purpose: ThreadSanitizer does not model one, and each place that seems to need one
// (announce sleep against look for work) is a read-modify-write of one word on both sides.
#pragma once

#include <atomic>

#include "core/env/build.hpp"

namespace rsp::env {

inline constexpr std::memory_order RELAXED = std::memory_order_relaxed;
inline constexpr std::memory_order ACQUIRE = std::memory_order_acquire;
inline constexpr std::memory_order RELEASE = std::memory_order_release;
inline constexpr std::memory_order ACQ_REL = std::memory_order_acq_rel;
inline constexpr std::memory_order SEQ_CST = std::memory_order_seq_cst;

}  // namespace rsp::env

#if defined(RSP_ENV_NATIVE)
#include "core/env/native/atomic.hpp"
#else
#include "core/env/controlled/atomic.hpp"
#endif

namespace rsp::env {

static_assert(sizeof(Atomic<uint32_t>) == sizeof(uint32_t), "a futex word is a plain 32-bit word");
static_assert(sizeof(Atomic<uint64_t>) == sizeof(uint64_t));
static_assert(std::is_trivially_destructible_v<Atomic<void*>>);

}  // namespace rsp::env
