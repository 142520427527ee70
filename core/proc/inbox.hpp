// The messages a process has received and not yet taken, oldest first.
//
// Private to the owner of the process.
#pragma once

#include "core/proc/process.hpp"

namespace rsp {

/** Takes the oldest message that `wanted(const Envelope&)` accepts out of the inbox, or returns nullptr. The
 * others keep their order. */
template <class Wanted>
Envelope* take_message(Process& self, Wanted&& wanted) {
  Envelope* previous = nullptr;
  for (Envelope* message = self.inbox_first; message != nullptr;
       previous = message, message = next_of(message)) {
    if (!wanted(static_cast<const Envelope&>(*message))) continue;
    if (previous == nullptr) {
      self.inbox_first = next_of(message);
    } else {
      previous->next = message->next;
    }
    if (self.inbox_last == message) self.inbox_last = previous;
    return message;
  }
  return nullptr;
}

}  // namespace rsp
