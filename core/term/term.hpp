// Terms: the immutable values that messages, replies and exit reasons are made of, in every language.
//
// A term is 16 bytes by value, {meta, data}; all zero is nil. The low byte of meta is the kind.
//
//   kind                          meta above the kind         data
//   NIL                           0                           0
//   BOOL                          0                           0 or 1
//   INT                           0                           the int64_t
//   FLOAT                         0                           the bits of the double; one NaN only
//   ATOM                          0                           the atom's number
//   PID                           node:24 | creation:32       serial:32 | index:32
//   REF                           0                           address of its block
//   BINARY STRING TUPLE LIST MAP  0                           address of its block; 0 when empty
//
// Two types have this layout. `TermBits` is the value without ownership: a borrowed view, good while somebody
// else holds the term; trivially copyable, so it may lie in unions and envelopes. `Term` owns one reference:
// a copy adds one, a move steals, the destructor drops. A Term turns into its TermBits wherever a parameter
// is a TermBits. Never keep a TermBits of a temporary Term past the statement.
//
// Any thread may read, copy and drop terms: blocks never change after they are built, and the count is
// atomic.
//
// Rules
// E1 A block is built whole, then published; it refers to older blocks only, so there are no cycles.
// E2 Empty containers have no block (data 0), so equal immediates have equal bits.
// E3 The atoms true, false and nil are the kinds BOOL and NIL, as on the BEAM, where booleans are atoms: one
//    term for each word. TermBits(Atom) sees to it, and as_atom() accepts the three.
// E4 Every NaN is stored as one, so that equality of floats is equality of bits. -0.0 and 0.0 are two terms.
// E5 Dropping the last reference of a structure frees it without recursion and without memory: a dead block's
//    count field links it into the list of blocks still to be freed. Depth is limited by nothing.
// E6 Containers take their own references to their elements; the caller keeps its own.
//
// Rejected: a flat serialised buffer per message (elements could not be shared, and a reason is taken apart
// and wrapped again on its way up the tree); cons cells (a count and an allocation per element).
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/base/assert.hpp"
#include "core/base/ids.hpp"
#include "core/base/limits.hpp"
#include "core/term/atom.hpp"

namespace rsp {

enum class Kind : uint8_t { NIL, BOOL, INT, FLOAT, ATOM, PID, REF, BINARY, STRING, TUPLE, LIST, MAP };
inline constexpr uint8_t KINDS = 12;

namespace term_detail {
struct Block;
void add_refs(uint64_t data, uint64_t count) noexcept;
void drop_refs(uint64_t meta, uint64_t data, uint64_t count) noexcept;
bool is_well_formed(uint64_t meta, uint64_t data) noexcept;
}  // namespace term_detail

// may_alias: the C ABI reads arrays of its own struct of this layout in place.
class [[gnu::may_alias]] TermBits {
 public:
  /// Indeterminate, so that it may be a member of a union; `TermBits{}` is nil.
  TermBits() = default;
  constexpr TermBits(Atom atom) noexcept : meta_(meta_of(atom)), data_(data_of(atom)) {}  // NOLINT: implicit
  constexpr TermBits(Pid pid) noexcept                                                    // NOLINT: implicit
      : meta_(uint64_t{pid.creation} << 32 | uint64_t{pid.node} << 8 | uint64_t(Kind::PID)), data_(pid.id) {
    RSP_ASSERT(pid.node < MAX_NODES);
  }
  static constexpr TermBits from_raw(uint64_t meta, uint64_t data) noexcept { return {meta, data}; }
  static constexpr TermBits nil() noexcept { return {uint64_t(Kind::NIL), 0}; }
  static constexpr TermBits boolean(bool value) noexcept { return {uint64_t(Kind::BOOL), value ? 1u : 0u}; }
  static constexpr TermBits integer(int64_t value) noexcept {
    return {uint64_t(Kind::INT), static_cast<uint64_t>(value)};
  }
  static constexpr TermBits real(double value) noexcept {
    return {uint64_t(Kind::FLOAT), value == value ? std::bit_cast<uint64_t>(value) : NAN_BITS};
  }
  /// `kind` is BINARY, STRING, TUPLE, LIST or MAP.
  static constexpr TermBits empty(Kind kind) noexcept {
    RSP_ASSERT(kind >= Kind::BINARY);
    return {uint64_t(kind), 0};
  }

  constexpr uint64_t meta() const noexcept { return meta_; }
  constexpr uint64_t data() const noexcept { return data_; }
  constexpr Kind kind() const noexcept { return static_cast<Kind>(meta_ & 0xFF); }
  constexpr bool is_boxed() const noexcept { return kind() >= Kind::REF && data_ != 0; }

