// resprout/agent.h: who owns a context, whatever the call comes to. (What agents do: tests/conformance/agents.cpp.)
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** A context that counts how often it is freed. */
struct Counted {
  int freed = 0;
  static void free(void* counted) { ++static_cast<Counted*>(counted)->freed; }
};

rsp_next read(rsp_self*, void*, const rsp_agent_state* state, rsp_server_return* ret) {
  ret->reply = rsp_term_copy(state->term);
  return RSP_NEXT_CONTINUE;
}
rsp_next change(rsp_self*, void*, rsp_agent_state* state, rsp_server_return* ret) {
  ret->reply = state->term;
  state->term = rsp_term_int(as_int(state->term) + 1);
  return RSP_NEXT_CONTINUE;
}
rsp_next make(rsp_self*, void*, rsp_term args, rsp_agent_state* state, rsp_server_return*) {
  state->term = rsp_term_copy(args);
  return RSP_NEXT_CONTINUE;
}

class Agents : public testing::Test {
 protected:
  const Runtime runtime_{2};

  static rsp_pid start(rsp_self* self, rsp_term state) {
    rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
    opts.state = state;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_agent_start(self, &pid, nullptr, &opts, nullptr), RSP_OK);
    return pid;
  }
};

// S-AGT-8
TEST_F(Agents, a_context_stays_the_callers_where_an_argument_is_malformed) {
  const Attached me;
  const rsp_pid agent = start(me, rsp_term_int(1));
  const rsp_pid far = {agent.id, 1, 1};
  Counted counted;
  rsp_msg* out = nullptr;
  for (const rsp_pid pid : {agent, far}) {
    rsp_self* const self = pid == far ? me.self() : nullptr;
    EXPECT_EQ(rsp_agent_get(self, &out, nullptr, pid, 0, read, &counted, Counted::free), RSP_EINVAL);
    EXPECT_EQ(rsp_agent_update(self, nullptr, pid, 0, change, &counted, Counted::free), RSP_EINVAL);
    EXPECT_EQ(rsp_agent_get_and_update(self, &out, nullptr, pid, 0, change, &counted, Counted::free),
              RSP_EINVAL);
  }
  EXPECT_EQ(rsp_agent_cast(me, far, change, &counted, Counted::free), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_get(me, &out, nullptr, agent, 0, nullptr, &counted, Counted::free), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_get(me, nullptr, nullptr, agent, 0, read, &counted, Counted::free), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_update(me, nullptr, agent, 0, nullptr, &counted, Counted::free), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_get_and_update(me, nullptr, nullptr, agent, 0, change, &counted, Counted::free),
            RSP_EINVAL);
  EXPECT_EQ(rsp_agent_cast(me, agent, nullptr, &counted, Counted::free), RSP_EINVAL);
  EXPECT_EQ(counted.freed, 0);
}

// S-AGT-8
TEST_F(Agents, a_context_is_the_runtimes_where_the_call_is_refused) {
  const Attached me;
  const rsp_pid agent = start(me, rsp_term_int(1));
  Counted counted;
  rsp_msg* out = nullptr;
  in_callback(me, [&](rsp_self* self) {
    EXPECT_EQ(rsp_agent_get(self, &out, nullptr, agent, 0, read, &counted, Counted::free), RSP_EWOULDBLOCK);
    EXPECT_EQ(rsp_agent_update(me, nullptr, agent, 0, change, &counted, Counted::free), RSP_EWRONGTHREAD);
    EXPECT_EQ(rsp_agent_cast(me, agent, change, &counted, Counted::free), RSP_EWRONGTHREAD);
  });
  EXPECT_EQ(counted.freed, 3);
}

TEST_F(Agents, a_start_that_is_malformed_leaves_its_context_with_the_caller) {
  const Attached me;
  Counted counted;
  rsp_agent_opts good = RSP_AGENT_OPTS_INIT;
  good.init = make;
  good.ctx = &counted;
  good.ctx_free = Counted::free;
  std::vector<rsp_agent_opts> all(5, good);
  all[0].size = 0;
  all[1].name = rsp_atom{UINT32_MAX};
  all[2].state = rsp_term{200, 0};
  all[3].state = rsp_term_int(1);  // beside an init
  all[4].size = sizeof(rsp_agent_opts) + 1;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  rsp_pid pid = NO_PID;
  for (const rsp_agent_opts& bad : all) {
    EXPECT_EQ(rsp_agent_spec(&spec, &bad), RSP_EINVAL);
    EXPECT_EQ(rsp_agent_start(me, &pid, nullptr, &bad, nullptr), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_agent_spec(nullptr, &good), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_spec(&spec, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_start(me, nullptr, nullptr, &good, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_agent_start(me, &pid, nullptr, nullptr, nullptr), RSP_EINVAL);
  rsp_start_opts start_opts = RSP_START_OPTS_INIT;
  start_opts.monitor = true;
  EXPECT_EQ(rsp_agent_start(me, &pid, nullptr, &good, &start_opts), RSP_EINVAL);
  start_opts = RSP_START_OPTS_INIT;
  start_opts.via_registry = rsp_atom{UINT32_MAX};
  EXPECT_EQ(rsp_agent_start(me, &pid, nullptr, &good, &start_opts), RSP_EINVAL);
  EXPECT_EQ(counted.freed, 0);
  // A specification that nobody uses is the caller's, with what it holds.
  ASSERT_EQ(rsp_agent_spec(&spec, &good), RSP_OK);
  spec.ctx_free(spec.ctx);
  EXPECT_EQ(counted.freed, 1);
}

// S-AGT-1, S-AGT-3
TEST_F(Agents, the_args_of_a_start_and_the_struct_of_an_older_program_are_as_ever) {
  const Attached me;
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.init = make;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  ASSERT_EQ(rsp_agent_spec(&spec, &opts), RSP_OK);
  spec.args = rsp_term_int(41);
  rsp_pid agent = NO_PID;
  ASSERT_EQ(rsp_server_start(me, &agent, nullptr, nullptr, &spec, nullptr), RSP_OK);
  EXPECT_EQ(rsp_agent_update(me, nullptr, agent, RSP_INFINITE, change, nullptr, nullptr), RSP_OK);
  rsp_msg* answer = nullptr;
  ASSERT_EQ(rsp_agent_get(me, &answer, nullptr, agent, RSP_INFINITE, read, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(text_of(Message(answer)), "42");
}

// S-SRV-9
TEST_F(Agents, a_native_request_stays_the_callers_where_there_is_no_process_to_ask) {
  static Counted counted;
  counted = {};
  static const rsp_native_ops ops = {sizeof(rsp_native_ops), Counted::free, nullptr};
  const Attached me;
  rsp_msg* out = nullptr;
  EXPECT_EQ(rsp_call_native(nullptr, &out, nullptr, me.pid(), &counted, &ops, 0), RSP_EINVAL);
  EXPECT_EQ(counted.freed, 0);
}

}  // namespace
