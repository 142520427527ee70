// The watchdog: one thread that takes turns away from code that does not return.
//
// A turn is stuck when it is older than LONG_NS, or than SHORT_NS while something waits for its worker: a timer that is
// due, queued work, or descriptors that nobody looks at though a worker sleeps. Then, if work or descriptors wait and a
// worker sleeps, that one is woken, and takes them (worker.hpp, T2 and T3; poller.hpp, P6). Else, or if some of what waits
// is pinned to the late worker, and its code is outside the runtime (crossing.hpp), the watchdog takes its process, which
// becomes as in a blocking section,
// and hands its worker to a stand-in: all that a thread does itself that declares that it will block (V1 to V4). The thread
// learns of it when its code calls the runtime or returns.
//
// What each side pays:
//
//   W1  A thread counts its turns, one plain store each, and reads no clock. What the watchdog has seen twice is as old
//       as the time between.
//   W2  It looks each LONG_NS; sooner where a busy worker has something waiting, or a timer that will be due: when the
//       turn, if it goes on, will be stuck for that. But not within SHORT_NS of the last look, however many turns there are.
//       Between two looks there may be asked for one where what begins now would be seen too late: at once by a thread that
//       begins a turn after a rest, and whose worker has a timer that will be due before the next look, once for each
//       look that was not asked for; for SHORT_NS after the last look by a worker at a beat at which something waits that
//       it does not share. Hints. What is left: a timer that a thread without a rest arms after the look, and what a turn
//       queues that is not the last of its beat, may wait for the next one.
//   W3  It sleeps without a limit when nothing has moved for LINGER looks: idle means idle. A thread that begins a turn
//       after a rest reads that word, and wakes it if it sleeps so. The lingering is for those who talk in short bursts:
//       they find it awake, and pay nothing.
//   W4  The thread that begins stores its turn and then loads `asleep_`; the watchdog stores `asleep_` and then loads
//       all turns (core/env/barrier.hpp).
//   W5  The more turns are taken, the older one has to be: with more threads than processors each is slow, and none of
//       them stuck.
//   W6  Code of what is to end may run on for UNWINDING_NS, counted from the first time that its turn is taken. It may
//       come back in between, and be taken again: so the time belongs to the subject, and not to the turn.
//
//   W7  A turn that was taken is told, once, if it gets older than LONG_NS, with the patience of W5. One that was taken after SHORT_NS has kept
//       others waiting; it is no news, and often only that its thread did not get to run.
//
// It runs no code of users and allocates what a takeover needs before; where there is no memory or no thread it tries
// again. Code that stays inside the runtime (the drop of a payload, a match predicate, a sink of reports) has the
// worker until it returns.
//
// What the code is at is found out when it is told, by a question to its thread (core/env/stack_trace.hpp). The answer
// counts only if the thread has not come back meanwhile: else it may be about anything. Where one thread does not answer
// in time, no other is asked in the same look.
//
// Rejected: a time stamp for each turn (a clock read costs more than a message); a timer for each worker (a tick, also
// when idle); a signal that takes the turn away itself (the thread may hold the allocator's lock).
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/stack_trace.hpp"
#include "core/env/thread.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/worker_thread.hpp"
#include "core/sync/parker.hpp"
#include "resprout/result.h"

namespace rsp {

class Scheduler;

/** A turn that is being taken. */
struct StuckTurn {
  uint64_t age_ns;
  uint64_t overdue;       // the subject whose time for unwinding is over, or 0
  uint64_t limit_ns;      // by `take`: how much longer it may be away, 0: for ever
  uint64_t subject;       // by `take`: for `expire`
  env::StackTrace stack;  // of its code; for `tell`
  bool unwinds;  // by `take`: it is to end, and has UNWINDING_NS for that altogether, whatever its limit
};

/** What to do with whatever the turn belongs to. All are called by the watchdog's thread. */
struct TurnHooks {
  /** What one takeover needs; nullptr: there is no memory. Given to `tell` or `give_back`. */
  void* (*reserve)();
  void (*give_back)(void* reserved);
  /** Under a claim (C2). False: there is nothing to take, nor will there be in this turn. */
  bool (*take)(Crossing& crossing, WorkerThread& thread, void* reserved, StuckTurn& turn);
  /** W7. */
  void (*tell)(void* reserved, const StuckTurn& turn);
  /** It was away for longer than its limit. False: try again. */
  bool (*expire)(uint64_t subject);
};

class Watchdog {
 public:
  static constexpr uint64_t LONG_NS = 10'000'000;
  static constexpr uint64_t SHORT_NS = 1'000'000;
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t LINGER = 1;
  static constexpr uint64_t UNWINDING_NS = 15'000'000;  // between one LONG_NS and two
#else
  static constexpr uint32_t LINGER = 3;
  static constexpr uint64_t UNWINDING_NS = 1'000'000'000;
#endif
  static constexpr uint64_t MOST_PATIENCE = 10;  // W5: as a factor

