// A process is killed at a checkpoint, and its code cleans up for longer than a turn may take (core/proc/takeover.hpp):
// it has its time for that, whatever else comes, and no more; and it ends once.
#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/proc/message.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/stuck.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::explore_stuck;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::pass;
using test::PlantedBugScope;
using test::StuckProcess;
using test::wait_for;

enum class CleaningUp {
  RETURNS,  // within its time
  STAYS,    // without a call, until its process is dead to all others
  CALLS,    // comes back all the time, and goes on until then
};

template <CleaningUp HOW>
struct Unwinding : StuckProcess<Unwinding<HOW>> {
  static constexpr Next RETURNS = Next::CONTINUE;

  void compute(Process& self) {
    wait_for(killed);
    RSP_CHECK(begin_call(&self) == RSP_EXITING);
    // Where the watchdog was there before, a worker has received the kill.
    was_ended_at_once = self.has(process_flag::DEAD);
    if (!was_ended_at_once) clean_up(self);
  }

  void clean_up(Process& self) {
    switch (HOW) {
      case CleaningUp::RETURNS: {
        cleans_up_since_ns = env::now_ns();
        rest(Watchdog::LONG_NS);
        RSP_CHECK(begin_call(&self) == RSP_EXITING);
        const bool was_cut_short = self.has(process_flag::DEAD) && !is_overdue(env::now_ns());
        RSP_CHECK(!was_cut_short);
        return;
      }
      case CleaningUp::STAYS:
        return wait_for(this->released);
      case CleaningUp::CALLS:
        while (this->released.load(env::ACQUIRE) == 0) {
          rest(2 * Watchdog::LONG_NS);
          RSP_CHECK(begin_call(&self) == RSP_EXITING);
        }
        return;
    }
  }

  void rest(uint64_t ns) { env::wait(this->released, 0, env::now_ns() + ns); }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    pass(killed);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_SHUTDOWN)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    pass(this->released);
  }

  /// Its thread was slow.
  bool is_overdue(uint64_t now_ns) const { return now_ns >= cleans_up_since_ns + Watchdog::UNWINDING_NS; }

  void check() {
    const bool must_be_dead = HOW != CleaningUp::RETURNS || was_ended_at_once;
    const bool may_be_dead = must_be_dead || is_overdue(this->returned_ns);
    RSP_CHECK(this->returned_dead ? may_be_dead : !must_be_dead);
  }

  env::Atomic<uint32_t> killed{0};
  bool was_ended_at_once = false;
  uint64_t cleans_up_since_ns = 0;
};

template <CleaningUp HOW>
ExploreResult cleans_up(uint32_t preemptions = 1) {
  return explore_stuck<Unwinding<HOW>>(preemptions);
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
