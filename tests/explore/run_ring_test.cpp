// The run queue of a worker under every interleaving of its owner and thieves.
#include "core/sched/run_ring.hpp"

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

/// Items that must be taken once each, by whomever.
template <uint32_t ITEMS>
struct Rings {
  void take(Runnable* item) {
    const auto index = static_cast<uint32_t>(item - items);
    RSP_CHECK(index < ITEMS);
    RSP_CHECK(!is_taken[index]);
    is_taken[index] = true;
  }

  /// As a worker with nothing of its own does: works off what it stole.
  void steal_and_work(RunRing& mine) {
    Runnable* item = ring.steal_half(mine);
    for (; item != nullptr; item = mine.pop()) take(item);
  }

  void all_are_taken_once() {
    for (RunRing* left : {&ring, &thieves[0], &thieves[1]}) {
      while (Runnable* const item = left->pop()) take(item);
    }
    for (bool taken : is_taken) RSP_CHECK(taken);
  }

  RunRing ring;
  RunRing thieves[2];
  Runnable items[ITEMS] = {};
  bool is_taken[ITEMS] = {};
};

constexpr uint32_t FULL = RunRing::CAPACITY;

/// A full ring, whose owner takes some out and puts others in: the slots are written again.
struct Full : Rings<FULL + 2> {
  Full() {
    for (uint32_t i = 0; i < FULL; ++i) RSP_CHECK(ring.push(&items[i]));
  }

  void push(uint32_t index) {
    if (!ring.push(&items[index])) take(&items[index]);  // to the overflow queue
  }
};

template <int THIEF>
void steal(Full& s) {
  s.steal_and_work(s.thieves[THIEF]);
}

void take_two_and_add_two(Full& s) {
  for (uint32_t i = 0; i < 2; ++i) {
    if (Runnable* const item = s.ring.pop()) s.take(item);
    s.push(FULL + i);
  }
}

ExploreResult an_owner_and_two_thieves() {
  return explore<Full>(bound(3), {take_two_and_add_two, steal<0>, steal<1>},
                       [](Full& s) { s.all_are_taken_once(); });
}

TEST(RunRingExplored, each_item_is_taken_once_by_its_owner_or_a_thief) {
  EXPECT_TRUE(holds(an_owner_and_two_thieves()));
}

TEST(RunRingExplored, an_owner_that_takes_without_a_compare_is_found) {
  PlantedBugScope bug("ring: owner takes without compare");
  EXPECT_TRUE(finds("!is_taken[index]", an_owner_and_two_thieves()));
}

TEST(RunRingExplored, a_thief_that_takes_before_it_looks_is_found) {
  PlantedBugScope bug("ring: thief takes before it looks");
  EXPECT_TRUE(finds("!is_taken[index]", an_owner_and_two_thieves()));
}

/// Thieves steal from each other while the ring is filled.
struct Chain : Rings<3> {};

void fill_and_take(Chain& s) {
  for (Runnable& item : s.items) RSP_CHECK(s.ring.push(&item));
  if (Runnable* const item = s.ring.pop()) s.take(item);
}

void steal_first(Chain& s) {
  if (Runnable* const item = s.ring.steal_half(s.thieves[0])) s.take(item);
}

void steal_from_the_thief(Chain& s) {
  if (Runnable* const item = s.thieves[0].steal_half(s.thieves[1])) s.take(item);
  while (Runnable* const item = s.thieves[1].pop()) s.take(item);
}

TEST(RunRingExplored, what_was_stolen_may_be_stolen_again) {
  EXPECT_TRUE(holds(explore<Chain>(bound(4), {fill_and_take, steal_first, steal_from_the_thief},
                                   [](Chain& s) { s.all_are_taken_once(); })));
}

/// A thief whose own ring is full but for one place, and is robbed meanwhile.
struct Crowded : Rings<FULL + 2> {
  Crowded() {
    for (uint32_t i = 0; i < FULL - 1; ++i) RSP_CHECK(thieves[0].push(&items[i]));
    for (uint32_t i = FULL - 1; i < FULL + 2; ++i) RSP_CHECK(ring.push(&items[i]));
  }
};

void take_one(Crowded& s) {
  if (Runnable* const item = s.ring.pop()) s.take(item);
}

void steal_beside_its_own(Crowded& s) {
  if (Runnable* const item = s.ring.steal_half(s.thieves[0])) s.take(item);
  if (Runnable* const item = s.thieves[0].pop()) s.take(item);
}

void rob_the_thief(Crowded& s) {
  Runnable* item = s.thieves[0].steal_half(s.thieves[1]);
  for (; item != nullptr; item = s.thieves[1].pop()) s.take(item);
}

ExploreResult a_thief_with_a_crowded_ring() {
  return explore<Crowded>(bound(3), {take_one, steal_beside_its_own, rob_the_thief},
                          [](Crowded& s) { s.all_are_taken_once(); });
}

TEST(RunRingExplored, a_thief_takes_no_more_than_it_has_room_for) {
  EXPECT_TRUE(holds(a_thief_with_a_crowded_ring()));
}

TEST(RunRingExplored, a_thief_that_counts_on_an_empty_ring_is_found) {
  PlantedBugScope bug("ring: thief counts on an empty ring");
  EXPECT_TRUE(finds("!is_taken[index]", a_thief_with_a_crowded_ring()));
}

}  // namespace
}  // namespace rsp
