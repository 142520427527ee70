// The explorer itself: that it runs every interleaving, each once, and says what went wrong.
#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "core/env/thread_locals.hpp"
#include "core/env/wait.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::ACQUIRE;
using env::Atomic;
using env::RELAXED;
using env::RELEASE;
using env::SEQ_CST;
using env::control::Outcome;
using test::explore;
using test::ExploreOptions;

constexpr ExploreOptions UNBOUNDED{.preemption_bound = 1000};

struct Counter {
  Atomic<uint32_t> value{0};
};

template <int TIMES>
void increment(Counter& counter) {
  for (int i = 0; i < TIMES; ++i) counter.value.fetch_add(1, RELAXED);
}

void no_check(Counter&) {}

TEST(Explorer, runs_every_interleaving_once) {
  // Two threads of n steps: n of 2n places belong to the first. Three threads of 3: 9! / (3!)^3.
  EXPECT_EQ(explore<Counter>(UNBOUNDED, {increment<1>, increment<1>}, no_check).interleavings, 2u);
  EXPECT_EQ(explore<Counter>(UNBOUNDED, {increment<4>, increment<4>}, no_check).interleavings, 70u);
  EXPECT_EQ(explore<Counter>(UNBOUNDED, {increment<8>, increment<8>}, no_check).interleavings, 12870u);
  EXPECT_EQ(explore<Counter>(UNBOUNDED, {increment<3>, increment<3>, increment<3>}, no_check).interleavings,
            1680u);
}

TEST(Explorer, without_preemptions_runs_every_order_of_whole_threads) {
  const auto result =
      explore<Counter>({.preemption_bound = 0}, {increment<3>, increment<3>, increment<3>}, no_check);
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(result.interleavings, 6u);
}

TEST(Explorer, with_one_preemption_breaks_one_thread_in_two) {
  // Two orders without a preemption; with one, either thread is cut at one of n-1 places.
  const auto result = explore<Counter>({.preemption_bound = 1}, {increment<5>, increment<5>}, no_check);
  EXPECT_EQ(result.interleavings, 2u + 2u * 4u);
}

void increment_in_two_steps(Counter& counter) {
  const uint32_t seen = counter.value.load(RELAXED);
  counter.value.store(seen + 1, RELAXED);
}

TEST(Explorer, finds_a_lost_update_and_lists_the_steps_with_their_places) {
  const auto result = explore<Counter>({increment_in_two_steps, increment_in_two_steps},
                                       [](Counter& counter) { RSP_CHECK(counter.value.load(RELAXED) == 2); });
  EXPECT_FALSE(result.holds());
  EXPECT_EQ(result.outcome, Outcome::FAILED);
  EXPECT_NE(result.failure.find("counter.value.load(RELAXED) == 2 does not hold"), std::string::npos);
  EXPECT_NE(result.failure.find("load"), std::string::npos);
  EXPECT_NE(result.failure.find("explorer_test.cpp:"), std::string::npos);
}

TEST(Explorer, accepts_what_holds) {
  const auto result = explore<Counter>({increment<3>, increment<3>},
                                       [](Counter& counter) { RSP_CHECK(counter.value.load(RELAXED) == 6); });
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, says_that_it_is_not_complete_when_it_was_cut_short) {
  const auto result = explore<Counter>({.max_interleavings = 5}, {increment<3>, increment<3>}, no_check);
  EXPECT_EQ(result.interleavings, 5u);
  EXPECT_FALSE(result.complete);
  EXPECT_FALSE(result.holds());
}

void three_times_in_two_steps(Counter& counter) {
  for (int i = 0; i < 3; ++i) increment_in_two_steps(counter);
}

// Two is what six increments come to at the least: the first of one thread overwrites two of the other, and the last of the
// other, which has read that one, overwrites the rest. It takes four preemptions.
test::ExploreResult leaves_more_than_two(const ExploreOptions& options) {
  return explore<Counter>(options, {three_times_in_two_steps, three_times_in_two_steps},
                          [](Counter& counter) { RSP_CHECK(counter.value.load(RELAXED) > 2); });
}

