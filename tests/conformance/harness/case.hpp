// One conformance case, run in every way there is:
//
//   RSP_CASE(26, "exit(P, foo) ends P with foo") {
//     const Spawned p = t.spawn_monitor(idle());
//     t.exit_signal(p.pid, "foo");
//     t.expect_down(p.monitor, p.pid, "foo");
//   }
//
// The number is that of cases.md; a case in several parts has several bodies of one number. The body runs in
// T, an attached thread, with a runtime that was started for it; after it the runtime is stopped, which may
// not take until its deadline, and nothing may be left: no process, no block of memory.
//
// Natively each body is a test for each number of workers. In the simulation it is one test of many seeded
// runs, each in an OS process of its own, so that a seed always gives the same run; the seed also chooses 1
// to 3 workers.
//
// Environment
//   RESPROUT_TEST_WORKERS=1,2,8   native: the numbers of workers; 1,2 without
//   RESPROUT_SEED=n               simulation: only that seed
//   RESPROUT_SEEDS=n              simulation: n times as many; without, 20 of each body
//   and what tests/support/forked_runs.hpp knows
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "resprout/report.h"
#include "tests/conformance/harness/puppet.hpp"
#include "tests/conformance/harness/test.hpp"
#include "tests/conformance/harness/thread.hpp"

namespace conformance {

using Body = void (*)(Test& t);

struct Case {
  int number;
  const char* title;
  Body body;
  const char* file;
  int line;
};

/// Registers the tests of a case: by static initialisation, through RSP_CASE.
struct Registration {
  explicit Registration(const Case& a_case);
};

/// How often a body repeats what has to hold each time: all of it natively, a few of it in each simulated
/// run.
uint32_t times(uint32_t native);

/// What the runtime has reported since the case began. Whoever waits for a process to end has its reports.
struct Report {
  rsp_report_level level;
  Value map;
};
std::vector<Report> reports();

/// The figures of the runtime.
rsp_runtime_stats stats();

/// For what processes refer to: freed when the runtime has stopped.
void keep_until_stop(std::shared_ptr<void> object);

/// Looks at what the stop of the runtime came to: runs after it, before what is left is counted.
void after_stop(std::function<void()> check);

/// Starts a runtime, runs the body in an attached thread, stops it, and looks for what is left. Reports
/// failures to gtest.
void run_case(const Case& a_case, uint32_t workers);

}  // namespace conformance

#define RSP_CASE_JOIN_(a, b) a##b
#define RSP_CASE_NAME_(prefix, line) RSP_CASE_JOIN_(prefix, line)
#define RSP_CASE(number, title)                                                                      \
  static void RSP_CASE_NAME_(case_body_, __LINE__)(::conformance::Test&);                            \
  static const ::conformance::Registration RSP_CASE_NAME_(case_registration_, __LINE__)(             \
      ::conformance::Case{number, title, RSP_CASE_NAME_(case_body_, __LINE__), __FILE__, __LINE__}); \
  static void RSP_CASE_NAME_(case_body_, __LINE__)([[maybe_unused]] ::conformance::Test & t)
