// What every file of the extension includes: Python, pybind11, the C API. And the rules of the house:
//
//   1. Code here runs with the interpreter lock held, unless a comment says "any thread". Threads of the runtime
//      never take the lock: what they leave behind is queued, and done by a lane (payload.hpp).
//   2. Errors travel as Python errors: nullptr or false means that one is set.
//   3. The bindings decide nothing about fault tolerance: they convert, wait without the lock, and call the C API.
//   4. Python objects that live as long as the module are in State (state.hpp), which is never destroyed: a
//      destructor of a static would touch Python after its end.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>

#include "resprout/agent.h"
#include "resprout/exception.h"
#include "resprout/lane.h"
#include "resprout/message.h"
#include "resprout/name.h"
#include "resprout/partition.h"
#include "resprout/process.h"
#include "resprout/registry.h"
#include "resprout/relation.h"
#include "resprout/report.h"
#include "resprout/runtime.h"
#include "resprout/select.h"
#include "resprout/server.h"
#include "resprout/statem.h"
#include "resprout/supervisor.h"
#include "resprout/term.h"
#include "resprout/timer.h"

namespace rsp::python {

namespace py = pybind11;

/** A new reference, or an error. */
inline py::object steal(PyObject* object) { return py::reinterpret_steal<py::object>(object); }
inline py::object borrow(PyObject* object) { return py::reinterpret_borrow<py::object>(object); }

/** Sets an error aside while cleaning up, and puts it back. */
class ErrorAside {
 public:
  ErrorAside() { PyErr_Fetch(&type_, &value_, &traceback_); }
  ~ErrorAside() { PyErr_Restore(type_, value_, traceback_); }
  ErrorAside(const ErrorAside&) = delete;
  ErrorAside& operator=(const ErrorAside&) = delete;

 private:
  PyObject* type_;
  PyObject* value_;
  PyObject* traceback_;
};

/** A term that is freed. */
class OwnedTerm {
 public:
  OwnedTerm() = default;
  explicit OwnedTerm(rsp_term term) : term_(term) {}
  ~OwnedTerm() { rsp_term_free(term_); }
  OwnedTerm(const OwnedTerm&) = delete;
  OwnedTerm& operator=(const OwnedTerm&) = delete;

  rsp_term get() const { return term_; }
  /** For an out-parameter. */
  rsp_term* out() { return &term_; }
  rsp_term release() {
    const rsp_term term = term_;
    term_ = rsp_term{0, 0};
    return term;
  }

 private:
  rsp_term term_{0, 0};
};

}  // namespace rsp::python
