// Limits of mailboxes: what counts, each policy, and what is never stopped.
#include "tests/capi/mailbox_limit.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace capi_test;

namespace {

constexpr int64_t FLOOD = 1'000'000;

uint64_t dropped() {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
  return stats.dropped_messages;
}

/** A payload that counts how often it was dropped. */
struct Counted {
  std::atomic<int> drops{0};
  static void drop(void* self) { ++static_cast<Counted*>(self)->drops; }
};
const rsp_native_ops COUNTED = {sizeof(rsp_native_ops), Counted::drop, nullptr};

// S-MBOX-6, S-MBOX-7
TEST_F(MailboxLimit, refuses_what_is_too_many_and_takes_again_what_it_has_room_for) {
  const Waiter waiter(me_, {3});
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(waiter.send(i), RSP_OK);
  EXPECT_EQ(waiter.send(9), RSP_EOVERLOAD);
  EXPECT_EQ(rsp_cast(me_, waiter.pid(), NIL), RSP_EOVERLOAD);
  EXPECT_EQ(rsp_send(nullptr, waiter.pid(), NIL), RSP_EOVERLOAD);
  EXPECT_EQ(queue_length(me_, waiter.pid()), 3);
  EXPECT_EQ(waiter.numbers(3), range(0, 3));
  for (int64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(waiter.send(i), RSP_OK);
    EXPECT_EQ(as_int(rsp_msg_term(me_.receive().get())), i);
  }
  EXPECT_EQ(dropped(), 0u);
}

// S-MBOX-7
TEST_F(MailboxLimit, leaves_a_refused_payload_with_its_sender) {
  const Waiter waiter(me_, {1});
  EXPECT_EQ(waiter.send(0), RSP_OK);
  Counted payload;
  EXPECT_EQ(rsp_send_native(me_, waiter.pid(), &payload, &COUNTED), RSP_EOVERLOAD);
  EXPECT_EQ(rsp_cast_native(me_, waiter.pid(), &payload, &COUNTED), RSP_EOVERLOAD);
  rsp_ref request = {};
  EXPECT_EQ(rsp_send_request_native(me_, &request, waiter.pid(), &payload, &COUNTED), RSP_EOVERLOAD);
  EXPECT_EQ(payload.drops, 0);
}

// S-MBOX-7
TEST_F(MailboxLimit, refuses_a_call_with_a_reason_and_leaves_no_monitor) {
  const Waiter waiter(me_, {1});
  EXPECT_EQ(waiter.send(0), RSP_OK);
  rsp_msg* reply = nullptr;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_call(me_, &reply, &reason, waiter.pid(), word("ask"), RSP_INFINITE), RSP_EOVERLOAD);
  EXPECT_EQ(show(reason).substr(0, 16), "{overload,{call,");
  rsp_term_free(reason);
  rsp_ref request = {};
  EXPECT_EQ(rsp_send_request(me_, &request, waiter.pid(), NIL), RSP_EOVERLOAD);
  rsp_term info = NIL;
  rsp_term monitors = NIL;
  EXPECT_EQ(rsp_process_info(me_, &info, waiter.pid(), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_term_map_get(&monitors, info, word("monitored_by")), RSP_OK);
  EXPECT_EQ(show(monitors), "[]");
  rsp_term_free(info);
  EXPECT_EQ(me_.exit(waiter.pid(), "kill"), "killed");
  EXPECT_FALSE(me_.has_message());
}

// S-MBOX-8
TEST_F(MailboxLimit, drops_the_newest_of_a_flood_and_counts_them) {
  const Waiter waiter(me_, {10, 0, RSP_OVERFLOW_DROP_NEWEST});
  for (int64_t i = 0; i < FLOOD; ++i) ASSERT_EQ(waiter.send(i), RSP_OK);
  EXPECT_EQ(dropped(), uint64_t{FLOOD} - 10);
  EXPECT_EQ(waiter.numbers(10), range(0, 10));
}

// S-MBOX-8
TEST_F(MailboxLimit, drops_the_oldest) {
  const Waiter waiter(me_, {4, 0, RSP_OVERFLOW_DROP_OLDEST});
  for (int64_t i = 0; i < 100; ++i) {
    ASSERT_EQ(waiter.send(i), RSP_OK);
    ASSERT_EQ(queue_length(me_, waiter.pid()),
              std::min<int64_t>(i + 1, 4));  // asked, it looks at its mailbox
  }
  EXPECT_EQ(dropped(), 96u);
  EXPECT_EQ(waiter.numbers(4), range(96, 100));
}

// S-MBOX-8
TEST_F(MailboxLimit, never_holds_more_than_twice_the_limit_of_a_flood_that_drops_the_oldest) {
  const Waiter waiter(me_, {10, 0, RSP_OVERFLOW_DROP_OLDEST});
  for (int64_t i = 0; i < FLOOD; ++i) ASSERT_EQ(waiter.send(i), RSP_OK);
  EXPECT_EQ(queue_length(me_, waiter.pid()), 10);
  EXPECT_EQ(dropped(), uint64_t{FLOOD} - 10);
  const std::vector<int64_t> left = waiter.numbers(10);
  EXPECT_TRUE(std::is_sorted(left.begin(), left.end()));
  EXPECT_GE(left.front(), 10);
}

// S-MBOX-8
TEST_F(MailboxLimit, drops_by_itself_what_is_larger_than_the_limit) {
  const Waiter waiter(me_, {0, 256, RSP_OVERFLOW_DROP_OLDEST});
  EXPECT_EQ(waiter.send(1), RSP_OK);
  rsp_term large = NIL;
  EXPECT_EQ(rsp_term_binary(&large, std::string(500, 'x').data(), 500), RSP_OK);
  EXPECT_EQ(rsp_send(me_, waiter.pid(), large), RSP_OK);
  rsp_term_free(large);
  EXPECT_EQ(dropped(), 1u);
  EXPECT_EQ(waiter.numbers(1), range(1, 2));
}

// S-MBOX-9
TEST_F(MailboxLimit, ends_the_receiver_whatever_it_traps) {
  const Waiter waiter(me_, {5, 0, RSP_OVERFLOW_EXIT}, true);
  Counted payload;
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(waiter.send(i), RSP_OK);
  const std::string reason = me_.end_after(waiter.pid(), [&] {
    EXPECT_EQ(rsp_send_native(me_, waiter.pid(), &payload, &COUNTED), RSP_OK);
    for (int64_t i = 0; i < FLOOD; ++i) ASSERT_EQ(waiter.send(i), RSP_OK);
  });
  EXPECT_EQ(reason, "{limit,mailbox}");
  EXPECT_EQ(payload.drops, 1);
  EXPECT_EQ(waiter.send(0), RSP_OK);  // to the dead, like any
}

// S-MBOX-6
TEST_F(MailboxLimit, of_bytes_counts_the_message_and_its_term) {
  rsp_term text = NIL;
  EXPECT_EQ(rsp_term_binary(&text, std::string(100, 'x').data(), 100), RSP_OK);  // 128 + 16 + 112
  const Waiter waiter(me_, {0, 512 + 15});
  EXPECT_EQ(rsp_send(me_, waiter.pid(), text), RSP_OK);
  EXPECT_EQ(rsp_send(me_, waiter.pid(), text), RSP_OK);
  EXPECT_EQ(rsp_send(me_, waiter.pid(), text), RSP_EOVERLOAD);
  EXPECT_EQ(waiter.send(1), RSP_EOVERLOAD);
  waiter.let_go();
  for (int i = 0; i < 2; ++i) EXPECT_NE(me_.receive(), nullptr);
  EXPECT_EQ(queue_length(me_, waiter.pid()), 0);
  EXPECT_EQ(rsp_send(me_, waiter.pid(), text), RSP_OK);
  EXPECT_NE(me_.receive(), nullptr);
  rsp_term large = NIL;
  EXPECT_EQ(rsp_term_binary(&large, std::string(600, 'x').data(), 600), RSP_OK);
  EXPECT_EQ(rsp_send(me_, waiter.pid(), large), RSP_EOVERLOAD);
  rsp_term_free(large);
  rsp_term_free(text);
}

// S-MBOX-6
TEST_F(MailboxLimit, of_bytes_measures_no_further_than_the_limit) {
  rsp_term doubled = rsp_term_int(1);  // {X, X} of {X, X} of ...: 2^31 nodes
  for (int i = 0; i < 30; ++i) {
    const rsp_term two[] = {doubled, doubled};
    rsp_term next = NIL;
    ASSERT_EQ(rsp_term_tuple(&next, two, 2), RSP_OK);
    rsp_term_free(doubled);
    doubled = next;
  }
  const Waiter waiter(me_, {0, 4096});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(rsp_send(me_, waiter.pid(), doubled), RSP_EOVERLOAD);
  rsp_term_free(doubled);
}

// S-MBOX-6
TEST_F(MailboxLimit, may_be_one_none_or_all_there_is) {
  const Waiter one(me_, {1});
  EXPECT_EQ(one.send(0), RSP_OK);
  EXPECT_EQ(one.send(1), RSP_EOVERLOAD);
  EXPECT_EQ(one.numbers(1), range(0, 1));
  for (const Limits& limits : {Limits{0, 0, RSP_OVERFLOW_EXIT}, Limits{UINT32_MAX, UINT64_MAX}}) {
    const Waiter waiter(me_, limits);
    for (int64_t i = 0; i < 10'000; ++i) ASSERT_EQ(waiter.send(i), RSP_OK);
    EXPECT_EQ(queue_length(me_, waiter.pid()), 10'000);
    EXPECT_EQ(waiter.numbers(10'000), range(0, 10'000));
  }
  const Waiter nothing(me_, {0, 1});
  EXPECT_EQ(nothing.send(0), RSP_EOVERLOAD);
}

// S-MBOX-3
TEST_F(MailboxLimit, stops_no_exit_no_down_no_reply_and_no_timer_of_its_own) {
  EXPECT_EQ(rsp_limit_mailbox(me_, 1, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  bool before = false;
  EXPECT_EQ(rsp_trap_exit(me_, &before, true), RSP_OK);
  rsp_ref alias = {};
  EXPECT_EQ(rsp_alias(me_, &alias, RSP_ALIAS_EXPLICIT), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), word("full")), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_EOVERLOAD);

  EXPECT_EQ(rsp_send_alias(me_, alias, word("reply")), RSP_OK);
  const rsp_pid child = spawn_idle(me_, {.link = true});
  (void)me_.monitor(child);
  EXPECT_EQ(rsp_exit_signal(me_, child, word("ended")), RSP_OK);
  rsp_ref timer = {};
  EXPECT_EQ(rsp_start_timer(me_, &timer, 0, me_.pid(), word("timer")), RSP_OK);

  EXPECT_EQ(text_of(me_.receive()), "full");
  std::vector<rsp_msg_kind> kinds;
  for (int i = 0; i < 4; ++i) kinds.push_back(rsp_msg_get_kind(me_.receive().get()));
  for (const rsp_msg_kind kind : {RSP_MSG_TERM, RSP_MSG_EXIT, RSP_MSG_DOWN, RSP_MSG_TIMER})
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), kind), 1) << kind;
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_NE(me_.receive(), nullptr);
}

