// A report as text for people, which is what the default sink writes:
//
//   resprout error: crash_report of cache
//       pid: <0.7.1>
//       reason: {badarg,[{"cache.c",40,"lookup"}]}
//
// Keys come in the order in which they were reported, without those that have nothing to say.
#pragma once

#include "core/term/term.hpp"
#include "resprout/report.h"

namespace rsp {

/** Writes as much as fits, lines closed, and returns the bytes written. `pairs` begin with report => Kind. */
size_t format_report(std::span<char> out, rsp_report_level level, std::span<const TermPair> pairs);

}  // namespace rsp
