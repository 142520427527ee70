// Processes that are pinned to workers, and others beside them: what is pinned runs on its worker and nowhere else, whoever
// wakes it, and what is not is taken by workers that have nothing to do.
#include <gtest/gtest.h>

#include <vector>

#include "core/env/random.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/sched/worker.hpp"
#include "tests/capi/support.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 500;
constexpr uint32_t WORKERS = 3;
constexpr uint32_t PINNED = 6;
constexpr uint32_t FREE = 6;
constexpr int64_t HOPS = 30;

uint64_t worker_here() {
  return static_cast<const rsp::Worker*>(rsp::env::thread_locals()->worker)->index() + 1;
}

/// A process hands each message on to one of all, until it has gone so many hops.
struct Player {
  uint64_t worker;
  const std::vector<rsp_pid>& all;
  rsp_pid referee;

  static rsp_next play(rsp_self* self, rsp_msg* message, void* state) {
    const Player& player = *static_cast<Player*>(state);
    if (player.worker != 0) {
      EXPECT_EQ(worker_here(), player.worker);
    } else if (worker_here() != 1) {
      RSP_SOMETIMES("a free process runs on another worker than the busiest");
    }
    const int64_t left = as_int(rsp_msg_term(message));
    const rsp_pid next = player.all[rsp::env::random_u64() % player.all.size()];
    EXPECT_EQ(rsp_send(self, left == 0 ? player.referee : next, rsp_term_int(left - 1)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }
};

void play() {
  std::vector<rsp_pid> all;
  std::vector<Player> players;
  players.reserve(PINNED + FREE);
  const Runtime runtime(WORKERS);
  const Attached me;
  for (uint32_t i = 0; i < PINNED + FREE; ++i) {
    // Most to the first: it has more to do than the others.
    const uint64_t worker = i >= PINNED ? 0 : i < PINNED / 2 ? 1 : 1 + i % WORKERS;
    Player& player = players.emplace_back(Player{worker, all, me.pid()});
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.worker = worker;
    rsp_pid pid = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &pid, nullptr, &options, &Player::play, &player, nullptr), RSP_OK);
    all.push_back(pid);
  }
  for (const rsp_pid pid : all) EXPECT_EQ(rsp_send(me, pid, rsp_term_int(HOPS)), RSP_OK);
  for (uint32_t i = 0; i < PINNED + FREE; ++i) EXPECT_EQ(text_of(me.receive()), "-1");
  for (const rsp_pid pid : all) EXPECT_EQ(me.exit(pid, "kill"), "killed");
}

TEST(Pinned, run_on_their_worker_and_nowhere_else) {
  rsp::test::run_in_forks({"pinned", 1, RUNS, __FILE__, __LINE__}, &play);
}

}  // namespace
