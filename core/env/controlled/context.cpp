#include "core/env/controlled/context.hpp"

#include <cstdint>

#include "core/base/assert.hpp"

#if defined(__x86_64__)
asm(R"(
.text
.hidden rsp_env_switch
.globl rsp_env_switch
.type rsp_env_switch, @function
.p2align 4
rsp_env_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size rsp_env_switch, .-rsp_env_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.hidden rsp_env_switch
.globl rsp_env_switch
.type rsp_env_switch, %function
.p2align 4
rsp_env_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size rsp_env_switch, .-rsp_env_switch
)");
#endif

namespace rsp::env::control {

#if RSP_ENV_OWN_SWITCH

void prepare_context(Context* context, void* stack_bottom, size_t stack_bytes, void (*entry)()) noexcept {
  const uintptr_t top =
      (reinterpret_cast<uintptr_t>(stack_bottom) + stack_bytes) & ~static_cast<uintptr_t>(15);
#if defined(__x86_64__)
  // Six saved registers, the entry as return address, and a return address of zero for entry() itself, which
  // ends backtraces and leaves the stack aligned as after a call.
  constexpr size_t SAVED_WORDS = 6;
  uintptr_t* frame = reinterpret_cast<uintptr_t*>(top) - (SAVED_WORDS + 2);
  for (size_t i = 0; i < SAVED_WORDS + 2; ++i) frame[i] = 0;
  frame[SAVED_WORDS] = reinterpret_cast<uintptr_t>(entry);
#else
  constexpr size_t FRAME_WORDS = 20;
  constexpr size_t LINK_REGISTER = 11;
  uintptr_t* frame = reinterpret_cast<uintptr_t*>(top) - FRAME_WORDS;
  for (size_t i = 0; i < FRAME_WORDS; ++i) frame[i] = 0;
  frame[LINK_REGISTER] = reinterpret_cast<uintptr_t>(entry);
#endif
  context->stack_pointer = frame;
}

#else

void prepare_context(Context* context, void* stack_bottom, size_t stack_bytes, void (*entry)()) noexcept {
  RSP_ASSERT(getcontext(&context->machine) == 0);
  context->machine.uc_stack.ss_sp = stack_bottom;
  context->machine.uc_stack.ss_size = stack_bytes;
  context->machine.uc_link = nullptr;
  makecontext(&context->machine, entry, 0);
}

void switch_context(Context* from, const Context* to) noexcept {
  RSP_ASSERT(swapcontext(&from->machine, &to->machine) == 0);
}

#endif

}  // namespace rsp::env::control
