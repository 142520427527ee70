// Where threads of a controlled run may interleave. Called by the environment only.
//
// A thread that is about to do something another thread could notice calls point(): the engine
// (engine.hpp) decides who goes first, and the call returns when it is this thread's turn to do it.
// Outside a run (test set-up, static initialisation) a point does nothing.
#pragma once

#include <cstdint>

#include "core/env/build.hpp"

namespace rsp::env::control {

enum class Op : uint8_t {
  BEGIN,  // a thread's first step
  LOAD,
  STORE,
  EXCHANGE,
  COMPARE_EXCHANGE,
  FETCH,
  WAIT,
  WAKE,
  START_THREAD,
  JOIN,
  YIELD,
  QUEUE,  // an operation of a plain queue that stands for a concurrent one
  END,    // a thread's last step
  TIME,   // virtual time moves to the earliest deadline
};

// Where in the source. A default argument built from the compiler's __builtin_FILE and __builtin_LINE: both
// compilers have those, and not both have std::source_location.
struct Where {
  const char* file;
  uint32_t line;
};
#define RSP_ENV_HERE                   \
  ::rsp::env::control::Where {         \
    __builtin_FILE(), __builtin_LINE() \
  }

// Is a run under way, and does the caller belong to it?
extern bool g_running;

void point_in_run(Op op, const void* object, Where where) noexcept;

inline void point(Op op, const void* object, Where where) noexcept {
  if (g_running) point_in_run(op, object, where);
}

// Plain loads and stores interleave only where all interleavings are wanted: a simulated run of a whole
// runtime is long, and what distinguishes its runs are the read-modify-writes.
inline void plain_point([[maybe_unused]] Op op, [[maybe_unused]] const void* object,
                        [[maybe_unused]] Where where) noexcept {
#if defined(RSP_ENV_EXPLORE)
  point(op, object, where);
#endif
}

// Should a weak compare-exchange fail now although it need not?
[[nodiscard]] bool weak_fails_in_run() noexcept;

[[nodiscard]] inline bool weak_fails() noexcept {
  return g_running && weak_fails_in_run();
}

}  // namespace rsp::env::control
