#include "python/native/statem.hpp"

#include <string>

#include "python/native/errors.hpp"
#include "python/native/instance.hpp"
#include "python/native/messages.hpp"
#include "python/native/payload.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"

namespace rsp::python {
namespace {

/** As Event.type says them, by rsp_event_type. */
constexpr const char* WORDS[] = {"call",    "cast",          "info",          "internal",
                                 "timeout", "state_timeout", "named_timeout", "enter"};

// ---- What callbacks return ----

bool bad_return(const py::object& result, rsp_server_return* ret) {
  ret->action = RSP_SERVER_BAD_RETURN;
  return give_reason(result, ret);
}

/** How the machine waits after a result. What only servers have means nothing here. */
bool apply(const py::object& result, rsp_server_return* ret) {
  const py::object state_now = attribute(result, "state");
  const py::object next = attribute(result, "continue_with");
  if (!state_now || !next) return false;
  if (state_now.ptr() != state().KEEP || next.ptr() != state().NOTHING) return bad_return(result, ret);
  bool meant;
  if (!read_wait(result, false, ret, &meant)) return false;
  return meant || bad_return(result, ret);
}

/** False: an error is set. `from` nullptr: there is nobody to reply to. */
bool read_result(Instance& machine, const py::object& result, const rsp_from* from, rsp_server_return* ret) {
  const bool answers = is(result, state().Reply) || is(result, state().Stop);
  if (from != nullptr && !answers) forget_call(from->pid, machine.process.pid);
  if (result.is_none()) return true;
  if (is(result, state().NoReply)) return apply(result, ret);
  if (is(result, state().Reply) && from != nullptr) {
    const py::object value = attribute(result, "value");
    ret->action = RSP_SERVER_REPLY;
    return value && give_reply(machine, value, *from, ret) && apply(result, ret);
  }
  if (!is(result, state().Stop)) return bad_return(result, ret);
  const py::object reply = attribute(result, "reply");
  if (!reply || !give_reason(attribute(result, "reason"), ret)) return false;
  ret->action = RSP_SERVER_STOP;
  if (from == nullptr || reply.ptr() == state().NOTHING) return true;
  ret->action = RSP_SERVER_STOP_REPLY;
  return give_reply(machine, reply, *from, ret);
}

/** False: an error is set. */
bool say_next_state(rsp_self* self, PyObject* value) {
  OwnedTerm term;
  return to_term(value, "state", term.out()) && check(rsp_statem_next_state(self, term.get()));
}

bool read_init(Instance& machine, const py::object& result, rsp_server_return* ret) {
  if (result.is_none()) return true;
  if (is(result, state().Ignore)) {
    ret->action = RSP_SERVER_IGNORE;
    return true;
  }
  if (is(result, state().Stop) || is(result, state().Fail)) {
    ret->action = is(result, state().Stop) ? RSP_SERVER_STOP : RSP_SERVER_ERROR;
    return give_reason(attribute(result, "reason"), ret);
  }
  if (is(result, state().Reply) || is(result, state().NoReply)) return bad_return(result, ret);
  return say_next_state(machine.process.self, result.ptr());
}

// ---- Callbacks ----

rsp_next init(rsp_self* self, void* ctx, rsp_term more, rsp_server_return* ret) {
  return init_instance(self, ctx, more, ret, &read_init);
}

/** What an event carries. It may be postponed, and come again: nothing is taken out of it. */
PyObject* content_of(const rsp_event* event) {
  return event->type == RSP_EVENT_INFO ? message_to_python(event->msg, Payloads::SHARE)
                                       : python::content_of(event->msg, Payloads::SHARE);
}

/** The Event; a new reference, or an error. */
py::object to_python(const rsp_event* event) {
  const bool is_named = event->type == RSP_EVENT_NAMED_TIMEOUT;
  const py::object type = steal(PyUnicode_InternFromString(WORDS[event->type]));
  const py::object content = steal(content_of(event));
  const py::object state_now = steal(from_term(event->state));
  const py::object sender = event->type == RSP_EVENT_CALL ? steal(new_from(event->from)) : py::none();
  const py::object name = is_named ? steal(from_term(event->name)) : py::none();
  if (!type || !content || !state_now || !sender || !name) return py::object();
  return steal(PyObject_CallFunctionObjArgs(state().Event, type.ptr(), content.ptr(), state_now.ptr(),
                                            sender.ptr(), name.ptr(), nullptr));
}

rsp_next handle_event(rsp_self* self, void* data, const rsp_event* event, rsp_server_return* ret) {
  Instance& machine = *static_cast<Instance*>(data);
  const Turn turn(machine.process, self);
  const py::object result = call_one(machine, "handle_event", to_python(event));
  const rsp_from* const from = event->type == RSP_EVENT_CALL ? &event->from : nullptr;
  return finish(self, result && read_result(machine, result, from, ret));
}

// ---- What they ask for ----

/** The process whose callback calls. */
PyProcess& machine() {
  PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  return *self;
}

/** The arguments are all right, so that RSP_EINVAL says where it was called. */
void asked(rsp_result result) {
  if (result == RSP_EINVAL) {
    PyErr_SetString(
        state().WrongContext,
        "only a callback of a GenStatem asks for this, for its own machine, and terminate for nothing");
    throw py::error_already_set();
  }
  if (!check(result)) throw py::error_already_set();
}

struct TermOf : OwnedTerm {
  TermOf(const py::object& value, const char* what) {
    if (!to_term(value.ptr(), what, out())) throw py::error_already_set();
  }
};

/** One of the words from `first` to `last`. */
rsp_event_type to_type(const py::object& word, rsp_event_type first, rsp_event_type last) {
  for (int type = first; PyUnicode_Check(word.ptr()) && type <= last; ++type)
    if (PyUnicode_CompareWithASCIIString(word.ptr(), WORDS[type]) == 0)
      return static_cast<rsp_event_type>(type);
  std::string all;
  for (int type = first; type <= last; ++type)
    all += std::string(type == first ? "'" : ", '") + WORDS[type] + "'";
  PyErr_Format(state().BadArgument, "event_type: one of %s is needed, not %R", all.c_str(), word.ptr());
  throw py::error_already_set();
}

void next_state(const py::object& value) {
  const TermOf term(value, "state");
  asked(rsp_statem_next_state(machine().self, term.get()));
}

template <rsp_result (*CALL)(rsp_self*)>
void ask() {
  asked(CALL(machine().self));
}

py::object current_state() {
  rsp_term term;
  asked(rsp_statem_state(machine().self, &term));
  py::object value = steal(from_term(term));
  if (!value) throw py::error_already_set();
  return value;
}

rsp_from to_sender(rsp_event_type type, const py::object& sender) {
  rsp_from from{};
  if ((type == RSP_EVENT_CALL) == sender.is_none()) {
    PyErr_SetString(state().BadArgument,
                    "sender: a call has one, the From of its Event, and nothing else does");
    throw py::error_already_set();
  }
  if (!sender.is_none() && !get_from(sender.ptr(), &from)) throw py::error_already_set();
  return from;
}

void next_event(const py::object& word, const py::object& value, const py::object& sender) {
  const rsp_event_type type = to_type(word, RSP_EVENT_CALL, RSP_EVENT_INTERNAL);
  const rsp_from from = to_sender(type, sender);
  PyProcess& self = machine();
  Outgoing content;
  if (!content.prepare(value.ptr(), self.pid, "content", &self)) throw py::error_already_set();
  if (content.payload() == nullptr)
    return asked(rsp_statem_next_event(self.self, type, from, content.term()));
  Payload* const payload = content.take_payload();
  const rsp_result result = rsp_statem_next_event_native(self.self, type, from, payload, &payload_ops());
  if (result != RSP_OK) drop_payload(payload);
  asked(result);
}

/** Which timeout. */
struct Timeout {
  Timeout(const py::object& word, const py::object& named)
      : type(to_type(word, RSP_EVENT_TIMEOUT, RSP_EVENT_NAMED_TIMEOUT)), name(named, "name") {
    if (type == RSP_EVENT_NAMED_TIMEOUT || named.is_none()) return;
    PyErr_SetString(state().BadArgument, "name: of a 'named_timeout' alone");
    throw py::error_already_set();
  }

