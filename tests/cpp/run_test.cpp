// resprout/run.hpp: programs from their start to their end.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

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

}  // namespace
