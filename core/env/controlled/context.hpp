// Switching between the stacks of a controlled run. One OS thread.
//
// A switch saves what the calling convention says a call preserves, and nothing else: no signal mask, no
// floating-point control words. Own assembly on x86-64 and AArch64, since an explorer switches millions of
// times a second and swapcontext makes a system call each time; swapcontext elsewhere.
#pragma once

#include <cstddef>

#if defined(__x86_64__) || defined(__aarch64__)
#define RSP_ENV_OWN_SWITCH 1
#else
#define RSP_ENV_OWN_SWITCH 0
#include <ucontext.h>
#endif

namespace rsp::env::control {

struct Context {
#if RSP_ENV_OWN_SWITCH
  void* stack_pointer = nullptr;
#else
  ucontext_t machine;
#endif
};

// Makes `context` one that starts entry() on the given stack. entry() must never return. A context may be
// prepared again whenever it is not running; what it was doing is dropped.
void prepare_context(Context* context, void* stack_bottom, size_t stack_bytes, void (*entry)()) noexcept;

// Saves the caller in `from` and goes on with `to`; returns when somebody switches to `from`.
#if RSP_ENV_OWN_SWITCH
extern "C" __attribute__((visibility("hidden"))) void rsp_env_switch(void** save, void* load) noexcept;
inline void switch_context(Context* from, const Context* to) noexcept {
  rsp_env_switch(&from->stack_pointer, to->stack_pointer);
}
#else
void switch_context(Context* from, const Context* to) noexcept;
#endif

}  // namespace rsp::env::control
