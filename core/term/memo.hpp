// What was found out about parts of a term, so that a part which occurs in many places is walked once: without it, to
// compare, hash or measure {X, X} of {X, X} of ... takes a step for each path, of which 25 levels have 33 million.
//
// A small table on the stack of a walk, which forgets: a newer row takes the place of an older one. So it needs no memory and
// cannot fail, and what is lost is time only. Terms whose parts are shared by the hundred and in many layers still take a
// step for each path; MAX_TERM_NODES bounds those.
//
// Private to core/term.
#pragma once

#include <cstdint>

#include "core/term/term.hpp"

namespace rsp::term_detail {

class Memo {
 public:
  /** Whether a walk over a term of so many nodes has one: to clear it is more than a few steps. */
  static bool is_worth_having(TermBits term) noexcept { return term.node_count() > 4 * WORTH_A_ROW; }

  /** Whether it is quicker to look a part up than to walk it. */
  static bool is_worth_a_row(TermBits part) noexcept { return part.node_count() > WORTH_A_ROW; }

  /** nullptr: not known, or not any more. `a` is the address of a part, and not 0. */
  const uint64_t* find(uint64_t a, uint64_t b) const noexcept {
    const Row& row = rows_[place_of(a, b)];
    return row.a == a && row.b == b ? &row.value : nullptr;
  }

  void note(uint64_t a, uint64_t b, uint64_t value) noexcept { rows_[place_of(a, b)] = {a, b, value}; }

 private:
  static constexpr uint64_t WORTH_A_ROW = 16;
  static constexpr unsigned ROWS_LOG2 = 7;

  struct Row {
    uint64_t a;
    uint64_t b;
    uint64_t value;
  };

  // Blocks that are made one after the other lie at equal distances: one multiplication would put them into a few rows.
  static uint64_t place_of(uint64_t a, uint64_t b) noexcept {
    uint64_t place = (a ^ b * 0xD6E8FEB86659FD93u) * 0x9E3779B97F4A7C15u;
    place = (place ^ place >> 32) * 0xD6E8FEB86659FD93u;
    return place >> (64 - ROWS_LOG2);
  }

  Row rows_[1u << ROWS_LOG2] = {};
};

/** Runs `walk` with a memo, or with nullptr: `term` is soon walked. */
template <class Walk>
auto with_memo(TermBits term, const Walk& walk) noexcept {
  if (!Memo::is_worth_having(term)) return walk(static_cast<Memo*>(nullptr));
  Memo memo;
  return walk(&memo);
}

/** What `walk` comes to, of a part and whatever is `b`; looked up, if it is known. */
template <class Walk>
uint64_t remembered(Memo* memo, TermBits part, uint64_t b, const Walk& walk) noexcept {
  if (memo == nullptr || !Memo::is_worth_a_row(part)) return walk();
  if (const uint64_t* const known = memo->find(part.data(), b)) return *known;
  const uint64_t value = walk();
  memo->note(part.data(), b, value);
  return value;
}

}  // namespace rsp::term_detail
