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

namespace rsp {

struct EnvelopeLedger;

/** By the thread that takes or gives. */
void count_envelope_taken();
void count_envelope_given();

/** A thread without a process is inside the runtime (A2). On its stack. */
class EnvelopeVisit {
 public:
  explicit EnvelopeVisit(bool is_one = true);
  ~EnvelopeVisit();
  EnvelopeVisit(const EnvelopeVisit&) = delete;
  EnvelopeVisit& operator=(const EnvelopeVisit&) = delete;

 private:
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
