// resprout/pg.h
#include <ctime>
#include <set>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

std::string pid_text(rsp_pid pid) { return show(rsp_term_pid(pid)); }

std::string taken(rsp_result result, rsp_term term) {
  if (result != RSP_OK) return rsp_result_name(result);
  const std::string text = show(term);
  rsp_term_free(term);
  return text;
}

rsp_term ref_term(rsp_ref ref) {
  rsp_term term = NIL;
  EXPECT_EQ(rsp_term_ref(&term, ref), RSP_OK);
  return term;
}

class Groups : public testing::Test {
 protected:
  Groups() { EXPECT_EQ(rsp_pg_start(nullptr, &scope_, nullptr, name_, nullptr), RSP_OK); }

  std::string members(rsp_term group, rsp_atom scope) const {
    rsp_term list = NIL;
    const rsp_result result = rsp_pg_get_members(&list, scope, group);
    return taken(result, list);
  }
  std::string members(const char* group) const { return members(word(group), name_); }
  std::string groups() const {
    rsp_term list = NIL;
    const rsp_result result = rsp_pg_which_groups(&list, name_);
    return taken(result, list);
  }
  rsp_result join(const char* group, std::vector<rsp_pid> pids) const {
    return rsp_pg_join(me_, nullptr, name_, word(group), pids.data(), pids.size());
  }
  rsp_result leave(const char* group, std::vector<rsp_pid> pids) const {
    return rsp_pg_leave(me_, nullptr, name_, word(group), pids.data(), pids.size());
  }
  /** The next message of a subscription. */
  std::string told(rsp_ref ref) const {
    const rsp_term of = ref_term(ref);
    const Message message = me_.receive();
    rsp_term first = NIL;
    EXPECT_EQ(rsp_term_element(&first, rsp_msg_term(message.get()), 0), RSP_OK);
    EXPECT_TRUE(rsp_term_equal(first, of));
    const std::string text = text_of(message);
    rsp_term_free(of);
    return text.substr(text.find(',') + 1);
  }

  const Runtime runtime_{2};
  const Attached me_;
  const rsp_atom name_ = atom("group_test");
  rsp_pid scope_ = NO_PID;
};

