// The place of the one runnable that a worker runs next: what its turn has woken last.
//
//   put     the owner           what it displaces has to be queued elsewhere
//   take    the owner
//   steal   other workers, of an owner that is late (worker.hpp, T2): hardly ever
//
//   L1  Only the owner fills the slot. So what it has seen empty stays empty, and a store fills it; what it has seen full
//       it replaces by an exchange, as a thief empties it.
//   L2  The owner empties it by a store, once for each message between two processes. It counts that a take begins, and
//       then looks for thieves; a thief announces itself, and then looks at the count (core/env/barrier.hpp). So either
//       the thief sees the count moved and leaves, or the owner sees the thief, and takes by an exchange too.
//   L3  The end of a take is counted as well: while the count is odd the owner may have looked already.
//
// Why not an exchange for each take: a locked instruction for each message, for what hardly ever happens.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/env/barrier.hpp"
#include "core/env/planted_bug.hpp"
#include "core/sched/runnable.hpp"

namespace rsp {

class LifoSlot {
 public:
  /** What was there, or nullptr. */
  [[nodiscard]] Runnable* put(Runnable* item) {
    Runnable* const seen = slot_.load(env::RELAXED);
    if (seen == nullptr || RSP_PLANTED_BUG("lifo slot: the owner fills by a store")) {
      slot_.store(item, env::RELEASE);  // pairs with steal
      return seen;
    }
    return slot_.exchange(item, env::ACQ_REL);  // pairs with steal
  }

  [[nodiscard]] Runnable* take() {
    if (slot_.load(env::RELAXED) == nullptr) return nullptr;
    const uint32_t count = takes_.load(env::RELAXED);
    Runnable* item;
    if (begin_take(count + 1)) [[likely]] {
      item = slot_.load(env::RELAXED);
      slot_.store(nullptr, env::RELAXED);
    } else {
      item = slot_.exchange(nullptr, env::ACQUIRE);  // L2
    }
    takes_.store(count + 2, env::RELEASE);  // pairs with takes
    return item;
  }

  /** Anybody: the count, for steal. */
  uint32_t takes() const { return takes_.load(env::ACQUIRE); }  // pairs with the end of take

  /** Nothing if the owner has taken since takes() was `count`, or was about to. */
  [[nodiscard]] Runnable* steal(uint32_t count) {
    if (!is_full()) return nullptr;
    if (count % 2 != 0 && !RSP_PLANTED_BUG("lifo slot: a thief comes into a take")) return nullptr;  // L3
    if (RSP_PLANTED_BUG("lifo slot: a thief looks, then announces itself")) {
      const bool is_late = takes_.load(env::SEQ_CST) == count;
      thieves_.fetch_add(1, env::SEQ_CST);
      return end_theft(is_late);
    }
    thieves_.fetch_add(1, env::SEQ_CST);  // L2
    env::barrier_of_all();
    return end_theft(takes_.load(env::SEQ_CST) == count);  // L2, L3
  }

  /** Anybody; a guess for all but the owner, for whom only true is one. */
  bool is_full() const { return slot_.load(env::RELAXED) != nullptr; }

 private:
  /** True: no thief comes before the take ends. */
  bool begin_take(uint32_t count) {
    if (RSP_PLANTED_BUG("lifo slot: the owner looks for thieves, then counts")) {
      const bool is_alone = thieves_.load(env::ACQUIRE) == 0;
      takes_.store(count, env::RELEASE);
      return is_alone;
    }
    env::store_then(takes_, count);           // L2
    return thieves_.load(env::SEQ_CST) == 0;  // pairs with end_theft
  }

  Runnable* end_theft(bool takes) {
    Runnable* const item = takes ? slot_.exchange(nullptr, env::ACQUIRE) : nullptr;  // pairs with put
    thieves_.fetch_sub(1, env::RELEASE);  // pairs with begin_take: the slot is as the thief has left it
    return item;
  }

  env::Atomic<Runnable*> slot_{nullptr};
  env::Atomic<uint32_t> takes_{0};  // twice each, written by the owner
  env::Atomic<uint32_t> thieves_{0};
};

}  // namespace rsp
