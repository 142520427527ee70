#include "core/env/fork.hpp"

#include <pthread.h>

namespace rsp::env {

bool at_fork_in_child(void (*in_child)()) noexcept { return pthread_atfork(nullptr, nullptr, in_child) == 0; }

}  // namespace rsp::env
