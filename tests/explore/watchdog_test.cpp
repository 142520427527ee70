// The watchdog takes a turn while its thread crosses the border, ends it, or goes on (core/sched/crossing.hpp, C1 and
// C2; core/sched/watchdog.hpp, W3, W4 and W7): one of the two has the turn at any moment, and what waits for the worker
// runs. Of processes: takeover_test.cpp.
#include "core/sched/watchdog.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sync/parker.hpp"
#include "tests/explore/bare_turns.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::compute;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

// ---- The handshake ----

/// An owner that crosses twice, and a watchdog that claims twice.
struct Handshake {
  static constexpr uint32_t OWNER = 1;

  static void own(Handshake& s) {
    s.crossing.begin_turn(OWNER);
    for (int i = 0; i < 2; ++i) {
      s.touch(OWNER);
      s.crossing.enter_user();
      if (s.crossing.leave_user()) continue;
      if (!s.crossing.settle([&s] { s.parker.park(); })) s.losses.fetch_add(1, env::RELEASE);
    }
    s.touch(OWNER);
    s.owner_left.store(1, env::RELEASE);
  }

  static void watch(Handshake& s) {
    for (int i = 0; i < 2; ++i) {
      const bool mine = s.crossing.claim(OWNER);
      if (mine) {
        s.touch(2);
        ++s.takes;
      }
      const uint32_t waits =
          s.crossing.decide(mine ? Crossing::Verdict::TAKEN : Crossing::Verdict::WITHDRAWN);
      if (waits != 0) {
        RSP_CHECK(waits == OWNER);
        s.parker.unpark();
      }
      // The next claim comes when this one is known.
      while (s.losses.load(env::ACQUIRE) != s.takes && s.owner_left.load(env::ACQUIRE) == 0) env::yield();
      if (s.owner_left.load(env::ACQUIRE) != 0) return;
    }
  }

  static void check(Handshake& s) { RSP_CHECK(s.losses.load(env::RELAXED) == s.takes); }

  /// What the turn owns, in the hands of one: the second word shows that the first has not changed meanwhile.
  void touch(uint32_t who) {
    RSP_CHECK(inside == 0);
    inside = who;
    other.store(who, env::RELAXED);
    RSP_CHECK(inside == who);
    inside = 0;
  }

  Crossing crossing;
  Parker parker;
  env::Atomic<uint32_t> other{0};
  uint32_t inside = 0;
  uint32_t takes = 0;
  env::Atomic<uint32_t> losses{0};
  env::Atomic<uint32_t> owner_left{0};
};

ExploreResult handshake() {
  return explore<Handshake>(bound(4), {&Handshake::own, &Handshake::watch}, &Handshake::check);
}

TEST(CrossingExplored, gives_the_turn_to_one_of_the_two) { EXPECT_TRUE(holds(handshake())); }

TEST(CrossingExplored, an_owner_that_looks_before_it_stores_is_found) {
  PlantedBugScope bug("crossing: the owner looks before it stores");
  EXPECT_TRUE(finds("does not hold", handshake()));
}

TEST(CrossingExplored, a_watchdog_that_looks_before_it_claims_is_found) {
  PlantedBugScope bug("crossing: the watchdog looks before it claims");
  EXPECT_TRUE(finds("does not hold", handshake()));
}

TEST(CrossingExplored, an_owner_that_does_not_wait_is_found) {
  PlantedBugScope bug("crossing: the owner does not wait");
  EXPECT_TRUE(finds("does not hold", handshake()));
}

// ---- Workers ----

uint32_t g_told = 0;

/// Hooks whose turns own nothing but their worker.
constexpr TurnHooks HOOKS{
    []() -> void* { return const_cast<TurnHooks*>(&HOOKS); },
    [](void*) {},
    [](Crossing&, WorkerThread&, void*, StuckTurn&) { return true; },
    [](void*, const StuckTurn& turn) {
      RSP_CHECK(turn.age_ns >= Watchdog::LONG_NS);
      ++g_told;
    },
    [](uint64_t) { return true; },
};

constexpr uint64_t UNTIL_THE_OTHER_HAS_RUN = 0;

/// An item computes on the only worker, for a time or until another has run.
template <uint64_t FOR_NS>
struct Computing {
  struct Item {
    Runnable runnable = {};
    Computing* scene = nullptr;
    uint32_t runs = 0;
  };

  Computing() {
    g_told = 0;
    computing.scene = other.scene = this;
    computing.runnable.run = [](Runnable* runnable, Worker*) {
      Item& item = *reinterpret_cast<Item*>(runnable);
      Computing& s = *item.scene;
      compute(s.scheduler, s.crossing, [&s] {
        RSP_CHECK(Worker::current() == nullptr);
        if (FOR_NS == UNTIL_THE_OTHER_HAS_RUN) {
          while (s.left.load(env::ACQUIRE) != 1) env::wait(s.left, 2);
        } else {
          env::Atomic<uint32_t> nothing{0};
          env::wait(nothing, 0, env::now_ns() + FOR_NS);
        }
      });
      s.done(item);
    };
    other.runnable.run = [](Runnable* runnable, Worker* worker) {
      RSP_CHECK(worker == Worker::current());
      Item& item = *reinterpret_cast<Item*>(runnable);
      item.scene->done(item);
    };
  }

  void done(Item& item) {
    ++item.runs;
    left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(left);
  }

  static void manage(Computing& s) {
    RSP_CHECK(s.scheduler.start(1, &HOOKS) == RSP_OK);
    s.scheduler.schedule(&s.computing.runnable);
    s.scheduler.schedule(&s.other.runnable);
    while (const uint32_t now = s.left.load(env::ACQUIRE)) env::wait(s.left, now);
    s.scheduler.stop();
  }

