// send, link, monitor, names, timers: the calls of the C API that do not wait.
#include "python/native/primitives.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/messages.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

PyObject* none_or_error(rsp_result result) {
  if (!check(result)) return nullptr;
  Py_RETURN_NONE;
}

bool has_arguments(const char* name, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most) {
  if (count >= least && count <= most) return true;
  PyErr_Format(PyExc_TypeError, "%s takes %zd to %zd arguments, not %zd", name, least, most, count);
  return false;
}

rsp_self* self_of(PyProcess* process) { return process == nullptr ? nullptr : process->self; }

// ---- Sending ----

rsp_result send_outgoing(PyProcess* self, const Target& to, Outgoing& outgoing) {
  rsp_result result;
  if (Payload* const payload = outgoing.payload()) {
    result = to.is_alias
                 ? rsp_reply_native(self_of(self), rsp_from{to.pid, to.alias}, payload, &payload_ops())
                 : rsp_send_native(self_of(self), to.pid, payload, &payload_ops());
    if (result == RSP_OK) outgoing.take_payload();
    return result;
  }
  return to.is_alias ? rsp_send_alias(self_of(self), to.alias, outgoing.term())
                     : rsp_send(self_of(self), to.pid, outgoing.term());
}

PyObject* send(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("send", count, 2, 2)) return nullptr;
  PyProcess* self;
  Target to;
  if (!caller_or_none(&self) || !get_target(args[0], &to)) return nullptr;
  if (to.pid.id == 0) {
    PyErr_Format(state().BadArgument, "no live process has the name %R", args[0]);
    return nullptr;
  }
  Outgoing outgoing;
  if (!outgoing.prepare(args[1], to.pid, "message", self)) return nullptr;
  if (outgoing.is_for_nobody()) Py_RETURN_NONE;
  return none_or_error(send_outgoing(self, to, outgoing));
}

PyObject* cast(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("cast", count, 2, 2)) return nullptr;
  PyProcess* self;
  Target to;
  if (!caller_or_none(&self) || !get_target(args[0], &to)) return nullptr;
  Outgoing outgoing;
  if (to.pid.id == 0) Py_RETURN_NONE;  // a cast promises nothing
  if (!outgoing.prepare(args[1], to.pid, "request", self)) return nullptr;
  if (outgoing.is_for_nobody()) Py_RETURN_NONE;
  if (Payload* const payload = outgoing.payload()) {
    const rsp_result result = rsp_cast_native(self_of(self), to.pid, payload, &payload_ops());
    if (result == RSP_OK) outgoing.take_payload();
    return none_or_error(result);
  }
  return none_or_error(rsp_cast(self_of(self), to.pid, outgoing.term()));
}

PyObject* reply(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("reply", count, 2, 2)) return nullptr;
  PyProcess* self;
  rsp_from from;
  if (!caller_or_none(&self) || !get_from(args[0], &from)) return nullptr;
  Outgoing outgoing;
  if (!outgoing.prepare(args[1], from.pid, "reply", self)) return nullptr;
  if (outgoing.is_for_nobody()) Py_RETURN_NONE;
  if (Payload* const payload = outgoing.payload()) {
    const rsp_result result = rsp_reply_native(self_of(self), from, payload, &payload_ops());
    if (result == RSP_OK) outgoing.take_payload();
    return none_or_error(result);
  }
  return none_or_error(rsp_reply(self_of(self), from, outgoing.term()));
}

// ---- Identity, exit ----

PyObject* self_pid(PyObject*, PyObject*) {
  const PyProcess* const self = caller();
  return self == nullptr ? nullptr : new_pid(self->pid);
}

PyObject* make_ref(PyObject*, PyObject*) {
  const PyProcess* const self = caller();
  rsp_ref ref;
  return self != nullptr && check(rsp_make_ref(self->self, &ref)) ? new_ref(ref) : nullptr;
}

