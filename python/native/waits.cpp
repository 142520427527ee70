#include "python/native/waits.hpp"

#include <chrono>
#include <unordered_map>
#include <vector>

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/messages.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

using Clock = std::chrono::steady_clock;

/** A time limit that several waits share. */
class Deadline {
 public:
  explicit Deadline(uint64_t timeout_ms) : timeout_ms_(timeout_ms), start_(Clock::now()) {}

  uint64_t left_ms() const {
    if (timeout_ms_ == RSP_INFINITE || timeout_ms_ == 0) return timeout_ms_;
    const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_).count();
    return static_cast<uint64_t>(gone) >= timeout_ms_ ? 0 : timeout_ms_ - static_cast<uint64_t>(gone);
  }

 private:
  uint64_t timeout_ms_;
  Clock::time_point start_;
};

/** A wait that signals interrupted has an error set already. */
bool check_wait(rsp_result result) {
  if (PyErr_Occurred() != nullptr) return false;
  return check(result);
}

// ---- Receiving ----

/** Whether `match` (a class, a tuple of classes, a Ref, a predicate) wants the message. -1: an error is set.
 */
int is_wanted(PyObject* message, PyObject* match) {
  if (PyType_Check(match) || PyTuple_Check(match)) return PyObject_IsInstance(message, match);
  if (is_ref(match)) {
    const py::object ref = steal(PyObject_GetAttrString(message, "ref"));
    if (!ref) PyErr_Clear();
    return ref && is_ref(ref.ptr()) && same_ref(ref_value(ref.ptr()), ref_value(match)) ? 1 : 0;
  }
  const py::object wanted = steal(PyObject_CallOneArg(match, message));
  return wanted ? PyObject_IsTrue(wanted.ptr()) : -1;
}

/** Refuses what can be no `match`, before a message is looked at. */
bool check_match(PyObject* match) {
  if (match == nullptr || PyType_Check(match) || PyTuple_Check(match) || is_ref(match) ||
      PyCallable_Check(match) != 0) {
    return true;
  }
  PyErr_Format(PyExc_TypeError,
               "match: a class, a tuple of classes, a Ref or a predicate is needed, not %.100s",
               Py_TYPE(match)->tp_name);
  return false;
}

/** While predicates look at the messages nobody else may: a receive inside one is refused. */
class Matching {
 public:
  explicit Matching(PyProcess& process) : process_(process) { process_.is_matching = true; }
  ~Matching() { process_.is_matching = false; }
  Matching(const Matching&) = delete;
  Matching& operator=(const Matching&) = delete;

 private:
  PyProcess& process_;
};

/** The messages that a selective receive does not want. They are back in the mailbox, in their places, when
 * it returns. */
class PassedOver {
 public:
  explicit PassedOver(const PyProcess& process) : process_(process) {}
  ~PassedOver() {
    const ErrorAside aside;
    for (auto message = all_.rbegin(); message != all_.rend(); ++message) {
      if (rsp_put_back(process_.self, *message) != RSP_OK) rsp_msg_free(*message);  // it was told to end
    }
  }
  PassedOver(const PassedOver&) = delete;
  PassedOver& operator=(const PassedOver&) = delete;

  void add(rsp_msg* message) { all_.push_back(message); }

 private:
  const PyProcess& process_;
  std::vector<rsp_msg*> all_;
};

/** The next message, or nullptr with an error. */
rsp_msg* receive_one(PyProcess& self, uint64_t timeout_ms, PassedOver& passed_over) {
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = timeout_ms;
  rsp_msg* message = nullptr;
  rsp_result result;
  {
    const Wait wait(self);
    result = rsp_receive(self.self, &message, &opts);
  }
  if (result == RSP_OK && PyErr_Occurred() != nullptr) {
    passed_over.add(message);  // a signal handler raised as it came: the next receive finds it
    return nullptr;
  }
  if (result == RSP_ETIMEDOUT && PyErr_Occurred() == nullptr) {
    PyErr_SetString(PyExc_TimeoutError, "no message in time");
    return nullptr;
  }
  return check_wait(result) ? message : nullptr;
}

PyObject* receive_matching(PyProcess& self, PyObject* match, uint64_t timeout_ms) {
  const Matching matching(self);
  const Deadline deadline(timeout_ms);
  PassedOver passed_over(self);
  for (;;) {
    rsp_msg* const message = receive_one(self, deadline.left_ms(), passed_over);
    if (message == nullptr) return nullptr;
    py::object value = steal(message_to_python(message, Payloads::SHARE));
    const int wanted = value ? is_wanted(value.ptr(), match) : -1;
    if (wanted > 0) {
      rsp_msg_free(message);
      return value.release().ptr();
    }
    passed_over.add(message);
    if (wanted < 0) return nullptr;
  }
}

