// Every function that takes a process, called by whom it may not be called, and with what it may not be
// given. Nothing crashes, nothing hangs, nothing changes: there is a code for each.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

const rsp_native_ops OPS = {sizeof(rsp_native_ops), [](void*) {}, nullptr};

rsp_next nothing(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

rsp_next change_nothing(rsp_self*, void*, rsp_agent_state*, rsp_server_return*) { return RSP_NEXT_CONTINUE; }

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
                                   "supervisor_get_childspec"};

/** A function of the C API with arguments that are all right; whether it may be called with NULL for self. */
struct Verb {
  const char* name;
  Caller caller;
  std::function<rsp_result(rsp_self*)> call;
};

/** What the arguments refer to, and where outputs go. */
struct World {
  rsp_pid pid = NO_PID;
  rsp_ref ref = {};
  rsp_from from = {};
  rsp_atom name = {};
  rsp_atom registry = atom("misuse_test_registry");
  rsp_atom partitions = atom("misuse_test_partitions");
  rsp_pid pid_out = NO_PID;
  rsp_ref ref_out = {};
  rsp_term term_out = NIL;
  rsp_msg* msg_out = nullptr;
  bool flag_out = false;
  void* piece_out = nullptr;
  rsp_exception exception = RSP_EXCEPTION_INIT;
  rsp_atom node = rsp_node();
  rsp_reqids* ids = nullptr;  // of the thread that has the world
  rsp_start_spec start = RSP_START_SPEC_INIT;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  rsp_registry_opts registry_opts = RSP_REGISTRY_OPTS_INIT;
  rsp_agent_opts agent_opts = RSP_AGENT_OPTS_INIT;
  rsp_receive_opts at_once = {sizeof(rsp_receive_opts), 0, nullptr, nullptr};

