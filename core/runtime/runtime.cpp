#include "core/runtime/runtime.hpp"

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"
#include "core/env/copies.hpp"
#include "core/env/fork.hpp"
#include "core/env/stack_trace.hpp"
#include "core/env/thread.hpp"
#include "core/env/thread_locals.hpp"
#include "core/env/wait.hpp"
#include "core/mem/account.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/call.hpp"
#include "core/proc/envelope_memory.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/message.hpp"
#include "core/proc/node.hpp"
#include "core/proc/select.hpp"
#include "core/proc/table.hpp"
#include "core/proc/takeover.hpp"
#include "core/runtime/root.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sync/adaptive_spin.hpp"

namespace rsp {
namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;
constexpr uint64_t GIVE_UP_NS = Watchdog::UNWINDING_NS + 1'000 * NS_IN_MS;  // U3
constexpr uint64_t FIRST_PASS_NS = NS_IN_MS;  // between two passes over the table (U2); doubles
constexpr uint64_t LONGEST_PASS_NS = 100 * NS_IN_MS;

/** What the threads that start, stop and look at the runtime share. */
struct Gate {
  env::Atomic<uint32_t> stopper{0};    // 1: a thread is in stop_runtime
  env::Atomic<uint32_t> observers{0};  // threads that read the scheduler's figures
  env::Atomic<uint32_t> forks_watched{0};
};

constinit Gate g_gate;

void in_forked_child() {
  mark_forked();
  scheduler().poller().forget_in_child();
}

rsp_result watch_forks() {
  // Once in the life of the OS process. Only whoever is STARTING comes here, so there is no race.
  if (g_gate.forks_watched.load(env::RELAXED) != 0) return RSP_OK;
  if (!env::at_fork_in_child(&in_forked_child)) return RSP_ENOMEM;
  g_gate.forks_watched.store(1, env::RELAXED);
  return RSP_OK;
}

/** While STARTING. On failure nothing is left. */
rsp_result bring_up(uint32_t workers, const RuntimeOptions& options) {
  if (!env::prepare_stack_traces(options.stack_signal)) return RSP_EINVAL;
  rsp_result result = watch_forks();
  if (result != RSP_OK) return result;
  if (!env::claim_os_process()) return RSP_ETWOCOPIES;
  table().set_limit(options.max_processes == 0 ? 0 : options.max_processes + 1);
  forget_dropped();
  set_stop_deadline(TimerQueue::NEVER);
  scheduler().poller().set_hooks(poll_hooks());
  result = scheduler().start(workers, &turn_hooks());
  if (result == RSP_OK) {
    result = start_root();
    if (result == RSP_OK) return RSP_OK;
    scheduler().stop();
    drain_envelope_memory();
  }
  env::release_os_process();
  return result;
}

void move_on(Phase from, Phase to) {
  const bool moved = change_phase(&from, to);
  RSP_ASSERT(moved);
}

/** Sends kill to every process but the root. Memory may be short: then the next pass does the rest. */
void kill_all() {
  const uint64_t root = root_pid().id;
  for (uint32_t index = table().next_begun(1); index != 0; index = table().next_begun(index + 1)) {
    const Process* const process = table().at(index);
    // Pairs with ProcessTable::acquire.
    const Pid pid = Pid::local(index, process->serial.load(env::ACQUIRE));
    if (pid.id == root || table().live(pid) == nullptr) continue;
    if (exit_signal(nullptr, pid, Term(ATOM_KILL)) != RSP_OK) return;
  }
}

/** Kills until the root alone is left. False: nothing has ended for GIVE_UP_NS, and the deadline has passed.
 * */
bool kill_until_none_lives(uint64_t deadline_ns) {
  uint64_t pass_ns = FIRST_PASS_NS;
  uint64_t left = live_processes();
  uint64_t last_end_ns = env::now_ns();
  for (;;) {
    kill_all();
    if (wait_until_at_most(1, env::now_ns() + pass_ns)) return true;
    const uint64_t now_ns = env::now_ns();
    const uint64_t left_now = live_processes();
    if (left_now < left) last_end_ns = now_ns;
    left = left_now;
    const bool is_late = now_ns >= deadline_ns || is_hurried();
    if (is_late && now_ns - last_end_ns >= GIVE_UP_NS) return false;
    if (pass_ns < LONGEST_PASS_NS) pass_ns *= 2;
  }
}

/** Waits for those who read the scheduler's figures. None comes any more: they look at the phase after they
 * have counted themselves. */
void wait_for_observers() {
  for (;;) {
    const uint32_t observers = g_gate.observers.load(env::SEQ_CST);  // pairs with runtime_stats
    if (observers == 0) return;
    env::wait(g_gate.observers, observers);
  }
}

/** While STOPPING, by the one stopper. */
rsp_result bring_down(uint64_t deadline_ns) {
  if (!kill_until_none_lives(deadline_ns)) return RSP_ETIMEDOUT;
  end_root();
  wait_until_at_most(0, TimerQueue::NEVER);
  wait_for_observers();
  scheduler().stop();
  drain_envelope_memory();
  (void)check_account(scheduler().zombies() != 0, has_left_belongings());
  env::release_os_process();
  return RSP_OK;
}

/** Supervisors have the last tenth of the time to kill who is late, name them, and end in order. */
uint64_t deadline_of_children(uint64_t deadline_ns) {
  const uint64_t now_ns = env::now_ns();
  if (deadline_ns == TimerQueue::NEVER || deadline_ns <= now_ns) return TimerQueue::NEVER;
  return deadline_ns - (deadline_ns - now_ns) / 10;
}

rsp_result stop_as_the_one(uint64_t deadline_ns) {
  Phase seen = Phase::RUNNING;
  if (change_phase(&seen, Phase::STOPPING)) {
    set_stop_deadline(deadline_of_children(deadline_ns));
    stop_started(deadline_ns);
  } else if (seen == Phase::FORKED) {
    return RSP_EFORKED;
  } else if (seen != Phase::STOPPING) {
    return RSP_ESTOPPED;
  }
  const rsp_result result = bring_down(deadline_ns);
  if (result == RSP_OK) move_on(Phase::STOPPING, Phase::STOPPED);
  return result;
}

}  // namespace

