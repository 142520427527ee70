// Tables under load, and where memory is short.
#include <atomic>

#include "tests/stress/stress.hpp"
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"
#endif

using namespace capi_test;
using namespace stress;

namespace {

constexpr rsp_ref NO_REF = {};

rsp_ref table_of(rsp_self* self, rsp_ets_access access = RSP_ETS_PUBLIC, rsp_pid heir = NO_PID) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  opts.access = access;
  opts.heir = heir;
  opts.heir_data = word("hello");
  rsp_ref table = NO_REF;
  EXPECT_EQ(rsp_ets_new(self, &table, &opts), RSP_OK);
  return table;
}

/** One entry of what rsp_ets_info says, as text; or the name of a code. */
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

class EtsStress : public StressTest {};

// S-ETS-4, S-ETS-5, S-ETS-6
TEST_F(EtsStress, many_read_and_write_one_table_and_each_sees_whole_entries) {
  constexpr int64_t KEYS = 500;
  const Attached me;
  const rsp_ref table = table_of(me);
  const int rounds = scale(20'000);
  std::atomic<int64_t> added{0};
  in_threads(6, [&](int number) {
    Random random(static_cast<uint64_t>(number) + 1);
    for (int i = 0; i < rounds; ++i) {
      const int64_t n = static_cast<int64_t>(random.below(KEYS));
      const rsp_term key = rsp_term_int(n);
      rsp_term value = NIL;
      int64_t sum = 0;
      const int64_t initial = 0;
      switch (random.below(8)) {
        case 0:
        case 1: {
          // The value names its key.
          rsp_term pair = NIL;
          const rsp_term both[] = {key, rsp_term_int(i)};
          EXPECT_EQ(rsp_term_tuple(&pair, both, 2), RSP_OK);
          EXPECT_EQ(rsp_ets_insert(nullptr, table, key, pair), RSP_OK);
          rsp_term_free(pair);
          break;
        }
        case 2:
          EXPECT_EQ(rsp_ets_delete_key(nullptr, table, key), RSP_OK);
          break;
        case 3:
          EXPECT_EQ(rsp_ets_update_counter(nullptr, &sum, table, word("sum"), 1, &initial), RSP_OK);
          ++added;
          break;
        case 4:
          if (i % 100 == 0) {
            EXPECT_EQ(rsp_ets_tab2list(nullptr, &value, table), RSP_OK);
          } else if (rsp_ets_take(nullptr, &value, table, key) == RSP_OK) {
            EXPECT_EQ(rsp_ets_insert(nullptr, table, key, value), RSP_OK);
          }
          break;
        case 5: {
          const rsp_result walked = rsp_ets_next(nullptr, &value, nullptr, table, key);
          EXPECT_TRUE(walked == RSP_OK || walked == RSP_EMISMATCH) << rsp_result_name(walked);
          break;
        }
        default:
          if (rsp_ets_lookup(nullptr, &value, table, key) == RSP_OK) {
            rsp_term named = NIL;
            EXPECT_EQ(rsp_term_element(&named, value, 0), RSP_OK);
            EXPECT_EQ(show(named), show(key));
          }
      }
      rsp_term_free(value);
    }
  });
  int64_t sum = 0;
  EXPECT_EQ(rsp_ets_update_counter(me, &sum, table, word("sum"), 0, nullptr), RSP_OK);
  EXPECT_EQ(sum, added);
}

// S-ETS-7, S-ETS-8, S-ETS-9
TEST_F(EtsStress, tables_go_from_hand_to_hand_while_hands_die_and_readers_read) {
  const Attached me;
  const int rounds = scale(3000);
  std::atomic<bool> over{false};
  std::atomic<uint64_t> shared[2] = {};  // the number and the slot of a table that is about
  std::thread reader([&] {
    while (!over) {
      const uint64_t number = shared[0];
      rsp_ref table = {
          0, 0, {static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32), 0, 0, 0}, 5};
      table.words[4] = static_cast<uint32_t>(shared[1]);
      rsp_term value = NIL;
      const rsp_result read = rsp_ets_lookup(nullptr, &value, table, word("x"));
      EXPECT_TRUE(read == RSP_OK || read == RSP_ENOTABLE || read == RSP_EMISMATCH) << rsp_result_name(read);
      if (read == RSP_OK) {
        EXPECT_EQ(show(value), "hello");
      }
      rsp_term_free(value);
    }
  });
  for (int round = 0; round < rounds; ++round) {
    const rsp_pid receiver = spawn_idle(me);
    const rsp_pid own = me.pid();
    rsp_ref table = NO_REF;
    const rsp_pid giver = spawn(me,
                                [&, own, receiver](rsp_self* self, rsp_msg* message) {
                                  if (message == nullptr) {
                                    table = table_of(self, RSP_ETS_PROTECTED, own);
                                    EXPECT_EQ(rsp_ets_insert(self, table, word("x"), word("hello")), RSP_OK);
                                    EXPECT_EQ(rsp_send(self, own, word("made")), RSP_OK);
                                    return RSP_NEXT_CONTINUE;
                                  }
                                  const rsp_result given = rsp_ets_give_away(self, table, receiver, NIL);
                                  EXPECT_TRUE(given == RSP_OK || given == RSP_ENOPROC || given == RSP_EXITING)
                                      << rsp_result_name(given);
                                  return RSP_NEXT_STOP;
                                },
                                {.start = true});
    EXPECT_EQ(text_of(me.receive()), "made");
    shared[1] = table.words[4];
    shared[0] = uint64_t{table.words[1]} << 32 | table.words[0];
    ASSERT_EQ(rsp_send(me, giver, NIL), RSP_OK);
    ASSERT_EQ(rsp_exit_signal(me, receiver, word("kill")), RSP_OK);
    if (round % 2 == 0) {
      ASSERT_EQ(rsp_exit_signal(me, giver, word("kill")), RSP_OK);
    }
    EXPECT_EQ(text_of(me.receive()).substr(0, 15), "{'ETS-TRANSFER'");  // whoever had it last
    EXPECT_EQ(info(table, "owner"), show(rsp_term_pid(own)));
    ASSERT_EQ(rsp_ets_delete(me, table), RSP_OK);
    (void)me.end_of(giver);
    (void)me.end_of(receiver);
    wait_until(
        [] { return stats().zombies == 0; });  // the giver's code, taken for stuck, may outlive the giver
  }
  over = true;
  reader.join();
}

