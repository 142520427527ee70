// resprout/process.h: spawn, identity, exit signals, questions about processes.
#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Process : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

std::string info_of(const Attached& me, rsp_pid pid, const char* key) {
  rsp_term info = NIL;
  EXPECT_EQ(rsp_process_info(me, &info, pid, RSP_INFINITE), RSP_OK);
  if (rsp_term_kind(info) == RSP_KIND_NIL) return "(dead)";
  rsp_term value = NIL;
  EXPECT_EQ(rsp_term_map_get(&value, info, word(key)), RSP_OK);
  const std::string text = show(value);
  rsp_term_free(info);
  return text;
}

// S-PROC-1
TEST_F(Process, exists_when_its_spawn_returns) {
  const Attached me;
  for (int i = 0; i < 1000; ++i) {
    const rsp_pid pid = spawn_echo(me);
    ASSERT_EQ(rsp_send(me, pid, rsp_term_int(i)), RSP_OK);
    EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), i);
    ASSERT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
  }
}

TEST_F(Process, runs_its_start_before_any_message) {
  const Attached me;
  const rsp_pid pid = spawn(me,
                            [to = me.pid(), started = false](rsp_self* self, rsp_msg* message) mutable {
                              if (message == nullptr) {
                                started = true;
                              } else {
                                EXPECT_EQ(rsp_send(self, to, rsp_term_bool(started)), RSP_OK);
                              }
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "true");
}

// S-PROC-12
TEST(ProcessTurn, that_is_used_up_by_hand_lets_others_run_between_two_messages) {
  std::atomic<int> handled{0};
  std::atomic<int> handled_before_the_other{0};
  std::atomic<bool> other_ran{false};
  const Runtime runtime{1};
  const Attached me;
  const rsp_pid busy = spawn(me, [&](rsp_self* self, rsp_msg*) {
    ++handled;
    EXPECT_EQ(rsp_bump_reductions(self, 1), RSP_OK);
    EXPECT_EQ(rsp_bump_reductions(self, UINT32_MAX), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  const rsp_pid other = spawn(me, [&](rsp_self*, rsp_msg*) {
    handled_before_the_other = handled.load();
    other_ran = true;
    return RSP_NEXT_CONTINUE;
  });
  // Both are queued on the one worker, and a turn of the first would take all its messages.
  in_callback(me, [&](rsp_self* self) {
    EXPECT_EQ(rsp_send(self, other, NIL), RSP_OK);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(rsp_send(self, busy, NIL), RSP_OK);
  });
  while (!other_ran || handled < 100) std::this_thread::yield();
  EXPECT_LT(handled_before_the_other, 10);
}

TEST_F(Process, of_a_thread_has_no_turn_to_use_up) {
  const Attached me;
  EXPECT_EQ(rsp_bump_reductions(me, UINT32_MAX), RSP_OK);
  EXPECT_EQ(rsp_bump_reductions(nullptr, 1), RSP_EINVAL);
}

TEST_F(Process, knows_itself_in_its_callbacks_only) {
  const Attached me;
  std::atomic<rsp_self*> kept{nullptr};
  in_callback(me, [&](rsp_self* self) {
    kept = self;
    EXPECT_EQ(rsp_current(), self);
    EXPECT_NE(rsp_self_pid(self).id, 0u);
    EXPECT_FALSE(rsp_self_pid(self) == me.pid());
    EXPECT_EQ(rsp_self_pid(me.self()), NO_PID);
  });
  EXPECT_EQ(rsp_self_pid(kept), NO_PID);
  EXPECT_EQ(rsp_checkpoint(kept), RSP_EWRONGTHREAD);
  EXPECT_EQ(rsp_self_pid(nullptr), NO_PID);
}

TEST_F(Process, frees_its_state_once_however_it_ends) {
  const Attached me;
  struct Ending {
    const char* name;
    rsp_handler handler;
    const char* reason;
  };
  const Ending endings[] = {
      {"stop", [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, "normal"},
      {"exit", [](rsp_self* self, rsp_msg*, void*) { return rsp_exit(self, word("out")); }, "out"},
      {"throw", [](rsp_self* self, rsp_msg*, void*) { return rsp_throw(self, word("ball")); },
       "{{nocatch,ball},[]}"},
      {"c++", [](rsp_self*, rsp_msg*, void*) -> rsp_next { throw std::runtime_error("oops"); },
       "{{exception,cpp,\"std::runtime_error\",\"oops\"},[]}"},
      {"raise of nothing", [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_RAISE; },
       "{bad_return_value,[]}"},
      {"await of nothing", [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_AWAIT; }, "bad_return_value"},
      {"nonsense", [](rsp_self*, rsp_msg*, void*) { return static_cast<rsp_next>(77); }, "bad_return_value"},
      {"kill",
       [](rsp_self* self, rsp_msg*, void*) {
         EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), word("kill")), RSP_EXITING);
         return RSP_NEXT_CONTINUE;
       },
       "killed"},
  };
  for (const Ending& ending : endings) {
    std::atomic<int> freed{0};
    rsp_pid pid = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, ending.handler, &freed,
                        [](void* count) { ++*static_cast<std::atomic<int>*>(count); }),
              RSP_OK);
    EXPECT_EQ(me.end_by_message(pid), ending.reason) << ending.name;
    EXPECT_EQ(freed, 1) << ending.name;
  }
}

