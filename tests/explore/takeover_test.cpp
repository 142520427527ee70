// What comes to a turn at the very moment at which the watchdog takes it: a timer of its worker that is due, a push from
// outside, the stop, and the end of its stall limit (core/sched/watchdog.hpp, core/proc/takeover.hpp). Each happens once,
// whoever comes first.
#include "core/proc/takeover.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/message.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sched/watchdog.hpp"
#include "tests/explore/bare_turns.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/stuck.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::BARE_TURNS;
using test::bound;
using test::explore;
using test::explore_stuck;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::no_deeper_than;
using test::pass;
using test::pass_time;
using test::PlantedBugScope;
using test::StuckProcess;
using test::wait_for;

constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint64_t TAKEN_AFTER_NS = Watchdog::LONG_NS;

// ---- The worker ----

/// An item whose code computes on the only worker.
template <class Scene>
struct Computing {
  Computing() {
    runnable.run = [](Runnable* item, Worker* worker) {
      Scene& s = static_cast<Scene&>(*reinterpret_cast<Computing*>(item));
      s.begin(*worker);
      test::compute(s.scheduler, s.crossing, [&s] { s.compute(); });
      ++s.runs;
      pass(s.returned);
    };
  }

  Runnable runnable = {};  // first: the item
  Scheduler scheduler;
  Crossing crossing;
  uint32_t runs = 0;
  env::Atomic<uint32_t> entered{0};
  env::Atomic<uint32_t> returned{0};
};

/// A timer of the worker, due while its thread computes: the code waits for it, or ends as it is due and as the watchdog
/// comes.
template <bool WAITS>
struct DueTimer : Computing<DueTimer<WAITS>> {
  struct Fired {
    Timer timer = {};
    DueTimer* scene = nullptr;
  };

  void begin(Worker& worker) {
    due.scene = this;
    due.timer.deadline_ns = env::now_ns() + TAKEN_AFTER_NS;
    due.timer.fire = [](Timer* timer) {
      DueTimer& s = *reinterpret_cast<Fired*>(timer)->scene;
      RSP_CHECK(Worker::current() != nullptr);
      ++s.fires;
      pass(s.fired);
    };
    due.timer.reclaim = [](Timer*) { RSP_CHECK(false); };
    worker.timers().insert(&due.timer);
  }

  void compute() { WAITS ? wait_for(fired) : pass_time(TAKEN_AFTER_NS); }

  static void manage(DueTimer& s) {
    RSP_CHECK(s.scheduler.start(1, &BARE_TURNS) == RSP_OK);
    s.scheduler.schedule(&s.runnable);
    wait_for(s.fired);
    wait_for(s.returned);
    s.scheduler.stop();
  }

  static void check(DueTimer& s) {
    RSP_CHECK(s.runs == 1);
    RSP_CHECK(s.fires == 1);
  }

  Fired due;
  uint32_t fires = 0;
  env::Atomic<uint32_t> fired{0};
};

template <bool WAITS>
ExploreResult timer_is_due() {
  using Scene = DueTimer<WAITS>;
  return explore<Scene>(bound(1), {&Scene::manage}, &Scene::check);
}

TEST(TakeoverExplored, a_due_timer_fires_though_the_turn_does_not_end) {
  EXPECT_TRUE(holds(timer_is_due<true>()));
}

TEST(TakeoverExplored, a_timer_that_is_due_as_the_turn_is_taken_or_ends_fires_once) {
  EXPECT_TRUE(holds(timer_is_due<false>()));
}

TEST(TakeoverExplored, a_worker_that_is_left_alone_with_its_timers_is_found) {
  PlantedBugScope bug("worker: left vacant with a timer");
  EXPECT_TRUE(finds("deadlock", timer_is_due<true>()));
}

/// The same of a timer that the worker has before the turn begins, which is between two looks of the watchdog.
struct TimerAhead : Computing<TimerAhead> {
  TimerAhead() {
    arming.scene = this;
    arming.timer.deadline_ns = env::now_ns() + Watchdog::LONG_NS / 2;
    arming.timer.fire = [](Timer* timer) {
      TimerAhead& s = *reinterpret_cast<Armed*>(timer)->scene;
      // It waits for the turn to be as old as a stuck one, and not for the next look.
      RSP_CHECK(env::now_ns() - timer->deadline_ns <= Watchdog::SHORT_NS);
      pass(s.fired);
    };
    arming.timer.reclaim = [](Timer*) { RSP_CHECK(false); };
    arming.timer.runnable.run = [](Runnable* item, Worker* worker) {
      Armed& armed = *reinterpret_cast<Armed*>(item);
      worker->timers().insert(&armed.timer);
      pass(armed.scene->has_timer);
    };
  }

