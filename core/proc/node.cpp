#include "core/proc/node.hpp"

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/wait.hpp"
#include "core/sched/worker.hpp"

namespace rsp {
namespace {

// Counters are spread over cache lines, so that workers that spawn and end processes do not share one (P2).
constexpr uint32_t SHARDS = 64;
struct alignas(CACHE_LINE) Shard {
  env::Atomic<int64_t> count{0};
};

struct Node {
  env::Atomic<uint64_t> root{0};
  env::Atomic<uint64_t> stop_deadline_ns{UINT64_MAX};
  env::Atomic<uint32_t> ended{0};  // P3
  Shard live[SHARDS];
};

constinit Node g_node;

Shard& shard() {
  const Worker* const worker = Worker::current();
  return g_node.live[worker == nullptr ? SHARDS - 1 : worker->index() % (SHARDS - 1)];
}

}  // namespace

constinit env::Atomic<Phase> node_detail::current_phase{Phase::STOPPED};

bool change_phase(Phase* from, Phase to) {
  // P1. Pairs with phase_in_order.
  return node_detail::current_phase.compare_exchange_strong(*from, to, env::SEQ_CST, env::SEQ_CST);
}

void mark_forked() {
  // Relaxed: the child has one thread.
  if (node_detail::current_phase.load(env::RELAXED) == Phase::STOPPED) return;
  node_detail::current_phase.store(Phase::FORKED, env::RELAXED);
}

// Relaxed: written before the order to stop is posted, which whoever stops for it has received.
uint64_t stop_deadline_ns() { return g_node.stop_deadline_ns.load(env::RELAXED); }
void set_stop_deadline(uint64_t deadline_ns) { g_node.stop_deadline_ns.store(deadline_ns, env::RELAXED); }

Pid root_pid() { return Pid{g_node.root.load(env::ACQUIRE), 0, 0}; }     // pairs with set_root_pid
void set_root_pid(Pid pid) { g_node.root.store(pid.id, env::RELEASE); }  // pairs with root_pid

Phase count_spawn() {
  // P1
  shard().count.fetch_add(1, env::SEQ_CST);  // pairs with live_processes
  return phase_in_order();
}

void count_exit() {
  // P3
  shard().count.fetch_sub(1, env::SEQ_CST);  // pairs with live_processes
  if (phase_in_order() != Phase::STOPPING) return;
  g_node.ended.fetch_add(1, env::ACQ_REL);  // pairs with the load in wait_until_at_most
  env::wake_all(g_node.ended);
}

uint64_t live_processes() {
  int64_t sum = 0;
  // Pairs with count_spawn and count_exit.
  for (Shard& shard : g_node.live) sum += shard.count.load(env::SEQ_CST);
  return sum < 0 ? 0 : static_cast<uint64_t>(sum);
}

bool wait_until_at_most(uint64_t count, uint64_t deadline_ns) {
  for (;;) {
    // P3: before the sum.
    const uint32_t seen = g_node.ended.load(env::ACQUIRE);  // pairs with count_exit
    if (live_processes() <= count) return true;
    if (!env::wait(g_node.ended, seen, deadline_ns) && live_processes() > count) return false;
  }
}

}  // namespace rsp
