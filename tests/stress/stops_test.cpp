// I11: after each stop of a runtime that was under load, what the program holds is what it held after the first ones.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/base/sanitizers.hpp"
#include "tests/stress/stress.hpp"
#include "tests/support/held_by_program.hpp"

#if RSP_TSAN
#include <sanitizer/common_interface_defs.h>
#endif

using namespace capi_test;
using namespace stress;
using rsp::test::entries_of;

namespace {

struct Holdings {
  size_t threads = 0;
  size_t descriptors = 0;
  size_t mappings = 0;
  uint64_t blocks = 0;
};

size_t lines_of(const char* path) {
  std::ifstream file(path);
  return static_cast<size_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

Holdings holdings() {
  return {entries_of("/proc/self/task"), entries_of("/proc/self/fd"), lines_of("/proc/self/maps"),
          rsp::mem_live_blocks()};
}

rsp_next select_pipe(rsp_self* self, rsp_msg* message, void* ends) {
  if (message != nullptr) return RSP_NEXT_CONTINUE;
  rsp_ref ref = {};
  const rsp_result result = rsp_select(self, &ref, *static_cast<int*>(ends), RSP_SELECT_READ);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << rsp_result_name(result);  // the stop may be first
  return RSP_NEXT_CONTINUE;
}

/** At its first report, one that is suppressed too, ThreadSanitizer starts a program that names functions, and holds two
 * pipes to it from then on. Whether a report comes is a matter of who came first, so it is made to start it before anything
 * is counted. */
void let_the_sanitizer_open_its_pipes() {
#if RSP_TSAN
  char name[64];
  __sanitizer_symbolize_pc(__builtin_return_address(0), "%f", name, sizeof name);
#endif
}

/** Processes that are linked, watch, wait for timers and descriptors, block and are in the middle of messages: the stop
 * ends them all. */
void be_busy() {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = WORKERS;
  ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  rsp_spawn_opts waits = RSP_SPAWN_OPTS_INIT;
  waits.start = select_pipe;
  rsp_pid selects = NO_PID;
  ASSERT_EQ(rsp_spawn(nullptr, &selects, nullptr, &waits, select_pipe, ends, nullptr), RSP_OK);
  in_threads(2, [](int) {
    const Attached me;
    std::vector<rsp_pid> echoes;
    for (int i = 0; i < scale(2000); ++i) {
      const rsp_pid pid = spawn_echo(me);
      echoes.push_back(pid);
      rsp_ref timer = {};
      (void)me.monitor(pid);
      EXPECT_EQ(rsp_send_after(me, &timer, static_cast<uint64_t>(i % 50), pid, word("late")), RSP_OK);
      EXPECT_EQ(rsp_send(me, pid, word("now")), RSP_OK);
      if (i % 100 == 0) {
        spawn(me,
              [](rsp_self* self, rsp_msg*) {
                // The stop may meet it before, and inside.
                if (rsp_blocking_begin(self) == RSP_OK) (void)!rsp_blocking_end(self);
                return RSP_NEXT_CONTINUE;
              },
              {.start = true});
      }
      if (i % 2 == 0) {
        EXPECT_EQ(rsp_exit_signal(me, echoes[echoes.size() / 2], word("kill")), RSP_OK);
      }
    }
  });
  rsp_result stopped = RSP_ETIMEDOUT;
  while (stopped == RSP_ETIMEDOUT) stopped = rsp_runtime_stop(0);
  ASSERT_EQ(stopped, RSP_OK);
  close(ends[0]);
  close(ends[1]);
}

// Where stacks of threads and the allocator have their pages is a matter of who came first, so the number of mappings goes
// up and down by some. One that each stop left would be SOME * 6 more between the first ones that count and the last.
TEST(Stops, leave_what_the_first_ones_left) {
  constexpr int SOME = 10;
  let_the_sanitizer_open_its_pipes();
  for (int i = 0; i < SOME; ++i) be_busy();  // caches of threads and of the allocator fill
  Holdings first;
  size_t least_mappings = SIZE_MAX;
  for (int i = 0; i < 8 * SOME; ++i) {
    be_busy();
    const Holdings now = holdings();
    if (i < SOME) {
      first.threads = std::max(first.threads, now.threads);
      first.mappings = std::max(first.mappings, now.mappings);
      first.descriptors = now.descriptors;
      first.blocks = now.blocks;
      continue;
    }
    EXPECT_EQ(now.descriptors, first.descriptors);
    EXPECT_EQ(now.blocks, first.blocks);
    // The kernel takes a thread out of the list some time after it was joined.
    wait_until([&] { return holdings().threads <= first.threads; });
    if (i >= 7 * SOME) least_mappings = std::min(least_mappings, now.mappings);
  }
  EXPECT_LE(least_mappings, first.mappings + 3 * SOME);
}

}  // namespace
