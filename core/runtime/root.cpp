#include "core/runtime/root.hpp"

#include "core/base/assert.hpp"
#include "core/env/wait.hpp"
#include "core/proc/await.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/message.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/node.hpp"
#include "core/proc/post.hpp"
#include "core/proc/spawn.hpp"

namespace rsp {
namespace {

struct Root {
  Envelope* stop_order = nullptr;  // reserved: a stop needs no memory to begin
  Envelope* kill_order = nullptr;
  uint64_t deadline_ns = 0;  // written before the order is posted
  // DONE: everything that was started by nobody is gone, or the deadline has passed. HURRIED: nobody wants to wait for it.
  env::Atomic<uint32_t> done{0};
};

constinit Root g_root;

// The address tells the order from anything that a program could send.
const NativeOps STOP_ORDER{sizeof(NativeOps), nullptr, nullptr};

/** The latest of the processes that the root keeps account of, or no pid. */
Pid latest_started(const Process& self) {
  for (Envelope* record = self.edges.last(); record != nullptr; record = self.edges.before(record)) {
    if (record->kind == EnvelopeKind::WATCHER && record->has(envelope_flag::OF_ROOT))
      return Pid{record->from, 0, 0};
  }
  return Pid{};
}

constexpr uint32_t DONE = 1;
constexpr uint32_t HURRIED = 2;

void say(uint32_t what) {
  g_root.done.fetch_or(what, env::RELEASE);  // pairs with the load in stop_started
  env::wake_all(g_root.done);
}

void say_done() { say(DONE); }

Next stop_latest(Process& self);

Next on_gone(Process& self, Envelope* down, void*) {
  if (down != nullptr) return stop_latest(self);
  say_done();
  return Next::CONTINUE;
}

Next stop_latest(Process& self) {
  const Pid latest = latest_started(self);
  LocalRef ref;
  // Without memory to be told of its end there is no order to keep: what is left is killed.
  if (latest.is_none() || monitor(self, latest, MonitorOptions{}, &ref) != RSP_OK ||
      exit_signal(&self, latest, Term(ATOM_SHUTDOWN)) != RSP_OK) {
    say_done();
    return Next::CONTINUE;
  }
  const Next next = await(self, ref.number, g_root.deadline_ns, &on_gone, nullptr);
  if (next != Next::RAISE) return next;
  // Nor without memory for the deadline. The root itself goes on: a stop takes it for the last one that lives.
  drop_exception(self);
  say_done();
  return Next::CONTINUE;
}

Next on_message(Process& self, Envelope& message, void*) {
  const bool is_order = message.has(envelope_flag::NATIVE) && message.native == &STOP_ORDER;
  return is_order ? stop_latest(self) : Next::CONTINUE;
}

const Behaviour ROOT{nullptr, &on_message, nullptr};

}  // namespace

rsp_result start_root() {
  g_root.done.store(0, env::RELAXED);
  Payload order{Term(), &g_root, &STOP_ORDER};
  g_root.stop_order = make_message(EnvelopeKind::MESSAGE, 0, order);
  g_root.kill_order = envelope_new(EnvelopeKind::EXIT_SIGNAL);
  const rsp_result result =
      g_root.stop_order != nullptr && g_root.kill_order != nullptr ? spawn_root(ROOT, nullptr) : RSP_ENOMEM;
  if (result == RSP_OK) return RSP_OK;
  if (g_root.stop_order != nullptr) envelope_free(g_root.stop_order);
  if (g_root.kill_order != nullptr) envelope_free(g_root.kill_order);
  return result;
}

void stop_started(uint64_t deadline_ns) {
  RSP_ASSERT(g_root.stop_order != nullptr);
  g_root.deadline_ns = deadline_ns;
  post(root_pid().id, g_root.stop_order);
  g_root.stop_order = nullptr;
  // The deadline here too: with every worker in a callback that does not return, the root cannot answer.
  while (g_root.done.load(env::ACQUIRE) == 0) {  // pairs with say
    if (!env::wait(g_root.done, 0, deadline_ns)) return;
  }
}

void hurry_stop() { say(HURRIED); }

bool is_hurried() { return (g_root.done.load(env::RELAXED) & HURRIED) != 0; }

void end_root() {
  RSP_ASSERT(g_root.kill_order != nullptr);
  g_root.kill_order->from = root_pid().id;
  g_root.kill_order->term = Term(ATOM_KILL).release();
  post(root_pid().id, g_root.kill_order);
  g_root.kill_order = nullptr;
}

}  // namespace rsp
