// A lane under every interleaving of its threads and those who schedule: one holder at a time, nothing that
// was scheduled is forgotten, and a turn that waits goes on in its own thread.
#include "core/sched/lane.hpp"

#include <gtest/gtest.h>

#include "core/env/controlled/engine.hpp"
#include "core/env/sometimes.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::control::g_engine;
using env::control::sometimes_hits;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

/// What a mailbox word is to a process: news for a runnable, which is scheduled at most once at a time.
struct Item {
  static constexpr uint32_t SCHEDULED = 1;
  static constexpr uint32_t ONE = 2;

  /// Anybody. Schedules it if it was at rest.
  void post(Lane& lane) {
    uint32_t seen = word.load(env::RELAXED);
    while (!word.compare_exchange_weak(seen, (seen + ONE) | SCHEDULED, env::ACQ_REL, env::RELAXED)) {
    }
    if ((seen & SCHEDULED) == 0) lane.schedule(&runnable);
  }

  /// Whoever runs it: at rest again, unless there is news.
  bool rest(uint32_t taken) {
    uint32_t seen = taken * ONE | SCHEDULED;
    return word.compare_exchange_strong(seen, taken * ONE, env::ACQ_REL, env::RELAXED);
  }

  /// Its turn, of a runnable that is at rest: as if it had been scheduled. False: it is.
  bool take_back() {
    uint32_t seen = word.load(env::RELAXED);
    return (seen & SCHEDULED) == 0 &&
           word.compare_exchange_strong(seen, seen | SCHEDULED, env::ACQ_REL, env::RELAXED);
  }

  uint32_t posted() const { return word.load(env::ACQUIRE) / ONE; }

  Runnable runnable = {};  // first
  env::Atomic<uint32_t> word{0};
};

/// Two threads for one lane; a turn that waits in its middle for a second post, and a turn that does not.
template <bool EXCLUSIVE>
struct Scene {
  struct Mine : Item {
    Scene* scene = nullptr;
  };

  Scene() {
    waiting.scene = plain.scene = this;
    waiting.runnable.run = [](Runnable* self, Worker*) { of(self).scene->run_waiting(); };
    plain.runnable.run = [](Runnable* self, Worker*) { of(self).scene->run_plain(); };
  }

  static Mine& of(Runnable* runnable) { return *reinterpret_cast<Mine*>(runnable); }

  static bool has_second(void* address) {
    Scene& s = *static_cast<Scene*>(address);
    RSP_CHECK(s.holders == 1);
    for (;;) {
      const uint32_t posted = s.waiting.posted();
      if (posted == 2) return true;
      if (s.waiting.rest(posted)) return false;
    }
  }

  void run_waiting() {
    const uint32_t thread = g_engine.current();
    RSP_CHECK(holders == 1);
    if (!has_second(this)) RSP_CHECK(lane.wait(&waiting.runnable, Lane::Wait{&has_second, nullptr, this}));
    RSP_CHECK(Lane::current() == &lane);
    RSP_CHECK(g_engine.current() == thread);
    RSP_CHECK(holders == 1);
    is_over();
  }

  void run_plain() {
    for (uint32_t taken = plain.posted();; taken = plain.posted()) {
      RSP_CHECK(holders == 1);
      if (taken == 2 && !plain_is_over) {
        plain_is_over = true;
        is_over();
      }
      if (plain.rest(taken)) return;
    }
  }

  void is_over() {
    if (++over == 2) lane.stop();
  }

  // Hooks.
  static void acquire(void* address) {
    Scene& s = *static_cast<Scene*>(address);
    RSP_CHECK(++s.holders == 1);
  }
  static void release(void* address) { --static_cast<Scene*>(address)->holders; }
  /// The second thread is there already, and waits for a vacant lane.
  static rsp_result start_thread(void* address) {
    Scene& s = *static_cast<Scene*>(address);
    RSP_CHECK(!s.started);
    s.started = true;
    return RSP_OK;
  }

  static void serve(Scene& s) {
    s.lane.run();
    RSP_CHECK(Lane::current() == nullptr);
  }
  static void post_both(Scene& s) {
    s.waiting.post(s.lane);
    s.plain.post(s.lane);
    s.waiting.post(s.lane);
    s.plain.post(s.lane);
  }
  static void check(Scene& s) {
    RSP_CHECK(s.over == 2);
    RSP_CHECK(s.holders == 0);
  }

  Lane lane{LaneHooks{&acquire, &release, &start_thread, this}, EXCLUSIVE};
  Mine waiting;
  Mine plain;
  bool plain_is_over = false;
  bool started = false;
  uint32_t over = 0;
  uint32_t holders = 0;
};

