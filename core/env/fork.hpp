// What happens to this OS process when it forks: the child has the memory but none of the threads.
//
// Controlled builds never fork; there the handler is taken and never called.
#pragma once

#include "core/env/build.hpp"

namespace rsp::env {

// Has `in_child` called in each forked child, on its only thread, before fork returns there. It may do only
// what a signal handler may. For good: there is no way to take it back. False: out of memory.
[[nodiscard]] bool at_fork_in_child(void (*in_child)()) noexcept;

}  // namespace rsp::env
