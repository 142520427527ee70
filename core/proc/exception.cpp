#include "core/proc/exception.hpp"

#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

// Stands for every exception that there was no memory for. Never written, never freed.
Exception& out_of_memory() {
  static Exception exception{ExceptionClass::EXIT, Term(ATOM_SYSTEM_LIMIT), Term::empty(Kind::LIST)};
  return exception;
}

}  // namespace

Next raise(Process& self, ExceptionClass exception_class, Term value, Term frames) {
  drop_exception(self);
  Exception* const exception = mem_new<Exception>();
  if (exception == nullptr) RSP_SOMETIMES("no memory for an exception");
  self.exception = exception == nullptr ? &out_of_memory() : exception;
  if (exception != nullptr) {
    exception->exception_class = exception_class;
    exception->value = std::move(value);
    exception->frames = std::move(frames);
  }
  return Next::RAISE;
}

Exception take_exception(Process& self) {
  Exception* const pending = self.exception;
  self.exception = nullptr;
  if (pending == &out_of_memory()) return *pending;
  Exception taken = std::move(*pending);
  mem_delete(pending);
  return taken;
}

Exception take_raised(Process& self) {
  if (has_exception(self)) return take_exception(self);
  return Exception{ExceptionClass::ERROR, Term(ATOM_BAD_RETURN_VALUE)};
}

void discard_pending(Process& self) { discard_exception(set_exception_aside(self)); }

Exception* set_exception_aside(Process& self) {
  Exception* const pending = self.exception;
  self.exception = nullptr;
  return pending;
}

void put_exception_back(Process& self, Exception* exception) {
  drop_exception(self);
  self.exception = exception;
}

void discard_exception(Exception* exception) {
  if (exception != &out_of_memory()) mem_delete(exception);
}

Term reason_of(const Exception& exception) {
  Term reason;
  switch (exception.exception_class) {
    case ExceptionClass::EXIT:
      return exception.value;
    case ExceptionClass::ERROR:
      return or_atom(reason_error(&reason, exception.value, exception.frames), std::move(reason),
                     ATOM_SYSTEM_LIMIT);
    case ExceptionClass::THROW:
      return or_atom(reason_nocatch(&reason, exception.value, exception.frames), std::move(reason),
                     ATOM_SYSTEM_LIMIT);
  }
  RSP_UNREACHABLE("exception class");
}

}  // namespace rsp
