// resprout/statem.h: how a machine ends, what it may not return, and what becomes of what it has kept.
#include <atomic>
#include <memory>
#include <vector>

#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

class StatemEnds : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

rsp_next begin_with_enter_calls(rsp_self* self, rsp_server_return*) {
  next_state(self, "a");
  EXPECT_EQ(rsp_statem_state_enter(self), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

/** What a machine ends for that is told to "go". */
std::string end_of(const Attached& me, Script& script) {
  const Statem machine(me, script);
  return me.end_after(machine.pid(), [&] { machine.cast("go"); });
}

/** The same of one that does this with it. */
std::string end_by(const Attached& me, std::function<rsp_next(rsp_self*, rsp_server_return*)> deed) {
  Script script;
  script.handle = [deed = std::move(deed)](rsp_self* self, const rsp_event*, rsp_server_return* ret) {
    return deed(self, ret);
  };
  return end_of(me, script);
}

// S-STM-14
TEST_F(StatemEnds, stop_and_reply_answers_before_terminate_runs) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self*, const rsp_event*, rsp_server_return* ret) {
    ret->action = RSP_SERVER_STOP_REPLY;
    ret->reason = word("finished");
    ret->reply = word("answer");
    return RSP_NEXT_CONTINUE;
  };
  script.terminate = [&me](rsp_self* self, rsp_term) {
    EXPECT_EQ(rsp_send(self, me.pid(), word("terminating")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  rsp_ref request = {};
  ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("go")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "answer");
  EXPECT_EQ(text_of(me.receive()), "terminating");
  EXPECT_EQ(script.trail().back(), "terminate finished in a");
}

// S-SRV-26, S-STM-14
TEST_F(StatemEnds, a_kill_that_is_found_as_it_replies_is_its_end_and_none_of_its_code_runs) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return* ret) {
    EXPECT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);  // as of another
    ret->action = RSP_SERVER_STOP_REPLY;
    ret->reason = word("finished");
    ret->reply = word("answer");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(me.end_after(machine.pid(), [&] { EXPECT_EQ(machine.call("go"), "answer"); }), "killed");
  EXPECT_EQ(script.trail(), Trail{"call go in a"});
}

// S-STM-14
TEST_F(StatemEnds, a_stop_leaves_a_call_to_its_monitor_and_asks_for_nothing_more) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return* ret) {
    next_state(self, "b");
    insert(self, "never");
    named_timeout(self, "n", 0, "never");
    ret->action = RSP_SERVER_STOP;
    ret->reason = word("finished");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_TRUE(machine.call("go").starts_with("RSP_EEXITED {finished,"));
  EXPECT_EQ(script.trail(), (Trail{"call go in a", "terminate finished in a"}));
}

// S-STM-15
TEST_F(StatemEnds, what_a_callback_raises_ends_it_in_the_last_good_state) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return*) {
    next_state(self, "b");
    return rsp_raise(self, RSP_CLASS_ERROR, word("oops"), NIL);
  };
  EXPECT_EQ(end_of(me, script), "{oops,[]}");
  EXPECT_EQ(script.trail().back(), "terminate {oops,[]} in a");
}

// S-STM-15: as in OTP, an enter call that raises has not entered, and one that stops has.
TEST_F(StatemEnds, an_enter_call_that_raises_leaves_the_state_before_and_one_that_stops_the_new_one) {
  const Attached me;
  for (const bool raises : {true, false}) {
    Script script;
    script.init = begin_with_enter_calls;
    script.handle = [raises](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
      if (is(event, "go")) next_state(self, "b");
      if (!in_state(event, "b")) return RSP_NEXT_CONTINUE;
      if (raises) return rsp_exit(self, word("left"));
      ret->action = RSP_SERVER_STOP;
      ret->reason = word("left");
      return RSP_NEXT_CONTINUE;
    };
    EXPECT_EQ(end_of(me, script), "left");
    EXPECT_EQ(script.trail().back(), raises ? "terminate left in a" : "terminate left in b");
  }
}

