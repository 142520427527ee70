#include "python/native/start_function.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/payload.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

bool is_a(const py::object& object, PyObject* type) { return PyObject_IsInstance(object.ptr(), type) == 1; }

bool fail_with(rsp_start_action action, const py::object& reason, rsp_start_return* ret) {
  ret->action = action;
  return reason && to_reason(reason.ptr(), &ret->reason);
}

/** The attribute `reason`; none: an error is set. */
py::object reason_of(const py::object& object) {
  return steal(PyObject_GetAttrString(object.ptr(), "reason"));
}

/** What a failed start_link in the function has raised is what that tells. False: an error is set. */
bool read_raised(rsp_start_return* ret) {
  if (PyErr_ExceptionMatches(state().StartIgnored) != 0) {
    PyErr_Clear();
    ret->action = RSP_START_IGNORE;
    return true;
  }
  if (PyErr_ExceptionMatches(state().StartError) == 0) return false;
  PyObject* type;
  PyObject* value;
  PyObject* trace;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  const py::object owned[] = {steal(type), steal(value), steal(trace)};
  return fail_with(RSP_START_ERROR, reason_of(owned[1]), ret);
}

bool read_result(const py::object& result, rsp_start_return* ret) {
  if (is_pid(result.ptr())) {
    ret->pid = pid_value(result.ptr());
    return true;
  }
  if (is_a(result, state().Started)) {
    PyObject* const child = PyTuple_GET_ITEM(result.ptr(), 0);
    if (!is_pid(child)) return fail_with(RSP_START_BAD_RETURN, result, ret);
    ret->pid = pid_value(child);
    PyObject* const info = PyTuple_GET_ITEM(result.ptr(), 1);
    return info == Py_None || to_term(info, "info", &ret->info);
  }
  if (is_a(result, state().Ignore)) {
    ret->action = RSP_START_IGNORE;
    return true;
  }
  if (is_a(result, state().Fail) || is_a(result, state().Stop))
    return fail_with(RSP_START_ERROR, reason_of(result), ret);
  return fail_with(RSP_START_BAD_RETURN, result, ret);
}

bool run(PyObject* spec, rsp_term more, rsp_start_return* ret) {
  const py::object args = steal(join_args(PyTuple_GET_ITEM(spec, 1), more));
  if (!args) return false;
  const py::object result =
      steal(PyObject_Call(PyTuple_GET_ITEM(spec, 0), args.ptr(), PyTuple_GET_ITEM(spec, 2)));
  return result ? read_result(result, ret) : read_raised(ret);
}

}  // namespace

rsp_next run_start_function(rsp_self* self, void* ctx, rsp_term more, rsp_start_return* ret) {
  PyProcess process;
  process.pid = rsp_self_pid(self);
  add_python_process(process.pid);
  rsp_next next = RSP_NEXT_CONTINUE;
  {
    const Turn turn(process, self);
    if (!run(static_cast<Payload*>(ctx)->object, more, ret)) next = raise_in_process(self);
  }
  remove_python_process(process.pid);
  return next;
}

}  // namespace rsp::python
