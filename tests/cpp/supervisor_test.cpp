// resprout/supervisor.hpp: trees of C++ children.
#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

/** Counts from where it began; fails when it is told. */
struct tally : gen_server<tally> {
  struct next {
    using reply = int;
  };
  struct fail {};
  explicit tally(int first = 0) : value(first) {}
  int handle(next) { return ++value; }
  void handle_cast(fail) { throw Error("told to"); }
  int value;
};

/** Notes when it was started and stopped. */
struct part : gen_server<part> {
  void init(const std::string& called, pid told) {
    name = called;
    teller = told;
    trap_exit(true);
    send(teller, "+" + name);
  }
  void terminate(const term&) { send(teller, "-" + name); }
  struct fail {};
  void handle_cast(fail) { throw Exit("told to"_atom); }
  std::string name;
  pid teller;
};

class Supervisors : public Cpp {
 protected:
  /** The next so many notes, in one text. */
  static std::string notes(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += receive().content().to<std::string>();
    return text;
  }
  static supervisor parts(strategy how) {
    return supervisor(how)
        .child<part>("a", "a", self())
        .child<part>("b", "b", self())
        .child<part>("c", "c", self());
  }
};

/** Of a name that is longer than an atom may be. */
template <class... T>
struct wordy : gen_server<wordy<T...>> {};
using words = wordy<part, part, part, part, part, part, part, part, part, part, part>;

// S-SUP-4
TEST_F(Supervisors, know_children_without_an_id_as_their_type) {
  const supervisor_ref tree = supervisor()
                                  .child(server<tally>())
                                  .child(server<wordy<words, words>>())
                                  .child(server<wordy<int>>())
                                  .child(server<wordy<int[3]>>())
                                  .start();
  const std::vector<child_info> children = tree.which_children();
  EXPECT_NE(children[0].id.to_string().find("::tally"), std::string::npos) << children[0].id.to_string();
  EXPECT_NE(children[1].id.to_string().find("::wordy<"), std::string::npos) << children[1].id.to_string();
  EXPECT_GT(children[1].id.to_string().size(), 200u);
  EXPECT_NE(children[3].id.to_string().find("[3]>"), std::string::npos) << children[3].id.to_string();
  EXPECT_NE(children[2].id.to_string().find("::wordy<int>"), std::string::npos) << children[2].id.to_string();
}

// S-SUP-14, S-SUP-16
TEST_F(Supervisors, restart_a_child_from_its_first_arguments) {
  supervisor(one_for_one).max_restarts(3, 5s).child<tally>("tally", 41).start(rt_);
  const auto t = rt_.whereis<tally>("tally");
  EXPECT_EQ(t.call(tally::next{}), 42);
  EXPECT_EQ(t.call(tally::next{}), 43);
  const pid first = t.pid();
  EXPECT_EQ(end_by(first, [&] { t.cast(tally::fail{}); })[0], "told to");
  EXPECT_NE(wait_for_name("tally"), first);
  EXPECT_EQ(t.call(tally::next{}), 42);  // the name follows
  EXPECT_EQ(thrown_by<call_exit>([&] { (void)server_ref<tally>(first).call(tally::next{}); }).cause(),
            "noproc"_atom);
}

// S-SUP-14: the state of one start is not that of another, whoever made it
TEST_F(Supervisors, make_a_function_anew_at_each_start) {
  const auto factory = [] {
    return [count = 0](message& m) mutable {
      if (m.is_call()) m.from().reply(++count);
      if (m.content() == "fail") throw Error("told to");
    };
  };
  supervisor(one_for_one).child(function("counter", factory).name("counter")).start_link();
  EXPECT_EQ(call("counter"_atom, 1), 1);
  EXPECT_EQ(call("counter"_atom, 1), 2);
  const pid first = whereis("counter");
  (void)end_by(first, [&] { send(first, "fail"); });
  EXPECT_NE(wait_for_name("counter"), first);
  EXPECT_EQ(call("counter"_atom, 1), 1);
}

