#include "core/proc/signal.hpp"

#include "core/base/assert.hpp"
#include "core/base/trail.hpp"
#include "core/env/clock.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/await.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/info.hpp"
#include "core/proc/link.hpp"
#include "core/proc/post.hpp"
#include "core/proc/request.hpp"
#include "core/proc/select.hpp"
#include "core/proc/spawn.hpp"
#include "core/proc/suspend.hpp"
#include "core/proc/table.hpp"
#include "core/proc/timer.hpp"
#include "core/proc/turn.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

using enum EnvelopeKind;

/** What was taken and not yet handled, oldest first. */
struct Reception {
  Envelope* first = nullptr;
  Envelope* last = nullptr;

  void append(MailNode* chain) {
    Envelope* const oldest = static_cast<Envelope*>(chain);
    if (oldest == nullptr) return;
    if (last == nullptr) {
      first = oldest;
    } else {
      last->next = oldest;
    }
    last = oldest;
    while (last->next != nullptr) last = next_of(last);
  }

  Envelope* pop() {
    Envelope* const oldest = first;
    if (oldest == nullptr) return nullptr;
    first = next_of(oldest);
    if (first == nullptr) last = nullptr;
    return oldest;
  }
};

/** What was held, and is no more. */
void give_back(Envelope* was_held) {
  if (was_held != nullptr && was_held->has(envelope_flag::CONSUMED)) envelope_free_blank(was_held);
}

/** What is untaken, oldest first. */
MailNode* take(Process& self) {
  Envelope* const was_held = static_cast<Envelope*>(self.held);
  MailNode* const chain = self.mailbox.take(self.held);
  if (chain != nullptr) give_back(was_held);
  return chain;
}

/** Makes an envelope that is being handled free to be pushed elsewhere (mailbox.hpp, M2). */
void release_from_word(Process& self, Envelope* envelope, Reception& reception) {
  if (envelope != self.held || RSP_PLANTED_BUG("signal: held answered as it is")) return;
  if (self.mailbox.detach(self.held)) {
    self.held = nullptr;
  } else {
    RSP_SOMETIMES("a push came between a signal and its answer");
    reception.append(take(self));
  }
}

void answer(Process& self, Envelope* envelope, EnvelopeKind kind, Reception& reception) {
  release_from_word(self, envelope, reception);
  const uint64_t to = envelope->from;
  envelope->kind = kind;
  envelope->from = self.id();
  post(to, envelope);
}

void append_to_inbox(Process& self, Envelope* message) {
  append_message(self, message);
  ++self.received;
}

void accept(Process& self, Envelope* message) {
  const bool waits = self.has(process_flag::AWAITING) && !self.has(process_flag::ANSWERED);
  const bool counted = message->has(envelope_flag::COUNTED);
  if (waits && answers_await(self, *message)) {
    if (counted) give_room_back(self, message);
    self.await_answer = message;
    self.flags |= process_flag::ANSWERED;
    return;
  }
  if (message->kind == EXIT && is_overseer(self, message->from)) self.flags |= process_flag::PARENT_EXIT;
  append_to_inbox(self, message);
  if (counted) drop_the_oldest(self);
}

/** A message to the process of this serial that is no answer and needs no looking up. */
bool is_plain(const Envelope& envelope, uint32_t serial) {
  constexpr uint8_t LOOKED_UP = envelope_flag::TIMED | envelope_flag::THROUGH_ALIAS | envelope_flag::COUNTED;
  return (envelope.kind == MESSAGE || envelope.kind == CAST) && !envelope.has(LOOKED_UP) &&
         envelope.to_serial == serial;
}

void drop_record(Process& self, Envelope* record) {
  self.edges.remove(record);
  retire(self, record);
}

/** A message that came through an alias: whether the alias is on. */
bool alias_admits(Process& self, Envelope* message) {
  Envelope* const record = self.edges.find_ref(message->ref);
  if (record == nullptr || record->alias == AliasMode::NONE) return false;
  if (record->number != 0) message->alias = AliasMode::REPLY;
  if (record->alias != AliasMode::REPLY) return true;
  self.edges.remove(record);
  if (record->kind == WATCHING) {
    record->kind = DEMONITOR;
    post(record->peer, record);
  } else {
    retire(self, record);
  }
  return true;
}

