// resprout/runtime.h: start and stop, what a stop does to whom, a second copy of the library.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"
#include "tests/support/held_by_program.hpp"

using namespace capi_test;
using rsp::test::entries_of;

namespace {

TEST(Runtime, starts_with_one_worker_for_each_processor) {
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  EXPECT_TRUE(rsp_runtime_is_running());
  EXPECT_GE(stats().workers, 1u);
  EXPECT_EQ(stats().processes, 1u);  // the root
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  EXPECT_FALSE(rsp_runtime_is_running());
}

TEST(Runtime, starts_with_as_many_workers_as_asked) {
  const Runtime runtime(3);
  EXPECT_EQ(stats().workers, 3u);
}

TEST(Runtime, refuses_more_workers_than_it_can_have) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 1u << 20;
  EXPECT_EQ(rsp_runtime_start(&options), RSP_EINVAL);
  EXPECT_FALSE(rsp_runtime_is_running());
}

TEST(Runtime, runs_once_at_a_time) {
  const Runtime runtime;
  EXPECT_EQ(rsp_runtime_start(nullptr), RSP_EALREADY);
}

TEST(Runtime, cannot_be_stopped_when_none_runs) {
  EXPECT_EQ(rsp_runtime_stop(0), RSP_ESTOPPED);
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_ESTOPPED);
}

TEST(Runtime, gives_its_figures_to_somebody) {
  const Runtime runtime(2);
  EXPECT_EQ(rsp_runtime_get_stats(nullptr), RSP_EINVAL);
}

TEST(Runtime, refuses_processes_beyond_the_limit) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.max_processes = 3;
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
    {
      const Attached me;
      const rsp_pid first = spawn_idle(me);
      spawn_idle(me);
      rsp_pid third = NO_PID;
      EXPECT_EQ(rsp_spawn(me, &third, nullptr, nullptr, run_code, nullptr, nullptr), RSP_ELIMIT);
      EXPECT_EQ(third, NO_PID);
      (void)me.exit(first, "kill");
      // Its slot is given back a moment after its end is told.
      rsp_result result = RSP_ELIMIT;
      while (result == RSP_ELIMIT) {
        result = rsp_spawn(
            me, &third, nullptr, nullptr, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; },
            nullptr, nullptr);
      }
      EXPECT_EQ(result, RSP_OK);
    }
    ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  }
}

/** A process that notes its end in a list; trapping ones end at their own time. */
rsp_pid spawn_noting(rsp_self* self, int number, std::vector<int>& ends) {
  return spawn(self,
               [number, &ends](rsp_self*, rsp_msg* message) {
                 if (rsp_msg_get_kind(message) != RSP_MSG_EXIT) return RSP_NEXT_CONTINUE;
                 EXPECT_EQ(show(rsp_msg_term(message)), "shutdown");
                 ends.push_back(number);
                 return RSP_NEXT_STOP;
               },
               {.trap_exit = true});
}

TEST(Stop, ends_what_nobody_started_the_latest_first_and_one_after_the_other) {
  std::vector<int> ends;
  const Runtime runtime(4);
  for (int i = 0; i < 20; ++i) spawn_noting(nullptr, i, ends);
  ASSERT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
  ASSERT_EQ(ends.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ends[static_cast<size_t>(i)], 19 - i);
}

TEST(Stop, goes_on_past_processes_that_ended_before) {
  std::vector<int> ends;
  const Runtime runtime(4);
  spawn_noting(nullptr, 0, ends);
  {
    const Attached me;
    for (int i = 0; i < 10; ++i) {
      const rsp_pid pid = spawn_idle(nullptr);
      EXPECT_EQ(me.exit(pid, "kill"), "killed");
    }
  }
  spawn_noting(nullptr, 1, ends);
  ASSERT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
  EXPECT_EQ(ends, (std::vector<int>{1, 0}));
}

// A child that a process started is its parent's to end.
TEST(Stop, leaves_the_children_of_processes_to_their_parents) {
  std::vector<int> ends;
  const Runtime runtime(4);
  const Attached me;
  spawn(nullptr,
        [&ends, to = me.pid()](rsp_self* self, rsp_msg* message) {
          if (message == nullptr) {
            spawn_noting(self, 1, ends);  // not linked: nobody asks it to end, it is killed in the end
            EXPECT_EQ(rsp_send(self, to, NIL), RSP_OK);
            return RSP_NEXT_CONTINUE;
          }
          ends.push_back(2);
          return RSP_NEXT_STOP;
        },
        {.trap_exit = true, .start = true});
  ASSERT_NE(me.receive(), nullptr);
  ASSERT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
  EXPECT_EQ(ends, (std::vector<int>{2}));
}

