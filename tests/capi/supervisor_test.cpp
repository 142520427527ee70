// resprout/supervisor.h: children whose ends come at awkward moments.
#include <atomic>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

class Supervisors : public testing::Test {
 public:
  Supervisors() {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);  // the failures are meant
  }
  ~Supervisors() override { rsp_set_report_sink(nullptr, nullptr); }

 protected:
  /** Starts one child under a supervisor that is linked to `me`. */
  rsp_pid start(const Attached& me, Code code, int64_t max_restarts,
                rsp_restart restart = RSP_RESTART_PERMANENT) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.id = word("child");
    child.start.handler = run_code;
    child.start.ctx = new Code(std::move(code));
    child.start.ctx_free = free_code;
    child.restart = restart;
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.max_restarts = max_restarts;
    rsp_start_opts start_opts = RSP_START_OPTS_INIT;
    start_opts.link = true;
    EXPECT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
    rsp_pid supervisor = NO_PID;
    EXPECT_EQ(rsp_supervisor_start(me, &supervisor, nullptr, &child, 1, &opts, &start_opts), RSP_OK);
    return supervisor;
  }

  /** A child that tells `me` of each start, and then does as its messages say. */
  rsp_pid start_obedient(const Attached& me, rsp_restart restart = RSP_RESTART_PERMANENT) {
    supervisor_ = start(
        me,
        [to = me.pid(), this](rsp_self* self, rsp_msg* message) {
          if (message == nullptr) {
            EXPECT_EQ(rsp_send(self, to, rsp_term_pid(rsp_self_pid(self))), RSP_OK);
            return RSP_NEXT_CONTINUE;
          }
          const std::string order = show(rsp_msg_term(message));
          if (order == "crash") return rsp_exit(self, word("crash"));
          if (order == "link_again") {
            EXPECT_EQ(rsp_unlink(self, supervisor_), RSP_OK);
            EXPECT_EQ(rsp_link(self, supervisor_), RSP_OK);
          } else {
            EXPECT_EQ(rsp_exit_signal(self, supervisor_, word("pretended")), RSP_OK);
          }
          return order == "pretend_and_crash" ? rsp_exit(self, word("crash")) : RSP_NEXT_CONTINUE;
        },
        10, restart);
    return as_pid(rsp_msg_term(me.receive().get()));
  }

  static void tell(const Attached& me, rsp_pid child, std::string_view order) {
    EXPECT_EQ(rsp_send(me, child, word(order)), RSP_OK);
  }

  std::string children(const Attached& me) const {
    rsp_term rows = NIL;
    EXPECT_EQ(rsp_supervisor_which_children(me, &rows, supervisor_, RSP_INFINITE), RSP_OK);
    const std::string text = show(rows);
    rsp_term_free(rows);
    return text;
  }

  const Runtime runtime_{2};
  rsp_pid supervisor_ = NO_PID;
};

// S-SUP-16
TEST_F(Supervisors, restart_a_child_that_dies_as_soon_as_it_has_said_that_it_runs) {
  constexpr int DEATHS = 5'000;
  const Attached me;
  std::atomic<int> starts{0};
  const rsp_pid supervisor = start(
      me,
      [&starts, to = me.pid()](rsp_self* self, rsp_msg*) {
        if (starts.fetch_add(1, std::memory_order_relaxed) < DEATHS) return rsp_exit(self, word("crash"));
        EXPECT_EQ(rsp_send(self, to, word("alive")), RSP_OK);
        return RSP_NEXT_CONTINUE;
      },
      DEATHS);
  EXPECT_EQ(text_of(me.receive()), "alive");
  EXPECT_EQ(starts.load(std::memory_order_relaxed), DEATHS + 1);
  EXPECT_EQ(me.exit(supervisor, "shutdown"), "shutdown");
}

