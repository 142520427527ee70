// resprout/run.h: a program from its start to its end, asked by signals, by itself and by its top.
#include "resprout/run.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** What children have done, in order. */
class Notes {
 public:
  void add(std::string note) {
    const std::lock_guard guard(lock_);
    all_.push_back(std::move(note));
  }
  std::vector<std::string> all() {
    const std::lock_guard guard(lock_);
    return all_;
  }
  bool has(const std::string& note) {
    for (const std::string& each : all()) {
      if (each == note) return true;
    }
    return false;
  }

 private:
  std::mutex lock_;
  std::vector<std::string> all_;
};

/** A child that traps exits: it notes that it is up, and as it is told to end; a stubborn one then stays. */
struct Part {
  Notes* notes;
  std::string name;
  bool is_stubborn = false;
};

rsp_next run_part(rsp_self* self, rsp_msg* message, void* ctx) {
  const Part& part = *static_cast<Part*>(ctx);
  if (message == nullptr) {
    EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
    part.notes->add(part.name + " is up");
    return RSP_NEXT_CONTINUE;
  }
  if (rsp_msg_get_kind(message) != RSP_MSG_EXIT) return RSP_NEXT_CONTINUE;
  part.notes->add(part.name + " is told");
  return part.is_stubborn ? RSP_NEXT_CONTINUE : rsp_exit(self, rsp_msg_term(message));
}

rsp_child_spec child_of(Part& part) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word(part.name);
  child.start.handler = run_part;
  child.start.ctx = &part;
  child.shutdown = RSP_SHUTDOWN_INFINITY;
  return child;
}

/** A program of parts, run by a thread of its own, on which no signal is blocked. */
class Program {
 public:
  explicit Program(std::vector<Part> parts, rsp_run_opts options = RSP_RUN_OPTS_INIT, rsp_atom name = {})
      : parts_(std::move(parts)) {
    for (Part& part : parts_) {
      part.notes = &notes;
      children_.push_back(child_of(part));
    }
    thread_ = std::thread([this, options, name] {
      rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
      top.children = children_.data();
      top.child_count = children_.size();
      top.opts.name = name;
      result = rsp_run(&status, &reason, &top, &options);
    });
    for (const Part& part : parts_) wait_until([&] { return notes.has(part.name + " is up"); });
  }
  ~Program() {
    if (thread_.joinable()) thread_.join();
    rsp_term_free(reason);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /** Waits until it has ended. */
  Program& end() {
    thread_.join();
    return *this;
  }

  Notes notes;
  rsp_result result = RSP_EOS;
  int status = -1;
  rsp_term reason = NIL;

 private:
  std::vector<Part> parts_;
  std::vector<rsp_child_spec> children_;
  std::thread thread_;
};

rsp_run_opts with_signals(uint64_t stop_timeout_ms = 60'000) {
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.handle_signals = 1;
  options.stop_timeout_ms = stop_timeout_ms;
  return options;
}

/** Collects which children supervisors have reported for ending otherwise than told. */
class LateOnes {
 public:
  LateOnes() { rsp_set_report_sink(&take, this); }
  ~LateOnes() { rsp_set_report_sink(nullptr, nullptr); }
  LateOnes(const LateOnes&) = delete;
  LateOnes& operator=(const LateOnes&) = delete;

  Notes names;

 private:
  static void take(void* mine, rsp_report_level, rsp_term report) {
    rsp_term context = NIL;
    rsp_term offender = NIL;
    rsp_term id = NIL;
    if (rsp_term_map_get(&context, report, word("errorContext")) != RSP_OK) return;
    if (show(context) != "shutdown_error") return;
    EXPECT_EQ(rsp_term_map_get(&offender, report, word("offender")), RSP_OK);
    EXPECT_EQ(rsp_term_map_get(&id, offender, word("id")), RSP_OK);
    static_cast<LateOnes*>(mine)->names.add(show(id));
  }
};

using Lines = std::vector<std::string>;

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

// S-STOP-4, S-RUN-3
TEST(Run, KillsAndNamesWhoIsLateAndEndsInOrderStill) {
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

// S-STOP-4
TEST(Run, HasTheSupervisorBelowNameWhoIsLate) {
  LateOnes late;
  Notes notes;
  Part stubborn{&notes, "stubborn", true};
  const rsp_child_spec below = child_of(stubborn);
  rsp_supervisor_spec inner = RSP_SUPERVISOR_SPEC_INIT;
  inner.children = &below;
  inner.child_count = 1;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("inner");
  child.supervisor = &inner;
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.stop_timeout_ms = 300;
  std::thread asks([&] {
    wait_until([&] { return notes.has("stubborn is up"); });
    EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  });
  int status = -1;
  EXPECT_EQ(rsp_run(&status, nullptr, &top, &options), RSP_OK);
  asks.join();
  EXPECT_EQ(status, 1);
  EXPECT_EQ(late.names.all(), Lines{"stubborn"});
}

/** Ends the top for this reason, from a process of the program. */
void stop_top(std::string_view name, rsp_term reason) {
  const Attached me;
  const rsp_result result = rsp_stop(me, nullptr, rsp_whereis(atom(name)), reason, RSP_INFINITE);
  EXPECT_TRUE(result == RSP_OK || result == RSP_EXITING) << "the runtime stops, and this process with it";
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

/** A service manager: a socket that takes what the program says of itself. */
class Manager {
 public:
  explicit Manager(const char* watchdog_us = nullptr) {
    socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const size_t length = size - offsetof(sockaddr_un, sun_path);
    std::string name(address.sun_path, length);  // of the abstract namespace
    name[0] = '@';
    EXPECT_EQ(setenv("NOTIFY_SOCKET", name.c_str(), 1), 0);
    if (watchdog_us != nullptr) {
      EXPECT_EQ(setenv("WATCHDOG_USEC", watchdog_us, 1), 0);
    }
  }
  ~Manager() {
    close(socket_);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /** What it is told next. */
  std::string next() const {
    char text[64];
    const ssize_t length = recv(socket_, text, sizeof text, 0);
    return length < 0 ? "nothing" : std::string(text, static_cast<size_t>(length));
  }

 private:
  int socket_ = -1;
};

rsp_run_opts with_notify() {
  rsp_run_opts options = RSP_RUN_OPTS_INIT;
  options.notify = 1;
  return options;
}

// S-RUN-7
TEST(Run, TellsTheServiceManagerThatItIsReadyAndThatItStops) {
  const Manager manager;
  Program program({{nullptr, "part"}}, with_notify());
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_EQ(rsp_init_stop(0), RSP_OK);
  EXPECT_EQ(manager.next(), "STOPPING=1");
  program.end();
}

// S-RUN-7
TEST(Run, ShowsTheServiceManagerThatItLives) {
  const Manager manager("20000");
  Program program({{nullptr, "part"}}, with_notify());
  std::vector<std::string> told;
  for (int i = 0; i < 4; ++i) told.push_back(manager.next());
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Lines{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"}));
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
