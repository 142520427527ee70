// resprout/name.h over core/proc/registry.
#include "resprout/name.h"

#include "capi/src/call.hpp"
#include "core/proc/registry.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_register(rsp_self* self, rsp_atom name, rsp_pid pid) {
  if (!is_name(name) || !is_local(pid)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return register_name(from_public(name), from_public(pid));
}

rsp_result rsp_unregister(rsp_self* self, rsp_atom name) {
  if (!is_name(name)) return RSP_EINVAL;
  Call call(self, Foreign::ALLOWED);
  if (call.refused()) return call.result();
  return unregister_name(from_public(name));
}

rsp_pid rsp_whereis(rsp_atom name) {
  return is_name(name) && !is_forked() ? to_public(whereis(from_public(name))) : rsp_pid{0, 0, 0};
}

}  // extern "C"