PyObject* check_alive(PyObject*, PyObject*) {
  const PyProcess* const self = caller();
  return self == nullptr ? nullptr : none_or_error(rsp_checkpoint(self->self));
}

PyObject* limit_mailbox(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("limit_mailbox", count, 3, 3)) return nullptr;
  const unsigned long messages = PyLong_AsUnsignedLong(args[0]);
  if (PyErr_Occurred() != nullptr) return nullptr;
  const unsigned long long bytes = PyLong_AsUnsignedLongLong(args[1]);
  if (PyErr_Occurred() != nullptr) return nullptr;
  const long overflow = PyLong_AsLong(args[2]);
  if (PyErr_Occurred() != nullptr) return nullptr;
  const PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  const uint32_t most = messages > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(messages);
  return none_or_error(rsp_limit_mailbox(self->self, most, bytes, static_cast<rsp_overflow>(overflow)));
}

PyObject* is_pressed(PyObject*, PyObject* pid_object) {
  rsp_pid pid;
  return get_pid(pid_object, &pid) ? PyBool_FromLong(rsp_is_pressed(pid)) : nullptr;
}

PyObject* exit_signal(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("exit_signal", count, 2, 2)) return nullptr;
  PyProcess* self;
  rsp_pid pid;
  OwnedTerm reason;
  if (!caller_or_none(&self) || !get_pid(args[0], &pid) || !to_reason(args[1], reason.out())) return nullptr;
  return none_or_error(rsp_exit_signal(self_of(self), pid, reason.get()));
}

PyObject* resume(PyObject*, PyObject* arg) {
  rsp_pid pid;
  if (!get_pid(arg, &pid)) return nullptr;
  PyProcess* const self = caller();
  if (self == nullptr || !check(rsp_resume(self->self, pid))) return nullptr;
  Py_RETURN_NONE;
}

PyObject* trap_exit(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("trap_exit", count, 1, 1)) return nullptr;
  if (!PyBool_Check(args[0])) {
    PyErr_Format(PyExc_TypeError, "on: True or False is needed, not %.100s", Py_TYPE(args[0])->tp_name);
    return nullptr;
  }
  const PyProcess* const self = caller();
  bool previous;
  if (self == nullptr || !check(rsp_trap_exit(self->self, &previous, args[0] == Py_True))) return nullptr;
  return PyBool_FromLong(previous);
}

// ---- Relations ----

template <rsp_result (*CALL)(rsp_self*, rsp_pid)>
PyObject* relate(PyObject*, PyObject* arg) {
  rsp_pid pid;
  if (!get_pid(arg, &pid)) return nullptr;
  const PyProcess* const self = caller();
  return self == nullptr ? nullptr : none_or_error(CALL(self->self, pid));
}

bool alias_mode_of(PyObject* text, rsp_alias_mode* out) {
  const char* const mode = text == nullptr || text == Py_None ? "none" : PyUnicode_AsUTF8(text);
  if (mode == nullptr) return false;
  const std::string_view word(mode);
  if (word == "none") {
    *out = RSP_ALIAS_NONE;
  } else if (word == "explicit_unalias") {
    *out = RSP_ALIAS_EXPLICIT;
  } else if (word == "demonitor") {
    *out = RSP_ALIAS_DEMONITOR;
  } else if (word == "reply" || word == "reply_demonitor") {
    *out = RSP_ALIAS_REPLY;
  } else {
    PyErr_Format(PyExc_ValueError, "an alias is explicit_unalias, demonitor or reply, not %R", text);
    return false;
  }
  return true;
}

PyObject* monitor(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("monitor", count, 1, 2)) return nullptr;
  rsp_monitor_opts opts = RSP_MONITOR_OPTS_INIT;
  if (!alias_mode_of(count == 2 ? args[1] : nullptr, &opts.alias)) return nullptr;
  const PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  rsp_ref ref;
  if (PyUnicode_Check(args[0])) {
    rsp_atom name;
    if (!to_name(args[0], &name)) return nullptr;
    return check(rsp_monitor_name(self->self, &ref, name, &opts)) ? new_ref(ref) : nullptr;
  }
  rsp_pid pid;
  if (!get_pid(args[0], &pid)) return nullptr;
  return check(rsp_monitor(self->self, &ref, pid, &opts)) ? new_ref(ref) : nullptr;
}

