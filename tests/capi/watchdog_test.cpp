// Code that does not return and declares nothing: what others notice of it, and how it ends.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/capi/support.hpp"
#include "tests/support/held_by_program.hpp"

using namespace capi_test;

namespace {

size_t threads_now() { return rsp::test::entries_of("/proc/self/task"); }

/// Code that computes until it is released, without a call.
struct Spinner {
  std::atomic<bool> released{false};
  std::atomic<uint32_t> entered{0};
  std::atomic<uint32_t> freed{0};
  std::atomic<rsp_result> call_after{RSP_EINVAL};

  void spin() {
    ++entered;
    while (!released) std::this_thread::yield();
  }

  static rsp_next start(rsp_self* self, rsp_msg*, void* state) {
    Spinner& spinner = *static_cast<Spinner*>(state);
    spinner.spin();
    spinner.call_after = rsp_checkpoint(self);
    return RSP_NEXT_CONTINUE;
  }

  static void free(void* state) { ++static_cast<Spinner*>(state)->freed; }
};

rsp_next answer(rsp_self* self, rsp_msg* message, void*) {
  EXPECT_EQ(rsp_send(self, as_pid(rsp_msg_term(message)), word("here")), RSP_OK);
  return RSP_NEXT_CONTINUE;
}

rsp_pid spawn_with(rsp_handler start, void* state, rsp_handler handler = &answer,
                   void (*state_free)(void*) = nullptr) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = start;
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, handler, state, state_free), RSP_OK);
  return pid;
}

rsp_pid spawn_spinning(Spinner& spinner) {
  return spawn_with(&Spinner::start, &spinner, &answer, &Spinner::free);
}

std::string ask(const Attached& me, rsp_pid whom) {
  EXPECT_EQ(rsp_send(me, whom, rsp_term_pid(me.pid())), RSP_OK);
  return text_of(me.receive());
}

// S-NAT-1
TEST(Watchdog, gives_the_workers_of_code_that_computes_to_the_others) {
  constexpr uint32_t SPINNERS = 4;
  Spinner spinner;
  const Runtime runtime(2);
  const Attached me;
  std::vector<rsp_pid> spinning(SPINNERS);
  for (rsp_pid& pid : spinning) pid = spawn_spinning(spinner);
  EXPECT_EQ(ask(me, spawn_with(nullptr, nullptr)), "here");
  wait_until([&] { return spinner.entered == SPINNERS; });
  EXPECT_GE(stats().stuck_turns, 2u);
  spinner.released = true;
  for (const rsp_pid pid : spinning) EXPECT_EQ(ask(me, pid), "here");
  EXPECT_EQ(spinner.call_after, RSP_OK);
  EXPECT_EQ(stats().zombies, 0u);
}

// S-NAT-1: with one worker the n-th takes n ms, up to ten. A machine that is busy makes it longer.
TEST(Watchdog, waits_the_longer_the_more_code_computes) {
  constexpr uint32_t SPINNERS = 20;
  constexpr auto AT_LEAST = std::chrono::milliseconds(100);
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  const auto began = std::chrono::steady_clock::now();
  std::vector<rsp_pid> spinning(SPINNERS);
  for (rsp_pid& pid : spinning) pid = spawn_spinning(spinner);
  wait_until([&] { return spinner.entered == SPINNERS; });
  EXPECT_GE(std::chrono::steady_clock::now() - began, AT_LEAST);
  spinner.released = true;
  for (const rsp_pid pid : spinning) EXPECT_EQ(ask(me, pid), "here");
}