// S-STM-16
TEST_F(StatemEnds, what_means_nothing_ends_it_with_a_reason_that_names_it) {
  const Attached me;
  const auto odd = [](rsp_server_action action) {
    return [action](rsp_self*, rsp_server_return* ret) {
      ret->action = action;
      ret->reason = word("x");
      ret->reply = word("y");
      return RSP_NEXT_CONTINUE;
    };
  };
  EXPECT_EQ(end_by(me, odd(RSP_SERVER_REPLY)), "{{bad_return_from_state_function,{reply,y}},[]}");
  EXPECT_EQ(end_by(me, odd(RSP_SERVER_STOP_REPLY)), "{{bad_return_from_state_function,{stop,x,y}},[]}");
  EXPECT_EQ(end_by(me, odd(RSP_SERVER_IGNORE)), "{{bad_return_from_state_function,ignore},[]}");
  EXPECT_EQ(end_by(me, odd(RSP_SERVER_ERROR)), "{{bad_return_from_state_function,{error,x}},[]}");
  EXPECT_EQ(end_by(me, odd(RSP_SERVER_BAD_RETURN)), "{{bad_return_from_state_function,x},[]}");
  EXPECT_EQ(end_by(me, odd(static_cast<rsp_server_action>(77))), "{{bad_return_from_state_function,x},[]}");
  EXPECT_EQ(end_by(me, [](rsp_self*, rsp_server_return*) { return static_cast<rsp_next>(77); }),
            "{{bad_return_from_state_function,77},[]}");
}

// S-STM-16: a machine has inserted events and timeouts in the place of what a server has.
TEST_F(StatemEnds, what_only_a_server_has_ends_it_too) {
  const Attached me;
  EXPECT_EQ(end_by(me,
                   [](rsp_self*, rsp_server_return* ret) {
                     ret->has_continue = true;
                     ret->continue_term = word("x");
                     return RSP_NEXT_CONTINUE;
                   }),
            "{{bad_return_from_state_function,{continue,x}},[]}");
  EXPECT_EQ(end_by(me,
                   [](rsp_self*, rsp_server_return* ret) {
                     ret->wait = RSP_SERVER_WAIT_TIMEOUT;
                     ret->timeout_ms = 5;
                     return RSP_NEXT_CONTINUE;
                   }),
            "{{bad_return_from_state_function,{timeout,5}},[]}");
}

