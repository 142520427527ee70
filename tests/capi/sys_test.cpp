// resprout/sys.h: how a behaviour is asked, and that to be asked changes nothing for it.
#include "tests/capi/sys.hpp"

#include <thread>

#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

constexpr uint64_t SOON_MS = 20;  // a wait that is over in every run, sooner or later

class Sys : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// ---- How it is asked ----

// S-SYS-1
TEST_F(Sys, it_is_answered_in_order_with_messages_and_no_callback_sees_it) {
  const Attached me;
  Play play;
  std::atomic<int> value{0};
  play.on_info = [&](rsp_self*, rsp_term, rsp_server_return*) {
    ++value;
    return RSP_NEXT_CONTINUE;
  };
  play.status = [&](rsp_self*) { return rsp_term_int(value); };
  const rsp_pid server = start(me, play);
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(rsp_send(me, server, word("add")), RSP_OK);
    ASSERT_EQ(state_of(me, server), std::to_string(i));
  }
  EXPECT_EQ(play.infos.load(), 100);
}

// S-SYS-1
TEST_F(Sys, who_does_not_exist_is_noproc_and_oneself_is_calling_self) {
  const Attached me;
  const rsp_pid dead = dead_pid(me);
  const std::string named = pid_text(dead);
  EXPECT_EQ(state_of(me, dead, 5000), "RSP_EEXITED {noproc,{call," + named + ",get_state,5000}}");
  EXPECT_EQ(status_of(me, dead), "RSP_EEXITED {noproc,{call," + named + ",get_status,infinity}}");
  EXPECT_EQ(state_of(me, rsp_whereis(atom("sys_nobody"))),
            "RSP_EEXITED {noproc,{call,undefined,get_state,infinity}}");
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_sys_trace(me, &reason, dead, true, 1), RSP_EEXITED);
  EXPECT_EQ(show(reason), "{noproc,{call," + named + ",trace,1}}");
  rsp_term_free(reason);
  const std::string mine = pid_text(me.pid());
  EXPECT_EQ(state_of(me, me.pid()), "RSP_ECALLINGSELF {calling_self,{call," + mine + ",get_state,infinity}}");
}

// S-SYS-1
TEST_F(Sys, one_that_ends_instead_says_its_reason) {
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  play.status = [](rsp_self* self) {
    EXPECT_EQ(rsp_exit_signal(self, rsp_self_pid(self), word("gone")), RSP_EXITING);
    return rsp_term_int(1);
  };
  EXPECT_EQ(state_of(me, server), "RSP_EEXITED {gone,{call," + pid_text(server) + ",get_state,infinity}}");
}

// S-SYS-4
TEST_F(Sys, one_that_is_suspended_answers_when_it_is_resumed_and_late_answers_never_come) {
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  ASSERT_EQ(rsp_suspend(me, server, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(state_of(me, server, 0), "RSP_ETIMEDOUT {timeout,{call," + pid_text(server) + ",get_state,0}}");
  std::string late;
  std::thread other([&] {
    const Attached its;
    late = status_field(its, server, "status");
  });
  wait_until([&] { return queue_length(me, server) == 2; });
  EXPECT_EQ(rsp_resume(me, server), RSP_OK);
  other.join();
  EXPECT_EQ(late, "running");
  EXPECT_EQ(call(me, server, "request"), "ok");
  EXPECT_FALSE(me.has_message());
}

rsp_pid g_gate;

/** Goes on when the gate, which is suspended, answers. */
rsp_next wait_at_gate(rsp_self* self) {
  rsp_ref request = {};
  EXPECT_EQ(rsp_send_request(self, &request, g_gate, NIL), RSP_OK);
  const rsp_continuation go_on = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  return rsp_await(self, request, RSP_INFINITE, go_on, nullptr);
}

/** While `waits` has somebody wait at a gate, `asked` does not answer; it does when the gate is open. */
template <class Waits>
void expect_no_answer_while(const Attached& me, rsp_pid asked, const std::string& state, Waits&& waits) {
  Play play;
  g_gate = start(me, play);
  ASSERT_EQ(rsp_suspend(me, g_gate, RSP_INFINITE), RSP_OK);
  std::thread other([&] {
    const Attached its;
    waits(its);
  });
  wait_until([&] { return queue_length(me, g_gate) == 1; });
  EXPECT_EQ(state_of(me, asked, SOON_MS).substr(0, 13), "RSP_ETIMEDOUT");
  EXPECT_EQ(rsp_resume(me, g_gate), RSP_OK);
  EXPECT_EQ(state_of(me, asked).substr(0, state.size()), state);
  other.join();
  EXPECT_FALSE(me.has_message());
  EXPECT_EQ(me.exit(g_gate, "kill"), "killed");
}

// S-SYS-4
TEST_F(Sys, one_whose_callback_waits_answers_when_that_goes_on) {
  const Attached me;
  Play play;
  play.on_call = [](rsp_self* self, rsp_term, rsp_server_return*) { return wait_at_gate(self); };
  const rsp_pid server = start(me, play);
  expect_no_answer_while(me, server, "nil",
                         [&](const Attached& its) { EXPECT_EQ(call(its, server, "wait"), "ok"); });
}

// S-SYS-4
TEST_F(Sys, a_supervisor_that_starts_or_stops_a_child_answers_when_that_is_done) {
  const Attached me;
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "slow";
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return*) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    return wait_at_gate(self);
  };
  ops.terminate = [](rsp_self* self, void*, rsp_term) { return wait_at_gate(self); };
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("slow");
  child.start.ops = &ops;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
  expect_no_answer_while(me, supervisor, "#{", [&](const Attached& its) {
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_supervisor_start_child(its, &pid, nullptr, supervisor, &child, RSP_INFINITE), RSP_OK);
  });
  expect_no_answer_while(me, supervisor, "#{", [&](const Attached& its) {
    EXPECT_EQ(rsp_supervisor_terminate_child(its, nullptr, supervisor, word("slow"), RSP_INFINITE), RSP_OK);
  });
}

