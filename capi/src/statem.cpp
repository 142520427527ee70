// resprout/statem.h over core/otp/gen_statem.
#include "resprout/statem.h"

#include <cstring>

#include "capi/src/call.hpp"
#include "core/otp/gen_statem.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

using Verb = Timeouts::Verb;

/** A call by a callback of a machine: `ask(machine)`. */
template <class Ask>
rsp_result ask(rsp_self* self, Ask&& ask, bool of_init = false) {
  Call call(self);
  if (call.refused()) return call.result();
  Machine* const machine = asking_machine(call.self(), of_init);
  return machine == nullptr ? RSP_EINVAL : ask(*machine);
}

/** Whether this can be inserted: a call from whom, else from nobody. */
bool is_next_event(rsp_event_type type, const rsp_from& from) {
  if (type == RSP_EVENT_CALL) return is_from(from);
  const rsp_from nobody{};
  return (type == RSP_EVENT_CAST || type == RSP_EVENT_INFO || type == RSP_EVENT_INTERNAL) &&
         std::memcmp(&from, &nobody, sizeof nobody) == 0;
}

rsp_result insert(rsp_self* self, rsp_event_type type, const rsp_from& from, Payload payload) {
  return ask(self, [&](Machine& machine) {
    const LocalRef caller = type == RSP_EVENT_CALL ? local_of(from.ref) : LocalRef{};
    return ask_next_event(machine, type, caller, payload);
  });
}

bool is_timeout(rsp_event_type type, rsp_term name) {
  if (type == RSP_EVENT_NAMED_TIMEOUT) return is_term(name);
  return (type == RSP_EVENT_TIMEOUT || type == RSP_EVENT_STATE_TIMEOUT) && from_public(name).is_nil();
}

rsp_result set(rsp_self* self, Verb verb, rsp_event_type type, rsp_term name, uint64_t time_ms,
               rsp_term content) {
  if (!is_timeout(type, name) || !is_term(content)) return RSP_EINVAL;
  return ask(self, [&](Machine& machine) {
    Payload payload = payload_of(content);
    return ask_timeout(machine, verb, {type, from_public(name)}, time_ms, payload);
  });
}

}  // namespace

extern "C" {

rsp_result rsp_statem_next_state(rsp_self* self, rsp_term state) {
  if (!is_term(state)) return RSP_EINVAL;
  return ask(self, [&](Machine& machine) {
    ask_next_state(machine, from_public(state));
    return RSP_OK;
  });
}

rsp_result rsp_statem_repeat_state(rsp_self* self) {
  return ask(self, [&](Machine& machine) {
    ask_repeat_state(machine);
    return RSP_OK;
  });
}

rsp_result rsp_statem_postpone(rsp_self* self) {
  return ask(self, [&](Machine& machine) {
    ask_postpone(machine);
    return RSP_OK;
  });
}

rsp_result rsp_statem_next_event(rsp_self* self, rsp_event_type type, rsp_from from, rsp_term content) {
  if (!is_next_event(type, from) || !is_term(content)) return RSP_EINVAL;
  return insert(self, type, from, payload_of(content));
}

rsp_result rsp_statem_next_event_native(rsp_self* self, rsp_event_type type, rsp_from from, void* payload,
                                        const rsp_native_ops* ops) {
  if (!is_next_event(type, from) || !is_native_ops(ops)) return RSP_EINVAL;
  return insert(self, type, from, payload_of(payload, ops));
}

rsp_result rsp_statem_timeout(rsp_self* self, rsp_event_type type, rsp_term name, uint64_t time_ms,
                              rsp_term content) {
  return set(self, time_ms == RSP_INFINITE ? Verb::CANCEL : Verb::START, type, name, time_ms, content);
}

rsp_result rsp_statem_update_timeout(rsp_self* self, rsp_event_type type, rsp_term name, rsp_term content) {
  return set(self, Verb::UPDATE, type, name, 0, content);
}

rsp_result rsp_statem_cancel_timeout(rsp_self* self, rsp_event_type type, rsp_term name) {
  return set(self, Verb::CANCEL, type, name, 0, rsp_term{0, 0});
}

rsp_result rsp_statem_state_enter(rsp_self* self) {
  return ask(
      self, [](Machine& machine) { return ask_enter_calls(machine); }, true);
}

rsp_result rsp_statem_state(rsp_self* self, rsp_term* out) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  const Server* const machine = machine_of(call.self());
  if (machine == nullptr) return RSP_EINVAL;
  *out = to_public(state_of(*machine));
  return RSP_OK;
}

}  // extern "C"
