// Requests, the real code, under every interleaving of who asks, who is asked, and a third who answers too: one reply or
// one DOWN, nothing to who gave up, each payload dropped once, and a record at the one exactly while there is one at the
// other (core/proc/request.hpp).
#include "core/proc/request.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/exit.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/receive.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::is_dead;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;

const NativeOps COUNTED{sizeof(uint32_t), [](void* count) { ++*static_cast<uint32_t*>(count); }, nullptr};

bool has_message(Process& self, void*) { return self.inbox_first != nullptr; }

/// Both are inside a call, and the request is sent.
struct Asked : Stage {
  Asked() {
    for (Process* const process : {&a, &b}) {
      sit_down(*process);
      RSP_CHECK(enter(*process) == RSP_OK);
    }
    Payload question = counted(&questions_dropped);
    RSP_CHECK(send_request(a, b.pid(), question, &request) == RSP_OK);
  }

  static Payload counted(uint32_t* drops) {
    Payload payload;
    payload.native = drops;
    payload.ops = &COUNTED;
    return payload;
  }

  void reply_by(Process* process) {
    Payload answer = counted(&replies_dropped);
    RSP_CHECK(reply(process, request, answer) == RSP_OK);
    ++replies_sent;
  }

  /// The asked one takes the request, as a turn does.
  Envelope* take() {
    sit_down(b);
    RSP_CHECK(wait_until(b, &has_message, nullptr, env::NO_DEADLINE) == RSP_OK);
    Envelope* const message = pop_message(b);
    RSP_CHECK(message->kind == EnvelopeKind::CALL);
    begin_loan(message);
    return message;
  }

  void read() { retire(b, take()); }

  /// The same, and may keep it.
  Envelope* keep() {
    sit_down(b);
    Envelope* message = nullptr;
    RSP_CHECK(receive(b, nullptr, nullptr, env::NO_DEADLINE, &message) == RSP_OK);
    RSP_CHECK(message->kind == EnvelopeKind::CALL);
    RSP_CHECK(!is_request(message));
    return message;
  }

  /// An envelope that the mailbox of the asked one holds is there still, and done with.
  bool holds_only_consumed(const Envelope* message) const {
    return b.held != message || message->has(envelope_flag::CONSUMED);
  }

  static void end(Process& process) {
    sit_down(process);
    condemn(process, Term(ATOM_SHUTDOWN));
    end_attached(process);
  }

  void hear(Envelope* answer) {
    const bool is_down = answer->kind == EnvelopeKind::DOWN;
    RSP_CHECK(answer->ref == request.number);
    if (is_down) RSP_CHECK(answer->term.is(ATOM_SHUTDOWN) || silent);
    ++(is_down ? downs : replies);
    retire(a, answer);
  }

  void check() {
    const bool a_lived = !is_dead(a, a_pid);
    const bool b_lived = !is_dead(b, b_pid);
    if (a_lived) (void)checkpoint(a);
    if (b_lived) {
      (void)checkpoint(b);
      const bool wanted = a_lived && a.edges.find_ref(request.number) != nullptr;
      RSP_CHECK(b.edges.size() == (wanted ? 1u : 0u));
      end(b);
    }
    if (a_lived) {
      (void)checkpoint(a);
      while (Envelope* const message = pop_message(a)) hear(message);
      RSP_CHECK(a.edges.size() == 0);
      RSP_CHECK(replies + downs == (gave_up ? 0u : 1u));
      if (silent) RSP_CHECK(replies == 0);
      end(a);
    }
    for (Process* const process : {&a, &b}) {
      sit_down(*process);
      RSP_CHECK(detach(process, Term(ATOM_NORMAL)) == RSP_OK);
    }
    RSP_CHECK(questions_dropped == 1);
    RSP_CHECK(replies_dropped == replies_sent);
  }

  Process& a = make_process();  // asks
  Process& b = make_process();  // is asked
  const Pid a_pid = a.pid();
  const Pid b_pid = b.pid();
  LocalRef request{};
  uint32_t questions_dropped = 0;
  uint32_t replies_dropped = 0;
  uint32_t replies_sent = 0;
  uint32_t replies = 0;
  uint32_t downs = 0;
  bool gave_up = false;
  bool silent = false;  // the alias was taken off before an answer came
};

using Act = void (*)(Asked&);

// ---- who asks -------------------------------------------------------------------------------------------

