// resprout/ets.h
#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

constexpr rsp_ref NO_REF = {};

struct TableHow {
  const char* name = nullptr;
  rsp_ets_access access = RSP_ETS_PROTECTED;
  rsp_pid heir = NO_PID;
  rsp_term heir_data = NIL;
};

rsp_result make(rsp_self* self, rsp_ref* out, const TableHow& how = {}) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  if (how.name != nullptr) opts.name = atom(how.name);
  opts.access = how.access;
  opts.heir = how.heir;
  opts.heir_data = how.heir_data;
  return rsp_ets_new(self, out, &opts);
}

rsp_ref table_of(rsp_self* self, const TableHow& how = {}) {
  rsp_ref table = NO_REF;
  EXPECT_EQ(make(self, &table, how), RSP_OK);
  return table;
}

std::string said(rsp_result result, rsp_term term) {
  if (result != RSP_OK) return rsp_result_name(result);
  const std::string text = show(term);
  rsp_term_free(term);
  return text;
}

std::string look_up(rsp_self* self, rsp_ref table, rsp_term key) {
  rsp_term found = NIL;
  const rsp_result result = rsp_ets_lookup(self, &found, table, key);
  return said(result, found);
}

std::string take(rsp_self* self, rsp_ref table, rsp_term key) {
  rsp_term found = NIL;
  const rsp_result result = rsp_ets_take(self, &found, table, key);
  return said(result, found);
}

rsp_term int_term(int64_t value) { return rsp_term_int(value); }

/** One part of what rsp_ets_info says. */
std::string info(rsp_ref table, const char* key) {
  rsp_term all = NIL;
  const rsp_result result = rsp_ets_info(&all, table);
  if (result != RSP_OK) return rsp_result_name(result);
  rsp_term part = NIL;
  EXPECT_EQ(rsp_term_map_get(&part, all, word(key)), RSP_OK);
  const std::string text = show(part);
  rsp_term_free(all);
  return text;
}

size_t count(rsp_self* self, rsp_ref table) {
  rsp_term list = NIL;
  size_t size = SIZE_MAX;
  EXPECT_EQ(rsp_ets_tab2list(self, &list, table), RSP_OK);
  EXPECT_EQ(rsp_term_size(&size, list), RSP_OK);
  rsp_term_free(list);
  return size;
}

std::string text_of(rsp_ref ref) {
  rsp_term term = NIL;
  EXPECT_EQ(rsp_term_ref(&term, ref), RSP_OK);
  return said(RSP_OK, term);
}

std::string text_of(rsp_pid pid) { return show(rsp_term_pid(pid)); }

std::string transfer(rsp_ref table, rsp_pid from, const char* data) {
  return "{'ETS-TRANSFER'," + text_of(table) + "," + text_of(from) + "," + data + "}";
}

