// A thread lets go of its worker in the middle of a turn, and comes back (core/sched/worker.hpp, V1 to V4):
// nothing that is queued meanwhile is left, each item runs once, and a stop finds every thread.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::bound_and_walks;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

/// One item blocks, a foreign thread queues others.
template <uint32_t OTHERS>
struct Section {
  struct Item {
    Runnable runnable = {};
    Section* section = nullptr;
    uint32_t runs = 0;
  };

  Section() {
    blocking.section = this;
    blocking.runnable.run = [](Runnable* runnable, Worker*) {
      Item& item = *reinterpret_cast<Item*>(runnable);
      Scheduler& its = item.section->scheduler;
      RSP_CHECK(its.let_go_of_worker() == RSP_OK);
      RSP_CHECK(Worker::current() == nullptr);
      item.section->wait_inside();
      (void)its.take_worker_back();
      item.section->done(item);
    };
    for (Item& other : others) {
      other.section = this;
      other.runnable.run = [](Runnable* runnable, Worker* worker) {
        RSP_CHECK(worker == Worker::current());
        Item& item = *reinterpret_cast<Item*>(runnable);
        item.section->done(item);
      };
    }
  }

  void done(Item& item) {
    ++item.runs;
    left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(left);
  }

  /// The section waits for the others.
  void wait_inside() {
    if (!waits_for_others) return;
    for (uint32_t now = left.load(env::ACQUIRE); now != 1; now = left.load(env::ACQUIRE))
      env::wait(left, now);
  }

  static void manage(Section& s) {
    RSP_CHECK(s.scheduler.start(1) == RSP_OK);
    s.scheduler.schedule(&s.blocking.runnable);
    while (const uint32_t now = s.left.load(env::ACQUIRE)) env::wait(s.left, now);
    s.scheduler.stop();
  }

  static void submit(Section& s) {
    for (Item& other : s.others) s.scheduler.schedule(&other.runnable);
  }

  static void check(Section& s) {
    RSP_CHECK(s.blocking.runs == 1);
    for (const Item& other : s.others) RSP_CHECK(other.runs == 1);
  }

  Scheduler scheduler;
  Item blocking;
  Item others[OTHERS];
  env::Atomic<uint32_t> left{1 + OTHERS};
  bool waits_for_others = false;
};

template <uint32_t OTHERS>
ExploreResult comes_back() {
  using Scene = Section<OTHERS>;
  return explore<Scene>(bound_and_walks(1), {&Scene::manage, &Scene::submit}, &Scene::check);
}

/// Blocks until the other has run, on the only worker.
struct Dependent : Section<1> {
  Dependent() { waits_for_others = true; }
};

ExploreResult depends() {
  return explore<Dependent>(
      bound(2), {[](Dependent& s) { Dependent::manage(s); }, [](Dependent& s) { Dependent::submit(s); }},
      [](Dependent& s) { Dependent::check(s); });
}

/// The code of one process does not come back before the stop, on one of two workers.
struct Endless {
  struct Item {
    Runnable runnable = {};
    Endless* scene = nullptr;
  };

  Endless() {
    blocking.scene = plain.scene = this;
    blocking.runnable.run = [](Runnable* runnable, Worker*) {
      Endless& s = *reinterpret_cast<Item*>(runnable)->scene;
      WorkerThread* const me = WorkerThread::current();
      RSP_CHECK(s.scheduler.let_go_of_worker() == RSP_OK);
      me->become_zombie();  // as the worker that ends the process would say
      s.pass(s.inside);
      while (s.stopped.load(env::ACQUIRE) == 0) env::wait(s.stopped, 0);
    };
    plain.runnable.run = [](Runnable* runnable, Worker*) {
      Endless& s = *reinterpret_cast<Item*>(runnable)->scene;
      s.pass(s.plain_done);
    };
  }

  void pass(env::Atomic<uint32_t>& mark) {
    mark.store(1, env::RELEASE);
    env::wake_all(mark);
  }

  static void manage(Endless& s) {
    RSP_CHECK(s.scheduler.start(2) == RSP_OK);
    s.scheduler.schedule(&s.blocking.runnable);
    while (s.plain_done.load(env::ACQUIRE) == 0) env::wait(s.plain_done, 0);
    s.scheduler.stop();
    s.pass(s.stopped);
  }

  static void submit(Endless& s) {
    while (s.inside.load(env::ACQUIRE) == 0) env::wait(s.inside, 0);
    s.scheduler.schedule(&s.plain.runnable);
  }

  Scheduler scheduler;
  Item blocking;
  Item plain;
  env::Atomic<uint32_t> inside{0};
  env::Atomic<uint32_t> plain_done{0};
  env::Atomic<uint32_t> stopped{0};
};

ExploreResult stops_beside_a_zombie() {
  return explore<Endless>(bound(1), {&Endless::manage, &Endless::submit}, [](Endless&) {});
}

TEST(BlockingExplored, a_stop_waits_for_a_late_waker_and_not_for_a_zombie) {
  EXPECT_TRUE(holds(stops_beside_a_zombie()));
  EXPECT_GT(sometimes_hits("a thread comes back after the stop"), 0u);
}

TEST(BlockingExplored, a_stop_that_wakes_the_hired_is_found) {
  PlantedBugScope bug("worker threads: a stop wakes the hired");
  EXPECT_TRUE(finds("crashed", stops_beside_a_zombie()));
}

TEST(BlockingExplored, a_worker_without_a_thread_loses_nothing) {
  EXPECT_TRUE(holds(comes_back<1>()));
  EXPECT_TRUE(holds(comes_back<2>()));
  EXPECT_GT(sometimes_hits("a vacant worker is woken as its thread comes back"), 0u);
}

TEST(BlockingExplored, what_is_queued_does_not_wait_for_the_blocked) { EXPECT_TRUE(holds(depends())); }

TEST(BlockingExplored, a_vacant_worker_that_is_woken_like_a_sleeper_is_found) {
  PlantedBugScope bug("worker: a vacant one is woken like a sleeper");
  EXPECT_TRUE(finds("deadlock", depends()));
}

TEST(BlockingExplored, a_thread_that_does_not_look_again_before_it_blocks_is_found) {
  PlantedBugScope bug("worker: left without a second look");
  EXPECT_TRUE(finds("deadlock", depends()));
}

TEST(BlockingExplored, a_thread_that_leaves_the_token_of_its_waker_behind_is_found) {
  PlantedBugScope bug("worker: comes back without its token");
  EXPECT_TRUE(finds("deadlock", comes_back<2>()));
}

}  // namespace
}  // namespace rsp
