// Section P: registries.

#include "resprout/registry.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

rsp_pid registry(Test& t, const char* name, rsp_registry_kind keys = RSP_REGISTRY_UNIQUE) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = atom(name);
  opts.keys = keys;
  rsp_start_opts start = RSP_START_OPTS_INIT;
  start.link = true;
  rsp_pid pid{};
  ok(rsp_registry_start(t, &pid, nullptr, &opts, &start));
  return pid;
}

struct Registered {
  rsp_result result = RSP_OK;
  rsp_pid holder{};
};

Registered put(Self& self, const char* name, const Value& key, const Value& value = "nil") {
  Registered it;
  it.result = rsp_registry_register(self, &it.holder, atom(name), key, value);
  return it;
}

void put_by(Puppet& p, const char* name, const char* key, const char* value = "nil") {
  p.run([&](Self& self) { ok(put(self, name, key, value).result); });
}

Value look_up(const char* name, const Value& key) {
  rsp_term found{};
  ok(rsp_registry_lookup(&found, atom(name), key));
  return Value::owner_of(found);
}

// S-REG-2
RSP_CASE(275, "a unique key that is taken: {already_registered, P}") {
  (void)registry(t, "r");
  Puppet p(t);
  Puppet q(t);
  put_by(p, "r", "k", "mine");
  for (Puppet* const other : {&q, &p}) {
    other->run([&](Self& self) {
      const Registered it = put(self, "r", "k", "theirs");
      EXPECT_EQ(it.result, RSP_ENAMETAKEN);
      EXPECT_EQ(it.holder, p.pid());
    });
  }
  EXPECT_TERM(look_up("r", "k"), Value::list({Value::tuple({p.pid(), "mine"})}));
}

// S-REG-2
RSP_CASE(275, "of 50 processes that race for a key one gets it, and the others are told which") {
  constexpr int RACERS = 50;
  (void)registry(t, "r");
  const rsp_pid own = t.pid();
  for (int i = 0; i < RACERS; ++i) {
    (void)t.spawn({[own](Self& self) {
      const Registered it = put(self, "r", "k");
      const bool has_it = it.result == RSP_OK;
      self.send(own, Value::tuple({atom(has_it ? "won" : "lost"), has_it ? self.pid() : it.holder}));
      return RSP_NEXT_CONTINUE;  // the winner keeps it
    }});
  }
  int winners = 0;
  for (int i = 0; i < RACERS; ++i) {
    const Value outcome = t.next().term;
    rsp_pid owner{};
    winners += matches(outcome, "{won, Pid}") ? 1 : 0;
    ok(rsp_registry_whereis(&owner, atom("r"), Value("k")));
    EXPECT_TERM(outcome, Value::tuple({"Outcome", owner}));
  }
  EXPECT_EQ(winners, 1);
}

// S-REG-5
RSP_CASE(276, "when the DOWN of its owner arrives a key is free, and T has it at once") {
  (void)registry(t, "r");
  for (uint32_t i = times(300); i > 0; --i) {
    const Spawned p = t.spawn_monitor({[](Self& self) {
      ok(put(self, "r", "k").result);
      return RSP_NEXT_STOP;
    }});
    t.expect_down(p.monitor, p.pid, "normal");
    ASSERT_EQ(look_up("r", "k").size(), 0u);
    ASSERT_EQ(put(t, "r", "k").result, RSP_OK);
    ok(rsp_registry_unregister(t, atom("r"), Value("k")));
  }
}

// S-REG-5
RSP_CASE(276, "after a kill, once the owner is not alive, nobody finds it by its keys") {
  (void)registry(t, "r");
  for (uint32_t i = times(300); i > 0; --i) {
    Puppet p(t, {.trap_exit = true});
    put_by(p, "r", "k");
    t.exit_signal(p.pid(), "kill");
    t.expect_dead(p.pid());
    ASSERT_EQ(look_up("r", "k").size(), 0u);
  }
}

