#include "core/proc/message.hpp"

#include <algorithm>
#include <utility>

#include "core/proc/inbox.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/monitor.hpp"
#include "core/proc/node.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/post.hpp"
#include "core/proc/registry.hpp"

namespace rsp {
namespace {

uint64_t sender_id(const Process* self) { return self != nullptr ? self->id() : root_pid().id; }

}  // namespace

void pay_for_send(Process* self, bool pressed) {
  if (self == nullptr) return;
  if (self->budget > GIVES_WAY) self->budget -= SEND_PRICE;
  if (pressed) self->debt = std::min(self->debt + PRESSED_SEND_PRICE, MAX_DEBT);
}

rsp_result post_payload(Process* self, uint64_t to, Envelope* message, Payload& payload) {
  const Posted posted = post_message(to, message);
  pay_for_send(self, posted == Posted::PRESSED);
  if (posted != Posted::REFUSED) return RSP_OK;
  take_payload_back(message, payload);
  envelope_free_blank(message);
  return RSP_EOVERLOAD;
}

void load_payload(Envelope* envelope, Payload& payload) {
  if (payload.ops != nullptr) {
    envelope->flags |= envelope_flag::NATIVE;
    envelope->term = TermBits::from_raw(0, reinterpret_cast<uint64_t>(payload.native));
    envelope->native = payload.ops;
    payload.native = nullptr;
  } else {
    envelope->term = payload.term.release();
  }
}

Envelope* make_message(EnvelopeKind kind, uint64_t from, Payload& payload) {
  Envelope* const envelope = envelope_new_plain(kind);
  if (envelope == nullptr) return nullptr;
  envelope->from = from;
  load_payload(envelope, payload);
  return envelope;
}

void take_payload_back(Envelope* envelope, Payload& payload) {
  if (envelope->has(envelope_flag::NATIVE)) {
    payload.native = reinterpret_cast<void*>(envelope->term.data());
    payload.ops = envelope->native;
    envelope->flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
  } else {
    payload.term = Term::adopt(envelope->term);
  }
  envelope->term = TermBits::nil();
}

rsp_result send(Process* self, Pid to, Payload& payload, EnvelopeKind kind) {
  Envelope* const envelope = make_message(kind, sender_id(self), payload);
  if (envelope == nullptr) return RSP_ENOMEM;
  return post_payload(self, to.id, envelope, payload);
}

rsp_result send(Process* self, Pid to, TermBits term, EnvelopeKind kind) {
  Envelope* const envelope = envelope_new_plain(kind);
  if (envelope == nullptr) return RSP_ENOMEM;
  envelope->from = sender_id(self);
  envelope->term = Term::share(term).release();
  const Posted posted = post_message(to.id, envelope);
  pay_for_send(self, posted == Posted::PRESSED);
  if (posted != Posted::REFUSED) return RSP_OK;
  envelope_free(envelope);
  return RSP_EOVERLOAD;
}

rsp_result send_name(Process* self, Atom name, Payload& payload) {
  const Pid to = whereis(name);
  if (to.is_none()) return RSP_ENONAME;
  return send(self, to, payload);
}

rsp_result send_alias(Process* self, LocalRef alias, Payload& payload) {
  Envelope* const envelope = make_message(EnvelopeKind::MESSAGE, sender_id(self), payload);
  if (envelope == nullptr) return RSP_ENOMEM;
  envelope->flags |= envelope_flag::THROUGH_ALIAS;
  envelope->ref = alias.number;
  envelope->ref_owner = alias.owner;
  pay_for_send(self);
  post(alias.owner, envelope);
  return RSP_OK;
}

Envelope* exit_signal_new(Process* self, Term reason) {
  Envelope* const envelope = envelope_new(EnvelopeKind::EXIT_SIGNAL);
  if (envelope == nullptr) return nullptr;
  envelope->from = sender_id(self);
  envelope->term = reason.release();
  return envelope;
}

void exit_signal(Pid to, Envelope* made) {
  if (to.id == root_pid().id) {  // it stands for those who are no process, and lives as long as the runtime
    envelope_free(made);
  } else {
    post(to.id, made);
  }
}

rsp_result exit_signal(Process* self, Pid to, Term reason) {
  Envelope* const envelope = exit_signal_new(self, std::move(reason));
  if (envelope == nullptr) return RSP_ENOMEM;
  exit_signal(to, envelope);
  return RSP_OK;
}

rsp_result send_query(Process& self, Pid target, EnvelopeKind kind, LocalRef* out, uint8_t flags,
                      uint64_t aux) {
  Envelope* const envelope = envelope_new(kind);
  if (envelope == nullptr) return RSP_ENOMEM;
  envelope->flags = flags;
  envelope->aux = aux;
  // An alias for one answer: the answer may come before it is awaited, and must not come after it was given
  // up.
  const rsp_result result = make_alias(self, AliasMode::REPLY, out);
  if (result != RSP_OK) {
    envelope_free_blank(envelope);
    return result;
  }
  envelope->from = self.id();
  envelope->ref = out->number;
  envelope->ref_owner = out->owner;
  post(target.id, envelope);
  return RSP_OK;
}

}  // namespace rsp
