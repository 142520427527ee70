// Equality, order and hash of terms.
//
// Two notions, as in Erlang. *By value* (`==`, `<`): 1 and 1.0 are equal. *Exact* (`=:=`): they are not. Keys
// of maps are exact, and so is everything in this project that asks whether two terms are the same.
//
// The order is Erlang's: number < atom < ref < pid < tuple < map < list < binary. Numbers by value (exact:
// integers below floats; -0.0 below 0.0; NaN, which Erlang has not, above all other floats and equal to
// itself); atoms by text, nil, false and true among them (term.hpp, E3); tuples by size, then element by
// element; maps by size, then the sorted keys (always exactly), then the values; lists element by element, a
// prefix first; binaries and strings are one family, by bytes; with the same bytes they are equal by value
// and, exactly, the binary comes first. Pids and refs by node, creation, number.
//
// All three work on any nesting in bounded stack and no memory, and cannot fail: at each container pair the
// heaviest child (most nodes) is left to the end and taken without recursion, so recursion enters only
// children with at most half of the nodes, MAX_DEPTH deep at most. compare() keeps, while it goes down the
// heavy children, what the later siblings would decide. What was found out about parts that occur more than once is
// remembered (memo.hpp).
#pragma once

#include <cstdint>

#include "core/term/term.hpp"

namespace rsp {

/// Exactly equal: Erlang's =:=.
[[nodiscard]] bool equal(TermBits a, TermBits b) noexcept;

/// Negative, zero, positive by value: Erlang's order. A total preorder; 0 for 1 and 1.0.
[[nodiscard]] int compare(TermBits a, TermBits b) noexcept;

/// The order of map keys: total, and 0 for exactly equal terms only.
[[nodiscard]] int compare_exact(TermBits a, TermBits b) noexcept;

/// Equal for exactly equal terms; the same in every run of one build for terms without atoms made at run
/// time, pids and refs.
[[nodiscard]] uint64_t hash(TermBits term) noexcept;

}  // namespace rsp
