// Threads that make themselves processes: attach, receive, die, detach.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Attach : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

TEST_F(Attach, makes_the_thread_a_process_with_a_pid_of_its_own) {
  const Attached me;
  EXPECT_EQ(rsp_current(), me.self());
  EXPECT_NE(me.pid().id, 0u);
  std::thread([&me] {
    EXPECT_EQ(rsp_current(), nullptr);
    const Attached other;
    EXPECT_FALSE(other.pid() == me.pid());
  }).join();
  const rsp_pid before = me.pid();
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, before, 0), RSP_OK);
  EXPECT_TRUE(alive);
}

TEST_F(Attach, is_refused_twice_and_in_a_callback) {
  const Attached me;
  rsp_self* again = nullptr;
  EXPECT_EQ(rsp_attach(&again), RSP_EALREADY);
  EXPECT_EQ(again, nullptr);
  EXPECT_EQ(rsp_attach(nullptr), RSP_EINVAL);
  in_callback(me, [](rsp_self*) {
    rsp_self* inner = nullptr;
    EXPECT_EQ(rsp_attach(&inner), RSP_EALREADY);
  });
}

TEST_F(Attach, can_be_done_again_after_a_detach) {
  rsp_pid before = NO_PID;
  for (int i = 0; i < 100; ++i) {
    const Attached me;
    EXPECT_FALSE(me.pid() == before);
    before = me.pid();
  }
  EXPECT_EQ(rsp_current(), nullptr);
}

TEST_F(Attach, detach_ends_the_process_with_the_given_reason) {
  const Attached me;
  std::thread([to = me.pid()] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    EXPECT_EQ(rsp_send(self, to, rsp_term_pid(rsp_self_pid(self))), RSP_OK);
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_OK);
    rsp_msg_free(message);
    EXPECT_EQ(rsp_detach(self, word("enough")), RSP_OK);
    EXPECT_EQ(rsp_detach(self, word("enough")), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_checkpoint(self), RSP_EWRONGTHREAD);
  }).detach();
  const rsp_pid pid = as_pid(rsp_msg_term(me.receive().get()));
  me.monitor(pid);
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "enough");
}

TEST_F(Attach, detach_needs_a_handle_and_a_term) {
  const Attached me;
  EXPECT_EQ(rsp_detach(nullptr, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_detach(me, rsp_term{99, 0}), RSP_EINVAL);
  EXPECT_EQ(rsp_checkpoint(me), RSP_OK);
}

// S-EXIT-7
TEST_F(Attach, a_thread_that_ends_without_detaching_ends_its_process) {
  const Attached me;
  std::atomic<bool> may_end{false};
  std::thread thread([&, to = me.pid()] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ASSERT_EQ(rsp_send(self, to, rsp_term_pid(rsp_self_pid(self))), RSP_OK);
    while (!may_end) std::this_thread::yield();
  });
  const rsp_pid pid = as_pid(rsp_msg_term(me.receive().get()));
  me.monitor(pid);
  may_end = true;
  EXPECT_EQ(text_of(me.receive()), "thread_ended");
  thread.join();
}

// S-NAT-3: its thread is elsewhere, and yet it is dead to all others at once.
TEST_F(Attach, a_process_whose_thread_is_elsewhere_is_killed_at_once) {
  const Attached me;
  std::atomic<bool> may_go_on{false};
  std::thread thread([&, to = me.pid()] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    const rsp_pid pid = rsp_self_pid(self);
    ASSERT_EQ(rsp_send(self, to, rsp_term_pid(pid)), RSP_OK);
    while (!may_go_on) std::this_thread::yield();
    EXPECT_EQ(rsp_send(self, to, NIL), RSP_EXITING);
    EXPECT_EQ(rsp_self_pid(self), pid);
    EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_EXITING);
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  });
  const rsp_pid pid = as_pid(rsp_msg_term(me.receive().get()));
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  bool alive = true;
  EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_FALSE(alive);
  may_go_on = true;
  thread.join();
  EXPECT_FALSE(me.has_message());
}

TEST_F(Attach, a_receive_ends_when_the_process_is_killed) {
  const Attached me;
  std::thread thread([to = me.pid()] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ASSERT_EQ(rsp_send(self, to, rsp_term_pid(rsp_self_pid(self))), RSP_OK);
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_EXITING);
    EXPECT_EQ(message, nullptr);
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
  });
  const rsp_pid pid = as_pid(rsp_msg_term(me.receive().get()));
  EXPECT_EQ(me.exit(pid, "stop_it"), "stop_it");
  thread.join();
}

