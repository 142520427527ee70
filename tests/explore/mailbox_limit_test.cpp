// The limit of a mailbox under every interleaving: never more in it than it may hold, room that comes back, and
// senders that are late for the process they mean.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/report.hpp"
#include "tests/explore/actor.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::FreeSlots;
using test::holds;
using test::is_dead;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;
using test::stand_up;
using Room = MailboxLimit::Room;

// ---- the two words alone ----

constexpr uint32_t SERIAL = 5;
constexpr uint64_t UNIT = MailboxLimit::UNIT;

/// A mailbox of two messages and four units: two senders of a message each of three units, and one of one; the owner
/// takes one out.
struct Words {
  Words() {
    limit.open(SERIAL, MailboxLimits{2, 4 * UNIT, Overflow::REFUSE});
    RSP_CHECK(limit.reserve(SERIAL, 1, 1) == Room::RESERVED);
  }

  template <uint32_t UNITS>
  static void send(Words& s) {
    if (s.limit.reserve(SERIAL, UNITS, 1) != Room::RESERVED) return;
    s.messages += 1;
    s.units += UNITS;
    RSP_CHECK(s.messages <= 2);
    RSP_CHECK(s.units <= 4);
  }

  static void take_one(Words& s) {
    s.messages -= 1;  // it has left when its room is given back
    s.units -= 1;
    s.limit.give_back(1);
  }

  MailboxLimit limit;
  uint32_t messages = 1;
  uint32_t units = 1;
};

ExploreResult senders_for_the_last_room() {
  return explore<Words>(bound(4), {Words::send<3>, Words::send<3>, Words::send<1>, Words::take_one},
                        [](Words& s) {
                          RSP_CHECK(s.limit.messages_for_tests() == s.messages);
                          RSP_CHECK(s.limit.units_for_tests() == s.units);
                          // What is drained may hold again exactly what it could.
                          while (s.messages > 1) {
                            s.limit.give_back(0);
                            --s.messages;
                          }
                        });
}

// S-MBOX-6
TEST(MailboxLimitExplored, is_never_exceeded_and_keeps_exact_account) {
  EXPECT_TRUE(holds(senders_for_the_last_room()));
}

TEST(MailboxLimitExplored, a_reservation_by_a_store_is_found) {
  PlantedBugScope bug("limit: reserved by a store");
  EXPECT_TRUE(finds("does not hold", senders_for_the_last_room()));
}

TEST(MailboxLimitExplored, half_a_reservation_that_stays_is_found) {
  PlantedBugScope bug("limit: the message kept whose bytes have no room");
  EXPECT_TRUE(finds("messages_for_tests() == s.messages", senders_for_the_last_room()));
}

/// A slot whose process ends and whose next one has other limits, under a sender to the former.
struct Reused {
  Reused() { limit.open(SERIAL, MailboxLimits{2, 0, Overflow::REFUSE}); }

  static void send_late(Reused& s) {
    if (s.limit.reserve(SERIAL, 0, 1) == Room::FULL) RSP_CHECK(false);  // the former was never full
  }
  static void begin_the_next(Reused& s) {
    s.limit.open(SERIAL + 1, MailboxLimits{1, 0, Overflow::REFUSE});
    s.first = s.limit.reserve(SERIAL + 1, 0, 1);
    s.second = s.limit.reserve(SERIAL + 1, 0, 1);
  }

  MailboxLimit limit;
  Room first = Room::GONE;
  Room second = Room::GONE;
};

ExploreResult late_senders() {
  return explore<Reused>(bound(5), {Reused::send_late, Reused::send_late, Reused::begin_the_next},
                         [](Reused& s) {
                           RSP_CHECK(s.first == Room::RESERVED);
                           RSP_CHECK(s.second == Room::FULL);
                           RSP_CHECK(s.limit.messages_for_tests() == 1);
                         });
}

// S-MBOX-6
TEST(MailboxLimitExplored, of_the_next_process_is_not_touched_by_a_late_sender_who_is_not_refused_by_it) {
  EXPECT_TRUE(holds(late_senders()));
}