void take_the_answer(Asked& s) {
  sit_down(s.a);
  Envelope* answer = nullptr;
  const rsp_result result = receive_response(s.a, s.request, env::NO_DEADLINE, &answer);
  RSP_CHECK(result == RSP_OK || result == RSP_EEXITED);
  s.hear(answer);
}

void give_up(Asked& s) {
  sit_down(s.a);
  (void)checkpoint(s.a);
  abandon_request(s.a, s.request);
  s.gave_up = true;
}

void demonitor_it(Asked& s) {
  sit_down(s.a);
  (void)checkpoint(s.a);
  bool removed;
  bool flushed;
  demonitor(s.a, s.request, true, &removed, &flushed);
  s.gave_up = removed || flushed;
}

void take_the_alias_off(Asked& s) {
  sit_down(s.a);
  (void)checkpoint(s.a);
  s.silent = unalias(s.a, s.request);
}

void end_before_the_answer(Asked& s) { Asked::end(s.a); }

// ---- who is asked ---------------------------------------------------------------------------------------

void reply_in_the_callback(Asked& s) {
  Envelope* const message = s.take();
  (void)checkpoint(s.b);
  s.reply_by(&s.b);
  (void)checkpoint(s.b);
  RSP_CHECK(s.questions_dropped == 0);  // whatever came, it is lent
  retire(s.b, message);
}

void reply_with_the_loan(Asked& s) {
  Envelope* const message = s.take();
  (void)checkpoint(s.b);
  Payload answer = Asked::counted(&s.replies_dropped);
  RSP_CHECK(reply_with_loan(s.b, *message, s.request, answer) == RSP_OK);
  ++s.replies_sent;
  retire(s.b, message);
  RSP_CHECK(s.holds_only_consumed(message));
}

void reply_later(Asked& s) {
  Envelope* const message = s.take();
  retire(s.b, message);
  (void)checkpoint(s.b);
  s.reply_by(&s.b);
  RSP_CHECK(s.holds_only_consumed(message));
  s.reply_by(&s.b);  // and once more
}

void reply_to_what_was_kept(Asked& s) {
  Envelope* const message = s.keep();
  s.reply_by(&s.b);
  envelope_free(message);
}

void end_with_it_untaken(Asked& s) { Asked::end(s.b); }

void end_with_it_unread(Asked& s) {
  sit_down(s.b);
  RSP_CHECK(wait_until(s.b, &has_message, nullptr, env::NO_DEADLINE) == RSP_OK);
  Asked::end(s.b);
}

void end_with_it_pending(Asked& s) {
  s.read();
  Asked::end(s.b);
}

/// As in a blocking section: the code has the message still.
void end_with_it_lent(Asked& s) {
  Envelope* const message = s.take();
  Asked::end(s.b);
  retire(s.b, message);
}

void end_with_it_kept(Asked& s) {
  Envelope* const message = s.keep();
  Asked::end(s.b);
  envelope_free(message);
}

void reply_and_end(Asked& s) {
  reply_with_the_loan(s);
  Asked::end(s.b);
}

// ---- and a third ----------------------------------------------------------------------------------------

void reply_for_another(Asked& s) { s.reply_by(nullptr); }

void read(Asked& s) {
  Envelope* const message = s.take();
  (void)checkpoint(s.b);
  retire(s.b, message);
}

ExploreResult between(Act asker, Act asked) {
  return explore_processes<Asked>(bound(3), {asker, asked}, [](Asked& s) { s.check(); });
}

ExploreResult among(Act asker, Act asked) {
  return explore_processes<Asked>(bound(3), {asker, asked, reply_for_another}, [](Asked& s) { s.check(); });
}

constexpr Act ASKED[] = {
    reply_in_the_callback, reply_with_the_loan, reply_later,      reply_to_what_was_kept, end_with_it_untaken,
    end_with_it_unread,    end_with_it_pending, end_with_it_lent, end_with_it_kept,       reply_and_end};

// S-SRV-9, S-SRV-10
TEST(RequestExplored, who_waits_gets_one_answer) {
  for (const Act asked : ASKED) EXPECT_TRUE(holds(between(take_the_answer, asked)));
}

// S-SRV-11
TEST(RequestExplored, who_gives_up_gets_none) {
  for (const Act asked : ASKED) {
    EXPECT_TRUE(holds(between(give_up, asked)));
    EXPECT_TRUE(holds(between(demonitor_it, asked)));
  }
}