  explicit Watchdog(Scheduler& scheduler) : scheduler_(scheduler) {}

  /** Before the workers. RSP_EOS, RSP_ENOMEM: nothing runs. */
  [[nodiscard]] rsp_result start(const TurnHooks& hooks);
  /** While the workers run still; nothing if it was not started. */
  void stop();

  /** A thread has begun a turn after a rest (W3, W4): it has stored that by env::store_then. `deadline_ns`: of the next
   * timer of its worker (W2). */
  void notice(uint64_t deadline_ns) {
    if (asleep_.load(env::SEQ_CST) != 0) return wake();
    // Relaxed: a hint.
    if (deadline_ns < looks_at_ns_.load(env::RELAXED) &&
        !RSP_PLANTED_BUG("watchdog: is not asked for a look"))
      ask_for_look();
  }

  /** A worker at a beat: something waits there (W2). */
  void notice_backlog() {
    // Relaxed: a hint.
    if (comes_late_.load(env::RELAXED) && comes_late_.exchange(false, env::RELAXED)) parker_.unpark();
  }

  /** Times its thread came out of a sleep, and turns that it has taken. For observers. */
  uint64_t wake_ups() const { return wake_ups_.load(env::RELAXED); }
  uint64_t stuck_turns() const { return stuck_turns_.load(env::RELAXED); }

 private:
  enum class Taking : uint8_t { TAKEN, LATER, HOPELESS };

  /** What it knows of a thread. */
  struct Seen {
    uint32_t turn = 0;
    bool taken = false;  // this turn: nothing more to do until it moves
    uint64_t since_ns = 0;
    uint64_t expires_ns = 0;  // while taken; 0: never
    uint64_t subject = 0;
    void* untold = nullptr;  // while taken: what is to be told with (W7)
    bool told = false;       // of this turn, which may have come back since
    // W6: kept from turn to turn; no subject is ever another's.
    uint64_t unwinding = 0;
    uint64_t unwound_ns = 0;
  };

  static void thread_main(void* self);
  void run();
  uint64_t look(uint64_t now_ns);
  uint64_t look_at(WorkerThread& thread, Seen& seen, uint64_t now_ns);
  static uint64_t waited_for_from(const WorkerThread& thread, uint64_t now_ns);
  bool wakes_a_thief(const WorkerThread& thread);
  Taking take(WorkerThread& thread, Seen& seen, uint64_t now_ns);
  static void note_limits(Seen& seen, const StuckTurn& turn, uint64_t now_ns);
  bool anything_moved() const;
  bool is_asked(bool may_be_asked) const;
  bool park_until(uint64_t deadline_ns);
  void sleep();
  void wake();
  void ask_for_look();
  void tell(const WorkerThread& thread, Seen& seen, uint64_t now_ns);
  void forget(Seen& seen);

  Scheduler& scheduler_;
  const TurnHooks* hooks_ = nullptr;
  env::Atomic<uint32_t> asleep_{0};
  env::Atomic<uint64_t> looks_at_ns_{0};  // W2: 0 while nobody may ask for a look
  env::Atomic<bool> comes_late_{false};   // W2: more than SHORT_NS after the last look
  env::Atomic<bool> stopping_{false};
  env::Atomic<uint64_t> wake_ups_{0};
  env::Atomic<uint64_t> stuck_turns_{0};
  Parker parker_;
  env::Thread thread_;
  // The thread's own.
  bool moved_ = false;     // in this look
  uint64_t patience_ = 1;  // W5
  uint32_t taken_ = 0;     // counted in this look
  bool asks_ = true;       // in this look every thread has answered
  Seen seen_[WorkerThreads::CAPACITY];
};

}  // namespace rsp
