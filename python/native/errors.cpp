#include "python/native/errors.hpp"

#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

constexpr Py_ssize_t LONGEST_MESSAGE = 4096;
constexpr size_t MOST_FRAMES = 64;

/** Sets `type(arguments...)` as the error. */
template <class... Arguments>
void raise_object(PyObject* type, const Arguments&... arguments) {
  const py::object error = steal(PyObject_CallFunctionObjArgs(type, arguments..., nullptr));
  if (error) PyErr_SetObject(type, error.ptr());
}

/** One element of a term that is a tuple, as Python. */
py::object element(rsp_term tuple, size_t index) {
  rsp_term part{0, 0};
  if (rsp_term_kind(tuple) != RSP_KIND_TUPLE || rsp_term_element(&part, tuple, index) != RSP_OK) part = tuple;
  return steal(from_term(part));
}

py::object attribute(PyObject* object, const char* name) {
  py::object value = steal(PyObject_GetAttrString(object, name));
  if (!value) {
    PyErr_Clear();
    value = py::none();
  }
  return value;
}

std::string utf8(PyObject* text) {
  const char* const bytes = PyUnicode_AsUTF8(text);
  if (bytes != nullptr) return bytes;
  PyErr_Clear();
  const py::object escaped = steal(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
  if (!escaped) {
    PyErr_Clear();
    return "?";
  }
  return std::string(PyBytes_AS_STRING(escaped.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(escaped.ptr())));
}

std::string message_of(PyObject* exception) {
  py::object text = steal(PyObject_Str(exception));
  if (!text) {
    PyErr_Clear();
    return "(its text cannot be made)";
  }
  if (PyUnicode_GET_LENGTH(text.ptr()) > LONGEST_MESSAGE) {
    text = steal(PyUnicode_Substring(text.ptr(), 0, LONGEST_MESSAGE));
    if (!text) return PyErr_Clear(), "";
  }
  return utf8(text.ptr());
}

/** "ValueError", "package.module.Class.Inner". */
std::string type_of(PyObject* exception) {
  PyObject* const type = reinterpret_cast<PyObject*>(Py_TYPE(exception));
  const py::object name = attribute(type, "__qualname__");
  const py::object module = attribute(type, "__module__");
  std::string text = PyUnicode_Check(name.ptr()) ? utf8(name.ptr()) : Py_TYPE(exception)->tp_name;
  if (PyUnicode_Check(module.ptr())) {
    const std::string prefix = utf8(module.ptr());
    if (prefix != "builtins" && prefix != "__main__") text = prefix + '.' + text;
  }
  return text;
}

/** {File, Line, Function} of one entry of a traceback, and the frame lets go of its variables. */
py::object frame_of(PyObject* traceback) {
  const py::object frame = attribute(traceback, "tb_frame");
  const py::object code = attribute(frame.ptr(), "f_code");
  const py::object made = steal(PyTuple_Pack(3, attribute(code.ptr(), "co_filename").ptr(),
                                             attribute(traceback, "tb_lineno").ptr(),
                                             attribute(code.ptr(), "co_qualname").ptr()));
  return made;
}

void clear_frame(PyObject* traceback) {
  const py::object frame = attribute(traceback, "tb_frame");
  const py::object cleared = steal(PyObject_CallMethod(frame.ptr(), "clear", nullptr));
  if (!cleared) PyErr_Clear();  // it still runs: it is below the process's own code
}

/** The frames of an exception, innermost first, as a term. */
rsp_term frames_of(PyObject* exception) {
  const py::object frames = steal(PyList_New(0));
  py::object traceback = attribute(exception, "__traceback__");
  while (frames && !traceback.is_none()) {
    const py::object frame = frame_of(traceback.ptr());
    if (!frame || PyList_Insert(frames.ptr(), 0, frame.ptr()) != 0) break;
    if (PyList_GET_SIZE(frames.ptr()) > static_cast<Py_ssize_t>(MOST_FRAMES)) {
      if (PyList_SetSlice(frames.ptr(), MOST_FRAMES, PyList_GET_SIZE(frames.ptr()), nullptr) != 0) break;
    }
    traceback = attribute(traceback.ptr(), "tb_next");
  }
  PyErr_Clear();
  rsp_term term{0, 0};
  if (!frames || !to_reason(frames.ptr(), &term)) {
    PyErr_Clear();
    return rsp_term{0, 0};
  }
  return term;
}

/** Lets what the exception's frames hold go: the state of a dead process must not live on in them. */
void clear_frames(PyObject* exception) {
  py::object chained = borrow(exception);
  for (int depth = 0; depth < 32 && !chained.is_none(); ++depth) {
    py::object traceback = attribute(chained.ptr(), "__traceback__");
    while (!traceback.is_none()) {
      clear_frame(traceback.ptr());
      traceback = attribute(traceback.ptr(), "tb_next");
    }
    PyException_SetTraceback(chained.ptr(), Py_None);
    chained = attribute(chained.ptr(), "__context__");
  }
  PyErr_Clear();
}

rsp_next exit_with(rsp_self* self, const py::object& reason) {
  OwnedTerm term;
  if (reason && to_reason(reason.ptr(), term.out())) return rsp_exit(self, term.get());
  PyErr_Clear();
  return rsp_exit(self, atom_term("system_limit"));
}

rsp_next raise_with_frames(rsp_self* self, rsp_class exception_class, PyObject* exception,
                           const char* field) {
  OwnedTerm value;
  if (!to_reason(attribute(exception, field).ptr(), value.out())) PyErr_Clear();
  const OwnedTerm frames(frames_of(exception));
  return rsp_raise(self, exception_class, value.get(), frames.get());
}

rsp_next raise_exception(rsp_self* self, PyObject* exception) {
  const std::string type = type_of(exception);
  const std::string message = message_of(exception);
  const OwnedTerm frames(frames_of(exception));
  OwnedTerm value;
  const rsp_result made = rsp_exception_term(value.out(), atom_of("python"), type.data(), type.size(),
                                             message.data(), message.size(), rsp_term_nil());
  if (made != RSP_OK) return rsp_exit(self, atom_term("system_limit"));
  return rsp_raise(self, RSP_CLASS_ERROR, value.get(), frames.get());
}

/** normal, or {exit_status, Code}. */
py::object system_exit_reason(PyObject* exception) {
  const py::object code = attribute(exception, "code");
  const bool is_zero = PyLong_CheckExact(code.ptr()) && PyLong_AsLong(code.ptr()) == 0;
  PyErr_Clear();
  if (code.is_none() || is_zero) return steal(PyUnicode_FromString("normal"));
  return steal(Py_BuildValue("(sO)", "exit_status", code.ptr()));
}

/** {Reason, {call, Server, Request, Timeout}}. */
py::object call_exit_reason(PyObject* exception) {
  const py::object word = steal(PyObject_CallFunction(state().Atom, "s", "call"));
  if (!word) return word;
  return steal(Py_BuildValue("(O(OOOO))", attribute(exception, "reason").ptr(), word.ptr(),
                             attribute(exception, "server").ptr(), attribute(exception, "request").ptr(),
                             attribute(exception, "timeout").ptr()));
}

bool is_a(PyObject* exception, PyObject* type) { return PyErr_GivenExceptionMatches(exception, type) != 0; }

rsp_next raise_as(rsp_self* self, PyObject* exception) {
  const State& known = state();
  if (is_a(exception, known.Exit)) return exit_with(self, attribute(exception, "reason"));
  if (is_a(exception, PyExc_SystemExit)) return exit_with(self, system_exit_reason(exception));
  if (is_a(exception, PyExc_KeyboardInterrupt)) return rsp_exit(self, atom_term("interrupt"));
  if (is_a(exception, known.ProcessExit)) return rsp_exit(self, atom_term("killed"));
  if (is_a(exception, known.CallExit)) return exit_with(self, call_exit_reason(exception));
  if (is_a(exception, known.Throw)) return raise_with_frames(self, RSP_CLASS_THROW, exception, "value");
  if (is_a(exception, known.Error)) return raise_with_frames(self, RSP_CLASS_ERROR, exception, "value");
  return raise_exception(self, exception);
}

/** The exception of a code, and what to do about it in Python's words. */
struct Failure {
  PyObject* type;
  const char* text;
};

Failure failure_of(rsp_result result) {
  const State& known = state();
  switch (result) {
    case RSP_EINVAL:
      return {known.BadArgument,
              "badarg: an argument is malformed or out of range, or a Pid or Ref is not of this runtime"};
    case RSP_ENAMETAKEN:
    case RSP_EHASNAME:
    case RSP_ENONAME:
    case RSP_ETYPE:
    case RSP_ESPEC:
    case RSP_ENOTOWNER:
    case RSP_ENOTABLE:
    case RSP_EACCESS:
    case RSP_EHANDLER:
      return {known.BadArgument, rsp_result_message(result)};
    case RSP_ENOPROC:
      return {known.NoProcess, rsp_result_message(result)};
    case RSP_EOVERLOAD:
      return {known.Overload,
              "overload: the mailbox of the receiver is at its limit (limit_mailbox): nothing was sent"};
    case RSP_ELIMIT:
    case RSP_EOS:
      return {known.SystemLimit,
              "system_limit: too many processes (Runtime(max_processes=)), or too many that wait in the "
              "middle of "
              "their code, each with a thread: a GenServer or spawn_handler process waits without one"};
    case RSP_ESTOPPED:
      return {known.NotRunning, "no runtime is running: start one with resprout.Runtime()"};
    case RSP_EFORKED:
      return {
          known.ForkedError,
          "this OS process was forked from one that runs resprout: stop the runtime before the fork, or let "
          "multiprocessing use 'spawn' or 'forkserver'"};
    case RSP_EALREADY:
      return {known.WrongContext, "a runtime runs already: one lives at a time in an OS process"};
    case RSP_EWOULDBLOCK:
      return {known.WrongContext, "a process cannot make this call: make it from a plain thread"};
    case RSP_EWRONGTHREAD:
    case RSP_ERAISED:
      return {known.WrongContext,
              "this thread is in the middle of another call of the runtime: call when it has returned"};
    default:
      return {known.WrongContext, rsp_result_message(result)};
  }
}

}  // namespace

