// The wake-up protocol around InjectQueue, under every interleaving: push, then read-modify-write the idle
// word; read-modify-write the idle word, then look again.
#include "core/sync/inject_queue.hpp"

#include <gtest/gtest.h>

#include "core/sync/parker.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using test::bound;
using test::explore;
using test::finds;
using test::holds;

struct Pool {
  InjectQueue<uint32_t> queue;
  env::Atomic<uint32_t> idle{0};
  Parker parker;
  uint32_t sum = 0;
};

template <uint32_t ITEM>
void submit(Pool& pool) {
  RSP_CHECK(pool.queue.push(ITEM));
  // Acquire and release: pairs with the worker's announcement, whichever of the two comes first.
  if (pool.idle.exchange(0, env::ACQ_REL) == 1) pool.parker.unpark();
}

template <bool LOOKS_AGAIN>
void work(Pool& pool) {
  for (int done = 0; done < 2;) {
    uint32_t item = 0;
    if (pool.queue.try_pop(item)) {
      pool.sum += item;
      ++done;
      continue;
    }
    pool.idle.exchange(1, env::ACQ_REL);  // pairs with submit's exchange
    if (LOOKS_AGAIN && pool.queue.approx_size() > 0) {
      if (pool.idle.exchange(0, env::ACQ_REL) == 0) pool.parker.park();  // a token is on its way
      continue;
    }
    pool.parker.park();
  }
}

void all_done(Pool& pool) { RSP_CHECK(pool.sum == 3); }

TEST(InjectQueueExplored, push_then_exchange_against_exchange_then_look_loses_no_wake_up) {
  const auto result = explore<Pool>(bound(4), {work<true>, submit<1>, submit<2>}, all_done);
  EXPECT_TRUE(holds(result));
}

TEST(InjectQueueExplored, a_worker_that_does_not_look_again_sleeps_over_an_item) {
  const auto result = explore<Pool>(bound(4), {work<false>, submit<1>, submit<2>}, all_done);
  EXPECT_TRUE(finds("deadlock", result));
}

struct NoMemory {
  static void* allocate(size_t) noexcept { return nullptr; }
  static void release(void*) noexcept {}
};

TEST(InjectQueueExplored, a_push_without_memory_fails_and_queues_nothing) {
  InjectQueue<uint32_t, NoMemory> queue;
  uint32_t item = 0;
  EXPECT_FALSE(queue.push(1));
  EXPECT_FALSE(queue.try_pop(item));
}

TEST(InjectQueueExplored, gives_every_item_back_once_over_many_growths) {
  InjectQueue<uint32_t> queue;
  for (uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(queue.push(i));
  EXPECT_EQ(queue.approx_size(), 1000u);
  bool seen[1000] = {};
  uint32_t items[64];
  size_t total = 0;
  while (size_t found = queue.try_pop_many(items, 64)) {
    for (size_t i = 0; i < found; ++i) {
      EXPECT_FALSE(seen[items[i]]);
      seen[items[i]] = true;
    }
    total += found;
  }
  EXPECT_EQ(total, 1000u);
}

}  // namespace
}  // namespace rsp
