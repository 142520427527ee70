// What costs nothing: a runtime where nothing happens, and a process that waits.
#include <atomic>
#include <cstdio>
#include <thread>

#include "core/base/sanitizers.hpp"
#include "core/env/thread.hpp"
#include "core/proc/process.hpp"
#include "tests/stress/stress.hpp"
#include "tests/support/held_by_program.hpp"

using namespace capi_test;
using namespace stress;

namespace {

uint64_t wake_ups() {
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_OK);
  return read.worker_wake_ups;
}

class Idle : public testing::TestWithParam<uint32_t> {
 protected:
  const Runtime runtime_{GetParam()};
};

/** That the workers fall silent. What was on its way to sleep may still wake in the first quarters of a second, however
 * slow the machine; a tick of whatever period up to a quarter of a second would be in every one of them. */
void expect_silence(const Attached& me) {
  constexpr int QUARTERS = 40;
  for (int quarter = 0; quarter < QUARTERS; ++quarter) {
    const uint64_t before = wake_ups();
    ASSERT_EQ(me.receive_within(250), nullptr);  // this thread's own wait needs no worker
    if (wake_ups() == before) return;
  }
  FAIL() << "a worker has woken in each of " << QUARTERS << " quarters of a second";
}

TEST_P(Idle, workers_do_not_wake) {
  const Attached me;
  for (int i = 0; i < 1000; ++i) spawn_idle(me);
  expect_silence(me);
}

TEST_P(Idle, workers_do_not_wake_for_timers_that_are_due_far_away) {
  const Attached me;
  const rsp_pid asker = me.pid();
  const rsp_pid other = spawn(me, [asker](rsp_self* self, rsp_msg*) {
    for (uint64_t i = 0; i < 1000; ++i) {
      rsp_ref timer = {};
      EXPECT_EQ(rsp_start_timer(self, &timer, 3'600'000 + i, rsp_self_pid(self), NIL), RSP_OK);
    }
    EXPECT_EQ(rsp_send(self, asker, NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, other, NIL), RSP_OK);
  ASSERT_NE(me.receive(), nullptr);
  for (uint64_t i = 0; i < 1000; ++i) {
    rsp_ref timer = {};
    ASSERT_EQ(rsp_send_after(me, &timer, 3'600'000 + i, me.pid(), NIL), RSP_OK);
  }
  expect_silence(me);
}

TEST_P(Idle, workers_do_not_wake_after_cancelled_and_fired_timers) {
  const Attached me;
  for (uint64_t i = 0; i < 1000; ++i) {
    rsp_ref timer = {};
    ASSERT_EQ(rsp_send_after(me, &timer, i % 20, me.pid(), word("fired")), RSP_OK);
    if (i % 2 == 0) {
      bool active = false;  // not if it was faster
      ASSERT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
    }
  }
  while (me.receive_within(100) != nullptr) {
  }
  expect_silence(me);
}

TEST_P(Idle, workers_do_not_wake_after_a_burst_of_work) {
  const Attached me;
  std::vector<rsp_pid> all;
  for (int i = 0; i < 200; ++i) all.push_back(spawn_echo(me));
  for (int round = 0; round < scale(50); ++round) {
    for (const rsp_pid& pid : all) ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    for (size_t i = 0; i < all.size(); ++i) ASSERT_NE(me.receive(), nullptr);
  }
  expect_silence(me);
}

INSTANTIATE_TEST_SUITE_P(Workers, Idle, testing::Values(1u, 2u, 8u));

// ---- Memory ----

// cgroup quota and affinity: core/env/thread.hpp.
TEST(Workers, are_as_many_as_threads_may_run_at_once_where_nobody_asks) {
  ASSERT_EQ(rsp_runtime_start(nullptr), RSP_OK);
  EXPECT_EQ(stats().workers, rsp::env::cpu_count());
  ASSERT_EQ(rsp_runtime_stop(0), RSP_OK);
}

class IdleMemory : public StressTest {};

// A handler without relations is its control block, which stands in a page of the table, and one small block: what to
// call, with what state.
static_assert(sizeof(rsp::Process) == 256);

TEST_F(IdleMemory, of_a_handler_is_its_control_block_and_one_more) {
  if (!rsp::mem_is_accounting()) GTEST_SKIP() << "this build does not count blocks";
  constexpr int PROCESSES = 10'000;
  const Attached me;
  const auto handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  const uint64_t before = rsp::mem_live_blocks();
  std::vector<rsp_pid> all(PROCESSES);
  for (rsp_pid& pid : all)
    ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, handler, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(rsp::mem_live_blocks(), before + PROCESSES);
  // One that has handled a message and waits has kept nothing of it.
  for (const rsp_pid& pid : all) ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  for (const rsp_pid& pid : all) {
    bool alive = false;
    ASSERT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
    ASSERT_TRUE(alive);
  }
  EXPECT_EQ(rsp::mem_live_blocks(), before + PROCESSES);
}

// S-SRV-31
TEST_F(IdleMemory, of_a_server_that_hibernates_is_what_it_was_before_it_used_its_region) {
  if (!rsp::mem_is_accounting()) GTEST_SKIP() << "this build does not count blocks";
  constexpr int SERVERS = 100;
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "sleeper";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  // Uses memory for as long as the callback lasts; hibernates then if it is told to.
  ops.handle_cast = [](rsp_self* self, void*, rsp_msg* message, rsp_server_return* answer) {
    void* piece = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &piece, 100), RSP_OK);
    EXPECT_EQ(rsp_region_free(self, piece, 100), RSP_OK);
    bool hibernates = false;
    EXPECT_EQ(rsp_term_get_bool(&hibernates, rsp_msg_term(message)), RSP_OK);
    if (hibernates) answer->wait = RSP_SERVER_WAIT_HIBERNATE;
    return RSP_NEXT_CONTINUE;
  };
  ops.format_status = [](rsp_self* self, void*) {
    void* piece = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &piece, 100), RSP_OK);
    EXPECT_EQ(rsp_region_free(self, piece, 100), RSP_OK);
    return NIL;
  };
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  const Attached me;
  std::vector<rsp_pid> all(SERVERS);
  for (rsp_pid& pid : all) ASSERT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  const auto blocks_after = [&](bool hibernates) {
    for (const rsp_pid& pid : all) {
      EXPECT_EQ(rsp_cast(me, pid, rsp_term_bool(hibernates)), RSP_OK);
      bool alive = false;
      EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
      EXPECT_TRUE(alive);
    }
    return rsp::mem_live_blocks();
  };
  // An answer to the question may come before the cast is handled: not the one after it.
  const auto settled = [&](bool hibernates) {
    (void)blocks_after(hibernates);
    return blocks_after(hibernates);
  };
  (void)settled(false);  // caches fill
  const uint64_t before = settled(true);
  constexpr uint64_t OF_OTHERS = SERVERS / 10;  // what caches of the runtime take and give meanwhile
  EXPECT_NEAR(settled(false), before + uint64_t{2} * SERVERS, OF_OTHERS) << "the region, and its chunk";
  EXPECT_NEAR(settled(true), before, OF_OTHERS);
  for (const rsp_pid& pid : all) {  // S-SYS-6
    rsp_term state = NIL;
    EXPECT_EQ(rsp_sys_get_state(me, &state, nullptr, pid, RSP_INFINITE), RSP_OK);
  }
  EXPECT_NEAR(rsp::mem_live_blocks(), before, OF_OTHERS) << "who is asked hibernates on";
  for (const rsp_pid& pid : all) EXPECT_EQ(me.exit(pid, "kill"), "killed");
}

