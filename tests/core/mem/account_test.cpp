// Ledgers of envelopes: one a thread, passed on, and read while others count.
#include "core/mem/account.hpp"

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
    ledger = env::thread_locals()->ledger;
  }).join();
  return ledger;
}

TEST(AccountOfThreads, adds_up_what_all_threads_have_counted_also_those_that_have_ended) {
  const AccountFigures before = account_figures();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 1000; ++j) count_envelope_taken();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int j = 0; j < 4000; ++j) count_envelope_given();
  const AccountFigures after = account_figures();
  EXPECT_EQ(after.taken - before.taken, 4000u);
  EXPECT_EQ(after.given - before.given, 4000u);
  EXPECT_TRUE(after.exact);
}

TEST(AccountOfThreads, hands_the_ledger_of_a_thread_that_has_ended_to_the_next_one) {
  void* const first = ledger_of_a_new_thread();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(ledger_of_a_new_thread(), first);
}

// A2
TEST(AccountOfThreads, is_not_exact_while_a_thread_visits) {
  std::atomic<int> step{0};
  std::thread visitor([&] {
    {
      const AccountVisit visit;
      const AccountVisit another;
      step = 1;
      while (step != 2) std::this_thread::yield();
    }
    step = 3;
    while (step != 4) std::this_thread::yield();
  });
  while (step != 1) std::this_thread::yield();
  EXPECT_FALSE(account_figures().exact);
  EXPECT_FALSE(check_account(false, false));
  step = 2;
  while (step != 3) std::this_thread::yield();
  EXPECT_TRUE(account_figures().exact);
  step = 4;
  visitor.join();
}

// A2: whoever reads figures that are exact reads none of a visit without its other half.
TEST(AccountOfThreads, is_balanced_whenever_it_is_exact) {
  const AccountFigures before = account_figures();
  std::atomic<bool> enough{false};
  std::vector<std::thread> visitors;
  for (int i = 0; i < 2; ++i) {
    visitors.emplace_back([&] {
      while (!enough) {
        const AccountVisit visit;
        count_envelope_taken();
        count_envelope_given();
      }
    });
  }
  int exact = 0;
  for (int i = 0; i < 100'000 || exact == 0; ++i) {
    const AccountFigures now = account_figures();
    if (!now.exact) continue;
    ++exact;
    ASSERT_EQ(now.taken - before.taken, now.given - before.given);
  }
  enough = true;
  for (std::thread& visitor : visitors) visitor.join();
}

// A3
TEST(AccountOfThreads, cannot_be_told_while_a_zombie_has_envelopes) {
  EXPECT_FALSE(check_account(true, false));
}

// A4
TEST(AccountOfThreads, cannot_be_told_while_a_thread_has_what_its_process_had) {
  EXPECT_FALSE(check_account(false, true));
}

AccountFigures bytes_since(const AccountFigures& before) {
  AccountFigures now = account_figures();
  now.bytes_taken -= before.bytes_taken;
  now.bytes_given -= before.bytes_given;
  return now;
}

#ifdef RSP_COUNTS_BYTES
TEST(AccountOfThreads, has_the_bytes_of_each_block_whoever_frees_it) {
  const AccountFigures before = account_figures();
  std::vector<void*> blocks;
  uint64_t asked_for = 0;
  for (size_t bytes = 1; bytes < 100'000; bytes += bytes / 3 + 1) {
    blocks.push_back(bytes % 2 == 0 ? mem_alloc(bytes) : mem_alloc_zeroed(bytes));
    asked_for += bytes;
  }
  const uint64_t taken = bytes_since(before).bytes_taken;
  EXPECT_GE(taken, asked_for);
  EXPECT_EQ(bytes_since(before).bytes_given, 0u);
  std::thread([&] {
    for (void* block : blocks) mem_free(block);
  }).join();
  EXPECT_EQ(bytes_since(before).bytes_taken, taken);
  EXPECT_EQ(bytes_since(before).bytes_given, taken);
}

TEST(AccountOfThreads, has_no_bytes_of_what_is_kept_or_lent) {
  const AccountFigures before = account_figures();
  void* const block = mem_alloc(300);
  const uint64_t size = bytes_since(before).bytes_taken;
  mem_keep(block);
  EXPECT_EQ(bytes_since(before).bytes_given, size);
  ASSERT_TRUE(mem_reuse(block));
  mem_lend(block);
  EXPECT_EQ(bytes_since(before).bytes_taken, bytes_since(before).bytes_given);
  mem_return(block);
  mem_free(block);
  EXPECT_EQ(bytes_since(before).bytes_taken, 3 * size);
  EXPECT_EQ(bytes_since(before).bytes_given, 3 * size);
}

// A5
TEST(AccountOfThreads, has_no_bytes_of_what_users_share) {
  const AccountFigures before = account_figures();
  void* const block = mem_alloc_shared(300);
  mem_free_shared(block);
  mem_free_shared(nullptr);
  EXPECT_EQ(bytes_since(before).bytes_taken, 0u);
  EXPECT_EQ(bytes_since(before).bytes_given, 0u);
}
#else
TEST(AccountOfThreads, has_no_bytes_where_nothing_is_asserted) {
  const AccountFigures before = account_figures();
  mem_free(mem_alloc(300));
  EXPECT_EQ(bytes_since(before).bytes_taken, 0u);
}
#endif

#ifdef RESPROUT_FAULT_INJECTION
TEST(AccountOfThreads, is_right_for_threads_that_have_no_memory_for_a_ledger) {
  const AccountFigures before = account_figures();
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
  const AccountFigures after = account_figures();
  EXPECT_TRUE(after.exact);
  EXPECT_EQ(after.taken - before.taken, 8000u);
  EXPECT_EQ(after.given - before.given, 8000u);
}
#endif

}  // namespace
}  // namespace rsp
