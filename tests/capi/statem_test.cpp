// resprout/statem.h: states, postponed and inserted events, enter calls. Timeouts: statem_timeout_test.cpp; how a machine ends:
// statem_end_test.cpp.
#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

class Statems : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-STM-1
TEST_F(Statems, a_machine_is_a_server_whose_handler_gets_each_event_with_its_state) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self*, const rsp_event* event, rsp_server_return* ret) {
    if (event->type == RSP_EVENT_CALL) {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("answer");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("one");
  EXPECT_EQ(rsp_send(me, machine.pid(), word("two")), RSP_OK);
  EXPECT_EQ(machine.call("three"), "answer");
  EXPECT_EQ(machine.stop(), "normal");
  EXPECT_EQ(script.trail(),
            (Trail{"cast one in a", "info two in a", "call three in a", "terminate normal in a"}));
}

// S-STM-2
TEST_F(Statems, the_state_is_any_term_and_stays_until_a_callback_says_another) {
  const Attached me;
  Script script;
  script.init = [](rsp_self*, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "count")) {
      const int64_t before = show(event->state) == "nil" ? 0 : as_int(event->state);
      EXPECT_EQ(rsp_statem_next_state(self, rsp_term_int(before + 1)), RSP_OK);
    }
    if (is(event, "twice")) {
      next_state(self, "first");
      next_state(self, "last");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  for (const char* const content : {"x", "count", "count", "x", "twice", "x"}) machine.cast(content);
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"cast x in nil", "cast count in nil", "cast count in 1", "cast x in 2",
                                   "cast twice in 2", "cast x in last"}));
}

// S-STM-3
TEST_F(Statems, a_reply_may_come_with_the_return_or_at_any_time_from_anybody) {
  const Attached me;
  Script script;
  rsp_from asker = {};
  script.handle = [&asker](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (event->type == RSP_EVENT_CALL) asker = event->from;
    if (event->type == RSP_EVENT_CAST) {
      EXPECT_EQ(rsp_reply(self, asker, word("late")), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("open")), RSP_OK);
  machine.cast("answer");
  rsp_msg* answer = nullptr;
  ASSERT_EQ(rsp_receive_response(me, &answer, request, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(text_of(Message(answer)), "late");
  EXPECT_EQ(machine.call("never", 20),
            "RSP_ETIMEDOUT {timeout,{call," + show(rsp_term_pid(machine.pid())) + ",never,20}}");
  EXPECT_FALSE(me.has_message());
}

// S-STM-3
TEST_F(Statems, a_reply_is_sent_before_the_enter_call_of_the_next_state) {
  const Attached me;
  Script script;
  script.init = [](rsp_self* self, rsp_server_return*) {
    EXPECT_EQ(rsp_statem_state_enter(self), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  script.handle = [&me](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (event->type == RSP_EVENT_CALL) {
      next_state(self, "b");
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("first");
    } else if (in_state(event, "b")) {
      EXPECT_EQ(rsp_send(self, me.pid(), word("second")), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("go")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "first");
  EXPECT_EQ(text_of(me.receive()), "second");
}

// S-STM-4
TEST_F(Statems, inserted_events_come_first_in_their_order_and_as_what_they_were_inserted) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (is(event, "go")) {
      insert(self, "one");
      EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_CAST, rsp_from{}, word("two")), RSP_OK);
      EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_INFO, rsp_from{}, word("three")), RSP_OK);
      EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_CALL, event->from, word("four")), RSP_OK);
    }
    if (is(event, "one")) insert(self, "before two");
    if (is(event, "two")) {
      EXPECT_EQ(rsp_msg_get_kind(event->msg), RSP_MSG_CAST);
    }
    if (is(event, "four")) {
      EXPECT_EQ(rsp_msg_get_kind(event->msg), RSP_MSG_CALL);
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("of four");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("go")), RSP_OK);
  machine.cast("last");
  EXPECT_EQ(text_of(me.receive()), "'of four'");
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"call go in a", "internal one in a", "internal 'before two' in a",
                                   "cast two in a", "info three in a", "call four in a", "cast last in a"}));
}

