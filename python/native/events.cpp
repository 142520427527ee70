#include "python/native/events.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include "python/native/caller.hpp"
#include "python/native/copy.hpp"
#include "python/native/errors.hpp"
#include "python/native/messages.hpp"
#include "python/native/payload.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"
#include "resprout/event.h"

namespace rsp::python {
namespace {

// ---- Handlers ----

struct Swap;

/** A handler in a manager. */
struct Handler {
  PyProcess process;
  py::object instance;
  std::unique_ptr<Swap> swap;  // what it has put in its place

  explicit Handler(rsp_pid manager) {
    process.pid = manager;
    add_python_process(manager);
  }
  ~Handler();
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
};

/** A handler as the C API takes it. Its ctx is a Payload of (class, args, kwargs, whether it comes in the place of another). */
struct Swap {
  rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
  OwnedTerm id;
};

Handler::~Handler() { remove_python_process(process.pid); }

const rsp_event_ops* event_ops(PyObject* handler_class);

/** (class, id or None, args, kwargs) as the C API takes it. False: an error is set. */
bool read_handler(PyObject* from, bool swapped, Swap* out) {
  PyObject* const type = PyTuple_GET_ITEM(from, 0);
  if (!to_term(PyTuple_GET_ITEM(from, 1), "id", out->id.out())) return false;
  const py::object args = steal(copy_message(PyTuple_GET_ITEM(from, 2)));
  const py::object kwargs = args ? steal(copy_message(PyTuple_GET_ITEM(from, 3))) : args;
  if (!kwargs) return false;
  PyObject* const context = PyTuple_Pack(4, type, args.ptr(), kwargs.ptr(), swapped ? Py_True : Py_False);
  Payload* const payload = context == nullptr ? nullptr : new_payload(context);
  if (payload == nullptr) return false;
  out->handler.ops = event_ops(type);
  out->handler.id = out->id.get();
  out->handler.ctx = payload;
  out->handler.ctx_free = &drop_payload;
  return true;
}

bool give_reason(PyObject* reason, rsp_event_return* ret) { return to_reason(reason, &ret->reason); }

/** Only Python calls these handlers with Python values, and gets one. */
bool give_reply(PyObject* value, rsp_event_return* ret) {
  PyObject* const copy = copy_message(value);
  Payload* const reply = copy == nullptr ? nullptr : new_payload(copy);
  if (reply == nullptr) return false;
  ret->reply_native = reply;
  ret->reply_ops = &payload_ops();
  return true;
}

/** What GenEvent._rsp_run said: (action, reply, reason or args, handler, hibernate). False: an error is set. */
bool read_result(Handler& handler, const py::object& result, rsp_event_return* ret) {
  const long action = PyLong_AsLong(PyTuple_GET_ITEM(result.ptr(), 0));
  PyObject* const reason = PyTuple_GET_ITEM(result.ptr(), 2);
  ret->hibernate = PyTuple_GET_ITEM(result.ptr(), 4) == Py_True;
  ret->action = static_cast<rsp_event_action>(action);
  if (action == RSP_EVENT_ERROR || action == RSP_EVENT_BAD_RETURN) return give_reason(reason, ret);
  if (!give_reply(PyTuple_GET_ITEM(result.ptr(), 1), ret)) return false;
  if (action != RSP_EVENT_SWAP_HANDLER) return true;
  handler.swap = std::make_unique<Swap>();
  if (!to_term(reason, "args", &ret->args)) return false;
  if (!read_handler(PyTuple_GET_ITEM(result.ptr(), 3), true, handler.swap.get())) return false;
  ret->handler = &handler.swap->handler;
  return true;
}

rsp_next run_callback(rsp_self* self, Handler& handler, const char* callback, const py::object& argument,
                      rsp_event_return* ret) {
  const py::object result =
      argument
          ? steal(PyObject_CallMethod(handler.instance.ptr(), "_rsp_run", "sO", callback, argument.ptr()))
          : argument;
  return result && read_result(handler, result, ret) ? RSP_NEXT_CONTINUE : raise_in_process(self);
}

/** instance, and what its init said. */
bool run_init(Handler& handler, PyObject* spec, rsp_term args, rsp_event_return* ret) {
  handler.instance = steal(PyObject_CallNoArgs(PyTuple_GET_ITEM(spec, 0)));
  if (!handler.instance) return false;
  py::object all = borrow(PyTuple_GET_ITEM(spec, 1));
  if (PyTuple_GET_ITEM(spec, 3) == Py_True) {  // {Args, Result}
    const py::object pair = steal(from_term(args));
    const py::object first = pair ? steal(PySequence_GetSlice(pair.ptr(), 1, 2)) : pair;
    all = first ? steal(PySequence_Concat(first.ptr(), all.ptr())) : first;
  }
  if (!all) return false;
  const py::object result = steal(
      PyObject_CallMethod(handler.instance.ptr(), "_rsp_init", "OO", all.ptr(), PyTuple_GET_ITEM(spec, 2)));
  return result && read_result(handler, result, ret);
}

rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_event_return* ret) {
  if (PyGILState_Check() ==
      0) {  // no lane: the manager is of another language, and nothing of Python's may run here
    rsp_atom badarg{0};
    if (rsp_atom_intern(&badarg, "badarg", 6) == RSP_OK) ret->reason = rsp_term_atom(badarg);
    ret->action = RSP_EVENT_ERROR;
    return RSP_NEXT_CONTINUE;
  }
  auto handler = std::make_unique<Handler>(rsp_self_pid(self));
  const Turn turn(handler->process, self);
  if (!run_init(*handler, static_cast<Payload*>(ctx)->object, args, ret)) return raise_in_process(self);
  if (ret->action == RSP_EVENT_OK) ret->state = handler.release();
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_event(rsp_self* self, void* state, rsp_msg* event, rsp_event_return* ret) {
  Handler& handler = *static_cast<Handler*>(state);
  const Turn turn(handler.process, self);
  return run_callback(self, handler, "handle_event", steal(content_of(event, Payloads::SHARE)), ret);
}

rsp_next handle_call(rsp_self* self, void* state, rsp_msg* request, rsp_event_return* ret) {
  Handler& handler = *static_cast<Handler*>(state);
  const Turn turn(handler.process, self);
  return run_callback(self, handler, "handle_call", steal(content_of(request)), ret);
}

rsp_next handle_info(rsp_self* self, void* state, rsp_msg* message, rsp_event_return* ret) {
  Handler& handler = *static_cast<Handler*>(state);
  const Turn turn(handler.process, self);
  return run_callback(self, handler, "handle_info", steal(message_to_python(message, Payloads::SHARE)), ret);
}

rsp_next terminate(rsp_self* self, void* state, rsp_term args, rsp_term* result) {
  Handler& handler = *static_cast<Handler*>(state);
  const Turn turn(handler.process, self);
  const py::object argument = steal(from_term(args));
  const py::object value =
      argument ? steal(PyObject_CallMethod(handler.instance.ptr(), "terminate", "O", argument.ptr()))
               : argument;
  rsp_term said;
  if (!value || !to_reason(value.ptr(), &said)) return raise_in_process(self);
  *result = said;
  return RSP_NEXT_CONTINUE;
}

/** What the handler says of its state, as text where it has no term. What it raises there goes to sys.unraisablehook. */
rsp_term format_status(rsp_self* self, void* state) {
  Handler& handler = *static_cast<Handler*>(state);
  const Turn turn(handler.process, self);
  const py::object status = steal(PyObject_CallMethod(handler.instance.ptr(), "format_status", nullptr));
  rsp_term shown;
  if (status && to_reason(status.ptr(), &shown)) return shown;
  PyErr_WriteUnraisable(handler.instance.ptr());
  return rsp_term_nil();
}

/** On the lane: its manager runs there. */
void free_state(void* state) { delete static_cast<Handler*>(state); }

struct HandlerType {
  std::string name;
  rsp_event_ops ops{};
};

/** The type of a class; lives for ever. */
const rsp_event_ops* event_ops(PyObject* handler_class) {
  static auto* const known = new std::unordered_map<PyObject*, HandlerType*>;
  if (const auto found = known->find(handler_class); found != known->end()) return &found->second->ops;
  auto type = std::make_unique<HandlerType>();
  type->name = borrow(handler_class).attr("__qualname__").cast<std::string>();
  type->ops =
      rsp_event_ops{sizeof(rsp_event_ops), type->name.c_str(), &init,       &handle_event, &handle_call,
                    &handle_info,          &terminate,         &free_state, &format_status};
  Py_INCREF(handler_class);
  return &known->emplace(handler_class, type.release()).first->second->ops;
}

// ---- Asking ----

/** The arguments of a call, and what it came to. */
class Asked {
 public:
  Asked(const py::object& manager, const py::object& request, const py::object& timeout)
      : manager_(manager), request_(request), timeout_(timeout), self_(caller()) {
    if (self_ == nullptr || !get_target(manager.ptr(), &target_) ||
        !to_timeout_ms(timeout.ptr(), &timeout_ms_))
      throw py::error_already_set();
    if (!target_.is_alias) return;
    PyErr_SetString(PyExc_TypeError, "an event manager is a Pid, a name or a Via");
    throw py::error_already_set();
  }

  /** `call(self, pid, reason_out, timeout_ms)`. True: it is answered. False: the handler has failed, or there is none. */
  template <class Call>
  bool make(const Call& call) {
    rsp_result result;
    {
      const WaitingFor edge(*self_, target_.pid);
      const Wait wait(*self_);
      result = call(self_->self, target_.pid, reason_.out(), timeout_ms_);
    }
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    if (result == RSP_OK || result == RSP_EMISMATCH || result == RSP_EHANDLER) return result == RSP_OK;
    raise_call_failure(result, reason_.get(), manager_.ptr(), request_.ptr(), timeout_.ptr());
    throw py::error_already_set();
  }

  /** (None,), or (what was said, ) */
  py::object failure() const {
    py::object reason = steal(from_term(reason_.get()));
    if (!reason) throw py::error_already_set();
    return py::make_tuple(false, reason);
  }

 private:
  const py::object& manager_;
  const py::object& request_;
  const py::object& timeout_;
  PyProcess* self_;
  Target target_;
  uint64_t timeout_ms_ = 0;
  OwnedTerm reason_;
};

py::object success(const py::object& value) {
  if (!value) throw py::error_already_set();
  return py::make_tuple(true, value);
}

/** A handler's name, or its terminate's args. */
class Given {
 public:
  Given(const py::object& value, const char* what) {
    if (!to_term(value.ptr(), what, term_.out())) throw py::error_already_set();
  }
  rsp_term get() const { return term_.get(); }

 private:
  OwnedTerm term_;
};

/** event_add(manager, handler, supervised, old, args, timeout) -> (whether it was added, why not); `old` None: it comes in
 * nobody's place */
py::object event_add(const py::object& manager, const py::object& handler, bool supervised,
                     const py::object& old, const py::object& args, const py::object& timeout) {
  Asked asked(manager, handler, timeout);
  const bool swaps = !old.is_none();
  const Given name(old, "old");
  const Given last(args, "args");
  Swap fresh;
  if (!read_handler(handler.ptr(), swaps, &fresh)) throw py::error_already_set();
  // The context is the runtime's in every case but RSP_EINVAL, which these arguments never are.
  const bool added = asked.make([&](rsp_self* self, rsp_pid pid, rsp_term* reason, uint64_t timeout_ms) {
    if (!swaps) {
      return supervised ? rsp_event_add_sup_handler(self, reason, pid, &fresh.handler, timeout_ms)
                        : rsp_event_add_handler(self, reason, pid, &fresh.handler, timeout_ms);
    }
    return supervised ? rsp_event_swap_sup_handler(self, reason, pid, name.get(), last.get(), &fresh.handler,
                                                   timeout_ms)
                      : rsp_event_swap_handler(self, reason, pid, name.get(), last.get(), &fresh.handler,
                                               timeout_ms);
  });
  return added ? success(py::none()) : asked.failure();
}

py::object event_delete(const py::object& manager, const py::object& handler, const py::object& args,
                        const py::object& timeout) {
  Asked asked(manager, handler, timeout);
  const Given name(handler, "handler");
  const Given last(args, "args");
  OwnedTerm said;
  const bool deleted = asked.make([&](rsp_self* self, rsp_pid pid, rsp_term* reason, uint64_t timeout_ms) {
    return rsp_event_delete_handler(self, said.out(), reason, pid, name.get(), last.get(), timeout_ms);
  });
  return deleted ? success(steal(from_term(said.get()))) : asked.failure();
}

Payload* copied(const py::object& value) {
  PyObject* const copy = copy_message(value.ptr());
  Payload* const payload = copy == nullptr ? nullptr : new_payload(copy);
  if (payload == nullptr) throw py::error_already_set();
  return payload;
}

void event_notify(const py::object& manager, const py::object& event) {
  PyProcess* self;
  if (!caller_or_none(&self)) throw py::error_already_set();
  Target to;
  if (!get_target(manager.ptr(), &to)) throw py::error_already_set();
  if (to.is_alias) {
    PyErr_SetString(PyExc_TypeError, "an event manager is a Pid, a name or a Via");
    throw py::error_already_set();
  }
  rsp_self* const sender = self == nullptr ? nullptr : self->self;
  const rsp_result result = rsp_event_notify_native(sender, to.pid, copied(event), &payload_ops());
  if (!check(result)) throw py::error_already_set();
}

void event_sync_notify(const py::object& manager, const py::object& event, const py::object& timeout) {
  Asked asked(manager, event, timeout);
  Payload* const payload = copied(event);
  asked.make([&](rsp_self* self, rsp_pid pid, rsp_term* reason, uint64_t timeout_ms) {
    return rsp_event_sync_notify_native(self, reason, pid, payload, &payload_ops(), timeout_ms);
  });
}

py::object event_call(const py::object& manager, const py::object& handler, const py::object& request,
                      const py::object& timeout) {
  Asked asked(manager, request, timeout);
  const Given name(handler, "handler");
  Payload* const payload = copied(request);
  rsp_msg* answer = nullptr;
  const bool answered = asked.make([&](rsp_self* self, rsp_pid pid, rsp_term* reason, uint64_t timeout_ms) {
    return rsp_event_call_native(self, &answer, reason, pid, name.get(), payload, &payload_ops(), timeout_ms);
  });
  if (!answered) return asked.failure();
  py::object value = steal(content_of(answer));
  {
    const ErrorAside aside;
    rsp_msg_free(answer);
  }
  return success(value);
}

py::object event_which_handlers(const py::object& manager, const py::object& timeout) {
  const py::object nothing = py::none();
  Asked asked(manager, nothing, timeout);
  OwnedTerm names;
  asked.make([&](rsp_self* self, rsp_pid pid, rsp_term* reason, uint64_t timeout_ms) {
    return rsp_event_which_handlers(self, names.out(), reason, pid, timeout_ms);
  });
  py::object list = steal(from_term(names.get()));
  if (!list) throw py::error_already_set();
  return list;
}

}  // namespace

void add_events(py::module_& module) {
  module.def("event_add", &event_add, py::arg("manager"), py::arg("handler"), py::arg("supervised"),
             py::arg("old"), py::arg("args"), py::arg("timeout"));
  module.def("event_delete", &event_delete, py::arg("manager"), py::arg("handler"), py::arg("args"),
             py::arg("timeout"));
  module.def("event_notify", &event_notify, py::arg("manager"), py::arg("event"));
  module.def("event_sync_notify", &event_sync_notify, py::arg("manager"), py::arg("event"),
             py::arg("timeout"));
  module.def("event_call", &event_call, py::arg("manager"), py::arg("handler"), py::arg("request"),
             py::arg("timeout"));
  module.def("event_which_handlers", &event_which_handlers, py::arg("manager"), py::arg("timeout"));
}

}  // namespace rsp::python
