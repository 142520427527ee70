// The mailbox word under every interleaving: messages, their order, and who owns the process.
#include "core/sync/mailbox.hpp"

#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "tests/explore/actor.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::Actor;
using test::bound;
using test::bound_with_spurious_returns;
using test::explore;
using test::ExploreOptions;
using test::ExploreResult;
using test::finds;
using test::has_all_of;
using test::holds;
using test::Note;
using test::PlantedBugScope;

constexpr uint32_t DEEP = 5;

/// A process that is in its turn, and two that send to it.
struct Receiver {
  Receiver() {
    for (uint32_t sender = 0; sender < 2; ++sender) {
      for (uint32_t number = 0; number < 2; ++number) notes[sender][number] = {{}, sender, number, 0};
    }
  }
  Actor actor{MailState::RUNNING};
  Note notes[2][2];
};

template <int SENDER, int COUNT>
void send(Receiver& s) {
  for (int i = 0; i < COUNT; ++i) s.actor.send(s.notes[SENDER][i]);
}

void finish_turn(Receiver& s) { s.actor.run(); }

template <int COUNT_0, int COUNT_1>
void all_are_received(Receiver& s) {
  RSP_CHECK(has_all_of(s.actor, 0, COUNT_0));
  RSP_CHECK(has_all_of(s.actor, 1, COUNT_1));
  RSP_CHECK(s.actor.count == COUNT_0 + COUNT_1);
  RSP_CHECK(s.actor.owners == 0);
  RSP_CHECK(s.actor.mailbox.peek_state() == MailState::IDLE);
}

ExploreResult two_senders_of_two(const ExploreOptions& options) {
  return explore<Receiver>(options, {finish_turn, send<0, 2>, send<1, 2>}, all_are_received<2, 2>);
}

TEST(MailboxExplored, loses_nothing_keeps_each_senders_order_and_has_one_owner_at_a_time) {
  EXPECT_TRUE(holds(two_senders_of_two(bound(DEEP))));
}

TEST(MailboxExplored, holds_when_compare_exchanges_fail_without_need) {
  EXPECT_TRUE(holds(explore<Receiver>(bound_with_spurious_returns(4), {finish_turn, send<0, 1>, send<1, 1>},
                                      all_are_received<1, 1>)));
}

TEST(MailboxExplored, leaving_by_a_store_is_found) {
  PlantedBugScope bug("mailbox: leave by store");
  EXPECT_TRUE(finds("has_all_of", two_senders_of_two(bound(DEEP))));
}

TEST(MailboxExplored, a_push_that_keeps_the_state_is_found) {
  PlantedBugScope bug("mailbox: push keeps the state");
  EXPECT_TRUE(finds("crashed: abort", two_senders_of_two(bound(DEEP))));
}

/// The same, and the process frees what it has received: at once, or when the word no longer shows it.
template <Actor::Receive RECEIVE>
struct Freeing {
  struct Freed {
    Note note;
    bool is_free = false;
  };

  Freeing() {
    actor.give_back = &free;
    for (uint32_t i = 0; i < 3; ++i) notes[i].note.number = i;
  }

  static Freed& of(Note& note) { return reinterpret_cast<Freed&>(note); }
  static void free(Note& note) {
    RSP_CHECK(!of(note).is_free);
    of(note).is_free = true;
  }

  template <int FIRST, int END>
  static void send(Freeing& s) {
    for (int i = FIRST; i < END; ++i) s.actor.send(s.notes[i].note);
  }

  static ExploreResult explored() {
    return explore<Freeing>(bound(DEEP), {[](Freeing& s) { s.actor.run(); }, send<0, 2>, send<2, 3>},
                            [](Freeing& s) {
                              for (Freed& freed : s.notes) RSP_CHECK(freed.is_free);
                              RSP_CHECK(s.actor.owners == 0);
                            });
  }

  Actor actor{MailState::RUNNING, RECEIVE};
  Freed notes[3];
};

void retire(Actor& self, Note& note) { self.retire(note); }

void detach_and_free(Actor& self, Note& note) {
  self.unhold(note);
  self.give_back(note);
}

using FreedOnceForgotten = Freeing<&retire>;
using FreedOnceDetached = Freeing<&detach_and_free>;

TEST(MailboxExplored, an_envelope_may_be_freed_once_a_take_or_a_leave_has_forgotten_it) {
  EXPECT_TRUE(holds(FreedOnceForgotten::explored()));
}

TEST(MailboxExplored, an_envelope_may_be_freed_once_it_is_detached) {
  EXPECT_TRUE(holds(FreedOnceDetached::explored()));
}

TEST(MailboxExplored, a_leave_that_does_not_forget_is_found) {
  PlantedBugScope bug("mailbox: leave does not forget");
  EXPECT_TRUE(finds("!of(note).is_free", FreedOnceForgotten::explored()));
}

TEST(MailboxExplored, a_detach_that_does_nothing_is_found) {
  PlantedBugScope bug("mailbox: detach does nothing");
  EXPECT_TRUE(finds("!of(note).is_free", FreedOnceDetached::explored()));
}