PyObject* demonitor(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("demonitor", count, 1, 2)) return nullptr;
  rsp_ref ref;
  const int flush = count == 2 ? PyObject_IsTrue(args[1]) : 0;
  if (flush < 0 || !get_ref(args[0], &ref)) return nullptr;
  const PyProcess* const self = caller();
  bool removed;
  if (self == nullptr || !check(rsp_demonitor(self->self, &removed, ref, flush != 0))) return nullptr;
  return PyBool_FromLong(removed);
}

PyObject* alias(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("alias", count, 0, 1)) return nullptr;
  rsp_alias_mode mode = RSP_ALIAS_EXPLICIT;
  if (count == 1 && !alias_mode_of(args[0], &mode)) return nullptr;
  const PyProcess* const self = caller();
  rsp_ref ref;
  return self != nullptr && check(rsp_alias(self->self, &ref, mode)) ? new_ref(ref) : nullptr;
}

PyObject* unalias(PyObject*, PyObject* arg) {
  rsp_ref ref;
  if (!get_ref(arg, &ref)) return nullptr;
  const PyProcess* const self = caller();
  bool was_on;
  if (self == nullptr || !check(rsp_unalias(self->self, &was_on, ref))) return nullptr;
  return PyBool_FromLong(was_on);
}

// ---- Terms ----

/** TypeError if the value has no term. */
PyObject* check_term(PyObject*, PyObject* arg) {
  OwnedTerm term;
  if (!to_term(arg, "it", term.out())) return nullptr;
  Py_RETURN_NONE;
}

// ---- Names ----

PyObject* register_name(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("register", count, 1, 2)) return nullptr;
  rsp_atom name;
  if (!to_name(args[0], &name)) return nullptr;
  PyProcess* self = nullptr;
  rsp_pid pid;
  if (count == 2 && args[1] != Py_None) {
    if (!get_pid(args[1], &pid) || !caller_or_none(&self)) return nullptr;
  } else {
    self = caller();
    if (self == nullptr) return nullptr;
    pid = self->pid;
  }
  return none_or_error(rsp_register(self_of(self), name, pid));
}

PyObject* unregister(PyObject*, PyObject* arg) {
  rsp_atom name;
  PyProcess* self;
  if (!to_name(arg, &name) || !caller_or_none(&self)) return nullptr;
  return none_or_error(rsp_unregister(self_of(self), name));
}

PyObject* whereis(PyObject*, PyObject* arg) {
  rsp_atom name;
  if (!check_not_forked() || !to_name(arg, &name)) return nullptr;
  const rsp_pid pid = rsp_whereis(name);
  if (pid.id == 0) Py_RETURN_NONE;
  return new_pid(pid);
}

// ---- Timers ----

bool timer_arguments(PyObject* const* args, uint64_t* delay_ms, Target* to, OwnedTerm* term) {
  if (args[0] == Py_None) {
    PyErr_SetString(PyExc_TypeError, "a delay in seconds is needed");
    return false;
  }
  if (!to_timeout_ms(args[0], delay_ms)) return false;
  if (!PyUnicode_Check(args[1]) && !get_target(args[1], to)) return false;
  if (to->is_alias || to->is_via) {
    PyErr_SetString(PyExc_TypeError, "a timer goes to a Pid or a name");
    return false;
  }
  return to_term(args[2], "message", term->out());
}