// S-SUP-16
TEST_F(Supervisors, restart_a_child_that_dies_of_a_link_it_made_anew) {
  const Attached me;
  const rsp_pid first = start_obedient(me);
  tell(me, first, "link_again");
  tell(me, first, "crash");
  const rsp_pid second = as_pid(rsp_msg_term(me.receive().get()));
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(me.exit(supervisor_, "shutdown"), "shutdown");
}

// S-SUP-19
TEST_F(Supervisors, take_an_exit_signal_of_a_child_for_its_end) {
  const Attached me;
  const rsp_pid first = start_obedient(me);
  tell(me, first, "pretend");
  const rsp_pid second = as_pid(rsp_msg_term(me.receive().get()));
  EXPECT_NE(second.id, first.id);
  const std::string before = children(me);
  EXPECT_EQ(me.exit(first, "kill"), "killed");
  EXPECT_EQ(children(me), before);  // the true end of the first is nobody's
  EXPECT_EQ(me.exit(supervisor_, "shutdown"), "shutdown");
}

// S-SUP-18, S-SUP-19
TEST_F(Supervisors, forget_a_temporary_child_that_pretends_to_end_and_then_ends) {
  for (int i = 0; i < 200; ++i) {
    const Attached me;
    const rsp_pid child = start_obedient(me, RSP_RESTART_TEMPORARY);
    EXPECT_EQ(me.end_after(child, [&] { tell(me, child, "pretend_and_crash"); }), "crash");
    EXPECT_EQ(children(me), "[]");
    EXPECT_EQ(me.exit(supervisor_, "shutdown"), "shutdown");
  }
}

// ---- Children of one kind share what they are started from ----

/** What a server is to tell at each start, and how often that was given back. */
struct Told {
  rsp_pid to;
  int64_t name;
  std::atomic<int> freed{0};
};

/** Sends [Name, Args], of its context and its start. */
rsp_next tell_start(rsp_self* self, void* ctx, rsp_term args, rsp_server_return*) {
  const Told& told = *static_cast<Told*>(ctx);
  const rsp_term both[] = {rsp_term_int(told.name), args};
  rsp_term list = NIL;
  EXPECT_EQ(rsp_term_list(&list, both, 2), RSP_OK);
  EXPECT_EQ(rsp_send(self, told.to, list), RSP_OK);
  rsp_term_free(list);
  return RSP_NEXT_CONTINUE;
}

class Alike : public Supervisors {
 protected:
  Alike() {
    ops_.size = sizeof ops_;
    ops_.name = "alike";
    ops_.init = tell_start;
    rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
    opts.strategy = RSP_DYNAMIC;
    opts.max_restarts = 100;
    EXPECT_EQ(rsp_supervisor_start(me_, &supervisor_, nullptr, nullptr, 0, &opts, nullptr), RSP_OK);
  }

  rsp_pid add(Told& told, rsp_term args, rsp_restart restart = RSP_RESTART_PERMANENT,
              void (*ctx_free)(void*) = nullptr) {
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.start.ops = &ops_;
    child.start.ctx = &told;
    child.start.ctx_free = ctx_free;
    child.start.args = args;
    child.restart = restart;
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_supervisor_start_child(me_, &pid, nullptr, supervisor_, &child, RSP_INFINITE), RSP_OK);
    last_ = text_of(me_.receive());
    return pid;
  }

  /** What the next process of this child tells. */
  std::string after_a_crash(rsp_pid child) {
    EXPECT_EQ(me_.exit(child, "kill"), "killed");
    return text_of(me_.receive());
  }

  std::string childspec(rsp_pid child) {
    rsp_term spec = NIL;
    EXPECT_EQ(
        rsp_supervisor_get_childspec(me_, &spec, nullptr, supervisor_, rsp_term_pid(child), RSP_INFINITE),
        RSP_OK);
    const std::string text = show(spec);
    rsp_term_free(spec);
    return text;
  }

  const Attached me_;
  rsp_server_ops ops_{};
  std::string last_;  // what was told last
};

