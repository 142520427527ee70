#include "core/mem/alloc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "core/base/sanitizers.hpp"

namespace rsp {
namespace {

TEST(Alloc, aligns_every_size) {
  std::vector<void*> blocks;
  for (size_t bytes : {0, 1, 7, 8, 9, 15, 16, 17, 31, 100, 4096, 100000, 5000000}) {
    void* block = mem_alloc(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % BLOCK_ALIGNMENT, 0u) << bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) >> ADDRESS_BITS, 0u) << bytes;
    std::memset(block, 0xA5, bytes);
    blocks.push_back(block);
  }
  for (void* block : blocks) mem_free(block);
}

TEST(Alloc, zeroed_memory_is_zero_also_where_memory_was_used_before) {
  for (int round = 0; round < 100; ++round) {
    auto* block = static_cast<unsigned char*>(mem_alloc_zeroed(300));
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(std::all_of(block, block + 300, [](unsigned char byte) { return byte == 0; }));
    std::memset(block, 0xA5, 300);
    mem_free(block);
  }
}

TEST(Alloc, of_more_than_there_can_be_returns_null) {
  if (RSP_ASAN || RSP_TSAN) GTEST_SKIP() << "the sanitizer's allocator aborts instead";
  volatile size_t bytes = SIZE_MAX / 4;
  EXPECT_EQ(mem_alloc(bytes), nullptr);
}

TEST(Alloc, free_of_null_does_nothing) {
  const uint64_t before = mem_live_blocks();
  mem_free(nullptr);
  mem_delete<int>(nullptr);
  EXPECT_EQ(mem_live_blocks(), before);
}

struct Counted {
  explicit Counted(int& constructed, int& destroyed) noexcept : destroyed_(destroyed) { ++constructed; }
  ~Counted() { ++destroyed_; }
  int& destroyed_;
};

TEST(Alloc, mem_new_constructs_and_mem_delete_destroys) {
  int constructed = 0;
  int destroyed = 0;
  auto* object = mem_new<Counted>(constructed, destroyed);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(constructed, 1);
  EXPECT_EQ(destroyed, 0);
  mem_delete(object);
  EXPECT_EQ(destroyed, 1);
}

TEST(Accounting, counts_blocks_that_live) {
  if (!mem_is_accounting()) GTEST_SKIP() << "this build does not count";
  const uint64_t before = mem_live_blocks();
  void* a = mem_alloc(10);
  void* b = mem_alloc_zeroed(10);
  EXPECT_EQ(mem_live_blocks(), before + 2);
  mem_free(a);
  EXPECT_EQ(mem_live_blocks(), before + 1);
  mem_free(b);
  EXPECT_EQ(mem_live_blocks(), before);
}

TEST(Accounting, leaves_out_what_lives_for_ever) {
  const uint64_t before = mem_live_blocks();
  void* block = mem_alloc_forever(10);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(mem_live_blocks(), before);
  mem_free_unpublished(block);
  EXPECT_EQ(mem_live_blocks(), before);
}

TEST(Accounting, balances_over_blocks_freed_by_other_threads) {
  const uint64_t before = mem_live_blocks();
  std::vector<void*> blocks(1000);
  for (void*& block : blocks) block = mem_alloc(48);
  std::vector<std::thread> threads;
  for (size_t part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (size_t i = part; i < blocks.size(); i += 4) mem_free(blocks[i]);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(mem_live_blocks(), before);
}

#ifdef RESPROUT_FAULT_INJECTION

class FaultInjection : public testing::Test {
 protected:
  // The thread's ledger (account.hpp) is there before allocations are counted.
  void SetUp() override { mem_free(mem_alloc(1)); }
  void TearDown() override { mem_fail_never(); }

  /// Which of the next allocations succeed, as a word of + and -.
  static std::string next(int count) {
    std::string seen;
    for (int i = 0; i < count; ++i) {
      void* block = i % 2 == 0 ? mem_alloc(8) : mem_alloc_zeroed(8);
      seen += block != nullptr ? '+' : '-';
      mem_free(block);
    }
    return seen;
  }
};

TEST_F(FaultInjection, fails_the_chosen_allocation_once) {
  mem_fail_after(3);
  EXPECT_EQ(next(6), "++-+++");
  EXPECT_EQ(mem_fail_never(), 1u);
}

TEST_F(FaultInjection, fails_all_from_the_chosen_one_on) {
  mem_fail_from(3);
  EXPECT_EQ(next(6), "++----");
  EXPECT_EQ(mem_fail_never(), 4u);
  EXPECT_EQ(next(3), "+++");
}

TEST_F(FaultInjection, counts_from_the_time_it_is_set) {
  mem_fail_after(2);
  EXPECT_EQ(next(1), "+");
  mem_fail_after(2);
  EXPECT_EQ(next(3), "+-+");
}

TEST_F(FaultInjection, reaches_memory_that_lives_for_ever) {
  mem_fail_after(1);
  EXPECT_EQ(mem_alloc_forever(8), nullptr);
}

TEST_F(FaultInjection, makes_mem_new_construct_nothing) {
  int constructed = 0;
  int destroyed = 0;
  mem_fail_after(1);
  EXPECT_EQ(mem_new<Counted>(constructed, destroyed), nullptr);
  EXPECT_EQ(constructed, 0);
}

TEST_F(FaultInjection, leaves_the_count_of_live_blocks_right) {
  const uint64_t before = mem_live_blocks();
  mem_fail_from(1);
  EXPECT_EQ(next(5), "-----");
  EXPECT_EQ(mem_live_blocks(), before);
}

#endif

}  // namespace
}  // namespace rsp
