// Every function that takes a process, called by whom it may not be called, and with what it may not be
// given. Nothing crashes, nothing hangs, nothing changes: there is a code for each.
#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <thread>

#include "tests/capi/verbs.hpp"

using namespace capi_test;

namespace {

/** Those that wait, and are refused where nothing may. */
constexpr const char* WAITING[] = {"receive",
                                   "process_info",
                                   "suspend",
                                   "receive_response",
                                   "wait_response",
                                   "reqids_receive_response",
                                   "reqids_wait_response",
                                   "multi_call",
                                   "call",
                                   "call_native",
                                   "call_name",
                                   "call_name_native",
                                   "registry_start",
                                   "agent_start",
                                   "agent_get_and_update",
                                   "agent_update",
                                   "sys_get_status",
                                   "sys_get_state",
                                   "sys_trace",
                                   "event_start",
                                   "event_add_handler",
                                   "event_add_sup_handler",
                                   "event_delete_handler",
                                   "event_swap_handler",
                                   "event_swap_sup_handler",
                                   "event_sync_notify",
                                   "event_sync_notify_native",
                                   "event_call",
                                   "event_call_native",
                                   "event_which_handlers",
                                   "pg_start",
                                   "pg_join",
                                   "pg_leave",
                                   "pg_monitor",
                                   "pg_monitor_scope",
                                   "pg_demonitor",
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
    if (name == "call_via") {
      EXPECT_EQ(result, RSP_ECALLINGSELF);  // it has registered the key itself
    } else if (std::find(std::begin(WAITING), std::end(WAITING), name) != std::end(WAITING)) {
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
               name == "agent_start" || name == "event_start" || name == "pg_start" || name == "stop" ||
               name.starts_with("application_") || name.starts_with("sys_")) {
      EXPECT_EQ(verb.call(nullptr), RSP_EXITING) << name;  // this thread's process would wait
      std::thread([&] { EXPECT_EQ(verb.call(nullptr), RSP_ESTOPPED) << name; }).join();
    } else if (name == "spawn") {
      EXPECT_EQ(verb.call(nullptr), RSP_ESTOPPED) << name;
    } else if (name == "register") {
      EXPECT_EQ(verb.call(nullptr), RSP_ENOPROC);
    } else if (name.rfind("ets_", 0) == 0) {
      EXPECT_EQ(verb.call(nullptr), RSP_ENOTABLE) << name;
    } else if (name == "unregister" || name == "send_name" || name == "send_via" ||
               name == "partition_send") {
      EXPECT_EQ(verb.call(nullptr), RSP_ENONAME) << name;
    } else {
      EXPECT_EQ(verb.call(nullptr), RSP_OK) << name;
    }
  }
}

}  // namespace
