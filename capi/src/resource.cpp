// resprout/resource.h over core/proc/belongings.hpp.
#include "resprout/resource.h"

#include "capi/src/call.hpp"
#include "core/proc/belongings.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_region_alloc(rsp_self* self, void** out, size_t bytes) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return region_alloc(call.self(), bytes, out);
}

rsp_result rsp_region_free(rsp_self* self, void* piece, size_t bytes) {
  Call call(self);
  if (call.refused()) return call.result();
  if (piece == nullptr) return RSP_OK;
  return region_free(call.self(), piece, bytes) ? RSP_OK : RSP_EINVAL;
}

rsp_result rsp_resource_add(rsp_self* self, rsp_resource* out, void (*release)(void* ctx), void* ctx) {
  if (release == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  uint64_t number = 0;
  const rsp_result result = add_resource(call.self(), release, ctx, &number);
  if (result == RSP_OK && out != nullptr) out->id = number;
  return result;
}

rsp_result rsp_resource_remove(rsp_self* self, rsp_resource resource) {
  Call call(self);
  if (call.refused()) return call.result();
  return remove_resource(call.self(), resource.id) ? RSP_OK : RSP_EMISMATCH;
}

}  // extern "C"
