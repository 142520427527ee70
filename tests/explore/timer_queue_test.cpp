// The timers of a worker under every interleaving of their worker and those who cancel.
#include "core/sched/timer_queue.hpp"

#include <gtest/gtest.h>

#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

/// Three timers: two are due together, one is late.
struct Timers {
  struct Counted {
    Timer timer = {};
    uint32_t fired = 0;
    uint32_t reclaimed = 0;
    uint32_t cancelled = 0;  // answers that said so
  };

  Timers() {
    constexpr uint64_t DEADLINES[] = {10, 10, 20};
    for (uint32_t i = 0; i < 3; ++i) {
      Timer& timer = all[i].timer;
      timer.deadline_ns = DEADLINES[i];
      timer.fire = [](Timer* self) { ++of(self).fired; };
      timer.reclaim = [](Timer* self) { ++of(self).reclaimed; };
      timer.state.store(Timer::STARTING, env::RELAXED);
    }
  }

  static Counted& of(Timer* timer) { return *reinterpret_cast<Counted*>(timer); }

  void cancel(uint32_t index) {
    if (TimerQueue::cancel(&all[index].timer)) ++all[index].cancelled;
  }

  TimerQueue queue;
  Counted all[3];
};

void start_and_run(Timers& s) {
  for (Timers::Counted& counted : s.all) s.queue.insert(&counted.timer);
  s.queue.run(10);
  s.queue.run(20);
}

template <int FIRST, int SECOND>
void cancel(Timers& s) {
  s.cancel(FIRST);
  s.cancel(SECOND);
}

void each_has_fired_or_was_cancelled(Timers& s) {
  s.queue.reclaim_all();
  for (const Timers::Counted& counted : s.all) {
    RSP_CHECK(counted.fired + counted.reclaimed == 1);
    RSP_CHECK(counted.cancelled == counted.reclaimed);
  }
  RSP_CHECK(s.queue.next_deadline() == TimerQueue::NEVER);
}

ExploreResult two_who_cancel() {
  return explore<Timers>(bound(3), {start_and_run, cancel<0, 2>, cancel<2, 1>},
                         each_has_fired_or_was_cancelled);
}

TEST(TimerQueueExplored, a_timer_fires_once_or_one_cancel_of_it_has_said_so) {
  EXPECT_TRUE(holds(two_who_cancel()));
}

TEST(TimerQueueExplored, a_cancel_by_a_store_is_found) {
  PlantedBugScope bug("timer: cancel by store");
  EXPECT_TRUE(finds("does not hold", two_who_cancel()));
}

TEST(TimerQueueExplored, a_timer_that_fires_without_a_compare_is_found) {
  PlantedBugScope bug("timer: fires without a compare");
  EXPECT_TRUE(finds("does not hold", two_who_cancel()));
}

TEST(TimerQueueExplored, a_timer_that_is_armed_by_a_store_is_found) {
  PlantedBugScope bug("timer: armed by store");
  EXPECT_TRUE(finds("does not hold", two_who_cancel()));
}

/// The worker ends while somebody cancels: what was not due yet is reclaimed, once.
void start_and_stop(Timers& s) {
  for (Timers::Counted& counted : s.all) s.queue.insert(&counted.timer);
  s.queue.run(10);
  s.queue.reclaim_all();
}

TEST(TimerQueueExplored, a_worker_that_stops_beside_a_cancel_reclaims_each_timer_once) {
  EXPECT_TRUE(holds(explore<Timers>(bound(4), {start_and_stop, cancel<2, 0>}, [](Timers& s) {
    s.queue.reclaim_all();
    for (const Timers::Counted& counted : s.all) RSP_CHECK(counted.fired + counted.reclaimed == 1);
  })));
}

}  // namespace
}  // namespace rsp
