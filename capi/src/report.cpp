// resprout/report.h over core/proc/report.
#include "resprout/report.h"

#include "core/proc/report.hpp"

extern "C" void rsp_set_report_sink(rsp_report_sink sink, void* ctx) { rsp::set_report_sink(sink, ctx); }
