// Memory runs out in the calls of servers and supervisors.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

rsp_server_ops echo_server() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "echo";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  ops.handle_call = [](rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return* out) {
    out->action = RSP_SERVER_REPLY;
    out->reply = word("echoed");
    return RSP_NEXT_CONTINUE;
  };
  return ops;
}
const rsp_server_ops ECHO = echo_server();

/** Waits for the next message as long as the request says, and stops if none comes. */
rsp_server_ops waiting_server() {
  rsp_server_ops ops = echo_server();
  ops.handle_call = [](rsp_self*, void*, rsp_msg* message, rsp_from, rsp_server_return* out) {
    int64_t timeout_ms = 0;
    EXPECT_EQ(rsp_term_get_int(&timeout_ms, rsp_msg_term(message)), RSP_OK);
    out->action = RSP_SERVER_REPLY;
    out->reply = word("echoed");
    out->wait = RSP_SERVER_WAIT_TIMEOUT;
    out->timeout_ms = static_cast<uint64_t>(timeout_ms);
    return RSP_NEXT_CONTINUE;
  };
  ops.handle_info = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) { return RSP_NEXT_STOP; };
  return ops;
}
const rsp_server_ops WAITING = waiting_server();

rsp_pid start(const Attached& me, const rsp_server_ops& ops) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  rsp_pid server = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &server, nullptr, nullptr, &spec, nullptr), RSP_OK);
  return server;
}

rsp_pid start_echo(const Attached& me) { return start(me, ECHO); }

rsp_child_spec echo_child(int64_t id) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = rsp_term_int(id);
  child.start.ops = &ECHO;
  return child;
}

rsp_pid start_supervisor(const Attached& me, rsp_strategy strategy) {
  const rsp_child_spec children[] = {echo_child(1), echo_child(2)};
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = strategy;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, children, 2, &opts, nullptr), RSP_OK);
  return supervisor;
}

/** Of a supervisor that starts its one kind of child on demand. */
rsp_result start_on_demand(const Attached& me, rsp_result (*verb)(rsp_self*, rsp_term* error,
                                                                  rsp_pid supervisor, rsp_term args)) {
  const rsp_child_spec child = echo_child(1);
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_SIMPLE_ONE_FOR_ONE;
  rsp_pid supervisor = NO_PID;
  EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, &opts, nullptr), RSP_OK);
  const rsp_term arg = word("one");
  rsp_term args = NIL;
  EXPECT_EQ(rsp_term_list(&args, &arg, 1), RSP_OK);
  rsp_term error = NIL;
  const rsp_result result = scarce([&] { return verb(me, &error, supervisor, args); });
  rsp_term_free(error);
  rsp_term_free(args);
  kill(me, supervisor);
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED, RSP_ENOPROC, RSP_ETIMEDOUT};