// S-SUP-42
TEST_F(Alike, children_start_again_with_args_and_a_context_of_their_own) {
  Told one{me_.pid(), 1};
  Told other{me_.pid(), 2};
  struct Case {
    Told& told;
    rsp_term args;
    std::string_view tells;
  };
  const Case cases[] = {{one, rsp_term_int(10), "[1,10]"},
                        {one, rsp_term_int(11), "[1,11]"},
                        {one, NIL, "[1,nil]"},
                        {one, rsp_term_int(10), "[1,10]"},
                        {other, rsp_term_int(10), "[2,10]"},
                        {other, rsp_term_int(12), "[2,12]"}};
  std::vector<rsp_pid> children;
  for (const Case& each : cases) {
    children.push_back(add(each.told, each.args));
    EXPECT_EQ(last_, each.tells);
  }
  for (size_t i = 0; i < children.size(); ++i) EXPECT_EQ(after_a_crash(children[i]), cases[i].tells);
}

// S-SUP-40
TEST_F(Alike, temporary_children_are_described_by_their_own_args) {
  Told told{me_.pid(), 1};
  const rsp_pid first = add(told, rsp_term_int(10), RSP_RESTART_TEMPORARY);
  const rsp_pid second = add(told, rsp_term_int(11), RSP_RESTART_TEMPORARY);
  EXPECT_NE(childspec(first).find("start => {alike,10}"), std::string::npos) << childspec(first);
  EXPECT_NE(childspec(second).find("start => {alike,11}"), std::string::npos) << childspec(second);
}

// S-SUP-42
TEST_F(Alike, children_give_back_each_context_that_was_handed_over) {
  Told told{me_.pid(), 1};
  const auto count = [](void* freed) { ++static_cast<Told*>(freed)->freed; };
  for (int i = 0; i < 3; ++i) add(told, NIL, RSP_RESTART_PERMANENT, count);
  EXPECT_EQ(told.freed.load(), 0) << "they run";
  EXPECT_EQ(rsp_stop(me_, nullptr, supervisor_, word("shutdown"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(told.freed.load(), 3);
}

// S-SUP-40: a name that is too long for an atom is a text.
TEST_F(Alike, a_child_of_a_type_with_a_long_name_is_described_with_it) {
  const std::string name(300, 'x');
  ops_.name = name.c_str();
  Told told{me_.pid(), 1};
  const rsp_pid child = add(told, NIL);
  EXPECT_NE(childspec(child).find("module => \"" + name), std::string::npos) << childspec(child);
}

// S-NAT-8: a reference is only numbers, and somebody may guess the one that an outcome is to come through.
TEST(CallbackSupervisor, takes_nothing_but_an_outcome_for_one) {
  const Runtime runtime(1);  // one worker makes all numbers, one after another
  const Attached me;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.opts.name = atom("guessed");
  spec.init = [](rsp_self* self, void*, rsp_term, rsp_supervisor_init*) {
    rsp_ref guess = {};
    EXPECT_EQ(rsp_make_ref(self, &guess), RSP_OK);
    const uint64_t supervisor = rsp_whereis(atom("guessed")).id;
    guess.words[2] = static_cast<uint32_t>(supervisor);
    guess.words[3] = static_cast<uint32_t>(supervisor >> 32);
    for (int i = 0; i < 8; ++i) {
      --guess.words[0];
      EXPECT_EQ(rsp_send_alias(self, guess, rsp_term_int(4711)), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  rsp_pid pid = NO_PID;
  rsp_term error = NIL;
  EXPECT_EQ(rsp_supervisor_start_spec(me, &pid, &error, &spec, nullptr), RSP_EEXITED);
  EXPECT_EQ(show(error), "badarg");
  rsp_term_free(error);
}

// Nil is a reason as any other.
TEST(CallbackSupervisor, has_failed_where_its_init_exits_with_nil) {
  const Runtime runtime;
  const Attached me;
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.init = [](rsp_self* self, void*, rsp_term, rsp_supervisor_init*) { return rsp_exit(self, NIL); };
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_supervisor_start_spec(me, &pid, nullptr, &spec, nullptr), RSP_EEXITED);
}

}  // namespace
