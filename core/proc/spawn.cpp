#include "core/proc/spawn.hpp"

#include <cstring>

#include "core/mem/alloc.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/node.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/table.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** The records of a spawn, made before the process is, so that it begins whole or not at all. */
struct Records {
  Envelope* parent_link = nullptr;
  Envelope* child_link = nullptr;
  Envelope* watching = nullptr;
  Envelope* watcher = nullptr;

  bool make(const SpawnOptions& options) {
    if (options.link) {
      parent_link = envelope_new(EnvelopeKind::LINKED);
      child_link = envelope_new(EnvelopeKind::LINKED);
      if (parent_link == nullptr || child_link == nullptr) return false;
    }
    if (options.monitor) {
      watching = envelope_new(EnvelopeKind::WATCHING);
      watcher = envelope_new(EnvelopeKind::WATCHER);
      if (watching == nullptr || watcher == nullptr) return false;
    }
    return true;
  }

  void free() {
    for (Envelope* record : {parent_link, child_link, watching, watcher}) mem_free(record);
  }
};

/** Everything but the words that senders read: as a process begins. */
void blank(Process& process) {
  process.held = nullptr;
  process.inbox_first = process.inbox_last = nullptr;
  process.behaviour = nullptr;
  process.state = nullptr;
  process.flags = 0;
  process.budget = 0;
  process.await_ref = 0;
  process.await_answer = nullptr;
  process.edges = Edges{};
  process.received = 0;
  process.reason = process.ancestors = TermBits::nil();
  process.parent = 0;
  process.await_parent = 0;
  process.await_continuation = nullptr;
  process.await_context = nullptr;
  process.await_timer = nullptr;
  process.await_deadline_ns = 0;
  process.exception = nullptr;
  process.sequence = next_number();
  process.in_user.store(0, env::RELAXED);
  process.claim.store(0, env::RELAXED);
  process.seat = nullptr;
}

/** A slot for a new process, counted; nothing can be sent to it before open(). */
rsp_result new_process(Process** out) {
  if (phase() != Phase::RUNNING) return RSP_ESTOPPED;
  count_spawn();
  // Counted first, then looked again: a stop that began in between either is seen here or waits for this one.
  if (phase() != Phase::RUNNING) {
    count_exit();
    return RSP_ESTOPPED;
  }
  Process* const process = table().acquire();
  if (process == nullptr) {
    count_exit();
    return RSP_ELIMIT;
  }
  blank(*process);
  open_name(*process, process->pid().serial());
  *out = process;
  return RSP_OK;
}

void relate(Process& parent, Process& child, const SpawnOptions& options, const Records& records, Spawned* out) {
  if (options.link) {
    records.child_link->peer = parent.id();
    records.child_link->flags = envelope_flag::ACTIVE;
    child.edges.add(records.child_link);
    records.parent_link->peer = child.id();
    records.parent_link->flags = envelope_flag::ACTIVE;
    parent.edges.add(records.parent_link);
  }
  if (options.monitor) {
    out->monitor = LocalRef{next_number(), parent.id()};
    records.watcher->from = parent.id();
    records.watcher->ref = out->monitor.number;
    records.watcher->ref_owner = parent.id();
    child.edges.add(records.watcher);
    records.watching->peer = child.id();
    records.watching->ref = out->monitor.number;
    records.watching->ref_owner = parent.id();
    records.watching->tag = options.tag.id;
    records.watching->alias = options.alias;
    records.watching->mark = parent.received;
    parent.edges.add(records.watching);
  }
}

}  // namespace

rsp_result spawn(Process* self, const SpawnOptions& options, const Behaviour& behaviour, void* state, Spawned* out) {
  if (self == nullptr && (options.link || options.monitor)) return RSP_ENOTPROCESS;
  Records records;
  Process* child = nullptr;
  const rsp_result result = records.make(options) ? new_process(&child) : RSP_ENOMEM;
  if (result != RSP_OK) {
    records.free();
    return result;
  }
  child->runnable.run = &run_process;
  child->process_class = ProcessClass::HANDLER;
  child->behaviour = &behaviour;
  child->state = state;
  if (options.trap_exit) child->flags |= process_flag::TRAP_EXIT;
  child->parent = options.link ? self->id() : child->id();
  out->pid = child->pid();
  if (self != nullptr) relate(*self, *child, options, records, out);
  child->mailbox.open(child->pid().serial(), MailState::RUNNING);
  scheduler().schedule(&child->runnable);
  return RSP_OK;
}

rsp_result spawn_attached(Seat& seat) {
  Process* process = nullptr;
  const rsp_result result = new_process(&process);
  if (result != RSP_OK) return result;
  process->runnable.run = &run_process;
  process->process_class = ProcessClass::ATTACHED;
  process->seat = &seat;
  process->flags = process_flag::STARTED;
  process->parent = process->id();
  seat.process = process;
  seat.id = process->id();
  process->mailbox.open(process->pid().serial(), MailState::BLOCKED);
  return RSP_OK;
}

}  // namespace rsp
