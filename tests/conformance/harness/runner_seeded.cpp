// Simulated: each case in many runs, one a seed.
//
// The runtime keeps some state for the life of its OS process (atoms, slots of the process table, numbers),
// so a second run would not begin as the first did, and its seed alone would not bring it back. Each run is
// therefore made in a child that is forked from an OS process in which no runtime ever ran. That also keeps
// what a failed run leaves behind from the next.

#include "core/env/build.hpp"

#if !defined(RSP_ENV_NATIVE)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>
#include <string>
#include <unordered_set>

#include "core/env/random.hpp"
#include "tests/conformance/harness/runner.hpp"
#include "tests/support/sim.hpp"

namespace conformance {
namespace {

using rsp::test::SimOptions;
using rsp::test::SimReport;

constexpr const char* RUNS = "RESPROUT_RUNS";
constexpr const char* SUMMARY = "RESPROUT_RUNS_SUMMARY";
constexpr uint64_t RUNS_OF_ALL = 2000;
constexpr uint32_t MOST_WORKERS = 3;
constexpr uint64_t SEEDS_APART = 1'000'000;  // first seeds of two cases

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* const text = getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : strtoull(text, nullptr, 0);
}

unsigned long long as_printed(uint64_t number) {
  return number;
}

// What a child tells its parent, in memory that both have.
struct Told {
  uint64_t schedule;
  uint64_t steps;
  bool passed;
  char sometimes[16 * 1024];
};

Told* shared_memory() {
  void* const pages = mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  return static_cast<Told*>(pages);
}

void run_in_child(const Case& a_case, uint64_t seed, Told* told) {
  SimOptions options;
  options.seed = seed;
  const SimReport report = rsp::test::run_seed(
      options, [&] { run_case(a_case, static_cast<uint32_t>(1 + rsp::env::random_u64() % MOST_WORKERS)); });
  told->schedule = report.schedule_hash;
  told->steps = report.steps;
  told->passed = report.finished() && !testing::Test::HasFailure();
  if (!report.finished()) printf("%s", report.failure.c_str());
  snprintf(told->sometimes, sizeof told->sometimes, "%s", rsp::env::control::sometimes_report().c_str());
}

// How the child ended, empty if well.
std::string run_in_fork(const Case& a_case, uint64_t seed, Told* told) {
  *told = Told{};
  fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return "fork failed";
  if (child == 0) {
    run_in_child(a_case, seed, told);
    fflush(nullptr);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "waitpid failed";
  if (WIFSIGNALED(status)) return std::string("the run ended by signal ") + strsignal(WTERMSIG(status));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return "the run ended the OS process";
  return told->passed ? "" : "the run failed";
}

std::string program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length < 0 ? "test_conformance" : std::string(path, static_cast<size_t>(length));
}

std::string again(uint64_t seed) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return "again: RESPROUT_SEED=" + std::to_string(seed) + " " + program() +
         " --gtest_filter=" + test.test_suite_name() + "." + test.name();
}

// Lines "  12 wake during park" of one run, added up.
void add_counters(std::map<std::string, uint64_t>* sums, const char* lines) {
  std::istringstream text(lines);
  uint64_t hits;
  std::string name;
  while (text >> hits && std::getline(text >> std::ws, name)) (*sums)[name] += hits;
}

struct Runs {
  uint64_t count = 0;
  uint64_t steps = 0;
  std::unordered_set<uint64_t> schedules;
  std::map<std::string, uint64_t> sometimes;
};

void write_runs(const Case& a_case, const Runs& runs) {
  const char* const path = getenv(RUNS);
  if (path == nullptr || *path == '\0') return;
  std::ostringstream text;
  text << "runs " << a_case.number << ' ' << runs.count << ' ' << runs.schedules.size() << ' ' << runs.steps
       << '\n';
  for (const auto& [name, hits] : runs.sometimes) text << "sometimes " << hits << ' ' << name << '\n';
  // One write at the end of the file, so that tests that run side by side do not mix their lines.
  const int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
  ASSERT_GE(file, 0) << path;
  const std::string lines = text.str();
  EXPECT_EQ(write(file, lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  close(file);
}

void expect_variety(uint64_t runs, uint64_t schedules) {
  EXPECT_GE(schedules * 100, runs * 95) << "the seeds do not vary the order enough";
}

// All cases together, from the file that their tests wrote.
class Summary final : public testing::Test {
 public:
  void TestBody() override {
    std::ifstream file(getenv(SUMMARY));
    ASSERT_TRUE(file) << getenv(SUMMARY);
    uint64_t cases = 0;
    uint64_t runs = 0;
    uint64_t schedules = 0;
    uint64_t steps = 0;
    std::map<std::string, uint64_t> sometimes;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string kind;
      words >> kind;
      if (kind == "sometimes") {
        add_counters(&sometimes, line.c_str() + kind.size());
        continue;
      }
      uint64_t number;
      uint64_t figures[3];
      ASSERT_TRUE(words >> number >> figures[0] >> figures[1] >> figures[2]) << line;
      ++cases;
      runs += figures[0];
      schedules += figures[1];
      steps += figures[2];
    }
    char head[256];
    snprintf(head, sizeof head,
             "conformance: %llu tests, %llu simulated runs, %.1f %% of the schedules distinct, %llu steps\n",
             as_printed(cases), as_printed(runs),
             100.0 * static_cast<double>(schedules) / static_cast<double>(runs), as_printed(steps));
    std::ostringstream text;
    text << head;
    for (const auto& [name, hits] : sometimes) text << std::setw(12) << hits << "  " << name << '\n';
    printf("%s", text.str().c_str());
    std::ofstream(std::string(getenv(SUMMARY)) + ".summary") << text.str();
    expect_variety(runs, schedules);
  }
};

[[maybe_unused]] const bool g_summary = [] {
  if (getenv(SUMMARY) == nullptr) return false;
  testing::RegisterTest("summary", "of_all_runs", nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new Summary; });
  return true;
}();

}  // namespace

std::vector<uint32_t> worker_counts() {
  return {ANY_WORKERS};
}

void run_as_test(const Case& a_case, uint32_t) {
  Told* const told = shared_memory();
  ASSERT_NE(told, nullptr);
  const bool only_one = getenv("RESPROUT_SEED") != nullptr;
  const uint64_t per_case = (RUNS_OF_ALL + case_count() - 1) / case_count();
  const uint64_t wanted = only_one ? 1 : per_case * number_from_environment("RESPROUT_SEEDS", 1);
  const uint64_t first = static_cast<uint64_t>(a_case.number) * SEEDS_APART + 1;
  Runs runs;
  for (uint64_t seed = number_from_environment("RESPROUT_SEED", first); runs.count < wanted; ++seed) {
    const std::string failure = run_in_fork(a_case, seed, told);
    ++runs.count;
    if (!failure.empty()) {
      ADD_FAILURE_AT(a_case.file, a_case.line) << failure << "\n" << again(seed);
      break;
    }
    runs.steps += told->steps;
    runs.schedules.insert(told->schedule);
    add_counters(&runs.sometimes, told->sometimes);
  }
  munmap(told, sizeof *told);
  write_runs(a_case, runs);
  printf("%llu runs, %llu distinct schedules, %llu steps\n", as_printed(runs.count),
         as_printed(runs.schedules.size()), as_printed(runs.steps));
  if (!testing::Test::HasFailure()) expect_variety(runs.count, runs.schedules.size());
}

}  // namespace conformance

#endif
