// The border between the core and user code: the only place where C++ exceptions are caught.
//
// What leaves a callback becomes the pending exception of the process: a std::exception is class error with
// value {exception, cpp, Type, Message}, anything else the same with the type's name and no message. The
// forced unwinding of a cancelled thread is not an exception and goes on.
#pragma once

#include "core/proc/blocking.hpp"
#include "core/proc/call.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/process.hpp"

namespace rsp {

/** Inside a catch: what the exception says. */
Exception describe_caught() noexcept;

/** A piece of user code, from the runtime's step into it to its return, however it is left. A blocking section that it
 * left open ends here. */
class UserCode {
 public:
  explicit UserCode(Process& self) : self_(self) { begin_user(self_); }
  ~UserCode() {
    (void)leave_blocking(self_);
    end_user(self_);
  }
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;

 private:
  Process& self_;
};

/** Runs `body`, which returns Next: code of ours that runs code of users, or theirs inside a call. What leaves it
 * becomes the pending exception. */
template <class Body>
Next contained(Process& self, Body&& body);

/** The same with `body` being user code. */
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

/** What is being caught becomes the pending exception. */
Next raise_caught(Process& self);

template <class Body>
Next contained(Process& self, Body&& body) {
  try {
    return body();
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return raise_caught(self);
  }
}

template <class Body>
Next guarded(Process& self, Body&& body) {
  return contained(self, [&] {
    const UserCode inside(self);
    return body();
  });
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
