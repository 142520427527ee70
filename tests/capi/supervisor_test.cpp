// resprout/supervisor.h: children whose ends come at awkward moments.
#include <atomic>

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

}  // namespace