  static void check(Computing& s) {
    RSP_CHECK(s.computing.runs == 1);
    RSP_CHECK(s.other.runs == 1);
    RSP_CHECK(g_told <= 1);
  }

  Scheduler scheduler;
  Crossing crossing;
  Item computing;
  Item other;
  env::Atomic<uint32_t> left{2};
};

template <uint64_t FOR_NS>
ExploreResult computes(uint32_t preemptions) {
  using Scene = Computing<FOR_NS>;
  return explore<Scene>(bound(preemptions), {&Scene::manage}, &Scene::check);
}

TEST(WatchdogExplored, what_waits_for_a_worker_runs_though_its_turn_does_not_end) {
  EXPECT_TRUE(holds(computes<UNTIL_THE_OTHER_HAS_RUN>(1)));
}

TEST(WatchdogExplored, a_turn_that_ends_as_it_is_taken_loses_nothing) {
  EXPECT_TRUE(holds(computes<Watchdog::LONG_NS>(1)));
  EXPECT_GT(sometimes_hits("a stuck turn comes back"), 0u);
  EXPECT_GT(sometimes_hits("a stuck turn goes on as it is claimed"), 0u);
  EXPECT_GT(sometimes_hits("a thread waits for the watchdog's verdict"), 0u);
  EXPECT_GT(sometimes_hits("a turn begins as the watchdog goes to sleep"), 0u);
}

TEST(WatchdogExplored, a_turn_that_is_taken_early_is_told_only_if_it_gets_old) {
  EXPECT_TRUE(holds(computes<4 * Watchdog::SHORT_NS>(1)));
  EXPECT_GT(sometimes_hits("a turn that was taken ends untold"), 0u);
  EXPECT_TRUE(holds(computes<3 * Watchdog::LONG_NS>(1)));
  EXPECT_GT(sometimes_hits("a stuck turn is told"), 0u);
}

TEST(WatchdogExplored, a_watchdog_that_tells_of_every_turn_it_takes_is_found) {
  PlantedBugScope bug("watchdog: tells of every turn");
  EXPECT_TRUE(finds("turn.age_ns >= Watchdog::LONG_NS does not hold", computes<4 * Watchdog::SHORT_NS>(1)));
}

TEST(WatchdogExplored, a_watchdog_that_sleeps_without_a_second_look_is_found) {
  PlantedBugScope bug("watchdog: sleeps without a second look");
  EXPECT_TRUE(finds("deadlock", computes<UNTIL_THE_OTHER_HAS_RUN>(2)));
}

TEST(WatchdogExplored, a_thread_that_looks_for_the_watchdog_before_it_begins_is_found) {
  PlantedBugScope bug("worker threads: looks for the watchdog, then begins");
  EXPECT_TRUE(finds("deadlock", computes<UNTIL_THE_OTHER_HAS_RUN>(2)));
}

TEST(WatchdogExplored, user_code_that_schedules_on_what_it_may_lose_is_found) {
  PlantedBugScope bug("worker: user code schedules on what it may lose");
  EXPECT_TRUE(finds("Worker::current() == nullptr does not hold", computes<Watchdog::LONG_NS>(1)));
}

/// An item that does not end before what it has woken last has run. It stays in the runtime, so its turn cannot be taken:
/// another worker, which may sleep, has to.
struct Late {
  struct Item {
    Runnable runnable = {};
    Late* scene = nullptr;
    uint32_t runs = 0;
  };

  Late() {
    waiting.scene = next.scene = this;
    waiting.runnable.run = [](Runnable* runnable, Worker*) {
      Item& item = *reinterpret_cast<Item*>(runnable);
      Late& s = *item.scene;
      s.scheduler.schedule(&s.next.runnable);
      while (s.left.load(env::ACQUIRE) != 1) env::wait(s.left, 2);
      done(item);
    };
    next.runnable.run = [](Runnable* runnable, Worker*) { done(*reinterpret_cast<Item*>(runnable)); };
  }

  static void done(Item& item) {
    ++item.runs;
    item.scene->left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(item.scene->left);
  }

  static void manage(Late& s) {
    RSP_CHECK(s.scheduler.start(2, &HOOKS) == RSP_OK);
    s.scheduler.schedule(&s.waiting.runnable);
    while (const uint32_t now = s.left.load(env::ACQUIRE)) env::wait(s.left, now);
    s.scheduler.stop();
  }

  static void check(Late& s) {
    RSP_CHECK(s.waiting.runs == 1);
    RSP_CHECK(s.next.runs == 1);
  }

  Scheduler scheduler;
  Item waiting;
  Item next;
  env::Atomic<uint32_t> left{2};
};

ExploreResult late(uint32_t preemptions) {
  return explore<Late>(bound(preemptions), {&Late::manage}, &Late::check);
}

TEST(WatchdogExplored, what_a_late_worker_was_to_run_next_is_run_by_one_that_slept) {
  EXPECT_TRUE(holds(late(1)));
  EXPECT_GT(sometimes_hits("the next to run is stolen"), 0u);
}

TEST(WatchdogExplored, a_watchdog_that_wakes_no_thief_is_found) {
  PlantedBugScope bug("watchdog: wakes no thief");
  EXPECT_TRUE(finds("livelock", late(1)));
}

TEST(WatchdogExplored, a_slot_that_is_its_workers_alone_is_found) {
  PlantedBugScope bug("worker: the next to run is its worker's alone");
  EXPECT_TRUE(finds("livelock", late(1)));
}

}  // namespace
}  // namespace rsp
