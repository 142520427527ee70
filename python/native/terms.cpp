#include "python/native/terms.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "python/native/ids.hpp"
#include "python/native/state.hpp"

namespace rsp::python {
namespace {

/** Elements under construction. */
class Terms {
 public:
  explicit Terms(size_t capacity) { all_.reserve(capacity); }
  ~Terms() {
    for (const rsp_term term : all_) rsp_term_free(term);
  }
  Terms(const Terms&) = delete;
  Terms& operator=(const Terms&) = delete;

  void add(rsp_term term) { all_.push_back(term); }
  const rsp_term* data() const { return all_.data(); }
  size_t size() const { return all_.size(); }

 private:
  std::vector<rsp_term> all_;
};

/** A conversion under way. In a reason everything has a term. */
struct Conversion {
  NoTerm* no_term;
  bool in_reason;
};

Converted convert(PyObject* value, rsp_term* out, const Conversion& conversion);

Converted refuse(NoTerm* no_term, std::string why) {
  no_term->why = std::move(why);
  return Converted::NO_TERM;
}

std::string type_name(PyObject* value) { return Py_TYPE(value)->tp_name; }

Converted from_result(rsp_result result, const Conversion& conversion) {
  switch (result) {
    case RSP_OK:
      return Converted::OK;
    case RSP_ENOMEM:
      PyErr_NoMemory();
      return Converted::FAILED;
    case RSP_ELIMIT:
      return refuse(conversion.no_term, "is too large for a term");
    default:
      return refuse(conversion.no_term, "has no term");
  }
}

/** The text of an object's repr, for reasons. */
Converted repr_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  const py::object text = steal(PyObject_Repr(value));
  if (text) {
    Py_ssize_t length;
    const char* const utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &length);
    if (utf8 != nullptr) {
      return from_result(rsp_term_string(out, utf8, static_cast<size_t>(length)), conversion);
    }
  }
  PyErr_Clear();  // a repr that fails says nothing
  const std::string name = '<' + type_name(value) + '>';
  return from_result(rsp_term_string(out, name.data(), name.size()), conversion);
}

Converted text_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  Py_ssize_t length;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &length);
  if (text == nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return Converted::FAILED;
    PyErr_Clear();
    if (conversion.in_reason) return repr_of(value, out, conversion);
    return refuse(conversion.no_term, "is a str with lone surrogates");
  }
  if (Py_IS_TYPE(value, reinterpret_cast<PyTypeObject*>(state().Atom))) {
    rsp_atom atom;
    const rsp_result result = rsp_atom_intern(&atom, text, static_cast<size_t>(length));
    if (result == RSP_EINVAL && conversion.in_reason) return repr_of(value, out, conversion);
    if (result == RSP_EINVAL) return refuse(conversion.no_term, "is longer than an atom can be");
    if (result == RSP_ELIMIT) return refuse(conversion.no_term, "is one atom too many");
    if (result == RSP_OK) *out = rsp_term_atom(atom);
    return from_result(result, conversion);
  }
  return from_result(rsp_term_string(out, text, static_cast<size_t>(length)), conversion);
}

Converted no_term_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  if (conversion.in_reason) return repr_of(value, out, conversion);
  return refuse(conversion.no_term, "is a " + type_name(value) + ", which no term can hold");
}

Converted int_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  int overflow;
  const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow == 0) {
    if (number == -1 && PyErr_Occurred() != nullptr) return Converted::FAILED;
    *out = rsp_term_int(number);
    return Converted::OK;
  }
  if (conversion.in_reason) return repr_of(value, out, conversion);
  return refuse(conversion.no_term, "is an int that needs more than 64 bits");
}

Converted sequence_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  const bool is_tuple = PyTuple_Check(value);
  const Py_ssize_t count = Py_SIZE(value);
  Terms elements(static_cast<size_t>(count));
  for (Py_ssize_t i = 0; i < count && i < Py_SIZE(value); ++i) {
    // A list may change while a repr runs: hold the element.
    const py::object element = borrow(is_tuple ? PyTuple_GET_ITEM(value, i) : PyList_GET_ITEM(value, i));
    rsp_term term;
    const Converted converted = convert(element.ptr(), &term, conversion);
    if (converted == Converted::NO_TERM) {
      conversion.no_term->path.insert(0, '[' + std::to_string(i) + ']');
    }
    if (converted != Converted::OK) return converted;
    elements.add(term);
  }
  const auto build = is_tuple ? &rsp_term_tuple : &rsp_term_list;
  return from_result(build(out, elements.data(), elements.size()), conversion);
}