TEST(RequestExplored, who_ends_leaves_no_trace) {
  for (const Act asked : ASKED) EXPECT_TRUE(holds(between(end_before_the_answer, asked)));
}

TEST(RequestExplored, who_takes_the_alias_off_hears_of_the_end) {
  for (const Act asked : ASKED) EXPECT_TRUE(holds(between(take_the_alias_off, asked)));
  EXPECT_GT(sometimes_hits("a reply finds the monitor of its request without the alias"), 0u);
}

// S-SRV-17
TEST(RequestExplored, the_first_of_two_replies_is_the_answer) {
  for (const Act asked :
       {read, reply_in_the_callback, reply_with_the_loan, reply_later, end_with_it_pending}) {
    EXPECT_TRUE(holds(among(take_the_answer, asked)));
  }
  EXPECT_TRUE(holds(among(give_up, reply_later)));
  EXPECT_TRUE(holds(among(give_up, read)));
}

/// One process asks itself, and does not answer.
struct Alone : Stage {
  Process& p = make_process();
  uint32_t drops = 0;
};

ExploreResult of_oneself() {
  return explore_processes<Alone>(bound(1), {[](Alone& s) {
                                    sit_down(s.p);
                                    RSP_CHECK(enter(s.p) == RSP_OK);
                                    LocalRef request;
                                    Payload question = Asked::counted(&s.drops);
                                    RSP_CHECK(send_request(s.p, s.p.pid(), question, &request) == RSP_OK);
                                    RSP_CHECK(checkpoint(s.p));
                                    abandon_request(s.p, request);
                                    Envelope* const message = pop_message(s.p);
                                    RSP_CHECK(message != nullptr);  // given up, and still a message
                                    begin_loan(message);
                                    retire(s.p, message);
                                    RSP_CHECK(s.p.edges.size() == 0);
                                  }},
                                  [](Alone& s) {
                                    RSP_CHECK(s.drops == 1);
                                    Asked::end(s.p);
                                    RSP_CHECK(detach(&s.p, Term(ATOM_NORMAL)) == RSP_OK);
                                  });
}

TEST(RequestExplored, a_request_to_oneself_is_no_record) { EXPECT_TRUE(holds(of_oneself())); }

// ---- mistakes -------------------------------------------------------------------------------------------

TEST(RequestExplored, a_request_to_oneself_that_stays_is_found) {
  PlantedBugScope bug("request: to oneself, and pending");
  EXPECT_TRUE(finds("s.p.edges.size() == 0", of_oneself()));
}

TEST(RequestExplored, a_request_that_was_replied_to_and_stays_is_found) {
  PlantedBugScope bug("request: replied and still pending");
  EXPECT_TRUE(finds("b.edges.size()", between(take_the_answer, reply_in_the_callback)));
}

TEST(RequestExplored, a_held_request_that_goes_back_is_found) {
  PlantedBugScope bug("request: goes back while it is held");
  EXPECT_TRUE(finds("holds_only_consumed", between(take_the_answer, reply_later)));
}

TEST(RequestExplored, a_held_request_that_goes_back_with_its_loan_is_found) {
  PlantedBugScope bug("request: answered with the loan while it is held");
  EXPECT_TRUE(finds("holds_only_consumed", between(take_the_answer, reply_with_the_loan)));
}

TEST(RequestExplored, an_unread_request_that_dies_in_silence_is_found) {
  PlantedBugScope bug("request: unread, and no DOWN");
  EXPECT_TRUE(finds("deadlock", between(take_the_answer, end_with_it_unread)));
}

TEST(RequestExplored, a_lent_request_that_is_freed_when_given_up_is_found) {
  PlantedBugScope bug("request: freed while it is lent");
  EXPECT_TRUE(finds("s.questions_dropped == 0", between(give_up, reply_in_the_callback)));
}

TEST(RequestExplored, a_kept_request_that_is_a_record_still_is_found) {
  PlantedBugScope bug("request: kept, and still a record");
  EXPECT_TRUE(finds("!is_request(message)", between(take_the_answer, end_with_it_kept)));
}

TEST(RequestExplored, a_reply_that_ends_a_monitor_without_alias_is_found) {
  PlantedBugScope bug("signal: a reply ends the monitor without its alias");
  EXPECT_TRUE(finds("b.edges.size()", between(take_the_alias_off, reply_later)));
}

}  // namespace
}  // namespace rsp
