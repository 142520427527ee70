// Back-pressure: who sends to a process that is behind gives way to it.
//
// A process is behind when PRESSURE_BEGINS messages wait in its inbox, until PRESSURE_ENDS do. While it is, its mailbox
// word says so (mailbox.hpp), and each send to it costs the sender more: the sender's turn ends as ever, and besides
// it gets into *debt*, which it pays with its next turns: it gives way in each, after it has received its signals,
// until the debt is gone. The debt of a turn is bounded, so nobody waits for long, and nobody waits at all where
// nobody else has anything to do. A send never fails by pressure and never blocks.
//
// A process with PRESSURE_ENDS messages or more goes on beyond the end of its turn, until its worker's beat has lasted for
// LONG_TURN_NS: meanwhile the worker's other processes, which most often are those that press it, add nothing. They can
// be run elsewhere: a worker whose turns are all given away takes them (rule T4 of worker.hpp). So who sends and who
// receives come to be on two processors. It does not go on if it is in debt itself, or gives way of its own accord, and
// slow callbacks do not add to it: their beat is long already.
//
// Why a debt and not a lower price that ends the turn: a turn ends between two callbacks, and what floods is the loop
// in one. Why 1,000: two turns of a receiver that does nothing else, so that one that keeps up is never pressed, and
// small enough for the cache of a core (128 KB of envelopes). Why half of it to end: so that the bit changes once in
// hundreds of messages, each time for a line that all senders share.
#pragma once

#include <cstdint>

#include "core/env/build.hpp"

namespace rsp {

#if defined(RSP_ENV_NATIVE)
inline constexpr uint32_t PRESSURE_BEGINS = 1000;
#else
inline constexpr uint32_t PRESSURE_BEGINS = 6;  // so that it comes and goes in every simulated run
#endif
inline constexpr uint32_t PRESSURE_ENDS = PRESSURE_BEGINS / 2;

/** What a turn may use up: a message received costs MESSAGE_PRICE. */
inline constexpr int32_t TURN_BUDGET = 4000;
inline constexpr int32_t MESSAGE_PRICE = 10;

/** About a hundred sends end a turn: a flood's traffic stays in the cache, and its receiver gets its share. */
inline constexpr int32_t SEND_PRICE = 40;

/** Beside that, to a receiver that is behind: four turns given away for ten sends. */
inline constexpr uint32_t PRESSED_SEND_PRICE = 1600;
inline constexpr uint32_t MAX_DEBT = 64 * TURN_BUDGET;

/** Some eight turns of a process that only counts; a timer that waits for it is late by a fifth of a millisecond. */
inline constexpr uint64_t LONG_TURN_NS = 200'000;
/** The clock is read after each part of that: fifty messages, or a dozen that are answered. */
inline constexpr int32_t LONG_TURN_BUDGET = TURN_BUDGET / 8;

/** A budget that is used up by a wish: the turn ends with this callback, whatever waits. */
inline constexpr int32_t GIVES_WAY = INT32_MIN / 2;

}  // namespace rsp
