// The handshake of producers and sleeping workers on the real IdleSet, under every interleaving. The worker
// here is the protocol of core/sched/worker.cpp around one shared queue; worker_test.cpp has the real one,
// with fewer forced switches.
#include "core/sched/idle_set.hpp"

#include <gtest/gtest.h>

#include "core/sync/inject_queue.hpp"
#include "core/sync/parker.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

template <uint32_t ITEMS, uint32_t WORKERS>
struct Pool {
  static constexpr uint32_t NOTHING = 0;

  /// Workers of one set, in different words of its map.
  static constexpr uint32_t bit_of(uint32_t worker) { return worker * 64; }

  void submit(uint32_t item) {
    RSP_CHECK(queue.push(item));
    wake_one();
  }

  void wake_one() {
    const uint32_t chosen = idle.choose_one_to_wake();
    if (chosen == IdleSet::NOBODY) return;
    RSP_CHECK(chosen % 64 == 0);
    parkers[chosen / 64].unpark();
  }

  uint32_t look() {
    uint32_t item = NOTHING;
    return queue.try_pop(item) ? item : NOTHING;
  }

  void end_search() {
    if (!idle.end_search()) return;
    if (RSP_PLANTED_BUG("idle set test: the last searcher passes nothing on")) return;
    if (queue.approx_size() != 0) wake_one();
  }

  /// As Worker::wait_for_work. NOTHING: it is to stop.
  uint32_t wait_for_work(uint32_t me) {
    idle.begin_search();
    for (;;) {
      uint32_t item = look();
      if (item != NOTHING) {
        end_search();
        return item;
      }
      if (stopping.load(env::ACQUIRE) != 0) {
        idle.end_search();
        return NOTHING;
      }
      idle.announce(bit_of(me));
      if (!RSP_PLANTED_BUG("idle set test: no second look")) item = look();
      const bool stop = stopping.load(env::ACQUIRE) != 0;
      if (item != NOTHING || stop) {
        if (!idle.retract(bit_of(me))) parkers[me].park();
        if (item == NOTHING) continue;
        end_search();
        return item;
      }
      parkers[me].park();
    }
  }

  void work(uint32_t me) {
    for (;;) {
      uint32_t item = look();
      if (item == NOTHING) item = wait_for_work(me);
      if (item == NOTHING) return;
      RSP_CHECK(!is_done[item]);
      is_done[item] = true;
      // Whoever does the last one stops them all, as Scheduler::stop does.
      if (++done == ITEMS) stop();
    }
  }

  void stop() {
    stopping.store(1, env::RELEASE);
    for (uint32_t i = 0; i < WORKERS; ++i) {
      if (idle.take(bit_of(i))) parkers[i].unpark();
    }
  }

  InjectQueue<uint32_t> queue;
  IdleSet idle;
  Parker parkers[WORKERS];
  env::Atomic<uint32_t> stopping{0};
  bool is_done[ITEMS + 1] = {};
  uint32_t done = 0;
};

template <class P, uint32_t WORKER>
void work(P& s) {
  s.work(WORKER);
}

template <class P, uint32_t FIRST, uint32_t LAST>
void submit(P& s) {
  for (uint32_t item = FIRST; item <= LAST; ++item) s.submit(item);
}

template <class P>
void nobody_sleeps_or_searches(P& s) {
  // The counts are back to nothing: an announcement after the end finds nobody else.
  RSP_CHECK(s.idle.choose_one_to_wake() == IdleSet::NOBODY);
  s.idle.begin_search();
  RSP_CHECK(!s.idle.end_search());
}

using TwoForOne = Pool<2, 1>;

ExploreResult two_producers_one_worker() {
  return explore<TwoForOne>(bound(4), {work<TwoForOne, 0>, submit<TwoForOne, 1, 1>, submit<TwoForOne, 2, 2>},
                            nobody_sleeps_or_searches);
}

// Found by the loom model with four forced switches, and not with three: docs/adr/0002.
TEST(IdleSetExplored, no_wake_up_is_lost_between_two_producers) {
  EXPECT_TRUE(holds(two_producers_one_worker()));
}

TEST(IdleSetExplored, a_waker_that_finds_nobody_and_leaves_is_found) {
  PlantedBugScope bug("idle set: a waker that finds nobody leaves");
  EXPECT_TRUE(finds("deadlock", two_producers_one_worker()));
}

TEST(IdleSetExplored, a_worker_that_does_not_look_again_is_found) {
  PlantedBugScope bug("idle set test: no second look");
  EXPECT_TRUE(finds("deadlock", two_producers_one_worker()));
}

using TwoForTwo = Pool<2, 2>;

ExploreResult one_producer_two_workers() {
  return explore<TwoForTwo>(bound(4), {work<TwoForTwo, 0>, work<TwoForTwo, 1>, submit<TwoForTwo, 1, 2>},
                            nobody_sleeps_or_searches);
}

TEST(IdleSetExplored, no_wake_up_is_lost_between_two_workers) {
  EXPECT_TRUE(holds(one_producer_two_workers()));
}

TEST(IdleSetExplored, no_wake_up_is_lost_between_two_producers_and_two_workers) {
  EXPECT_TRUE(holds(explore<TwoForTwo>(
      bound(3), {work<TwoForTwo, 0>, work<TwoForTwo, 1>, submit<TwoForTwo, 1, 1>, submit<TwoForTwo, 2, 2>},
      nobody_sleeps_or_searches)));
}

/// Two items that wait for each other: a worker that has one does not come back for the second.
struct Meeting : Pool<2, 2> {
  env::Atomic<uint32_t> arrived{0};
};

template <uint32_t WORKER>
void take_one_and_meet(Meeting& s) {
  RSP_CHECK(s.wait_for_work(WORKER) != Meeting::NOTHING);
  if (s.arrived.fetch_add(1, env::ACQ_REL) == 0) env::wait(s.arrived, 1);
  env::wake_one(s.arrived);
}

ExploreResult two_items_that_meet() {
  return explore<Meeting>(bound(3), {take_one_and_meet<0>, take_one_and_meet<1>, submit<Meeting, 1, 2>},
                          [](Meeting&) {});
}

TEST(IdleSetExplored, the_last_searcher_wakes_another_for_what_is_left) {
  EXPECT_TRUE(holds(two_items_that_meet()));
}

TEST(IdleSetExplored, a_last_searcher_that_passes_nothing_on_is_found) {
  PlantedBugScope bug("idle set test: the last searcher passes nothing on");
  EXPECT_TRUE(finds("deadlock", two_items_that_meet()));
}

}  // namespace
}  // namespace rsp
