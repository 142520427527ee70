// The timeouts of a state machine: at most one of each kind and name (docs/semantics.md, S-STM-6..10).
//
//   ask        a callback says what it wants; of one kind and name the last counts
//   apply      the event is over, and the machine is in its next state: what was asked for begins, or ends
//   RUNNING    a timer of the process, whose message is of kind SYSTEM, and says no more than which timer it is
//   DUE        its time was 0, or is not needed: it comes when no other event waits in the machine
//   take       it is over, and becomes an event, whose content was kept here
//
// A timer that fires as its timeout ends finds nothing here, and its message is no event.
//
// Found by looking at each: a machine has a few.
//
// Private to the owner of the process.
#pragma once

#include "core/otp/statem_event.hpp"

namespace rsp {

class Timeouts {
 public:
  /** What is to be done with the timeout of this kind and name. */
  enum class Verb : uint8_t { START, UPDATE, CANCEL };
  struct Key {
    rsp_event_type type;
    TermBits name;
  };

  /** Begins at the next apply. RSP_ENOMEM. The payload is taken on RSP_OK. */
  [[nodiscard]] rsp_result ask(const Process& self, Verb verb, Key key, uint64_t time_ms, Payload& payload);
  /** False: there is no memory for a timer. */
  [[nodiscard]] bool apply(Process& self);
  void cancel(Process& self, Key key);

  /** Whether the message of a timer is of one of these, which becomes *event. */
  bool take_fired(const Envelope& message, Event* event);
  bool has_due() const;
  /** The one that has been due for the longest. */
  void take_due(Event* event);

  void drop(Process& self);

 private:
  struct Timeout;
  struct List {
    Timeout* first = nullptr;
    Timeout* last = nullptr;

    void append(Timeout* timeout);
    Timeout* take_out(Timeout* timeout);
    Timeout* find(Key key) const;
  };

  bool begin(Process& self, Timeout* timeout);

  List asked_;
  List running_;  // and due, in the order in which they were started
};

}  // namespace rsp
