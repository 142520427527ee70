// Pressure: what is told of a process that is behind, and what becomes of those that send to it.
#include <thread>

#include "tests/capi/mailbox_limit.hpp"

using namespace capi_test;

namespace {

class Pressure : public MailboxLimit {};

// S-MBOX-10
TEST_F(Pressure, apart_a_process_that_is_behind_is_pressed_until_it_has_half_of_it) {
  const Waiter waiter(me_, {});
  for (int64_t i = 0; i < 999; ++i) ASSERT_EQ(waiter.send(i), RSP_OK);
  EXPECT_EQ(queue_length(me_, waiter.pid()), 999);
  EXPECT_FALSE(rsp_is_pressed(waiter.pid()));
  EXPECT_EQ(waiter.send(999), RSP_OK);
  EXPECT_EQ(queue_length(me_, waiter.pid()), 1000);
  EXPECT_TRUE(rsp_is_pressed(waiter.pid()));
  EXPECT_EQ(waiter.numbers(1000), range(0, 1000));
  EXPECT_FALSE(rsp_is_pressed(waiter.pid()));
  EXPECT_FALSE(rsp_is_pressed(dead_pid(me_)));
  EXPECT_FALSE(rsp_is_pressed(NO_PID));
  EXPECT_FALSE(rsp_is_pressed(rsp_pid{UINT64_MAX, 0, 0}));
  EXPECT_FALSE(rsp_is_pressed(rsp_pid{waiter.pid().id, 1, 1}));
}

// S-MBOX-10
TEST_F(Pressure, apart_who_floods_a_process_that_is_behind_still_gets_through_and_hears_its_signals) {
  const Waiter waiter(me_, {});
  const rsp_pid flooder = spawn(me_, [to = waiter.pid()](rsp_self* self, rsp_msg*) {
    for (int i = 0; i < 10'000; ++i) {
      const rsp_result result = rsp_send(self, to, rsp_term_int(i));
      if (result != RSP_OK) return RSP_NEXT_STOP;
    }
    (void)!rsp_send(self, rsp_self_pid(self), NIL);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(rsp_send(me_, flooder, NIL), RSP_OK);
  while (!rsp_is_pressed(waiter.pid())) std::this_thread::yield();
  EXPECT_EQ(me_.exit(flooder, "kill"), "killed");
  EXPECT_EQ(me_.exit(waiter.pid(), "kill"), "killed");
}

}  // namespace
