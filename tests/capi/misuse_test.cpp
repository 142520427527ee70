// Every function that takes a process, called by whom it may not be called, and with what it may not be
// given. Nothing crashes, nothing hangs, nothing changes: there is a code for each.
#include "tests/capi/misuse.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

using namespace capi_test;

namespace {

enum class Caller { PROCESS, ANYBODY };

/** Those that wait, and are refused where nothing may. */
constexpr const char* WAITING[] = {"receive",
                                   "process_info",
                                   "receive_response",
                                   "wait_response",
                                   "reqids_receive_response",
                                   "reqids_wait_response",
                                   "multi_call",
                                   "call",
                                   "call_native",
                                   "call_name",
                                   "call_name_native",
                                   "call_via",
                                   "registry_start",
                                   "agent_start",
                                   "agent_get_and_update",
                                   "agent_update",
                                   "partition_call",
                                   "stop",
                                   "server_start",
                                   "supervisor_start",
                                   "supervisor_start_child",
                                   "supervisor_start_child_info",
                                   "supervisor_start_child_args",
                                   "supervisor_start_child_args_info",
                                   "supervisor_which_children",
                                   "supervisor_count_children",
                                   "supervisor_terminate_child",
                                   "supervisor_restart_child",
                                   "supervisor_restart_child_info",
                                   "supervisor_delete_child",
                                   "supervisor_get_childspec",
                                   "application_load",
                                   "application_unload",
                                   "application_start",
                                   "application_ensure_all_started",
                                   "application_stop",
                                   "application_which",
                                   "application_loaded"};

/** A function of the C API with arguments that are all right; whether it may be called with NULL for self. */
struct Verb {
  const char* name;
  Caller caller;
  std::function<rsp_result(rsp_self*)> call;
};

/** A verb of a collection, with one of the caller's in which there is a request; or one that is not the caller's, where that
 * cannot have any. */
rsp_result with_ids(World& w, rsp_self* self, const std::function<rsp_result(rsp_reqids*)>& verb) {
  rsp_reqids* own = nullptr;
  if (rsp_reqids_new(self, &own) == RSP_OK) {
    const rsp_result sent = rsp_reqids_send_request(self, own, w.pid, NIL, NIL);
    if (sent != RSP_OK) {
      EXPECT_EQ(sent, RSP_EXITING);
    }
  }
  const rsp_result result = verb(own != nullptr ? own : w.ids);
  rsp_reqids_free(self, own);
  return result;
}

/** A key that is the caller's own. */
rsp_term key_of(rsp_self* self) { return rsp_term_pid(rsp_self_pid(self)); }

std::vector<Verb> verbs(World& w) {
  const auto P = Caller::PROCESS;
  const auto A = Caller::ANYBODY;
  return {
      {"spawn", A,
       [&](rsp_self* s) { return rsp_spawn(s, &w.pid_out, nullptr, nullptr, nothing, nullptr, nullptr); }},
      {"exit_signal", A, [&](rsp_self* s) { return rsp_exit_signal(s, w.pid, word("normal")); }},
      {"bump_reductions", P, [&](rsp_self* s) { return rsp_bump_reductions(s, 1); }},
      {"region_alloc", P, [&](rsp_self* s) { return rsp_region_alloc(s, &w.piece_out, 10); }},
      {"region_free", P, [&](rsp_self* s) { return rsp_region_free(s, nullptr, 10); }},
      {"resource_add", P,
       [&](rsp_self* s) {
         return rsp_resource_add(
             s, nullptr, [](void*) {}, nullptr);
       }},
      {"resource_remove", P,
       [&](rsp_self* s) {
         rsp_resource resource = {};
         const rsp_result added = rsp_resource_add(
             s, &resource, [](void*) {}, nullptr);
         return added == RSP_OK ? rsp_resource_remove(s, resource) : added;
       }},
      {"trap_exit", P, [&](rsp_self* s) { return rsp_trap_exit(s, nullptr, false); }},
      {"checkpoint", P, [&](rsp_self* s) { return rsp_checkpoint(s); }},
      {"blocking_begin", P, [&](rsp_self* s) { return rsp_blocking_begin(s); }},
      {"blocking_end", P, [&](rsp_self* s) { return rsp_blocking_end(s); }},
      {"is_alive", P, [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, w.pid, 0); }},
      {"alive_request", P, [&](rsp_self* s) { return rsp_alive_request(s, &w.ref_out, w.pid); }},
      {"process_info", P, [&](rsp_self* s) { return rsp_process_info(s, &w.term_out, w.pid, 0); }},
      {"process_info_request", P,
       [&](rsp_self* s) { return rsp_process_info_request(s, &w.ref_out, w.pid); }},
      {"make_ref", P, [&](rsp_self* s) { return rsp_make_ref(s, &w.ref_out); }},
      {"send", A, [&](rsp_self* s) { return rsp_send(s, w.pid, NIL); }},
      {"send_native", A, [&](rsp_self* s) { return rsp_send_native(s, w.pid, nullptr, &OPS); }},
      {"send_name", A, [&](rsp_self* s) { return rsp_send_name(s, w.name, NIL); }},
      {"send_alias", A, [&](rsp_self* s) { return rsp_send_alias(s, w.ref, NIL); }},
      {"reply", A, [&](rsp_self* s) { return rsp_reply(s, w.from, NIL); }},
      {"reply_native", A, [&](rsp_self* s) { return rsp_reply_native(s, w.from, nullptr, &OPS); }},
      {"receive", P, [&](rsp_self* s) { return rsp_receive(s, &w.msg_out, &w.at_once); }},
      {"send_request", P, [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, w.pid, NIL); }},
      {"send_request_native", P,
       [&](rsp_self* s) { return rsp_send_request_native(s, &w.ref_out, w.pid, nullptr, &OPS); }},
      {"receive_response", P, [&](rsp_self* s) { return rsp_receive_response(s, &w.msg_out, w.ref, 0); }},
      {"abandon_request", P, [&](rsp_self* s) { return rsp_abandon_request(s, w.ref); }},
      {"wait_response", P, [&](rsp_self* s) { return rsp_wait_response(s, &w.msg_out, w.ref, 0); }},
      {"send_request_name", P,
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, w.name, NIL); }},
      {"send_request_name_native", P,
       [&](rsp_self* s) { return rsp_send_request_name_native(s, &w.ref_out, w.name, nullptr, &OPS); }},
      {"reqids_new", P,
       [&](rsp_self* s) {
         rsp_reqids* ids = nullptr;
         const rsp_result result = rsp_reqids_new(s, &ids);
         rsp_reqids_free(s, ids);
         return result;
       }},
      {"reqids_send_request", P,
       [&](rsp_self* s) {
         return with_ids(w, s,
                         [&](rsp_reqids* ids) { return rsp_reqids_send_request(s, ids, w.pid, NIL, NIL); });
       }},
      {"reqids_receive_response", P,
       [&](rsp_self* s) {
         return with_ids(w, s, [&](rsp_reqids* ids) {
           return rsp_reqids_receive_response(s, &w.msg_out, nullptr, ids, true, 0);
         });
       }},
      {"reqids_wait_response", P,
       [&](rsp_self* s) {
         return with_ids(w, s, [&](rsp_reqids* ids) {
           return rsp_reqids_wait_response(s, &w.msg_out, nullptr, ids, true, 0);
         });
       }},
      {"multi_call", P,
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, w.name, NIL, 0); }},
      {"abcast", A, [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, w.name, NIL); }},
      {"cast_name", A, [&](rsp_self* s) { return rsp_cast_name(s, w.name, NIL); }},
      {"cast_name_native", A, [&](rsp_self* s) { return rsp_cast_name_native(s, w.name, nullptr, &OPS); }},
      {"cast", A, [&](rsp_self* s) { return rsp_cast(s, w.pid, NIL); }},
      {"cast_native", A, [&](rsp_self* s) { return rsp_cast_native(s, w.pid, nullptr, &OPS); }},
      {"link", P, [&](rsp_self* s) { return rsp_link(s, w.pid); }},
      {"link_async", P, [&](rsp_self* s) { return rsp_link_async(s, w.pid); }},
      {"unlink", P, [&](rsp_self* s) { return rsp_unlink(s, w.pid); }},
      {"monitor", P, [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, nullptr); }},
      {"monitor_name", P, [&](rsp_self* s) { return rsp_monitor_name(s, &w.ref_out, w.name, nullptr); }},
      {"demonitor", P, [&](rsp_self* s) { return rsp_demonitor(s, nullptr, w.ref, true); }},
      {"alias", P, [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_EXPLICIT); }},
      {"unalias", P, [&](rsp_self* s) { return rsp_unalias(s, nullptr, w.ref); }},
      {"register", A, [&](rsp_self* s) { return rsp_register(s, w.name, w.pid); }},
      {"unregister", A, [&](rsp_self* s) { return rsp_unregister(s, w.name); }},
      {"send_after", P, [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, w.pid, NIL); }},
      {"send_after_name", P, [&](rsp_self* s) { return rsp_send_after_name(s, &w.ref_out, 1, w.name, NIL); }},
      {"start_timer", P, [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, w.pid, NIL); }},
      {"cancel_timer", P, [&](rsp_self* s) { return rsp_cancel_timer(s, &w.flag_out, nullptr, w.ref); }},
      {"read_timer", P, [&](rsp_self* s) { return rsp_read_timer(s, &w.flag_out, nullptr, w.ref); }},
      {"select", P,
       [&](rsp_self* s) {
         int ends[2];
         EXPECT_EQ(pipe(ends), 0);
         const rsp_result result = rsp_select(s, &w.ref_out, ends[0], RSP_SELECT_READ);
         for (const int end : ends) close(end);
         return result;
       }},
      {"cancel_select", P, [&](rsp_self* s) { return rsp_cancel_select(s, &w.flag_out, w.ref); }},
      {"call", P, [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, w.pid, NIL, 0); }},
      {"call_native", P,
       [&](rsp_self* s) { return rsp_call_native(s, &w.msg_out, nullptr, w.pid, nullptr, &OPS, 0); }},
      {"call_name", P, [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, w.name, NIL, 0); }},
      {"call_name_native", P,
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, w.name, nullptr, &OPS, 0); }},
      {"registry_start", A,
       [&](rsp_self* s) { return rsp_registry_start(s, &w.pid_out, nullptr, &w.registry_opts, nullptr); }},
      {"registry_register", P,
       [&](rsp_self* s) { return rsp_registry_register(s, nullptr, w.registry, key_of(s), NIL); }},
      {"registry_update_value", P,
       [&](rsp_self* s) { return rsp_registry_update_value(s, nullptr, w.registry, key_of(s), NIL); }},
      {"send_via", A, [&](rsp_self* s) { return rsp_send_via(s, w.registry, key_of(s), NIL); }},
      {"cast_via", A, [&](rsp_self* s) { return rsp_cast_via(s, w.registry, key_of(s), NIL); }},
      {"call_via", P,
       [&](rsp_self* s) { return rsp_call_via(s, &w.msg_out, nullptr, w.registry, key_of(s), NIL, 0); }},
      {"registry_unregister", P,
       [&](rsp_self* s) { return rsp_registry_unregister(s, w.registry, key_of(s)); }},
      {"agent_start", A,
       [&](rsp_self* s) { return rsp_agent_start(s, &w.pid_out, nullptr, &w.agent_opts, nullptr); }},
      {"agent_get_and_update", P,
       [&](rsp_self* s) {
         return rsp_agent_get_and_update(s, &w.msg_out, nullptr, w.pid, 0, change_nothing, nullptr, nullptr);
       }},
      {"agent_update", P,
       [&](rsp_self* s) { return rsp_agent_update(s, nullptr, w.pid, 0, change_nothing, nullptr, nullptr); }},
      {"agent_cast", A,
       [&](rsp_self* s) { return rsp_agent_cast(s, w.pid, change_nothing, nullptr, nullptr); }},
      {"application_load", A, [&](rsp_self* s) { return rsp_application_load(s, nullptr, &w.application); }},
      {"application_unload", A, [&](rsp_self* s) { return rsp_application_unload(s, nullptr, w.name); }},
      {"application_start", A,
       [&](rsp_self* s) {
         return rsp_application_start(s, nullptr, w.name, RSP_APPLICATION_PERMANENT, RSP_INFINITE);
       }},
      {"application_ensure_all_started", A,
       [&](rsp_self* s) {
         return rsp_application_ensure_all_started(s, nullptr, nullptr, w.name, RSP_APPLICATION_PERMANENT,
                                                   RSP_INFINITE);
       }},
      {"application_stop", A,
       [&](rsp_self* s) { return rsp_application_stop(s, nullptr, w.name, RSP_INFINITE); }},
      {"application_which", A, [&](rsp_self* s) { return rsp_application_which(s, &w.term_out); }},
      {"application_loaded", A, [&](rsp_self* s) { return rsp_application_loaded(s, &w.term_out); }},
      {"partition_send", A, [&](rsp_self* s) { return rsp_partition_send(s, w.partitions, NIL, NIL); }},
      {"partition_cast", A, [&](rsp_self* s) { return rsp_partition_cast(s, w.partitions, NIL, NIL); }},
      {"partition_call", P,
       [&](rsp_self* s) { return rsp_partition_call(s, &w.msg_out, nullptr, w.partitions, NIL, NIL, 0); }},
      {"stop", A, [&](rsp_self* s) { return rsp_stop(s, nullptr, w.pid, NIL, 0); }},
      {"server_start", A,
       [&](rsp_self* s) { return rsp_server_start(s, &w.pid_out, nullptr, nullptr, &w.start, nullptr); }},
      {"supervisor_start", A,
       [&](rsp_self* s) {
         return rsp_supervisor_start(s, &w.pid_out, nullptr, &w.child, 1, nullptr, nullptr);
       }},
      {"supervisor_start_child", P,
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, w.pid, &w.child, 0); }},
      {"supervisor_start_child_args", P,
       [&](rsp_self* s) { return rsp_supervisor_start_child_args(s, &w.pid_out, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, &w.child, 0);
       }},
      {"supervisor_start_child_args_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_which_children", P,
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, &w.term_out, w.pid, 0); }},
      {"supervisor_count_children", P,
       [&](rsp_self* s) { return rsp_supervisor_count_children(s, &w.term_out, w.pid, 0); }},
      {"supervisor_terminate_child", P,
       [&](rsp_self* s) { return rsp_supervisor_terminate_child(s, nullptr, w.pid, NIL, 0); }},
      {"supervisor_restart_child", P,
       [&](rsp_self* s) { return rsp_supervisor_restart_child(s, &w.pid_out, nullptr, w.pid, NIL, 0); }},
      {"supervisor_restart_child_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_restart_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_delete_child", P,
       [&](rsp_self* s) { return rsp_supervisor_delete_child(s, nullptr, w.pid, NIL, 0); }},
      {"supervisor_get_childspec", P,
       [&](rsp_self* s) { return rsp_supervisor_get_childspec(s, &w.term_out, nullptr, w.pid, NIL, 0); }},
      {"try", P,
       [&](rsp_self* s) {
         const rsp_body body = [](rsp_self*, void*) { return RSP_NEXT_CONTINUE; };
         return rsp_try(s, &w.exception, nullptr, body, nullptr, nullptr);
       }},
  };
}

