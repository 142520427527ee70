// What a failing seed prints is typed in again, word for word: the seed fails again, its run is made shorter, and the short one
// fails again; each time in the same way.
#include "tests/support/shrink.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "tests/support/again.hpp"

namespace {

using rsp::env::Atomic;
using rsp::test::ForkedRun;
using rsp::test::Shrunk;
using rsp::test::SimOptions;
using rsp::test::symptom_of;

/// What a line of the shell prints, and whether it failed.
struct Typed {
  explicit Typed(const std::string& line) {
    FILE* const pipe = popen((line + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return;
    char chunk[4096];
    while (const size_t length = fread(chunk, 1, sizeof chunk, pipe)) output.append(chunk, length);
    failed = pclose(pipe) != 0;
  }

  /// What stands behind the first `word`, to the end of the line.
  [[nodiscard]] std::string behind(const std::string& word) const {
    const size_t at = output.find(word);
    if (at == std::string::npos) return "";
    const size_t begin = at + word.size();
    return output.substr(begin, output.find('\n', begin) - begin);
  }

  std::string output;
  bool failed = false;
};

/// The environment of what is typed, for a scope.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Environment() { unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

std::string this_program() {
  const std::string command = rsp::test::command_of_this_test();
  return command.substr(0, command.find(" --gtest_filter"));
}

std::string outcome_in(const std::string& failure) {
  const size_t at = failure.find("ended in ");
  return at == std::string::npos ? "" : failure.substr(at, failure.find('\n', at) - at);
}

TEST(Shrinking, what_a_failing_seed_prints_is_what_brings_it_back_and_makes_it_shorter) {
  const Environment planted("RESPROUT_PLANT", "mailbox: leave by store");
  const Environment no_notes("RESPROUT_RUNS", "");
  const std::string folder = testing::TempDir() + "shrink_test." + std::to_string(getpid());
  ASSERT_FALSE(Typed("mkdir " + folder).failed);
  const std::string there = "cd " + folder + " && ";

  const Typed first(this_program() + " --gtest_filter=part/Societies.keep_their_books/0");
  ASSERT_TRUE(first.failed) << first.output;
  const std::string outcome = outcome_in(first.output);
  ASSERT_NE(outcome, "") << first.output;

  const Typed again(there + first.behind("again: "));
  EXPECT_TRUE(again.failed);
  EXPECT_EQ(outcome_in(again.output), outcome) << again.output;

  const Typed shorter(there + first.behind("shorter: "));
  EXPECT_TRUE(shorter.failed);
  EXPECT_EQ(outcome_in(shorter.output), outcome) << shorter.output;
  unsigned long long before = 0;
  unsigned long long after = 0;
  const size_t figures = shorter.output.find(" choices before, ");
  ASSERT_NE(figures, std::string::npos) << shorter.output;
  const size_t line = shorter.output.rfind('\n', figures) + 1;
  ASSERT_EQ(sscanf(shorter.output.c_str() + line, "%llu choices before, %llu after", &before, &after), 2);
  printf("%s\n", shorter.output.substr(line, shorter.output.find('\n', line) - line).c_str());
  EXPECT_LT(after * 2, before);  // by how much depends on the seed that fails first

  const Typed replayed(there + shorter.behind("again: "));
  EXPECT_TRUE(replayed.failed);
  EXPECT_EQ(outcome_in(replayed.output), outcome) << replayed.output;
  EXPECT_EQ(replayed.behind("symptom: "), shorter.behind("symptom: "));

  // The choices alone do nothing: it was the mistake.
  unsetenv("RESPROUT_PLANT");
  const Typed sound(there + shorter.behind("again: "));
  EXPECT_FALSE(sound.failed) << sound.output;
  EXPECT_FALSE(Typed("rm -r " + folder).failed);
}

/// Two threads increment in two steps each; a third has nothing to do with it.
void lose_an_update() {
  static Atomic<uint32_t> value{0};
  static Atomic<uint32_t> other{0};
  const auto increment = [](void*) {
    const uint32_t seen = value.exchange(0, rsp::env::ACQ_REL);
    value.fetch_add(seen + 1, rsp::env::ACQ_REL);
    if (seen == 0) value.exchange(value.load(rsp::env::RELAXED), rsp::env::ACQ_REL);
  };
  const auto bystander = [](void*) {
    for (int i = 0; i < 50; ++i) other.fetch_add(1, rsp::env::RELAXED);
  };
  value.store(0, rsp::env::RELAXED);
  rsp::env::Thread threads[3];
  ASSERT_EQ(threads[0].start("first", increment, nullptr), RSP_OK);
  ASSERT_EQ(threads[1].start("second", increment, nullptr), RSP_OK);
  ASSERT_EQ(threads[2].start("bystander", bystander, nullptr), RSP_OK);
  for (rsp::env::Thread& thread : threads) thread.join();
  EXPECT_EQ(value.load(rsp::env::RELAXED), 2u);
}

Shrunk shrink_the_first_that_fails(const std::function<void()>& body) {
  SimOptions options;
  for (options.seed = 1; options.seed < 10'000; ++options.seed) {
    const ForkedRun run = rsp::test::run_in_fork(options, body, rsp::test::Output::CAPTURED);
    if (!run.passed) return rsp::test::shrink(options, body);
  }
  return {};
}

TEST(Shrinking, leaves_one_preemption_of_a_lost_update) {
  const Shrunk shrunk = shrink_the_first_that_fails(lose_an_update);
  ASSERT_FALSE(shrunk.after.failure.empty());
  EXPECT_NE(symptom_of(shrunk.after).find("an expectation failed"), std::string::npos)
      << symptom_of(shrunk.after);
  EXPECT_EQ(symptom_of(shrunk.before), symptom_of(shrunk.after));
  EXPECT_GT(shrunk.choices_before, shrunk.choices_after);
  EXPECT_LE(shrunk.choices_after, 2u);
}

TEST(Shrinking, keeps_to_the_assertion_that_failed) {
  const Shrunk shrunk = shrink_the_first_that_fails([] {
    const uint64_t number = rsp::env::random_u64() % 2;
    RSP_ASSERT(number == 0);
  });
  EXPECT_NE(symptom_of(shrunk.before).find("assertion failed: number == 0"), std::string::npos);
  EXPECT_EQ(symptom_of(shrunk.before), symptom_of(shrunk.after));
  EXPECT_EQ(shrunk.choices_after, 0u);
}

TEST(Shrinking, does_nothing_to_a_seed_that_passes) {
  const Shrunk shrunk = rsp::test::shrink(SimOptions{}, [] {});
  EXPECT_TRUE(shrunk.before.passed);
  EXPECT_EQ(shrunk.runs, 0u);
}

}  // namespace
