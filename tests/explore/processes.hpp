// Real processes under the explorer: the code of core/proc, without the life of a worker around it.
//
//   struct Scene : Stage { Process& p = make_process(); ... };
//
//   explore_processes<Scene>(bound(3), {a_thread, another, &Stage::work<2, Scene>}, at_end);
//
// A process here is an attached one whose thread is whoever sits down on it. What pushes wake is queued as
// ever; Stage::work, one more thread of the exploration, runs it. Everything a scene makes must be gone when
// it ends.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "core/env/thread.hpp"
#include "core/env/thread_locals.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/call.hpp"
#include "core/proc/node.hpp"
#include "core/proc/post.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/spawn.hpp"
#include "core/proc/table.hpp"
#include "core/sched/scheduler.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {

/// Runs what is queued for workers, one turn at a time.
struct StandInWorker {
  static bool run_one() {
    Runnable* item = nullptr;
    if (scheduler().pop_injected(&item, 1) == 0) return false;
    item->run(item, nullptr);
    return true;
  }

  /// What a scene that failed has left behind.
  static void forget_queued() {
    Runnable* item = nullptr;
    while (scheduler().pop_injected(&item, 1) != 0) {
    }
  }
};

}  // namespace rsp

namespace rsp::test {

/// The process of a thread that nobody is yet: outside every call.
inline Process& make_process() {
  Seat* const seat = mem_new<Seat>();
  RSP_CHECK(seat != nullptr);
  seat->resume = envelope_new(EnvelopeKind::RESUME);
  RSP_CHECK(seat->resume != nullptr);
  RSP_CHECK(spawn_attached(*seat) == RSP_OK);
  begin_user(*seat->process);
  return *seat->process;
}

/// The calling thread is this process's from now on.
inline void sit_down(Process& self) { env::thread_locals()->attached = &self; }

/// The process is given back, dead or alive, by the calling thread.
inline void stand_up(Process& self) {
  sit_down(self);
  RSP_CHECK(detach(&self, Term(ATOM_NORMAL)) == RSP_OK);
}

inline bool is_dead(const Process& process, Pid pid) { return !process.mailbox.is_open_for(pid.serial()); }

inline Envelope* make_envelope(EnvelopeKind kind, uint64_t number = 0) {
  Envelope* const envelope = envelope_new(kind);
  RSP_CHECK(envelope != nullptr);
  envelope->number = number;
  return envelope;
}

struct Stage {
  ~Stage() {
    RSP_CHECK(!StandInWorker::run_one());
    RSP_CHECK(mem_live_blocks() == blocks_before);
  }

  /// The last thing a thread does that the worker is to wait for.
  void finished() { ++threads_finished; }

  /// The worker: until nothing is queued and it is `over`.
  template <class Over>
  static void work_until(Over over) {
    for (;;) {
      if (StandInWorker::run_one()) continue;
      if (over()) return;
      env::yield();
    }
  }

  /// The worker, until so many threads have finished and nothing is queued any more.
  template <uint32_t THREADS, class Scene>
  static void work(Scene& s) {
    for (;;) {
      // Looked at first: what a thread queued, it queued before it finished.
      const bool last = s.threads_finished == THREADS;
      if (StandInWorker::run_one()) continue;
      if (last) return;
      env::yield();
    }
  }

  const uint64_t blocks_before = mem_live_blocks();
  uint32_t threads_finished = 0;
};

/// So that every interleaving finds the same: a node that runs, nothing queued, and slots that were used
/// before.
class PreparedNode {
 public:
  enum class FreeSlots { SOME, NONE };

  explicit PreparedNode(FreeSlots free_slots) {
    Phase seen = Phase::STOPPED;
    if (change_phase(&seen, Phase::STARTING)) {
      seen = Phase::STARTING;
      change_phase(&seen, Phase::RUNNING);
    }
    StandInWorker::forget_queued();
    const uint32_t before = table().begun();
    while (table().begun() < before + SPARE_SLOTS) held_.push_back(table().acquire());
    if (free_slots == FreeSlots::SOME) release();
  }
  ~PreparedNode() { release(); }
  PreparedNode(const PreparedNode&) = delete;
  PreparedNode& operator=(const PreparedNode&) = delete;

 private:
  static constexpr uint32_t SPARE_SLOTS = 4;

  void release() {
    for (Process* slot : held_) table().release(*slot);
    held_.clear();
  }

  std::vector<Process*> held_;
};

using FreeSlots = PreparedNode::FreeSlots;

/// With FreeSlots::NONE the first slot to be used again is the first that a process of the scene gives back.
template <class Scene>
[[nodiscard]] ExploreResult explore_processes(const ExploreOptions& options,
                                              std::initializer_list<void (*)(Scene&)> threads,
                                              void (*at_end)(Scene&),
                                              FreeSlots free_slots = FreeSlots::SOME) {
  const PreparedNode node(free_slots);
  return explore<Scene>(options, threads, at_end);
}

}  // namespace rsp::test
