// What is sent as a native payload where it matters what becomes of it.
#pragma once

#include <atomic>

#include "resprout/message.h"

namespace capi_test {

/// A native payload that counts itself.
struct Parcel {
  explicit Parcel(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~Parcel() { --alive_; }
  std::atomic<int>& alive_;
};

inline const rsp_native_ops PARCEL = {sizeof(rsp_native_ops),
                                      [](void* parcel) { delete static_cast<Parcel*>(parcel); }, nullptr};

}  // namespace capi_test
