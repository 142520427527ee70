// resprout/select.h over core/proc/select.
#include "resprout/select.h"

#include "capi/src/call.hpp"
#include "core/proc/select.hpp"

using namespace rsp;
using namespace rsp::capi;

static_assert(RSP_SELECT_READ == select_mode::READ);
static_assert(RSP_SELECT_WRITE == select_mode::WRITE);

extern "C" {

rsp_result rsp_select(rsp_self* self, rsp_ref* out, int fd, uint32_t mode) {
  if (out == nullptr || fd < 0 || mode == 0 || (mode & ~select_mode::BOTH) != 0) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef registration;
  const rsp_result result = select(call.self(), fd, mode, &registration);
  if (result == RSP_OK) *out = ref_to_public(registration);
  return result;
}

rsp_result rsp_cancel_select(rsp_self* self, bool* active_out, rsp_ref registration) {
  if (active_out == nullptr || !is_local(registration)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  cancel_select(call.self(), local_of(registration), active_out);
  return RSP_OK;
}

}  // extern "C"
