// The stop of a runtime for which there is no memory: it gives up in time, and the next one ends it.
#include <gtest/gtest.h>

#include "core/mem/alloc.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

constexpr uint64_t MOST = 100;  // allocations of a stop

using namespace capi_test;

/// The n-th allocation of the stop fails, and all behind it. False: there is none.
bool stop_with_memory_for(uint64_t allocations) {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 2;
  EXPECT_EQ(rsp_runtime_start(&options), RSP_OK);
  for (int i = 0; i < 2; ++i) spawn_idle(nullptr);
  rsp::mem_fail_from(allocations + 1);
  const rsp_result result = rsp_runtime_stop(100);
  const bool is_short = rsp::mem_fail_never() != 0;
  if (result != RSP_OK) {
    EXPECT_EQ(result, RSP_ETIMEDOUT);
    EXPECT_TRUE(is_short);
    EXPECT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK);
  }
  rsp::test::expect_all_given_back(blocks_before);
  return is_short;
}

// S-STOP-3
TEST(StopMemory, a_stop_without_memory_gives_up_and_the_next_one_ends_all) {
  rsp::test::run_in_forks({"stop", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__}, [] {
    uint64_t allocations = 0;
    while (allocations < MOST && stop_with_memory_for(allocations)) ++allocations;
    EXPECT_GE(allocations, 5u);  // a monitor, a signal, a deadline; signals
    EXPECT_LT(allocations, MOST);
  });
}

}  // namespace
