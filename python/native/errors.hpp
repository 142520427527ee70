// Failures, in both directions: a code of the C API becomes a Python exception; a Python exception that
// leaves a process becomes its pending exception, and so its exit reason (docs/semantics.md, S-ERR).
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Sets the Python error of a code other than RSP_OK. */
void raise_result(rsp_result result);

/** True on RSP_OK; else sets the error. */
inline bool check(rsp_result result) {
  if (result == RSP_OK) return true;
  raise_result(result);
  return false;
}

/** Raises the CallExit of a call: `failure` is {Reason, {call, Server, Request, Timeout}}. */
void raise_call_failure(rsp_result result, rsp_term failure, PyObject* server, PyObject* request,
                        PyObject* timeout);

/** Raises the StartError of a start that failed with `error`. */
void raise_start_failure(rsp_result result, rsp_term error);

/** Raises the ChildError of what a supervisor has refused to do about the child `id`. */
void raise_refusal(rsp_term reason, PyObject* supervisor, PyObject* id);

/** The Python error that is set becomes the process's pending exception; what the callback returns then. */
rsp_next raise_in_process(rsp_self* self);

}  // namespace rsp::python