// S-NAT-7
TEST(Watchdog, lets_timers_names_and_monitors_work_while_each_worker_computes) {
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  // Its own timer is in the queue of the worker that it then keeps.
  const rsp_handler times_and_spins = [](rsp_self* self, rsp_msg* message, void* state) {
    rsp_ref timer = {};
    EXPECT_EQ(rsp_send_after(self, &timer, 1, as_pid(rsp_msg_term(message)), word("due")), RSP_OK);
    static_cast<Spinner*>(state)->spin();
    return RSP_NEXT_CONTINUE;
  };
  const rsp_pid pid = spawn_with(nullptr, &spinner, times_and_spins);
  const rsp_atom name = atom("the one that computes");
  EXPECT_EQ(rsp_register(me, name, pid), RSP_OK);
  EXPECT_EQ(rsp_send(me, pid, rsp_term_pid(me.pid())), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "due");

  EXPECT_TRUE(rsp_whereis(name) == pid);
  bool alive = false;
  EXPECT_EQ(rsp_is_alive(me, &alive, pid, RSP_INFINITE), RSP_OK);
  EXPECT_TRUE(alive);
  me.monitor(pid);
  EXPECT_EQ(rsp_unregister(me, name), RSP_OK);
  EXPECT_EQ(rsp_register(me, name, me.pid()), RSP_OK);
  EXPECT_FALSE(me.has_message());
  spinner.released = true;
  EXPECT_EQ(rsp_exit_signal(me, pid, word("enough")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "enough");
  wait_until([] { return stats().zombies == 0; });  // its code may read `spinner` for some time yet
}

// S-NAT-2
TEST(Watchdog, lets_a_kill_act_while_the_code_computes) {
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  const rsp_pid pid = spawn_spinning(spinner);
  const rsp_atom name = atom("the spinning one");
  EXPECT_EQ(rsp_register(me, name, pid), RSP_OK);
  wait_until([&] { return spinner.entered == 1; });
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  EXPECT_EQ(rsp_whereis(name).id, 0u);
  EXPECT_EQ(stats().zombies, 1u);
  EXPECT_EQ(spinner.freed, 0u) << "its code has the state still";
  EXPECT_EQ(ask(me, spawn_with(nullptr, nullptr)), "here");

  spinner.released = true;
  wait_until([&] { return spinner.freed == 1; });
  EXPECT_EQ(spinner.call_after, RSP_EXITING);
  wait_until([] { return stats().zombies == 0; });
}

TEST(Watchdog, keeps_what_comes_meanwhile_in_order) {
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler forwards = [](rsp_self* self, rsp_msg* message, void*) {
    const rsp_term term = rsp_msg_term(message);
    EXPECT_EQ(rsp_send_name(self, atom("the collector"), term), RSP_OK);
    return RSP_NEXT_CONTINUE;
  };
  EXPECT_EQ(rsp_register(me, atom("the collector"), me.pid()), RSP_OK);
  const rsp_pid pid = spawn_with(&Spinner::start, &spinner, forwards);
  wait_until([&] { return spinner.entered == 1; });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(rsp_send(me, pid, rsp_term_int(i)), RSP_OK);
  wait_until([] { return stats().stuck_turns >= 1; });
  for (int i = 50; i < 100; ++i) EXPECT_EQ(rsp_send(me, pid, rsp_term_int(i)), RSP_OK);
  spinner.released = true;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(as_int(rsp_msg_term(me.receive().get())), i);
}

TEST(Watchdog, takes_a_turn_more_than_once) {
  const Runtime runtime(1);
  const Attached me;
  static Spinner spinners[3];
  for (Spinner& spinner : spinners) {
    spinner.released = false;
    spinner.entered = 0;
  }
  const rsp_handler spins_thrice = [](rsp_self* self, rsp_msg*, void* state) {
    for (Spinner& spinner : spinners) {
      spinner.spin();
      spinner.call_after = rsp_send(self, *static_cast<rsp_pid*>(state), word("between"));
    }
    return RSP_NEXT_CONTINUE;
  };
  rsp_pid to = me.pid();
  const rsp_pid pid = spawn_with(spins_thrice, &to);
  const rsp_pid other = spawn_with(nullptr, nullptr);
  for (uint32_t i = 0; i < 2; ++i) {
    wait_until([&] { return spinners[i].entered == 1; });
    EXPECT_EQ(ask(me, other), "here");
    spinners[i].released = true;
    EXPECT_EQ(text_of(me.receive()), "between");
  }
  wait_until([&] { return spinners[2].entered == 1; });
  EXPECT_EQ(me.exit(pid, "kill"), "killed");
  spinners[2].released = true;
  wait_until([] { return stats().zombies == 0; });
  EXPECT_EQ(spinners[1].call_after, RSP_OK);
  EXPECT_EQ(spinners[2].call_after, RSP_EXITING);
  EXPECT_FALSE(me.has_message());
}

TEST(Watchdog, leaves_calls_of_such_code_that_need_no_process_to_any_worker) {
  const Runtime runtime(1);
  const Attached me;
  static std::atomic<bool> released;
  released = false;
  const rsp_handler sends = [](rsp_self*, rsp_msg*, void* state) {
    // Before and after its worker was given away: each is as from a foreign thread.
    while (!released) {
      EXPECT_EQ(rsp_send(nullptr, *static_cast<rsp_pid*>(state), word("tick")), RSP_OK);
      std::this_thread::yield();
    }
    return RSP_NEXT_STOP;
  };
  static std::atomic<uint64_t> ticks;
  ticks = 0;
  const rsp_handler counts = [](rsp_self*, rsp_msg*, void*) {
    ++ticks;
    return RSP_NEXT_CONTINUE;
  };
  rsp_pid counter = spawn_with(nullptr, nullptr, counts);
  const rsp_pid pid = spawn_with(sends, &counter);
  wait_until([] { return stats().stuck_turns >= 1; });
  const uint64_t before = ticks;
  wait_until([&] { return ticks >= before + 1000; });
  EXPECT_EQ(me.end_after(pid, [] { released = true; }), "normal");
}

TEST(Watchdog, does_not_delay_the_stop_of_the_runtime) {
  Spinner spinner;
  {
    const Runtime runtime(1);
    spawn_spinning(spinner);
    wait_until([&] { return spinner.entered == 1; });
  }
  {
    const Runtime runtime(1);
    const Attached me;
    EXPECT_EQ(stats().zombies, 1u);
    EXPECT_EQ(ask(me, spawn_with(nullptr, nullptr)), "here");
    // The next watchdog sees that thread too, for as long as it takes to find another one stuck.
    Spinner second;
    const rsp_pid pid = spawn_spinning(second);
    wait_until([] { return stats().stuck_turns >= 1; });
    second.released = true;
    EXPECT_EQ(ask(me, pid), "here");
    EXPECT_EQ(stats().zombies, 1u);
    EXPECT_EQ(me.exit(pid, "kill"), "killed");
    wait_until([&] { return second.freed == 1; });
    spinner.released = true;
    wait_until([&] { return spinner.freed == 1; });
    EXPECT_EQ(spinner.call_after, RSP_EXITING);
    wait_until([] { return stats().zombies == 0; });
  }
}

TEST(Watchdog, lets_exceptions_leave_a_turn_that_it_took) {
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  const rsp_handler throws = [](rsp_self*, rsp_msg*, void* state) -> rsp_next {
    static_cast<Spinner*>(state)->spin();
    throw std::runtime_error("after a while");
  };
  const rsp_pid pid = spawn_with(nullptr, &spinner, throws);
  EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  wait_until([] { return stats().stuck_turns >= 1; });
  EXPECT_NE(me.end_after(pid, [&] { spinner.released = true; }).find("after a while"), std::string::npos);
}

// S-NAT-9
TEST(Watchdog, ends_a_process_that_exceeds_its_stall_limit) {
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = &Spinner::start;
  options.trap_exit = true;
  options.stall_ms = 20;
  rsp_pid pid = NO_PID;
  ASSERT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, &answer, &spinner, &Spinner::free), RSP_OK);
  wait_until([&] { return spinner.entered == 1; });
  const std::string reason = me.end_of(pid);
  EXPECT_TRUE(reason == "stalled" || reason == "noproc") << reason;
  spinner.released = true;
  wait_until([&] { return spinner.freed == 1; });
  EXPECT_EQ(spinner.call_after, RSP_EXITING);
}

