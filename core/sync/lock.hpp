// A lock around a few lines of ours: a table that many threads change, and each for less than a microsecond.
//
//   lock     any thread; sleeps while another one has it
//   unlock   the thread that has it
//
// The word
//   FREE       nobody has it. All-zero memory is a Lock.
//   HELD       somebody has it, and nobody sleeps            FREE -> HELD             lock
//   CONTENDED  somebody has it, and others may sleep         any -> CONTENDED         lock, before it sleeps
//                                                            HELD, CONTENDED -> FREE  unlock
// Rules
// 1. What was written under it is visible to whoever has it next.
// 2. Under it no code of a user's runs, nothing is allocated or freed, nothing is sent, and no other lock is taken: so
//    whoever has it comes to its end, and no two wait for each other.
// 3. Who has slept takes it as CONTENDED: it cannot know whether others sleep still. A wake that nobody needs is the price,
//    and only after a sleep.
// 4. Both change the word by an exchange that says what it was. An unlock that looks first and stores then can look before
//    another goes to sleep. (The explorer is shown both mistakes.)
//
// Not fair: who comes by takes it before who is being woken. Under rule 2 nobody waits long for that.
// No spinning: most often nobody waits, and a holder that lost its processor would be spun on for its whole absence.
#pragma once

#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"

namespace rsp {

class Lock {
 public:
  void lock() noexcept {
    uint32_t seen = FREE;
    // Acquire: pairs with unlock's release.
    if (word_.compare_exchange_strong(seen, HELD, env::ACQUIRE, env::RELAXED)) return;
    if (RSP_PLANTED_BUG("lock: who was woken believes that nobody else sleeps")) return lock_wrongly();
    while (word_.exchange(CONTENDED, env::ACQUIRE) != FREE) {  // pairs with unlock
      RSP_SOMETIMES("a lock is waited for");
      env::wait(word_, CONTENDED);
    }
  }

  void unlock() noexcept {
    if (RSP_PLANTED_BUG("lock: unlock looks, then stores")) {
      const bool sleeping = word_.load(env::RELAXED) == CONTENDED;
      word_.store(FREE, env::RELEASE);
      if (sleeping) env::wake_one(word_);
      return;
    }
    // Release: pairs with lock's acquire.
    if (word_.exchange(FREE, env::RELEASE) == CONTENDED) env::wake_one(word_);
  }

 private:
  static constexpr uint32_t FREE = 0;
  static constexpr uint32_t HELD = 1;
  static constexpr uint32_t CONTENDED = 2;

  void lock_wrongly() noexcept {
    for (;;) {
      uint32_t seen = FREE;
      // Pairs with unlock.
      if (word_.compare_exchange_strong(seen, HELD, env::ACQUIRE, env::RELAXED)) return;
      if (seen == HELD && !word_.compare_exchange_strong(seen, CONTENDED, env::RELAXED, env::RELAXED))
        continue;
      env::wait(word_, CONTENDED);
    }
  }

  env::Atomic<uint32_t> word_{FREE};
};

/** Has the lock as long as it lives. On a stack. */
class Locked {
 public:
  explicit Locked(Lock& lock) noexcept : lock_(lock) { lock_.lock(); }
  ~Locked() { lock_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Lock& lock_;
};

}  // namespace rsp