void receive_message(Process& self, Envelope* message) {
  if (message->has(envelope_flag::TIMED)) {
    if (Envelope* const record = self.edges.find_ref(message->number)) timer_done(self, record);
  }
  if (message->has(envelope_flag::THROUGH_ALIAS) && !alias_admits(self, message)) {
    retire(self, message);
    return;
  }
  accept(self, message);
}

/** A descriptor is ready: a message, if the registration was not cancelled meanwhile. */
void receive_ready(Process& self, Envelope* message) {
  const bool is_wanted =
      select_done(self, message) || RSP_PLANTED_BUG("signal: readiness without its record");
  if (!is_wanted) {
    RSP_SOMETIMES("a descriptor is ready as its registration is cancelled");
    return retire(self, message);
  }
  accept(self, message);
}

void trap(Process& self, Envelope* signal) {
  signal->kind = EXIT;
  accept(self, signal);
}

// Exit signals: the table of docs/semantics.md, S-EXIT-8 to 14.
void receive_exit(Process& self, Envelope* signal, bool by_link) {
  const bool traps = self.has(process_flag::TRAP_EXIT);
  if (!by_link && signal->term.is(ATOM_KILL)) {
    retire(self, signal);
    condemn(self, Term(ATOM_KILLED));
    return;
  }
  if (traps) {
    trap(self, signal);
    return;
  }
  if (is_normal(signal->term) && (by_link || signal->from != self.id())) {
    retire(self, signal);
    return;
  }
  condemn(self, Term::share(signal->term));
  retire(self, signal);
}

void receive_exit_link(Process& self, Envelope* signal) {
  Envelope* const record = self.edges.find_link(signal->from);
  if (record == nullptr) {
    RSP_SOMETIMES("exit signal crossed an unlink");
    if (RSP_PLANTED_BUG("signal: a link that was given up tells of the end"))
      return receive_exit(self, signal, true);
    retire(self, signal);
    return;
  }
  const bool active = record->has(envelope_flag::ACTIVE);
  signal->aux = record->aux;
  if (record->aux != 0) signal->mark = env::now_ns();
  drop_record(self, record);
  if (active) {
    receive_exit(self, signal, true);
  } else {
    retire(self, signal);
  }
}

void receive_link(Process& self, Envelope* signal) {
  if (Envelope* const record = self.edges.find_link(signal->from)) {
    // There is one link at most; also when this side has an unlink under way.
    if (record->has(envelope_flag::INCIDENTAL) && !signal->has(envelope_flag::INCIDENTAL)) {
      if (!record->has(envelope_flag::ACTIVE))
        RSP_SOMETIMES("an incidental link is asked for as it is given up");
      record->flags &= static_cast<uint8_t>(~envelope_flag::INCIDENTAL);
      record->flags |= envelope_flag::ACTIVE;
      record->number = 0;
    }
    retire(self, signal);
    return;
  }
  signal->kind = LINKED;
  signal->flags |= envelope_flag::ACTIVE;
  signal->peer = signal->from;
  self.edges.add(signal);
}

void receive_unlink(Process& self, Envelope* signal, Reception& reception) {
  Envelope* const record = self.edges.find_link(signal->from);
  if (record != nullptr && record->has(envelope_flag::ACTIVE)) {
    if (signal->has(envelope_flag::INCIDENTAL) && !record->has(envelope_flag::INCIDENTAL)) {
      // What this side has asked for stands: its LINK is on the way to the other one.
      if (record->number != UNCROSSED) return retire(self, signal);
      RSP_SOMETIMES("an incidental link is asked for of who has given it up and is dead");
      signal->term = Term(ATOM_NOPROC).release();
      return receive_exit_link(self, signal);
    }
    drop_record(self, record);
  } else if (RSP_PLANTED_BUG("signal: an unlink without a link is not acknowledged")) {
    return retire(self, signal);
  }
  answer(self, signal, UNLINK_ACK, reception);
}

