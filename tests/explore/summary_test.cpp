// All explorations together, from the file that their tests wrote (RESPROUT_EXPLORED): how many interleavings
// were run, and whether each bug that is planted anywhere in the program was found.
//
// The demand is made only when every test of the program was run.
//
// RESPROUT_EXPLORED_SUMMARY=file   adds the test summary.of_all_explorations, which also writes file.summary
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "core/env/controlled/planted_bug.hpp"
#include "tests/explore/bound.hpp"

namespace rsp::test {
namespace {

constexpr const char* EXPLORED = "RESPROUT_EXPLORED";
constexpr const char* SUMMARY = "RESPROUT_EXPLORED_SUMMARY";
constexpr const char* SUITE = "summary";
// Planted for the simulation, whose runs end with an account (tests/sim/replay_test.cpp).
const std::set<std::string> FOUND_ELSEWHERE = {"envelope memory: one in so many is lost"};

/// Notes each test that was run, whether it explored something or not.
class Attendance final : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    note("ran", {}, std::string(test.test_suite_name()) + "." + test.name());
  }
};

size_t tests_of_the_program() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  size_t count = 0;
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    if (std::string(suite.name()) != SUITE) count += static_cast<size_t>(suite.total_test_count());
  }
  return count;
}

class Summary final : public testing::Test {
 public:
  void TestBody() override {
    const std::string path = getenv(SUMMARY);
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    std::map<std::string, uint64_t> explored;
    std::map<std::string, uint64_t> found;
    std::set<std::string> ran;
    uint64_t interleavings = 0;
    uint64_t steps = 0;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string kind;
      uint64_t runs = 0;
      uint64_t steps_of_all = 0;
      std::string name;
      ASSERT_TRUE(words >> kind >> runs >> steps_of_all && std::getline(words >> std::ws, name)) << line;
      if (kind == "ran") {
        ran.insert(name);
      } else if (kind == "explored") {
        explored[name] += runs;
        interleavings += runs;
        steps += steps_of_all;
      } else {
        found.emplace(name, runs);
      }
    }
    std::ostringstream text;
    text << "explored: " << interleavings << " interleavings, " << steps << " steps, " << found.size()
         << " planted bugs found\n";
    for (const auto& [name, runs] : explored) text << std::setw(12) << runs << "  " << name << '\n';
    text << "planted bugs, each found in its n-th interleaving:\n";
    for (const auto& [name, runs] : found) text << std::setw(12) << runs << "  " << name << '\n';
    printf("%s", text.str().c_str());
    std::ofstream(path + ".summary") << text.str();
    if (ran.size() < tests_of_the_program()) return;
    for (const auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
      if (FOUND_ELSEWHERE.count(bug->name()) == 1) continue;
      EXPECT_TRUE(found.count(bug->name()) == 1) << "no exploration has found \"" << bug->name() << "\"";
    }
  }
};

[[maybe_unused]] const bool g_summary = [] {
  if (getenv(EXPLORED) != nullptr) testing::UnitTest::GetInstance()->listeners().Append(new Attendance);
  if (getenv(SUMMARY) == nullptr) return false;
  testing::RegisterTest(SUITE, "of_all_explorations", nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new Summary; });
  return true;
}();

}  // namespace
}  // namespace rsp::test
