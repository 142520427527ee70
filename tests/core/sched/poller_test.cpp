// Poller: what a worker that never sleeps in it sees of descriptors. The rest is tested by what it does: tests/capi/select_*.
#include "core/sched/poller.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace rsp {
namespace {

// P2
TEST(Poller, looks_at_descriptors_also_where_the_token_comes_before_the_sleep) {
  Poller poller;
  constexpr PollHooks HOOKS{[](void*) {}, [](void*) {}};
  poller.set_hooks(HOOKS);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  int subject = 0;
  Watches::Key key;
  ASSERT_EQ(poller.add(ends[0], env::Direction::READ, &subject, &key), RSP_OK);

  Parker parker;
  AdaptiveSpin::allow(true);
  parker.spin_for_tests().woken_after(AdaptiveSpin::SHORTEST_SLEEP_NS);
  parker.unpark();
  ASSERT_TRUE(poller.take_place());
  env::Ready ready;
  EXPECT_TRUE(poller.sleep(parker, UINT64_MAX, ready));
  EXPECT_EQ(ready.count, 1U);
  poller.leave_place();

  AdaptiveSpin::allow(false);
  EXPECT_EQ(poller.take_back(key), &subject);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace rsp
