// resprout/relation.h: links, monitors, aliases.
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Relations : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-LINK-2
TEST_F(Relations, a_link_carries_the_reason_to_the_other_end) {
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  const rsp_pid pid = spawn_idle(me);
  ASSERT_EQ(rsp_link(me, pid), RSP_OK);
  ASSERT_EQ(rsp_link(me, pid), RSP_OK);  // S-LINK-1
  ASSERT_EQ(rsp_exit_signal(me, pid, word("snapped")), RSP_OK);
  const Message exit = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(exit.get()), RSP_MSG_EXIT);
  EXPECT_EQ(rsp_msg_from(exit.get()), pid);
  EXPECT_EQ(text_of(exit), "snapped");
  (void)me.end_of(pid);
  EXPECT_FALSE(me.has_message());
}

// S-LINK-3, S-LINK-4
TEST_F(Relations, linking_to_the_dead_fails_or_is_told) {
  const Attached me;
  const rsp_pid dead = dead_pid(me);
  EXPECT_EQ(rsp_link(me, dead), RSP_ENOPROC);
  EXPECT_EQ(rsp_unlink(me, dead), RSP_OK);
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  EXPECT_EQ(rsp_link(me, dead), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "noproc");
  EXPECT_EQ(rsp_link_async(me, dead), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "noproc");
  const rsp_pid victim = spawn(me, [dead](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_link_async(self, dead), RSP_OK);
    EXPECT_EQ(rsp_checkpoint(self), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(me.end_by_message(victim), "noproc");
}

// S-LINK-6, S-LINK-7
TEST_F(Relations, an_unlinked_end_tells_nothing_that_was_not_there) {
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  for (int i = 0; i < 500; ++i) {
    const rsp_pid pid = spawn_idle(me);
    ASSERT_EQ(rsp_link(me, pid), RSP_OK);
    const rsp_ref ref = me.monitor(pid);
    ASSERT_EQ(rsp_exit_signal(me, pid, word("gone")), RSP_OK);
    ASSERT_EQ(rsp_unlink(me, pid), RSP_OK);
    Message message = me.receive_within(0);
    if (message != nullptr && rsp_msg_get_kind(message.get()) == RSP_MSG_EXIT) message = me.receive();
    if (message == nullptr) message = me.receive();
    EXPECT_EQ(rsp_msg_get_kind(message.get()), RSP_MSG_DOWN);
    EXPECT_EQ(rsp_msg_ref(message.get()), ref);
    EXPECT_EQ(rsp_unlink(me, pid), RSP_OK);
    EXPECT_FALSE(me.has_message());
  }
}

// S-LINK-5
TEST_F(Relations, linking_to_oneself_does_nothing) {
  const Attached me;
  EXPECT_EQ(rsp_link(me, me.pid()), RSP_OK);
  EXPECT_EQ(rsp_link_async(me, me.pid()), RSP_OK);
  EXPECT_EQ(rsp_unlink(me, me.pid()), RSP_OK);
}

// S-PROC-7. The death takes several slices, and whoever was told in the first would find most of it undone.
TEST_F(Relations, of_the_dead_are_gone_before_anybody_hears_of_the_death) {
  constexpr int WATCHED = 5000;
  const Attached me;
  std::vector<rsp_pid> watched;
  for (int i = 0; i < WATCHED; ++i) watched.push_back(spawn_idle(me));
  const rsp_pid watcher = spawn(me, [&watched](rsp_self* self, rsp_msg* message) {
    for (const rsp_pid pid : watched) {
      rsp_ref ref = {};
      EXPECT_EQ(rsp_monitor(self, &ref, pid, nullptr), RSP_OK);
    }
    EXPECT_EQ(rsp_send(self, rsp_msg_from(message), NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  (void)me.monitor(watcher);
  ASSERT_EQ(rsp_send(me, watcher, NIL), RSP_OK);
  (void)me.receive();
  ASSERT_EQ(rsp_exit_signal(me, watcher, word("kill")), RSP_OK);
  EXPECT_EQ(rsp_msg_get_kind(me.receive().get()), RSP_MSG_DOWN);
  rsp_term info = NIL;
  ASSERT_EQ(rsp_process_info(me, &info, watched.back(), RSP_INFINITE), RSP_OK);
  rsp_term watchers = NIL;
  ASSERT_EQ(rsp_term_map_get(&watchers, info, word("monitored_by")), RSP_OK);
  EXPECT_EQ(show(watchers), "[]");
  rsp_term_free(info);
}

// S-MON-1, S-MON-2, S-MON-5
TEST_F(Relations, each_monitor_tells_once) {
  const Attached me;
  const rsp_pid pid = spawn_idle(me);
  const rsp_ref first = me.monitor(pid);
  const rsp_ref second = me.monitor(pid);
  EXPECT_FALSE(first == second);
  ASSERT_EQ(rsp_exit_signal(me, pid, word("done")), RSP_OK);
  for (const rsp_ref& ref : {first, second}) {
    const Message down = me.receive();
    EXPECT_EQ(rsp_msg_get_kind(down.get()), RSP_MSG_DOWN);
    EXPECT_EQ(rsp_msg_ref(down.get()), ref);
    EXPECT_EQ(rsp_msg_from(down.get()), pid);
    EXPECT_EQ(rsp_msg_tag(down.get()).id, atom("DOWN").id);
    EXPECT_EQ(rsp_msg_name(down.get()).id, 0u);
    EXPECT_EQ(text_of(down), "done");
  }
  me.monitor(pid);
  EXPECT_EQ(text_of(me.receive()), "noproc");
  EXPECT_FALSE(me.has_message());
}

// S-MON-3
TEST_F(Relations, a_monitor_by_name_says_the_name) {
  const Attached me;
  const rsp_atom name = atom("relation_test_name");
  rsp_ref ref = {};
  ASSERT_EQ(rsp_monitor_name(me, &ref, name, nullptr), RSP_OK);
  Message down = me.receive();
  EXPECT_EQ(text_of(down), "noproc");
  EXPECT_EQ(rsp_msg_name(down.get()).id, name.id);
  const rsp_pid pid = spawn_idle(me);
  ASSERT_EQ(rsp_register(me, name, pid), RSP_OK);
  ASSERT_EQ(rsp_monitor_name(me, &ref, name, nullptr), RSP_OK);
  ASSERT_EQ(rsp_unregister(me, name), RSP_OK);
  ASSERT_EQ(rsp_exit_signal(me, pid, word("kill")), RSP_OK);
  down = me.receive();
  EXPECT_EQ(text_of(down), "killed");
  EXPECT_EQ(rsp_msg_ref(down.get()), ref);
  EXPECT_EQ(rsp_msg_name(down.get()).id, name.id);
}

// S-MON-4
TEST_F(Relations, a_monitor_of_oneself_never_fires) {
  const Attached me;
  const rsp_ref ref = me.monitor(me.pid());
  bool removed = true;
  EXPECT_EQ(rsp_demonitor(me, &removed, ref, false), RSP_OK);
  EXPECT_FALSE(removed);
  EXPECT_FALSE(me.has_message());
}

// S-MON-6, S-MON-7, S-MON-8
TEST_F(Relations, demonitor_says_whether_the_monitor_was_active) {
  const Attached me;
  const rsp_pid pid = spawn_idle(me);
  const rsp_ref active = me.monitor(pid);
  bool removed = false;
  EXPECT_EQ(rsp_demonitor(me, &removed, active, false), RSP_OK);
  EXPECT_TRUE(removed);
  EXPECT_EQ(rsp_demonitor(me, &removed, active, true), RSP_OK);
  EXPECT_FALSE(removed);
  const rsp_ref fired = me.monitor(pid);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(rsp_demonitor(me, &removed, fired, false), RSP_OK);
  EXPECT_FALSE(removed);
  EXPECT_EQ(rsp_demonitor(me, nullptr, fired, true), RSP_OK);  // takes the DOWN out
  EXPECT_FALSE(me.has_message());
}

// S-MON-10
TEST_F(Relations, a_tag_stands_in_for_down) {
  const Attached me;
  rsp_monitor_opts options = RSP_MONITOR_OPTS_INIT;
  options.tag = atom("server_gone");
  rsp_ref ref = {};
  ASSERT_EQ(rsp_monitor(me, &ref, dead_pid(me), &options), RSP_OK);
  EXPECT_EQ(rsp_msg_tag(me.receive().get()).id, options.tag.id);
}

// S-ALIAS-1, S-ALIAS-2, S-ALIAS-3
TEST_F(Relations, an_alias_is_a_destination_until_it_is_off) {
  const Attached me;
  rsp_ref lasting = {};
  ASSERT_EQ(rsp_alias(me, &lasting, RSP_ALIAS_EXPLICIT), RSP_OK);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(rsp_send_alias(nullptr, lasting, rsp_term_int(i)), RSP_OK);
    const Message message = me.receive();
    EXPECT_EQ(as_int(rsp_msg_term(message.get())), i);
    EXPECT_EQ(rsp_msg_ref(message.get()), lasting);
  }
  bool was_on = false;
  EXPECT_EQ(rsp_unalias(me, &was_on, lasting), RSP_OK);
  EXPECT_TRUE(was_on);
  EXPECT_EQ(rsp_send_alias(nullptr, lasting, NIL), RSP_OK);
  EXPECT_EQ(rsp_unalias(me, &was_on, lasting), RSP_OK);
  EXPECT_FALSE(was_on);
  rsp_ref once = {};
  ASSERT_EQ(rsp_alias(me, &once, RSP_ALIAS_REPLY), RSP_OK);
  EXPECT_EQ(rsp_send_alias(nullptr, once, word("first")), RSP_OK);
  EXPECT_EQ(rsp_send_alias(nullptr, once, word("second")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "first");
  EXPECT_FALSE(me.has_message());
}

// S-ALIAS-4
TEST_F(Relations, the_alias_of_a_monitor_ends_as_its_mode_says) {
  const Attached me;
  const auto still_on = [&](rsp_alias_mode mode, bool demonitored) {
    rsp_monitor_opts options = RSP_MONITOR_OPTS_INIT;
    options.alias = mode;
    rsp_ref ref = {};
    const rsp_pid pid = spawn_idle(me);
    EXPECT_EQ(rsp_monitor(me, &ref, pid, &options), RSP_OK);
    if (demonitored) {
      EXPECT_EQ(rsp_demonitor(me, nullptr, ref, false), RSP_OK);
    } else {
      EXPECT_EQ(rsp_send_alias(nullptr, ref, NIL), RSP_OK);
      EXPECT_NE(me.receive(), nullptr);
    }
    EXPECT_EQ(rsp_send_alias(nullptr, ref, NIL), RSP_OK);
    const bool on = me.has_message();
    EXPECT_EQ(rsp_unalias(me, nullptr, ref), RSP_OK);
    return on;
  };
  EXPECT_TRUE(still_on(RSP_ALIAS_EXPLICIT, true));
  EXPECT_TRUE(still_on(RSP_ALIAS_EXPLICIT, false));
  EXPECT_FALSE(still_on(RSP_ALIAS_DEMONITOR, true));
  EXPECT_TRUE(still_on(RSP_ALIAS_DEMONITOR, false));
  EXPECT_FALSE(still_on(RSP_ALIAS_REPLY, true));
  EXPECT_FALSE(still_on(RSP_ALIAS_REPLY, false));
}

// S-NAT-8: the bit is in no pid and no reference number; inside, it keeps links and references apart.
TEST_F(Relations, are_not_found_by_what_differs_from_them_by_one_bit) {
  constexpr uint64_t TOP_BIT = uint64_t{1} << 63;
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  const rsp_pid linked = spawn_idle(me, {.link = true});
  rsp_pid forged = linked;
  forged.id |= TOP_BIT;
  EXPECT_EQ(rsp_unlink(me, forged), RSP_OK);
  rsp_ref no_request = {};
  ASSERT_EQ(rsp_make_ref(me, &no_request), RSP_OK);
  no_request.words[0] = static_cast<uint32_t>(forged.id);
  no_request.words[1] = static_cast<uint32_t>(forged.id >> 32);
  rsp_msg* answer = nullptr;
  EXPECT_EQ(rsp_receive_response(me, &answer, no_request, 0), RSP_EINVAL);
  ASSERT_EQ(rsp_exit_signal(me, linked, word("gone")), RSP_OK);
  const Message exit = me.receive();
  EXPECT_EQ(rsp_msg_get_kind(exit.get()), RSP_MSG_EXIT);
  EXPECT_EQ(text_of(exit), "gone");
}

}  // namespace
