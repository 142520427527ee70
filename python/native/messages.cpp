#include "python/native/messages.hpp"

#include "python/native/copy.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "resprout/request.h"

namespace rsp::python {
namespace {

/** Whether the process is known to be dead without asking it. */
bool is_dead(PyProcess* self, rsp_pid pid) {
  if (self == nullptr) self = caller();  // a plain thread becomes a process to ask
  if (self == nullptr) PyErr_Clear();    // it cannot, inside a wait or between two turns
  bool is_alive = true;
  if (self == nullptr || rsp_is_alive(self->self, &is_alive, pid, 0) != RSP_OK) return false;
  return !is_alive;
}

template <class... Arguments>
PyObject* make(PyObject* type, const Arguments&... arguments) {
  if (!(... && bool(arguments))) return nullptr;
  return PyObject_CallFunctionObjArgs(type, arguments.ptr()..., nullptr);
}

py::object atom_text(rsp_atom atom) { return steal(from_term(rsp_term_atom(atom))); }

PyObject* down_to_python(rsp_msg* message) {
  const rsp_atom name = rsp_msg_name(message);
  py::object object;
  if (name.id == 0) {
    object = steal(new_pid(rsp_msg_from(message)));
  } else {
    const py::object text = atom_text(name);
    object = text ? steal(Py_BuildValue("(Os)", text.ptr(), "nonode@nohost")) : py::object();
  }
  const py::object ref = steal(new_ref(rsp_msg_ref(message)));
  const py::object type = steal(PyUnicode_FromString("process"));
  return make(state().Down, ref, type, object, steal(from_term(rsp_msg_term(message))));
}

PyObject* ready_to_python(const rsp_msg* message) {
  const py::object ref = steal(new_ref(rsp_msg_ref(message)));
  int64_t mode = 0;
  if (rsp_term_get_int(&mode, rsp_msg_term(message)) != RSP_OK) mode = 0;
  const py::object readable = steal(PyBool_FromLong((mode & RSP_SELECT_READ) != 0));
  const py::object writable = steal(PyBool_FromLong((mode & RSP_SELECT_WRITE) != 0));
  return make(state().DescriptorReady, ref, readable, writable);
}

/** Whoever has the key now, as `find` finds it. */
bool get_via(PyObject* via, rsp_result (*find)(rsp_pid*, rsp_atom, rsp_term), Target* out) {
  rsp_atom name;
  OwnedTerm key;
  if (!to_name(PyTuple_GET_ITEM(via, 1), &name) || !to_term(PyTuple_GET_ITEM(via, 2), "key", key.out()))
    return false;
  out->is_via = true;
  const rsp_result result = find(&out->pid, name, key.get());
  if (result == RSP_EINVAL) {
    PyErr_Format(state().BadArgument, "the keys of the registry '%U' are not unique",
                 PyTuple_GET_ITEM(via, 1));
    return false;
  }
  return result == RSP_ENONAME || check(result);
}

}  // namespace

Outgoing::~Outgoing() {
  if (payload_ != nullptr) drop_payload(payload_);
}

bool Outgoing::prepare(PyObject* value, rsp_pid to, const char* what, PyProcess* self) {
  if (is_python_process(to)) {
    PyObject* const copy = copy_message(value);
    if (copy == nullptr) return false;
    payload_ = new_payload(copy);
    return payload_ != nullptr;
  }
  NoTerm no_term;
  switch (try_term(value, term_.out(), &no_term)) {
    case Converted::OK:
      return true;
    case Converted::FAILED:
      return false;
    case Converted::NO_TERM:
      break;
  }
  if (is_dead(self, to)) {
    is_for_nobody_ = true;
    return true;
  }
  PyErr_Format(PyExc_TypeError, "%s%s %s, and the receiver is no Python process", what, no_term.path.c_str(),
               no_term.why.c_str());
  return false;
}

Payload* Outgoing::take_payload() {
  Payload* const payload = payload_;
  payload_ = nullptr;
  return payload;
}

PyObject* content_of(rsp_msg* message, Payloads payloads) {
  if (payloads == Payloads::SHARE) {
    void* const payload = rsp_msg_native(message, &payload_ops());
    if (payload != nullptr) return Py_NewRef(static_cast<Payload*>(payload)->object);
  } else if (void* const payload = rsp_msg_take_native(message, &payload_ops()))
    return take_object(payload);
  if (rsp_msg_get_kind(message) == RSP_MSG_NATIVE) return PyObject_CallNoArgs(state().Opaque);
  return from_term(rsp_msg_term(message));
}

PyObject* message_to_python(rsp_msg* message, Payloads payloads) {
  switch (rsp_msg_get_kind(message)) {
    case RSP_MSG_TERM:
    case RSP_MSG_NATIVE: {
      if (!rsp_msg_is_reply(message)) return content_of(message, payloads);
      const py::object ref = steal(new_ref(rsp_msg_ref(message)));
      return make(state().Response, ref, steal(content_of(message, payloads)));
    }
    case RSP_MSG_CALL: {
      const py::object from = steal(new_from(rsp_msg_from_call(message)));
      return make(state().CallRequest, from, steal(content_of(message, payloads)));
    }
    case RSP_MSG_CAST:
      return make(state().CastRequest, steal(content_of(message, payloads)));
    case RSP_MSG_EXIT: {
      const py::object sender = steal(new_pid(rsp_msg_from(message)));
      return make(state().ExitSignal, sender, steal(from_term(rsp_msg_term(message))));
    }
    case RSP_MSG_DOWN:
      return down_to_python(message);
    case RSP_MSG_TIMER: {
      const py::object ref = steal(new_ref(rsp_msg_ref(message)));
      return make(state().TimerFired, ref, steal(content_of(message, payloads)));
    }
    case RSP_MSG_SELECT:
      return ready_to_python(message);
  }
  return content_of(message, payloads);
}

PyObject* new_from(rsp_from from) {
  const py::object pid = steal(new_pid(from.pid));
  return make(state().From, pid, steal(new_ref(from.ref)));
}

bool get_from(PyObject* object, rsp_from* out) {
  if (Py_IS_TYPE(object, reinterpret_cast<PyTypeObject*>(state().From))) {
    return get_pid(PyTuple_GET_ITEM(object, 0), &out->pid) && get_ref(PyTuple_GET_ITEM(object, 1), &out->ref);
  }
  PyErr_Format(PyExc_TypeError, "a From is needed, not %.100s", Py_TYPE(object)->tp_name);
  return false;
}

bool get_target(PyObject* object, Target* out) {
  if (is_pid(object)) return get_pid(object, &out->pid);
  if (PyUnicode_Check(object)) {
    if (!to_name(object, &out->name)) return false;
    out->pid = rsp_whereis(out->name);
    out->is_name = true;
    return true;
  }
  if (is_ref(object)) {
    out->alias = ref_value(object);
    out->pid = owner_of(out->alias);
    out->is_alias = true;
    return true;
  }
  if (Py_IS_TYPE(object, reinterpret_cast<PyTypeObject*>(state().Via)))
    return get_via(object, &rsp_registry_whereis, out);
  if (Py_IS_TYPE(object, reinterpret_cast<PyTypeObject*>(state().PartitionVia)))
    return get_via(object, &rsp_partition_whereis, out);
  // A ServerRef says whom it stands for.
  const py::object target = steal(PyObject_GetAttrString(object, "__resprout_target__"));
  if (target && !Py_IS_TYPE(target.ptr(), Py_TYPE(object))) return get_target(target.ptr(), out);
  PyErr_Format(PyExc_TypeError, "a Pid or a name is needed, not %.100s", Py_TYPE(object)->tp_name);
  return false;
}

rsp_pid owner_of(const rsp_ref& alias) {
  return rsp_pid{alias.words[2] | (uint64_t{alias.words[3]} << 32), 0, 0};
}

}  // namespace rsp::python
