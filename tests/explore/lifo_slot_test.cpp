// What a worker runs next, under every interleaving of its owner and two thieves.
#include "core/sched/lifo_slot.hpp"

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

/// Items that must be taken once each, by whomever. Each is written before it is put, and read by who takes it.
struct Slot {
  struct Item {
    Runnable runnable = {};
    bool is_taken = false;
  };

  void put(uint32_t index) {
    if (Runnable* const displaced = slot.put(&items[index].runnable)) take(displaced);
  }

  static void take(Runnable* runnable) {
    if (runnable == nullptr) return;
    Item& item = *reinterpret_cast<Item*>(runnable);
    RSP_CHECK(!item.is_taken);
    item.is_taken = true;
  }

  static void own(Slot& s) {
    s.put(0);
    s.put(1);
    take(s.slot.take());
    s.put(2);
    take(s.slot.take());
  }

  static void steal(Slot& s) {
    const uint32_t takes = s.slot.takes();
    take(s.slot.steal(takes));
  }

  static void check(Slot& s) {
    take(s.slot.take());
    for (const Item& item : s.items) RSP_CHECK(item.is_taken);
  }

  LifoSlot slot;
  Item items[3];
};

ExploreResult an_owner_and_two_thieves() {
  return explore<Slot>(bound(5), {&Slot::own, &Slot::steal, &Slot::steal}, &Slot::check);
}

TEST(LifoSlotExplored, each_item_is_taken_once_by_its_owner_or_a_thief) {
  EXPECT_TRUE(holds(an_owner_and_two_thieves()));
}

TEST(LifoSlotExplored, an_owner_that_fills_by_a_store_is_found) {
  PlantedBugScope bug("lifo slot: the owner fills by a store");
  EXPECT_TRUE(finds("!item.is_taken", an_owner_and_two_thieves()));
}

TEST(LifoSlotExplored, an_owner_that_looks_for_thieves_before_it_counts_is_found) {
  PlantedBugScope bug("lifo slot: the owner looks for thieves, then counts");
  EXPECT_TRUE(finds("!item.is_taken", an_owner_and_two_thieves()));
}

TEST(LifoSlotExplored, a_thief_that_looks_before_it_announces_itself_is_found) {
  PlantedBugScope bug("lifo slot: a thief looks, then announces itself");
  EXPECT_TRUE(finds("!item.is_taken", an_owner_and_two_thieves()));
}

TEST(LifoSlotExplored, a_thief_that_comes_into_a_take_is_found) {
  PlantedBugScope bug("lifo slot: a thief comes into a take");
  EXPECT_TRUE(finds("!item.is_taken", an_owner_and_two_thieves()));
}

}  // namespace
}  // namespace rsp
