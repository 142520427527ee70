// A runtime in which nothing happens does nothing: no worker wakes up, and the watchdog does not, in an hour of virtual time.
#include <gtest/gtest.h>

#include "tests/capi/support.hpp"
#include "tests/capi/sys.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 100;
constexpr uint64_t SECOND_MS = 1000;
constexpr uint64_t HOUR_MS = 3600 * SECOND_MS;

void be_idle() {
  const Runtime runtime(3);
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  for (int i = 0; i < 20; ++i) (void)spawn_idle(me);
  EXPECT_EQ(call(me, server, "request"), "ok");
  EXPECT_EQ(me.receive_within(SECOND_MS), nullptr);  // who has done that goes to sleep
  const rsp_runtime_stats before = stats();
  EXPECT_EQ(me.receive_within(HOUR_MS), nullptr);
  const rsp_runtime_stats after = stats();
  EXPECT_EQ(after.worker_wake_ups, before.worker_wake_ups);
  EXPECT_EQ(after.watchdog_wake_ups, before.watchdog_wake_ups);
  EXPECT_EQ(call(me, server, "request"), "ok");
  EXPECT_GT(stats().worker_wake_ups, after.worker_wake_ups);  // and they are counted
}

TEST(IdleSimulated, nobody_wakes_up_in_an_hour) {
  rsp::test::run_in_forks({"idle-hour", 1, RUNS, __FILE__, __LINE__}, &be_idle);
}

}  // namespace
