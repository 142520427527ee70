#include "core/otp/server_report.hpp"

#include "core/term/reason.hpp"

namespace rsp {

void report_server_end(Process& self, const StartSpec& spec, TermBits last_message, TermBits reason) {
  if (is_expected(reason)) return;
  report(RSP_REPORT_ERROR, ATOM_SERVER_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_MODULE, module_of(spec)},
          {ATOM_LAST_MESSAGE, last_message},
          {ATOM_REASON, reason}});
  report_crash(self, spec, reason);
}

void report_crash(Process& self, const StartSpec& spec, TermBits reason) {
  if (is_expected(reason)) return;
  report(RSP_REPORT_ERROR, ATOM_CRASH_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_INITIAL_CALL, module_of(spec)},
          {ATOM_REASON, reason},
          {ATOM_ANCESTORS, self.ancestors()},
          {ATOM_TRAP_EXIT, TermBits::boolean(self.has(process_flag::TRAP_EXIT))}});
}

void report_unhandled(Process& self, TermBits message) {
  report(RSP_REPORT_WARNING, ATOM_SERVER_REPORT,
         {{ATOM_PID, self.pid()}, {ATOM_REASON, ATOM_UNDEF}, {ATOM_LAST_MESSAGE, message}});
}

}  // namespace rsp