// S-SYS-1
TEST_F(Sys, who_is_no_behaviour_does_not_answer) {
  const Attached me;
  const rsp_pid handler = spawn_idle(me);
  EXPECT_EQ(state_of(me, handler, SOON_MS),
            "RSP_ETIMEDOUT {timeout,{call," + pid_text(handler) + ",get_state,20}}");
  // It finds a call in its mailbox. What it answers to any call is no answer.
  const rsp_pid answering = spawn(me, [](rsp_self* self, rsp_msg* message) {
    EXPECT_EQ(rsp_reply(self, rsp_msg_from_call(message), rsp_term_int(42)), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(state_of(me, answering),
            "RSP_EEXITED {{bad_return_value,42},{call," + pid_text(answering) + ",get_state,infinity}}");
}

TEST_F(Sys, malformed_arguments_are_refused) {
  const Attached me;
  Play play;
  const rsp_pid server = start(me, play);
  rsp_term out = NIL;
  const rsp_pid far = {server.id, 1, 1};
  EXPECT_EQ(rsp_sys_get_status(me, nullptr, nullptr, server, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_sys_get_state(me, nullptr, nullptr, server, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_sys_get_status(me, &out, nullptr, far, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_sys_get_state(me, &out, nullptr, far, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_sys_trace(me, nullptr, far, true, 0), RSP_EINVAL);
  in_callback(me, [&](rsp_self* self) {
    EXPECT_EQ(rsp_sys_get_state(self, &out, nullptr, server, 0), RSP_EWOULDBLOCK);
  });
}

// ---- It is no event ----

// S-SYS-5
TEST_F(Sys, a_server_goes_on_waiting_for_its_timeout) {
  const Attached me;
  Play play;
  play.on_call = [](rsp_self*, rsp_term, rsp_server_return* ret) {
    ret->wait = RSP_SERVER_WAIT_TIMEOUT;
    ret->timeout_ms = SOON_MS;
    return RSP_NEXT_CONTINUE;
  };
  play.on_info = [to = me.pid()](rsp_self* self, rsp_term message, rsp_server_return*) {
    EXPECT_EQ(rsp_send(self, to, message), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server = start(me, play);
  EXPECT_EQ(call(me, server, "wait"), "ok");
  EXPECT_EQ(state_of(me, server), "nil");
  EXPECT_EQ(text_of(me.receive()), "timeout");
}

// S-SYS-5
TEST_F(Sys, a_timeout_of_no_time_comes_behind_what_is_asked_meanwhile) {
  const Attached me;
  int asked = 0;  // the server's own
  Play play;
  play.status = [&asked](rsp_self*) {
    ++asked;
    return NIL;
  };
  play.on_info = [&asked, to = me.pid()](rsp_self* self, rsp_term message, rsp_server_return* ret) {
    EXPECT_EQ(asked, show(message) == "timeout" ? 1 : 0) << show(message);
    EXPECT_EQ(rsp_send(self, to, message), RSP_OK);
    if (show(message) != "wait") return RSP_NEXT_CONTINUE;
    ret->wait = RSP_SERVER_WAIT_TIMEOUT;
    ret->timeout_ms = 0;
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server = start(me, play);
  ASSERT_EQ(rsp_suspend(me, server, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_cast(me, server, word("wait")), RSP_OK);
  EXPECT_EQ(state_of(me, server, 0).substr(0, 13),
            "RSP_ETIMEDOUT");  // it waits behind that, and nobody for it
  EXPECT_EQ(rsp_resume(me, server), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "wait");
  EXPECT_EQ(text_of(me.receive()), "timeout");
  EXPECT_EQ(state_of(me, server), "nil");
  EXPECT_FALSE(me.has_message()) << "it comes once";
}

// S-SYS-5
TEST_F(Sys, a_machine_goes_on_waiting_for_its_event_timeout) {
  const Attached me;
  Script script;
  script.handle = [to = me.pid()](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) event_timeout(self, SOON_MS, "over");
    if (event->type == RSP_EVENT_TIMEOUT) {
      EXPECT_EQ(rsp_send(self, to, word("over")), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("set");
  EXPECT_EQ(state_of(me, machine.pid()), "{a,nil}");
  EXPECT_EQ(text_of(me.receive()), "over");
  EXPECT_EQ(events(script), (Trail{"cast set in a", "timeout over in a"}));
  EXPECT_EQ(machine.stop(), "normal");
}

// S-SYS-6
TEST_F(Sys, one_that_hibernates_answers) {
  const Attached me;
  Play play;
  play.on_call = [](rsp_self*, rsp_term request, rsp_server_return* ret) {
    if (show(request) == "sleep") ret->wait = RSP_SERVER_WAIT_HIBERNATE;
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid server = start(me, play);
  EXPECT_EQ(call(me, server, "sleep"), "ok");
  EXPECT_EQ(state_of(me, server), "nil");  // and hibernates on: tests/stress/idle_test.cpp
  EXPECT_EQ(call(me, server, "wake"), "ok");
}

}  // namespace
