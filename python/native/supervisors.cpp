#include "python/native/supervisors.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/specs.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

/** A call of a supervisor: who makes it, whom it asks, and how long it waits. */
class Question {
 public:
  Question(const py::object& supervisor, const py::object& timeout)
      : supervisor_(supervisor), timeout_(timeout) {
    if (!get_pid(supervisor.ptr(), &target_) || !to_timeout_ms(timeout.ptr(), &timeout_ms_))
      throw py::error_already_set();
    asker_ = caller();
    if (asker_ == nullptr) throw py::error_already_set();
  }

  /** Runs `call(self, supervisor, timeout_ms)` as a wait of the asker. */
  template <class Call>
  rsp_result wait_for(Call&& call) const {
    const Wait wait(*asker_);
    return call(asker_->self, target_, timeout_ms_);
  }

  /** It came to nothing because the supervisor is not there, ended or does not answer: `failure` says why. */
  [[noreturn]] void raise_failure(rsp_result result, rsp_term failure, const py::object& request) const {
    raise_call_failure(result, failure, supervisor_.ptr(), request.ptr(), timeout_.ptr());
    throw py::error_already_set();
  }
  /** The same, without more to go by. */
  [[noreturn]] void raise_failure(rsp_result result, const py::object& request) const {
    raise_failure(result, atom_term(result == RSP_ETIMEDOUT ? "timeout" : "noproc"), request);
  }

  rsp_pid target() const { return target_; }
  const py::object& supervisor() const { return supervisor_; }

 private:
  const py::object& supervisor_;
  const py::object& timeout_;
  rsp_pid target_;
  uint64_t timeout_ms_ = 0;
  PyProcess* asker_ = nullptr;
};

/** A signal handler that has raised while the call waited comes before what the call came to. */
bool is_ok(rsp_result result) {
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return result == RSP_OK;
}

// ---- About all children ----

using AskAll = rsp_result (*)(rsp_self*, rsp_term*, rsp_pid, uint64_t);

py::object ask_for(AskAll ask, const char* name, const py::object& supervisor, const py::object& timeout) {
  const Question question(supervisor, timeout);
  OwnedTerm answer;
  const rsp_result result = question.wait_for([&](rsp_self* self, rsp_pid target, uint64_t timeout_ms) {
    return ask(self, answer.out(), target, timeout_ms);
  });
  if (!is_ok(result)) question.raise_failure(result, py::str(name));
  return steal(from_term(answer.get()));
}

/** which_children(supervisor, timeout) -> [(id, Pid | "undefined" | "restarting", type, module)] */
py::object which_children(const py::object& supervisor, const py::object& timeout) {
  return ask_for(&rsp_supervisor_which_children, "which_children", supervisor, timeout);
}

/** count_children(supervisor, timeout) -> {"specs": n, "active": n, "supervisors": n, "workers": n} */
py::object count_children(const py::object& supervisor, const py::object& timeout) {
  return ask_for(&rsp_supervisor_count_children, "count_children", supervisor, timeout);
}

// ---- About one child ----

/** One part of a term that is a tuple; nil if it has none. */
rsp_term part(rsp_term tuple, size_t index) {
  rsp_term found = rsp_term_nil();
  if (rsp_term_kind(tuple) == RSP_KIND_TUPLE) (void)!rsp_term_element(&found, tuple, index);
  return found;
}

bool is_atom(rsp_term term, const char* word) { return rsp_term_equal(term, atom_term(word)); }

/** Whether a supervisor says so, and does nothing. */
bool is_refusal(rsp_term error) {
  return is_atom(error, "not_found") || is_atom(error, "running") || is_atom(error, "restarting");
}

/** A question about the child `id`: {Name, Id}. */
class ChildQuestion {
 public:
  ChildQuestion(const char* name, const py::object& supervisor, const py::object& id,
                const py::object& timeout)
      : question_(supervisor, timeout), id_(id), asked_(py::make_tuple(name, id)) {
    if (!to_term(id.ptr(), "id", id_term_.out())) throw py::error_already_set();
    const rsp_term parts[] = {atom_term(name), id_term_.get()};
    if (!check(rsp_term_tuple(request_.out(), parts, 2))) throw py::error_already_set();
  }

  /** Runs `call(self, error_out, supervisor, id, timeout_ms)`, which must succeed. */
  template <class Call>
  void ask(Call&& call) const {
    OwnedTerm error;
    const rsp_result result = question_.wait_for([&](rsp_self* self, rsp_pid target, uint64_t timeout_ms) {
      return call(self, error.out(), target, id_term_.get(), timeout_ms);
    });
    if (!is_ok(result)) raise(result, error.get());
  }

 private:
  [[noreturn]] void raise(rsp_result result, rsp_term error) const {
    if (result != RSP_EEXITED) question_.raise_failure(result, asked_);
    if (is_failure_of_this_call(error)) question_.raise_failure(result, error, asked_);
    if (is_refusal(error)) {
      raise_refusal(error, question_.supervisor().ptr(), id_.ptr());
    } else {
      raise_start_failure(result, error);
    }
    throw py::error_already_set();
  }

  /** {Reason, {call, Supervisor, Request, Timeout}} of this very call: the start of a child, too, may have
   * failed because a call did. */
  bool is_failure_of_this_call(rsp_term error) const {
    const rsp_term call = part(error, 1);
    return is_atom(part(call, 0), "call") &&
           rsp_term_equal(part(call, 1), rsp_term_pid(question_.target())) &&
           rsp_term_equal(part(call, 2), request_.get());
  }

  Question question_;
  const py::object& id_;
  py::object asked_;  // as Python shows it
  OwnedTerm id_term_;
  OwnedTerm request_;
};

