#include "core/proc/exit.hpp"

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/env/thread_locals.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/charge.hpp"
#include "core/proc/ets.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/holdings.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/node.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/request.hpp"
#include "core/proc/select.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/table.hpp"
#include "core/proc/timer.hpp"
#include "core/proc/trampoline.hpp"
#include "core/proc/turn.hpp"
#include "core/sched/worker.hpp"

namespace rsp {
namespace {

// Few where a seed decides: there an end shall change its worker, and others run in its middle.
constexpr uint32_t SLICE = env::CONTROLLED ? 10 : 1000;

/** Step a, at most a slice. True when nothing is left. */
bool take_leave_slice(Process& self) {
  self.flags |= process_flag::EXITING;
  if (self.has(process_flag::BLOCKING)) return true;  // its code has all of it still: end_zombie
  if (self.behaviour != nullptr) drop_guarded(self.behaviour->drop, self.state);
  self.behaviour = nullptr;
  return release_resources(self, SLICE);
}

/** The first of step b, at most a slice. True when nothing is left. */
bool release_slice(Process& self) {
  return (RSP_PLANTED_BUG("exit: holdings released after the close") || release_holdings(self, SLICE)) &&
         (RSP_PLANTED_BUG("exit: tables passed on after the close") || pass_on_tables(self, SLICE));
}

/** Steps b to d. */
void begin_exit(Process& self) {
  RSP_ASSERT(self.has(process_flag::CONDEMNED));
  self.flags |= process_flag::EXITING;
  drop_exception(self);
  drop_deadline(self);
  drop_registrations(self);
  const bool names_last = RSP_PLANTED_BUG("exit: name released after the close");
  if (!names_last) close_name(self);
  if (!RSP_PLANTED_BUG("exit: tables passed on after the close")) pass_on_last_tables(self);
  Envelope* const held = static_cast<Envelope*>(self.held);
  const bool consumed = held != nullptr && held->has(envelope_flag::CONSUMED);
  MailNode* const chain = self.mailbox.close(held);
  self.held = nullptr;
  if (consumed) envelope_free_blank(held);
  self.flags |= process_flag::DEAD;
  if (names_last) close_name(self);
  if (RSP_PLANTED_BUG("exit: holdings released after the close")) (void)release_holdings(self, UINT32_MAX);
  if (RSP_PLANTED_BUG("exit: tables passed on after the close")) pass_on_last_tables(self);
  receive_last(self, chain);
  self.edges.drop_hash();
  // Step e walks along the list; no await needs this any more.
  self.await_context = self.edges.may_have_own() ? self.edges.first() : nullptr;
}

/** Steps e and f for one record, which is out of the list. */
void give_back(Process& self, Envelope* record) {
  uint64_t to = 0;
  switch (record->kind) {
    case EnvelopeKind::LINKED:
      if (!record->has(envelope_flag::ACTIVE)) return envelope_free(record);
      to = record->peer;
      record->kind = EnvelopeKind::EXIT_LINK;
      record->term = Term::share(self.reason).release();
      break;
    case EnvelopeKind::WATCHER:
      to = record->from;
      record->kind = EnvelopeKind::MONITOR_DOWN;
      record->term = Term::share(self.reason).release();
      break;
    case EnvelopeKind::WATCHING:
      to = record->peer;
      record->kind = EnvelopeKind::DEMONITOR;
      break;
    case EnvelopeKind::ALIVE_REQUEST:
      to = record->from;
      record->kind = EnvelopeKind::ALIVE_REPLY;
      record->term = TermBits::boolean(false);
      break;
    case EnvelopeKind::INFO_REQUEST:  // its term is nil
      to = record->from;
      record->kind = EnvelopeKind::INFO_REPLY;
      break;
    case EnvelopeKind::CALL:
      return call_ended(self, record);
    case EnvelopeKind::ARMED:
      return drop_timer_record(record);
    case EnvelopeKind::CHARGE:
      if (!make_last_kill(self, record, &to)) return envelope_free_blank(record);
      break;
    default:
      return envelope_free(record);
  }
  record->from = self.id();
  if (!try_post(to, record)) envelope_free(record);
}

/** Steps e to g, at most a slice. True when nothing is left. */
bool give_back_slice(Process& self) {
  for (uint32_t i = 0; i < SLICE; ++i) {
    if (Envelope* const seen = static_cast<Envelope*>(self.await_context)) {
      self.await_context = self.edges.after(seen);
      if (!Edges::is_own(seen)) continue;
      self.edges.remove(seen);
      if (!self.edges.may_have_own()) self.await_context = nullptr;
      give_back(self, seen);
    } else if (Envelope* const record = self.edges.first()) {
      self.edges.fetch_from(record);
      self.edges.remove(record);
      give_back(self, record);
    } else if (self.await_answer != nullptr) {
      envelope_free(self.await_answer);
      self.await_answer = nullptr;
    } else if (Envelope* const message = pop_message(self)) {
      retire(self, message);
    } else {
      return true;
    }
  }
  return false;
}

/** Of the calling thread; 0: it is no worker. Only simulated runs ask where an end began. */
uint64_t worker_number() {
  const Worker* const worker = Worker::current();
  return worker == nullptr ? 0 : worker->index() + 1;
}

}  // namespace

void settle(Process& self) {
  drop_term(self.reason);
  drop_term(self.ancestors());
  self.reason = TermBits::nil();
  self.ancestors_data = 0;
}

void end_handler(Process& self) {
  if (self.has(process_flag::DEAD)) return end_zombie(self);
  if (!take_leave_slice(self) || !release_slice(self)) {
    env::thread_locals()->process = nullptr;
    return requeue(self);
  }
  begin_exit(self);
  env::thread_locals()->process = nullptr;
  if (env::CONTROLLED) self.await_exit_of = worker_number();  // nothing is awaited any more
  continue_exit(self);
}

void continue_exit(Process& self) {
  if (!give_back_slice(self) || !free_tables(self, SLICE)) {
    requeue(self);
    return;
  }
  if (env::CONTROLLED && self.process_class == ProcessClass::HANDLER && self.await_exit_of != worker_number())
    RSP_SOMETIMES("an end goes on with another worker");
  if (self.has(process_flag::BLOCKING)) {
    count_exit();
    let_go_of_seat(self);  // its thread settles (end_zombie)
    return;
  }
  if (!free_dictionary(self, SLICE)) return requeue(self);
  settle(self);
  free_belongings(self);
  table().release(self);
  count_exit();
}

void end_attached(Process& self) {
  if (RSP_PLANTED_BUG("exit: a thread loses its resources at the kill")) release_resources(self);
  leave_belongings(self);
  self.flags |= process_flag::EXITING;
  while (!release_slice(self)) {
  }
  begin_exit(self);
  while (!give_back_slice(self)) {
  }
  free_tables(self);
  settle(self);
  count_exit();
  let_go_of_seat(self);
}

}  // namespace rsp
