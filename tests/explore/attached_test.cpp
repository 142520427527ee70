// Attached processes, the real code, under every interleaving of their own thread, those who send to them,
// and the worker that serves their signals while the thread is elsewhere.
#include "core/proc/attached.hpp"

#include <gtest/gtest.h>

#include "core/env/clock.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/monitor.hpp"
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
using test::make_envelope;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;
using test::stand_up;

/// A process that traps exits, so that messages and signals can be told apart and counted.
struct Attached : Stage {
  Attached() { trap_exit(p, true); }

  void post_message(uint64_t number) {
    RSP_CHECK(try_post(pid.id, make_envelope(EnvelopeKind::MESSAGE, number)));
  }

  void post_signal() {
    Envelope* const signal = make_envelope(EnvelopeKind::EXIT_SIGNAL);
    signal->term = Term(ATOM_SHUTDOWN).release();
    RSP_CHECK(try_post(pid.id, signal));
  }

  /// Inside a call: takes all messages out.
  void drain() {
    while (Envelope* const message = pop_message(p)) {
      if (message->kind == EnvelopeKind::EXIT) {
        ++exits;
      } else {
        RSP_CHECK(message->number == messages);  // in the order they were sent
        ++messages;
      }
      retire(p, message);
    }
  }

  void call() {
    RSP_CHECK(enter(p) == RSP_OK);
    drain();
    leave_call(p);
  }

  void end() {
    sit_down(p);
    call();
    stand_up(p);
  }

  Process& p = make_process();
  const Pid pid = p.pid();
  uint64_t messages = 0;
  uint32_t exits = 0;
};

template <int COUNT>
void call(Attached& s) {
  sit_down(s.p);
  for (int i = 0; i < COUNT; ++i) s.call();
  s.finished();
}

void send_a_message_and_a_signal(Attached& s) {
  s.post_message(0);
  s.post_signal();
  s.finished();
}

void send_a_signal_and_a_message(Attached& s) {
  s.post_signal();
  s.post_message(0);
  s.finished();
}

ExploreResult calls_beside_pushes() {
  return explore_processes<Attached>(
      bound(3), {call<2>, send_a_message_and_a_signal, &Stage::work<2, Attached>}, [](Attached& s) {
        s.end();
        RSP_CHECK(s.messages == 1);
        RSP_CHECK(s.exits == 1);
      });
}

TEST(AttachedExplored, what_is_pushed_while_its_thread_comes_and_goes_is_received_once) {
  EXPECT_TRUE(holds(calls_beside_pushes()));
  EXPECT_GT(sometimes_hits("a thread waits for the worker that serves its signals"), 0u);
}

TEST(AttachedExplored, a_worker_that_forgets_the_waiting_thread_is_found) {
  PlantedBugScope bug("attached: thread forgotten by its worker");
  EXPECT_TRUE(finds("livelock", calls_beside_pushes()));
}

bool has_two(Process& self, void*) { return self.received == 2; }

void wait_for_two(Attached& s) {
  sit_down(s.p);
  RSP_CHECK(enter(s.p) == RSP_OK);
  RSP_CHECK(wait_until(s.p, &has_two, nullptr, env::NO_DEADLINE) == RSP_OK);
  s.drain();
  leave_call(s.p);
  s.finished();
}

void both_have_come(Attached& s) {
  RSP_CHECK(s.messages == 1);
  RSP_CHECK(s.exits == 1);
  s.end();
}

TEST(AttachedExplored, a_waiting_call_ends_with_the_push_it_waits_for) {
  EXPECT_TRUE(holds(explore_processes<Attached>(
      bound(3), {wait_for_two, send_a_signal_and_a_message, &Stage::work<2, Attached>}, both_have_come)));
}

/// Its thread is inside a call already.
struct Entered : Attached {
  Entered() { RSP_CHECK(enter(p) == RSP_OK); }
};

/// Twice with a deadline, then without.
void wait_with_deadlines(Entered& s) {
  sit_down(s.p);
  for (int i = 0; i < 2; ++i) {
    const rsp_result result = wait_until(s.p, &has_two, nullptr, env::now_ns() + 10);
    RSP_CHECK(result == RSP_OK || result == RSP_ETIMEDOUT);
    RSP_CHECK(s.p.mailbox.peek_state() == MailState::RUNNING);
  }
  RSP_CHECK(wait_until(s.p, &has_two, nullptr, env::NO_DEADLINE) == RSP_OK);
  s.drain();
  leave_call(s.p);
}

