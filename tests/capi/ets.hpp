// What the tests of tables share: tables in one line, and what is in them as text.
#pragma once

#include "tests/capi/support.hpp"

namespace capi_test {

constexpr rsp_ref NO_REF = {};

struct TableHow {
  const char* name = nullptr;
  rsp_ets_access access = RSP_ETS_PROTECTED;
  rsp_pid heir = NO_PID;
  rsp_term heir_data = NIL;
};

inline rsp_result make(rsp_self* self, rsp_ref* out, const TableHow& how = {}) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  if (how.name != nullptr) opts.name = atom(how.name);
  opts.access = how.access;
  opts.heir = how.heir;
  opts.heir_data = how.heir_data;
  return rsp_ets_new(self, out, &opts);
}

inline rsp_ref table_of(rsp_self* self, const TableHow& how = {}) {
  rsp_ref table = NO_REF;
  EXPECT_EQ(make(self, &table, how), RSP_OK);
  return table;
}

inline std::string said(rsp_result result, rsp_term term) {
  if (result != RSP_OK) return rsp_result_name(result);
  const std::string text = show(term);
  rsp_term_free(term);
  return text;
}

inline std::string look_up(rsp_self* self, rsp_ref table, rsp_term key) {
  rsp_term found = NIL;
  const rsp_result result = rsp_ets_lookup(self, &found, table, key);
  return said(result, found);
}

inline std::string take(rsp_self* self, rsp_ref table, rsp_term key) {
  rsp_term found = NIL;
  const rsp_result result = rsp_ets_take(self, &found, table, key);
  return said(result, found);
}

inline rsp_term int_term(int64_t value) { return rsp_term_int(value); }

/** One part of what rsp_ets_info says. */
inline std::string info(rsp_ref table, const char* key) {
  rsp_term all = NIL;
  const rsp_result result = rsp_ets_info(&all, table);
  if (result != RSP_OK) return rsp_result_name(result);
  rsp_term part = NIL;
  EXPECT_EQ(rsp_term_map_get(&part, all, word(key)), RSP_OK);
  const std::string text = show(part);
  rsp_term_free(all);
  return text;
}

inline size_t count(rsp_self* self, rsp_ref table) {
  rsp_term list = NIL;
  size_t size = SIZE_MAX;
  EXPECT_EQ(rsp_ets_tab2list(self, &list, table), RSP_OK);
  EXPECT_EQ(rsp_term_size(&size, list), RSP_OK);
  rsp_term_free(list);
  return size;
}

inline std::string show_ref(rsp_ref ref) {
  rsp_term term = NIL;
  EXPECT_EQ(rsp_term_ref(&term, ref), RSP_OK);
  return said(RSP_OK, term);
}

inline std::string show_pid(rsp_pid pid) { return show(rsp_term_pid(pid)); }

inline std::string transfer(rsp_ref table, rsp_pid from, const char* data) {
  return "{'ETS-TRANSFER'," + show_ref(table) + "," + show_pid(from) + "," + data + "}";
}

/** A process that runs `code` at its start, and then takes every message. It has run. */
inline rsp_pid spawn_that(const Attached& me, std::function<void(rsp_self*)> code) {
  const rsp_pid own = me.pid();
  const rsp_pid pid = spawn(me,
                            [code = std::move(code), own](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              code(self);
                              EXPECT_EQ(rsp_send(self, own, word("ran")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  EXPECT_EQ(text_of(me.receive()), "ran");
  return pid;
}

/** One that has made a table. */
inline rsp_pid spawn_owner(const Attached& me, rsp_ref* table, TableHow how = {}) {
  return spawn_that(me, [table, how](rsp_self* self) { *table = table_of(self, how); });
}

class EtsTest : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

}  // namespace capi_test