TEST(Watchdog, restarts_a_server_that_stalls) {
  static Spinner spinner;
  static std::atomic<uint32_t> inits;
  inits = 0;
  static const rsp_server_ops OPS = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "stalling";
    ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) {
      ++inits;
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_cast = [](rsp_self*, void*, rsp_msg*, rsp_server_return*) {
      spinner.spin();
      return RSP_NEXT_CONTINUE;
    };
    return ops;
  }();
  const Runtime runtime(1);
  const Attached me;
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = word("stalling");
  child.start.ops = &OPS;
  child.start.stall_ms = 1;
  child.start.name = atom("stalling");
  rsp_pid supervisor = NO_PID;
  ASSERT_EQ(rsp_supervisor_start(nullptr, &supervisor, nullptr, &child, 1, nullptr, nullptr), RSP_OK);
  EXPECT_EQ(rsp_cast(nullptr, rsp_whereis(atom("stalling")), NIL), RSP_OK);
  wait_until([] { return inits >= 2; });
  spinner.released = true;
  wait_until([] { return stats().zombies == 0; });
}

TEST(Watchdog, limits_no_process_on_a_lane) {
  const Runtime runtime(1);
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.stall_ms = 1;
  options.lane = reinterpret_cast<rsp_lane*>(&options);  // not looked into
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_spawn(nullptr, &pid, nullptr, &options, &answer, nullptr, nullptr), RSP_EINVAL);
}

