// The place in the poller (core/sched/poller.hpp, P1 to P6), with the real workers of a real scheduler: what becomes ready is
// told, what is queued is run, and a stop finds them all, whoever sleeps where.
#include "core/sched/poller.hpp"

#include <gtest/gtest.h>

#include "core/env/controlled/descriptors.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/wait.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bare_turns.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using env::Direction;
using env::control::sometimes_hits;
using test::BARE_TURNS;
using test::bound;
using test::explore;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::PlantedBugScope;

struct Scene {
  struct Item {
    Runnable runnable = {};
    Scene* scene = nullptr;
    void (*then)(Scene& s) = nullptr;
    env::Atomic<uint32_t> runs{0};
  };

  Scene() {
    env::control::forget_descriptors();
    fd = env::control::open_descriptor();
    scheduler.poller().set_hooks(HOOKS);
    for (Item* item : {&told, &plain}) {
      item->scene = this;
      item->runnable.run = [](Runnable* runnable, Worker*) {
        Item& ran = *reinterpret_cast<Item*>(runnable);
        if (ran.then != nullptr) ran.then(*ran.scene);
        ran.runs.fetch_add(1, env::ACQ_REL);
        env::wake_all(ran.runs);
      };
    }
  }

  /// The descriptor is waited for: `told` runs when it is ready.
  void wait_for_descriptor() {
    Watches::Key key;
    RSP_CHECK(scheduler.poller().add(fd, Direction::READ, &told, &key) == RSP_OK);
    scheduler.attend();
  }

  void be_ready() { env::control::set_ready(fd, Direction::READ, true); }

  static void await_run(Item& item) {
    while (item.runs.load(env::ACQUIRE) == 0) env::wait(item.runs, 0);
  }

  template <uint32_t WORKERS>
  static void manage(Scene& s) {
    RSP_CHECK(s.scheduler.start(WORKERS, s.turn_hooks) == RSP_OK);
    await_run(s.told);
    await_run(s.plain);
    s.scheduler.stop();
  }

  static void check(Scene& s) {
    RSP_CHECK(s.told.runs.load(env::RELAXED) == 1);
    RSP_CHECK(s.plain.runs.load(env::RELAXED) == 1);
    RSP_CHECK(!s.scheduler.poller().is_wanted());
  }

  static void is_ready(void* subject) {
    Item& item = *static_cast<Item*>(subject);
    item.scene->scheduler.schedule(&item.runnable);
  }
  static void is_dropped(void*) { RSP_CHECK(false); }
  static constexpr PollHooks HOOKS{&is_ready, &is_dropped};

  Scheduler scheduler;
  const TurnHooks* turn_hooks = nullptr;
  int fd;
  Item told;
  Item plain;
};

// ---- One worker, which goes to sleep ----

ExploreResult registered() {
  return explore<Scene>(bound(3),
                        {&Scene::manage<1>,
                         [](Scene& s) {
                           s.scheduler.schedule(&s.plain.runnable);
                           s.wait_for_descriptor();
                           s.be_ready();
                         }},
                        &Scene::check);
}

TEST(PollerExplored, what_is_registered_as_a_worker_goes_to_sleep_is_told) {
  EXPECT_TRUE(holds(registered()));
}

TEST(PollerExplored, a_worker_that_looks_for_registrations_before_it_announces_itself_is_found) {
  PlantedBugScope bug("worker: looks for registrations, then announces itself");
  EXPECT_TRUE(finds("deadlock", registered()));
}

TEST(PollerExplored, a_registration_that_wakes_nobody_is_found) {
  PlantedBugScope bug("scheduler: registers and wakes nobody");
  EXPECT_TRUE(finds("deadlock", registered()));
}

ExploreResult woken_for_work() {
  return explore<Scene>(bound(3),
                        {&Scene::manage<1>,
                         [](Scene& s) {
                           s.wait_for_descriptor();
                           s.scheduler.schedule(&s.plain.runnable);
                           Scene::await_run(s.plain);
                           s.be_ready();
                         }},
                        &Scene::check);
}

TEST(PollerExplored, a_worker_in_the_poller_is_woken_for_work_and_goes_back) {
  EXPECT_TRUE(holds(woken_for_work()));
}

TEST(PollerExplored, a_wake_up_on_the_futex_of_one_in_the_poller_is_found) {
  PlantedBugScope bug("parker: one that waits on descriptors is woken like a sleeper");
  EXPECT_TRUE(finds("deadlock", woken_for_work()));
}

TEST(PollerExplored, a_place_that_is_kept_is_found) {
  PlantedBugScope bug("poller: the place is kept");
  EXPECT_TRUE(finds("deadlock", woken_for_work()));
}

