#include "python/native/agents.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "python/native/caller.hpp"
#include "python/native/copy.hpp"
#include "python/native/errors.hpp"
#include "python/native/messages.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"

namespace rsp::python {
namespace {

/** What an agent holds. */
struct Agent {
  PyProcess process;
  py::object value;

  ~Agent() { remove_python_process(process.pid); }
};

void free_agent(void* agent) { delete static_cast<Agent*>(agent); }  // on the lane: its process ends there

/** The repr of the value, on the lane: its process says it (resprout/sys.h). What that raises goes to sys.unraisablehook. */
size_t describe_agent(void* agent, char* text, size_t capacity) {
  const py::object& value = static_cast<Agent*>(agent)->value;
  const py::object shown = steal(PyObject_Repr(value.ptr()));
  Py_ssize_t length = 0;
  const char* const utf8 = shown ? PyUnicode_AsUTF8AndSize(shown.ptr(), &length) : nullptr;
  if (utf8 == nullptr) {
    PyErr_WriteUnraisable(nullptr);
    return 0;
  }
  const size_t fits = std::min(static_cast<size_t>(length), capacity);
  std::memcpy(text, utf8, fits);
  return static_cast<size_t>(length);
}

/** Which agents are ours, by its address. */
const rsp_native_ops& agent_ops() {
  static constexpr rsp_native_ops OPS{sizeof(rsp_native_ops), &free_agent, &describe_agent};
  return OPS;
}

/** The agent of a call of C; nullptr: it is of another language, and nothing of Python's may run here. */
Agent* agent_of(const rsp_agent_state* state) {
  return state->ops == &agent_ops() ? static_cast<Agent*>(state->native) : nullptr;
}

/** function(value, *args, **kwargs) of a request. */
py::object run(const Agent& agent, void* ctx) {
  PyObject* const request = static_cast<Payload*>(ctx)->object;
  PyObject* const args = PyTuple_GET_ITEM(request, 1);
  const py::object first = steal(PyTuple_Pack(1, agent.value.ptr()));
  const py::object all = first ? steal(PySequence_Concat(first.ptr(), args)) : first;
  if (!all) return all;
  return steal(PyObject_Call(PyTuple_GET_ITEM(request, 0), all.ptr(), PyTuple_GET_ITEM(request, 2)));
}

/** Only Python asks with Python functions, so the answer is a Python value. False: an error is set. */
bool give_reply(PyObject* value, rsp_server_return* ret) {
  PyObject* const copy = copy_message(value);
  Payload* const reply = copy == nullptr ? nullptr : new_payload(copy);
  if (reply == nullptr) return false;
  ret->reply_native = reply;
  ret->reply_ops = &payload_ops();
  return true;
}

/** Runs `body(agent, ctx, ret)` as code of the agent. */
template <bool (*body)(Agent&, void*, rsp_server_return*)>
rsp_next in_agent(rsp_self* self, void* ctx, const rsp_agent_state* state, rsp_server_return* ret) {
  Agent* const agent = agent_of(state);
  if (agent == nullptr) return RSP_NEXT_CONTINUE;
  const Turn turn(agent->process, self);
  return body(*agent, ctx, ret) ? RSP_NEXT_CONTINUE : raise_in_process(self);
}

bool get(Agent& agent, void* ctx, rsp_server_return* ret) {
  const py::object result = run(agent, ctx);
  return result && give_reply(result.ptr(), ret);
}

bool cast(Agent& agent, void* ctx, rsp_server_return*) {
  py::object result = run(agent, ctx);
  if (!result) return false;
  agent.value = std::move(result);
  return true;
}

bool update(Agent& agent, void* ctx, rsp_server_return* ret) {
  return cast(agent, ctx, ret) && give_reply(Py_None, ret);
}

bool get_and_update(Agent& agent, void* ctx, rsp_server_return* ret) {
  const py::object result = run(agent, ctx);
  if (!result) return false;
  if (!PyTuple_Check(result.ptr()) || PyTuple_GET_SIZE(result.ptr()) != 2) {
    ret->action = RSP_SERVER_BAD_RETURN;
    return to_reason(result.ptr(), &ret->reason);
  }
  if (!give_reply(PyTuple_GET_ITEM(result.ptr(), 0), ret)) return false;
  agent.value = borrow(PyTuple_GET_ITEM(result.ptr(), 1));
  return true;
}

rsp_next read_one(rsp_self* self, void* ctx, const rsp_agent_state* state, rsp_server_return* ret) {
  return in_agent<&get>(self, ctx, state, ret);
}

template <bool (*body)(Agent&, void*, rsp_server_return*)>
rsp_next change_one(rsp_self* self, void* ctx, rsp_agent_state* state, rsp_server_return* ret) {
  return in_agent<body>(self, ctx, state, ret);
}

// ---- Asking ----

/** A function for an agent, with its arguments, which are copied. */
Payload* request_of(const py::object& function, const py::object& args, const py::object& kwargs) {
  const py::object copied = steal(copy_message(args.ptr()));
  const py::object named = copied ? steal(copy_message(kwargs.ptr())) : copied;
  PyObject* const all = named ? PyTuple_Pack(3, function.ptr(), copied.ptr(), named.ptr()) : nullptr;
  Payload* const request = all == nullptr ? nullptr : new_payload(all);
  if (request == nullptr) throw py::error_already_set();
  return request;
}

Target target_of(const py::object& agent) {
  Target to;
  if (!get_target(agent.ptr(), &to)) throw py::error_already_set();
  if (!to.is_alias) return to;
  PyErr_SetString(PyExc_TypeError, "an agent is a Pid or a name");
  throw py::error_already_set();
}

/** agent_call(which, agent, function, args, kwargs, timeout) -> what the function gave; `which`: 0 get, 1 update, 2
 * get_and_update */
py::object agent_call(int which, const py::object& agent, const py::object& function, const py::object& args,
                      const py::object& kwargs, const py::object& timeout) {
  static constexpr rsp_agent_change CHANGES[] = {nullptr, &change_one<&update>, &change_one<&get_and_update>};
  uint64_t timeout_ms;
  if (!to_timeout_ms(timeout.ptr(), &timeout_ms)) throw py::error_already_set();
  PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  const Target to = target_of(agent);
  Payload* const request = request_of(function, args, kwargs);
  rsp_msg* answer = nullptr;
  OwnedTerm failure;
  rsp_result result;
  {
    const WaitingFor edge(*self, to.pid);
    const Wait wait(*self);
    // The request is the runtime's in every case but RSP_EINVAL, which these arguments never are.
    result = which == 0 ? rsp_agent_get(self->self, &answer, failure.out(), to.pid, timeout_ms, &read_one,
                                        request, &drop_payload)
                        : rsp_agent_get_and_update(self->self, &answer, failure.out(), to.pid, timeout_ms,
                                                   CHANGES[which], request, &drop_payload);
  }
  if (result != RSP_OK) {
    if (PyErr_Occurred() == nullptr)
      raise_call_failure(result, failure.get(), agent.ptr(), function.ptr(), timeout.ptr());
    throw py::error_already_set();
  }
  void* const value = PyErr_Occurred() == nullptr ? rsp_msg_take_native(answer, &payload_ops()) : nullptr;
  {
    const ErrorAside aside;
    rsp_msg_free(answer);
  }
  if (value != nullptr) return steal(take_object(value));
  if (PyErr_Occurred() == nullptr)
    PyErr_Format(state().BadArgument, "%R is no agent whose value is a Python object", agent.ptr());
  throw py::error_already_set();
}

void agent_cast(const py::object& agent, const py::object& function, const py::object& args,
                const py::object& kwargs) {
  PyProcess* self;
  if (!caller_or_none(&self)) throw py::error_already_set();
  const Target to = target_of(agent);
  Payload* const request = request_of(function, args, kwargs);
  rsp_self* const sender = self == nullptr ? nullptr : self->self;
  const rsp_result result = rsp_agent_cast(sender, to.pid, &change_one<&cast>, request, &drop_payload);
  if (!check(result)) throw py::error_already_set();
}

}  // namespace

rsp_next agent_init(rsp_self* self, void* ctx, rsp_term more, rsp_agent_state* state, rsp_server_return*) {
  auto agent = std::make_unique<Agent>();
  agent->process.pid = rsp_self_pid(self);
  add_python_process(agent->process.pid);
  const Turn turn(agent->process, self);
  PyObject* const spec = static_cast<Payload*>(ctx)->object;
  const py::object args = steal(join_args(PyTuple_GET_ITEM(spec, 1), more));
  py::object value =
      args ? steal(PyObject_Call(PyTuple_GET_ITEM(spec, 0), args.ptr(), PyTuple_GET_ITEM(spec, 2))) : args;
  if (!value) return raise_in_process(self);
  agent->value = std::move(value);
  state->native = agent.release();
  state->ops = &agent_ops();
  return RSP_NEXT_CONTINUE;
}

void add_agents(py::module_& module) {
  module.def("agent_call", &agent_call, py::arg("which"), py::arg("agent"), py::arg("function"),
             py::arg("args"), py::arg("kwargs"), py::arg("timeout"));
  module.def("agent_cast", &agent_cast, py::arg("agent"), py::arg("function"), py::arg("args"),
             py::arg("kwargs"));
}

}  // namespace rsp::python