// S-STM-16
TEST_F(StatemEnds, an_init_that_means_nothing_fails_the_start) {
  const Attached me;
  Script script;
  script.init = [](rsp_self*, rsp_server_return* ret) {
    ret->action = RSP_SERVER_REPLY;
    ret->reply = word("x");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(machine.result(), RSP_EEXITED);
  EXPECT_EQ(machine.error(), "{bad_return_from_init,{reply,x}}");
  EXPECT_EQ(script.trail(), Trail{}) << "terminate never runs for an init that failed";
  script.init = [](rsp_self* self, rsp_server_return*) {
    insert(self, "never");
    named_timeout(self, "n", 0, "never");
    return rsp_exit(self, word("no"));
  };
  EXPECT_EQ(Statem(me, script).error(), "no");
}

// S-STM-16
TEST_F(StatemEnds, a_throw_stands_for_what_is_returned) {
  const Attached me;
  Script script;
  const auto throw_pair = [](rsp_self* self, std::string_view tag, std::string_view what, size_t size) {
    const rsp_term elements[] = {word(tag), word(what), word("data")};
    rsp_term thrown = NIL;
    EXPECT_EQ(rsp_term_tuple(&thrown, elements, size), RSP_OK);
    const rsp_next next = rsp_throw(self, thrown);
    rsp_term_free(thrown);
    return next;
  };
  script.handle = [&](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    next_state(self, "overruled");
    if (is(event, "keep")) return rsp_throw(self, word("keep_state_and_data"));
    if (is(event, "keep data")) return throw_pair(self, "keep_state", "data", 2);
    if (is(event, "repeat")) return rsp_throw(self, word("repeat_state_and_data"));
    if (is(event, "next")) return throw_pair(self, "next_state", "b", 3);
    if (is(event, "stop")) return throw_pair(self, "stop", "thrown", 3);
    return throw_pair(self, "odd", "x", 2);
  };
  const Statem machine(me, script);
  for (const char* const content : {"keep", "keep data", "repeat", "next"}) machine.cast(content);
  EXPECT_EQ(me.end_after(machine.pid(), [&] { machine.cast("stop"); }), "thrown");
  EXPECT_EQ(script.trail(), (Trail{"cast keep in a", "cast 'keep data' in a", "cast repeat in a",
                                   "cast next in a", "cast stop in b", "terminate thrown in b"}));
  EXPECT_EQ(end_of(me, script), "{{bad_return_from_state_function,{odd,x}},[]}");
}

// S-STM-12
TEST_F(StatemEnds, an_enter_call_may_not_change_the_state_nor_postpone_nor_insert) {
  const Attached me;
  struct Case {
    std::function<void(rsp_self*)> deed;
    const char* reason;
  };
  const Case cases[] = {
      {[](rsp_self* self) { next_state(self, "c"); },
       "{{bad_state_enter_return_from_state_function,{next_state,c}},[]}"},
      {postpone, "{{bad_state_enter_action_from_state_function,postpone},[]}"},
      {[](rsp_self* self) { insert(self, "x"); },
       "{{bad_state_enter_action_from_state_function,{next_event,internal,x}},[]}"},
  };
  for (const Case& one : cases) {
    Script script;
    script.init = begin_with_enter_calls;
    script.handle = [&one](rsp_self* self, const rsp_event* event, rsp_server_return*) {
      if (is(event, "go")) next_state(self, "b");
      if (in_state(event, "b")) one.deed(self);
      return RSP_NEXT_CONTINUE;
    };
    EXPECT_EQ(end_of(me, script), one.reason);
    EXPECT_EQ(script.trail().back(), "terminate " + std::string(one.reason) + " in b");
  }
}

// S-STM-17
TEST_F(StatemEnds, the_exit_of_its_parent_ends_it_as_a_server_and_that_of_others_is_an_event) {
  const Attached me;
  const rsp_pid other = spawn_idle(me);
  Script script;
  script.init = [&](rsp_self* self, rsp_server_return*) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    EXPECT_EQ(rsp_link(self, other), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script, true);
  EXPECT_EQ(me.exit(other, "gone"), "gone");
  machine.settle();
  EXPECT_EQ(events(script).back(), "info gone in nil");
  EXPECT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  EXPECT_EQ(me.exit(machine.pid(), "shutdown"), "shutdown");
  EXPECT_EQ(events(script).back(), "terminate shutdown in nil");
}

/** Inserts an event at each event. */
rsp_next insert_for_ever(rsp_self* self, const rsp_event* event, rsp_server_return*) {
  if (event->type == RSP_EVENT_CALL) return RSP_NEXT_CONTINUE;
  const rsp_result result = rsp_statem_next_event(self, RSP_EVENT_INTERNAL, rsp_from{}, word("again"));
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << rsp_result_name(result);
  return RSP_NEXT_CONTINUE;
}

// S-STM-17
TEST_F(StatemEnds, one_that_inserts_events_for_ever_can_be_killed_and_holds_nobody_up) {
  const Attached me;
  Script endless;
  endless.handle = insert_for_ever;
  std::vector<std::unique_ptr<Statem>> machines;
  for (int i = 0; i < 3; ++i)
    machines.push_back(std::make_unique<Statem>(me, endless));  // more than there are workers
  for (const auto& machine : machines) machine->cast("go");
  wait_until([&] { return endless.trail().size() > 10; });
  Script script;
  const Statem other(me, script);
  other.settle();
  for (const auto& machine : machines) EXPECT_EQ(me.exit(machine->pid(), "kill"), "killed");
}

constexpr int MANY = 500'000;

/** Repeats its state in its enter calls, by what it asks for or by what it throws. */
rsp_next repeat(rsp_self* self, bool throws) {
  if (throws) return rsp_throw(self, word("repeat_state_and_data"));
  const rsp_result result = rsp_statem_repeat_state(self);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << rsp_result_name(result);
  return RSP_NEXT_CONTINUE;
}

/** A machine whose enter calls are not told of, since there are many. */
const rsp_server_ops& repeating_ops() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = script_ops();
    ops.name = "repeating";
    ops.handle_event = [](rsp_self* self, void* data, const rsp_event* event, rsp_server_return* ret) {
      return static_cast<Script*>(data)->handle(self, event, ret);
    };
    return ops;
  }();
  return made;
}