// What 10,000 servers of one kind add under a dynamic supervisor, each with args of its own: the control block, the server,
// the supervisor's record of it, and the two halves of the link. So that a million fits into a gigabyte.
TEST_F(IdleMemory, of_a_supervised_server_is_under_1000_bytes) {
  if (!rsp::mem_is_accounting()) GTEST_SKIP() << "this build does not count blocks";
  constexpr int CHILDREN = 10'000;
  constexpr uint64_t BLOCKS_OF_EACH = 4;  // beside the control block
  constexpr uint64_t MOST_BYTES = 1000;
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "waiter";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  rsp_supervisor_opts options = RSP_SUPERVISOR_OPTS_INIT;
  options.strategy = RSP_DYNAMIC;
  const Attached me;
  rsp_pid supervisor = {};
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, &options, nullptr), RSP_OK);
  const auto start_child = [&](int number) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.id = rsp_term_int(1);
    child.start.ops = &ops;
    child.start.args = rsp_term_int(number);
    rsp_pid pid = {};
    ASSERT_EQ(rsp_supervisor_start_child(me, &pid, nullptr, supervisor, &child, RSP_INFINITE), RSP_OK);
  };
  const auto bytes = [] {
    const rsp::AccountFigures figures = rsp::account_figures();
    return figures.bytes_taken - figures.bytes_given;
  };
  start_child(0);  // what there is once
  const uint64_t blocks_before = rsp::mem_live_blocks();
  const uint64_t bytes_before = bytes();
  for (int i = 1; i <= CHILDREN; ++i) start_child(i);
  constexpr uint64_t OF_OTHERS = 100;  // blocks under way between threads, and of tables that grow
  EXPECT_LT(rsp::mem_live_blocks() - blocks_before, BLOCKS_OF_EACH * CHILDREN + OF_OTHERS);
  const uint64_t each = (bytes() - bytes_before) / CHILDREN + sizeof(rsp::Process);
  printf("%llu bytes a child\n", static_cast<unsigned long long>(each));
  EXPECT_LT(each, MOST_BYTES);
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
}

#if RSP_TSAN || RSP_ASAN
constexpr bool IS_AS_SHIPPED = false;  // each block has a shadow
#else
constexpr bool IS_AS_SHIPPED = true;
#endif

