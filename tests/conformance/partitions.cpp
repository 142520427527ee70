// Section R: partitions.

#include <set>

#include "resprout/partition.h"
#include "resprout/runtime.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"
#include "tests/conformance/harness/supervisor.hpp"

namespace conformance {
namespace {

/// Answers a call with its pid, ends for a message {exit, R}, and says a cast to `t`.
Server partition(rsp_pid t) {
  Server server;
  server.call = [](Self& self, const Received&, Answer& answer) { return answer.reply(self.pid()); };
  server.cast = [t](Self& self, const Received& cast, Answer& answer) {
    self.send(t, Value::tuple({"cast", self.pid(), cast.term}));
    return answer.nothing();
  };
  server.info = [t](Self& self, const Received& message, Answer& answer) {
    self.send(t, Value::tuple({"info", self.pid(), message.term}));
    return answer.nothing();
  };
  return server;
}

struct PartitionsHow {
  uint64_t partitions = 3;
  const char* name = "pool";
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  rsp_auto_shutdown auto_shutdown = RSP_AUTO_SHUTDOWN_NEVER;
  size_t child_count = 1;
  bool with_partition = false;
};

Started start_partitions(Self& self, const rsp_child_spec& child, PartitionsHow how = {}) {
  const rsp_child_spec children[] = {child, child};
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.children = children;
  spec.child_count = how.child_count;
  spec.partitions = how.partitions;
  spec.with_partition = how.with_partition ? 1 : 0;
  spec.opts.strategy = how.strategy;
  spec.opts.auto_shutdown = how.auto_shutdown;
  spec.opts.max_restarts = 1000;
  if (how.name != nullptr) spec.opts.name = atom(how.name);
  Started started;
  rsp_term error{};
  started.result = rsp_supervisor_start_spec(self, &started.pid, &error, &spec, nullptr);
  started.error = Value::owner_of(error);
  return started;
}

rsp_pid partitions(Test& t, PartitionsHow how = {}) {
  const Started it = start_partitions(t, raw_child({partition(t.pid())}, Value()), how);
  ok(it.result);
  return it.pid;
}

rsp_pid owner(const Value& key) {
  rsp_pid pid{};
  ok(rsp_partition_whereis(&pid, atom("pool"), key));
  return pid;
}

uint64_t number_of_partitions() {
  uint64_t count = 0;
  ok(rsp_partition_count(&count, atom("pool")));
  return count;
}

Called call_by_key(Self& self, const Value& key, const char* supervisor = "pool") {
  rsp_msg* reply = nullptr;
  rsp_term reason{};
  Called called;
  called.result = rsp_partition_call(self, &reply, &reason, atom(supervisor), key, Value("who"), PATIENCE_MS);
  if (called.result == RSP_OK) called.reply = Value::copy_of(rsp_msg_term(reply));
  called.reason = Value::owner_of(reason);
  rsp_msg_free(reply);
  return called;
}

// S-PART-1, S-PART-2
RSP_CASE(280, "of 3 partitions 1 and 4 are of the same, -1 is as 1, and the ids are 0, 1, 2") {
  const rsp_pid supervisor = partitions(t);
  EXPECT_EQ(number_of_partitions(), 3u);
  const Value rows = children(t, supervisor);
  ASSERT_EQ(rows.size(), 3u);
  for (int64_t number = 0; number < 3; ++number) {
    const Value row = rows.element(static_cast<size_t>(number));
    EXPECT_TERM(row.element(0), Value(number));
    for (const int64_t key : {number, number + 3, -number, -number - 3}) {
      EXPECT_TERM(Value(owner(key)), row.element(1));
      EXPECT_TERM(call_by_key(t, key).reply, row.element(1));
    }
  }
  // 2^63 modulo 3 is 2.
  EXPECT_EQ(owner(INT64_MIN), owner(2));
  EXPECT_EQ(owner(INT64_MAX), owner(1));
}

// S-PART-2
RSP_CASE(280, "any other key belongs to one partition, and many of them to all") {
  (void)partitions(t);
  const auto key = [](int64_t number) { return Value::tuple({"user", number, Value::string("name")}); };
  std::set<uint64_t> found;
  for (int64_t number = 0; number < 60; ++number) {
    const rsp_pid first = owner(key(number));
    EXPECT_EQ(owner(key(number)), first);
    EXPECT_TERM(call_by_key(t, key(number)).reply, Value(first));
    found.insert(first.id);
  }
  EXPECT_EQ(found.size(), 3u);
}

// S-PART-3
RSP_CASE(280, "casts and messages go to the partition of their key") {
  (void)partitions(t);
  for (const int64_t key : {0, 1, 2, 7}) {
    ok(rsp_partition_cast(t, atom("pool"), Value(key), Value("x")));
    t.expect_message(Value::tuple({"cast", owner(key), "x"}));
    ok(rsp_partition_cast(nullptr, atom("pool"), Value(key), Value("y")));
    t.expect_message(Value::tuple({"cast", owner(key), "y"}));
    ok(rsp_partition_send(t, atom("pool"), Value(key), Value("z")));
    t.expect_message(Value::tuple({"info", owner(key), "z"}));
  }
}

// S-PART-3
RSP_CASE(280, "a partition that ends alone is restarted alone, and found by its keys again") {
  const rsp_pid supervisor = partitions(t);
  for (uint32_t i = times(50); i > 0; --i) {
    const rsp_pid others[] = {owner(0), owner(2)};
    const rsp_pid former = owner(1);
    const rsp_ref monitor = t.monitor(former);
    t.exit_signal(former, "kill");
    t.expect_down(monitor, former, "killed");
    ASSERT_NE(owner(4).id, former.id);  // never a dead one
    t.eventually("the partition is back", [&] { return owner(4).id != 0; });
    ASSERT_EQ(owner(0), others[0]);
    ASSERT_EQ(owner(2), others[1]);
  }
  EXPECT_EQ(stop(t, supervisor).result, RSP_OK);
}

// S-PART-3
RSP_CASE(280, "a partition without a process, and no such supervisor: noproc, ok, badarg") {
  const rsp_pid supervisor = partitions(t);
  ok(terminate_child(t, supervisor, 1).result);
  EXPECT_EQ(owner(1).id, 0u);
  const auto expect_nobody = [&](const char* name) {
    const Called it = call_by_key(t, 1, name);
    EXPECT_EQ(it.result, RSP_EEXITED);
    EXPECT_TERM(it.reason, Value::tuple({"noproc", Value::tuple({"call", Value::tuple({"via", atom(name), 1}),
                                                                 "who", int64_t{PATIENCE_MS}})}));
    ok(rsp_partition_cast(t, atom(name), Value(1), Value("x")));
    EXPECT_EQ(rsp_partition_send(t, atom(name), Value(1), Value("x")), RSP_ENONAME);
  };
  expect_nobody("pool");
  ok(restart_child(t, supervisor, 1).result);
  EXPECT_TERM(call_by_key(t, 1).reply, Value(owner(1)));
  EXPECT_EQ(stop(t, supervisor).result, RSP_OK);
  expect_nobody("pool");
  expect_nobody("nobody_has_this_name");
  uint64_t count = 0;
  EXPECT_EQ(rsp_partition_count(&count, atom("pool")), RSP_ENONAME);
}

// S-PART-1
RSP_CASE(280, "as many as there are workers, if no number is given") {
  rsp_runtime_stats stats{};
  stats.size = sizeof stats;
  ok(rsp_runtime_get_stats(&stats));
  (void)partitions(t, {.partitions = RSP_PARTITIONS_AS_WORKERS});
  EXPECT_EQ(number_of_partitions(), stats.workers);
}

// S-PART-4
RSP_CASE(280, "the arguments of each end in its number, also after a restart") {
  Server server;
  server.init_with = [own = t.pid()](Self& self, const Value& args, Answer& answer) {
    self.send(own, args);
    return answer.nothing();
  };
  rsp_child_spec child = raw_child({server}, Value());
  const Value args("[one]");
  child.start.args = args;
  ok(start_partitions(t, child, {.with_partition = true}).result);
  for (int64_t number = 0; number < 3; ++number) t.expect_message(Value::list({"one", number}));
  t.exit_signal(owner(1), "kill");
  t.expect_message("[one, 1]");
}

// S-PART-1
RSP_CASE(280, "one_for_all: all are started again") {
  (void)partitions(t, {.strategy = RSP_ONE_FOR_ALL});
  const rsp_pid former[] = {owner(0), owner(1), owner(2)};
  t.exit_signal(former[1], "kill");
  for (const int64_t number : {0, 1, 2}) {
    t.eventually("the partition is a new one", [&] {
      const rsp_pid now = owner(number);
      return now.id != 0 && now.id != former[number].id;
    });
  }
}

// S-PART-1
RSP_CASE(280, "a specification that can be none is refused, and says why") {
  struct Refusal {
    PartitionsHow how;
    const char* error;
  };
  const Refusal refusals[] = {
      {{.name = nullptr}, "{supervisor_data, {missing_name, undefined}}"},
      {{.strategy = RSP_DYNAMIC}, "{supervisor_data, {invalid_strategy, 4}}"},
      {{.strategy = RSP_SIMPLE_ONE_FOR_ONE}, "{supervisor_data, {invalid_strategy, 3}}"},
      {{.auto_shutdown = RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT}, "{supervisor_data, {invalid_auto_shutdown, 1}}"},
      {{.partitions = 10'000'000}, "{supervisor_data, {invalid_partitions, 10000000}}"},
      {{.child_count = 0}, "{bad_start_spec, 0}"},
      {{.child_count = 2}, "{bad_start_spec, 2}"},
  };
  for (const Refusal& refusal : refusals) {
    const Started it = start_partitions(t, raw_child({partition(t.pid())}, Value()), refusal.how);
    EXPECT_EQ(it.result, RSP_ESPEC) << refusal.error;
    EXPECT_TERM(it.error, refusal.error);
  }
  rsp_child_spec child = raw_child({partition(t.pid())}, Value());
  child.start.args = rsp_term_int(1);
  EXPECT_TERM(start_partitions(t, child, {.with_partition = true}).error, "{start_spec, {invalid_mfa, 1}}");
  child = raw_child({partition(t.pid())}, Value());
  child.via_registry = atom("r");
  EXPECT_TERM(start_partitions(t, child).error, "{start_spec, {invalid_via, {via, r, nil}}}");
  child = raw_child({partition(t.pid())}, Value());
  child.significant = 1;
  child.restart = RSP_RESTART_TRANSIENT;
  EXPECT_TERM(start_partitions(t, child).error,
              "{start_spec, {bad_combination, [{auto_shutdown, never}, {significant, true}]}}");
}

// S-PART-1
RSP_CASE(280, "one below another supervisor ends and starts again with what it has") {
  const rsp_child_spec copied = raw_child({partition(t.pid())}, Value());
  rsp_supervisor_spec pool = RSP_SUPERVISOR_SPEC_INIT;
  pool.children = &copied;
  pool.child_count = 1;
  pool.partitions = 2;
  pool.opts.name = atom("pool");
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.supervisor = &pool;
  rsp_pid top{};
  ok(rsp_supervisor_start(t, &top, nullptr, &child, 1, nullptr, nullptr));
  const rsp_pid former = whereis("pool");
  const rsp_pid first = owner(0);
  t.exit_signal(former, "kill");
  t.eventually("it is back, with its partitions", [&] {
    rsp_pid now{};
    return rsp_partition_whereis(&now, atom("pool"), Value(0)) == RSP_OK && now.id != 0 && now.id != first.id;
  });
  EXPECT_NE(whereis("pool").id, former.id);
  // Somebody else's name.
  const Started second = start_partitions(t, copied);
  EXPECT_EQ(second.result, RSP_ENAMETAKEN);
  EXPECT_EQ(stop(t, top).result, RSP_OK);
}

}  // namespace
}  // namespace conformance