// S-STM-17: no enter call stands on the stack of the one before, and no message comes in between.
TEST_F(StatemEnds, a_state_is_repeated_any_number_of_times) {
  const Attached me;
  for (const bool throws : {false, true}) {
    Script script;
    int entered = 0;
    script.init = begin_with_enter_calls;
    script.handle = [&](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
      if (event->type == RSP_EVENT_ENTER) return ++entered < MANY ? repeat(self, throws) : RSP_NEXT_CONTINUE;
      ret->action = RSP_SERVER_REPLY;
      ret->reply = rsp_term_int(entered);
      return RSP_NEXT_CONTINUE;
    };
    const Statem machine(me, script, false, repeating_ops());
    EXPECT_EQ(machine.call("entered"), std::to_string(MANY));
    EXPECT_EQ(me.exit(machine.pid(), "kill"), "killed");
  }
}

// S-STM-17
TEST_F(StatemEnds, one_that_repeats_its_state_for_ever_can_be_killed_and_holds_nobody_up) {
  const Attached me;
  for (const bool throws : {false, true}) {
    Script endless;
    std::atomic<int> entered{0};
    endless.init = begin_with_enter_calls;
    endless.handle = [&](rsp_self* self, const rsp_event*, rsp_server_return*) {
      ++entered;
      return repeat(self, throws);
    };
    std::vector<std::unique_ptr<Statem>> machines;
    for (int i = 0; i < 3; ++i)
      machines.push_back(std::make_unique<Statem>(me, endless, false, repeating_ops()));
    wait_until([&] { return entered > MANY; });
    Script script;
    const Statem other(me, script);
    other.settle();
    for (const auto& machine : machines) EXPECT_EQ(me.exit(machine->pid(), "boom"), "boom");
  }
}

