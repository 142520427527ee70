#include "python/native/server.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/messages.hpp"
#include "python/native/payload.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"

namespace rsp::python {
namespace {

struct Server {
  PyProcess process;
  py::object instance;
  py::object continue_with;  // of the last result that had one

  ~Server() { remove_python_process(process.pid); }
};

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

bool is_bad_time_error() {
  return PyErr_ExceptionMatches(PyExc_TypeError) != 0 || PyErr_ExceptionMatches(PyExc_OverflowError) != 0 ||
         PyErr_ExceptionMatches(state().BadArgument) != 0;
}

/** How the server waits after a result, which may also have a continue. *meant false: nothing that could be meant. False:
 * an error is set. */
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

/** The state of a result, and what comes before the next message. False: an error is set. */
bool apply(Server& server, const py::object& result, rsp_server_return* ret) {
  const py::object state_now = attribute(result, "state");
  const py::object next = attribute(result, "continue_with");
  if (!state_now || !next) return false;
  bool meant;
  if (!read_wait(result, next.ptr() != state().NOTHING, ret, &meant)) return false;
  if (!meant) {
    ret->action = RSP_SERVER_BAD_RETURN;
    return give_reason(result, ret);
  }
  if (state_now.ptr() != state().KEEP &&
      PyObject_SetAttrString(server.instance.ptr(), "state", state_now.ptr()) != 0) {
    return false;
  }
  if (next.ptr() != state().NOTHING) {
    server.continue_with = next;
    ret->has_continue = true;
  }
  return true;
}

bool give_reply(Server& server, const py::object& value, rsp_from from, rsp_server_return* ret) {
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

bool is_result(const py::object& value) {
  return is(value, state().Reply) || is(value, state().NoReply) || is(value, state().Stop);
}

/** What a callback returned, for the runtime. `from` nullptr: there is nobody to reply to. False: an error is
 * set. */
bool read_result(Server& server, const py::object& result, const rsp_from* from, rsp_server_return* ret) {
  if (is(result, state().NoReply)) {
    if (from != nullptr) forget_call(from->pid, server.process.pid);
    return apply(server, result, ret);
  }
  if (is(result, state().Reply) && from != nullptr) {
    const py::object value = attribute(result, "value");
    ret->action = RSP_SERVER_REPLY;
    return value && give_reply(server, value, *from, ret) && apply(server, result, ret);
  }
  if (is(result, state().Stop)) {
    const py::object reply = attribute(result, "reply");
    if (!reply || !give_reason(attribute(result, "reason"), ret)) return false;
    ret->action = RSP_SERVER_STOP;
    if (from == nullptr || reply.ptr() == state().NOTHING) return true;
    ret->action = RSP_SERVER_STOP_REPLY;
    return give_reply(server, reply, *from, ret);
  }
  if (from == nullptr && result.is_none()) return true;
  ret->action = RSP_SERVER_BAD_RETURN;
  return give_reason(result, ret);
}

/** Ends a callback. */
rsp_next finish(rsp_self* self, bool succeeded) {
  return succeeded ? RSP_NEXT_CONTINUE : raise_in_process(self);
}

/** What a callback came to: what it returned, or what it has thrown, which counts the same (S-SRV-7).
 * Nothing: an error is set. */
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

/** instance.name(*args, **kwargs) of a MethodCall. */
py::object call_method(const Server& server, const py::object& request) {
  const py::object name = attribute(request, "name");
  const py::object args = attribute(request, "args");
  const py::object kwargs = attribute(request, "kwargs");
  if (!name || !args || !kwargs) return py::object();
  const py::object method = steal(PyObject_GetAttr(server.instance.ptr(), name.ptr()));
  return method ? outcome(PyObject_Call(method.ptr(), args.ptr(), kwargs.is_none() ? nullptr : kwargs.ptr()))
                : method;
}

py::object call_one(const Server& server, const char* callback, const py::object& argument) {
  const py::object method = attribute(server.instance, callback);
  return method && argument ? outcome(PyObject_CallOneArg(method.ptr(), argument.ptr())) : py::object();
}

// ---- init ----

bool set_state(Server& server, const py::object& value) {
  return PyObject_SetAttrString(server.instance.ptr(), "state", value.ptr()) == 0;
}

bool read_init(Server& server, const py::object& result, rsp_server_return* ret) {
  if (result.is_none()) return true;
  if (is(result, state().Init)) return apply(server, result, ret);
  if (is(result, state().Ignore)) {
    ret->action = RSP_SERVER_IGNORE;
    return true;
  }
  if (is(result, state().Stop) || is(result, state().Fail)) {
    ret->action = is(result, state().Stop) ? RSP_SERVER_STOP : RSP_SERVER_ERROR;
    return give_reason(attribute(result, "reason"), ret);
  }
  if (is(result, state().Reply) || is(result, state().NoReply)) {
    ret->action = RSP_SERVER_BAD_RETURN;
    return give_reason(result, ret);
  }
  return set_state(server, result);
}

bool run_init(Server& server, PyObject* spec, rsp_term more, rsp_server_return* ret) {
  server.instance = steal(PyObject_CallNoArgs(PyTuple_GET_ITEM(spec, 0)));
  if (!server.instance) return false;
  const py::object method = attribute(server.instance, "init");
  if (!method) return false;
  const py::object args = steal(join_args(PyTuple_GET_ITEM(spec, 1), more));
  if (!args) return false;
  const py::object result = outcome(PyObject_Call(method.ptr(), args.ptr(), PyTuple_GET_ITEM(spec, 2)));
  return result && read_init(server, result, ret);
}

rsp_next init(rsp_self* self, void* ctx, rsp_term more, rsp_server_return* ret) {
  auto server = std::make_unique<Server>();
  server->process.pid = rsp_self_pid(self);
  add_python_process(server->process.pid);
  rsp_next next;
  {
    const Turn turn(server->process, self);
    next = finish(self, run_init(*server, static_cast<Payload*>(ctx)->object, more, ret));
  }
  if (next == RSP_NEXT_CONTINUE && ret->action == RSP_SERVER_NOREPLY) ret->state = server.release();
  return next;
}

// ---- The other callbacks ----

rsp_next handle_call(rsp_self* self, void* state_of_server, rsp_msg* message, rsp_from from,
                     rsp_server_return* ret) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object request = steal(content_of(message));
  if (!request) return finish(self, false);
  if (is(request, state().MethodCall)) {
    const py::object value = call_method(server, request);
    if (!value) return finish(self, false);
    if (is_result(value)) return finish(self, read_result(server, value, &from, ret));
    ret->action = RSP_SERVER_REPLY;
    return finish(self, give_reply(server, value, from, ret));
  }
  const py::object method = attribute(server.instance, "handle_call");
  const py::object whom = steal(new_from(from));
  if (!method || !whom) return finish(self, false);
  const py::object result =
      outcome(PyObject_CallFunctionObjArgs(method.ptr(), request.ptr(), whom.ptr(), nullptr));
  return finish(self, result && read_result(server, result, &from, ret));
}

rsp_next handle_cast(rsp_self* self, void* state_of_server, rsp_msg* message, rsp_server_return* ret) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object request = steal(content_of(message));
  if (request && is(request, state().MethodCall)) {
    const py::object value = call_method(server, request);
    if (value && !is_result(value)) return finish(self, true);  // what a cast method returns is nobody's
    return finish(self, value && read_result(server, value, nullptr, ret));
  }
  const py::object result = call_one(server, "handle_cast", request);
  return finish(self, result && read_result(server, result, nullptr, ret));
}

rsp_next handle_info(rsp_self* self, void* state_of_server, rsp_msg* message, rsp_server_return* ret) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object result = call_one(server, "handle_info", steal(message_to_python(message)));
  return finish(self, result && read_result(server, result, nullptr, ret));
}

