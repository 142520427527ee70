#include "core/proc/idle.hpp"

#include "core/proc/belongings.hpp"
#include "core/proc/deadline.hpp"
#include "core/proc/inbox.hpp"
#include "core/proc/timer.hpp"

namespace rsp {

rsp_result begin_idle(Process& self, uint64_t timeout_ms) {
  if (self.inbox_first != nullptr) return RSP_OK;  // there is one: it came in time
  const uint64_t deadline_ns = deadline_in_ms(timeout_ms);
  if (deadline_ns == TimerQueue::NEVER) return RSP_OK;
  const rsp_result armed = arm_deadline(self, deadline_ns);
  if (armed != RSP_OK) return armed;
  self.await_deadline_ns = deadline_ns;
  self.flags |= process_flag::IDLING;
  return RSP_OK;
}

void deliver_timeout(Process& self, Envelope* deadline) {
  deadline->kind = EnvelopeKind::MESSAGE;
  deadline->from = self.id();
  deadline->term = ATOM_TIMEOUT;
  deadline->ref = 0;
  deadline->ahead = nullptr;
  append_message(self, deadline);
  ++self.received;
}

void hibernate(Process& self) {
  drop_deadline(self);
  trim_region(self);
}

}  // namespace rsp
