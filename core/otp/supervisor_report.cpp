#include "core/otp/supervisor_report.hpp"

#include "core/term/reason.hpp"

namespace rsp {
namespace {

Atom word_of(rsp_restart restart) {
  switch (restart) {
    case RSP_RESTART_TRANSIENT:
      return ATOM_TRANSIENT;
    case RSP_RESTART_TEMPORARY:
      return ATOM_TEMPORARY;
    default:
      return ATOM_PERMANENT;
  }
}

TermBits word_of(const Child& child) {
  switch (child.shutdown) {
    case RSP_SHUTDOWN_BRUTAL_KILL:
      return ATOM_BRUTAL_KILL;
    case RSP_SHUTDOWN_INFINITY:
      return ATOM_INFINITY;
    default:
      return TermBits::integer(static_cast<int64_t>(child.shutdown_ms));
  }
}

TermBits name_or_pid(const Process& self) {
  const Atom name = name_of(self);
  return name.id != 0 ? TermBits(name) : TermBits(self.pid());
}

}  // namespace

rsp_result describe(Term* out, const Child& child, TermPair first) {
  const Term module = module_of(*child.start);
  // In the order that they have in the map, mostly: a restart makes one for its report.
  TermPair pairs[9] = {{ATOM_ID, child.id},
                       {ATOM_MODULE, module},
                       first,
                       {ATOM_RESTART, word_of(child.restart)},
                       {ATOM_SHUTDOWN, word_of(child)},
                       {ATOM_SIGNIFICANT, TermBits::boolean(child.significant)},
                       {ATOM_TYPE, child.type == RSP_CHILD_SUPERVISOR ? ATOM_SUPERVISOR : ATOM_WORKER}};
  size_t count = 7;
  // What OTP has not is named where it is used: else the map is OTP's.
  Term backoff;
  if (child.fatal) pairs[count++] = {ATOM_FATAL, TermBits::boolean(true)};
  if (child.backoff != nullptr) {
    const rsp_result built = describe(&backoff, *child.backoff);
    if (built != RSP_OK) return built;
    pairs[count++] = {ATOM_BACKOFF, backoff};
  }
  return make_map(out, std::span<const TermPair>(pairs, count));
}

void report_child(Process& self, Atom context, TermBits reason, const Child& child, Atom decision) {
  if (!is_reported(RSP_REPORT_ERROR)) return;
  Term offender;
  const TermBits pid = child.pid.is_none() ? TermBits(ATOM_UNDEFINED) : TermBits(child.pid);
  const rsp_result built = describe(&offender, child, {ATOM_PID, pid});
  report(RSP_REPORT_ERROR, ATOM_SUPERVISOR_REPORT,
         {{ATOM_SUPERVISOR, name_or_pid(self)},
          {ATOM_ERROR_CONTEXT, context},
          {ATOM_REASON, reason},
          {ATOM_DECISION, decision},
          {ATOM_OFFENDER, or_atom(built, std::move(offender), ATOM_SYSTEM_LIMIT)}});
}

void report_progress(Process& self, const Child& child) {
  if (!is_reported(RSP_REPORT_INFO)) return;
  Term started;
  const rsp_result built = describe(&started, child, {ATOM_PID, child.pid});
  report(RSP_REPORT_INFO, ATOM_PROGRESS,
         {{ATOM_SUPERVISOR, name_or_pid(self)},
          {ATOM_STARTED, or_atom(built, std::move(started), ATOM_SYSTEM_LIMIT)}});
}

void report_unexpected(Process& self, const Envelope& message) {
  if (!is_reported(RSP_REPORT_ERROR)) return;
  const Term shown = shown_message(message);
  report(RSP_REPORT_ERROR, ATOM_SUPERVISOR_REPORT,
         {{ATOM_SUPERVISOR, name_or_pid(self)},
          {ATOM_ERROR_CONTEXT, ATOM_UNEXPECTED_MESSAGE},
          {ATOM_LAST_MESSAGE, shown}});
}

}  // namespace rsp
