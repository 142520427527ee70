// resprout/run.hpp: programs from their start to their end.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <optional>
#include <thread>

#include "tests/cpp/support.hpp"
#include "tests/support/service_manager.hpp"

using namespace cpp_test;
using rsp::test::ServiceManager;

namespace {

/** Asks for the end as soon as it is up. */
struct job : gen_server<job> {
  init_result init(int status) {
    init_stop(status);
    return {};
  }
};

struct fails : gen_server<fails> {
  init_result init() { return init_result::stop("no disk"_atom); }
};

/** What a part tells the test's thread, which waits for it. */
struct events {
  std::promise<void> up;
  std::promise<void> told;
};

/** Is up until it is told to end; a stubborn one then stays. */
struct part : gen_server<part> {
  init_result init(events* tells, bool is_stubborn) {
    trap_exit(true);
    tells_ = tells;
    is_stubborn_ = is_stubborn;
    tells_->up.set_value();
    return {};
  }
  void terminate(const term&) {
    tells_->told.set_value();
    while (is_stubborn_) checkpoint();  // which a kill ends
  }
  events* tells_ = nullptr;
  bool is_stubborn_ = false;
};

supervisor over(events& told, bool is_stubborn = false) {
  return supervisor().child(server<part>(&told, is_stubborn).id("part").shutdown(timeout(infinite)));
}

/** A program, which another thread runs. */
std::future<int> begin(const supervisor& top, const run_options& options) {
  return std::async(std::launch::async, [=] { return run(top, options); });
}

/** The same, of which the top is up: one that is told to end before has no terminate to run. */
std::future<int> begin_and_be_up(const supervisor& top, run_options options = {}) {
  const ServiceManager manager;
  options.notify = true;
  std::future<int> program = begin(top, options);
  EXPECT_EQ(manager.next(), "READY=1");
  return program;
}

/** A shell has what it starts in the background ignore SIGINT, and a program goes on ignoring what is ignored. */
const bool IS_AS_IN_THE_FOREGROUND = std::signal(SIGINT, SIG_DFL) != SIG_ERR;

// S-RUN-1, S-RUN-4
TEST(Run, a_program_ends_with_the_status_that_a_process_asks_for) {
  EXPECT_EQ(run(supervisor().child<job>("job", 7)), 7);
  EXPECT_FALSE(rsp_runtime_is_running());
}

// S-RUN-2
TEST(Run, a_top_that_does_not_start_is_a_start_error) {
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);  // it is meant
  EXPECT_THROW((void)run(supervisor().child<fails>("fails")), start_error);
  run_options options;
  options.handle_signals = false;
  const auto ended = try_run(supervisor().child<fails>("fails"), options);
  ASSERT_TRUE(ended.is_err());
  EXPECT_NE(ended.error().text().find("no disk"), std::string::npos) << ended.error().text();
  EXPECT_FALSE(rsp_runtime_is_running());
  rsp_set_report_sink(nullptr, nullptr);
}

// S-RUN-3, S-RUN-5
TEST(Run, a_signal_ends_a_program_in_order) {
  for (const int number : {SIGTERM, SIGINT}) {
    events told;
    std::future<int> program = begin_and_be_up(over(told));
    EXPECT_EQ(kill(getpid(), number), 0);
    told.told.get_future().wait();
    EXPECT_EQ(program.get(), 0);
  }
}

// S-RUN-6
TEST(Run, a_second_signal_ends_a_program_at_once) {
  run_options options;
  options.stop_timeout = infinite;
  events told;
  std::future<int> program = begin_and_be_up(over(told, true), options);
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  told.told.get_future().wait();
  EXPECT_EQ(kill(getpid(), SIGINT), 0);
  EXPECT_EQ(program.get(), 128 + SIGINT);
}

// S-RUN-5
TEST(Run, a_program_that_handles_no_signals_leaves_them_alone) {
  static std::atomic<int> signals{0};
  ASSERT_NE(std::signal(SIGTERM, [](int) { ++signals; }), SIG_ERR);
  run_options options;
  options.handle_signals = false;
  events told;
  std::future<int> program = begin_and_be_up(over(told), options);
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  while (signals == 0) std::this_thread::yield();
  init_stop(3);
  EXPECT_EQ(program.get(), 3);
  ASSERT_NE(std::signal(SIGTERM, SIG_DFL), SIG_ERR);
}

// S-RUN-7
TEST(Run, a_service_manager_is_told_where_asked) {
  const ServiceManager manager("20000000");
  run_options options;
  for (const bool notify : {true, false}) {
    options.notify = notify;
    events told;
    std::future<int> program = begin(over(told), options);
    told.up.get_future().wait();
    if (notify) {
      std::vector<std::string> first{manager.next(), manager.next()};
      std::sort(first.begin(), first.end());
      EXPECT_EQ(first, (std::vector<std::string>{"READY=1", "WATCHDOG=1"}));
    }
    init_stop();
    EXPECT_EQ(program.get(), 0);
    EXPECT_EQ(manager.rest(), notify ? std::vector<std::string>{"STOPPING=1"} : std::vector<std::string>{});
  }
}

// S-RUN-1, S-RUN-3
TEST(Run, a_runtime_with_trees_runs_until_it_is_asked_to_end) {
  const ServiceManager manager;
  run_options options;
  options.notify = true;
  events first;
  events second;
  std::optional<runtime> rt(std::in_place);
  (void)over(first).start();
  (void)over(second).start();
  std::future<int> program = std::async(std::launch::async, [&] { return rt->run(options); });
  EXPECT_EQ(manager.next(), "READY=1");  // so it takes signals
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  EXPECT_EQ(program.get(), 0);
  first.told.get_future().wait();
  second.told.get_future().wait();
  EXPECT_FALSE(runtime::is_running());
  const auto again = rt->try_run();
  ASSERT_TRUE(again.is_err());
  EXPECT_EQ(again.error().code(), RSP_ESTOPPED);
  const runtime next;
  rt.reset();  // which has nothing to stop any more
  EXPECT_TRUE(runtime::is_running());
}

// S-RUN-4
TEST(Run, a_runtime_with_trees_ends_with_the_status_that_is_asked_for) {
  runtime rt;
  std::future<int> program = std::async(std::launch::async, [&] { return rt.run(); });
  while (try_init_stop(9).is_err()) std::this_thread::yield();  // until it is in run
  EXPECT_EQ(program.get(), 9);
}

}  // namespace
