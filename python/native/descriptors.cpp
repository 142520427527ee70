// select, cancel_select: descriptors as messages.
#include "python/native/descriptors.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/state.hpp"

namespace rsp::python {
namespace {

PyObject* select_descriptor(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "select takes 2 arguments");
    return nullptr;
  }
  const int fd = PyObject_AsFileDescriptor(args[0]);
  if (fd < 0) return nullptr;
  const long mode = PyLong_AsLong(args[1]);
  if (mode == -1 && PyErr_Occurred() != nullptr) return nullptr;
  const PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  rsp_ref ref;
  const rsp_result result = rsp_select(self->self, &ref, fd, static_cast<uint32_t>(mode));
  if (result == RSP_EALREADY) {
    PyErr_Format(
        state().BadArgument,
        "badarg: descriptor %d is registered for this direction already: receive its DescriptorReady, "
        "or cancel_select it, first",
        fd);
    return nullptr;
  }
  if (result == RSP_EINVAL) {
    PyErr_Format(
        state().BadArgument,
        "badarg: descriptor %d is not open, or is always ready, as a regular file is: it can be read at "
        "once",
        fd);
    return nullptr;
  }
  return check(result) ? new_ref(ref) : nullptr;
}

PyObject* cancel_select(PyObject*, PyObject* arg) {
  rsp_ref ref;
  if (!get_ref(arg, &ref)) return nullptr;
  const PyProcess* const self = caller();
  bool active;
  if (self == nullptr || !check(rsp_cancel_select(self->self, &active, ref))) return nullptr;
  return PyBool_FromLong(active);
}

PyMethodDef g_functions[] = {
    {"select", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&select_descriptor)), METH_FASTCALL,
     "select(descriptor, mode)"},
    {"cancel_select", &cancel_select, METH_O,
     "cancel_select(ref)\n"
     "\n"
     "End a registration of the caller's: no DescriptorReady of it is received from here on, also none that "
     "waits in the\n"
     "mailbox. Returns whether the descriptor was not ready yet.\n"
     "\n"
     "Does not block."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void add_descriptors(py::module_& module) {
  if (PyModule_AddFunctions(module.ptr(), g_functions) != 0) throw py::error_already_set();
}

}  // namespace rsp::python
