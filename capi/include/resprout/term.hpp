// Terms: the values that messages, replies and exit reasons are made of, the same in every language.
//
//     term point = term::tuple(atom("point"), 3, 4);
//     auto [word, x, y] = point.to<std::tuple<atom, int, int>>();
//
// A term is immutable and reference counted: a copy costs one atomic increment. Which C++ types are terms:
// resprout/convert.hpp. Text is a string; an atom is written atom("shutdown"). Any thread may use any term.
#pragma once

#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>

#include "resprout/convert.hpp"
#include "resprout/exception.hpp"
#include "resprout/ids.hpp"
#include "resprout/term.h"

namespace resprout {

/** A term. By default nil. */
class term {
 public:
  term() noexcept = default;

  /** The term of a C++ value. Throws Error: text is not UTF-8, an integer does not fit, memory is short. */
  template <class T, class = std::enable_if_t<!std::is_same_v<detail::plain<T>, term> &&
                                              detail::has_to_term<T>::value>>
  // NOLINTNEXTLINE(google-explicit-constructor): a value is its term
  term(const T& value) : term(try_from(value).value()) {}

  template <class T>
  static result<term> try_from(const T& value) {
    return made([&](rsp_term* out) { return detail::to_term(out, value); });
  }

  /** Takes the caller's reference to a term of the C API. */
  static term adopt(rsp_term raw) noexcept { return term(detail::held_term::adopt(raw)); }
  /** A further reference to a term that is lent. */
  static term copy_of(rsp_term raw) noexcept { return term(detail::held_term::copy_of(raw)); }

  /** Bytes. */
  static term binary(const void* bytes, size_t length) { return try_binary(bytes, length).value(); }
  static result<term> try_binary(const void* bytes, size_t length) {
    return made([&](rsp_term* out) { return rsp_term_binary(out, bytes, length); });
  }

  template <class... Ts>
  static term tuple(const Ts&... elements) {
    return try_tuple(elements...).value();
  }
  template <class... Ts>
  static result<term> try_tuple(const Ts&... elements) {
    return made([&](rsp_term* out) { return detail::tuple_to_term(out, elements...); });
  }

  static term list(std::initializer_list<term> elements) { return try_list(elements).value(); }
  static result<term> try_list(std::initializer_list<term> elements) {
    return made([&](rsp_term* out) { return detail::list_to_term(out, elements.begin(), elements.end()); });
  }

  /** Of equal keys the last pair counts. */
  static term map(std::initializer_list<std::pair<term, term>> pairs) { return try_map(pairs).value(); }
  static result<term> try_map(std::initializer_list<std::pair<term, term>> pairs) {
    return made([&](rsp_term* out) { return detail::map_to_term(out, pairs.begin(), pairs.end()); });
  }

  rsp_kind kind() const noexcept { return rsp_term_kind(raw()); }
  bool is_nil() const noexcept { return kind() == RSP_KIND_NIL; }

  /** What it is in C++. Throws Error (RSP_ETYPE): it is of another type. */
  template <class T>
  T to() const {
    return try_to<T>().value();
  }
  template <class T>
  result<T> try_to() const {
    T value{};
    const rsp_result read = detail::from_term(&value, raw());
    if (read != RSP_OK) return Err{read};
    return Ok{std::move(value)};
  }

  /** Elements of a tuple or list, pairs of a map, bytes of a binary or string. Throws Error: it is none of these. */
  size_t size() const { return try_size().value(); }
  result<size_t> try_size() const {
    size_t size = 0;
    const rsp_result read = rsp_term_size(&size, raw());
    if (read != RSP_OK) return Err{read};
    return Ok{size};
  }

  /** An element of a tuple or list, counted from 0. Throws Error: there is none. */
  term element(size_t index) const { return try_element(index).value(); }
  result<term> try_element(size_t index) const {
    return lent([&](rsp_term* out) { return rsp_term_element(out, raw(), index); });
  }
  term operator[](size_t index) const { return element(index); }

  /** The value of a key of a map. Throws Error: there is none (RSP_EMISMATCH), or this is no map. */
  term at(const term& key) const { return try_at(key).value(); }
  result<term> try_at(const term& key) const {
    return lent([&](rsp_term* out) { return rsp_term_map_get(out, raw(), key.raw()); });
  }

