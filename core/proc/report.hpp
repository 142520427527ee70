// Reports: maps that say what ended abnormally, handed to one sink. Any thread.
//
// What of a program's data they show is decided here, for all that report: by their keys. Without leave, last_message,
// messages, state and dictionary are left out, and a request stands as '_' in the reason of the call that failed.
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