// S-MBOX-6
TEST_F(MailboxLimit, drops_the_message_of_a_timer_of_another_process) {
  const Waiter waiter(me_, {1});
  EXPECT_EQ(waiter.send(0), RSP_OK);
  rsp_ref timer = {};
  EXPECT_EQ(rsp_send_after(me_, &timer, 0, waiter.pid(), rsp_term_int(1)), RSP_OK);
  while (dropped() == 0) std::this_thread::yield();
  EXPECT_EQ(waiter.numbers(1), range(0, 1));
}

// S-MBOX-3
TEST_F(MailboxLimit, lets_a_kill_through_at_once) {
  for (const rsp_overflow overflow :
       {RSP_OVERFLOW_REFUSE, RSP_OVERFLOW_DROP_NEWEST, RSP_OVERFLOW_DROP_OLDEST}) {
    const Waiter waiter(me_, {2, 0, overflow});
    for (int i = 0; i < 10; ++i) (void)waiter.send(i);
    EXPECT_EQ(me_.exit(waiter.pid(), "kill"), "killed");
    EXPECT_EQ(waiter.send(0), RSP_OK);
  }
}

// S-MBOX-6
TEST_F(MailboxLimit, may_be_changed_at_any_time) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_EQ(rsp_limit_mailbox(me_, 2, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);  // what waited already does not count
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_EOVERLOAD);
  EXPECT_EQ(rsp_limit_mailbox(me_, 3, 0, RSP_OVERFLOW_DROP_NEWEST), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_EQ(dropped(), 0u);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_EQ(dropped(), 1u);
  EXPECT_EQ(rsp_limit_mailbox(me_, 0, 1, RSP_OVERFLOW_REFUSE), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_EOVERLOAD);
  EXPECT_EQ(rsp_limit_mailbox(me_, 0, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  for (int i = 0; i < 108; ++i) EXPECT_NE(me_.receive_within(0), nullptr);
  EXPECT_FALSE(me_.has_message());
  EXPECT_EQ(rsp_limit_mailbox(me_, 1, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_EOVERLOAD);
}

// S-MBOX-6
TEST_F(MailboxLimit, does_not_count_what_is_put_back) {
  EXPECT_EQ(rsp_limit_mailbox(me_, 1, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), word("first")), RSP_OK);
  Message first = me_.receive();
  EXPECT_EQ(rsp_put_back(me_, first.release()), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), word("second")), RSP_OK);
  EXPECT_EQ(rsp_send(me_, me_.pid(), NIL), RSP_EOVERLOAD);
  EXPECT_EQ(text_of(me_.receive()), "first");
  EXPECT_EQ(text_of(me_.receive()), "second");
}

