// The simulator itself: same seed, same run; other seed, another run; time that moves only when nothing else
// can; and a report for whatever goes wrong.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/controlled/sanitizer.hpp"
#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread.hpp"
#include "core/env/thread_locals.hpp"
#include "core/env/wait.hpp"
#include "core/sync/inject_queue.hpp"
#include "core/sync/parker.hpp"
#include "tests/support/explore.hpp"
#include "tests/support/sim.hpp"

namespace rsp {
namespace {

using env::ACQ_REL;
using env::ACQUIRE;
using env::Atomic;
using env::RELAXED;
using env::RELEASE;
using env::control::Outcome;
using env::sim::Strategy;
using test::for_each_seed;
using test::run_seed;

// Three threads that pass a token round; what they do depends on who came first.
struct Ring {
  static constexpr uint32_t THREADS = 3;
  struct Member {
    Ring* ring;
    uint32_t index;
    Parker parker;
    env::Thread thread;
  };
  std::array<Member, THREADS> members;
  Atomic<uint32_t> turns{0};
  Atomic<uint32_t> contended{0};

  static void body(void* address) {
    Member* self = static_cast<Member*>(address);
    Ring* ring = self->ring;
    for (int i = 0; i < 10; ++i) {
      self->parker.park();
      ring->turns.fetch_add(1, ACQ_REL);
      for (int k = 0; k < 5; ++k) ring->contended.fetch_add(1, RELAXED);
      ring->members[(self->index + 1) % THREADS].parker.unpark();
    }
  }

  void run() {
    for (uint32_t i = 0; i < THREADS; ++i) {
      members[i].ring = this;
      members[i].index = i;
      ASSERT_EQ(members[i].thread.start("ring", body, &members[i]), RSP_OK);
    }
    members[0].parker.unpark();
    for (int k = 0; k < 20; ++k) contended.fetch_add(1, RELAXED);
    for (Member& member : members) member.thread.join();
    EXPECT_EQ(turns.load(RELAXED), 30u);
    EXPECT_EQ(contended.load(RELAXED), 170u);
  }
};

void run_ring() { Ring().run(); }

TEST(Simulator, the_same_seed_gives_the_same_run) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const auto first = run_seed({.seed = seed}, run_ring);
    const auto second = run_seed({.seed = seed}, run_ring);
    ASSERT_TRUE(first.finished()) << first.failure;
    EXPECT_EQ(first.schedule_hash, second.schedule_hash);
    EXPECT_EQ(first.steps, second.steps);
    EXPECT_EQ(first.switches, second.switches);
    EXPECT_EQ(first.end_time_ns, second.end_time_ns);
  }
}

TEST(Simulator, seeds_give_different_runs) {
  const auto total = for_each_seed(1000, run_ring);
  EXPECT_GT(total.distinct_schedules * 2, total.runs);
}

TEST(Simulator, every_strategy_is_drawn_and_finishes) {
  std::set<Strategy> drawn;
  for (uint64_t seed = 1; seed <= 100; ++seed) drawn.insert(run_seed({.seed = seed}, [] {}).strategy);
  EXPECT_EQ(drawn, (std::set{Strategy::UNIFORM, Strategy::PRIORITIES, Strategy::STARVE}));
  for (Strategy strategy : drawn) {
    for_each_seed(100, {.strategy = strategy}, run_ring);
  }
}

