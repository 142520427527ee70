// Memory runs out in a state machine: what its callbacks ask for, and what it does between them (S-STM-21).
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

/** What a callback has asked for; where memory was short it has changed nothing, and the machine stops. */
bool all_ok(std::initializer_list<rsp_result> results) {
  bool good = true;
  for (const rsp_result result : results) {
    EXPECT_TRUE(result == RSP_OK || result == RSP_ENOMEM || result == RSP_EXITING) << rsp_result_name(result);
    good = good && result == RSP_OK;
  }
  return good;
}

const rsp_native_ops NATIVE = {sizeof(rsp_native_ops), [](void*) {}, nullptr};

/** Postpones a cast and `hello`, and asks for one of each kind at `x`, which it answers once it has come again. */
rsp_next handle_event(rsp_self* self, void*, const rsp_event* event, rsp_server_return* ret) {
  const bool is_first = rsp_term_equal(event->state, NIL);
  if (event->type == RSP_EVENT_CAST && is_first) (void)!rsp_statem_postpone(self);
  if (event->type != RSP_EVENT_CALL) return RSP_NEXT_CONTINUE;
  if (!is_first) {
    ret->action = RSP_SERVER_REPLY;
    ret->reply = word("echoed");
    return RSP_NEXT_CONTINUE;
  }
  const bool good = all_ok({rsp_statem_next_event(self, RSP_EVENT_INTERNAL, rsp_from{}, word("x")),
                            rsp_statem_next_event_native(self, RSP_EVENT_CAST, rsp_from{}, nullptr, &NATIVE),
                            rsp_statem_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word("x"), 60'000, NIL),
                            rsp_statem_timeout(self, RSP_EVENT_STATE_TIMEOUT, NIL, 0, word("hello")),
                            rsp_statem_update_timeout(self, RSP_EVENT_TIMEOUT, NIL, NIL),
                            rsp_statem_cancel_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word("nobody")),
                            rsp_statem_postpone(self), rsp_statem_next_state(self, word("x"))});
  return good ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
}

rsp_server_ops machine_type() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "machine";
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return*) {
    return all_ok({rsp_statem_state_enter(self)}) ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
  };
  ops.handle_event = handle_event;
  return ops;
}
const rsp_server_ops MACHINE = machine_type();

rsp_result start(const Attached& me, rsp_pid* out) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &MACHINE;
  return rsp_server_start(me, out, nullptr, nullptr, &spec, nullptr);
}

const Scenario SCENARIOS[] = {
    {"start",
     [](const Attached& me) {
       rsp_pid machine = NO_PID;
       const rsp_result result = scarce([&] { return start(me, &machine); });
       if (result == RSP_OK) kill(me, machine);
       return result;
     },
     {RSP_EEXITED}},
    {"an_event_that_asks_for_everything",
     [](const Attached& me) {
       rsp_pid machine = NO_PID;
       EXPECT_EQ(start(me, &machine), RSP_OK);
       EXPECT_EQ(rsp_cast(me, machine, word("hello")), RSP_OK);
       rsp_msg* answer = nullptr;
       const rsp_result result =
           scarce([&] { return rsp_call(me, &answer, nullptr, machine, word("x"), LONG_MS); });
       rsp_msg_free(answer);
       kill(me, machine);
       return result;
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
};

INSTANTIATE_TEST_SUITE_P(InStateMachines, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