TEST(Watchdog, lets_the_threads_end_that_stood_in) {
  constexpr uint32_t SPINNERS = 24;  // more than are kept
  Spinner spinner;
  const Runtime runtime(1);
  const Attached me;
  std::vector<rsp_pid> spinning(SPINNERS);
  for (rsp_pid& pid : spinning) pid = spawn_spinning(spinner);
  wait_until([&] { return spinner.entered == SPINNERS; });
  EXPECT_GT(threads_now(), SPINNERS);
  spinner.released = true;
  for (const rsp_pid pid : spinning) EXPECT_EQ(ask(me, pid), "here");
  wait_until([] { return threads_now() <= SPINNERS - 2; });
}

TEST(Watchdog, tells_of_a_stuck_turn_once) {
  static std::atomic<uint32_t> told;
  told = 0;
  rsp_set_report_sink(
      [](void*, rsp_report_level level, rsp_term report) {
        const std::string shown = show(report);
        if (shown.find("culprit") == std::string::npos) return;  // somebody that the machine did not let run
        EXPECT_EQ(level, RSP_REPORT_WARNING);
        EXPECT_NE(shown.find("stuck_turn"), std::string::npos) << shown;
        ++told;
      },
      nullptr);
  {
    const Runtime runtime(1);
    const Attached me;
    Spinner spinner;
    const rsp_pid pid = spawn_with(nullptr, &spinner, &Spinner::start);
    EXPECT_EQ(rsp_register(me, atom("culprit"), pid), RSP_OK);
    EXPECT_EQ(rsp_send(me, pid, NIL), RSP_OK);
    wait_until([] { return told >= 1; });
    EXPECT_EQ(me.exit(pid, "kill"), "killed");
    spinner.released = true;
    wait_until([] { return stats().zombies == 0; });
    EXPECT_GE(stats().stuck_turns, 1u);
  }
  EXPECT_EQ(told, 1u);
  rsp_set_report_sink(nullptr, nullptr);
}

TEST(Watchdog, sleeps_while_nothing_happens) {
  const Runtime runtime(2);
  const Attached me;
  EXPECT_EQ(ask(me, spawn_with(nullptr, nullptr)), "here");
  // It lingers for a few looks, and then for ever: two readings that are far apart and the same.
  for (uint64_t before = stats().watchdog_wake_ups;;) {
    (void)me.receive_within(200);
    const uint64_t after = stats().watchdog_wake_ups;
    if (after == before) break;
    before = after;
  }
}

// ---- What a worker would run next ----

std::atomic<uintptr_t> g_runs_of_the_next{0};

/// Dropped in the middle of the runtime's own work, so its turn cannot be taken: until the next has run so often.
constexpr rsp_native_ops UNTIL_THE_NEXT_HAS_RUN{
    sizeof(rsp_native_ops),
    [](void* times) { wait_until([&] { return g_runs_of_the_next >= reinterpret_cast<uintptr_t>(times); }); },
    nullptr};

// S-NAT-1
TEST(LateWorker, leaves_what_it_would_run_next_to_one_that_sleeps) {
  const Runtime runtime{2};
  const Attached me;
  g_runs_of_the_next = 0;
  const rsp_pid next = spawn(me, [](rsp_self*, rsp_msg*) {
    ++g_runs_of_the_next;
    return RSP_NEXT_CONTINUE;
  });
  const rsp_pid late = spawn(me, [next](rsp_self* self, rsp_msg*) {
    EXPECT_EQ(rsp_send(self, next, NIL), RSP_OK);
    return RSP_NEXT_CONTINUE;
  });
  for (uintptr_t times = 1; times <= 20; ++times) {
    ASSERT_EQ(rsp_send_native(me, late, reinterpret_cast<void*>(times), &UNTIL_THE_NEXT_HAS_RUN), RSP_OK);
    wait_until([times] { return g_runs_of_the_next >= times; });
  }
}

}  // namespace
