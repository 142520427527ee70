// A process that runs and has messages: how soon it hears of a signal.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/message.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using test::bound;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;
using test::Stage;

/// A process with a backlog is killed, perhaps in the middle of it.
struct Backlog : Stage {
  static constexpr uint32_t MESSAGES = 4;

  Backlog() {
    static constexpr Behaviour HANDLING{nullptr, &handle, nullptr};
    Spawned spawned;
    RSP_CHECK(spawn(nullptr, SpawnOptions{}, HANDLING, this, &spawned) == RSP_OK);
    pid = spawned.pid;
    for (uint32_t i = 0; i < MESSAGES; ++i) {
      Payload nothing;
      RSP_CHECK(send(nullptr, pid, nothing) == RSP_OK);
    }
  }

  static Next handle(Process&, Envelope&, void* state) {
    Backlog& s = *static_cast<Backlog*>(state);
    ++s.handled;
    if (s.killed) ++s.handled_late;
    return Next::CONTINUE;
  }

  static void kill(Backlog& s) {
    RSP_CHECK(exit_signal(nullptr, s.pid, Term(ATOM_KILL)) == RSP_OK);
    s.killed = true;
    s.finished();
  }

  Pid pid;
  bool killed = false;
  uint32_t handled = 0;
  uint32_t handled_late = 0;
};

ExploreResult kill_of_a_process_with_a_backlog() {
  return explore_processes<Backlog>(bound(4), {Backlog::kill, Stage::work<1, Backlog>}, [](Backlog& s) {
    // One that was taken out before the kill came may be handed to the code after it.
    RSP_CHECK(s.handled_late <= 1);
    if (s.handled > 0 && s.handled < Backlog::MESSAGES) RSP_SOMETIMES("a kill overtakes a backlog");
  });
}

// S-EXIT-10
TEST(BacklogExplored, does_not_keep_a_kill_waiting) {
  EXPECT_TRUE(holds(kill_of_a_process_with_a_backlog()));
}

TEST(BacklogExplored, a_kill_that_waits_behind_it_is_found) {
  PlantedBugScope bug("signal: waits behind the backlog");
  EXPECT_TRUE(finds("handled_late <= 1", kill_of_a_process_with_a_backlog()));
}

}  // namespace
}  // namespace rsp