void receive_unlink_ack(Process& self, Envelope* signal) {
  Envelope* const record = self.edges.find_link(signal->from);
  if (record != nullptr && !record->has(envelope_flag::ACTIVE)) {
    const bool is_its = record->number == signal->number ||
                        RSP_PLANTED_BUG("signal: an unlink is acknowledged by any number");
    if (is_its) drop_record(self, record);
  }
  retire(self, signal);
}

void receive_monitor(Process& self, Envelope* signal) {
  signal->kind = WATCHER;
  self.edges.add(signal);
  if (signal->has(envelope_flag::SUSPENDS) && can_be_suspended(self)) update_suspended(self);
}

/** A suspension is taken back: nobody is to be told any more that the process rests. */
void end_suspension(Process& self, uint64_t suspension, Reception& reception) {
  update_suspended(self);
  Envelope* const question = question_behind(self, suspension);
  if (question == nullptr) return;
  self.edges.remove(question);
  question->term = TermBits::nil();
  answer(self, question, ALIVE_REPLY, reception);
}

void receive_demonitor(Process& self, Envelope* signal, Reception& reception) {
  Envelope* const record = self.edges.find_ref(signal->ref);
  if (record != nullptr && record->kind == WATCHER) {
    const bool suspends = record->has(envelope_flag::SUSPENDS) && can_be_suspended(self);
    drop_record(self, record);
    if (suspends) end_suspension(self, signal->ref, reception);
  } else if (Envelope* const call = self.edges.find_call(signal->ref)) {
    give_up_call(self, call);
  }
  retire(self, signal);
}

void receive_down(Process& self, Envelope* signal) {
  Envelope* const record = self.edges.find_ref(signal->ref);
  if (record == nullptr || record->kind != WATCHING) {
    retire(self, signal);  // demonitored meanwhile
    return;
  }
  if (record->has(envelope_flag::SUSPENDS)) {
    drop_record(self, record);
    retire(self, signal);
    return;
  }
  signal->kind = DOWN;
  signal->tag = record->tag;
  signal->aux = record->aux;
  signal->flags |= record->flags & envelope_flag::BY_NAME;
  self.edges.remove(record);
  if (record->alias == AliasMode::EXPLICIT) {
    record->kind = ALIAS;  // only unalias ends it
    self.edges.add(record);
  } else {
    retire(self, record);
  }
  accept(self, signal);
}

/** The answer to a question of this process: a message from the one it asked, if it still wants to know. */
void receive_reply(Process& self, Envelope* reply) {
  if (!alias_admits(self, reply)) return retire(self, reply);
  reply->kind = MESSAGE;
  reply->flags = 0;  // a question behind a suspension has one
  accept(self, reply);
}

/** The reply to a request, from the process that was asked: nothing is left of the request there. */
void receive_call_reply(Process& self, Envelope* reply, Reception& reception) {
  Envelope* const record = self.edges.find_ref(reply->ref);
  if (record == nullptr || (record->kind != WATCHING && record->kind != ALIAS)) return retire(self, reply);
  if (record->alias != AliasMode::REPLY) {
    // The alias was taken off, and the monitor goes on.
    RSP_SOMETIMES("a reply finds the monitor of its request without the alias");
    if (RSP_PLANTED_BUG("signal: a reply ends the monitor without its alias")) return retire(self, reply);
    envelope_drop_payload(reply);
    return answer(self, reply, MONITOR, reception);
  }
  drop_record(self, record);
  reply->kind = MESSAGE;
  reply->alias = AliasMode::REPLY;
  accept(self, reply);
}

/** A question is answered by a living process at once, and by a dying one when its name is free (S-NAME-9):
 * until then it is one of its records. */
