// resprout/ets.h: what is in a table.
#include "tests/capi/ets.hpp"

#include <atomic>
#include <set>

using namespace capi_test;

namespace {

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

/** A key of many nodes in few blocks, of which no other key has one. */
rsp_term large_key(int64_t innermost) {
  rsp_term key = int_term(innermost);
  for (int level = 0; level < 30; ++level) {
    const rsp_term both[] = {key, key};
    EXPECT_EQ(rsp_term_tuple(&key, both, 2), RSP_OK);
    rsp_term_free(both[0]);
  }
  return key;
}

// S-ETS-4, S-ETS-6: keys are large, and given in other blocks each time.
TEST_F(EtsTest, large_keys_are_keys_like_any_others) {
  const Attached me;
  const rsp_ref table = table_of(me);
  constexpr int64_t KEYS = 20;
  const auto with_key = [&](int64_t number, const auto& deed) {
    const rsp_term key = large_key(number);
    deed(key);
    rsp_term_free(key);
  };
  for (int64_t i = 0; i < KEYS; ++i) {
    with_key(i, [&](rsp_term key) { EXPECT_EQ(rsp_ets_insert(me, table, key, int_term(-1)), RSP_OK); });
    with_key(i, [&](rsp_term key) { EXPECT_EQ(rsp_ets_insert(me, table, key, int_term(i)), RSP_OK); });
  }
  EXPECT_EQ(info(table, "size"), std::to_string(KEYS));
  // A walk that names where it is by the same key in another block.
  int64_t walked = 0;
  rsp_term key = NIL;
  rsp_term value = NIL;
  rsp_result result = rsp_ets_first(me, &key, &value, table);
  for (; result == RSP_OK; ++walked) {
    const int64_t number = as_int(value);
    rsp_term_free(key);
    rsp_term_free(value);
    with_key(number, [&](rsp_term behind) { result = rsp_ets_next(me, &key, &value, table, behind); });
  }
  EXPECT_EQ(result, RSP_EMISMATCH);
  EXPECT_EQ(walked, KEYS);
  for (int64_t i = 0; i < KEYS; ++i) {
    with_key(i, [&](rsp_term of) { EXPECT_EQ(look_up(me, table, of), std::to_string(i)); });
    int64_t sum = 0;
    with_key(
        i, [&](rsp_term of) { EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, of, 1, nullptr), RSP_OK); });
    EXPECT_EQ(sum, i + 1);
    with_key(i, [&](rsp_term of) { EXPECT_EQ(take(me, table, of), std::to_string(i + 1)); });
  }
  EXPECT_EQ(info(table, "size"), "0");
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
  EXPECT_EQ(info(table, "id"), show_ref(table));
  EXPECT_EQ(info(table, "name"), "ets_b");
  EXPECT_EQ(info(table, "owner"), show_pid(me.pid()));
  EXPECT_EQ(info(table, "heir"), show_pid(heir));
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
