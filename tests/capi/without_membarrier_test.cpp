// Where the kernel refuses membarrier, as some containers do: what relies on it (core/env/barrier.hpp) takes its other way.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

enum ExitStatus { NO_FILTER = 100, NOT_REFUSED, NOT_RUN };

/** From here on this thread, and what it becomes, is refused the call of this number. */
bool refuse(uint32_t number) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof code / sizeof code[0], code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

constexpr std::string_view SUITES[] = {"Watchdog", "LateWorker", "Blocking", "Unwinding"};

bool is_there(std::string_view suite) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    if (all.GetTestSuite(i)->name() == suite) return true;
  }
  return false;
}

[[noreturn]] void run_refused(const char* tests) {
  if (!refuse(SYS_membarrier)) _exit(NO_FILTER);
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) != -1 || errno != ENOSYS) _exit(NOT_REFUSED);
  execl("/proc/self/exe", "test_capi", tests, "--gtest_brief=1", nullptr);
  _exit(NOT_RUN);
}

TEST(WithoutMembarrier, turns_are_taken_work_is_stolen_and_the_watchdog_sleeps) {
  std::string tests = "--gtest_filter=";
  for (const std::string_view suite : SUITES) {
    ASSERT_TRUE(is_there(suite)) << suite;
    tests.append(suite).append(".*:");
  }
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) run_refused(tests.c_str());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == NO_FILTER) GTEST_SKIP() << "this system lets nobody filter its own calls";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