const Scenario SCENARIOS[] = {
    {"send_request",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       rsp_ref request = {};
       const rsp_result result = scarce([&] { return rsp_send_request(me, &request, server, word("x")); });
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_abandon_request(me, request), RSP_OK);
       }
       kill(me, server);
       return result;
     }},
    {"reqids_new",
     [](const Attached& me) {
       rsp_reqids* ids = nullptr;
       const rsp_result result = scarce([&] { return rsp_reqids_new(me, &ids); });
       if (result == RSP_OK) rsp_reqids_free(me, ids);
       return result;
     }},
    {"reqids_send_request",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       rsp_reqids* ids = nullptr;
       EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
       const rsp_result result =
           scarce([&] { return rsp_reqids_send_request(me, ids, server, word("x"), word("scarce")); });
       EXPECT_EQ(rsp_reqids_size(ids), result == RSP_OK ? 1u : 0u);
       rsp_reqids_free(me, ids);
       kill(me, server);
       return result;
     }},
    {"reqids_add",
     [](const Attached& me) {
       rsp_ref ref = {};
       rsp_reqids* ids = nullptr;
       EXPECT_EQ(rsp_make_ref(me, &ref), RSP_OK);
       EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_reqids_add(ids, ref, word("scarce")); });
       rsp_reqids_free(me, ids);
       return result;
     }},
    {"reqids_receive_response",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       rsp_reqids* ids = nullptr;
       EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
       EXPECT_EQ(rsp_reqids_send_request(me, ids, server, word("x"), NIL), RSP_OK);
       rsp_msg* answer = nullptr;
       const rsp_result result =
           scarce([&] { return rsp_reqids_receive_response(me, &answer, nullptr, ids, true, LONG_MS); });
       rsp_msg_free(answer);
       rsp_reqids_free(me, ids);
       kill(me, server);
       return result;
     },
     ENDED},
    {"send_request_name",
     [](const Attached& me) {
       rsp_ref request = {};
       const rsp_result result =
           scarce([&] { return rsp_send_request_name(me, &request, atom("nobody"), word("x")); });
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_abandon_request(me, request), RSP_OK);
       }
       return result;
     }},
    {"cast_name",
     [](const Attached& me) { return scarce([&] { return rsp_cast_name(me, atom("nobody"), word("x")); }); }},
    {"abcast",
     [](const Attached& me) {
       EXPECT_EQ(rsp_register(me, atom("scarce"), me.pid()), RSP_OK);
       const rsp_atom nodes[] = {rsp_node(), rsp_node()};
       const rsp_result result = scarce([&] { return rsp_abcast(me, nodes, 2, atom("scarce"), word("x")); });
       EXPECT_EQ(result, RSP_OK);  // nothing says whom it reaches
       int reached = 0;
       while (me.has_message()) ++reached;
       if (!g_failed) {
         EXPECT_EQ(reached, 2);
       }
       EXPECT_EQ(rsp_unregister(me, atom("scarce")), RSP_OK);
       return result;
     }},
    {"multi_call",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       EXPECT_EQ(rsp_register(me, atom("scarce"), server), RSP_OK);
       const rsp_atom nodes[] = {rsp_node(), rsp_node()};
       rsp_msg* replies[] = {nullptr, nullptr};
       const rsp_result result =
           scarce([&] { return rsp_multi_call(me, replies, nodes, 2, atom("scarce"), word("x"), LONG_MS); });
       for (rsp_msg* const reply : replies) rsp_msg_free(reply);
       kill(me, server);
       return result;
     }},
    {"call",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       rsp_msg* answer = nullptr;
       rsp_term reason = NIL;
       const rsp_result result =
           scarce([&] { return rsp_call(me, &answer, &reason, server, word("x"), LONG_MS); });
       if (result == RSP_OK) rsp_msg_free(answer);
       rsp_term_free(reason);
       kill(me, server);
       return result;
     },
     ENDED},
    {"call_name",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       EXPECT_EQ(rsp_register(me, atom("scarce"), server), RSP_OK);
       const rsp_term request = list_of_words();
       rsp_msg* answer = nullptr;
       rsp_term reason = NIL;
       const rsp_result result =
           scarce([&] { return rsp_call_name(me, &answer, &reason, atom("scarce"), request, LONG_MS); });
       if (result == RSP_OK) rsp_msg_free(answer);
       rsp_term_free(reason);
       rsp_term_free(request);
       kill(me, server);
       return result;
     },
     ENDED},
    {"call_name_native",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       EXPECT_EQ(rsp_register(me, atom("scarce"), server), RSP_OK);
       static const rsp_native_ops NOTHING = {sizeof(rsp_native_ops), [](void*) {}, nullptr};
       rsp_msg* answer = nullptr;
       rsp_term reason = NIL;
       const rsp_result result = scarce([&] {
         return rsp_call_name_native(me, &answer, &reason, atom("scarce"), nullptr, &NOTHING, LONG_MS);
       });
       if (result == RSP_OK) rsp_msg_free(answer);
       rsp_term_free(reason);
       kill(me, server);
       return result;
     },
     ENDED},
    {"call_of_a_server_that_waits_a_while",
     [](const Attached& me) {
       // The timer of the longer time is there when the shorter one needs one of its own.
       const rsp_pid server = start(me, WAITING);
       rsp_msg* answer = nullptr;
       EXPECT_EQ(rsp_call(me, &answer, nullptr, server, rsp_term_int(LONG_MS), RSP_INFINITE), RSP_OK);
       rsp_msg_free(answer);
       (void)me.monitor(server);
       const rsp_result result =
           scarce([&] { return rsp_call(me, &answer, nullptr, server, rsp_term_int(1), RSP_INFINITE); });
       if (result == RSP_OK) rsp_msg_free(answer);
       // It ends because nobody calls again, or for want of memory.
       EXPECT_EQ(rsp_msg_get_kind(me.receive().get()), RSP_MSG_DOWN);
       return result;
     },
     ENDED},
    {"server_start",
     [](const Attached& me) {
       rsp_start_spec spec = RSP_START_SPEC_INIT;
       spec.ops = &ECHO;
       spec.name = atom("scarce_server");
       spec.args = list_of_words();
       rsp_start_opts linked = RSP_START_OPTS_INIT;
       linked.link = true;
       rsp_pid server = NO_PID;
       rsp_term error = NIL;
       EXPECT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
       const rsp_result result =
           scarce([&] { return rsp_server_start(me, &server, nullptr, &error, &spec, &linked); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, server);
       EXPECT_EQ(rsp_trap_exit(me, nullptr, false), RSP_OK);
       rsp_term_free(spec.args);
       return result;
     },
     ENDED},
    {"supervisor_start",
     [](const Attached& me) {
       const rsp_child_spec children[] = {echo_child(1), echo_child(2)};
       rsp_pid supervisor = NO_PID;
       rsp_term error = NIL;
       const rsp_result result = scarce(
           [&] { return rsp_supervisor_start(me, &supervisor, &error, children, 2, nullptr, nullptr); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, supervisor);
       return result;
     },
     ENDED},
    {"supervisor_start_child",
     [](const Attached& me) {
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, nullptr, 0, nullptr, nullptr), RSP_OK);
       const rsp_child_spec child = echo_child(1);
       rsp_pid pid = NO_PID;
       rsp_term error = NIL;
       const rsp_result result =
           scarce([&] { return rsp_supervisor_start_child(me, &pid, &error, supervisor, &child, LONG_MS); });
       rsp_term_free(error);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"supervisor_start_child_args",
     [](const Attached& me) {
       return start_on_demand(me, [](rsp_self* self, rsp_term* error, rsp_pid supervisor, rsp_term args) {
         rsp_pid pid = NO_PID;
         return rsp_supervisor_start_child_args(self, &pid, error, supervisor, args, LONG_MS);
       });
     },
     ENDED},
    {"supervisor_start_child_args_info",
     [](const Attached& me) {
       return start_on_demand(me, [](rsp_self* self, rsp_term* error, rsp_pid supervisor, rsp_term args) {
         rsp_pid pid = NO_PID;
         rsp_term info = NIL;
         const rsp_result result =
             rsp_supervisor_start_child_args_info(self, &pid, &info, error, supervisor, args, LONG_MS);
         rsp_term_free(info);
         return result;
       });
     },
     ENDED},
    {"restart_child_info",
     [](const Attached& me) {
       const rsp_pid supervisor = start_supervisor(me, RSP_ONE_FOR_ONE);
       const rsp_term id = rsp_term_int(1);
       EXPECT_EQ(rsp_supervisor_terminate_child(me, nullptr, supervisor, id, RSP_INFINITE), RSP_OK);
       rsp_pid pid = NO_PID;
       rsp_term info = NIL;
       rsp_term error = NIL;
       const rsp_result result = scarce([&] {
         return rsp_supervisor_restart_child_info(me, &pid, &info, &error, supervisor, id, LONG_MS);
       });
       rsp_term_free(info);
       rsp_term_free(error);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"which_children",
     [](const Attached& me) {
       const rsp_child_spec child = echo_child(1);
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
       rsp_term rows = NIL;
       const rsp_result result =
           scarce([&] { return rsp_supervisor_which_children(me, &rows, supervisor, LONG_MS); });
       if (result == RSP_OK) rsp_term_free(rows);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"count_children",
     [](const Attached& me) {
       const rsp_pid supervisor = start_supervisor(me, RSP_ONE_FOR_ONE);
       rsp_term counts = NIL;
       const rsp_result result =
           scarce([&] { return rsp_supervisor_count_children(me, &counts, supervisor, LONG_MS); });
       if (result == RSP_OK) rsp_term_free(counts);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"get_childspec",
     [](const Attached& me) {
       const rsp_pid supervisor = start_supervisor(me, RSP_ONE_FOR_ONE);
       rsp_term spec = NIL;
       rsp_term error = NIL;
       const rsp_result result = scarce([&] {
         return rsp_supervisor_get_childspec(me, &spec, &error, supervisor, rsp_term_int(1), LONG_MS);
       });
       rsp_term_free(result == RSP_OK ? spec : error);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"terminate_restart_and_delete_child",
     [](const Attached& me) {
       const rsp_pid supervisor = start_supervisor(me, RSP_ONE_FOR_ALL);
       const rsp_term id = rsp_term_int(1);
       rsp_term error = NIL;
       rsp_pid pid = NO_PID;
       const rsp_result result = scarce([&] {
         rsp_result last = rsp_supervisor_terminate_child(me, &error, supervisor, id, LONG_MS);
         if (last == RSP_OK) last = rsp_supervisor_restart_child(me, &pid, &error, supervisor, id, LONG_MS);
         if (last == RSP_OK) last = rsp_supervisor_terminate_child(me, &error, supervisor, id, LONG_MS);
         if (last == RSP_OK) last = rsp_supervisor_delete_child(me, &error, supervisor, id, LONG_MS);
         return last;
       });
       rsp_term_free(error);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"check_childspecs",
     [](const Attached&) {
       const rsp_child_spec children[] = {echo_child(1), echo_child(2)};
       return scarce(
           [&] { return rsp_supervisor_check_childspecs(nullptr, children, 2, RSP_AUTO_SHUTDOWN_NEVER); });
     }},
    {"stop",
     [](const Attached& me) {
       const rsp_pid server = start_echo(me);
       const rsp_result result =
           scarce([&] { return rsp_stop(me, nullptr, server, word("normal"), LONG_MS); });
       kill(me, server);
       return result;
     },
     ENDED},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfServers, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