// S-ETS-9
TEST_F(EtsStress, an_owner_of_many_entries_does_not_keep_others_waiting) {
  const int64_t keys = scale(300'000);
  const Attached me;
  rsp_ref table = NO_REF;
  const rsp_pid own = me.pid();
  const rsp_pid owner = spawn(me,
                              [&, own](rsp_self* self, rsp_msg* message) {
                                if (message != nullptr) return RSP_NEXT_CONTINUE;
                                table = table_of(self);
                                for (int64_t i = 0; i < keys; ++i)
                                  EXPECT_EQ(rsp_ets_insert(self, table, rsp_term_int(i), NIL), RSP_OK);
                                EXPECT_EQ(rsp_send(self, own, word("made")), RSP_OK);
                                return RSP_NEXT_CONTINUE;
                              },
                              {.start = true});
  EXPECT_EQ(text_of(me.receive()), "made");
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  // The DOWN is here, and the contents are not freed yet: each worker gives others their turns meanwhile.
  EXPECT_EQ(info(table, "size"), "RSP_ENOTABLE");
  const rsp_pid echo = spawn_echo(me);
  ASSERT_EQ(rsp_send(me, echo, word("hello")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "hello");
  (void)me.exit(echo, "kill");
}

#ifdef RESPROUT_FAULT_INJECTION

const Scenario SCENARIOS[] = {
    {"ets_new",
     [](const Attached& me) {
       rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
       opts.name = atom("hello");
       opts.heir = spawn_idle(me);
       opts.heir_data = list_of_words();
       rsp_ref table = NO_REF;
       const rsp_result result = scarce([&] { return rsp_ets_new(me, &table, &opts); });
       rsp_ref found = NO_REF;
       EXPECT_EQ(rsp_ets_whereis(&found, opts.name), RSP_OK);
       EXPECT_EQ(found, table);  // written only on RSP_OK
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       }
       rsp_term_free(opts.heir_data);
       kill(me, opts.heir);
       return result;
     }},
    {"ets_insert",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       for (int64_t i = 0; i < 40; ++i) EXPECT_EQ(rsp_ets_insert(me, table, rsp_term_int(i), NIL), RSP_OK);
       rsp_result result = RSP_OK;
       // Some come when the table would grow, which it can do without.
       for (int64_t i = 40; i < 80 && result == RSP_OK; ++i) {
         result = scarce([&] { return rsp_ets_insert(me, table, rsp_term_int(i), word("x")); });
         EXPECT_EQ(info(table, "size"), std::to_string(result == RSP_OK ? i + 1 : i));
       }
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       return result;
     }},
    {"ets_insert_in_the_place_of_another",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       EXPECT_EQ(rsp_ets_insert(me, table, word("x"), word("hello")), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_ets_insert(me, table, word("x"), word("bored")); });
       rsp_term value = NIL;
       EXPECT_EQ(rsp_ets_lookup(me, &value, table, word("x")), RSP_OK);
       EXPECT_EQ(show(value), result == RSP_OK ? "bored" : "hello");
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       return result;
     }},
    {"ets_insert_new",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       const rsp_term key = list_of_words();
       bool inserted = false;
       const rsp_result result =
           scarce([&] { return rsp_ets_insert_new(me, &inserted, table, key, word("x")); });
       EXPECT_EQ(inserted, result == RSP_OK);
       EXPECT_EQ(info(table, "size"), result == RSP_OK ? "1" : "0");
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       rsp_term_free(key);
       return result;
     }},
    {"ets_update_counter",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       const int64_t initial = 1;
       int64_t sum = 0;
       const rsp_result result =
           scarce([&] { return rsp_ets_update_counter(me, &sum, table, word("x"), 1, &initial); });
       EXPECT_EQ(sum, result == RSP_OK ? 2 : 0);
       EXPECT_EQ(info(table, "size"), result == RSP_OK ? "1" : "0");
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       return result;
     }},
    {"ets_tab2list_and_info",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       for (int64_t i = 0; i < 150; ++i) EXPECT_EQ(rsp_ets_insert(me, table, rsp_term_int(i), NIL), RSP_OK);
       rsp_term list = NIL;
       rsp_term all = NIL;
       rsp_result result = scarce([&] { return rsp_ets_tab2list(me, &list, table); });
       rsp_term_free(list);
       if (result == RSP_OK) {
         result = scarce([&] { return rsp_ets_info(&all, table); });
         rsp_term_free(all);
       }
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       return result;
     }},
    {"ets_give_away",
     [](const Attached& me) {
       const rsp_pid heir = spawn_idle(me);
       const rsp_pid to = spawn_idle(me);
       const rsp_ref table = table_of(me, RSP_ETS_PROTECTED, heir);
       const rsp_term data = list_of_words();
       const rsp_result result = scarce([&] { return rsp_ets_give_away(me, table, to, data); });
       rsp_term_free(data);
       EXPECT_EQ(info(table, "owner"), show(rsp_term_pid(result == RSP_OK ? to : me.pid())));
       kill(me, to);
       if (result == RSP_OK) {
         EXPECT_EQ(info(table, "owner"), show(rsp_term_pid(heir)));
       } else {
         EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       }
       kill(me, heir);
       return result;
     }},
    {"ets_set_heir",
     [](const Attached& me) {
       const rsp_pid heir = spawn_idle(me);
       const rsp_ref table = table_of(me);
       const rsp_result result = scarce([&] { return rsp_ets_set_heir(me, table, heir, word("x")); });
       EXPECT_EQ(info(table, "heir"), result == RSP_OK ? show(rsp_term_pid(heir)) : "none");
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       kill(me, heir);
       return result;
     }},
    {"ets_what_needs_none",
     [](const Attached& me) {
       const rsp_ref table = table_of(me);
       for (int64_t i = 0; i < 1200; ++i) EXPECT_EQ(rsp_ets_insert(me, table, rsp_term_int(i), NIL), RSP_OK);
       bool flag = false;
       rsp_term out = NIL;
       EXPECT_EQ(scarce([&] { return rsp_ets_lookup(me, &out, table, rsp_term_int(1)); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_ets_member(me, &flag, table, rsp_term_int(1)); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_ets_take(me, &out, table, rsp_term_int(1)); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_ets_delete_key(me, table, rsp_term_int(2)); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_ets_first(me, &out, nullptr, table); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_ets_next(me, &out, nullptr, table, out); }), RSP_OK);
       rsp_ref found = NO_REF;
       EXPECT_EQ(scarce([&] { return rsp_ets_whereis(&found, atom("hello")); }), RSP_OK);
       return scarce([&] { return rsp_ets_delete(me, table); });
     }},
    {"ets_inherited",
     [](const Attached& me) {
       const rsp_pid heir = me.pid();
       rsp_ref table = NO_REF;
       const rsp_pid owner = spawn(me,
                                   [&table, heir](rsp_self* self, rsp_msg* message) {
                                     if (message != nullptr) return RSP_NEXT_STOP;
                                     table = table_of(self, RSP_ETS_PROTECTED, heir);
                                     EXPECT_EQ(rsp_send(self, heir, word("x")), RSP_OK);
                                     return RSP_NEXT_CONTINUE;
                                   },
                                   {.start = true});
       EXPECT_EQ(text_of(me.receive()), "x");
       const rsp_ref monitor = me.monitor(owner);
       const rsp_term go = word("hello");
       const rsp_result result = scarce([&] { return rsp_send(me, owner, go); });
       if (result != RSP_OK) kill(me, owner);
       EXPECT_EQ(text_of(me.receive()).substr(0, 15), "{'ETS-TRANSFER'");
       EXPECT_EQ(rsp_demonitor(me, nullptr, monitor, true), RSP_OK);
       EXPECT_EQ(rsp_ets_delete(me, table), RSP_OK);
       return result;
     }},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfTables, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

#endif

}  // namespace
