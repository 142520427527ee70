// Which environment this build has. Exactly one of three macros is defined, for every file of the program:
//
//   RSP_ENV_NATIVE   real threads, real time. What users get.
//   RSP_ENV_SIM      threads are coroutines of one OS thread; a seed decides who runs, time is virtual.
//   RSP_ENV_EXPLORE  the same, and every atomic operation is a choice point, so that a test can run all
//                    interleavings of a few small threads.
//
// The headers of this directory are the whole interface: the rest of core has no other source of time,
// randomness, concurrency or pages. The sources of `native/` belong to the first build, those of
// `controlled/` to the other two, those beside this file to all. SIM and EXPLORE share one implementation;
// they differ only in whether plain loads and stores may interleave (controlled/points.hpp).
#pragma once

#if defined(RSP_ENV_NATIVE) + defined(RSP_ENV_SIM) + defined(RSP_ENV_EXPLORE) != 1
#error "define exactly one of RSP_ENV_NATIVE, RSP_ENV_SIM, RSP_ENV_EXPLORE (CMake: RESPROUT_ENV)"
#endif

namespace rsp::env {

#if defined(RSP_ENV_NATIVE)
inline constexpr bool CONTROLLED = false;
#else
inline constexpr bool CONTROLLED = true;
#endif

}  // namespace rsp::env