// S-SUP-10, S-SUP-29
TEST_F(Supervisors, start_in_order_and_stop_in_reverse) {
  const supervisor_ref tree = parts(one_for_one).start();
  EXPECT_EQ(notes(3), "+a+b+c");
  tree.stop();
  EXPECT_EQ(notes(3), "-c-b-a");
}

// S-SUP-22..24
TEST_F(Supervisors, restart_whom_their_strategy_says) {
  const auto after_failure_of_b = [&](strategy how, int count) {
    const supervisor_ref tree = parts(how).start();
    EXPECT_EQ(notes(3), "+a+b+c");
    server_ref<part>("b").cast(part::fail{});
    const std::string text = notes(count);
    tree.stop();
    (void)notes(3);
    return text;
  };
  EXPECT_EQ(after_failure_of_b(one_for_one, 2), "-b+b");
  EXPECT_EQ(after_failure_of_b(rest_for_one, 4), "-b-c+b+c");
  EXPECT_EQ(after_failure_of_b(one_for_all, 6), "-b-c-a+a+b+c");
}

// S-SUP-20
TEST_F(Supervisors, give_up_after_too_many_restarts) {
  const supervisor_ref tree = supervisor().max_restarts(0, 5s).child<tally>("tally").start();
  EXPECT_EQ(end_by(tree.pid(), [] { server_ref<tally>("tally").cast(tally::fail{}); }), "shutdown"_atom);
}

// S-SUP-11
TEST_F(Supervisors, that_cannot_start_a_child_say_which) {
  const supervisor tree =
      supervisor().child<part>("first", "first", self()).child(function("bad", []() -> void (*)(message&) {
        throw Exit("no"_atom);
      }));
  const term reason =
      term::tuple("shutdown"_atom, term::tuple("failed_to_start_child"_atom, "bad", "no"_atom));
  EXPECT_EQ(thrown_by<start_error>([&] { tree.start(); }).reason(), reason);
  EXPECT_EQ(tree.try_start().error().reason(), reason);
  EXPECT_EQ(notes(4), "+first-first+first-first");
}

// S-SUP-8, S-SUP-9
TEST_F(Supervisors, refuse_a_malformed_specification) {
  const supervisor twice = supervisor().child<tally>("a").child<tally>("a");
  const start_error error = thrown_by<start_error>([&] { twice.start(); });
  EXPECT_EQ(error.code(), RSP_ESPEC);
  EXPECT_EQ(error.reason(),
            term::tuple("start_spec"_atom, term::tuple("duplicate_child_name"_atom, "a"_atom)));
  EXPECT_EQ(supervisor().child(server<tally>().significant()).try_start().error().code(), RSP_ESPEC);
}

// S-SUP-29: inner supervisors stop theirs first
TEST_F(Supervisors, hold_supervisors) {
  const supervisor_ref tree =
      supervisor(rest_for_one)
          .child<part>("outer", "outer", self())
          .child(child_spec(supervisor(one_for_one).child<part>("inner", "inner", self()))
                     .id("nested")
                     .name("nested"))
          .start();
  EXPECT_EQ(notes(2), "+outer+inner");
  const std::vector<child_info> children = tree.which_children();
  ASSERT_EQ(children.size(), 2u);
  EXPECT_TRUE(children[1].is_supervisor);
  EXPECT_EQ(children[1].process, whereis("nested"));
  EXPECT_EQ(tree.count_children().supervisors, 1);
  tree.stop();
  EXPECT_EQ(notes(2), "-inner-outer");
}