/** terminate_child(supervisor, child, timeout) */
void terminate_child(const py::object& supervisor, const py::object& id, const py::object& timeout) {
  ChildQuestion("terminate_child", supervisor, id, timeout).ask(&rsp_supervisor_terminate_child);
}

/** A child that is up: (Pid, or None if its init said Ignore, and Info or None). */
py::object child_up(rsp_pid pid, const OwnedTerm& info) {
  return py::make_tuple(pid.id == 0 ? py::object(py::none()) : steal(new_pid(pid)),
                        steal(from_term(info.get())));
}

/** restart_child(supervisor, child, timeout) -> as of child_up */
py::object restart_child(const py::object& supervisor, const py::object& id, const py::object& timeout) {
  rsp_pid pid{0, 0, 0};
  OwnedTerm info;
  ChildQuestion("restart_child", supervisor, id, timeout)
      .ask([&](rsp_self* self, rsp_term* error, rsp_pid target, rsp_term child, uint64_t timeout_ms) {
        return rsp_supervisor_restart_child_info(self, &pid, info.out(), error, target, child, timeout_ms);
      });
  return child_up(pid, info);
}

/** delete_child(supervisor, child, timeout) */
void delete_child(const py::object& supervisor, const py::object& id, const py::object& timeout) {
  ChildQuestion("delete_child", supervisor, id, timeout).ask(&rsp_supervisor_delete_child);
}

/** get_childspec(supervisor, child, timeout) -> {"id": ..., "start": (module, args), "module": ..., "restart":
 * ..., "shutdown": milliseconds | "brutal_kill" | "infinity", "significant": bool, "type": ...} */
py::object get_childspec(const py::object& supervisor, const py::object& id, const py::object& timeout) {
  OwnedTerm spec;
  ChildQuestion("get_childspec", supervisor, id, timeout)
      .ask([&](rsp_self* self, rsp_term* error, rsp_pid target, rsp_term child, uint64_t timeout_ms) {
        return rsp_supervisor_get_childspec(self, spec.out(), error, target, child, timeout_ms);
      });
  return steal(from_term(spec.get()));
}

// ---- With specifications ----

/** What a start came to, for Python. */
py::object started(rsp_result result, rsp_pid pid, const OwnedTerm& info, const OwnedTerm& error) {
  if (!is_ok(result)) {
    // No answer in time comes without a term.
    raise_start_failure(result, result == RSP_ETIMEDOUT ? atom_term("timeout") : error.get());
    throw py::error_already_set();
  }
  return child_up(pid, info);
}

/** start_child(supervisor, spec, timeout) -> as of child_up */
py::object start_child(const py::object& supervisor, const py::dict& spec, const py::object& timeout) {
  const Question question(supervisor, timeout);
  Specs specs;
  const rsp_child_spec child = specs.child(spec);
  rsp_pid pid;
  OwnedTerm info;
  OwnedTerm error;
  const rsp_result result = question.wait_for([&](rsp_self* self, rsp_pid target, uint64_t timeout_ms) {
    return rsp_supervisor_start_child_info(self, &pid, info.out(), error.out(), target, &child, timeout_ms);
  });
  if (result != RSP_EINVAL) specs.hand_over();
  return started(result, pid, info, error);
}

/** start_child_args(supervisor, args, timeout) -> as of child_up */
py::object start_child_args(const py::object& supervisor, const py::list& args, const py::object& timeout) {
  const Question question(supervisor, timeout);
  OwnedTerm list;
  if (!to_term(args.ptr(), "args", list.out())) throw py::error_already_set();
  rsp_pid pid;
  OwnedTerm info;
  OwnedTerm error;
  const rsp_result result = question.wait_for([&](rsp_self* self, rsp_pid target, uint64_t timeout_ms) {
    return rsp_supervisor_start_child_args_info(self, &pid, info.out(), error.out(), target, list.get(),
                                                timeout_ms);
  });
  return started(result, pid, info, error);
}

/** check_childspecs(specs, auto_shutdown) */
void check_childspecs(const py::list& specs, int auto_shutdown) {
  if (!check_not_forked()) throw py::error_already_set();
  Specs checked(Specs::Purpose::CHECK);
  const std::vector<rsp_child_spec>& children = checked.children(specs);
  OwnedTerm error;
  const rsp_result result = rsp_supervisor_check_childspecs(error.out(), children.data(), children.size(),
                                                            static_cast<rsp_auto_shutdown>(auto_shutdown));
  if (result == RSP_OK) return;
  raise_start_failure(result, error.get());
  throw py::error_already_set();
}

}  // namespace

void add_supervisors(py::module_& module) {
  module.def("which_children", &which_children, py::arg("supervisor"), py::arg("timeout"));
  module.def("count_children", &count_children, py::arg("supervisor"), py::arg("timeout"));
  module.def("terminate_child", &terminate_child, py::arg("supervisor"), py::arg("child"),
             py::arg("timeout"));
  module.def("restart_child", &restart_child, py::arg("supervisor"), py::arg("child"), py::arg("timeout"));
  module.def("delete_child", &delete_child, py::arg("supervisor"), py::arg("child"), py::arg("timeout"));
  module.def("get_childspec", &get_childspec, py::arg("supervisor"), py::arg("child"), py::arg("timeout"));
  module.def("start_child", &start_child, py::arg("supervisor"), py::arg("spec"), py::arg("timeout"));
  module.def("start_child_args", &start_child_args, py::arg("supervisor"), py::arg("args"),
             py::arg("timeout"));
  module.def("check_childspecs", &check_childspecs, py::arg("specs"), py::arg("auto_shutdown"));
}

}  // namespace rsp::python
