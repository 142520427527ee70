// A restart that is delayed (core/otp/backoff.hpp): the supervisor is idle meanwhile, and a timer's message to itself ends
// the delay.
#include "core/otp/supervisor_state.hpp"

namespace rsp {
namespace {

Child* find_delayed(const ChildList& children, uint64_t number) {
  Child* child = children.first;
  while (child != nullptr && (child->backoff == nullptr || child->backoff->number != number))
    child = child->next;
  return child;
}

}  // namespace

Next begin_delay(Process& self, Supervisor& sup) {
  Child* const child = sup.restarted;
  sup.activity = Activity::IDLE;
  child->restarting = true;
  if (is_dynamic(sup)) wait_for_retry(sup, child);
  Backoff& backoff = *child->backoff;
  const uint64_t at_ns = backoff.next(env::now_ns());
  Payload payload;
  const TermBits number = TermBits::integer(static_cast<int64_t>(backoff.number));
  if (make_tuple(&payload.term, {TermBits(ATOM_BACKOFF), number}) != RSP_OK) return out_of_memory(self);
  if (start_timer(self, at_ns, TimerTarget{self.id(), {}}, payload, EnvelopeKind::SYSTEM, &backoff.timer) !=
      RSP_OK) {
    return out_of_memory(self);
  }
  return Next::CONTINUE;
}

Child* take_delayed(Supervisor& sup, TermBits number) {
  Child* const child =
      find_delayed(is_dynamic(sup) ? sup.waiting : sup.children, static_cast<uint64_t>(number.as_int()));
  if (child == nullptr) return nullptr;
  child->backoff->number = 0;
  if (is_dynamic(sup)) {
    sup.waiting.remove(child);
    sup.children.append(child);
  }
  return child;
}

void end_delay(Process& self, Child& child) {
  if (child.backoff == nullptr || child.backoff->number == 0) return;
  child.backoff->number = 0;  // its message may be under way
  bool active = false;
  uint64_t left_ns = 0;
  cancel_timer(self, child.backoff->timer, &active, &left_ns);
}

}  // namespace rsp