// S-SUP-34..40
TEST_F(Supervisors, are_asked_about_their_children) {
  const supervisor_ref tree = supervisor().child<tally>("a").start();
  const pid b = tree.start_child(server<tally>(7).id("b").restart(restart_type::transient).shutdown(1s));
  EXPECT_EQ(server_ref<tally>(b).call(tally::next{}), 8);
  const std::vector<child_info> children = tree.which_children();
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[0].id, "a"_atom);
  EXPECT_EQ(children[1].process, b);
  EXPECT_FALSE(children[1].is_supervisor);
  EXPECT_EQ(tree.count_children().active, 2);
  EXPECT_EQ(tree.get_childspec("b").at("restart"_atom), "transient"_atom);
  EXPECT_EQ(tree.get_childspec("b").at("shutdown"_atom), 1000);
  EXPECT_EQ(thrown_by<start_error>([&] { (void)tree.start_child(server<tally>().id("b")); }).reason(),
            term::tuple("already_started"_atom, b));
  EXPECT_EQ(thrown_by<child_error>([&] { tree.delete_child("b"); }).reason(), "running"_atom);
  tree.terminate_child("b");
  EXPECT_FALSE(tree.which_children()[1].process);
  EXPECT_EQ(server_ref<tally>(tree.restart_child("b")).call(tally::next{}), 8);
  tree.terminate_child("b");
  tree.delete_child("b");
  EXPECT_EQ(tree.try_terminate_child("b").error().reason(), "not_found"_atom);
  tree.stop();
  EXPECT_EQ(thrown_by<child_error>([&] { (void)tree.which_children(); }).reason(), "noproc"_atom);
}

// S-SUP-42, S-SUP-43
TEST_F(Supervisors, that_are_dynamic_start_children_on_request) {
  const supervisor_ref pool = supervisor(dynamic).max_children(1).start_link();
  const pid first = pool.start_child(server<tally>(1));
  EXPECT_EQ(pool.try_start_child(server<tally>(2)).error().reason(), "max_children"_atom);
  pool.terminate_child(first);
  EXPECT_EQ(server_ref<tally>(pool.start_child(server<tally>(2))).call(tally::next{}), 3);
  EXPECT_EQ(pool.count_children().specs, 1);
}

// S-SUP-41
TEST_F(Supervisors, end_with_significant_children) {
  const supervisor_ref tree =
      supervisor()
          .auto_shutdown(auto_shutdown::any_significant)
          .child(server<tally>().name("vital").restart(restart_type::temporary).significant())
          .start();
  EXPECT_EQ(end_by(tree.pid(), [] { server_ref<tally>("vital").cast(tally::fail{}); }), "shutdown"_atom);
}

// S-SUP-55
TEST_F(Supervisors, end_with_fatal_children) {
  const supervisor_ref tree =
      supervisor().max_restarts(100, 5s).child(server<tally>().name("vital").fatal()).start();
  EXPECT_EQ(end_by(tree.pid(), [] { server_ref<tally>("vital").cast(tally::fail{}); }), "shutdown"_atom);
}

// S-SUP-50, S-SUP-51, S-SUP-56
TEST_F(Supervisors, wait_before_they_start_a_child_again) {
  const supervisor_ref tree = supervisor()
                                  .child(server<tally>().name("soon").backoff(1ms, 2ms))
                                  .child(server<tally>().name("late").backoff(
                                      restart_delay(1h, 2h).factor(3).jitter(0).reset_after(5s)))
                                  .start();
  const pid soon = whereis("soon");
  (void)end_by(soon, [] { server_ref<tally>("soon").cast(tally::fail{}); });
  EXPECT_NE(wait_for_name("soon"), soon);
  (void)end_by(whereis("late"), [] { server_ref<tally>("late").cast(tally::fail{}); });
  while (!tree.which_children()[1].is_restarting) continue;
  tree.terminate_child("late"_atom);
  EXPECT_FALSE(tree.which_children()[1].is_restarting);
  tree.stop();
  const auto refused = [](restart_delay delay) {
    return supervisor().child(server<tally>().backoff(delay)).try_start().error().code();
  };
  EXPECT_EQ(refused(restart_delay(2s, 1s)), RSP_ESPEC);
  EXPECT_EQ(refused(restart_delay(1s, 2s).factor(0.5)), RSP_ESPEC);
  EXPECT_EQ(refused(restart_delay(1s, 2s).jitter(2)), RSP_ESPEC);
}

