// resprout/run.h: a program from its start to its end, asked by signals, by itself and by its top.
#include <algorithm>
#include <atomic>
#include <csignal>

#include "tests/capi/program.hpp"

using namespace capi_test;

namespace {

// S-RUN-1, S-RUN-3, S-RUN-4
TEST(Run, EndsInReverseOrderWhenItIsAskedAndWithThatStatus) {
  Program program({{nullptr, "first"}, {nullptr, "second"}});
  EXPECT_EQ(rsp_init_stop(7), RSP_OK);
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 7);
  EXPECT_EQ(show(program.reason), "shutdown");
  EXPECT_EQ(program.notes.all(), (Lines{"first is up", "second is up", "second is told", "first is told"}));
  EXPECT_FALSE(rsp_runtime_is_running());
}

// S-RUN-4
TEST(Run, TakesTheStatusOfTheFirstWhoAsks) {
  Program program({{nullptr, "part"}});
  EXPECT_EQ(rsp_init_stop(3), RSP_OK);
  const rsp_result later = rsp_init_stop(4);
  program.end();
  EXPECT_TRUE(later == RSP_OK || later == RSP_ESTOPPED);
  EXPECT_EQ(program.status, 3);
}

std::atomic<int> g_signals{0};

// S-RUN-3, S-RUN-5
TEST(Run, EndsInOrderAtASignalAndGivesTheSignalBack) {
  g_signals = 0;
  ASSERT_NE(std::signal(SIGTERM, [](int) { ++g_signals; }), SIG_ERR);
  Program program({{nullptr, "part"}}, with_signals());
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  program.end();
  EXPECT_EQ(program.status, 0);
  EXPECT_TRUE(program.notes.has("part is told"));
  EXPECT_EQ(g_signals, 0);
  EXPECT_EQ(raise(SIGTERM), 0);
  EXPECT_EQ(g_signals, 1);
  ASSERT_NE(std::signal(SIGTERM, SIG_DFL), SIG_ERR);
}

// S-RUN-5
TEST(Run, LeavesASignalAloneThatIsIgnored) {
  ASSERT_NE(std::signal(SIGINT, SIG_IGN), SIG_ERR);
  Program program({{nullptr, "part"}}, with_signals());
  EXPECT_EQ(kill(getpid(), SIGINT), 0);
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
  EXPECT_EQ(program.status, 0);
  ASSERT_NE(std::signal(SIGINT, SIG_DFL), SIG_ERR);
}

// S-RUN-6
TEST(Run, EndsAtOnceAtASecondSignal) {
  Program program({{nullptr, "stubborn", true}}, with_signals(RSP_INFINITE));
  EXPECT_EQ(kill(getpid(), SIGINT), 0);
  wait_until([&] { return program.notes.has("stubborn is told"); });
  EXPECT_EQ(kill(getpid(), SIGINT), 0);
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  EXPECT_EQ(program.status, 128 + SIGINT);
}

// S-RUN-6
TEST(Run, EndsAtOnceAtTwoSignalsTheMomentItBegins) {
  Program program({{nullptr, "stubborn", true}}, with_signals(RSP_INFINITE));
  EXPECT_EQ(kill(getpid(), SIGINT), 0);
  EXPECT_EQ(kill(getpid(), SIGTERM), 0);
  program.end();
  EXPECT_GT(program.status, 128);
}

// S-RUN-2
TEST(Run, EndsWithTheStatusThatFollowsFromTheReasonOfItsTop) {
  rsp_term status_9 = NIL;
  const rsp_term pair[2] = {word("exit_status"), rsp_term_int(9)};
  ASSERT_EQ(rsp_term_tuple(&status_9, pair, 2), RSP_OK);
  const std::vector<std::pair<rsp_term, int>> expected = {
      {word("normal"), 0}, {word("shutdown"), 1}, {word("boom"), 1}, {status_9, 9}};
  for (const auto& [reason, status] : expected) {
    Program program({{nullptr, "part"}}, RSP_RUN_OPTS_INIT, atom("top"));
    stop_top("top", reason);
    program.end();
    EXPECT_EQ(program.result, RSP_OK);
    EXPECT_EQ(show(program.reason), show(reason));
    EXPECT_EQ(program.status, status) << show(reason);
  }
  rsp_term_free(status_9);
}

// S-RUN-2
TEST(Run, SaysWhyItsTopDidNotStart) {
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  rsp_server_ops ops{};
  ops.size = sizeof ops;
  ops.name = "fails";
  ops.init = [](rsp_self* self, void*, rsp_term, rsp_server_return*) { return rsp_exit(self, word("boom")); };
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &ops;
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  int status = -1;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_run(&status, &reason, &top, nullptr), RSP_EEXITED);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(show(reason), "{shutdown,{failed_to_start_child,fails,boom}}");
  rsp_term_free(reason);
  EXPECT_FALSE(rsp_runtime_is_running());
  rsp_set_report_sink(nullptr, nullptr);
}

// S-RUN-1
TEST(Run, TakesARuntimeThatRunsAndStopsIt) {
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 3;
  ASSERT_EQ(rsp_runtime_start(&options), RSP_OK);
  Program program({{nullptr, "part"}});
  EXPECT_EQ(stats().workers, 3u);
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
  EXPECT_FALSE(rsp_runtime_is_running());
}

