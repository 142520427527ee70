// The account of what the runtime takes and gives back, in envelopes and in bytes: at the stop one is held against the
// other.
//
//   taken   got from memory, or brought back by a user
//   given   freed, or lent to a user for as long as the user likes: a received message, the seat of a thread
//
// Bytes are counted as the allocator cuts them, since a block does not say how much of it was asked for: one that is lost
// shows whatever its size is. Envelopes are counted by themselves as well, in each build: their figure says what was lost.
//
// Each thread counts in a ledger of its own by plain stores, so a message costs no locked instruction for it. The
// ledgers stand in a list for ever; a thread that ends leaves its ledger, with what is in it, to the next one. A
// thread for which there is no memory shares one ledger with its like, and pays for it.
//
//   A1  When no process lives and no thread is inside the runtime, taken equals given.
//   A2  A thread that is no process says when it is inside (AccountVisit): what it has taken it may not have given
//       yet. Others need not: a process that lives keeps the stop waiting, and the scheduler's threads are joined.
//   A3  A zombie has envelopes until its code returns. While there is one, nobody can say whether the account is right.
//   A4  Bytes are counted where assertions are on, or blocks are (alloc.hpp, M4). A thread that has not detached has what
//       its process had (core/proc/belongings.hpp): while there is one, nobody can say whether bytes are right.
//   A5  Not among the bytes is what users share with the runtime, or have and let go of on any thread: terms, lanes.
//
// In a controlled build all threads share one OS thread, and one ledger: counting is no choice point.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/build.hpp"
#include "core/env/thread_locals.hpp"

namespace rsp {

struct alignas(CACHE_LINE) Ledger {
#if defined(RSP_ENV_NATIVE)
  /** Written by one thread, or by all that share the ledger. */
  class Tally {
   public:
    // Release: who sees the number sees that the visit had begun, or what was counted before it (add_up).
    void count(bool has_many_writers, uint64_t amount = 1) {
      if (has_many_writers) {
        value_.fetch_add(amount, env::RELEASE);  // pairs with read
      } else {
        value_.store(value_.load(env::RELAXED) + amount, env::RELEASE);  // pairs with read
      }
    }
    uint64_t read() const { return value_.load(env::ACQUIRE); }  // pairs with count

   private:
    env::Atomic<uint64_t> value_{0};
  };
#else
  class Tally {
   public:
    void count(bool, uint64_t amount = 1) { value_ += amount; }
    uint64_t read() const { return value_; }

   private:
    uint64_t value_ = 0;
  };
#endif

  Tally taken;  // envelopes
  Tally given;
  Tally bytes_taken;
  Tally bytes_given;
  Tally entered;  // visits
  Tally left;
  bool is_shared = false;
  env::Atomic<uint32_t> is_used{1};
  Ledger* next = nullptr;  // fixed once it is in the list
};

namespace account_detail {
void count_taken();
void count_given();
}  // namespace account_detail

/** By the thread that takes or gives, whose thread-locals these are. Each message comes by here. */
inline void count_envelope_taken(const env::ThreadLocals& locals) {
  if (locals.ledger == nullptr) return account_detail::count_taken();
  static_cast<Ledger*>(locals.ledger)->taken.count(false);
}
inline void count_envelope_given(const env::ThreadLocals& locals) {
  if (locals.ledger == nullptr) return account_detail::count_given();
  static_cast<Ledger*>(locals.ledger)->given.count(false);
}

/** The same elsewhere. */
inline void count_envelope_taken() { count_envelope_taken(*env::thread_locals()); }
inline void count_envelope_given() { count_envelope_given(*env::thread_locals()); }

/** By the allocator, on any thread. */
void count_bytes_taken(size_t bytes);
void count_bytes_given(size_t bytes);

/** A thread without a process is inside the runtime (A2). On its stack. */
class AccountVisit {
 public:
  explicit AccountVisit(bool is_one = true) : ledger_(is_one ? enter() : nullptr) {}
  ~AccountVisit() {
    if (ledger_ != nullptr) leave(*ledger_);
  }
  AccountVisit(const AccountVisit&) = delete;
  AccountVisit& operator=(const AccountVisit&) = delete;

 private:
  static Ledger* enter();
  static void leave(Ledger& ledger);

  Ledger* const ledger_;  // nullptr: it is none
};

struct AccountFigures {
  uint64_t taken;  // envelopes
  uint64_t given;
  uint64_t bytes_taken;  // 0 where they are not counted
  uint64_t bytes_given;
  bool exact;  // no visit went on while they were read
};

/** Any thread. */
AccountFigures account_figures();

/** At the stop, when no process lives and the scheduler's threads are joined: with assertions on, ends the OS process
 * if the account is wrong. `has_left_bytes`: A4. False: it cannot be told whether all of it is right (A2 to A4). */
bool check_account(bool has_zombies, bool has_left_bytes);

}  // namespace rsp