/** A process that runs `code` at its start, and then takes every message. It has run. */
rsp_pid spawn_that(const Attached& me, std::function<void(rsp_self*)> code) {
  const rsp_pid own = me.pid();
  const rsp_pid pid = spawn(me,
                            [code = std::move(code), own](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              code(self);
                              EXPECT_EQ(rsp_send(self, own, word("ran")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  EXPECT_EQ(capi_test::text_of(me.receive()), "ran");
  return pid;
}

/** One that has made a table. */
rsp_pid spawn_owner(const Attached& me, rsp_ref* table, TableHow how = {}) {
  return spawn_that(me, [table, how](rsp_self* self) { *table = table_of(self, how); });
}

class EtsTest : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-ETS-4
TEST_F(EtsTest, holds_one_value_for_each_key_and_keys_are_any_terms) {
  const Attached me;
  const rsp_ref table = table_of(me);
  EXPECT_EQ(look_up(me, table, word("x")), "RSP_EMISMATCH");
  EXPECT_EQ(rsp_ets_insert(me, table, word("x"), int_term(1)), RSP_OK);
  EXPECT_EQ(rsp_ets_insert(me, table, int_term(1), word("integer")), RSP_OK);
  EXPECT_EQ(rsp_ets_insert(me, table, rsp_term_float(1.0), word("float")), RSP_OK);
  rsp_term pair = NIL;
  const rsp_term both[] = {word("a"), int_term(2)};
  ASSERT_EQ(rsp_term_tuple(&pair, both, 2), RSP_OK);
  EXPECT_EQ(rsp_ets_insert(me, table, pair, pair), RSP_OK);
  EXPECT_EQ(rsp_ets_insert(me, table, NIL, NIL), RSP_OK);
  EXPECT_EQ(look_up(me, table, word("x")), "1");
  EXPECT_EQ(look_up(me, table, int_term(1)), "integer");
  EXPECT_EQ(look_up(me, table, rsp_term_float(1.0)), "float");
  EXPECT_EQ(look_up(me, table, pair), "{a,2}");
  EXPECT_EQ(look_up(me, table, NIL), "nil");
  rsp_term_free(pair);
  EXPECT_EQ(rsp_ets_insert(me, table, word("x"), word("other")), RSP_OK);
  EXPECT_EQ(look_up(me, table, word("x")), "other");
  EXPECT_EQ(count(me, table), 5u);

  bool flag = true;
  EXPECT_EQ(rsp_ets_insert_new(me, &flag, table, word("x"), NIL), RSP_OK);
  EXPECT_FALSE(flag);
  EXPECT_EQ(rsp_ets_insert_new(me, &flag, table, word("y"), word("new")), RSP_OK);
  EXPECT_TRUE(flag);
  EXPECT_EQ(look_up(me, table, word("x")) + look_up(me, table, word("y")), "othernew");
  EXPECT_EQ(rsp_ets_member(me, &flag, table, word("y")), RSP_OK);
  EXPECT_TRUE(flag);
  EXPECT_EQ(rsp_ets_delete_key(me, table, word("y")), RSP_OK);
  EXPECT_EQ(rsp_ets_delete_key(me, table, word("y")), RSP_OK);
  EXPECT_EQ(rsp_ets_member(me, &flag, table, word("y")), RSP_OK);
  EXPECT_FALSE(flag);
  EXPECT_EQ(take(me, table, word("x")), "other");
  EXPECT_EQ(take(me, table, word("x")), "RSP_EMISMATCH");
}

// S-ETS-4
TEST_F(EtsTest, counts) {
  const Attached me;
  const rsp_ref table = table_of(me);
  int64_t sum = -1;
  const int64_t initial = 40;
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), 1, nullptr), RSP_EMISMATCH);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), 2, &initial), RSP_OK);
  EXPECT_EQ(sum, 42);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), -50, &initial), RSP_OK);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), 1, nullptr), RSP_OK);
  EXPECT_EQ(sum, -7);
  EXPECT_EQ(look_up(me, table, word("n")), "-7");
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), INT64_MIN, nullptr), RSP_ELIMIT);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), INT64_MIN, &initial), RSP_ELIMIT);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("m"), INT64_MAX, &initial), RSP_ELIMIT);
  EXPECT_EQ(sum, -7);
  EXPECT_EQ(look_up(me, table, word("n")) + look_up(me, table, word("m")), "-7RSP_EMISMATCH");
  EXPECT_EQ(rsp_ets_insert(me, table, word("n"), rsp_term_float(1.0)), RSP_OK);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), 1, nullptr), RSP_ETYPE);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("n"), 1, &initial), RSP_ETYPE);
}

// S-ETS-1, S-ETS-2, S-ETS-10
TEST_F(EtsTest, a_name_is_one_tables_until_that_is_over) {
  const Attached me;
  rsp_ref found = NO_REF;
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_a")), RSP_OK);
  EXPECT_EQ(found, NO_REF);
  const rsp_ref table = table_of(me, {.name = "ets_a"});
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_a")), RSP_OK);
  EXPECT_EQ(found, table);
  rsp_ref second = NO_REF;
  EXPECT_EQ(make(me, &second, {.name = "ets_a"}), RSP_ENAMETAKEN);
  EXPECT_EQ(second, NO_REF);
  EXPECT_EQ(rsp_register(me, atom("ets_a"), me.pid()), RSP_OK);  // names of processes are others
  EXPECT_EQ(rsp_unregister(me, atom("ets_a")), RSP_OK);
  EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_a")), RSP_OK);
  EXPECT_EQ(found, NO_REF);
  const rsp_ref next = table_of(me, {.name = "ets_a"});
  EXPECT_FALSE(next == table);
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_a")), RSP_OK);
  EXPECT_EQ(found, next);
}

