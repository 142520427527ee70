#include "core/proc/request.hpp"

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"
#include "core/proc/signal.hpp"

namespace rsp {
namespace {

using namespace call_part;

bool has(const Envelope* call, uint64_t part) { return (call->number & part) != 0; }

/** The pending call of this reference, or nullptr. */
Envelope* pending_call(Process& self, LocalRef ref) {
  Envelope* const call = self.edges.find_call(ref.number);
  return call != nullptr && call->from == ref.owner ? call : nullptr;
}

void end_record(Process& self, Envelope* call) {
  self.edges.remove(call);
  call->number &= ~PENDING;
}

/** CALL, of which nothing is left here, goes back to who asked. */
void send_back(Process& self, Envelope* call, EnvelopeKind kind) {
  const uint64_t to = call->from;
  call->kind = kind;
  call->from = self.id();
  call->number = 0;
  if (!try_post(to, call)) envelope_free(call);
}

/** The DOWN of a request, in an envelope that has no payload. */
void send_down(Process& self, Envelope* call) {
  call->term = Term::share(self.reason).release();
  send_back(self, call, EnvelopeKind::MONITOR_DOWN);
}

/** `name` is what the DOWN calls `to`, if it is one. */
rsp_result ask(Process& self, Pid to, Atom name, Payload& payload, LocalRef* out) {
  Envelope* const call = envelope_new(EnvelopeKind::CALL);
  if (call == nullptr) return RSP_ENOMEM;
  const rsp_result result = open_request(self, to, name, out);
  if (result != RSP_OK) {
    envelope_free_blank(call);
    return result;
  }
  call->from = self.id();
  call->ref = out->number;
  call->ref_owner = out->owner;
  load_payload(call, payload);
  const rsp_result posted = post_payload(&self, to.id, call, payload);
  if (posted != RSP_OK) abandon_request(self, *out);
  return posted;
}

}  // namespace

rsp_result send_request(Process& self, Pid to, Payload& payload, LocalRef* out) {
  return ask(self, to, Atom{}, payload, out);
}

rsp_result send_request_name(Process& self, Atom name, Payload& payload, LocalRef* out) {
  const Pid to = whereis(name);
  // Nobody has no pid: the answer is noproc, of the name.
  return ask(self, to, to.is_none() ? name : Atom{}, payload, out);
}

void abandon_request(Process& self, LocalRef request) {
  const bool had_monitor = end_monitor(self, request);
  unalias(self, request);
  if (had_monitor) return;
  // Neither active nor down: the reply itself may wait in the inbox.
  Envelope* const message =
      take_message(self, [request](const Envelope& candidate) { return answers(candidate, request); });
  if (message != nullptr) retire(self, message);
}

rsp_result reply(Process* self, LocalRef to, Payload& payload) {
  Envelope* const call = self == nullptr ? nullptr : pending_call(*self, to);
  if (call == nullptr || has(call, UNREAD)) return send_alias(self, to, payload);
  if (has(call, LENT)) {
    Envelope* const answer = make_message(EnvelopeKind::CALL_REPLY, self->id(), payload);
    if (answer == nullptr) return RSP_ENOMEM;
    answer->ref = to.number;
    answer->ref_owner = to.owner;
    if (!RSP_PLANTED_BUG("request: replied and still pending")) end_record(*self, call);
    pay_for_send(self);
    post(to.owner, answer);
    return RSP_OK;
  }
  end_record(*self, call);
  // What is taken here may end the process at its next checkpoint. The reply was first.
  if (!RSP_PLANTED_BUG("request: goes back while it is held")) unhold(*self, call);
  load_payload(call, payload);
  pay_for_send(self);
  send_back(*self, call, EnvelopeKind::CALL_REPLY);
  return RSP_OK;
}

rsp_result reply_with_loan(Process& self, Envelope& lent, LocalRef to, Payload& payload) {
  const bool is_it = lent.kind == EnvelopeKind::CALL && lent.ref == to.number && has(&lent, PENDING);
  if (!is_it) return reply(&self, to, payload);
  RSP_ASSERT(has(&lent, LENT));
  end_record(self, &lent);
  envelope_drop_payload(&lent);
  load_payload(&lent, payload);
  pay_for_send(&self);
  lent.number |= ANSWERED;
  return RSP_OK;
}

void receive_call(Process& self, Envelope* call) {
  if (call->from == self.id() && !RSP_PLANTED_BUG("request: to oneself, and pending")) return;  // R4
  call->number = PENDING | UNREAD;
  self.edges.add(call);
}

void give_up_call(Process& self, Envelope* call) {
  end_record(self, call);
  const bool is_message =
      has(call, RSP_PLANTED_BUG("request: freed while it is lent") ? UNREAD : UNREAD | LENT);
  if (!is_message) retire(self, call);
}

void begin_loan(Envelope* message) {
  if (is_request(message)) message->number ^= UNREAD | LENT;
}

void end_message(Process& self, Envelope* call) {
  call->number &= ~(UNREAD | LENT);
  if (has(call, ANSWERED)) {
    if (!RSP_PLANTED_BUG("request: answered with the loan while it is held")) unhold(self, call);
    return send_back(self, call, EnvelopeKind::CALL_REPLY);
  }
  if (has(call, DOOMED)) {
    envelope_drop_payload(call);
    return send_down(self, call);
  }
  if (has(call, PENDING)) return envelope_drop_payload(call);  // a record from here on
  retire(self, call);
}

bool part_call(Process& self, Envelope* call) {
  if (!is_request(call)) return true;
  if (!has(call, PENDING)) {  // given up
    call->number = 0;
    return true;
  }
  if (RSP_PLANTED_BUG("request: kept, and still a record")) return true;
  Envelope* const watcher = envelope_new(EnvelopeKind::WATCHER);
  if (watcher == nullptr) return false;
  watcher->from = call->from;
  watcher->ref = call->ref;
  watcher->ref_owner = call->ref_owner;
  end_record(self, call);
  self.edges.add(watcher);
  call->number = 0;
  return true;
}

void call_ended(Process& self, Envelope* call) {
  call->number &= ~PENDING;
  if (has(call, UNREAD)) {
    if (!RSP_PLANTED_BUG("request: unread, and no DOWN")) call->number |= DOOMED;
    return;
  }
  if (!has(call, LENT)) return send_down(self, call);
  // Code in a blocking section reads it still.
  Envelope* const down = envelope_new(EnvelopeKind::MONITOR_DOWN);
  if (down == nullptr) {
    RSP_SOMETIMES("a DOWN waits for the code that has the request");
    call->number |= DOOMED;
    return;
  }
  down->from = call->from;
  down->ref = call->ref;
  down->ref_owner = call->ref_owner;
  send_down(self, down);
}

}  // namespace rsp
