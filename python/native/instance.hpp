// An object whose methods are the callbacks of a server or a state machine, and what these return.
#pragma once

#include "python/native/caller.hpp"
#include "python/native/messages.hpp"
#include "python/native/python.hpp"

namespace rsp::python {

/** The state of the process. */
struct Instance {
  PyProcess process;
  py::object instance;
  py::object continue_with;  // of the last result that had one

  ~Instance();
};

/** Whether it is of exactly this type. */
bool is(const py::object& object, PyObject* type);
/** Nothing: an error is set. */
py::object attribute(const py::object& object, const char* name);

/** False: an error is set. */
bool give_reason(const py::object& reason, rsp_server_return* ret);
bool give_reply(Instance& server, const py::object& value, rsp_from from, rsp_server_return* ret);
/** How the process waits after a result, which may also have a continue. *meant false: nothing that could be meant. False:
 * an error is set. */
bool read_wait(const py::object& result, bool has_continue, rsp_server_return* ret, bool* meant);

/** Ends a callback. */
rsp_next finish(rsp_self* self, bool succeeded);
/** What a callback came to: what it returned, or what it has thrown, which counts the same (S-SRV-7).
 * Nothing: an error is set. */
py::object outcome(PyObject* returned);
/** instance.callback(argument) */
py::object call_one(const Instance& server, const char* callback, const py::object& argument);

/** What the method init has returned, for the runtime. False: an error is set. */
using ReadInit = bool (*)(Instance& server, const py::object& result, rsp_server_return* ret);
/** Makes the object, on its lane, and runs its init. `ctx`: a Payload of (class, args, kwargs, OwnLane or None). */
rsp_next init_instance(rsp_self* self, void* ctx, rsp_term more, rsp_server_return* ret, ReadInit read_init);

/** The type of a class, for ever: `fill` puts in its callbacks but for terminate and what comes later. */
const rsp_server_ops* type_of(PyObject* class_, void (*fill)(rsp_server_ops& ops));

}  // namespace rsp::python