Converted map_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  const py::object items = steal(PyDict_Items(value));  // a copy: a repr may change the dict
  if (!items) return Converted::FAILED;
  const Py_ssize_t count = PyList_GET_SIZE(items.ptr());
  Terms parts(static_cast<size_t>(count) * 2);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const item = PyList_GET_ITEM(items.ptr(), i);
    rsp_term term;
    Converted converted = convert(PyTuple_GET_ITEM(item, 0), &term, conversion);
    if (converted == Converted::OK) {
      parts.add(term);
      converted = convert(PyTuple_GET_ITEM(item, 1), &term, conversion);
    }
    if (converted == Converted::NO_TERM) {
      const py::object key = steal(PyObject_Repr(PyTuple_GET_ITEM(item, 0)));
      const char* const text = key ? PyUnicode_AsUTF8(key.ptr()) : nullptr;
      if (text == nullptr) PyErr_Clear();
      conversion.no_term->path.insert(0, '[' + std::string(text == nullptr ? "?" : text) + ']');
    }
    if (converted != Converted::OK) return converted;
    parts.add(term);
  }
  static_assert(sizeof(rsp_term_pair) == 2 * sizeof(rsp_term));
  std::vector<rsp_term_pair> pairs(static_cast<size_t>(count));
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {parts.data()[2 * i], parts.data()[2 * i + 1]};
  return from_result(rsp_term_map(out, pairs.data(), pairs.size()), conversion);
}

Converted container_of(PyObject* value, rsp_term* out, const Conversion& conversion) {
  if (Py_EnterRecursiveCall(" while converting a value to a term") != 0) return Converted::FAILED;
  const Converted converted =
      PyDict_Check(value) ? map_of(value, out, conversion) : sequence_of(value, out, conversion);
  Py_LeaveRecursiveCall();
  return converted;
}

Converted convert(PyObject* value, rsp_term* out, const Conversion& conversion) {
  if (value == Py_None) {
    *out = rsp_term_nil();
    return Converted::OK;
  }
  if (PyBool_Check(value)) {
    *out = rsp_term_bool(value == Py_True);
    return Converted::OK;
  }
  if (PyLong_Check(value)) return int_of(value, out, conversion);
  if (PyUnicode_Check(value)) return text_of(value, out, conversion);
  if (PyFloat_Check(value)) {
    *out = rsp_term_float(PyFloat_AS_DOUBLE(value));
    return Converted::OK;
  }
  if (PyTuple_Check(value) || PyList_Check(value) || PyDict_Check(value)) {
    return container_of(value, out, conversion);
  }
  if (PyBytes_Check(value)) {
    return from_result(rsp_term_binary(out, PyBytes_AS_STRING(value), static_cast<size_t>(Py_SIZE(value))),
                       conversion);
  }
  if (PyByteArray_Check(value)) {
    return from_result(
        rsp_term_binary(out, PyByteArray_AS_STRING(value), static_cast<size_t>(Py_SIZE(value))), conversion);
  }
  if (is_pid(value)) {
    *out = rsp_term_pid(pid_value(value));
    return Converted::OK;
  }
  if (is_ref(value)) return from_result(rsp_term_ref(out, ref_value(value)), conversion);
  return no_term_of(value, out, conversion);
}

// ---- Reasons ----

constexpr std::array<std::string_view, 14> REASONS{
    "normal",      "shutdown", "kill",         "killed", "noproc", "timeout",      "interrupt",
    "exit_status", "nocatch",  "system_limit", "badarg", "ignore", "calling_self", "already_started"};

bool is_reason_word(PyObject* value) {
  if (!PyUnicode_CheckExact(value)) return false;
  Py_ssize_t length;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &length);
  if (text == nullptr) {
    PyErr_Clear();
    return false;
  }
  for (const std::string_view word : REASONS) {
    if (word == std::string_view(text, static_cast<size_t>(length))) return true;
  }
  return false;
}

PyObject* as_atom(PyObject* text) { return PyObject_CallOneArg(state().Atom, text); }

