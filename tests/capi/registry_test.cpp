// resprout/registry.h
#include <atomic>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

struct RegistryHow {
  rsp_registry_kind keys = RSP_REGISTRY_UNIQUE;
  std::vector<rsp_atom> listeners = {};
};

rsp_registry_opts opts_of(const char* name, const RegistryHow& how) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = atom(name);
  opts.keys = how.keys;
  opts.listeners = how.listeners.data();
  opts.listener_count = how.listeners.size();
  return opts;
}

rsp_pid start(const char* name, const RegistryHow& how = {}) {
  const rsp_registry_opts opts = opts_of(name, how);
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_registry_start(nullptr, &pid, nullptr, &opts, nullptr), RSP_OK);
  return pid;
}

rsp_result put(rsp_self* self, const char* name, rsp_term key, rsp_term value = NIL) {
  return rsp_registry_register(self, nullptr, atom(name), key, value);
}

std::string said(rsp_result result, rsp_term term) {
  if (result != RSP_OK) return rsp_result_name(result);
  const std::string text = show(term);
  rsp_term_free(term);
  return text;
}

std::string look_up(const char* name, rsp_term key) {
  rsp_term found = NIL;
  const rsp_result result = rsp_registry_lookup(&found, atom(name), key);
  return said(result, found);
}

std::string keys_of(const char* name, rsp_pid pid) {
  rsp_term found = NIL;
  const rsp_result result = rsp_registry_keys(&found, atom(name), pid);
  return said(result, found);
}

uint64_t count_of(const char* name) {
  uint64_t count = UINT64_MAX;
  EXPECT_EQ(rsp_registry_count(&count, atom(name)), RSP_OK);
  return count;
}

std::string pid_text(rsp_pid pid) { return show(rsp_term_pid(pid)); }

