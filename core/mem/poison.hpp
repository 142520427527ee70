// What the address sanitizer is told about memory that an allocator of ours divides. In all other builds: nothing.
#pragma once

#include <cstddef>

#include "core/base/sanitizers.hpp"

#if RSP_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace rsp {

/** Whoever touches these bytes is stopped with a report. */
inline void poison([[maybe_unused]] const void* begin, [[maybe_unused]] size_t bytes) noexcept {
#if RSP_ASAN
  __asan_poison_memory_region(begin, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* begin, [[maybe_unused]] size_t bytes) noexcept {
#if RSP_ASAN
  __asan_unpoison_memory_region(begin, bytes);
#endif
}

/** A report where one of these bytes is poisoned. */
inline void expect_unpoisoned([[maybe_unused]] void* begin, [[maybe_unused]] size_t bytes) noexcept {
#if RSP_ASAN
  if (void* const poisoned = __asan_region_is_poisoned(begin, bytes)) {
    (void)*static_cast<volatile char*>(poisoned);
  }
#endif
}

}  // namespace rsp
