// What a burst of processes leaves behind: next to nothing.
#include <cstdio>
#include <thread>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/proc/table.hpp"
#include "tests/stress/stress.hpp"
#include "tests/support/held_by_program.hpp"

using namespace capi_test;
using namespace stress;

namespace {

double resident_mib() { return static_cast<double>(rsp::test::resident_bytes()) / (1 << 20); }

class Memory : public StressTest {};

/** But this thread's process, and the root. */
void wait_until_ended() {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  do {
    std::this_thread::yield();
    ASSERT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
  } while (stats.processes > 2);
}

/** Begins so many processes, and ends them all. What was resident meanwhile, in MiB. */
double burst(const Attached& me, std::vector<rsp_pid>& all) {
  constexpr size_t AT_ONCE = 1000;  // or the queue of what waits for workers would be what is measured
  const auto handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
  bool alive = false;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(rsp_spawn(me, &all[i], nullptr, nullptr, handler, nullptr, nullptr), RSP_OK);
    if (i % AT_ONCE == 0) {
      EXPECT_EQ(rsp_is_alive(me, &alive, all[i], RSP_INFINITE), RSP_OK);
    }
  }
  const double meanwhile = resident_mib();
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(rsp_send(me, all[i], NIL), RSP_OK);
    if (i % AT_ONCE == 0) {
      EXPECT_EQ(rsp_is_alive(me, &alive, all[i], RSP_INFINITE), RSP_OK);
    }
  }
  wait_until_ended();
  return meanwhile;
}

// The table gives its chunks back; what is kept is a small part of what a burst had.
TEST_F(Memory, of_a_million_processes_goes_back_when_they_have_ended) {
  const size_t count = static_cast<size_t>(scale(1'000'000));
  const Attached me;
  std::vector<rsp_pid> few(1000);
  std::vector<rsp_pid> many(count, me.pid());  // its pages are there before
  burst(me, few);
  const double before = resident_mib();
  double after = 0;
  for (int round = 0; round < 3; ++round) {
    const double meanwhile = burst(me, many);
    after = resident_mib();
    std::printf("  %zu processes: %.1f MiB before, %.1f with them, %.1f after; %u slots are kept\n", count,
                before, meanwhile, after, rsp::table().begun());
  }
#if !RSP_TSAN && !RSP_ASAN
  // What they had was their control blocks and more.
  const double theirs = static_cast<double>(count) * sizeof(rsp::Process) / (1 << 20);
  if (theirs > 100) {
    EXPECT_LT(after - before, theirs / 5);
  }
#endif
  EXPECT_LE(rsp::table().begun(), rsp::ProcessTable::KEPT_FREE + 2 * rsp::ProcessTable::CHUNK_LENGTH);
}

}  // namespace
