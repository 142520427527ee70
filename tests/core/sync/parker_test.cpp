// Parker on real threads. Its protocol is proved under tests/explore.
#include "core/sync/parker.hpp"

#include <gtest/gtest.h>

#include "core/env/thread.hpp"

namespace rsp {
namespace {

TEST(Parker, an_unpark_before_a_park_is_kept) {
  Parker parker;
  parker.unpark();
  parker.park();
}

TEST(Parker, two_unparks_are_one_token) {
  Parker parker;
  parker.unpark();
  parker.unpark();
  EXPECT_TRUE(parker.park_until(env::now_ns() + 1));
  EXPECT_FALSE(parker.park_until(env::now_ns() + 1));
}

TEST(Parker, gives_up_at_its_deadline_and_not_before) {
  Parker parker;
  const uint64_t deadline = env::now_ns() + 3'000'000;
  EXPECT_FALSE(parker.park_until(deadline));
  EXPECT_GE(env::now_ns(), deadline);
}

TEST(Parker, takes_a_token_that_is_here_although_the_deadline_has_passed) {
  Parker parker;
  parker.unpark();
  EXPECT_TRUE(parker.park_until(1));
}

struct PingPong {
  static constexpr int ROUNDS = 20'000;
  Parker ping;
  Parker pong;
  int ball = 0;  // handed over by the tokens

  static void other(void* address) {
    PingPong* game = static_cast<PingPong*>(address);
    for (int i = 0; i < ROUNDS; ++i) {
      game->ping.park();
      ++game->ball;
      game->pong.unpark();
    }
  }
};

void play() {
  PingPong game;
  env::Thread thread;
  ASSERT_EQ(thread.start("pong", PingPong::other, &game), RSP_OK);
  for (int i = 0; i < PingPong::ROUNDS; ++i) {
    ++game.ball;
    game.ping.unpark();
    game.pong.park();
    ASSERT_EQ(game.ball, 2 * (i + 1));
  }
  thread.join();
}

TEST(Parker, hands_data_to_and_fro_without_losing_a_token) { play(); }

TEST(Parker, does_so_where_its_owners_spin) {
  AdaptiveSpin::allow(true);
  play();
  AdaptiveSpin::allow(false);
}

}  // namespace
}  // namespace rsp
