// Agents and partitions where memory is short.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

int g_made = 0;
std::atomic<int> g_freed{0};

void* context() {
  ++g_made;
  return nullptr;
}
void free_context(void*) { ++g_freed; }

rsp_next read(rsp_self*, void*, const rsp_agent_state* state, rsp_server_return* ret) {
  ret->reply = rsp_term_copy(state->term);
  return RSP_NEXT_CONTINUE;
}
rsp_next change(rsp_self* self, void*, rsp_agent_state* state, rsp_server_return* ret) {
  const rsp_term both[] = {state->term, word("hello")};
  rsp_term pair = NIL;
  if (rsp_term_tuple(&pair, both, 2) != RSP_OK) return rsp_exit(self, word("scarce"));
  rsp_term_free(state->term);
  state->term = pair;
  ret->reply = rsp_term_copy(pair);
  return RSP_NEXT_CONTINUE;
}
rsp_next make(rsp_self* self, void*, rsp_term, rsp_agent_state* state, rsp_server_return*) {
  const rsp_term both[] = {word("x"), word("hello")};
  return rsp_term_tuple(&state->term, both, 2) == RSP_OK ? RSP_NEXT_CONTINUE : rsp_exit(self, word("scarce"));
}

rsp_pid start_agent(const Attached& me) {
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.init = make;
  rsp_pid agent = NO_PID;
  EXPECT_EQ(rsp_agent_start(me, &agent, nullptr, &opts, nullptr), RSP_OK);
  return agent;
}

/** With an agent, which is gone afterwards; then every context has been freed once. */
rsp_result with_agent(const Attached& me, rsp_result (*deed)(const Attached& me, rsp_pid agent)) {
  g_made = 0;
  g_freed = 0;
  const rsp_pid agent = start_agent(me);
  const rsp_result result = scarce([&] { return deed(me, agent); });
  kill(me, agent);
  // What was in its mailbox is dropped behind the DOWN. A hang is the test's time limit.
  while (g_freed < g_made) std::this_thread::yield();
  EXPECT_EQ(g_freed, g_made);
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED, RSP_ENOPROC, RSP_ETIMEDOUT};

rsp_result start_partitions(const Attached& me, rsp_pid* supervisor) {
  static const rsp_server_ops ops = [] {
    rsp_server_ops type = {};
    type.size = sizeof type;
    type.name = "x";
    type.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    type.handle_call = [](rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return* ret) {
      ret->action = RSP_SERVER_REPLY;
      ret->reply = word("echoed");
      return RSP_NEXT_CONTINUE;
    };
    type.handle_cast = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
    type.handle_info = type.handle_cast;
    return type;
  }();
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &ops;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.children = &child;
  spec.child_count = 1;
  spec.partitions = 2;
  spec.with_partition = 1;
  spec.opts.name = atom("scarce");
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.timeout_ms = LONG_MS;
  rsp_term error = NIL;
  const rsp_result result = rsp_supervisor_start_spec(me, supervisor, &error, &spec, &opts);
  rsp_term_free(error);
  return result;
}