  /// Whether these bits can be a term at all: for what comes over the C ABI. A wrong address is not found
  /// out.
  bool is_well_formed() const noexcept { return term_detail::is_well_formed(meta_, data_); }

  /// Same bits: equality for immediates, identity for blocks. See compare.hpp for equality.
  constexpr bool is_same(TermBits other) const noexcept {
    return meta_ == other.meta_ && data_ == other.data_;
  }
  constexpr bool is(Atom atom) const noexcept { return is_same(TermBits(atom)); }
  constexpr bool is_nil() const noexcept { return kind() == Kind::NIL; }
  /// A tuple of `arity` elements with this atom as the first: {shutdown, _}.
  bool is_tagged(Atom tag, size_t arity) const noexcept;

  // Readers. The kind must be the right one: callers look at kind() first.

  constexpr bool as_bool() const noexcept { return checked(Kind::BOOL).data_ != 0; }
  constexpr int64_t as_int() const noexcept { return static_cast<int64_t>(checked(Kind::INT).data_); }
  constexpr double as_float() const noexcept { return std::bit_cast<double>(checked(Kind::FLOAT).data_); }
  constexpr bool is_atom() const noexcept {
    return kind() == Kind::ATOM || kind() == Kind::BOOL || kind() == Kind::NIL;
  }
  /// Of an ATOM, a BOOL or NIL (E3).
  constexpr Atom as_atom() const noexcept {
    if (kind() == Kind::NIL) return ATOM_NIL;
    if (kind() == Kind::BOOL) return data_ != 0 ? ATOM_TRUE : ATOM_FALSE;
    return Atom{static_cast<uint32_t>(checked(Kind::ATOM).data_)};
  }
  constexpr Pid as_pid() const noexcept {
    checked(Kind::PID);
    return {data_, static_cast<uint32_t>(meta_ >> 8 & (MAX_NODES - 1)), static_cast<uint32_t>(meta_ >> 32)};
  }
  /// Lives as long as the term.
  const Ref& as_ref() const noexcept;
  /// Of a BINARY or a STRING; lives as long as the term. A zero byte that does not count follows.
  std::string_view as_bytes() const noexcept;
  /// Bytes of a BINARY or STRING, elements of a TUPLE or LIST, pairs of a MAP.
  size_t size() const noexcept;
  /// Of a TUPLE or LIST; borrowed.
  std::span<const TermBits> elements() const noexcept;
  TermBits element(size_t index) const noexcept;
  /// Of a MAP, in the exact order of keys (compare.hpp); borrowed.
  std::span<const TermBits> keys() const noexcept;
  std::span<const TermBits> values() const noexcept;
  /// The value of an exactly equal key of a MAP, borrowed. False: there is none, and `out` is untouched.
  [[nodiscard]] bool find(TermBits key, TermBits* out) const noexcept;

  /// Nodes of the term, shared parts counted as often as they occur; 1 for everything that holds no terms.
  uint64_t node_count() const noexcept;
  /// References to the block; 0 for a term without one. For tests: it may change as it is read.
  uint64_t ref_count() const noexcept;

 private:
  static constexpr uint64_t NAN_BITS = 0x7FF8000000000000;

  constexpr TermBits(uint64_t meta, uint64_t data) noexcept : meta_(meta), data_(data) {}
  static constexpr bool is_word_of_a_kind(Atom atom) noexcept { return atom.id - ATOM_FALSE.id < 3; }
  static constexpr uint64_t meta_of(Atom atom) noexcept {
    if (!is_word_of_a_kind(atom)) return uint64_t(Kind::ATOM);
    return uint64_t(atom == ATOM_NIL ? Kind::NIL : Kind::BOOL);
  }
  static constexpr uint64_t data_of(Atom atom) noexcept {
    if (!is_word_of_a_kind(atom)) return atom.id;
    return atom == ATOM_TRUE ? 1 : 0;
  }
  constexpr const TermBits& checked(Kind kind) const noexcept {
    RSP_ASSERT(this->kind() == kind);
    return *this;
  }
  const term_detail::Block* block() const noexcept {
    return reinterpret_cast<const term_detail::Block*>(data_);
  }

