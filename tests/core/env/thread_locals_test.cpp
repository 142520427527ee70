#include "core/env/thread_locals.hpp"

#include <gtest/gtest.h>
#include <ucontext.h>

#include <string>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "core/env/wait.hpp"

namespace rsp::env {
namespace {

void on_a_new_thread(void (*fn)(void*), void* arg) {
  Thread thread;
  ASSERT_EQ(thread.start("test", fn, arg), RSP_OK);
  thread.join();
}

TEST(ThreadLocals, are_each_threads_own_and_zero_at_its_start) {
  int mine = 0;
  thread_locals()->worker = &mine;
  on_a_new_thread(
      [](void*) {
        EXPECT_EQ(thread_locals()->worker, nullptr);
        EXPECT_EQ(thread_locals()->process, nullptr);
        thread_locals()->worker = thread_locals();
      },
      nullptr);
  EXPECT_EQ(thread_locals()->worker, &mine);
  thread_locals()->worker = nullptr;
}

TEST(ThreadLocals, random_numbers_differ_from_thread_to_thread) {
  uint64_t numbers[2] = {random_u64(), 0};
  on_a_new_thread([](void* place) { *static_cast<uint64_t*>(place) = random_u64(); }, &numbers[1]);
  EXPECT_NE(numbers[0], numbers[1]);
}

#if !RSP_TSAN && !RSP_ASAN  // neither knows of these switches
// A stack that is left on one thread and entered again on another, as a fiber's is.
struct Migrant {
  ucontext_t here;
  ucontext_t fiber;
  std::vector<char> stack = std::vector<char>(256ul * 1024);
  ThreadLocals* before = nullptr;
  ThreadLocals* after = nullptr;
  ThreadLocals* second_thread = nullptr;
};
Migrant* g_migrant;

void migrate() {
  g_migrant->before = thread_locals();
  swapcontext(&g_migrant->fiber, &g_migrant->here);
  g_migrant->after = thread_locals();
  swapcontext(&g_migrant->fiber, &g_migrant->here);
}

TEST(ThreadLocals, are_those_of_the_new_thread_after_a_stack_has_moved) {
  Migrant migrant;
  g_migrant = &migrant;
  ASSERT_EQ(getcontext(&migrant.fiber), 0);
  migrant.fiber.uc_stack.ss_sp = migrant.stack.data();
  migrant.fiber.uc_stack.ss_size = migrant.stack.size();
  migrant.fiber.uc_link = nullptr;
  makecontext(&migrant.fiber, migrate, 0);

  ASSERT_EQ(swapcontext(&migrant.here, &migrant.fiber), 0);
  EXPECT_EQ(migrant.before, thread_locals());
  on_a_new_thread(
      [](void*) {
        g_migrant->second_thread = thread_locals();
        swapcontext(&g_migrant->here, &g_migrant->fiber);
      },
      nullptr);
  EXPECT_EQ(migrant.after, migrant.second_thread);
  EXPECT_NE(migrant.after, migrant.before);
}
#endif

struct Hooked {
  int runs = 0;
  void* worker_seen = nullptr;
};

void record_exit(void* address) {
  Hooked* hooked = static_cast<Hooked*>(address);
  ++hooked->runs;
  hooked->worker_seen = thread_locals()->worker;
}

TEST(ThreadExit, the_hook_runs_once_on_the_ending_thread) {
  Hooked hooked;
  on_a_new_thread(
      [](void* address) {
        thread_locals()->worker = address;
        EXPECT_TRUE(at_thread_exit(ExitHook::PROCESS, record_exit, address));
      },
      &hooked);
  EXPECT_EQ(hooked.runs, 1);
  EXPECT_EQ(hooked.worker_seen, &hooked);
}

TEST(ThreadExit, a_second_hook_replaces_the_first) {
  Hooked hooked[2];
  on_a_new_thread(
      [](void* address) {
        Hooked* both = static_cast<Hooked*>(address);
        EXPECT_TRUE(at_thread_exit(ExitHook::PROCESS, record_exit, &both[0]));
        EXPECT_TRUE(at_thread_exit(ExitHook::PROCESS, record_exit, &both[1]));
      },
      hooked);
  EXPECT_EQ(hooked[0].runs, 0);
  EXPECT_EQ(hooked[1].runs, 1);
}

TEST(ThreadExit, the_hook_of_the_process_runs_before_that_of_the_memory) {
  static std::string order;
  order.clear();
  on_a_new_thread(
      [](void*) {
        EXPECT_TRUE(at_thread_exit(
            ExitHook::MEMORY, [](void*) { order += "memory "; }, nullptr));
        EXPECT_TRUE(at_thread_exit(
            ExitHook::PROCESS, [](void*) { order += "process "; }, nullptr));
      },
      nullptr);
  EXPECT_EQ(order, "process memory ");
}

TEST(ThreadExit, a_hook_that_was_cleared_does_not_run) {
  Hooked hooked;
  on_a_new_thread(
      [](void* address) {
        EXPECT_TRUE(at_thread_exit(ExitHook::PROCESS, record_exit, address));
        clear_thread_exit(ExitHook::PROCESS);
      },
      &hooked);
  EXPECT_EQ(hooked.runs, 0);
}

}  // namespace
}  // namespace rsp::env