TEST(MailboxLimitExplored, a_reservation_without_the_serial_is_found) {
  PlantedBugScope bug("limit: reserved without the serial");
  EXPECT_TRUE(finds("does not hold", late_senders()));
}

TEST(MailboxLimitExplored, a_limit_opened_with_what_the_last_one_held_is_found) {
  PlantedBugScope bug("limit: opened with what the last one held");
  EXPECT_TRUE(finds("does not hold", late_senders()));
}

// ---- with real processes ----

Envelope* numbered(uint64_t number) {
  Envelope* const message = test::make_envelope(EnvelopeKind::MESSAGE);
  message->term = TermBits::integer(static_cast<int64_t>(number));
  return message;
}

/// A process with a limit, two senders, and its thread, which takes what there is.
template <Overflow OVERFLOW, uint32_t MOST>
struct Limited : Stage {
  static constexpr uint32_t SENDERS = 2;

  Limited() {
    sit_down(process);
    RSP_CHECK(begin_call(&process) == RSP_OK);
    RSP_CHECK(limit_mailbox(process, MailboxLimits{MOST, 0, OVERFLOW}) == RSP_OK);
    end_call(process);
  }

  template <uint32_t SENDER, uint32_t COUNT>
  static void send(Limited& s) {
    for (uint64_t i = 0; i < COUNT; ++i) {
      Envelope* const message = numbered(10 * SENDER + i);
      if (post_message(s.pid.id, message) == Posted::REFUSED) {
        envelope_free(message);
        ++s.refused;
      }
    }
    s.finished();
  }

  /// Receives what is there, in a call.
  void receive_all() {
    if (begin_call(&process) != RSP_OK) return;
    RSP_CHECK(process.inbox_length <= MOST);
    while (Envelope* const message = pop_message(process)) {
      const uint64_t number = static_cast<uint64_t>(message->term.as_int());
      RSP_CHECK(number / 10 < SENDERS);
      RSP_CHECK(next[number / 10] <= number % 10);
      next[number / 10] = number % 10 + 1;
      ++received;
      retire(process, message);
    }
    end_call(process);
  }

  static void receive(Limited& s) {
    sit_down(s.process);
    s.receive_all();
    s.finished();
  }

  /// A full mailbox that was drained takes again exactly what it may hold.
  void drained_is_empty() {
    sit_down(process);
    receive_all();
    RSP_CHECK(limit_at(process.index)->messages_for_tests() == 0);
    for (uint32_t i = 0; i < MOST; ++i) RSP_CHECK(post_message(pid.id, numbered(0)) != Posted::REFUSED);
    const uint64_t before = dropped_messages();
    Envelope* const surplus = numbered(0);
    const Posted posted = post_message(pid.id, surplus);
    if (OVERFLOW == Overflow::REFUSE) RSP_CHECK(posted == Posted::REFUSED);
    if (posted == Posted::REFUSED) envelope_free(surplus);
    if (OVERFLOW == Overflow::DROP_NEWEST) RSP_CHECK(dropped_messages() == before + 1);
    while (StandInWorker::run_one()) {
    }
  }

  Process& process = make_process();
  const Pid pid = process.pid();
  uint64_t next[SENDERS] = {};
  uint32_t refused = 0;
  uint32_t received = 0;
  const uint64_t dropped_before = dropped_messages();
};

template <class S>
void accounts_for_all(S& s) {
  sit_down(s.process);
  s.receive_all();
  RSP_CHECK(s.received + s.refused + (dropped_messages() - s.dropped_before) == 3);
  s.drained_is_empty();
  stand_up(s.process);
}

template <Overflow OVERFLOW, uint32_t MOST>
ExploreResult floods() {
  using S = Limited<OVERFLOW, MOST>;
  return explore_processes<S>(bound(3), {S::template send<0, 2>, S::template send<1, 1>, S::receive},
                              accounts_for_all<S>);
}

/// What drops the oldest reaches a process whose thread is elsewhere by a worker.
ExploreResult floods_that_drop_the_oldest() {
  using S = Limited<Overflow::DROP_OLDEST, 1>;
  return explore_processes<S>(bound(2), {S::send<0, 2>, S::send<1, 1>, S::receive, &Stage::work<3, S>},
                              accounts_for_all<S>);
}

