#include "core/sched/watchdog.hpp"

#include <algorithm>
#include <utility>

#include "core/base/assert.hpp"
#include "core/env/barrier.hpp"
#include "core/env/clock.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

constexpr uint64_t NOT_AT_ALL = UINT64_MAX;

}  // namespace

rsp_result Watchdog::start(const TurnHooks& hooks) {
  env::prepare_barriers();
  hooks_ = &hooks;
  stopping_.store(false, env::RELAXED);
  asleep_.store(0, env::RELAXED);
  wake_ups_.store(0, env::RELAXED);
  stuck_turns_.store(0, env::RELAXED);
  for (Seen& seen : seen_) seen = Seen{};
  return thread_.start("resprout-watch", &Watchdog::thread_main, this);
}

void Watchdog::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, env::RELEASE);  // pairs with run
  parker_.unpark();
  thread_.join();
  for (Seen& seen : seen_) forget(seen);
}

void Watchdog::wake() {
  if (asleep_.exchange(0, env::ACQ_REL) != 0) parker_.unpark();  // pairs with sleep (W4)
}

void Watchdog::ask_for_look() {
  if (looks_at_ns_.exchange(0, env::RELAXED) == 0) return;  // another has
  RSP_SOMETIMES("a look of the watchdog is asked for");
  parker_.unpark();
}

void Watchdog::thread_main(void* self) { static_cast<Watchdog*>(self)->run(); }

void Watchdog::run() {
  uint32_t quiet = LINGER;                 // looks in which nothing moved
  bool asked = false;                      // for the look that comes, by notice
  while (!stopping_.load(env::ACQUIRE)) {  // pairs with stop
    if (quiet >= LINGER) {
      sleep();
      quiet = 0;
    }
    const uint64_t now_ns = env::now_ns();
    // Before the look, for what begins behind its back.
    const bool may_be_asked = !asked;
    if (may_be_asked) looks_at_ns_.store(now_ns + LONG_NS, env::SEQ_CST);  // W2: pairs with notice
    comes_late_.store(true, env::RELAXED);
    uint64_t next_ns = look(now_ns);
    if (next_ns != NOT_AT_ALL) {
      quiet = 0;
      next_ns = std::min(std::max(next_ns, now_ns + SHORT_NS), now_ns + LONG_NS);
    } else {
      quiet = moved_ ? 0 : quiet + 1;
      next_ns = now_ns + LONG_NS;
    }
    if (next_ns <= now_ns + SHORT_NS) comes_late_.store(false, env::RELAXED);
    if (quiet < LINGER && !stopping_.load(env::ACQUIRE)) {  // pairs with stop
      const bool token = park_until(next_ns);
      // Whoever else has given it, now or before the look, is content with SHORT_NS after the last one.
      const bool is_over = is_asked(may_be_asked) || stopping_.load(env::ACQUIRE);  // pairs with stop
      if (token && !is_over) park_until(now_ns + SHORT_NS);
    }
    asked = is_asked(may_be_asked);
    looks_at_ns_.store(0, env::RELAXED);
  }
}

/** By notice, for the look that comes. */
bool Watchdog::is_asked(bool may_be_asked) const {
  return may_be_asked && looks_at_ns_.load(env::RELAXED) == 0;
}

bool Watchdog::park_until(uint64_t deadline_ns) {
  const bool token = parker_.park_until(deadline_ns);
  wake_ups_.store(wake_ups() + 1, env::RELAXED);
  return token;
}

/** W3: until a thread begins a turn, or the stop. */
void Watchdog::sleep() {
  asleep_.store(1, env::SEQ_CST);
  env::barrier_of_all();
  if (anything_moved() && !RSP_PLANTED_BUG("watchdog: sleeps without a second look")) {
    RSP_SOMETIMES("a turn begins as the watchdog goes to sleep");
    // Who took the mark away owes a token.
    if (asleep_.exchange(0, env::ACQ_REL) == 0) parker_.park();  // pairs with wake
    return;
  }
  parker_.park();
  asleep_.store(0, env::RELAXED);
  wake_ups_.store(wake_ups() + 1, env::RELAXED);
}

