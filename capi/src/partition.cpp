// resprout/partition.h over core/otp/partition_supervisor.
#include "resprout/partition.h"

#include "capi/src/found.hpp"
#include "core/otp/partition_supervisor.hpp"
#include "core/otp/registry.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** The partition of the key. */
auto partition_for(rsp_atom supervisor, rsp_term key) {
  return [supervisor, key](Pid* out) {
    return whereis_partition(from_public(supervisor), from_public(key), out);
  };
}

}  // namespace

extern "C" {

rsp_result rsp_partition_count(uint64_t* out, rsp_atom supervisor) {
  if (out == nullptr || !is_name(supervisor)) return RSP_EINVAL;
  return ask_anywhere([&] { return count_partitions(from_public(supervisor), out); });
}

rsp_result rsp_partition_whereis(rsp_pid* out, rsp_atom supervisor, rsp_term key) {
  if (out == nullptr || !is_key_of(supervisor, key)) return RSP_EINVAL;
  Pid pid;
  const rsp_result result = ask_anywhere([&] { return partition_for(supervisor, key)(&pid); });
  if (result == RSP_OK) *out = to_public(pid);
  return result;
}

rsp_result rsp_partition_send(rsp_self* self, rsp_atom supervisor, rsp_term key, rsp_term term) {
  if (!is_key_of(supervisor, key)) return RSP_EINVAL;
  return send_to_found(self, partition_for(supervisor, key), term);
}

rsp_result rsp_partition_cast(rsp_self* self, rsp_atom supervisor, rsp_term key, rsp_term term) {
  if (!is_key_of(supervisor, key)) return RSP_EINVAL;
  return cast_to_found(self, partition_for(supervisor, key), term);
}

rsp_result rsp_partition_call(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom supervisor,
                              rsp_term key, rsp_term request, uint64_t timeout_ms) {
  if (!is_key_of(supervisor, key)) return RSP_EINVAL;
  const Term name = via_term(from_public(supervisor), from_public(key));
  return call_found(self, out, reason_out, partition_for(supervisor, key), name, request, timeout_ms);
}

}  // extern "C"