// S-MBOX-7
TEST(MailboxLimitExplored, what_is_not_refused_is_received) {
  EXPECT_TRUE(holds(floods<Overflow::REFUSE, 1>()));
}

// S-MBOX-8
TEST(MailboxLimitExplored, what_is_not_dropped_as_the_newest_is_received) {
  EXPECT_TRUE(holds(floods<Overflow::DROP_NEWEST, 2>()));
}

// S-MBOX-8
TEST(MailboxLimitExplored, what_is_not_dropped_as_the_oldest_is_received) {
  EXPECT_TRUE(holds(floods_that_drop_the_oldest()));
}

TEST(MailboxLimitExplored, room_that_is_not_given_back_is_found) {
  PlantedBugScope bug("limit: room not given back");
  EXPECT_TRUE(finds("messages_for_tests() == 0", floods<Overflow::REFUSE, 1>()));
}

/// The receiver ends while somebody sends, and its slot is used again by a process with a limit of its own.
struct Ends : Stage {
  Ends() {
    sit_down(former);
    RSP_CHECK(begin_call(&former) == RSP_OK);
    RSP_CHECK(limit_mailbox(former, MailboxLimits{1, 0, Overflow::REFUSE}) == RSP_OK);
    end_call(former);
  }

  static void send(Ends& s) {
    for (uint64_t i = 0; i < 2; ++i) {
      Envelope* const message = numbered(i);
      if (post_message(s.former_pid.id, message) == Posted::REFUSED) envelope_free(message);
    }
    s.finished();
  }

  static void end_and_begin(Ends& s) {
    stand_up(s.former);
    Process& latter = make_process();
    s.latter = &latter;
    sit_down(latter);
    RSP_CHECK(begin_call(&latter) == RSP_OK);
    RSP_CHECK(limit_mailbox(latter, MailboxLimits{1, 0, Overflow::REFUSE}) == RSP_OK);
    end_call(latter);
    RSP_CHECK(post_message(latter.pid().id, numbered(7)) != Posted::REFUSED);
    s.finished();
  }

  Process& former = make_process();
  const Pid former_pid = former.pid();
  Process* latter = nullptr;
};

// S-MBOX-6, S-PROC-1
TEST(MailboxLimitExplored, ends_with_its_process) {
  EXPECT_TRUE(holds(explore_processes<Ends>(
      bound(2), {Ends::send, Ends::end_and_begin, &Stage::work<2, Ends>},
      [](Ends& s) {
        RSP_CHECK(is_dead(s.former, s.former_pid));
        Process& latter = *s.latter;
        sit_down(latter);
        RSP_CHECK(begin_call(&latter) == RSP_OK);
        RSP_CHECK(latter.inbox_length == 1);
        RSP_CHECK(limit_at(latter.index)->messages_for_tests() == 1);
        end_call(latter);
        stand_up(latter);
      },
      FreeSlots::NONE)));
  EXPECT_GT(sometimes_hits("a receiver died between reservation and push"), 0u);
}

/// A mailbox that overflows ends its process, once, whoever comes.
struct Overflows : Stage {
  Overflows() {
    set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
    sit_down(process);
    RSP_CHECK(begin_call(&process) == RSP_OK);
    RSP_CHECK(limit_mailbox(process, MailboxLimits{1, 0, Overflow::EXIT}) == RSP_OK);
    end_call(process);
  }

  static void send(Overflows& s) {
    for (uint64_t i = 0; i < 2; ++i) RSP_CHECK(post_message(s.pid.id, numbered(i)) != Posted::REFUSED);
    s.finished();
  }

  Process& process = make_process();
  const Pid pid = process.pid();
};

// S-MBOX-9
TEST(MailboxLimitExplored, ends_the_process_whose_mailbox_overflows) {
  EXPECT_TRUE(holds(explore_processes<Overflows>(
      bound(2), {Overflows::send, Overflows::send, &Stage::work<2, Overflows>}, [](Overflows& s) {
        RSP_CHECK(is_dead(s.process, s.pid));
        stand_up(s.process);
      })));
}

