// Reports: maps that say what ended abnormally, handed to one sink. Any thread.
#pragma once

#include "core/term/term.hpp"
#include "resprout/report.h"

namespace rsp {

/** nullptr: the default sink, which writes a line to standard error. */
void set_report_sink(rsp_report_sink function, void* context);

/** Hands a report to the sink: a map of `pairs`, with report => `kind` in front. What there is no memory for
 * is not reported. */
void report(rsp_report_level level, Atom kind, std::initializer_list<TermPair> pairs);

}  // namespace rsp