// S-EXIT-14
TEST_F(Attach, an_exit_signal_to_oneself_ends_the_call_that_sent_it) {
  const Attached watcher;
  for (const char* reason : {"normal", "kill", "other"}) {
    std::thread([reason, to = watcher.pid()] {
      rsp_self* self = nullptr;
      ASSERT_EQ(rsp_attach(&self), RSP_OK);
      EXPECT_EQ(rsp_link(self, to), RSP_OK);
      EXPECT_EQ(rsp_unlink(self, to), RSP_OK);
      EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), word(reason)), RSP_EXITING);
      EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
    }).join();
  }
}

TEST_F(Attach, trapped_signals_wait_as_messages) {
  const Attached me;
  bool before = true;
  ASSERT_EQ(rsp_trap_exit(me, &before, true), RSP_OK);
  EXPECT_FALSE(before);
  ASSERT_EQ(rsp_exit_signal(nullptr, me.pid(), word("a_reason")), RSP_OK);
  const Message message = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_EXIT);
  EXPECT_EQ(text_of(message), "a_reason");
  ASSERT_EQ(rsp_trap_exit(me, &before, false), RSP_OK);
  EXPECT_TRUE(before);
}

// The thread takes its process back from the worker that serves its signals, over and over.
TEST_F(Attach, goes_on_while_others_pour_signals_on_it) {
  constexpr int SIGNALS = 5000;
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([to = me.pid()] {
      for (int k = 0; k < SIGNALS; ++k) ASSERT_EQ(rsp_exit_signal(nullptr, to, word("normal")), RSP_OK);
    });
  }
  for (int received = 0; received < 3 * SIGNALS;) {
    ASSERT_EQ(rsp_checkpoint(me), RSP_OK);
    if (me.receive_within(0) != nullptr) ++received;
  }
  for (std::thread& other : others) other.join();
  EXPECT_FALSE(me.has_message());
}

// ---- Receive ----

// S-MBOX-1
TEST_F(Attach, receive_takes_the_oldest_that_matches_and_leaves_the_others_in_order) {
  const Attached me;
  for (int i = 0; i < 6; ++i) ASSERT_EQ(rsp_send(me, me.pid(), rsp_term_int(i)), RSP_OK);
  int looked_at = 0;
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.match = [](const rsp_msg* message, void* count) {
    ++*static_cast<int*>(count);
    return as_int(rsp_msg_term(message)) == 3;
  };
  options.match_ctx = &looked_at;
  rsp_msg* third = nullptr;
  ASSERT_EQ(rsp_receive(me, &third, &options), RSP_OK);
  EXPECT_EQ(as_int(rsp_msg_term(third)), 3);
  EXPECT_EQ(looked_at, 4);
  rsp_msg_free(third);
  for (const int expected : {0, 1, 2, 4, 5}) EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), expected);
  EXPECT_FALSE(me.has_message());
}

// S-MBOX-1
TEST_F(Attach, what_is_put_back_is_received_again_in_its_place) {
  const Attached me;
  for (int i = 0; i < 4; ++i) ASSERT_EQ(rsp_send(me, me.pid(), rsp_term_int(i)), RSP_OK);
  rsp_msg* first = me.receive().release();
  rsp_msg* second = me.receive().release();
  EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), 2);
  EXPECT_EQ(rsp_put_back(me, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_put_back(nullptr, first), RSP_EINVAL);
  const rsp_pid borrower = spawn(me, [](rsp_self* self, rsp_msg* lent) {
    EXPECT_EQ(rsp_put_back(self, lent), RSP_EINVAL);
    return RSP_NEXT_STOP;
  });
  EXPECT_EQ(rsp_send(me, borrower, NIL), RSP_OK);
  (void)me.end_of(borrower);
  ASSERT_EQ(rsp_put_back(me, second), RSP_OK);
  ASSERT_EQ(rsp_put_back(me, first), RSP_OK);
  for (const int expected : {0, 1, 3}) EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), expected);
  // Also the only one, and one that nobody takes any more.
  ASSERT_EQ(rsp_send(me, me.pid(), word("only")), RSP_OK);
  ASSERT_EQ(rsp_put_back(me, me.receive().release()), RSP_OK);
  ASSERT_EQ(rsp_send(me, me.pid(), word("next")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "only");
  EXPECT_EQ(text_of(me.receive()), "next");
  ASSERT_EQ(rsp_send(me, me.pid(), word("left")), RSP_OK);
  ASSERT_EQ(rsp_put_back(me, me.receive().release()), RSP_OK);
}

// S-MBOX-2
TEST_F(Attach, receive_looks_once_without_a_timeout_and_not_twice_at_a_message_while_it_waits) {
  const Attached me;
  int looked_at = 0;
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.timeout_ms = 0;
  options.match = [](const rsp_msg* msg, void* count) {
    ++*static_cast<int*>(count);
    return show(rsp_msg_term(msg)) == "late";
  };
  options.match_ctx = &looked_at;
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_receive(me, &message, &options), RSP_ETIMEDOUT);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(rsp_send(me, me.pid(), NIL), RSP_OK);
  EXPECT_EQ(rsp_receive(me, &message, &options), RSP_ETIMEDOUT);
  EXPECT_EQ(looked_at, 5);
  EXPECT_EQ(message, nullptr);
  looked_at = 0;
  options.timeout_ms = RSP_INFINITE;
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after(me, &timer, 1, me.pid(), word("late")), RSP_OK);
  EXPECT_EQ(rsp_receive(me, &message, &options), RSP_OK);
  EXPECT_EQ(looked_at, 6);
  rsp_msg_free(message);
}

