// Who waits for which descriptor (core/sched/watches.hpp), under every interleaving: what is ready, cancelled or replaced is
// one's alone, nothing that is ready is left, and what is told of a registration that is over is told of nobody.
#include "core/sched/watches.hpp"

#include <gtest/gtest.h>

#include "core/env/controlled/descriptors.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::Direction;
using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

/// Subjects, and what became of each.
struct Waiters {
  struct Subject {
    uint32_t ends = 0;
    uint32_t told = 0;
  };

  Waiters() {
    env::control::forget_descriptors();
    fd = env::control::open_descriptor();
  }

  rsp_result add(Subject& subject, Watches::Key* key) {
    Watches::Registered registered;
    const rsp_result result = watches.add(set, fd, Direction::READ, &subject, &registered);
    if (registered.replaced != nullptr) ++static_cast<Subject*>(registered.replaced)->ends;
    *key = registered.key;
    return result;
  }

  /// True: it is over by this call.
  bool take(Watches::Key key) {
    auto* const subject = static_cast<Subject*>(watches.take(key));
    if (subject != nullptr) ++subject->ends;
    return subject != nullptr;
  }

  /// The thread that has the place.
  void look() {
    env::Ready ready;
    set.wait(0, ready);
    for (uint32_t i = 0; i < ready.count; ++i) {
      auto* const subject = static_cast<Subject*>(watches.take(ready.tags[i]));
      if (subject == nullptr) continue;
      ++subject->ends;
      ++subject->told;
    }
  }

  env::PollSet set;
  Watches watches;
  int fd;
  Subject first;
  Subject second;
};

// ---- Ready, or cancelled ----

struct Cancelled : Waiters {
  static void own(Cancelled& s) {
    RSP_CHECK(s.add(s.first, &s.key) == RSP_OK);
    s.cancelled = s.take(s.key);
    Watches::Key next;
    // What was cancelled is registered anew at once, also by others.
    RSP_CHECK(s.add(s.second, &next) == RSP_OK);
  }

  static void write(Cancelled& s) { env::control::set_ready(s.fd, Direction::READ, true); }

  static void attend(Cancelled& s) {
    s.look();
    s.look();
  }

  static void check(Cancelled& s) {
    s.look();
    RSP_CHECK(s.first.ends == 1);
    RSP_CHECK(s.first.told == (s.cancelled ? 0u : 1u));
    RSP_CHECK(s.second.ends == 1);
    RSP_CHECK(s.second.told == 1);
  }

  Watches::Key key = 0;
  bool cancelled = false;
};

ExploreResult cancelled() {
  return explore<Cancelled>(bound(3), {&Cancelled::own, &Cancelled::write, &Cancelled::attend},
                            &Cancelled::check);
}

TEST(WatchesExplored, what_is_ready_as_it_is_cancelled_is_told_or_cancelled) {
  EXPECT_TRUE(holds(cancelled()));
  EXPECT_GT(sometimes_hits("a descriptor is ready before its registration returns"), 0u);
}

TEST(WatchesExplored, a_registration_that_is_taken_by_a_store_is_found) {
  PlantedBugScope bug("watches: taken by a store");
  EXPECT_TRUE(finds("does not hold", cancelled()));
}

TEST(WatchesExplored, readiness_that_comes_too_early_and_is_dropped_is_found) {
  PlantedBugScope bug("watches: what is ready at once is not told");
  EXPECT_TRUE(finds("does not hold", cancelled()));
}

// ---- A number that is closed while it is registered ----

/// Somebody has another reference to what the number stood for, and that becomes ready while the number stands for
/// something else.
struct Reused : Waiters {
  Reused() {
    former = env::control::hold_file(fd);
    RSP_CHECK(add(first, &key) == RSP_OK);
    env::control::close_descriptor(fd);
    RSP_CHECK(env::control::open_descriptor() == fd);
  }

  static void own(Reused& s) {
    Watches::Key next;
    RSP_CHECK(s.add(s.second, &next) == RSP_OK);
  }

  static void write(Reused& s) { env::control::set_file_ready(s.former, Direction::READ, true); }

  /// The owner of the first comes late, or ends.
  static void cancel(Reused& s) { (void)s.take(s.key); }

  static void attend(Reused& s) { s.look(); }

  static void check(Reused& s) {
    s.look();
    RSP_CHECK(s.first.ends == 1);
    RSP_CHECK(s.second.ends == 0);
    env::control::set_ready(s.fd, Direction::READ, true);
    s.look();
    RSP_CHECK(s.second.told == 1);
  }

  uint32_t former;
  Watches::Key key = 0;
};

ExploreResult reused() {
  return explore<Reused>(bound(3), {&Reused::own, &Reused::write, &Reused::cancel, &Reused::attend},
                         &Reused::check);
}

TEST(WatchesExplored, a_number_that_is_used_again_is_told_of_what_it_stands_for_now) {
  EXPECT_TRUE(holds(reused()));
  EXPECT_GT(sometimes_hits("a registration of a number that was closed is replaced"), 0u);
}

TEST(WatchesExplored, readiness_of_the_past_that_is_told_to_whoever_is_registered_is_found) {
  PlantedBugScope bug("watches: whoever is registered is told");
  EXPECT_TRUE(finds("does not hold", reused()));
}

// ---- Two that want the same ----

struct Rivals : Waiters {
  static void own(Rivals& s) {
    Watches::Key key;
    s.registered.fetch_add(s.add(s.first, &key) == RSP_OK ? 1u : 0u, env::RELAXED);
  }

  static void rival(Rivals& s) {
    Watches::Key key;
    const rsp_result result = s.add(s.second, &key);
    RSP_CHECK(result == RSP_OK || result == RSP_EALREADY);
    s.registered.fetch_add(result == RSP_OK ? 1u : 0u, env::RELAXED);
  }

  static void check(Rivals& s) {
    RSP_CHECK(s.registered.load(env::RELAXED) == 1);
    env::control::set_ready(s.fd, Direction::READ, true);
    s.look();
    RSP_CHECK(s.first.told + s.second.told == 1);
    RSP_CHECK(s.first.ends + s.second.ends == 1);
  }

  env::Atomic<uint32_t> registered{0};
};

TEST(WatchesExplored, one_of_two_is_registered_and_the_other_refused) {
  EXPECT_TRUE(holds(explore<Rivals>(bound(4), {&Rivals::own, &Rivals::rival}, &Rivals::check)));
}

}  // namespace
}  // namespace rsp