void receive_question(Process& self, Envelope* question, Reception& reception) {
  const bool dead = self.has(process_flag::DEAD);
  if (self.has(process_flag::CONDEMNED) && !dead) {
    RSP_SOMETIMES("asked between the fatal signal and the exit");
    self.edges.add(question);
  } else if (question->kind == ALIVE_REQUEST) {
    const bool asks_for_rest = question->has(envelope_flag::SUSPENDS) && !dead;
    if (asks_for_rest && can_be_suspended(self)) {
      self.flags |= process_flag::REST_ASKED;
      return self.edges.add(question);
    }
    question->term = asks_for_rest ? TermBits::nil() : TermBits::boolean(!dead);
    answer(self, question, ALIVE_REPLY, reception);
  } else {
    if (!dead) fill_info(self, *question);
    answer(self, question, INFO_REPLY, reception);
  }
}

void handle(Process& self, Envelope* envelope, Reception& reception) {
  const bool is_mine = envelope->to_serial == self.serial.load(env::RELAXED);
  if (!is_mine && !RSP_PLANTED_BUG("signal: received without the serial")) {
    RSP_SOMETIMES("envelope for an earlier incarnation");
    const uint64_t dead = Pid::local(self.index, envelope->to_serial).id;
    envelope->flags &= static_cast<uint8_t>(~envelope_flag::COUNTED);  // in a limit of the past
    release_from_word(self, envelope, reception);
    answer_for_the_dead(dead, envelope);
    return;
  }
  switch (envelope->kind) {
    case CALL:
      receive_call(self, envelope);
      return accept(self, envelope);
    case MESSAGE:
    case CAST:
    case TIMER:
    case SYSTEM:
      return receive_message(self, envelope);
    case SELECT:
      return receive_ready(self, envelope);
    case EXIT_SIGNAL:
      return receive_exit(self, envelope, false);
    case EXIT_LINK:
      return receive_exit_link(self, envelope);
    case LINK:
      return receive_link(self, envelope);
    case UNLINK:
      return receive_unlink(self, envelope, reception);
    case UNLINK_ACK:
      return receive_unlink_ack(self, envelope);
    case MONITOR:
      return receive_monitor(self, envelope);
    case DEMONITOR:
      return receive_demonitor(self, envelope, reception);
    case MONITOR_DOWN:
      return receive_down(self, envelope);
    case ALIVE_REQUEST:
    case INFO_REQUEST:
      return receive_question(self, envelope, reception);
    case ALIVE_REPLY:
    case INFO_REPLY:
      return receive_reply(self, envelope);
    case CALL_REPLY:
      return receive_call_reply(self, envelope, reception);
    case DEADLINE:
      release_from_word(self, envelope, reception);
      return receive_deadline(self, envelope);
    case TIMER_FIRED:
      if (Envelope* const record = self.edges.find_ref(envelope->ref)) timer_done(self, record);
      return retire(self, envelope);
    case STALLED:
      retire(self, envelope);
      self.flags &= ~process_flag::UNWINDING;
      return condemn(self, Term(ATOM_STALLED));
    case OVERFLOW:
      return receive_overflow(self, envelope);
    case RESUME:
      self.flags |= process_flag::RESUME_WANTED;
      release_from_word(self, envelope, reception);
      return;  // it belongs to the seat, whose thread waits for the process
    case EXIT:
    case DOWN:
    case LINKED:
    case WATCHER:
    case WATCHING:
    case ALIAS:
    case ARMED:
    case RESOURCE:
    case SELECTED:
    case CHARGE:
      break;
  }
  RSP_UNREACHABLE("only messages and signals are pushed");
}

/** Begins to fetch the record that a signal is about. */
void fetch_record(const Process& self, const Envelope& signal) {
  if (signal.kind == MONITOR_DOWN) {
    self.edges.fetch_ref(signal.ref);
  } else if (signal.kind == EXIT_LINK) {
    self.edges.fetch_link(signal.from);
  }
}

void handle_all(Process& self, Reception& reception) {
  // A storm of them finds its records one after the other in memory that no cache holds, unless somebody goes ahead.
  constexpr uint32_t AHEAD = 4;
  Envelope* ahead = reception.first;
  for (uint32_t i = 0; i < AHEAD && ahead != nullptr; ++i) ahead = next_of(ahead);
  while (Envelope* const envelope = reception.pop()) {
    if (ahead != nullptr) {
      fetch_record(self, *ahead);
      ahead = next_of(ahead);
    }
    handle(self, envelope, reception);
  }
}

