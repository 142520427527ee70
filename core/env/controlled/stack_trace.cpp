#include "core/env/stack_trace.hpp"

namespace rsp::env {

bool prepare_stack_traces(int64_t) noexcept { return true; }

uint32_t answer_stack_requests() noexcept { return 0; }

bool ask_for_stack(uint32_t, StackTrace* out) noexcept {
  *out = StackTrace{};
  return true;
}

size_t describe_address(uintptr_t, char* out, size_t) noexcept {
  out[0] = '\0';
  return 0;
}

}  // namespace rsp::env