/** A process that runs `code` at its start, and then takes every message. It has run. */
rsp_pid spawn_that(const Attached& me, std::function<void(rsp_self*)> code, bool trap_exit = false) {
  const rsp_pid own = me.pid();
  const rsp_pid pid = spawn(me,
                            [code = std::move(code), own](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              code(self);
                              EXPECT_EQ(rsp_send(self, own, word("ran")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.trap_exit = trap_exit, .start = true});
  EXPECT_EQ(text_of(me.receive()), "ran");
  return pid;
}

class Registry : public testing::Test {
 protected:
  const Runtime runtime_{2};
};

// S-REG-1, S-REG-2, S-REG-3
TEST_F(Registry, finds_processes_by_keys_and_keys_by_processes) {
  const Attached me;
  start("reg_a");
  EXPECT_EQ(look_up("reg_a", word("x")), "[]");
  EXPECT_EQ(put(me, "reg_a", word("x"), rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(put(me, "reg_a", rsp_term_int(7), rsp_term_int(2)), RSP_OK);
  EXPECT_EQ(put(me, "reg_a", rsp_term_float(7.0), rsp_term_int(3)),
            RSP_OK);  // another key: exactly equal counts
  const rsp_pid other =
      spawn_that(me, [](rsp_self* self) { EXPECT_EQ(put(self, "reg_a", word("y")), RSP_OK); });
  EXPECT_EQ(look_up("reg_a", word("x")), "[{" + pid_text(me.pid()) + ",1}]");
  EXPECT_EQ(look_up("reg_a", word("y")), "[{" + pid_text(other) + ",nil}]");
  EXPECT_EQ(keys_of("reg_a", me.pid()), "[x,7,7.0]");
  EXPECT_EQ(keys_of("reg_a", other), "[y]");
  EXPECT_EQ(count_of("reg_a"), 4u);
  rsp_pid found = NO_PID;
  EXPECT_EQ(rsp_registry_whereis(&found, atom("reg_a"), word("y")), RSP_OK);
  EXPECT_EQ(found, other);
  EXPECT_EQ(rsp_registry_whereis(&found, atom("reg_a"), word("z")), RSP_OK);
  EXPECT_EQ(found, NO_PID);
  rsp_pid holder = NO_PID;
  EXPECT_EQ(rsp_registry_register(me, &holder, atom("reg_a"), word("y"), NIL), RSP_ENAMETAKEN);
  EXPECT_EQ(holder, other);
}

// S-REG-6, S-REG-7
TEST_F(Registry, keys_are_given_back_and_values_changed_by_their_owner_alone) {
  const Attached me;
  start("reg_b");
  ASSERT_EQ(put(me, "reg_b", word("x"), word("old")), RSP_OK);
  in_callback(me, [](rsp_self* self) {
    EXPECT_EQ(rsp_registry_unregister(self, atom("reg_b"), word("x")),
              RSP_OK);  // not its own: nothing happens
    rsp_term old = NIL;
    EXPECT_EQ(rsp_registry_update_value(self, &old, atom("reg_b"), word("x"), NIL), RSP_EMISMATCH);
  });
  rsp_term old = NIL;
  EXPECT_EQ(rsp_registry_update_value(me, &old, atom("reg_b"), word("x"), word("new")), RSP_OK);
  EXPECT_EQ(show(old), "old");
  EXPECT_EQ(rsp_registry_update_value(me, nullptr, atom("reg_b"), word("y"), NIL), RSP_EMISMATCH);
  EXPECT_EQ(look_up("reg_b", word("x")), "[{" + pid_text(me.pid()) + ",new}]");
  EXPECT_EQ(rsp_registry_unregister(me, atom("reg_b"), word("x")), RSP_OK);
  EXPECT_EQ(rsp_registry_unregister(me, atom("reg_b"), word("x")), RSP_OK);
  EXPECT_EQ(look_up("reg_b", word("x")), "[]");
  EXPECT_EQ(keys_of("reg_b", me.pid()), "[]");
  EXPECT_EQ(count_of("reg_b"), 0u);
}

/** A key of many nodes in few blocks, of which no other key has one. */
rsp_term large_key() {
  rsp_term key = word("x");
  for (int level = 0; level < 30; ++level) {
    const rsp_term both[] = {key, key};
    EXPECT_EQ(rsp_term_tuple(&key, both, 2), RSP_OK);
    rsp_term_free(both[0]);
  }
  return key;
}

// S-REG-2, S-REG-3
TEST_F(Registry, large_keys_are_keys_like_any_others) {
  start("registry_large");
  start("registry_large_dup", {.keys = RSP_REGISTRY_DUPLICATE});
  const Attached me;
  const rsp_term keys[] = {large_key(), large_key(), large_key()};
  EXPECT_EQ(put(me, "registry_large", keys[0], rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(put(me, "registry_large", keys[1]), RSP_ENAMETAKEN);
  EXPECT_EQ(count_of("registry_large"), 1u);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(put(me, "registry_large_dup", keys[i], rsp_term_int(i)), RSP_OK);
  const std::string pid = show(rsp_term_pid(me.pid()));
  EXPECT_EQ(look_up("registry_large", keys[2]), "[{" + pid + ",1}]");
  EXPECT_EQ(look_up("registry_large_dup", keys[2]), "[{" + pid + ",0},{" + pid + ",1},{" + pid + ",2}]");
  EXPECT_EQ(rsp_registry_unregister(me, atom("registry_large"), keys[2]), RSP_OK);
  EXPECT_EQ(rsp_registry_unregister(me, atom("registry_large_dup"), keys[1]), RSP_OK);
  EXPECT_EQ(count_of("registry_large") + count_of("registry_large_dup"), 0u);
  for (const rsp_term key : keys) rsp_term_free(key);
}

// S-REG-3, S-REG-6
TEST_F(Registry, duplicate_keys_belong_to_many_and_to_one_several_times) {
  const Attached me;
  start("reg_c", {.keys = RSP_REGISTRY_DUPLICATE});
  for (int64_t value = 1; value <= 3; ++value)
    EXPECT_EQ(put(me, "reg_c", word("x"), rsp_term_int(value)), RSP_OK);
  EXPECT_EQ(put(me, "reg_c", word("y")), RSP_OK);
  const rsp_pid other = spawn_that(
      me, [](rsp_self* self) { EXPECT_EQ(put(self, "reg_c", word("x"), word("theirs")), RSP_OK); });
  const std::string mine = pid_text(me.pid());
  EXPECT_EQ(look_up("reg_c", word("x")),
            "[{" + mine + ",1},{" + mine + ",2},{" + mine + ",3},{" + pid_text(other) + ",theirs}]");
  EXPECT_EQ(keys_of("reg_c", me.pid()), "[x,x,x,y]");
  rsp_pid found = NO_PID;
  EXPECT_EQ(rsp_registry_whereis(&found, atom("reg_c"), word("x")), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_update_value(me, nullptr, atom("reg_c"), word("x"), NIL), RSP_EINVAL);
  rsp_msg* reply = nullptr;
  EXPECT_EQ(rsp_call_via(me, &reply, nullptr, atom("reg_c"), word("x"), NIL, 0), RSP_EINVAL);
  EXPECT_EQ(rsp_cast_via(me, atom("reg_c"), word("x"), NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_send_via(me, atom("reg_c"), word("x"), NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_unregister(me, atom("reg_c"), word("x")), RSP_OK);
  EXPECT_EQ(look_up("reg_c", word("x")), "[{" + pid_text(other) + ",theirs}]");
  EXPECT_EQ(keys_of("reg_c", me.pid()), "[y]");
}

TEST_F(Registry, a_match_is_the_value_or_a_tuple_with_holes) {
  const Attached me;
  start("reg_d", {.keys = RSP_REGISTRY_DUPLICATE});
  rsp_term pairs[2];
  for (int64_t i = 0; i < 2; ++i) {
    const rsp_term elements[] = {word("room"), rsp_term_int(i)};
    ASSERT_EQ(rsp_term_tuple(&pairs[i], elements, 2), RSP_OK);
    ASSERT_EQ(put(me, "reg_d", word("x"), pairs[i]), RSP_OK);
  }
  ASSERT_EQ(put(me, "reg_d", word("x"), word("plain")), RSP_OK);
  const auto matches = [&](rsp_term pattern) {
    rsp_term found = NIL;
    const rsp_result result = rsp_registry_match(&found, atom("reg_d"), word("x"), pattern);
    size_t count = 0;
    EXPECT_EQ(result, RSP_OK);
    EXPECT_EQ(rsp_term_size(&count, found), RSP_OK);
    rsp_term_free(found);
    return count;
  };
  const rsp_term holes[] = {word("room"), word("_")};
  rsp_term pattern = NIL;
  ASSERT_EQ(rsp_term_tuple(&pattern, holes, 2), RSP_OK);
  EXPECT_EQ(matches(pattern), 2u);
  EXPECT_EQ(matches(pairs[1]), 1u);
  EXPECT_EQ(matches(word("plain")), 1u);
  EXPECT_EQ(matches(word("_")), 3u);
  EXPECT_EQ(matches(word("other")), 0u);
  for (const rsp_term term : {pattern, pairs[0], pairs[1]}) rsp_term_free(term);
}

// S-REG-4, S-REG-9
TEST_F(Registry, its_end_takes_those_along_who_have_keys_and_the_next_one_begins_with_nothing) {
  const Attached me;
  const rsp_pid registry = start("reg_e");
  const auto puts = [](const char* key) {
    return [key](rsp_self* self) { EXPECT_EQ(put(self, "reg_e", word(key)), RSP_OK); };
  };
  const rsp_pid plain = spawn_that(me, puts("a"));
  const rsp_pid trapping = spawn_that(me, puts("b"), true);
  const rsp_pid former = spawn_that(me, [](rsp_self* self) {
    EXPECT_EQ(put(self, "reg_e", word("c")), RSP_OK);
    EXPECT_EQ(put(self, "reg_e", word("b")), RSP_ENAMETAKEN);
    EXPECT_EQ(rsp_registry_unregister(self, atom("reg_e"), word("c")), RSP_OK);
  });
  const rsp_pid refused =
      spawn_that(me, [](rsp_self* self) { EXPECT_EQ(put(self, "reg_e", word("b")), RSP_ENAMETAKEN); });
  const rsp_ref end = me.monitor(plain);
  EXPECT_EQ(me.exit(registry, "kill"), "killed");
  EXPECT_EQ(look_up("reg_e", word("b")), "RSP_ENONAME");
  const Message down = me.receive();
  EXPECT_EQ(rsp_msg_ref(down.get()), end);
  EXPECT_EQ(text_of(down), "killed");
  for (const rsp_pid pid : {trapping, former, refused}) {
    bool alive = false;
    EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
    EXPECT_TRUE(alive);
  }
  start("reg_e");
  EXPECT_EQ(count_of("reg_e"), 0u);
  EXPECT_EQ(keys_of("reg_e", trapping), "[]");
  EXPECT_EQ(put(me, "reg_e", word("b")), RSP_OK);
  EXPECT_EQ(me.exit(trapping, "kill"), "killed");  // its entry of the former registry is nobody's
  EXPECT_EQ(count_of("reg_e"), 1u);
  EXPECT_EQ(look_up("reg_e", word("b")), "[{" + pid_text(me.pid()) + ",nil}]");
}

// S-REG-9
TEST_F(Registry, who_outlives_many_registries_registers_anew_with_each) {
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  for (int i = 0; i < 50; ++i) {
    const rsp_pid registry = start("reg_f");
    for (int64_t key = 0; key < 3; ++key) ASSERT_EQ(put(me, "reg_f", rsp_term_int(key)), RSP_OK);
    EXPECT_EQ(keys_of("reg_f", me.pid()), "[0,1,2]");
    EXPECT_EQ(me.exit(registry, "kill"), "killed");
    EXPECT_EQ(text_of(me.receive()), "killed");
    EXPECT_EQ(put(me, "reg_f", NIL), RSP_ENONAME);
    EXPECT_EQ(rsp_registry_unregister(me, atom("reg_f"), rsp_term_int(0)), RSP_ENONAME);
  }
}

// S-REG-4
TEST_F(Registry, a_link_that_was_there_or_is_asked_for_outlasts_the_last_key) {
  const Attached me;
  ASSERT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  const auto hears_of_its_end = [&](rsp_pid registry) {
    EXPECT_EQ(me.exit(registry, "kill"), "killed");
    const Message exit = me.receive_within(0);  // before its DOWN, which has come
    return exit != nullptr && rsp_msg_get_kind(exit.get()) == RSP_MSG_EXIT;
  };
  const auto comes_and_goes = [&] {
    EXPECT_EQ(put(me, "reg_links", NIL), RSP_OK);
    EXPECT_EQ(rsp_registry_unregister(me, atom("reg_links"), NIL), RSP_OK);
  };
  rsp_pid registry = start("reg_links");
  comes_and_goes();
  EXPECT_FALSE(hears_of_its_end(registry));
  registry = start("reg_links");
  ASSERT_EQ(rsp_link(me, registry), RSP_OK);
  comes_and_goes();
  EXPECT_TRUE(hears_of_its_end(registry));
  registry = start("reg_links");
  EXPECT_EQ(put(me, "reg_links", NIL), RSP_OK);
  ASSERT_EQ(rsp_link(me, registry), RSP_OK);
  EXPECT_EQ(rsp_registry_unregister(me, atom("reg_links"), NIL), RSP_OK);
  EXPECT_TRUE(hears_of_its_end(registry));
}

// S-REG-5, S-SRV-31
TEST_F(Registry, who_hibernates_keeps_its_keys_until_it_ends) {
  const Attached me;
  start("reg_hibernates");
  rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "hibernating";
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return* ret) {
    EXPECT_EQ(put(self, "reg_hibernates", word("k")), RSP_OK);
    ret->wait = RSP_SERVER_WAIT_HIBERNATE;
    return RSP_NEXT_CONTINUE;
  };
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &ops;
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_server_start(nullptr, &pid, nullptr, nullptr, &spec, nullptr), RSP_OK);
  rsp_pid found = NO_PID;
  EXPECT_EQ(rsp_registry_whereis(&found, atom("reg_hibernates"), word("k")), RSP_OK);
  EXPECT_EQ(found, pid);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(count_of("reg_hibernates"), 0u);
}

// S-REG-5
TEST_F(Registry, more_keys_than_a_slice_of_an_exit_are_gone_with_the_process) {
  constexpr int64_t KEYS = 5000;
  const Attached me;
  start("reg_g");
  const rsp_pid pid = spawn_that(me, [](rsp_self* self) {
    for (int64_t key = 0; key < KEYS; ++key) ASSERT_EQ(put(self, "reg_g", rsp_term_int(key)), RSP_OK);
  });
  EXPECT_EQ(count_of("reg_g"), static_cast<uint64_t>(KEYS));
  EXPECT_EQ(me.exit(pid, "boom"), "boom");
  EXPECT_EQ(count_of("reg_g"), 0u);
  EXPECT_EQ(keys_of("reg_g", pid), "[]");
}

// S-REG-5, S-NAT-3
TEST_F(Registry, keys_go_at_once_with_a_process_that_is_killed_in_a_section) {
  const Attached me;
  start("reg_h");
  std::atomic<bool> may_go_on{false};
  const rsp_pid own = me.pid();
  const rsp_pid pid = spawn(me,
                            [&may_go_on, own](rsp_self* self, rsp_msg*) {
                              EXPECT_EQ(put(self, "reg_h", word("x")), RSP_OK);
                              EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
                              EXPECT_EQ(rsp_send(nullptr, own, word("in")), RSP_OK);
                              wait_until([&] { return may_go_on.load(); });
                              EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
                              EXPECT_EQ(put(self, "reg_h", word("y")), RSP_EXITING);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  EXPECT_EQ(text_of(me.receive()), "in");
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(look_up("reg_h", word("x")), "[]");
  EXPECT_EQ(put(me, "reg_h", word("x")), RSP_OK);
  may_go_on = true;
  wait_until([] { return stats().zombies == 0; });
}

// S-REG-5
TEST_F(Registry, keys_go_with_a_thread_that_detaches) {
  start("reg_i");
  {
    const Attached me;
    EXPECT_EQ(put(me, "reg_i", word("x")), RSP_OK);
  }
  EXPECT_EQ(count_of("reg_i"), 0u);
}

// S-REG-8
TEST_F(Registry, listeners_hear_of_each_key_as_it_comes_and_goes) {
  const Attached me;
  ASSERT_EQ(rsp_register(me, atom("reg_listener"), me.pid()), RSP_OK);
  const rsp_pid registry = start("reg_j", {.listeners = {atom("reg_nobody"), atom("reg_listener")}});
  const rsp_pid pid = spawn(me,
                            [](rsp_self* self, rsp_msg* message) {
                              if (message != nullptr) return RSP_NEXT_CONTINUE;
                              EXPECT_EQ(put(self, "reg_j", word("x"), word("v")), RSP_OK);
                              EXPECT_EQ(put(self, "reg_j", word("y")), RSP_OK);
                              EXPECT_EQ(put(self, "reg_j", word("y")), RSP_ENAMETAKEN);
                              EXPECT_EQ(rsp_registry_unregister(self, atom("reg_j"), word("x")), RSP_OK);
                              return RSP_NEXT_CONTINUE;
                            },
                            {.start = true});
  const std::string its = pid_text(pid);
  EXPECT_EQ(text_of(me.receive()), "{register,reg_j,x," + its + ",v}");
  EXPECT_EQ(text_of(me.receive()), "{register,reg_j,y," + its + ",nil}");
  const Message gone = me.receive();
  EXPECT_EQ(text_of(gone), "{unregister,reg_j,x," + its + "}");
  EXPECT_EQ(rsp_msg_from(gone.get()), pid);
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(text_of(me.receive()), "{unregister,reg_j,y," + its + "}");  // it was here before the DOWN
  EXPECT_EQ(me.exit(registry, "kill"), "killed");
  EXPECT_FALSE(me.has_message());
}

// S-REG-1
TEST_F(Registry, there_is_one_of_a_name_even_when_it_has_lost_the_name) {
  const Attached me;
  const rsp_pid registry = start("reg_k");
  const rsp_registry_opts opts = opts_of("reg_k", {});
  const std::string already = "{already_started," + pid_text(registry) + "}";
  for (int i = 0; i < 2; ++i) {
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_registry_start(me, &pid, &error, &opts, nullptr), RSP_ENAMETAKEN);
    EXPECT_EQ(show(error), already);
    rsp_term_free(error);
    if (i == 0) {
      EXPECT_EQ(rsp_unregister(me, atom("reg_k")), RSP_OK);
    }
  }
  EXPECT_EQ(put(me, "reg_k", word("x")), RSP_OK);
}

// S-REG-1
TEST_F(Registry, what_is_sent_to_its_process_does_not_end_it) {
  const Attached me;
  const rsp_pid registry = start("reg_l");
  rsp_msg* reply = nullptr;
  EXPECT_EQ(rsp_call(me, &reply, nullptr, registry, word("hello"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(text_of(Message(reply)), "{error,badarg}");
  EXPECT_EQ(rsp_cast(me, registry, word("hello")), RSP_OK);
  EXPECT_EQ(rsp_send(me, registry, word("hello")), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(me, registry, word("shutdown")), RSP_OK);
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, registry, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  EXPECT_EQ(rsp_stop(me, nullptr, registry, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(put(me, "reg_l", NIL), RSP_ENONAME);
}

// S-REG-9, S-SUP-16
TEST_F(Registry, as_a_child_it_is_started_again_and_is_empty) {
  const Attached me;
  const rsp_registry_opts opts = opts_of("reg_m", {});
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  ASSERT_EQ(rsp_registry_spec(&child.start, &opts), RSP_OK);
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  rsp_term children = NIL;
  ASSERT_EQ(rsp_supervisor_which_children(me, &children, supervisor, RSP_INFINITE), RSP_OK);
  const rsp_pid first = rsp_whereis(atom("reg_m"));
  EXPECT_EQ(show(children), "[{reg_m," + pid_text(first) + ",worker,registry}]");
  rsp_term_free(children);
  const rsp_pid holder =
      spawn_that(me, [](rsp_self* self) { EXPECT_EQ(put(self, "reg_m", word("x")), RSP_OK); });
  EXPECT_EQ(me.end_after(holder, [&] { (void)me.exit(first, "kill"); }), "killed");
  wait_until([&] { return put(me, "reg_m", word("x")) == RSP_OK; });
  EXPECT_FALSE(rsp_whereis(atom("reg_m")) == first);
  EXPECT_EQ(count_of("reg_m"), 1u);
}

// S-REG-10
TEST_F(Registry, what_is_put_down_with_it_goes_with_it) {
  const Attached me;
  const rsp_pid registry = start("reg_n");
  const rsp_atom name = atom("reg_n");
  rsp_term value = NIL;
  EXPECT_EQ(rsp_registry_meta(&value, name, word("a")), RSP_EMISMATCH);
  EXPECT_EQ(rsp_registry_put_meta(name, word("a"), rsp_term_int(1)), RSP_OK);
  EXPECT_EQ(rsp_registry_put_meta(name, word("b"), rsp_term_int(2)), RSP_OK);
  EXPECT_EQ(rsp_registry_put_meta(name, word("a"), rsp_term_int(3)), RSP_OK);
  EXPECT_EQ(rsp_registry_meta(&value, name, word("a")), RSP_OK);
  EXPECT_EQ(as_int(value), 3);
  EXPECT_EQ(rsp_registry_delete_meta(name, word("a")), RSP_OK);
  EXPECT_EQ(rsp_registry_delete_meta(name, word("a")), RSP_OK);
  EXPECT_EQ(rsp_registry_meta(&value, name, word("a")), RSP_EMISMATCH);
  EXPECT_EQ(rsp_registry_meta(&value, name, word("b")), RSP_OK);
  EXPECT_EQ(as_int(value), 2);
  EXPECT_EQ(me.exit(registry, "kill"), "killed");
  EXPECT_EQ(rsp_registry_meta(&value, name, word("b")), RSP_ENONAME);
  EXPECT_EQ(rsp_registry_put_meta(name, word("b"), NIL), RSP_ENONAME);
  start("reg_n");
  EXPECT_EQ(rsp_registry_meta(&value, name, word("b")), RSP_EMISMATCH);
}

TEST_F(Registry, refuses_what_is_malformed_and_what_does_not_run) {
  const Attached me;
  const rsp_atom name = atom("reg_o");
  const rsp_atom no_atom = {UINT32_MAX};
  const rsp_term no_term = {0xFF, 0};
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  rsp_registry_opts good = RSP_REGISTRY_OPTS_INIT;
  good.name = name;
  rsp_registry_opts bad = good;
  EXPECT_EQ(rsp_registry_spec(nullptr, &good), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_spec(&spec, nullptr), RSP_EINVAL);
  bad.size = 0;
  EXPECT_EQ(rsp_registry_spec(&spec, &bad), RSP_EINVAL);
  for (const rsp_atom wrong : {rsp_atom{0}, no_atom}) {
    bad = good;
    bad.name = wrong;
    EXPECT_EQ(rsp_registry_spec(&spec, &bad), RSP_EINVAL);
    bad = good;
    bad.listeners = &wrong;
    bad.listener_count = 1;
    EXPECT_EQ(rsp_registry_spec(&spec, &bad), RSP_EINVAL);
  }
  bad = good;
  bad.listener_count = 1;
  EXPECT_EQ(rsp_registry_spec(&spec, &bad), RSP_EINVAL);
  bad = good;
  bad.keys = static_cast<rsp_registry_kind>(2);
  EXPECT_EQ(rsp_registry_spec(&spec, &bad), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_start(me, nullptr, nullptr, &good, nullptr), RSP_EINVAL);
  ASSERT_EQ(rsp_registry_spec(&spec, &good), RSP_OK);
  spec.ctx_free(spec.ctx);

  rsp_term out = NIL;
  rsp_pid pid = NO_PID;
  uint64_t count = 0;
  rsp_msg* reply = nullptr;
  const std::pair<rsp_atom, rsp_term> wrong[] = {{no_atom, NIL}, {rsp_atom{0}, NIL}, {name, no_term}};
  for (const auto& [registry, key] : wrong) {
    EXPECT_EQ(rsp_registry_register(me, nullptr, registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_unregister(me, registry, key), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_update_value(me, nullptr, registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_lookup(&out, registry, key), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_match(&out, registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_whereis(&pid, registry, key), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_meta(&out, registry, key), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_put_meta(registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_registry_delete_meta(registry, key), RSP_EINVAL);
    EXPECT_EQ(rsp_send_via(me, registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_cast_via(me, registry, key, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_call_via(me, &reply, nullptr, registry, key, NIL, 0), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_registry_register(me, nullptr, name, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_update_value(me, nullptr, name, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_match(&out, name, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_put_meta(name, NIL, no_term), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_lookup(nullptr, name, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_match(nullptr, name, NIL, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_whereis(nullptr, name, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_keys(nullptr, name, me.pid()), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_keys(&out, name, NO_PID), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_keys(&out, no_atom, me.pid()), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_count(nullptr, name), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_count(&count, no_atom), RSP_EINVAL);
  EXPECT_EQ(rsp_registry_meta(nullptr, name, NIL), RSP_EINVAL);

  EXPECT_EQ(put(me, "reg_o", NIL), RSP_ENONAME);
  EXPECT_EQ(rsp_registry_unregister(me, name, NIL), RSP_ENONAME);
  EXPECT_EQ(rsp_registry_update_value(me, nullptr, name, NIL, NIL), RSP_ENONAME);
  EXPECT_EQ(look_up("reg_o", NIL), "RSP_ENONAME");
  EXPECT_EQ(keys_of("reg_o", me.pid()), "RSP_ENONAME");
  EXPECT_EQ(rsp_registry_count(&count, name), RSP_ENONAME);
  EXPECT_EQ(rsp_registry_whereis(&pid, name, NIL), RSP_ENONAME);
}

}  // namespace
