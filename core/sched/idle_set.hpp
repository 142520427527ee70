// Which workers sleep and which look for work: the handshake that never loses a wake-up.
//
// The hazard: a producer queues work and sees nobody asleep, while a worker sees no work and goes to sleep.
// Each side stores and then loads what the other stores; without a common order both can miss the other. Here
// both sides do a read-modify-write of one word, `idle_`, and those are totally ordered:
//
//   producer   queue the work;                   RMW idle_;   somebody sleeps and nobody searches: wake one
//   worker     set the own bit;  RMW idle_ (announce);  look at every source again;  only then sleep
//
// If the producer's RMW comes first, the worker's RMW reads from its release sequence and the second look
// finds the work. If the worker's comes first, the producer sees it counted. Loads instead of RMWs on either
// side are not enough when the queue itself orders nothing (tests/loom shows the lost wake-up).
//
// Roles of a worker: busy, searching (counted in the high half of idle_), parked (counted in the low half,
// and its bit set in the map).
//
//   busy -> searching     begin_search       the worker's thread
//   searching -> busy     end_search         the same, whether it has found work or stops
//   searching -> parked   announce           the same
//   busy -> parked        announce_vacant    the thread that leaves it, or the watchdog (worker.hpp, V2)
//   parked -> searching   retract            the worker's thread that goes on, or that comes back to it
//                         choose_one_to_wake anybody who has queued work, and the last searcher (I2)
//                         take               anybody who has news for that worker alone
//
// sleepers is for anybody, and a hint. None of them blocks.
//
//   I1  A producer wakes nobody while somebody searches: a searcher announces or finds work, and both look
//       again.
//   I2  A searcher that finds work and was the last one wakes the next if any source has more: a producer may
//       have relied on it (I1).
//   I3  The waker makes its victim a searcher, clears its bit and takes it out of the parked count before it
//       unparks it.
//   I4  Whoever clears a worker's bit owns its wake-up: the worker itself when it retracts, or exactly one
//       waker.
//   I5  A waker that counted itself as a searcher and then found nobody's bit decides anew: another producer
//       may have relied on its count (I1) while a worker announced itself.
#pragma once

#include <cstdint>

#include "core/base/assert.hpp"
#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"

namespace rsp {

class IdleSet {
 public:
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t MAX_WORKERS = 128;  // two words of bits, so that the explorer gets round
#else
  static constexpr uint32_t MAX_WORKERS = 1024;
#endif
  static constexpr uint32_t NOBODY = UINT32_MAX;

  /** After queueing work, or by the last searcher (I2): the worker to unpark, already a searcher, or NOBODY.
   * */
  uint32_t choose_one_to_wake() {
    // The producer's half of the handshake; pairs with announce.
    uint64_t seen = idle_.fetch_add(0, env::ACQ_REL);
    for (;;) {
      if (parked(seen) == 0 || searching(seen) != 0) return NOBODY;  // I1
      // Every worker counted in `seen` whose bit is clear counts itself a searcher after `seen`, and looks
      // again.
      if (!any_bit_is_set()) return NOBODY;
      // Acquire on failure: pairs with announce; the bits of the workers that the new value counts.
      if (!idle_.compare_exchange_weak(seen, seen + ONE_SEARCHING, env::ACQ_REL, env::ACQUIRE)) continue;
      const uint32_t chosen = clear_any_bit();
      if (chosen != NOBODY) {
        idle_.fetch_sub(ONE_PARKED, env::ACQ_REL);  // I3
        return chosen;
      }
      // I5
      if (RSP_PLANTED_BUG("idle set: a waker that finds nobody leaves")) {
        idle_.fetch_sub(ONE_SEARCHING, env::ACQ_REL);
        return NOBODY;
      }
      seen = idle_.fetch_sub(ONE_SEARCHING, env::ACQ_REL) - ONE_SEARCHING;  // I5
    }
  }

  /** Wakes one particular worker, whether somebody searches or not. True: it slept; it is a searcher now,
   * unpark it. */
  bool take(uint32_t worker) {
    // The handshake of choose_one_to_wake: the caller has published its news, and this RMW orders it with
    // announce().
    idle_.fetch_add(0, env::ACQ_REL);  // pairs with announce
    return retract(worker);
  }

  /** How many workers sleep, as of a moment ago. */
  uint32_t sleepers() const { return parked(idle_.load(env::ACQUIRE)); }  // pairs with announce

  void begin_search() { idle_.fetch_add(ONE_SEARCHING, env::ACQ_REL); }  // I1

  /** True when the caller was the last searcher and somebody sleeps: it owes the wake-up of I2. */
  bool end_search() {
    const uint64_t before = idle_.fetch_sub(ONE_SEARCHING, env::ACQ_REL);
    return searching(before) == 1 && parked(before) != 0;
  }

  /** The searching worker announces that it sleeps: afterwards it must look at every source again. */
  void announce(uint32_t worker) {
    // Release: pairs with clear.
    bits_[worker / 64].fetch_or(bit_of(worker), env::RELEASE);
    // The worker's half of the handshake; pairs with choose_one_to_wake.
    idle_.fetch_add(ONE_PARKED - ONE_SEARCHING, env::ACQ_REL);
  }

  /** A worker that is not searching is left without a thread: it counts as asleep. Its thread looks once more
   * whether anything is queued. */
  void announce_vacant(uint32_t worker) {
    bits_[worker / 64].fetch_or(bit_of(worker), env::RELEASE);  // pairs with clear
    idle_.fetch_add(ONE_PARKED, env::ACQ_REL);  // the handshake, which pairs with choose_one_to_wake
  }

  /** The announced worker wants to go on. True: it is a searcher again. False: a waker was faster (I4); the
   * worker is a searcher too, and its token is set or about to be: it consumes it by one park. */
  bool retract(uint32_t worker) {
    if (!clear(worker)) return false;
    idle_.fetch_add(ONE_SEARCHING - ONE_PARKED, env::ACQ_REL);  // I4
    return true;
  }

 private:
  static constexpr uint64_t ONE_PARKED = 1;
  static constexpr uint64_t ONE_SEARCHING = uint64_t{1} << 32;
  static uint32_t parked(uint64_t word) { return static_cast<uint32_t>(word); }
  static uint32_t searching(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
  static uint64_t bit_of(uint32_t worker) { return uint64_t{1} << (worker % 64); }

  bool any_bit_is_set() const {
    for (const env::Atomic<uint64_t>& bits : bits_) {
      if (bits.load(env::ACQUIRE) != 0) return true;  // pairs with announce
    }
    return false;
  }

  uint32_t clear_any_bit() {
    for (uint32_t i = 0; i < MAX_WORKERS / 64; ++i) {
      uint64_t bits = bits_[i].load(env::ACQUIRE);  // pairs with announce
      for (; bits != 0; bits &= bits - 1) {
        const uint32_t worker = i * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
        if (clear(worker)) return worker;
      }
    }
    return NOBODY;
  }

  bool clear(uint32_t worker) {
    RSP_DEBUG_ASSERT(worker < MAX_WORKERS);
    // I4; pairs with announce.
    return (bits_[worker / 64].fetch_and(~bit_of(worker), env::ACQ_REL) & bit_of(worker)) != 0;
  }

  alignas(CACHE_LINE) env::Atomic<uint64_t> idle_{0};
  alignas(CACHE_LINE) env::Atomic<uint64_t> bits_[MAX_WORKERS / 64] = {};
};

}  // namespace rsp
