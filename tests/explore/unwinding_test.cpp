// A process is killed at a checkpoint, and its code cleans up for longer than a turn may take (core/proc/takeover.hpp):
// it has its time for that, whatever else comes, and no more; and it ends once.
#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/message.hpp"
#include "core/proc/takeover.hpp"
#include "core/proc/trampoline.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

enum class CleaningUp {
  RETURNS,  // within its time
  STAYS,    // without a call, until its process is dead to all others
  CALLS,    // comes back all the time, and goes on until then
};

template <CleaningUp HOW>
struct Unwinding {
  struct State {
    Unwinding* scene;
  };

  /// Every interleaving begins with a scheduler that has not run.
  Unwinding() { new (&scheduler()) Scheduler; }

  static Next compute(Process& self, void* state) {
    Unwinding& s = *static_cast<State*>(state)->scene;
    {
      const UserCode inside(self);
      pass(s.entered);
      while (s.killed.load(env::ACQUIRE) == 0) env::wait(s.killed, 0);
      RSP_CHECK(begin_call(self) == RSP_EXITING);
      // Where the watchdog was there before, a worker has received the kill.
      s.was_ended_at_once = self.has(process_flag::DEAD);
      if (!s.was_ended_at_once) clean_up(s, self);
    }
    s.was_ended = self.has(process_flag::DEAD);
    return Next::CONTINUE;
  }

  static void clean_up(Unwinding& s, Process& self) {
    switch (HOW) {
      case CleaningUp::RETURNS: {
        rest(s, Watchdog::LONG_NS);
        RSP_CHECK(begin_call(self) == RSP_EXITING);
        const bool was_cut_short = self.has(process_flag::DEAD);
        RSP_CHECK(!was_cut_short);
        return;
      }
      case CleaningUp::STAYS:
        while (s.released.load(env::ACQUIRE) == 0) env::wait(s.released, 0);
        return;
      case CleaningUp::CALLS:
        while (s.released.load(env::ACQUIRE) == 0) {
          rest(s, 2 * Watchdog::LONG_NS);
          RSP_CHECK(begin_call(self) == RSP_EXITING);
        }
        return;
    }
  }

  static void rest(Unwinding& s, uint64_t ns) { env::wait(s.released, 0, env::now_ns() + ns); }

  static void pass(env::Atomic<uint32_t>& mark) {
    mark.store(1, env::RELEASE);
    env::wake_all(mark);
  }

  static bool is_told(Process& self, void*) { return self.inbox_first != nullptr; }

  static void manage(Unwinding& s) {
    static constexpr Behaviour COMPUTING{&compute, [](Process&, Envelope&, void*) { return Next::CONTINUE; },
                                         [](void* state) { ++static_cast<State*>(state)->scene->drops; }};
    RSP_CHECK(scheduler().start(1, &turn_hooks()) == RSP_OK);
    Process* me = nullptr;
    RSP_CHECK(attach(&me) == RSP_OK);
    RSP_CHECK(begin_call(*me) == RSP_OK);
    Spawned spawned;
    SpawnOptions options;
    options.monitor = true;
    RSP_CHECK(spawn(me, options, COMPUTING, &s.state, &spawned) == RSP_OK);
    end_call(*me);
    while (s.entered.load(env::ACQUIRE) == 0) env::wait(s.entered, 0);
    RSP_CHECK(begin_call(*me) == RSP_OK);
    RSP_CHECK(exit_signal(me, spawned.pid, Term(ATOM_KILL)) == RSP_OK);
    pass(s.killed);
    RSP_CHECK(exit_signal(me, spawned.pid, Term(ATOM_SHUTDOWN)) == RSP_OK);
    RSP_CHECK(wait_until(*me, &is_told, nullptr, env::NO_DEADLINE) == RSP_OK);
    pass(s.released);
    Envelope* const down = pop_message(*me);
    RSP_CHECK(down->kind == EnvelopeKind::DOWN);
    RSP_CHECK(down->term.is(ATOM_KILLED));
    retire(*me, down);
    end_call(*me);
    RSP_CHECK(detach(*me, Term(ATOM_NORMAL)) == RSP_OK);
    while (s.drops == 0 || scheduler().zombies() != 0) env::yield();  // the slot is given back last
    scheduler().stop();
  }

  static void check(Unwinding& s) {
    RSP_CHECK(s.drops == 1);
    RSP_CHECK(s.was_ended == (HOW != CleaningUp::RETURNS || s.was_ended_at_once));
  }

  State state{this};
  env::Atomic<uint32_t> entered{0};
  env::Atomic<uint32_t> killed{0};
  env::Atomic<uint32_t> released{0};
  uint32_t drops = 0;
  bool was_ended_at_once = false;
  bool was_ended = false;
};

template <CleaningUp HOW>
ExploreResult cleans_up(uint32_t preemptions = 1) {
  using Scene = Unwinding<HOW>;
  return test::explore_processes<Scene>(bound(preemptions), {&Scene::manage}, &Scene::check);
}

TEST(UnwindingExplored, code_that_cleans_up_is_not_cut_short) {
  EXPECT_TRUE(holds(cleans_up<CleaningUp::RETURNS>()));
  EXPECT_GT(sometimes_hits("a turn that unwinds is taken"), 0u);
}

TEST(UnwindingExplored, code_that_stays_is_left_behind) {
  EXPECT_TRUE(holds(cleans_up<CleaningUp::STAYS>()));
}

TEST(UnwindingExplored, code_that_comes_back_all_the_time_is_left_behind) {
  EXPECT_TRUE(
      holds(cleans_up<CleaningUp::CALLS>(0)));  // it is taken twice: with one preemption that is too much
}

TEST(UnwindingExplored, signals_that_cut_it_short_are_found) {
  PlantedBugScope bug("attached: what unwinds is ended by any signal");
  EXPECT_TRUE(finds("!was_cut_short does not hold", cleans_up<CleaningUp::RETURNS>()));
}

TEST(UnwindingExplored, a_time_that_begins_anew_is_found) {
  PlantedBugScope bug("watchdog: unwinding begins anew with each turn");
  EXPECT_TRUE(finds("livelock", cleans_up<CleaningUp::CALLS>(0)));
}

}  // namespace
}  // namespace rsp
