#include "python/native/applications.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/payload.hpp"
#include "python/native/specs.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "resprout/application.h"

namespace rsp::python {
namespace {

/** Raises the ApplicationError of an application: `name` is a value of Python. */
void raise_failure(rsp_result result, rsp_term reason, PyObject* name) {
  if (result == RSP_ESPEC) return raise_start_failure(result, reason);
  if (result != RSP_EEXITED && result != RSP_ETIMEDOUT) return raise_result(result);
  const py::object why = steal(from_term(result == RSP_ETIMEDOUT ? atom_term("timeout") : reason));
  if (!why) return;
  const py::object error =
      steal(PyObject_CallFunctionObjArgs(state().ApplicationError, why.ptr(), name, nullptr));
  if (error) PyErr_SetObject(state().ApplicationError, error.ptr());
}

/** A call about the application `name`. */
class Question {
 public:
  explicit Question(const py::object& name) : name_(name) {
    if (!to_name(name.ptr(), &atom_)) throw py::error_already_set();
    asker_ = caller();
    if (asker_ == nullptr) throw py::error_already_set();
  }

  rsp_atom name() const { return atom_; }
  rsp_term error() const { return error_.get(); }

  /** Runs `call(self, error_out)` as a wait of the asker. A signal handler that has raised meanwhile comes before what the call
   * came to. */
  template <class Call>
  rsp_result wait_for(Call&& call) {
    rsp_result result = RSP_OK;
    {
      const Wait wait(*asker_);
      result = call(asker_->self, error_.out());
    }
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    return result;
  }

  /** The same for a call that must succeed. */
  template <class Call>
  void ask(Call&& call) {
    const rsp_result result = wait_for(std::forward<Call>(call));
    if (result == RSP_OK) return;
    raise_failure(result, error_.get(), name_.ptr());
    throw py::error_already_set();
  }

 private:
  const py::object& name_;
  rsp_atom atom_{0};
  PyProcess* asker_ = nullptr;
  OwnedTerm error_;
};

uint64_t milliseconds(const py::object& timeout) {
  uint64_t ms = 0;
  if (!to_timeout_ms(timeout.ptr(), &ms)) throw py::error_already_set();
  return ms;
}

/** load_application(spec) */
void load_application(const py::dict& spec) {
  const py::object name = spec["name"];
  Question question(name);
  Specs specs;
  const rsp_application_spec raw = specs.application(spec);
  question.ask([&](rsp_self* self, rsp_term* error) {
    const rsp_result result = rsp_application_load(self, error, &raw);
    if (result != RSP_EINVAL) specs.hand_over();
    return result;
  });
}

/** unload_application(name) */
void unload_application(const py::object& name) {
  Question question(name);
  question.ask(
      [&](rsp_self* self, rsp_term* error) { return rsp_application_unload(self, error, question.name()); });
}

/** start_application(name, kind, timeout) */
void start_application(const py::object& name, int kind, const py::object& timeout) {
  const uint64_t timeout_ms = milliseconds(timeout);
  Question question(name);
  question.ask([&](rsp_self* self, rsp_term* error) {
    return rsp_application_start(self, error, question.name(), static_cast<rsp_application_type>(kind),
                                 timeout_ms);
  });
}

/** Of ensure_all_started the reason is {Name, Reason}: the one that did not start. */
[[noreturn]] void raise_not_all_started(rsp_result result, const Question& question, const py::object& name) {
  rsp_term which{0, 0};
  rsp_term why{0, 0};
  const bool names_one = result == RSP_EEXITED && rsp_term_element(&which, question.error(), 0) == RSP_OK &&
                         rsp_term_element(&why, question.error(), 1) == RSP_OK;
  const py::object failed = names_one ? steal(from_term(which)) : name;
  if (failed) raise_failure(result, names_one ? why : question.error(), failed.ptr());
  throw py::error_already_set();
}

/** ensure_all_started(name, kind, timeout) -> [name] */
py::object ensure_all_started(const py::object& name, int kind, const py::object& timeout) {
  const uint64_t timeout_ms = milliseconds(timeout);
  Question question(name);
  OwnedTerm started;
  const rsp_result result = question.wait_for([&](rsp_self* self, rsp_term* error) {
    return rsp_application_ensure_all_started(self, started.out(), error, question.name(),
                                              static_cast<rsp_application_type>(kind), timeout_ms);
  });
  if (result != RSP_OK) raise_not_all_started(result, question, name);
  return steal(from_term(started.get()));
}

/** stop_application(name, timeout) */
void stop_application(const py::object& name, const py::object& timeout) {
  const uint64_t timeout_ms = milliseconds(timeout);
  Question question(name);
  question.ask([&](rsp_self* self, rsp_term* error) {
    return rsp_application_stop(self, error, question.name(), timeout_ms);
  });
}

using AskAll = rsp_result (*)(rsp_self*, rsp_term*);

py::object ask_for(AskAll ask) {
  PyProcess* const asker = caller();
  if (asker == nullptr) throw py::error_already_set();
  OwnedTerm answer;
  rsp_result result = RSP_OK;
  {
    const Wait wait(*asker);
    result = ask(asker->self, answer.out());
  }
  if (PyErr_Occurred() != nullptr || !check(result)) throw py::error_already_set();
  return steal(from_term(answer.get()));
}

/** which_applications() -> [(name, type)] */
py::object which_applications() { return ask_for(&rsp_application_which); }

/** loaded_applications() -> [name] */
py::object loaded_applications() { return ask_for(&rsp_application_loaded); }

rsp_next run_callback(rsp_self* self, PyObject* function) {
  PyProcess process;
  process.pid = rsp_self_pid(self);
  add_python_process(process.pid);
  rsp_next next = RSP_NEXT_CONTINUE;
  {
    const Turn turn(process, self);
    const py::object result = steal(PyObject_CallNoArgs(function));
    if (!result) next = raise_in_process(self);
  }
  remove_python_process(process.pid);
  return next;
}

}  // namespace

rsp_next run_prep_stop(rsp_self* self, void* ctx) {
  return run_callback(self, PyTuple_GET_ITEM(static_cast<Payload*>(ctx)->object, 0));
}

rsp_next run_stop(rsp_self* self, void* ctx) {
  return run_callback(self, PyTuple_GET_ITEM(static_cast<Payload*>(ctx)->object, 1));
}

void add_applications(py::module_& module) {
  module.def("load_application", &load_application, py::arg("spec"));
  module.def("unload_application", &unload_application, py::arg("name"));
  module.def("start_application", &start_application, py::arg("name"), py::arg("kind"), py::arg("timeout"));
  module.def("ensure_all_started", &ensure_all_started, py::arg("name"), py::arg("kind"), py::arg("timeout"));
  module.def("stop_application", &stop_application, py::arg("name"), py::arg("timeout"));
  module.def("which_applications", &which_applications);
  module.def("loaded_applications", &loaded_applications);
}

}  // namespace rsp::python