// S-RES-3: what a specification holds goes with the last that needs it
TEST_F(Supervisors, drop_the_arguments_of_their_children) {
  struct holder : gen_server<holder> {
    explicit holder(const counted& what) : held(what) {}
    counted held;
  };
  std::atomic<int> alive{0};
  {
    const supervisor tree = supervisor()
                                .child<holder>("held", counted(alive))
                                .child(supervisor().child(server<holder>(counted(alive))));
    EXPECT_EQ(alive, 2);
    const supervisor_ref first = tree.start();
    EXPECT_EQ(alive, 4);
    EXPECT_EQ(tree.try_start().error().code(), RSP_EEXITED);  // the name is taken
    first.stop();
    child_spec malformed = server<holder>(counted(alive));
    EXPECT_EQ(supervisor(tree).child(malformed.worker(99)).try_start().is_err(), true);
  }
  while (alive != 0) (void)try_receive(1ms);
}

// S-SUP-15
TEST_F(Supervisors, have_their_init_say_what_they_have_at_each_start) {
  const auto runs = std::make_shared<std::atomic<int>>(0);
  const supervisor grown = supervisor::with_init([runs] {
                             supervisor made(one_for_all);
                             for (int i = ++*runs; i > 0; --i) made.child(server<tally>(i).id(i));
                             return made;
                           }).module("grown");
  const supervisor_ref top = supervisor().child(grown).start();
  const auto inner = [&] { return supervisor_ref(top.which_children()[0].process); };
  EXPECT_EQ(top.which_children()[0].id, "grown"_atom);
  EXPECT_EQ(inner().which_children().size(), 1u);
  EXPECT_EQ(end_by(inner().pid(), [&] { exit(inner().pid(), "kill"_atom); }), "killed"_atom);
  while (!top.which_children()[0].process) continue;
  EXPECT_EQ(inner().which_children().size(), 2u);
  EXPECT_EQ(*runs, 2);
  const supervisor_ref again = grown.start();  // a value: of itself
  EXPECT_EQ(again.which_children().size(), 3u);
  EXPECT_EQ(server_ref<tally>(again.which_children()[2].process).call(tally::next{}), 2);
}

// S-SUP-15
TEST_F(Supervisors, are_not_started_where_their_init_says_no) {
  const auto fails = [](auto init) { return supervisor::with_init(init).try_start().error(); };
  EXPECT_EQ(fails([] { return std::optional<supervisor>(); }).code(), RSP_EIGNORE);
  EXPECT_EQ(fails([]() -> result<supervisor> { return Err{RSP_ENOMEM}; }).code(), RSP_EEXITED);
  EXPECT_EQ(fails([]() -> supervisor { throw Exit("no disk"_atom); }).reason(), "no disk"_atom);
  EXPECT_NE(fails([] { return supervisor::with_init([] { return supervisor(); }); })
                .reason()
                .to_string()
                .find("one with an init"),
            std::string::npos);
  EXPECT_NE(fails([] { return supervisor().child(server<tally>().worker(99)); })
                .reason()
                .to_string()
                .find("worker"),
            std::string::npos);
  const supervisor two_minds = supervisor::with_init([] { return supervisor(); }).child<tally>("tally");
  EXPECT_EQ(two_minds.try_start().error().code(), RSP_EINVAL);
  const supervisor_ref top = supervisor().start();
  EXPECT_EQ(top.start_child(supervisor::with_init([] { return std::optional<supervisor>(); })), pid());
}

// S-RES-3
TEST_F(Supervisors, drop_what_their_init_has_said) {
  struct holder : gen_server<holder> {
    explicit holder(const counted& what) : held(what) {}
    counted held;
  };
  std::atomic<int> alive{0};
  {
    const supervisor tree = supervisor::with_init([held = counted(alive), &alive] {
      return supervisor()
          .child(server<holder>(held))
          .child(supervisor().child(server<holder>(counted(alive))));
    });
    EXPECT_EQ(alive, 1);
    const supervisor_ref first = tree.start();
    EXPECT_EQ(alive, 1 + 2 * 2);
    const supervisor_ref second = tree.start();
    EXPECT_EQ(alive, 1 + 2 * 4);
    first.stop();
    second.stop();
    const supervisor bad = supervisor::with_init([held = counted(alive)] {
      return supervisor().child(server<holder>(held).id(1)).child(server<holder>(held).id(1));
    });
    EXPECT_EQ(bad.try_start().error().reason().to_string().find("duplicate_child_name") == std::string::npos,
              false);
    EXPECT_TRUE(supervisor(bad).child<tally>("tally").try_start().is_err());
  }
  while (alive != 0) (void)try_receive(1ms);
}