// S-STM-17: the events that wait in the machine come before any message, of whatever kind.
TEST_F(StatemEnds, a_stop_waits_for_the_events_in_the_machine) {
  const Attached me;
  Script script;
  int left = 50;
  script.handle = [&left](rsp_self* self, const rsp_event*, rsp_server_return*) {
    if (left-- > 0) insert(self, "again");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("go");
  EXPECT_EQ(machine.stop(), "normal");
  EXPECT_EQ(script.trail().size(), 52u);
}

/** A payload that says how often it was freed. */
const rsp_native_ops COUNTED = {sizeof(rsp_native_ops), [](void* freed) { ++*static_cast<int*>(freed); },
                                nullptr};

// S-STM-18
TEST_F(StatemEnds, what_it_has_kept_is_given_back_once_and_callers_hear_of_its_end) {
  const Attached me;
  for (const bool is_killed : {true, false}) {
    Script script;
    std::atomic<int> kept{0};
    script.handle = [&kept](rsp_self* self, const rsp_event*, rsp_server_return*) {
      postpone(self);
      named_timeout(self, "n", 60'000, "never");
      ++kept;
      return RSP_NEXT_CONTINUE;
    };
    int freed = 0;
    const Statem machine(me, script);
    rsp_ref request = {};
    ASSERT_EQ(rsp_send_request(me, &request, machine.pid(), word("x")), RSP_OK);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(rsp_cast_native(me, machine.pid(), &freed, &COUNTED), RSP_OK);
    machine.cast("last");
    wait_until([&] { return kept == 5; });
    EXPECT_EQ(freed, 0);
    if (is_killed) {
      EXPECT_EQ(me.exit(machine.pid(), "kill"), "killed");
    } else {
      EXPECT_EQ(machine.stop("enough"), "enough");
    }
    const Message down = me.receive();
    EXPECT_EQ(rsp_msg_get_kind(down.get()), RSP_MSG_DOWN);
    EXPECT_EQ(text_of(down), is_killed ? "killed" : "enough");
    EXPECT_EQ(freed, 3);
    EXPECT_FALSE(me.has_message());
  }
}

// S-STM-18
TEST_F(StatemEnds, a_postponed_call_whose_caller_has_given_up_is_an_event_all_the_same) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return* ret) {
    if (is(event, "go")) next_state(self, "b");
    if (!is(event, "ask")) return RSP_NEXT_CONTINUE;
    if (in_state(event, "a")) postpone(self);
    ret->action = in_state(event, "a") ? RSP_SERVER_NOREPLY : RSP_SERVER_REPLY;
    ret->reply = word("late");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_TRUE(machine.call("ask", 5).starts_with("RSP_ETIMEDOUT "));
  machine.cast("go");
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"call ask in a", "cast go in a", "call ask in b"}));
  EXPECT_FALSE(me.has_message());
}

// S-STM-18: one whose thread is in a blocking section when it is killed, with postponed events and one under way.
TEST_F(StatemEnds,
       a_kill_in_a_blocking_section_tells_all_callers_and_frees_what_is_left_when_the_code_is_over) {
  const Attached me;
  std::atomic<bool> is_inside = false;
  std::atomic<bool> may_leave = false;
  Script script;
  script.handle = [&](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "block")) {
      if (rsp_blocking_begin(self) != RSP_OK) return RSP_NEXT_CONTINUE;
      is_inside = true;
      wait_until([&] { return may_leave.load(); });
      (void)!rsp_blocking_end(self);
    } else {
      postpone(self);
    }
    return RSP_NEXT_CONTINUE;
  };
  int freed = 0;
  const Statem machine(me, script);
  rsp_ref requests[2] = {};
  ASSERT_EQ(rsp_send_request(me, &requests[0], machine.pid(), word("postponed")), RSP_OK);
  ASSERT_EQ(rsp_cast_native(me, machine.pid(), &freed, &COUNTED), RSP_OK);
  ASSERT_EQ(rsp_send_request(me, &requests[1], machine.pid(), word("block")), RSP_OK);
  wait_until([&] { return is_inside.load(); });
  EXPECT_EQ(me.exit(machine.pid(), "kill"), "killed");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(text_of(me.receive()), "killed");
  EXPECT_EQ(freed, 0) << "its code may have it in hand";
  may_leave = true;
  wait_until([&] { return stats().zombies == 0; });
  wait_until([&] { return freed == 1; });
}

// S-STM-15, S-REP-1
TEST_F(StatemEnds, its_report_shows_the_state_where_states_are_asked_for) {
  const Attached me;
  static std::mutex mutex;
  static std::string seen;
  EXPECT_EQ(rsp_set_report_contents(RSP_REPORT_STATES), RSP_OK);
  rsp_set_report_sink(
      [](void*, rsp_report_level, rsp_term report) {
        const std::lock_guard lock(mutex);
        seen += show(report);
      },
      nullptr);
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return*) {
    return rsp_exit(self, word("bad"));
  };
  EXPECT_EQ(end_of(me, script), "bad");
  rsp_set_report_sink(nullptr, nullptr);
  EXPECT_EQ(rsp_set_report_contents(0), RSP_OK);
  const std::lock_guard lock(mutex);
  EXPECT_NE(seen.find("state => {a,nil}"), std::string::npos) << seen;
}

}  // namespace
