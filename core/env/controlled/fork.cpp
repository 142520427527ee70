#include "core/env/fork.hpp"

namespace rsp::env {

bool at_fork_in_child(void (*)()) noexcept { return true; }

}  // namespace rsp::env
