// The trie of the atoms made at run time. Private to core/term: atom.hpp is its face, and says how it works
// and by which rules (A1 to A3). A class of its own so that tests can have a fresh one; the OS process has
// one, constant-initialised and never destroyed.
//
// Any thread may call everything but free_all; nothing blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/term/atom.hpp"

namespace rsp::atom_detail {

/// Bits of the result depend on the whole text: the trie takes them two at a time.
constexpr uint32_t hash_text(std::string_view text) noexcept {
  uint32_t hash = 2166136261u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  hash = (hash ^ hash >> 16) * 0x85EBCA6Bu;
  hash = (hash ^ hash >> 13) * 0xC2B2AE35u;
  return hash ^ hash >> 16;
}

class AtomTable {
 public:
  constexpr AtomTable() noexcept = default;
  AtomTable(const AtomTable&) = delete;
  AtomTable& operator=(const AtomTable&) = delete;

  /// `hash` is hash_text(text). Results as atom_intern.
  [[nodiscard]] rsp_result intern(std::string_view text, uint32_t hash, uint32_t* number) noexcept;
  /// The number of the text, or 0.
  [[nodiscard]] uint32_t find(std::string_view text, uint32_t hash) noexcept;

  /// Whether the number was given out, or is prepared to be.
  [[nodiscard]] bool exists(uint32_t number) noexcept;
  /// Of a number that exists.
  [[nodiscard]] std::string_view text(uint32_t number) noexcept;
  [[nodiscard]] env::Atomic<uint64_t>& holder(uint32_t number) noexcept;
  /// One more than the largest number taken so far.
  [[nodiscard]] uint32_t end() noexcept;

  // The numbers themselves; intern uses these.

  /// A node that nothing links to, from those handed back if there are any.
  [[nodiscard]] rsp_result take_number(uint32_t* number) noexcept;
  void hand_back(uint32_t number) noexcept;

  /// Frees all memory, for tests. No other thread may be inside.
  void free_all() noexcept;

 private:
  struct Node {
    env::Atomic<uint64_t> holder;
    env::Atomic<const char*> text;  // nullptr: the number is not given out
    env::Atomic<uint32_t> child[4];
    uint32_t hash;
    uint32_t length;
  };
  struct Place {
    uint32_t segment;
    uint32_t offset;
  };

  static constexpr uint32_t FIRST_SEGMENT = 64;
  static constexpr uint32_t SEGMENTS = 15;
  static_assert(uint64_t{FIRST_SEGMENT} * ((1u << SEGMENTS) - 1) >= MAX_ATOMS);
  static constexpr unsigned ROOT_BITS = 8;
  static constexpr uint32_t ROOTS = 1u << ROOT_BITS;

  static Place place_of(uint32_t number) noexcept;
  Node& node_of(uint32_t number) noexcept;
  static std::string_view text_of(const Node& node) noexcept;
  bool provide_segment(uint32_t index) noexcept;
  bool pop_spare(uint32_t* number) noexcept;
  rsp_result prepare(std::string_view text, uint32_t hash, uint32_t* number) noexcept;
  void discard(uint32_t number) noexcept;
  uint32_t search(std::string_view text, uint32_t hash, env::Atomic<uint32_t>** link,
                  uint32_t* bits) noexcept;

  env::Atomic<Node*> segments_[SEGMENTS];  // segment k holds FIRST_SEGMENT << k nodes
  env::Atomic<uint32_t> roots_[ROOTS];
  env::Atomic<uint32_t> next_number_{PREDEFINED_ATOMS};
  // Nodes handed back (A3): uses:32 | number:32, a stack linked through child[0]. The count of uses makes the
  // CAS of a pop fail when the same number came back meanwhile.
  env::Atomic<uint64_t> spares_;
};

}  // namespace rsp::atom_detail