bool Watchdog::anything_moved() const {
  WorkerThreads& threads = scheduler_.threads_;
  for (uint32_t i = 0; i < threads.high_water(); ++i) {
    if (threads.slots_[i].turn_.load(env::SEQ_CST) != seen_[i].turn) return true;  // W4
  }
  return false;
}

/** Looks at all threads. When to look again at the latest, NOT_AT_ALL if nothing is under way. */
uint64_t Watchdog::look(uint64_t now_ns) {
  moved_ = false;
  patience_ = 1 + std::min(taken_ / scheduler_.worker_count(), static_cast<uint32_t>(MOST_PATIENCE - 1));
  taken_ = 0;
  asks_ = true;
  uint64_t next_ns = NOT_AT_ALL;
  WorkerThreads& threads = scheduler_.threads_;
  for (uint32_t i = 0; i < threads.high_water(); ++i) {
    next_ns = std::min(next_ns, look_at(threads.slots_[i], seen_[i], now_ns));
  }
  return next_ns;
}

uint64_t Watchdog::look_at(WorkerThread& thread, Seen& seen, uint64_t now_ns) {
  const uint32_t turn = thread.turn_.load(env::ACQUIRE);  // pairs with begin_turn
  if (turn != seen.turn) {
    moved_ = true;
    const uint64_t unwinding =
        RSP_PLANTED_BUG("watchdog: unwinding begins anew with each turn") ? 0 : seen.unwinding;
    const bool told = seen.told && WorkerThread::was_taken_before(turn);
    forget(seen);
    seen = Seen{turn, false, now_ns, 0, 0, nullptr, told, unwinding, seen.unwound_ns};
  }
  if (!WorkerThread::is_busy(turn)) return NOT_AT_ALL;
  if (!seen.taken) {
    const uint64_t stuck_ns =
        std::min(std::max(seen.since_ns + SHORT_NS * patience_, waited_for_from(thread, now_ns)),
                 seen.since_ns + LONG_NS * patience_);
    if (now_ns < stuck_ns) return stuck_ns;
    // Not once for each turn: the thief may have come too early, and of code of ours no turn can be taken.
    if (wakes_a_thief(thread)) return now_ns + SHORT_NS;
    const Taking taking = take(thread, seen, now_ns);
    if (taking == Taking::LATER) return now_ns + SHORT_NS;
    seen.taken = true;
  }
  ++taken_;
  const bool is_news =
      now_ns - seen.since_ns >= LONG_NS * patience_ || RSP_PLANTED_BUG("watchdog: tells of every turn");
  if (seen.untold != nullptr && is_news) tell(thread, seen, now_ns);
  if (seen.expires_ns != 0 && now_ns >= seen.expires_ns) {
    if (!hooks_->expire(seen.subject)) return now_ns + LONG_NS;
    seen.expires_ns = 0;
  }
  if (RSP_PLANTED_BUG("watchdog: sleeps over a limit")) return NOT_AT_ALL;
  const uint64_t told_ns = seen.untold == nullptr ? NOT_AT_ALL : seen.since_ns + LONG_NS * patience_;
  return std::min(told_ns, seen.expires_ns == 0 ? NOT_AT_ALL : seen.expires_ns);
}

/** When something begins to wait for the worker of this thread, as far as is known: `now_ns` if something does. */
uint64_t Watchdog::waited_for_from(const WorkerThread& thread, uint64_t now_ns) {
  const Worker* const worker = thread.drives_.load(env::ACQUIRE);  // pairs with drives
  return worker == nullptr ? NOT_AT_ALL : worker->waited_for_from(now_ns);
}

/** What waits for the worker of a late thread is another's who slept, unless some of it is that worker's alone. */
bool Watchdog::wakes_a_thief(const WorkerThread& thread) {
  const Worker* const worker = thread.drives_.load(env::ACQUIRE);  // pairs with drives
  if (worker == nullptr || RSP_PLANTED_BUG("watchdog: wakes no thief")) return false;
  if (!worker->work_waits() && !scheduler_.wants_attendant()) return false;
  return scheduler_.wake_one() && !worker->pinned_waits();
}

