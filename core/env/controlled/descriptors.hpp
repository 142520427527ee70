// The descriptors of a controlled run. Tests open them and say when they are ready.
//
// A descriptor is a number that stands for a file, as in the kernel: a number that is closed is given out again, and a
// file lives while it is open or held.
#pragma once

#include <cstdint>

#include "core/env/poll.hpp"

namespace rsp::env::control {

inline constexpr int MAX_DESCRIPTORS = 64;

/** Before a run: none is open. */
void forget_descriptors() noexcept;

/** The lowest free number, for a file that is not ready. */
int open_descriptor() noexcept;
void close_descriptor(int fd) noexcept;

/** The file of a descriptor, which lives from here on though the descriptor is closed, as one that was duplicated. */
uint32_t hold_file(int fd) noexcept;

/** By threads of a run, and before one. */
void set_ready(int fd, Direction direction, bool ready) noexcept;
void set_file_ready(uint32_t file, Direction direction, bool ready) noexcept;

/** The file that a number stands for, 0: it is closed. */
[[nodiscard]] uint32_t file_of(int fd) noexcept;
[[nodiscard]] bool is_file_alive(uint32_t file) noexcept;
[[nodiscard]] bool is_file_ready(uint32_t file, Direction direction) noexcept;

}  // namespace rsp::env::control
