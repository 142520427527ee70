// resprout.Pid and resprout.Ref: immutable, hashable, comparable, picklable. They hold integers and no
// pointer, so they outlive what they name.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Makes the two types and puts them into the module. */
void add_ids(py::module_& module);

PyObject* new_pid(rsp_pid pid);
PyObject* new_ref(const rsp_ref& ref);

bool is_pid(PyObject* object);
bool is_ref(PyObject* object);

/** The value of an object for which is_pid is true. */
rsp_pid pid_value(PyObject* object);
/** The value of an object for which is_ref is true. */
const rsp_ref& ref_value(PyObject* object);

/** An argument that must be a pid. False: TypeError. */
bool get_pid(PyObject* object, rsp_pid* out);
/** An argument that must be a reference. False: TypeError. */
bool get_ref(PyObject* object, rsp_ref* out);

inline bool same_ref(const rsp_ref& a, const rsp_ref& b) {
  if (a.len != b.len || a.node != b.node || a.creation != b.creation) return false;
  for (uint32_t i = 0; i < a.len; ++i) {
    if (a.words[i] != b.words[i]) return false;
  }
  return true;
}

}  // namespace rsp::python
