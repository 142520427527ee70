#include "core/term/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/term/block.hpp"
#include "core/term/memo.hpp"

namespace rsp {

namespace {

using term_detail::children;
using term_detail::heaviest;
using term_detail::Memo;
using term_detail::remembered;
using term_detail::with_memo;

// A light child has at most half the nodes of its parent, and no term has more than 2^32.
constexpr unsigned MAX_DEPTH = 32;
static_assert(MAX_TERM_NODES >> MAX_DEPTH == 0);

template <class T>
int sign_of(const T& a, const T& b) noexcept {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_bytes(std::string_view a, std::string_view b) noexcept {
  const size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? (order < 0 ? -1 : 1) : sign_of(a.size(), b.size());
}

int compare_pids(Pid a, Pid b) noexcept {
  if (a.node != b.node) return sign_of(a.node, b.node);
  if (a.creation != b.creation) return sign_of(a.creation, b.creation);
  return sign_of(a.id, b.id);
}

int compare_refs(const Ref& a, const Ref& b) noexcept {
  if (a.node != b.node) return sign_of(a.node, b.node);
  if (a.creation != b.creation) return sign_of(a.creation, b.creation);
  if (a.len != b.len) return sign_of(a.len, b.len);
  // Refs of one owner come in the order they were made: the number's high half before its low one.
  for (uint32_t i = a.len; i-- > 0;) {
    if (a.words[i] != b.words[i]) return sign_of(a.words[i], b.words[i]);
  }
  return 0;
}

int compare_floats(double a, double b, bool exact) noexcept {
  if (a < b) return -1;
  if (b < a) return 1;
  if (std::isnan(a) || std::isnan(b)) return sign_of(std::isnan(a), std::isnan(b));
  return exact ? sign_of(std::signbit(b), std::signbit(a)) : 0;
}

// By value and without rounding: no conversion of the integer to a double is exact above 2^53.
int compare_int_float(int64_t a, double b) noexcept {
  if (std::isnan(b)) return -1;
  if (b >= 0x1p63) return -1;
  if (b < -0x1p63) return 1;
  const double whole = std::trunc(b);
  const int64_t b_whole = static_cast<int64_t>(whole);
  if (a != b_whole) return sign_of(a, b_whole);
  return sign_of(whole, b);
}

int compare_numbers(TermBits a, TermBits b, bool exact) noexcept {
  const bool a_is_int = a.kind() == Kind::INT;
  const bool b_is_int = b.kind() == Kind::INT;
  if (a_is_int && b_is_int) return sign_of(a.as_int(), b.as_int());
  if (!a_is_int && !b_is_int) return compare_floats(a.as_float(), b.as_float(), exact);
  if (exact) return a_is_int ? -1 : 1;
  return a_is_int ? compare_int_float(a.as_int(), b.as_float())
                  : -compare_int_float(b.as_int(), a.as_float());
}

enum class Rank : uint8_t { NUMBER, ATOM, REF, PID, TUPLE, MAP, LIST, BYTES };

Rank rank_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::INT:
    case Kind::FLOAT:
      return Rank::NUMBER;
    case Kind::NIL:
    case Kind::BOOL:
    case Kind::ATOM:
      return Rank::ATOM;
    case Kind::REF:
      return Rank::REF;
    case Kind::PID:
      return Rank::PID;
    case Kind::TUPLE:
      return Rank::TUPLE;
    case Kind::MAP:
      return Rank::MAP;
    case Kind::LIST:
      return Rank::LIST;
    case Kind::BINARY:
    case Kind::STRING:
      return Rank::BYTES;
  }
  RSP_UNREACHABLE("a term of no kind");
}

/// Of two terms of one rank that are no containers.
int compare_leaves(Rank rank, TermBits a, TermBits b, bool exact) noexcept {
  switch (rank) {
    case Rank::NUMBER:
      return compare_numbers(a, b, exact);
    case Rank::ATOM:
      return sign_of(compare_atoms(a.as_atom(), b.as_atom()), 0);
    case Rank::REF:
      return compare_refs(a.as_ref(), b.as_ref());
    case Rank::PID:
      return compare_pids(a.as_pid(), b.as_pid());
    case Rank::BYTES: {
      const int order = compare_bytes(a.as_bytes(), b.as_bytes());
      return order != 0 || !exact ? order : sign_of(a.kind(), b.kind());
    }
    case Rank::TUPLE:
    case Rank::MAP:
    case Rank::LIST:
      break;
  }
  RSP_UNREACHABLE("a container is no leaf");
}

int compare_at(TermBits a, TermBits b, bool exact, unsigned depth, Memo* memo) noexcept {
  RSP_ASSERT(depth <= MAX_DEPTH);
  // What decides when everything from here on is equal: found in the later siblings of the heavy children
  // passed.
  int otherwise = 0;
  for (;;) {
    if (a.is_same(b)) return otherwise;
    const Rank rank = rank_of(a.kind());
    if (rank != rank_of(b.kind())) return sign_of(rank, rank_of(b.kind()));
    if (rank != Rank::TUPLE && rank != Rank::MAP && rank != Rank::LIST) {
      const int order = compare_leaves(rank, a, b, exact);
      return order != 0 ? order : otherwise;
    }
    const int by_size = sign_of(a.size(), b.size());
    if (rank != Rank::LIST && by_size != 0) return by_size;
    const auto a_row = children(a);
    const auto b_row = children(b);
    const size_t common = std::min(a_row.size(), b_row.size());
    if (common == 0) return by_size != 0 ? by_size : otherwise;

    const size_t keys = rank == Rank::MAP ? a.size() : 0;
    const auto compare_children = [&](size_t i) {
      const bool exactly = exact || i < keys;
      const auto walk = [&] {
        return static_cast<uint64_t>(compare_at(a_row[i], b_row[i], exactly, depth + 1, memo));
      };
      // Only blocks have an address that nothing else has.
      const bool is_pair = b_row[i].is_boxed();
      return static_cast<int>(is_pair ? remembered(memo, a_row[i], b_row[i].data() | (exactly ? 1 : 0), walk)
                                      : walk());
    };
    const size_t heavy = heaviest(a_row.first(common));
    for (size_t i = 0; i < heavy; ++i) {
      const int order = compare_children(i);
      if (order != 0) return order;
    }
    int later = 0;
    for (size_t i = heavy + 1; i < common && later == 0; ++i) later = compare_children(i);
    if (later == 0) later = by_size;
    if (later != 0) otherwise = later;
    exact = exact || heavy < keys;
    a = a_row[heavy];
    b = b_row[heavy];
  }
}

bool equal_at(TermBits a, TermBits b, unsigned depth, Memo* memo) noexcept {
  RSP_ASSERT(depth <= MAX_DEPTH);
  for (;;) {
    if (a.is_same(b)) return true;
    if (a.meta() != b.meta() || !a.is_boxed() || !b.is_boxed()) return false;
    switch (a.kind()) {
      case Kind::REF:
        return a.as_ref() == b.as_ref();
      case Kind::BINARY:
      case Kind::STRING:
        return a.as_bytes() == b.as_bytes();
      default:
        break;
    }
    if (a.size() != b.size() || a.node_count() != b.node_count()) return false;
    const auto a_row = children(a);
    const auto b_row = children(b);
    const size_t heavy = heaviest(a_row);
    for (size_t i = 0; i < a_row.size(); ++i) {
      if (i == heavy || a_row[i].is_same(b_row[i])) continue;
      if (a_row[i].meta() != b_row[i].meta()) return false;
      const uint64_t is_equal = remembered(memo, a_row[i], b_row[i].data(), [&] {
        return equal_at(a_row[i], b_row[i], depth + 1, memo) ? 1u : 0u;
      });
      if (is_equal == 0) return false;
    }
    a = a_row[heavy];
    b = b_row[heavy];
  }
}

uint64_t mix(uint64_t state, uint64_t value) noexcept {
  state = (state ^ value) * 0x9E3779B97F4A7C15u;
  state = (state ^ state >> 32) * 0xD6E8FEB86659FD93u;
  return state ^ state >> 29;
}

uint64_t mix_bytes(uint64_t state, std::string_view bytes) noexcept {
  state = mix(state, bytes.size());
  for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    state = mix(state, word);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  return mix(state, tail);
}

uint64_t hash_at(TermBits term, uint64_t state, unsigned depth, Memo* memo) noexcept {
  RSP_ASSERT(depth <= MAX_DEPTH);
  for (;;) {
    state = mix(state, term.meta());
    if (!term.is_boxed()) return mix(state, term.data());
    switch (term.kind()) {
      case Kind::REF: {
        const Ref& ref = term.as_ref();
        state = mix(state, uint64_t{ref.node} << 32 | ref.creation);
        for (uint32_t i = 0; i < ref.len; ++i) state = mix(state, ref.words[i]);
        return state;
      }
      case Kind::BINARY:
      case Kind::STRING:
        return mix_bytes(state, term.as_bytes());
      default:
        break;
    }
    state = mix(state, term.size());
    const auto row = children(term);
    const size_t heavy = heaviest(row);
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == heavy) continue;
      // From a state of its own: so it is the same wherever the part stands.
      state = mix(state, remembered(memo, row[i], 0, [&] { return hash_at(row[i], 0, depth + 1, memo); }));
    }
    state = mix(state, heavy);
    term = row[heavy];
  }
}

}  // namespace

bool equal(TermBits a, TermBits b) noexcept {
  return with_memo(a, [&](Memo* memo) { return equal_at(a, b, 0, memo); });
}

int compare(TermBits a, TermBits b) noexcept {
  return with_memo(a, [&](Memo* memo) { return compare_at(a, b, false, 0, memo); });
}

int compare_exact(TermBits a, TermBits b) noexcept {
  return with_memo(a, [&](Memo* memo) { return compare_at(a, b, true, 0, memo); });
}

uint64_t hash(TermBits term) noexcept {
  return with_memo(term, [&](Memo* memo) { return hash_at(term, 0, 0, memo); });
}

}  // namespace rsp