// What the system gives for 100,000 of them. The control block and the other one are 288 bytes. 64 more are for what
// does not grow with them: envelopes that threads and their pool keep (2.5 MB at most), and pages that the allocator has
// begun. So a cache line more in each process shows, and an envelope that each keeps does twice.
TEST_F(IdleMemory, of_a_handler_is_under_352_bytes_of_the_system) {
  if (!IS_AS_SHIPPED || rsp::mem_is_accounting()) GTEST_SKIP() << "this build is not what ships";
  constexpr size_t PROCESSES = 100'000;
  constexpr size_t AT_ONCE = 500;  // messages under way: their envelopes are none of the processes'
  constexpr int64_t MOST_BYTES = sizeof(rsp::Process) + 4 * sizeof(void*) + 64;
  static_assert(MOST_BYTES == 352);
  const Attached me;
  const auto handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  std::vector<rsp_pid> all(PROCESSES, me.pid());  // its pages are there before
  const int64_t before = rsp::test::resident_bytes();
  for (size_t first = 0; first < PROCESSES; first += AT_ONCE) {
    for (size_t i = first; i < first + AT_ONCE; ++i) {
      ASSERT_EQ(rsp_spawn(me, &all[i], nullptr, nullptr, handler, nullptr, nullptr), RSP_OK);
      ASSERT_EQ(rsp_send(me, all[i], NIL), RSP_OK);
    }
    for (size_t i = first; i < first + AT_ONCE; ++i) {
      bool alive = false;
      ASSERT_EQ(rsp_is_alive(me, &alive, all[i], RSP_INFINITE), RSP_OK);
      ASSERT_TRUE(alive);  // and has handled what came before
    }
  }
  const int64_t each = (rsp::test::resident_bytes() - before) / static_cast<int64_t>(PROCESSES);
  printf("%lld bytes a process\n", static_cast<long long>(each));
  EXPECT_LT(each, MOST_BYTES);
}

/** What a million children come to, and what is said of them. */
struct Crowd {
  std::atomic<int> started{0};
  std::atomic<int> told{0};
  std::atomic<int> freed{0};
  std::atomic<int> errors{0};
};

// The supervisor's tables and lists have grown with them; each child traps exits, is told `shutdown` and ends with it.
TEST_F(IdleMemory, of_a_million_supervised_servers_is_under_a_gigabyte_and_all_end_in_order) {
  if (!IS_AS_SHIPPED || rsp::mem_is_accounting()) GTEST_SKIP() << "this build is not what ships";
  constexpr int CHILDREN = 1'000'000;
  constexpr int64_t MOST_BYTES = 1'000'000'000;
  Crowd crowd;
  // Of a turn that a busy machine takes away from a worker there is a warning.
  const auto count = [](void* all, rsp_report_level level, rsp_term) {
    static_cast<Crowd*>(all)->errors += level == RSP_REPORT_ERROR;
  };
  rsp_set_report_sink(count, &crowd);
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "waiter";
  ops.init = [](rsp_self* self, void* all, rsp_term, rsp_server_return* ret) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    ++static_cast<Crowd*>(all)->started;
    ret->state = all;
    return RSP_NEXT_CONTINUE;
  };
  ops.terminate = [](rsp_self*, void* all, rsp_term reason) {
    if (show(reason) == "shutdown") ++static_cast<Crowd*>(all)->told;
    return RSP_NEXT_CONTINUE;
  };
  ops.free_state = [](void* all) { ++static_cast<Crowd*>(all)->freed; };
  rsp_supervisor_opts options = RSP_SUPERVISOR_OPTS_INIT;
  options.strategy = RSP_DYNAMIC;
  const Attached me;
  rsp_pid supervisor = {};
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, &options, nullptr), RSP_OK);
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = rsp_term_int(1);
  child.start.ops = &ops;
  child.start.ctx = &crowd;
  child.shutdown = RSP_SHUTDOWN_INFINITY;  // however slow the machine
  const int64_t before = rsp::test::resident_bytes();
  for (int i = 0; i < CHILDREN; ++i) {
    rsp_pid pid = {};
    ASSERT_EQ(rsp_supervisor_start_child(me, &pid, nullptr, supervisor, &child, RSP_INFINITE), RSP_OK);
  }
  const int64_t grown = rsp::test::resident_bytes() - before;
  printf("%lld bytes a child\n", static_cast<long long>(grown / CHILDREN));
  EXPECT_LT(grown, MOST_BYTES);
  EXPECT_EQ(crowd.started, CHILDREN);
  EXPECT_EQ(stats().processes, uint64_t{CHILDREN} + 3);  // and this thread's, the root, the supervisor
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(crowd.told, CHILDREN);
  EXPECT_EQ(crowd.freed, CHILDREN);
  EXPECT_EQ(crowd.errors, 0);
  rsp_set_report_sink(nullptr, nullptr);
}

}  // namespace
