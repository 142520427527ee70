// Empty in native test programs.
#if defined(RSP_ENV_SIM) || defined(RSP_ENV_EXPLORE)

#include "tests/support/forked_runs.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <map>
#include <sstream>
#include <unordered_set>

#include "tests/support/again.hpp"
#include "tests/support/shrink.hpp"

namespace rsp::test {
namespace {

constexpr const char* RUNS = "RESPROUT_RUNS";
constexpr const char* SUMMARY = "RESPROUT_RUNS_SUMMARY";
constexpr const char* CASE = "case_";  // how the names of conformance cases begin (tests/conformance/harness)
constexpr uint64_t RUNS_OF_ALL = 4000;  // with so many, every counter must have been reached

// What these runs do not come to: a slot that goes round all its generations while a sender stands between
// two loads (tests/explore/table_test.cpp does), one that is found free after its chunk was given back
// (tests/explore/table_chunk_test.cpp), code that is to end and computes for long, hardly ever
// (tests/explore/unwinding_test.cpp), a descriptor that is closed while it is registered
// (tests/explore/watches_test.cpp), a registry that ends while another process registers
// (tests/explore/keyed_test.cpp), a table that ends while another process is about to lock a part of it
// (tests/explore/ets_test.cpp), both hardly ever, and lanes, which none of them has (tests/explore/lane_test.cpp, tests/capi/lane_test.cpp).
const std::string NOT_IN_THESE_RUNS[] = {"envelope for an earlier incarnation",
                                         "a free slot of a chunk that was given back",
                                         "a turn that unwinds is taken",
                                         "no thread for a lane",
                                         "a registration of a number that was closed is replaced",
                                         "a store closes while an entry is put in",
                                         "a table ends while somebody is on the way into it"};

unsigned long long as_printed(uint64_t number) { return number; }

// What a child tells its parent, in memory that both have. What is not written has no pages.
struct Told {
  uint64_t schedule;
  uint64_t steps;
  bool passed;
  char failure[32 * 1024];
  char sometimes[16 * 1024];
  uint64_t choice_count;
  uint32_t choices[4 * 1024 * 1024];
};

Told* shared_memory() {
  void* const pages = mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : static_cast<Told*>(pages);
}

// The first expectation that failed in this OS process.
std::string failed_expectation() {
  const testing::TestResult& result = *testing::UnitTest::GetInstance()->current_test_info()->result();
  for (int i = 0; i < result.total_part_count(); ++i) {
    const testing::TestPartResult& part = result.GetTestPartResult(i);
    if (!part.failed()) continue;
    return std::string("an expectation failed, ") + (part.file_name() == nullptr ? "" : part.file_name()) +
           ":" + std::to_string(part.line_number()) + "\n" + part.summary();
  }
  return "";
}

void run_in_child(const SimOptions& options, const std::function<void()>& body, Told* told) {
  SimOptions mine = options;
  env::control::Choices choices;
  if (options.record != nullptr) mine.record = &choices;
  const SimReport report = run_seed(mine, body);
  told->schedule = report.schedule_hash;
  told->steps = report.steps;
  told->passed = report.finished() && !testing::Test::HasFailure();
  const std::string failure = report.finished() ? failed_expectation() : report.failure;
  snprintf(told->failure, sizeof told->failure, "%s", told->passed ? "" : failure.c_str());
  snprintf(told->sometimes, sizeof told->sometimes, "%s", env::control::sometimes_report().c_str());
  told->choice_count = std::min(choices.size(), std::size(told->choices));
  std::copy_n(choices.begin(), told->choice_count, told->choices);
}

constexpr rlim_t SECONDS_OF_A_RUN = 20;

// How the child ended, empty if well. What it prints goes to the file `printed`, unless that is negative.
std::string fork_and_wait(const SimOptions& options, const std::function<void()>& body, Told* told,
                          int printed) {
  fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return "fork failed";
  if (child == 0) {
    // A run takes milliseconds: one that turns for ever ends by SIGXCPU.
    const rlimit limit{SECONDS_OF_A_RUN, SECONDS_OF_A_RUN};
    setrlimit(RLIMIT_CPU, &limit);
    if (printed >= 0) {
      dup2(printed, STDOUT_FILENO);
      dup2(printed, STDERR_FILENO);
    }
    run_in_child(options, body, told);
    fflush(nullptr);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "waitpid failed";
  if (WIFSIGNALED(status)) return std::string("the run ended by signal ") + strsignal(WTERMSIG(status));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return "the run ended the OS process";
  return told->failure;
}

// The first of what was written to a file.
std::string text_of(int file) {
  std::string text(64 * 1024, '\0');
  const ssize_t length = pread(file, text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<size_t>(length));
  return text;
}

std::string again(uint64_t seed) {
  const std::string run = "RESPROUT_SEED=" + std::to_string(seed) + " ";
  return "again: " + run + command_of_this_test() + "\nshorter: " + run + "RESPROUT_SHRINK=choices.txt " +
         command_of_this_test();
}

// Lines "  12 wake during park" of one run, added up.
void add_counters(std::map<std::string, uint64_t>* sums, const std::string& lines) {
  std::istringstream text(lines);
  uint64_t hits;
  std::string name;
  while (text >> hits && std::getline(text >> std::ws, name)) {
    if (name.find(" test: ") == std::string::npos) (*sums)[name] += hits;  // a test's own are its own affair
  }
}

struct Tally {
  uint64_t count = 0;
  uint64_t steps = 0;
  std::unordered_set<uint64_t> schedules;
  std::map<std::string, uint64_t> sometimes;
};

void write_tally(const std::string& name, const Tally& tally) {
  const char* const path = getenv(RUNS);
  if (path == nullptr || *path == '\0') return;
  std::ostringstream text;
  text << "runs " << name << ' ' << tally.count << ' ' << tally.schedules.size() << ' ' << tally.steps
       << '\n';
  for (const auto& [counter, hits] : tally.sometimes) text << "sometimes " << hits << ' ' << counter << '\n';
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

// All tests together, from the file that they wrote.
class Summary final : public testing::Test {
 public:
  void TestBody() override {
    const std::string path = getenv(SUMMARY);
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    uint64_t tests = 0;
    uint64_t runs = 0;
    std::map<std::string, uint64_t> runs_of;
    uint64_t schedules = 0;
    uint64_t steps = 0;
    std::map<std::string, uint64_t> sometimes;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string kind;
      words >> kind;
      if (kind == "sometimes") {
        add_counters(&sometimes, line.substr(kind.size()));
        continue;
      }
      std::string name;
      uint64_t figures[3];
      ASSERT_TRUE(words >> name >> figures[0] >> figures[1] >> figures[2]) << line;
      ++tests;
      runs += figures[0];
      runs_of[name.rfind(CASE, 0) == 0 ? "conformance, all cases" : name] += figures[0];
      schedules += figures[1];
      steps += figures[2];
    }
    char head[256];
    snprintf(head, sizeof head,
             "%llu tests, %llu simulated runs, %.1f %% of the schedules distinct, %llu steps\n",
             as_printed(tests), as_printed(runs),
             100.0 * static_cast<double>(schedules) / static_cast<double>(runs), as_printed(steps));
    std::ostringstream text;
    text << head;
    for (const auto& [name, count] : runs_of) text << std::setw(12) << count << "  " << name << '\n';
    text << "sometimes:\n";
    for (const auto& [name, hits] : sometimes) text << std::setw(12) << hits << "  " << name << '\n';
    printf("%s", text.str().c_str());
    std::ofstream(path + ".summary") << text.str();
    expect_variety(runs, schedules);
    if (runs < RUNS_OF_ALL) return;
    for (const auto& [name, hits] : sometimes) {
      if (std::count(std::begin(NOT_IN_THESE_RUNS), std::end(NOT_IN_THESE_RUNS), name) != 0) continue;
      EXPECT_GT(hits, 0u) << "never reached: " << name;
    }
  }
};

[[maybe_unused]] const bool g_summary = [] {
  if (getenv(SUMMARY) == nullptr) return false;
  testing::RegisterTest("summary", "of_all_runs", nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new Summary; });
  return true;
}();

}  // namespace

ForkedRun run_in_fork(const SimOptions& options, const std::function<void()>& body, Output output) {
  ForkedRun run;
  Told* const told = shared_memory();
  const int printed = output == Output::CAPTURED ? memfd_create("output of a run", MFD_CLOEXEC) : -1;
  if (told == nullptr || (output == Output::CAPTURED && printed < 0)) {
    run.failure = "no memory to share";
    return run;
  }
  run.failure = fork_and_wait(options, body, told, printed);
  run.passed = run.failure.empty() && told->passed;
  run.schedule = told->schedule;
  run.steps = told->steps;
  run.sometimes = told->sometimes;
  if (options.record != nullptr) options.record->assign(told->choices, told->choices + told->choice_count);
  if (printed >= 0) {
    run.output = text_of(printed);
    close(printed);
  }
  munmap(told, sizeof *told);
  return run;
}

void run_in_forks(const ForkedRuns& runs, const std::function<void()>& body) {
  if (const char* const file = getenv("RESPROUT_CHOICES")) return replay_choices(file, body);
  SimOptions options;
  options.seed = number_from_environment("RESPROUT_SEED", runs.first_seed);
  if (const char* const file = getenv("RESPROUT_SHRINK")) return shrink_and_tell(options, file, body);
  const bool is_chosen = getenv("RESPROUT_SEED") != nullptr;
  const uint64_t wanted = is_chosen ? number_from_environment("RESPROUT_COUNT", 1)
                                    : runs.count * number_from_environment("RESPROUT_SEEDS", 1);
  Tally tally;
  for (; tally.count < wanted; ++options.seed) {
    const ForkedRun run = run_in_fork(options, body);
    ++tally.count;
    if (!run.passed) {
      ADD_FAILURE_AT(runs.file, runs.line) << run.failure << "\n" << again(options.seed);
      break;
    }
    tally.steps += run.steps;
    tally.schedules.insert(run.schedule);
    add_counters(&tally.sometimes, run.sometimes);
  }
  write_tally(runs.name, tally);
  printf("%llu runs, %llu distinct schedules, %llu steps\n", as_printed(tally.count),
         as_printed(tally.schedules.size()), as_printed(tally.steps));
  if (!testing::Test::HasFailure()) expect_variety(tally.count, tally.schedules.size());
}

}  // namespace rsp::test

#endif
