// The Python objects that the extension knows: classes of resprout/*.py, given to it once by
// resprout/__init__.py.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

// Classes and functions of the package. Each is a field of State and a name that `bind` takes.
#define RSP_PYTHON_NAMES(X) \
  X(Atom)                   \
  X(Down)                   \
  X(ExitSignal)             \
  X(TimerFired)             \
  X(DescriptorReady)        \
  X(CallRequest)            \
  X(CastRequest)            \
  X(Response)               \
  X(Opaque)                 \
  X(From)                   \
  X(MethodCall)             \
  X(Event)                  \
  X(GenStatem)              \
  X(Reply)                  \
  X(NoReply)                \
  X(Stop)                   \
  X(Init)                   \
  X(Ignore)                 \
  X(Fail)                   \
  X(Started)                \
  X(Error)                  \
  X(BadArgument)            \
  X(NotRunning)             \
  X(ForkedError)            \
  X(NoProcess)              \
  X(WrongContext)           \
  X(SystemLimit)            \
  X(Overload)               \
  X(Exit)                   \
  X(Throw)                  \
  X(CallExit)               \
  X(CallTimeout)            \
  X(CallCycle)              \
  X(ProcessExit)            \
  X(StartError)             \
  X(StartIgnored)           \
  X(AlreadyStarted)         \
  X(AlreadyRegistered)      \
  X(Via)                    \
  X(PartitionVia)           \
  X(ChildError)             \
  X(ApplicationError)       \
  X(KEEP)                   \
  X(NOTHING)                \
  X(immutable_types)        \
  X(enum_type)              \
  X(pickle_dumps)           \
  X(pickle_loads)           \
  X(ensure_runtime)         \
  X(new_lane_thread)        \
  X(write_report)           \
  X(read_supervisor_init)

struct State {
#define RSP_PYTHON_FIELD(name) PyObject* name = nullptr;
  RSP_PYTHON_NAMES(RSP_PYTHON_FIELD)
#undef RSP_PYTHON_FIELD
  bool strict = false;  // messages: refuse what is not known to be safe to share
};

/** The one State. Never destroyed. */
State& state();

/** Gives the extension an object of this name; an unknown name is an error. */
void bind(const char* name, PyObject* object);
/** The names that bind takes. */
py::list bindable_names();

}  // namespace rsp::python
