// The end of a start function, at the supervisor (core/otp/start_function.hpp).
#include "core/otp/start_function.hpp"
#include "core/otp/supervisor_state.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

Next on_gone(Process& self, Envelope* answer, void* context);

/** Waits until what the starter has left is gone, one after another; then the start is over. Their kills were sent before
 * the starter's DOWN (charge.hpp, C2). */
Next end_next(Process& self, Supervisor& sup) {
  sup.left = made_by_starter(self, sup.wait.charge());
  if (sup.left.is_none()) {
    discharge(self, sup.wait.charge());
    return after_start(self, sup);
  }
  RSP_SOMETIMES("a start function that failed has left a process");
  LocalRef down;
  if (monitor(self, sup.left, MonitorOptions{}, &down) != RSP_OK) return out_of_memory(self);
  return await(self, down.number, NEVER, &on_gone, &sup);
}

Next on_gone(Process& self, Envelope*, void* context) {
  Supervisor& sup = *static_cast<Supervisor*>(context);
  forget_link(self, sup.left, nullptr);
  return end_next(self, sup);
}

}  // namespace

Next after_function(Process& self, Supervisor& sup) {
  if (!sup.wait.has_named()) return end_next(self, sup);
  switch (adopt_started(self, sup.wait, reinterpret_cast<uint64_t>(sup.current))) {
    case RSP_OK:
      return after_start(self, sup);
    case RSP_EEXITED:
      return wait_for_start(self, sup);
    default:
      return out_of_memory(self);
  }
}

}  // namespace rsp
