// resprout/timer.h over core/proc/timer.
#include "resprout/timer.h"

#include "capi/src/call.hpp"
#include "core/proc/timer.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

constexpr uint64_t NS_IN_MS = 1'000'000;

rsp_result start(rsp_self* self, rsp_ref* out, uint64_t delay_ms, TimerTarget target, rsp_term term,
                 EnvelopeKind kind) {
  if (out == nullptr || !is_term(term)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  TimerRef timer;
  Payload payload = payload_of(term);
  const rsp_result result = start_timer(call.self(), deadline_in_ms(delay_ms), target, payload, kind, &timer);
  if (result == RSP_OK) *out = ref_to_public(timer.ref, timer.slot);
  return result;
}

rsp_result look(rsp_self* self, rsp_ref timer, bool* active_out, uint64_t* remaining_ms_out,
                void (*verb)(Process& self, const TimerRef& which, bool* active, uint64_t* remaining_ns)) {
  if (active_out == nullptr || !is_local(timer)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  uint64_t remaining_ns;
  verb(call.self(), TimerRef{local_of(timer), from_public(timer).slot_hint()}, active_out, &remaining_ns);
  if (remaining_ms_out != nullptr) *remaining_ms_out = remaining_ns / NS_IN_MS;
  return RSP_OK;
}

}  // namespace

extern "C" {

rsp_result rsp_send_after(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to, rsp_term term) {
  if (!is_local(to)) return RSP_EINVAL;
  return start(self, out, delay_ms, TimerTarget{to.id, {}}, term, EnvelopeKind::MESSAGE);
}

rsp_result rsp_send_after_name(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_atom name,
                               rsp_term term) {
  if (!is_name(name)) return RSP_EINVAL;
  return start(self, out, delay_ms, TimerTarget{0, from_public(name)}, term, EnvelopeKind::MESSAGE);
}

rsp_result rsp_start_timer(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to, rsp_term term) {
  if (!is_local(to)) return RSP_EINVAL;
  return start(self, out, delay_ms, TimerTarget{to.id, {}}, term, EnvelopeKind::TIMER);
}

rsp_result rsp_cancel_timer(rsp_self* self, bool* active_out, uint64_t* remaining_ms_out, rsp_ref timer) {
  return look(self, timer, active_out, remaining_ms_out, &cancel_timer);
}

rsp_result rsp_read_timer(rsp_self* self, bool* active_out, uint64_t* remaining_ms_out, rsp_ref timer) {
  return look(self, timer, active_out, remaining_ms_out, &read_timer);
}

}  // extern "C"
