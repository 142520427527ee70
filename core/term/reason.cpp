#include "core/term/reason.hpp"

#include <csignal>

#include "core/mem/alloc.hpp"

namespace rsp {

namespace {

rsp_result make_frame(Term* out, const Frame& frame) noexcept {
  Term file;
  if (rsp_result result = make_text(&file, frame.file); result != RSP_OK) return result;
  Term function;
  if (rsp_result result = make_text(&function, frame.function); result != RSP_OK) return result;
  return make_tuple(out, {file, TermBits::integer(frame.line), function});
}

/// {{Tag, Value}, Frames}
rsp_result make_raised(Term* out, Atom tag, TermBits value, TermBits frames) noexcept {
  Term head;
  if (rsp_result result = reason_tagged(&head, tag, value); result != RSP_OK) return result;
  return reason_error(out, head, frames);
}

/// A call that failed because a call failed because ...: deeper than this nothing is shown.
constexpr unsigned MAX_NESTED_REASONS = 32;
/// No shape of a reason has more elements.
constexpr size_t MAX_ELEMENTS = 4;
/// A reason may hold one tuple in many places: so many are looked at, and beyond that nothing is shown.
constexpr unsigned MAX_LOOKED_AT = 1000;

rsp_result hide_requests(Term* out, TermBits reason, unsigned depth, unsigned* left) noexcept {
  if (reason.kind() != Kind::TUPLE || reason.size() > MAX_ELEMENTS) {
    *out = Term::share(reason);
    return RSP_OK;
  }
  if (depth == 0 || *left == 0) {
    *out = ATOM_ANY;
    return RSP_OK;
  }
  --*left;
  const bool is_call = reason.is_tagged(ATOM_CALL, 4);
  Term shown[MAX_ELEMENTS];
  TermBits elements[MAX_ELEMENTS];
  bool is_same = true;
  for (size_t i = 0; i < reason.size(); ++i) {
    rsp_result result = RSP_OK;
    if (is_call && i == 2) {
      shown[i] = ATOM_ANY;
    } else {
      result = hide_requests(&shown[i], reason.element(i), depth - 1, left);
    }
    if (result != RSP_OK) return result;
    elements[i] = shown[i];
    is_same = is_same && elements[i].is_same(reason.element(i));
  }
  if (is_same) {
    *out = Term::share(reason);
    return RSP_OK;
  }
  return make_tuple(out, std::span<const TermBits>(elements, reason.size()));
}

}  // namespace

rsp_result make_frames(Term* out, std::span<const Frame> frames) noexcept {
  if (frames.empty()) {
    *out = Term::empty(Kind::LIST);
    return RSP_OK;
  }
  // A list is built of bits: each stands for a reference of ours until the list has taken its own.
  TermBits* built = static_cast<TermBits*>(mem_alloc_shared(frames.size_bytes()));
  if (built == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  rsp_result result = RSP_OK;
  for (; count < frames.size() && result == RSP_OK; ++count) {
    Term frame;
    result = make_frame(&frame, frames[count]);
    built[count] = frame.release();
  }
  if (result == RSP_OK) result = make_list(out, std::span<const TermBits>(built, count));
  for (size_t i = 0; i < count; ++i) drop_term(built[i]);
  mem_free_shared(built);
  return result;
}

rsp_result exception_value(Term* out, Atom language, std::string_view type,
                           std::string_view message) noexcept {
  Term type_text;
  if (rsp_result result = make_text(&type_text, type); result != RSP_OK) return result;
  Term message_text;
  if (rsp_result result = make_text(&message_text, message); result != RSP_OK) return result;
  return make_tuple(out, {ATOM_EXCEPTION, language, type_text, message_text});
}

rsp_result reason_exception(Term* out, Atom language, std::string_view type, std::string_view message,
                            TermBits frames) noexcept {
  Term value;
  if (rsp_result result = exception_value(&value, language, type, message); result != RSP_OK) return result;
  return reason_error(out, value, frames);
}

rsp_result reason_error(Term* out, TermBits value, TermBits frames) noexcept {
  return make_tuple(out, {value, frames});
}

rsp_result reason_nocatch(Term* out, TermBits value, TermBits frames) noexcept {
  return make_raised(out, ATOM_NOCATCH, value, frames);
}

rsp_result reason_fault(Term* out, Atom fault, TermBits frames) noexcept {
  return make_raised(out, ATOM_FAULT, fault, frames);
}

rsp_result reason_shutdown(Term* out, TermBits detail) noexcept {
  return reason_tagged(out, ATOM_SHUTDOWN, detail);
}

rsp_result reason_exit_status(Term* out, int64_t status) noexcept {
  if (status == 0) {
    *out = ATOM_NORMAL;
    return RSP_OK;
  }
  return reason_tagged(out, ATOM_EXIT_STATUS, TermBits::integer(status));
}

rsp_result reason_signal(Term* out, int signal_number) noexcept {
  Atom name;
  const bool has_name = signal_atom(signal_number, &name);
  return reason_tagged(out, ATOM_SIGNAL, has_name ? TermBits(name) : TermBits::integer(signal_number));
}

rsp_result reason_limit(Term* out, Atom which) noexcept { return reason_tagged(out, ATOM_LIMIT, which); }

rsp_result reason_with_call_info(Term* out, TermBits reason, TermBits server, TermBits request,
                                 TermBits timeout) noexcept {
  Term call;
  if (rsp_result result = make_tuple(&call, {ATOM_CALL, server, request, timeout}); result != RSP_OK) {
    return result;
  }
  return make_tuple(out, {reason, call});
}

rsp_result reason_tagged(Term* out, Atom tag, TermBits value) noexcept {
  return make_tuple(out, {tag, value});
}

rsp_result without_requests(Term* out, TermBits reason) noexcept {
  unsigned left = MAX_LOOKED_AT;
  return hide_requests(out, reason, MAX_NESTED_REASONS, &left);
}

bool signal_atom(int signal_number, Atom* out) noexcept {
  static constexpr struct {
    int number;
    Atom name;
  } NAMES[] = {
      {SIGABRT, ATOM_SIGABRT}, {SIGALRM, ATOM_SIGALRM}, {SIGBUS, ATOM_SIGBUS},   {SIGFPE, ATOM_SIGFPE},
      {SIGHUP, ATOM_SIGHUP},   {SIGILL, ATOM_SIGILL},   {SIGINT, ATOM_SIGINT},   {SIGKILL, ATOM_SIGKILL},
      {SIGPIPE, ATOM_SIGPIPE}, {SIGQUIT, ATOM_SIGQUIT}, {SIGSEGV, ATOM_SIGSEGV}, {SIGSYS, ATOM_SIGSYS},
      {SIGTERM, ATOM_SIGTERM}, {SIGTRAP, ATOM_SIGTRAP}, {SIGXCPU, ATOM_SIGXCPU}, {SIGXFSZ, ATOM_SIGXFSZ},
  };
  for (const auto& entry : NAMES) {
    if (entry.number != signal_number) continue;
    *out = entry.name;
    return true;
  }
  return false;
}

}  // namespace rsp