// S-STM-4
TEST_F(Statems, a_native_payload_is_inserted_and_freed_once) {
  static int freed;
  freed = 0;
  static const rsp_native_ops ops = {sizeof(rsp_native_ops), [](void* at) { ++*static_cast<int*>(at); },
                                     nullptr};
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (event->type == RSP_EVENT_CAST) {
      for (int i = 0; i < 2; ++i)
        EXPECT_EQ(rsp_statem_next_event_native(self, RSP_EVENT_INTERNAL, rsp_from{}, &freed, &ops), RSP_OK);
    } else if (event->type == RSP_EVENT_INTERNAL) {
      EXPECT_EQ(rsp_msg_native(event->msg, &ops), &freed);
      EXPECT_EQ(freed, 0);
      return RSP_NEXT_STOP;  // the other one is never handled
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(me.end_after(machine.pid(), [&] { machine.cast("go"); }), "normal");
  EXPECT_EQ(freed, 2);
}

/** Postpones everything in `a`, but for what names a state. */
rsp_next postpone_in_a(rsp_self* self, const rsp_event* event, rsp_server_return*) {
  if (is(event, "same")) {
    next_state(self, "a");
  } else if (is(event, "repeat")) {
    repeat_state(self);
  } else if (is(event, "go")) {
    insert(self, "inserted");
    next_state(self, "b");
  } else if (in_state(event, "a") && event->type != RSP_EVENT_ENTER) {
    postpone(self);
  }
  return RSP_NEXT_CONTINUE;
}

// S-STM-5, S-STM-13: OTP's {repeat_state, _} is no change of the state, nor is a next_state that is equal.
TEST_F(Statems, postponed_events_come_again_in_order_when_the_state_has_changed_and_not_before) {
  const Attached me;
  Script script;
  script.handle = postpone_in_a;
  const Statem machine(me, script);
  for (const char* const content : {"one", "two", "same", "repeat", "three", "go", "last"})
    machine.cast(content);
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"cast one in a", "cast two in a", "cast same in a", "cast repeat in a",
                                   "cast three in a", "cast go in a", "internal inserted in b",
                                   "cast one in b", "cast two in b", "cast three in b", "cast last in b"}));
}

// S-STM-5
TEST_F(Statems, an_event_may_be_postponed_time_and_again_and_with_the_change_itself) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (in_state(event, "c")) return RSP_NEXT_CONTINUE;
    postpone(self);
    if (is(event, "to b") && in_state(event, "a")) next_state(self, "b");
    if (is(event, "to c") && in_state(event, "b")) next_state(self, "c");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  for (const char* const content : {"x", "to c", "to b"}) machine.cast(content);
  EXPECT_EQ(machine.stop(), "normal");
  EXPECT_EQ(script.trail(),
            (Trail{"cast x in a", "cast 'to c' in a", "cast 'to b' in a", "cast x in b", "cast 'to c' in b",
                   "cast x in c", "cast 'to c' in c", "cast 'to b' in c", "terminate normal in c"}));
}

// S-STM-5
TEST_F(Statems, a_postponed_call_is_answered_when_it_comes_again) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (is(event, "go")) next_state(self, "b");
    if (!is(event, "ask")) return RSP_NEXT_CONTINUE;
    if (in_state(event, "a")) {
      postpone(self);
    } else {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = rsp_term_copy(event->state);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("ask")), RSP_OK);
  machine.cast("go");
  EXPECT_EQ(text_of(me.receive()), "b");
  EXPECT_FALSE(me.has_message());
}

// S-STM-5: as OTP does, where the answer goes out at once, and the event comes again.
TEST_F(Statems, a_call_that_is_answered_and_postponed_has_one_answer) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (is(event, "go")) next_state(self, "b");
    if (!is(event, "ask")) return RSP_NEXT_CONTINUE;
    if (in_state(event, "a")) postpone(self);
    ret->action = RSP_SERVER_REPLY;
    ret->reply = rsp_term_copy(event->state);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(machine.call("ask"), "a");
  machine.cast("go");
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"call ask in a", "cast go in a", "call ask in b"}));
  EXPECT_FALSE(me.has_message());
}

rsp_next begin_with_enter_calls(rsp_self* self, rsp_server_return*) {
  next_state(self, "a");
  EXPECT_EQ(rsp_statem_state_enter(self), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

// S-STM-11, S-STM-13
TEST_F(Statems, enter_calls_are_made_at_the_start_at_each_change_and_at_repeat_state) {
  const Attached me;
  Script script;
  script.init = begin_with_enter_calls;
  script.handle = postpone_in_a;
  const Statem machine(me, script);
  for (const char* const content : {"one", "same", "repeat", "go", "repeat"}) machine.cast(content);
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"enter a in a", "cast one in a", "cast same in a", "cast repeat in a",
                                   "enter a in a", "cast go in a", "enter a in b", "internal inserted in b",
                                   "cast one in b", "cast repeat in b", "enter b in b"}));
}

