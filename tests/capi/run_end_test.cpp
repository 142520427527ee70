// How programs end (resprout/run.h) where more is under way than one stop: who is late of what was ending already, others who
// stop the runtime, code that takes its time.
#include <atomic>
#include <chrono>
#include <csignal>

#include "resprout/await.h"
#include "tests/capi/program.hpp"

using namespace capi_test;

namespace {

// S-STOP-4, S-RUN-3
TEST(RunEnds, KillsAndNamesWhoIsLateAndEndsInOrderStill) {
  LateOnes late;
  Program program({{nullptr, "early"}, {nullptr, "stubborn", true}, {nullptr, "last"}}, with_signals(300));
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  program.end();
  EXPECT_EQ(program.status, 1);
  EXPECT_EQ(late.names.all(), Lines{"stubborn"});
  const Lines told = program.notes.all();
  EXPECT_EQ(told[3], "last is told");
  EXPECT_EQ(told[4], "stubborn is told");
}

/** A supervisor below the top, of a child that does not obey, and how that is started. */
enum class Below { GIVEN, DYNAMIC, BY_A_FUNCTION };

struct Nested {
  explicit Nested(Below how) {
    inner.opts.name = atom("inner");
    inner.children = &below;
    inner.child_count = 1;
    child.id = word("inner_child");
    child.type = RSP_CHILD_SUPERVISOR;
    if (how == Below::DYNAMIC) {
      inner.opts.strategy = RSP_DYNAMIC;
      inner.child_count = 0;
    }
    if (how == Below::BY_A_FUNCTION) {
      function.function_name = "starts_inner";
      function.function = &start;
      child.start.more = &function;
      child.start.ctx = this;
    } else {
      child.supervisor = &inner;
    }
    top.opts.name = atom("top");
    top.children = &child;
    top.child_count = 1;
  }

  /** Of the starter, which has this as its context. */
  static rsp_next start(rsp_self* self, void* ctx, rsp_term, rsp_start_return* ret) {
    rsp_start_opts linked = RSP_START_OPTS_INIT;
    linked.link = true;
    const auto go_on = [](rsp_self*, const rsp_outcome* outcome, void* out) {
      EXPECT_EQ(outcome->result, RSP_OK);
      static_cast<rsp_start_return*>(out)->pid = outcome->pid;
      return RSP_NEXT_CONTINUE;
    };
    return rsp_await_start_supervisor(self, &static_cast<Nested*>(ctx)->inner, &linked, go_on, ret);
  }

  Notes notes;
  Part stubborn{&notes, "stubborn", true};
  rsp_child_spec below = child_of(stubborn);
  rsp_supervisor_spec inner = RSP_SUPERVISOR_SPEC_INIT;
  rsp_start_more function = RSP_START_MORE_INIT;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
};

/** Asks for the end of the program in `mine`, when its child is up and, if `is_ending`, being stopped already. */
void ask_for_end(Nested& mine, Below how, bool is_ending) {
  wait_until([] { return rsp_whereis(atom("inner")) != NO_PID; });
  const Attached me;
  if (how == Below::DYNAMIC) {
    rsp_pid pid = NO_PID;
    EXPECT_EQ(
        rsp_supervisor_start_child(me, &pid, nullptr, rsp_whereis(atom("inner")), &mine.below, RSP_INFINITE),
        RSP_OK);
  }
  wait_until([&] { return mine.notes.has("stubborn is up"); });
  rsp_term counts = NIL;  // the top answers when all are up
  EXPECT_EQ(rsp_supervisor_count_children(me, &counts, rsp_whereis(atom("top")), RSP_INFINITE), RSP_OK);
  rsp_term_free(counts);
  if (is_ending) {
    EXPECT_EQ(rsp_supervisor_terminate_child(me, nullptr, rsp_whereis(atom("top")), mine.child.id, 1),
              RSP_ETIMEDOUT);
    wait_until([&] { return mine.notes.has("stubborn is told"); });
  }
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
}

// S-STOP-4
TEST(RunEnds, TheSupervisorBelowNamesWhoIsLate) {
  for (const Below how : {Below::GIVEN, Below::DYNAMIC, Below::BY_A_FUNCTION}) {
    for (const bool is_ending : {false, true}) {
      LateOnes late;
      Nested mine(how);
      std::thread asks([&] { ask_for_end(mine, how, is_ending); });
      const rsp_run_opts options = within(1000);  // a tenth of it is for who names
      int status = -1;
      EXPECT_EQ(rsp_run(&status, nullptr, &mine.top, &options), RSP_OK);
      asks.join();
      EXPECT_EQ(status, 1);
      EXPECT_EQ(late.names.all(), Lines{how == Below::DYNAMIC ? "undefined" : "stubborn"}) << is_ending;
    }
  }
}

// S-STOP-4
TEST(RunEnds, ATopThatIsEndingAlreadyNamesWhoIsLate) {
  LateOnes late;
  Program program({{nullptr, "stubborn", true}}, within(1000), atom("top"));
  {
    const Attached me;
    EXPECT_EQ(rsp_stop(me, nullptr, rsp_whereis(atom("top")), word("shutdown"), 1), RSP_ETIMEDOUT);
  }
  wait_until([&] { return program.notes.has("stubborn is told"); });
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
  EXPECT_EQ(program.status, 1);
  EXPECT_EQ(late.names.all(), Lines{"stubborn"});
}

// S-RUN-2
TEST(RunEnds, WhenItsTopOrTheParentOfThatIsKilled) {
  for (const bool is_parent : {false, true}) {
    Program program({{nullptr, "part"}}, RSP_RUN_OPTS_INIT, atom("top"));
    {
      const Attached me;
      const rsp_pid top = rsp_whereis(atom("top"));
      rsp_term info = NIL;
      rsp_term parent = NIL;
      EXPECT_EQ(rsp_process_info(me, &info, top, RSP_INFINITE), RSP_OK);
      EXPECT_EQ(rsp_term_map_get(&parent, info, word("parent")), RSP_OK);
      const rsp_result told = rsp_exit_signal(me, is_parent ? as_pid(parent) : top, word("kill"));
      EXPECT_TRUE(told == RSP_OK || told == RSP_EXITING);
      rsp_term_free(info);
    }
    program.end();
    EXPECT_EQ(program.result, RSP_OK);
    EXPECT_EQ(program.status, 1);
    EXPECT_EQ(show(program.reason), "killed");
  }
}

// S-RUN-1, S-RUN-2
TEST(RunEnds, WhenAnotherThreadKillsAllThatRuns) {
  Program program({{nullptr, "part"}});
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 1);
  const std::string reason = show(program.reason);
  EXPECT_TRUE(reason == "killed" || reason == "shutdown")
      << reason << ": the root may still have told the master";
}

