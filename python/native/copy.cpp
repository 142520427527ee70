#include "python/native/copy.hpp"

#include <string>

#include "python/native/ids.hpp"
#include "python/native/state.hpp"

namespace rsp::python {
namespace {

constexpr int MOST_LEVELS = 200;

PyObject* copy_value(PyObject* value, int level);

PyObject* type_of(PyObject* value) { return reinterpret_cast<PyObject*>(Py_TYPE(value)); }

/** Set as the error when a value is nested too deep, to be pickled whole. */
PyObject* too_deep() {
  PyErr_SetString(PyExc_RecursionError, "nested too deep for a structural copy");
  return nullptr;
}

PyObject* copy_by_pickle(PyObject* value) {
  if (state().strict) {
    PyErr_Format(PyExc_TypeError,
                 "a %.200s in a message could be changed by both processes: send a frozen dataclass, or give "
                 "the class "
                 "__resprout_share__ = True (strict mode)",
                 Py_TYPE(value)->tp_name);
    return nullptr;
  }
  const py::object five = steal(PyLong_FromLong(5));
  const py::object bytes =
      five ? steal(PyObject_CallFunctionObjArgs(state().pickle_dumps, value, five.ptr(), nullptr))
           : py::object();
  if (!bytes) {
    py::raise_from(PyExc_TypeError, (std::string("a ") + Py_TYPE(value)->tp_name +
                                     " cannot be sent: it is neither immutable nor can it be copied")
                                        .c_str());
    return nullptr;
  }
  return PyObject_CallOneArg(state().pickle_loads, bytes.ptr());
}

PyObject* copy_items(PyObject* tuple, int level) {
  const Py_ssize_t count = PyTuple_GET_SIZE(tuple);
  py::object copies;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const item = PyTuple_GET_ITEM(tuple, i);
    py::object copy = steal(copy_value(item, level));
    if (!copy) return nullptr;
    if (!copies) {
      if (copy.ptr() == item) continue;
      copies = steal(PyTuple_New(count));
      if (!copies) return nullptr;
      for (Py_ssize_t j = 0; j < i; ++j)
        PyTuple_SET_ITEM(copies.ptr(), j, Py_NewRef(PyTuple_GET_ITEM(tuple, j)));
    }
    PyTuple_SET_ITEM(copies.ptr(), i, copy.release().ptr());
  }
  return copies ? copies.release().ptr() : Py_NewRef(tuple);
}

PyObject* copy_list(PyObject* list, int level) {
  py::object copies = steal(PyList_New(0));
  if (!copies) return nullptr;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {  // a pickled element may change the list
    const py::object item = borrow(PyList_GET_ITEM(list, i));
    const py::object copy = steal(copy_value(item.ptr(), level));
    if (!copy || PyList_Append(copies.ptr(), copy.ptr()) != 0) return nullptr;
  }
  return copies.release().ptr();
}

PyObject* copy_dict(PyObject* dict, int level) {
  const py::object items = steal(PyDict_Items(dict));
  py::object copies = steal(PyDict_New());
  if (!items || !copies) return nullptr;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.ptr()); ++i) {
    PyObject* const item = PyList_GET_ITEM(items.ptr(), i);
    const py::object key = steal(copy_value(PyTuple_GET_ITEM(item, 0), level));
    const py::object value = key ? steal(copy_value(PyTuple_GET_ITEM(item, 1), level)) : py::object();
    if (!value || PyDict_SetItem(copies.ptr(), key.ptr(), value.ptr()) != 0) return nullptr;
  }
  return copies.release().ptr();
}

/** Of a set or a frozenset: the elements are hashable, but may be mutable all the same. */
PyObject* copy_set(PyObject* set, int level) {
  const py::object items = steal(PySequence_Tuple(set));
  if (!items) return nullptr;
  const py::object copies = steal(copy_items(items.ptr(), level));
  if (!copies) return nullptr;
  if (PyFrozenSet_CheckExact(set)) {
    return copies.ptr() == items.ptr() ? Py_NewRef(set) : PyFrozenSet_New(copies.ptr());
  }
  return PySet_New(copies.ptr());
}

PyObject* copy_container(PyObject* value, int level) {
  if (level >= MOST_LEVELS) return too_deep();
  if (PyTuple_CheckExact(value)) return copy_items(value, level + 1);
  if (PyList_CheckExact(value)) return copy_list(value, level + 1);
  if (PyDict_CheckExact(value)) return copy_dict(value, level + 1);
  return copy_set(value, level + 1);
}

bool is_plain(PyObject* value) {
  return value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyBool_Check(value) ||
         PyBytes_CheckExact(value) || PyFloat_CheckExact(value) || is_pid(value) || is_ref(value) ||
         type_of(value) == state().Atom || PyComplex_CheckExact(value);
}

bool is_code(PyObject* value) {
  return PyFunction_Check(value) || PyType_Check(value) || PyCFunction_Check(value) || PyModule_Check(value);
}

/** Whether the attribute of the class says yes. */
bool says_yes(PyObject* type, const char* attribute) {
  const py::object value = steal(PyObject_GetAttrString(type, attribute));
  const int yes = value ? PyObject_IsTrue(value.ptr()) : 0;
  PyErr_Clear();
  return yes == 1;
}

bool is_frozen_dataclass(PyObject* type) {
  const py::object parameters = steal(PyObject_GetAttrString(type, "__dataclass_params__"));
  if (!parameters) {
    PyErr_Clear();
    return false;
  }
  return says_yes(parameters.ptr(), "frozen");
}

/** -1: an error is set. */
int is_shared_type(PyObject* value) {
  PyObject* const type = type_of(value);
  const int known = PySet_Contains(state().immutable_types, type);
  if (known != 0) return known;
  const int is_enum = PyObject_IsInstance(value, state().enum_type);
  if (is_enum != 0) return is_enum;
  return is_frozen_dataclass(type) || says_yes(type, "__resprout_share__") ? 1 : 0;
}

/** A NamedTuple stays one. */
PyObject* copy_named_tuple(PyObject* value, int level) {
  if (level >= MOST_LEVELS) return too_deep();
  const py::object items = steal(copy_items(value, level + 1));
  if (!items || items.ptr() == value) return items ? Py_NewRef(value) : nullptr;
  return PyObject_CallMethod(type_of(value), "_make", "(O)", items.ptr());
}

PyObject* copy_value(PyObject* value, int level) {
  if (is_plain(value)) return Py_NewRef(value);
  if (PyTuple_CheckExact(value) || PyList_CheckExact(value) || PyDict_CheckExact(value) ||
      PyAnySet_CheckExact(value)) {
    return copy_container(value, level);
  }
  if (PyByteArray_CheckExact(value)) {
    return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value));
  }
  if (is_code(value) || value == Py_Ellipsis || value == Py_NotImplemented) return Py_NewRef(value);
  const int is_shared = is_shared_type(value);
  if (is_shared != 0) return is_shared > 0 ? Py_NewRef(value) : nullptr;
  if (PyTuple_Check(value) && PyObject_HasAttrString(value, "_fields")) return copy_named_tuple(value, level);
  return copy_by_pickle(value);
}

}  // namespace

PyObject* copy_message(PyObject* value) {
  PyObject* const copy = copy_value(value, 0);
  if (copy != nullptr || !PyErr_ExceptionMatches(PyExc_RecursionError)) return copy;
  PyErr_Clear();
  return copy_by_pickle(value);
}

}  // namespace rsp::python
