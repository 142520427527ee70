// The real workers of a real scheduler: nothing that is queued is left while they sleep, each item runs once,
// and a stop finds them all. idle_set_test.cpp has the handshake alone, with more forced switches.
//
// What no test here can show: the handshake on loads in place of read-modify-writes. Under sequential
// consistency a load sees the newest value as a read-modify-write does, so that mistake is no mistake for the
// explorer. tests/loom/tests/idle.rs plants it and finds it: planted_producer_that_only_loads_is_found, and
// with a sequentially consistent load planted_producer_with_a_sequentially_consistent_load_is_found.
#include "core/sched/worker.hpp"

#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound_and_walks;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

template <uint32_t ITEMS>
struct Jobs {
  struct Item {
    Runnable runnable = {};
    Jobs* jobs = nullptr;
    uint32_t runs = 0;
    Item* then[2] = {};  // what it schedules
  };

  Jobs() {
    for (Item& item : items) {
      item.jobs = this;
      item.runnable.run = &run_item;
    }
  }

  static void run_item(Runnable* runnable, Worker* worker) {
    Item& item = *reinterpret_cast<Item*>(runnable);
    RSP_CHECK(worker == Worker::current());
    ++item.runs;
    for (Item* next : item.then) {
      if (next != nullptr) item.jobs->scheduler.schedule(&next->runnable);
    }
    if (item.jobs->left.fetch_sub(1, env::ACQ_REL) == 1) env::wake_all(item.jobs->left);
  }

  /// Starts them, waits until all is done, and stops them.
  template <uint32_t WORKERS>
  static void manage(Jobs& s) {
    RSP_CHECK(s.scheduler.start(WORKERS) == RSP_OK);
    while (const uint32_t left = s.left.load(env::ACQUIRE)) env::wait(s.left, left);
    s.scheduler.stop();
  }

  template <uint32_t FIRST, uint32_t LAST>
  static void submit(Jobs& s) {
    for (uint32_t i = FIRST; i <= LAST; ++i) s.scheduler.schedule(&s.items[i].runnable);
  }

  static void check(Jobs& s) {
    for (const Item& item : s.items) RSP_CHECK(item.runs == 1);
  }

  Scheduler scheduler;
  Item items[ITEMS];
  env::Atomic<uint32_t> left{ITEMS};
};

using Two = Jobs<2>;

ExploreResult one_worker() {
  return explore<Two>(bound_and_walks(2), {&Two::manage<1>, &Two::submit<0, 0>, &Two::submit<1, 1>},
                      &Two::check);
}

TEST(WorkerExplored, what_foreign_threads_queue_is_run_by_a_worker_that_falls_asleep) {
  EXPECT_TRUE(holds(one_worker()));
  EXPECT_GT(sometimes_hits("woken while taking the announcement back"), 0u);
}

TEST(WorkerExplored, a_worker_that_does_not_look_again_is_found) {
  PlantedBugScope bug("worker: no second look");
  EXPECT_TRUE(finds("deadlock", one_worker()));
}

TEST(WorkerExplored, a_worker_that_leaves_the_token_of_its_waker_behind_is_found) {
  PlantedBugScope bug("worker: token left behind");
  // The scheduler is gone when the waker comes to its parker.
  EXPECT_TRUE(finds("crashed", one_worker()));
}

/// Two items from outside, neither of which ends before the other has begun: the code of a process may be long.
struct Mutual {
  struct Item {
    Runnable runnable = {};
    Mutual* mutual = nullptr;
  };

  Mutual() {
    for (Item& item : items) {
      item.mutual = this;
      item.runnable.run = [](Runnable* runnable, Worker*) {
        Mutual& s = *reinterpret_cast<Item*>(runnable)->mutual;
        s.begun.fetch_add(1, env::ACQ_REL);
        env::wake_all(s.begun);
        await_both(s);
      };
    }
  }

  static void await_both(Mutual& s) {
    for (uint32_t begun = s.begun.load(env::ACQUIRE); begun < 2; begun = s.begun.load(env::ACQUIRE)) {
      env::wait(s.begun, begun);
    }
  }

  static void manage(Mutual& s) {
    RSP_CHECK(s.scheduler.start(2) == RSP_OK);
    await_both(s);
    s.scheduler.stop();
  }

  static void submit(Mutual& s) {
    for (Item& item : s.items) s.scheduler.schedule(&item.runnable);
  }

  Scheduler scheduler;
  Item items[2];
  env::Atomic<uint32_t> begun{0};
};

ExploreResult mutual() {
  return explore<Mutual>(bound_and_walks(1), {&Mutual::manage, &Mutual::submit}, [](Mutual&) {});
}

TEST(WorkerExplored, what_comes_from_outside_does_not_wait_behind_a_long_turn_while_a_worker_sleeps) {
  EXPECT_TRUE(holds(mutual()));
}

TEST(WorkerExplored, a_searcher_that_leaves_one_item_to_itself_is_found) {
  PlantedBugScope bug("worker: one item is not worth a search");
  EXPECT_TRUE(finds("deadlock", mutual()));
}

TEST(WorkerExplored, a_worker_that_keeps_what_it_took_is_found) {
  PlantedBugScope bug("worker: keeps what it took");
  EXPECT_TRUE(finds("deadlock", mutual()));
}

/// The first item leaves two others with the worker that runs it, of which one can be stolen.
struct Stolen : Jobs<3> {
  Stolen() {
    items[0].then[0] = &items[1];
    items[0].then[1] = &items[2];
  }
};

TEST(WorkerExplored, what_one_of_two_workers_has_queued_is_run_by_either) {
  EXPECT_TRUE(holds(
      explore<Stolen>(bound_and_walks(1),
                      {[](Stolen& s) { Stolen::manage<2>(s); }, [](Stolen& s) { Stolen::submit<0, 0>(s); }},
                      [](Stolen& s) { Stolen::check(s); })));
  EXPECT_GT(sometimes_hits("work is stolen"), 0u);
}

}  // namespace
}  // namespace rsp
