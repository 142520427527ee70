// A queue of pointers or small integers, for any number of producers and consumers, where nobody may see an
// order: work for any worker, free slots of the table of processes. Never a mailbox.
//
//   push           any thread; with a Producer: the one thread that has it
//   try_pop...     any thread; with a Consumer: the one thread that has it
//   constructor, destructor   one thread, when no other uses the queue
//
// Rules
// 1. What a thread wrote before push is visible to the thread that pops the item.
// 2. A pop may miss an item whose push is still going on. It finds every item whose push happened before it,
//    unless somebody else takes it: so "push, then read-modify-write the idle word" against
//    "read-modify-write the idle word, then pop" loses no wake-up.
// 3. push takes memory in blocks and gives it back at the end: it can fail, and then the item was not queued.
// 4. Producer and Consumer make it cheaper for a thread that comes often. They belong to a thread (a worker),
//    not to a process, and must be gone before the queue.
//
// Native builds: moodycamel::ConcurrentQueue. Its order is per producer object and it is not linearizable,
// which rules 1 and 2 account for. Controlled builds: one plain array behind a choice point; a pop takes any
// item, so that code which relies on some order after all fails in a test.
//
// `Memory` says where blocks come from: a type with static allocate(size_t) and release(void*), like
// SystemMemory. A parameter because this layer stands beside core/mem, not above it.
#pragma once

#include <cstddef>
#include <cstdlib>

#include "core/env/build.hpp"

namespace rsp {

struct SystemMemory {
  static void* allocate(size_t bytes) noexcept { return std::malloc(bytes); }
  static void release(void* block) noexcept { std::free(block); }
};

}  // namespace rsp

#if defined(RSP_ENV_NATIVE)
#include "core/sync/native_inject_queue.hpp"
#else
#include "core/sync/controlled_inject_queue.hpp"
#endif
