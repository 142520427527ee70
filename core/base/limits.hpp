// The fixed limits of the runtime, and the constants of the machine that layouts are built on.
//
// A limit that a user can meet is refused with RSP_ELIMIT and is part of the documented behaviour.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rsp {

/// Fields of different writers are kept this far apart.
inline constexpr size_t CACHE_LINE = 64;

/// Every block of runtime memory is aligned to this; the low four bits of its address are free for tags.
inline constexpr size_t BLOCK_ALIGNMENT = 16;

/// Addresses of runtime memory fit in this many bits (user mappings of x86-64 and AArch64, unless asked for
/// more by hint): tagged words keep 16 bits above the address for themselves.
inline constexpr unsigned ADDRESS_BITS = 48;

/// Atoms are never freed, so a program that makes them from input is stopped here, as on the BEAM.
inline constexpr uint32_t MAX_ATOMS = 1u << 20;
inline constexpr size_t MAX_ATOM_CODE_POINTS = 255;
inline constexpr size_t MAX_ATOM_BYTES = 4 * MAX_ATOM_CODE_POINTS;

/// Node numbers fit into the 24 bits that a pid term has for them; 0 is this OS process.
inline constexpr uint32_t MAX_NODES = 1u << 24;

/// Bytes of one binary or string.
inline constexpr size_t MAX_TERM_BYTES = UINT32_MAX - 1;

/// Nodes of one term, a shared part counted as often as it occurs. Sharing makes terms possible whose written
/// form would fill any memory ({X,X} of {X,X} of ...); this ends them where they are built, and it is what
/// bounds the stack of comparing and hashing (core/term/compare.hpp).
inline constexpr uint64_t MAX_TERM_NODES = UINT32_MAX;

}  // namespace rsp
