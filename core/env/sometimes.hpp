// RSP_SOMETIMES("wake during park") marks a branch that is rare and must be reached all the same.
//
// Controlled builds count how often a run comes by, over all runs of the program, and list the branches that
// were compiled in but never reached: a simulation that never reaches them proves nothing about them.
// Native builds compile nothing.
#pragma once

#include "core/env/build.hpp"

#if defined(RSP_ENV_NATIVE)
#define RSP_SOMETIMES(name) static_cast<void>(0)
#else
#include "core/env/controlled/sometimes.hpp"
#define RSP_SOMETIMES(name) ::rsp::env::control::Sometimes<name>::counter.hit()
#endif
