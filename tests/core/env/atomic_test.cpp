#include "core/env/atomic.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "core/env/pages.hpp"
#include "core/env/planted_bug.hpp"

namespace rsp::env {
namespace {

TEST(Atomic, operations_return_what_was_there_before) {
  Atomic<uint32_t> word{5};
  EXPECT_EQ(word.fetch_add(3, RELAXED), 5u);
  EXPECT_EQ(word.fetch_sub(1, RELAXED), 8u);
  EXPECT_EQ(word.fetch_or(0x10, RELAXED), 7u);
  EXPECT_EQ(word.fetch_and(0x11, RELAXED), 0x17u);
  EXPECT_EQ(word.exchange(9, RELAXED), 0x11u);
  EXPECT_EQ(word.load(RELAXED), 9u);
}

TEST(Atomic, a_compare_exchange_that_fails_says_what_it_found) {
  Atomic<uint64_t> word{1};
  uint64_t expected = 2;
  EXPECT_FALSE(word.compare_exchange_strong(expected, 3, ACQ_REL, RELAXED));
  EXPECT_EQ(expected, 1u);
  EXPECT_TRUE(word.compare_exchange_strong(expected, 3, ACQ_REL, RELAXED));
  EXPECT_EQ(word.load(RELAXED), 3u);
}

TEST(Atomic, pointers_move_by_whole_objects) {
  int values[3] = {10, 20, 30};
  Atomic<int*> place{values};
  EXPECT_EQ(place.fetch_add(2, RELAXED), values);
  EXPECT_EQ(*place.load(RELAXED), 30);
}

TEST(Atomic, fresh_pages_hold_atomics_of_zero) {
  struct Block {
    Atomic<uint64_t> word;
    Atomic<void*> pointer;
  };
  void* pages = map_pages(sizeof(Block));
  ASSERT_NE(pages, nullptr);
  Block* block = static_cast<Block*>(pages);
  EXPECT_EQ(block->word.load(RELAXED), 0u);
  EXPECT_EQ(block->pointer.load(RELAXED), nullptr);
  unmap_pages(pages, sizeof(Block));
}

TEST(Atomic, costs_nothing_over_its_value) {
  EXPECT_EQ(sizeof(Atomic<uint8_t>), 1u);
  EXPECT_EQ(sizeof(Atomic<uint32_t>), 4u);
  EXPECT_EQ(alignof(Atomic<uint64_t>), alignof(uint64_t));
}

TEST(PlantedBug, is_a_constant_false_in_native_builds) {
  static_assert(!RSP_PLANTED_BUG("atomic test: never compiled"));
}

}  // namespace
}  // namespace rsp::env
