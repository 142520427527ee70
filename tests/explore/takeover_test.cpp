// What comes to a turn at the very moment at which the watchdog takes it: a timer of its worker that is due, a push from
// outside, the stop, and the end of its stall limit (core/sched/watchdog.hpp, core/proc/takeover.hpp). Each happens once,
// whoever comes first.
#include "core/proc/takeover.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/message.hpp"
#include "core/proc/trampoline.hpp"
#include "core/sched/crossing.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sched/watchdog.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint64_t TAKEN_AFTER_NS = Watchdog::LONG_NS;

void pass(env::Atomic<uint32_t>& mark) {
  mark.store(1, env::RELEASE);
  env::wake_all(mark);
}

void wait_for(env::Atomic<uint32_t>& mark) {
  while (mark.load(env::ACQUIRE) == 0) env::wait(mark, 0);
}

void pass_time(uint64_t duration_ns) {
  env::Atomic<uint32_t> nothing{0};
  env::wait(nothing, 0, env::now_ns() + duration_ns);
}

// ---- The worker ----

/// Hooks whose turns own nothing but their worker.
constexpr TurnHooks HOOKS{
    []() -> void* { return const_cast<TurnHooks*>(&HOOKS); },
    [](void*) {},
    [](Crossing&, WorkerThread&, void*, StuckTurn&) { return true; },
    [](void*, const StuckTurn&) {},
    [](uint64_t) { return true; },
};

