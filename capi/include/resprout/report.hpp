// Reports: what the runtime says of processes that end abnormally, and of supervisors. What is in each stands in resprout/report.h.
//
//     set_report_sink([](report_level level, const term& report) { log(level, report.to_string()); });
//
// Thread: any, whether a runtime runs or not. Rules: S-REP.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "resprout/message.hpp"
#include "resprout/report.h"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** How grave a report is. */
enum class report_level {
  info = RSP_REPORT_INFO,        ///< each child that a supervisor has started
  notice = RSP_REPORT_NOTICE,    ///< traces, and ends of applications from which nothing follows
  warning = RSP_REPORT_WARNING,  ///< turns that are stuck, and messages that nobody handles
  error = RSP_REPORT_ERROR,      ///< all others
  none = RSP_REPORT_NONE         ///< no report has it
};
// NOLINTEND(readability-identifier-naming)

/** What reports show of a program's data. */
struct report_contents {
  /** What servers handled last, what waited in mailboxes, the requests of failed calls. */
  bool messages = false;
  /** What servers say of their states by format_status, and dictionaries of processes. */
  bool states = false;
};

namespace detail {

template <class F>
void call_report_sink(void* sink, rsp_report_level level, rsp_term report) {
  const auto take = [&] {
    (*static_cast<const F*>(sink))(static_cast<report_level>(level), term::copy_of(report));
  };
#if RSP_CPP_EXCEPTIONS
  try {
    take();
  } catch (...) {  // a report that fails has nobody to tell
  }
#else
  take();
#endif
}

}  // namespace detail

/** Sets where reports go, in place of standard error: `sink(report_level, const term&)`. It runs on workers, several calls at a time,
 * so it is called as const; in no process; and must not block. What it throws is dropped. It is kept for ever, as is each one set before
 * it, for it may be running when it is replaced: this is for the beginning of a program. Throws Error (RSP_ENOMEM). Where the library
 * itself has no memory for it the one before stays, and nothing says so. */
template <class F>
result<void> try_set_report_sink(F&& sink) {
  std::unique_ptr<detail::plain<F>> kept = detail::boxed(std::forward<F>(sink));
  if (kept == nullptr) return Err{RSP_ENOMEM};
  rsp_set_report_sink(&detail::call_report_sink<detail::plain<F>>, kept.release());
  return Ok<>{};
}
template <class F>
void set_report_sink(F&& sink) {
  try_set_report_sink(std::forward<F>(sink)).value();
}

/** Reports go to standard error again. */
inline void reset_report_sink() noexcept { rsp_set_report_sink(nullptr, nullptr); }

/** Sets from which level on reports are made; none of what is below costs anything. Default: notice. */
inline void set_report_level(report_level from) noexcept {
  detail::ignore(rsp_set_report_level(static_cast<rsp_report_level>(from)));
}

/** Sets what reports show of a program's data, from the next message on. Default: nothing. */
inline void set_report_contents(report_contents shown) noexcept {
  uint64_t contents = RSP_REPORT_NO_CONTENTS;
  if (shown.messages) contents |= RSP_REPORT_MESSAGES;
  if (shown.states) contents |= RSP_REPORT_STATES;
  detail::ignore(rsp_set_report_contents(contents));
}

}  // namespace resprout
