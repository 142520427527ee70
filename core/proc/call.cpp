#include "core/proc/call.hpp"

namespace rsp {

rsp_result begin_attached_call(Process* caller) {
  if (attached_process() != caller) return RSP_EWRONGTHREAD;
  Process& self = *caller;
  if (!is_in_user(self)) return RSP_EWRONGTHREAD;
  const rsp_result result = enter(self);
  if (result == RSP_OK) end_user(self);
  return result;
}

Process* current_process() {
  const env::ThreadLocals* const locals = env::thread_locals();
  Process* const process =
      static_cast<Process*>(locals->process != nullptr ? locals->process : locals->attached);
  return process != nullptr && is_in_user(*process) ? process : nullptr;
}

}  // namespace rsp