  uint64_t meta_;
  uint64_t data_;
};

class Term : public TermBits {
 public:
  constexpr Term() noexcept : TermBits(TermBits::nil()) {}
  constexpr Term(Atom atom) noexcept : TermBits(atom) {}  // NOLINT: implicit
  constexpr Term(Pid pid) noexcept : TermBits(pid) {}     // NOLINT: implicit
  Term(const Term& other) noexcept : TermBits(other) { add_refs(1); }
  Term(Term&& other) noexcept : TermBits(other.release()) {}
  Term& operator=(const Term& other) noexcept {
    Term copy(other);
    swap(copy);
    return *this;
  }
  Term& operator=(Term&& other) noexcept {
    // Through a temporary, so that assigning a part of the old value to its holder, or a term to itself, is
    // safe.
    Term moved(std::move(other));
    swap(moved);
    return *this;
  }
  constexpr ~Term() {
    if (is_boxed()) term_detail::drop_refs(meta(), data(), 1);
  }

  static constexpr Term nil() noexcept { return Term(); }
  static constexpr Term boolean(bool value) noexcept { return Term(TermBits::boolean(value)); }
  static constexpr Term integer(int64_t value) noexcept { return Term(TermBits::integer(value)); }
  static constexpr Term real(double value) noexcept { return Term(TermBits::real(value)); }
  static constexpr Term empty(Kind kind) noexcept { return Term(TermBits::empty(kind)); }

  /// Takes over a reference that the bits stand for: the other half of release().
  static constexpr Term adopt(TermBits bits) noexcept { return Term(bits); }
  /// A further reference to a borrowed term.
  static Term share(TermBits bits) noexcept {
    if (bits.is_boxed()) term_detail::add_refs(bits.data(), 1);
    return Term(bits);
  }
  /// Gives the reference away; the Term is nil afterwards.
  [[nodiscard]] constexpr TermBits release() noexcept {
    TermBits bits = *this;
    static_cast<TermBits&>(*this) = TermBits::nil();
    return bits;
  }
  /// Adds `count` references at once, for that many later adopt(*this): a reason that goes to many.
  void add_refs(uint64_t count) const noexcept {
    if (is_boxed()) term_detail::add_refs(data(), count);
  }
  void swap(Term& other) noexcept {
    TermBits bits = *this;
    static_cast<TermBits&>(*this) = other;
    static_cast<TermBits&>(other) = bits;
  }

 private:
  constexpr explicit Term(TermBits bits) noexcept : TermBits(bits) {}
};

static_assert(sizeof(TermBits) == 16 && sizeof(Term) == 16);
static_assert(std::is_trivially_copyable_v<TermBits> && std::is_trivially_default_constructible_v<TermBits>);
static_assert(std::is_standard_layout_v<TermBits> && std::is_standard_layout_v<Term>);

/// Drops `count` references that the bits stand for: an envelope that was not delivered.
inline void drop_term(TermBits bits, uint64_t count = 1) noexcept {
  if (bits.is_boxed()) term_detail::drop_refs(bits.meta(), bits.data(), count);
}

// Builders of what needs a block. `out` is written on RSP_OK only, and may hold a part of what is being
// built. All: RSP_ENOMEM; RSP_ELIMIT beyond MAX_TERM_BYTES or MAX_TERM_NODES.

/// RSP_EINVAL: `len` is 0 or above Ref::WORDS.
[[nodiscard]] rsp_result make_ref(Term* out, const Ref& ref) noexcept;
[[nodiscard]] rsp_result make_binary(Term* out, std::string_view bytes) noexcept;
/// RSP_EINVAL: not valid UTF-8.
[[nodiscard]] rsp_result make_string(Term* out, std::string_view text) noexcept;
/// A string of bytes from anywhere (what() of an exception): what is not valid UTF-8 becomes U+FFFD.
[[nodiscard]] rsp_result make_text(Term* out, std::string_view bytes) noexcept;

[[nodiscard]] rsp_result make_tuple(Term* out, std::span<const TermBits> elements) noexcept;
[[nodiscard]] rsp_result make_list(Term* out, std::span<const TermBits> elements) noexcept;

struct [[gnu::may_alias]] TermPair {
  TermBits key;
  TermBits value;
};
/// Of exactly equal keys the last one counts, as in maps:from_list/1.
[[nodiscard]] rsp_result make_map(Term* out, std::span<const TermPair> pairs) noexcept;

// make_tuple(&reason, {ATOM_SHUTDOWN, detail})
[[nodiscard]] inline rsp_result make_tuple(Term* out, std::initializer_list<TermBits> elements) noexcept {
  return make_tuple(out, std::span(elements.begin(), elements.size()));
}
[[nodiscard]] inline rsp_result make_list(Term* out, std::initializer_list<TermBits> elements) noexcept {
  return make_list(out, std::span(elements.begin(), elements.size()));
}
[[nodiscard]] inline rsp_result make_map(Term* out, std::initializer_list<TermPair> pairs) noexcept {
  return make_map(out, std::span(pairs.begin(), pairs.size()));
}

}  // namespace rsp