/** The value with an atom in the place where a reason has its word. */
py::object with_atom(PyObject* value) {
  if (is_reason_word(value)) return steal(as_atom(value));
  if (!PyTuple_CheckExact(value) || PyTuple_GET_SIZE(value) == 0) return borrow(value);
  if (!is_reason_word(PyTuple_GET_ITEM(value, 0))) return borrow(value);
  const py::object atom = steal(as_atom(PyTuple_GET_ITEM(value, 0)));
  if (!atom) return atom;
  const py::object rest = steal(PyTuple_GetSlice(value, 1, PyTuple_GET_SIZE(value)));
  const py::object first = steal(PyTuple_Pack(1, atom.ptr()));
  if (!rest || !first) return py::object();
  return steal(PySequence_Concat(first.ptr(), rest.ptr()));
}

// ---- Terms to Python ----

/** The Atom of a number: made once. */
PyObject* new_atom(rsp_atom atom) {
  static auto* const known = new std::unordered_map<uint32_t, PyObject*>;
  if (const auto found = known->find(atom.id); found != known->end()) return Py_NewRef(found->second);
  const char* text;
  size_t length;
  if (rsp_atom_name(&text, &length, atom) != RSP_OK) {
    PyErr_SetString(PyExc_SystemError, "an atom without a name");
    return nullptr;
  }
  const py::object name = steal(PyUnicode_DecodeUTF8(text, static_cast<Py_ssize_t>(length), nullptr));
  if (!name) return nullptr;
  PyObject* const object = as_atom(name.ptr());
  if (object != nullptr) known->emplace(atom.id, Py_NewRef(object));
  return object;
}

PyObject* python_of(rsp_term term, bool hashable);

PyObject* python_sequence(rsp_term term, bool as_tuple, bool hashable) {
  size_t size = 0;
  if (rsp_term_size(&size, term) != RSP_OK) size = 0;
  const Py_ssize_t count = static_cast<Py_ssize_t>(size);
  py::object made = steal(as_tuple ? PyTuple_New(count) : PyList_New(count));
  if (!made) return nullptr;
  for (size_t i = 0; i < size; ++i) {
    rsp_term part{0, 0};
    (void)!rsp_term_element(&part, term, i);
    PyObject* const element = python_of(part, hashable);
    if (element == nullptr) return nullptr;
    if (as_tuple) {
      PyTuple_SET_ITEM(made.ptr(), static_cast<Py_ssize_t>(i), element);
    } else {
      PyList_SET_ITEM(made.ptr(), static_cast<Py_ssize_t>(i), element);
    }
  }
  return made.release().ptr();
}

PyObject* python_map(rsp_term term, bool hashable) {
  size_t size = 0;
  if (rsp_term_size(&size, term) != RSP_OK) size = 0;
  py::object made = steal(PyDict_New());
  if (!made) return nullptr;
  for (size_t i = 0; i < size; ++i) {
    rsp_term key_term{0, 0};
    rsp_term value_term{0, 0};
    (void)!rsp_term_map_pair(&key_term, &value_term, term, i);
    const py::object key = steal(python_of(key_term, true));
    const py::object value = key ? steal(python_of(value_term, hashable)) : py::object();
    if (!value || PyDict_SetItem(made.ptr(), key.ptr(), value.ptr()) != 0) return nullptr;
  }
  if (!hashable) return made.release().ptr();
  const py::object items = steal(PyDict_Items(made.ptr()));
  return items ? PySequence_Tuple(items.ptr()) : nullptr;
}

PyObject* python_container(rsp_term term, rsp_kind kind, bool hashable) {
  if (Py_EnterRecursiveCall(" while converting a term") != 0) return nullptr;
  PyObject* const made = kind == RSP_KIND_MAP
                             ? python_map(term, hashable)
                             : python_sequence(term, kind == RSP_KIND_TUPLE || hashable, hashable);
  Py_LeaveRecursiveCall();
  return made;
}

template <class Value, class Reader>
Value read(rsp_term term, Reader reader) {
  Value value{};
  (void)!reader(&value, term);  // the kind was looked at
  return value;
}

PyObject* python_bytes(rsp_term term, bool is_text) {
  const char* bytes = "";
  size_t length = 0;
  (void)!rsp_term_get_bytes(&bytes, &length, term);
  if (is_text) return PyUnicode_DecodeUTF8(bytes, static_cast<Py_ssize_t>(length), nullptr);
  return PyBytes_FromStringAndSize(bytes, static_cast<Py_ssize_t>(length));
}

