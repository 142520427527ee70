// Section P: tables.

#include <set>

#include "resprout/ets.h"
#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

struct TableHow {
  const char* name = nullptr;
  rsp_ets_access access = RSP_ETS_PROTECTED;
  rsp_pid heir{};
};

rsp_result make(Self& self, rsp_ref* out, const TableHow& how = {}) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  if (how.name != nullptr) opts.name = atom(how.name);
  opts.access = how.access;
  opts.heir = how.heir;
  const Value data("data");
  opts.heir_data = data;
  return rsp_ets_new(self, out, &opts);
}

rsp_ref table(Self& self, const TableHow& how = {}) {
  rsp_ref made{};
  ok(make(self, &made, how));
  return made;
}

/** A table of P's, with {k, v} in it. */
rsp_ref table_of(Puppet& p, const TableHow& how = {}) {
  rsp_ref made{};
  p.run([&](Self& self) {
    made = table(self, how);
    ok(rsp_ets_insert(self, made, Value("k"), Value("v")));
  });
  return made;
}

/** What the caller finds under `k`. */
Value look_up(rsp_self* self, rsp_ref table) {
  rsp_term found{};
  const rsp_result result = rsp_ets_lookup(self, &found, table, Value("k"));
  return result == RSP_OK ? Value::owner_of(found) : Value(atom(rsp_result_name(result)));
}

Value owner(rsp_ref table) {
  rsp_term info{};
  const rsp_result result = rsp_ets_info(&info, table);
  return result == RSP_OK ? Value::owner_of(info).at("owner") : Value("none");
}

rsp_ref whereis_table(const char* name) {
  rsp_ref found{};
  ok(rsp_ets_whereis(&found, atom(name)));
  return found;
}

Value transfer(rsp_ref table, rsp_pid from, const char* data) {
  return Value::tuple({atom("ETS-TRANSFER"), table, from, data});
}

// S-ETS-8, S-ETS-9
RSP_CASE(320, "a table outlives its owner: its heir has the message before the DOWN, and the table") {
  for (const char* const reason : {"normal", "boom", "kill"}) {
    Puppet p(t);
    const rsp_ref made = table_of(p, {.name = "sessions", .heir = t.pid()});
    const rsp_ref monitor = t.monitor(p.pid());
    if (std::string_view(reason) == "normal") {
      p.returns();
    } else {
      t.exit_signal(p.pid(), reason);
    }
    t.expect_message(transfer(made, p.pid(), "data"));
    (void)t.wait_down(monitor);
    EXPECT_TERM(owner(made), t.pid());
    EXPECT_TERM(look_up(t, made), "v");
    EXPECT_EQ(whereis_table("sessions"), made);
    ok(rsp_ets_delete(t, made));
  }
}

// S-ETS-9
RSP_CASE(321, "without an heir a table and its name are gone when the DOWN of its owner arrives") {
  for (uint32_t i = times(200); i > 0; --i) {
    rsp_ref made{};
    const Spawned p = t.spawn_monitor({[&made](Self& self) {
      made = table(self, {.name = "sessions"});
      return RSP_NEXT_STOP;
    }});
    t.expect_down(p.monitor, p.pid, "normal");
    ASSERT_EQ(rsp_ets_insert(nullptr, made, Value("k"), Value("v")), RSP_ENOTABLE);
    rsp_ref next{};
    ASSERT_EQ(make(t, &next, {.name = "sessions"}), RSP_OK);
    ok(rsp_ets_delete(t, next));
  }
}

// S-ETS-9
RSP_CASE(321, "once a killed owner is not alive, its table and its name are gone") {
  for (uint32_t i = times(200); i > 0; --i) {
    Puppet p(t, {.trap_exit = true});
    const rsp_ref made = table_of(p, {.name = "sessions"});
    t.exit_signal(p.pid(), "kill");
    t.expect_dead(p.pid());
    ASSERT_TRUE(matches(look_up(nullptr, made), "'RSP_ENOTABLE'"));
    ASSERT_EQ(whereis_table("sessions"), rsp_ref{});
  }
}

// S-ETS-7
RSP_CASE(322, "given away, a table is the other process's, which is told; it ends with that") {
  Puppet p(t);
  Puppet q(t);
  const rsp_ref made = table_of(p);
  p.run([&](Self& self) { ok(rsp_ets_give_away(self, made, q.pid(), Value("gift"))); });
  q.expect_message(transfer(made, p.pid(), "gift"));
  EXPECT_TERM(owner(made), q.pid());
  p.run([&](Self& self) { EXPECT_EQ(rsp_ets_insert(self, made, Value("k"), Value("w")), RSP_EACCESS); });
  const rsp_ref end_of_p = t.monitor(p.pid());
  p.exits("boom");
  (void)t.wait_down(end_of_p);
  EXPECT_TERM(look_up(t, made), "v");
  const rsp_ref end_of_q = t.monitor(q.pid());
  q.returns();
  (void)t.wait_down(end_of_q);
  EXPECT_TERM(look_up(t, made), "'RSP_ENOTABLE'");
}

