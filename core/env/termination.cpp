#include "core/env/termination.hpp"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace rsp::env {
namespace {

constexpr int SIGNALS[] = {SIGTERM, SIGINT};
constexpr size_t COUNT = sizeof SIGNALS / sizeof SIGNALS[0];

struct Taken {
  // Plain std::atomic: read in a handler, where a choice point of a simulation has no place.
  std::atomic<void (*)(int)> handler{nullptr};
  struct sigaction before[COUNT];
  sigset_t mask_before;
};

Taken g_taken;

void on_signal(int number) {
  const int saved = errno;
  // Acquire: pairs with take_termination_signals.
  if (void (*const handler)(int) = g_taken.handler.load(std::memory_order_acquire)) handler(number);
  errno = saved;
}

}  // namespace

bool take_termination_signals(void (*handler)(int)) noexcept {
  void (*nobody)(int) = nullptr;
  // Release: pairs with on_signal. Acquire: pairs with the last store of give_back_termination_signals, behind which nobody
  // reads what was there before.
  if (!g_taken.handler.compare_exchange_strong(nobody, handler, std::memory_order_acq_rel)) return false;
  sigset_t taken;
  sigemptyset(&taken);
  for (size_t i = 0; i < COUNT; ++i) {
    struct sigaction& before = g_taken.before[i];
    sigaction(SIGNALS[i], nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = &on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGNALS[i], &action, nullptr);
    sigaddset(&taken, SIGNALS[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &taken, &g_taken.mask_before);
  return true;
}

void give_back_termination_signals() noexcept {
  pthread_sigmask(SIG_SETMASK, &g_taken.mask_before, nullptr);
  for (size_t i = 0; i < COUNT; ++i) sigaction(SIGNALS[i], &g_taken.before[i], nullptr);
  g_taken.handler.store(nullptr, std::memory_order_release);  // pairs with the next take_termination_signals
}

}  // namespace rsp::env
