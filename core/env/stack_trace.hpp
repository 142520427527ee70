// The native stack of another thread, for reports about code that does not return.
//
// A thread is asked by a real-time signal. Its handler walks the thread's own frames with the unwinder that exceptions
// use, into memory that was there before, and wakes the thread that asked. It allocates nothing and takes no lock of ours.
//
//   G1  One thread asks, about one thread at a time, and waits no longer than PATIENCE_NS, or twice that where the answer
//       has begun. A thread that has blocked the signal, has ended or does not get to run gives no stack; what it says
//       later, nobody hears.
//   G2  No code notices. A system call that a signal would end early (a sleep, a poll, input and output; the list of
//       those that it does not is in native/stack_trace.cpp) is not disturbed: what is told is the call, and the place
//       it was made from.
//   G3  The signal is the program's to choose, or to forbid. The handler is installed at the first question, and only
//       where nobody else has one, unless the program chose the signal: then what is not ours goes on to the handler
//       of before. It stays for the life of the OS process: a late signal's default action would end that.
//   G4  A thread is asked only after it has agreed to (answer_stack_requests).
//
// In a controlled build threads have no stacks of their own to speak of, and none is ever found.
//
// Rejected: a walk along frame pointers (most code is compiled without them); a copy of the stack, unwound outside the
// handler (needs an unwinder of our own); ptrace (no thread may trace its own OS process).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/env/build.hpp"

namespace rsp::env {

struct StackTrace {
  static constexpr uint32_t CAPACITY = 32;

  uint32_t depth = 0;        // 0: not known
  int32_t system_call = -1;  // in which it waits (G2); then there is one frame
  // Innermost first: where it is, and the calls that led there.
  uintptr_t frames[CAPACITY] = {};
};

inline constexpr int64_t ANY_SIGNAL = 0;  // one that nobody uses
inline constexpr int64_t NO_SIGNAL = -1;  // nobody is ever asked

/** Which signal asks: ANY_SIGNAL, NO_SIGNAL or a real-time signal. Before the threads that answer begin; by one thread
 * at a time. False: it is no such signal. */
[[nodiscard]] bool prepare_stack_traces(int64_t signal) noexcept;

/** The calling thread, one of ours, may be asked from now on. What to name it by; 0: it cannot be asked. */
[[nodiscard]] uint32_t answer_stack_requests() noexcept;

/** Asks a thread (G1). False: it did not answer in time, and others may not either. */
bool ask_for_stack(uint32_t thread, StackTrace* out) noexcept;

/** Writes what an address is, `analyse(int)+0x2f (libworker.so+0x11bf)`, with a zero at its end, into `capacity` bytes.
 * The text's length, at most capacity - 1. Any thread, in no signal handler. */
size_t describe_address(uintptr_t address, char* out, size_t capacity) noexcept;

}  // namespace rsp::env
