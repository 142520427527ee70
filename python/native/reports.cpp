#include "python/native/reports.hpp"

#include <atomic>

#include "python/native/errors.hpp"
#include "python/native/lanes.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

struct Report {
  rsp_report_level level;
  rsp_term term;
  Report* next;
};

// A stack that is always taken whole.
std::atomic<Report*> g_reports{nullptr};

/** Any thread. */
void take_report(void*, rsp_report_level level, rsp_term term) {
  Report* const report = static_cast<Report*>(PyMem_RawMalloc(sizeof(Report)));
  if (report == nullptr) return;  // out of memory: there is nobody to tell
  Report* top = g_reports.load(std::memory_order_relaxed);
  *report = Report{level, rsp_term_copy(term), nullptr};
  do {
    report->next = top;
    // Release: pairs with write_reports.
  } while (
      !g_reports.compare_exchange_weak(top, report, std::memory_order_release, std::memory_order_relaxed));
  if (top == nullptr) wake_lane();  // the first one: whoever takes the list takes the others too
}

Report* oldest_first(Report* newest) {
  Report* oldest = nullptr;
  while (newest != nullptr) {
    Report* const older = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = older;
  }
  return oldest;
}

void write(const Report& report) {
  const py::object term = steal(from_term(report.term));
  const py::object level = term ? steal(PyLong_FromLong(report.level)) : py::object();
  PyObject* arguments[] = {level.ptr(), term.ptr()};
  const py::object written =
      level ? steal(PyObject_Vectorcall(state().write_report, arguments, 2, nullptr)) : py::object();
  if (!written) PyErr_WriteUnraisable(state().write_report);
}

}  // namespace

void add_reports(py::module_& module) {
  module.def(
      "take_reports", [](bool on) { rsp_set_report_sink(on ? &take_report : nullptr, nullptr); },
      py::arg("on"));
  module.def("write_reports", [] { write_reports(); });
  module.def(
      "set_report_level",
      [](int level) {
        if (!check(rsp_set_report_level(static_cast<rsp_report_level>(level)))) throw py::error_already_set();
      },
      py::arg("level"));
  module.def(
      "set_report_contents",
      [](bool messages, bool states) {
        const uint64_t contents = (messages ? RSP_REPORT_MESSAGES : 0) | (states ? RSP_REPORT_STATES : 0);
        if (!check(rsp_set_report_contents(contents))) throw py::error_already_set();
      },
      py::arg("messages"), py::arg("states"));
}

void write_reports() {
  if (g_reports.load(std::memory_order_relaxed) == nullptr) return;
  // Acquire: pairs with take_report.
  Report* report = oldest_first(g_reports.exchange(nullptr, std::memory_order_acquire));
  if (report == nullptr) return;
  const ErrorAside aside;
  while (report != nullptr) {
    Report* const written = report;
    report = report->next;
    write(*written);
    rsp_term_free(written->term);
    PyMem_RawFree(written);
  }
}

}  // namespace rsp::python
