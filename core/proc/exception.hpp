// The pending exception of a process: class, value, frames (docs/semantics.md, S-ERR).
//
// C has no exceptions, so raising is: store it here and return Next::RAISE (RSP_NEXT_RAISE) from the
// callback; catching is taking it out again. Private to the owner of the process.
#pragma once

#include "core/proc/process.hpp"
#include "core/term/term.hpp"

namespace rsp {

enum class ExceptionClass : uint8_t { ERROR, EXIT, THROW };

struct Exception {
  ExceptionClass exception_class = ExceptionClass::ERROR;
  Term value{};
  Term frames = Term::empty(Kind::LIST);
};

/** Makes this the pending exception, in place of any other. Always Next::RAISE: `return raise(...)`.
 * When memory is short the value becomes the atom system_limit. */
Next raise(Process& self, ExceptionClass exception_class, Term value, Term frames = Term::empty(Kind::LIST));

/** Takes the pending exception out. There must be one. */
Exception take_exception(Process& self);

inline bool has_exception(const Process& self) { return self.exception != nullptr; }

/** What code that returned Next::RAISE means: the pending exception, taken out; the error bad_return_value if
 * it raised nothing. */
Exception take_raised(Process& self);

/** Of a process that has one. */
void discard_pending(Process& self);

/** Forgets the pending exception, if there is one: it was raised and not returned. */
inline void drop_exception(Process& self) {
  if (self.exception != nullptr) discard_pending(self);
}

/** Takes the pending exception out whole (nullptr: there is none), to be put back or discarded. Needs no
 * memory. */
Exception* set_exception_aside(Process& self);
void put_exception_back(Process& self, Exception* exception);
void discard_exception(Exception* exception);

/** The exit reason of a process that this exception leaves (S-ERR: error {E, Frames}; exit R; throw
 * {{nocatch, V}, Frames}). */
Term reason_of(const Exception& exception);

}  // namespace rsp
