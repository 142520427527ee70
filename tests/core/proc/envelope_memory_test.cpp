// The memory of envelopes (E1 to E5): what a thread frees it takes again, surplus moves to others, little is left behind,
// and to who counts blocks or makes them fail it is as if nothing were kept.
#include "core/proc/envelope_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/base/trail.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"

namespace rsp {
namespace {

// As in envelope_memory.cpp, of a native build.
constexpr size_t BATCH = 256;
constexpr size_t POOL_BATCHES = 64;

#if RSP_ASAN
constexpr bool KEEPS = false;  // E4
#else
constexpr bool KEEPS = true;
#endif

/// Runs on a thread that counts as one of the scheduler's.
void on_worker_thread(const std::function<void()>& body) {
  std::thread([&] {
    int is_one = 0;
    env::thread_locals()->worker_thread = &is_one;
    body();
    env::thread_locals()->worker_thread = nullptr;
  }).join();
}

std::vector<void*> take(size_t count) {
  std::vector<void*> blocks(count);
  for (void*& block : blocks) block = take_envelope_memory().block;
  return blocks;
}

void give(const std::vector<void*>& blocks) {
  for (void* const block : blocks) give_envelope_memory(block);
}

uint32_t kept() { return env::thread_locals()->free_envelope_count; }

class EnvelopeMemory : public testing::Test {
 public:
  ~EnvelopeMemory() override {
    drain_envelope_memory();
    EXPECT_EQ(mem_live_blocks(), before_);
  }

 protected:
  void SetUp() override {
    if (!KEEPS) GTEST_SKIP() << "this build keeps nothing";
    drain_envelope_memory();
  }

  const uint64_t before_ = mem_live_blocks();
};

TEST_F(EnvelopeMemory, is_taken_again_by_the_thread_that_gave_it) {
  on_worker_thread([] {
    const std::vector<void*> first = take(10);
    EXPECT_EQ(std::set<void*>(first.begin(), first.end()).size(), 10u);
    give(first);
    EXPECT_EQ(kept(), 10u);
    std::vector<void*> second = take(10);
    EXPECT_EQ(kept(), 0u);
    std::reverse(second.begin(), second.end());
    EXPECT_EQ(second, first);
    give(second);
  });
}

// E1
TEST_F(EnvelopeMemory, is_kept_by_threads_of_the_scheduler_only) {
  std::thread([] {
    give(take(10));
    EXPECT_EQ(kept(), 0u);
  }).join();
  on_worker_thread([] {
    give(take(10));
    EXPECT_EQ(kept(), 10u);
    give(take(10));  // the same ones
    EXPECT_EQ(kept(), 10u);
  });
}

// E2
TEST_F(EnvelopeMemory, of_a_burst_is_mostly_given_back) {
  constexpr size_t MANY = (POOL_BATCHES + 10) * BATCH;
  on_worker_thread([] {
    const std::vector<void*> burst = take(MANY);
    for (size_t i = 0; i < MANY; ++i) {
      give_envelope_memory(burst[i]);
      ASSERT_LT(kept(), 2 * BATCH);
    }
  });
  // The pool is full, and no fuller: a thread with nothing finds so many, and then what is fresh.
  on_worker_thread([] {
    std::vector<void*> blocks;
    for (size_t i = 0; i < POOL_BATCHES; ++i) {
      blocks.push_back(take_envelope_memory().block);
      EXPECT_EQ(kept(), BATCH - 1);
      for (size_t j = 1; j < BATCH; ++j) blocks.push_back(take_envelope_memory().block);
      EXPECT_EQ(kept(), 0u);
    }
    blocks.push_back(take_envelope_memory().block);
    EXPECT_EQ(kept(), 0u);
    EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
    give(blocks);
  });
}

TEST_F(EnvelopeMemory, flows_from_the_thread_that_frees_to_the_one_that_makes) {
  std::vector<void*> made;
  on_worker_thread([&] { made = take(2 * BATCH); });
  on_worker_thread([&] {
    give(made);  // one batch goes on, one is given back as the thread ends
    EXPECT_EQ(kept(), BATCH);
  });
  on_worker_thread([&] {
    const std::vector<void*> again = take(BATCH);
    EXPECT_EQ(kept(), 0u);
    for (void* const block : again) EXPECT_EQ(std::count(made.begin(), made.end(), block), 1);
    give(again);
  });
}

TEST_F(EnvelopeMemory, goes_round_among_threads_that_take_and_give_what_is_not_theirs) {
  constexpr int THREADS = 4;
  constexpr int ROUNDS = 50;
  std::vector<std::vector<void*>> hands(THREADS);
  for (int round = 0; round < ROUNDS; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < THREADS; ++i) {
      threads.emplace_back([&hands, i, round] {
        int is_one = 0;
        env::thread_locals()->worker_thread = &is_one;
        give(hands[i]);
        hands[i] = take(static_cast<size_t>(1 + (round * 37 + i * 211) % 1000));
        for (void* const block : hands[i]) *static_cast<int*>(block) = i;
        for (void* const block : hands[i]) EXPECT_EQ(*static_cast<int*>(block), i);
        env::thread_locals()->worker_thread = nullptr;
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::rotate(hands.begin(), hands.begin() + 1, hands.end());
  }
  for (const std::vector<void*>& blocks : hands) give(blocks);
}

// E3
TEST_F(EnvelopeMemory, counts_as_free_while_it_is_kept) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  on_worker_thread([this] {
    give(take(10));
    EXPECT_EQ(mem_live_blocks(), before_);
    void* const block = take_envelope_memory().block;
    EXPECT_EQ(mem_live_blocks(), before_ + 1);
    give_envelope_memory(block);
    EXPECT_EQ(mem_live_blocks(), before_);
  });
}

// E5
TEST_F(EnvelopeMemory, names_what_is_taken_later) {
  constexpr size_t COUNT = size_t{5} * Trail::LENGTH;
  on_worker_thread([] {
    give(take(COUNT));
    std::vector<void*> named;
    std::vector<void*> taken;
    for (size_t i = 0; i < COUNT; ++i) {
      // A free block holds the next one and the one further on.
      named.push_back(static_cast<void**>(env::thread_locals()->free_envelopes)[1]);
      const TakenMemory memory = take_envelope_memory();
      taken.push_back(memory.block);
      if (i >= Trail::LENGTH) {
        EXPECT_EQ(memory.earlier, taken[i - Trail::LENGTH]) << i;
      }
    }
    for (size_t i = 0; i + Trail::LENGTH < COUNT; ++i) EXPECT_EQ(named[i], taken[i + Trail::LENGTH]) << i;
    give(taken);
  });
}

#ifdef RESPROUT_FAULT_INJECTION
TEST_F(EnvelopeMemory, fails_on_purpose_whether_it_is_kept_or_fresh) {
  on_worker_thread([] {
    void* const first = take_envelope_memory().block;  // the thread has its ledger from here on
    for (const size_t kept_before : {0, 10}) {
      give(take(kept_before));
      mem_fail_after(3);
      const std::vector<void*> blocks = take(4);
      EXPECT_EQ(mem_fail_never(), 1u);
      EXPECT_NE(blocks[1], nullptr);
      EXPECT_EQ(blocks[2], nullptr);
      EXPECT_NE(blocks[3], nullptr);
      EXPECT_EQ(kept(), kept_before == 0 ? 0u : kept_before - 3);  // what failed was not lost
      for (void* const block : blocks) {
        if (block != nullptr) give_envelope_memory(block);
      }
    }
    give_envelope_memory(first);
  });
}
#endif

}  // namespace
}  // namespace rsp
