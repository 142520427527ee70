// Regions and resources of very many processes, and where memory is short.
#include <cstdio>

#include "tests/stress/stress.hpp"
#include "tests/support/held_by_program.hpp"

using namespace capi_test;
using namespace stress;

namespace {

class BelongingsStress : public StressTest {};

// A process with one small piece has a chunk and the lists of its region beside what it has anyway.
TEST_F(BelongingsStress, of_very_many_processes_are_a_chunk_and_little_more_each) {
  const size_t count = static_cast<size_t>(scale(rsp::mem_is_accounting() ? 20'000 : 1'000'000));
  constexpr size_t AT_ONCE = 500;
  const Attached me;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = [](rsp_self* self, rsp_msg*, void*) {
    void* piece = nullptr;
    EXPECT_EQ(rsp_region_alloc(self, &piece, 100), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_handler handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
  std::vector<rsp_pid> all(count, me.pid());
  const uint64_t blocks_before = rsp::mem_live_blocks();
  const int64_t before = rsp::test::resident_bytes();
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(rsp_spawn(me, &all[i], nullptr, &options, handler, nullptr, nullptr), RSP_OK);
    bool alive = false;
    if (i % AT_ONCE != AT_ONCE - 1 && i + 1 != count) continue;
    for (size_t j = i - i % AT_ONCE; j <= i; ++j)
      ASSERT_EQ(rsp_is_alive(me, &alive, all[j], RSP_INFINITE), RSP_OK);
  }
  std::printf("  %zu processes with a piece of 100 bytes: %lld bytes each\n", count,
              static_cast<long long>((rsp::test::resident_bytes() - before) / static_cast<int64_t>(count)));
  if (rsp::mem_is_accounting()) {
    // What it is called with, the region's lists, a chunk; and what threads had in their hands then or have now.
    constexpr uint64_t IN_HANDS = 100;
    EXPECT_LE(rsp::mem_live_blocks(), blocks_before + 3 * count + IN_HANDS);
    EXPECT_GE(rsp::mem_live_blocks() + IN_HANDS, blocks_before + 3 * count);
  }
  for (const rsp_pid& pid : all) ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
}

#ifdef RESPROUT_FAULT_INJECTION
int g_released = 0;

/// One of the three in the code of a process, with the n-th allocation failing; all of it goes with the process.
rsp_result take_all(const Attached& me, uint64_t nth, int* added, bool* failed) {
  rsp_result result = RSP_EINVAL;
  in_callback(me, [&](rsp_self* self) {
    rsp::mem_fail_after(nth);
    void* small = nullptr;
    void* large = nullptr;
    rsp_resource resource = {};
    result = rsp_region_alloc(self, &small, 10);
    EXPECT_EQ(small != nullptr, result == RSP_OK);
    if (result == RSP_OK) {
      result = rsp_region_alloc(self, &large, 10'000);
      EXPECT_EQ(large != nullptr, result == RSP_OK);
    }
    for (int i = 0; i < 20 && result == RSP_OK; ++i) {  // more than are found without a hash
      resource = {};
      result = rsp_resource_add(
          self, &resource, [](void*) { ++g_released; }, nullptr);
      EXPECT_EQ(resource.id != 0, result == RSP_OK);
      if (result == RSP_OK) ++*added;
    }
    *failed = rsp::mem_fail_never() != 0;
  });
  return result;
}

TEST_F(BelongingsStress, go_with_the_process_whichever_allocation_fails) {
  const Attached me;
  int refused = 0;
  int went_on = 0;
  // What another thread allocates meanwhile, in some rounds and not in others, moves the numbers of these by one: one of them
  // may fail in two rounds, or in none. Only one of them is the hash, without which it goes on: until that was seen.
  while (went_on == 0) {
    refused = 0;
    for (uint64_t nth = 1;; ++nth) {
      int added = 0;
      bool failed = false;
      g_released = 0;
      const rsp_result result = take_all(me, nth, &added, &failed);
      EXPECT_TRUE(result == RSP_OK || (failed && result == RSP_ENOMEM)) << rsp_result_name(result);
      EXPECT_EQ(g_released, added);
      if (!failed) break;
      ++(result == RSP_OK ? went_on : refused);
    }
    EXPECT_GE(refused, 12);  // the lists, the chunk, the large piece, twenty resources: 23
  }
}
#endif

}  // namespace