TEST(Simulator, random_numbers_come_from_the_seed) {
  const auto draw = [](uint64_t seed) {
    uint64_t number = 0;
    EXPECT_TRUE(run_seed({.seed = seed}, [&] { number = env::random_u64(); }).finished());
    return number;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(Simulator, time_moves_to_the_earliest_deadline_and_only_there) {
  for_each_seed(100, [] {
    struct Sleeper {
      uint64_t duration_ns;
      uint64_t woke_at;
      env::Thread thread;
    };
    std::array<Sleeper, 3> sleepers;
    const uint64_t start = env::now_ns();
    uint64_t duration = 5'000'000'000;
    for (Sleeper& sleeper : sleepers) {
      sleeper.duration_ns = duration -= 1'000'000'000;
      ASSERT_EQ(sleeper.thread.start(
                    "sleeper",
                    [](void* address) {
                      Sleeper* self = static_cast<Sleeper*>(address);
                      Atomic<uint32_t> word{0};
                      const uint64_t deadline = env::now_ns() + self->duration_ns;
                      while (env::wait(word, 0, deadline)) {
                      }
                      self->woke_at = env::now_ns();
                    },
                    &sleeper),
                RSP_OK);
    }
    for (Sleeper& sleeper : sleepers) {
      sleeper.thread.join();
      EXPECT_EQ(sleeper.woke_at, start + sleeper.duration_ns);
    }
  });
}

TEST(Simulator, a_deadline_does_not_pass_while_a_thread_can_run_unless_asked_for) {
  static uint32_t too_late;
  const auto body = [] {
    Parker parker;
    env::Thread thread;
    ASSERT_EQ(thread.start(
                  "waker",
                  [](void* address) {
                    Atomic<uint32_t> busy{0};
                    for (int i = 0; i < 200; ++i) busy.fetch_add(1, RELAXED);
                    static_cast<Parker*>(address)->unpark();
                  },
                  &parker),
              RSP_OK);
    if (!parker.park_until(env::now_ns() + 1)) ++too_late;
    thread.join();
  };
  too_late = 0;
  for_each_seed(200, body);
  EXPECT_EQ(too_late, 0u);
  for_each_seed(200, {.early_deadline_one_in = 100}, body);
  EXPECT_GT(too_late, 0u);
  too_late = 0;
  for_each_seed(200, [&] {
    env::sim::move_time_early(100);
    body();
  });
  EXPECT_GT(too_late, 0u);
  too_late = 0;
  for_each_seed(200, {.early_deadline_one_in = 100}, [&] {
    env::sim::move_time_early(0);
    body();
  });
  EXPECT_EQ(too_late, 0u);
}

TEST(Simulator, computing_takes_virtual_time_while_others_run) {
  for_each_seed(50, [] {
    static uint64_t other_ran_at;
    env::Thread thread;
    ASSERT_EQ(thread.start(
                  "other", [](void*) { other_ran_at = env::now_ns(); }, nullptr),
              RSP_OK);
    const uint64_t start = env::now_ns();
    env::sim::spend_ns(3'000'000);
    EXPECT_EQ(env::now_ns(), start + 3'000'000);
    thread.join();
    EXPECT_EQ(other_ran_at, start);
  });
}

TEST(Simulator, a_thread_that_polls_the_clock_sees_it_move) {
  const auto report = run_seed({}, [] {
    const uint64_t deadline = env::now_ns() + 1'000'000;
    while (env::now_ns() < deadline) env::yield();
  });
  EXPECT_TRUE(report.finished()) << report.failure;
}

TEST(Simulator, a_thread_that_spins_on_a_load_lets_others_run) {
  for (Strategy strategy : {Strategy::UNIFORM, Strategy::STARVE}) {
    for_each_seed(50, {.strategy = strategy}, [] {
      Atomic<uint32_t> flag{0};
      env::Thread thread;
      ASSERT_EQ(thread.start(
                    "setter",
                    [](void* address) { static_cast<Atomic<uint32_t>*>(address)->store(1, RELEASE); }, &flag),
                RSP_OK);
      while (flag.load(ACQUIRE) == 0) {
      }
      thread.join();
    });
  }
}

TEST(Simulator, a_deadlock_is_reported_with_seed_steps_and_threads) {
  const auto report = run_seed({.seed = 17}, [] {
    Parker parker;
    parker.park();
  });
  EXPECT_EQ(report.outcome, Outcome::DEADLOCK);
  EXPECT_NE(report.failure.find("seed 17"), std::string::npos) << report.failure;
  EXPECT_NE(report.failure.find("compare-exchange"), std::string::npos) << report.failure;
  EXPECT_NE(report.failure.find("thread 0 main waits on #1"), std::string::npos) << report.failure;
}

TEST(Simulator, a_thread_that_never_ends_is_reported_as_a_livelock) {
  const auto report = run_seed({.max_steps = 10'000}, [] {
    Atomic<uint32_t> word{0};
    for (;;) word.fetch_add(1, RELAXED);
  });
  EXPECT_EQ(report.outcome, Outcome::LIVELOCK);
}

TEST(Simulator, an_assertion_ends_the_run_and_not_the_program) {
  const auto report = run_seed({}, [] { RSP_ASSERT(env::now_ns() == 0); });
  EXPECT_EQ(report.outcome, Outcome::CRASHED);
  EXPECT_TRUE(run_seed({}, run_ring).finished());
}

#if !RSP_ASAN  // which reports the overflow itself
uint64_t recurse(uint64_t depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(depth);
  return depth == 0 ? page[0] : recurse(depth - 1) + static_cast<uint64_t>(page[0]);
}

TEST(Simulator, the_overflow_of_a_stack_ends_the_run_and_not_the_program) {
  const auto report = run_seed({}, [] { EXPECT_EQ(recurse(1'000'000), 0u); });
  EXPECT_EQ(report.outcome, Outcome::CRASHED);
  EXPECT_NE(report.failure.find("segmentation fault"), std::string::npos);
  EXPECT_TRUE(run_seed({}, run_ring).finished());
}
#endif

TEST(Simulator, a_run_ends_without_the_threads_that_were_detached) {
  for_each_seed(50, [] {
    static Parker never;
    env::Thread thread;
    ASSERT_EQ(thread.start(
                  "daemon", [](void*) { never.park(); }, nullptr),
              RSP_OK);
    thread.detach();
  });
}

TEST(Simulator, a_detached_thread_that_ends_makes_room_for_another) {
  const auto report = run_seed({}, [] {
    for (int i = 0; i < 200; ++i) {
      env::Thread thread;
      ASSERT_EQ(thread.start(
                    "short", [](void*) {}, nullptr),
                RSP_OK);
      thread.detach();
      env::sim::spend_ns(1);
    }
  });
  EXPECT_TRUE(report.finished()) << report.failure;
}

TEST(Simulator, more_threads_than_there_is_room_for_are_refused_as_by_the_operating_system) {
  const auto report = run_seed({}, [] {
    std::array<env::Thread, 100> threads;
    uint32_t started = 0;
    while (threads[started].start(
               "one of many", [](void*) {}, nullptr) == RSP_OK)
      ++started;
    EXPECT_EQ(started, env::control::MAX_THREADS - 1);
    for (uint32_t i = 0; i < started; ++i) threads[i].join();
    EXPECT_EQ(threads[0].start(
                  "again", [](void*) {}, nullptr),
              RSP_OK);
    threads[0].join();
  });
  EXPECT_TRUE(report.finished()) << report.failure;
}

TEST(Simulator, the_exit_hook_of_a_thread_runs_on_it_before_it_is_joined) {
  for_each_seed(20, [] {
    static void* hooked_worker;
    hooked_worker = nullptr;
    env::Thread thread;
    ASSERT_EQ(thread.start(
                  "hooked",
                  [](void* worker) {
                    env::thread_locals()->worker = worker;
                    env::at_thread_exit(
                        env::ExitHook::PROCESS, [](void*) { hooked_worker = env::thread_locals()->worker; },
                        nullptr);
                  },
                  &hooked_worker),
              RSP_OK);
    thread.join();
    EXPECT_EQ(hooked_worker, &hooked_worker);
    EXPECT_EQ(env::thread_locals()->worker, nullptr);
  });
}

TEST(Simulator, sometimes_counts_over_all_runs_and_knows_what_was_never_reached) {
  const uint64_t before = env::control::sometimes_hits("simulator test: even number");
  const auto total = for_each_seed(64, [] {
    if (env::random_u64() % 2 == 0) RSP_SOMETIMES("simulator test: even number");
    if (env::now_ns() == 0) RSP_SOMETIMES("simulator test: before the beginning");
  });
  const uint64_t hits = env::control::sometimes_hits("simulator test: even number") - before;
  EXPECT_GT(hits, 0u);
  EXPECT_LT(hits, total.runs);
  EXPECT_NE(env::control::sometimes_report().find("           0  simulator test: before the beginning"),
            std::string::npos);
}

// A wake-up that is lost one time in some hundred is what simulation is for.
uint64_t seeds_until_deadlock(Strategy strategy) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    if (run_seed({.seed = seed, .strategy = strategy}, run_ring).outcome == Outcome::DEADLOCK) return seed;
  }
  return 0;
}

