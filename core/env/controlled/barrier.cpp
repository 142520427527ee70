// Interleavings of a controlled run are sequentially consistent, and the often side is a choice point.
#include "core/env/barrier.hpp"

namespace rsp::env {

void prepare_barriers() noexcept {}

void barrier_of_all() noexcept {}

}  // namespace rsp::env
