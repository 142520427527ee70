// Scenes of a process whose code computes on the only worker while the watchdog looks, and of a thread that monitors it
// and does something to it.
//
//   struct Killed : StuckProcess<Killed> {
//     static constexpr Next RETURNS = Next::CONTINUE;
//     void compute(Process& self);          its code, which is user code
//     void act(Process& me, Pid pid);       once that has begun
//     void told(const TermBits& reason);    the monitor's DOWN has come
//   };
//   explore_stuck<Killed>()
#pragma once

#include "core/env/clock.hpp"
#include "core/env/wait.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/report.hpp"
#include "core/proc/takeover.hpp"
#include "core/proc/trampoline.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bound.hpp"
#include "tests/explore/processes.hpp"

namespace rsp::test {

inline void pass(env::Atomic<uint32_t>& mark) {
  mark.store(1, env::RELEASE);
  env::wake_all(mark);
}

inline void wait_for(env::Atomic<uint32_t>& mark) {
  while (mark.load(env::ACQUIRE) == 0) env::wait(mark, 0);
}

inline void pass_time(uint64_t duration_ns) {
  env::Atomic<uint32_t> nothing{0};
  env::wait(nothing, 0, env::now_ns() + duration_ns);
}

template <class Scene>
struct StuckProcess {
  struct State {
    Scene* scene;
  };

  /// Every interleaving begins with a scheduler that has not run.
  StuckProcess() { new (&scheduler()) Scheduler; }

  static Next compute(Process& self, void* state) {
    Scene& s = *static_cast<State*>(state)->scene;
    // Behind the state, by the thread whose code this was.
    uint64_t number = 0;
    const auto release = [](void* scene) {
      RSP_CHECK(static_cast<Scene*>(scene)->drops == 1);
      ++static_cast<Scene*>(scene)->releases;
    };
    RSP_CHECK(add_resource(self, release, &s, &number) == RSP_OK);
    {
      const UserCode inside(self);
      pass(s.entered);
      s.compute(self);
    }
    s.returned_dead = self.has(process_flag::DEAD);
    s.returned_ns = env::now_ns();
    return Scene::RETURNS;
  }

  static Next receive(Process&, Envelope&, void* state) {
    ++static_cast<State*>(state)->scene->messages;
    return Next::STOP;
  }

  static bool is_told(Process& self, void*) { return self.inbox_first != nullptr; }

  static void manage(Scene& s) {
    s.begun_ns = env::now_ns();
    static constexpr Behaviour COMPUTING{&compute, &receive,
                                         [](void* state) { ++static_cast<State*>(state)->scene->drops; }};
    RSP_CHECK(scheduler().start(1, &turn_hooks()) == RSP_OK);
    Process* me = nullptr;
    RSP_CHECK(attach(&me) == RSP_OK);
    RSP_CHECK(begin_call(me) == RSP_OK);
    Spawned spawned;
    SpawnOptions options;
    options.monitor = true;
    options.worker = Scene::WORKER;
    options.stall_ms = Scene::STALL_MS;
    RSP_CHECK(spawn(me, options, COMPUTING, &s.state, &spawned) == RSP_OK);
    end_call(*me);
    wait_for(s.entered);
    s.act(*me, spawned.pid);
    RSP_CHECK(begin_call(me) == RSP_OK);
    RSP_CHECK(wait_until(*me, &is_told, nullptr, env::NO_DEADLINE) == RSP_OK);
    Envelope* const down = pop_message(*me);
    RSP_CHECK(down->kind == EnvelopeKind::DOWN);
    s.told(down->term);
    retire(*me, down);
    end_call(*me);
    RSP_CHECK(detach(me, Term(ATOM_NORMAL)) == RSP_OK);
    if (!Scene::STOPS_BESIDE_ZOMBIE) wait_until_dropped(s);
    scheduler().stop();
    wait_until_dropped(s);
    RSP_CHECK(s.drops == 1);
    RSP_CHECK(s.releases == 1);
  }

  static void wait_until_dropped(Scene& s) {
    while (s.drops == 0 || scheduler().zombies() != 0) env::yield();  // the slot is given back last
  }

  /// At the end of all.
  void check() {}

  static constexpr uint64_t WORKER = 0;
  static constexpr uint32_t STALL_MS = 0;
  static constexpr bool STOPS_BESIDE_ZOMBIE = false;

  State state{static_cast<Scene*>(this)};
  env::Atomic<uint32_t> entered{0};
  env::Atomic<uint32_t> released{0};
  uint32_t messages = 0;
  uint32_t drops = 0;
  uint32_t releases = 0;
  uint64_t begun_ns = 0;  // before all
  bool returned_dead = false;
  uint64_t returned_ns = 0;
};

template <class Scene>
ExploreResult explore_stuck(uint32_t preemptions = 1) {
  set_report_sink([](void*, rsp_report_level, rsp_term) {},
                  nullptr);  // each interleaving has a stuck turn to tell
  return explore_processes<Scene>(bound(preemptions), {&Scene::manage}, [](Scene& s) { s.check(); });
}

}  // namespace rsp::test
