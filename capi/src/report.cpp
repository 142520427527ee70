// resprout/report.h over core/proc/report.
#include "resprout/report.h"

#include "core/proc/report.hpp"

namespace {
constexpr uint64_t ALL_CONTENTS = RSP_REPORT_MESSAGES | RSP_REPORT_STATES;
}

extern "C" {

void rsp_set_report_sink(rsp_report_sink sink, void* ctx) { rsp::set_report_sink(sink, ctx); }

rsp_result rsp_set_report_level(rsp_report_level level) {
  if (static_cast<unsigned>(level) > RSP_REPORT_NONE) return RSP_EINVAL;
  rsp::set_report_level(level);
  return RSP_OK;
}

rsp_result rsp_set_report_contents(uint64_t contents) {
  if ((contents & ~ALL_CONTENTS) != 0) return RSP_EINVAL;
  rsp::set_report_contents(contents);
  return RSP_OK;
}

}  // extern "C"