/** `hashable`: as the key of a dict, where lists and maps are tuples. */
PyObject* python_of(rsp_term term, bool hashable) {
  const rsp_kind kind = rsp_term_kind(term);
  switch (kind) {
    case RSP_KIND_NIL:
      Py_RETURN_NONE;
    case RSP_KIND_BOOL:
      return PyBool_FromLong(read<bool>(term, &rsp_term_get_bool));
    case RSP_KIND_INT:
      return PyLong_FromLongLong(read<int64_t>(term, &rsp_term_get_int));
    case RSP_KIND_FLOAT:
      return PyFloat_FromDouble(read<double>(term, &rsp_term_get_float));
    case RSP_KIND_ATOM:
      return new_atom(read<rsp_atom>(term, &rsp_term_get_atom));
    case RSP_KIND_PID:
      return new_pid(read<rsp_pid>(term, &rsp_term_get_pid));
    case RSP_KIND_REF:
      return new_ref(read<rsp_ref>(term, &rsp_term_get_ref));
    case RSP_KIND_BINARY:
      return python_bytes(term, false);
    case RSP_KIND_STRING:
      return python_bytes(term, true);
    case RSP_KIND_TUPLE:
    case RSP_KIND_LIST:
    case RSP_KIND_MAP:
      return python_container(term, kind, hashable);
    case RSP_KIND_INVALID:
      break;
  }
  PyErr_SetString(PyExc_SystemError, "a value that is no term");
  return nullptr;
}

}  // namespace

Converted try_term(PyObject* value, rsp_term* out, NoTerm* no_term) {
  return convert(value, out, Conversion{no_term, false});
}

bool to_term(PyObject* value, const char* what, rsp_term* out) {
  NoTerm no_term;
  const Converted converted = try_term(value, out, &no_term);
  if (converted == Converted::NO_TERM) {
    PyErr_Format(PyExc_TypeError, "%s%s %s", what, no_term.path.c_str(), no_term.why.c_str());
  }
  return converted == Converted::OK;
}

bool to_reason(PyObject* value, rsp_term* out) {
  const py::object reason = with_atom(value);
  if (!reason) return false;
  NoTerm no_term;
  const Conversion conversion{&no_term, true};
  Converted converted = convert(reason.ptr(), out, conversion);
  if (converted == Converted::FAILED && PyErr_ExceptionMatches(PyExc_RecursionError)) {
    PyErr_Clear();
    converted = repr_of(reason.ptr(), out, conversion);
  }
  if (converted == Converted::NO_TERM) {
    PyErr_Format(PyExc_ValueError, "the reason%s %s", no_term.path.c_str(), no_term.why.c_str());
  }
  return converted == Converted::OK;
}

PyObject* from_term(rsp_term term) { return python_of(term, false); }

PyObject* join_args(PyObject* args, rsp_term more) {
  if (rsp_term_kind(more) != RSP_KIND_LIST) return Py_NewRef(args);
  const py::object list = steal(from_term(more));
  const py::object tuple = list ? steal(PySequence_Tuple(list.ptr())) : py::object();
  return tuple ? PySequence_Concat(args, tuple.ptr()) : nullptr;
}

bool to_name(PyObject* value, rsp_atom* out) {
  if (!PyUnicode_Check(value)) {
    PyErr_Format(PyExc_TypeError, "a name is a str, not %.100s", Py_TYPE(value)->tp_name);
    return false;
  }
  Py_ssize_t length;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &length);
  if (text == nullptr) return false;
  PyObject* const badarg = state().BadArgument;
  if (length == 0) {
    PyErr_SetString(badarg, "a name has at least one character");
    return false;
  }
  const rsp_result result = rsp_atom_intern(out, text, static_cast<size_t>(length));
  if (result == RSP_ENOMEM) PyErr_NoMemory();
  if (result == RSP_ELIMIT)
    PyErr_SetString(state().SystemLimit, "there are too many different names and atoms");
  if (result == RSP_EINVAL) PyErr_Format(badarg, "a name has at most 255 characters: %.40U...", value);
  if (result == RSP_OK && out->id == 0) {
    PyErr_SetString(badarg, "'undefined' is no name: it means that there is none");
    return false;
  }
  return result == RSP_OK;
}

rsp_atom atom_of(const char* text) {
  rsp_atom atom{0};
  (void)!rsp_atom_intern(&atom, text, std::strlen(text));
  return atom;
}

rsp_term atom_term(const char* text) { return rsp_term_atom(atom_of(text)); }

}  // namespace rsp::python
