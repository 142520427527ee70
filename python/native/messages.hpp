// Messages between the runtime and Python.
//
// To a Python process travels a Python value, as a native payload; to any other process a term. Which one it
// is, the pid says.
#pragma once

#include "python/native/caller.hpp"
#include "python/native/payload.hpp"
#include "python/native/python.hpp"

namespace rsp::python {

/** A value on its way to one process. What nobody takes over is freed. */
class Outgoing {
 public:
  Outgoing() = default;
  ~Outgoing();
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  /** Makes it fit for `to`. `what` names it in errors; `self` may be nullptr. False: an error is set. */
  bool prepare(PyObject* value, rsp_pid to, const char* what, PyProcess* self);

  /** The receiver is dead, and the value has no term: there is nothing to send. */
  bool is_for_nobody() const { return is_for_nobody_; }
  Payload* payload() const { return payload_; }
  rsp_term term() const { return term_.get(); }
  Payload* take_payload();
  rsp_term take_term() { return term_.release(); }

 private:
  Payload* payload_ = nullptr;
  OwnedTerm term_;
  bool is_for_nobody_ = false;
};

/** Whether a Python value is taken out of its message, or shared with one that may go back to the mailbox. */
enum class Payloads { TAKE, SHARE };

/** The value that a message of any kind carries. A new reference, or an error. */
PyObject* content_of(rsp_msg* message, Payloads payloads = Payloads::TAKE);

/** A message as Python code sees it: the value itself, or Response, Down, ExitSignal, TimerFired, DescriptorReady, CallRequest,
 * CastRequest. A new reference, or an error. */
PyObject* message_to_python(rsp_msg* message, Payloads payloads = Payloads::TAKE);

/** The From of a request. */
PyObject* new_from(rsp_from from);
/** False: TypeError. */
bool get_from(PyObject* object, rsp_from* out);

/** Whom a message is for: a Pid, a name, a Ref that is an alias, a Via. */
struct Target {
  rsp_pid pid{0, 0, 0};  // of nobody, where a name or a key is free
  rsp_ref alias{};
  rsp_atom name{};
  bool is_alias = false;
  bool is_name = false;
  bool is_via = false;
};

/** False: an error is set. */
bool get_target(PyObject* object, Target* out);

/** The process that an alias belongs to. */
rsp_pid owner_of(const rsp_ref& alias);

}  // namespace rsp::python
