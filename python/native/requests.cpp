// send_request, wait_response, RequestSet, multi_call, abcast: resprout/request.h for Python.
#include "python/native/requests.hpp"

#include <vector>

#include "python/native/caller.hpp"
#include "python/native/copy.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/messages.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "resprout/request.h"

namespace rsp::python {
namespace {

rsp_result send_outgoing(PyProcess& self, rsp_ref* ref, rsp_pid to, Outgoing& request) {
  // Whoever is dead, and could not have this value, answers with noproc whatever it is.
  if (request.is_for_nobody()) return rsp_send_request(self.self, ref, to, rsp_term_nil());
  if (request.payload() == nullptr) return rsp_send_request(self.self, ref, to, request.term());
  const rsp_result result = rsp_send_request_native(self.self, ref, to, request.payload(), &payload_ops());
  if (result == RSP_OK) request.take_payload();
  return result;
}

/** To a name that was free a moment ago. */
rsp_result send_to_free_name(PyProcess& self, rsp_ref* ref, rsp_atom name, PyObject* value) {
  OwnedTerm term;
  NoTerm no_term;
  switch (try_term(value, term.out(), &no_term)) {
    case Converted::OK:
      return rsp_send_request_name(self.self, ref, name, term.get());
    case Converted::FAILED:
      return RSP_ERAISED;
    case Converted::NO_TERM:
      break;
  }
  // Who takes the name just now may be of any language; only Python can look into this.
  PyObject* const copy = copy_message(value);
  Payload* const payload = copy == nullptr ? nullptr : new_payload(copy);
  if (payload == nullptr) return RSP_ERAISED;
  const rsp_result result = rsp_send_request_name_native(self.self, ref, name, payload, &payload_ops());
  if (result != RSP_OK) drop_payload(payload);
  return result;
}

PyObject* send_request(const py::object& server, const py::object& request) {
  Target to;
  PyProcess* const self = caller();
  if (self == nullptr || !get_target(server.ptr(), &to)) return nullptr;
  if (to.is_alias) {
    PyErr_SetString(PyExc_TypeError, "a request goes to a Pid or a name");
    return nullptr;
  }
  if (to.is_via && to.pid.id == 0) {
    PyErr_Format(state().BadArgument, "no live process has the key of %R", server.ptr());
    return nullptr;
  }
  rsp_ref ref;
  rsp_result result;
  if (to.pid.id == 0) {
    result = send_to_free_name(*self, &ref, to.name, request.ptr());
  } else {
    Outgoing outgoing;
    if (!outgoing.prepare(request.ptr(), to.pid, "request", self)) return nullptr;
    result = send_outgoing(*self, &ref, to.pid, outgoing);
  }
  if (PyErr_Occurred() != nullptr) return nullptr;
  return check(result) ? new_ref(ref) : nullptr;
}

/** What a wait has brought, as a message: a Response or a Down. Where a signal handler raised as it came it goes back to the
 * mailbox. nullptr: an error is set. */
PyObject* take_answer(PyProcess& self, rsp_result result, rsp_msg* answer) {
  const bool came = result == RSP_OK || result == RSP_EEXITED;
  if (PyErr_Occurred() != nullptr) {
    const ErrorAside aside;
    if (came && rsp_put_back(self.self, answer) != RSP_OK) rsp_msg_free(answer);
    return nullptr;
  }
  if (!came) {
    if (result == RSP_ETIMEDOUT) {
      PyErr_SetString(PyExc_TimeoutError, "no answer in time");
    } else {
      raise_result(result);
    }
    return nullptr;
  }
  PyObject* const value = message_to_python(answer);
  rsp_msg_free(answer);
  return value;
}

/** give_up: at the timeout. */
PyObject* wait_response(const py::object& request, const py::object& timeout, bool give_up) {
  rsp_ref ref;
  uint64_t timeout_ms;
  if (!get_ref(request.ptr(), &ref) || !to_timeout_ms(timeout.ptr(), &timeout_ms)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  rsp_msg* answer = nullptr;
  rsp_result result;
  {
    const Wait wait(*self);
    result = rsp_wait_response(self->self, &answer, ref, timeout_ms);
  }
  if (result == RSP_ETIMEDOUT && give_up && PyErr_Occurred() == nullptr) {
    if (!check(rsp_abandon_request(self->self, ref))) return nullptr;
  }
  if (result == RSP_EINVAL && PyErr_Occurred() == nullptr) {
    PyErr_SetString(state().BadArgument, "badarg: the request is over, or another process made it");
    return nullptr;
  }
  return take_answer(*self, result, answer);
}

void abandon_request(const py::object& request) {
  rsp_ref ref;
  const PyProcess* const self = caller();
  if (self == nullptr || !get_ref(request.ptr(), &ref)) throw py::error_already_set();
  if (!check(rsp_abandon_request(self->self, ref))) throw py::error_already_set();
}

/** The requests of a RequestIds, without their labels. It becomes the collection of the process that adds the first. While
 * one waits for it the lock may be another thread's, which is refused. */
class RequestSet {
 public:
  RequestSet() = default;
  ~RequestSet() { free(); }
  RequestSet(const RequestSet&) = delete;
  RequestSet& operator=(const RequestSet&) = delete;

  void add(const py::object& request) {
    rsp_ref ref;
    const PyProcess* const self = caller();
    if (self == nullptr || !is_free() || !get_ref(request.ptr(), &ref)) throw py::error_already_set();
    if (ids_ == nullptr && !check(rsp_reqids_new(self->self, &ids_))) throw py::error_already_set();
    const rsp_result result = rsp_reqids_add(ids_, ref, rsp_term_nil());
    if (result == RSP_OK) return;
    if (result == RSP_EALREADY) {
      PyErr_SetString(state().BadArgument, "badarg: the request is in this collection already");
    } else if (result == RSP_EINVAL) {
      PyErr_SetString(state().BadArgument, "badarg: the request is of another process than the collection");
    } else {
      raise_result(result);
    }
    throw py::error_already_set();
  }

  void remove(const py::object& request) {
    rsp_ref ref;
    if (!is_free() || !get_ref(request.ptr(), &ref)) throw py::error_already_set();
    const rsp_result result = ids_ == nullptr ? RSP_EMISMATCH : rsp_reqids_get(nullptr, ids_, ref, true);
    if (result != RSP_OK && result != RSP_EMISMATCH && !check(result)) throw py::error_already_set();
  }

  /** None: it is empty. */
  PyObject* wait(const py::object& timeout, bool give_up) {
    uint64_t timeout_ms;
    if (!to_timeout_ms(timeout.ptr(), &timeout_ms)) return nullptr;
    PyProcess* const self = caller();
    if (self == nullptr || !is_free()) return nullptr;
    rsp_msg* answer = nullptr;
    rsp_result result = RSP_ENOREQUEST;
    if (ids_ != nullptr) {
      is_awaited_ = true;
      {
        const Wait wait(*self);
        result = rsp_reqids_wait_response(self->self, &answer, nullptr, ids_, false, timeout_ms);
      }
      is_awaited_ = false;
    }
    if (result == RSP_ENOREQUEST && PyErr_Occurred() == nullptr) Py_RETURN_NONE;
    if (result == RSP_ETIMEDOUT && give_up && PyErr_Occurred() == nullptr) free();
    return take_answer(*self, result, answer);
  }

  /** Gives up all requests, where their process calls. */
  void clear() {
    if (!is_free()) throw py::error_already_set();
    free();
  }

 private:
  /** False: an error is set. */
  bool is_free() const {
    if (is_awaited_) PyErr_SetString(state().WrongContext, "another thread waits for this collection");
    return !is_awaited_;
  }

  void free() {
    rsp_reqids_free(rsp_current(), ids_);
    ids_ = nullptr;
  }

  rsp_reqids* ids_ = nullptr;
  bool is_awaited_ = false;
};

// ---- Several nodes ----

bool read_nodes(const py::list& from, std::vector<rsp_atom>* out) {
  for (const py::handle node : from) {
    rsp_atom atom;
    if (!to_name(node.ptr(), &atom)) return false;
    out->push_back(atom);
  }
  return true;
}

PyObject* node() { return from_term(rsp_term_atom(rsp_node())); }

/** A list with, for each node, its reply in a tuple, or None. */
PyObject* multi_call(const py::list& nodes, const py::object& name, const py::object& request,
                     const py::object& timeout) {
  uint64_t timeout_ms;
  rsp_atom server;
  OwnedTerm term;
  std::vector<rsp_atom> atoms;
  if (!to_timeout_ms(timeout.ptr(), &timeout_ms) || !to_name(name.ptr(), &server)) return nullptr;
  if (!read_nodes(nodes, &atoms) || !to_term(request.ptr(), "request", term.out())) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  std::vector<rsp_msg*> replies(atoms.size(), nullptr);
  rsp_result result;
  {
    const Wait wait(*self);
    result = rsp_multi_call(self->self, replies.data(), atoms.data(), atoms.size(), server, term.get(),
                            timeout_ms);
  }
  py::object all = PyErr_Occurred() == nullptr && check(result) ? steal(PyList_New(0)) : py::object();
  for (rsp_msg* const reply : replies) {
    if (all) {
      const py::object value = reply == nullptr ? py::none() : steal(content_of(reply));
      const py::object entry = !value || reply == nullptr ? value : steal(PyTuple_Pack(1, value.ptr()));
      if (!entry || PyList_Append(all.ptr(), entry.ptr()) != 0) all = py::object();
    }
    const ErrorAside aside;
    rsp_msg_free(reply);
  }
  return all.release().ptr();
}

PyObject* abcast(const py::list& nodes, const py::object& name, const py::object& request) {
  rsp_atom server;
  OwnedTerm term;
  std::vector<rsp_atom> atoms;
  PyProcess* self;
  if (!to_name(name.ptr(), &server) || !read_nodes(nodes, &atoms)) return nullptr;
  if (!to_term(request.ptr(), "request", term.out()) || !caller_or_none(&self)) return nullptr;
  rsp_self* const sender = self == nullptr ? nullptr : self->self;
  if (!check(rsp_abcast(sender, atoms.data(), atoms.size(), server, term.get()))) return nullptr;
  Py_RETURN_NONE;
}

/** The new reference, or the error that is set. */
py::object result_of(PyObject* made) {
  if (made == nullptr) throw py::error_already_set();
  return steal(made);
}

}  // namespace

void add_requests(py::module_& module) {
  py::class_<RequestSet>(module, "RequestSet", "The requests of a RequestIds.")
      .def(py::init<>())
      .def("add", &RequestSet::add, py::arg("request"))
      .def("remove", &RequestSet::remove, py::arg("request"))
      .def(
          "wait",
          [](RequestSet& self, const py::object& timeout, bool give_up) {
            return result_of(self.wait(timeout, give_up));
          },
          py::arg("timeout"), py::arg("give_up"))
      .def("clear", &RequestSet::clear);
  module.def(
      "send_request",
      [](const py::object& server, const py::object& request) {
        return result_of(send_request(server, request));
      },
      py::arg("server"), py::arg("request"));
  module.def(
      "wait_response",
      [](const py::object& request, const py::object& timeout, bool give_up) {
        return result_of(wait_response(request, timeout, give_up));
      },
      py::arg("request"), py::arg("timeout"), py::arg("give_up"));
  module.def("abandon_request", &abandon_request, py::arg("request"));
  module.def("node", [] { return result_of(node()); });
  module.def(
      "multi_call",
      [](const py::list& nodes, const py::object& name, const py::object& request,
         const py::object& timeout) { return result_of(multi_call(nodes, name, request, timeout)); },
      py::arg("nodes"), py::arg("name"), py::arg("request"), py::arg("timeout"));
  module.def(
      "abcast",
      [](const py::list& nodes, const py::object& name, const py::object& request) {
        return result_of(abcast(nodes, name, request));
      },
      py::arg("nodes"), py::arg("name"), py::arg("request"));
}

}  // namespace rsp::python
