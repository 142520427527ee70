#include "core/env/thread_locals.hpp"

#include <pthread.h>

#include <cstddef>

namespace rsp::env {
namespace {

// Static, so the compiler uses the local-dynamic model in position-independent code by itself.
constinit thread_local ThreadLocals t_locals{};

void run_hooks(void* locals) { run_exit_hooks(*static_cast<ThreadLocals*>(locals)); }

// A key and not a C++ thread-local with a destructor: registering one of those allocates and ends the OS
// process when memory is short, and it would run before destructors of the user's own thread-locals.
struct ExitKey {
  pthread_key_t key;
  bool valid;
};

ExitKey make_exit_key() noexcept {
  ExitKey made{};
  made.valid = pthread_key_create(&made.key, run_hooks) == 0;
  return made;
}

const ExitKey& exit_key() noexcept {
  static const ExitKey key = make_exit_key();
  return key;
}

}  // namespace

ThreadLocals* thread_locals() noexcept {
  ThreadLocals* locals = &t_locals;
  asm volatile("" : "+r"(locals));  // rule 2
  return locals;
}

bool at_thread_exit(ExitHook hook, void (*fn)(void*), void* arg) noexcept {
  const ExitKey& key = exit_key();
  ThreadLocals* locals = thread_locals();
  if (!key.valid || pthread_setspecific(key.key, locals) != 0) return false;
  locals->exit_arguments[static_cast<size_t>(hook)] = arg;
  locals->exit_hooks[static_cast<size_t>(hook)] = fn;
  return true;
}

}  // namespace rsp::env