TEST_F(Process, a_refused_spawn_leaves_the_state_to_the_caller) {
  const Attached me;
  const auto free_state = [](void*) { ADD_FAILURE() << "freed"; };
  rsp_pid pid = NO_PID;
  rsp_ref ref = {};
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  const auto refused = [&](rsp_self* self, const rsp_spawn_opts* opts, rsp_handler handler,
                           rsp_ref* monitor_out) {
    return rsp_spawn(self, &pid, monitor_out, opts, handler, nullptr, free_state);
  };
  EXPECT_EQ(rsp_spawn(me, nullptr, nullptr, nullptr, run_code, nullptr, free_state), RSP_EINVAL);
  EXPECT_EQ(refused(me, nullptr, nullptr, nullptr), RSP_EINVAL);
  options.size = 1;
  EXPECT_EQ(refused(me, &options, run_code, nullptr), RSP_EINVAL);
  options = RSP_SPAWN_OPTS_INIT;
  options.monitor = true;
  EXPECT_EQ(refused(me, &options, run_code, nullptr), RSP_EINVAL);
  EXPECT_EQ(refused(nullptr, &options, run_code, &ref), RSP_ENOTPROCESS);
  options.alias = static_cast<rsp_alias_mode>(9);
  EXPECT_EQ(refused(me, &options, run_code, &ref), RSP_EINVAL);
  options.alias = RSP_ALIAS_NONE;
  options.tag.id = UINT32_MAX;
  EXPECT_EQ(refused(me, &options, run_code, &ref), RSP_EINVAL);
  options = RSP_SPAWN_OPTS_INIT;
  options.link = true;
  EXPECT_EQ(refused(nullptr, &options, run_code, nullptr), RSP_ENOTPROCESS);
  options = RSP_SPAWN_OPTS_INIT;
  options.alias = RSP_ALIAS_EXPLICIT;  // an alias of no monitor
  EXPECT_EQ(refused(me, &options, run_code, nullptr), RSP_EINVAL);
  EXPECT_EQ(pid, NO_PID);
}

// S-PROC-2
TEST_F(Process, spawned_with_a_monitor_tells_its_own_reason_however_fast_it_ends) {
  const Attached me;
  for (int i = 0; i < 1000; ++i) {
    rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
    options.monitor = true;
    options.start = [](rsp_self* self, rsp_msg*, void*) { return rsp_exit(self, word("swift")); };
    options.tag = atom("gone");
    rsp_pid pid = NO_PID;
    rsp_ref ref = {};
    ASSERT_EQ(rsp_spawn(me, &pid, &ref, &options, run_code, nullptr, nullptr), RSP_OK);
    const Message down = me.receive();
    EXPECT_EQ(rsp_msg_get_kind(down.get()), RSP_MSG_DOWN);
    EXPECT_EQ(rsp_msg_ref(down.get()), ref);
    EXPECT_EQ(rsp_msg_from(down.get()), pid);
    EXPECT_EQ(rsp_msg_tag(down.get()).id, atom("gone").id);
    EXPECT_EQ(text_of(down), "swift");
  }
}