TEST(Stop, kills_after_the_deadline_what_does_not_heed_the_shutdown) {
  std::atomic<int> freed{0};
  const Runtime runtime(2);
  for (int i = 0; i < 3; ++i) {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.trap_exit = true;
    rsp_pid pid = NO_PID;
    ASSERT_EQ(
        rsp_spawn(
            nullptr, &pid, nullptr, &options, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; },
            &freed, [](void* count) { ++*static_cast<std::atomic<int>*>(count); }),
        RSP_OK);
  }
  ASSERT_EQ(rsp_runtime_stop(20), RSP_OK);
  EXPECT_EQ(freed, 3);
}

TEST(Stop, ends_attached_processes_wherever_their_threads_are) {
  std::atomic<int> ready{0};
  std::atomic<bool> stopped{false};
  const Runtime runtime(2);
  std::thread waits([&] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ++ready;
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_EXITING);
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  });
  std::thread is_elsewhere([&] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ++ready;
    while (!stopped) std::this_thread::yield();
    EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  });
  while (ready < 2) std::this_thread::yield();
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  stopped = true;
  waits.join();
  is_elsewhere.join();
}

TEST(Stop, may_be_called_by_an_attached_thread_whose_process_ends_too) {
  const Runtime runtime(2);
  rsp_self* self = nullptr;
  ASSERT_EQ(rsp_attach(&self), RSP_OK);
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
  EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  // The handle's process belonged to the run before.
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  EXPECT_EQ(rsp_checkpoint(self), RSP_EWRONGTHREAD);
}

TEST(Stop, is_refused_in_a_callback) {
  const Runtime runtime(2);
  const Attached me;
  in_callback(me, [](rsp_self*) { EXPECT_EQ(rsp_runtime_stop(0), RSP_EWOULDBLOCK); });
  EXPECT_TRUE(rsp_runtime_is_running());
}

TEST(Stop, refuses_a_second_stopper_and_new_processes_meanwhile) {
  std::atomic<bool> asked{false};
  std::atomic<bool> may_end{false};
  const Runtime runtime(2);
  spawn(nullptr,
        [&](rsp_self* self, rsp_msg*) {
          asked = true;
          while (!may_end) std::this_thread::yield();
          rsp_pid child = NO_PID;
          EXPECT_EQ(rsp_spawn(self, &child, nullptr, nullptr, run_code, nullptr, nullptr), RSP_ESTOPPED);
          return RSP_NEXT_STOP;
        },
        {.trap_exit = true});
  std::thread stopper([] { EXPECT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK); });
  while (!asked) std::this_thread::yield();
  EXPECT_FALSE(rsp_runtime_is_running());
  EXPECT_EQ(rsp_runtime_stop(0), RSP_EALREADY);
  EXPECT_EQ(rsp_runtime_start(nullptr), RSP_EALREADY);
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, nullptr, run_code, nullptr, nullptr), RSP_ESTOPPED);
  rsp_self* self = nullptr;
  EXPECT_EQ(rsp_attach(&self), RSP_ESTOPPED);
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_ESTOPPED);
  may_end = true;
  stopper.join();
}

// A callback can be taken away from its thread; what the runtime calls in the middle of its own work cannot.
TEST(Stop, gives_up_on_a_drop_that_does_not_return_and_can_be_repeated) {
  const Runtime runtime(2);
  static std::atomic<bool> inside;
  static std::atomic<bool> may_return;
  inside = may_return = false;
  static const rsp_native_ops OPS = [] {
    rsp_native_ops ops = {};
    ops.size = sizeof ops;
    ops.drop = [](void*) {
      inside = true;
      while (!may_return) std::this_thread::yield();
    };
    return ops;
  }();
  const rsp_pid stuck = spawn(nullptr, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; });
  ASSERT_EQ(rsp_send_native(nullptr, stuck, &inside, &OPS), RSP_OK);
  while (!inside) std::this_thread::yield();
  EXPECT_EQ(rsp_runtime_stop(1), RSP_ETIMEDOUT);
  EXPECT_FALSE(rsp_runtime_is_running());
  EXPECT_EQ(rsp_runtime_start(nullptr), RSP_EALREADY);
  may_return = true;
  EXPECT_EQ(rsp_runtime_stop(1), RSP_OK);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
}

TEST(Stop, drops_what_is_sent_afterwards) {
  rsp_pid pid = NO_PID;
  {
    const Runtime runtime(2);
    pid = spawn_idle(nullptr);
  }
  EXPECT_EQ(rsp_send(nullptr, pid, NIL), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(nullptr, pid, word("kill")), RSP_OK);
  const Runtime runtime(2);
  EXPECT_EQ(rsp_send(nullptr, pid, NIL), RSP_OK);
}

// S-PROC-5
TEST(Stop, leaves_pids_of_the_run_before_stale_for_ever) {
  std::vector<rsp_pid> old;
  {
    const Runtime runtime(2);
    for (int i = 0; i < 100; ++i) old.push_back(spawn_idle(nullptr));
  }
  const Runtime runtime(2);
  const Attached me;
  for (int i = 0; i < 5000; ++i) {
    const rsp_pid fresh = spawn(me, [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; });
    for (const rsp_pid& pid : old) EXPECT_FALSE(pid == fresh);
    ASSERT_EQ(rsp_send(me, fresh, NIL), RSP_OK);
  }
  for (const rsp_pid& pid : old) {
    bool alive = true;
    EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
    EXPECT_FALSE(alive);
  }
}

