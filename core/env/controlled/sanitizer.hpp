// What AddressSanitizer must be told about stack switches; nothing in other builds. ThreadSanitizer has
// nothing to see in a controlled build, which has one thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/sanitizers.hpp"

#if RSP_ASAN
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace rsp::env::control {

#if RSP_ASAN
inline constexpr bool UNDER_ASAN = true;
#else
inline constexpr bool UNDER_ASAN = false;
#endif

// What only this stack points to is not leaked.
inline void sanitizer_add_stack([[maybe_unused]] void* bottom, [[maybe_unused]] size_t bytes) noexcept {
#if RSP_ASAN
  __lsan_register_root_region(bottom, bytes);
#endif
}

// Before a switch to the given stack. `save` is null when the calling stack is left for good.
inline void sanitizer_leave_stack([[maybe_unused]] void** save, [[maybe_unused]] const void* to_bottom,
                                  [[maybe_unused]] size_t to_bytes) noexcept {
#if RSP_ASAN
  __sanitizer_start_switch_fiber(save, to_bottom, to_bytes);
#endif
}

// After a switch, with what leaving this stack saved, or null on a new stack.
inline void sanitizer_enter_stack([[maybe_unused]] void* saved) noexcept {
#if RSP_ASAN
  __sanitizer_finish_switch_fiber(saved, nullptr, nullptr);
#endif
}

// A stack that is used anew may carry marks of frames that were dropped.
inline void sanitizer_forget_stack([[maybe_unused]] void* bottom, [[maybe_unused]] size_t bytes) noexcept {
#if RSP_ASAN
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

// The bounds of the stack the caller runs on, which the kernel or the C library made.
inline void sanitizer_own_stack([[maybe_unused]] uint8_t** bottom, [[maybe_unused]] size_t* bytes) noexcept {
#if RSP_ASAN
  if (*bottom != nullptr) return;
  pthread_attr_t attributes;
  void* address = nullptr;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, &address, bytes);
  pthread_attr_destroy(&attributes);
  *bottom = static_cast<uint8_t*>(address);
#endif
}

}  // namespace rsp::env::control
