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
  STORE_THEN,  // a plain store whose partner pays for the barrier (core/env/barrier.hpp)
  WAIT,
  WAKE,
  START_THREAD,
  JOIN,
  YIELD,
  QUEUE,  // an operation of a plain queue that stands for a concurrent one
  END,    // a thread's last step
  TIME,   // virtual time moves to the earliest deadline
};

// What the processor locks in the native build: a read-modify-write, and a sequentially consistent store, which is
// announced as the exchange that it is on x86-64.
constexpr bool is_locked(Op op) noexcept {
  return op == Op::EXCHANGE || op == Op::COMPARE_EXCHANGE || op == Op::FETCH;
}

// Where in the source: the default argument of an operation, which the compiler fills in at the call. Both
// compilers have these builtins, and not both have std::source_location.
struct Where {
  const char* file;
  uint32_t line;
  static constexpr Where here(const char* file = __builtin_FILE(),
                              uint32_t line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

// Is a run under way, and does the caller belong to it?
extern bool g_running;

// How many plain loads and stores until the next one that is a choice point. Simulation only.
extern uint32_t g_plain_countdown;

void point_in_run(Op op, const void* object, Where where) noexcept;

inline void point(Op op, const void* object, Where where) noexcept {
  if (g_running) point_in_run(op, object, where);
}

// Plain loads and stores are all choice points where all interleavings are wanted. A simulated run of a whole
// runtime is long, and what distinguishes its runs are mostly the read-modify-writes: there the seed picks
// some plain operations, enough to break a look-then-store and to end a spin on a load.
#if defined(RSP_ENV_EXPLORE)
inline void plain_point(Op op, const void* object, Where where) noexcept { point(op, object, where); }
#else
void plain_point_in_run(Op op, const void* object, Where where) noexcept;
inline void plain_point(Op op, const void* object, Where where) noexcept {
  if (g_running && --g_plain_countdown == 0) plain_point_in_run(op, object, where);
}
#endif

// Should a weak compare-exchange fail now although it need not?
[[nodiscard]] bool weak_fails_in_run() noexcept;

[[nodiscard]] inline bool weak_fails() noexcept { return g_running && weak_fails_in_run(); }

}  // namespace rsp::env::control
