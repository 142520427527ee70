// What the tests of misuse call with: arguments that are all right, and what they refer to.
#pragma once

#include "tests/capi/support.hpp"

namespace capi_test {

inline const rsp_native_ops OPS = {sizeof(rsp_native_ops), [](void*) {}, nullptr};

inline rsp_next nothing(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

inline rsp_next change_nothing(rsp_self*, void*, rsp_agent_state*, rsp_server_return*) {
  return RSP_NEXT_CONTINUE;
}

inline const rsp_event_ops EVENT_OPS = {
    sizeof(rsp_event_ops),
    "misuse_test_handler",
    [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
    [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

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
  rsp_pid manager = NO_PID;
  rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
  rsp_atom scope = atom("misuse_test_scope");
  rsp_application_spec application = RSP_APPLICATION_SPEC_INIT;
  rsp_receive_opts at_once = {sizeof(rsp_receive_opts), 0, nullptr, nullptr};

  explicit World(const Attached& me) : pid(spawn_idle(me)), name(atom("misuse_test_name")) {
    EXPECT_EQ(rsp_make_ref(me, &ref), RSP_OK);
    EXPECT_EQ(rsp_reqids_new(me, &ids), RSP_OK);
    from = rsp_from{me.pid(), ref};
    start.handler = nothing;
    child.start = start;
    child.id = word("child");
    registry_opts.name = registry;
    application.name = name;
    application.start = &start;
    EXPECT_EQ(rsp_registry_start(nullptr, &pid_out, nullptr, &registry_opts, nullptr), RSP_OK);
    EXPECT_EQ(rsp_event_start(nullptr, &manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
    handler.ops = &EVENT_OPS;
    EXPECT_EQ(rsp_pg_start(nullptr, &pid_out, nullptr, scope, nullptr), RSP_OK);
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

class Misuse : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

}  // namespace capi_test
