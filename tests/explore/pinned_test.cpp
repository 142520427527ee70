// What is pinned to a worker runs there, and nothing of it is left: whoever queues it, while that worker falls asleep, is
// left vacant, or has its turn taken (core/sched/pinned_queue.hpp, core/sched/worker.hpp). And neither it nor the ring waits
// until there is nothing of the other.
#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/message.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/pinned_queue.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sched/watchdog.hpp"
#include "tests/explore/bare_turns.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/stuck.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::BARE_TURNS;
using test::bound;
using test::compute;
using test::explore;
using test::explore_stuck;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::no_deeper_than;
using test::pass;
using test::pass_time;
using test::PlantedBugScope;
using test::StuckProcess;
using test::wait_for;

// ---- The queue ----

/// Two threads push, two items each; the owner pops, and queues one item anew until it has all.
struct Queue {
  struct Item {
    Runnable runnable = {};
    uint32_t pushed_by = 0;
    uint32_t number = 0;
  };

  template <uint32_t THREAD>
  static void push(Queue& s) {
    for (uint32_t i = 0; i < 2; ++i) {
      Item& item = s.items[2 * THREAD + i];
      item.pushed_by = THREAD;
      item.number = i + 1;
      if (s.queue.push(&item.runnable)) s.found_empty.fetch_add(1, env::RELAXED);
    }
  }

  static void own(Queue& s) {
    s.queue.push_own(&s.own_item.runnable);
    for (uint32_t popped = 0; popped < 4;) {
      Runnable* const runnable = s.queue.pop();
      RSP_CHECK(runnable != nullptr);
      if (runnable == &s.own_item.runnable) {
        s.queue.push_own(runnable);
        env::yield();
        continue;
      }
      const Item& item = *reinterpret_cast<Item*>(runnable);
      RSP_CHECK(item.number == s.last[item.pushed_by] + 1);
      s.last[item.pushed_by] = item.number;
      ++popped;
    }
    RSP_CHECK(s.queue.pop() == &s.own_item.runnable);
    RSP_CHECK(s.queue.pop() == nullptr);
    RSP_CHECK(s.queue.is_empty() && s.queue.seems_empty());
  }

  static void check(Queue& s) { RSP_CHECK(s.found_empty.load(env::RELAXED) >= 1); }

  PinnedQueue queue;
  Item items[4];
  Item own_item;
  uint32_t last[2] = {};
  env::Atomic<uint32_t> found_empty{0};
};

ExploreResult queue() {
  return explore<Queue>(bound(3), {&Queue::own, &Queue::push<0>, &Queue::push<1>}, &Queue::check);
}

TEST(PinnedExplored, what_each_thread_pushes_comes_in_its_order_beside_what_the_owner_queues_anew) {
  EXPECT_TRUE(holds(queue()));
}

TEST(PinnedExplored, a_queue_whose_owner_comes_first_is_found) {
  PlantedBugScope bug("pinned queue: the owner's come first");
  EXPECT_TRUE(finds("livelock", queue()));
}

// ---- Workers ----

constexpr uint32_t HERE = 0;

template <class Scene>
struct Item {
  Runnable runnable = {};
  Scene* scene = nullptr;
  uint32_t runs = 0;
};

/// Items that are pinned to the first worker, from outside.
template <uint32_t WORKERS>
struct Pinned {
  using Its = Item<Pinned>;

  Pinned() {
    for (Its& item : items) {
      item.scene = this;
      item.runnable.run = [](Runnable* runnable, Worker* worker) {
        Its& it = *reinterpret_cast<Its*>(runnable);
        RSP_CHECK(worker == Worker::current());
        RSP_CHECK(worker->index() == HERE);
        ++it.runs;
        if (it.scene->left.fetch_sub(1, env::ACQ_REL) == 1) env::wake_all(it.scene->left);
      };
    }
  }

