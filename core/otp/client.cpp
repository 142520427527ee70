#include "core/otp/client.hpp"

#include "core/otp/supervisor.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

bool is_answered(Process& self, void*) { return await_is_over(self); }

Term call_failure(TermBits reason, TermBits server, TermBits request, uint64_t timeout_ms) {
  Term built;
  const rsp_result result = reason_with_call_info(&built, reason, server, request, timeout_term(timeout_ms));
  return result == RSP_OK ? std::move(built) : Term::share(reason);
}

}  // namespace

rsp_result ask(Process& self, Pid server, Payload payload, uint64_t timeout_ms, Term* out, Term* error) {
  Envelope* reply = nullptr;
  const rsp_result result = call(self, server, server, std::move(payload), timeout_ms, &reply, error);
  if (result != RSP_OK) return result;
  const Term answer = Term::share(reply->term);
  envelope_free(reply);
  if (answer.is_tagged(ATOM_ERROR, 2)) {
    *error = Term::share(answer.element(1));
    return RSP_EEXITED;
  }
  // Where it had no memory for the answer.
  if (answer.is(ATOM_SYSTEM_LIMIT) || answer.is(ATOM_ERROR)) {
    *error = answer;
    return RSP_EEXITED;
  }
  *out = answer.is_tagged(ATOM_OK, 2) ? Term::share(answer.element(1)) : answer;
  return RSP_OK;
}

TermBits timeout_term(uint64_t timeout_ms) {
  return timeout_ms > INT64_MAX ? TermBits(ATOM_INFINITY)
                                : TermBits::integer(static_cast<int64_t>(timeout_ms));
}

rsp_result start_and_wait(Process& self, StartSpec& spec, const ClientStart& options, Pid* out,
                          LocalRef* monitor_out, Term* error) {
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  StartWait wait;
  StartOptions start;
  start.link = options.link;
  start.monitor = options.monitor;
  start.charge = true;
  start.deadline_ns = deadline_in_ms(options.timeout_ms);
  start.via = options.via;
  rsp_result result = wait.begin(self, spec, start);
  if (result != RSP_OK) return result;
  for (bool over = false; !over;) {
    begin_await(self, wait.ref());
    result = wait_until(self, &is_answered, nullptr, wait.deadline_ns());
    if (result == RSP_EXITING) return result;
    Envelope* const answer = end_await(self);
    if (result != RSP_OK && result != RSP_ETIMEDOUT) {
      // A lane that cannot let this turn wait: asked again it would say the same.
      if (answer != nullptr) retire(self, answer);
      wait.forsake(self);
      return result;
    }
    over = wait.on_answer(self, answer);
    if (answer != nullptr) retire(self, answer);
  }
  const rsp_result code = wait.code();
  if (code != RSP_OK && code != RSP_EIGNORE) *error = wait.error();
  if (code != RSP_OK) return code;
  *out = wait.pid();
  if (options.monitor) *monitor_out = wait.monitor();
  return RSP_OK;
}

rsp_result call(Process& self, Pid server, TermBits server_name, Payload payload, uint64_t timeout_ms,
                Envelope** out, Term* reason) {
  const Term request = payload.ops != nullptr ? Term() : payload.term;
  const auto give_up = [&](rsp_result result, TermBits why) {
    if (payload.ops != nullptr && payload.native != nullptr) drop_guarded(payload.ops->drop, payload.native);
    *reason = call_failure(why, server_name, request, timeout_ms);
    return result;
  };
  // Before the next: a handler that awaited its own answer, as it is then told to, would wait in vain.
  if (server.id == self.id()) return give_up(RSP_ECALLINGSELF, ATOM_CALLING_SELF);
  if (self.process_class == ProcessClass::HANDLER) return give_up(RSP_EWOULDBLOCK, ATOM_BADARG);
  LocalRef ref;
  const rsp_result sent = send_request(self, server, payload, &ref);
  if (sent != RSP_OK) return give_up(sent, sent == RSP_EOVERLOAD ? ATOM_OVERLOAD : ATOM_SYSTEM_LIMIT);
  Envelope* answer = nullptr;
  const rsp_result result = receive_response(self, ref, deadline_in_ms(timeout_ms), &answer);
  switch (result) {
    case RSP_OK:
      *out = answer;
      return RSP_OK;
    case RSP_EEXITED:
      *reason = call_failure(answer->term, server_name, request, timeout_ms);
      envelope_free(answer);
      return RSP_EEXITED;
    case RSP_ETIMEDOUT:
      return give_up(result, ATOM_TIMEOUT);
    case RSP_ELIMIT:
    case RSP_ENOMEM:
      return give_up(result, ATOM_SYSTEM_LIMIT);
    default:
      return result;
  }
}

rsp_result ask_to_stop(Process& self, Pid pid, const Term& reason, LocalRef* down) {
  Payload payload;
  rsp_result result = make_tuple(&payload.term, {TermBits(ATOM_TERMINATE), reason});
  if (result != RSP_OK) return result;
  result = monitor(self, pid, MonitorOptions{}, down);
  if (result != RSP_OK) return result;
  result = send(&self, pid, payload, EnvelopeKind::SYSTEM);
  if (result != RSP_OK) end_monitor(self, *down);
  return result;
}

rsp_result stop(Process& self, Pid pid, const Term& reason, uint64_t timeout_ms, Term* actual) {
  if (pid.id == self.id()) return RSP_ECALLINGSELF;
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  LocalRef ref;
  rsp_result result = ask_to_stop(self, pid, reason, &ref);
  if (result != RSP_OK) return result;
  Envelope* down = nullptr;
  result = receive_answer(self, ref, deadline_in_ms(timeout_ms), &down);
  if (result != RSP_OK && result != RSP_EXITING) end_monitor(self, ref);
  if (result != RSP_OK) return result;
  const bool as_asked = equal(down->term, reason);
  if (!as_asked) *actual = Term::share(down->term);
  envelope_free(down);
  return as_asked ? RSP_OK : RSP_EEXITED;
}

StartedChild read_started(const Term& answer) {
  const bool has_info = answer.is_tagged(ATOM_OK, 3);
  const TermBits pid = has_info ? answer.element(1) : TermBits(answer);
  return StartedChild{pid.kind() == Kind::PID ? pid.as_pid() : Pid{},
                      has_info ? Term::share(answer.element(2)) : Term()};
}

rsp_result start_child(Process& self, Pid supervisor, Child* child, uint64_t timeout_ms, StartedChild* out,
                       Term* error) {
  Term answer;
  const rsp_result result =
      ask(self, supervisor, Payload{Term(), child, &child_request_ops()}, timeout_ms, &answer, error);
  if (result == RSP_OK) *out = read_started(answer);
  return result;
}

rsp_result ask_to_start_child(Process& self, Pid supervisor, Child* child, LocalRef* out) {
  Payload payload{Term(), child, &child_request_ops()};
  const rsp_result result = send_request(self, supervisor, payload, out);
  if (result != RSP_OK) free_child(child);
  return result;
}

rsp_result ask_supervisor(Process& self, Pid supervisor, Term request, uint64_t timeout_ms, Term* out,
                          Term* error) {
  return ask(self, supervisor, Payload{std::move(request), nullptr, nullptr}, timeout_ms, out, error);
}

}  // namespace rsp