TEST_F(MailboxLimit, is_refused_with_a_policy_that_is_none) {
  for (const int wrong : {-1, 4, 1000}) {
    const rsp_overflow overflow = static_cast<rsp_overflow>(wrong);
    EXPECT_EQ(rsp_limit_mailbox(me_, 1, 0, overflow), RSP_EINVAL);
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.overflow = overflow;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_spawn(me_, &pid, nullptr, &options, run_code, nullptr, nullptr), RSP_EINVAL);
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.handler = run_code;
    spec.overflow = overflow;
    EXPECT_EQ(rsp_server_start(me_, &pid, nullptr, nullptr, &spec, nullptr), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_limit_mailbox(nullptr, 1, 0, RSP_OVERFLOW_REFUSE), RSP_EINVAL);
}

/** A plain child that never lets go of its start. */
rsp_next wait_for_ever(rsp_self* self, rsp_msg*, void*) {
  rsp_ref never = {};
  EXPECT_EQ(rsp_alias(self, &never, RSP_ALIAS_REPLY), RSP_OK);
  return rsp_await(
      self, never, RSP_INFINITE, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
}

// S-MBOX-9
TEST_F(MailboxLimit, of_a_child_holds_again_after_each_restart) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.handler = wait_for_ever;
  child.start.name = atom("limited");
  child.start.max_messages = 3;
  child.start.overflow = RSP_OVERFLOW_EXIT;
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  for (int restart = 0; restart < 2; ++restart) {
    rsp_pid pid = NO_PID;
    while (pid.id == 0) pid = rsp_whereis(child.start.name);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rsp_send(me_, pid, NIL), RSP_OK);
    EXPECT_EQ(queue_length(me_, pid), 3);
    EXPECT_EQ(me_.end_by_message(pid), "{limit,mailbox}");
  }
  EXPECT_EQ(rsp_stop(me_, nullptr, supervisor, word("shutdown"), RSP_INFINITE), RSP_OK);
}

// S-MBOX-6
TEST(MailboxLimitOfManyProcesses, is_no_way_around_the_limit_of_processes) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 1;
  options.max_processes = 3;
  ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  {
    const Attached me;
    for (int round = 0; round < 5; ++round) {
      const Waiter one(me, {1});
      const Waiter two(me, {1});
      rsp_spawn_opts spawn = RSP_SPAWN_OPTS_INIT;
      spawn.max_messages = 1;
      rsp_pid pid = NO_PID;
      EXPECT_EQ(rsp_spawn(me, &pid, nullptr, &spawn, run_code, nullptr, nullptr), RSP_ELIMIT);
      EXPECT_EQ(one.send(0), RSP_OK);
      EXPECT_EQ(one.send(0), RSP_EOVERLOAD);
      EXPECT_EQ(me.exit(one.pid(), "kill"), "killed");
      EXPECT_EQ(me.exit(two.pid(), "kill"), "killed");
      rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
      do {
        EXPECT_EQ(rsp_runtime_get_stats(&stats), RSP_OK);
      } while (stats.processes > 2);
    }
  }
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
}

}  // namespace