const Scenario SCENARIOS[] = {
    {"agent_start",
     [](const Attached& me) {
       g_made = 0;
       g_freed = 0;
       rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
       opts.init = make;
       opts.ctx = context();
       opts.ctx_free = free_context;
       rsp_start_opts start_opts = RSP_START_OPTS_INIT;
       start_opts.timeout_ms = LONG_MS;
       rsp_pid agent = NO_PID;
       rsp_term error = NIL;
       const rsp_result result =
           scarce([&] { return rsp_agent_start(me, &agent, &error, &opts, &start_opts); });
       rsp_term_free(error);
       if (result == RSP_OK) {
         EXPECT_EQ(g_freed, 0);
         kill(me, agent);
       }
       EXPECT_EQ(g_freed, 1);
       return result;
     },
     ENDED},
    {"agent_spec",
     [](const Attached&) {
       g_made = 0;
       g_freed = 0;
       rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
       opts.init = make;
       opts.ctx = context();
       opts.ctx_free = free_context;
       rsp_start_spec spec = RSP_START_SPEC_INIT;
       const rsp_result result = scarce([&] { return rsp_agent_spec(&spec, &opts); });
       EXPECT_EQ(spec.ctx != nullptr, result == RSP_OK);
       EXPECT_EQ(g_freed, 0);
       if (result == RSP_OK) spec.ctx_free(spec.ctx);
       EXPECT_EQ(g_freed, result == RSP_OK ? 1 : 0);
       return result;
     }},
    {"agent_get",
     [](const Attached& me) {
       return with_agent(me, [](const Attached& my, rsp_pid agent) {
         rsp_msg* out = nullptr;
         rsp_term reason = NIL;
         const rsp_result result =
             rsp_agent_get(my, &out, &reason, agent, LONG_MS, read, context(), free_context);
         rsp_msg_free(out);
         rsp_term_free(reason);
         return result;
       });
     },
     ENDED},
    {"agent_update",
     [](const Attached& me) {
       return with_agent(me, [](const Attached& my, rsp_pid agent) {
         return rsp_agent_update(my, nullptr, agent, LONG_MS, change, context(), free_context);
       });
     },
     ENDED},
    {"agent_get_and_update",
     [](const Attached& me) {
       return with_agent(me, [](const Attached& my, rsp_pid agent) {
         rsp_msg* out = nullptr;
         const rsp_result result =
             rsp_agent_get_and_update(my, &out, nullptr, agent, LONG_MS, change, context(), free_context);
         rsp_msg_free(out);
         return result;
       });
     },
     ENDED},
    {"agent_cast",
     [](const Attached& me) {
       return with_agent(me, [](const Attached& my, rsp_pid agent) {
         return rsp_agent_cast(my, agent, change, context(), free_context);
       });
     }},
    {"partition_supervisor_start",
     [](const Attached& me) {
       rsp_pid supervisor = NO_PID;
       const rsp_result result = scarce([&] { return start_partitions(me, &supervisor); });
       if (result == RSP_OK) kill(me, supervisor);
       return result;
     },
     ENDED},
    {"partition_call",
     [](const Attached& me) {
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(start_partitions(me, &supervisor), RSP_OK);
       const rsp_term key = list_of_words();
       rsp_msg* answer = nullptr;
       rsp_term reason = NIL;
       const rsp_result result = scarce(
           [&] { return rsp_partition_call(me, &answer, &reason, atom("scarce"), key, word("x"), LONG_MS); });
       rsp_msg_free(answer);
       rsp_term_free(reason);
       rsp_term_free(key);
       kill(me, supervisor);
       return result;
     },
     ENDED},
    {"partition_send_cast_and_whereis",
     [](const Attached& me) {
       rsp_pid supervisor = NO_PID;
       EXPECT_EQ(start_partitions(me, &supervisor), RSP_OK);
       rsp_pid pid = NO_PID;
       uint64_t count = 0;
       EXPECT_EQ(scarce([&] { return rsp_partition_count(&count, atom("scarce")); }), RSP_OK);
       EXPECT_EQ(count, 2u);
       const rsp_result result = scarce([&] {
         rsp_result sent = rsp_partition_send(me, atom("scarce"), rsp_term_int(1), word("hello"));
         if (sent == RSP_OK) sent = rsp_partition_cast(me, atom("scarce"), rsp_term_int(2), word("hello"));
         return sent == RSP_OK ? rsp_partition_whereis(&pid, atom("scarce"), word("hello")) : sent;
       });
       kill(me, supervisor);
       return result;
     }},
    {"start_under_a_key",
     [](const Attached& me) {
       rsp_registry_opts registry = RSP_REGISTRY_OPTS_INIT;
       registry.name = atom("x");
       rsp_pid keeper = NO_PID;
       EXPECT_EQ(rsp_registry_start(nullptr, &keeper, nullptr, &registry, nullptr), RSP_OK);
       rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
       rsp_start_opts start_opts = RSP_START_OPTS_INIT;
       start_opts.timeout_ms = LONG_MS;
       start_opts.via_registry = registry.name;
       start_opts.via_key = list_of_words();
       rsp_pid agent = NO_PID;
       rsp_term error = NIL;
       const rsp_result result =
           scarce([&] { return rsp_agent_start(me, &agent, &error, &opts, &start_opts); });
       if (result == RSP_OK) kill(me, agent);
       uint64_t count = 1;
       EXPECT_EQ(rsp_registry_count(&count, registry.name), RSP_OK);
       EXPECT_EQ(count, 0u);
       rsp_term_free(error);
       rsp_term_free(start_opts.via_key);
       EXPECT_EQ(rsp_stop(me, nullptr, keeper, word("normal"), RSP_INFINITE), RSP_OK);
       return result;
     },
     ENDED},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfAgents, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
