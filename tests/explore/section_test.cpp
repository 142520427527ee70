// A declared blocking section, the real code on a scheduler, under every interleaving of its begin and its end with what comes
// to its process: a kill, a message, the stop of the scheduler (core/proc/blocking.hpp).
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/message.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sched/watchdog.hpp"
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

/// A message comes before, in or after the section: it is received when the turn is over.
struct Addressed : StuckProcess<Addressed> {
  static constexpr Next RETURNS = Next::CONTINUE;

  void compute(Process& self) {
    RSP_CHECK(begin_blocking(&self) == RSP_OK);
    RSP_CHECK(begin_blocking(&self) == RSP_EALREADY);
    RSP_CHECK(end_blocking(&self) == RSP_OK);
    RSP_CHECK(messages == 0);
  }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(&me) == RSP_OK);
    Payload nothing;
    RSP_CHECK(send(&me, pid, nothing) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_NORMAL));
    RSP_CHECK(messages == 1);
    RSP_CHECK(!returned_dead);
  }
};

// S-NAT-3
TEST(SectionExplored, a_message_waits_for_the_end_of_the_turn) {
  EXPECT_TRUE(holds(explore_stuck<Addressed>()));
}

/// A kill comes before, in or after the section.
template <bool STOPS>
struct Killed : StuckProcess<Killed<STOPS>> {
  static constexpr Next RETURNS = Next::CONTINUE;
  static constexpr bool STOPS_BESIDE_ZOMBIE = STOPS;

  void compute(Process& self) {
    const rsp_result begun = begin_blocking(&self);
    RSP_CHECK(begun == RSP_OK || begun == RSP_EXITING);
    if (begun != RSP_OK) return;
    const rsp_result ended = end_blocking(&self);
    RSP_CHECK(ended == RSP_OK || ended == RSP_EXITING);
    if (ended == RSP_EXITING) RSP_CHECK(begin_call(&self) == RSP_EXITING);
  }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) { RSP_CHECK(reason.is(ATOM_KILLED)); }

  void check() { RSP_CHECK(this->messages == 0); }
};

// S-NAT-3
TEST(SectionExplored, a_kill_ends_its_process_once) {
  EXPECT_TRUE(holds(explore_stuck<Killed<false>>()));
  EXPECT_GT(sometimes_hits("a process is ended inside a blocking section"), 0u);
}

TEST(SectionExplored, a_stop_and_the_code_of_an_ended_process_do_not_miss_each_other) {
  EXPECT_TRUE(holds(explore_stuck<Killed<true>>()));
}

/// The code blocks until the end of its process is told.
struct Blocked : StuckProcess<Blocked> {
  static constexpr Next RETURNS = Next::CONTINUE;

  void compute(Process& self) {
    if (begin_blocking(&self) != RSP_OK) return;
    was_inside = true;
    wait_for(released);
    RSP_CHECK(end_blocking(&self) == RSP_EXITING);
  }

  void act(Process& me, Pid pid) {
    RSP_CHECK(begin_call(&me) == RSP_OK);
    RSP_CHECK(exit_signal(&me, pid, Term(ATOM_KILL)) == RSP_OK);
    end_call(me);
  }

  void told(const TermBits& reason) {
    RSP_CHECK(reason.is(ATOM_KILLED));
    RSP_CHECK(!was_inside || drops == 0);
    pass(released);
  }

  void check() {
    RSP_CHECK(returned_dead || !was_inside);
    // A turn that the watchdog has taken is a section, too (S-NAT-2): that takes time.
    RSP_CHECK(!returned_dead || was_inside || returned_ns >= begun_ns + Watchdog::SHORT_NS);
  }

  bool was_inside = false;
};

// S-NAT-3
TEST(SectionExplored, a_kill_does_not_wait_for_code_that_blocks) {
  EXPECT_TRUE(holds(explore_stuck<Blocked>()));
}

// ---- mistakes -------------------------------------------------------------------------------------------

TEST(SectionExplored, a_kill_that_leaves_it_blocked_is_found) {
  PlantedBugScope bug("mailbox: a signal leaves BLOCKED");
  EXPECT_TRUE(finds("deadlock", explore_stuck<Blocked>()));
}

TEST(SectionExplored, a_thread_that_is_no_zombie_in_time_is_found) {
  PlantedBugScope bug("blocking: a thread is a zombie only when its process is gone");
  EXPECT_TRUE(finds("livelock", explore_stuck<Blocked>()));
}

}  // namespace
}  // namespace rsp
