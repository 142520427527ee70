// The owners of a timer's slot, which is used again while somebody goes by an old reference, under every
// interleaving.
#include "core/proc/timer_slots.hpp"

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

/// One slot, in use by the timer FORMER and then by LATTER. Two owners have it, as the queue and the process
/// that started it do; what a timer holds is there from open until its last share is gone.
struct Slot {
  static constexpr uint64_t FORMER = 5;
  static constexpr uint64_t LATTER = 6;

  Slot() { use(FORMER); }

  void use(uint64_t number) {
    holds_number.store(number, env::RELAXED);
    owners.open(number, 2);
  }

  void leave() {
    if (!owners.leave()) return;
    holds_number.store(0, env::RELAXED);  // freed
    if (++ends == 1) use(LATTER);
  }

  /// Somebody with the reference `number`.
  void look(uint64_t number) {
    if (!owners.share(number)) return;
    ++shares;
    RSP_CHECK(holds_number.load(env::RELAXED) == number);
    leave();
  }

  TimerOwners owners;
  env::Atomic<uint64_t> holds_number{0};
  uint32_t ends = 0;
  uint32_t shares = 0;
};

void leave(Slot& slot) { slot.leave(); }

void look_at_both(Slot& slot) {
  slot.look(Slot::FORMER);
  slot.look(Slot::LATTER);
}

ExploreResult a_slot_that_is_used_again() {
  return explore<Slot>(bound(4), {leave, leave, look_at_both}, [](Slot& slot) {
    slot.leave();
    slot.leave();
    RSP_CHECK(slot.ends == 2);
    RSP_CHECK(!slot.owners.share(Slot::FORMER));
    RSP_CHECK(!slot.owners.share(Slot::LATTER));
  });
}

TEST(TimerSlotsExplored, a_reference_finds_its_own_timer_or_none) {
  EXPECT_TRUE(holds(a_slot_that_is_used_again()));
}

TEST(TimerSlotsExplored, a_share_without_the_number_is_found) {
  PlantedBugScope bug("timer slots: shared without the number");
  EXPECT_TRUE(finds("does not hold", a_slot_that_is_used_again()));
}

TEST(TimerSlotsExplored, a_share_of_what_is_over_is_found) {
  PlantedBugScope bug("timer slots: shared when it is over");
  EXPECT_TRUE(finds("does not hold", a_slot_that_is_used_again()));
}

}  // namespace
}  // namespace rsp