/** Most often it is one. */
void receive_single(Process& self, Envelope* envelope) {
  envelope->next = nullptr;
  // Who sent it named what was handled long ago; what stands in its place is in the cache (Trail::from).
  if (envelope->has_ahead()) envelope->ahead = &self.held;
  if (is_plain(*envelope, self.serial.load(env::RELAXED)) && !self.has(process_flag::AWAITING)) {
    append_messages(self, envelope, envelope, 1);
    ++self.received;
    return;
  }
  Reception reception;
  handle(self, envelope, reception);
  handle_all(self, reception);
}

/** From `newest` down to what was held before it. */
[[gnu::noinline]] void receive_chain(Process& self, MailNode* newest, Envelope* was_held) {
  // Most of what comes is plain and goes to the inbox as it is.
  const uint32_t serial = self.serial.load(env::RELAXED);
  bool all_plain = !self.has(process_flag::AWAITING);
  uint32_t count = 0;
  Trail trail = Trail::from(&self.held);
  MailNode* const chain = Mailbox::reverse_until(newest, was_held, [&](MailNode& node) {
    Envelope& envelope = static_cast<Envelope&>(node);
    all_plain = is_plain(envelope, serial) && all_plain;
    // Who sent them named the older one; they will be handled in the other direction.
    void* const later = trail.add(&envelope);
    if (envelope.has_ahead()) {
      fetch_ahead(envelope.ahead);
      envelope.ahead = later;
    }
    ++count;
  });
  give_back(was_held);
  if (all_plain) {
    append_messages(self, static_cast<Envelope*>(chain), static_cast<Envelope*>(newest), count);
    self.received += count;
  } else {
    Reception reception;
    reception.append(chain);
    handle_all(self, reception);
  }
}

}  // namespace

bool receive_signals(Process& self) {
  MailNode* const newest = self.mailbox.untaken(self.held);
  if (newest != nullptr) {
    Envelope* const was_held = static_cast<Envelope*>(self.held);
    self.held = newest;
    if (newest->next == was_held) {
      give_back(was_held);
      receive_single(self, static_cast<Envelope*>(newest));
    } else {
      receive_chain(self, newest, was_held);
    }
  }
  return !self.has(process_flag::CONDEMNED);
}

void receive_last(Process& self, MailNode* chain) {
  Reception reception;
  reception.append(chain);
  handle_all(self, reception);
}

void retire(Process& self, Envelope* envelope) {
  if (is_request(envelope)) return end_message(self, envelope);
  if (envelope == self.held) {
    envelope_drop_payload(envelope);
    envelope->flags |= envelope_flag::CONSUMED;
  } else {
    envelope_free(envelope);
  }
}

void push_message_first(Process& self, Envelope* message) {
  message->next = self.inbox_first;
  self.inbox_first = message;
  if (self.inbox_last == nullptr) self.inbox_last = message;
  if (++self.inbox_length == PRESSURE_BEGINS) self.mailbox.press();
}

bool leave(Process& self, MailState to) {
  Envelope* const held = static_cast<Envelope*>(self.held);
  const bool forget = held != nullptr && held->has(envelope_flag::CONSUMED);
  if (forget) self.held = nullptr;  // at rest before the step that gives the process away
  if (!self.mailbox.leave(held, to, forget)) {
    self.held = held;
    return false;
  }
  if (forget) envelope_free_blank(held);
  return true;
}

void unhold(Process& self, Envelope* envelope) {
  Reception reception;
  release_from_word(self, envelope, reception);
  handle_all(self, reception);
}

void condemn(Process& self, Term reason) {
  if (self.has(process_flag::CONDEMNED)) return;
  self.reason = reason.release();
  self.flags |= process_flag::CONDEMNED;
}

}  // namespace rsp
