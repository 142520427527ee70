// Suspension: no code of the process runs, and everything else of it goes on.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Suspend : public testing::Test {
 protected:
  /** A process that appends what it gets, an integer each, and sends it on to the test. */
  rsp_pid spawn_collector(SpawnExtras extras = {}) {
    return spawn(
        me_,
        [this](rsp_self* self, rsp_msg* message) {
          if (rsp_msg_get_kind(message) == RSP_MSG_TERM) {
            heard_.push_back(as_int(rsp_msg_term(message)));
            EXPECT_EQ(rsp_send(self, me_.pid(), rsp_msg_term(message)), RSP_OK);
          }
          return RSP_NEXT_CONTINUE;
        },
        extras);
  }

  void send_numbers(rsp_pid to, int64_t from, int64_t up_to) {
    for (int64_t i = from; i < up_to; ++i) EXPECT_EQ(rsp_send(me_, to, rsp_term_int(i)), RSP_OK);
  }

  std::string info(rsp_pid pid, const char* key) {
    rsp_term all = NIL;
    EXPECT_EQ(rsp_process_info(me_, &all, pid, RSP_INFINITE), RSP_OK);
    rsp_term value = NIL;
    EXPECT_EQ(rsp_term_map_get(&value, all, word(key)), RSP_OK);
    const std::string text = show(value);
    rsp_term_free(all);
    return text;
  }

  const Runtime runtime_{2};
  const Attached me_;
  std::vector<int64_t> heard_;
};

// S-SUSP-1, S-SUSP-2
TEST_F(Suspend, keeps_messages_until_it_is_resumed) {
  const rsp_pid collector = spawn_collector();
  ASSERT_EQ(rsp_suspend(me_, collector, RSP_INFINITE), RSP_OK);
  send_numbers(collector, 0, 100);
  EXPECT_EQ(info(collector, "message_queue_len"), "100");
  EXPECT_EQ(info(collector, "status"), "suspended");
  EXPECT_EQ(info(collector, "monitored_by"), "[]");
  EXPECT_TRUE(heard_.empty());
  ASSERT_EQ(rsp_resume(me_, collector), RSP_OK);
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(as_int(rsp_msg_term(me_.receive().get())), i);
  EXPECT_NE(info(collector, "status"), "suspended");
}

// S-SUSP-1
TEST_F(Suspend, returns_when_none_of_its_code_runs) {
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> runs{false};
    std::atomic<bool> stop{false};
    const rsp_pid busy = spawn(me_, [&](rsp_self* self, rsp_msg*) {
      runs = true;
      for (int j = 0; j < 100; ++j) EXPECT_EQ(rsp_checkpoint(self), RSP_OK);  // where signals are received
      runs = false;
      return RSP_NEXT_CONTINUE;
    });
    std::thread sender([&] {
      while (!stop) EXPECT_EQ(rsp_send(nullptr, busy, NIL), RSP_OK);
    });
    ASSERT_EQ(rsp_suspend(me_, busy, RSP_INFINITE), RSP_OK);
    EXPECT_FALSE(runs);
    stop = true;
    sender.join();
    EXPECT_FALSE(runs);
    EXPECT_EQ(me_.exit(busy, "kill"), "killed");
  }
}

// S-SUSP-3
TEST_F(Suspend, is_counted) {
  const rsp_pid collector = spawn_collector();
  ASSERT_EQ(rsp_suspend(me_, collector, RSP_INFINITE), RSP_OK);
  ASSERT_EQ(rsp_suspend(me_, collector, RSP_INFINITE), RSP_OK);
  send_numbers(collector, 7, 8);
  ASSERT_EQ(rsp_resume(me_, collector), RSP_OK);
  EXPECT_EQ(info(collector, "message_queue_len"), "1");
  ASSERT_EQ(rsp_resume(me_, collector), RSP_OK);
  EXPECT_EQ(as_int(rsp_msg_term(me_.receive().get())), 7);
  EXPECT_EQ(rsp_resume(me_, collector), RSP_ENOPROC);
}

// S-SUSP-4
TEST_F(Suspend, ends_with_who_has_asked_for_it) {
  const rsp_pid collector = spawn_collector();
  const rsp_pid suspender = spawn(me_,
                                  [&](rsp_self* self, rsp_msg* message) {
                                    if (message == nullptr) {
                                      rsp_ref answer = {};
                                      EXPECT_EQ(rsp_suspend_request(self, &answer, collector), RSP_OK);
                                      return RSP_NEXT_CONTINUE;
                                    }
                                    EXPECT_EQ(show(rsp_msg_term(message)), "true");
                                    EXPECT_EQ(rsp_send(self, me_.pid(), word("suspended")), RSP_OK);
                                    return RSP_NEXT_CONTINUE;
                                  },
                                  {.start = true});
  EXPECT_EQ(text_of(me_.receive()), "suspended");
  send_numbers(collector, 3, 4);
  EXPECT_EQ(info(collector, "message_queue_len"), "1");
  EXPECT_EQ(me_.exit(suspender, "kill"), "killed");
  EXPECT_EQ(as_int(rsp_msg_term(me_.receive().get())), 3);
}

