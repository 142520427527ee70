// Arguments and results of functions that say what is wrong by throwing.
#pragma once

#include "python/native/caller.hpp"
#include "python/native/python.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {

/** The term of a value that must have one; `what` it is called in the error. */
class TermOf {
 public:
  TermOf(const py::object& value, const char* what) {
    if (!to_term(value.ptr(), what, term_.out())) throw py::error_already_set();
  }
  rsp_term get() const { return term_.get(); }

 private:
  OwnedTerm term_;
};

/** The process that calls; made, if need be. */
inline rsp_self* caller_of() {
  const PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  return self->self;
}

/** What a function has made, or its error. */
inline py::object made(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return steal(object);
}

}  // namespace rsp::python