  void begin(Worker&) {}
  void compute() { wait_for(fired); }

  static void manage(TimerAhead& s) {
    RSP_CHECK(s.scheduler.start(1, &BARE_TURNS) == RSP_OK);
    s.scheduler.schedule(&s.arming.timer.runnable);
    wait_for(s.has_timer);
    pass_time(Watchdog::SHORT_NS);  // until the worker sleeps
    s.scheduler.schedule(&s.runnable);
    wait_for(s.returned);
    s.scheduler.stop();
  }

  static void check(TimerAhead& s) { RSP_CHECK(s.runs == 1); }

  struct Armed {
    Timer timer = {};  // first: its runnable arms it
    TimerAhead* scene = nullptr;
  };

  Armed arming;
  env::Atomic<uint32_t> has_timer{0};
  env::Atomic<uint32_t> fired{0};
};

ExploreResult timer_of_before() {
  return explore<TimerAhead>(no_deeper_than(0), {&TimerAhead::manage}, &TimerAhead::check);
}

TEST(TakeoverExplored, a_timer_that_is_due_behind_a_turn_is_not_late_by_more_than_a_stuck_turn_is_old) {
  EXPECT_TRUE(holds(timer_of_before()));
  EXPECT_GT(sometimes_hits("a look of the watchdog is asked for"), 0u);
}

TEST(TakeoverExplored, a_watchdog_that_looks_too_late_for_a_timer_is_found) {
  PlantedBugScope bug("watchdog: is not asked for a look");
  EXPECT_TRUE(finds("timer->deadline_ns <= Watchdog::SHORT_NS", timer_of_before()));
}

/// The scheduler stops when the code has returned, whose turn is being taken.
struct Stopped : Computing<Stopped> {
  void begin(Worker&) {}
  void compute() { pass_time(TAKEN_AFTER_NS); }

  static void manage(Stopped& s) {
    RSP_CHECK(s.scheduler.start(1, &BARE_TURNS) == RSP_OK);
    s.scheduler.schedule(&s.runnable);
    wait_for(s.returned);
    s.scheduler.stop();
    RSP_CHECK(s.runs == 1);
  }
};

ExploreResult stops() {
  return explore<Stopped>(bound(1), {&Stopped::manage}, [](Stopped&) {});
}

TEST(TakeoverExplored, a_stop_waits_for_who_takes_a_turn) { EXPECT_TRUE(holds(stops())); }

TEST(TakeoverExplored, a_watchdog_that_outlives_the_threads_is_found) {
  PlantedBugScope bug("scheduler: joins the threads before the watchdog");
  EXPECT_TRUE(finds("deadlock", stops()));
}

// ---- The process ----

/// A message comes as the turn is taken; then the code returns.
struct Addressed : StuckProcess<Addressed> {
  static constexpr Next RETURNS = Next::CONTINUE;

  void compute(Process&) { wait_for(released); }

  void act(Process& me, Pid pid) {
    pass_time(TAKEN_AFTER_NS);
    RSP_CHECK(begin_call(&me) == RSP_OK);
    Payload nothing;
    RSP_CHECK(send(&me, pid, nothing) == RSP_OK);
    end_call(me);
    pass(released);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_NORMAL));
    RSP_CHECK(messages == 1);
    RSP_CHECK(!returned_dead);
  }
};

TEST(TakeoverExplored, a_message_that_comes_as_the_turn_is_taken_is_received_when_the_code_is_back) {
  EXPECT_TRUE(holds(explore_stuck<Addressed>()));
}

TEST(TakeoverExplored, a_takeover_that_leaves_behind_what_came_in_is_found) {
  PlantedBugScope bug("takeover: what is untaken waits for nobody");
  EXPECT_TRUE(finds("deadlock", explore_stuck<Addressed>()));
}

/// A kill comes while the code computes, or as the turn is taken; the code returns only when the end is told.
template <uint64_t AFTER_NS>
struct Killed : StuckProcess<Killed<AFTER_NS>> {
  static constexpr Next RETURNS = Next::CONTINUE;

  void compute(Process&) { wait_for(this->released); }

