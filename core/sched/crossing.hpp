// Where the code of a turn is: the word that lets the watchdog take a turn away from its thread, and the handshake
// that decides who was faster.
//
// The owner is whoever runs the turn. It crosses the border often, with plain stores; the watchdog claims hardly
// ever (core/env/barrier.hpp).
//
//   where_   IN_RUNTIME, IN_USER or IN_SECTION, and above them the number of the thread; written by the owner alone
//   claim_   NONE -> CLAIMED       the watchdog: it is about to look
//            CLAIMED -> WAITING    the owner, which has crossed, sees the claim and waits for the verdict
//            CLAIMED -> NONE       the watchdog withdraws: the owner was faster
//            WAITING -> NONE       the same, and it wakes the owner
//            CLAIMED -> TAKEN      the watchdog has taken what belongs to the turn
//            WAITING -> TAKEN      the same, and it wakes the owner
//            TAKEN -> NONE         the owner, which knows now
//
//   C1  The owner stores IN_RUNTIME and then loads the claim; the watchdog stores the claim and then loads where_.
//       So either the watchdog sees IN_RUNTIME and withdraws, or the owner sees the claim and waits.
//   C2  From the look that found IN_USER to the verdict the watchdog has all that the turn owns: its process, and the
//       worker of its thread. The owner is in user code, which touches neither: what user code calls without a process
//       takes its thread for a foreign one (Worker::current).
//   C3  Only the turn of a thread of the scheduler can be taken; others write number 0, and heed no claim.
//   C4  A turn that was taken is not claimed again before its owner knows.
//
// Rejected: one word for both (the owner's plain store could land on top of a claim); a compare-and-swap at each
// crossing (there are four in the way of every message).
#pragma once

#include <cstdint>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/barrier.hpp"
#include "core/env/planted_bug.hpp"

namespace rsp {

class Crossing {
 public:
  enum Where : uint32_t { IN_RUNTIME, IN_USER, IN_SECTION };

  /** Nobody's. Whoever owns what it belongs to. */
  void reset() { begin_turn(0); }

  /** The turn runs on the thread of this number, or on one that cannot lose it (C3). The owner. */
  void begin_turn(uint32_t thread_number) {
    number_ = static_cast<uint16_t>(thread_number);
    where_.store(word(IN_RUNTIME), env::RELAXED);
  }

  /** The owner goes to user code. Release: all that C2 names. */
  void enter_user() { where_.store(word(IN_USER), env::RELEASE); }

  /** The owner is in a blocking section, which is no user code for the watchdog. Release: pairs with is_in_user_of. */
  void enter_section() { where_.store(word(IN_SECTION), env::RELEASE); }

  /** The owner comes back. False: somebody has claimed the turn, and settle() says what became of it. */
  [[nodiscard]] bool leave_user() {
    if (number_ == 0) {
      where_.store(word(IN_RUNTIME), env::RELAXED);  // C3
      return true;
    }
    if (RSP_PLANTED_BUG("crossing: the owner looks before it stores")) {
      const bool free = claim_.load(env::RELAXED) == NONE;
      where_.store(word(IN_RUNTIME), env::RELEASE);
      return free;
    }
    env::store_then(where_, word(IN_RUNTIME));  // C1
    return claim_.load(env::SEQ_CST) == NONE;   // C1
  }

  /** After leave_user() was false: waits for the verdict by wait(context). True: the turn is the owner's still.
   * False: it was taken. */
  template <class Wait>
  [[nodiscard]] bool settle(Wait&& wait) {
    uint8_t seen = CLAIMED;
    // Acquire: pairs with decide; what the watchdog did before its verdict. Release: the same of where_.
    if (claim_.compare_exchange_strong(seen, WAITING, env::ACQ_REL, env::ACQUIRE)) {
      if (!RSP_PLANTED_BUG("crossing: the owner does not wait")) wait();
      seen = claim_.load(env::ACQUIRE);  // pairs with decide
    }
    if (seen != TAKEN) return true;
    claim_.store(NONE, env::RELAXED);
    return false;
  }

  /** The owner, or a guess: where its code is. */
  Where where() const { return static_cast<Where>(where_.load(env::RELAXED) & WHERE_MASK); }

  /** Whether the thread of this number is in user code here. */
  bool is_in_user_of(uint32_t thread_number) const {
    // Pairs with enter_user.
    return where_.load(env::ACQUIRE) == (thread_number << NUMBER_SHIFT | IN_USER);
  }

  /** The watchdog: the turn was taken, perhaps by the watchdog of an earlier run, and its owner does not know (C4). */
  bool is_taken() const { return claim_.load(env::ACQUIRE) == TAKEN; }  // pairs with decide

  enum class Verdict : uint8_t { WITHDRAWN, TAKEN };

  /** The watchdog, one at a time: whether the turn of this thread is in user code and stays (C2) until the verdict,
   * which the caller owes either way. */
  [[nodiscard]] bool claim(uint32_t thread_number) {
    if (RSP_PLANTED_BUG("crossing: the watchdog looks before it claims")) {
      const bool in_user = is_in_user_of(thread_number);
      claim_.store(CLAIMED, env::SEQ_CST);
      return in_user;
    }
    const uint8_t before = claim_.exchange(CLAIMED, env::SEQ_CST);  // C1
    RSP_ASSERT(before == NONE);                                     // C4
    env::barrier_of_all();
    return where_.load(env::SEQ_CST) == (thread_number << NUMBER_SHIFT | IN_USER);  // C1, C2
  }

  /** The end of a claim. The number of the thread that waits for it and has to be woken, or 0. */
  [[nodiscard]] uint32_t decide(Verdict verdict) {
    // Pairs with settle. Release: what was taken, and what became of it. Acquire: where_ of the one that waits.
    const uint8_t before = claim_.exchange(verdict == Verdict::TAKEN ? TAKEN : NONE, env::ACQ_REL);
    return before == WAITING ? where_.load(env::RELAXED) >> NUMBER_SHIFT : 0;
  }

 private:
  enum Claim : uint8_t { NONE, CLAIMED, WAITING, TAKEN };
  static constexpr uint32_t NUMBER_SHIFT = 2;
  static constexpr uint32_t WHERE_MASK = 3;

  uint32_t word(Where where) const { return static_cast<uint32_t>(number_) << NUMBER_SHIFT | where; }

  env::Atomic<uint32_t> where_{0};
  uint16_t number_ = 0;  // of the thread; the owner's
  env::Atomic<uint8_t> claim_{0};
};

}  // namespace rsp
