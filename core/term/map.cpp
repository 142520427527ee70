// Building of maps: the pairs are put into the exact order of their keys through a row of positions, so that
// the caller's array is only read and the block is allocated once, at its final size.
#include <algorithm>

#include "core/mem/alloc.hpp"
#include "core/term/block.hpp"
#include "core/term/compare.hpp"
#include "core/term/term.hpp"

namespace rsp {

namespace {

constexpr size_t POSITIONS_ON_STACK = 64;

/// Puts the positions that count into the order of what stands there, by `compare`; returns how many those are.
template <class Compare>
size_t order_positions(size_t size, uint32_t* positions, Compare&& compare) noexcept {
  bool sorted = true;
  for (size_t i = 0; i < size; ++i) {
    positions[i] = static_cast<uint32_t>(i);
    if (i > 0 && sorted) sorted = compare(i - 1, i) < 0;
  }
  if (sorted) return size;  // The usual case for a map that was one before: decoded, copied.

  std::sort(positions, positions + size, [&](uint32_t a, uint32_t b) noexcept {
    const int order = compare(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  // Equal keys now stand side by side in the order they were given: keep the last.
  size_t kept = 0;
  for (size_t i = 0; i < size; ++i) {
    const bool is_last = i + 1 == size || compare(positions[i], positions[i + 1]) != 0;
    if (is_last) positions[kept++] = positions[i];
  }
  return kept;
}

/// The ranks of keys that are all predefined atoms, as those of reports are. False: they are not.
bool ranks_of(std::span<const TermPair> pairs, uint32_t* ranks) noexcept {
  for (size_t i = 0; i < pairs.size(); ++i) {
    const TermBits key = pairs[i].key;
    if (key.kind() != Kind::ATOM || !is_predefined(key.as_atom())) return false;
    ranks[i] = atom_rank(key.as_atom());
  }
  return true;
}

/// The same by ranks: few, and mostly in order already, so each is put where it belongs among those before it.
size_t order_by_ranks(size_t size, uint32_t* positions, const uint32_t* ranks) noexcept {
  size_t kept = 0;
  for (uint32_t i = 0; i < size; ++i) {
    size_t at = kept;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): ranks_of wrote as many as there are
    while (at > 0 && ranks[positions[at - 1]] > ranks[i]) --at;
    if (at > 0 && ranks[positions[at - 1]] == ranks[i]) {
      positions[at - 1] = i;
      continue;
    }
    for (size_t moved = kept; moved > at; --moved) positions[moved] = positions[moved - 1];
    positions[at] = i;
    ++kept;
  }
  return kept;
}

size_t order_positions(std::span<const TermPair> pairs, uint32_t* positions) noexcept {
  uint32_t ranks[POSITIONS_ON_STACK];
  if (pairs.size() <= POSITIONS_ON_STACK && ranks_of(pairs, ranks))
    return order_by_ranks(pairs.size(), positions, ranks);
  return order_positions(pairs.size(), positions, [&](size_t a, size_t b) noexcept {
    return compare_exact(pairs[a].key, pairs[b].key);
  });
}

rsp_result build(Term* out, std::span<const TermPair> pairs, std::span<const uint32_t> positions) noexcept {
  uint64_t nodes = 1;
  for (uint32_t position : positions) {
    nodes += pairs[position].key.node_count() + pairs[position].value.node_count();
    if (nodes > MAX_TERM_NODES) return RSP_ELIMIT;
  }
  const size_t size = positions.size();
  term_detail::Block* block = term_detail::new_block(2 * size * sizeof(TermBits), static_cast<uint32_t>(size),
                                                     static_cast<uint32_t>(nodes));
  if (block == nullptr) return RSP_ENOMEM;
  TermBits* children = static_cast<TermBits*>(block->payload());
  for (size_t i = 0; i < size; ++i) {
    children[i] = Term::share(pairs[positions[i]].key).release();
    children[size + i] = Term::share(pairs[positions[i]].value).release();
  }
  *out = Term::adopt(term_detail::bits_of(Kind::MAP, block));
  return RSP_OK;
}

}  // namespace

rsp_result make_map(Term* out, std::span<const TermPair> pairs) noexcept {
  if (pairs.empty()) {
    *out = Term::empty(Kind::MAP);
    return RSP_OK;
  }
  if (pairs.size() > MAX_TERM_NODES / 2) return RSP_ELIMIT;
  uint32_t on_stack[POSITIONS_ON_STACK];
  uint32_t* positions = on_stack;
  if (pairs.size() > POSITIONS_ON_STACK) {
    positions = static_cast<uint32_t*>(mem_alloc_shared(pairs.size() * sizeof(uint32_t)));
    if (positions == nullptr) return RSP_ENOMEM;
  }
  const size_t kept = order_positions(pairs, positions);
  const rsp_result result = build(out, pairs, {positions, kept});
  if (positions != on_stack) mem_free_shared(positions);
  return result;
}

}  // namespace rsp
