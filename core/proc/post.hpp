// Sending envelopes: one push and, if it woke the receiver, one scheduling. It never fails because the receiver is dead or
// slow.
#pragma once

#include "core/env/planted_bug.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** Pushes `envelope` for the process `to`. False: that process is dead, and the envelope is still the
 * caller's. Any thread. */
[[nodiscard]] bool try_post(uint64_t to, Envelope* envelope);

/** The same; what the dead do not receive is answered as by a dead process (reason noproc), or freed. Any
 * thread. */
void post(uint64_t to, Envelope* envelope);

/** Answers `envelope` in the place of a dead process: DOWN and EXIT with noproc, not alive; anything else is
 * freed. */
void answer_for_the_dead(uint64_t dead, Envelope* envelope);

/** Gets a process that a push woke to where it runs. Whoever's push woke it owes this call. */
void schedule_woken(Process& process, Pushed how);

/** What a push that was done owes. `tells`: it is not a mere message, so a process that runs hears of it before the next
 * one. The slot may be another's by then, which looks once for nothing. */
inline void after_push(Process& process, Pushed how, bool tells) {
  if (how != Pushed::QUEUED) {
    schedule_woken(process, how);
  } else if (tells && !RSP_PLANTED_BUG("signal: waits behind the backlog")) {
    process.signalled.store(1, env::RELEASE);  // pairs with was_signalled
  }
}

}  // namespace rsp