template <bool EXCLUSIVE>
ExploreResult two_threads_of_a_lane() {
  using S = Scene<EXCLUSIVE>;
  return explore<S>(bound(3), {&S::serve, &S::serve, &S::post_both}, &S::check);
}

TEST(LaneExplored, a_turn_that_waits_goes_on_in_its_thread_and_others_run_meanwhile) {
  EXPECT_TRUE(holds(two_threads_of_a_lane<false>()));
}

TEST(LaneExplored, a_turn_of_an_exclusive_lane_waits_and_keeps_it) {
  EXPECT_TRUE(holds(two_threads_of_a_lane<true>()));
}

/// The only thread of a lane, and no other to be had. A turn waits in its middle for three posts, of which
/// the last is that of a turn behind it.
struct Alone {
  struct Mine : Item {
    Alone* scene = nullptr;
  };
  static constexpr uint32_t POSTS = 3;

  Alone() {
    waiting.scene = behind.scene = this;
    waiting.runnable.run = [](Runnable* self, Worker*) { of(self).scene->run_waiting(); };
    behind.runnable.run = [](Runnable* self, Worker*) { of(self).scene->run_behind(); };
  }

  static Mine& of(Runnable* runnable) { return *reinterpret_cast<Mine*>(runnable); }

  static bool has_all(void* address) {
    Alone& s = *static_cast<Alone*>(address);
    for (;;) {
      const uint32_t posted = s.waiting.posted();
      if (posted == POSTS) return true;
      if (s.waiting.rest(posted)) return false;
    }
  }
  static bool take_back(void* address) { return static_cast<Alone*>(address)->waiting.take_back(); }

  /// A wait that is refused leaves the rest to a turn that comes.
  void run_waiting() {
    RSP_CHECK(!has_begun || was_refused);
    has_begun = true;
    if (!has_all(this) && !lane.wait(&waiting.runnable, Lane::Wait{&has_all, &take_back, this})) {
      RSP_CHECK(!behind_is_over);
      was_refused = true;
      if (!has_all(this)) return;
    }
    is_over = true;
    lane.stop();
  }

  void run_behind() {
    RSP_CHECK(behind.posted() == 1);
    RSP_CHECK(behind.rest(1));
    behind_is_over = true;
    waiting.post(lane);
  }

  static rsp_result start_thread(void*) { return RSP_EOS; }
  static void do_nothing(void*) {}

  static void serve(Alone& s) { s.lane.run(); }
  static void post_both(Alone& s) {
    s.waiting.post(s.lane);
    s.behind.post(s.lane);
  }
  static void post_waiting(Alone& s) { s.waiting.post(s.lane); }
  static void check(Alone& s) { RSP_CHECK(s.is_over && s.behind_is_over); }

  Lane lane{LaneHooks{&do_nothing, &do_nothing, &start_thread, this}, false};
  Mine waiting;
  Mine behind;
  bool has_begun = false;
  bool was_refused = false;
  bool behind_is_over = false;
  bool is_over = false;
};

ExploreResult a_lane_without_a_further_thread() {
  return explore<Alone>(bound(3), {&Alone::serve, &Alone::post_both, &Alone::post_waiting}, &Alone::check);
}

TEST(LaneExplored, a_turn_that_others_wait_behind_and_have_no_thread_waits_no_longer) {
  EXPECT_TRUE(holds(a_lane_without_a_further_thread()));
  EXPECT_GT(sometimes_hits("no thread for a lane"), 0u);
}

TEST(LaneExplored, a_turn_that_waits_on_without_a_thread_for_others_is_found) {
  PlantedBugScope bug("lane: a turn waits on without a thread for others");
  EXPECT_TRUE(finds("deadlock", a_lane_without_a_further_thread()));
}

TEST(LaneExplored, a_lane_that_does_not_look_again_at_what_it_deferred_is_found) {
  PlantedBugScope bug("lane: what was deferred is not looked at again");
  EXPECT_TRUE(finds("deadlock", a_lane_without_a_further_thread()));
}

TEST(LaneExplored, a_holder_that_falls_asleep_by_a_store_is_found) {
  PlantedBugScope bug("lane: falls asleep by store");
  EXPECT_TRUE(finds("deadlock", two_threads_of_a_lane<false>()));
}

TEST(LaneExplored, a_holder_that_wakes_the_next_before_it_lets_go_is_found) {
  PlantedBugScope bug("lane: the next is woken first");
  EXPECT_TRUE(finds("does not hold", two_threads_of_a_lane<false>()));
}

}  // namespace
}  // namespace rsp
