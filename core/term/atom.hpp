// Atoms: words that the whole OS process knows by a number, so that comparing two is comparing integers.
//
// The table only grows: an atom, once made, has its number and its text for the life of the OS process.
// MAX_ATOMS of them, each of at most MAX_ATOM_CODE_POINTS code points of valid UTF-8; the empty text is an
// atom too.
//
// Any thread may call everything here, a thread the runtime has never seen included; nothing blocks.
//
// Structure. The words of atom_list.hpp are constants: their numbers come first, their texts are in read-only
// memory, and a hash table made by the compiler finds them, so the table is usable before any initialiser has
// run. Every other atom is a node of a four-way hash trie: the hash picks one of ROOTS roots, and from a node
// that is another word the next two bits of the hash pick the child to go on with. A new atom is published by
// one CAS that puts its number into the empty link where its search ended. Nodes sit in segments that double
// in size and never move, so a number leads to its node without a search.
//
// Rules
// A1 A node's text and hash are written before the CAS that links it (release), and read after an acquire
//    load of a link or of the text.
// A2 A link changes once, from 0 to a number.
// A3 Two threads that make the same word at once prepare a node each; the loser's search goes on from the
//    winner's node, finds its word there, and hands its own unused node back for the next new atom.
//
// Rejected: a table of buckets, which must be large from the start (resident memory in every program) or be
// rehashed while others read; one lock around a std::unordered_map, which stops every thread behind a
// descheduled one and throws when memory is short.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/env/atomic.hpp"
#include "core/term/atom_list.hpp"

namespace rsp {

namespace atom_detail {
enum Number : uint32_t {
#define RSP_ATOM_NUMBER(name, text) name##_NUMBER,
  RSP_ATOM_MAP(RSP_ATOM_NUMBER)
#undef RSP_ATOM_NUMBER
      COUNT
};
}  // namespace atom_detail

#define RSP_ATOM_CONSTANT(name, text) inline constexpr Atom ATOM_##name{atom_detail::name##_NUMBER};
RSP_ATOM_MAP(RSP_ATOM_CONSTANT)
#undef RSP_ATOM_CONSTANT

inline constexpr uint32_t PREDEFINED_ATOMS = atom_detail::COUNT;
static_assert(ATOM_UNDEFINED.id == 0);

constexpr bool is_predefined(Atom atom) noexcept { return atom.id < PREDEFINED_ATOMS; }

/// The atom of this text, made if need be. RSP_EINVAL: not valid UTF-8, or more than MAX_ATOM_CODE_POINTS.
/// RSP_ELIMIT: MAX_ATOMS exist and this is none of them. RSP_ENOMEM.
[[nodiscard]] rsp_result atom_intern(std::string_view text, Atom* out) noexcept;

/// The atom of this text if it exists; makes nothing.
[[nodiscard]] bool atom_find(std::string_view text, Atom* out) noexcept;

/// Whether the number was given out by atom_intern or is predefined.
[[nodiscard]] bool atom_exists(Atom atom) noexcept;

/// The text, followed by a zero byte that does not count; lives as long as the OS process. The atom must
/// exist.
[[nodiscard]] std::string_view atom_name(Atom atom) noexcept;

/// Where a predefined atom stands among these in the order of their texts.
[[nodiscard]] uint32_t atom_rank(Atom predefined) noexcept;

/// Less than, equal to, greater than 0: in the order of their texts. The atoms must exist.
[[nodiscard]] int compare_atoms(Atom a, Atom b) noexcept;

/// One word an atom, 0 at first and otherwise untouched by this file: the table of registered names
/// (core/proc/registry) needs no other. The atom must exist.
[[nodiscard]] env::Atomic<uint64_t>& atom_holder(Atom atom) noexcept;

/// Atoms that exist, the predefined ones and nodes handed back by A3 included.
[[nodiscard]] uint32_t atom_count() noexcept;

}  // namespace rsp
