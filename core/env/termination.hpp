// The signals by which an operating system asks a program to end: SIGTERM, and SIGINT of a terminal.
//
// One taker at a time. What was done with these signals before is done again after the giving back.
#pragma once

namespace rsp::env {

/** Has `handler` called with the number of each of these signals, on any thread, from within whatever it does there: it may
 * write lock-free words and wake, nothing else. A signal that is ignored stays so, as a shell has it for its background
 * jobs; one that the calling thread blocks is let through on it until the giving back, which this thread does. False:
 * another has taken them. */
bool take_termination_signals(void (*handler)(int)) noexcept;
void give_back_termination_signals() noexcept;

}  // namespace rsp::env