TEST_F(Misuse, null_for_a_process_is_refused_where_a_process_must_call) {
  const Attached me;
  World world(me);
  for (const Verb& verb : verbs(world)) {
    const rsp_result result = verb.call(nullptr);
    if (verb.caller == Caller::PROCESS) {
      EXPECT_EQ(result, RSP_EINVAL) << verb.name;
    } else {
      EXPECT_NE(result, RSP_EINVAL) << verb.name;
    }
  }
}

TEST_F(Misuse, a_handle_of_another_thread_is_refused) {
  const Attached me;
  World world(me);
  std::thread([&] {
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EWRONGTHREAD) << verb.name;
    EXPECT_EQ(rsp_detach(me, NIL), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_self_pid(me), NO_PID);
    const Attached other;
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EWRONGTHREAD) << verb.name;
  }).join();
  in_callback(me, [&](rsp_self*) {
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EWRONGTHREAD) << verb.name;
  });
}

TEST_F(Misuse, a_handle_that_outlived_its_callback_is_refused) {
  const Attached me;
  World world(me);
  rsp_self* kept = nullptr;
  in_callback(me, [&](rsp_self* self) { kept = self; });
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(kept), RSP_EWRONGTHREAD) << verb.name;
  EXPECT_EQ(rsp_detach(kept, NIL), RSP_EWRONGTHREAD);
}

