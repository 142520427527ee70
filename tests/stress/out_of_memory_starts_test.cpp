// Memory runs out in starts that callbacks make, and in start functions. Whatever fails, nobody is left over.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_server_ops idle_server() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "idle";
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return*) {
    return rsp_trap_exit(self, nullptr, true) == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
  };
  return ops;
}
const rsp_server_ops IDLE = idle_server();

rsp_start_spec idle_spec() {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &IDLE;
  return spec;
}

/** The result of what is awaited, as the reply. */
rsp_next answer(rsp_self*, const rsp_outcome* outcome, void* out) {
  rsp_server_return* const ret = static_cast<rsp_server_return*>(out);
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp_term_int(outcome->result);
  return RSP_NEXT_CONTINUE;
}

rsp_next then_stop(rsp_self* self, const rsp_outcome* outcome, void* out) {
  if (outcome->result != RSP_OK) return answer(self, outcome, out);
  return rsp_await_stop(self, outcome->pid, word("normal"), LONG_MS, answer, out);
}

/** A server that starts another one, not linked, stops it, and says how that went. */
rsp_server_ops starting_server() {
  rsp_server_ops ops = idle_server();
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  ops.handle_call = [](rsp_self* self, void*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    const rsp_start_spec spec = idle_spec();
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.timeout_ms = LONG_MS;
    return rsp_await_start(self, &spec, &opts, then_stop, ret);
  };
  return ops;
}
const rsp_server_ops STARTING = starting_server();

/** The same with a supervisor and its child. */
rsp_server_ops server_that_starts_a_supervisor() {
  rsp_server_ops ops = starting_server();
  ops.handle_call = [](rsp_self* self, void*, rsp_msg*, rsp_from, rsp_server_return* ret) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.id = word("x");
    child.start = idle_spec();
    rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
    top.children = &child;
    top.child_count = 1;
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.timeout_ms = LONG_MS;
    return rsp_await_start_supervisor(self, &top, &opts, then_stop, ret);
  };
  return ops;
}
const rsp_server_ops STARTING_SUPERVISOR = server_that_starts_a_supervisor();

rsp_next name_child(rsp_self*, const rsp_outcome* outcome, void* out) {
  rsp_start_return* const ret = static_cast<rsp_start_return*>(out);
  ret->pid = outcome->pid;
  ret->info = word("x");
  if (outcome->result != RSP_OK) ret->action = RSP_START_ERROR;
  return RSP_NEXT_CONTINUE;
}

rsp_start_more starting_function() {
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function_name = "scarce";
  more.function = [](rsp_self* self, void*, rsp_term, rsp_start_return* ret) {
    const rsp_start_spec spec = idle_spec();
    rsp_start_opts opts = RSP_START_OPTS_INIT;
    opts.link = true;
    return rsp_await_start(self, &spec, &opts, name_child, ret);
  };
  return more;
}

/** Waits until only those that were there before are. */
void expect_nobody_left(uint64_t before) {
  wait_until([&] { return stats().processes <= before; });
}

/** What becomes of a start and a stop that a server of this type waits for. */
rsp_result start_and_stop(const Attached& me, const rsp_server_ops& ops) {
  const uint64_t before = stats().processes;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  rsp_pid server = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &server, nullptr, nullptr, &spec, nullptr), RSP_OK);
  rsp_msg* reply = nullptr;
  rsp_result result = scarce([&] { return rsp_call(me, &reply, nullptr, server, word("x"), 10 * LONG_MS); });
  const bool is_answered = result == RSP_OK;
  if (is_answered) {
    result = static_cast<rsp_result>(as_int(rsp_msg_term(reply)));
    rsp_msg_free(reply);
  }
  kill(me, server);
  // A stop that could not be made, or was late, has left its server, which is the program's.
  if (is_answered && result != RSP_ETIMEDOUT) expect_nobody_left(before);
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED, RSP_ENOPROC, RSP_ETIMEDOUT};

const Scenario SCENARIOS[] = {
    {"await_start_and_await_stop", [](const Attached& me) { return start_and_stop(me, STARTING); }, ENDED},
    {"await_start_supervisor_and_await_stop",
     [](const Attached& me) { return start_and_stop(me, STARTING_SUPERVISOR); }, ENDED},
    {"start_function",
     [](const Attached& me) {
       const uint64_t before = stats().processes;
       static const rsp_start_more more = starting_function();
       rsp_child_spec child = RSP_CHILD_SPEC_INIT;
       child.start.more = &more;
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
       rsp_pid pid = NO_PID;
       rsp_term info = NIL;
       rsp_term error = NIL;
       const rsp_result result = scarce([&] {
         return rsp_supervisor_start_child_info(me, &pid, &info, &error, supervisor, &child, 10 * LONG_MS);
       });
       if (result == RSP_OK) {
         EXPECT_EQ(show(info), "x");
       } else {
         EXPECT_EQ(pid.id, 0u);
       }
       rsp_term_free(info);
       rsp_term_free(error);
       kill(me, supervisor);
       expect_nobody_left(before);
       return result;
     },
     ENDED},
    {"start_child_request",
     [](const Attached& me) {
       const uint64_t before = stats().processes;
       std::atomic<int> freed{0};
       rsp_child_spec child = RSP_CHILD_SPEC_INIT;
       child.start = idle_spec();
       child.start.ctx = &freed;
       child.start.ctx_free = [](void* ctx) { ++*static_cast<std::atomic<int>*>(ctx); };
       rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
       opts.strategy = RSP_DYNAMIC;
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, &opts, nullptr), RSP_OK);
       rsp_msg* answer = nullptr;
       const rsp_result result = scarce([&] {
         rsp_ref request = {};
         const rsp_result asked =
             rsp_supervisor_start_child_request(me, &request, nullptr, supervisor, &child);
         return asked != RSP_OK ? asked : rsp_receive_response(me, &answer, request, 10 * LONG_MS);
       });
       rsp_term ok = NIL;
       const bool is_up = result == RSP_OK && rsp_term_element(&ok, rsp_msg_term(answer), 0) == RSP_OK &&
                          rsp_term_equal(ok, word("ok"));
       rsp_msg_free(answer);
       kill(me, supervisor);
       expect_nobody_left(before);
       wait_until([&] { return freed != 0; });
       EXPECT_EQ(freed, 1);
       return result == RSP_OK && !is_up ? RSP_EEXITED : result;
     },
     ENDED},
    {"start_function_at_the_start_of_the_supervisor",
     [](const Attached& me) {
       const uint64_t before = stats().processes;
       static const rsp_start_more more = starting_function();
       rsp_child_spec children[] = {RSP_CHILD_SPEC_INIT, RSP_CHILD_SPEC_INIT};
       for (rsp_child_spec& child : children) {
         child.id = rsp_term_int(&child - children);
         child.start.more = &more;
       }
       rsp_pid supervisor = NO_PID;
       rsp_term error = NIL;
       const rsp_result result = scarce(
           [&] { return rsp_supervisor_start(me, &supervisor, &error, children, 2, nullptr, nullptr); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, supervisor);
       expect_nobody_left(before);
       return result;
     },
     ENDED},
};

INSTANTIATE_TEST_SUITE_P(InEachStart, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