// S-ETS-7
RSP_CASE(322, "one that is killed as it is given a table is dead without it, or has it and takes it along") {
  for (uint32_t i = times(200); i > 0; --i) {
    const rsp_ref made = table(t, {.name = "sessions"});
    Puppet q(t);
    const rsp_ref monitor = t.monitor(q.pid());
    t.exit_signal(q.pid(), "kill");
    const rsp_result given = rsp_ets_give_away(t, made, q.pid(), Value("gift"));
    ASSERT_TRUE(given == RSP_OK || given == RSP_ENOPROC) << rsp_result_name(given);
    (void)t.wait_down(monitor);
    const bool is_mine = given == RSP_ENOPROC;
    ASSERT_TRUE(matches(owner(made), is_mine ? Value(t.pid()) : Value("none")));
    ASSERT_EQ(whereis_table("sessions"), is_mine ? made : rsp_ref{});
    if (is_mine) ok(rsp_ets_delete(t, made));
  }
}

// S-ETS-8, S-ETS-9
RSP_CASE(323, "owner and heir killed at the same time: when both are dead, nobody has the table") {
  for (uint32_t i = times(200); i > 0; --i) {
    Puppet heir(t);
    Puppet p(t);
    const rsp_ref made = table_of(p, {.name = "sessions", .heir = heir.pid()});
    const rsp_ref first = t.monitor(p.pid());
    const rsp_ref second = t.monitor(heir.pid());
    for (const rsp_pid pid : {i % 2 == 0 ? p.pid() : heir.pid(), i % 2 == 0 ? heir.pid() : p.pid()})
      t.exit_signal(pid, "kill");
    (void)t.wait_down(first);
    ASSERT_FALSE(matches(owner(made), p.pid()));
    (void)t.wait_down(second);
    ASSERT_TRUE(matches(owner(made), "none"));
    ASSERT_EQ(whereis_table("sessions"), rsp_ref{});
  }
}

// S-ETS-8
RSP_CASE(323, "given away while the new owner dies, a table comes to its heir, or stays; it is never lost") {
  for (uint32_t i = times(200); i > 0; --i) {
    Puppet p(t);
    Puppet q(t);
    const rsp_ref made = table_of(p, {.heir = t.pid()});
    const rsp_ref monitor = t.monitor(q.pid());
    p.tell([made, to = q.pid()](Self& self) {
      const rsp_result given = rsp_ets_give_away(self, made, to, Value("gift"));
      EXPECT_TRUE(given == RSP_OK || given == RSP_ENOPROC) << rsp_result_name(given);
      return RSP_NEXT_STOP;
    });
    t.exit_signal(q.pid(), "kill");
    // Whoever has it ends, and it comes here.
    const auto came =
        t.receive(PATIENCE_MS, [&](const Received& message) { return message.kind == RSP_MSG_TERM; });
    ASSERT_TRUE(came && matches(came->term, "{'ETS-TRANSFER', Table, From, data}"));
    EXPECT_TERM(look_up(t, made), "v");
    (void)t.wait_down(monitor);
    ok(rsp_ets_delete(t, made));
  }
}

// S-ETS-3
RSP_CASE(324, "a private table is its owner's, a protected one is read by all, a public one written by all") {
  struct Row {
    rsp_ets_access access;
    const char* read;
    rsp_result write;
  };
  for (const Row& row : {Row{RSP_ETS_PRIVATE, "'RSP_EACCESS'", RSP_EACCESS},
                         Row{RSP_ETS_PROTECTED, "v", RSP_EACCESS}, Row{RSP_ETS_PUBLIC, "v", RSP_OK}}) {
    Puppet p(t);
    Puppet q(t);
    const rsp_ref made = table_of(p, {.access = row.access});
    p.run([&](Self& self) { EXPECT_TERM(look_up(self, made), "v"); });
    q.run([&](Self& self) {
      EXPECT_TERM(look_up(self, made), row.read);
      EXPECT_EQ(rsp_ets_insert(self, made, Value("k"), Value("v")), row.write);
      EXPECT_EQ(rsp_ets_delete_key(self, made, Value("other")), row.write);
    });
    EXPECT_TERM(look_up(nullptr, made), row.read);
  }
}

