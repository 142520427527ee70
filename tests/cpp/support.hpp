// What the tests of the C++ headers share: a runtime, and the test's thread as a process of it. Only resprout/*.hpp is
// behind it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <ostream>
#include <string>

#include "resprout/report.h"
#include "resprout/resprout.hpp"

// So that a failed expectation says what it has found.
inline void PrintTo(rsp_result code, std::ostream* out) { *out << rsp_result_name(code); }
namespace resprout {
inline void PrintTo(const term& value, std::ostream* out) { *out << value.to_string(); }
inline void PrintTo(const pid& value, std::ostream* out) { *out << value.to_string(); }
inline void PrintTo(const atom& value, std::ostream* out) { *out << value.to_string(); }
}  // namespace resprout

namespace cpp_test {

using namespace resprout;
using namespace resprout::literals;
using namespace std::chrono_literals;

/** A runtime, quiet about what ends abnormally, and the test's thread as a process. */
class Cpp : public testing::Test {
 public:
  ~Cpp() override { rsp_set_report_sink(nullptr, nullptr); }

 protected:
  Cpp() {
    rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  }

  runtime rt_{{.workers = 2}};
  attachment me_ = attach();
};

/** The DOWN of a monitor, whatever else is in the mailbox: a hang is the test's time limit. */
inline term reason_of(const ref& monitor) {
  return receive([&](const message& m) { return m.is_down() && m.reference() == monitor; }).content();
}

/** What a process ends for, by this. */
template <class Deed>
term end_by(pid process, Deed deed) {
  const ref watch = monitor(process);
  deed();
  return reason_of(watch);
}

/** What a piece of code throws. */
template <class Exception, class Code>
Exception thrown_by(Code code) {
  try {
    code();
  } catch (const Exception& exception) {
    return exception;
  }
  throw std::logic_error("nothing was thrown");
}

/** Counts those that are alive. */
struct counted {
  explicit counted(std::atomic<int>& alive) : alive_(&alive) { ++*alive_; }
  counted(const counted& other) noexcept : alive_(other.alive_) { ++*alive_; }
  counted& operator=(const counted&) = delete;
  ~counted() { --*alive_; }
  std::atomic<int>* alive_;
};

}  // namespace cpp_test
