// A process reduced to its mailbox, for tests of the word alone. Whoever's push wakes it runs it there and
// then, as the worker would that the push obliges the pusher to find.
#pragma once

#include <cstdint>

#include "core/env/sometimes.hpp"
#include "core/sync/mailbox.hpp"
#include "tests/support/explore.hpp"

namespace rsp::test {

struct alignas(16) Note : MailNode {
  uint32_t sender = 0;
  uint32_t number = 0;
  uint32_t to_serial = 0;
};

struct Actor {
  static constexpr uint32_t SERIAL = 1;
  static constexpr uint32_t CAPACITY = 8;

  /// Called for each note, by the owner.
  using Receive = void (*)(Actor& self, Note& note);

  explicit Actor(MailState state, Receive on_note = &record) : receive(on_note) {
    mailbox.open(SERIAL, state);
    owners = turns = state == MailState::RUNNING ? 1 : 0;
  }

  /// The standard Receive: remembers it.
  static void record(Actor& self, Note& note) {
    RSP_CHECK(self.count < CAPACITY);
    self.received[self.count++] = &note;
  }

  /// Two at a time are what the protocol rules out.
  void begin_ownership() {
    ++owners;
    RSP_CHECK(owners == 1);
  }

  /// Takes what is untaken; true if there was something.
  bool take() {
    Note* const was_held = static_cast<Note*>(held);
    MailNode* const chain = mailbox.take(held);
    if (chain == nullptr) return false;
    if (held_is_done) give_back(*was_held);
    held_is_done = false;
    append(chain);
    return true;
  }

  /// Done with a note: given back now, or as soon as the word no longer shows it.
  void retire(Note& note) {
    if (&note == held) {
      held_is_done = true;
    } else {
      give_back(note);
    }
  }

  void append(MailNode* chain) {
    while (chain != nullptr) {
      MailNode* const node = chain;
      chain = node->next;
      node->next = nullptr;
      (first == nullptr ? first : last->next) = node;
      last = node;
    }
  }

  void handle_taken() {
    while (first != nullptr) {
      Note* const note = static_cast<Note*>(first);
      first = note->next;
      receive(*this, *note);
      RSP_CHECK(owners == 1);
    }
  }

  /// Takes care that `note` is not held, so that it may be given away at once.
  void unhold(Note& note) {
    if (&note != held) return;
    if (mailbox.detach(held)) {
      held = nullptr;
      return;
    }
    RSP_SOMETIMES("mailbox test: a push before a detach");
    RSP_CHECK(take());  // and something newer is held from here on
  }

  /// A turn of the owner, which it is from the push on that woke it: until it can leave, or has ended.
  void run() {
    for (;;) {
      take();
      handle_taken();
      if (ended) return;
      --owners;
      if (leave()) return;
      begin_ownership();
    }
  }

  bool leave() {
    Note* const was_held = static_cast<Note*>(held);
    const bool forgets = held_is_done;
    if (forgets) held = nullptr;  // at rest before the step that gives the process away
    held_is_done = false;
    if (mailbox.leave(was_held, MailState::IDLE, forgets)) {
      if (forgets) give_back(*was_held);
      return true;
    }
    held = was_held;
    held_is_done = forgets;
    return false;
  }

  Pushed push(Note& note, uint32_t to_serial, bool is_message) {
    note.to_serial = to_serial;
    return mailbox.push(&note, serial, to_serial, is_message);
  }

  Pushed send(Note& note, uint32_t to_serial = SERIAL) {
    const Pushed pushed = push(note, to_serial, true);
    if (pushed == Pushed::WOKE_IDLE) {
      ++turns;
      begin_ownership();
      run();
    }
    return pushed;
  }

  Mailbox mailbox;
  env::Atomic<uint32_t> serial{SERIAL};
  const Receive receive;
  void* context = nullptr;                  // for receive
  void (*give_back)(Note& note) = nullptr;  // of a retired note

  // The owner's.
  MailNode* held = nullptr;
  bool held_is_done = false;
  MailNode* first = nullptr;  // taken and not yet handled
  MailNode* last = nullptr;
  Note* received[CAPACITY] = {};
  uint32_t count = 0;
  bool ended = false;

  uint32_t owners;
  uint32_t turns;  // times it was scheduled
};

/// What was received from `sender`, in that order: exactly the numbers 0, 1, ... up to `count`.
inline bool has_all_of(const Actor& actor, uint32_t sender, uint32_t count) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < actor.count; ++i) {
    if (actor.received[i]->sender != sender) continue;
    if (actor.received[i]->number != next) return false;
    ++next;
  }
  return next == count;
}

}  // namespace rsp::test
