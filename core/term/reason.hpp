// Exit reasons: the shapes (docs/semantics.md, S-EXIT) that all languages share, built and recognised here
// only.
//
//   normal, kill, killed, shutdown, noproc, noconnection, thread_ended     atoms: TermBits(ATOM_...)
//   {shutdown, Detail}                                                     reason_shutdown
//   {E, Frames}                                                            reason_error
//   {{exception, Language, Type, Message}, Frames}                         reason_exception
//   {{nocatch, V}, Frames}                                                 reason_nocatch
//   {{fault, 'SIGSEGV' | stack_overflow | ...}, Frames}                    reason_fault
//   {exit_status, N}   {signal, 'SIGSEGV'}                                 reason_exit_status, reason_signal
//   {limit, mailbox | memory | stall}                                      reason_limit
//   {R, {call, Server, Request, Timeout}}                                  reason_with_call_info
//   {bad_return_value, X}   {nodedown, Node}   {try_clause, V}             reason_tagged
//
// Frames is a list of {File, Line, Function}: string, integer, string; possibly empty.
//
// A builder returns RSP_ENOMEM or RSP_ELIMIT and leaves `out` alone when it cannot build. A process must have
// a reason even then: or_atom() puts an atom in its place, which needs no memory.
//
//   Term reason;
//   rsp_result built = reason_nocatch(&reason, value, frames);
//   exit_with(or_atom(built, std::move(reason), ATOM_SYSTEM_LIMIT));
//
// Any thread may call everything here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/term/term.hpp"

namespace rsp {

/// Only plain `normal` is special to links.
[[nodiscard]] inline bool is_normal(TermBits reason) noexcept { return reason.is(ATOM_NORMAL); }
/// `shutdown` or {shutdown, _}.
[[nodiscard]] inline bool is_shutdown(TermBits reason) noexcept {
  return reason.is(ATOM_SHUTDOWN) || reason.is_tagged(ATOM_SHUTDOWN, 2);
}
/// normal, shutdown, {shutdown, _}: no crash report, and no restart of a transient child.
[[nodiscard]] inline bool is_expected(TermBits reason) noexcept {
  return is_normal(reason) || is_shutdown(reason);
}

struct Frame {
  std::string_view file;
  int64_t line = 0;
  std::string_view function;
};

/// The list of {File, Line, Function}; texts that are not UTF-8 are mended as by make_text.
[[nodiscard]] rsp_result make_frames(Term* out, std::span<const Frame> frames) noexcept;

/// {exception, Language, Type, Message}: the value of class error that a C++, Rust or Python exception
/// becomes.
[[nodiscard]] rsp_result exception_value(Term* out, Atom language, std::string_view type,
                                         std::string_view message) noexcept;
/// {{exception, Language, Type, Message}, Frames}
[[nodiscard]] rsp_result reason_exception(Term* out, Atom language, std::string_view type,
                                          std::string_view message, TermBits frames) noexcept;
/// {E, Frames}
[[nodiscard]] rsp_result reason_error(Term* out, TermBits value, TermBits frames) noexcept;
/// {{nocatch, V}, Frames}
[[nodiscard]] rsp_result reason_nocatch(Term* out, TermBits value, TermBits frames) noexcept;
/// {{fault, Fault}, Frames}
[[nodiscard]] rsp_result reason_fault(Term* out, Atom fault, TermBits frames) noexcept;
/// {shutdown, Detail}
[[nodiscard]] rsp_result reason_shutdown(Term* out, TermBits detail) noexcept;
/// `normal` for 0, else {exit_status, N}.
[[nodiscard]] rsp_result reason_exit_status(Term* out, int64_t status) noexcept;
/// {signal, 'SIGSEGV'}; {signal, N} for a number without a name here.
[[nodiscard]] rsp_result reason_signal(Term* out, int signal_number) noexcept;
/// {limit, mailbox | memory | stall}
[[nodiscard]] rsp_result reason_limit(Term* out, Atom which) noexcept;
/// {R, {call, Server, Request, Timeout}}: what a failed call raises, class exit.
[[nodiscard]] rsp_result reason_with_call_info(Term* out, TermBits reason, TermBits server, TermBits request,
                                               TermBits timeout) noexcept;
/// {Tag, Value}: bad_return_value, nodedown, try_clause, already_started, ...
[[nodiscard]] rsp_result reason_tagged(Term* out, Atom tag, TermBits value) noexcept;

/// `reason` with the atom '_' in place of the request in each {call, Server, Request, Timeout} of a failed call, for those
/// who may see what failed and not what was said.
[[nodiscard]] rsp_result without_requests(Term* out, TermBits reason) noexcept;

/// The atom of a signal's name, 'SIGSEGV'. False: no name here, and `out` is untouched.
[[nodiscard]] bool signal_atom(int signal_number, Atom* out) noexcept;

/// What was built, or the atom where building failed.
[[nodiscard]] inline Term or_atom(rsp_result built, Term&& value, Atom fallback) noexcept {
  return built == RSP_OK ? std::move(value) : Term(fallback);
}

}  // namespace rsp