/// A process that gives each envelope back to its sender, who sends it again.
struct Echo {
  explicit Echo(Actor::Receive receive) : actor(MailState::RUNNING, receive) {
    actor.give_back = &hand_over;
    lent[1].note.sender = 1;
  }

  struct Lent {
    Note note;
    env::Atomic<uint32_t> is_back{1};
    uint32_t trips = 0;
  };

  static void hand_over(Note& note) {
    Lent& lent = reinterpret_cast<Lent&>(note);
    ++lent.trips;
    lent.is_back.store(1, env::RELEASE);
    env::wake_one(lent.is_back);
  }

  static void answer(Actor& self, Note& note) {
    if (!RSP_PLANTED_BUG("mailbox test: held sent as it is")) self.unhold(note);
    hand_over(note);
  }

  void send_twice(Lent& mine) {
    for (int i = 0; i < 2; ++i) {
      while (mine.is_back.exchange(0, env::ACQUIRE) == 0) env::wait(mine.is_back, 0);
      actor.send(mine.note);
    }
  }

  Actor actor;
  Lent lent[2];
};

template <Actor::Receive RECEIVE>
struct EchoWith : Echo {
  EchoWith() : Echo(RECEIVE) {}
};

template <Actor::Receive RECEIVE>
ExploreResult two_envelopes_sent_twice() {
  using S = EchoWith<RECEIVE>;
  return explore<S>(bound(3),
                    {[](S& s) { s.actor.run(); }, [](S& s) { s.send_twice(s.lent[0]); },
                     [](S& s) { s.send_twice(s.lent[1]); }},
                    [](S& s) {
                      RSP_CHECK(s.lent[0].trips == 2);
                      RSP_CHECK(s.lent[1].trips == 2);
                      RSP_CHECK(s.actor.owners == 0);
                    });
}

TEST(MailboxExplored, a_held_envelope_may_be_sent_again_once_it_is_detached) {
  EXPECT_TRUE(holds(two_envelopes_sent_twice<&Echo::answer>()));
  EXPECT_GT(sometimes_hits("mailbox test: a push before a detach"), 0u);
}

TEST(MailboxExplored, a_held_envelope_may_be_sent_again_once_a_leave_or_a_take_has_freed_it) {
  EXPECT_TRUE(holds(two_envelopes_sent_twice<&retire>()));
}

TEST(MailboxExplored, a_held_envelope_sent_again_undetached_is_found) {
  PlantedBugScope bug("mailbox test: held sent as it is");
  EXPECT_TRUE(finds("trips == 2", two_envelopes_sent_twice<&Echo::answer>()));
}

/// A relay: what it receives it sends on, in whatever thread it runs.
struct Relay {
  static constexpr uint32_t COUNT = 2;

  Relay() {
    relay.context = this;
    for (uint32_t i = 0; i < COUNT; ++i) onward[i].number = i;
  }

  static void pass_on(Actor& self, Note&) {
    Relay& s = *static_cast<Relay*>(self.context);
    s.receiver.send(s.onward[self.count++]);
  }

  Actor relay{MailState::IDLE, &pass_on};
  Actor receiver{MailState::IDLE};
  Note incoming[COUNT];
  Note onward[COUNT];
};

TEST(MailboxExplored, order_is_kept_of_a_sender_that_changes_threads) {
  EXPECT_TRUE(holds(explore<Relay>(
      bound(3),
      {[](Relay& s) { s.relay.send(s.incoming[0]); }, [](Relay& s) { s.relay.send(s.incoming[1]); }},
      [](Relay& s) {
        RSP_CHECK(s.receiver.count == Relay::COUNT);
        RSP_CHECK(has_all_of(s.receiver, 0, Relay::COUNT));
      })));
}

/// A sends to B and then to C; C, when it hears of that, to B.
struct Causal {
  Causal() {
    c.context = this;
    from_c.sender = 1;
  }

  static void tell_b(Actor& self, Note&) {
    Causal& s = *static_cast<Causal*>(self.context);
    s.b.send(s.from_c);
  }

  Actor b{MailState::RUNNING};
  Actor c{MailState::RUNNING, &tell_b};
  Note from_a[2];
  Note from_c;
};

TEST(MailboxExplored, delivery_is_causal) {
  EXPECT_TRUE(holds(explore<Causal>(bound(3),
                                    {[](Causal& s) {
                                       s.b.send(s.from_a[0]);
                                       s.c.send(s.from_a[1]);
                                     },
                                     [](Causal& s) { s.b.run(); }, [](Causal& s) { s.c.run(); }},
                                    [](Causal& s) {
                                      RSP_CHECK(s.b.count == 2);
                                      RSP_CHECK(s.b.received[0] == &s.from_a[0]);
                                      RSP_CHECK(s.b.received[1] == &s.from_c);
                                    })));
}

}  // namespace
}  // namespace rsp