  void act(Process& me, Pid pid) {
    if (AFTER_NS != 0) pass_time(AFTER_NS);
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    RSP_CHECK(this->drops == 0);
    RSP_CHECK(this->releases == 0);
    pass(this->released);
  }

  void check() { RSP_CHECK(this->returned_dead); }
};

/// The code returns, perhaps as the turn is taken, and the process ends by itself.
struct Returning : StuckProcess<Returning> {
  static constexpr Next RETURNS = Next::STOP;

  void compute(Process&) { wait_for(released); }
  void act(Process&, Pid) { pass(released); }
  void told(const TermBits& reason) { RSP_CHECK(reason.is(ATOM_NORMAL)); }
  void check() { RSP_CHECK(!returned_dead); }
};

TEST(TakeoverExplored, a_kill_ends_a_process_though_its_code_computes) {
  EXPECT_TRUE(holds(explore_stuck<Killed<0>>()));
}

// S-RES-6
TEST(TakeoverExplored, a_zombie_whose_resources_are_forgotten_is_found) {
  PlantedBugScope bug("exit: a zombie's resources are forgotten");
  EXPECT_TRUE(finds("crashed: abort", explore_stuck<Killed<0>>()));
}

TEST(TakeoverExplored, a_process_that_is_taken_as_it_ends_ends_once) {
  EXPECT_TRUE(holds(explore_stuck<Returning>()));
}

TEST(TakeoverExplored, a_taken_turn_that_goes_on_as_if_it_were_not_is_found) {
  PlantedBugScope bug("blocking: a taken turn goes on as if it were not");
  EXPECT_TRUE(finds("livelock", explore_stuck<Returning>()));
}

TEST(TakeoverExplored, a_kill_that_comes_as_the_turn_is_taken_acts_at_once) {
  EXPECT_TRUE(holds(explore_stuck<Killed<TAKEN_AFTER_NS>>()));
}

TEST(TakeoverExplored, a_signal_that_finds_the_taken_process_and_leaves_it_so_is_found) {
  PlantedBugScope bug("mailbox: a signal leaves BLOCKED");
  EXPECT_TRUE(finds("deadlock", explore_stuck<Killed<TAKEN_AFTER_NS>>()));
}

/// The same, and the scheduler stops as the code returns.
struct Abandoned : StuckProcess<Abandoned> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr bool STOPS_BESIDE_ZOMBIE = true;

  void compute(Process&) { wait_for(released); }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    pass(released);
  }
};

TEST(TakeoverExplored, a_stop_and_the_code_of_an_ended_process_do_not_miss_each_other) {
  EXPECT_TRUE(holds(explore_stuck<Abandoned>()));
  EXPECT_GT(sometimes_hits("a thread comes back after the stop"), 0u);
}

/// The stall limit ends while the code computes: it returns when the end is told, or at that moment.
template <bool WAITS>
struct Limited : StuckProcess<Limited<WAITS>> {
  static constexpr Next RETURNS = Next::STOP;
  static constexpr uint32_t STALL_MS = 50;  // longer than the watchdog lingers

  void compute(Process&) {
    if (WAITS) {
      wait_for(this->released);
    } else {
      pass_time(TAKEN_AFTER_NS + STALL_MS * NS_IN_MS);
    }
  }

  void act(Process&, Pid) {}

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_STALLED) || (!WAITS && reason.is(ATOM_NORMAL)));
    if (reason.is(ATOM_STALLED)) RSP_SOMETIMES("a stall limit ends a process");
    if (reason.is(ATOM_NORMAL)) RSP_SOMETIMES("a stall limit ends as its code returns");
    pass(this->released);
  }
};

TEST(TakeoverExplored, a_stall_limit_ends_a_process_whose_code_computes) {
  EXPECT_TRUE(holds(explore_stuck<Limited<true>>()));
}

TEST(TakeoverExplored, a_process_that_comes_back_as_its_limit_ends_ends_once) {
  EXPECT_TRUE(holds(explore_stuck<Limited<false>>()));
  EXPECT_GT(sometimes_hits("a stall limit ends a process"), 0u);
  EXPECT_GT(sometimes_hits("a stall limit ends as its code returns"), 0u);
}

TEST(TakeoverExplored, a_watchdog_that_sleeps_over_a_limit_is_found) {
  PlantedBugScope bug("watchdog: sleeps over a limit");
  EXPECT_TRUE(finds("deadlock", explore_stuck<Limited<true>>()));
}

}  // namespace
}  // namespace rsp
