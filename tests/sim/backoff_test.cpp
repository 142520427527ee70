// When a supervisor starts a child again that has a backoff: exact, because time is virtual and moves when nothing else does.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "core/env/clock.hpp"
#include "core/env/random.hpp"
#include "resprout/await.h"
#include "tests/capi/support.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 100;
constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint32_t UP_FOR_EVER = UINT32_MAX;

using Times = std::vector<uint64_t>;

/// A child that notes when it starts. Each start: how long it then lives, in ms; NOT_AT_ALL: its init fails.
constexpr uint32_t NOT_AT_ALL = 0;
struct Child {
  rsp_pid observer = NO_PID;
  std::vector<uint32_t> lives;
  Times ups{};
};

rsp_next init(rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
  Child& child = *static_cast<Child*>(ctx);
  const size_t starts = child.ups.size();
  child.ups.push_back(rsp::env::now_ns());
  const uint32_t life = starts < child.lives.size() ? child.lives[starts] : UP_FOR_EVER;
  if (life == UP_FOR_EVER) {
    EXPECT_EQ(rsp_send(self, child.observer, word("stays")), RSP_OK);
  } else if (life == NOT_AT_ALL) {
    ret->action = RSP_SERVER_STOP;
    ret->reason = word("nope");
  } else {
    ret->wait = RSP_SERVER_WAIT_TIMEOUT;
    ret->timeout_ms = life;
    ret->state = ctx;
  }
  return RSP_NEXT_CONTINUE;
}

rsp_next crash(rsp_self* self, void*, rsp_msg*, rsp_server_return*) { return rsp_exit(self, word("crash")); }

rsp_server_ops child_ops() {
  rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "child";
  ops.init = &init;
  ops.handle_info = &crash;
  return ops;
}

/// Starts a supervisor over these children, does something with it, and waits until they all stay up.
void run(
    const std::vector<Child*>& children, const std::vector<const rsp_backoff*>& backoffs,
    rsp_strategy strategy = RSP_ONE_FOR_ONE,
    const std::function<void(const Attached&, rsp_pid)>& then = [](const Attached&, rsp_pid) {}) {
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  const Runtime runtime(static_cast<uint32_t>(1 + rsp::env::random_u64() % 3));
  const Attached me;
  const rsp_server_ops ops = child_ops();
  std::vector<rsp_child_spec> specs;
  for (size_t i = 0; i < children.size(); ++i) {
    children[i]->observer = me.pid();
    rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
    spec.id = rsp_term_int(static_cast<int64_t>(i));
    spec.start.ops = &ops;
    spec.start.ctx = children[i];
    spec.backoff = backoffs[i];
    specs.push_back(spec);
  }
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.max_restarts = 100;
  opts.strategy = strategy;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, specs.data(), specs.size(), &opts, nullptr),
            RSP_OK);
  then(me, supervisor);
  for (size_t i = 0; i < children.size(); ++i) EXPECT_EQ(text_of(me.receive()), "stays");
}

/// The delays of a child's restarts: from the end of each life to the next start, in ns.
Times delays(const Child& child) {
  Times all;
  for (size_t i = 0; i + 1 < child.ups.size(); ++i)
    all.push_back(child.ups[i + 1] - child.ups[i] - child.lives[i] * NS_IN_MS);
  return all;
}

Times in_ms(const Times& expected) {
  Times ns = expected;
  for (uint64_t& time : ns) time *= NS_IN_MS;
  return ns;
}

void in_forks(const char* name, int line, const std::function<void()>& body) {
  rsp::test::run_in_forks({name, 1, RUNS, __FILE__, line}, body);
}

// S-SUP-50
TEST(Backoff, grows_by_its_factor_up_to_its_maximum_and_begins_anew_after_a_good_life) {
  in_forks("backoff_delays", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 100, 1000, 2.0, 0.0, 5000};
    Child child{.lives = {1, 1, NOT_AT_ALL, NOT_AT_ALL, 1, 1, 4999, 5000, 1, UP_FOR_EVER}};
    run({&child}, {&backoff});
    EXPECT_EQ(delays(child), in_ms({100, 200, 400, 800, 1000, 1000, 1000, 100, 200}));
  });
}

// S-SUP-50
TEST(Backoff, has_a_good_life_as_long_as_its_maximum_where_nothing_else_is_said) {
  in_forks("backoff_reset", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 3, 40, 1.5, 0.0, 0};
    Child child{.lives = {1, 1, 1, 39, 40, 1, UP_FOR_EVER}};
    run({&child}, {&backoff});
    Times expected = in_ms({3, 0, 0, 0, 3, 0});
    expected[1] = expected[5] = 4'500'000;
    expected[2] = 6'750'000;
    expected[3] = 10'125'000;
    EXPECT_EQ(delays(child), expected);
  });
}

