// A handler between two messages that wants to hear when none comes (docs/semantics.md, S-SRV-15), or sleeps with as little
// memory as it can (S-SRV-31).
//
//   begin_idle  after a callback: IDLING
//   a message   is in the inbox: it came in time. The deadline means nothing any more
//   deadline    the inbox is empty, and gets the message `timeout`
//   end_idle    a message is delivered: not IDLING
//
// The deadline is the one of awaits (timer.hpp): a process does one of the two at a time. So each message moves it by a
// store, and the timer looks when it fires: a server whose every result has a timeout pays nothing shared for it.
//
// Private to the owner of the process.
#pragma once

#include "core/proc/process.hpp"
#include "resprout/result.h"

namespace rsp {

/** If no message comes within the time, one does that is the atom `timeout`. UINT64_MAX: no time. RSP_ENOMEM. */
[[nodiscard]] rsp_result begin_idle(Process& self, uint64_t timeout_ms);

/** A message is being delivered. */
inline void end_idle(Process& self) { self.flags &= ~process_flag::IDLING; }

/** Whether the process still waits for what begin_idle was told. */
inline bool is_idle(const Process& self) {
  return self.has(process_flag::IDLING) && self.inbox_first == nullptr;
}

/** The deadline of an idle process: its envelope becomes the message. */
void deliver_timeout(Process& self, Envelope* deadline);

/** Gives back what the process can do without until its next message: the timer of a deadline that has no meaning any
 * more, and memory of its region that is not in use. */
void hibernate(Process& self);

}  // namespace rsp