ExploreResult ready_and_woken() {
  return explore<Scene>(bound(2),
                        {&Scene::manage<1>,
                         [](Scene& s) {
                           s.wait_for_descriptor();
                           s.be_ready();
                           s.scheduler.schedule(&s.plain.runnable);
                         }},
                        &Scene::check);
}

TEST(PollerExplored, a_worker_that_is_woken_as_its_descriptor_is_ready_does_both) {
  EXPECT_TRUE(holds(ready_and_woken()));
  EXPECT_GT(sometimes_hits("woken while a timer or a descriptor ended the sleep"), 0u);
}

// ---- Busy workers ----

/// An item that runs again and again until the descriptor was told of, so that its worker never sleeps.
struct Busy : Scene {
  Busy() {
    plain.runnable.run = [](Runnable* runnable, Worker* worker) {
      Item& item = *reinterpret_cast<Item*>(runnable);
      if (item.scene->told.runs.load(env::ACQUIRE) == 0) {
        env::yield();
        return worker->push_last(runnable);
      }
      item.runs.fetch_add(1, env::ACQ_REL);
      env::wake_all(item.runs);
    };
  }
};

template <uint32_t WORKERS>
ExploreResult busy(uint32_t preemptions) {
  return explore<Busy>(bound(preemptions),
                       {[](Busy& s) { Busy::manage<WORKERS>(s); },
                        [](Busy& s) {
                          s.scheduler.schedule(&s.plain.runnable);
                          s.wait_for_descriptor();
                          s.be_ready();
                        }},
                       [](Busy& s) { Busy::check(s); });
}

TEST(PollerExplored, what_is_ready_while_all_workers_are_busy_is_told) { EXPECT_TRUE(holds(busy<1>(2))); }

TEST(PollerExplored, what_is_ready_while_one_worker_is_busy_is_told) { EXPECT_TRUE(holds(busy<2>(1))); }

TEST(PollerExplored, a_place_that_is_kept_by_a_busy_worker_is_found) {
  PlantedBugScope bug("poller: the place is kept");
  EXPECT_TRUE(finds("livelock", busy<1>(2)));
}

// ---- Two that sleep ----

ExploreResult two_sleep() {
  return explore<Scene>(bound(1),
                        {&Scene::manage<2>,
                         [](Scene& s) {
                           s.wait_for_descriptor();
                           s.be_ready();
                           s.scheduler.schedule(&s.plain.runnable);
                         }},
                        &Scene::check);
}

TEST(PollerExplored, one_registration_has_one_of_two_that_sleep) { EXPECT_TRUE(holds(two_sleep())); }

/// The turn of whoever was in the poller does not end before the descriptor was told of, and stays in the runtime, so that it
/// cannot be taken: the other has to go where that one was.
struct HandedOver : Scene {
  HandedOver() {
    turn_hooks = &BARE_TURNS;
    plain.then = [](Scene& s) { await_run(s.told); };
  }
};

ExploreResult handed_over() {
  return explore<HandedOver>(bound(1),
                             {[](HandedOver& s) { Scene::manage<2>(s); },
                              [](HandedOver& s) {
                                s.wait_for_descriptor();
                                s.scheduler.schedule(&s.plain.runnable);
                                s.be_ready();
                              }},
                             [](HandedOver& s) { Scene::check(s); });
}

TEST(PollerExplored, the_place_of_one_that_does_not_come_back_is_taken_by_another) {
  EXPECT_TRUE(holds(handed_over()));
}

TEST(PollerExplored, a_watchdog_that_wakes_nobody_for_the_place_is_found) {
  PlantedBugScope bug("watchdog: wakes no thief");
  EXPECT_TRUE(finds("livelock", handed_over()));
}

// ---- A thread that lets go of its worker ----

/// The only worker is let go by code that waits for what it has registered.
struct LetGo : Scene {
  LetGo() {
    plain.then = [](Scene& s) {
      s.wait_for_descriptor();
      RSP_CHECK(s.scheduler.let_go_of_worker() == RSP_OK);
      await_run(s.told);
      (void)s.scheduler.take_worker_back();
    };
  }
};

ExploreResult let_go() {
  return explore<LetGo>(bound(2),
                        {[](LetGo& s) { Scene::manage<1>(s); },
                         [](LetGo& s) {
                           s.scheduler.schedule(&s.plain.runnable);
                           s.be_ready();
                         }},
                        [](LetGo& s) { Scene::check(s); });
}

TEST(PollerExplored, a_worker_that_is_let_go_goes_to_the_poller) { EXPECT_TRUE(holds(let_go())); }

TEST(PollerExplored, a_worker_that_is_left_without_an_attendant_is_found) {
  PlantedBugScope bug("worker: left without an attendant");
  EXPECT_TRUE(finds("deadlock", let_go()));
}

}  // namespace
}  // namespace rsp
