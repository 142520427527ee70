// The functions of resprout/statem.h where they may not be called. With arguments that mean nothing: statem_timeout_test.cpp.
#include <functional>
#include <vector>

#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

const rsp_native_ops OPS = {sizeof(rsp_native_ops), [](void*) {}, nullptr};

struct Verb {
  const char* name;
  std::function<rsp_result(rsp_self*)> call;
};

/** With arguments that are all right. */
const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"next_state", [](rsp_self* s) { return rsp_statem_next_state(s, NIL); }},
      {"repeat_state", [](rsp_self* s) { return rsp_statem_repeat_state(s); }},
      {"postpone", [](rsp_self* s) { return rsp_statem_postpone(s); }},
      {"next_event", [](rsp_self* s) { return rsp_statem_next_event(s, RSP_EVENT_CAST, rsp_from{}, NIL); }},
      {"next_event_native",
       [](rsp_self* s) {
         return rsp_statem_next_event_native(s, RSP_EVENT_INFO, rsp_from{}, nullptr, &OPS);
       }},
      {"timeout", [](rsp_self* s) { return rsp_statem_timeout(s, RSP_EVENT_TIMEOUT, NIL, 1, NIL); }},
      {"update_timeout",
       [](rsp_self* s) { return rsp_statem_update_timeout(s, RSP_EVENT_TIMEOUT, NIL, NIL); }},
      {"cancel_timeout", [](rsp_self* s) { return rsp_statem_cancel_timeout(s, RSP_EVENT_TIMEOUT, NIL); }},
      {"state_enter", [](rsp_self* s) { return rsp_statem_state_enter(s); }},
  };
  return all;
}

rsp_result state(rsp_self* self) {
  rsp_term out = NIL;
  return rsp_statem_state(self, &out);
}

void expect_of_all(rsp_self* self, rsp_result expected) {
  for (const Verb& verb : verbs()) EXPECT_EQ(verb.call(self), expected) << verb.name;
}

class StatemMisuse : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-STM-1
TEST_F(StatemMisuse, what_machines_alone_may_ask_for_is_refused_elsewhere) {
  const Attached me;
  const auto refuse_all = [](rsp_self* self) {
    expect_of_all(self, RSP_EINVAL);
    EXPECT_EQ(state(self), RSP_EINVAL);
  };
  refuse_all(nullptr);
  refuse_all(me);
  in_callback(me, refuse_all);
  std::thread([&] { expect_of_all(me, RSP_EWRONGTHREAD); }).join();
}

// S-STM-1
TEST_F(StatemMisuse, terminate_asks_for_nothing_and_state_enter_is_of_init_alone) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return*) {
    for (const Verb& verb : verbs())
      EXPECT_EQ(verb.call(self), std::string(verb.name) == "state_enter" ? RSP_EINVAL : RSP_OK) << verb.name;
    return RSP_NEXT_STOP;
  };
  script.terminate = [](rsp_self* self, rsp_term) {
    expect_of_all(self, RSP_EINVAL);
    EXPECT_EQ(state(self), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(me.end_after(machine.pid(), [&] { machine.cast("x"); }), "normal");
}

// S-STM-18
TEST_F(StatemMisuse, a_machine_that_was_killed_is_told_so_by_each_of_them) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event*, rsp_server_return*) {
    EXPECT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);
    expect_of_all(self, RSP_EXITING);
    EXPECT_EQ(state(self), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  EXPECT_EQ(me.end_after(machine.pid(), [&] { machine.cast("x"); }), "killed");
}

TEST_F(StatemMisuse, a_wait_that_was_asked_for_and_is_not_made_is_none) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (!is(event, "go")) return RSP_NEXT_CONTINUE;
    insert(self, "inserted");
    rsp_ref timer = {};
    EXPECT_EQ(rsp_start_timer(self, &timer, 60'000, rsp_self_pid(self), NIL), RSP_OK);
    const auto never = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; };
    EXPECT_EQ(rsp_await(self, timer, RSP_INFINITE, never, nullptr), RSP_NEXT_AWAIT);
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("go");
  machine.settle();
  EXPECT_EQ(script.trail(), (Trail{"cast go in a", "internal inserted in a", "call seen in a"}));
}

}  // namespace
