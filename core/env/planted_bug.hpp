// RSP_PLANTED_BUG("mailbox: leave by store") is a mistake kept in the tree on purpose, so that the tests can
// require that the checker finds it:
//
//   if (RSP_PLANTED_BUG("parker: unpark without read-modify-write")) { ...the mistake... } else { ... }
//
// Constant false in native builds, where the mistake is not compiled. In controlled builds a test switches
// one on by name for a scope (control::PlantedBugScope).
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#define RSP_PLANTED_BUG(name) false
#else
#include "core/env/controlled/planted_bug.hpp"
#define RSP_PLANTED_BUG(name) ::rsp::env::control::PlantedBug<name>::bug.is_on()
#endif