PyObject* send_after(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("send_after", count, 3, 3)) return nullptr;
  uint64_t delay_ms;
  Target to;
  OwnedTerm term;
  if (!timer_arguments(args, &delay_ms, &to, &term)) return nullptr;
  const PyProcess* const self = caller();
  if (self == nullptr) return nullptr;
  rsp_ref ref;
  if (PyUnicode_Check(args[1])) {
    rsp_atom name;
    if (!to_name(args[1], &name)) return nullptr;
    return check(rsp_send_after_name(self->self, &ref, delay_ms, name, term.get())) ? new_ref(ref) : nullptr;
  }
  return check(rsp_send_after(self->self, &ref, delay_ms, to.pid, term.get())) ? new_ref(ref) : nullptr;
}

PyObject* start_timer(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!has_arguments("start_timer", count, 3, 3)) return nullptr;
  uint64_t delay_ms;
  Target to;
  OwnedTerm term;
  if (!timer_arguments(args, &delay_ms, &to, &term)) return nullptr;
  if (to.pid.id == 0) {
    PyErr_SetString(PyExc_TypeError, "start_timer needs a Pid");
    return nullptr;
  }
  const PyProcess* const self = caller();
  rsp_ref ref;
  if (self == nullptr || !check(rsp_start_timer(self->self, &ref, delay_ms, to.pid, term.get())))
    return nullptr;
  return new_ref(ref);
}

/** The seconds a timer had left, or None. */
template <rsp_result (*CALL)(rsp_self*, bool*, uint64_t*, rsp_ref)>
PyObject* ask_timer(PyObject*, PyObject* arg) {
  rsp_ref ref;
  if (!get_ref(arg, &ref)) return nullptr;
  const PyProcess* const self = caller();
  bool active;
  uint64_t remaining_ms = 0;
  if (self == nullptr || !check(CALL(self->self, &active, &remaining_ms, ref))) return nullptr;
  if (!active) Py_RETURN_NONE;
  return PyFloat_FromDouble(static_cast<double>(remaining_ms) / 1000.0);
}

