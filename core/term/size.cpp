#include "core/term/size.hpp"

#include "core/term/block.hpp"
#include "core/term/memo.hpp"

namespace rsp {
namespace {

using term_detail::Block;
using term_detail::children;
using term_detail::heaviest;
using term_detail::Memo;

constexpr uint64_t GRAIN = 16;

constexpr uint64_t rounded(uint64_t bytes) { return (bytes + GRAIN - 1) / GRAIN * GRAIN; }

/// The block of the term itself.
uint64_t block_bytes(TermBits term) noexcept {
  if (!term.is_boxed()) return 0;
  switch (term.kind()) {
    case Kind::REF:
      return sizeof(Block) + rounded(sizeof(Ref));
    case Kind::BINARY:
    case Kind::STRING:
      return sizeof(Block) + rounded(term.size() + 1);
    default:
      return sizeof(Block) + children(term).size_bytes();
  }
}

/// Adds a term; false when the sum is above `at_most`. Recursion enters children of at most half the nodes only,
/// as in compare.cpp.
bool add(TermBits term, uint64_t at_most, uint64_t* sum, Memo* memo) noexcept {
  for (;;) {
    *sum += block_bytes(term);
    if (*sum > at_most) return false;
    const auto row = children(term);
    if (row.empty()) return true;
    const size_t last = heaviest(row);
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == last || !row[i].is_boxed()) continue;
      const uint64_t before = *sum;
      *sum = before + term_detail::remembered(memo, row[i], 0, [&] {
               uint64_t with = before;
               (void)add(row[i], at_most, &with, memo);
               return with - before;
             });
      if (*sum > at_most) return false;
    }
    term = row[last];
  }
}

}  // namespace

uint64_t term_bytes(TermBits term, uint64_t at_most) noexcept {
  uint64_t sum = 0;
  term_detail::with_memo(term, [&](Memo* memo) { return add(term, at_most, &sum, memo); });
  return sum;
}

}  // namespace rsp