// ---- the two bits of the word ----

/// The owner sets and clears them while others push and it leaves.
struct Bits {
  static void send(Bits& s) {
    for (int i = 0; i < 2; ++i) s.actor.send(s.notes[i]);
  }
  static void own(Bits& s) {
    s.actor.mailbox.set_limited();
    s.actor.mailbox.press();
    s.actor.run();
  }

  test::Actor actor{MailState::RUNNING};
  test::Note notes[2] = {{{}, 0, 0, 0}, {{}, 0, 1, 0}};
};

ExploreResult pressing() {
  return explore<Bits>(bound(5), {Bits::send, Bits::own}, [](Bits& s) {
    RSP_CHECK(test::has_all_of(s.actor, 0, 2));
    RSP_CHECK(s.actor.owners == 0);
    RSP_CHECK(s.actor.mailbox.is_limited());
    RSP_CHECK(s.actor.mailbox.is_pressed(test::Actor::SERIAL));
    s.actor.mailbox.relieve();
    RSP_CHECK(!s.actor.mailbox.is_pressed(test::Actor::SERIAL));
    RSP_CHECK(s.actor.mailbox.peek_state() == MailState::IDLE);
  });
}

TEST(MailboxLimitExplored, bits_of_the_word_stay_through_pushes_and_leaves) {
  EXPECT_TRUE(holds(pressing()));
}

TEST(MailboxLimitExplored, a_push_that_clears_the_bits_is_found) {
  PlantedBugScope bug("mailbox: push clears the bits");
  EXPECT_TRUE(finds("does not hold", pressing()));
}

TEST(MailboxLimitExplored, pressure_by_a_store_is_found) {
  PlantedBugScope bug("mailbox: pressed by store");
  EXPECT_TRUE(finds("does not hold", pressing()));
}

/// A full mailbox, whose thread receives while two send too many.
struct Gap : Stage {
  Gap() {
    set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
    sit_down(process);
    RSP_CHECK(begin_call(&process) == RSP_OK);
    RSP_CHECK(limit_mailbox(process, MailboxLimits{1, 0, Overflow::EXIT}) == RSP_OK);
    RSP_CHECK(post_message(pid.id, numbered(0)) != Posted::REFUSED);
  }

  template <uint64_t FIRST, uint64_t LAST>
  static void send(Gap& s) {
    for (uint64_t i = FIRST; i <= LAST; ++i)
      RSP_CHECK(post_message(s.pid.id, numbered(i)) != Posted::REFUSED);
    s.finished();
  }

  /// In one call, so that no worker is needed for what comes.
  static void receive(Gap& s) {
    sit_down(s.process);
    for (int look = 0; look < 2 && receive_signals(s.process); ++look) {
      while (Envelope* const message = pop_message(s.process)) {
        const uint64_t number = static_cast<uint64_t>(message->term.as_int());
        RSP_CHECK(number == 0 || number == 10 || s.last + 1 == number);
        if (number != 0 && number < 10) s.last = number;
        retire(s.process, message);
      }
    }
    s.finished();
  }

  Process& process = make_process();
  const Pid pid = process.pid();
  uint64_t last = 0;
};

ExploreResult gaps() {
  return explore_processes<Gap>(bound(3), {Gap::send<10, 10>, Gap::send<1, 2>, Gap::receive}, [](Gap& s) {
    sit_down(s.process);
    end_call(s.process);
    while (StandInWorker::run_one()) {
    }
    RSP_CHECK(is_dead(s.process, s.pid));
    stand_up(s.process);
  });
}

// S-SIG-1, S-MBOX-9
TEST(MailboxLimitExplored, shows_nobody_what_came_after_a_message_that_was_too_many) {
  EXPECT_TRUE(holds(gaps()));
}

TEST(MailboxLimitExplored, a_mark_before_the_order_is_found) {
  PlantedBugScope bug("limit: marked before the order is pushed");
  EXPECT_TRUE(finds("s.last + 1 == number", gaps()));
}

}  // namespace
}  // namespace rsp