/// An item whose code computes on the only worker.
template <class Scene>
struct Computing {
  Computing() {
    runnable.run = [](Runnable* item, Worker* worker) {
      Scene& s = static_cast<Scene&>(*reinterpret_cast<Computing*>(item));
      WorkerThread& me = *WorkerThread::current();
      me.set_crossing(&s.crossing);
      s.crossing.begin_turn(me.number());
      s.begin(*worker);
      s.crossing.enter_user();
      s.compute();
      if (!s.crossing.leave_user() && !me.keeps_turn()) (void)s.scheduler.take_worker_back();
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
    RSP_CHECK(s.scheduler.start(1, &HOOKS) == RSP_OK);
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

/// The scheduler stops when the code has returned, whose turn is being taken.
struct Stopped : Computing<Stopped> {
  void begin(Worker&) {}
  void compute() { pass_time(TAKEN_AFTER_NS); }

  static void manage(Stopped& s) {
    RSP_CHECK(s.scheduler.start(1, &HOOKS) == RSP_OK);
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

/// A process that computes on the only worker, and a thread that watches it.
template <class Scene>
struct Stuck {
  struct State {
    Scene* scene;
  };

  /// Every interleaving begins with a scheduler that has not run.
  Stuck() { new (&scheduler()) Scheduler; }

  static Next compute(Process& self, void* state) {
    Scene& s = *static_cast<State*>(state)->scene;
    {
      const UserCode inside(self);
      pass(s.entered);
      s.compute();
    }
    s.returned_dead = self.has(process_flag::DEAD);
    return Scene::RETURNS;
  }

  static Next receive(Process&, Envelope&, void* state) {
    ++static_cast<State*>(state)->scene->messages;
    return Next::STOP;
  }

  static bool is_told(Process& self, void*) { return self.inbox_first != nullptr; }

  static void manage(Scene& s) {
    static constexpr Behaviour COMPUTING{&compute, &receive,
                                         [](void* state) { ++static_cast<State*>(state)->scene->drops; }};
    RSP_CHECK(scheduler().start(1, &turn_hooks()) == RSP_OK);
    Process* me = nullptr;
    RSP_CHECK(attach(&me) == RSP_OK);
    RSP_CHECK(begin_call(*me) == RSP_OK);
    Spawned spawned;
    SpawnOptions options;
    options.monitor = true;
    options.stall_ms = Scene::STALL_MS;
    RSP_CHECK(spawn(me, options, COMPUTING, &s.state, &spawned) == RSP_OK);
    end_call(*me);
    wait_for(s.entered);
    s.act(*me, spawned.pid);
    RSP_CHECK(begin_call(*me) == RSP_OK);
    RSP_CHECK(wait_until(*me, &is_told, nullptr, env::NO_DEADLINE) == RSP_OK);
    Envelope* const down = pop_message(*me);
    RSP_CHECK(down->kind == EnvelopeKind::DOWN);
    s.told(down->term);
    retire(*me, down);
    end_call(*me);
    RSP_CHECK(detach(*me, Term(ATOM_NORMAL)) == RSP_OK);
    if (!Scene::STOPS_BESIDE_ZOMBIE) wait_until_dropped(s);
    scheduler().stop();
    wait_until_dropped(s);
    RSP_CHECK(s.drops == 1);
  }

  static void wait_until_dropped(Scene& s) {
    while (s.drops == 0 || scheduler().zombies() != 0) env::yield();  // the slot is given back last
  }

  static constexpr bool STOPS_BESIDE_ZOMBIE = false;

  State state{static_cast<Scene*>(this)};
  env::Atomic<uint32_t> entered{0};
  env::Atomic<uint32_t> released{0};
  uint32_t messages = 0;
  uint32_t drops = 0;
  bool returned_dead = false;
};

template <class Scene>
ExploreResult run() {
  return test::explore_processes<Scene>(bound(1), {&Scene::manage}, [](Scene&) {});
}

/// A message comes as the turn is taken; then the code returns.
struct Addressed : Stuck<Addressed> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr uint32_t STALL_MS = 0;

  void compute() { wait_for(released); }

  void act(Process& me, Pid pid) {
    pass_time(TAKEN_AFTER_NS);
    RSP_CHECK(begin_call(me) == RSP_OK);
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
  EXPECT_TRUE(holds(run<Addressed>()));
}

TEST(TakeoverExplored, a_takeover_that_leaves_behind_what_came_in_is_found) {
  PlantedBugScope bug("takeover: what is untaken waits for nobody");
  EXPECT_TRUE(finds("deadlock", run<Addressed>()));
}

/// A kill comes as the turn is taken; the code returns only when the end is told.
struct Killed : Stuck<Killed> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr uint32_t STALL_MS = 0;

  void compute() { wait_for(released); }

  void act(Process& me, Pid pid) {
    pass_time(TAKEN_AFTER_NS);
    RSP_CHECK(begin_call(me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    RSP_CHECK(drops == 0);
    pass(released);
  }
};

TEST(TakeoverExplored, a_kill_that_comes_as_the_turn_is_taken_acts_at_once) {
  EXPECT_TRUE(holds(run<Killed>()));
}

TEST(TakeoverExplored, a_signal_that_finds_the_taken_process_and_leaves_it_so_is_found) {
  PlantedBugScope bug("mailbox: a signal leaves BLOCKED");
  EXPECT_TRUE(finds("deadlock", run<Killed>()));
}

/// The same, and the scheduler stops as the code returns.
struct Abandoned : Stuck<Abandoned> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr uint32_t STALL_MS = 0;
  static constexpr bool STOPS_BESIDE_ZOMBIE = true;

  void compute() { wait_for(released); }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    pass(released);
  }
};

TEST(TakeoverExplored, a_stop_and_the_code_of_an_ended_process_do_not_miss_each_other) {
  EXPECT_TRUE(holds(run<Abandoned>()));
  EXPECT_GT(sometimes_hits("a thread comes back after the stop"), 0u);
}

/// The stall limit ends while the code computes: it returns when the end is told, or at that moment.
template <bool WAITS>
struct Limited : Stuck<Limited<WAITS>> {
  static constexpr Next RETURNS = Next::STOP;
  static constexpr uint32_t STALL_MS = 50;  // longer than the watchdog lingers

  void compute() {
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
  EXPECT_TRUE(holds(run<Limited<true>>()));
}

TEST(TakeoverExplored, a_process_that_comes_back_as_its_limit_ends_ends_once) {
  EXPECT_TRUE(holds(run<Limited<false>>()));
  EXPECT_GT(sometimes_hits("a stall limit ends a process"), 0u);
  EXPECT_GT(sometimes_hits("a stall limit ends as its code returns"), 0u);
}

TEST(TakeoverExplored, a_watchdog_that_sleeps_over_a_limit_is_found) {
  PlantedBugScope bug("watchdog: sleeps over a limit");
  EXPECT_TRUE(finds("deadlock", run<Limited<true>>()));
}

}  // namespace
}  // namespace rsp
