// Where timers live that have a reference: slots that are only ever timers, so that any process can go from a
// reference to its timer, however long that is over (docs/semantics.md, S-TIMER-5).
//
// A reference carries the index of its slot (Ref::slot_hint). The word `owners` of a timer is
// number:48 | count:16, the number being the reference's:
//
//   free      count 0   in the queue of free slots, or being made ready by whoever took it out
//   in use    count > 0 each owner may read it; what only one may do is decided by Timer::state
//
//   O1  Fields are written while the count is 0, then open() publishes them.
//   O2  share() adds an owner only to a timer of this number that has one: a reference to an earlier timer of
//       the slot finds another number, or nobody.
//   O3  Whoever takes the last share away frees the slot, and touches it no more.
//
// Slots are never given back to the system. Any thread may call everything.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/mem/alloc.hpp"
#include "core/sync/inject_queue.hpp"

namespace rsp {

struct ProcessTimer;

/** The owners of one timer. */
class TimerOwners {
 public:
  /** O1. `count` owners from here on. */
  void open(uint64_t number, uint32_t count) {
    word_.store(tag_of(number) | count, env::RELEASE);  // pairs with the CAS of share
  }

  /** O2. */
  bool share(uint64_t number) {
    uint64_t seen = word_.load(env::RELAXED);  // the CAS confirms it
    do {
      const bool is_its = (seen & ~COUNT_MASK) == tag_of(number);
      if ((!is_its && !RSP_PLANTED_BUG("timer slots: shared without the number")) ||
          (count_of(seen) == 0 && !RSP_PLANTED_BUG("timer slots: shared when it is over")) ||
          count_of(seen) == COUNT_MASK)
        return false;
      // Acquire: pairs with open; what was written before it.
    } while (!word_.compare_exchange_weak(seen, seen + 1, env::ACQUIRE, env::RELAXED));
    return true;
  }

  /** O3. True: that was the last share. */
  bool leave() {
    // Acquire and release: the last owner sees what the others did.
    return count_of(word_.fetch_sub(1, env::ACQ_REL)) == 1;
  }

 private:
  static constexpr int COUNT_BITS = 16;
  static constexpr uint64_t COUNT_MASK = (uint64_t{1} << COUNT_BITS) - 1;

  static uint64_t tag_of(uint64_t number) { return number << COUNT_BITS; }
  static uint64_t count_of(uint64_t word) { return word & COUNT_MASK; }

  env::Atomic<uint64_t> word_{0};
};

class TimerSlots {
 public:
  static constexpr uint32_t CHUNK_LENGTH = 256;
  static constexpr uint32_t MAX_CHUNKS = 1u << 16;

  /** A free slot, and its index in *index; nullptr: memory or the slots are used up. */
  ProcessTimer* acquire(uint32_t* index);
  /** O3. */
  void release(uint32_t index);
  /** The slot, or nullptr if there is none with this index. */
  ProcessTimer* at(uint32_t index) const;

 private:
  ProcessTimer* fresh(uint32_t* index);

  env::Atomic<ProcessTimer*> chunks_[MAX_CHUNKS] = {};
  alignas(CACHE_LINE) env::Atomic<uint32_t> fresh_{1};  // 0 is no slot
  InjectQueue<uint32_t, ForeverMemory> free_;
};

/** The one of this OS process. */
TimerSlots& timer_slots();

}  // namespace rsp