  static void manage(Pinned& s) {
    RSP_CHECK(s.scheduler.start(WORKERS) == RSP_OK);
    s.started.store(1, env::RELEASE);
    env::wake_all(s.started);
    while (const uint32_t left = s.left.load(env::ACQUIRE)) env::wait(s.left, left);
    s.scheduler.stop();
  }

  template <uint32_t ITEM>
  static void submit(Pinned& s) {
    while (s.started.load(env::ACQUIRE) == 0) env::wait(s.started, 0);
    s.scheduler.schedule_on(HERE, &s.items[ITEM].runnable);
  }

  static void check(Pinned& s) {
    for (const Its& item : s.items) RSP_CHECK(item.runs == 1);
  }

  Scheduler scheduler;
  Its items[2];
  env::Atomic<uint32_t> started{0};
  env::Atomic<uint32_t> left{2};
};

template <uint32_t WORKERS>
ExploreResult pinned(uint32_t preemptions) {
  using Scene = Pinned<WORKERS>;
  return explore<Scene>(bound(preemptions),
                        {&Scene::manage, &Scene::template submit<0>, &Scene::template submit<1>},
                        &Scene::check);
}

TEST(PinnedExplored, what_is_pinned_is_run_by_a_worker_that_falls_asleep) {
  EXPECT_TRUE(holds(pinned<1>(2)));
  EXPECT_GT(sometimes_hits("woken while taking the announcement back"), 0u);
}

TEST(PinnedExplored, what_is_pinned_wakes_its_worker_and_no_other) { EXPECT_TRUE(holds(pinned<2>(1))); }

TEST(PinnedExplored, a_push_that_wakes_nobody_is_found) {
  PlantedBugScope bug("scheduler: what is pinned wakes nobody");
  EXPECT_TRUE(finds("deadlock", pinned<1>(2)));
}

TEST(PinnedExplored, a_push_that_wakes_just_anybody_is_found) {
  PlantedBugScope bug("scheduler: what is pinned wakes just anybody");
  EXPECT_TRUE(finds("deadlock", pinned<2>(1)));
}

/// An item of the ring and a pinned one, each of which queues itself anew until the other has run.
struct Mutual {
  using Its = Item<Mutual>;

  Mutual() {
    first.scene = ring.scene = pinned.scene = this;
    first.runnable.run = [](Runnable* runnable, Worker* worker) {
      Mutual& s = *reinterpret_cast<Its*>(runnable)->scene;
      if (s.ring_begins) worker->push_last(&s.ring.runnable);
      worker->push_pinned(&s.pinned.runnable);
      if (!s.ring_begins) worker->push_last(&s.ring.runnable);
    };
    ring.runnable.run = [](Runnable* runnable, Worker* worker) {
      Its& item = *reinterpret_cast<Its*>(runnable);
      ++item.runs;
      if (item.scene->pinned.runs == 0) return worker->push_last(runnable);
      item.scene->done();
    };
    pinned.runnable.run = [](Runnable* runnable, Worker* worker) {
      Its& item = *reinterpret_cast<Its*>(runnable);
      ++item.runs;
      if (item.scene->ring.runs == 0) return worker->push_pinned(runnable);
      item.scene->done();
    };
  }

  void done() {
    left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(left);
  }

  static void manage(Mutual& s) {
    RSP_CHECK(s.scheduler.start(1) == RSP_OK);
    s.scheduler.schedule(&s.first.runnable);
    while (const uint32_t left = s.left.load(env::ACQUIRE)) env::wait(s.left, left);
    s.scheduler.stop();
  }

  static void check(Mutual& s) {
    RSP_CHECK(s.ring.runs <= 2);
    RSP_CHECK(s.pinned.runs <= 2);
  }

  Scheduler scheduler;
  Its first;
  Its ring;
  Its pinned;
  env::Atomic<uint32_t> left{2};
  bool ring_begins = false;
};

ExploreResult mutual() { return explore<Mutual>(bound(1), {&Mutual::manage}, &Mutual::check); }

TEST(PinnedExplored, neither_what_is_pinned_nor_the_ring_waits_for_the_end_of_the_other) {
  EXPECT_TRUE(holds(mutual()));
}

