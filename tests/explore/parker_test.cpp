// Parker under every interleaving of two or three threads.
#include "core/sync/parker.hpp"

#include <gtest/gtest.h>

#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using test::bound;
using test::bound_with_spurious_returns;
using test::explore;
using test::finds;
using test::holds;

struct Handover {
  Parker parker;
  uint32_t data = 0;
  env::Atomic<uint32_t> posted{0};
  bool timed_out = false;
};

void post_and_unpark(Handover& handover) {
  handover.data = 7;
  handover.parker.unpark();
}

void park_and_read(Handover& handover) {
  handover.parker.park();
  RSP_CHECK(handover.data == 7);
}

void nothing(Handover&) {}

TEST(ParkerExplored, a_park_ends_with_an_unpark_before_or_after_it) {
  const auto result =
      explore<Handover>(bound_with_spurious_returns(20), {park_and_read, post_and_unpark}, nothing);
  EXPECT_TRUE(holds(result));
}

// The use of a token: look for work, park when there is none, look again.
void consume_three(Handover& handover) {
  for (uint32_t taken = 0; taken < 3;) {
    const uint32_t posted = handover.posted.exchange(0, env::ACQUIRE);
    taken += posted;
    if (posted == 0) handover.parker.park();
  }
}

template <int TIMES>
void post(Handover& handover) {
  for (int i = 0; i < TIMES; ++i) {
    handover.posted.fetch_add(1, env::RELEASE);
    handover.parker.unpark();
  }
}

TEST(ParkerExplored, no_wake_up_is_lost_between_several_wakers) {
  const auto result =
      explore<Handover>(bound_with_spurious_returns(3), {consume_three, post<2>, post<1>}, nothing);
  EXPECT_TRUE(holds(result));
}

TEST(ParkerExplored, two_unparks_before_a_park_are_one_token) {
  const auto result = explore<Handover>(bound(3), {[](Handover& handover) {
                                          handover.parker.unpark();
                                          handover.parker.unpark();
                                          RSP_CHECK(handover.parker.park_until(env::now_ns() + 10));
                                          RSP_CHECK(!handover.parker.park_until(env::now_ns() + 10));
                                        }},
                                        nothing);
  EXPECT_TRUE(holds(result));
}

TEST(ParkerExplored, a_deadline_that_meets_an_unpark_leaves_the_token_taken_or_kept) {
  const auto result = explore<Handover>(bound_with_spurious_returns(20),
                                        {[](Handover& handover) {
                                           if (!handover.parker.park_until(env::now_ns() + 10)) {
                                             handover.timed_out = true;
                                             handover.parker.park();  // the token comes later
                                           }
                                           RSP_CHECK(handover.data == 7);
                                           RSP_CHECK(!handover.parker.park_until(env::now_ns() + 10));
                                         },
                                         post_and_unpark},
                                        nothing);
  EXPECT_TRUE(holds(result));
  EXPECT_GT(env::control::sometimes_hits("parker: token between the deadline and giving up"), 0u);
}

TEST(ParkerExplored, a_deadline_without_an_unpark_ends_the_park_and_leaves_the_parker_usable) {
  const auto result = explore<Handover>(bound(3), {[](Handover& handover) {
                                          const uint64_t deadline = env::now_ns() + 10;
                                          RSP_CHECK(!handover.parker.park_until(deadline));
                                          RSP_CHECK(env::now_ns() >= deadline);
                                          handover.parker.unpark();
                                          handover.parker.park();
                                        }},
                                        nothing);
  EXPECT_TRUE(holds(result));
}

TEST(ParkerExplored, an_unpark_that_looks_and_then_stores_is_found) {
  test::PlantedBugScope bug("parker: unpark looks, then stores");
  const auto result = explore<Handover>(bound(1), {park_and_read, post_and_unpark}, nothing);
  EXPECT_TRUE(finds("deadlock", result));
}

}  // namespace
}  // namespace rsp
