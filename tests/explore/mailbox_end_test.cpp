// The end of a process and the next life of its slot, as the mailbox word sees them, under every
// interleaving.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/sync/mailbox.hpp"
#include "tests/explore/actor.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::Actor;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::Note;
using test::PlantedBugScope;

constexpr uint32_t KILLER = 9;

/// A process that ends when the killer's note comes: what the close returns counts as received.
struct Mortal {
  Mortal() {
    for (uint32_t i = 0; i < 2; ++i) notes[0][i].number = notes[1][i].number = i;
    notes[1][0].sender = notes[1][1].sender = 1;
    kill.sender = KILLER;
  }

  static void receive(Actor& self, Note& note) {
    if (note.sender != KILLER) return Actor::record(self, note);
    MailNode* const chain = self.mailbox.close(self.held);
    self.held = nullptr;
    self.append(chain);
    self.ended = true;
  }

  Actor actor{MailState::IDLE, &receive};
  Note notes[2][2];
  Note kill;
  Pushed pushed[2][2] = {};
};

template <int SENDER, int COUNT>
void send(Mortal& s) {
  for (int i = 0; i < COUNT; ++i) s.pushed[SENDER][i] = s.actor.send(s.notes[SENDER][i]);
}

void kill(Mortal& s) { RSP_CHECK(s.actor.send(s.kill) != Pushed::DEAD); }

template <int COUNT_0, int COUNT_1>
void each_note_is_received_or_answered(Mortal& s) {
  constexpr uint32_t COUNTS[2] = {COUNT_0, COUNT_1};
  RSP_CHECK(s.actor.mailbox.peek_state() == MailState::DEAD);
  uint32_t received = 0;
  for (uint32_t sender = 0; sender < 2; ++sender) {
    uint32_t alive = 0;
    while (alive < COUNTS[sender] && s.pushed[sender][alive] != Pushed::DEAD) ++alive;
    // Dead once, dead for ever; and what was pushed before came in, in order.
    for (uint32_t i = alive; i < COUNTS[sender]; ++i) RSP_CHECK(s.pushed[sender][i] == Pushed::DEAD);
    RSP_CHECK(has_all_of(s.actor, sender, alive));
    received += alive;
  }
  RSP_CHECK(s.actor.count == received);
}

ExploreResult pushes_against_a_close() {
  return explore<Mortal>(bound(5), {kill, send<0, 2>, send<1, 1>}, each_note_is_received_or_answered<2, 1>);
}

TEST(MailboxEndExplored, a_push_is_in_the_closed_chain_or_finds_the_process_dead) {
  EXPECT_TRUE(holds(pushes_against_a_close()));
}

TEST(MailboxEndExplored, a_close_by_store_is_found) {
  PlantedBugScope bug("mailbox: close by store");
  EXPECT_TRUE(finds("has_all_of", pushes_against_a_close()));
}

/// A slot whose process ends, and which is opened again for one whose serial has the same generation.
struct Reused {
  static constexpr uint32_t LATER = Actor::SERIAL + (1U << Mailbox::GENERATION_BITS);

  /// Whoever owns the slot is told by its serial, which does not change under it.
  static void receive(Actor& self, Note& note) {
    const bool is_mine = note.to_serial == self.serial.load(env::RELAXED);
    if (!is_mine && !RSP_PLANTED_BUG("mailbox test: the serial of what is received is not looked at")) {
      RSP_SOMETIMES("mailbox test: a note for an earlier process");
      RSP_CHECK(note.to_serial == Actor::SERIAL);
      ++static_cast<Reused*>(self.context)->late;
      return;
    }
    Actor::record(self, note);
  }

  Reused() { actor.context = this; }

  Actor actor{MailState::RUNNING, &receive};
  Note to_first[2];
  Note to_later;
  Pushed pushed[2] = {};
  env::Atomic<uint32_t> is_dead{0};
  uint32_t received_by_first = 0;
  uint32_t late = 0;
};

void end_and_open_again(Reused& s) {
  Actor& actor = s.actor;
  actor.append(actor.mailbox.close(actor.held));
  actor.held = nullptr;
  actor.handle_taken();
  s.received_by_first = actor.count;
  s.is_dead.store(1, env::RELEASE);
  // A whole round of generations later.
  actor.serial.store(Reused::LATER, env::RELEASE);
  actor.mailbox.open(Reused::LATER, MailState::RUNNING);
  RSP_CHECK(actor.send(s.to_later, Reused::LATER) == Pushed::QUEUED);
  actor.run();
}

template <int NOTE>
void send_to_the_first(Reused& s) {
  const bool was_dead = s.is_dead.load(env::ACQUIRE) != 0;
  s.pushed[NOTE] = s.actor.send(s.to_first[NOTE]);
  if (was_dead) RSP_CHECK(s.pushed[NOTE] == Pushed::DEAD);
}

void only_what_is_meant_for_it_is_received(Reused& s) {
  uint32_t alive = 0;
  for (Pushed pushed : s.pushed) alive += pushed != Pushed::DEAD;
  RSP_CHECK(s.received_by_first + s.late == alive);
  RSP_CHECK(s.actor.count == s.received_by_first + 1);
  RSP_CHECK(s.actor.received[s.actor.count - 1] == &s.to_later);
  RSP_CHECK(s.actor.owners == 0);
}

ExploreResult reuse_after_a_round_of_generations() {
  return explore<Reused>(bound(5), {end_and_open_again, send_to_the_first<0>, send_to_the_first<1>},
                         only_what_is_meant_for_it_is_received);
}

TEST(MailboxEndExplored, a_note_for_the_dead_never_reaches_the_next_process_of_the_slot) {
  EXPECT_TRUE(holds(reuse_after_a_round_of_generations()));
  EXPECT_GT(sometimes_hits("mailbox test: a note for an earlier process"), 0u);
}

TEST(MailboxEndExplored, a_push_that_relies_on_the_generation_alone_is_found) {
  PlantedBugScope bug("mailbox: push without the serial");
  EXPECT_TRUE(finds("s.pushed[NOTE] == Pushed::DEAD", reuse_after_a_round_of_generations()));
}

TEST(MailboxEndExplored, a_receiver_that_relies_on_the_push_is_found) {
  PlantedBugScope bug("mailbox test: the serial of what is received is not looked at");
  EXPECT_TRUE(finds("does not hold", reuse_after_a_round_of_generations()));
}

}  // namespace
}  // namespace rsp
