// Lock under every interleaving of two or three threads.
#include "core/sync/lock.hpp"

#include <gtest/gtest.h>

#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using test::bound;
using test::bound_with_spurious_returns;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

struct Guarded {
  void enter() {
    const Locked locked(lock);
    RSP_CHECK(!is_inside);
    is_inside = true;
    // A choice point, so that another one can come while this one is inside.
    seen += entered.load(env::RELAXED);
    is_inside = false;
    entered.store(entered.load(env::RELAXED) + 1, env::RELAXED);
  }

  Lock lock;
  bool is_inside = false;
  uint32_t seen = 0;
  env::Atomic<uint32_t> entered{0};
};

template <int TIMES>
void enter(Guarded& guarded) {
  for (int i = 0; i < TIMES; ++i) guarded.enter();
}

ExploreResult three_threads(uint32_t preemptions) {
  return explore<Guarded>(bound(preemptions), {enter<1>, enter<1>, enter<1>}, [](Guarded& guarded) {
    RSP_CHECK(guarded.entered.load(env::RELAXED) == 3);
    guarded.enter();  // it is free
  });
}

TEST(LockExplored, one_at_a_time_is_inside_and_all_come_in) {
  EXPECT_TRUE(holds(three_threads(4)));
  EXPECT_GT(env::control::sometimes_hits("a lock is waited for"), 0u);
}

TEST(LockExplored, waits_that_return_without_need_change_nothing) {
  EXPECT_TRUE(
      holds(explore<Guarded>(bound_with_spurious_returns(6), {enter<2>, enter<2>},
                             [](Guarded& guarded) { RSP_CHECK(guarded.entered.load(env::RELAXED) == 4); })));
}

TEST(LockExplored, an_unlock_that_looks_and_then_stores_is_found) {
  PlantedBugScope bug("lock: unlock looks, then stores");
  EXPECT_TRUE(finds("deadlock", three_threads(4)));
}

TEST(LockExplored, a_sleeper_that_is_forgotten_by_who_was_woken_is_found) {
  PlantedBugScope bug("lock: who was woken believes that nobody else sleeps");
  EXPECT_TRUE(finds("deadlock", three_threads(4)));
}

}  // namespace
}  // namespace rsp