  const rsp_event_type type;
  const TermOf name;
};

void start_timeout(const py::object& type, const py::object& name, const py::object& seconds,
                   const py::object& value) {
  const Timeout of(type, name);
  const TermOf content(value, "content");
  uint64_t time_ms;
  if (!to_timeout_ms(seconds.ptr(), &time_ms)) throw py::error_already_set();
  asked(rsp_statem_timeout(machine().self, of.type, of.name.get(), time_ms, content.get()));
}

void update_timeout(const py::object& type, const py::object& name, const py::object& value) {
  const Timeout of(type, name);
  const TermOf content(value, "content");
  asked(rsp_statem_update_timeout(machine().self, of.type, of.name.get(), content.get()));
}

void cancel_timeout(const py::object& type, const py::object& name) {
  const Timeout of(type, name);
  asked(rsp_statem_cancel_timeout(machine().self, of.type, of.name.get()));
}

}  // namespace

const rsp_server_ops* statem_ops(PyObject* statem_class) {
  return type_of(statem_class, [](rsp_server_ops& ops) {
    ops.init = &init;
    ops.handle_event = &handle_event;
  });
}

void add_statem(py::module_& module) {
  module.def("statem_next_state", &next_state, py::arg("state"));
  module.def("statem_repeat_state", &ask<&rsp_statem_repeat_state>);
  module.def("statem_postpone", &ask<&rsp_statem_postpone>);
  module.def("statem_state_enter", &ask<&rsp_statem_state_enter>);
  module.def("statem_state", &current_state);
  module.def("statem_next_event", &next_event, py::arg("event_type"), py::arg("content"), py::arg("sender"));
  module.def("statem_start_timeout", &start_timeout, py::arg("event_type"), py::arg("name"),
             py::arg("seconds"), py::arg("content"));
  module.def("statem_update_timeout", &update_timeout, py::arg("event_type"), py::arg("name"),
             py::arg("content"));
  module.def("statem_cancel_timeout", &cancel_timeout, py::arg("event_type"), py::arg("name"));
}

}  // namespace rsp::python