ExploreResult deadlines_beside_pushes() {
  return explore_processes<Entered>(
      bound(3),
      {wait_with_deadlines, [](Entered& s) { s.post_message(0); }, [](Entered& s) { s.post_signal(); }},
      [](Entered& s) { both_have_come(s); });
}

TEST(AttachedExplored, a_deadline_that_meets_a_push_leaves_one_owner) {
  EXPECT_TRUE(holds(deadlines_beside_pushes()));
  EXPECT_GT(sometimes_hits("a push came as the wait timed out"), 0u);
}

TEST(AttachedExplored, a_token_left_behind_by_a_late_push_is_found) {
  PlantedBugScope bug("attached: token of a late push left behind");
  EXPECT_TRUE(finds("crashed: abort", deadlines_beside_pushes()));
}

/// A process, and another that monitors it.
struct Mortal : Stage {
  Mortal() {
    sit_down(watcher);
    RSP_CHECK(enter(watcher) == RSP_OK);
    LocalRef ref;
    RSP_CHECK(monitor(watcher, pid, MonitorOptions{}, &ref) == RSP_OK);
    leave_call(watcher);
    uint64_t number = 0;
    RSP_CHECK(add_resource(
                  p, [](void* count) { ++*static_cast<uint32_t*>(count); }, &released, &number) == RSP_OK);
    while (StandInWorker::run_one()) {
    }
  }

  void kill() {
    Envelope* const signal = make_envelope(EnvelopeKind::EXIT_SIGNAL);
    signal->term = Term(ATOM_KILL).release();
    if (!try_post(pid.id, signal)) envelope_free(signal);
  }

  /// The watcher has heard of the end once.
  void check_down() {
    RSP_CHECK(is_dead(p, pid));
    sit_down(watcher);
    RSP_CHECK(enter(watcher) == RSP_OK);
    Envelope* const down = pop_message(watcher);
    RSP_CHECK(down != nullptr);
    RSP_CHECK(down->kind == EnvelopeKind::DOWN);
    killed = down->term.is(ATOM_KILLED);
    RSP_CHECK(killed || down->term.is(ATOM_NORMAL));
    retire(watcher, down);
    RSP_CHECK(pop_message(watcher) == nullptr);
    leave_call(watcher);
    stand_up(watcher);
  }

  Process& p = make_process();
  const Pid pid = p.pid();
  Process& watcher = make_process();
  uint32_t released = 0;
  bool killed = false;
};

void kill(Mortal& s) {
  s.kill();
  s.finished();
}

void call_and_detach(Mortal& s) {
  sit_down(s.p);
  const rsp_result entered = enter(s.p);
  RSP_CHECK(entered == RSP_OK || entered == RSP_EXITING);
  if (entered == RSP_OK) leave_call(s.p);
  RSP_CHECK(s.released == 0);
  RSP_CHECK(detach(&s.p, Term(ATOM_NORMAL)) == RSP_OK);
  RSP_CHECK(s.released == 1);
  s.finished();
}

ExploreResult kill_beside_a_call() {
  return explore_processes<Mortal>(bound(3), {call_and_detach, kill, &Stage::work<2, Mortal>},
                                   [](Mortal& s) { s.check_down(); });
}

TEST(AttachedExplored, a_kill_and_a_detach_are_one_end) { EXPECT_TRUE(holds(kill_beside_a_call())); }

TEST(AttachedExplored, a_thread_that_is_not_told_of_the_end_is_found) {
  PlantedBugScope bug("attached: thread not told of the end");
  EXPECT_TRUE(finds("livelock", kill_beside_a_call()));
}

// S-RES-6
TEST(AttachedExplored, a_thread_whose_resources_go_at_the_kill_is_found) {
  PlantedBugScope bug("exit: a thread loses its resources at the kill");
  EXPECT_TRUE(finds("s.released == 0", kill_beside_a_call()));
}

void wait_for_the_end(Mortal& s) {
  sit_down(s.p);
  if (enter(s.p) == RSP_OK) {
    RSP_CHECK(wait_until(s.p, &has_two, nullptr, env::NO_DEADLINE) == RSP_EXITING);
    leave_call(s.p);
  }
  RSP_CHECK(detach(&s.p, Term(ATOM_NORMAL)) == RSP_OK);
  s.finished();
}

