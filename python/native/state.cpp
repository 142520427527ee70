#include "python/native/state.hpp"

#include <cstring>
#include <string>

namespace rsp::python {

State& state() {
  static State* const one = new State;
  return *one;
}

void bind(const char* name, PyObject* object) {
  State& all = state();
  PyObject** field = nullptr;
#define RSP_PYTHON_FIND(known) \
  if (std::strcmp(name, #known) == 0) field = &all.known;
  RSP_PYTHON_NAMES(RSP_PYTHON_FIND)
#undef RSP_PYTHON_FIND
  if (field == nullptr) throw py::key_error(std::string("nothing of this name is wanted: ") + name);
  Py_INCREF(object);
  Py_XSETREF(*field, object);
}

py::list bindable_names() {
  py::list all;
#define RSP_PYTHON_NAME(known) all.append(#known);
  RSP_PYTHON_NAMES(RSP_PYTHON_NAME)
#undef RSP_PYTHON_NAME
  return all;
}

}  // namespace rsp::python