TEST_F(Misuse, any_address_for_a_handle_is_refused_without_a_look) {
  const Attached me;
  World world(me);
  rsp_self* const nowhere = reinterpret_cast<rsp_self*>(uintptr_t{64});
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(nowhere), RSP_EWRONGTHREAD) << verb.name;
}

// A match predicate runs in the middle of a receive.
TEST_F(Misuse, a_call_from_within_a_call_is_refused) {
  const Attached me;
  World world(me);
  struct Inside {
    const Attached& me;
    World& world;
    int calls;
  } inside{me, world, 0};
  ASSERT_EQ(rsp_send(me, me.pid(), NIL), RSP_OK);
  rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
  options.match_ctx = &inside;
  options.match = [](const rsp_msg*, void* ctx) {
    Inside& in = *static_cast<Inside*>(ctx);
    for (const Verb& verb : verbs(in.world)) EXPECT_EQ(verb.call(in.me), RSP_EWRONGTHREAD) << verb.name;
    EXPECT_EQ(rsp_detach(in.me, NIL), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_runtime_stop(0), RSP_EWOULDBLOCK);
    EXPECT_EQ(rsp_current(), nullptr);
    ++in.calls;
    return true;
  };
  rsp_msg* message = nullptr;
  ASSERT_EQ(rsp_receive(me, &message, &options), RSP_OK);
  rsp_msg_free(message);
  EXPECT_EQ(inside.calls, 1);
}

