// What the report stuck_turn says of where the code is (resprout/report.h).
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "core/base/sanitizers.hpp"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

#if RSP_TSAN
constexpr bool SIGNALS_COME_LATE =
    true;  // the sanitizer keeps them until the thread calls something that blocks
#else
constexpr bool SIGNALS_COME_LATE = false;
#endif

/// The reports of a scope, as text.
class Reports {
 public:
  Reports() { rsp_set_report_sink(&Reports::take, this); }
  ~Reports() { rsp_set_report_sink(nullptr, nullptr); }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  /// The first one about the process of this name, waited for.
  std::string about(const std::string& name) {
    for (;;) {
      {
        const std::lock_guard<std::mutex> guard(lock_);
        if (told_.find(name) != std::string::npos) return told_;
      }
      std::this_thread::yield();
    }
  }

 private:
  static void take(void* self, rsp_report_level, rsp_term report) {
    Reports& all = *static_cast<Reports*>(self);
    const std::string shown = show(report);
    const std::lock_guard<std::mutex> guard(all.lock_);
    if (shown.find("culprit") != std::string::npos) all.told_ = shown;
  }

  std::mutex lock_;
  std::string told_;
};

std::atomic<bool> g_released;
std::atomic<int> g_polled;
int g_ends[2];

rsp_next compute(rsp_self*, rsp_msg*, void*) {
  std::atomic<uint32_t> rounds{0};
  while (!g_released) ++rounds;
  return RSP_NEXT_STOP;
}

rsp_next poll_pipe(rsp_self*, rsp_msg*, void*) {
  pollfd ready{g_ends[0], POLLIN, 0};
  do {
    g_polled = poll(&ready, 1, -1);  // where it begins as the signal is on its way, it is ended
  } while (g_polled < 0 && errno == EINTR);
  return RSP_NEXT_STOP;
}

/// What is told of code that does not return until `release`.
std::string told_of(rsp_handler code, int64_t stack_signal, void (*release)()) {
  Reports reports;
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 1;
  options.stack_signal = stack_signal;
  EXPECT_EQ(rsp_runtime_start(&options), RSP_OK);
  std::string told;
  {
    const Attached me;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, nullptr, code, nullptr, nullptr), RSP_OK);
    EXPECT_EQ(rsp_register(me, atom("culprit"), pid), RSP_OK);
    EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    told = reports.about("culprit");
    EXPECT_EQ(me.end_after(pid, release), "normal");
  }
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  return told;
}

std::string told_of_computing(int64_t stack_signal) {
  g_released = false;
  return told_of(&compute, stack_signal, [] { g_released = true; });
}

TEST(StuckStack, says_where_code_computes) {
  if (SIGNALS_COME_LATE) GTEST_SKIP();
  // Until the machine lets the thread run at the moment when it is asked.
  for (std::string told; told.find("test_capi+0x") == std::string::npos;) {
    told = told_of_computing(0);
    EXPECT_NE(told.find("system_call => undefined"), std::string::npos) << told;
  }
}

TEST(StuckStack, is_empty_where_it_is_forbidden) {
  const std::string told = told_of_computing(RSP_STACK_SIGNAL_NONE);
  EXPECT_NE(told.find("native_stack => []"), std::string::npos) << told;
}

TEST(StuckStack, of_code_that_waits_in_the_system_is_the_call) {
  ASSERT_EQ(pipe(g_ends), 0);
  std::string told = "system_call => undefined";
  while (told.find("system_call => undefined") != std::string::npos) {
    told = told_of(&poll_pipe, 0, [] { EXPECT_EQ(write(g_ends[1], "x", 1), 1); });
    char taken;
    EXPECT_EQ(read(g_ends[0], &taken, 1), 1);
    EXPECT_EQ(g_polled, 1);
  }
#ifdef SYS_poll
  EXPECT_NE(told.find("system_call => " + std::to_string(SYS_poll)), std::string::npos) << told;
#endif
  close(g_ends[0]);
  close(g_ends[1]);
}

TEST(StuckStack, is_asked_for_by_real_time_signals_alone) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  for (const int64_t signal : {int64_t{SIGUSR1}, int64_t{1} << 32, int64_t{-2}}) {
    options.stack_signal = signal;
    EXPECT_EQ(rsp_runtime_start(&options), RSP_EINVAL);
  }
  options.stack_signal = SIGRTMIN + 3;
  EXPECT_EQ(rsp_runtime_start(&options), RSP_OK);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