/** Whether there are so many threads. One that was joined stands in the list until the kernel has taken it
 * out. */
bool comes_to_threads(size_t expected) {
  for (int i = 0; i < 10'000 && entries_of("/proc/self/task") != expected; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return entries_of("/proc/self/task") == expected;
}

TEST(Stop, of_a_runtime_without_processes_leaves_no_threads_and_no_descriptors) {
  {
    const Runtime first(1);
  }  // with the first thread of a program its sanitizer may start one of its own, which stays
  const size_t threads = entries_of("/proc/self/task");
  const size_t descriptors = entries_of("/proc/self/fd");
  for (int i = 0; i < 100; ++i) {
    const Runtime runtime(4);
    EXPECT_TRUE(comes_to_threads(threads + 5));
  }
  EXPECT_TRUE(comes_to_threads(threads));
  EXPECT_EQ(entries_of("/proc/self/fd"), descriptors);
}

// Idle means idle: there is no tick.
TEST(Runtime, does_not_wake_when_there_is_nothing_to_do) {
  const Runtime runtime(2);
  const Attached me;
  for (int i = 0; i < 10; ++i) spawn_idle(me);
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after(me, &timer, 3'600'000, me.pid(), NIL),
            RSP_OK);  // a far deadline is no reason to wake
  (void)me.receive_within(50);
  const uint64_t before = stats().worker_wake_ups;
  (void)me.receive_within(200);
  EXPECT_LE(stats().worker_wake_ups - before, 1u);  // the one that may have been on its way to sleep
}

// ---- The root ----

TEST(Root, shows_as_the_sender_of_foreign_threads_and_cannot_be_ended) {
  const Runtime runtime(2);
  const Attached me;
  std::thread([to = me.pid()] { EXPECT_EQ(rsp_send(nullptr, to, word("hello")), RSP_OK); }).join();
  const Message message = me.receive();
  const rsp_pid root = rsp_msg_from(message.get());
  EXPECT_NE(root.id, 0u);
  EXPECT_FALSE(root == me.pid());
  EXPECT_EQ(rsp_exit_signal(nullptr, root, word("kill")), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(me, root, word("kill")), RSP_OK);
  EXPECT_EQ(rsp_send(me, root, word("dropped")), RSP_OK);
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, root, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
}

TEST(Root, does_not_show_in_what_it_started) {
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid pid = spawn_idle(nullptr);
  rsp_term info = NIL;
  ASSERT_EQ(rsp_process_info(me, &info, pid, RSP_INFINITE), RSP_OK);
  for (const char* key : {"monitors", "monitored_by", "links"}) {
    rsp_term value = NIL;
    ASSERT_EQ(rsp_term_map_get(&value, info, word(key)), RSP_OK);
    EXPECT_EQ(show(value), "[]") << key;
  }
  rsp_term_free(info);
}

// ---- A second copy of the library ----

class TwoCopies : public testing::Test {
 protected:
  void SetUp() override {
    Dl_info ours = {};
    ASSERT_NE(dladdr(reinterpret_cast<void*>(&rsp_runtime_start), &ours), 0);
    path_ = testing::TempDir() + "resprout-copy-" + std::to_string(getpid()) + ".so";
    std::ofstream(path_, std::ios::binary) << std::ifstream(ours.dli_fname, std::ios::binary).rdbuf();
    copy_ = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(copy_, nullptr) << dlerror();
    start_ = reinterpret_cast<decltype(&rsp_runtime_start)>(dlsym(copy_, "rsp_runtime_start"));
    stop_ = reinterpret_cast<decltype(&rsp_runtime_stop)>(dlsym(copy_, "rsp_runtime_stop"));
    ASSERT_NE(start_, nullptr);
    ASSERT_NE(start_, &rsp_runtime_start);
  }
  void TearDown() override {
    dlclose(copy_);
    std::remove(path_.c_str());
  }

  std::string path_;
  void* copy_ = nullptr;
  decltype(&rsp_runtime_start) start_ = nullptr;
  decltype(&rsp_runtime_stop) stop_ = nullptr;
};

TEST_F(TwoCopies, do_not_run_at_the_same_time) {
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  EXPECT_EQ(start_(nullptr), RSP_ETWOCOPIES);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
  ASSERT_EQ(start_(nullptr), RSP_OK);
  EXPECT_EQ(rsp_runtime_start(nullptr), RSP_ETWOCOPIES);
  EXPECT_FALSE(rsp_runtime_is_running());
  ASSERT_EQ(stop_(0), RSP_OK);
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
