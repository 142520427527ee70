// The memory of a term that does not fit into 16 bytes: one block, a header and what it holds. Private to
// core/term.
//
//   REF             Ref
//   BINARY STRING   size bytes, then a zero byte
//   TUPLE LIST      size TermBits
//   MAP             size keys in exact order, then the size values in the same order
//
// The count is the only field that changes after the block is built. In a dead block (count at zero, about to
// be freed) the field holds the link of the list that term.cpp frees from: address:48 | kind:8 at the top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/env/atomic.hpp"
#include "core/term/term.hpp"

namespace rsp::term_detail {

struct Block {
  env::Atomic<uint64_t> count;
  uint32_t size;   // as TermBits::size()
  uint32_t nodes;  // as TermBits::node_count()

  void* payload() noexcept { return this + 1; }
  const void* payload() const noexcept { return this + 1; }
};
static_assert(sizeof(Block) == 16, "the payload is aligned as the block is");

inline Block* block_of(uint64_t data) noexcept { return reinterpret_cast<Block*>(data); }

/// Everything a term holds, in one row: elements; or keys, then values.
inline std::span<const TermBits> children(TermBits term) noexcept {
  if (term.kind() < Kind::TUPLE || term.data() == 0) return {};
  const Block* block = block_of(term.data());
  const size_t count = term.kind() == Kind::MAP ? size_t{2} * block->size : block->size;
  return {static_cast<const TermBits*>(block->payload()), count};
}

/// The child to be left to the end and taken without recursion: the others have at most half the nodes of their
/// parent. Depends on the structure of the term alone, so equal terms have it in the same place. `row` is not empty.
inline size_t heaviest(std::span<const TermBits> row) noexcept {
  size_t best = row.size() - 1;
  uint64_t most = row[best].node_count();
  for (size_t i = row.size() - 1; i-- > 0;) {
    if (row[i].node_count() > most) {
      best = i;
      most = row[i].node_count();
    }
  }
  return best;
}

/// An unfinished block with one reference; nullptr when memory is short.
Block* new_block(size_t payload_bytes, uint32_t size, uint32_t nodes) noexcept;

inline TermBits bits_of(Kind kind, const Block* block) noexcept {
  return TermBits::from_raw(static_cast<uint64_t>(kind), reinterpret_cast<uint64_t>(block));
}

}  // namespace rsp::term_detail