PyObject* receive(PyObject*, PyObject* const* args, Py_ssize_t count) {
  uint64_t timeout_ms;
  if (!to_timeout_ms(count > 0 ? args[0] : nullptr, &timeout_ms)) return nullptr;
  PyObject* const match = count > 1 && args[1] != Py_None ? args[1] : nullptr;
  PyProcess* const self = caller();
  if (self == nullptr || !check_match(match)) return nullptr;
  if (self->is_matching) {
    PyErr_SetString(state().WrongContext,
                    "a predicate of receive cannot receive: return whether it wants the message");
    return nullptr;
  }
  if (match != nullptr) return receive_matching(*self, match, timeout_ms);
  PassedOver passed_over(*self);
  rsp_msg* const message = receive_one(*self, timeout_ms, passed_over);
  if (message == nullptr) return nullptr;
  PyObject* const value = message_to_python(message);
  rsp_msg_free(message);
  return value;
}

// ---- Calling ----

/** Who waits for whom, by calls of this interpreter's processes. */
std::unordered_map<uint64_t, uint64_t>& waiting_for() {
  static auto* const all = new std::unordered_map<uint64_t, uint64_t>;
  return *all;
}

/** Whether `server` waits, over any number of calls, for `self`. */
bool makes_a_cycle(rsp_pid self, rsp_pid server) {
  const auto& edges = waiting_for();
  uint64_t id = server.id;
  for (size_t steps = 0; steps <= edges.size(); ++steps) {
    const auto edge = edges.find(id);
    if (edge == edges.end()) return false;
    if (edge->second == self.id) return true;
    id = edge->second;
  }
  return false;
}

void raise_call(PyObject* type, const char* reason, PyObject* const* args) {
  const py::object word = steal(PyObject_CallFunction(state().Atom, "s", reason));
  const py::object error =
      word ? steal(PyObject_CallFunctionObjArgs(type, word.ptr(), args[0], args[1], args[2], nullptr)) : word;
  if (error) PyErr_SetObject(type, error.ptr());
}

rsp_result call_out(PyProcess& self, rsp_pid server, Outgoing& request, uint64_t timeout_ms, rsp_msg** answer,
                    rsp_term* failure) {
  const WaitingFor edge(self, server);
  const Wait wait(self);
  // The payload is the runtime's in every case but RSP_EINVAL, which these arguments never are.
  if (request.payload() != nullptr) {
    return rsp_call_native(self.self, answer, failure, server, request.take_payload(), &payload_ops(),
                           timeout_ms);
  }
  return rsp_call(self.self, answer, failure, server, request.term(), timeout_ms);
}

/** call(server, request, timeout) */
PyObject* call(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3) {
    PyErr_SetString(PyExc_TypeError, "call takes server, request, timeout");
    return nullptr;
  }
  uint64_t timeout_ms;
  Target to;
  if (!to_timeout_ms(args[2], &timeout_ms)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr || !get_target(args[0], &to)) return nullptr;
  if (to.is_alias) {
    PyErr_SetString(PyExc_TypeError, "a call goes to a Pid or a name");
    return nullptr;
  }
  Outgoing request;
  if (to.pid.id != 0 && !request.prepare(args[1], to.pid, "request", self)) return nullptr;
  if (to.pid.id == 0 || request.is_for_nobody()) return raise_call(state().CallExit, "noproc", args), nullptr;
  if (makes_a_cycle(self->pid, to.pid)) return raise_call(state().CallCycle, "calling_self", args), nullptr;
  rsp_msg* answer = nullptr;
  OwnedTerm failure;
  const rsp_result result = call_out(*self, to.pid, request, timeout_ms, &answer, failure.out());
  if (result != RSP_OK) {
    if (PyErr_Occurred() == nullptr) raise_call_failure(result, failure.get(), args[0], args[1], args[2]);
    return nullptr;
  }
  PyObject* const value = PyErr_Occurred() == nullptr ? content_of(answer) : nullptr;
  rsp_msg_free(answer);
  return value;
}

