#include "python/native/caller.hpp"

#include <cmath>
#include <unordered_map>

#include "python/native/errors.hpp"
#include "python/native/lanes.hpp"
#include "python/native/runtime.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

// Set on threads of lanes during a turn.
thread_local PyProcess* t_in_turn = nullptr;

/** How many parts of each are Python's: one, or the handlers of an event manager. */
std::unordered_map<uint64_t, size_t>& python_processes() {
  static auto* const all = new std::unordered_map<uint64_t, size_t>;
  return *all;
}

/** The process of a thread that attached itself. */
struct Attached {
  PyProcess process;
  uint64_t run = 0;  // of the runtime
};

thread_local Attached t_attached;

// This OS process is a forked child of one in which a runtime ran.
bool g_is_forked = false;

// The wait of this thread, while it has let the lock go.
thread_local Unlocked* t_unlocked = nullptr;
// In the middle of that wait Python's signal handlers run.
thread_local bool t_serves_signals = false;

constexpr uint64_t SIGNALS_INTERVAL_MS = 50;

/** Of Python's main thread, now and then while it waits: signal handlers run. True: one has raised. */
bool serve_signals(void*) {
  if (t_unlocked == nullptr) return false;
  t_unlocked->lock_again();
  t_serves_signals = true;
  const bool has_raised = PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;
  t_serves_signals = false;
  t_unlocked->unlock_again();
  return has_raised;
}

constexpr const char* CAPSULE = "resprout.attached";

/** Python clears the state of a thread: on that thread as it ends, or on the main one at the very end. */
void on_thread_end(PyObject* capsule) {
  if (PyCapsule_GetPointer(capsule, CAPSULE) == &t_attached) detach(atom_term("thread_ended"));
}

/** Sees to it that the process ends with the Python thread. */
bool watch_thread_end() {
  PyObject* const dict = PyThreadState_GetDict();
  const py::object capsule = steal(PyCapsule_New(&t_attached, CAPSULE, &on_thread_end));
  return dict != nullptr && capsule && PyDict_SetItemString(dict, CAPSULE, capsule.ptr()) == 0;
}

bool is_main_thread() {
  // Asked once for a thread's process.
  const py::object threading = steal(PyImport_ImportModule("threading"));
  const py::object main =
      threading ? steal(PyObject_CallMethod(threading.ptr(), "main_thread", nullptr)) : py::object();
  const py::object ident = main ? steal(PyObject_GetAttrString(main.ptr(), "ident")) : py::object();
  if (!ident) {
    PyErr_Clear();
    return false;
  }
  return PyLong_AsUnsignedLong(ident.ptr()) == PyThread_get_thread_ident();
}

/** Starts the runtime if none runs. False: an error is set. */
bool ensure_running() {
  if (rsp_runtime_is_running()) return true;
  const py::object started = steal(PyObject_CallNoArgs(state().ensure_runtime));
  return bool(started);
}

PyProcess* attach() {
  if (!watch_thread_end()) return nullptr;
  rsp_self* self = nullptr;
  const rsp_result result = rsp_attach(&self);
  if (result != RSP_OK) return raise_result(result), nullptr;
  PyProcess& process = t_attached.process;
  process.self = self;
  process.pid = rsp_self_pid(self);
  process.is_attached = true;
  if (is_main_thread()) (void)!rsp_watch_waits(self, SIGNALS_INTERVAL_MS, &serve_signals, nullptr);
  t_attached.run = current_run();
  add_python_process(process.pid);
  set_lock_held(true);
  return &process;
}

}  // namespace

PyProcess* caller() {
  if (!check_not_forked()) return nullptr;
  if (t_serves_signals) {
    PyErr_SetString(
        state().WrongContext,
        "this thread waits in a call of the runtime: a signal handler may send and set flags meanwhile");
    return nullptr;
  }
  if (t_in_turn != nullptr) return t_in_turn;
  if (t_attached.process.self != nullptr) {
    if (t_attached.run == current_run()) return &t_attached.process;
    detach(rsp_term_nil());  // of a runtime that has been stopped since
  }
  if (serves_a_lane()) {
    PyErr_SetString(
        state().WrongContext,
        "no process runs here: objects that nobody holds any more are given back between two turns");
    return nullptr;
  }
  return ensure_running() ? attach() : nullptr;
}

bool caller_or_none(PyProcess** out) {
  if (!check_not_forked()) return false;
  *out = t_in_turn;
  if (*out != nullptr || t_serves_signals) return true;
  if (t_attached.process.self != nullptr && t_attached.run == current_run()) {
    *out = &t_attached.process;
    return true;
  }
  // A lane never starts a runtime: it may be the one that is being stopped.
  if (serves_a_lane()) return rsp_runtime_is_running() || check(RSP_ESTOPPED);
  return ensure_running();
}

bool is_on_lane() { return t_in_turn != nullptr; }

void mark_forked() {
  rsp_runtime_stats stats{};
  stats.size = sizeof stats;
  g_is_forked = rsp_runtime_get_stats(&stats) == RSP_EFORKED;
  forget_wakers();
}

bool is_forked() { return g_is_forked; }

bool check_not_forked() { return !g_is_forked || check(RSP_EFORKED); }

void detach(rsp_term reason) {
  PyProcess& process = t_attached.process;
  if (process.self == nullptr) return;
  rsp_self* const self = process.self;
  remove_python_process(process.pid);
  process.self = nullptr;
  process.pid = rsp_pid{0, 0, 0};
  (void)!rsp_detach(self, reason);
  set_lock_held(false);
}

Turn::Turn(PyProcess& process, rsp_self* self) {
  serve_others();
  process.self = self;
  t_in_turn = &process;
  begin_stretch();
}

Turn::~Turn() {
  end_stretch();
  t_in_turn = nullptr;
}

Wait::Wait(PyProcess& process) {
  if (process.is_attached) {
    unlocked_.emplace();
    t_unlocked = &*unlocked_;
  } else {
    end_stretch();
  }
}

Wait::~Wait() noexcept(false) {
  t_unlocked = nullptr;
  if (!unlocked_) begin_stretch();
}

void add_python_process(rsp_pid pid) { ++python_processes()[pid.id]; }
void remove_python_process(rsp_pid pid) {
  const auto found = python_processes().find(pid.id);
  if (found != python_processes().end() && --found->second == 0) python_processes().erase(found);
}
bool is_python_process(rsp_pid pid) { return python_processes().contains(pid.id); }

bool to_timeout_ms(PyObject* seconds, uint64_t* out) {
  if (seconds == nullptr || seconds == Py_None) {
    *out = RSP_INFINITE;
    return true;
  }
  const double value = PyFloat_AsDouble(seconds);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
    PyErr_Format(PyExc_TypeError, "a time in seconds, or None, is needed, not %.100s",
                 Py_TYPE(seconds)->tp_name);
    return false;
  }
  if (std::isnan(value) || value < 0) {
    PyErr_Format(state().BadArgument, "a time is 0 or more seconds, not %R", seconds);
    return false;
  }
  const double ms = std::ceil(value * 1000.0);
  *out = ms >= 1e18 ? RSP_INFINITE : static_cast<uint64_t>(ms);
  return true;
}

}  // namespace rsp::python
