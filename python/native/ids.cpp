#include "python/native/ids.hpp"

#include <array>
#include <cstdio>
#include <string>

#include "python/native/state.hpp"

namespace rsp::python {
namespace {

struct PidObject {
  PyObject_HEAD rsp_pid pid;
};

struct RefObject {
  PyObject_HEAD rsp_ref ref;
};

PyTypeObject* g_pid_type = nullptr;
PyTypeObject* g_ref_type = nullptr;

void dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

Py_hash_t mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51'afd7'ed55'8ccdULL;
  value ^= value >> 33;
  const Py_hash_t hash = static_cast<Py_hash_t>(value);
  return hash == -1 ? -2 : hash;
}

PyObject* ordered(int order, int operation) { Py_RETURN_RICHCOMPARE(order, 0, operation); }

template <class Value>
int order_of(Value a, Value b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// ---- Pid ----

PyObject* pid_repr(PyObject* self) {
  const rsp_pid pid = pid_value(self);
  char text[64];
  std::snprintf(text, sizeof text, "<%u.%u.%u>", pid.node, static_cast<uint32_t>(pid.id),
                static_cast<uint32_t>(pid.id >> 32));
  return PyUnicode_FromString(text);
}

Py_hash_t pid_hash(PyObject* self) {
  const rsp_pid pid = pid_value(self);
  return mix(pid.id ^ (uint64_t{pid.node} << 48) ^ pid.creation);
}

int compare(rsp_pid a, rsp_pid b) {
  if (const int order = order_of(a.node, b.node)) return order;
  if (const int order = order_of(a.creation, b.creation)) return order;
  return order_of(a.id, b.id);
}

PyObject* pid_compare(PyObject* a, PyObject* b, int operation) {
  if (!is_pid(a) || !is_pid(b)) Py_RETURN_NOTIMPLEMENTED;
  return ordered(compare(pid_value(a), pid_value(b)), operation);
}

PyObject* module_function(const char* name) {
  const py::object module = steal(PyImport_ImportModule("resprout._native"));
  return module ? PyObject_GetAttrString(module.ptr(), name) : nullptr;
}

PyObject* pid_reduce(PyObject* self, PyObject*) {
  const rsp_pid pid = pid_value(self);
  PyObject* const maker = module_function("_pid");
  if (maker == nullptr) return nullptr;
  return Py_BuildValue("N(KII)", maker, static_cast<unsigned long long>(pid.id), pid.node, pid.creation);
}

PyObject* itself(PyObject* self, PyObject*) { return Py_NewRef(self); }

std::array<PyMethodDef, 4> g_pid_methods{{
    {"__reduce__", &pid_reduce, METH_NOARGS, nullptr},
    {"__copy__", &itself, METH_NOARGS, nullptr},
    {"__deepcopy__", &itself, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
}};

constexpr const char* PID_DOC =
    "The identity of one incarnation of one process. Immutable, hashable, comparable, picklable.\n\n"
    "A pid outlives its process: sending to it then does nothing, and no other process ever gets it.";

// ---- Ref ----

PyObject* ref_repr(PyObject* self) {
  const rsp_ref& ref = ref_value(self);
  std::string text = "<ref " + std::to_string(ref.node);
  for (uint32_t i = 0; i < ref.len; ++i) text += '.' + std::to_string(ref.words[i]);
  text += '>';
  return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

Py_hash_t ref_hash(PyObject* self) {
  const rsp_ref& ref = ref_value(self);
  uint64_t mixed = ref.node;
  for (uint32_t i = 0; i < ref.len; ++i) mixed = mixed * 1'000'003 + ref.words[i];
  return mix(mixed);
}

int compare(const rsp_ref& a, const rsp_ref& b) {
  if (const int order = order_of(a.node, b.node)) return order;
  if (const int order = order_of(a.creation, b.creation)) return order;
  if (const int order = order_of(a.len, b.len)) return order;
  for (uint32_t i = 0; i < a.len; ++i) {
    if (const int order = order_of(a.words[i], b.words[i])) return order;
  }
  return 0;
}

PyObject* ref_compare(PyObject* a, PyObject* b, int operation) {
  if (!is_ref(a) || !is_ref(b)) Py_RETURN_NOTIMPLEMENTED;
  return ordered(compare(ref_value(a), ref_value(b)), operation);
}

PyObject* ref_reduce(PyObject* self, PyObject*) {
  const rsp_ref& ref = ref_value(self);
  PyObject* const maker = module_function("_ref");
  if (maker == nullptr) return nullptr;
  return Py_BuildValue("N(II(IIIII)I)", maker, ref.node, ref.creation, ref.words[0], ref.words[1],
                       ref.words[2], ref.words[3], ref.words[4], ref.len);
}

std::array<PyMethodDef, 4> g_ref_methods{{
    {"__reduce__", &ref_reduce, METH_NOARGS, nullptr},
    {"__copy__", &itself, METH_NOARGS, nullptr},
    {"__deepcopy__", &itself, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
}};

constexpr const char* REF_DOC =
    "A value that is unique in the run: names a monitor, an alias, a timer or a request. Immutable, "
    "hashable,\ncomparable, picklable.";

template <class Function>
PyType_Slot slot(int id, Function* function) {
  return {id, reinterpret_cast<void*>(function)};
}

template <size_t COUNT>
PyTypeObject* make_type(py::module_& module, const char* name, int size,
                        std::array<PyType_Slot, COUNT> slots) {
  PyType_Spec spec{name, size, 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots.data()};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  if (PyModule_AddObjectRef(module.ptr(), std::string(name).substr(std::string(name).rfind('.') + 1).c_str(),
                            type) != 0) {
    throw py::error_already_set();
  }
  return reinterpret_cast<PyTypeObject*>(type);  // kept for ever: pids may be in the runtime's hands
}

}  // namespace

void add_ids(py::module_& module) {
  g_pid_type = make_type(
      module, "resprout.Pid", sizeof(PidObject),
      std::array{slot(Py_tp_dealloc, &dealloc), slot(Py_tp_repr, &pid_repr), slot(Py_tp_hash, &pid_hash),
                 slot(Py_tp_richcompare, &pid_compare), PyType_Slot{Py_tp_methods, g_pid_methods.data()},
                 PyType_Slot{Py_tp_doc, const_cast<char*>(PID_DOC)}, PyType_Slot{0, nullptr}});
  g_ref_type = make_type(
      module, "resprout.Ref", sizeof(RefObject),
      std::array{slot(Py_tp_dealloc, &dealloc), slot(Py_tp_repr, &ref_repr), slot(Py_tp_hash, &ref_hash),
                 slot(Py_tp_richcompare, &ref_compare), PyType_Slot{Py_tp_methods, g_ref_methods.data()},
                 PyType_Slot{Py_tp_doc, const_cast<char*>(REF_DOC)}, PyType_Slot{0, nullptr}});
  module.def(
      "_pid",
      [](uint64_t id, uint32_t node, uint32_t creation) {
        return steal(new_pid({id, node, creation}));
      },
      "What a pickled Pid becomes again.");
  module.def(
      "_ref",
      [](uint32_t node, uint32_t creation, const py::tuple& words, uint32_t len) {
        rsp_ref ref{node, creation, {}, len};
        if (len > 5 || words.size() != 5) throw py::value_error("no reference");
        for (size_t i = 0; i < 5; ++i) ref.words[i] = words[i].cast<uint32_t>();
        return steal(new_ref(ref));
      },
      "What a pickled Ref becomes again.");
}

PyObject* new_pid(rsp_pid pid) {
  PidObject* const object = PyObject_New(PidObject, g_pid_type);
  if (object != nullptr) object->pid = pid;
  return reinterpret_cast<PyObject*>(object);
}

PyObject* new_ref(const rsp_ref& ref) {
  RefObject* const object = PyObject_New(RefObject, g_ref_type);
  if (object != nullptr) object->ref = ref;
  return reinterpret_cast<PyObject*>(object);
}

bool is_pid(PyObject* object) { return Py_IS_TYPE(object, g_pid_type); }
bool is_ref(PyObject* object) { return Py_IS_TYPE(object, g_ref_type); }

rsp_pid pid_value(PyObject* object) { return reinterpret_cast<PidObject*>(object)->pid; }
const rsp_ref& ref_value(PyObject* object) { return reinterpret_cast<RefObject*>(object)->ref; }

bool get_pid(PyObject* object, rsp_pid* out) {
  if (!is_pid(object)) {
    PyErr_Format(PyExc_TypeError, "a Pid is needed, not %.100s", Py_TYPE(object)->tp_name);
    return false;
  }
  *out = pid_value(object);
  if (out->id != 0 && out->node == 0 && out->creation == 0) return true;
  PyErr_Format(state().BadArgument, "%R is no process of this OS process", object);
  return false;
}

bool get_ref(PyObject* object, rsp_ref* out) {
  if (!is_ref(object)) {
    PyErr_Format(PyExc_TypeError, "a Ref is needed, not %.100s", Py_TYPE(object)->tp_name);
    return false;
  }
  *out = ref_value(object);
  return true;
}

}  // namespace rsp::python