rsp_next handle_continue(rsp_self* self, void* state_of_server, rsp_term, rsp_server_return* ret) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object argument = std::move(server.continue_with);
  const py::object result = call_one(server, "handle_continue", argument);
  return finish(self, result && read_result(server, result, nullptr, ret));
}

rsp_next terminate(rsp_self* self, void* state_of_server, rsp_term reason) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  return finish(self, bool(call_one(server, "terminate", steal(from_term(reason)))));
}

/** What the server says of its state, as text where it has no term. What it raises there goes to sys.unraisablehook. */
rsp_term format_status(rsp_self* self, void* state_of_server) {
  Server& server = *static_cast<Server*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object status = steal(PyObject_CallMethod(server.instance.ptr(), "format_status", nullptr));
  rsp_term shown;
  if (status && to_reason(status.ptr(), &shown)) return shown;
  PyErr_WriteUnraisable(server.instance.ptr());
  return rsp_term_nil();
}

/** On the lane: its process ends there. */
void free_state(void* state_of_server) { delete static_cast<Server*>(state_of_server); }

/** A class as a server type: the name must live as long as the operations. */
struct ServerType {
  std::string name;
  rsp_server_ops ops{};
};

}  // namespace

const rsp_server_ops* server_ops(PyObject* server_class) {
  // A class that was started once stays: reports and restarts may name it at any time.
  static auto* const known = new std::unordered_map<PyObject*, ServerType*>;
  if (const auto found = known->find(server_class); found != known->end()) return &found->second->ops;
  auto type = std::make_unique<ServerType>();
  type->name = borrow(server_class).attr("__qualname__").cast<std::string>();
  rsp_server_ops& ops = type->ops;
  ops.size = sizeof ops;
  ops.name = type->name.c_str();
  ops.init = &init;
  ops.handle_call = &handle_call;
  ops.handle_cast = &handle_cast;
  ops.handle_info = &handle_info;
  ops.handle_continue = &handle_continue;
  ops.terminate = &terminate;
  ops.free_state = &free_state;
  ops.format_status = &format_status;
  Py_INCREF(server_class);
  return &known->emplace(server_class, type.release()).first->second->ops;
}

}  // namespace rsp::python
