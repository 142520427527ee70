#include "core/env/stack_trace.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "core/base/sanitizers.hpp"
#include "core/env/atomic.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"

namespace rsp::env {
namespace {

#if RSP_TSAN
constexpr bool SIGNALS_COME_LATE =
    true;  // the sanitizer keeps them until the thread calls something that blocks
#else
constexpr bool SIGNALS_COME_LATE = false;
#endif

/// A thread that has agreed to be asked, and does one thing until it is released.
struct Asked {
  explicit Asked(void (*deed)(Asked&)) : deed_(deed) {
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(thread_.start("asked", &Asked::run, this), RSP_OK);
    while (name.load(ACQUIRE) == 0) yield();
  }

  ~Asked() {
    release();
    if (thread_.joinable()) thread_.join();
    close(ends[0]);
    close(ends[1]);
  }

  void release() {
    released.store(1, RELEASE);
    wake_all(released);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
  }

  void join() { thread_.join(); }

  static void run(void* self) {
    Asked& me = *static_cast<Asked*>(self);
    me.name.store(answer_stack_requests(), RELEASE);
    me.deed_(me);
    me.is_done.store(1, RELEASE);
  }

  Atomic<uint32_t> name{0};
  Atomic<uint32_t> released{0};
  Atomic<uint32_t> is_done{0};
  Atomic<uint32_t> rounds{0};
  int ends[2] = {-1, -1};
  int polled = 0;
  void (*deed_)(Asked&);
  Thread thread_;
};

[[gnu::noinline]] void compute(Asked& asked) {
  while (asked.released.load(ACQUIRE) == 0) asked.rounds.fetch_add(1, RELAXED);
  asked.rounds.fetch_add(1, RELAXED);  // no tail call of the loop
}

[[gnu::noinline]] void wait_for_release(Asked& asked) {
  while (asked.released.load(ACQUIRE) == 0) wait(asked.released, 0);
  asked.rounds.fetch_add(1, RELAXED);
}

[[gnu::noinline]] void poll_pipe(Asked& asked) {
  pollfd ready{asked.ends[0], POLLIN, 0};
  asked.polled = poll(&ready, 1, -1);
}

void block_signals(Asked& asked) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  asked.rounds.store(1, RELEASE);
  compute(asked);
  sigemptyset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);  // what was sent meanwhile comes now
}

bool is_in(const StackTrace& trace, void (*function)(Asked&)) {
  constexpr uintptr_t MOST_BYTES = 512;
  for (uint32_t i = 0; i < trace.depth; ++i) {
    if (trace.frames[i] - reinterpret_cast<uintptr_t>(function) < MOST_BYTES) return true;
  }
  return false;
}

/// Asks until the machine lets the thread answer: a hang is the test's time limit.
StackTrace ask(const Asked& asked) {
  for (;;) {
    StackTrace trace;
    if (ask_for_stack(asked.name.load(RELAXED), &trace) && trace.depth > 1) return trace;
  }
}

/// It sleeps in what it does, and nowhere before that.
void wait_until_it_sleeps(uint32_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  for (std::string stat; stat.find(") S ") == std::string::npos;) std::getline(std::ifstream(path), stat);
}

std::string describe(uintptr_t address, size_t capacity = 256) {
  std::string text(capacity, '?');
  text.resize(describe_address(address, text.data(), capacity));
  return text;
}

TEST(StackTrace, of_a_thread_that_computes_says_where) {
  if (SIGNALS_COME_LATE) GTEST_SKIP();
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  const Asked asked(&compute);
  EXPECT_TRUE(is_in(ask(asked), &compute));
}

TEST(StackTrace, of_a_thread_that_waits_for_a_lock_says_where_and_lets_it_wait) {
  if (SIGNALS_COME_LATE) GTEST_SKIP();
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  const Asked asked(&wait_for_release);
  EXPECT_TRUE(is_in(ask(asked), &wait_for_release));
  EXPECT_EQ(asked.is_done.load(ACQUIRE), 0u);
}

TEST(StackTrace, leaves_a_system_call_alone_that_a_signal_would_end) {
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  Asked asked(&poll_pipe);
  wait_until_it_sleeps(asked.name.load(RELAXED));
  StackTrace trace;
  EXPECT_TRUE(ask_for_stack(asked.name.load(RELAXED), &trace));
  EXPECT_EQ(trace.depth, 1u);
#ifdef SYS_poll
  EXPECT_EQ(trace.system_call, SYS_poll);
#endif
  asked.release();
  asked.join();
  EXPECT_EQ(asked.polled, 1);
}

TEST(StackTrace, of_a_thread_that_blocks_signals_is_not_waited_for) {
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  Asked deaf(&block_signals);
  while (deaf.rounds.load(ACQUIRE) == 0) yield();
  StackTrace trace;
  EXPECT_FALSE(ask_for_stack(deaf.name.load(RELAXED), &trace));
  EXPECT_EQ(trace.depth, 0u);
  if (!SIGNALS_COME_LATE) {
    const Asked other(&compute);
    EXPECT_TRUE(is_in(ask(other), &compute)) << "the next question is another";
  }
  deaf.release();
  deaf.join();  // the late signal has found no question
  EXPECT_EQ(deaf.is_done.load(ACQUIRE), 1u);
}

