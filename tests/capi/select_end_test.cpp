// resprout/select.h: registrations whose process, descriptor, runtime or OS process is another's from now on.
#include <sys/wait.h>

#include "tests/capi/select.hpp"

using namespace capi_test;

namespace {

using SelectEnd = OfWorkers;
INSTANTIATE_TEST_SUITE_P(Workers, SelectEnd, testing::Values(1u, 2u, 4u));

// S-SEL-5
TEST_P(SelectEnd, ends_with_its_process_before_that_is_known) {
  const Attached me;
  const Ends ends;
  const rsp_pid pid = spawn_selecting(me, ends.reader());
  rsp_ref ref = {};
  EXPECT_EQ(rsp_select(me, &ref, ends.reader(), RSP_SELECT_READ), RSP_EALREADY);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  ref = select_on(me, ends.reader());
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
}

// S-SEL-6: the number is given out again while it is registered, and what it stood for lives on elsewhere.
TEST_P(SelectEnd, of_a_number_that_was_closed_is_of_what_it_stands_for_now) {
  const Attached me;
  const Ends former;
  const Ends present;
  const int number = dup(former.reader());
  const rsp_ref lost = select_on(me, number);
  ASSERT_EQ(dup2(present.reader(), number), number);
  in_callback(me, [&](rsp_self* self) {
    const rsp_ref ref = select_on(self, number);
    former.put();
    // What it tells of is nobody's: the registration was replaced.
    EXPECT_TRUE(cancel(self, ref));
  });
  const rsp_ref ref = select_on(me, number);
  EXPECT_FALSE(me.has_message());
  present.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
  EXPECT_FALSE(cancel(me, lost));
  expect_nothing(me);
  close(number);
}

int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 4096; ++fd) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

// S-SEL-5: a stop ends the processes, and the next runtime waits through the same three descriptors.
TEST(SelectAndStop, registrations_end_with_the_runtime) {
  const Ends ends;
  int before = 0;
  for (int run = 0; run < 3; ++run) {
    rsp_self* left = nullptr;
    {
      const Runtime runtime;
      ASSERT_EQ(rsp_attach(&left), RSP_OK);
      (void)spawn_selecting(left, ends.reader());
      (void)select_on(left, ends.writer(), RSP_SELECT_WRITE);
    }
    rsp_ref ref = {};
    EXPECT_EQ(rsp_select(left, &ref, ends.reader(), RSP_SELECT_READ), RSP_EXITING);
    EXPECT_EQ(rsp_detach(left, word("normal")), RSP_OK);
    if (run == 0) before = open_descriptors();
  }
  EXPECT_EQ(open_descriptors(), before);
}

// S-SEL-5, S-STOP: a child that was forked between two runs has a set of its own, and what happens in it is not told here.
TEST(SelectAndFork, a_child_waits_for_itself) {
  const Ends ends;
  {
    const Runtime runtime;  // so that there is a set to inherit
    const Attached me;
    EXPECT_TRUE(cancel(me, select_on(me, ends.reader())));
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    {
      const Runtime runtime;
      const Attached me;
      const Ends own;
      const rsp_ref ref = select_on(me, own.reader());
      own.put();
      if (ready_of(me.receive(), ref) != RSP_SELECT_READ) _exit(1);
    }
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  const Runtime runtime;
  const Attached me;
  const rsp_ref ref = select_on(me, ends.reader());
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(me.has_message());
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
}

TEST(SelectAndFork, a_child_of_a_runtime_that_runs_is_refused_and_disturbs_nobody) {
  const Runtime runtime;
  const Attached me;
  const Ends ends;
  const rsp_ref ref = select_on(me, ends.reader());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    rsp_ref other = {};
    _exit(rsp_select(me, &other, ends.reader(), RSP_SELECT_READ) == RSP_EFORKED ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ends.put();
  EXPECT_EQ(ready_of(me.receive(), ref), RSP_SELECT_READ);
}

// S-SEL-5, S-PROC-7: also for those who only find it dead, however much it held.
TEST_P(SelectEnd, of_a_process_is_over_when_the_process_is_dead_for_anybody) {
  const Attached me;
  const Ends ends;
  const rsp_pid pid = spawn(me, [&](rsp_self* self, rsp_msg* message) {
    for (int i = 0; i < 5'000; ++i) {  // what it gives back in several turns
      rsp_ref monitor = {};
      EXPECT_EQ(rsp_monitor(self, &monitor, rsp_msg_from(message), nullptr), RSP_OK);
    }
    select_on(self, ends.reader());
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), word("registered")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "registered");
  EXPECT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
  bool alive = true;
  while (alive) ASSERT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(cancel(me, select_on(me, ends.reader())));
}

}  // namespace