/** Each of the calls where only those that do not wait may be made. */
void expect_refusal_of_waits(World& world, rsp_self* self) {
  for (const Verb& verb : verbs(world)) {
    const rsp_result result = verb.call(self);
    const std::string name = verb.name;
    if (std::find(std::begin(WAITING), std::end(WAITING), name) != std::end(WAITING)) {
      EXPECT_EQ(result, RSP_EWOULDBLOCK) << name;
    } else if (name == "is_alive") {
      EXPECT_TRUE(result == RSP_OK || result == RSP_EWOULDBLOCK)
          << rsp_result_name(result);  // it may have to be asked
    } else if (name == "send_name") {
      EXPECT_EQ(result, RSP_ENONAME);
    } else {
      EXPECT_EQ(result, RSP_OK) << name;
    }
  }
}

TEST_F(Misuse, calls_that_wait_are_refused_in_a_callback_and_all_others_work) {
  const Attached me;
  World world(me);
  in_callback(me, [&](rsp_self* self) { expect_refusal_of_waits(world, self); });
}

TEST_F(Misuse, calls_that_wait_are_refused_in_init_and_all_others_work) {
  const Attached me;
  World world(me);
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "asks_in_init";
  ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
    expect_refusal_of_waits(*static_cast<World*>(ctx), self);
    ret->action = RSP_SERVER_IGNORE;
    return RSP_NEXT_CONTINUE;
  };
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  spec.ctx = &world;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_server_start(me, &pid, nullptr, nullptr, &spec, nullptr), RSP_EIGNORE);
}

