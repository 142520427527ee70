// Calls whose arguments are malformed, and that they are refused as that before anything else, whoever calls.
#pragma once

#include <functional>
#include <vector>

#include "tests/capi/support.hpp"

namespace capi_test {

struct BadCall {
  const char* what;
  std::function<rsp_result(rsp_self*)> call;
};

/** By a process that is a thread, by a foreign thread and in a callback; and nothing comes of any. */
inline void expect_badarg_whoever_calls(const Attached& me, const std::vector<BadCall>& calls) {
  for (const BadCall& bad : calls) {
    EXPECT_EQ(bad.call(me), RSP_EINVAL) << bad.what;
    EXPECT_EQ(bad.call(nullptr), RSP_EINVAL) << bad.what << " by a foreign thread";
  }
  in_callback(me, [&](rsp_self* self) {
    for (const BadCall& bad : calls) EXPECT_EQ(bad.call(self), RSP_EINVAL) << bad.what << " in a callback";
  });
  EXPECT_FALSE(me.has_message());
}

}  // namespace capi_test
