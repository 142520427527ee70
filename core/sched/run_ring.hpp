// The bounded run queue of one worker: the owner works first in, first out; thieves take half.
//
//   push        the owner            full: returns false, the caller takes the overflow queue
//   pop         the owner
//   steal_half  other workers        into the thief's own ring, as far as that has room
//
// Two counters that only grow (modulo 2^32): `head` is moved by CAS by whoever takes, `tail` by the owner
// alone. head <= tail <= head + CAPACITY always holds in modular arithmetic.
//
//   R1  A taker reads the slots before its CAS on head. If the CAS succeeds nobody else took them and the
//       owner did not overwrite them: the owner only writes slots that head has passed.
//   R2  push publishes with a release store of tail; takers load it with acquire, so they see the slots.
//   R3  The owner loads head with acquire before it reuses a slot: the taker's reads happened before its CAS
//       (release). So does a thief before it fills its own ring.
//
// Why not a Chase-Lev deque: the owner would work last in, first out, which starves; the LIFO slot of the
// worker gives the locality without that.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/sched/runnable.hpp"

namespace rsp {

class RunRing {
 public:
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t CAPACITY = 4;  // small, so that the explorer reaches the edges
#else
  static constexpr uint32_t CAPACITY = 256;
#endif

  bool push(Runnable* item) {
    const uint32_t tail = tail_.load(env::RELAXED);
    if (tail - head_.load(env::ACQUIRE) >= CAPACITY) return false;  // R3
    slots_[tail % CAPACITY].store(item, env::RELAXED);
    tail_.store(tail + 1, env::RELEASE);  // R2
    return true;
  }

  Runnable* pop() {
    uint32_t head = head_.load(env::ACQUIRE);  // R3
    for (;;) {
      if (head == tail_.load(env::RELAXED)) return nullptr;
      Runnable* const item = slots_[head % CAPACITY].load(env::RELAXED);
      if (RSP_PLANTED_BUG("ring: owner takes without compare")) {
        head_.store(head + 1, env::RELEASE);
        return item;
      }
      if (head_.compare_exchange_weak(head, head + 1, env::ACQ_REL, env::ACQUIRE)) return item;  // R1
    }
  }

  /** Moves half of this ring (rounded up), or as many as there is room for, to the end of `mine`, which belongs to the
   * calling worker, but for the last, which it returns. nullptr: nothing was there, no room, or another thief was faster.
   */
  Runnable* steal_half(RunRing& mine) {
    const uint32_t to = mine.tail_.load(env::RELAXED);
    uint32_t room = CAPACITY - (to - mine.head_.load(env::ACQUIRE));  // R3
    if (RSP_PLANTED_BUG("ring: thief counts on an empty ring")) room = CAPACITY;
    // Pairs with the CAS of others who take: the tail that is loaded next is not older than what they have seen.
    uint32_t head = head_.load(env::ACQUIRE);
    for (;;) {
      const uint32_t available = tail_.load(env::ACQUIRE) - head;  // R2
      if (available == 0 || available > CAPACITY || room == 0)
        return nullptr;  // above: head was stale, somebody else is busy here
      const uint32_t half = available - available / 2;
      const uint32_t count = half < room ? half : room;
      const bool takes_first = RSP_PLANTED_BUG("ring: thief takes before it looks");
      if (takes_first && !head_.compare_exchange_weak(head, head + count, env::ACQ_REL, env::ACQUIRE))
        continue;  // against R1
      for (uint32_t i = 0; i < count; ++i) {
        mine.slots_[(to + i) % CAPACITY].store(slots_[(head + i) % CAPACITY].load(env::RELAXED),
                                               env::RELAXED);
      }
      if (takes_first || head_.compare_exchange_weak(head, head + count, env::ACQ_REL, env::ACQUIRE)) {  // R1
        mine.tail_.store(to + count - 1, env::RELEASE);                                                  // R2
        return mine.slots_[(to + count - 1) % CAPACITY].load(env::RELAXED);
      }
    }
  }

  /** Exact for the owner, a guess for others. */
  uint32_t size() const { return tail_.load(env::ACQUIRE) - head_.load(env::ACQUIRE); }  // R2, R3

 private:
  alignas(CACHE_LINE) env::Atomic<uint32_t> head_{0};
  alignas(CACHE_LINE) env::Atomic<uint32_t> tail_{0};
  env::Atomic<Runnable*> slots_[CAPACITY] = {};
};

}  // namespace rsp
