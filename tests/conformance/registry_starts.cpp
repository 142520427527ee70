// Section P: processes that are started under a key of a registry.

#include "resprout/registry.h"
#include "resprout/supervisor.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

rsp_start_spec registry_spec(const char* name, rsp_registry_kind keys = RSP_REGISTRY_UNIQUE) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = atom(name);
  opts.keys = keys;
  rsp_start_spec spec{};
  ok(rsp_registry_spec(&spec, &opts));
  return spec;
}

void registry(Test& t, const char* name, rsp_registry_kind keys = RSP_REGISTRY_UNIQUE) {
  const rsp_start_spec spec = registry_spec(name, keys);
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = true;
  rsp_pid pid{};
  ok(rsp_server_start(t, &pid, nullptr, nullptr, &spec, &opts));
}

rsp_pid owner(const char* name, const Value& key) {
  rsp_pid pid{};
  ok(rsp_registry_whereis(&pid, atom(name), key));
  return pid;
}

Started start_under(Self& self, const rsp_start_spec& spec, const char* name, const Value& key) {
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.via_registry = atom(name);
  opts.via_key = key;
  Started started;
  rsp_term error{};
  started.result = rsp_server_start(self, &started.pid, nullptr, &error, &spec, &opts);
  started.error = Value::owner_of(error);
  return started;
}

// S-REG-12
RSP_CASE(275, "one that is started under a key has it before its init, and as long as it lives") {
  registry(t, "r");
  Server server;
  server.init = [](Self& self, Answer& answer) {
    EXPECT_EQ(owner("r", "{k, 1}"), self.pid());
    return answer.nothing();
  };
  for (uint32_t i = times(100); i > 0; --i) {
    const Started first = start_under(t, spec_of(server), "r", "{k, 1}");
    ok(first.result);
    ASSERT_EQ(owner("r", "{k, 1}"), first.pid);
    EXPECT_EQ(stop(t, first.pid).result, RSP_OK);
    ASSERT_EQ(owner("r", "{k, 1}").id, 0u);
  }
}

// S-REG-12
RSP_CASE(275, "a start under a key that P has: {already_started, P}, and no init") {
  registry(t, "r");
  Server server;
  server.init = [](Self&, Answer& answer) { return answer.stop("init_ran"); };
  const Started holder = start_under(t, spec_of(Server{}), "r", "k");
  ok(holder.result);
  for (int i = 0; i < 2; ++i) {
    const Started second = start_under(t, spec_of(server), "r", "k");
    EXPECT_EQ(second.result, RSP_ENAMETAKEN);
    EXPECT_TERM(second.error, Value::tuple({"already_started", holder.pid}));
  }
  const Started other = start_under(t, spec_of(server), "r", "other");
  EXPECT_TERM(other.error, "init_ran");
  EXPECT_EQ(owner("r", "other").id, 0u);
}

// S-REG-12
RSP_CASE(279,
         "a start under a key of no registry: {noproc, Via}; of one with duplicate keys: {badarg, Via}") {
  registry(t, "d", RSP_REGISTRY_DUPLICATE);
  const Started nowhere = start_under(t, spec_of(Server{}), "nobody", "k");
  EXPECT_EQ(nowhere.result, RSP_EEXITED);
  EXPECT_TERM(nowhere.error, "{noproc, {via, nobody, k}}");
  const Started duplicate = start_under(t, spec_of(Server{}), "d", "k");
  EXPECT_EQ(duplicate.result, RSP_EEXITED);
  EXPECT_TERM(duplicate.error, "{badarg, {via, d, k}}");
}

// S-REG-12, S-REG-5
RSP_CASE(276, "a child that is started under a key has it again after each restart") {
  const Notes notes = make_notes();
  rsp_child_spec children[2] = {RSP_CHILD_SPEC_INIT, RSP_CHILD_SPEC_INIT};
  children[0].start = registry_spec("r");
  const Value id("a");
  children[1] = raw_child({not_trapping(notes, "a"), "a"}, id);
  const Value key("{room, 7}");
  children[1].via_registry = atom("r");
  children[1].via_key = key;
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_REST_FOR_ONE;
  opts.max_restarts = 1000;
  opts.period_ms = static_cast<int64_t>(PATIENCE_MS);
  rsp_pid supervisor{};
  ok(rsp_supervisor_start(t, &supervisor, nullptr, children, 2, &opts, nullptr));
  rsp_pid former = child(t, supervisor, "a");
  for (uint32_t i = times(20); i > 0; --i) {
    ASSERT_EQ(owner("r", key), former);
    t.exit_signal(former, "kill");
    former = successor(t, supervisor, "a", former);
  }
  // The registry's own end takes the child along, which comes back in the next one.
  t.exit_signal(whereis("r"), "kill");
  former = successor(t, supervisor, "a", former);
  EXPECT_EQ(owner("r", key), former);
  EXPECT_EQ(stop(t, supervisor).result, RSP_OK);
}

// S-REG-12
RSP_CASE(275, "a child under a key that P has does not start: {already_started, P}") {
  registry(t, "r");
  const Started holder = start_under(t, spec_of(Server{}), "r", "k");
  const Value id("a");
  rsp_child_spec child = raw_child({Server{}, "a"}, id);
  const Value key("k");
  child.via_registry = atom("r");
  child.via_key = key;
  rsp_pid pid{};
  rsp_term error{};
  EXPECT_EQ(rsp_supervisor_start(t, &pid, &error, &child, 1, nullptr, nullptr), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(error),
              Value::tuple({"shutdown", Value::tuple({"failed_to_start_child", "a",
                                                      Value::tuple({"already_started", holder.pid})})}));
  child.via_registry = rsp_atom{UINT32_MAX};
  EXPECT_EQ(rsp_supervisor_start(t, &pid, &error, &child, 1, nullptr, nullptr), RSP_ESPEC);
  EXPECT_TERM(Value::owner_of(error), "{start_spec, invalid_via}");
}

}  // namespace
}  // namespace conformance