PyCFunction fast(PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t)) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef g_functions[] = {
    {"send", fast(&send), METH_FASTCALL,
     "send(to, message)\n"
     "\n"
     "Send a message to a Pid, a name, a ServerRef or an alias. Returns None at once.\n"
     "\n"
     "The message is copied where it could be changed (docs/python.md, Messages). A dead receiver is no "
     "error.\n"
     "\n"
     "Raises:\n"
     "    BadArgument: nobody has the name, or the Pid is of another OS process.\n"
     "    TypeError: the message cannot be copied, or has no term and goes to a native process.\n"
     "\n"
     "Any thread. Does not block. Mirrors erlang:send/2."},
    {"cast", fast(&cast), METH_FASTCALL, "cast(server, request)"},
    {"reply", fast(&reply), METH_FASTCALL,
     "reply(to, value)\n"
     "\n"
     "Answer the call of this From, once, from any process: a second answer, or a late one, is dropped.\n"
     "\n"
     "Raises:\n"
     "    TypeError: no From; or the value cannot be sent, as of send.\n"
     "\n"
     "Any thread. Does not block. Mirrors gen_server:reply/2."},
    {"self_pid", &self_pid, METH_NOARGS,
     "self_pid()\n"
     "\n"
     "The Pid of the calling process. A plain thread becomes one by this call.\n"
     "\n"
     "Does not block. Mirrors erlang:self/0."},
    {"make_ref", &make_ref, METH_NOARGS,
     "make_ref()\n"
     "\n"
     "A Ref that is unique in the run.\n"
     "\n"
     "Does not block. Mirrors erlang:make_ref/0."},
    {"checkpoint", &check_alive, METH_NOARGS,
     "checkpoint()\n"
     "\n"
     "Take in exit signals: for code that computes for long.\n"
     "\n"
     "Raises:\n"
     "    ProcessExit: this process has been ended.\n"
     "\n"
     "Does not block."},
    {"limit_mailbox", fast(&limit_mailbox), METH_FASTCALL,
     "limit_mailbox(max_messages, max_bytes, overflow)"},
    {"is_pressed", &is_pressed, METH_O,
     "is_pressed(pid)\n"
     "\n"
     "Whether a process is behind: a thousand messages waited for it at its last checkpoint, and it has\n"
     "not come down to half of that since. A send to it succeeds all the same: who sends for long may\n"
     "choose to wait.\n"
     "\n"
     "Any thread. Does not block."},
    {"exit_signal", fast(&exit_signal), METH_FASTCALL, "exit_signal(pid, reason)"},
    {"trap_exit", fast(&trap_exit), METH_FASTCALL, "trap_exit(on)"},
    {"resume", &resume, METH_O,
     "resume(pid)\n"
     "\n"
     "Take one suspension back that the caller has made with suspend.\n"
     "\n"
     "Raises NoProcess: it suspends no such process, or that is dead. Does not block. Mirrors\n"
     "erlang:resume_process/1."},
    {"link", &relate<&rsp_link>, METH_O,
     "link(pid)\n"
     "\n"
     "Link the caller and a process, whose ends then reach each other. Linking again changes nothing.\n"
     "\n"
     "Raises:\n"
     "    NoProcess: it is dead, and the caller does not trap exits.\n"
     "\n"
     "Does not block. Mirrors erlang:link/1."},
    {"link_async", &relate<&rsp_link_async>, METH_O,
     "link_async(pid)\n"
     "\n"
     "link, that never raises NoProcess: the exit signal noproc follows instead.\n"
     "\n"
     "Does not block."},
    {"unlink", &relate<&rsp_unlink>, METH_O,
     "unlink(pid)\n"
     "\n"
     "Undo a link, if there is one: it has no effect on the caller any more. An ExitSignal in the mailbox "
     "stays.\n"
     "\n"
     "Does not block. Mirrors erlang:unlink/1."},
    {"monitor", fast(&monitor), METH_FASTCALL, "monitor(target, alias=None)"},
    {"demonitor", fast(&demonitor), METH_FASTCALL, "demonitor(ref, flush=False)"},
    {"alias", fast(&alias), METH_FASTCALL, "alias(mode='explicit_unalias')"},
    {"unalias", &unalias, METH_O,
     "unalias(ref)\n"
     "\n"
     "Switch an alias of the caller off. Returns whether it was on.\n"
     "\n"
     "Does not block. Mirrors erlang:unalias/1."},
    {"check_term", &check_term, METH_O, "check_term(value)"},
    {"register", fast(&register_name), METH_FASTCALL, "register(name, pid=None)"},
    {"unregister", &unregister, METH_O,
     "unregister(name)\n"
     "\n"
     "Take a name from whoever has it.\n"
     "\n"
     "Raises:\n"
     "    BadArgument: nobody has it.\n"
     "\n"
     "Any thread. Does not block. Mirrors erlang:unregister/1."},
    {"whereis", &whereis, METH_O, "whereis(name)"},
    {"send_after", fast(&send_after), METH_FASTCALL, "send_after(seconds, to, message)"},
    {"start_timer", fast(&start_timer), METH_FASTCALL, "start_timer(seconds, to, message)"},
    {"cancel_timer", &ask_timer<&rsp_cancel_timer>, METH_O,
     "cancel_timer(timer)\n"
     "\n"
     "Cancel a timer, whoever started it. Returns the seconds it had left: its message will not come; None "
     "if\n"
     "it has fired or was cancelled.\n"
     "\n"
     "Does not block. Mirrors erlang:cancel_timer/1."},
    {"read_timer", &ask_timer<&rsp_read_timer>, METH_O,
     "read_timer(timer)\n"
     "\n"
     "The seconds a timer has left, whoever started it; None if it has fired or was cancelled.\n"
     "\n"
     "Does not block. Mirrors erlang:read_timer/1."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void add_primitives(py::module_& module) {
  if (PyModule_AddFunctions(module.ptr(), g_functions) != 0) throw py::error_already_set();
}

}  // namespace rsp::python
