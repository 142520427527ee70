// resprout/exception.h over core/proc.
#include "resprout/exception.h"

#include "capi/src/call.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/exception.hpp"
#include "core/proc/protect.hpp"
#include "core/term/reason.hpp"

using namespace rsp;
using namespace rsp::capi;

static_assert(RSP_CLASS_ERROR == static_cast<int>(ExceptionClass::ERROR));
static_assert(RSP_CLASS_EXIT == static_cast<int>(ExceptionClass::EXIT));
static_assert(RSP_CLASS_THROW == static_cast<int>(ExceptionClass::THROW));

namespace {

bool is_class(rsp_class exception_class) { return static_cast<unsigned>(exception_class) <= RSP_CLASS_THROW; }

/** A term that can be frames: nil stands for none. */
bool is_frames(rsp_term frames) {
  return is_term(frames) && (from_public(frames).is_nil() || from_public(frames).kind() == Kind::LIST);
}

Term frames_of(rsp_term frames) {
  return from_public(frames).is_nil() ? Term::empty(Kind::LIST) : Term::share(from_public(frames));
}

/** The caller's as ours; false if it is none. */
bool read_exception(rsp_exception* out, const rsp_exception* from) {
  return from != nullptr && read_struct(out, *from) && is_class(out->exception_class) &&
         is_term(out->value) && is_frames(out->frames);
}

struct TryBodies {
  rsp_body body;
  rsp_body after;
  void* ctx;
};

Next call_body(Process& self, void* context) {
  const TryBodies& bodies = *static_cast<const TryBodies*>(context);
  return from_public(bodies.body(to_public(self), bodies.ctx));
}

Next call_after(Process& self, void* context) {
  const TryBodies& bodies = *static_cast<const TryBodies*>(context);
  return from_public(bodies.after(to_public(self), bodies.ctx));
}

}  // namespace

extern "C" {

rsp_next rsp_raise(rsp_self* self, rsp_class exception_class, rsp_term value, rsp_term frames) {
  leave_section_of(reinterpret_cast<Process*>(self));  // blocking.hpp, B1
  Call call(self);
  if (call.refused()) return RSP_NEXT_RAISE;
  if (!is_class(exception_class) || !is_term(value) || !is_frames(frames)) {
    raise(call.self(), ExceptionClass::ERROR, Term(ATOM_BADARG));
  } else {
    raise(call.self(), static_cast<ExceptionClass>(exception_class), Term::share(from_public(value)),
          frames_of(frames));
  }
  return RSP_NEXT_RAISE;
}

rsp_next rsp_exit(rsp_self* self, rsp_term reason) {
  return rsp_raise(self, RSP_CLASS_EXIT, reason, rsp_term{0, 0});
}

rsp_next rsp_error(rsp_self* self, rsp_term value) {
  return rsp_raise(self, RSP_CLASS_ERROR, value, rsp_term{0, 0});
}

rsp_next rsp_throw(rsp_self* self, rsp_term value) {
  return rsp_raise(self, RSP_CLASS_THROW, value, rsp_term{0, 0});
}

rsp_result rsp_try(rsp_self* self, rsp_exception* out, rsp_next* next_out, rsp_body body, rsp_body after,
                   void* ctx) {
  if (self == nullptr || out == nullptr || !is_writable(*out) || body == nullptr) return RSP_EINVAL;
  TryBodies bodies{body, after, ctx};
  Exception caught;
  Next next = Next::CONTINUE;
  const rsp_result result = protect(reinterpret_cast<Process*>(self), &call_body,
                                    after == nullptr ? nullptr : &call_after, &bodies, &caught, &next);
  if (result == RSP_OK && next_out != nullptr) *next_out = static_cast<rsp_next>(next);
  if (result == RSP_ERAISED) {
    write_struct(out, rsp_exception{0, static_cast<rsp_class>(caught.exception_class),
                                    to_public(caught.value.release()), to_public(caught.frames.release())});
  }
  return result;
}

rsp_result rsp_exception_reason(rsp_term* out, const rsp_exception* exception) {
  rsp_exception ours;
  if (out == nullptr || !read_exception(&ours, exception)) return RSP_EINVAL;
  const Exception inside{static_cast<ExceptionClass>(ours.exception_class),
                         Term::share(from_public(ours.value)), frames_of(ours.frames)};
  *out = to_public(reason_of(inside).release());
  return RSP_OK;
}

void rsp_exception_free(rsp_exception* exception) {
  if (exception == nullptr || !is_writable(*exception)) return;
  rsp_term_free(exception->value);
  rsp_term_free(exception->frames);
  exception->value = exception->frames = to_public(TermBits::nil());
}

rsp_result rsp_exception_term(rsp_term* out, rsp_atom language, const char* type, size_t type_len,
                              const char* message, size_t message_len, rsp_term frames) {
  if (out == nullptr || !is_name(language) || !is_frames(frames)) return RSP_EINVAL;
  if ((type == nullptr && type_len != 0) || (message == nullptr && message_len != 0)) return RSP_EINVAL;
  const std::string_view type_text(type, type_len);
  const std::string_view message_text(message, message_len);
  Term term;
  const rsp_result result =
      from_public(frames).is_nil()
          ? exception_value(&term, from_public(language), type_text, message_text)
          : reason_exception(&term, from_public(language), type_text, message_text, from_public(frames));
  if (result == RSP_OK) *out = to_public(term.release());
  return result;
}

}  // extern "C"
