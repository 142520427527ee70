// A restart that is delayed (core/otp/backoff.hpp): the supervisor is idle meanwhile, and a timer's message to itself ends
// the delay: {backoff, Number, Key}. One that comes later than the end of its delay finds nothing of its number.
#include "core/otp/supervisor_state.hpp"

namespace rsp {
namespace {

TermBits as_term(uint64_t number) { return TermBits::integer(static_cast<int64_t>(number)); }

}  // namespace

Next begin_delay(Process& self, Supervisor& sup) {
  Child* const child = sup.restarted;
  sup.activity = Activity::IDLE;
  child->restarting = true;
  if (is_dynamic(sup)) wait_for_retry(sup, child);
  Backoff& backoff = *child->backoff;
  const uint64_t at_ns = backoff.next(env::now_ns());
  backoff.child = child;
  backoff.key = is_dynamic(sup) ? child->pid.id : backoff.number;
  sup.delays.add(&backoff, nullptr, backoff.key);
  Payload payload;
  if (make_tuple(&payload.term, {TermBits(ATOM_BACKOFF), as_term(backoff.number), as_term(backoff.key)}) !=
      RSP_OK) {
    return out_of_memory(self);
  }
  if (start_timer(self, at_ns, TimerTarget{self.id(), {}}, payload, EnvelopeKind::SYSTEM, &backoff.timer) !=
      RSP_OK) {
    return out_of_memory(self);
  }
  return Next::CONTINUE;
}

Child* take_delayed(Supervisor& sup, TermBits message) {
  const uint64_t number = static_cast<uint64_t>(message.element(1).as_int());
  const uint64_t key = static_cast<uint64_t>(message.element(2).as_int());
  Backoff* const backoff = sup.delays.find(key, [&](const Backoff& other) { return other.number == number; });
  if (backoff == nullptr) return nullptr;
  sup.delays.remove(backoff, backoff);
  backoff->number = 0;
  if (is_dynamic(sup)) {
    sup.delayed.remove(backoff->child);
    sup.children.append(backoff->child);
  }
  return backoff->child;
}

Child* find_delayed(const Supervisor& sup, Pid pid) {
  const Backoff* const backoff =
      sup.delays.find(pid.id, [&](const Backoff& other) { return other.child->pid.id == pid.id; });
  return backoff == nullptr ? nullptr : backoff->child;
}

void end_delay(Process& self, Supervisor& sup, Child& child) {
  if (child.backoff == nullptr || child.backoff->number == 0) return;
  sup.delays.remove(child.backoff, child.backoff);
  child.backoff->number = 0;  // its message may be under way
  bool active = false;
  uint64_t left_ns = 0;
  cancel_timer(self, child.backoff->timer, &active, &left_ns);
}

}  // namespace rsp
