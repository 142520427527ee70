// What a term occupies.
#pragma once

#include <cstdint>

#include "core/term/term.hpp"

namespace rsp {

/// The bytes of a term's blocks, shared parts counted as often as they occur, as erts_debug:flat_size/1 counts
/// words; 0 for what needs no block. Beyond `at_most` the walk ends, and the result is any number above that: so
/// it costs a step for each sixteen bytes of `at_most`, whatever the term. Bounded stack, no memory.
[[nodiscard]] uint64_t term_bytes(TermBits term, uint64_t at_most) noexcept;

}  // namespace rsp