TEST(Simulator, finds_the_planted_bug_of_the_parker) {
  test::PlantedBugScope bug("parker: unpark looks, then stores");
  EXPECT_NE(seeds_until_deadlock(Strategy::FROM_SEED), 0u);
}

struct Jobs {
  InjectQueue<uint32_t> queue;
  Atomic<uint32_t> done{0};
  Atomic<uint32_t> idle{0};
  Parker parker;
  static void work(void* address) {
    Jobs* jobs = static_cast<Jobs*>(address);
    while (jobs->done.load(RELAXED) < 20) {
      uint32_t items[4];
      const size_t found = jobs->queue.try_pop_many(items, 4);
      jobs->done.fetch_add(static_cast<uint32_t>(found), ACQ_REL);
      if (found > 0) continue;
      jobs->idle.exchange(1, ACQ_REL);  // pairs with the exchange of the submitting thread
      if (jobs->queue.approx_size() == 0 || jobs->idle.exchange(0, ACQ_REL) == 0) jobs->parker.park();
    }
  }
};

TEST(Simulator, runs_an_injection_queue_with_a_parked_worker) {
  for_each_seed(300, [] {
    Jobs jobs;
    env::Thread worker;
    ASSERT_EQ(worker.start("worker", Jobs::work, &jobs), RSP_OK);
    for (uint32_t i = 0; i < 20; ++i) {
      ASSERT_TRUE(jobs.queue.push(i));
      // Pairs with the worker's exchange, whichever of the two comes first.
      if (jobs.idle.exchange(0, ACQ_REL) == 1) jobs.parker.unpark();
    }
    worker.join();
    EXPECT_EQ(jobs.done.load(RELAXED), 20u);
  });
}

}  // namespace
}  // namespace rsp