/** A tree that the program finds when it begins, and that goes after it: told to end, it does not before it is let go, or killed,
 * and then takes so long still. */
class Older {
 public:
  explicit Older(std::chrono::milliseconds more) : more_(more) {
    EXPECT_EQ(rsp_runtime_start(nullptr), RSP_OK);
    rsp_child_spec child = RSP_CHILD_SPEC_INIT;
    child.id = word("older");
    child.shutdown = RSP_SHUTDOWN_INFINITY;
    child.start.ctx = this;
    child.start.handler = [](rsp_self* self, rsp_msg* message, void* ctx) {
      if (message != nullptr) return static_cast<Older*>(ctx)->end(self);
      EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
      return RSP_NEXT_CONTINUE;
    };
    rsp_pid pid = NO_PID;
    EXPECT_EQ(rsp_supervisor_start(nullptr, &pid, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  }
  ~Older() {
    wait_until([&] { return is_over(); });
  }
  Older(const Older&) = delete;
  Older& operator=(const Older&) = delete;

  void let_go() { is_let_go_ = true; }
  bool is_told() const { return is_told_; }
  bool is_over() const { return is_over_; }

 private:
  rsp_next end(rsp_self* self) {
    is_told_ = true;
    wait_until([&] { return is_let_go_ || rsp_checkpoint(self) == RSP_EXITING; });
    const auto until = std::chrono::steady_clock::now() + more_;
    wait_until([&] { return std::chrono::steady_clock::now() >= until; });
    const rsp_next next = rsp_exit(self, word("shutdown"));
    is_over_ = true;
    return next;
  }

  const std::chrono::milliseconds more_;
  std::atomic<bool> is_told_{false};
  std::atomic<bool> is_let_go_{false};
  std::atomic<bool> is_over_{false};
};

// S-RUN-1
TEST(RunEnds, WithTheStopOfAnotherThreadWhenThatIsOver) {
  Older older(std::chrono::milliseconds(200));
  Program program({{nullptr, "part"}});
  std::thread stops([] { EXPECT_EQ(rsp_runtime_stop(RSP_INFINITE), RSP_OK); });
  wait_until([&] { return older.is_told(); });
  older.let_go();
  program.end();
  EXPECT_TRUE(older.is_over());
  stops.join();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 1);
  EXPECT_EQ(show(program.reason), "shutdown");
}

// S-RUN-6
TEST(RunEnds, WithTheSecondSignalsStatusWhereTheTopHadEndedByItself) {
  Older older(std::chrono::milliseconds(0));
  Program program({{nullptr, "part"}}, with_signals(RSP_INFINITE), atom("top"));
  stop_top("top", word("normal"));
  wait_until([&] { return older.is_told(); });
  EXPECT_EQ(raise(SIGTERM), 0);
  EXPECT_EQ(raise(SIGINT), 0);  // the second one kills it
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 128 + SIGINT);
  EXPECT_EQ(show(program.reason), "normal");
}

}  // namespace
