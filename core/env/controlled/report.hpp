// The run of the engine as text: its last steps and where every thread stands. After the run, or within it.
#pragma once

#include <cstdint>
#include <string>

namespace rsp::env::control {

[[nodiscard]] std::string describe_run(uint64_t max_steps_shown = 200);

}  // namespace rsp::env::control