// S-ETS-1, S-ETS-5, S-ETS-10
TEST_F(EtsTest, of_a_table_that_is_over_only_what_was_read_is_left) {
  const Attached me;
  const rsp_ref table = table_of(me, {.access = RSP_ETS_PUBLIC});
  rsp_term text = NIL;
  ASSERT_EQ(rsp_term_string(&text, "some text", 9), RSP_OK);
  ASSERT_EQ(rsp_ets_insert(me, table, word("x"), text), RSP_OK);
  rsp_term_free(text);
  rsp_term read = NIL;
  ASSERT_EQ(rsp_ets_lookup(nullptr, &read, table, word("x")), RSP_OK);
  EXPECT_EQ(rsp_ets_delete(nullptr, table), RSP_OK);  // a public table: by anybody
  EXPECT_EQ(show(read), "\"some text\"");
  rsp_term_free(read);
  (void)table_of(me);  // in the same slot
  rsp_term out = NIL;
  bool flag = false;
  int64_t sum = 0;
  const int64_t initial = 0;
  for (rsp_self* const self : {me.self(), static_cast<rsp_self*>(nullptr)}) {
    EXPECT_EQ(rsp_ets_insert(self, table, word("x"), NIL), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_insert_new(self, &flag, table, word("x"), NIL), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_lookup(self, &out, table, word("x")), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_member(self, &flag, table, word("x")), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_take(self, &out, table, word("x")), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_delete_key(self, table, word("x")), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_update_counter(self, &sum, table, word("x"), 1, &initial), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_update_counter(self, &sum, table, word("x"), 1, nullptr), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_first(self, &out, nullptr, table), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_next(self, &out, nullptr, table, word("x")), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_tab2list(self, &out, table), RSP_ENOTABLE);
    EXPECT_EQ(rsp_ets_delete(self, table), RSP_ENOTABLE);
  }
  EXPECT_EQ(rsp_ets_info(&out, table), RSP_ENOTABLE);
  EXPECT_EQ(rsp_ets_set_heir(me, table, NO_PID, NIL), RSP_ENOTABLE);
  EXPECT_EQ(rsp_ets_give_away(me, table, spawn_idle(me), NIL), RSP_ENOTABLE);
}

// S-ETS-3
TEST_F(EtsTest, its_access_says_who_reads_and_who_writes) {
  const Attached me;
  struct Row {
    rsp_ets_access access;
    rsp_result read;
    rsp_result write;
  };
  for (const Row& row : {Row{RSP_ETS_PROTECTED, RSP_OK, RSP_EACCESS}, Row{RSP_ETS_PUBLIC, RSP_OK, RSP_OK},
                         Row{RSP_ETS_PRIVATE, RSP_EACCESS, RSP_EACCESS}}) {
    const rsp_ref table = table_of(me, {.access = row.access});
    ASSERT_EQ(rsp_ets_insert(me, table, word("x"), int_term(1)), RSP_OK);
    const auto tries = [&](rsp_self* self) {
      rsp_term out = NIL;
      bool flag = false;
      int64_t sum = 0;
      const int64_t initial = 0;
      EXPECT_EQ(rsp_ets_member(self, &flag, table, word("x")), row.read);
      EXPECT_EQ(rsp_ets_lookup(self, &out, table, word("x")), row.read);
      EXPECT_EQ(rsp_ets_first(self, &out, nullptr, table), row.read);
      EXPECT_EQ(rsp_ets_next(self, &out, nullptr, table, word("x")),
                row.read == RSP_OK ? RSP_EMISMATCH : row.read);
      EXPECT_EQ(rsp_ets_tab2list(self, &out, table), row.read);
      if (row.read == RSP_OK) rsp_term_free(out);
      EXPECT_EQ(rsp_ets_insert(self, table, word("x"), int_term(1)), row.write);
      EXPECT_EQ(rsp_ets_insert_new(self, &flag, table, word("x"), NIL), row.write);
      EXPECT_EQ(rsp_ets_update_counter(self, &sum, table, word("x"), 0, nullptr), row.write);
      EXPECT_EQ(rsp_ets_update_counter(self, &sum, table, word("x"), 0, &initial), row.write);
      EXPECT_EQ(rsp_ets_take(self, &out, table, word("x")), row.write);
      EXPECT_EQ(rsp_ets_insert(self, table, word("x"), int_term(1)), row.write);
      EXPECT_EQ(rsp_ets_delete_key(self, table, word("y")), row.write);
      EXPECT_EQ(info(table, "size"), "1");  // whatever the access is
    };
    tries(nullptr);
    in_callback(me, tries);
    in_callback(me, [&](rsp_self* self) {
      EXPECT_EQ(rsp_ets_give_away(self, table, me.pid(), NIL), RSP_EACCESS);
      EXPECT_EQ(rsp_ets_set_heir(self, table, NO_PID, NIL), RSP_EACCESS);
      EXPECT_EQ(rsp_ets_delete(self, table), row.write);
    });
    if (row.write != RSP_OK) {
      EXPECT_EQ(rsp_ets_delete(nullptr, table), row.write);
      EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
    }
  }
}

