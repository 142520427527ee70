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

rsp_pid spawn_on(uint64_t worker, rsp_handler handler, void* state) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.worker = worker;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, handler, state, nullptr), RSP_OK);
  return pid;
}

void ask_one_on(uint64_t worker, const Attached& me) {
  const rsp_handler echo = [](rsp_self* self, rsp_msg* message, void*) {
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), rsp_msg_term(message)), RSP_OK);
    return RSP_NEXT_STOP;
  };
  EXPECT_EQ(rsp_send(me, spawn_on(worker, echo, nullptr), word("here")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "here");
}

/// On the only worker, one that is pinned and a free one have something to do all the time, in which no time passes: both
/// leave others their turns, those that are pinned and those that are not.
void flood() {
  bool ends = false;
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler again = [](rsp_self* self, rsp_msg*, void* state) {
    if (*static_cast<bool*>(state)) return RSP_NEXT_STOP;
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid floods[] = {spawn_on(1, again, &ends), spawn_on(0, again, &ends)};
  for (const rsp_pid pid : floods) {
    EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    for (const uint64_t worker : {1, 0}) ask_one_on(worker, me);
  }
  ends = true;
  for (const rsp_pid pid : floods) (void)me.end_of(pid);
}

TEST(Pinned, keep_nobody_waiting_and_are_not_kept) {
  rsp::test::run_in_forks({"pinned-floods", 1, RUNS / 10, __FILE__, __LINE__}, &flood);
}

}  // namespace
