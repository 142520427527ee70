// Reports: maps that say what ended abnormally, handed to one sink.
//
// What of a program's data they show is decided here, for all that report: by their keys. Without leave, last_message,
// messages, state and dictionary are left out, and a request stands as '_' in the reason of the call that failed.
//
//   report, is_reported, reports_show                         any thread
//   set_report_sink, set_report_level, set_report_contents    any thread, also while others report
//
// The sink in force is one word: nullptr, which is the default, or whatever was set last. It never becomes nullptr again:
// the default comes back as a sink without a function.
//
//   R1  A sink is written before its address is published, with release, and never after that. Who reports loads the
//       address with acquire, and calls what it has found.
//   R2  No sink is freed: who has loaded its address may be about to call it, for any length of time. Each leads to the one
//       before, and so all are reachable. They are set a few times in a program's life.
//   R3  So a function that was replaced may still be called, by who has found it before: what it needs stays until the
//       runtime has stopped (resprout/report.h).
//   R4  The level and the contents are settings by themselves: nothing else goes with them, and they are relaxed.
#pragma once

#include "core/term/term.hpp"
#include "resprout/report.h"

namespace rsp {

/** nullptr: the default sink, which writes text to standard error. */
void set_report_sink(rsp_report_sink function, void* context);

/** From which level on reports are made, from now on. */
void set_report_level(rsp_report_level level);
/** Whether reports of this level are made: for who would have to collect what is in one. */
bool is_reported(rsp_report_level level);

/** Bits of rsp_report_contents: from now on. */
void set_report_contents(uint64_t contents);
/** Whether reports show these. */
bool reports_show(rsp_report_contents contents);

inline constexpr size_t MAX_REPORT_PAIRS = 20;

/** Hands a report to the sink, if its level is reported: a map of `pairs`, MAX_REPORT_PAIRS at most, with report => `kind` in
 * front. What there is no memory for is not reported. */
void report(rsp_report_level level, Atom kind, std::span<const TermPair> pairs);
inline void report(rsp_report_level level, Atom kind, std::initializer_list<TermPair> pairs) {
  report(level, kind, std::span(pairs.begin(), pairs.size()));
}

}  // namespace rsp
