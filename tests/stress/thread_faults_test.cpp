// The operating system refuses threads: at the start of the runtime, and to a worker whose code blocks.
#ifdef RESPROUT_FAULT_INJECTION
#include <atomic>

#include "core/env/thread.hpp"
#include "tests/stress/stress.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_result start(uint32_t workers) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = workers;
  return rsp_runtime_start(&options);
}

// The watchdog, or one of eight workers, gets no thread: nothing is left of the others, and a start that may have them
// works.
TEST(ThreadFaults, at_any_thread_end_the_start_and_leave_nothing) {
  const uint64_t blocks = rsp::mem_live_blocks();
  for (uint64_t n = 1; n <= 1 + WORKERS; ++n) {
    rsp::env::thread_fail_from(n);
    EXPECT_EQ(start(WORKERS), RSP_EOS) << n;
    EXPECT_GE(rsp::env::thread_fail_never(), 1u);
    EXPECT_FALSE(rsp_runtime_is_running());
    EXPECT_EQ(rsp::mem_live_blocks(), blocks);
    rsp_self* self = nullptr;
    EXPECT_EQ(rsp_attach(&self), RSP_ESTOPPED);

    ASSERT_EQ(start(WORKERS), RSP_OK);
    {
      const Attached me;
      const rsp_pid echo = spawn_echo(me);
      EXPECT_EQ(rsp_send(me, echo, word("hello")), RSP_OK);
      EXPECT_EQ(text_of(me.receive()), "hello");
    }
    ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
    EXPECT_EQ(rsp::mem_live_blocks(), blocks);
  }
}

// S-NAT-3: nobody can be hired to drive the worker, so no section begins, and the code goes on as it was.
TEST(ThreadFaults, of_a_stand_in_refuse_the_section_and_nothing_else) {
  ASSERT_EQ(start(1), RSP_OK);
  {
    const Attached me;
    rsp::env::thread_fail_from(1);
    std::atomic<bool> calls_work{false};
    std::atomic<int> refused{0};
    for (int i = 0; i < 10; ++i) {
      in_callback(me, [&](rsp_self* self) {
        if (rsp_blocking_begin(self) == RSP_ELIMIT) ++refused;
        EXPECT_EQ(rsp_blocking_end(self), RSP_EWRONGTHREAD);  // none was begun
        calls_work = rsp_send(self, me.pid(), word("still_here")) == RSP_OK;
      });
      EXPECT_TRUE(calls_work);
      EXPECT_EQ(text_of(me.receive()), "still_here");
    }
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(rsp::env::thread_fail_never(), 10u);
    in_callback(me, [&](rsp_self* self) {
      EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
      EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    });
  }
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
#endif
