// The env headers, for threads of a controlled run.
#include "core/base/assert.hpp"
#include "core/env/clock.hpp"
#include "core/env/controlled/engine.hpp"
#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "core/env/thread_locals.hpp"
#include "core/env/wait.hpp"

namespace rsp::env {

using control::g_engine;
using control::g_running;
using control::Op;
using control::Where;

namespace {
constexpr Where SOMEWHERE = {nullptr, 0};
}

uint64_t now_ns() noexcept { return g_engine.now_ns(); }

uint64_t random_u64() noexcept { return g_engine.random(); }

ThreadLocals* thread_locals() noexcept { return g_engine.locals(); }

bool at_thread_exit(ExitHook hook, void (*fn)(void*), void* arg) noexcept {
  thread_locals()->exit_arguments[static_cast<size_t>(hook)] = arg;
  thread_locals()->exit_hooks[static_cast<size_t>(hook)] = fn;
  return true;
}

bool wait(Atomic<uint32_t>& word, uint32_t expected, uint64_t deadline_ns) noexcept {
  control::point(Op::WAIT, &word, SOMEWHERE);
  if (word.peek() != expected) return true;
  RSP_ASSERT(g_running);  // outside a run nobody could wake the caller
  if (deadline_ns <= g_engine.now_ns()) return false;
  if (g_engine.spurious(Op::WAIT)) return true;
  return g_engine.block(&word, deadline_ns);
}

void wake_one(Atomic<uint32_t>& word) noexcept {
  control::point(Op::WAKE, &word, SOMEWHERE);
  if (g_running) g_engine.wake(&word, false);
}

void wake_all(Atomic<uint32_t>& word) noexcept {
  control::point(Op::WAKE, &word, SOMEWHERE);
  if (g_running) g_engine.wake(&word, true);
}

Thread::~Thread() { RSP_ASSERT(!joinable_); }

rsp_result Thread::start(const char* name, void (*fn)(void*), void* arg) noexcept {
  RSP_ASSERT(!joinable_);
  RSP_ASSERT(fn != nullptr);
  RSP_ASSERT(g_running);
  control::point(Op::START_THREAD, nullptr, SOMEWHERE);
  const uint32_t slot = g_engine.add_thread(name, fn, arg);
  if (slot == control::NOBODY) return RSP_EOS;
  handle_ = slot;
  joinable_ = true;
  return RSP_OK;
}

void Thread::join() noexcept {
  RSP_ASSERT(joinable_);
  RSP_ASSERT(g_running);
  control::point(Op::JOIN, nullptr, SOMEWHERE);
  g_engine.join(static_cast<uint32_t>(handle_));
  joinable_ = false;
}

void Thread::detach() noexcept {
  RSP_ASSERT(joinable_);
  g_engine.detach(static_cast<uint32_t>(handle_));
  joinable_ = false;
}

uint32_t cpu_count() noexcept { return g_engine.cpus(); }

bool has_cpu_quota() noexcept { return false; }

void yield() noexcept {
  if (g_running) g_engine.yield_step(SOMEWHERE);
}

void spin_until(uint64_t) noexcept {}

}  // namespace rsp::env
