#include "python/native/instance.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include "python/native/errors.hpp"
#include "python/native/payload.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {

Instance::~Instance() { remove_python_process(process.pid); }

bool is(const py::object& object, PyObject* type) {
  return Py_IS_TYPE(object.ptr(), reinterpret_cast<PyTypeObject*>(type));
}

py::object attribute(const py::object& object, const char* name) {
  return steal(PyObject_GetAttrString(object.ptr(), name));
}

bool give_reason(const py::object& reason, rsp_server_return* ret) {
  rsp_term term;
  if (!reason || !to_reason(reason.ptr(), &term)) return false;
  ret->reason = term;
  return true;
}

namespace {

bool is_bad_time_error() {
  return PyErr_ExceptionMatches(PyExc_TypeError) != 0 || PyErr_ExceptionMatches(PyExc_OverflowError) != 0 ||
         PyErr_ExceptionMatches(state().BadArgument) != 0;
}

}  // namespace

bool read_wait(const py::object& result, bool has_continue, rsp_server_return* ret, bool* meant) {
  const py::object seconds = attribute(result, "timeout");
  const py::object hibernates = attribute(result, "hibernate");
  if (!seconds || !hibernates) return false;
  const bool has_timeout = !seconds.is_none();
  *meant = PyBool_Check(hibernates.ptr()) != 0 && PyBool_Check(seconds.ptr()) == 0;
  if (!*meant) return true;
  const bool sleeps = hibernates.ptr() == Py_True;
  *meant = int{has_continue} + int{has_timeout} + int{sleeps} <= 1;
  if (!*meant) return true;
  if (sleeps) ret->wait = RSP_SERVER_WAIT_HIBERNATE;
  if (!has_timeout) return true;
  if (to_timeout_ms(seconds.ptr(), &ret->timeout_ms)) {
    ret->wait = RSP_SERVER_WAIT_TIMEOUT;
    return true;
  }
  if (!is_bad_time_error()) return false;
  PyErr_Clear();
  *meant = false;
  return true;
}

bool give_reply(Instance& server, const py::object& value, rsp_from from, rsp_server_return* ret) {
  Outgoing reply;
  if (!reply.prepare(value.ptr(), from.pid, "reply", &server.process)) return false;
  if (reply.payload() != nullptr) {
    ret->reply_native = reply.take_payload();
    ret->reply_ops = &payload_ops();
  } else if (!reply.is_for_nobody()) {
    ret->reply = reply.take_term();
  }
  return true;
}

rsp_next finish(rsp_self* self, bool succeeded) {
  return succeeded ? RSP_NEXT_CONTINUE : raise_in_process(self);
}

py::object outcome(PyObject* returned) {
  if (returned != nullptr || PyErr_ExceptionMatches(state().Throw) == 0) return steal(returned);
  PyObject* type;
  PyObject* value;
  PyObject* traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  const py::object owned_type = steal(type);
  const py::object thrown = steal(value);
  const py::object owned_traceback = steal(traceback);
  return attribute(thrown, "value");
}

py::object call_one(const Instance& server, const char* callback, const py::object& argument) {
  const py::object method = attribute(server.instance, callback);
  return method && argument ? outcome(PyObject_CallOneArg(method.ptr(), argument.ptr())) : py::object();
}

namespace {

bool run_init(Instance& server, PyObject* spec, rsp_term more, rsp_server_return* ret, ReadInit read_init) {
  server.instance = steal(PyObject_CallNoArgs(PyTuple_GET_ITEM(spec, 0)));
  if (!server.instance) return false;
  const py::object method = attribute(server.instance, "init");
  if (!method) return false;
  const py::object args = steal(join_args(PyTuple_GET_ITEM(spec, 1), more));
  if (!args) return false;
  const py::object result = outcome(PyObject_Call(method.ptr(), args.ptr(), PyTuple_GET_ITEM(spec, 2)));
  return result && read_init(server, result, ret);
}

rsp_next terminate(rsp_self* self, void* state_of_server, rsp_term reason) {
  Instance& server = *static_cast<Instance*>(state_of_server);
  const Turn turn(server.process, self);
  return finish(self, bool(call_one(server, "terminate", steal(from_term(reason)))));
}

/** What the server says of its state, as text where it has no term. What it raises there goes to sys.unraisablehook. */
rsp_term format_status(rsp_self* self, void* state_of_server) {
  Instance& server = *static_cast<Instance*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object status = steal(PyObject_CallMethod(server.instance.ptr(), "format_status", nullptr));
  rsp_term shown;
  if (status && to_reason(status.ptr(), &shown)) return shown;
  PyErr_WriteUnraisable(server.instance.ptr());
  return rsp_term_nil();
}

/** On the lane: its process ends there. */
void free_state(void* state_of_server) { delete static_cast<Instance*>(state_of_server); }

/** A class as a server type: the name must live as long as the operations. */
struct ServerType {
  std::string name;
  rsp_server_ops ops{};
};

}  // namespace

rsp_next init_instance(rsp_self* self, void* ctx, rsp_term more, rsp_server_return* ret, ReadInit read_init) {
  auto server = std::make_unique<Instance>();
  server->process.pid = rsp_self_pid(self);
  add_python_process(server->process.pid);
  rsp_next next;
  {
    const Turn turn(server->process, self);
    next = finish(self, run_init(*server, static_cast<Payload*>(ctx)->object, more, ret, read_init));
  }
  if (next == RSP_NEXT_CONTINUE && ret->action == RSP_SERVER_NOREPLY) ret->state = server.release();
  return next;
}

const rsp_server_ops* type_of(PyObject* class_, void (*fill)(rsp_server_ops& ops)) {
  // A class that was started once stays: reports and restarts may name it at any time.
  static auto* const known = new std::unordered_map<PyObject*, ServerType*>;
  if (const auto found = known->find(class_); found != known->end()) return &found->second->ops;
  auto type = std::make_unique<ServerType>();
  type->name = borrow(class_).attr("__qualname__").cast<std::string>();
  rsp_server_ops& ops = type->ops;
  ops.size = sizeof ops;
  ops.name = type->name.c_str();
  fill(ops);
  ops.terminate = &terminate;
  ops.free_state = &free_state;
  ops.format_status = &format_status;
  Py_INCREF(class_);
  return &known->emplace(class_, type.release()).first->second->ops;
}

}  // namespace rsp::python