  /** In Erlang's notation. */
  std::string to_string() const { return detail::show(raw()); }

  /** Lent: lives as long as this one. */
  rsp_term raw() const noexcept { return held_.get(); }
  /** The reference is the caller's, and this one is nil. */
  rsp_term release() noexcept { return held_.release(); }

  /** Exactly equal: 1 and 1.0 are not, nor are text and bytes. */
  friend bool operator==(const term& a, const term& b) noexcept { return rsp_term_equal(a.raw(), b.raw()); }
  friend bool operator!=(const term& a, const term& b) noexcept { return !(a == b); }
  /** By value: number < atom < reference < pid < tuple < map < list < binary and string. */
  friend bool operator<(const term& a, const term& b) noexcept { return compare(a, b) < 0; }
  friend bool operator>(const term& a, const term& b) noexcept { return b < a; }
  friend bool operator<=(const term& a, const term& b) noexcept { return !(b < a); }
  friend bool operator>=(const term& a, const term& b) noexcept { return !(a < b); }
  /** -1, 0 or 1: a stands before, beside or behind b. 1 and 1.0 stand beside each other. */
  static int compare(const term& a, const term& b) noexcept {
    int order = 0;
    detail::ignore(rsp_term_compare(&order, a.raw(), b.raw()));
    return order;
  }

 private:
  explicit term(detail::held_term held) noexcept : held_(std::move(held)) {}

  template <class Make>
  static result<term> made(Make&& make) {
    rsp_term raw{0, 0};
    const rsp_result code = make(&raw);
    if (code != RSP_OK) return Err{code};
    return Ok{adopt(raw)};
  }
  template <class Read>
  static result<term> lent(Read&& read) {
    rsp_term raw{0, 0};
    const rsp_result code = read(&raw);
    if (code != RSP_OK) return Err{code};
    return Ok{copy_of(raw)};
  }

  detail::held_term held_;
};

template <>
struct conversion<term> {
  static rsp_result to_term(rsp_term* out, const term& value) {
    return *out = rsp_term_copy(value.raw()), RSP_OK;
  }
  static rsp_result from_term(term* out, rsp_term from) { return *out = term::copy_of(from), RSP_OK; }
};

inline std::string to_string(const term& value) { return value.to_string(); }
inline std::string to_string(const pid& value) { return value.to_string(); }
inline std::string to_string(const atom& value) { return value.to_string(); }

// ---- What exceptions hold ----

inline Error::Error(const term& value)
    : raised(RSP_CLASS_ERROR, detail::held_term::copy_of(value.raw())), what_(text()) {}
inline Exit::Exit(const term& reason) : raised(RSP_CLASS_EXIT, detail::held_term::copy_of(reason.raw())) {}
inline Throw::Throw(const term& value)
    : raised(RSP_CLASS_THROW, detail::held_term::copy_of(value.raw())), what_(text()) {}

inline term raised::value() const { return term::copy_of(value_.get()); }

inline term raised::reason() const {
  rsp_exception exception = RSP_EXCEPTION_INIT;
  exception.exception_class = class_;
  exception.value = value_.get();
  rsp_term reason{0, 0};
  const rsp_result made = rsp_exception_reason(&reason, &exception);
  if (made != RSP_OK) failure(made).raise();
  return term::adopt(reason);
}

inline term call_exit::cause() const {
  rsp_term cause{0, 0};
  const bool is_pair = names_server_ && rsp_term_kind(held().get()) == RSP_KIND_TUPLE &&
                       rsp_term_element(&cause, held().get(), 0) == RSP_OK;
  return term::copy_of(is_pair ? cause : held().get());
}

inline term start_error::reason() const { return term::copy_of(held().get()); }
inline pid already_started::process() const { return reason().element(1).to<pid>(); }
inline term child_error::reason() const { return term::copy_of(reason_.get()); }
inline term detail::call_about::reason() const { return term::copy_of(reason_.get()); }
inline term failure::reason() const { return term::copy_of(reason_.get()); }
inline term failure::reason_or_word() const { return term::copy_of(raw_reason_or_word().get()); }

}  // namespace resprout
