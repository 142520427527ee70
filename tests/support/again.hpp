// How the test that is running is run again.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace rsp::test {

/// This program, and the filter that leaves the current test alone: the end of a command line.
inline std::string command_of_this_test() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return (length < 0 ? "the test program" : std::string(path, static_cast<size_t>(length))) +
         " --gtest_filter=" + test.test_suite_name() + "." + test.name();
}

}  // namespace rsp::test