// S-RUN-1
TEST(Run, IsForOneThreadAtATimeAndNotForCallbacks) {
  Program program({{nullptr, "part"}});
  const rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  int status = -1;
  EXPECT_EQ(rsp_run(&status, nullptr, &top, nullptr), RSP_EALREADY);
  EXPECT_EQ(status, 1);
  {
    const Attached me;
    in_callback(me, [&](rsp_self*) { EXPECT_EQ(rsp_run(&status, nullptr, &top, nullptr), RSP_EWOULDBLOCK); });
    const Code asks = [](rsp_self*, rsp_msg*) {
      EXPECT_EQ(rsp_init_stop(5), RSP_OK);
      return RSP_NEXT_STOP;
    };
    (void)spawn(me, asks, {.start = true});
  }
  program.end();
  EXPECT_EQ(program.status, 5);
}

TEST(Run, RefusesWhatItCannotUse) {
  const rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  int status = -1;
  EXPECT_EQ(rsp_run(nullptr, nullptr, &top, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_run(&status, nullptr, nullptr, nullptr), RSP_EINVAL);
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.handle_signals = 2;
  EXPECT_EQ(rsp_run(&status, nullptr, &top, &options), RSP_EINVAL);
  EXPECT_EQ(rsp_init_stop(0), RSP_ESTOPPED);
  EXPECT_EQ(rsp_init_stop(-1), RSP_EINVAL);
  EXPECT_EQ(rsp_init_stop(256), RSP_EINVAL);
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  rsp_supervisor_spec malformed = RSP_SUPERVISOR_SPEC_INIT;
  malformed.children = &child;
  malformed.child_count = 1;
  rsp_term reason = NIL;
  EXPECT_EQ(rsp_run(&status, &reason, &malformed, nullptr), RSP_ESPEC);
  EXPECT_EQ(show(reason), "{start_spec,missing_start}");
  rsp_term_free(reason);
}

// S-RUN-7
TEST(Run, TellsTheServiceManagerThatItIsReadyAndThatItStops) {
  const ServiceManager manager;
  Program program({{nullptr, "part"}}, with_notify());
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  EXPECT_EQ(manager.next(), "STOPPING=1");
  program.end();
}

// S-RUN-7
TEST(Run, ShowsTheServiceManagerThatItLives) {
  const ServiceManager manager("20000");
  Program program({{nullptr, "part"}}, with_notify());
  std::vector<std::string> told;
  for (int i = 0; i < 4; ++i) told.push_back(manager.next());
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Lines{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"}));
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
}

// S-RUN-7
TEST(Run, ShowsThatItLivesOnlyToAManagerThatAsksForIt) {
  const std::string me = std::to_string(getpid());
  const std::string other = std::to_string(getppid());
  struct Asked {
    const char* us;
    const char* pid;
    bool watches;
  };
  for (const Asked& asked : {Asked{"20000000", me.c_str(), true}, Asked{nullptr, nullptr, false},
                             Asked{nullptr, me.c_str(), false}, Asked{"20000000", other.c_str(), false},
                             Asked{"soon", nullptr, false}, Asked{"0", nullptr, false}}) {
    const ServiceManager manager(asked.us, asked.pid);
    Program program({{nullptr, "part"}}, with_notify());
    // The first one is sent before the program is ready.
    Lines told{manager.next()};
    if (asked.watches) told.push_back(manager.next());
    EXPECT_EQ(rsp_init_stop(0), RSP_OK);
    program.end();
    for (std::string& later : manager.rest()) told.push_back(std::move(later));
    EXPECT_EQ(std::count(told.begin(), told.end(), "WATCHDOG=1") > 0, asked.watches)
        << (asked.us == nullptr ? "none" : asked.us) << (asked.pid == nullptr ? "" : asked.pid);
    EXPECT_EQ(std::count(told.begin(), told.end(), "READY=1"), 1);
    EXPECT_EQ(told.back(), "STOPPING=1");
  }
}

// S-RUN-7
TEST(Run, TellsNothingWhereItIsNotTo) {
  const ServiceManager manager("20000");
  Program program({{nullptr, "part"}});
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
  EXPECT_EQ(manager.rest(), Lines{});
}

/** A state whose end holds up the runtime itself, which no other thread can take over then. */
struct Clog {
  std::atomic<bool> is_in{false};
  std::atomic<bool> is_out{false};

  static rsp_next end(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }
  static void free(void* state) {
    Clog& clog = *static_cast<Clog*>(state);
    clog.is_in = true;
    wait_until([&] { return clog.is_out.load(); });
  }
};

// S-RUN-7
TEST(Run, DoesNotShowThatItLivesWhileAllItsWorkersAreStuck) {
  rsp_runtime_opts one = RSP_RUNTIME_OPTS_INIT;
  one.workers = 1;
  ASSERT_EQ(rsp_runtime_start(&one), RSP_OK);
  const ServiceManager manager("20000");
  Program program({{nullptr, "part"}}, with_notify());
  while (manager.next() != "READY=1") continue;
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  Clog clog;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = &Clog::end;
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, &Clog::end, &clog, &Clog::free), RSP_OK);
  wait_until([&] { return clog.is_in.load(); });
  (void)manager.rest();
  EXPECT_EQ(manager.next_within(200'000), ServiceManager::NOTHING) << "ten times its patience";
  clog.is_out = true;
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
}

// S-RUN-7
TEST(Run, IsToldNothingOfWhereThereIsNoManager) {
  EXPECT_EQ(setenv("NOTIFY_SOCKET", "@nobody listens here", 1), 0);
  Program program({{nullptr, "part"}}, with_notify());
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  program.end();
  EXPECT_EQ(program.result, RSP_OK);
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
