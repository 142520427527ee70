// resprout/select.h: what is told, and what is refused.
#include "tests/capi/select.hpp"

#include <cstdlib>
#include <thread>

using namespace capi_test;

namespace {

using Select = OfWorkers;
INSTANTIATE_TEST_SUITE_P(Workers, Select, testing::Values(1u, 2u, 4u));

// S-SEL-1
TEST_P(Select, of_what_is_ready_already_is_told_at_once) {
  const Attached me;
  const Ends ends;
  ends.put();
  const rsp_ref ref = select_on(me, ends.reader());
  const Message message = me.receive();
  EXPECT_EQ(ready_of(message, ref), RSP_SELECT_READ);
  EXPECT_EQ(rsp_msg_from(message.get()), me.pid());
}

// S-SEL-1
TEST_P(Select, is_told_when_it_gets_ready_and_once) {
  const Attached me;
  const Ends ends;
  for (int i = 0; i < 100; ++i) {
    const rsp_ref ref = select_on(me, ends.reader());
    EXPECT_FALSE(me.has_message());
    ends.put();
    EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
    ends.put();  // nobody waits for this one
    EXPECT_FALSE(cancel(me, ref));
    ends.take();
    ends.take();
  }
  expect_nothing(me);
}

// S-SEL-2
TEST_P(Select, for_writing_is_told_when_there_is_room) {
  const Attached me;
  const Ends ends;
  rsp_ref ref = select_on(me, ends.writer(), RSP_SELECT_WRITE);
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_WRITE);
  ends.fill();
  ref = select_on(me, ends.writer(), RSP_SELECT_WRITE);
  EXPECT_EQ(me.receive_within(20), nullptr);
  ends.drain();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_WRITE);
}

// S-SEL-2
TEST_P(Select, of_both_directions_ends_with_either) {
  const Attached me;
  const Ends ends(Ends::SOCKETS);
  rsp_ref ref = select_on(me, ends.reader(), RSP_SELECT_READ | RSP_SELECT_WRITE);
  EXPECT_EQ(ready_of(me.receive(), ref) & RSP_SELECT_WRITE, RSP_SELECT_WRITE);
  ends.put();
  expect_nothing(me);  // reading ended with it
  ends.take();
  ref = select_on(me, ends.reader(), RSP_SELECT_READ);
  const rsp_ref other = select_on(me, ends.reader(), RSP_SELECT_WRITE);  // apart, they do not
  EXPECT_EQ(ready_of(me.receive(), other), RSP_SELECT_WRITE);
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
}

// S-SEL-1
TEST_P(Select, of_a_peer_that_hangs_up_is_told) {
  const Attached me;
  Ends pipe;
  rsp_ref ref = select_on(me, pipe.reader());
  pipe.close_one(1);
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
  char byte;
  EXPECT_EQ(read(pipe.reader(), &byte, 1), 0);

  Ends full;
  full.fill();
  ref = select_on(me, full.writer(), RSP_SELECT_WRITE);
  full.close_one(0);
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_WRITE);
}

// S-SEL-4
TEST_P(Select, that_is_cancelled_is_told_nothing_more) {
  const Attached me;
  const Ends ends;
  EXPECT_TRUE(cancel(me, select_on(me, ends.reader())));
  ends.put();
  expect_nothing(me);

  const rsp_ref ready = select_on(me, ends.reader());
  while (!has_unread(me)) std::this_thread::yield();
  EXPECT_FALSE(cancel(me, ready));
  EXPECT_FALSE(me.has_message());
  for (int i = 0; i < 200; ++i) {
    const rsp_ref ref = select_on(me, ends.reader());
    if (i % 2 == 0) (void)has_unread(me);  // takes what has come into the mailbox
    (void)cancel(me, ref);
    EXPECT_FALSE(me.has_message());
  }
  expect_nothing(me);
  EXPECT_FALSE(cancel(me, ready));
}

// S-SEL-4
TEST_P(Select, of_others_cannot_be_cancelled) {
  const Attached me;
  const Ends ends;
  const rsp_ref ref = select_on(me, ends.reader());
  in_callback(me, [&](rsp_self* self) { EXPECT_FALSE(cancel(self, ref)); });
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
}

// S-SEL-3
TEST_P(Select, of_a_descriptor_that_is_registered_is_refused) {
  const Attached me;
  const Ends ends(Ends::SOCKETS);
  const rsp_ref ref = select_on(me, ends.reader());
  rsp_ref other = {};
  EXPECT_EQ(rsp_select(me, &other, ends.reader(), RSP_SELECT_READ), RSP_EALREADY);
  EXPECT_EQ(rsp_select(me, &other, ends.reader(), RSP_SELECT_READ | RSP_SELECT_WRITE), RSP_EALREADY);
  in_callback(me, [&](rsp_self* self) {
    EXPECT_EQ(rsp_select(self, &other, ends.reader(), RSP_SELECT_READ), RSP_EALREADY);
  });
  // What was refused has left nothing in the other direction.
  EXPECT_TRUE(cancel(me, ref));
  other = select_on(me, ends.reader(), RSP_SELECT_WRITE);
  EXPECT_EQ(ready_of(me.receive(), other), RSP_SELECT_WRITE);
  expect_nothing(me);
}

// S-SEL-3
TEST_P(Select, of_what_cannot_be_waited_for_is_refused) {
  const Attached me;
  rsp_ref ref = {};
  char path[] = "/tmp/resprout-select-XXXXXX";
  const int file = mkstemp(path);
  ASSERT_GE(file, 0);
  unlink(path);
  EXPECT_EQ(rsp_select(me, &ref, file, RSP_SELECT_READ), RSP_EINVAL);
  close(file);
  EXPECT_EQ(rsp_select(me, &ref, file, RSP_SELECT_READ), RSP_EINVAL);
  EXPECT_EQ(rsp_select(me, &ref, 4'000'000, RSP_SELECT_READ), RSP_EINVAL);
  EXPECT_EQ(rsp_select(me, &ref, INT32_MAX, RSP_SELECT_READ), RSP_ELIMIT);
}

// S-SEL-1
TEST_P(Select, can_be_awaited) {
  const Attached me;
  const Ends ends;
  struct Waiter {
    int fd;
    rsp_pid to;
  } waiter{ends.reader(), me.pid()};
  rsp_pid pid = NO_PID;
  const auto begin = [](rsp_self* self, rsp_msg*, void* state) {
    const rsp_ref ref = select_on(self, static_cast<Waiter*>(state)->fd);
    return rsp_await(
        self, ref, RSP_INFINITE,
        [](rsp_self* me_too, rsp_msg* answer, void* context) {
          EXPECT_EQ(rsp_msg_get_kind(answer), RSP_MSG_SELECT);
          EXPECT_EQ(rsp_send(me_too, static_cast<Waiter*>(context)->to, word("told")), RSP_OK);
          return RSP_NEXT_STOP;
        },
        state);
  };
  ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, begin, &waiter, nullptr), RSP_OK);
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  ends.put();
  EXPECT_EQ(text_of(me.receive()), "told");
  (void)me.end_of(pid);
}

}  // namespace