// S-ETS-6
TEST_F(EtsTest, a_walk_comes_by_each_key_once_also_behind_one_that_is_gone) {
  const Attached me;
  const rsp_ref table = table_of(me);
  rsp_term key = NIL;
  EXPECT_EQ(rsp_ets_first(me, &key, nullptr, table), RSP_EMISMATCH);
  EXPECT_EQ(rsp_ets_next(me, &key, nullptr, table, word("x")), RSP_EMISMATCH);
  constexpr int64_t KEYS = 2000;
  for (int64_t i = 0; i < KEYS; ++i) ASSERT_EQ(rsp_ets_insert(me, table, int_term(i), int_term(-i)), RSP_OK);
  std::set<int64_t> seen;
  rsp_term value = NIL;
  rsp_result result = rsp_ets_first(me, &key, &value, table);
  while (result == RSP_OK) {
    EXPECT_EQ(as_int(value), -as_int(key));
    EXPECT_TRUE(seen.insert(as_int(key)).second);
    // Half of the keys go, each just as the walk has come by it; and the table grows under its eyes.
    if (as_int(key) % 2 == 0) {
      ASSERT_EQ(rsp_ets_delete_key(me, table, key), RSP_OK);
    }
    for (int64_t i = 0; i < 3 && seen.size() < KEYS / 2; ++i) {
      const int64_t fresh = KEYS + static_cast<int64_t>(seen.size()) * 3 + i;
      ASSERT_EQ(rsp_ets_insert(me, table, int_term(fresh), int_term(-fresh)), RSP_OK);
    }
    result = rsp_ets_next(me, &key, &value, table, key);
  }
  for (int64_t i = 0; i < KEYS; ++i) EXPECT_EQ(seen.count(i), 1u) << i;
}

// S-ETS-6
TEST_F(EtsTest, its_list_has_each_entry_once_while_others_come_and_go) {
  const Attached me;
  const rsp_ref table = table_of(me, {.access = RSP_ETS_PUBLIC});
  constexpr int64_t KEYS = 3000;
  for (int64_t i = 0; i < KEYS; ++i) ASSERT_EQ(rsp_ets_insert(me, table, int_term(i), int_term(i)), RSP_OK);
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int64_t i = 0; !over; i = (i + 1) % KEYS) {
      EXPECT_EQ(rsp_ets_insert(nullptr, table, int_term(KEYS + i), NIL), RSP_OK);
      EXPECT_EQ(rsp_ets_delete_key(nullptr, table, int_term(KEYS + (i + KEYS / 2) % KEYS)), RSP_OK);
    }
  });
  for (int round = 0; round < 20; ++round) {
    rsp_term list = NIL;
    ASSERT_EQ(rsp_ets_tab2list(me, &list, table), RSP_OK);
    size_t size = 0;
    EXPECT_EQ(rsp_term_size(&size, list), RSP_OK);
    std::set<int64_t> seen;
    for (size_t i = 0; i < size; ++i) {
      rsp_term row = NIL;
      rsp_term key = NIL;
      EXPECT_EQ(rsp_term_element(&row, list, i), RSP_OK);
      EXPECT_EQ(rsp_term_element(&key, row, 0), RSP_OK);
      EXPECT_TRUE(seen.insert(as_int(key)).second);
    }
    for (int64_t i = 0; i < KEYS; ++i) EXPECT_EQ(seen.count(i), 1u) << i;
    rsp_term_free(list);
  }
  over = true;
  writer.join();
}