TEST(AttachedExplored, a_kill_ends_a_waiting_call) {
  EXPECT_TRUE(holds(
      explore_processes<Mortal>(bound(3), {wait_for_the_end, kill, &Stage::work<2, Mortal>}, [](Mortal& s) {
        s.check_down();
        RSP_CHECK(s.killed);
      })));
}

ExploreResult kill_of_one_whose_thread_stays_away() {
  return explore_processes<Mortal>(bound(3), {kill, &Stage::work<1, Mortal>}, [](Mortal& s) {
    RSP_CHECK(is_dead(s.p, s.pid));
    s.check_down();
    RSP_CHECK(s.killed);
    stand_up(s.p);
  });
}

TEST(AttachedExplored, a_kill_does_not_wait_for_the_thread) {
  EXPECT_TRUE(holds(kill_of_one_whose_thread_stays_away()));
}

TEST(AttachedExplored, a_signal_that_leaves_the_process_blocked_is_found) {
  PlantedBugScope bug("mailbox: a signal leaves BLOCKED");
  EXPECT_TRUE(finds("is_dead(s.p, s.pid)", kill_of_one_whose_thread_stays_away()));
}

/// A process that asks another one twice, with the same envelope: what the answer came in carries the next
/// question.
struct Questions : Stage {
  static bool has_answer(Process& self, void* count) {
    return self.received == *static_cast<uint64_t*>(count);
  }

  void ask(uint64_t count) {
    LocalRef ref;
    RSP_CHECK(make_alias(asker, AliasMode::REPLY, &ref) == RSP_OK);
    question->kind = EnvelopeKind::ALIVE_REQUEST;
    question->from = asker.id();
    question->ref = ref.number;
    question->term = TermBits::nil();
    RSP_CHECK(try_post(asked.pid().id, question));
    RSP_CHECK(wait_until(asker, &has_answer, &count, env::NO_DEADLINE) == RSP_OK);
    RSP_CHECK(pop_message(asker) == question);
    RSP_CHECK(question->term.is(ATOM_TRUE));
    unhold(asker, question);
  }

  void end() {
    envelope_free(question);
    stand_up(asker);
    stand_up(asked);
  }

  Envelope* const question = make_envelope(EnvelopeKind::ALIVE_REQUEST);
  Process& asker = make_process();
  Process& asked = make_process();
};

void ask_twice(Questions& s) {
  sit_down(s.asker);
  RSP_CHECK(enter(s.asker) == RSP_OK);
  s.ask(1);
  s.ask(2);
  leave_call(s.asker);
  s.finished();
}

ExploreResult two_questions() {
  return explore_processes<Questions>(bound(3), {ask_twice, &Stage::work<1, Questions>},
                                      [](Questions& s) { s.end(); });
}

TEST(AttachedExplored, a_question_is_answered_while_the_thread_of_the_asked_is_away) {
  EXPECT_TRUE(holds(two_questions()));
}

TEST(AttachedExplored, a_held_envelope_that_is_sent_as_an_answer_is_found) {
  PlantedBugScope bug("signal: held answered as it is");
  EXPECT_TRUE(finds("livelock", two_questions()));
}

/// A thread that attaches, and ends without a word.
struct Abandoned : Stage {
  env::Atomic<uint64_t> id{0};
};

void attach_and_end(Abandoned& s) {
  Process* process = nullptr;
  RSP_CHECK(attach(&process) == RSP_OK);
  s.id.store(process->id(), env::RELEASE);
}

void send_a_signal(Abandoned& s) {
  Envelope* const signal = make_envelope(EnvelopeKind::UNLINK_ACK);
  if (!try_post(s.id.load(env::ACQUIRE), signal)) envelope_free(signal);
  s.finished();
}

void work_until_it_is_gone(Abandoned& s) {
  Stage::work_until([&] {
    const bool was_there = s.id.peek() != 0;
    return was_there && s.threads_finished == 1 && mem_live_blocks() == s.blocks_before;
  });
}

TEST(AttachedExplored, a_thread_that_ends_takes_its_process_along) {
  EXPECT_TRUE(holds(explore_processes<Abandoned>(
      bound(3), {attach_and_end, send_a_signal, work_until_it_is_gone}, [](Abandoned&) {})));
}

}  // namespace
}  // namespace rsp