/** What it was started with, more than its own. */
struct sum : gen_server<sum> {
  struct get {
    using reply = int64_t;
  };
  explicit sum(int64_t own, const extra_args& more = {}) : value(own) {
    for (size_t i = 0; i < more.size(); ++i) value += more.at<int64_t>(i);
  }
  int64_t handle(get) const { return value; }
  struct fail {};
  void handle_cast(fail) { throw Error("told to"); }
  int64_t value;
};
/** The same, by an init. */
struct late_sum : gen_server<late_sum> {
  void init(int64_t own, const extra_args& more) { value = own + more.at<int64_t>(0); }
  int64_t handle(sum::get) const { return value; }
  int64_t value = 0;
};

// S-SUP-45
TEST_F(Supervisors, of_one_kind_give_each_child_arguments_of_its_own) {
  const supervisor_ref pool = supervisor(simple_one_for_one).child(server<sum>(100)).start();
  const pid first = pool.start_child_args({1, 2});
  EXPECT_EQ(server_ref<sum>(first).call(sum::get{}), 103);
  EXPECT_EQ(server_ref<sum>(pool.start_child_args({})).call(sum::get{}), 100);
  (void)end_by(first, [&] { server_ref<sum>(first).cast(sum::fail{}); });
  const auto restarted = [&] { return pool.which_children()[0].process; };
  while (!restarted() || restarted() == first) continue;
  EXPECT_EQ(server_ref<sum>(restarted()).call(sum::get{}), 103);
  EXPECT_EQ(pool.try_start_child_args({"three"}).error().code(), RSP_EEXITED);
  EXPECT_EQ(pool.try_start_child(server<tally>()).error().reason(), "simple_one_for_one"_atom);
  const supervisor_ref late = supervisor(simple_one_for_one).child(server<late_sum>(10)).start();
  EXPECT_EQ(server_ref<late_sum>(late.start_child_args({5})).call(sum::get{}), 15);
  EXPECT_EQ(late.try_start_child_args({}).error().code(), RSP_EEXITED);  // it needs one
  const supervisor_ref none = supervisor(simple_one_for_one).child(server<tally>()).start();
  EXPECT_NE(none.try_start_child_args({5}).error().reason().to_string().find("takes no more arguments"),
            std::string::npos);
}

/** What takes the arguments of a start, and whether that takes more. */
struct only_more : gen_server<only_more> {
  void init(const extra_args& more) { value = 1 + static_cast<int64_t>(more.size()); }
  int64_t handle(sum::get) const { return value; }
  int64_t value = 0;
};
struct made_then_more : gen_server<made_then_more> {
  explicit made_then_more(int64_t own) : value(own) {}
  void init(const extra_args& more) { value += 1 + static_cast<int64_t>(more.size()); }
  int64_t handle(sum::get) const { return value; }
  int64_t value;
};
struct anything : gen_server<anything> {
  template <class... Given>
  explicit anything(const Given&... given) : value((int64_t{0} + ... + given)) {}
  int64_t handle(sum::get) const { return value; }
  int64_t value;
};

