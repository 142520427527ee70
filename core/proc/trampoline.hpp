// The border between the core and user code: the only place where C++ exceptions are caught.
//
// What leaves a callback becomes the pending exception of the process: a std::exception is class error with
// value {exception, cpp, Type, Message}, anything else the same with the type's name and no message. The
// forced unwinding of a cancelled thread is not an exception and goes on.
#pragma once

#include "core/proc/blocking.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** Inside a catch: what the exception says. */
Exception describe_caught() noexcept;

/** Runs `body`, which is user code that returns Next; what leaves it becomes the pending exception. A blocking section
 * that it left open ends here. */
template <class Body>
Next guarded(Process& self, Body&& body);

/** Runs `body`, which is user code, in a process that is in no call. True: something left it, and *escaped
 * says what. */
template <class Body>
bool guarded_apart(Exception* escaped, Body&& body);

/** Drops a payload or a state: what leaves `drop` goes nowhere. nullptr drops nothing. */
void drop_guarded(void (*drop)(void*), void* payload);

}  // namespace rsp

#include <cxxabi.h>

#include <utility>

namespace rsp {

template <class Body>
Next guarded(Process& self, Body&& body) {
  try {
    const Next next = body();
    leave_blocking(self);
    return next;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    Exception caught = describe_caught();
    leave_blocking(self);
    return raise(self, caught.exception_class, std::move(caught.value), std::move(caught.frames));
  }
}

template <class Body>
bool guarded_apart(Exception* escaped, Body&& body) {
  const SectionLimit limit;
  try {
    body();
    return false;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    *escaped = describe_caught();
    return true;
  }
}

}  // namespace rsp
