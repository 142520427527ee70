#include "core/proc/suspend.hpp"

#include "core/proc/message.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/node.hpp"
#include "core/proc/post.hpp"
#include "core/proc/receive.hpp"
#include "core/proc/signal.hpp"

namespace rsp {
namespace {

/** They stand in front of all other records. */
template <class Wanted>
Envelope* find_record(const Process& self, Wanted&& wanted) {
  Envelope* record = self.edges.first();
  while (record != nullptr && Edges::is_suspension(record)) {
    if (wanted(*record)) return record;
    record = self.edges.after(record);
  }
  return nullptr;
}

}  // namespace

rsp_result request_suspension(Process& self, Pid target, LocalRef* out) {
  if (target.id == self.id() || target.id == root_pid().id) return RSP_EINVAL;
  LocalRef suspension;
  MonitorOptions options;
  options.suspends = true;
  rsp_result result = monitor(self, target, options, &suspension);
  if (result != RSP_OK) return result;
  result =
      send_query(self, target, EnvelopeKind::ALIVE_REQUEST, out, envelope_flag::SUSPENDS, suspension.number);
  if (result != RSP_OK) resume(self, target);
  return result;
}

rsp_result suspend(Process& self, Pid target, uint64_t deadline_ns) {
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  LocalRef ref;
  rsp_result result = request_suspension(self, target, &ref);
  if (result != RSP_OK) return result;
  Envelope* answer = nullptr;
  result = receive_answer(self, ref, deadline_ns, &answer);
  if (result == RSP_EXITING) return result;
  if (result != RSP_OK) {
    unalias(self, ref);
  } else {
    if (answer->term.kind() != Kind::BOOL) {
      result = RSP_EINVAL;
    } else if (!answer->term.as_bool()) {
      result = RSP_ENOPROC;
    }
    envelope_free(answer);
  }
  if (result != RSP_OK) resume(self, target);
  return result;
}

bool resume(Process& self, Pid target) {
  const Envelope* const record = find_record(self, [target](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::WATCHING && candidate.peer == target.id;
  });
  if (record == nullptr) return false;
  return end_monitor(self, LocalRef{record->ref, record->ref_owner});
}

void update_suspended(Process& self) {
  const bool is_suspended = find_record(self, [](const Envelope& candidate) {
                              return candidate.kind == EnvelopeKind::WATCHER;
                            }) != nullptr;
  if (is_suspended) {
    self.flags |= process_flag::SUSPENDED;
  } else {
    self.flags &= ~process_flag::SUSPENDED;
  }
}

Envelope* question_behind(const Process& self, uint64_t suspension) {
  return find_record(self, [suspension](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::ALIVE_REQUEST && candidate.aux == suspension;
  });
}

void confirm_suspension(Process& self) {
  if (!self.has(process_flag::REST_ASKED)) return;
  self.flags &= ~process_flag::REST_ASKED;
  const auto is_question = [](const Envelope& candidate) {
    return candidate.kind == EnvelopeKind::ALIVE_REQUEST;
  };
  while (Envelope* const question = find_record(self, is_question)) {
    self.edges.remove(question);
    unhold(self, question);
    const uint64_t to = question->from;
    question->kind = EnvelopeKind::ALIVE_REPLY;
    question->from = self.id();
    question->term = TermBits::boolean(true);
    post(to, question);
  }
}

}  // namespace rsp
