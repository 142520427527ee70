// Python objects as native payloads of messages, and references that are dropped where no Python runs.
//
// The runtime drops payloads, states and contexts on any of its threads. A thread of a lane that has the
// interpreter lock gives the reference back at once; any other thread pushes it onto a list, which the lane
// empties between two turns. The list is a lock-free stack that is always taken whole, so nothing on it is
// ever popped by two.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** A reference to an object, in the runtime's hands. */
struct Payload {
  PyObject* object;
  Payload* next;  // on the list of the dropped
};

/** The operations that mark a payload of ours. */
const rsp_native_ops& payload_ops();

/** A payload that takes over the reference. nullptr: MemoryError, and the reference is given back. */
Payload* new_payload(PyObject* object);
/** Takes the reference out; the payload is gone. */
PyObject* take_object(void* payload);
/** Any thread: drops the payload, now or later. Fits ctx_free. */
void drop_payload(void* payload);

/** This thread has the lock, or has let it go. Said by lanes around each sleep, by attached threads while
 * they are attached. */
void set_lock_held(bool held);

/** Lets the lock go, and takes it again. Not noexcept: taking it may end the thread, by unwinding, when
 * Python ends. */
class Unlocked {
 public:
  Unlocked();
  ~Unlocked() noexcept(false);
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

  /** In the middle of it: takes the lock for a moment, and lets it go again. */
  void lock_again();
  void unlock_again();

 private:
  bool was_held_;
  PyThreadState* thread_state_;
};

/** Gives back what other threads have dropped. */
void give_back_dropped();
/** Any thread: whether there is something to give back. */
bool has_dropped();

}  // namespace rsp::python