Watchdog::Taking Watchdog::take(WorkerThread& thread, Seen& seen, uint64_t now_ns) {
  Crossing* const crossing = thread.crossing_.load(env::ACQUIRE);  // pairs with set_crossing
  if (crossing == nullptr || !crossing->is_in_user_of(thread.number())) return Taking::LATER;
  if (crossing->is_taken()) return Taking::HOPELESS;  // a zombie that has outlived the scheduler's stop
  WorkerThreads& threads = scheduler_.threads_;
  void* const reserved = hooks_->reserve();
  if (reserved == nullptr) return Taking::LATER;
  WorkerThread* stand_in = threads.hire();
  if (stand_in == nullptr) {
    hooks_->give_back(reserved);
    return Taking::LATER;
  }
  StuckTurn turn{};
  if (now_ns >= seen.unwound_ns) turn.overdue = seen.unwinding;
  Taking taking = Taking::LATER;
  if (crossing->claim(thread.number()) && thread.turn_.load(env::RELAXED) == seen.turn) {
    taking = hooks_->take(*crossing, thread, reserved, turn) ? Taking::TAKEN : Taking::HOPELESS;
  } else {
    RSP_SOMETIMES("a stuck turn goes on as it is claimed");
  }
  if (taking == Taking::TAKEN) {
    // Before anything that waited for it runs.
    if (!WorkerThread::was_taken_before(seen.turn)) stuck_turns_.store(stuck_turns() + 1, env::RELAXED);
    if (Worker* const worker = thread.lose_worker()) {
      worker->let_go(thread, *stand_in);
      stand_in = nullptr;
    }
  }
  const uint32_t waits =
      crossing->decide(taking == Taking::TAKEN ? Crossing::Verdict::TAKEN : Crossing::Verdict::WITHDRAWN);
  if (waits != 0) {
    RSP_SOMETIMES("a thread waits for the watchdog's verdict");
    threads.slots_[waits - 1].parker_.unpark();
  }
  if (stand_in != nullptr) threads.dismiss(*stand_in);
  if (taking != Taking::TAKEN) {
    hooks_->give_back(reserved);
    return taking;
  }
  note_limits(seen, turn, now_ns);
  if (seen.told) {
    hooks_->give_back(reserved);
  } else {
    seen.untold = reserved;
  }
  return taking;
}

/** W7. */
void Watchdog::tell(const WorkerThread& thread, Seen& seen, uint64_t now_ns) {
  StuckTurn turn{};
  turn.age_ns = now_ns - seen.since_ns;
  if (asks_) asks_ = env::ask_for_stack(thread.stack_of_.load(env::RELAXED), &turn.stack);
  // Acquire: pairs with set_crossing. If it is not taken it has come back.
  if (!thread.crossing_.load(env::ACQUIRE)->is_taken()) turn.stack = env::StackTrace{};
  RSP_SOMETIMES("a stuck turn is told");
  hooks_->tell(std::exchange(seen.untold, nullptr), turn);
  seen.told = true;
}

/** The turn is over. */
void Watchdog::forget(Seen& seen) {
  if (seen.untold == nullptr) return;
  RSP_SOMETIMES("a turn that was taken ends untold");
  hooks_->give_back(std::exchange(seen.untold, nullptr));
}

/** A turn was taken: when it expires. */
void Watchdog::note_limits(Seen& seen, const StuckTurn& turn, uint64_t now_ns) {
  seen.subject = turn.subject;
  if (!turn.unwinds) {
    if (turn.limit_ns != 0) seen.expires_ns = now_ns + turn.limit_ns;
    return;
  }
  if (turn.overdue == turn.subject) return;
  if (seen.unwinding != turn.subject) {
    seen.unwinding = turn.subject;
    seen.unwound_ns = now_ns + UNWINDING_NS;
  }
  seen.expires_ns = seen.unwound_ns;
}

}  // namespace rsp
