// How cases become tests of gtest: names, numbers of workers, seeds.

#include "tests/conformance/harness/runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/env/build.hpp"
#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

// "case_26_exit_P_foo_ends_P_with_foo": the names that ctest and --gtest_filter know hold letters, digits and
// _ only.
std::string test_name(const Case& a_case) {
  std::string name = "case_" + std::to_string(a_case.number) + "_";
  for (const char* c = a_case.title; *c != '\0'; ++c) {
    const bool plain = std::isalnum(static_cast<unsigned char>(*c)) != 0;
    if (plain) {
      name += *c;
    } else if (name.back() != '_') {
      name += '_';
    }
  }
  while (name.back() == '_') name.pop_back();
  return name;
}

class CaseTest final : public testing::Test {
 public:
  CaseTest(const Case& a_case, uint32_t workers) : case_(a_case), workers_(workers) {}
  void TestBody() override { run_as_test(case_, workers_); }

 private:
  Case case_;
  uint32_t workers_;
};

void register_test(const std::string& suite, const Case& a_case, uint32_t workers) {
  testing::RegisterTest(suite.c_str(), test_name(a_case).c_str(), nullptr, nullptr, a_case.file, a_case.line,
                        [a_case, workers]() -> testing::Test* { return new CaseTest(a_case, workers); });
}

// Says at the end how it went, in the words that tests/run counts.
class Closing final : public testing::Environment {
 public:
  void TearDown() override {
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    printf("%d passed, %d failed\n", all.successful_test_count(), all.failed_test_count());
  }
};

[[maybe_unused]] testing::Environment* const g_closing = testing::AddGlobalTestEnvironment(new Closing);

}  // namespace

Registration::Registration(const Case& a_case) {
  for (const uint32_t workers : worker_counts()) {
    const std::string suite = workers == ANY_WORKERS ? "seeds" : "workers_" + std::to_string(workers);
    register_test(suite, a_case, workers);
  }
}

}  // namespace conformance
