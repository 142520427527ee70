#include "core/proc/spawn.hpp"

#include <algorithm>
#include <cstring>

#include "core/proc/attached.hpp"
#include "core/proc/node.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/table.hpp"
#include "core/proc/turn.hpp"
#include "core/sched/scheduler.hpp"

namespace rsp {
namespace {

/** The records of a spawn, made before the process is, so that it begins whole or not at all. */
struct Records {
  Envelope* parent_link = nullptr;
  Envelope* child_link = nullptr;
  Envelope* watching = nullptr;
  Envelope* watcher = nullptr;
  Envelope* account = nullptr;  // of a process that no process made, with the root
  Envelope* account_signal = nullptr;
  Envelope* charge = nullptr;
  Envelope* sponsor_link = nullptr;  // of a process that a starter makes linked: the signal to its parent

  bool make(const SpawnOptions& options, bool of_root, bool by_starter) {
    if (of_root) {
      account = envelope_new(EnvelopeKind::WATCHING);
      account_signal = envelope_new(EnvelopeKind::MONITOR);
      if (account == nullptr || account_signal == nullptr) return false;
    }
    if (options.link) {
      Envelope*& others = by_starter ? sponsor_link : parent_link;
      others = envelope_new(by_starter ? EnvelopeKind::LINK : EnvelopeKind::LINKED);
      child_link = envelope_new(EnvelopeKind::LINKED);
      if (others == nullptr || child_link == nullptr) return false;
    }
    if (options.charge || by_starter) {
      charge = envelope_new(EnvelopeKind::CHARGE);
      if (charge == nullptr) return false;
    }
    if (options.monitor) {
      watching = envelope_new(EnvelopeKind::WATCHING);
      watcher = envelope_new(EnvelopeKind::WATCHER);
      if (watching == nullptr || watcher == nullptr) return false;
    }
    return true;
  }

