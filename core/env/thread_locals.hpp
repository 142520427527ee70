// All thread-locals of the library are in this one struct.
//
// A stack can be left on one thread and entered again on another (a fiber of the host program that calls us),
// so no address of a thread-local may live across a suspension, not even in a register the compiler chose:
// 1. Read through thread_locals(), and again after anything that may suspend. Never keep the pointer.
// 2. thread_locals() is not inlined and its result is laundered. Without the first the compiler computes the
//    address once per function; without the second it proves the function pure and drops later calls.
// 3. No other `thread_local` in core. The struct is plain, zero at thread start, and needs no destructor.
//
// The library is opened at run time by Python, where no static TLS is left: the access uses the dynamic
// models only (a call of __tls_get_addr), never initial-exec.
#pragma once

#include <cstdint>

#include "core/base/trail.hpp"
#include "core/env/build.hpp"

namespace rsp::env {

struct ThreadLocals {
  void* worker;          // the worker this thread drives, null on foreign threads; written by sched
  void* worker_thread;   // what this thread is among the scheduler's own; written by sched
  void* lane;            // the lane this thread holds; written by sched
  void* process;         // the process whose code this thread runs now; written by proc
  void* section;         // the process whose code is in a blocking section on this thread; written by proc
  void* attached;        // the process that this foreign thread has made of itself; written by proc
  uint64_t number_next;  // the block of unique numbers this thread hands out from; written by proc
  uint64_t number_end;
  void* free_envelopes;  // a list of blocks that only this thread uses; written by proc
  uint32_t free_envelope_count;
  bool keeps_envelopes;
  Trail envelopes_given;         // written by proc
  Trail envelopes_taken;         // written by proc
  void* ledger;                  // what this thread counts in; written by mem
  uint64_t random_state;         // 0: not seeded; written by env
  void (*exit_hooks[3])(void*);  // see at_thread_exit; written by env
  void* exit_arguments[3];
};

// What a thread leaves behind, in the order in which it is given up when the thread ends.
enum class ExitHook : uint8_t { PROCESS, MEMORY, LEDGER };

[[nodiscard]] __attribute__((noinline)) ThreadLocals* thread_locals() noexcept;

// Calls fn(arg) on the calling thread when it ends, after the destructors of C++ thread-locals. One hook of each
// kind a thread: a second call replaces the first. Not called for the main thread at exit of the OS process.
// False: out of memory, nothing was set.
bool at_thread_exit(ExitHook hook, void (*fn)(void*), void* arg) noexcept;

// Takes the hook away. Same thread.
void clear_thread_exit(ExitHook hook) noexcept;

// The environment's own: runs what is set. A hook that sets another is served by the next call.
void run_exit_hooks(ThreadLocals& locals) noexcept;

}  // namespace rsp::env
