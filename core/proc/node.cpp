#include "core/proc/node.hpp"

#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/wait.hpp"
#include "core/sched/worker.hpp"

namespace rsp {
namespace {

// Counters are spread over cache lines, so that workers that spawn and end processes do not share one.
constexpr uint32_t SHARDS = 64;
struct alignas(64) Shard {
  env::Atomic<int64_t> count{0};
};

struct Node {
  env::Atomic<Phase> phase{Phase::STOPPED};
  env::Atomic<uint64_t> root{0};
  env::Atomic<uint32_t> ended{0};  // changes with each exit while STOPPING
  Shard live[SHARDS];
};

Node& node() {
  static Node one;
  return one;
}

Shard& shard() {
  const Worker* const worker = Worker::current();
  return node().live[worker == nullptr ? SHARDS - 1 : worker->index() % (SHARDS - 1)];
}

}  // namespace

Phase phase() { return node().phase.load(env::ACQUIRE); }
void set_phase(Phase phase) { node().phase.store(phase, env::SEQ_CST); }

Pid root_pid() { return Pid{node().root.load(env::ACQUIRE), 0, 0}; }
void set_root_pid(Pid pid) { node().root.store(pid.id, env::RELEASE); }

void count_spawn() { shard().count.fetch_add(1, env::SEQ_CST); }

void count_exit() {
  // Both sides of the stop are sequentially consistent: either this sees STOPPING, or the stopper sees the lower count.
  shard().count.fetch_sub(1, env::SEQ_CST);
  if (node().phase.load(env::SEQ_CST) != Phase::STOPPING) return;
  node().ended.fetch_add(1, env::ACQ_REL);  // pairs with the load in wait_until_none_lives
  env::wake_all(node().ended);
}

uint64_t live_processes() {
  int64_t sum = 0;
  for (Shard& shard : node().live) sum += shard.count.load(env::SEQ_CST);
  return sum < 0 ? 0 : static_cast<uint64_t>(sum);
}

bool wait_until_none_lives(uint64_t deadline_ns) {
  for (;;) {
    // Read before the sum: an exit after the sum changes it, and the wait returns at once.
    const uint32_t seen = node().ended.load(env::ACQUIRE);
    if (live_processes() == 0) return true;
    if (!env::wait(node().ended, seen, deadline_ns) && live_processes() != 0) return false;
  }
}

}  // namespace rsp
