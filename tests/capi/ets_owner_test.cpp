// resprout/ets.h: whose a table is.
#include <atomic>

#include "tests/capi/ets.hpp"

using namespace capi_test;

namespace {

// S-ETS-9
TEST_F(EtsTest, ends_with_its_owner) {
  const Attached me;
  rsp_ref table = NO_REF;
  const rsp_pid owner = spawn_owner(me, &table, {.name = "ets_c"});
  EXPECT_EQ(info(table, "owner"), show_pid(owner));
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
  EXPECT_EQ(text_of(me.receive_within(0)), transfer(table, owner, "data"));  // came before the DOWN
  EXPECT_EQ(info(table, "owner") + info(table, "heir"), show_pid(me.pid()) + show_pid(me.pid()));
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
  EXPECT_EQ(info(table, "heir"), show_pid(heir));
  EXPECT_EQ(rsp_ets_set_heir(me, table, dead_pid(me), NIL), RSP_OK);
  EXPECT_EQ(info(table, "heir"), "none");
  rsp_ref other = NO_REF;
  const rsp_pid own = me.pid();
  const rsp_pid owner = spawn_that(me, [&other, own](rsp_self* self) {
    other = table_of(self, {.heir = own, .heir_data = word("first")});
    EXPECT_EQ(rsp_ets_set_heir(self, other, own, word("second")), RSP_OK);
  });
  EXPECT_EQ(me.exit(owner, "boom"), "boom");
  EXPECT_EQ(text_of(me.receive_within(0)), transfer(other, owner, "second"));
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
  EXPECT_EQ(text_of(me.receive_within(0)), transfer(table, giver, "gift"));
  EXPECT_EQ(info(table, "owner"), show_pid(me.pid()));
  EXPECT_EQ(look_up(me, table, word("x")), "1");
  EXPECT_EQ(rsp_ets_give_away(me, table, dead_pid(me), NIL), RSP_ENOPROC);
  EXPECT_EQ(info(table, "owner"), show_pid(me.pid()));
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
  EXPECT_EQ(text_of(me.receive_within(0)), transfer(table, second, "data"));
  // Its heir now owns it; given to another one, it would come back.
  const rsp_pid third = spawn_idle(me);
  EXPECT_EQ(rsp_ets_give_away(me, table, third, NIL), RSP_OK);
  EXPECT_EQ(me.exit(third, "kill"), "killed");
  EXPECT_EQ(text_of(me.receive_within(0)), transfer(table, third, "data"));
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
  EXPECT_EQ(text_of(me.receive()), "full");
  EXPECT_EQ(text_of(me.receive()).substr(0, 15), "{'ETS-TRANSFER'");
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
  EXPECT_EQ(text_of(me.receive()), "found");
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
  EXPECT_EQ(text_of(me.receive()), "inside");
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  EXPECT_EQ(info(table, "size"), "RSP_ENOTABLE");
  (void)table_of(me, {.name = "ets_f"});
  killed = true;
  wait_until([&] { return over.load(); });
}

// S-ETS-3: what code does in a section its process does, until that has ended.
TEST_F(EtsTest, in_a_section_the_process_is_the_owner_and_the_dead_write_nothing) {
  const Attached me;
  std::atomic<bool> killed{false};
  std::atomic<bool> over{false};
  const rsp_ref shared = table_of(me, {.access = RSP_ETS_PUBLIC});
  const rsp_pid own = me.pid();
  const rsp_pid owner =
      spawn(me,
            [&, own](rsp_self* self, rsp_msg*) {
              const rsp_ref table = table_of(self, {.access = RSP_ETS_PRIVATE});
              EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
              EXPECT_EQ(rsp_ets_insert(nullptr, table, word("x"), int_term(1)), RSP_OK);
              EXPECT_EQ(look_up(nullptr, table, word("x")), "1");
              EXPECT_EQ(rsp_ets_insert(nullptr, shared, word("x"), int_term(1)), RSP_OK);
              EXPECT_EQ(rsp_send(nullptr, own, word("inside")), RSP_OK);
              wait_until([&] { return killed.load(); });
              EXPECT_EQ(rsp_ets_insert(nullptr, shared, word("x"), int_term(2)), RSP_EXITING);
              EXPECT_EQ(rsp_ets_delete(nullptr, shared), RSP_EXITING);
              EXPECT_EQ(look_up(nullptr, shared, word("x")), "RSP_EXITING");
              EXPECT_EQ(rsp_ets_insert(nullptr, table, word("x"), int_term(2)), RSP_ENOTABLE);
              EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
              over = true;
              return RSP_NEXT_STOP;
            },
            {.start = true});
  EXPECT_EQ(text_of(me.receive()), "inside");
  EXPECT_EQ(me.exit(owner, "kill"), "killed");
  killed = true;
  wait_until([&] { return over.load(); });
  EXPECT_EQ(look_up(me, shared, word("x")), "1");
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

}  // namespace
