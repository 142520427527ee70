// The death of a process, in the one order that everything else relies on (docs/semantics.md, S-EXIT):
//
//   a  exiting: no more user code is entered; the state is dropped, and the resources are released, in slices
//   b  what others see of it goes: its holdings and its tables, in slices (core/proc/holdings.hpp, core/proc/ets.hpp), its
//      registrations of descriptors, its name
//   c  the mailbox is closed: DEAD implies that these are free
//   d  what was pushed before the close is handled as in life: MONITOR, LINK with the real reason, ALIVE: false
//   e  own monitors, aliases and timers end, in slices
//   f  EXIT and DOWN go out along the other edges, in slices: who hears of the death finds nothing of e left
//   g  messages that nobody will read are dropped, in slices
//   h  the contents of its tables are freed, in slices
//   i  the region is freed, and the slot goes to quarantine
//
// Nothing is allocated: each record becomes the signal it stands for. Nothing recurses into another process.
#pragma once

#include "core/proc/process.hpp"

namespace rsp {

/** Ends a condemned handler process where it runs; goes back to the run queue between slices. */
void end_handler(Process& self);

/** Goes on with a death that was sliced. */
void continue_exit(Process& self);

/** Ends a condemned attached process: by its thread inside a call, or by the worker that serves its signals.
 * */
void end_attached(Process& self);

/** The last of a process, before its slot is given up: nobody else is in the control block. */
void settle(Process& self);

}  // namespace rsp