// S-REG-5, S-REG-3
RSP_CASE(276, "whatever ends a process of many keys, they are all gone with it") {
  constexpr int64_t KEYS = 50;
  (void)registry(t, "r");
  const rsp_pid own = t.pid();
  for (const char* const reason : {"normal", "boom", "shutdown"}) {
    Puppet p(t);
    p.run([&](Self& self) {
      for (int64_t key = 0; key < KEYS; ++key) ok(put(self, "r", key, own).result);
    });
    uint64_t count = 0;
    ok(rsp_registry_count(&count, atom("r")));
    EXPECT_EQ(count, static_cast<uint64_t>(KEYS));
    const rsp_ref end = t.monitor(p.pid());
    p.exits(reason);
    t.expect_down(end, p.pid(), reason);
    ok(rsp_registry_count(&count, atom("r")));
    EXPECT_EQ(count, 0u);
  }
}

// S-REG-3
RSP_CASE(277, "a duplicate key that a process has twice: both values, in order") {
  (void)registry(t, "r", RSP_REGISTRY_DUPLICATE);
  Puppet p(t);
  Puppet q(t);
  put_by(p, "r", "k", "one");
  put_by(p, "r", "k", "two");
  EXPECT_TERM(look_up("r", "k"),
              Value::list({Value::tuple({p.pid(), "one"}), Value::tuple({p.pid(), "two"})}));
  put_by(q, "r", "k", "three");
  const rsp_ref end = t.monitor(p.pid());
  p.returns();
  t.expect_down(end, p.pid(), "normal");
  EXPECT_TERM(look_up("r", "k"), Value::list({Value::tuple({q.pid(), "three"})}));
}

// S-REG-11
RSP_CASE(279, "a call by a key that nobody has exits {noproc, _}; a cast is ok; and both find who has it") {
  (void)registry(t, "r");
  const auto call_it = [&](const char* name) {
    Called it;
    rsp_msg* reply = nullptr;
    rsp_term reason{};
    it.result = rsp_call_via(t, &reply, &reason, atom(name), Value("k"), Value("ping"), PATIENCE_MS);
    it.reason = Value::owner_of(reason);
    if (reply != nullptr) it.reply = Value::copy_of(rsp_msg_term(reply));
    rsp_msg_free(reply);
    return it;
  };
  for (const char* const name : {"r", "nobody"}) {
    const Called it = call_it(name);
    EXPECT_EQ(it.result, RSP_EEXITED);
    EXPECT_TERM(it.reason,
                Value::tuple(
                    {atom("noproc"), Value::tuple({atom("call"), Value::tuple({atom("via"), atom(name), "k"}),
                                                   "ping", static_cast<int64_t>(PATIENCE_MS)})}));
    EXPECT_EQ(rsp_cast_via(t, atom(name), Value("k"), Value("x")), RSP_OK);
    EXPECT_EQ(rsp_send_via(t, atom(name), Value("k"), Value("x")), RSP_ENONAME);
  }
  const rsp_pid own = t.pid();
  Server server;
  server.init = [](Self& self, Answer& answer) {
    ok(put(self, "r", "k").result);
    return answer.nothing();
  };
  server.call = [](Self&, const Received& request, Answer& answer) { return answer.reply(request.term); };
  server.cast = [own](Self& self, const Received& cast, Answer& answer) {
    self.send(own, Value::tuple({atom("cast"), cast.term}));
    return answer.nothing();
  };
  server.info = [own](Self& self, const Received& message, Answer& answer) {
    self.send(own, Value::tuple({atom("info"), message.term}));
    return answer.nothing();
  };
  (void)started(t, server);
  EXPECT_TERM(call_it("r").reply, "ping");
  ok(rsp_cast_via(t, atom("r"), Value("k"), Value("x")));
  t.expect_message("{cast, x}");
  ok(rsp_send_via(t, atom("r"), Value("k"), Value("y")));
  t.expect_message("{info, y}");
}

}  // namespace
}  // namespace conformance