// S-ETS-11
TEST_F(EtsTest, says_what_it_is) {
  const Attached me;
  const rsp_pid heir = spawn_idle(me);
  const rsp_ref table = table_of(me, {.name = "ets_b", .access = RSP_ETS_PRIVATE, .heir = heir});
  EXPECT_EQ(info(table, "id"), text_of(table));
  EXPECT_EQ(info(table, "name"), "ets_b");
  EXPECT_EQ(info(table, "owner"), text_of(me.pid()));
  EXPECT_EQ(info(table, "heir"), text_of(heir));
  EXPECT_EQ(info(table, "protection"), "private");
  EXPECT_EQ(info(table, "size"), "0");
  const int64_t empty = std::stoll(info(table, "memory"));
  const std::string text(10'000, 'x');
  rsp_term big = NIL;
  ASSERT_EQ(rsp_term_binary(&big, text.data(), text.size()), RSP_OK);
  for (int64_t i = 0; i < 10; ++i) ASSERT_EQ(rsp_ets_insert(me, table, int_term(i), big), RSP_OK);
  rsp_term_free(big);
  EXPECT_EQ(info(table, "size"), "10");
  EXPECT_GE(std::stoll(info(table, "memory")), empty + 100'000);
  for (int64_t i = 0; i < 9; ++i) ASSERT_EQ(rsp_ets_insert(me, table, int_term(i), NIL), RSP_OK);
  EXPECT_LE(std::stoll(info(table, "memory")), empty + 20'000);
  for (int64_t i = 0; i < 10; ++i) ASSERT_EQ(rsp_ets_delete_key(me, table, int_term(i)), RSP_OK);
  EXPECT_LE(std::stoll(info(table, "memory")), empty + 500);  // which is its buckets
  const rsp_ref plain = table_of(me);
  EXPECT_EQ(info(plain, "name") + info(plain, "heir") + info(plain, "protection"), "undefinednoneprotected");
}

// S-ETS-9
TEST_F(EtsTest, ends_with_its_owner) {
  const Attached me;
  rsp_ref table = NO_REF;
  const rsp_pid owner = spawn_owner(me, &table, {.name = "ets_c"});
  EXPECT_EQ(info(table, "owner"), text_of(owner));
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  EXPECT_EQ(info(table, "owner"), "RSP_ENOTABLE");
  (void)table_of(me, {.name = "ets_c"});
}

// S-ETS-8, S-ETS-9
TEST_F(EtsTest, goes_to_its_heir_and_ends_with_that) {
  const Attached me;
  rsp_ref table = NO_REF;
  const rsp_pid owner =
      spawn_owner(me, &table, {.name = "ets_d", .heir = me.pid(), .heir_data = word("data")});
  EXPECT_EQ(rsp_ets_insert(me, table, word("x"), NIL), RSP_EACCESS);
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  EXPECT_EQ(capi_test::text_of(me.receive_within(0)),
            transfer(table, owner, "data"));  // came before the DOWN
  EXPECT_EQ(info(table, "owner") + info(table, "heir"), text_of(me.pid()) + text_of(me.pid()));
  EXPECT_EQ(rsp_ets_insert(me, table, word("x"), NIL), RSP_OK);
  rsp_ref found = NO_REF;
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_d")), RSP_OK);
  EXPECT_EQ(found, table);
}

// S-ETS-8
TEST_F(EtsTest, an_heir_is_named_anew_and_is_nobody_when_it_is_dead) {
  const Attached me;
  const rsp_ref table = table_of(me, {.heir = dead_pid(me)});
  EXPECT_EQ(info(table, "heir"), "none");
  const rsp_pid heir = spawn_idle(me);
  EXPECT_EQ(rsp_ets_set_heir(me, table, heir, NIL), RSP_OK);
  EXPECT_EQ(info(table, "heir"), text_of(heir));
  EXPECT_EQ(rsp_ets_set_heir(me, table, dead_pid(me), NIL), RSP_OK);
  EXPECT_EQ(info(table, "heir"), "none");
  rsp_ref other = NO_REF;
  const rsp_pid own = me.pid();
  const rsp_pid owner = spawn_that(me, [&other, own](rsp_self* self) {
    other = table_of(self, {.heir = own, .heir_data = word("first")});
    EXPECT_EQ(rsp_ets_set_heir(self, other, own, word("second")), RSP_OK);
  });
  EXPECT_EQ(me.exit(owner, "boom"), "boom");
  EXPECT_EQ(capi_test::text_of(me.receive_within(0)), transfer(other, owner, "second"));
  EXPECT_FALSE(me.has_message());
  EXPECT_EQ(rsp_ets_set_heir(me, other, NO_PID, NIL), RSP_OK);
  EXPECT_EQ(info(other, "heir"), "none");
}

// S-ETS-7, S-ETS-9
TEST_F(EtsTest, is_given_away_and_then_the_new_owners) {
  const Attached me;
  rsp_ref table = NO_REF;
  rsp_pid giver = NO_PID;
  const rsp_pid own = me.pid();
  in_callback(me, [&table, &giver, own](rsp_self* self) {
    giver = rsp_self_pid(self);
    table = table_of(self);
    EXPECT_EQ(rsp_ets_insert(self, table, word("x"), int_term(1)), RSP_OK);
    EXPECT_EQ(rsp_ets_give_away(self, table, rsp_self_pid(self), NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_ets_give_away(self, table, own, word("gift")), RSP_OK);
    EXPECT_EQ(rsp_ets_insert(self, table, word("x"), NIL), RSP_EACCESS);
    EXPECT_EQ(rsp_ets_give_away(self, table, own, word("gift")), RSP_EACCESS);
  });
  EXPECT_EQ(capi_test::text_of(me.receive_within(0)), transfer(table, giver, "gift"));
  EXPECT_EQ(info(table, "owner"), text_of(me.pid()));
  EXPECT_EQ(look_up(me, table, word("x")), "1");
  EXPECT_EQ(rsp_ets_give_away(me, table, dead_pid(me), NIL), RSP_ENOPROC);
  EXPECT_EQ(info(table, "owner"), text_of(me.pid()));
  const rsp_pid last = spawn_idle(me);
  EXPECT_EQ(rsp_ets_give_away(me, table, last, NIL), RSP_OK);
  EXPECT_EQ(me.exit(last, "kill"), "killed");
  EXPECT_EQ(look_up(me, table, word("x")), "RSP_ENOTABLE");
}

// S-ETS-8: of whoever the owner is by then
TEST_F(EtsTest, a_heir_stays_the_heir_when_the_table_is_given_away) {
  const Attached me;
  rsp_ref table = NO_REF;
  const rsp_pid own = me.pid();
  const rsp_pid second = spawn_idle(me);
  const rsp_pid first = spawn_that(me, [&table, own, second](rsp_self* self) {
    table = table_of(self, {.heir = own, .heir_data = word("data")});
    EXPECT_EQ(rsp_ets_give_away(self, table, second, NIL), RSP_OK);
  });
  EXPECT_EQ(me.exit(first, "kill"), "killed");
  EXPECT_FALSE(me.has_message());
  EXPECT_EQ(me.exit(second, "kill"), "killed");
  EXPECT_EQ(capi_test::text_of(me.receive_within(0)), transfer(table, second, "data"));
  // Its heir now owns it; given to another one, it would come back.
  const rsp_pid third = spawn_idle(me);
  EXPECT_EQ(rsp_ets_give_away(me, table, third, NIL), RSP_OK);
  EXPECT_EQ(me.exit(third, "kill"), "killed");
  EXPECT_EQ(capi_test::text_of(me.receive_within(0)), transfer(table, third, "data"));
}

// S-ETS-7: past the limit of its mailbox
TEST_F(EtsTest, who_is_given_a_table_hears_of_it_with_a_full_mailbox_too) {
  const Attached me;
  ASSERT_EQ(rsp_limit_mailbox(me, 1, 0, RSP_OVERFLOW_REFUSE), RSP_OK);
  ASSERT_EQ(rsp_send(me, me.pid(), word("full")), RSP_OK);
  rsp_ref table = NO_REF;
  const rsp_pid own = me.pid();
  in_callback(me, [&table, own](rsp_self* self) {
    table = table_of(self);
    EXPECT_EQ(rsp_ets_give_away(self, table, own, word("gift")), RSP_OK);
    EXPECT_EQ(rsp_send(self, own, NIL), RSP_EOVERLOAD);
  });
  EXPECT_EQ(capi_test::text_of(me.receive()), "full");
  EXPECT_EQ(capi_test::text_of(me.receive()).substr(0, 15), "{'ETS-TRANSFER'");
}

// S-ETS-1
TEST_F(EtsTest, is_valid_in_messages) {
  const Attached me;
  const rsp_ref table = table_of(me);
  ASSERT_EQ(rsp_ets_insert(me, table, word("x"), word("found")), RSP_OK);
  const rsp_pid reader = spawn(me, [](rsp_self* self, rsp_msg* message) {
    rsp_ref sent = NO_REF;
    rsp_term value = NIL;
    EXPECT_EQ(rsp_term_get_ref(&sent, rsp_msg_term(message)), RSP_OK);
    EXPECT_EQ(rsp_ets_lookup(self, &value, sent, word("x")), RSP_OK);
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), value), RSP_OK);
    return RSP_NEXT_STOP;
  });
  rsp_term term = NIL;
  ASSERT_EQ(rsp_term_ref(&term, table), RSP_OK);
  ASSERT_EQ(rsp_send(me, reader, term), RSP_OK);
  rsp_term_free(term);
  EXPECT_EQ(capi_test::text_of(me.receive()), "found");
}

// S-ETS-9, S-ETS-10
TEST_F(EtsTest, one_with_much_in_it_ends_at_once_and_is_freed_behind) {
  const Attached me;
  constexpr int64_t KEYS = 50'000;
  const auto fill = [](rsp_self* self, rsp_ref table) {
    for (int64_t i = 0; i < KEYS; ++i) EXPECT_EQ(rsp_ets_insert(self, table, int_term(i), NIL), RSP_OK);
  };
  const rsp_ref own = table_of(me);
  fill(me, own);
  EXPECT_EQ(rsp_ets_delete(me, own), RSP_OK);
  EXPECT_EQ(look_up(me, own, int_term(1)), "RSP_ENOTABLE");
  rsp_ref table = NO_REF;
  const rsp_pid owner = spawn_that(me, [&](rsp_self* self) {
    table = table_of(self, {.name = "ets_e"});
    fill(self, table);
  });
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  EXPECT_EQ(look_up(me, table, int_term(1)), "RSP_ENOTABLE");
  fill(me, table_of(me, {.name = "ets_e"}));  // it goes with the thread's process
}

// S-ETS-9
TEST_F(EtsTest, in_a_section_too_they_go_before_anybody_hears_of_the_end) {
  const Attached me;
  std::atomic<bool> killed{false};
  std::atomic<bool> over{false};
  rsp_ref table = NO_REF;
  const rsp_pid own = me.pid();
  const rsp_pid owner = spawn(me,
                              [&, own](rsp_self* self, rsp_msg*) {
                                table = table_of(self, {.name = "ets_f"});
                                EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
                                EXPECT_EQ(rsp_send(nullptr, own, word("inside")), RSP_OK);
                                wait_until([&] { return killed.load(); });
                                EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
                                EXPECT_EQ(rsp_ets_insert(self, table, NIL, NIL), RSP_EXITING);
                                over = true;
                                return RSP_NEXT_STOP;
                              },
                              {.start = true});
  EXPECT_EQ(capi_test::text_of(me.receive()), "inside");
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  EXPECT_EQ(info(table, "size"), "RSP_ENOTABLE");
  (void)table_of(me, {.name = "ets_f"});
  killed = true;
  wait_until([&] { return over.load(); });
}

// S-ETS-1
TEST(EtsAfterTheStop, no_table_outlives_the_runtime) {
  rsp_ref table = NO_REF;
  {
    const Runtime runtime(2);
    const Attached me;
    table = table_of(me, {.name = "ets_g"});
    ASSERT_EQ(rsp_ets_insert(me, table, word("x"), NIL), RSP_OK);
    ASSERT_EQ(rsp_ets_give_away(me, table, spawn_idle(me), NIL), RSP_OK);
  }
  EXPECT_EQ(look_up(nullptr, table, word("x")), "RSP_ENOTABLE");
  rsp_ref found = table;
  EXPECT_EQ(rsp_ets_whereis(&found, atom("ets_g")), RSP_OK);
  EXPECT_EQ(found, NO_REF);
  const Runtime runtime(1);
  const Attached me;
  EXPECT_FALSE(table_of(me, {.name = "ets_g"}) == table);
}

TEST_F(EtsTest, what_cannot_be_is_refused) {
  const Attached me;
  const rsp_ref table = table_of(me);
  rsp_ref out = NO_REF;
  rsp_term term = NIL;
  bool flag = false;
  int64_t sum = 0;
  const rsp_term bad = {0xFF, 0};
  const rsp_pid elsewhere = {1, 2, 3};
  EXPECT_EQ(rsp_ets_new(nullptr, &out, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_new(me, nullptr, nullptr), RSP_EINVAL);
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  opts.size = 1;
  EXPECT_EQ(rsp_ets_new(me, &out, &opts), RSP_EINVAL);
  opts = RSP_ETS_OPTS_INIT;
  opts.access = static_cast<rsp_ets_access>(3);
  EXPECT_EQ(rsp_ets_new(me, &out, &opts), RSP_EINVAL);
  opts = RSP_ETS_OPTS_INIT;
  opts.name = rsp_atom{0xFFFFFFFF};
  EXPECT_EQ(rsp_ets_new(me, &out, &opts), RSP_EINVAL);
  EXPECT_EQ(make(me, &out, {.heir = elsewhere}), RSP_EINVAL);
  EXPECT_EQ(make(me, &out, {.heir_data = bad}), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_whereis(nullptr, atom("x")), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_whereis(&out, rsp_atom{0}), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_insert(me, table, bad, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_insert(me, table, NIL, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_insert(me, NO_REF, NIL, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_insert_new(me, nullptr, table, NIL, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_insert_new(me, &flag, table, NIL, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_lookup(me, nullptr, table, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_lookup(me, &term, table, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_member(me, nullptr, table, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_take(me, nullptr, table, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_delete_key(me, table, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_update_counter(me, nullptr, table, NIL, 1, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, bad, 1, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_first(me, nullptr, nullptr, table), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_next(me, &term, nullptr, table, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_tab2list(me, nullptr, table), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_info(nullptr, table), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_delete(me, NO_REF), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_give_away(me, table, elsewhere, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_give_away(me, table, me.pid(), bad), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_give_away(nullptr, table, me.pid(), NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_set_heir(me, table, elsewhere, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_ets_set_heir(nullptr, table, NO_PID, NIL), RSP_EINVAL);
  // References that are no tables'.
  rsp_ref other = NO_REF;
  ASSERT_EQ(rsp_make_ref(me, &other), RSP_OK);
  EXPECT_EQ(rsp_ets_insert(me, other, NIL, NIL), RSP_ENOTABLE);
  other = table;
  other.words[4] = 0xFFFFFFFF;
  EXPECT_EQ(rsp_ets_insert(me, other, NIL, NIL), RSP_ENOTABLE);
  other = table;
  other.words[0] ^= 1;
  EXPECT_EQ(rsp_ets_insert(me, other, NIL, NIL), RSP_ENOTABLE);
  other.words[0] = other.words[1] = 0;
  EXPECT_EQ(rsp_ets_insert(me, other, NIL, NIL), RSP_ENOTABLE);
  EXPECT_EQ(rsp_send_alias(me, table, NIL), RSP_OK);  // nobody's alias
  EXPECT_EQ(count(me, table), 0u);
}

}  // namespace