TEST_F(Attach, an_exception_in_a_match_is_pending_afterwards_and_the_message_stays) {
  const Attached me;
  ASSERT_EQ(rsp_send(me, me.pid(), rsp_term_int(1)), RSP_OK);
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.match = [](const rsp_msg*, void*) -> bool { throw std::runtime_error("no match"); };
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_receive(me, &message, &options), RSP_ERAISED);
  EXPECT_EQ(text_of(me.receive()), "1");
}

TEST_F(Attach, a_received_message_may_be_freed_on_another_thread) {
  const Attached me;
  ASSERT_EQ(rsp_send(me, me.pid(), word("far")), RSP_OK);
  Message message = me.receive();
  std::thread([message = std::move(message)]() mutable {
    EXPECT_EQ(text_of(message), "far");
    message.reset();
  }).join();
  ASSERT_EQ(rsp_send(me, me.pid(), word("near")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "near");
  rsp_msg_free(nullptr);
}

// ---- Watched waits ----

/** Says that a wait is over after so many questions. */
struct Patience {
  int questions_left = 0;

  static bool is_over(void* self) { return --static_cast<Patience*>(self)->questions_left <= 0; }
};

TEST_F(Attach, a_watched_wait_ends_as_at_its_timeout_when_the_watch_says_so) {
  const Attached me;
  Patience patience{3};
  ASSERT_EQ(rsp_watch_waits(me, 1, &Patience::is_over, &patience), RSP_OK);
  rsp_msg* message = nullptr;
  EXPECT_EQ(rsp_receive(me, &message, nullptr), RSP_ETIMEDOUT);
  EXPECT_EQ(patience.questions_left, 0);

  // A call gives its request up, and nothing of it comes later.
  const rsp_pid deaf = spawn_idle(me);
  patience.questions_left = 1;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_call(me, &message, &reason, deaf, NIL, RSP_INFINITE), RSP_ETIMEDOUT);
  rsp_term_free(reason);
  EXPECT_FALSE(me.has_message());

  ASSERT_EQ(rsp_watch_waits(me, 1, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(me.receive_within(5), nullptr);
  EXPECT_EQ(patience.questions_left, 0);
}

TEST_F(Attach, a_watched_wait_still_takes_its_message_and_keeps_its_timeout) {
  const Attached me;
  Patience patience{1'000'000};
  ASSERT_EQ(rsp_watch_waits(me, 1, &Patience::is_over, &patience), RSP_OK);
  rsp_ref timer = {};
  ASSERT_EQ(rsp_send_after(me, &timer, 10, me.pid(), word("now")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "now");
  EXPECT_EQ(me.receive_within(5), nullptr);
  // What the watch itself sends ends the wait that it watches.
  rsp_pid to = me.pid();
  const auto send_it = [](void* pid) {
    EXPECT_EQ(rsp_send(nullptr, *static_cast<rsp_pid*>(pid), word("mine")), RSP_OK);
    return false;
  };
  ASSERT_EQ(rsp_watch_waits(me, 1, send_it, &to), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "mine");
}

TEST_F(Attach, watch_needs_the_thread_of_the_process_and_an_interval) {
  const Attached me;
  Patience patience{1};
  EXPECT_EQ(rsp_watch_waits(nullptr, 1, &Patience::is_over, &patience), RSP_EINVAL);
  EXPECT_EQ(rsp_watch_waits(me, 0, &Patience::is_over, &patience), RSP_EINVAL);
  std::thread([&me, &patience] {
    EXPECT_EQ(rsp_watch_waits(me, 1, &Patience::is_over, &patience), RSP_EWRONGTHREAD);
  }).join();
}

TEST_F(Attach, receive_in_a_callback_would_block) {
  const Attached me;
  in_callback(me, [](rsp_self* self) {
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self, &message, nullptr), RSP_EWOULDBLOCK);
    rsp_ref request = {};
    ASSERT_EQ(rsp_send_request(self, &request, rsp_self_pid(self), NIL), RSP_OK);
    EXPECT_EQ(rsp_receive_response(self, &message, request, 0), RSP_EWOULDBLOCK);
    rsp_term info = NIL;
    EXPECT_EQ(rsp_process_info(self, &info, rsp_self_pid(self), 0), RSP_EWOULDBLOCK);
  });
}

}  // namespace
