#include "python/native/sys.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/messages.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"
#include "resprout/sys.h"

namespace rsp::python {
namespace {

/** Runs `ask(self, answer_out, reason_out, dest, timeout_ms)` as a call that waits, of what is called `name`. */
template <class Ask>
py::object ask(const char* name, const py::object& dest, const py::object& timeout, Ask&& ask) {
  uint64_t timeout_ms;
  if (!to_timeout_ms(timeout.ptr(), &timeout_ms)) throw py::error_already_set();
  PyProcess* const self = caller();
  Target to;
  if (self == nullptr || !get_target(dest.ptr(), &to)) throw py::error_already_set();
  if (to.is_alias) {
    PyErr_SetString(PyExc_TypeError, "a Pid, a name or a Via is needed");
    throw py::error_already_set();
  }
  OwnedTerm answer;
  OwnedTerm failure;
  rsp_result result;
  {
    const WaitingFor edge(*self, to.pid);
    const Wait wait(*self);
    result = ask(self->self, answer.out(), failure.out(), to.pid, timeout_ms);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();  // of a signal handler
  if (result == RSP_OK) return steal(from_term(answer.get()));
  raise_call_failure(result, failure.get(), dest.ptr(), py::str(name).ptr(), timeout.ptr());
  throw py::error_already_set();
}

/** sys_get_status(dest, timeout) -> {"pid": Pid, "behaviour": ..., "module": ..., ...} */
py::object get_status(const py::object& dest, const py::object& timeout) {
  return ask("get_status", dest, timeout, &rsp_sys_get_status);
}

/** sys_get_state(dest, timeout) -> what it says of its state */
py::object get_state(const py::object& dest, const py::object& timeout) {
  return ask("get_state", dest, timeout, &rsp_sys_get_state);
}

/** sys_trace(dest, on, timeout) */
void trace(const py::object& dest, bool on, const py::object& timeout) {
  (void)ask(on ? "trace" : "no_trace", dest, timeout,
            [on](rsp_self* self, rsp_term*, rsp_term* reason, rsp_pid to, uint64_t timeout_ms) {
              return rsp_sys_trace(self, reason, to, on, timeout_ms);
            });
}

}  // namespace

void add_sys(py::module_& module) {
  module.def("sys_get_status", &get_status, py::arg("dest"), py::arg("timeout"));
  module.def("sys_get_state", &get_state, py::arg("dest"), py::arg("timeout"));
  module.def("sys_trace", &trace, py::arg("dest"), py::arg("on"), py::arg("timeout"));
}

}  // namespace rsp::python
