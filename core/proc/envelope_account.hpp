// The account of envelopes: as many as the runtime takes it gives back, and at the stop that is held against it.
//
//   taken   got from the memory of envelopes, or brought back by a user
//   given   freed, or lent to a user for as long as the user likes: a received message, the envelope in a seat
//
// Each thread counts in a ledger of its own by plain stores, so a message costs no locked instruction for it. The
// ledgers stand in a list for ever; a thread that ends leaves its ledger, with what is in it, to the next one. A
// thread for which there is no memory shares one ledger with its like, and pays for it.
//
//   A1  When no process lives and no thread is inside the runtime, taken equals given.
//   A2  A thread that is no process says when it is inside (EnvelopeVisit): what it has taken it may not have given
//       yet. Others need not: a process that lives keeps the stop waiting, and the scheduler's threads are joined.
//   A3  A zombie has envelopes until its code returns. While there is one, nobody can say whether the account is right.
//
// In a controlled build all threads share one OS thread, and one ledger: counting is no choice point.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/build.hpp"
#include "core/env/thread_locals.hpp"

namespace rsp {

struct alignas(CACHE_LINE) EnvelopeLedger {
#if defined(RSP_ENV_NATIVE)
  /** Written by one thread, or by all that share the ledger. */
  class Tally {
   public:
    // Release: who sees the number sees that the visit had begun, or what was counted before it (add_up).
    void count(bool is_shared) {
      if (is_shared) {
        value_.fetch_add(1, env::RELEASE);
      } else {
        value_.store(value_.load(env::RELAXED) + 1, env::RELEASE);
      }
    }
    uint64_t read() const { return value_.load(env::ACQUIRE); }

   private:
    env::Atomic<uint64_t> value_{0};
  };
#else
  class Tally {
   public:
    void count(bool) { ++value_; }
    uint64_t read() const { return value_; }

   private:
    uint64_t value_ = 0;
  };
#endif

  Tally taken;
  Tally given;
  Tally entered;  // visits
  Tally left;
  bool is_shared = false;
  env::Atomic<uint32_t> is_used{1};
  EnvelopeLedger* next = nullptr;  // fixed once it is in the list
};

namespace envelope_account_detail {
void count_taken();
void count_given();
}  // namespace envelope_account_detail

/** By the thread that takes or gives, whose thread-locals these are. Each message comes by here. */
inline void count_envelope_taken(const env::ThreadLocals& locals) {
  if (locals.envelope_ledger == nullptr) return envelope_account_detail::count_taken();
  static_cast<EnvelopeLedger*>(locals.envelope_ledger)->taken.count(false);
}
inline void count_envelope_given(const env::ThreadLocals& locals) {
  if (locals.envelope_ledger == nullptr) return envelope_account_detail::count_given();
  static_cast<EnvelopeLedger*>(locals.envelope_ledger)->given.count(false);
}

/** The same elsewhere. */
inline void count_envelope_taken() { count_envelope_taken(*env::thread_locals()); }
inline void count_envelope_given() { count_envelope_given(*env::thread_locals()); }

/** A thread without a process is inside the runtime (A2). On its stack. */
class EnvelopeVisit {
 public:
  explicit EnvelopeVisit(bool is_one = true) : ledger_(is_one ? enter() : nullptr) {}
  ~EnvelopeVisit() {
    if (ledger_ != nullptr) leave(*ledger_);
  }
  EnvelopeVisit(const EnvelopeVisit&) = delete;
  EnvelopeVisit& operator=(const EnvelopeVisit&) = delete;

 private:
  static EnvelopeLedger* enter();
  static void leave(EnvelopeLedger& ledger);

  EnvelopeLedger* const ledger_;  // nullptr: it is none
};

struct EnvelopeFigures {
  uint64_t taken;
  uint64_t given;
  bool exact;  // no visit went on while they were read
};

/** Any thread. */
EnvelopeFigures envelope_figures();

/** At the stop, when no process lives and the scheduler's threads are joined: with assertions on, ends the OS process
 * if the account is wrong. False: it cannot be told (A2, A3). */
bool check_envelope_account(bool has_zombies);

}  // namespace rsp
