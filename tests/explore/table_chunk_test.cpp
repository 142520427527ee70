// Chunks of the process table that are given back to the kernel and opened again, beside spawns, ends and senders, under
// every interleaving.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "tests/explore/slots.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;
using test::Slots;

/// No slot has to stay free: each chunk is given back when its last process ends.
struct Chunks : Slots {
  Chunks() : Slots(0) {}

  Process* begin() {
    Process* const process = acquire();
    process->mailbox.open(process->pid().serial(), MailState::RUNNING);
    return process;
  }

  /// What was pushed to the process, which is as it was begun.
  MailNode* end(Process* process) {
    const Pid pid = pid_of(process);
    RSP_CHECK(process->pid() == pid);
    RSP_CHECK(process->mailbox.is_open_for(pid.serial()));
    MailNode* const chain = process->mailbox.close(nullptr);
    release(process);
    return chain;
  }

  Pid pid_of(const Process* process) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (held[i] == process) return pids[i];
    }
    RSP_CHECK(false);
    return Pid{};
  }
};

void live_once(Chunks& s) { s.end(s.begin()); }

void live_twice(Chunks& s) {
  live_once(s);
  live_once(s);
}

ExploreResult lives_of_chunks() {
  return explore<Chunks>(bound(3), {live_twice, live_once}, [](Chunks& s) {
    // All have ended: as many can begin as ever.
    s.begin();
    s.begin();
  });
}

TEST(TableChunksExplored, a_chunk_is_given_back_when_none_of_its_slots_is_taken_and_no_pid_comes_back) {
  EXPECT_TRUE(holds(lives_of_chunks()));
  EXPECT_GT(sometimes_hits("a chunk is given back"), 0u);
  EXPECT_GT(sometimes_hits("a chunk that was given back is opened"), 0u);
}

TEST(TableChunksExplored, serials_that_begin_anew_are_found) {
  PlantedBugScope bug("table: serials without their floor");
  EXPECT_TRUE(finds("pids[i] != pid", lives_of_chunks()));
}

TEST(TableChunksExplored, a_chunk_closed_by_a_store_is_found) {
  PlantedBugScope bug("table: looks whether a chunk is idle, then closes it");
  EXPECT_TRUE(finds("ended in", lives_of_chunks()));
}

TEST(TableChunksExplored, a_chunk_opened_before_its_pages_are_gone_is_found) {
  PlantedBugScope bug("table: gone before its pages are");
  EXPECT_TRUE(finds("ended in", lives_of_chunks()));
}

/// What is in the queue of free slots from before.
ExploreResult free_slots_of_the_past() {
  return explore<Chunks>(bound(2),
                         {[](Chunks& s) {
                            Process* const one = s.begin();
                            Process* const two = s.begin();
                            s.end(one);
                            s.end(two);
                            // Opens the chunk again, if nobody else has: and beside what it begins there, the queue has what it had.
                            Process* const three = s.begin();
                            Process* const four = s.begin();
                            s.end(three);
                            s.end(four);
                          },
                          live_once},
                         [](Chunks&) {});
}

TEST(TableChunksExplored, free_slots_of_a_chunk_that_was_given_back_are_thrown_away) {
  EXPECT_TRUE(holds(free_slots_of_the_past()));
  EXPECT_GT(sometimes_hits("a free slot of a chunk that was given back"), 0u);
}

TEST(TableChunksExplored, a_slot_taken_without_its_epoch_is_found) {
  PlantedBugScope bug("table: free slot of a chunk that was given back");
  EXPECT_TRUE(finds("ended in", free_slots_of_the_past()));
}

struct ChunkWithOne : Chunks {
  Process* const first = begin();
  const Pid stale = first->pid();
  MailNode node{};
  bool was_received = false;
  Pushed pushed = Pushed::STOPPED;
};

/// A sender has a pid; its process ends, the chunk goes, and the slot comes back as another process.
ExploreResult sends_beside_a_chunk_that_goes() {
  return explore<ChunkWithOne>(
      bound(4),
      {[](ChunkWithOne& s) {
         MailNode* const chain = s.end(s.first);
         s.was_received = chain != nullptr;
         // The next one, in the same slot, hears of nothing.
         Process* const next = s.begin();
         RSP_CHECK(next == s.first);
         RSP_CHECK(!next->mailbox.has_untaken(nullptr));
         RSP_CHECK(s.end(next) == nullptr);
       },
       [](ChunkWithOne& s) {
         Process* const target = s.own.at(s.stale.index());
         RSP_CHECK(target != nullptr);
         s.pushed = target->mailbox.push(&s.node, target->serial, s.stale.serial(), true);
         RSP_CHECK(s.own.live(s.stale) == nullptr || s.pushed == Pushed::QUEUED);
       }},
      [](ChunkWithOne& s) { RSP_CHECK(s.was_received == (s.pushed == Pushed::QUEUED)); });
}

TEST(TableChunksExplored, a_sender_with_a_stale_pid_reads_pages_that_are_given_back_and_finds_nobody) {
  EXPECT_TRUE(holds(sends_beside_a_chunk_that_goes()));
}

}  // namespace
}  // namespace rsp