// S-SUP-45
TEST_F(Supervisors, give_more_arguments_to_what_has_a_place_for_them) {
  const auto value = [](const child_spec& child, const std::vector<term>& more) {
    const supervisor_ref pool = supervisor(simple_one_for_one).child(child).start();
    return server_ref<only_more>(pool.start_child_args(more)).pid();
  };
  const auto of = [](auto made, pid process) { return server_ref<decltype(made)>(process).call(sum::get{}); };
  EXPECT_EQ(of(only_more(), value(server<only_more>(), {})), 1);
  EXPECT_EQ(of(only_more(), value(server<only_more>(), {7, 7})), 3);
  EXPECT_EQ(of(only_more(), server<only_more>().start()), 1);
  EXPECT_EQ(of(made_then_more(0), value(server<made_then_more>(10), {})), 11);
  EXPECT_EQ(of(made_then_more(0), value(server<made_then_more>(10), {7})), 12);
  EXPECT_EQ(of(anything(), value(server<anything>(1, 2), {})), 3);
  const supervisor_ref pool = supervisor(simple_one_for_one).child(server<anything>(1, 2)).start();
  EXPECT_TRUE(pool.try_start_child_args({3}).is_err());
}

// S-SUP-15, S-SUP-45
TEST_F(Supervisors, give_their_init_more_arguments) {
  const auto pool = [](const supervisor& of) { return supervisor(simple_one_for_one).child(of).start(); };
  const supervisor_ref grown = pool(supervisor::with_init([](const extra_args& more) {
    supervisor made;
    for (int64_t i = 0; i < more.at<int64_t>(0); ++i) made.child(server<tally>().id(i));
    return made;
  }));
  EXPECT_EQ(supervisor_ref(grown.start_child_args({3})).which_children().size(), 3u);
  EXPECT_EQ(supervisor_ref(grown.start_child_args({5})).which_children().size(), 5u);
  const supervisor_ref fixed = pool(supervisor::with_init([] { return supervisor(); }));
  EXPECT_EQ(supervisor_ref(fixed.start_child_args({})).which_children().size(), 0u);
  EXPECT_NE(fixed.try_start_child_args({1}).error().reason().to_string().find("no arguments"),
            std::string::npos);
}

// S-SUP-15: two that share a specification are started again at the same time
TEST_F(Supervisors, have_one_init_run_in_several_processes_at_once) {
  std::atomic<int> begun{2};
  const supervisor inner = supervisor().child(supervisor::with_init([&begun] {
    ++begun;
    while (begun < 2) continue;
    return supervisor().child(server<tally>(begun.load()));
  }));
  const supervisor_ref pool = supervisor(simple_one_for_one).child(inner).start();
  const supervisor_ref holders[] = {supervisor_ref(pool.start_child_args({})),
                                    supervisor_ref(pool.start_child_args({}))};
  const auto held = [&](int i) { return holders[i].which_children()[0].process; };
  const pid before[] = {held(0), held(1)};
  begun = 0;
  for (const pid& each : before) exit(each, "kill"_atom);
  for (int i = 0; i < 2; ++i) {
    while (!held(i) || held(i) == before[i]) continue;
    EXPECT_EQ(supervisor_ref(held(i)).which_children().size(), 1u);
  }
  EXPECT_EQ(begun, 2);
}

// S-SUP-42
TEST_F(Supervisors, that_are_dynamic_give_all_children_arguments) {
  const supervisor_ref pool = supervisor(dynamic).extra_arguments({1000, 200}).start();
  EXPECT_EQ(server_ref<sum>(pool.start_child(server<sum>(3))).call(sum::get{}), 1203);
}

// S-SUP-46, S-SUP-47
TEST_F(Supervisors, have_children_that_functions_start) {
  const auto starts = std::make_shared<std::atomic<int>>(0);
  const supervisor_ref tree =
      supervisor()
          .child(started_by("linked", [starts] { return started::link(server<tally>(++*starts * 10)); }))
          .child(started_by("tree", [] { return started::link(supervisor().child<tally>("inner", 7)); }))
          .child(started_by("renamed",
                            [] {
                              return started::link_then(server<tally>(), [](const result<pid>& child) {
                                return register_name("renamed", child.value()), child;
                              });
                            }))
          .child(started_by("none", [] { return started::ignore(); }))
          .start();
  const auto linked = [&] { return tree.which_children()[0].process; };
  const pid first = linked();
  EXPECT_EQ(server_ref<tally>(first).call(tally::next{}), 11);
  EXPECT_EQ(server_ref<tally>("inner").call(tally::next{}), 8);
  EXPECT_EQ(whereis("renamed"), tree.which_children()[2].process);
  EXPECT_EQ(tree.which_children()[3].process, pid());
  (void)end_by(first, [&] { server_ref<tally>(first).cast(tally::fail{}); });
  while (!linked() || linked() == first) continue;
  EXPECT_EQ(server_ref<tally>(linked()).call(tally::next{}), 21);
  tree.stop();
  EXPECT_EQ(whereis("inner"), pid());
}

