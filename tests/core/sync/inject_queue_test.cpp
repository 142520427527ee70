// InjectQueue on real threads.
#include "core/sync/inject_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "core/env/atomic.hpp"
#include "core/env/thread.hpp"

namespace rsp {
namespace {

TEST(InjectQueue, gives_back_what_was_pushed) {
  InjectQueue<uint32_t> queue;
  uint32_t item = 99;
  EXPECT_FALSE(queue.try_pop(item));
  EXPECT_EQ(item, 99u);
  ASSERT_TRUE(queue.push(7));
  EXPECT_EQ(queue.approx_size(), 1u);
  EXPECT_TRUE(queue.try_pop(item));
  EXPECT_EQ(item, 7u);
  EXPECT_EQ(queue.approx_size(), 0u);
}

TEST(InjectQueue, pops_many_up_to_the_capacity) {
  InjectQueue<uint32_t> queue;
  for (uint32_t i = 0; i < 100; ++i) ASSERT_TRUE(queue.push(i));
  uint32_t items[64];
  EXPECT_EQ(queue.try_pop_many(items, 64), 64u);
  EXPECT_EQ(queue.try_pop_many(items, 64), 36u);
  EXPECT_EQ(queue.try_pop_many(items, 64), 0u);
}

// Each item is written by its producer and read by the consumer that popped it: a race, if the queue did not
// hand it over.
struct Item {
  uint32_t producer;
  uint32_t number;
};

struct Crowd {
  static constexpr uint32_t PRODUCERS = 3;
  static constexpr uint32_t CONSUMERS = 2;
  static constexpr uint32_t EACH = 5000;

  InjectQueue<Item*> queue;
  std::array<std::vector<Item>, PRODUCERS> items;
  env::Atomic<uint32_t> next_producer{0};
  env::Atomic<uint32_t> popped{0};
  std::array<std::array<env::Atomic<uint32_t>, EACH>, PRODUCERS> times_seen{};
  bool with_tokens = false;

  static void produce(void* address) {
    Crowd* crowd = static_cast<Crowd*>(address);
    const uint32_t self = crowd->next_producer.fetch_add(1, env::RELAXED);
    InjectQueue<Item*>::Producer token(crowd->queue);
    for (uint32_t i = 0; i < EACH; ++i) {
      Item* item = &crowd->items[self][i];
      *item = Item{self, i};
      ASSERT_TRUE(crowd->with_tokens ? crowd->queue.push(token, item) : crowd->queue.push(item));
    }
  }

  static void consume(void* address) {
    Crowd* crowd = static_cast<Crowd*>(address);
    InjectQueue<Item*>::Consumer token(crowd->queue);
    while (crowd->popped.load(env::RELAXED) < PRODUCERS * EACH) {
      Item* found[16];
      const size_t count = crowd->with_tokens ? crowd->queue.try_pop_many(token, found, 16)
                                              : crowd->queue.try_pop_many(found, 16);
      for (size_t i = 0; i < count; ++i) {
        crowd->times_seen[found[i]->producer][found[i]->number].fetch_add(1, env::RELAXED);
      }
      crowd->popped.fetch_add(static_cast<uint32_t>(count), env::RELAXED);
      if (count == 0) env::yield();
    }
  }

  void run() {
    for (auto& of_one : items) of_one.resize(EACH);
    std::array<env::Thread, PRODUCERS + CONSUMERS> threads;
    for (uint32_t i = 0; i < threads.size(); ++i) {
      ASSERT_EQ(threads[i].start("crowd", i < PRODUCERS ? produce : consume, this), RSP_OK);
    }
    for (env::Thread& thread : threads) thread.join();
    for (auto& of_one : times_seen) {
      for (auto& times : of_one) ASSERT_EQ(times.load(env::RELAXED), 1u);
    }
  }
};

TEST(InjectQueue, gives_every_item_to_exactly_one_of_many_consumers) { std::make_unique<Crowd>()->run(); }

TEST(InjectQueue, gives_every_item_to_exactly_one_consumer_with_tokens_too) {
  const auto crowd = std::make_unique<Crowd>();
  crowd->with_tokens = true;
  crowd->run();
}

int64_t g_blocks = 0;
int64_t g_blocks_allowed = 0;

// Single-threaded tests only.
struct CountedMemory {
  static void* allocate(size_t bytes) noexcept {
    if (g_blocks == g_blocks_allowed) return nullptr;
    ++g_blocks;
    return SystemMemory::allocate(bytes);
  }
  static void release(void* block) noexcept {
    if (block == nullptr) return;
    --g_blocks;
    SystemMemory::release(block);
  }
};

TEST(InjectQueue, takes_all_memory_from_where_it_was_told_and_gives_it_back) {
  g_blocks = 0;
  g_blocks_allowed = INT64_MAX;
  {
    InjectQueue<uint32_t, CountedMemory> queue;
    InjectQueue<uint32_t, CountedMemory>::Producer token(queue);
    for (uint32_t i = 0; i < 10'000; ++i) ASSERT_TRUE(i % 2 == 0 ? queue.push(i) : queue.push(token, i));
    EXPECT_GT(g_blocks, 0);
    uint32_t item;
    while (queue.try_pop(item)) {
    }
  }
  EXPECT_EQ(g_blocks, 0);
}

TEST(InjectQueue, a_push_without_memory_fails_and_queues_nothing_whichever_block_is_missing) {
  for (int64_t allowed = 0; allowed < 40; ++allowed) {
    g_blocks = 0;
    g_blocks_allowed = allowed;
    {
      InjectQueue<uint32_t, CountedMemory> queue;
      InjectQueue<uint32_t, CountedMemory>::Producer token(queue);
      size_t queued = 0;
      for (uint32_t i = 0; i < 2000; ++i)
        queued += (i % 2 == 0 ? queue.push(i) : queue.push(token, i)) ? 1 : 0;
      EXPECT_EQ(queue.approx_size(), queued);
      size_t popped = 0;
      uint32_t item;
      while (queue.try_pop(item)) ++popped;
      EXPECT_EQ(popped, queued);
    }
    EXPECT_EQ(g_blocks, 0);
  }
}

}  // namespace
}  // namespace rsp