  void free() {
    for (Envelope* record :
         {parent_link, child_link, watching, watcher, account, account_signal, charge, sponsor_link})
      envelope_free_blank(record);
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
  process.inbox_length = process.debt = process.worker = 0;
  process.signalled.store(0, env::RELAXED);  // nobody can send to it yet
  process.passes_tables_on = false;
  process.reason = TermBits::nil();
  process.ancestors_data = 0;
  process.belongings = nullptr;
  process.parent = 0;
  process.await_exit_of = 0;
  process.await_continuation = nullptr;
  process.await_context = nullptr;
  process.await_timer = nullptr;
  process.await_deadline_ns = 0;
  process.exception = nullptr;
  process.await_code = nullptr;
  process.crossing.reset();
  process.seat = nullptr;
  process.stall_ms = 0;
}

/** A slot for a new process, counted; nothing can be sent to it before open(). Only while the runtime is in
 * `when`. */
rsp_result new_process(Process** out, Phase when = Phase::RUNNING) {
  if (is_forked()) return RSP_EFORKED;
  if (phase() != when) return RSP_ESTOPPED;
  if (count_spawn() != when) {
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

void relate(Process& parent, Process& child, const SpawnOptions& options, const Records& records,
            Spawned* out) {
  if (options.link) {
    records.child_link->peer = child.parent;
    records.child_link->flags = envelope_flag::ACTIVE;
    child.edges.add(records.child_link);
  }
  if (records.sponsor_link != nullptr) {
    records.sponsor_link->from = child.id();
    records.sponsor_link->tag = parent.id();
  } else if (options.link) {
    records.parent_link->peer = child.id();
    records.parent_link->aux = options.link_note;
    records.parent_link->flags = envelope_flag::ACTIVE;
    parent.edges.add(records.parent_link);
  }
  if (options.monitor) {
    out->monitor =
        LocalRef{options.monitor_number != 0 ? options.monitor_number : next_number(), parent.id()};
    records.watcher->from = parent.id();
    records.watcher->ref = out->monitor.number;
    records.watcher->ref_owner = parent.id();
    child.edges.add(records.watcher);
    records.watching->peer = child.id();
    records.watching->ref = out->monitor.number;
    records.watching->ref_owner = parent.id();
    records.watching->tag = options.tag.id;
    records.watching->alias = options.alias;
    records.watching->number = options.brings_reply ? 1 : 0;
    records.watching->mark = parent.received;
    parent.edges.add(records.watching);
  }
  if (records.charge != nullptr) {
    out->charge = next_number();
    records.charge->ref = out->charge;
    records.charge->peer = child.id();
    if (records.parent_link != nullptr) records.charge->flags = envelope_flag::ACTIVE;
    parent.edges.add(records.charge);
  }
}

/** The root learns of a process that no process made, in the order of starts, so that a stop can end it in
 * the reverse one. The child monitors the root: the account ends by the DEMONITOR of its exit, before anybody
 * else hears of that. */
void open_account(Process& child, const Records& records) {
  const uint64_t number = next_number();
  records.account->peer = root_pid().id;
  records.account->ref = number;
  records.account->ref_owner = child.id();
  records.account->flags = envelope_flag::OF_ROOT;
  child.edges.add(records.account);
  records.account_signal->from = child.id();
  records.account_signal->ref = number;
  records.account_signal->ref_owner = child.id();
  records.account_signal->flags = envelope_flag::OF_ROOT;
  post(root_pid().id, records.account_signal);
}

void become_handler(Process& process, const Behaviour& behaviour, void* state) {
  process.runnable.run = &run_process;
  process.process_class = ProcessClass::HANDLER;
  process.behaviour = &behaviour;
  process.state = state;
  process.parent = process.id();
}

/** Undoes new_process. */
void unmake_process(Process& process) {
  close_name(process);
  table().release(process);
  count_exit();
}

/** `sponsor_link`: to the process's parent, if that has its half of the link to make still. Should it be dead, the
 * process hears `noproc`. */
void begin(Process& process, bool limited = false, Envelope* sponsor_link = nullptr) {
  process.mailbox.open(process.pid().serial(), MailState::RUNNING, limited);
  if (sponsor_link != nullptr) post(process.parent, sponsor_link);
  enqueue(process);
}

}  // namespace

rsp_result spawn_root(const Behaviour& behaviour, void* state) {
  Process* root = nullptr;
  const rsp_result result = new_process(&root, Phase::STARTING);
  if (result != RSP_OK) return result;
  become_handler(*root, behaviour, state);
  root->flags |= process_flag::TRAP_EXIT;
  set_root_pid(root->pid());
  begin(*root);
  return RSP_OK;
}

rsp_result spawn(Process* self, const SpawnOptions& options, const Behaviour& behaviour, void* state,
                 Spawned* out) {
  if (self == nullptr && (options.link || options.monitor)) return RSP_ENOTPROCESS;
  const bool by_starter = self != nullptr && self->has(process_flag::STARTER);
  Records records;
  Process* child = nullptr;
  const bool of_root = self == nullptr || options.rooted;
  rsp_result result = records.make(options, of_root, by_starter) ? new_process(&child) : RSP_ENOMEM;
  if (result == RSP_OK) {
    // It is counted already, so the scheduler stays while this looks.
    if (options.worker > scheduler().worker_count()) {
      result = RSP_EINVAL;
    } else if (options.limits.any()) {
      result = open_limit(*child, options.limits);
    }
    if (result != RSP_OK) unmake_process(*child);
  }
  if (result != RSP_OK) {
    records.free();
    return result;
  }
  become_handler(*child, behaviour, state);
  if (options.lane != nullptr) {
    child->process_class = ProcessClass::LANE;
    child->lane = options.lane;
  }
  child->worker = static_cast<uint32_t>(options.worker);
  child->stall_ms = static_cast<uint32_t>(std::min<uint64_t>(options.stall_ms, UINT32_MAX));
  if (options.trap_exit) child->flags |= process_flag::TRAP_EXIT;
  child->ancestors_data = options.ancestors.data();
  if (options.starter) child->flags |= process_flag::STARTER;
  if (options.link || options.starter) child->parent = by_starter ? self->parent : self->id();
  out->pid = child->pid();
  if (of_root) {
    child->flags |= process_flag::ROOTED;
    open_account(*child, records);
  }
  if (self != nullptr) relate(*self, *child, options, records, out);
  begin(*child, options.limits.any(), records.sponsor_link);
  return RSP_OK;
}

uint32_t worker_count() { return scheduler().worker_count(); }

uint64_t overseer(const Process& self) {
  if (self.parent != self.id()) return self.parent;
  return self.has(process_flag::ROOTED) ? root_pid().id : 0;
}

bool is_overseer(const Process& self, uint64_t from) {
  return from != 0 && (from == overseer(self) || (self.has(process_flag::ROOTED) && from == root_pid().id));
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
