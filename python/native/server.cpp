#include "python/native/server.hpp"

#include "python/native/instance.hpp"
#include "python/native/messages.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"

namespace rsp::python {
namespace {

/** The state of a result, and what comes before the next message. False: an error is set. */
bool apply(Instance& server, const py::object& result, rsp_server_return* ret) {
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

bool is_result(const py::object& value) {
  return is(value, state().Reply) || is(value, state().NoReply) || is(value, state().Stop);
}

/** What a callback returned, for the runtime. `from` nullptr: there is nobody to reply to. False: an error is
 * set. */
bool read_result(Instance& server, const py::object& result, const rsp_from* from, rsp_server_return* ret) {
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

/** instance.name(*args, **kwargs) of a MethodCall. */
py::object call_method(const Instance& server, const py::object& request) {
  const py::object name = attribute(request, "name");
  const py::object args = attribute(request, "args");
  const py::object kwargs = attribute(request, "kwargs");
  if (!name || !args || !kwargs) return py::object();
  const py::object method = steal(PyObject_GetAttr(server.instance.ptr(), name.ptr()));
  return method ? outcome(PyObject_Call(method.ptr(), args.ptr(), kwargs.is_none() ? nullptr : kwargs.ptr()))
                : method;
}

// ---- init ----

bool set_state(Instance& server, const py::object& value) {
  return PyObject_SetAttrString(server.instance.ptr(), "state", value.ptr()) == 0;
}

bool read_init(Instance& server, const py::object& result, rsp_server_return* ret) {
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

rsp_next init(rsp_self* self, void* ctx, rsp_term more, rsp_server_return* ret) {
  return init_instance(self, ctx, more, ret, &read_init);
}

// ---- The other callbacks ----

rsp_next handle_call(rsp_self* self, void* state_of_server, rsp_msg* message, rsp_from from,
                     rsp_server_return* ret) {
  Instance& server = *static_cast<Instance*>(state_of_server);
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
  Instance& server = *static_cast<Instance*>(state_of_server);
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
  Instance& server = *static_cast<Instance*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object result = call_one(server, "handle_info", steal(message_to_python(message)));
  return finish(self, result && read_result(server, result, nullptr, ret));
}

rsp_next handle_continue(rsp_self* self, void* state_of_server, rsp_term, rsp_server_return* ret) {
  Instance& server = *static_cast<Instance*>(state_of_server);
  const Turn turn(server.process, self);
  const py::object argument = std::move(server.continue_with);
  const py::object result = call_one(server, "handle_continue", argument);
  return finish(self, result && read_result(server, result, nullptr, ret));
}

}  // namespace

const rsp_server_ops* server_ops(PyObject* server_class) {
  return type_of(server_class, [](rsp_server_ops& ops) {
    ops.init = &init;
    ops.handle_call = &handle_call;
    ops.handle_cast = &handle_cast;
    ops.handle_info = &handle_info;
    ops.handle_continue = &handle_continue;
  });
}

}  // namespace rsp::python