TEST(Explorer, walks_find_what_lies_deeper_than_the_search) {
  const auto searched = leaves_more_than_two({.preemption_bound = 3});
  EXPECT_TRUE(searched.holds());
  EXPECT_EQ(searched.walks, 0u);
  const auto walked = leaves_more_than_two({.preemption_bound = 3, .walks = 10'000});
  EXPECT_TRUE(walked.complete);
  EXPECT_EQ(walked.interleavings, searched.interleavings);
  EXPECT_GT(walked.walks, 0u);
  EXPECT_FALSE(walked.holds());
  EXPECT_EQ(walked.failure.rfind("walk " + std::to_string(walked.walks) + " ended in failed", 0), 0u)
      << walked.failure;
}

TEST(Explorer, a_walk_that_failed_fails_again_whatever_the_bound) {
  const auto first = leaves_more_than_two({.max_interleavings = 0, .walks = 10'000, .first_walk = 100});
  ASSERT_FALSE(first.holds());
  const auto again = leaves_more_than_two(
      {.preemption_bound = 1, .max_interleavings = 0, .walks = 1, .first_walk = 100 + first.walks - 1});
  EXPECT_EQ(first.failure, again.failure);
}

TEST(Explorer, a_search_that_was_cut_short_holds_if_walks_for_the_rest_do) {
  const auto result =
      explore<Counter>({.max_interleavings = 5, .walks = 100}, {increment<3>, increment<3>}, no_check);
  EXPECT_EQ(result.interleavings, 5u);
  EXPECT_EQ(result.walks, 100u);
  EXPECT_FALSE(result.complete);
  EXPECT_TRUE(result.holds());
}

TEST(Explorer, walks_come_to_deadlines_and_spurious_returns_where_they_are_wanted) {
  static uint32_t early;
  static uint32_t spurious;
  const auto count = [](bool are_wanted) {
    early = spurious = 0;
    const auto result = explore<Counter>(
        {.early_deadlines = are_wanted, .spurious = are_wanted, .max_interleavings = 0, .walks = 200},
        {[](Counter& counter) {
           while (counter.value.load(RELAXED) < 10) {
             const bool in_time = env::wait(counter.value, 0, env::now_ns() + 1);
             if (counter.value.load(RELAXED) == 0) ++(in_time ? spurious : early);
           }
         },
         [](Counter& counter) {
           for (int i = 0; i < 10; ++i) counter.value.fetch_add(1, RELAXED);
           env::wake_all(counter.value);
         }},
        no_check);
    EXPECT_TRUE(result.holds()) << result.failure;
  };
  count(false);
  EXPECT_EQ(early + spurious, 0u);
  count(true);
  EXPECT_GT(early, 0u);
  EXPECT_GT(spurious, 0u);
}

struct TwoFlags {
  Atomic<uint32_t> mine{0};
  Atomic<uint32_t> yours{0};
  uint32_t seen[2] = {1, 1};
};

TEST(Explorer, is_sequentially_consistent) {
  const auto result =
      explore<TwoFlags>(UNBOUNDED,
                        {[](TwoFlags& flags) {
                           flags.mine.store(1, SEQ_CST);
                           flags.seen[0] = flags.yours.load(SEQ_CST);
                         },
                         [](TwoFlags& flags) {
                           flags.yours.store(1, SEQ_CST);
                           flags.seen[1] = flags.mine.load(SEQ_CST);
                         }},
                        [](TwoFlags& flags) { RSP_CHECK(flags.seen[0] + flags.seen[1] > 0); });
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, reports_a_deadlock_with_what_each_thread_waits_for) {
  const auto result =
      explore<Counter>({[](Counter& counter) { env::wait(counter.value, 0); },
                        [](Counter& counter) { counter.value.store(1, RELEASE); }},  // the wake is missing
                       no_check);
  EXPECT_EQ(result.outcome, Outcome::DEADLOCK);
  EXPECT_NE(result.failure.find("waits on"), std::string::npos) << result.failure;
}

TEST(Explorer, a_change_followed_by_a_wake_is_never_missed) {
  const auto result = explore<Counter>(UNBOUNDED,
                                       {[](Counter& counter) {
                                          while (counter.value.load(ACQUIRE) == 0)
                                            env::wait(counter.value, 0);
                                        },
                                        [](Counter& counter) {
                                          counter.value.store(1, RELEASE);
                                          env::wake_one(counter.value);
                                        }},
                                       no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, reports_a_thread_that_never_ends_as_a_livelock) {
  const auto result = explore<Counter>({[](Counter& counter) {
                                         while (counter.value.load(RELAXED) == 0) {
                                         }
                                       }},
                                       no_check);
  EXPECT_EQ(result.outcome, Outcome::LIVELOCK);
}

TEST(Explorer, a_thread_that_yields_lets_the_other_get_on) {
  const auto result = explore<Counter>({[](Counter& counter) {
                                          while (counter.value.load(RELAXED) == 0) env::yield();
                                        },
                                        [](Counter& counter) { counter.value.store(1, RELAXED); }},
                                       no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

uint32_t g_woken;

TEST(Explorer, wake_one_wakes_any_of_the_waiters) {
  struct Waiters {
    Atomic<uint32_t> word{0};
    Atomic<uint32_t> waiting{0};
    uint32_t first = 0;
  };
  g_woken = 0;
  const auto wait = [](Waiters& waiters, uint32_t who) {
    waiters.waiting.fetch_add(1, RELAXED);
    env::wait(waiters.word, 0);
    if (waiters.first == 0) waiters.first = who;
    waiters.word.store(1, RELAXED);
    env::wake_all(waiters.word);
  };
  static const auto body = wait;
  const auto result = explore<Waiters>(
      {.preemption_bound = 2},
      {[](Waiters& waiters) { body(waiters, 1); }, [](Waiters& waiters) { body(waiters, 2); },
       [](Waiters& waiters) {
         while (waiters.waiting.load(RELAXED) < 2) env::yield();
         env::wake_one(waiters.word);
         waiters.word.store(1, RELAXED);
         env::wake_all(waiters.word);
       }},
      [](Waiters& waiters) { g_woken |= waiters.first; });
  EXPECT_TRUE(result.holds()) << result.failure;
  EXPECT_EQ(g_woken, 3u);
}

uint32_t g_seen_outcomes;

void wait_with_deadline(Counter& counter) {
  const bool in_time = env::wait(counter.value, 0, env::now_ns() + 1000);
  g_seen_outcomes |= in_time ? 1u : 2u;
}

void set_and_wake(Counter& counter) {
  counter.value.store(1, RELEASE);
  env::wake_one(counter.value);
}

TEST(Explorer, a_deadline_may_pass_while_others_could_run) {
  g_seen_outcomes = 0;
  EXPECT_TRUE(explore<Counter>({wait_with_deadline, set_and_wake}, no_check).holds());
  EXPECT_EQ(g_seen_outcomes, 3u);

  g_seen_outcomes = 0;
  EXPECT_TRUE(
      explore<Counter>({.early_deadlines = false}, {wait_with_deadline, set_and_wake}, no_check).holds());
  EXPECT_EQ(g_seen_outcomes, 1u);
}

TEST(Explorer, time_moves_to_the_deadline_when_nobody_can_run) {
  g_seen_outcomes = 0;
  const auto result = explore<Counter>({.early_deadlines = false}, {[](Counter& counter) {
                                         const uint64_t before = env::now_ns();
                                         RSP_CHECK(!env::wait(counter.value, 0, before + 1'000'000));
                                         RSP_CHECK(env::now_ns() == before + 1'000'000);
                                       }},
                                       no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, spurious_returns_are_tried_when_asked_for) {
  const auto count_weak_failures = [](Counter& counter) {
    uint32_t expected = 0;
    if (!counter.value.compare_exchange_weak(expected, 1, RELAXED, RELAXED)) g_seen_outcomes |= 1u;
    if (env::wait(counter.value, counter.value.load(RELAXED), env::now_ns() + 1)) g_seen_outcomes |= 2u;
  };
  g_seen_outcomes = 0;
  EXPECT_TRUE(explore<Counter>({.spurious = false}, {count_weak_failures}, no_check).holds());
  EXPECT_EQ(g_seen_outcomes, 0u);
  EXPECT_TRUE(explore<Counter>({.spurious = true}, {count_weak_failures}, no_check).holds());
  EXPECT_EQ(g_seen_outcomes, 3u);
}

TEST(Explorer, an_assertion_of_the_core_fails_the_interleaving) {
  const auto result = explore<Counter>({increment_in_two_steps,
                                        [](Counter& counter) {
                                          const uint32_t seen = counter.value.load(RELAXED);
                                          RSP_ASSERT(counter.value.load(RELAXED) == seen);
                                        }},
                                       no_check);
  EXPECT_EQ(result.outcome, Outcome::CRASHED);
  EXPECT_NE(result.failure.find("abort"), std::string::npos);
  // And the explorer is fit for the next one.
  EXPECT_TRUE(explore<Counter>({increment<2>, increment<2>}, no_check).holds());
}

TEST(Explorer, an_exception_nobody_catches_fails_the_interleaving) {
  const auto result =
      explore<Counter>({[](Counter&) { throw std::runtime_error("nobody catches this"); }}, no_check);
  EXPECT_EQ(result.outcome, Outcome::CRASHED);
}

TEST(Explorer, a_crash_of_the_last_check_fails_the_interleaving) {
  const auto result = explore<Counter>({increment<1>}, [](Counter&) { raise(SIGABRT); });
  EXPECT_EQ(result.outcome, Outcome::CRASHED);
}

// The C++ runtime keeps the exceptions being handled per OS thread, which all threads of a run share.
TEST(Explorer, threads_inside_catch_blocks_do_not_mix_their_exceptions) {
  const auto body = [](Counter& counter) {
    const uint32_t mine = counter.value.fetch_add(1, RELAXED) + 100;
    try {
      throw mine;
    } catch (uint32_t) {
      counter.value.fetch_add(1, RELAXED);
      try {
        throw;
      } catch (uint32_t caught) {
        RSP_CHECK(caught == mine);
      }
    }
    RSP_CHECK(std::uncaught_exceptions() == 0);
  };
  const auto result = explore<Counter>({body, body}, no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, thread_locals_are_each_threads_own_and_zero_at_its_start) {
  const auto body = [](Counter& counter) {
    RSP_CHECK(env::thread_locals()->worker == nullptr);
    int mine = 0;
    env::thread_locals()->worker = &mine;
    counter.value.fetch_add(1, RELAXED);
    RSP_CHECK(env::thread_locals()->worker == &mine);
  };
  const auto result = explore<Counter>({body, body}, no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, a_thread_exit_hook_runs_before_the_thread_counts_as_ended) {
  const auto result = explore<Counter>(
      {[](Counter& counter) {
        env::Thread thread;
        RSP_CHECK(thread.start(
                      "hooked",
                      [](void* address) {
                        env::at_thread_exit(
                            env::ExitHook::PROCESS,
                            [](void* hooked) { static_cast<Counter*>(hooked)->value.fetch_add(10, RELAXED); },
                            address);
                        static_cast<Counter*>(address)->value.fetch_add(1, RELAXED);
                      },
                      &counter) == RSP_OK);
        thread.join();
        RSP_CHECK(counter.value.load(RELAXED) == 11);
      }},
      no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

TEST(Explorer, random_numbers_are_the_same_in_every_interleaving) {
  static uint64_t first;
  first = 0;
  const auto result = explore<Counter>({increment<3>,
                                        [](Counter& counter) {
                                          const uint64_t number = env::random_u64();
                                          if (first == 0) first = number;
                                          RSP_CHECK(number == first);
                                          counter.value.fetch_add(1, RELAXED);
                                        }},
                                       no_check);
  EXPECT_TRUE(result.holds()) << result.failure;
}

void increment_with_a_planted_bug(Counter& counter) {
  if (RSP_PLANTED_BUG("explorer test: increment in two steps")) {
    increment_in_two_steps(counter);
  } else {
    counter.value.fetch_add(1, RELAXED);
  }
}

TEST(Explorer, a_planted_bug_is_there_only_within_its_scope) {
  const auto run = [] {
    return explore<Counter>({increment_with_a_planted_bug, increment_with_a_planted_bug},
                            [](Counter& counter) { RSP_CHECK(counter.value.load(RELAXED) == 2); });
  };
  EXPECT_TRUE(run().holds());
  {
    test::PlantedBugScope bug("explorer test: increment in two steps");
    EXPECT_TRUE(test::finds("counter.value.load(RELAXED) == 2", run()));
  }
  EXPECT_TRUE(run().holds());
}

TEST(Explorer, a_planted_bug_that_is_nowhere_in_the_program_is_refused) {
  EXPECT_DEATH(test::PlantedBugScope("no such bug"), "bug_ != nullptr");
}

}  // namespace
}  // namespace rsp
