#include "tests/conformance/harness/case.hpp"

#include <exception>
#include <mutex>

#include "core/base/sanitizers.hpp"
#include "core/env/build.hpp"
#include "core/env/clock.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/node.hpp"
#include "tests/support/account.hpp"

namespace conformance {
namespace {

void run_body(const Case& a_case) {
  try {
    Test t;
    try {
      a_case.body(t);
    } catch (const Exiting&) {
      ADD_FAILURE_AT(a_case.file, a_case.line) << "T itself has ended";
    }
  } catch (const CaseFailed&) {
    // It has been reported.
  } catch (const std::exception& exception) {
    ADD_FAILURE_AT(a_case.file, a_case.line) << "an exception left the case: " << exception.what();
  }
}

constexpr uint64_t STOP_MS = 10'000;
constexpr uint64_t NS_IN_MS = 1'000'000;

// Written by workers. No choice point lies inside the lock, so it is free whenever a simulated thread wants
// it: a report is copied and dropped outside, since counting the references of a term is one.
struct Collected {
  std::mutex lock;
  std::vector<std::shared_ptr<const Report>> reports;
  std::vector<std::shared_ptr<void>> kept;
  std::vector<std::function<void()>> after_stop;
};

Collected& collected() {
  static Collected all;
  return all;
}

void collect(void*, rsp_report_level level, rsp_term report) {
  auto kept = std::make_shared<const Report>(Report{level, Value::copy_of(report)});
  const std::lock_guard guard(collected().lock);
  collected().reports.push_back(std::move(kept));
}

}  // namespace

uint32_t times(uint32_t native) {
#if !defined(RSP_ENV_NATIVE)
  constexpr uint32_t MOST = 20;
#elif RSP_TSAN || RSP_ASAN
  constexpr uint32_t MOST = 100'000;  // each step takes ten times as long
#else
  constexpr uint32_t MOST = UINT32_MAX;
#endif
  return native < MOST ? native : MOST;
}

std::vector<Report> reports() {
  std::vector<std::shared_ptr<const Report>> so_far;
  {
    const std::lock_guard guard(collected().lock);
    so_far = collected().reports;
  }
  std::vector<Report> copies;
  copies.reserve(so_far.size());
  for (const std::shared_ptr<const Report>& report : so_far) copies.push_back(*report);
  return copies;
}

rsp_runtime_stats stats() {
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_OK);
  return read;
}

void keep_until_stop(std::shared_ptr<void> object) {
  const std::lock_guard guard(collected().lock);
  collected().kept.push_back(std::move(object));
}

void after_stop(std::function<void()> check) {
  const std::lock_guard guard(collected().lock);
  collected().after_stop.push_back(std::move(check));
}

void run_case(const Case& a_case, uint32_t workers) {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  rsp_set_report_sink(collect, nullptr);
  ASSERT_EQ(rsp_set_report_contents(RSP_REPORT_MESSAGES | RSP_REPORT_STATES), RSP_OK);
  rsp_runtime_opts opts = RSP_RUNTIME_OPTS_INIT;
  opts.workers = workers;
  ASSERT_EQ(rsp_runtime_start(&opts), RSP_OK);
  run_body(a_case);
  const uint64_t before_ns = rsp::env::now_ns();
  EXPECT_EQ(rsp_runtime_stop(STOP_MS), RSP_OK);
  EXPECT_LT(rsp::env::now_ns() - before_ns, STOP_MS * NS_IN_MS) << "the stop waited for its deadline";
  for (const std::function<void()>& check : collected().after_stop) check();
  collected().after_stop.clear();
  rsp_set_report_sink(nullptr, nullptr);
  EXPECT_EQ(rsp_set_report_contents(RSP_REPORT_NO_CONTENTS), RSP_OK);
  collected().reports.clear();
  collected().kept.clear();
  EXPECT_EQ(rsp::live_processes(), 0u);
  rsp::test::expect_all_given_back(blocks_before);
}

}  // namespace conformance
