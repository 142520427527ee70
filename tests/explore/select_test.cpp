// Registrations of real processes (core/proc/select.hpp), under every interleaving of the descriptor that gets ready, the
// worker that tells of it, and the process that cancels or ends.
#include "core/proc/select.hpp"

#include <gtest/gtest.h>

#include <new>

#include "core/env/controlled/descriptors.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/inbox.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::Direction;
using env::control::sometimes_hits;
using test::bound;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;
using test::Stage;

struct Selecting : Stage {
  Selecting() {
    // As at the start of an OS process, whatever a scene that failed has left there.
    (new (&scheduler().poller()) Poller)->set_hooks(poll_hooks());
    env::control::forget_descriptors();
    fd = env::control::open_descriptor();
  }

  void in_call(void (*deed)(Selecting& s)) {
    RSP_CHECK(begin_call(&process) == RSP_OK);
    deed(*this);
    end_call(process);
  }

  static void begin(Selecting& s) {
    RSP_CHECK(select(s.process, s.fd, s.mode, &s.ref) == RSP_OK);
    RSP_CHECK(!s.has_message());
  }

  static void cancel(Selecting& s) {
    bool active = false;
    cancel_select(s.process, s.ref, &active);
    s.active = active;
    RSP_CHECK(!s.has_message());
  }

  bool has_message() const { return process.inbox_first != nullptr; }

  /// The one that is there says that something is ready, and there is no other.
  static void take(Selecting& s) {
    Envelope* const message = pop_message(s.process);
    if (message == nullptr) return;
    RSP_CHECK(message->kind == EnvelopeKind::SELECT);
    RSP_CHECK(message->ref == s.ref.number);
    s.told |= static_cast<uint32_t>(message->term.as_int());
    ++s.messages;
    retire(s.process, message);
    RSP_CHECK(!s.has_message());
  }

  static void write(Selecting& s) {
    env::control::set_ready(s.fd, Direction::READ, true);
    if (s.mode == select_mode::BOTH) env::control::set_ready(s.fd, Direction::WRITE, true);
    s.finished();
  }

  /// The worker: until both have finished.
  static void work(Selecting& s) {
    for (;;) {
      const bool last = s.threads_finished == 2;
      env::Ready ready;
      scheduler().poller().set().wait(0, ready);
      scheduler().poller().tell(ready);
      if (StandInWorker::run_one()) continue;
      if (last && ready.count == 0) return;
      env::yield();
    }
  }

  static void check(Selecting&) { RSP_CHECK(!scheduler().poller().is_wanted()); }

  Process& process = test::make_process();
  uint32_t mode = select_mode::READ;
  int fd;
  LocalRef ref;
  bool active = false;
  uint32_t told = 0;
  uint32_t messages = 0;
};

// ---- Cancelled ----

void cancel_and_look(Selecting& s) {
  test::sit_down(s.process);
  s.in_call(&Selecting::begin);
  s.in_call(&Selecting::cancel);
  for (int i = 0; i < 2; ++i) s.in_call([](Selecting& its) { RSP_CHECK(!its.has_message()); });
  test::stand_up(s.process);
  s.finished();
}

ExploreResult cancelled() {
  return explore_processes<Selecting>(bound(2), {&cancel_and_look, &Selecting::write, &Selecting::work},
                                      &Selecting::check);
}

// S-SEL-4
TEST(SelectExplored, after_a_cancel_nothing_is_received) {
  EXPECT_TRUE(holds(cancelled()));
  EXPECT_GT(sometimes_hits("a descriptor is ready as its registration is cancelled"), 0u);
}

// ---- Both directions ----

struct Both : Selecting {
  Both() { mode = select_mode::BOTH; }

  static void own(Both& s) {
    test::sit_down(s.process);
    s.in_call(&Selecting::begin);
    s.in_call([](Selecting& its) {
      constexpr auto HAS_MESSAGE = [](Process& self, void*) { return self.inbox_first != nullptr; };
      RSP_CHECK(wait_until(its.process, HAS_MESSAGE, nullptr, env::NO_DEADLINE) == RSP_OK);
      take(its);
    });
    s.in_call(&Selecting::take);
    RSP_CHECK(s.messages == 1);
    RSP_CHECK(s.told != 0);
    test::stand_up(s.process);
    s.finished();
  }
};

// S-SEL-2
TEST(SelectExplored, of_two_directions_that_are_ready_one_message_is_received) {
  EXPECT_TRUE(holds(explore_processes<Both>(
      bound(1), {&Both::own, [](Both& s) { Selecting::write(s); }, [](Both& s) { Selecting::work(s); }},
      [](Both& s) { Selecting::check(s); })));
  EXPECT_GT(sometimes_hits("a descriptor is ready in both directions"), 0u);
}

// ---- The process ends ----

void end(Selecting& s) {
  test::sit_down(s.process);
  s.in_call(&Selecting::begin);
  test::stand_up(s.process);
  s.finished();
}

// S-SEL-5
TEST(SelectExplored, a_process_that_ends_leaves_no_registration) {
  EXPECT_TRUE(holds(explore_processes<Selecting>(bound(2), {&end, &Selecting::write, &Selecting::work},
                                                 &Selecting::check)));
}

// ---- Last, since what a scene that failed leaves in the table shows in the next ----

TEST(SelectExplored, readiness_without_its_record_is_found) {
  PlantedBugScope bug("signal: readiness without its record");
  EXPECT_TRUE(finds("!its.has_message() does not hold", cancelled()));
}

}  // namespace
}  // namespace rsp