rsp_result start_runtime(const RuntimeOptions& options) {
  const uint32_t cpus = env::cpu_count();
  const uint32_t workers = options.workers != 0 ? options.workers : cpus;
  if (workers > IdleSet::MAX_WORKERS || options.max_processes >= ProcessTable::SLOTS) return RSP_EINVAL;
  Phase seen = Phase::STOPPED;
  if (!change_phase(&seen, Phase::STARTING)) return seen == Phase::FORKED ? RSP_EFORKED : RSP_EALREADY;
  AdaptiveSpin::allow(cpus > 1 && !env::has_cpu_quota());
  const rsp_result result = bring_up(workers, options);
  move_on(Phase::STARTING, result == RSP_OK ? Phase::RUNNING : Phase::STOPPED);
  return result;
}

bool may_stop_here() {
  const env::ThreadLocals* const locals = env::thread_locals();
  if (locals->worker_thread != nullptr || locals->lane != nullptr || locals->process != nullptr) return false;
  // Inside a call (a match predicate) this thread's process could not end.
  return locals->attached == nullptr || current_process() != nullptr;
}

rsp_result stop_runtime(uint64_t deadline_ns) {
  if (!may_stop_here()) return RSP_EWOULDBLOCK;
  if (is_forked()) return RSP_EFORKED;
  // Pairs with the store below, of the one before: all that it did came ahead of that.
  if (g_gate.stopper.exchange(1, env::ACQ_REL) != 0) return RSP_EALREADY;
  const rsp_result result = stop_as_the_one(deadline_ns);
  g_gate.stopper.store(0, env::RELEASE);  // pairs with the next stop_runtime, and with wait_for_stopper
  env::wake_all(g_gate.stopper);
  return result;
}

void wait_for_stopper() {
  // Pairs with stop_runtime.
  while (g_gate.stopper.load(env::ACQUIRE) != 0) env::wait(g_gate.stopper, 1);
}

rsp_result runtime_stats(RuntimeStats* out) {
  // Counted, then looked: sequentially consistent on both sides, so the scheduler stays while this reads it.
  g_gate.observers.fetch_add(1, env::SEQ_CST);  // pairs with wait_for_observers
  const bool runs = phase_in_order() == Phase::RUNNING;
  if (runs) {
    out->processes = live_processes();
    out->workers = scheduler().worker_count();
    out->worker_wake_ups = 0;
    for (uint32_t i = 0; i < scheduler().worker_count(); ++i)
      out->worker_wake_ups += scheduler().worker(i).wake_ups();
    out->zombies = scheduler().zombies();
    out->stuck_turns = scheduler().watchdog().stuck_turns();
    out->watchdog_wake_ups = scheduler().watchdog().wake_ups();
    out->dropped_messages = dropped_messages();
  }
  // Pairs with wait_for_observers.
  if (g_gate.observers.fetch_sub(1, env::SEQ_CST) == 1) env::wake_all(g_gate.observers);
  if (runs) return RSP_OK;
  return is_forked() ? RSP_EFORKED : RSP_ESTOPPED;
}

}  // namespace rsp
