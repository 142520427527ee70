#include "core/env/native/time_slice.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/env/thread.hpp"

namespace rsp::env {
namespace {

SchedulingAttributes scheduling() {
  SchedulingAttributes found{};
  if (!get_scheduling(found)) found.policy = UINT32_MAX;
  return found;
}

class TimeSlice : public testing::Test {
 protected:
  void SetUp() override {
    if (usual_.policy != SCHED_OTHER || usual_.runtime_ns == 0)
      GTEST_SKIP() << "this kernel lets no thread choose its slice";
    if (prctl(PR_GET_SECCOMP) != 0) GTEST_SKIP() << "behind a filter of system calls nothing is asked for";
  }

  const SchedulingAttributes usual_ = scheduling();
};

struct Seen {
  uint64_t of_thread = 0;
  uint64_t of_its_thread = 0;
  uint64_t of_its_process = 0;
};

void look(void* place) {
  Seen& seen = *static_cast<Seen*>(place);
  seen.of_thread = scheduling().runtime_ns;
  std::thread([&] { seen.of_its_thread = scheduling().runtime_ns; }).join();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const uint64_t slice = scheduling().runtime_ns;
    _exit(write(ends[1], &slice, sizeof slice) == sizeof slice ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(read(ends[0], &seen.of_its_process, sizeof(uint64_t)), static_cast<ssize_t>(sizeof(uint64_t)));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(TimeSlice, is_short_for_a_thread_of_ours_and_as_before_for_what_that_starts) {
  if (usual_.nice < 0) GTEST_SKIP() << "what such a thread starts keeps its priority, and the slice with it";
  Seen seen;
  Thread thread;
  ASSERT_EQ(thread.start("slices", look, &seen), RSP_OK);
  thread.join();
  EXPECT_EQ(seen.of_thread, TIME_SLICE_NS);
  EXPECT_EQ(seen.of_its_thread, usual_.runtime_ns);
  EXPECT_EQ(seen.of_its_process, usual_.runtime_ns);
  EXPECT_EQ(scheduling().runtime_ns, usual_.runtime_ns);
}

TEST_F(TimeSlice, leaves_the_niceness_as_it_is) {
  std::thread([] {
    const int nicer = nice(3);
    shorten_time_slice();
    EXPECT_EQ(scheduling().nice, nicer);
    EXPECT_EQ(scheduling().runtime_ns, TIME_SLICE_NS);
  }).join();
}

}  // namespace
}  // namespace rsp::env
