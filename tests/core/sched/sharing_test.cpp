// Worker: what it does not share. What it shares, and what is taken of one that is late: tests/explore/worker_test.cpp,
// tests/capi/stuck_*.
#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** One long turn that queues many short ones: more than a ring has room for, less than BACKLOG_NS of work. */
struct Burst {
  static constexpr uint64_t LONG_TURN_NS = 3 * Worker::WAKE_UP_NS / 2;
  static constexpr uint32_t SHORT_TURNS = RunRing::CAPACITY + 100;

  struct Item {
    Runnable runnable;
    Burst* burst;
  };

  explicit Burst(Scheduler& its_scheduler) : scheduler(its_scheduler) {
    for (Item& item : items) item = {{nullptr, &run_short}, this};
    items[0].runnable.run = &run_long;
  }

  static Burst& of(Runnable* runnable) { return *reinterpret_cast<Item*>(runnable)->burst; }

  static void run_long(Runnable* runnable, Worker*) {
    Burst& burst = of(runnable);
    burst.began_ns = env::now_ns();
    env::spin_until(burst.began_ns + LONG_TURN_NS);
    for (uint32_t i = 1; i <= SHORT_TURNS; ++i) burst.scheduler.schedule(&burst.items[i].runnable);
  }

  static void run_short(Runnable* runnable, Worker*) {
    Burst& burst = of(runnable);
    if (burst.left.fetch_sub(1, env::ACQ_REL) != 1) return;
    burst.took_ns = env::now_ns() - burst.began_ns;
    burst.over.store(1, env::RELEASE);
    env::wake_one(burst.over);
  }

  /** Back when all of it has run. */
  void run() {
    scheduler.inject(&items[0].runnable);
    while (over.load(env::ACQUIRE) == 0) env::wait(over, 0);
  }

  Scheduler& scheduler;
  Item items[1 + SHORT_TURNS];
  uint64_t began_ns = 0;
  uint64_t took_ns = 0;
  env::Atomic<uint32_t> left{SHORT_TURNS};
  env::Atomic<uint32_t> over{0};
};

/** How many workers woke for a burst. */
uint64_t woken_by(Burst& burst, Scheduler& scheduler) {
  const auto await_silence = [&] {
    uint64_t wake_ups = 0;
    while (scheduler.sleepers() != scheduler.worker_count()) env::yield();
    for (uint32_t i = 0; i < scheduler.worker_count(); ++i) wake_ups += scheduler.worker(i).wake_ups();
    return wake_ups;
  };
  const uint64_t before = await_silence();
  burst.run();
  return await_silence() - before;
}

// T1, T5. What the other worker would have to fetch is done before it has it.
TEST(Sharing, the_short_turns_that_one_long_turn_queued_wake_no_other_worker) {
  constexpr int BURSTS = 20;
  int woke_another = 0;
  for (int done = 0, tried = 0; done < BURSTS; ++tried) {
    ASSERT_LT(tried, 1000) << "the machine is too busy: no burst is over within BACKLOG_NS";
    Scheduler scheduler;  // whose first beat is the long turn
    ASSERT_EQ(scheduler.start(2), RSP_OK);
    Burst burst(scheduler);
    const uint64_t woken = woken_by(burst, scheduler);
    scheduler.stop();
    ASSERT_GE(woken, 1U);
    if (burst.took_ns >= Worker::BACKLOG_NS) continue;  // its thread was not running meanwhile
    ++done;
    if (woken != 1) ++woke_another;
  }
  // Its thread may have lost its processor for as long as two long turns: then it was right to share.
  EXPECT_LT(woke_another, BURSTS / 2);
}

}  // namespace
}  // namespace rsp
