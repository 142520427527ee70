// The messages a process has received and not yet taken, oldest first.
//
// Every way in and out of the inbox leads through this file: it keeps the length, from it the PRESSURE of the mailbox
// word (core/proc/pressure.hpp), and gives back the room that a message held in a limit (core/proc/limits.hpp).
//
// Private to the owner of the process.
#pragma once

#include "core/base/trail.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/pressure.hpp"
#include "core/proc/process.hpp"
#include "core/proc/signal.hpp"

namespace rsp {

/** A chain of so many messages joins, oldest first; `last` is its end. */
inline void append_messages(Process& self, Envelope* first, Envelope* last, uint32_t count) {
  if (self.inbox_first == nullptr) {
    self.inbox_first = first;
  } else {
    self.inbox_last->next = first;
  }
  self.inbox_last = last;
  const uint64_t before = self.inbox_length;
  self.inbox_length = before + count;
  if (before < PRESSURE_BEGINS && self.inbox_length >= PRESSURE_BEGINS) self.mailbox.press();
}

/** A message joins as the newest. */
inline void append_message(Process& self, Envelope* message) {
  message->next = nullptr;
  append_messages(self, message, message, 1);
}

/** Takes the message behind `previous` (nullptr: the first) out. */
inline void take_out_behind(Process& self, Envelope* previous, Envelope* message) {
  if (previous == nullptr) {
    self.inbox_first = next_of(message);
  } else {
    previous->next = message->next;
  }
  if (self.inbox_last == message) self.inbox_last = previous;
  if (--self.inbox_length == PRESSURE_ENDS) self.mailbox.relieve();
  if (message->has(envelope_flag::COUNTED)) give_room_back(self, message);
}

/** Takes the oldest message out, or nullptr. */
inline Envelope* pop_message(Process& self) {
  Envelope* const message = self.inbox_first;
  if (message == nullptr) return nullptr;
  take_out_behind(self, nullptr, message);
  if (message->has_ahead()) [[likely]] {
    fetch_ahead(message->ahead);
  } else if (self.inbox_first != nullptr) {
    fetch_ahead(self.inbox_first);
  }
  return message;
}

/** Takes the oldest message that `wanted(const Envelope&)` accepts out of the inbox, or returns nullptr. The
 * others keep their order. */
template <class Wanted>
Envelope* take_message(Process& self, Wanted&& wanted) {
  Envelope* previous = nullptr;
  for (Envelope* message = self.inbox_first; message != nullptr;
       previous = message, message = next_of(message)) {
    if (!wanted(static_cast<const Envelope&>(*message))) continue;
    take_out_behind(self, previous, message);
    return message;
  }
  return nullptr;
}

/** Takes every message behind `place` (nullptr: every one) that `wanted(const Envelope&)` accepts out of the inbox, for
 * good. `place` becomes the last one that stays, so that who comes again looks at what has come since: as long as nothing
 * else takes that one out. */
template <class Wanted>
void drop_messages_behind(Process& self, Envelope*& place, Wanted&& wanted) {
  Envelope* message = place == nullptr ? self.inbox_first : next_of(place);
  while (message != nullptr) {
    Envelope* const next = next_of(message);
    if (wanted(static_cast<const Envelope&>(*message))) {
      take_out_behind(self, place, message);
      retire(self, message);
    } else {
      place = message;
    }
    message = next;
  }
}

}  // namespace rsp
