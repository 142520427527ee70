// Worker: what it shares with others, and when. That nothing is lost meanwhile: tests/explore/worker_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/env/clock.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** Long turns, one after another, the first of which queues the others and then many short ones: more than a ring has
 * room for, less than BACKLOG_NS of work. */
struct Burst {
  static constexpr uint64_t LONG_TURN_NS = 3 * Worker::WAKE_UP_NS / 2;
  static constexpr uint32_t SHORT_TURNS = RunRing::CAPACITY + 20;
  static constexpr uint32_t MOST_LONG_TURNS = 2;

  struct Item {
    Runnable runnable;
    Burst* burst;
  };

  Burst(Scheduler& its_scheduler, uint32_t its_long_turns)
      : scheduler(its_scheduler), long_turns(its_long_turns) {
    for (uint32_t i = 0; i < long_turns; ++i) items[i] = {{nullptr, i == 0 ? &run_first : &run_long}, this};
    for (uint32_t i = 0; i < SHORT_TURNS; ++i) items[long_turns + i] = {{nullptr, &run_short}, this};
  }

  static Burst& of(Runnable* runnable) { return *reinterpret_cast<Item*>(runnable)->burst; }

  static void run_first(Runnable* runnable, Worker* worker) {
    Burst& burst = of(runnable);
    run_long(runnable, worker);
    burst.queues_ns = env::now_ns();
    for (uint32_t i = 1; i < burst.long_turns + SHORT_TURNS; ++i) worker->push_last(&burst.items[i].runnable);
  }

  static void run_long(Runnable*, Worker*) { env::spin_until(env::now_ns() + LONG_TURN_NS); }

  static void run_short(Runnable* runnable, Worker*) {
    Burst& burst = of(runnable);
    if (burst.left.fetch_sub(1, env::ACQ_REL) != 1) return;
    burst.took_ns = env::now_ns() - burst.queues_ns;
    burst.over.store(1, env::RELEASE);
    env::wake_one(burst.over);
  }

  /** Back when all of it has run. */
  void run() {
    scheduler.inject(&items[0].runnable);
    while (over.load(env::ACQUIRE) == 0) env::wait(over, 0);
  }

  Scheduler& scheduler;
  const uint32_t long_turns;
  Item items[MOST_LONG_TURNS + SHORT_TURNS];
  uint64_t queues_ns = 0;
  uint64_t took_ns = 0;
  env::Atomic<uint32_t> left{SHORT_TURNS};
  env::Atomic<uint32_t> over{0};
};

/** Back when all workers have announced that they sleep: how often they have woken. */
uint64_t await_silence(Scheduler& scheduler) {
  uint64_t wake_ups = 0;
  while (scheduler.sleepers_for_tests() != scheduler.worker_count()) env::yield();
  for (uint32_t i = 0; i < scheduler.worker_count(); ++i) wake_ups += scheduler.worker(i).wake_ups();
  return wake_ups;
}

constexpr int BURSTS = 20;

/** In how many of BURSTS bursts another worker was woken, of those that are over before their backlog is old. */
int woke_another(uint32_t long_turns) {
  int woke = 0;
  for (int done = 0, tried = 0; done < BURSTS; ++tried) {
    if (tried == 1000) {
      ADD_FAILURE() << "the machine is too slow: no burst is over within BACKLOG_NS";
      break;
    }
    Scheduler scheduler;  // a new one, whose first beat is the first turn
    EXPECT_EQ(scheduler.start(2), RSP_OK);
    Burst burst(scheduler, long_turns);
    const uint64_t before = await_silence(scheduler);
    burst.run();
    const uint64_t woken = await_silence(scheduler) - before;
    scheduler.stop();
    if (burst.took_ns >= Worker::BACKLOG_NS) continue;  // its thread was not running meanwhile
    ++done;
    // One is for the burst, or none, where its worker was not asleep yet.
    if (woken > 1) ++woke;
  }
  return woke;
}

// T1, T5. What the other worker would have to fetch is done before it has it. A thread may have lost its processor for as
// long as two long turns: then it is right to share.
TEST(Sharing, the_short_turns_that_one_long_turn_queued_wake_no_other_worker) {
  EXPECT_LT(woke_another(1), BURSTS / 2);
}

// T1
TEST(Sharing, what_waits_behind_two_long_turns_wakes_another_worker) {
  EXPECT_GT(woke_another(2), BURSTS / 2);
}

/** Hooks of a watchdog that can take no turn. */
constexpr TurnHooks HOOKS{
    []() -> void* { return nullptr; },
    [](void*) {},
    [](Crossing&, WorkerThread&, void*, StuckTurn&) { return false; },
    [](void*, const StuckTurn&) {},
    [](uint64_t) { return true; },
};

/** A turn queues two that need each other: each lasts until the other one has begun. */
struct Pair {
  struct Item {
    Runnable runnable;
    Pair* pair;
  };

  explicit Pair(Scheduler& its_scheduler) : scheduler(its_scheduler) {
    items[0] = {{nullptr, &queue}, this};
    items[1] = items[2] = {{nullptr, &meet}, this};
  }

  static Pair& of(Runnable* runnable) { return *reinterpret_cast<Item*>(runnable)->pair; }

  /** The watchdog looks when nothing waits yet. */
  static void queue(Runnable* runnable, Worker* worker) {
    Pair& pair = of(runnable);
    const Watchdog& watchdog = pair.scheduler.watchdog();
    const uint64_t before = watchdog.wake_ups();
    while (watchdog.wake_ups() == before) env::relax();
    env::spin_until(env::now_ns() + Watchdog::SHORT_NS / 4);
    worker->push_last(&pair.items[1].runnable);
    worker->push_last(&pair.items[2].runnable);
  }

  static void meet(Runnable* runnable, Worker*) {
    Pair& pair = of(runnable);
    const uint64_t began_ns = env::now_ns();
    const bool is_first = pair.begun.fetch_add(1, env::ACQ_REL) == 0;
    while (pair.begun.load(env::ACQUIRE) < 2) env::relax();
    if (!is_first) return;
    pair.waited_ns = env::now_ns() - began_ns;
    pair.over.store(1, env::RELEASE);
    env::wake_one(pair.over);
  }

  Scheduler& scheduler;
  Item items[3];
  uint64_t waited_ns = 0;
  env::Atomic<uint32_t> begun{0};
  env::Atomic<uint32_t> over{0};
};

// T3. By itself the watchdog comes again LONG_NS after a look at which nothing waited.
TEST(Sharing, what_the_first_turn_after_a_rest_queues_does_not_wait_for_the_next_look) {
  uint64_t least_ns = UINT64_MAX;
  Scheduler scheduler;
  ASSERT_EQ(scheduler.start(2, &HOOKS), RSP_OK);
  for (int i = 0; i < BURSTS && least_ns >= Watchdog::LONG_NS / 2; ++i) {
    Burst burst(scheduler, 1);  // after which a beat has many turns
    burst.run();
    await_silence(scheduler);
    Pair pair(scheduler);
    scheduler.inject(&pair.items[0].runnable);
    while (pair.over.load(env::ACQUIRE) == 0) env::wait(pair.over, 0);
    least_ns = std::min(least_ns, pair.waited_ns);
    await_silence(scheduler);
  }
  scheduler.stop();
  EXPECT_LT(least_ns, Watchdog::LONG_NS / 2);
}

}  // namespace
}  // namespace rsp
