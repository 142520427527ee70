// The operating system refuses threads: at the start of the runtime, to a worker whose code says that it will block, and
// to one whose code is stuck without a word.
#ifdef RESPROUT_FAULT_INJECTION
#include <atomic>
#include <thread>

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

/// A process whose code computes at each message, without a call, until it is let go.
class Computing {
 public:
  explicit Computing(const Attached& me)
      : pid_(spawn(me, [this](rsp_self*, rsp_msg*) {
          inside_ = true;
          while (!may_return_) std::this_thread::yield();
          inside_ = false;
          return RSP_NEXT_CONTINUE;
        })) {}
  ~Computing() {
    let_go();
    wait_until([this] { return !is_inside(); });
  }
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;

  rsp_pid pid() const { return pid_; }
  bool is_inside() const { return inside_; }
  void begin(const Attached& me) {
    may_return_ = false;
    EXPECT_EQ(rsp_send(me, pid_, NIL), RSP_OK);
    wait_until([this] { return is_inside(); });
  }
  void let_go() { may_return_ = true; }

 private:
  std::atomic<bool> inside_{false};
  std::atomic<bool> may_return_{false};
  const rsp_pid pid_;
};

/// The watchdog asks for a stand-in, and asks again.
void wait_for_refusals() {
  const uint64_t before = rsp::env::thread_failures();
  wait_until([before] { return rsp::env::thread_failures() >= before + 3; });
}

void expect_answer(const Attached& me, rsp_pid echo, const char* what) {
  EXPECT_EQ(rsp_send(me, echo, word(what)), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), what);
}

// S-NAT-1: as long as nobody can be hired the code keeps its worker, and what waits for that worker waits.
TEST(ThreadFaults, of_a_stand_in_leave_stuck_code_its_worker_until_one_can_be_had) {
  ASSERT_EQ(start(1), RSP_OK);
  rsp::env::thread_fail_from(1);  // before anything can be stuck: no stand-in is left from earlier
  {
    const Attached me;
    const rsp_pid echo = spawn_echo(me);
    Computing returns(me);
    Computing killed(me);
    returns.begin(me);
    wait_for_refusals();
    EXPECT_EQ(rsp_send(me, echo, word("waits")), RSP_OK);
    returns.let_go();
    EXPECT_EQ(text_of(me.receive()), "waits");

    killed.begin(me);
    wait_for_refusals();
    const auto kill_and_let_go = [&] {
      EXPECT_EQ(rsp_exit_signal(me, killed.pid(), word("kill")), RSP_OK);
      killed.let_go();
    };
    EXPECT_EQ(me.end_after(killed.pid(), kill_and_let_go), "killed");
    EXPECT_EQ(stats().stuck_turns, 0u);
    EXPECT_EQ(stats().zombies, 0u);

    returns.begin(me);
    wait_for_refusals();
    EXPECT_GT(rsp::env::thread_fail_never(), 0u);
    expect_answer(me, echo, "in_this_turn");
    EXPECT_TRUE(returns.is_inside());
    EXPECT_GE(stats().stuck_turns, 1u);
    returns.let_go();
    wait_until([&] { return !returns.is_inside(); });
    returns.begin(me);
    expect_answer(me, echo, "in_the_next_one");
    EXPECT_TRUE(returns.is_inside());
  }
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
}

TEST(ThreadFaults, of_a_stand_in_leave_the_other_workers_alone) {
  ASSERT_EQ(start(2), RSP_OK);
  rsp::env::thread_fail_from(1);
  {
    const Attached me;
    const rsp_pid echo = spawn_echo(me);
    Computing first(me);
    Computing second(me);
    first.begin(me);
    wait_for_refusals();
    for (int i = 0; i < 100; ++i) expect_answer(me, echo, "by_the_other");

    second.begin(me);
    wait_for_refusals();
    EXPECT_EQ(rsp_send(me, echo, word("by_the_first")), RSP_OK);
    EXPECT_TRUE(first.is_inside());
    first.let_go();
    EXPECT_EQ(text_of(me.receive()), "by_the_first");
    EXPECT_TRUE(second.is_inside());
    EXPECT_EQ(stats().stuck_turns, 0u);

    first.begin(me);
    EXPECT_GT(rsp::env::thread_fail_never(), 0u);
    expect_answer(me, echo, "by_a_stand_in");
    EXPECT_TRUE(first.is_inside());
    EXPECT_TRUE(second.is_inside());
    EXPECT_GE(stats().stuck_turns, 1u);
  }
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
#endif
