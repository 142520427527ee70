// While a CrashCatcher lives, a thread of a controlled run that aborts or faults ends its run with
// Outcome::CRASHED instead of the OS process, so that the run can be reported with its choices. What the
// thread held stays held: good enough for a test that has failed, for nothing else.
//
// Crashes outside threads of a run go on to the default action. Under AddressSanitizer only aborts are
// caught, and its own reports are followed by the steps of the run.
#pragma once

#include <signal.h>

#include <cstddef>

namespace rsp::env::control {

class CrashCatcher {
 public:
  CrashCatcher() noexcept;
  ~CrashCatcher();
  CrashCatcher(const CrashCatcher&) = delete;
  CrashCatcher& operator=(const CrashCatcher&) = delete;

 private:
  static constexpr size_t SIGNALS = 5;
  struct sigaction before_[SIGNALS];
  stack_t stack_before_;
};

}  // namespace rsp::env::control