/// An init that takes ten seconds.
rsp_next slow_init(rsp_self* self, void*, rsp_term, rsp_server_return*) {
  rsp_ref never{};
  EXPECT_EQ(rsp_alias(self, &never, RSP_ALIAS_EXPLICIT), RSP_OK);
  return rsp_await(
      self, never, 10'000, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }, nullptr);
}

// S-SUP-50
TEST(Backoff, counts_the_life_of_the_child_to_its_end_however_late_the_supervisor_sees_to_it) {
  in_forks("backoff_busy", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 100, 1000, 2.0, 0.0, 5000};
    Child child{.lives = {1, 2000, UP_FOR_EVER}};
    rsp_server_ops slow = child_ops();
    slow.init = &slow_init;
    rsp_child_spec busy = RSP_CHILD_SPEC_INIT;
    busy.id = word("busy");
    busy.start.ops = &slow;
    run({&child}, {&backoff}, RSP_ONE_FOR_ONE, [&](const Attached& me, rsp_pid supervisor) {
      EXPECT_TRUE(me.receive_within(1000) == nullptr);
      rsp_pid pid = NO_PID;
      EXPECT_EQ(rsp_supervisor_start_child(me, &pid, nullptr, supervisor, &busy, RSP_INFINITE), RSP_OK);
    });
    ASSERT_EQ(child.ups.size(), 3u);
    EXPECT_EQ(child.ups[1] - child.ups[0], 101 * NS_IN_MS);
    // It has lived for two seconds, and the supervisor was busy until eleven.
    EXPECT_EQ(child.ups[2] - child.ups[0], 11'200 * NS_IN_MS);
  });
}

// S-SUP-50
TEST(Backoff, is_shortened_by_chance_and_never_by_more_than_its_jitter) {
  in_forks("backoff_jitter", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 100, 800, 2.0, 0.25, 0};
    Child child{.lives = {1, 1, 1, 1, 1, UP_FOR_EVER}};
    run({&child}, {&backoff});
    const Times most = in_ms({100, 200, 400, 800, 800});
    const Times all = delays(child);
    ASSERT_EQ(all.size(), most.size());
    bool is_shorter = false;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_LE(all[i], most[i]);
      EXPECT_GE(all[i], most[i] / 4 * 3);
      is_shorter = is_shorter || all[i] < most[i];
    }
    EXPECT_TRUE(is_shorter);
  });
}

// S-SUP-50
TEST(Backoff, can_be_shortened_to_nothing) {
  in_forks("backoff_full_jitter", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 1, 1000, 10.0, 1.0, 0};
    Child child{.lives = {1, 1, 1, UP_FOR_EVER}};
    run({&child}, {&backoff});
    const Times most = in_ms({1, 10, 100});
    for (size_t i = 0; i < most.size(); ++i) EXPECT_LE(delays(child)[i], most[i]);
  });
}

// S-SUP-50, S-SUP-53
TEST(Backoff, delays_the_group_of_the_child_that_has_ended) {
  in_forks("backoff_group", __LINE__, [] {
    const rsp_backoff backoff = {sizeof(rsp_backoff), 100, 1000, 2.0, 0.0, 0};
    // The second ends twice; the first is started with it.
    Child first{.lives = {900, 900, UP_FOR_EVER}};
    Child second{.lives = {10, 10, UP_FOR_EVER}};
    run({&first, &second}, {nullptr, &backoff}, RSP_ONE_FOR_ALL);
    EXPECT_EQ(delays(second), in_ms({100, 200}));
    EXPECT_EQ(first.ups, second.ups);
  });
}

// S-SUP-53
TEST(Backoff, is_that_of_the_child_of_the_group_that_does_not_start) {
  in_forks("backoff_group_start", __LINE__, [] {
    const rsp_backoff slow = {sizeof(rsp_backoff), 100, 1000, 2.0, 0.0, 0};
    const rsp_backoff fast = {sizeof(rsp_backoff), 10, 1000, 3.0, 0.0, 0};
    Child first{.lives = {7, 900, 900, UP_FOR_EVER}};
    Child second{.lives = {900, NOT_AT_ALL, NOT_AT_ALL, UP_FOR_EVER}};
    run({&first, &second}, {&slow, &fast}, RSP_ONE_FOR_ALL);
    ASSERT_EQ(first.ups.size(), 4u);
    EXPECT_EQ(first.ups[1] - first.ups[0], 107 * NS_IN_MS);
    EXPECT_EQ(first.ups[2] - first.ups[1], 10 * NS_IN_MS);
    EXPECT_EQ(first.ups[3] - first.ups[2], 30 * NS_IN_MS);
  });
}

}  // namespace
