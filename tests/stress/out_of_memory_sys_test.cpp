// Memory runs out while a behaviour is asked what it is (S-SYS), and in starts that are over later than init (S-START-10).
#ifdef RESPROUT_FAULT_INJECTION
#include "resprout/event.h"
#include "resprout/sys.h"
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_server_ops server_type() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "asked";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  ops.handle_call = [](rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    ret->action = RSP_SERVER_REPLY;
    ret->reply = word("echoed");
    return RSP_NEXT_CONTINUE;
  };
  ops.format_status = [](rsp_self*, void*) {
    rsp_term status = NIL;
    const rsp_term both[] = {word("one"), word("two")};
    (void)!rsp_term_tuple(&status, both, 2);  // nil where memory is short
    return status;
  };
  return ops;
}
const rsp_server_ops SERVER = server_type();

rsp_event_ops handler_type() {
  rsp_event_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "listener";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; };
  ops.handle_event = [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; };
  ops.format_status = SERVER.format_status;
  return ops;
}
const rsp_event_ops HANDLER = handler_type();

rsp_server_ops late_type() {
  rsp_server_ops ops = SERVER;
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return* ret) {
    EXPECT_EQ(rsp_init_ack_later(self), RSP_OK);
    ret->has_continue = true;
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_continue = [](rsp_self* self, void*, rsp_term, rsp_server_return*) {
    const rsp_result told = rsp_init_ack(self);
    EXPECT_TRUE(told == RSP_OK || told == RSP_ENOMEM || told == RSP_EXITING) << rsp_result_name(told);
    return told == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
  };
  return ops;
}
const rsp_server_ops LATE = late_type();

rsp_result start(const Attached& me, rsp_pid* out, const rsp_server_ops& ops) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  return rsp_server_start(me, out, nullptr, nullptr, &spec, nullptr);
}

rsp_pid started(const Attached& me) {
  rsp_pid server = NO_PID;
  EXPECT_EQ(start(me, &server, SERVER), RSP_OK);
  return server;
}

using Question = rsp_result (*)(rsp_self*, rsp_term*, rsp_term*, rsp_pid, uint64_t);

/** Asks, and ends who was asked. */
rsp_result answer_of(const Attached& me, Question question, rsp_pid asked) {
  rsp_term status = NIL;
  rsp_term reason = NIL;
  const rsp_result result = scarce([&] { return question(me, &status, &reason, asked, LONG_MS); });
  rsp_term_free(status);
  rsp_term_free(reason);
  kill(me, asked);
  return result;
}

const Scenario SCENARIOS[] = {
    {"get_state_of_a_server",
     [](const Attached& me) { return answer_of(me, &rsp_sys_get_state, started(me)); },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"get_status_of_a_server",
     [](const Attached& me) { return answer_of(me, &rsp_sys_get_status, started(me)); },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"get_status_of_a_supervisor",
     [](const Attached& me) {
       rsp_child_spec child = RSP_CHILD_SPEC_INIT;
       child.id = word("x");
       child.start.ops = &SERVER;
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
       return answer_of(me, &rsp_sys_get_status, supervisor);
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"get_state_of_an_event_manager",
     [](const Attached& me) {
       rsp_pid manager = NO_PID;
       EXPECT_EQ(rsp_event_start(me, &manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
       rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
       handler.ops = &HANDLER;
       EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager, &handler, RSP_INFINITE), RSP_OK);
       return answer_of(me, &rsp_sys_get_state, manager);
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"trace_of_a_call",
     [](const Attached& me) {
       const rsp_pid server = started(me);
       const rsp_result result = scarce([&] {
         const rsp_result traced = rsp_sys_trace(me, nullptr, server, true, LONG_MS);
         if (traced != RSP_OK) return traced;
         rsp_msg* answer = nullptr;
         const rsp_result called = rsp_call(me, &answer, nullptr, server, word("x"), LONG_MS);
         rsp_msg_free(answer);
         return called;
       });
       kill(me, server);
       return result;
     },
     {RSP_EEXITED, RSP_ETIMEDOUT}},
    {"a_start_that_is_over_later",
     [](const Attached& me) {
       rsp_pid server = NO_PID;
       const rsp_result result = scarce([&] { return start(me, &server, LATE); });
       if (result == RSP_OK) kill(me, server);
       return result;
     },
     {RSP_EEXITED}},
};

INSTANTIATE_TEST_SUITE_P(InSys, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
