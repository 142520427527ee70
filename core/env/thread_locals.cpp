#include "core/env/thread_locals.hpp"

#include <cstddef>
#include <iterator>

namespace rsp::env {

void clear_thread_exit(ExitHook hook) noexcept {
  thread_locals()->exit_hooks[static_cast<size_t>(hook)] = nullptr;
}

void run_exit_hooks(ThreadLocals& locals) noexcept {
  for (size_t i = 0; i < std::size(locals.exit_hooks); ++i) {
    void (*const hook)(void*) = locals.exit_hooks[i];
    if (hook == nullptr) continue;
    locals.exit_hooks[i] = nullptr;
    hook(locals.exit_arguments[i]);
  }
}

}  // namespace rsp::env