TEST(PinnedExplored, a_worker_whose_pinned_always_come_first_is_found) {
  PlantedBugScope bug("worker: what is pinned always comes first");
  EXPECT_TRUE(finds("livelock", mutual()));
}

TEST(PinnedExplored, a_worker_whose_pinned_always_come_last_is_found) {
  PlantedBugScope bug("worker: what is pinned always comes last");
  EXPECT_TRUE(finds("livelock", mutual()));
}

// ---- A worker that is left ----

/// An item blocks on the only worker until the pinned one has run, which comes from its own turn or from outside.
template <bool FROM_OUTSIDE>
struct Vacant {
  using Its = Item<Vacant>;

  Vacant() {
    blocking.scene = pinned.scene = this;
    blocking.runnable.run = [](Runnable* runnable, Worker* worker) {
      Its& item = *reinterpret_cast<Its*>(runnable);
      Vacant& s = *item.scene;
      if (!FROM_OUTSIDE) worker->push_pinned(&s.pinned.runnable);
      RSP_CHECK(s.scheduler.let_go_of_worker() == RSP_OK);
      while (s.left.load(env::ACQUIRE) != 1) env::wait(s.left, 2);
      (void)s.scheduler.take_worker_back();
      done(item);
    };
    pinned.runnable.run = [](Runnable* runnable, Worker* worker) {
      RSP_CHECK(worker == Worker::current());
      done(*reinterpret_cast<Its*>(runnable));
    };
  }

  static void done(Its& item) {
    ++item.runs;
    item.scene->left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(item.scene->left);
  }

  static void manage(Vacant& s) {
    RSP_CHECK(s.scheduler.start(1) == RSP_OK);
    s.scheduler.schedule(&s.blocking.runnable);
    if (FROM_OUTSIDE) s.scheduler.schedule_on(HERE, &s.pinned.runnable);
    while (const uint32_t left = s.left.load(env::ACQUIRE)) env::wait(s.left, left);
    s.scheduler.stop();
  }

  static void check(Vacant& s) {
    RSP_CHECK(s.blocking.runs == 1);
    RSP_CHECK(s.pinned.runs == 1);
  }

  Scheduler scheduler;
  Its blocking;
  Its pinned;
  env::Atomic<uint32_t> left{2};
};

template <bool FROM_OUTSIDE>
ExploreResult vacant() {
  using Scene = Vacant<FROM_OUTSIDE>;
  return explore<Scene>(bound(2), {&Scene::manage}, &Scene::check);
}

TEST(PinnedExplored, what_is_pinned_to_a_worker_that_is_left_is_run_by_its_stand_in) {
  EXPECT_TRUE(holds(vacant<false>()));
  EXPECT_TRUE(holds(vacant<true>()));
}

TEST(PinnedExplored, a_worker_that_is_left_vacant_with_what_is_pinned_is_found) {
  PlantedBugScope bug("worker: left vacant with what is pinned");
  EXPECT_TRUE(finds("deadlock", vacant<false>()));
}

TEST(PinnedExplored, a_worker_that_is_left_without_a_second_look_at_what_is_pinned_is_found) {
  PlantedBugScope bug("worker: left without a second look at what is pinned");
  EXPECT_TRUE(finds("deadlock", vacant<true>()));
}

// ---- A worker whose turn is taken ----

/// An item computes until one that is pinned to its worker has run, while another worker sleeps.
struct Computing {
  using Its = Item<Computing>;

