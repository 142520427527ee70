// A process whose own thread is elsewhere (BLOCKED), as the mailbox word sees it, under every interleaving.
// Whoever's signal wakes it serves it there and then; the real thing is in attached_test.cpp.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/sync/mailbox.hpp"
#include "core/sync/parker.hpp"
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

struct Section {
  Section() {
    actor.context = this;
    for (uint32_t i = 0; i < 2; ++i) signals[i].number = messages[i].number = i;
    messages[0].sender = messages[1].sender = 1;
  }

  static void receive(Actor& self, Note& note) {
    Section& s = *static_cast<Section*>(self.context);
    if (&note == &s.resume) {
      s.resume_wanted = true;
      self.unhold(note);
    } else {
      Actor::record(self, note);
    }
  }

  void take_and_handle() {
    actor.take();
    actor.handle_taken();
  }

  /// RUNNING -> BLOCKED, by the owner.
  bool leave() {
    --actor.owners;
    if (actor.mailbox.leave(actor.held, MailState::BLOCKED, false)) return true;
    actor.begin_ownership();
    return false;
  }

  void post_signal(Note& note) {
    if (actor.push(note, Actor::SERIAL, false) != Pushed::WOKE_BLOCKED) return;
    actor.begin_ownership();
    for (;;) {
      take_and_handle();
      if (resume_wanted) {
        --actor.owners;
        parker.unpark();
        return;
      }
      if (leave()) return;
    }
  }

  /// The process's own thread comes back to it, looks at what there is, and goes again.
  void pass_through() {
    if (actor.mailbox.reclaim(MailState::BLOCKED) == MailState::BLOCKED) {
      actor.begin_ownership();
    } else {
      RSP_SOMETIMES("mailbox test: a thread asks for its process back");
      post_signal(resume);
      parker.park();
      actor.begin_ownership();
      resume_wanted = false;
    }
    do {
      take_and_handle();
    } while (!leave());
  }

  Actor actor{MailState::BLOCKED, &receive};
  Parker parker;
  Note signals[2];
  Note messages[2];
  Note resume;
  bool resume_wanted = false;
};

template <int FIRST, int END>
void signal(Section& s) {
  for (int i = FIRST; i < END; ++i) s.post_signal(s.signals[i]);
}

void send_message(Section& s) {
  // Nobody has to look at it before the thread comes back.
  const Pushed pushed = s.actor.push(s.messages[0], Actor::SERIAL, true);
  RSP_CHECK(pushed == Pushed::QUEUED);
}

template <int SIGNALS, int MESSAGES>
void all_are_handled(Section& s) {
  RSP_CHECK(s.actor.mailbox.peek_state() == MailState::BLOCKED);
  RSP_CHECK(s.actor.owners == 0);
  if (MESSAGES > 0) {
    s.actor.begin_ownership();
    s.take_and_handle();
  }
  RSP_CHECK(has_all_of(s.actor, 0, SIGNALS));
  RSP_CHECK(has_all_of(s.actor, 1, MESSAGES));
}

void pass_through_twice(Section& s) {
  s.pass_through();
  s.pass_through();
}

TEST(MailboxBlockedExplored, signals_are_served_while_its_thread_comes_and_goes) {
  EXPECT_TRUE(holds(explore<Section>(bound(4), {pass_through_twice, signal<0, 1>, signal<1, 2>},
                                     [](Section& s) { RSP_CHECK(s.actor.count == 2); })));
  EXPECT_GT(sometimes_hits("mailbox test: a thread asks for its process back"), 0u);
}

ExploreResult a_signal_beside_a_message() {
  return explore<Section>(bound(4), {[](Section& s) { s.pass_through(); }, signal<0, 2>, send_message},
                          all_are_handled<2, 1>);
}

TEST(MailboxBlockedExplored, a_message_stays_until_somebody_owns_the_process) {
  EXPECT_TRUE(holds(a_signal_beside_a_message()));
}

TEST(MailboxBlockedExplored, a_signal_that_leaves_the_process_blocked_is_found) {
  PlantedBugScope bug("mailbox: a signal leaves BLOCKED");
  EXPECT_TRUE(finds("does not hold", explore<Section>(bound(3), {signal<0, 1>}, all_are_handled<1, 0>)));
}

}  // namespace
}  // namespace rsp