// S-PG-4, S-PG-5
TEST_F(Groups, of_the_dead_are_none_also_before_the_scope_has_heard_of_their_end) {
  const rsp_pid member = spawn_idle(me_);
  EXPECT_EQ(join("a", {member}), RSP_OK);
  EXPECT_EQ(join("b", {member, me_.pid()}), RSP_OK);
  ASSERT_EQ(rsp_suspend(me_, scope_, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(me_.exit(member, "kill"), "killed");
  EXPECT_EQ(members("a"), "[]");
  EXPECT_EQ(groups(), "[b]");
  EXPECT_EQ(rsp_resume(me_, scope_), RSP_OK);
}

// S-PG-2, S-PG-3, S-PG-4
TEST_F(Groups, have_members_that_join_and_leave) {
  const rsp_pid a = spawn_idle(me_);
  const rsp_pid b = spawn_idle(me_);
  EXPECT_EQ(members("x"), "[]");
  EXPECT_EQ(leave("x", {a}), RSP_EMISMATCH);
  EXPECT_EQ(join("x", {a}), RSP_OK);
  EXPECT_EQ(join("x", {b, a}), RSP_OK);
  EXPECT_EQ(join("y", {b}), RSP_OK);
  EXPECT_EQ(members("x"), "[" + pid_text(a) + "," + pid_text(b) + "," + pid_text(a) + "]");
  EXPECT_EQ(members("y"), "[" + pid_text(b) + "]");
  EXPECT_EQ(groups(), "[x,y]");
  // As often as it has joined.
  EXPECT_EQ(leave("x", {a}), RSP_OK);
  EXPECT_EQ(leave("x", {a, b}), RSP_OK);
  EXPECT_EQ(leave("x", {a}), RSP_EMISMATCH);
  EXPECT_EQ(members("x"), "[]");
  EXPECT_EQ(groups(), "[y]");
  // Of several it is enough that one is a member.
  EXPECT_EQ(leave("y", {a, b}), RSP_OK);
  EXPECT_EQ(groups(), "[]");
  EXPECT_EQ(join("x", {}), RSP_OK);
  EXPECT_EQ(leave("x", {}), RSP_OK);
  rsp_term local = NIL;
  EXPECT_EQ(join("x", {a}), RSP_OK);
  EXPECT_EQ(rsp_pg_get_local_members(&local, name_, word("x")), RSP_OK);
  EXPECT_EQ(taken(RSP_OK, local), "[" + pid_text(a) + "]");
}

/** Of all threads. */
double processor_seconds() {
  timespec now;
  EXPECT_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// S-PG-5: a member goes in as many steps as it has memberships, wherever they stand among those of others.
TEST_F(Groups, leaving_costs_the_same_in_a_large_group) {
  const auto cost_of = [&](size_t memberships) {
    const rsp_pid first = spawn_idle(me_);
    const rsp_pid last = spawn_idle(me_);
    EXPECT_EQ(join("a", std::vector<rsp_pid>(memberships, first)), RSP_OK);
    EXPECT_EQ(join("a", std::vector<rsp_pid>(memberships, last)), RSP_OK);
    const double before = processor_seconds();
    EXPECT_EQ(me_.exit(first, "kill"), "killed");
    EXPECT_EQ(leave("a", {last}), RSP_OK);  // the scope has heard of the end
    const double spent = processor_seconds() - before;
    EXPECT_EQ(me_.exit(last, "kill"), "killed");
    EXPECT_EQ(leave("a", {last}), RSP_EMISMATCH);
    return spent;
  };
  constexpr size_t SOME = 4'000;
  constexpr size_t TIMES = 20;
  (void)cost_of(SOME);
  // As many altogether: what a thread that still runs has taken the system adds later, up to a tick of its clock.
  double few = 0;
  for (size_t i = 0; i < TIMES; ++i) few += cost_of(SOME);
  const double many = cost_of(TIMES * SOME);
  EXPECT_LT(many, 8 * few);  // up to 20 times as much if each one were looked for among the others
}

// S-PG-2: any term is a name, and is no other.
TEST_F(Groups, have_any_names) {
  const rsp_pid a = spawn_idle(me_);
  const rsp_pid b = spawn_idle(me_);
  const rsp_term one[] = {word("x")};
  const rsp_term two[] = {word("x"), word("monitor")};
  std::vector<rsp_term> names = {word("x"),       word("monitor_scope"), NIL,
                                 rsp_term_int(1), rsp_term_float(1.0),   rsp_term_pid(a),
                                 rsp_term_pid(b)};
  rsp_term tuple = NIL;
  ASSERT_EQ(rsp_term_tuple(&tuple, one, 1), RSP_OK);
  names.push_back(tuple);
  ASSERT_EQ(rsp_term_tuple(&tuple, two, 2), RSP_OK);
  names.push_back(tuple);
  for (const rsp_term group : names) {
    EXPECT_EQ(members(group, name_), "[]") << show(group);
    rsp_ref ref = {};
    EXPECT_EQ(rsp_pg_monitor(me_, &ref, nullptr, nullptr, name_, group), RSP_OK);
    EXPECT_EQ(rsp_pg_join(me_, nullptr, name_, group, &a, 1), RSP_OK);
    EXPECT_EQ(members(group, name_), "[" + pid_text(a) + "]") << show(group);
    EXPECT_EQ(told(ref), "join," + show(group) + ",[" + pid_text(a) + "]}");
  }
  rsp_term all = NIL;
  size_t count = 0;
  EXPECT_EQ(rsp_pg_which_groups(&all, name_), RSP_OK);
  EXPECT_EQ(rsp_term_size(&count, all), RSP_OK);
  EXPECT_EQ(count, names.size());
  rsp_term_free(all);
  for (const rsp_term group : names) rsp_term_free(group);
  (void)me_.exit(a, "kill");
  wait_until([&] { return groups() == "[]"; });
}

// S-PG-5: whoever has heard of the end of a member does not find it.
TEST_F(Groups, lose_a_member_that_ends_before_anybody_hears_of_it) {
  for (int round = 0; round < 200; ++round) {
    const rsp_pid a = spawn_idle(me_);
    const rsp_pid b = spawn_idle(me_);
    ASSERT_EQ(join("x", {a, a, b}), RSP_OK);
    ASSERT_EQ(me_.exit(a, "kill"), "killed");
    ASSERT_EQ(members("x"), "[" + pid_text(b) + "]");
    ASSERT_EQ(me_.exit(b, "kill"), "killed");
    ASSERT_EQ(members("x"), "[]");
  }
  wait_until([&] { return groups() == "[]"; });
}

// S-PG-5
TEST_F(Groups, a_process_that_joins_as_it_ends_is_no_member_for_long) {
  rsp_ref ref = {};
  ASSERT_EQ(rsp_pg_monitor(me_, &ref, nullptr, nullptr, name_, word("x")), RSP_OK);
  for (int round = 0; round < 200; ++round) {
    const rsp_pid pid = spawn_idle(me_);
    std::thread killer([&] { EXPECT_EQ(rsp_exit_signal(nullptr, pid, word("kill")), RSP_OK); });
    EXPECT_EQ(join("x", {pid}), RSP_OK);
    EXPECT_EQ(told(ref), "join,x,[" + pid_text(pid) + "]}");
    EXPECT_EQ(told(ref), "leave,x,[" + pid_text(pid) + "]}");
    killer.join();
  }
  const rsp_pid dead = dead_pid(me_);
  EXPECT_EQ(join("x", {dead}), RSP_OK);
  EXPECT_EQ(told(ref), "join,x,[" + pid_text(dead) + "]}");
  EXPECT_EQ(members("x"), "[]");
  EXPECT_EQ(told(ref), "leave,x,[" + pid_text(dead) + "]}");
  EXPECT_EQ(groups(), "[]");
}

// S-PG-6
TEST_F(Groups, tell_who_watches_them_of_each_change) {
  const rsp_pid a = spawn_idle(me_);
  const rsp_pid b = spawn_idle(me_);
  ASSERT_EQ(join("x", {a}), RSP_OK);
  rsp_ref of_x = {};
  rsp_term now = NIL;
  ASSERT_EQ(rsp_pg_monitor(me_, &of_x, &now, nullptr, name_, word("x")), RSP_OK);
  EXPECT_EQ(taken(RSP_OK, now), "[" + pid_text(a) + "]");
  ASSERT_EQ(join("y", {b}), RSP_OK);
  EXPECT_FALSE(me_.has_message());
  ASSERT_EQ(join("x", {b, a}), RSP_OK);
  EXPECT_EQ(told(of_x), "join,x,[" + pid_text(b) + "," + pid_text(a) + "]}");
  ASSERT_EQ(leave("x", {b}), RSP_OK);
  EXPECT_EQ(told(of_x), "leave,x,[" + pid_text(b) + "]}");
  EXPECT_EQ(leave("x", {b}), RSP_EMISMATCH);
  EXPECT_FALSE(me_.has_message());
  // Twice a member: twice it leaves.
  EXPECT_EQ(rsp_exit_signal(me_, a, word("kill")), RSP_OK);
  EXPECT_EQ(told(of_x), "leave,x,[" + pid_text(a) + "]}");
  EXPECT_EQ(told(of_x), "leave,x,[" + pid_text(a) + "]}");
}

// S-PG-6
TEST_F(Groups, tell_who_watches_the_scope_of_all_groups) {
  const rsp_pid a = spawn_idle(me_);
  ASSERT_EQ(join("x", {a}), RSP_OK);
  ASSERT_EQ(join("y", {a, a}), RSP_OK);
  rsp_ref ref = {};
  rsp_term now = NIL;
  ASSERT_EQ(rsp_pg_monitor_scope(me_, &ref, &now, nullptr, name_), RSP_OK);
  const std::string pid = pid_text(a);
  EXPECT_EQ(taken(RSP_OK, now), "#{x => [" + pid + "],y => [" + pid + "," + pid + "]}");
  ASSERT_EQ(join("z", {a}), RSP_OK);
  EXPECT_EQ(told(ref), "join,z,[" + pid + "]}");
  (void)me_.exit(a, "kill");
  std::multiset<std::string> gone;
  for (int i = 0; i < 4; ++i) gone.insert(told(ref));
  const std::multiset<std::string> all = {"leave,x,[" + pid + "]}", "leave,y,[" + pid + "]}",
                                          "leave,y,[" + pid + "]}", "leave,z,[" + pid + "]}"};
  EXPECT_EQ(gone, all);
}

// S-PG-6
TEST_F(Groups, tell_nobody_behind_a_demonitor) {
  const rsp_pid a = spawn_idle(me_);
  rsp_ref of_x = {};
  rsp_ref of_all = {};
  ASSERT_EQ(rsp_pg_monitor(me_, &of_x, nullptr, nullptr, name_, word("x")), RSP_OK);
  ASSERT_EQ(rsp_pg_monitor_scope(me_, &of_all, nullptr, nullptr, name_), RSP_OK);
  ASSERT_EQ(join("x", {a}), RSP_OK);
  ASSERT_EQ(rsp_send(me_, me_.pid(), word("mine")), RSP_OK);
  EXPECT_EQ(rsp_pg_demonitor(me_, nullptr, name_, of_x), RSP_OK);
  EXPECT_EQ(rsp_pg_demonitor(me_, nullptr, name_, of_x), RSP_EMISMATCH);
  ASSERT_EQ(leave("x", {a}), RSP_OK);
  EXPECT_EQ(told(of_all), "join,x,[" + pid_text(a) + "]}");
  EXPECT_EQ(text_of(me_.receive()), "mine");
  EXPECT_EQ(told(of_all), "leave,x,[" + pid_text(a) + "]}");
  EXPECT_EQ(rsp_pg_demonitor(me_, nullptr, name_, of_all), RSP_OK);
  ASSERT_EQ(join("x", {a}), RSP_OK);
  EXPECT_FALSE(me_.has_message());
  rsp_ref no_subscription = {};
  ASSERT_EQ(rsp_make_ref(me_, &no_subscription), RSP_OK);
  EXPECT_EQ(rsp_pg_demonitor(me_, nullptr, name_, no_subscription), RSP_EMISMATCH);
}

// S-PG-6: one that has ended is forgotten, and what it did not hear is nobody's.
TEST_F(Groups, forget_who_has_watched_and_ended) {
  const rsp_pid a = spawn_idle(me_);
  std::thread([&] {
    const Attached other;
    rsp_ref ref = {};
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(rsp_pg_monitor(other, &ref, nullptr, nullptr, name_, word("x")), RSP_OK);
    EXPECT_EQ(rsp_pg_monitor_scope(other, &ref, nullptr, nullptr, name_), RSP_OK);
  }).join();
  ASSERT_EQ(join("x", {a}), RSP_OK);
  uint64_t entries = 0;
  wait_until([&] { return rsp_registry_count(&entries, name_) == RSP_OK && entries == 1; });  // a's
}

// S-PG-1
TEST_F(Groups, go_with_their_scope) {
  const rsp_pid a = spawn_idle(me_);
  rsp_ref ref = {};
  ASSERT_EQ(join("x", {a}), RSP_OK);
  ASSERT_EQ(rsp_pg_monitor(me_, &ref, nullptr, nullptr, name_, word("x")), RSP_OK);
  rsp_pid second = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_pg_start(me_, &second, &error, name_, nullptr), RSP_ENAMETAKEN);
  rsp_term_free(error);
  EXPECT_EQ(rsp_stop(me_, nullptr, scope_, word("normal"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(members("x"), "[]");
  EXPECT_EQ(groups(), "[]");
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_pg_join(me_, &reason, name_, word("x"), &a, 1), RSP_EEXITED);
  EXPECT_NE(show(reason).find("noproc"), std::string::npos);
  rsp_term_free(reason);
  EXPECT_FALSE(me_.has_message());
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me_, &alive, a, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  ASSERT_EQ(rsp_pg_start(me_, &scope_, nullptr, name_, nullptr), RSP_OK);
  EXPECT_EQ(groups(), "[]");
  EXPECT_EQ(join("x", {a}), RSP_OK);
  EXPECT_EQ(members("x"), "[" + pid_text(a) + "]");
}

// S-PG-1, S-SUP-16
TEST_F(Groups, a_scope_is_a_child_as_a_server_is) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  const rsp_atom name = atom("group_child");
  ASSERT_EQ(rsp_pg_spec(&child.start, name), RSP_OK);
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(me_, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  const rsp_pid a = spawn_idle(me_);
  const rsp_pid first = rsp_whereis(name);
  ASSERT_EQ(rsp_pg_join(me_, nullptr, name, word("x"), &a, 1), RSP_OK);
  EXPECT_EQ(me_.exit(first, "kill"), "killed");
  wait_until([&] { return rsp_pg_join(me_, nullptr, name, word("x"), &a, 1) == RSP_OK; });
  EXPECT_EQ(members(word("x"), name), "[" + pid_text(a) + "]");
}

// S-PG-7
TEST_F(Groups, a_callback_asks_by_a_request) {
  const rsp_pid own = me_.pid();
  const rsp_pid pid = spawn(me_, [this, own](rsp_self* self, rsp_msg*) {
    const rsp_pid joins = rsp_self_pid(self);
    EXPECT_EQ(rsp_pg_join(self, nullptr, name_, word("x"), &joins, 1), RSP_EWOULDBLOCK);
    const rsp_term pids[] = {rsp_term_pid(joins)};
    rsp_term list = NIL;
    EXPECT_EQ(rsp_term_list(&list, pids, 1), RSP_OK);
    const rsp_term elements[] = {word("join"), word("x"), list};
    rsp_term request = NIL;
    EXPECT_EQ(rsp_term_tuple(&request, elements, 3), RSP_OK);
    rsp_ref ref = {};
    EXPECT_EQ(rsp_send_request_name(self, &ref, name_, request), RSP_OK);
    rsp_term_free(request);
    rsp_term_free(list);
    static rsp_pid asks;
    asks = own;
    return rsp_await(
        self, ref, RSP_INFINITE,
        [](rsp_self* me, rsp_msg* answer, void*) {
          EXPECT_EQ(rsp_send(me, asks, rsp_msg_term(answer)), RSP_OK);
          return RSP_NEXT_CONTINUE;
        },
        nullptr);
  });
  ASSERT_EQ(rsp_send(me_, pid, NIL), RSP_OK);
  EXPECT_EQ(text_of(me_.receive()), "ok");
  EXPECT_EQ(members("x"), "[" + pid_text(pid) + "]");
}

// S-PG-7
TEST_F(Groups, what_is_no_request_does_not_end_the_scope) {
  const auto asked = [&](rsp_term request) {
    rsp_msg* answer = nullptr;
    EXPECT_EQ(rsp_call(me_, &answer, nullptr, scope_, request, RSP_INFINITE), RSP_OK);
    return text_of(Message(answer));
  };
  EXPECT_EQ(asked(word("hello")), "{error,badarg}");
  for (const rsp_term pids : {NIL, word("x"), rsp_term_int(1)}) {
    const rsp_term elements[] = {word("join"), word("x"), pids};
    rsp_term request = NIL;
    ASSERT_EQ(rsp_term_tuple(&request, elements, 3), RSP_OK);
    EXPECT_EQ(asked(request), "{error,badarg}");
    rsp_term_free(request);
  }
  EXPECT_EQ(rsp_send(me_, scope_, word("hello")), RSP_OK);
  EXPECT_EQ(rsp_cast(me_, scope_, word("hello")), RSP_OK);
  // Nor does what others put into a store of this name count.
  EXPECT_EQ(rsp_registry_register(me_, nullptr, name_, rsp_term_pid(me_.pid()), NIL), RSP_OK);
  const rsp_term element[] = {word("x")};
  rsp_term key = NIL;
  ASSERT_EQ(rsp_term_tuple(&key, element, 1), RSP_OK);
  EXPECT_EQ(rsp_registry_register(me_, nullptr, name_, key, NIL), RSP_OK);
  rsp_term_free(key);
  EXPECT_EQ(members("x") + groups(), "[][]");
  EXPECT_EQ(join("x", {me_.pid()}), RSP_OK);
  EXPECT_EQ(members("x") + groups(), "[" + pid_text(me_.pid()) + "][x]");
  EXPECT_EQ(leave("x", {me_.pid()}), RSP_OK);
  EXPECT_EQ(groups(), "[]");
}

TEST_F(Groups, what_is_malformed_is_refused) {
  const rsp_atom bad_name = {UINT32_MAX};
  const rsp_term bad = {200, 0};
  const rsp_pid pid = me_.pid();
  const rsp_pid far = {pid.id, 1, 1};
  rsp_term out = NIL;
  rsp_ref ref = {};
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  rsp_pid pid_out = NO_PID;
  for (const rsp_atom scope : {rsp_atom{0}, bad_name}) {
    EXPECT_EQ(rsp_pg_spec(&spec, scope), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_start(me_, &pid_out, nullptr, scope, nullptr), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_join(me_, nullptr, scope, NIL, &pid, 1), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_leave(me_, nullptr, scope, NIL, &pid, 1), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_get_members(&out, scope, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_get_local_members(&out, scope, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_which_groups(&out, scope), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_monitor(me_, &ref, nullptr, nullptr, scope, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_monitor_scope(me_, &ref, nullptr, nullptr, scope), RSP_EINVAL);
    EXPECT_EQ(rsp_pg_demonitor(me_, nullptr, scope, ref), RSP_EINVAL);
  }
  EXPECT_EQ(rsp_pg_spec(nullptr, name_), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_start(me_, nullptr, nullptr, atom("group_other"), nullptr), RSP_EINVAL);
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.monitor = true;
  EXPECT_EQ(rsp_pg_start(me_, &pid_out, nullptr, atom("group_other"), &opts), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_join(me_, nullptr, name_, bad, &pid, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_join(me_, nullptr, name_, NIL, &far, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_join(me_, nullptr, name_, NIL, &NO_PID, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_join(me_, nullptr, name_, NIL, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_join(nullptr, nullptr, name_, NIL, &pid, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_leave(me_, nullptr, name_, NIL, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_get_members(nullptr, name_, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_get_members(&out, name_, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_which_groups(nullptr, name_), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_monitor(me_, nullptr, nullptr, nullptr, name_, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_monitor(me_, &ref, nullptr, nullptr, name_, bad), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_monitor(nullptr, &ref, nullptr, nullptr, name_, NIL), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_monitor_scope(me_, nullptr, nullptr, nullptr, name_), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_monitor_scope(nullptr, &ref, nullptr, nullptr, name_), RSP_EINVAL);
  EXPECT_EQ(rsp_pg_demonitor(nullptr, nullptr, name_, ref), RSP_EINVAL);
}

}  // namespace