  explicit World(const Attached& me) : pid(spawn_idle(me)), name(atom("misuse_test_name")) {
    EXPECT_EQ(rsp_make_ref(me, &ref), RSP_OK);
    EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
    from = rsp_from{me.pid(), ref};
    start.handler = nothing;
    child.start = start;
    child.id = word("child");
    registry_opts.name = registry;
    EXPECT_EQ(rsp_registry_start(nullptr, &pid_out, nullptr, &registry_opts, nullptr), RSP_OK);
    rsp_supervisor_spec pool = RSP_SUPERVISOR_SPEC_INIT;
    pool.children = &child;
    pool.child_count = 1;
    pool.partitions = 2;
    pool.opts.name = partitions;
    EXPECT_EQ(rsp_supervisor_start_spec(nullptr, &pid_out, nullptr, &pool, nullptr), RSP_OK);
  }
  ~World() { rsp_reqids_free(nullptr, ids); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
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

class Misuse : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

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
               name == "agent_start" || name == "stop") {
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

// ---- Malformed arguments ----

struct BadCall {
  const char* what;
  std::function<rsp_result(rsp_self*)> call;
};

TEST_F(Misuse, malformed_arguments_are_badarg_whoever_calls) {
  const Attached me;
  World w(me);
  const rsp_pid far = {w.pid.id, 1, 1};
  const rsp_term no_term = {200, 0};
  const rsp_atom no_atom = {UINT32_MAX};
  rsp_ref no_ref = w.ref;
  no_ref.len = 3;
  rsp_ref far_ref = w.ref;
  far_ref.node = 1;
  rsp_from other_owner = w.from;
  other_owner.pid = w.pid;
  rsp_monitor_opts bad_alias = RSP_MONITOR_OPTS_INIT;
  bad_alias.alias = static_cast<rsp_alias_mode>(4);
  rsp_monitor_opts bad_tag = RSP_MONITOR_OPTS_INIT;
  bad_tag.tag = no_atom;
  rsp_monitor_opts bad_size = RSP_MONITOR_OPTS_INIT;
  bad_size.size = 2;
  rsp_receive_opts bad_receive = RSP_RECEIVE_OPTS_INIT;
  bad_receive.size = 0;
  std::vector<BadCall> calls = {
      {"exit_signal to no pid", [&](rsp_self* s) { return rsp_exit_signal(s, NO_PID, NIL); }},
      {"exit_signal to a far pid", [&](rsp_self* s) { return rsp_exit_signal(s, far, NIL); }},
      {"exit_signal of no term", [&](rsp_self* s) { return rsp_exit_signal(s, w.pid, no_term); }},
      {"is_alive of no pid", [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, NO_PID, 0); }},
      {"is_alive of a far pid", [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, far, 0); }},
      {"is_alive to nowhere", [&](rsp_self* s) { return rsp_is_alive(s, nullptr, w.pid, 0); }},
      {"alive_request of no pid", [&](rsp_self* s) { return rsp_alive_request(s, &w.ref_out, NO_PID); }},
      {"alive_request to nowhere", [&](rsp_self* s) { return rsp_alive_request(s, nullptr, w.pid); }},
      {"process_info of no pid", [&](rsp_self* s) { return rsp_process_info(s, &w.term_out, NO_PID, 0); }},
      {"process_info to nowhere", [&](rsp_self* s) { return rsp_process_info(s, nullptr, w.pid, 0); }},
      {"process_info_request of no pid",
       [&](rsp_self* s) { return rsp_process_info_request(s, &w.ref_out, NO_PID); }},
      {"process_info_request to nowhere",
       [&](rsp_self* s) { return rsp_process_info_request(s, nullptr, w.pid); }},
      {"region_alloc to nowhere", [&](rsp_self* s) { return rsp_region_alloc(s, nullptr, 1); }},
      {"resource_add without a function",
       [&](rsp_self* s) { return rsp_resource_add(s, nullptr, nullptr, &w); }},
      {"send to no pid", [&](rsp_self* s) { return rsp_send(s, NO_PID, NIL); }},
      {"send to a far pid", [&](rsp_self* s) { return rsp_send(s, far, NIL); }},
      {"send of no term", [&](rsp_self* s) { return rsp_send(s, w.pid, no_term); }},
      {"send_native without operations", [&](rsp_self* s) { return rsp_send_native(s, w.pid, &w, nullptr); }},
      {"send_native to no pid", [&](rsp_self* s) { return rsp_send_native(s, NO_PID, &w, &OPS); }},
      {"send_name to no atom", [&](rsp_self* s) { return rsp_send_name(s, no_atom, NIL); }},
      {"send_name to undefined", [&](rsp_self* s) { return rsp_send_name(s, rsp_atom{0}, NIL); }},
      {"send_name of no term", [&](rsp_self* s) { return rsp_send_name(s, w.name, no_term); }},
      {"send_alias to no reference", [&](rsp_self* s) { return rsp_send_alias(s, no_ref, NIL); }},
      {"send_alias to a far reference", [&](rsp_self* s) { return rsp_send_alias(s, far_ref, NIL); }},
      {"send_alias of no term", [&](rsp_self* s) { return rsp_send_alias(s, w.ref, no_term); }},
      {"reply to nobody", [&](rsp_self* s) { return rsp_reply(s, rsp_from{}, NIL); }},
      {"reply to a mixed address", [&](rsp_self* s) { return rsp_reply(s, other_owner, NIL); }},
      {"reply of no term", [&](rsp_self* s) { return rsp_reply(s, w.from, no_term); }},
      {"reply_native to nobody", [&](rsp_self* s) { return rsp_reply_native(s, rsp_from{}, &w, &OPS); }},
      {"reply_native without operations",
       [&](rsp_self* s) { return rsp_reply_native(s, w.from, &w, nullptr); }},
      {"receive to nowhere", [&](rsp_self* s) { return rsp_receive(s, nullptr, nullptr); }},
      {"receive with options of no size",
       [&](rsp_self* s) { return rsp_receive(s, &w.msg_out, &bad_receive); }},
      {"send_request to no pid", [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, NO_PID, NIL); }},
      {"send_request of no term",
       [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, w.pid, no_term); }},
      {"send_request to nowhere", [&](rsp_self* s) { return rsp_send_request(s, nullptr, w.pid, NIL); }},
      {"send_request_native without operations",
       [&](rsp_self* s) { return rsp_send_request_native(s, &w.ref_out, w.pid, &w, nullptr); }},
      {"receive_response to nowhere",
       [&](rsp_self* s) { return rsp_receive_response(s, nullptr, w.ref, 0); }},
      {"receive_response of no reference",
       [&](rsp_self* s) { return rsp_receive_response(s, &w.msg_out, no_ref, 0); }},
      {"abandon_request of no reference", [&](rsp_self* s) { return rsp_abandon_request(s, no_ref); }},
      {"wait_response to nowhere", [&](rsp_self* s) { return rsp_wait_response(s, nullptr, w.ref, 0); }},
      {"wait_response of no reference",
       [&](rsp_self* s) { return rsp_wait_response(s, &w.msg_out, no_ref, 0); }},
      {"send_request_name to no atom",
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, no_atom, NIL); }},
      {"send_request_name of no term",
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, w.name, no_term); }},
      {"send_request_name to nowhere",
       [&](rsp_self* s) { return rsp_send_request_name(s, nullptr, w.name, NIL); }},
      {"send_request_name_native without operations",
       [&](rsp_self* s) { return rsp_send_request_name_native(s, &w.ref_out, w.name, &w, nullptr); }},
      {"reqids_new to nowhere", [&](rsp_self* s) { return rsp_reqids_new(s, nullptr); }},
      {"reqids_send_request into nothing",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, nullptr, w.pid, NIL, NIL); }},
      {"reqids_send_request to no pid",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, NO_PID, NIL, NIL); }},
      {"reqids_send_request of no term",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, w.pid, no_term, NIL); }},
      {"reqids_send_request with no label",
       [&](rsp_self* s) { return rsp_reqids_send_request(s, w.ids, w.pid, NIL, no_term); }},
      {"reqids_receive_response of nothing",
       [&](rsp_self* s) { return rsp_reqids_receive_response(s, &w.msg_out, nullptr, nullptr, true, 0); }},
      {"reqids_wait_response to nowhere",
       [&](rsp_self* s) { return rsp_reqids_wait_response(s, nullptr, nullptr, w.ids, true, 0); }},
      {"multi_call to nowhere",
       [&](rsp_self* s) { return rsp_multi_call(s, nullptr, &w.node, 1, w.name, NIL, 0); }},
      {"multi_call of no nodes",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, nullptr, 1, w.name, NIL, 0); }},
      {"multi_call of no atom",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &no_atom, 1, w.name, NIL, 0); }},
      {"multi_call to undefined",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, rsp_atom{0}, NIL, 0); }},
      {"multi_call of no term",
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, w.name, no_term, 0); }},
      {"abcast to no atom", [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, no_atom, NIL); }},
      {"abcast of no nodes", [&](rsp_self* s) { return rsp_abcast(s, nullptr, 1, w.name, NIL); }},
      {"abcast of no term", [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, w.name, no_term); }},
      {"cast_name to no atom", [&](rsp_self* s) { return rsp_cast_name(s, no_atom, NIL); }},
      {"cast_name of no term", [&](rsp_self* s) { return rsp_cast_name(s, w.name, no_term); }},
      {"cast_name_native without operations",
       [&](rsp_self* s) { return rsp_cast_name_native(s, w.name, &w, nullptr); }},
      {"cast to no pid", [&](rsp_self* s) { return rsp_cast(s, NO_PID, NIL); }},
      {"cast of no term", [&](rsp_self* s) { return rsp_cast(s, w.pid, no_term); }},
      {"cast_native without operations", [&](rsp_self* s) { return rsp_cast_native(s, w.pid, &w, nullptr); }},
      {"link to no pid", [&](rsp_self* s) { return rsp_link(s, NO_PID); }},
      {"link_async to a far pid", [&](rsp_self* s) { return rsp_link_async(s, far); }},
      {"unlink of no pid", [&](rsp_self* s) { return rsp_unlink(s, NO_PID); }},
      {"monitor of no pid", [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, NO_PID, nullptr); }},
      {"monitor to nowhere", [&](rsp_self* s) { return rsp_monitor(s, nullptr, w.pid, nullptr); }},
      {"monitor with a mode that is none",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_alias); }},
      {"monitor with a tag that is none",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_tag); }},
      {"monitor with options of no size",
       [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, &bad_size); }},
      {"monitor_name of no atom",
       [&](rsp_self* s) { return rsp_monitor_name(s, &w.ref_out, no_atom, nullptr); }},
      {"monitor_name to nowhere", [&](rsp_self* s) { return rsp_monitor_name(s, nullptr, w.name, nullptr); }},
      {"demonitor of no reference", [&](rsp_self* s) { return rsp_demonitor(s, nullptr, no_ref, false); }},
      {"alias to nowhere", [&](rsp_self* s) { return rsp_alias(s, nullptr, RSP_ALIAS_EXPLICIT); }},
      {"alias without a mode", [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_NONE); }},
      {"alias with a monitor's mode",
       [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_DEMONITOR); }},
      {"unalias of no reference", [&](rsp_self* s) { return rsp_unalias(s, nullptr, far_ref); }},
      {"register of no atom", [&](rsp_self* s) { return rsp_register(s, no_atom, w.pid); }},
      {"register of undefined", [&](rsp_self* s) { return rsp_register(s, rsp_atom{0}, w.pid); }},
      {"register of no pid", [&](rsp_self* s) { return rsp_register(s, w.name, NO_PID); }},
      {"unregister of no atom", [&](rsp_self* s) { return rsp_unregister(s, no_atom); }},
      {"send_after to no pid", [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, NO_PID, NIL); }},
      {"send_after to nowhere", [&](rsp_self* s) { return rsp_send_after(s, nullptr, 1, w.pid, NIL); }},
      {"send_after of no term",
       [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, w.pid, no_term); }},
      {"send_after_name of no atom",
       [&](rsp_self* s) { return rsp_send_after_name(s, &w.ref_out, 1, no_atom, NIL); }},
      {"start_timer to no pid", [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, NO_PID, NIL); }},
      {"start_timer of no term",
       [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, w.pid, no_term); }},
      {"cancel_timer of no reference",
       [&](rsp_self* s) { return rsp_cancel_timer(s, &w.flag_out, nullptr, no_ref); }},
      {"cancel_timer to nowhere", [&](rsp_self* s) { return rsp_cancel_timer(s, nullptr, nullptr, w.ref); }},
      {"read_timer of no reference",
       [&](rsp_self* s) { return rsp_read_timer(s, &w.flag_out, nullptr, no_ref); }},
      {"select to nowhere", [&](rsp_self* s) { return rsp_select(s, nullptr, 0, RSP_SELECT_READ); }},
      {"select of no descriptor",
       [&](rsp_self* s) { return rsp_select(s, &w.ref_out, -1, RSP_SELECT_READ); }},
      {"select for nothing", [&](rsp_self* s) { return rsp_select(s, &w.ref_out, 0, 0); }},
      {"select for something else", [&](rsp_self* s) { return rsp_select(s, &w.ref_out, 0, 4); }},
      {"cancel_select to nowhere", [&](rsp_self* s) { return rsp_cancel_select(s, nullptr, w.ref); }},
      {"cancel_select of no reference",
       [&](rsp_self* s) { return rsp_cancel_select(s, &w.flag_out, no_ref); }},
  };
  const std::vector<BadCall> waiting_calls = {
      {"call to nowhere", [&](rsp_self* s) { return rsp_call(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"call of no pid", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, NO_PID, NIL, 0); }},
      {"call of a far pid", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, far, NIL, 0); }},
      {"call with no term", [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, w.pid, no_term, 0); }},
      {"call_native without operations",
       [&](rsp_self* s) { return rsp_call_native(s, &w.msg_out, nullptr, w.pid, &w, nullptr, 0); }},
      {"call_native to nowhere",
       [&](rsp_self* s) { return rsp_call_native(s, nullptr, nullptr, w.pid, &w, &OPS, 0); }},
      {"call_name of no atom",
       [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, no_atom, NIL, 0); }},
      {"call_name_native without operations",
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, w.name, &w, nullptr, 0); }},
      {"call_name_native of undefined",
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, rsp_atom{0}, &w, &OPS, 0); }},
      {"call_name of undefined",
       [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, rsp_atom{0}, NIL, 0); }},
      {"stop of no pid", [&](rsp_self* s) { return rsp_stop(s, nullptr, NO_PID, NIL, 0); }},
      {"stop of a far pid", [&](rsp_self* s) { return rsp_stop(s, nullptr, far, NIL, 0); }},
      {"stop for no term", [&](rsp_self* s) { return rsp_stop(s, nullptr, w.pid, no_term, 0); }},
      {"server_start to nowhere",
       [&](rsp_self* s) { return rsp_server_start(s, nullptr, nullptr, nullptr, &w.start, nullptr); }},
      {"server_start of nothing",
       [&](rsp_self* s) { return rsp_server_start(s, &w.pid_out, nullptr, nullptr, nullptr, nullptr); }},
      {"supervisor_start to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start(s, nullptr, nullptr, &w.child, 1, nullptr, nullptr); }},
      {"supervisor_start of children that are not there",
       [&](rsp_self* s) {
         return rsp_supervisor_start(s, &w.pid_out, nullptr, nullptr, 1, nullptr, nullptr);
       }},
      {"supervisor_start_spec of nothing",
       [&](rsp_self* s) { return rsp_supervisor_start_spec(s, &w.pid_out, nullptr, nullptr, nullptr); }},
      {"supervisor_start_child to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, nullptr, nullptr, w.pid, &w.child, 0); }},
      {"supervisor_start_child of nothing",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, w.pid, nullptr, 0); }},
      {"supervisor_start_child of no pid",
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, NO_PID, &w.child, 0); }},
      {"supervisor_start_child_info to nowhere",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_info(s, nullptr, &w.term_out, nullptr, w.pid, &w.child, 0);
       }},
      {"supervisor_start_child_args_info to nowhere",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args_info(s, nullptr, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_restart_child_info of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_restart_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_which_children to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, nullptr, w.pid, 0); }},
      {"supervisor_which_children of a far pid",
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, &w.term_out, far, 0); }},
      {"supervisor_count_children to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_count_children(s, nullptr, w.pid, 0); }},
      {"supervisor_terminate_child of a far pid",
       [&](rsp_self* s) { return rsp_supervisor_terminate_child(s, nullptr, far, NIL, 0); }},
      {"supervisor_terminate_child of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_terminate_child(s, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_restart_child to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_restart_child(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_args to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_start_child_args(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_args of no term",
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args(s, &w.pid_out, nullptr, w.pid, {0xFF, 1}, 0);
       }},
      {"supervisor_delete_child of no pid",
       [&](rsp_self* s) { return rsp_supervisor_delete_child(s, nullptr, NO_PID, NIL, 0); }},
      {"supervisor_get_childspec to nowhere",
       [&](rsp_self* s) { return rsp_supervisor_get_childspec(s, nullptr, nullptr, w.pid, NIL, 0); }},
      {"supervisor_check_childspecs of children that are not there",
       [&](rsp_self*) {
         return rsp_supervisor_check_childspecs(nullptr, nullptr, 1, RSP_AUTO_SHUTDOWN_NEVER);
       }},
      {"supervisor_check_childspecs for no auto_shutdown",
       [&](rsp_self*) {
         return rsp_supervisor_check_childspecs(nullptr, &w.child, 1, static_cast<rsp_auto_shutdown>(3));
       }},
  };
  calls.insert(calls.end(), waiting_calls.begin(), waiting_calls.end());
  for (const BadCall& bad : calls) {
    EXPECT_EQ(bad.call(me), RSP_EINVAL) << bad.what;
    EXPECT_EQ(bad.call(nullptr), RSP_EINVAL) << bad.what << " by a foreign thread";
  }
  in_callback(me, [&](rsp_self* self) {
    for (const BadCall& bad : calls) EXPECT_EQ(bad.call(self), RSP_EINVAL) << bad.what << " in a callback";
  });
  EXPECT_FALSE(me.has_message());
}

}  // namespace
