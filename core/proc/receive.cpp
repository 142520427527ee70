#include "core/proc/receive.hpp"

#include "core/base/assert.hpp"
#include "core/proc/attached.hpp"
#include "core/proc/await.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/message.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/request.hpp"
#include "core/proc/signal.hpp"
#include "core/proc/table.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {
namespace {

bool can_wait(const Process& self) { return self.process_class != ProcessClass::HANDLER; }

/** A selective receive under way. */
struct Scan {
  Match match;
  void* context;
  Envelope* seen = nullptr;  // the last message looked at; those up to it are not wanted
  Envelope* found = nullptr;
  bool raised = false;
};

/** Looks at what has come since the last look. */
bool look_on(Process& self, void* context) {
  Scan& scan = *static_cast<Scan*>(context);
  Envelope* message = scan.seen == nullptr ? self.inbox_first : next_of(scan.seen);
  for (; message != nullptr; message = next_of(message)) {
    bool wanted = true;
    if (scan.match != nullptr) {
      const Next next = contained(self, [&] {
        wanted = scan.match(*message, scan.context);
        return Next::CONTINUE;
      });
      scan.raised = next == Next::RAISE;
    }
    if (scan.raised) return true;
    if (wanted) {
      scan.found = message;
      return true;
    }
    scan.seen = message;
  }
  return false;
}

/** Gives a received message to user code, which may keep it. */
rsp_result hand_out(Process& self, Envelope* message, Envelope** out) {
  unhold(self, message);
  if (self.has(process_flag::CONDEMNED)) {
    retire(self, message);
    return RSP_EXITING;
  }
  *out = message;
  return RSP_OK;
}

bool is_answered(Process& self, void*) { return await_is_over(self); }

/** Whether the answer to `number` is still to come. */
bool is_expected(const Process& self, uint64_t number) { return self.edges.find_ref(number) != nullptr; }

/** What is known of a process without asking it. */
enum class Known { DEAD, ALIVE, NOTHING };

Known look_at(Pid pid) {
  const Process* const process = pid.is_local() ? table().at(pid.index()) : nullptr;
  if (process == nullptr) return Known::DEAD;
  switch (process->mailbox.state_of(process->serial, pid.serial())) {
    case MailState::DEAD:
      return Known::DEAD;
    case MailState::IDLE:
      return Known::ALIVE;  // and it has received every signal that was sent to it before
    case MailState::BLOCKED:
      // So has this one. But in a turn that was taken its code may clean up: it is to end, and has not ended.
      return process->process_class == ProcessClass::ATTACHED ? Known::ALIVE : Known::NOTHING;
    case MailState::RUNNING:
      return Known::NOTHING;
  }
  RSP_UNREACHABLE("mailbox state");
}

/** Asks `pid` and waits for what it says, which is nil or the question's own when it is dead. */
rsp_result ask(Process& self, Pid pid, EnvelopeKind question, uint64_t deadline_ns, Term* out) {
  LocalRef ref;
  rsp_result result = send_query(self, pid, question, &ref);
  if (result != RSP_OK) return result;
  Envelope* answer;
  result = receive_answer(self, ref, deadline_ns, &answer);
  if (result != RSP_OK) {
    unalias(self, ref);
    return result;
  }
  *out = Term::share(answer->term);
  envelope_free(answer);
  return RSP_OK;
}

}  // namespace

rsp_result receive(Process& self, Match match, void* context, uint64_t deadline_ns, Envelope** out) {
  if (!can_wait(self)) return RSP_EWOULDBLOCK;
  Scan scan{match, context};
  const KeptPlace kept(self, &scan.seen);
  const rsp_result result = wait_until(self, &look_on, &scan, deadline_ns);
  if (result != RSP_OK) return result;
  if (scan.raised) return RSP_ERAISED;
  if (!part_call(self, scan.found)) return RSP_ENOMEM;
  take_out_behind(self, scan.seen, scan.found);
  return hand_out(self, scan.found, out);
}

rsp_result receive_answer(Process& self, LocalRef ref, uint64_t deadline_ns, Envelope** out) {
  if (!can_wait(self)) return RSP_EWOULDBLOCK;
  begin_await(self, ref.number);
  if (!await_is_over(self) && !is_expected(self, ref.number)) {
    end_await(self);
    return RSP_EINVAL;
  }
  const rsp_result result = wait_until(self, &is_answered, nullptr, deadline_ns);
  Envelope* const answer = end_await(self);
  if (result != RSP_OK) {
    if (answer != nullptr) retire(self, answer);
    return result;
  }
  return hand_out(self, answer, out);
}

rsp_result wait_response(Process& self, LocalRef request, uint64_t deadline_ns, Envelope** out) {
  const rsp_result result = receive_answer(self, request, deadline_ns, out);
  if (result != RSP_OK) return result;
  return (*out)->kind == EnvelopeKind::DOWN ? RSP_EEXITED : RSP_OK;
}

rsp_result receive_response(Process& self, LocalRef request, uint64_t deadline_ns, Envelope** out) {
  const rsp_result result = wait_response(self, request, deadline_ns, out);
  const bool gives_up = result == RSP_ETIMEDOUT || result == RSP_ELIMIT || result == RSP_ENOMEM;
  if (gives_up) abandon_request(self, request);
  return result;
}

rsp_result is_alive(Process& self, Pid pid, uint64_t deadline_ns, bool* out) {
  const Known known = pid.id == self.id() ? Known::ALIVE : look_at(pid);
  if (known != Known::NOTHING) {
    *out = known == Known::ALIVE;
    return RSP_OK;
  }
  if (!can_wait(self)) return RSP_EWOULDBLOCK;
  Term answer;
  const rsp_result result = ask(self, pid, EnvelopeKind::ALIVE_REQUEST, deadline_ns, &answer);
  if (result == RSP_OK) *out = answer.as_bool();
  return result;
}

bool is_known_dead(Pid pid) { return look_at(pid) == Known::DEAD; }

rsp_result process_info(Process& self, Pid pid, uint64_t deadline_ns, Term* out) {
  if (!can_wait(self)) return RSP_EWOULDBLOCK;
  return ask(self, pid, EnvelopeKind::INFO_REQUEST, deadline_ns, out);
}

}  // namespace rsp