// S-ETS-4
RSP_CASE(325, "what many add to one counter at the same time is all there") {
  constexpr int PROCESSES = 8;
  constexpr int64_t EACH = 50;
  const rsp_ref made = table(t, {.access = RSP_ETS_PUBLIC});
  const rsp_pid own = t.pid();
  for (int i = 0; i < PROCESSES; ++i) {
    (void)t.spawn({[made, own](Self& self) {
      const int64_t initial = 0;
      int64_t sum = 0;
      for (int64_t n = 0; n < EACH; ++n)
        ok(rsp_ets_update_counter(self, &sum, made, Value("n"), 1, &initial));
      self.send(own, "done");
      return RSP_NEXT_STOP;
    }});
  }
  for (int i = 0; i < PROCESSES; ++i) t.expect_message("done");
  rsp_term sum{};
  ok(rsp_ets_take(t, &sum, made, Value("n")));
  EXPECT_TERM(Value::owner_of(sum), PROCESSES * EACH);
}

// S-ETS-4
RSP_CASE(325, "of those who take one key one gets it, and of those who put in a new one one does") {
  constexpr int PROCESSES = 10;
  const rsp_ref made = table(t, {.access = RSP_ETS_PUBLIC});
  ok(rsp_ets_insert(t, made, Value("k"), Value("v")));
  const rsp_pid own = t.pid();
  for (int i = 0; i < PROCESSES; ++i) {
    (void)t.spawn({[made, own](Self& self) {
      rsp_term value{};
      const rsp_result taken = rsp_ets_take(self, &value, made, Value("k"));
      EXPECT_TRUE(taken == RSP_OK || taken == RSP_EMISMATCH);
      bool inserted = false;
      ok(rsp_ets_insert_new(self, &inserted, made, Value("new"), Value(self.pid())));
      self.send(own, Value::tuple({atom(taken == RSP_OK ? "true" : "false"),
                                   atom(inserted ? "true" : "false"), self.pid()}));
      rsp_term_free(value);
      return RSP_NEXT_STOP;
    }});
  }
  int takers = 0;
  int makers = 0;
  Value maker;
  for (int i = 0; i < PROCESSES; ++i) {
    const Value outcome = t.next().term;
    takers += outcome.element(0).boolean() ? 1 : 0;
    makers += outcome.element(1).boolean() ? 1 : 0;
    if (outcome.element(1).boolean()) maker = outcome.element(2);
  }
  EXPECT_EQ(takers, 1);
  EXPECT_EQ(makers, 1);
  rsp_term value{};
  ok(rsp_ets_lookup(t, &value, made, Value("new")));
  EXPECT_TERM(Value::owner_of(value), maker);
}

// S-ETS-6
RSP_CASE(326, "a walk beside one that writes comes by each key that stays exactly once") {
  constexpr int64_t KEYS = 40;
  const rsp_ref made = table(t, {.access = RSP_ETS_PUBLIC});
  for (int64_t key = 0; key < KEYS; ++key) ok(rsp_ets_insert(t, made, Value(key), Value(key)));
  const rsp_pid own = t.pid();
  (void)t.spawn({[made, own](Self& self) {
    for (int64_t key = KEYS; key < 3 * KEYS; ++key) ok(rsp_ets_insert(self, made, Value(key), Value(key)));
    for (int64_t key = KEYS; key < 2 * KEYS; ++key) ok(rsp_ets_delete_key(self, made, Value(key)));
    self.send(own, "done");
    return RSP_NEXT_STOP;
  }});
  std::multiset<int64_t> seen;
  rsp_term key{};
  for (rsp_result result = rsp_ets_first(t, &key, nullptr, made); result == RSP_OK;) {
    const Value at = Value::owner_of(key);
    seen.insert(at.integer());
    result = rsp_ets_next(t, &key, nullptr, made, at);
  }
  t.expect_message("done");
  for (int64_t i = 0; i < 3 * KEYS; ++i) {
    EXPECT_LE(seen.count(i), 1u) << i;
    EXPECT_GE(seen.count(i), i < KEYS ? 1u : 0u) << i;
  }
}

// S-ETS-2
RSP_CASE(327, "of those who make a table of one name at the same time one does") {
  constexpr int PROCESSES = 10;
  const rsp_pid own = t.pid();
  for (int i = 0; i < PROCESSES; ++i) {
    (void)t.spawn({[own](Self& self) {
      rsp_ref made{};
      const rsp_result result = make(self, &made, {.name = "sessions"});
      EXPECT_TRUE(result == RSP_OK || result == RSP_ENAMETAKEN) << rsp_result_name(result);
      self.send(own, atom(result == RSP_OK ? "made" : "taken"));
      return RSP_NEXT_CONTINUE;  // the one that has made it keeps it
    }});
  }
  int makers = 0;
  for (int i = 0; i < PROCESSES; ++i) makers += matches(t.next().term, "made") ? 1 : 0;
  EXPECT_EQ(makers, 1);
}

}  // namespace
}  // namespace conformance
