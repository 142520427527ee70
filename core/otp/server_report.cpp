#include "core/otp/server_report.hpp"

#include "core/term/reason.hpp"

namespace rsp {
namespace {

Atom word_of(ExceptionClass exception_class) {
  switch (exception_class) {
    case ExceptionClass::ERROR:
      return ATOM_ERROR;
    case ExceptionClass::THROW:
      return ATOM_THROW;
    case ExceptionClass::EXIT:
      return ATOM_EXIT;
  }
  RSP_UNREACHABLE("a class of exceptions");
}

}  // namespace

void report_server_end(Process& self, const StartSpec& spec, const ServerEnd& end) {
  const Term module = module_of(spec);
  report(RSP_REPORT_ERROR, ATOM_SERVER_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_PROCESS_LABEL, label_of(self)},
          {ATOM_MODULE, module},
          {ATOM_REASON, end.reason},
          {ATOM_LAST_MESSAGE, end.last_message},
          {ATOM_CLIENT, end.client},
          {ATOM_STATE, end.state}});
  report_crash(self, spec, end.reason, end.exception_class);
}

void report_crash(Process& self, const StartSpec& spec, TermBits reason, ExceptionClass exception_class) {
  if (!is_reported(RSP_REPORT_ERROR)) return;
  const Term module = module_of(spec);
  const Term links = first_links(self);
  const Term messages = first_messages(self);
  const Term dictionary = first_entries(self);
  const uint64_t entries = dictionary_of(self) == nullptr ? 0 : dictionary_of(self)->size();
  report(RSP_REPORT_ERROR, ATOM_CRASH_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_PROCESS_LABEL, label_of(self)},
          {ATOM_INITIAL_CALL, module},
          {ATOM_CLASS, word_of(exception_class)},
          {ATOM_REASON, reason},
          {ATOM_ANCESTORS, self.ancestors()},
          {ATOM_MESSAGE_QUEUE_LEN, TermBits::integer(static_cast<int64_t>(self.inbox_length))},
          {ATOM_MESSAGES, messages},
          {ATOM_LINKS, links},
          {ATOM_DICTIONARY_SIZE,
           entries == 0 ? TermBits::nil() : TermBits::integer(static_cast<int64_t>(entries))},
          {ATOM_DICTIONARY, dictionary},
          {ATOM_TRAP_EXIT, TermBits::boolean(self.has(process_flag::TRAP_EXIT))}});
}

void report_unhandled(Process& self, const Envelope& message) {
  if (!is_reported(RSP_REPORT_WARNING)) return;
  const Term shown = shown_message(message);
  report(RSP_REPORT_WARNING, ATOM_SERVER_REPORT,
         {{ATOM_PID, self.pid()},
          {ATOM_REGISTERED_NAME, name_of(self)},
          {ATOM_PROCESS_LABEL, label_of(self)},
          {ATOM_REASON, ATOM_UNDEF},
          {ATOM_LAST_MESSAGE, shown}});
}

}  // namespace rsp