  Computing() {
    computing.scene = pinned.scene = this;
    computing.runnable.run = [](Runnable* runnable, Worker* worker) {
      Its& item = *reinterpret_cast<Its*>(runnable);
      Computing& s = *item.scene;
      RSP_CHECK(worker->index() == HERE);
      compute(s.scheduler, s.crossing, [&s] {
        const uint64_t began_ns = env::now_ns();
        s.scheduler.schedule_on(HERE, &s.pinned.runnable);
        while (s.left.load(env::ACQUIRE) != 1) env::wait(s.left, 2);
        // The watchdog may have looked just before, and comes again after LONG_NS.
        const uint64_t took_ns = env::now_ns() - began_ns;
        if (took_ns < Watchdog::LONG_NS) RSP_SOMETIMES("what is pinned waits for a short time");
        RSP_CHECK(took_ns <= Watchdog::LONG_NS + Watchdog::SHORT_NS);
      });
      done(item);
    };
    pinned.runnable.run = [](Runnable* runnable, Worker* worker) {
      RSP_CHECK(worker->index() == HERE);
      done(*reinterpret_cast<Its*>(runnable));
    };
  }

  static void done(Its& item) {
    ++item.runs;
    item.scene->left.fetch_sub(1, env::ACQ_REL);
    env::wake_all(item.scene->left);
  }

  template <uint32_t WORKERS>
  static void manage(Computing& s) {
    RSP_CHECK(s.scheduler.start(WORKERS, &BARE_TURNS) == RSP_OK);
    s.scheduler.schedule_on(HERE, &s.computing.runnable);
    while (const uint32_t left = s.left.load(env::ACQUIRE)) env::wait(s.left, left);
    s.scheduler.stop();
  }

  static void check(Computing& s) {
    RSP_CHECK(s.computing.runs == 1);
    RSP_CHECK(s.pinned.runs == 1);
  }

  Scheduler scheduler;
  Crossing crossing;
  Its computing;
  Its pinned;
  env::Atomic<uint32_t> left{2};
};

template <uint32_t WORKERS>
ExploreResult computes() {
  return explore<Computing>(no_deeper_than(1), {&Computing::manage<WORKERS>}, &Computing::check);
}

TEST(PinnedExplored, what_is_pinned_behind_a_turn_that_does_not_end_is_run_after_a_short_time) {
  EXPECT_TRUE(holds(computes<1>()));
  EXPECT_GT(sometimes_hits("what is pinned waits for a short time"), 0u);
}

TEST(PinnedExplored, what_is_pinned_behind_a_turn_that_does_not_end_is_not_for_another_worker) {
  EXPECT_TRUE(holds(computes<2>()));
}

TEST(PinnedExplored, what_is_pinned_and_does_not_count_as_waiting_is_found) {
  PlantedBugScope bug("worker: what is pinned waits in silence");
  EXPECT_TRUE(finds("took_ns <= Watchdog::LONG_NS + Watchdog::SHORT_NS does not hold", computes<1>()));
}

// ---- A process ----

/// A message comes as the turn of a pinned process is taken; then its code returns, to a worker that another thread drives.
struct Addressed : StuckProcess<Addressed> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr uint64_t WORKER = HERE + 1;

  void compute(Process&) { wait_for(released); }

  void act(Process& me, Pid pid) {
    pass_time(Watchdog::LONG_NS);
    RSP_CHECK(begin_call(&me) == RSP_OK);
    Payload nothing;
    RSP_CHECK(send(&me, pid, nothing) == RSP_OK);
    end_call(me);
    pass(released);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_NORMAL));
    RSP_CHECK(messages == 1);
  }
};

TEST(PinnedExplored, a_message_that_comes_as_the_turn_of_a_pinned_process_is_taken_is_received) {
  EXPECT_TRUE(holds(explore_stuck<Addressed>()));
}

/// A kill comes as its turn is taken; its code returns only when the end is told.
struct Killed : StuckProcess<Killed> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr uint64_t WORKER = HERE + 1;

  void compute(Process&) { wait_for(released); }

  void act(Process& me, Pid pid) {
    pass_time(Watchdog::LONG_NS);
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    RSP_CHECK(drops == 0);
    pass(released);
  }

  void check() { RSP_CHECK(returned_dead); }
};

TEST(PinnedExplored, a_kill_ends_a_pinned_process_though_its_code_computes) {
  EXPECT_TRUE(holds(explore_stuck<Killed>()));
}

}  // namespace
}  // namespace rsp