TEST_F(Misuse, every_call_of_a_process_that_was_killed_says_so) {
  const Attached me;
  World world(me);
  std::thread([&] {
    rsp_self* self = nullptr;
    ASSERT_EQ(rsp_attach(&self), RSP_OK);
    ASSERT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(self), RSP_EXITING) << verb.name;
    EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(self), RSP_EWRONGTHREAD) << verb.name;
  }).join();
  in_callback(me, [&](rsp_self* self) {
    ASSERT_EQ(rsp_exit_signal(nullptr, rsp_self_pid(self), word("kill")), RSP_OK);
    for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(self), RSP_EXITING) << verb.name;
  });
}

TEST(AfterTheStop, every_call_says_that_the_process_has_ended) {
  std::optional<Runtime> runtime(std::in_place, 2);
  const Attached me;
  World world(me);
  runtime.reset();
  for (const Verb& verb : verbs(world)) EXPECT_EQ(verb.call(me), RSP_EXITING) << verb.name;
  for (const Verb& verb : verbs(world)) {
    const std::string name = verb.name;
    if (verb.caller == Caller::PROCESS) {
      EXPECT_EQ(verb.call(nullptr), RSP_EINVAL) << name;
    } else if (name == "server_start" || name == "supervisor_start" || name == "registry_start" ||
               name == "agent_start" || name == "stop" || name.starts_with("application_")) {
      EXPECT_EQ(verb.call(nullptr), RSP_EXITING) << name;  // this thread's process would wait
      std::thread([&] { EXPECT_EQ(verb.call(nullptr), RSP_ESTOPPED) << name; }).join();
    } else if (name == "spawn") {
      EXPECT_EQ(verb.call(nullptr), RSP_ESTOPPED) << name;
    } else if (name == "register") {
      EXPECT_EQ(verb.call(nullptr), RSP_ENOPROC);
    } else if (name == "unregister" || name == "send_name" || name == "send_via" ||
               name == "partition_send") {
      EXPECT_EQ(verb.call(nullptr), RSP_ENONAME) << name;
    } else {
      EXPECT_EQ(verb.call(nullptr), RSP_OK) << name;
    }
  }
}

}  // namespace