void raise_result(rsp_result result) {
  if (result == RSP_ENOMEM) {
    PyErr_NoMemory();
    return;
  }
  if (result == RSP_EXITING) {
    PyErr_SetString(
        state().ProcessExit,
        "this process has been ended, by a kill or the exit signal of one that it is linked to: it can only "
        "clean up. trap_exit() makes such signals messages");
    return;
  }
  const Failure failure = failure_of(result);
  const py::object text = steal(PyUnicode_FromString(failure.text));
  const py::object name = steal(PyUnicode_FromString(rsp_result_name(result)));
  if (text && name) raise_object(failure.type, text.ptr(), name.ptr());
}

void raise_call_failure(rsp_result result, rsp_term failure, PyObject* server, PyObject* request,
                        PyObject* timeout) {
  if (result != RSP_EEXITED && result != RSP_ETIMEDOUT && result != RSP_ECALLINGSELF)
    return raise_result(result);
  const py::object reason = element(failure, 0);
  if (!reason) return;
  PyObject* const type = result == RSP_ETIMEDOUT      ? state().CallTimeout
                         : result == RSP_ECALLINGSELF ? state().CallCycle
                                                      : state().CallExit;
  raise_object(type, reason.ptr(), server, request, timeout);
}

void raise_start_failure(rsp_result result, rsp_term error) {
  if (result == RSP_EIGNORE) {
    const py::object ignore = steal(PyObject_CallFunction(state().Atom, "s", "ignore"));
    if (ignore) raise_object(state().StartIgnored, ignore.ptr());
    return;
  }
  const bool has_reason = result == RSP_EEXITED || result == RSP_ENAMETAKEN || result == RSP_ETIMEDOUT ||
                          result == RSP_ELIBRARY || result == RSP_ESPEC;
  if (!has_reason) return raise_result(result);
  const py::object reason = steal(from_term(error));
  if (!reason) return;
  if (result == RSP_ESPEC) {
    const py::object text = steal(PyUnicode_FromFormat("%s: %R", rsp_result_message(result), reason.ptr()));
    if (text) raise_object(state().BadArgument, text.ptr(), reason.ptr());
    return;
  }
  raise_object(result == RSP_ENAMETAKEN ? state().AlreadyStarted : state().StartError, reason.ptr());
}

void raise_refusal(rsp_term reason, PyObject* supervisor, PyObject* id) {
  const py::object word = steal(from_term(reason));
  if (word) raise_object(state().ChildError, word.ptr(), supervisor, id);
}

rsp_next raise_in_process(rsp_self* self) {
  PyObject* type;
  PyObject* value;
  PyObject* traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  const py::object owned_type = steal(type);
  const py::object exception = steal(value);
  const py::object owned_traceback = steal(traceback);
  // One that was told to end has its reason already.
  const bool ends = rsp_checkpoint(self) == RSP_EXITING;
  const rsp_next next = ends || !exception ? RSP_NEXT_STOP : raise_as(self, exception.ptr());
  if (exception) clear_frames(exception.ptr());
  return next;
}

}  // namespace rsp::python