TEST(StackTrace, of_one_thread_is_not_told_by_another_that_is_late) {
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  Asked late(&block_signals);
  Asked deaf(&block_signals);
  while (late.rounds.load(ACQUIRE) == 0 || deaf.rounds.load(ACQUIRE) == 0) yield();
  StackTrace trace;
  EXPECT_FALSE(ask_for_stack(late.name.load(RELAXED), &trace));
  late.release();  // its signal comes while the other is asked
  EXPECT_FALSE(ask_for_stack(deaf.name.load(RELAXED), &trace));
  EXPECT_EQ(trace.depth, 0u);
}

TEST(StackTrace, of_a_thread_that_has_ended_is_empty) {
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  Asked asked(&compute);
  asked.release();
  asked.join();
  StackTrace trace;
  EXPECT_TRUE(ask_for_stack(asked.name.load(RELAXED), &trace));
  EXPECT_EQ(trace.depth, 0u);
}

TEST(StackTrace, is_of_nobody_where_it_is_forbidden) {
  ASSERT_TRUE(prepare_stack_traces(NO_SIGNAL));
  EXPECT_EQ(answer_stack_requests(), 0u);
  StackTrace trace;
  EXPECT_TRUE(ask_for_stack(static_cast<uint32_t>(gettid()), &trace));
  EXPECT_EQ(trace.depth, 0u);
}

TEST(StackTrace, is_asked_for_by_real_time_signals_alone) {
  for (const int64_t signal : {int64_t{SIGTERM}, int64_t{SIGRTMAX} + 1, int64_t{-2}})
    EXPECT_FALSE(prepare_stack_traces(signal)) << signal;
}

volatile sig_atomic_t g_signals = 0;

TEST(StackTrace, lets_the_handler_of_before_have_what_is_not_its_own) {
  if (SIGNALS_COME_LATE) GTEST_SKIP();
  const int number = SIGRTMIN + 2;
  struct sigaction before;
  ASSERT_EQ(sigaction(number, nullptr, &before), 0);
  struct sigaction counting = {};
  counting.sa_handler = [](int) { g_signals = g_signals + 1; };
  ASSERT_EQ(sigaction(number, &counting, nullptr), 0);
  ASSERT_TRUE(prepare_stack_traces(number));
  {
    const Asked asked(&compute);
    EXPECT_TRUE(is_in(ask(asked), &compute));
  }
  EXPECT_EQ(g_signals, 0);
  raise(number);
  EXPECT_EQ(g_signals, 1);

  // Somebody takes the signal: nobody is asked from then on.
  ASSERT_EQ(sigaction(number, &counting, nullptr), 0);
  {
    const Asked asked(&compute);
    StackTrace trace;
    EXPECT_TRUE(ask_for_stack(asked.name.load(RELAXED), &trace));
    EXPECT_EQ(trace.depth, 0u);
  }
  EXPECT_EQ(g_signals, 1);
  ASSERT_EQ(sigaction(number, &before, nullptr), 0);
}

TEST(StackTrace, takes_no_signal_that_another_uses) {
  if (SIGNALS_COME_LATE) GTEST_SKIP();
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGRTMAX - 1, nullptr, &before), 0);
  struct sigaction counting = {};
  counting.sa_handler = [](int) { g_signals = g_signals + 1; };
  ASSERT_EQ(sigaction(SIGRTMAX - 1, &counting, nullptr), 0);
  sigset_t waited_for;
  sigemptyset(&waited_for);
  sigaddset(&waited_for, SIGRTMAX - 2);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &waited_for, nullptr), 0);
  g_signals = 0;
  ASSERT_TRUE(prepare_stack_traces(ANY_SIGNAL));
  {
    const Asked asked(&compute);
    EXPECT_TRUE(is_in(ask(asked), &compute));
  }
  EXPECT_EQ(g_signals, 0);
  struct sigaction blocked;
  ASSERT_EQ(sigaction(SIGRTMAX - 2, nullptr, &blocked), 0);
  EXPECT_EQ(blocked.sa_handler, SIG_DFL);
  ASSERT_EQ(pthread_sigmask(SIG_UNBLOCK, &waited_for, nullptr), 0);
  ASSERT_EQ(sigaction(SIGRTMAX - 1, &before, nullptr), 0);
}

TEST(Address, of_a_function_is_its_name_and_module) {
  const uintptr_t function = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "getppid"));
  ASSERT_NE(function, 0u);
  EXPECT_EQ(describe(function + 1).find("getppid+0x1 (libc.so"), 0u) << describe(function + 1);
  EXPECT_EQ(describe(function + 1, 8), "getppid");
}

TEST(Address, of_no_module_is_a_number) { EXPECT_EQ(describe(0x10), "0x10"); }

TEST(Address, of_what_is_not_exported_is_module_and_offset) {
  const std::string text = describe(reinterpret_cast<uintptr_t>(&compute));
  EXPECT_EQ(text.find("test_env+0x"), 0u) << text;
}

}  // namespace
}  // namespace rsp::env
