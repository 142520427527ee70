// What is not contained: a memory error ends the operating system's process, whoever made it.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

// Not a constant, so that no compiler sees through it.
int* volatile g_nowhere = nullptr;

// S-NAT-5
TEST(MemoryError, of_a_process_ends_the_operating_systems_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto write_nowhere = [] {
    const Runtime runtime(2);
    const Attached me;
    in_callback(me, [](rsp_self*) { *g_nowhere = 1; });
    _exit(0);
  };
  const auto failed = [](int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; };
  EXPECT_EXIT(write_nowhere(), failed, "");  // a sanitizer exits where the signal would end it
}

}  // namespace