// S-SIG-5, S-NAT-2
TEST_F(Process, takes_an_exit_signal_at_its_next_call) {
  const Attached me;
  std::atomic<bool> in{false};
  std::atomic<bool> refused{false};
  const rsp_pid pid = spawn(me, [&](rsp_self* self, rsp_msg*) {
    in = true;
    while (rsp_checkpoint(self) == RSP_OK) std::this_thread::yield();
    EXPECT_EQ(rsp_send(self, rsp_self_pid(self), NIL), RSP_EXITING);
    rsp_pid child = NO_PID;
    EXPECT_EQ(rsp_spawn(self, &child, nullptr, nullptr, run_code, nullptr, nullptr), RSP_EXITING);
    refused = true;
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  while (!in) std::this_thread::yield();
  EXPECT_EQ(me.exit(pid, "enough"), "enough");
  EXPECT_TRUE(refused);
}

// S-PROC-9, S-NAME-9
TEST_F(Process, is_not_alive_after_a_kill_and_its_name_is_free_by_then) {
  const Attached me;
  const rsp_atom name = atom("process_test_mortal");
  for (int i = 0; i < 1000; ++i) {
    const rsp_pid pid = spawn(me, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; });
    ASSERT_EQ(rsp_register(me, name, pid), RSP_OK);
    for (int k = i % 4; k > 0; --k) ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    bool alive = false;
    ASSERT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
    EXPECT_TRUE(alive);
    ASSERT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
    ASSERT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
    EXPECT_FALSE(alive);
    EXPECT_EQ(rsp_whereis(name), NO_PID);
  }
}

TEST_F(Process, that_does_not_answer_leaves_the_question_open_until_the_timeout) {
  const Attached me;
  struct Drop {
    std::atomic<bool> inside{false};
    std::atomic<bool> may_return{false};
  } drop;
  // A drop is no code that the watchdog can take a turn from: its process answers when it has returned.
  rsp_native_ops ops = {};
  ops.size = sizeof ops;
  ops.drop = [](void* payload) {
    Drop& held = *static_cast<Drop*>(payload);
    held.inside = true;
    while (!held.may_return) std::this_thread::yield();
  };
  const rsp_pid busy = spawn(me, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; });
  ASSERT_EQ(rsp_send_native(me, busy, &drop, &ops), RSP_OK);
  while (!drop.inside) std::this_thread::yield();
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, busy, 5), RSP_ETIMEDOUT);
  rsp_term info = NIL;
  EXPECT_EQ(rsp_process_info(me, &info, busy, 5), RSP_ETIMEDOUT);
  in_callback(me, [&](rsp_self* self) {
    bool answer = false;
    EXPECT_EQ(rsp_is_alive(self, &answer, busy, RSP_INFINITE), RSP_EWOULDBLOCK);
    EXPECT_EQ(rsp_is_alive(self, &answer, rsp_self_pid(self), RSP_INFINITE), RSP_OK);
    EXPECT_TRUE(answer);
  });
  drop.may_return = true;
  EXPECT_EQ(rsp_is_alive(me, &alive, busy, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  EXPECT_FALSE(me.has_message());  // the late answers are dropped
}

TEST_F(Process, answers_a_question_asked_in_a_callback_by_an_await) {
  const Attached me;
  struct Asker {
    rsp_pid asked;
    rsp_pid tell;
    bool info;
    static rsp_next ask(rsp_self* self, rsp_msg*, void* state) {
      const Asker& asker = *static_cast<Asker*>(state);
      rsp_ref ref = {};
      EXPECT_EQ(asker.info ? rsp_process_info_request(self, &ref, asker.asked)
                           : rsp_alive_request(self, &ref, asker.asked),
                RSP_OK);
      EXPECT_EQ(rsp_checkpoint(self), RSP_OK);  // the answer may come here, before it is awaited
      std::this_thread::yield();
      return rsp_await(self, ref, RSP_INFINITE, answered, state);
    }
    static rsp_next answered(rsp_self* self, rsp_msg* message, void* state) {
      EXPECT_EQ(rsp_send(self, static_cast<Asker*>(state)->tell, rsp_msg_term(message)), RSP_OK);
      return RSP_NEXT_STOP;
    }
  };
  const rsp_pid living = spawn_idle(me);
  const rsp_pid dead = dead_pid(me);
  for (int i = 0; i < 200; ++i) {
    Asker asker{i % 2 == 0 ? living : dead, me.pid(), i % 4 >= 2};
    rsp_pid pid = NO_PID;
    ASSERT_EQ(rsp_spawn(me, &pid, nullptr, nullptr, Asker::ask, &asker, nullptr), RSP_OK);
    ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    const Message answer = me.receive();
    if (asker.info) {
      EXPECT_EQ(rsp_term_kind(rsp_msg_term(answer.get())), i % 2 == 0 ? RSP_KIND_MAP : RSP_KIND_NIL);
    } else {
      EXPECT_EQ(text_of(answer), i % 2 == 0 ? "true" : "false");
    }
    (void)me.end_of(pid);
  }
}

TEST_F(Process, says_about_itself_what_is_so) {
  const Attached me;
  const rsp_pid other = spawn_idle(me);
  const rsp_pid pid = spawn(me,
                            [&](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              rsp_ref ref = {};
                              EXPECT_EQ(rsp_link(self, other), RSP_OK);
                              EXPECT_EQ(rsp_monitor(self, &ref, other, nullptr), RSP_OK);
                              EXPECT_EQ(rsp_alias(self, &ref, RSP_ALIAS_EXPLICIT), RSP_OK);
                              EXPECT_EQ(rsp_send_after(self, &ref, 1'000'000, other, NIL), RSP_OK);
                              EXPECT_EQ(rsp_send(self, me.pid(), word("ready")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.trap_exit = true, .start = true});
  ASSERT_EQ(text_of(me.receive()), "ready");
  ASSERT_EQ(rsp_register(me, atom("process_test_introspect"), pid), RSP_OK);
  const std::string others = "[" + show(rsp_term_pid(other)) + "]";
  EXPECT_EQ(info_of(me, pid, "links"), others);
  EXPECT_EQ(info_of(me, pid, "monitors"), others);
  EXPECT_EQ(info_of(me, pid, "aliases"), "1");
  EXPECT_EQ(info_of(me, pid, "timers"), "1");
  EXPECT_EQ(info_of(me, pid, "trap_exit"), "true");
  EXPECT_EQ(info_of(me, pid, "registered_name"), "process_test_introspect");
  EXPECT_EQ(info_of(me, other, "links"), "[" + show(rsp_term_pid(pid)) + "]");
  EXPECT_EQ(info_of(me, other, "monitored_by"), "[" + show(rsp_term_pid(pid)) + "]");
  EXPECT_EQ(info_of(me, dead_pid(me), "links"), "(dead)");
  EXPECT_EQ(info_of(me, me.pid(), "links"), "[]");
}

TEST_F(Process, makes_references_that_differ) {
  const Attached me;
  rsp_ref first = {};
  rsp_ref second = {};
  ASSERT_EQ(rsp_make_ref(me, &first), RSP_OK);
  ASSERT_EQ(rsp_make_ref(me, &second), RSP_OK);
  EXPECT_FALSE(first == second);
  EXPECT_EQ(rsp_make_ref(me, nullptr), RSP_EINVAL);
}

// S-NAT-1: while one computes, others are served on the remaining threads.
TEST_F(Process, others_run_while_one_computes) {
  const Attached me;
  std::atomic<bool> over{false};
  const rsp_pid busy = spawn(me, [&](rsp_self*, rsp_msg*) {
    while (!over) std::this_thread::yield();
    return RSP_NEXT_STOP;
  });
  ASSERT_EQ(rsp_send(me, busy, NIL), RSP_OK);
  const rsp_pid echo = spawn_echo(me);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(rsp_send(me, echo, rsp_term_int(i)), RSP_OK);
    EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), i);
  }
  EXPECT_EQ(me.end_after(busy, [&] { over = true; }), "normal");
}

}  // namespace
