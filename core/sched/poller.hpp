// The poller: where one of the workers that have nothing to do sleeps while descriptors are waited for.
//
// There is no thread for it. A worker that is about to sleep takes the *place* if anything is registered and the place
// is free, and sleeps on the set of descriptors; the others sleep on their futex. While nothing is registered all do.
//
//   P1  One thread at a time has the place, and only it waits on the set. So a wake-up that is meant for it (parker.hpp)
//       is not taken by another.
//   P2  Who leaves the place is awake: it looks at the set at its beats, but for that of the first turn after a rest, at most
//       each LOOK_NS, and as it leaves if it has found its token awake (parker.hpp), at most each LOOK_AWAKE_NS, wakes
//       another worker to take the place, or takes it again before it sleeps. So nobody is woken when the one in the place
//       gets work for a moment; and what becomes ready while nobody has the place waits a beat, or is there when the place
//       is taken (readiness is a state and no event).
//   P3  A worker announces that it sleeps, then looks whether anything is registered; who registers counts that, then
//       looks whether somebody has the place, then wakes a worker that sleeps (idle_set.hpp). All by read-modify-writes
//       of one word after the other. So a worker that saw no registration is woken for it, and one that found the place
//       taken relies on P2.
//   P4  A worker that registers wakes nobody: it is awake (P2). If it lets go of its worker it sees to it that the place
//       is taken.
//   P5  A worker that has the place is in no turn, so nobody takes it away from its thread.
//   P6  Where a turn is long and another worker sleeps, on its futex, the watchdog wakes that one.
//
// What a registration is about is a subject, which the poller hands to whoever gave it.
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/poll.hpp"
#include "core/sched/watches.hpp"
#include "core/sync/parker.hpp"
#include "resprout/result.h"

namespace rsp {

/** What to do with subjects. */
struct PollHooks {
  /** On a worker, which is in no turn: its descriptor is ready. The subject is the hook's. */
  void (*ready)(void* subject);
  /** On any thread: it will never be told. The subject is the hook's. */
  void (*drop)(void* subject);
};

class Poller {
 public:
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint64_t LOOK_NS = 0;
#else
  static constexpr uint64_t LOOK_NS = 1'000'000;
#endif
  /** The same of a worker that has nothing to do but for what its token brings. */
  static constexpr uint64_t LOOK_AWAKE_NS = 100'000;

  /** Before the first registration. */
  void set_hooks(const PollHooks& hooks) { hooks_ = &hooks; }

  /** Any thread: `subject` waits for a descriptor, until it is told, once, or taken back. On failure it is the caller's:
   * RSP_EINVAL, RSP_EALREADY, RSP_ELIMIT, RSP_ENOMEM, RSP_EOS. The caller owes Scheduler::attend. */
  [[nodiscard]] rsp_result add(int fd, env::Direction direction, void* subject, Watches::Key* key);

  /** Any thread: the subject, which will not be told; nullptr if it was, or will be, or was dropped. */
  void* take_back(Watches::Key key);

  /** Whether anything is registered. */
  bool is_wanted() const { return registered_.load(env::ACQUIRE) != 0; }  // pairs with add (P3)

  /** Whether anything is registered and nobody has the place, as of a moment ago. */
  // Pairs with leave_place (P2).
  bool is_unattended() const { return is_wanted() && place_.load(env::ACQUIRE) == 0; }

  /** The same, by who has just registered something (P3). */
  bool needs_attendant() { return place_.fetch_add(0, env::ACQ_REL) == 0; }

  /** A worker's, which has announced that it sleeps: takes the place if there is need of it. */
  bool take_place() {
    if (!is_wanted()) return false;
    uint32_t free = 0;
    // Acquire: pairs with leave_place; who had it has waited on the set before. Release: pairs with needs_attendant (P3).
    return place_.compare_exchange_strong(free, 1, env::ACQ_REL, env::RELAXED);
  }

  /** P2, P3. */
  void leave_place() {
    if (RSP_PLANTED_BUG("poller: the place is kept")) return;
    place_.exchange(0, env::ACQ_REL);
  }

  /** Whoever has the place: sleeps until its parker has a token (true), something is ready, or the deadline. */
  bool sleep(Parker& parker, uint64_t deadline_ns, env::Ready& ready) {
    if (!parker.take_token_awake(deadline_ns)) return parker.poll_until(set_, deadline_ns, ready);
    // It may never come to sleep as long as it gets tokens, nor to a beat, and nobody else looks (P2).
    const uint64_t now_ns = env::now_ns();
    if (is_look_due(now_ns)) look_in_place(now_ns, LOOK_AWAKE_NS, ready);
    return true;
  }

  /** A busy worker, at a beat: looks at the set if nobody else does, and if that is due. False: it did not. */
  bool look(uint64_t now_ns, env::Ready& ready);

  /** A worker: gives what was ready to those who wait for it. */
  void tell(const env::Ready& ready);

  env::PollSet& set() { return set_; }

  /** In a forked child: the set is its parent's. */
  void forget_in_child() { set_.forget_in_child(); }

 private:
  bool is_look_due(uint64_t now_ns) const { return now_ns >= next_look_ns_.load(env::RELAXED); }
  void look_in_place(uint64_t now_ns, uint64_t interval_ns, env::Ready& ready);

  const PollHooks* hooks_ = nullptr;
  env::PollSet set_;
  alignas(CACHE_LINE) env::Atomic<uint64_t> registered_{0};
  alignas(CACHE_LINE) env::Atomic<uint32_t> place_{0};
  env::Atomic<uint64_t> next_look_ns_{0};  // of whoever has the place; others see whether to try
  Watches watches_;
};

}  // namespace rsp
