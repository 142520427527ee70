#include "core/env/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <cstring>

#include "core/env/wait.hpp"

namespace rsp::env {
namespace {

TEST(Thread, what_it_wrote_is_visible_after_join) {
  int written = 0;
  Thread thread;
  EXPECT_FALSE(thread.joinable());
  ASSERT_EQ(thread.start(
                "writer", [](void* place) { *static_cast<int*>(place) = 7; }, &written),
            RSP_OK);
  EXPECT_TRUE(thread.joinable());
  thread.join();
  EXPECT_FALSE(thread.joinable());
  EXPECT_EQ(written, 7);
}

TEST(Thread, may_be_started_again_after_join) {
  int starts = 0;
  Thread thread;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(thread.start(
                  "again", [](void* place) { ++*static_cast<int*>(place); }, &starts),
              RSP_OK);
    thread.join();
  }
  EXPECT_EQ(starts, 3);
}

TEST(Thread, has_all_signals_blocked_and_leaves_the_starters_mask_alone) {
  sigset_t before;
  sigset_t after;
  sigset_t inside;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Thread thread;
  ASSERT_EQ(
      thread.start(
          "masked", [](void* place) { pthread_sigmask(SIG_SETMASK, nullptr, static_cast<sigset_t*>(place)); },
          &inside),
      RSP_OK);
  thread.join();
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGPROF}) {
    EXPECT_EQ(sigismember(&inside, signal), 1) << signal;
    EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal)) << signal;
  }
}

TEST(Thread, carries_its_name_cut_to_what_the_kernel_takes) {
  char name[32] = {};
  Thread thread;
  ASSERT_EQ(thread.start(
                "a name of more than fifteen characters",
                [](void* place) { pthread_getname_np(pthread_self(), static_cast<char*>(place), 32); }, name),
            RSP_OK);
  thread.join();
  EXPECT_STREQ(name, "a name of more ");
}

Atomic<uint32_t> g_detached_ran{0};

TEST(Thread, runs_on_when_detached) {
  {
    Thread thread;
    ASSERT_EQ(thread.start(
                  "detached",
                  [](void*) {
                    g_detached_ran.store(1, RELEASE);  // pairs with the load below
                    wake_all(g_detached_ran);
                  },
                  nullptr),
              RSP_OK);
    thread.detach();
  }
  while (g_detached_ran.load(ACQUIRE) == 0) wait(g_detached_ran, 0);
}

TEST(Thread, destroying_one_that_nobody_joined_is_a_broken_invariant) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Thread thread;
        (void)thread.start(
            "forgotten", [](void*) {}, nullptr);
      },
      "!joinable_");
}

TEST(CpuCount, follows_the_affinity_of_the_thread) {
  const uint32_t all = cpu_count();
  EXPECT_GE(all, 1u);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(all, static_cast<uint32_t>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(cpu_count(), 1u);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace rsp::env
