// The border between the core and user code: the only place where C++ exceptions are caught.
//
// What leaves a callback becomes the pending exception of the process: a std::exception is class error with value {exception,
// cpp, Type, Message}, anything else the same with the type's name and no message. The forced unwinding of a cancelled
// thread is not an exception and goes on.
#pragma once

#include "core/proc/exception.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** Runs the function that is being caught for; see guarded(). */
Next raise_caught(Process& self) noexcept;

/** Runs `body`, which is user code that returns Next. */
template <class Body>
Next guarded(Process& self, Body&& body);

/** Drops a payload or a state: what leaves `drop` is counted and goes nowhere. */
void drop_guarded(void (*drop)(void*), void* payload);

}  // namespace rsp

#include <cxxabi.h>

namespace rsp {

template <class Body>
Next guarded(Process& self, Body&& body) {
  try {
    return body();
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return raise_caught(self);
  }
}

}  // namespace rsp
