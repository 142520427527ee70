// How long the kernel lets a thread run before it looks at who else wants to.
//
// A worker's thread sleeps until something is to be done, and what wakes it is often late already: a timer, a turn that
// has to be taken over. Where all processors are busy with threads of ours, the kernel lets each run to the end of its
// slice before one that woke gets on, some milliseconds. With the shortest slice it changes sooner
// (docs/adr/0018-threads-ask-for-short-slices.md).
#pragma once

#include <cstdint>

namespace rsp::env {

constexpr uint64_t TIME_SLICE_NS = 100'000;  // the least that Linux takes

// The calling thread asks for it. Threads and processes that it starts have the usual slice. It stays as it was on Linux
// before 6.12, with another policy than the usual one, and behind a filter of system calls, which may end the program for
// asking.
void shorten_time_slice() noexcept;

// What the kernel calls sched_attr, in its first size. No header has it everywhere: some of the kernel's contradict those
// of the C library.
struct SchedulingAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t
      runtime_ns;  // of a thread with the usual policy: its slice, 0 from a kernel that lets nobody choose it
  uint64_t deadline_ns;
  uint64_t period_ns;
};

// Of the calling thread. False: the kernel does not say.
[[nodiscard]] bool get_scheduling(SchedulingAttributes& attributes) noexcept;

}  // namespace rsp::env