// S-SUP-13, S-SUP-48
TEST_F(Supervisors, know_why_a_function_starts_no_child) {
  const auto why = [](auto function) {
    return supervisor().child(started_by(1, function)).try_start().error().reason().to_string();
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_PRED2(has, why([] { return started::fail("no disk"_atom); }), "no disk");
  EXPECT_PRED2(has, why([]() -> pid { throw Error("broken"); }), "broken");
  EXPECT_PRED2(has, why([]() -> result<pid> { return Err{RSP_ENOMEM}; }), "system_limit");
  EXPECT_PRED2(has, why([] {
                 struct quits : gen_server<quits> {
                   init_result init() { return init_result::stop("too early"_atom); }
                 };
                 return started::link(server<quits>());
               }),
               "too early");
  EXPECT_PRED2(has, why([] { return started::link(server<tally>().worker(99)); }), "badarg");
  EXPECT_PRED2(has, why([] { return pid(rsp_pid{1, UINT32_MAX, 0}); }), "badarg");
  std::atomic<int> alive{0};
  (void)why([held = counted(alive)] {
    return started::link_then(server<tally>(),
                              [held](const result<pid>&) -> started { throw Error("changed my mind"); });
  });
  while (alive != 0) (void)try_receive(1ms);
}

// S-SUP-49
TEST_F(Supervisors, end_a_function_that_waits_for_its_child) {
  struct endless : gen_server<endless> {
    init_result init(pid told) {
      send(told, "begun"_atom);
      init_ack_later();
      return {};
    }
  };
  std::atomic<int> alive{0};
  {
    const supervisor_ref tree = supervisor().start();
    std::thread starter([&, held = counted(alive), me = self()] {
      EXPECT_TRUE(tree.try_start_child(started_by(1,
                                                  [held, me] {
                                                    return started::link_then(
                                                        server<endless>(me),
                                                        [held](const result<pid>& child) { return child; });
                                                  }))
                      .is_err());
    });
    EXPECT_EQ(receive().content(), "begun"_atom);
    EXPECT_EQ(end_by(tree.pid(), [&] { exit(tree.pid(), "kill"_atom); }), "killed"_atom);
    starter.join();
  }
  while (alive != 0) (void)try_receive(1ms);
}

// S-SUP-46
TEST_F(Supervisors, take_what_a_start_in_a_function_came_to) {
  struct declines : gen_server<declines> {
    init_result init() { return init_result::ignore(); }
  };
  const supervisor_ref tree = supervisor().start();
  const auto child = [&](int id, auto function) { return tree.start_child(started_by(id, function)); };
  EXPECT_EQ(child(1, [] { return started::link(server<declines>()); }), pid());
  EXPECT_EQ(
      child(2,
            [] { return started::link_then(server<declines>(), [](const result<pid>& it) { return it; }); }),
      pid());
  EXPECT_NE(
      child(3, [] { return started::link_then(server<tally>(), [](const result<pid>& it) { return it; }); }),
      pid());
  EXPECT_NE(child(4,
                  [] {
                    return started::link_then(
                        server<tally>(), [once = std::make_unique<int>(1)](const result<pid>& it) mutable {
                          once.reset();
                          return it;
                        });
                  }),
            pid());
}

// S-SUP-8, S-SUP-9
TEST_F(Supervisors, say_whether_they_would_take_children) {
  supervisor::check_childspecs({server<tally>().id(1), server<tally>().id(2), supervisor().name("inner")});
  const auto wrong = [](const std::vector<child_spec>& children, auto_shutdown of = auto_shutdown::never) {
    return thrown_by<start_error>([&] { supervisor::check_childspecs(children, of); }).reason().to_string();
  };
  EXPECT_EQ(wrong({server<tally>().id(1), server<tally>().id(1)}), "{start_spec,{duplicate_child_name,1}}");
  const child_spec significant = server<tally>().id(1).restart(restart_type::temporary).significant();
  EXPECT_NE(wrong({significant}).find("significant"), std::string::npos);
  supervisor::check_childspecs({significant}, auto_shutdown::any_significant);
  std::atomic<int> alive{0};
  supervisor::check_childspecs({function("f", [held = counted(alive)] { return [held](message&) {}; })});
  EXPECT_EQ(alive, 0);
}

// S-SUP-46
TEST_F(Supervisors, pass_on_what_a_start_function_says_of_its_child) {
  const auto counts = [starts = std::make_shared<std::atomic<int>>(0)] {
    return started::link_then(server<tally>(), [starts](const result<pid>& child) {
      return started(child.value(), term::tuple("start"_atom, ++*starts));
    });
  };
  const auto start_of = [](int number) { return term::tuple("start"_atom, number); };
  const supervisor_ref tree = supervisor().child(started_by("a", counts)).start();
  tree.terminate_child("a");
  const started_child again = tree.restart_child_info("a");
  EXPECT_EQ(again.process, tree.which_children()[0].process);
  EXPECT_EQ(again.info, start_of(2));
  const started_child second = tree.start_child_info(started_by("b", counts));
  EXPECT_EQ(second.process, tree.which_children()[1].process);
  EXPECT_EQ(second.info, start_of(3));
  EXPECT_EQ(tree.start_child_info(server<tally>()).info, term());
  EXPECT_EQ(tree.start_child_info_request(started_by("c", counts)).receive().info, start_of(4));
  tree.terminate_child("c");
  EXPECT_EQ(tree.restart_child_info_request("c").receive().info, start_of(5));
  EXPECT_EQ(tree.start_child_info(started_by("d", [] { return started::ignore(); })).process, pid());
  EXPECT_NE(tree.start_child(started_by("e", counts)), pid());  // who does not ask hears nothing
  EXPECT_EQ(tree.try_restart_child_info("none").error().reason(), "not_found"_atom);
  tree.stop();

  const supervisor_ref pool =
      supervisor(simple_one_for_one)
          .child(started_by("sums",
                            [](const extra_args& more) {
                              return started::link_then(
                                  server<tally>(), [told = more.at<int64_t>(0)](const result<pid>& child) {
                                    return started(child.value(), told);
                                  });
                            }))
          .start();
  EXPECT_EQ(pool.start_child_args_info({21}).info, 21);
  EXPECT_EQ(pool.start_child_args_info_request({22}).receive().info, 22);
  EXPECT_TRUE(pool.try_start_child_args_info({}).is_err());
}

// S-SUP-45, S-SUP-46
TEST_F(Supervisors, give_a_start_function_what_a_start_adds) {
  const supervisor_ref pool =
      supervisor(simple_one_for_one)
          .child(started_by(
              "sums",
              [](const extra_args& more) { return started::link(server<sum>(more.at<int64_t>(0) * 2)); }))
          .start();
  EXPECT_EQ(server_ref<sum>(pool.start_child_args({21})).call(sum::get{}), 42);
}

// S-STOP-1
TEST_F(Supervisors, of_a_runtime_end_with_it) {
  (void)parts(one_for_one).start(rt_);
  EXPECT_EQ(notes(3), "+a+b+c");
  std::atomic<int> alive{0};
  supervisor().child(function("f", [held = counted(alive)] { return [held](message&) {}; })).start(rt_);
  EXPECT_EQ(alive, 2);
  rt_.stop();
  EXPECT_EQ(alive, 0);
}

}  // namespace