// S-SUSP-2
TEST_F(Suspend, does_not_keep_it_from_its_end) {
  for (const char* reason : {"kill", "boom"}) {
    const rsp_pid collector = spawn_collector();
    ASSERT_EQ(rsp_suspend(me_, collector, RSP_INFINITE), RSP_OK);
    send_numbers(collector, 0, 3);
    EXPECT_EQ(me_.exit(collector, reason), reason == std::string("kill") ? "killed" : reason);
    EXPECT_EQ(rsp_resume(me_, collector), RSP_ENOPROC);
    EXPECT_FALSE(me_.has_message());  // no DOWN of the suspension
  }
  EXPECT_TRUE(heard_.empty());
}

// S-SUSP-2
TEST_F(Suspend, of_one_that_traps_keeps_the_exit_as_a_message) {
  const rsp_pid collector = spawn_collector({.trap_exit = true});
  ASSERT_EQ(rsp_suspend(me_, collector, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(me_, collector, word("boom")), RSP_OK);
  EXPECT_EQ(info(collector, "message_queue_len"), "1");
  EXPECT_EQ(me_.exit(collector, "kill"), "killed");
}

// S-SUSP-5
TEST_F(Suspend, is_refused_of_the_caller_the_dead_the_root_and_threads) {
  EXPECT_EQ(rsp_suspend(me_, me_.pid(), RSP_INFINITE), RSP_EINVAL);
  const rsp_pid dead = spawn_idle(me_);
  EXPECT_EQ(me_.exit(dead, "kill"), "killed");
  EXPECT_EQ(rsp_suspend(me_, dead, RSP_INFINITE), RSP_ENOPROC);
  EXPECT_EQ(rsp_resume(me_, dead), RSP_ENOPROC);
  rsp_pid thread_pid = NO_PID;
  std::atomic<bool> stop{false};
  std::atomic<bool> is_there{false};
  std::thread thread([&] {
    const Attached other;
    thread_pid = other.pid();
    is_there = true;
    while (!stop) std::this_thread::yield();
  });
  while (!is_there) std::this_thread::yield();
  EXPECT_EQ(rsp_suspend(me_, thread_pid, RSP_INFINITE), RSP_EINVAL);
  EXPECT_EQ(rsp_resume(me_, thread_pid), RSP_ENOPROC);
  stop = true;
  thread.join();
}

// S-SUSP-6
TEST_F(Suspend, that_takes_too_long_is_taken_back) {
  std::atomic<bool> may_return{false};
  std::atomic<int> runs{0};
  const rsp_pid stuck = spawn(me_, [&](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    ++runs;
    while (!may_return) std::this_thread::yield();
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    return runs == 2 ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
  });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rsp_send(me_, stuck, NIL), RSP_OK);
  while (runs == 0) std::this_thread::yield();
  EXPECT_EQ(rsp_suspend(me_, stuck, 5), RSP_ETIMEDOUT);
  EXPECT_EQ(rsp_resume(me_, stuck), RSP_ENOPROC);
  EXPECT_EQ(me_.end_after(stuck, [&] { may_return = true; }), "normal");
  EXPECT_EQ(runs, 2);  // it ran on
}

// S-SUSP-6
TEST_F(Suspend, that_is_resumed_before_it_was_confirmed_is_answered_and_leaves_nothing) {
  std::atomic<bool> may_return{false};
  std::atomic<bool> is_inside{false};
  const rsp_pid stuck = spawn(me_, [&](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
    is_inside = true;
    while (!may_return) std::this_thread::yield();
    EXPECT_EQ(rsp_blocking_end(self), RSP_OK);
    return RSP_NEXT_STOP;
  });
  EXPECT_EQ(rsp_send(me_, stuck, NIL), RSP_OK);
  while (!is_inside) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(rsp_suspend(me_, stuck, 0), RSP_ETIMEDOUT);
    rsp_ref answer = {};
    EXPECT_EQ(rsp_suspend_request(me_, &answer, stuck), RSP_OK);
    EXPECT_EQ(rsp_resume(me_, stuck), RSP_OK);
    const Message message = me_.receive();
    EXPECT_EQ(rsp_msg_ref(message.get()), answer);
    EXPECT_EQ(text_of(message), "nil");
  }
  EXPECT_EQ(me_.end_after(stuck, [&] { may_return = true; }), "normal");
}

// S-SUSP-2
TEST_F(Suspend, keeps_an_answer_that_is_awaited) {
  rsp_pid me = me_.pid();
  rsp_from from = {};
  const rsp_pid waits = spawn(
      me_,
      [&](rsp_self* self, rsp_msg*) {
        rsp_ref request = {};
        EXPECT_EQ(rsp_send_request(self, &request, me, word("question")), RSP_OK);
        return rsp_await(
            self, request, RSP_INFINITE,
            [](rsp_self* later, rsp_msg* answer, void* to) {
              EXPECT_EQ(rsp_send(later, *static_cast<const rsp_pid*>(to), rsp_msg_term(answer)), RSP_OK);
              return RSP_NEXT_CONTINUE;
            },
            &me);
      },
      {.start = true});
  from = rsp_msg_from_call(me_.receive().get());
  ASSERT_EQ(rsp_suspend(me_, waits, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_reply(me_, from, word("answer")), RSP_OK);
  EXPECT_EQ(info(waits, "status"), "suspended");
  EXPECT_FALSE(me_.has_message());
  ASSERT_EQ(rsp_resume(me_, waits), RSP_OK);
  EXPECT_EQ(text_of(me_.receive()), "answer");
}

}  // namespace
