#include "core/env/copies.hpp"

namespace rsp::env {

bool claim_os_process() noexcept { return true; }

void release_os_process() noexcept {}

}  // namespace rsp::env
