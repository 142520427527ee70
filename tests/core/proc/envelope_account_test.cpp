// Ledgers of envelopes: one a thread, passed on, and read while others count.
#include "core/proc/envelope_account.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

void* ledger_of_a_new_thread() {
  void* ledger = nullptr;
  std::thread([&] {
    count_envelope_taken();
    count_envelope_given();
    ledger = env::thread_locals()->envelope_ledger;
  }).join();
  return ledger;
}

TEST(EnvelopeAccount, adds_up_what_all_threads_have_counted_also_those_that_have_ended) {
  const EnvelopeFigures before = envelope_figures();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 1000; ++j) count_envelope_taken();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int j = 0; j < 4000; ++j) count_envelope_given();
  const EnvelopeFigures after = envelope_figures();
  EXPECT_EQ(after.taken - before.taken, 4000u);
  EXPECT_EQ(after.given - before.given, 4000u);
  EXPECT_TRUE(after.exact);
}

TEST(EnvelopeAccount, hands_the_ledger_of_a_thread_that_has_ended_to_the_next_one) {
  void* const first = ledger_of_a_new_thread();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(ledger_of_a_new_thread(), first);
}

// A2
TEST(EnvelopeAccount, is_not_exact_while_a_thread_visits) {
  std::atomic<int> step{0};
  std::thread visitor([&] {
    {
      const EnvelopeVisit visit;
      const EnvelopeVisit another;
      step = 1;
      while (step != 2) std::this_thread::yield();
    }
    step = 3;
    while (step != 4) std::this_thread::yield();
  });
  while (step != 1) std::this_thread::yield();
  EXPECT_FALSE(envelope_figures().exact);
  EXPECT_FALSE(check_envelope_account(false));
  step = 2;
  while (step != 3) std::this_thread::yield();
  EXPECT_TRUE(envelope_figures().exact);
  step = 4;
  visitor.join();
}

// A2: whoever reads figures that are exact reads none of a visit without its other half.
TEST(EnvelopeAccount, is_balanced_whenever_it_is_exact) {
  const EnvelopeFigures before = envelope_figures();
  std::atomic<bool> enough{false};
  std::vector<std::thread> visitors;
  for (int i = 0; i < 2; ++i) {
    visitors.emplace_back([&] {
      while (!enough) {
        const EnvelopeVisit visit;
        count_envelope_taken();
        count_envelope_given();
      }
    });
  }
  int exact = 0;
  for (int i = 0; i < 100'000 || exact == 0; ++i) {
    const EnvelopeFigures now = envelope_figures();
    if (!now.exact) continue;
    ++exact;
    ASSERT_EQ(now.taken - before.taken, now.given - before.given);
  }
  enough = true;
  for (std::thread& visitor : visitors) visitor.join();
}

// A3
TEST(EnvelopeAccount, cannot_be_told_while_a_zombie_has_envelopes) {
  EXPECT_FALSE(check_envelope_account(true));
}

#ifdef RESPROUT_FAULT_INJECTION
TEST(EnvelopeAccount, is_right_for_threads_that_have_no_memory_for_a_ledger) {
  const EnvelopeFigures before = envelope_figures();
  std::vector<std::thread> threads;
  // More than there are ledgers to be had.
  std::atomic<int> ready{0};
  mem_fail_from(1);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) count_envelope_taken();
      ++ready;
      while (ready != 8) std::this_thread::yield();
      for (int j = 0; j < 1000; ++j) count_envelope_given();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(mem_fail_never(), 0u);
  const EnvelopeFigures after = envelope_figures();
  EXPECT_TRUE(after.exact);
  EXPECT_EQ(after.taken - before.taken, 8000u);
  EXPECT_EQ(after.given - before.given, 8000u);
}
#endif

}  // namespace
}  // namespace rsp
