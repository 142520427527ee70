// One thread's token: park() sleeps until somebody has called unpark().
//
//   park, park_until, poll_until, take_token_awake   the owner, one thread at a time
//   unpark                         anybody, any number of times; never blocks
//
// The word
//   EMPTY      no token, the owner is awake. All-zero memory is a Parker.
//   PARKED     no token, the owner sleeps or is about to.     EMPTY -> PARKED     by the owner
//   POLLING    no token, the owner waits on a set of descriptors or is about to.
//                                                             EMPTY -> POLLING    by the owner
//   NOTIFIED   the token is here.                             any -> NOTIFIED     by unpark
//                                                             NOTIFIED -> EMPTY   by the owner, taking it
//                                                             PARKED -> EMPTY     by the owner, giving up
//                                                             POLLING -> EMPTY    by the owner, back from the set
// Rules
// 1. unpark before park is not lost: the next park returns at once. Two unparks are one token.
// 2. What a thread wrote before unpark is visible to the owner after the park that takes the token, also when
//    several unparks made one token: each is a read-modify-write, so it continues the release sequences of
//    those before it.
// 3. Every change is a read-modify-write. An unpark that looks first and stores then can look before the
//    owner goes to sleep and store afterwards: the token is there and nobody wakes the owner. (The explorer
//    is shown this one as a planted bug.)
// 4. After the exchange unpark uses only the address of the word (env/wait.hpp rule 4), so the owner may
//    destroy a Parker as soon as it has taken the token.
// 5. Who may find an owner in a set wakes it through that set, and only if it is POLLING. A wake that comes late, when the
//    owner is back already, ends the next wait on the set without need.
// 6. An owner that has reason to be woken soon stays EMPTY for a while (adaptive_spin.hpp): then a token costs its giver no
//    system call, and its taker no sleep.
// 7. No park has a time limit as a safety net: it would hide a lost wake-up. park_until is for timers.
#pragma once

#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/poll.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/sync/adaptive_spin.hpp"

namespace rsp {

class Parker {
 public:
  // Sleeps until the token is here, and takes it.
  void park() noexcept { park_until(env::NO_DEADLINE); }

  // The same, at most until `deadline_ns` of env::now_ns(). False: the deadline passed and there was no
  // token.
  bool park_until(uint64_t deadline_ns) noexcept {
    if (take_token_awake(deadline_ns)) return true;
    uint32_t seen = EMPTY;
    // Relaxed: nothing is handed over here. On failure it is NOTIFIED, and take_token() acquires.
    if (!word_.compare_exchange_strong(seen, PARKED, env::RELAXED, env::RELAXED)) {
      take_token();
      return true;
    }
    for (;;) {
      const bool in_time = env::wait(word_, PARKED, deadline_ns);
      if (!in_time) {
        // Acquire: pairs with unpark's release if the token came at the last moment.
        if (word_.exchange(EMPTY, env::ACQUIRE) == PARKED) return false;
        RSP_SOMETIMES("parker: token between the deadline and giving up");
        return true;
      }
      if (has_token()) {  // else the wait returned without a wake
        take_token();
        spin_.woken();
        return true;
      }
      RSP_SOMETIMES("parker: woken without a token");
    }
  }

  // The part of it before the owner sleeps (rule 6). False: the token has not come.
  bool take_token_awake(uint64_t deadline_ns) noexcept {
    if (!spin_.wait([this] { return has_token(); }, deadline_ns)) return false;
    take_token();
    return true;
  }

  // The rest of it, after take_token_awake has said false: the same as park_until, in `set`, on which nobody else waits. What becomes ready there ends it too, and is in
  // `out`, token or not; and it may end without either.
  bool poll_until(env::PollSet& set, uint64_t deadline_ns, env::Ready& out) noexcept {
    uint32_t seen = EMPTY;
    // Release: the set, which this thread has seen made and whoever wakes it may not have. Relaxed: as in park_until.
    if (!word_.compare_exchange_strong(seen, POLLING, env::RELEASE, env::RELAXED)) {
      take_token();
      return true;
    }
    set.wait(deadline_ns, out);
    // Acquire: pairs with unpark's release.
    const bool token = word_.exchange(EMPTY, env::ACQUIRE) == NOTIFIED;
    if (token) spin_.woken();
    return token;
  }

  // For an owner that may be in `set`.
  void unpark(env::PollSet& set) noexcept {
    // Release: as in unpark(). Acquire: pairs with poll_until.
    const uint32_t before = word_.exchange(NOTIFIED, env::ACQ_REL);
    if (before == PARKED) {
      env::wake_one(word_);
    } else if (before == POLLING) {
      if (RSP_PLANTED_BUG("parker: one that waits on descriptors is woken like a sleeper")) {
        env::wake_one(word_);
      } else {
        set.wake();
      }
    }
  }

  void unpark() noexcept {
    if (RSP_PLANTED_BUG("parker: unpark looks, then stores")) {
      const bool sleeping = word_.load(env::RELAXED) == PARKED;
      word_.store(NOTIFIED, env::RELEASE);
      if (sleeping) env::wake_one(word_);
      return;
    }
    // Release: pairs with the owner's acquire when it takes the token.
    if (word_.exchange(NOTIFIED, env::RELEASE) == PARKED) env::wake_one(word_);
  }

  AdaptiveSpin& spin_for_tests() { return spin_; }

 private:
  static constexpr uint32_t EMPTY = 0;
  static constexpr uint32_t PARKED = 1;
  static constexpr uint32_t NOTIFIED = 2;
  static constexpr uint32_t POLLING = 3;

  // Relaxed: take_token() acquires.
  bool has_token() const noexcept { return word_.load(env::RELAXED) == NOTIFIED; }

  // An exchange and not a store: an unpark that came since the read is part of the same token, and its writes
  // must become visible too (rule 2). Acquire: pairs with that unpark's release.
  void take_token() noexcept { word_.exchange(EMPTY, env::ACQUIRE); }

  env::Atomic<uint32_t> word_{EMPTY};
  AdaptiveSpin spin_;  // the owner's
};

}  // namespace rsp
