// Processes that are behind: what they and those that send to them get of the workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/capi/support.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;

constexpr uint64_t RUNS = 200;

rsp_pid spawn(rsp_handler handler, void* state) {
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, nullptr, handler, state, nullptr), RSP_OK);
  return pid;
}

/// One worker. A process uses up its turn with each message, another does nothing else: how many messages the first one
/// handles at a time.
struct TurnOfOne {
  static constexpr uint32_t MESSAGES = 8;

  using Deed = void (*)(rsp_self* self, TurnOfOne& s);
  explicit TurnOfOne(Deed uses_up) : uses_up_turn(uses_up) {}

  static rsp_next handle(rsp_self* self, rsp_msg*, void* state) {
    TurnOfOne& s = *static_cast<TurnOfOne*>(state);
    ++s.in_a_row.back();
    s.uses_up_turn(self, s);
    return ++s.handled < MESSAGES ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
  }

  /// It sends all, and is in the ring from then on: what comes there from outside comes when the worker looks for it.
  static rsp_next come_between(rsp_self* self, rsp_msg*, void* state) {
    TurnOfOne& s = *static_cast<TurnOfOne*>(state);
    if (s.handled == MESSAGES) return RSP_NEXT_STOP;
    if (!s.has_begun) {
      for (uint32_t i = 0; i < MESSAGES; ++i) EXPECT_EQ(rsp_send(self, s.receiver, NIL), RSP_OK);
      s.has_begun = true;
    }
    if (s.in_a_row.back() != 0) s.in_a_row.push_back(0);
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }

  void run() {
    const Runtime runtime(1);
    const Attached me;
    nobody = dead_pid(me);
    receiver = spawn(&handle, this);
    const rsp_pid between = spawn(&come_between, this);
    EXPECT_EQ(rsp_send(me, between, NIL), RSP_OK);
    for (const rsp_pid pid : {receiver, between}) (void)me.end_of(pid);
  }

  uint32_t most_in_a_row() const { return *std::max_element(in_a_row.begin(), in_a_row.end()); }

  const Deed uses_up_turn;
  rsp_pid nobody = NO_PID;
  rsp_pid receiver = NO_PID;
  bool has_begun = false;
  uint32_t handled = 0;
  std::vector<uint32_t> in_a_row{0};
};

void send_a_turn_of_messages() {
  TurnOfOne s([](rsp_self* self, TurnOfOne& one) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(rsp_send(self, one.nobody, NIL), RSP_OK);
  });
  s.run();
  // Of eight, as long as three wait besides: six at once, the last two one by one.
  EXPECT_EQ(s.most_in_a_row(), 6U);
}

// S-MBOX-10
TEST(Pressure, who_is_behind_goes_on_beyond_its_turn) {
  rsp::test::run_in_forks({"pressure-turns", 1, RUNS, __FILE__, __LINE__}, &send_a_turn_of_messages);
}

void give_way() {
  TurnOfOne s([](rsp_self* self, TurnOfOne&) { EXPECT_EQ(rsp_bump_reductions(self, 4000), RSP_OK); });
  s.run();
  EXPECT_EQ(s.most_in_a_row(), 1U);
}

// S-PROC-12
TEST(Pressure, who_is_behind_gives_way_where_it_means_to) {
  rsp::test::run_in_forks({"pressure-giving-way", 1, RUNS, __FILE__, __LINE__}, &give_way);
}

/// Two workers. So many send bursts to one that is behind all the time: all of it arrives, in order.
struct Flood {
  static constexpr uint32_t SENDERS = 6;
  static constexpr int64_t BURSTS = 6;
  static constexpr int64_t BURST = 20;

  struct Sender {
    Flood* flood;
    int64_t sent = 0;
  };

  static rsp_next send(rsp_self* self, rsp_msg*, void* state) {
    Sender& sender = *static_cast<Sender*>(state);
    const int64_t index = &sender - sender.flood->senders;
    for (int64_t i = 0; i < BURST; ++i) {
      const rsp_term number = rsp_term_int(index * 1000 + sender.sent++);
      EXPECT_EQ(rsp_send(self, sender.flood->receiver, number), RSP_OK);
    }
    if (sender.sent == BURSTS * BURST) return RSP_NEXT_STOP;
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }

  static rsp_next receive(rsp_self* self, rsp_msg* message, void* state) {
    Flood& flood = *static_cast<Flood*>(state);
    const int64_t number = as_int(rsp_msg_term(message));
    EXPECT_EQ(number % 1000, flood.received[number / 1000]++);
    // A turn of it, now and then.
    for (int i = 0; flood.left % 3 == 0 && i < 100; ++i) EXPECT_EQ(rsp_send(self, flood.nobody, NIL), RSP_OK);
    return --flood.left == 0 ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
  }

  Sender senders[SENDERS] = {};
  rsp_pid receiver = NO_PID;
  rsp_pid nobody = NO_PID;
  int64_t received[SENDERS] = {};
  int64_t left = SENDERS * BURSTS * BURST;
};

void flood() {
  Flood s;
  const Runtime runtime(2);
  const Attached me;
  s.nobody = dead_pid(me);
  s.receiver = spawn(&Flood::receive, &s);
  for (Flood::Sender& sender : s.senders) {
    sender.flood = &s;
    EXPECT_EQ(rsp_send(me, spawn(&Flood::send, &sender), NIL), RSP_OK);
  }
  (void)me.end_of(s.receiver);
  EXPECT_EQ(s.left, 0);
}

// S-MBOX-10
TEST(Pressure, all_that_is_sent_to_one_that_is_behind_arrives) {
  rsp::test::run_in_forks({"pressure-flood", 1, RUNS, __FILE__, __LINE__}, &flood);
}

}  // namespace
