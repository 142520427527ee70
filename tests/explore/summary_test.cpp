// All explorations together, from the file that their tests wrote (RESPROUT_EXPLORED): how many interleavings
// were run, how deep, whether that were all, and how many random walks; and whether each bug that is planted anywhere in the
// program was found.
//
// The demand is made only when every test of the program was run.
//
// RESPROUT_EXPLORED_SUMMARY=file   adds the test summary.of_all_explorations, which also writes file.summary, or with
//                                  RESPROUT_DEEP file.deep.summary
#include <gtest/gtest.h>

#include <algorithm>
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

/// What the explorations of one test came to.
struct Explored {
  uint64_t interleavings = 0;
  uint64_t walks = 0;
  uint64_t steps = 0;
  uint32_t bound = UINT32_MAX;  // the smallest
  bool complete = true;

  void add(const Explored& more) {
    interleavings += more.interleavings;
    walks += more.walks;
    steps += more.steps;
    bound = std::min(bound, more.bound);
    complete &= more.complete;
  }
};

class Summary final : public testing::Test {
 public:
  void TestBody() override {
    const std::string path = getenv(SUMMARY);
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    for (std::string line; std::getline(file, line);) ASSERT_TRUE(add(line)) << line;
    const std::string text = describe();
    printf("%s", text.c_str());
    std::ofstream(path + (deep_interleavings() != 0 ? ".deep.summary" : ".summary")) << text;
    if (ran_.size() < tests_of_the_program()) return;
    for (const auto* bug = env::control::first_planted_bug(); bug != nullptr; bug = bug->next()) {
      if (FOUND_ELSEWHERE.count(bug->name()) == 1) continue;
      EXPECT_TRUE(found_.count(bug->name()) == 1) << "no exploration has found \"" << bug->name() << "\"";
    }
  }

 private:
  bool add(const std::string& line) {
    std::istringstream words(line);
    std::string kind;
    Explored runs;
    std::string name;
    words >> kind >> runs.interleavings >> runs.bound >> runs.complete >> runs.walks >> runs.steps >> std::ws;
    if (!std::getline(words, name)) return false;
    if (kind == "ran") {
      ran_.insert(name);
    } else if (kind == "explored") {
      explored_[name].add(runs);
    } else {
      found_.emplace(name, runs.interleavings + runs.walks);
    }
    return true;
  }

  [[nodiscard]] std::string describe() const {
    Explored sum;
    for (const auto& [name, runs] : explored_) sum.add(runs);
    std::ostringstream text;
    text << "explored: " << sum.interleavings << " interleavings and " << sum.walks << " random walks, "
         << sum.steps << " steps, " << found_.size() << " planted bugs found\n"
         << "interleavings   preemptions      walks\n";
    for (const auto& [name, runs] : explored_) {
      text << std::setw(13) << runs.interleavings << (runs.complete ? "  all of " : "  cut of ")
           << std::setw(2) << runs.bound << std::setw(13) << runs.walks << "  " << name << '\n';
    }
    text << "planted bugs, each found in its n-th run:\n";
    for (const auto& [name, runs] : found_) text << std::setw(13) << runs << "  " << name << '\n';
    return text.str();
  }

  std::map<std::string, Explored> explored_;
  std::map<std::string, uint64_t> found_;
  std::set<std::string> ran_;
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
