// Who calls: the process whose Python code runs on this thread.
//
// On a thread of a lane that is the process whose turn it is. Any other thread becomes a process by its first
// call that needs one (rsp_attach), and stays one until it ends, calls detach, or the runtime stops.
#pragma once

#include <optional>

#include "python/native/payload.hpp"
#include "python/native/python.hpp"

namespace rsp::python {

/** The Python side of a process. */
struct PyProcess {
  rsp_self* self = nullptr;
  rsp_pid pid{0, 0, 0};
  bool is_attached = false;  // a thread of its own, which waits without the lock
  bool is_matching = false;  // a predicate of receive runs
};

/** The process of this thread; attaches it, and starts the runtime, if need be. nullptr: an error is set. */
PyProcess* caller();

/** The process of this thread, or nullptr without an error: for calls that need none. A runtime runs then;
 * false: an error is set. */
bool caller_or_none(PyProcess** out);

/** Whether this thread runs the code of a process of a lane. */
bool is_on_lane();

/** In a forked child: if a runtime ran, no call can be made here any more. */
void mark_forked();
bool is_forked();
/** False: ForkedError is set. */
bool check_not_forked();

/** Ends the process of this thread, if it attached itself. */
void detach(rsp_term reason);

/** A callback of `process` runs on this thread of a lane. */
class Turn {
 public:
  Turn(PyProcess& process, rsp_self* self);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

/** A call that waits: an attached thread lets the lock go for it, a lane does so itself when it sleeps.
 * Python's main thread looks after signals meanwhile: where a handler raises, the wait ends as at its
 * timeout, with that error set. */
class Wait {
 public:
  explicit Wait(PyProcess& process);
  ~Wait() noexcept(false);
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

 private:
  std::optional<Unlocked> unlocked_;
};

/** The processes whose code is Python: they receive Python values, all others terms. */
void add_python_process(rsp_pid pid);
void remove_python_process(rsp_pid pid);
bool is_python_process(rsp_pid pid);

/** Python's timeout (None: no end; else seconds) in milliseconds, rounded up. False: an error is set. */
bool to_timeout_ms(PyObject* seconds, uint64_t* out);

}  // namespace rsp::python