/** stop(pid, reason, timeout) */
PyObject* stop(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3) {
    PyErr_SetString(PyExc_TypeError, "stop takes pid, reason, timeout");
    return nullptr;
  }
  Target to;
  uint64_t timeout_ms;
  OwnedTerm reason;
  OwnedTerm actual;
  if (!to_timeout_ms(args[2], &timeout_ms) || !to_reason(args[1], reason.out())) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr || !get_target(args[0], &to)) return nullptr;
  rsp_result result = RSP_EEXITED;
  if (to.pid.id != 0) {
    const Wait wait(*self);
    result = rsp_stop(self->self, actual.out(), to.pid, reason.get(), timeout_ms);
  }
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (result == RSP_OK) Py_RETURN_NONE;
  PyObject* arguments[] = {args[0], args[1], args[2]};
  if (result == RSP_ETIMEDOUT) return raise_call(state().CallTimeout, "timeout", arguments), nullptr;
  if (result == RSP_ECALLINGSELF) return raise_call(state().CallCycle, "calling_self", arguments), nullptr;
  if (result != RSP_EEXITED) return raise_result(result), nullptr;
  if (to.pid.id == 0) return raise_call(state().CallExit, "noproc", arguments), nullptr;
  const py::object ended = steal(from_term(actual.get()));
  const py::object error = ended ? steal(PyObject_CallFunctionObjArgs(state().CallExit, ended.ptr(), args[0],
                                                                      args[1], args[2], nullptr))
                                 : ended;
  if (error) PyErr_SetObject(state().CallExit, error.ptr());
  return nullptr;
}

// ---- Asking ----

PyObject* is_alive(PyObject*, PyObject* arg) {
  rsp_pid pid;
  if (!get_pid(arg, &pid)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  bool alive = false;
  rsp_result result;
  {
    const Wait wait(*self);
    result = rsp_is_alive(self->self, &alive, pid, RSP_INFINITE);
  }
  return check_wait(result) ? PyBool_FromLong(alive) : nullptr;
}

/** process_info(pid, timeout) */
PyObject* process_info(PyObject*, PyObject* const* args, Py_ssize_t count) {
  rsp_pid pid;
  uint64_t timeout_ms;
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "process_info takes pid, timeout");
    return nullptr;
  }
  if (!get_pid(args[0], &pid) || !to_timeout_ms(args[1], &timeout_ms)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  OwnedTerm info;
  rsp_result result;
  {
    const Wait wait(*self);
    result = rsp_process_info(self->self, info.out(), pid, timeout_ms);
  }
  if (result == RSP_ETIMEDOUT && PyErr_Occurred() == nullptr) {
    PyErr_SetString(PyExc_TimeoutError, "the process did not answer in time");
    return nullptr;
  }
  return check_wait(result) ? from_term(info.get()) : nullptr;
}

/** suspend(pid, timeout) */
PyObject* suspend(PyObject*, PyObject* const* args, Py_ssize_t count) {
  rsp_pid pid;
  uint64_t timeout_ms;
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "suspend takes pid, timeout");
    return nullptr;
  }
  if (!get_pid(args[0], &pid) || !to_timeout_ms(args[1], &timeout_ms)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  rsp_result result;
  {
    const Wait wait(*self);
    result = rsp_suspend(self->self, pid, timeout_ms);
  }
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (result == RSP_ETIMEDOUT) {
    PyErr_SetString(PyExc_TimeoutError, "the process did not come to rest in time, and runs on");
    return nullptr;
  }
  if (result == RSP_EINVAL) {
    PyErr_SetString(PyExc_ValueError,
                    "no process that can be suspended: it is the caller itself, or its code is a thread's");
    return nullptr;
  }
  if (!check_wait(result)) return nullptr;
  Py_RETURN_NONE;
}

PyCFunction fast(PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t)) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef g_functions[] = {
    {"receive", fast(&receive), METH_FASTCALL, "receive(timeout=None, match=None)"},
    {"call", fast(&call), METH_FASTCALL, "call(server, request, timeout)"},
    {"stop", fast(&stop), METH_FASTCALL, "stop(pid, reason, timeout)"},
    {"is_alive", &is_alive, METH_O,
     "is_alive(pid)\n"
     "\n"
     "Whether a process lives, once it has received all earlier signals of the caller: False after a kill.\n"
     "\n"
     "Blocks until it comes to a checkpoint. Mirrors erlang:is_process_alive/1."},
    {"process_info", fast(&process_info), METH_FASTCALL, "process_info(pid, timeout)"},
    {"suspend", fast(&suspend), METH_FASTCALL, "suspend(pid, timeout)"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void add_waits(py::module_& module) {
  if (PyModule_AddFunctions(module.ptr(), g_functions) != 0) throw py::error_already_set();
}

WaitingFor::WaitingFor(const PyProcess& self, rsp_pid server) : self_(self.pid.id) {
  waiting_for()[self_] = server.id;
}

WaitingFor::~WaitingFor() { waiting_for().erase(self_); }

void forget_call(rsp_pid caller, rsp_pid server) {
  const auto edge = waiting_for().find(caller.id);
  if (edge != waiting_for().end() && edge->second == server.id) waiting_for().erase(edge);
}

}  // namespace rsp::python
