// Receiving envelopes: what each signal does to the process that takes it.
//
// Reception runs in the owner: at every checkpoint, and in the middle of a turn as soon as it has no more messages or
// somebody has pushed a signal, so that a kill never waits behind a backlog. Whoever pushes a signal for a process that
// runs says so in `signalled`, a byte among the owner's own. The mailbox word would tell too, but each look at it costs
// the line that all senders write: of a receiver that is flooded from another core a third of its time.
#pragma once

#include "core/proc/process.hpp"

namespace rsp {

/** Takes and handles everything untaken. False: the process is condemned (its reason is set). The owner. */
bool receive_signals(Process& self);

/** Handles what close() returned, as in life; the mailbox is DEAD. The owner, once. */
void receive_last(Process& self, MailNode* chain);

/** A checkpoint: one load when nothing is untaken. False: condemned. The owner. */
inline bool checkpoint(Process& self) {
  if (self.mailbox.has_untaken(self.held)) receive_signals(self);
  return !self.has(process_flag::CONDEMNED);
}

/** Whether a process that has messages should look into its mailbox before the next one. A hint that comes with the
 * signal: what it misses is found at the next checkpoint. The owner. */
inline bool was_signalled(Process& self) {
  // Relaxed: most often there is nothing. The exchange acquires the push, which pairs with after_push.
  return self.signalled.load(env::RELAXED) != 0 && self.signalled.exchange(0, env::ACQUIRE) != 0;
}

/** Frees an envelope that was received, or marks it if it is still held. The owner. */
void retire(Process& self, Envelope* envelope);

/** The message that is being delivered to a behaviour is that behaviour's from here on, which retires it when it is done
 * with it. The owner. */
inline void keep_message(Process& self) { self.flags |= process_flag::KEPT; }

/** Puts an envelope that nothing holds in front of the inbox. The owner. */
void push_message_first(Process& self, Envelope* message);

/** RUNNING -> `to` if nothing is untaken; gives a consumed held envelope back. The owner. */
bool leave(Process& self, MailState to);

/** Makes sure that `envelope` is not held, so that it may outlive this turn. More may be taken and handled.
 * The owner. */
void unhold(Process& self, Envelope* envelope);

/** erlang:process_flag(trap_exit, On): the former value. The owner. */
inline bool trap_exit(Process& self, bool on) {
  const bool before = self.has(process_flag::TRAP_EXIT);
  self.flags = on ? self.flags | process_flag::TRAP_EXIT : self.flags & ~process_flag::TRAP_EXIT;
  return before;
}

/** Marks the process as ending for `reason`; the first reason stays. The owner. */
void condemn(Process& self, Term reason);

}  // namespace rsp
