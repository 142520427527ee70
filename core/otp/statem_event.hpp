// The events of a state machine (docs/semantics.md, S-STM), and lists of them in order.
//
// Each has its content as a message: the one that was received, which the machine keeps until it is done with it
// (keep_message), or one that it made for an inserted event or a timeout. So a handler reads all of them in the same way.
//
// Private to the owner of the process.
#pragma once

#include "core/proc/api.hpp"
#include "resprout/statem.h"

namespace rsp {

struct Event {
  rsp_event_type type = RSP_EVENT_INFO;
  Envelope* message = nullptr;
  Term name;              // of RSP_EVENT_NAMED_TIMEOUT
  Event* next = nullptr;  // in a list
};

/** Gives the message of an event back. */
void drop_event(Process& self, Event& event);

class EventList {
 public:
  bool is_empty() const { return first_ == nullptr; }

  /** As the last one. False: memory is short, and nothing has changed. */
  [[nodiscard]] bool append(Event& event);
  /** The oldest one, out of the list; there is one. */
  Event pop();
  /** All of `others` come before what is here. */
  void prepend(EventList& others);
  /** The same, after it. */
  void append(EventList& others);

  /** Gives all of them back. */
  void drop(Process& self);

 private:
  Event* first_ = nullptr;
  Event* last_ = nullptr;
};

}  // namespace rsp
