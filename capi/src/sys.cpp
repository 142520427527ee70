// resprout/sys.h over core/otp/sys.
#include "resprout/sys.h"

#include "capi/src/caller.hpp"
#include "core/otp/sys.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

rsp_result ask(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid dest, SystemRequest request,
               uint64_t timeout_ms) {
  Caller caller(self);
  if (caller.refused()) return caller.result();
  Term answer;
  Term reason;
  const rsp_result result =
      ask_system(caller.self(), from_public(dest), request, timeout_ms, &answer, &reason);
  if (result == RSP_OK) give(out, std::move(answer));
  if (result == RSP_EEXITED || result == RSP_ETIMEDOUT || result == RSP_ECALLINGSELF ||
      result == RSP_EOVERLOAD)
    give(reason_out, std::move(reason));
  return result;
}

}  // namespace

extern "C" {

rsp_result rsp_sys_get_status(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid dest,
                              uint64_t timeout_ms) {
  if (out == nullptr || !is_local_or_nobody(dest)) return RSP_EINVAL;
  return ask(self, out, reason_out, dest, SystemRequest::GET_STATUS, timeout_ms);
}

rsp_result rsp_sys_get_state(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid dest,
                             uint64_t timeout_ms) {
  if (out == nullptr || !is_local_or_nobody(dest)) return RSP_EINVAL;
  return ask(self, out, reason_out, dest, SystemRequest::GET_STATE, timeout_ms);
}

rsp_result rsp_sys_trace(rsp_self* self, rsp_term* reason_out, rsp_pid dest, bool on, uint64_t timeout_ms) {
  if (!is_local_or_nobody(dest)) return RSP_EINVAL;
  const SystemRequest request = on ? SystemRequest::TRACE : SystemRequest::NO_TRACE;
  return ask(self, nullptr, reason_out, dest, request, timeout_ms);
}

}  // extern "C"