// S-STM-11
TEST_F(Statems, what_an_enter_call_asks_for_is_added_to_what_its_event_has) {
  const Attached me;
  Script script;
  script.init = begin_with_enter_calls;
  int repeats = 0;
  script.handle = [&repeats](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (is(event, "go")) {
      next_state(self, "b");
      insert(self, "inserted");
      state_timeout(self, 0, "of the event");
      named_timeout(self, "n", 0, "of the event");
    } else if (event->type == RSP_EVENT_ENTER && in_state(event, "b")) {
      next_state(self, "b");  // that is none
      state_timeout(self, 0, "of the enter call");
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("entered");
      if (++repeats == 1) repeat_state(self);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(machine.call("go"), "entered");
  machine.settle();
  EXPECT_EQ(events(script),
            (Trail{"enter a in a", "call go in a", "enter a in b", "enter a in b", "internal inserted in b",
                   "named(n) 'of the event' in b", "state_timeout 'of the enter call' in b"}));
}

// S-STM-4, S-STM-9: of init.
TEST_F(Statems, init_may_ask_for_events_and_timeouts_and_postpones_nothing) {
  const Attached me;
  Script script;
  script.init = [](rsp_self* self, rsp_server_return*) {
    next_state(self, "first");
    insert(self, "one");
    state_timeout(self, 0, "due");
    postpone(self);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("x");
  machine.settle();
  EXPECT_EQ(events(script),
            (Trail{"internal one in first", "state_timeout due in first", "cast x in first"}));
}

// S-STM-19
TEST_F(Statems, a_callback_may_wait_in_its_middle_and_has_its_event_until_it_is_over) {
  const Attached me;
  static rsp_term kept;
  const rsp_pid nobody = spawn_idle(me);
  Script script;
  script.handle = [nobody](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (!is(event, "wait")) return RSP_NEXT_CONTINUE;
    if (!in_state(event, "a")) return RSP_NEXT_CONTINUE;
    rsp_ref request = {};
    EXPECT_EQ(rsp_send_request(self, &request, nobody, word("x")), RSP_OK);
    return rsp_await(
        self, request, 20,
        [](rsp_self* mine, rsp_msg*, void* data) {
          const rsp_event* const lent = static_cast<const rsp_event*>(data);
          kept = rsp_term_copy(rsp_msg_term(lent->msg));
          postpone(mine);
          next_state(mine, "b");
          return RSP_NEXT_CONTINUE;
        },
        const_cast<rsp_event*>(event));
  };
  const Statem machine(me, script);
  machine.cast("wait");
  machine.cast("x");
  machine.settle();
  EXPECT_EQ(show(kept), "wait");
  rsp_term_free(kept);
  EXPECT_EQ(events(script), (Trail{"cast wait in a", "cast wait in b", "cast x in b"}));
}

// S-STM-20
TEST_F(Statems, a_machine_that_hibernates_wakes_with_the_next_event) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    ret->wait = RSP_SERVER_WAIT_HIBERNATE;
    if (is(event, "timed")) state_timeout(self, 1, "woken");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("timed");
  wait_until([&] { return script.trail().size() == 2; });
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"cast timed in a", "state_timeout woken in a"}));
}

// S-STM-1
TEST_F(Statems, a_type_with_callbacks_of_two_kinds_is_refused) {
  const Attached me;
  Script script;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  rsp_pid pid = NO_PID;
  std::vector<rsp_server_ops> all(5, script_ops());
  all[0].handle_call = [](rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return*) {
    return RSP_NEXT_CONTINUE;
  };
  all[1].handle_cast = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  all[2].handle_info = all[1].handle_cast;
  all[3].handle_continue = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  all[4].run = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  for (const rsp_server_ops& ops : all) {
    spec.ops = &ops;
    EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_EINVAL);
  }
}

// S-STM-1
TEST_F(Statems, a_machine_is_a_child_of_a_supervisor_like_any_server) {
  const Attached me;
  Script script;
  script.init = [](rsp_self* self, rsp_server_return*) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  script.handle = [](rsp_self*, const rsp_event* event, rsp_server_return* ret) {
    ret->action = is(event, "crash") ? RSP_SERVER_STOP : RSP_SERVER_NOREPLY;
    ret->reason = word("crashed");
    return RSP_NEXT_CONTINUE;
  };
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &script_ops();
  child.start.ctx = &script;
  child.start.name = atom("statem_child");
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  const rsp_pid first = rsp_whereis(atom("statem_child"));
  EXPECT_EQ(me.end_after(first, [&] { EXPECT_EQ(rsp_cast(me, first, word("crash")), RSP_OK); }), "crashed");
  wait_until([&] { return rsp_whereis(atom("statem_child")).id != 0; });
  EXPECT_EQ(rsp_stop(me, nullptr, supervisor, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(script.trail(),
            (Trail{"cast crash in nil", "terminate crashed in nil", "terminate shutdown in nil"}));
}

}  // namespace
