#include "core/env/controlled/crash.hpp"

#include <cstdio>

#include "core/base/assert.hpp"
#include "core/base/sanitizers.hpp"
#include "core/env/controlled/engine.hpp"
#include "core/env/controlled/report.hpp"
#include "core/env/controlled/sanitizer.hpp"

namespace rsp::env::control {
namespace {

// SIGABRT first: the only one under AddressSanitizer.
constexpr int CAUGHT[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#if RSP_ASAN
constexpr size_t CAUGHT_COUNT = 1;
#else
constexpr size_t CAUGHT_COUNT = 5;
#endif

// A fault may be the overflow of the thread's stack.
alignas(16) char g_handler_stack[64 * 1024];

const char* describe_signal(int signal) noexcept {
  switch (signal) {
    case SIGABRT:
      return "abort: an assertion, an uncaught exception, or a call of abort()";
    case SIGSEGV:
      return "segmentation fault";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "arithmetic fault";
    default:
      return "illegal instruction";
  }
}

void on_crash(int signal) {
  // SA_NODEFER and an empty mask: nothing to restore, so the handler may be left by switching away.
  if (g_engine.on_a_thread()) g_engine.fail(describe_signal(signal), Outcome::CRASHED);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  raise(signal);
}

#if RSP_ASAN
void on_sanitizer_report() {
  if (g_engine.on_a_thread()) fprintf(stderr, "%s\n", describe_run().c_str());
}
#endif

}  // namespace

CrashCatcher::CrashCatcher() noexcept {
#if RSP_ASAN
  __sanitizer_set_death_callback(on_sanitizer_report);
#endif
  stack_t stack = {};
  stack.ss_sp = g_handler_stack;
  stack.ss_size = sizeof g_handler_stack;
  RSP_ASSERT(sigaltstack(CAUGHT_COUNT > 1 ? &stack : nullptr, &stack_before_) == 0);
  for (size_t i = 0; i < CAUGHT_COUNT; ++i) {
    struct sigaction action = {};
    action.sa_handler = on_crash;
    action.sa_flags = SA_NODEFER | (CAUGHT[i] == SIGABRT ? 0 : SA_ONSTACK);
    RSP_ASSERT(sigaction(CAUGHT[i], &action, &before_[i]) == 0);
  }
}

CrashCatcher::~CrashCatcher() {
  for (size_t i = 0; i < CAUGHT_COUNT; ++i) sigaction(CAUGHT[i], &before_[i], nullptr);
  if (CAUGHT_COUNT > 1) sigaltstack(&stack_before_, nullptr);
}

}  // namespace rsp::env::control
