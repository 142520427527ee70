// resprout/api.h over the functions themselves.
#include "capi/src/api_table.hpp"

#include <cstddef>

#include "core/otp/library.hpp"
#include "resprout/api.h"

namespace {

#define RSP_ADDRESS(function, member) &function,
const rsp_api TABLE = {sizeof(rsp_api), RSP_API_MAP(RSP_ADDRESS)};
#undef RSP_ADDRESS

// Children read the table by offsets: the length first, then nothing but pointers, without holes.
enum Position : size_t {
#define RSP_POSITION(function, member) POSITION_##member,
  RSP_API_MAP(RSP_POSITION)
#undef RSP_POSITION
      FUNCTION_COUNT
};
#define RSP_CHECK_OFFSET(function, member) \
  static_assert(offsetof(rsp_api, member) == sizeof(size_t) + POSITION_##member * sizeof(void (*)()));
RSP_API_MAP(RSP_CHECK_OFFSET)
#undef RSP_CHECK_OFFSET
static_assert(sizeof(rsp_api) == sizeof(size_t) + FUNCTION_COUNT * sizeof(void (*)()));

}  // namespace

namespace rsp::capi {

void publish_api_table() { set_api_table(&TABLE); }

}  // namespace rsp::capi
