// Slots of the process table, their reuse, and what is on its way to a pid meanwhile, under every
// interleaving.
#include "core/proc/table.hpp"

#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/monitor.hpp"
#include "tests/explore/processes.hpp"
#include "tests/explore/slots.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::make_envelope;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Slots;
using test::Stage;
using test::stand_up;

void take_two_and_give_them_back(Slots& s) {
  Process* const first = s.acquire();
  Process* const second = s.acquire();
  s.release(second);
  s.release(first);
}

void take_and_give_back_twice(Slots& s) {
  for (int i = 0; i < 2; ++i) s.release(s.acquire());
}

ExploreResult slots_taken_and_given_back() {
  return explore<Slots>(bound(3), {take_two_and_give_them_back, take_and_give_back_twice}, [](Slots& s) {
    // All are free: as many can be had again, and none twice.
    const uint32_t begun = s.own.begun();
    for (uint32_t i = 0; i < begun; ++i) s.acquire();
    RSP_CHECK(s.own.begun() == begun);
  });
}

TEST(TableExplored, a_slot_has_one_owner_and_each_of_its_processes_a_pid_of_its_own) {
  EXPECT_TRUE(holds(slots_taken_and_given_back()));
}

TEST(TableExplored, a_slot_that_keeps_its_serial_is_found) {
  PlantedBugScope bug("table: slot with its old serial");
  EXPECT_TRUE(finds("pids[i] != pid", slots_taken_and_given_back()));
}

TEST(TableExplored, a_fresh_slot_taken_by_a_store_is_found) {
  PlantedBugScope bug("table: fresh slot by store");
  EXPECT_TRUE(finds("other != slot", slots_taken_and_given_back()));
}

/// A process that ends, whose slot lives on as another process of the same generation, and a third one that
/// monitors the first and sends to it.
struct Reuse : Stage {
  static constexpr uint32_t ROUND = 1U << Mailbox::GENERATION_BITS;

  void end_and_reuse() {
    sit_down(first);
    stand_up(first);
    // The lives in between: a whole round of generations.
    first.serial.store(pid.serial() + ROUND - 1, env::RELEASE);
    next = &make_process();
    RSP_CHECK(next == &first);
    RSP_CHECK(Mailbox::generation_of(next->pid().serial()) == Mailbox::generation_of(pid.serial()));
    finished();
  }

  /// And then runs what is queued, as a worker.
  void monitor_and_send() {
    sit_down(watcher);
    RSP_CHECK(enter(watcher) == RSP_OK);
    LocalRef ref;
    RSP_CHECK(monitor(watcher, pid, MonitorOptions{}, &ref) == RSP_OK);
    post(pid.id, make_envelope(EnvelopeKind::MESSAGE));
    leave_call(watcher);
    work<1>(*this);
  }

  void check() {
    // The next process of the slot has heard of nothing.
    sit_down(*next);
    RSP_CHECK(enter(*next) == RSP_OK);
    RSP_CHECK(next->received == 0);
    RSP_CHECK(next->edges.size() == 0);
    leave_call(*next);
    stand_up(*next);

    sit_down(watcher);
    RSP_CHECK(enter(watcher) == RSP_OK);
    Envelope* const down = pop_message(watcher);
    RSP_CHECK(down != nullptr);
    RSP_CHECK(down->kind == EnvelopeKind::DOWN);
    RSP_CHECK(down->term.is(ATOM_NORMAL) || down->term.is(ATOM_NOPROC));
    retire(watcher, down);
    RSP_CHECK(pop_message(watcher) == nullptr);
    RSP_CHECK(watcher.edges.size() == 0);
    leave_call(watcher);
    stand_up(watcher);
  }

  Process& first = make_process();
  const Pid pid = first.pid();
  Process& watcher = make_process();
  Process* next = nullptr;
};

ExploreResult signals_beside_a_reuse() {
  return explore_processes<Reuse>(
      bound(3), {[](Reuse& s) { s.end_and_reuse(); }, [](Reuse& s) { s.monitor_and_send(); }},
      [](Reuse& s) { s.check(); }, test::FreeSlots::NONE);
}

TEST(TableExplored, what_was_meant_for_the_dead_is_answered_and_never_reaches_the_next_of_its_slot) {
  EXPECT_TRUE(holds(signals_beside_a_reuse()));
  EXPECT_GT(sometimes_hits("envelope for an earlier incarnation"), 0u);
}

TEST(TableExplored, a_receiver_that_does_not_look_for_whom_a_signal_was_is_found) {
  PlantedBugScope bug("signal: received without the serial");
  EXPECT_TRUE(finds("does not hold", signals_beside_a_reuse()));
}

TEST(TableExplored, a_sender_that_relies_on_the_generation_and_a_receiver_that_does_too_are_found) {
  PlantedBugScope sender("mailbox: push without the serial");
  PlantedBugScope receiver("signal: received without the serial");
  EXPECT_TRUE(finds("does not hold", signals_beside_a_reuse()));
}

}  // namespace
}  // namespace rsp
