// Readiness of descriptors: the kernel's set of those that are waited for, and the one thread that sleeps on it.
//
//   open              any thread, again and again; before anything else here
//   watch, probe      any thread, one at a time for a descriptor and direction
//   wait              one thread at a time
//   wake              any thread
//   forget_in_child   the only thread of a forked child
//
// 1. A descriptor is watched for once: what is told ends it, and watch() begins anew. It is told though it became
//    ready before it was watched (level-triggered). Hanging up and errors are readiness, in either direction.
// 2. What is told is the tag that was given last. It may come late: when the descriptor was closed meanwhile and
//    somebody has another reference to what it stood for, once. So who gives tags recognises those that are over.
// 3. wake() ends the wait under way, or else the next one. A wait may end without either.
// 4. Reading and writing are watched apart: who waits for the one knows nothing of who waits for the other.
// 5. None of it orders memory.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "core/env/clock.hpp"

namespace rsp::env {

enum class Direction : uint32_t { READ = 0, WRITE = 1 };

enum class Watched : uint8_t {
  YES,
  KNOWN,      // by probe: what the descriptor stands for was watched before, through this very descriptor
  CLOSED,     // there is no such descriptor
  NEVER,      // it is of a kind that is always ready, such as a regular file, or of the set itself
  LIMIT,      // the user's limit of watched descriptors is reached
  NO_MEMORY,  //
};

/** What a wait has told. */
struct Ready {
  static constexpr uint32_t BATCH = 64;
  uint32_t count = 0;
  uint64_t tags[BATCH];
};

}  // namespace rsp::env

// The class PollSet:
//
//   bool open();                                             false: the system has no descriptors left
//   Watched watch(int fd, Direction direction, uint64_t tag);   `tag` below LAST_TAG, not 0
//   Watched probe(int fd, Direction direction);              YES: it was not KNOWN, and is now, watched for nothing
//   void wait(uint64_t deadline_ns, Ready& out);             0: looks, and does not sleep
//   void wake();
//   void forget_in_child();                                  the set is its parent's: it has none from here on
#if defined(RSP_ENV_NATIVE)
#include "core/env/native/poll.hpp"
#else
#include "core/env/controlled/poll.hpp"
#endif
