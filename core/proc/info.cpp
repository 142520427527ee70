#include "core/proc/info.hpp"

#include "core/mem/alloc.hpp"
#include "core/proc/belongings.hpp"
#include "core/proc/registry.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** Whether this record is one of that kind, and anybody's business. Who waits for an answer watches. */
bool shows(const Envelope* record, EnvelopeKind kind) {
  if (kind == EnvelopeKind::WATCHER && record->kind == EnvelopeKind::CALL) return true;
  if (kind != EnvelopeKind::LINKED && record->has(envelope_flag::SUSPENDS)) return false;
  return record->kind == kind && !record->has(envelope_flag::OF_ROOT);
}

/** The pids at the other end of all records of one kind. */
rsp_result others(const Process& self, EnvelopeKind kind, Term* out) {
  uint32_t count = 0;
  for (Envelope* record = self.edges.first(); record != nullptr; record = self.edges.after(record)) {
    if (shows(record, kind)) ++count;
  }
  TermBits* const pids = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  if (pids == nullptr) return RSP_ENOMEM;
  uint32_t filled = 0;
  for (Envelope* record = self.edges.first(); record != nullptr; record = self.edges.after(record)) {
    if (!shows(record, kind)) continue;
    const uint64_t other = kind == EnvelopeKind::WATCHER ? record->from : record->peer;
    pids[filled++] = TermBits(Pid{other, 0, 0});
  }
  const rsp_result result = make_list(out, std::span<const TermBits>(pids, filled));
  mem_free(pids);
  return result;
}

uint32_t count_of(const Process& self, EnvelopeKind kind) {
  uint32_t count = 0;
  for (Envelope* record = self.edges.first(); record != nullptr; record = self.edges.after(record)) {
    if (record->kind == kind) ++count;
  }
  return count;
}

/** All of its dictionary; where that would be too large a term, `system_limit`. */
Term dictionary(const Process& self) {
  Term pairs = Term::empty(Kind::LIST);
  const Dictionary* const mine = dictionary_of(self);
  const rsp_result result = mine == nullptr ? RSP_OK : mine->pairs(&pairs, UINT64_MAX);
  return or_atom(result, std::move(pairs), ATOM_SYSTEM_LIMIT);
}

rsp_result describe(Process& self, Term* out) {
  Term links;
  Term monitors;
  Term monitored_by;
  rsp_result result = others(self, EnvelopeKind::LINKED, &links);
  if (result == RSP_OK) result = others(self, EnvelopeKind::WATCHING, &monitors);
  if (result == RSP_OK) result = others(self, EnvelopeKind::WATCHER, &monitored_by);
  if (result != RSP_OK) return result;
  const Term ancestors = Term::share(self.ancestors());
  const Term pairs = dictionary(self);
  return make_map(out,
                  {
                      {ATOM_REGISTERED_NAME, TermBits(name_of(self))},
                      {ATOM_LABEL, label_of(self)},
                      {ATOM_LINKS, links},
                      {ATOM_MONITORS, monitors},
                      {ATOM_MONITORED_BY, monitored_by},
                      {ATOM_MESSAGE_QUEUE_LEN, TermBits::integer(static_cast<int64_t>(self.inbox_length))},
                      {ATOM_TRAP_EXIT, TermBits::boolean(self.has(process_flag::TRAP_EXIT))},
                      {ATOM_ANCESTORS, TermBits(ancestors)},
                      {ATOM_PARENT, TermBits(Pid{self.parent, 0, 0})},
                      {ATOM_DICTIONARY, pairs},
                      {ATOM_TIMERS, TermBits::integer(count_of(self, EnvelopeKind::ARMED))},
                      {ATOM_ALIASES, TermBits::integer(count_of(self, EnvelopeKind::ALIAS))},
                      {ATOM_STATUS, self.has(process_flag::EXITING)     ? ATOM_EXITING
                                    : self.has(process_flag::SUSPENDED) ? ATOM_SUSPENDED
                                    : self.has(process_flag::AWAITING)  ? ATOM_WAITING
                                                                        : ATOM_RUNNING},
                  });
}

}  // namespace

void fill_info(Process& self, Envelope& request) {
  Term info;
  request.term = or_atom(describe(self, &info), std::move(info), ATOM_SYSTEM_LIMIT).release();
}

}  // namespace rsp
