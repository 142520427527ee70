#include "core/proc/crash_info.hpp"

#include <algorithm>

#include "core/proc/belongings.hpp"
#include "core/proc/report.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {
namespace {

constexpr size_t MAX_LINKS = 100;
constexpr size_t MAX_MESSAGES = 10;
constexpr uint64_t MAX_ENTRIES = 100;
/** So much of what a payload says of itself. */
constexpr size_t MAX_DESCRIPTION = 1024;

/** Nil where it says nothing, or was taken. */
Term description_of(const Envelope& message) {
  if (message.native == nullptr || message.native->describe == nullptr) return Term();
  void* const payload = reinterpret_cast<void*>(message.term.data());
  char text[MAX_DESCRIPTION];
  size_t length = 0;
  Exception escaped;
  if (guarded_apart(&escaped, [&] { length = message.native->describe(payload, text, sizeof text); }))
    return Term();
  Term description;
  const rsp_result made = make_text(&description, std::string_view(text, std::min(length, sizeof text)));
  return made == RSP_OK ? description : Term();
}

Term list_of(std::span<const TermBits> elements) {
  Term list;
  return make_list(&list, elements) == RSP_OK ? list : Term::empty(Kind::LIST);
}

}  // namespace

Term first_links(const Process& self) {
  TermBits pids[MAX_LINKS];
  size_t count = 0;
  const Envelope* record = self.edges.first();
  for (; record != nullptr && count < MAX_LINKS; record = self.edges.after(record)) {
    if (record->kind == EnvelopeKind::LINKED && record->has(envelope_flag::ACTIVE))
      pids[count++] = TermBits(Pid{record->peer, 0, 0});
  }
  return list_of({pids, count});
}

Term first_messages(const Process& self) {
  if (!reports_show(RSP_REPORT_MESSAGES)) return Term();
  Term messages[MAX_MESSAGES];
  TermBits elements[MAX_MESSAGES];
  size_t count = 0;
  for (Envelope* message = self.inbox_first; message != nullptr && count < MAX_MESSAGES;
       message = next_of(message)) {
    messages[count] = shown_message(*message);
    elements[count] = messages[count];
    ++count;
  }
  return list_of({elements, count});
}

Term first_entries(const Process& self) {
  const Dictionary* const dictionary = dictionary_of(self);
  if (dictionary == nullptr || !reports_show(RSP_REPORT_STATES)) return Term();
  Term pairs;
  return dictionary->pairs(&pairs, MAX_ENTRIES) == RSP_OK ? pairs : Term::empty(Kind::LIST);
}

Term shown_message(const Envelope& message) {
  if (!reports_show(RSP_REPORT_MESSAGES)) return Term();
  return message.has(envelope_flag::NATIVE) ? description_of(message) : Term::share(message.term);
}

Term last_message(const Envelope& message) {
  return is_reported(RSP_REPORT_ERROR) ? shown_message(message) : Term();
}

}  // namespace rsp
