// What C++ values are as terms, and back: conversion<T>.
//
//     nullptr, std::nullopt, an empty optional   nil           std::string, text        string
//     bool                                       boolean       std::vector<std::byte>   binary
//     integers                                   integer       tuple, pair              tuple
//     double, float                              float         containers               list
//     atom, pid, ref                             the same      containers of pairs      map
//
// Nothing is converted silently: an integer that does not fit, a float where an integer is wanted, are failures. Text is read
// from strings and from binaries, which is how it comes from an Erlang node. A type of one's own becomes a term where
// conversion<T> is specialised for it: the two functions below, or one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "resprout/exception.hpp"
#include "resprout/ids.hpp"

namespace resprout {

/** How T is a term. `to_term(rsp_term* out, const T& value)` makes one, which the caller frees; `from_term(T* out, rsp_term
 * lent)` reads one. Both write their output on RSP_OK alone. */
template <class T, class = void>
struct conversion;

namespace detail {

template <class T>
using plain = std::decay_t<const T&>;

template <class T, class = void>
struct has_to_term : std::false_type {};
template <class T>
struct has_to_term<T, std::void_t<decltype(conversion<plain<T>>::to_term(
                          std::declval<rsp_term*>(), std::declval<const plain<T>&>()))>> : std::true_type {};

template <class T>
rsp_result to_term(rsp_term* out, const T& value) {
  return conversion<plain<T>>::to_term(out, value);
}

template <class T>
rsp_result from_term(T* out, rsp_term from) {
  return conversion<T>::from_term(out, from);
}

/** Terms that are about to be put into a container, and freed behind it. */
class parts {
 public:
  parts() = default;
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts() {
    for (const rsp_term part : terms_) rsp_term_free(part);
  }
  template <class T>
  rsp_result add(const T& value) {
    terms_.push_back({0, 0});
    return to_term(&terms_.back(), value);
  }
  void reserve(size_t count) { terms_.reserve(count); }
  size_t size() const { return terms_.size(); }
  const rsp_term* data() const { return terms_.data(); }

 private:
  std::vector<rsp_term> terms_;
};

template <class Iterator>
rsp_result list_to_term(rsp_term* out, Iterator begin, Iterator end) {
  parts elements;
  for (; begin != end; ++begin) {
    const rsp_result made = elements.add(*begin);
    if (made != RSP_OK) return made;
  }
  return rsp_term_list(out, elements.data(), elements.size());
}

template <class Iterator>
rsp_result map_to_term(rsp_term* out, Iterator begin, Iterator end) {
  parts terms;
  for (; begin != end; ++begin) {
    rsp_result made = terms.add(begin->first);
    if (made == RSP_OK) made = terms.add(begin->second);
    if (made != RSP_OK) return made;
  }
  std::vector<rsp_term_pair> pairs;
  pairs.reserve(terms.size() / 2);
  for (size_t i = 0; i < terms.size(); i += 2) pairs.push_back({terms.data()[i], terms.data()[i + 1]});
  return rsp_term_map(out, pairs.data(), pairs.size());
}

template <class... Ts>
rsp_result tuple_to_term(rsp_term* out, const Ts&... values) {
  parts elements;
  elements.reserve(sizeof...(Ts));
  rsp_result made = RSP_OK;
  (void)((made = elements.add(values), made == RSP_OK) && ...);
  return made == RSP_OK ? rsp_term_tuple(out, elements.data(), elements.size()) : made;
}

template <class T>
rsp_result element_from(T* out, rsp_term container, size_t index) {
  rsp_term element{0, 0};
  const rsp_result found = rsp_term_element(&element, container, index);
  return found == RSP_OK ? from_term(out, element) : found;
}

template <class Tuple, size_t... Is>
rsp_result tuple_from(Tuple* out, rsp_term from, std::index_sequence<Is...>) {
  size_t size = 0;
  if (rsp_term_kind(from) != RSP_KIND_TUPLE) return RSP_ETYPE;
  if (rsp_term_size(&size, from) != RSP_OK || size != sizeof...(Is)) return RSP_ETYPE;
  rsp_result read = RSP_OK;
  (void)((read = element_from(&std::get<Is>(*out), from, Is), read == RSP_OK) && ...);
  return read;
}

template <class T, class = void>
struct is_list : std::false_type {};
template <class T>
struct is_list<T, std::void_t<typename T::value_type,
                              decltype(std::declval<T&>().push_back(std::declval<typename T::value_type>()))>>
    : std::true_type {};

template <class T, class = void>
struct is_map : std::false_type {};
template <class T>
struct is_map<T, std::void_t<typename T::key_type, typename T::mapped_type>> : std::true_type {};

}  // namespace detail

template <>
struct conversion<std::nullptr_t> {
  static rsp_result to_term(rsp_term* out, std::nullptr_t) { return *out = rsp_term_nil(), RSP_OK; }
};

template <>
struct conversion<std::nullopt_t> : conversion<std::nullptr_t> {
  static rsp_result to_term(rsp_term* out, std::nullopt_t) { return *out = rsp_term_nil(), RSP_OK; }
};

template <>
struct conversion<bool> {
  static rsp_result to_term(rsp_term* out, bool value) { return *out = rsp_term_bool(value), RSP_OK; }
  static rsp_result from_term(bool* out, rsp_term from) { return rsp_term_get_bool(out, from); }
};

template <class T>
struct conversion<
    T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>>> {
  static rsp_result to_term(rsp_term* out, T value) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(int64_t)) {
      if (value > static_cast<T>(std::numeric_limits<int64_t>::max())) return RSP_EINVAL;
    }
    return *out = rsp_term_int(static_cast<int64_t>(value)), RSP_OK;
  }
  static rsp_result from_term(T* out, rsp_term from) {
    int64_t value = 0;
    const rsp_result read = rsp_term_get_int(&value, from);
    if (read != RSP_OK) return read;
    const T narrow = static_cast<T>(value);
    if (static_cast<int64_t>(narrow) != value || (std::is_unsigned_v<T> && value < 0)) return RSP_ETYPE;
    return *out = narrow, RSP_OK;
  }
};

template <class T>
struct conversion<T, std::enable_if_t<std::is_same_v<T, double> || std::is_same_v<T, float>>> {
  static rsp_result to_term(rsp_term* out, T value) {
    return *out = rsp_term_float(static_cast<double>(value)), RSP_OK;
  }
  static rsp_result from_term(T* out, rsp_term from) {
    double value = 0;
    const rsp_result read = rsp_term_get_float(&value, from);
    if (read == RSP_OK) *out = static_cast<T>(value);
    return read;
  }
};

template <>
struct conversion<std::string_view> {
  static rsp_result to_term(rsp_term* out, std::string_view value) {
    return rsp_term_string(out, value.data(), value.size());
  }
};

template <>
struct conversion<const char*> {
  static rsp_result to_term(rsp_term* out, const char* value) {
    return value == nullptr ? RSP_EINVAL : detail::to_term(out, std::string_view(value));
  }
};

template <>
struct conversion<char*> : conversion<const char*> {};

template <>
struct conversion<std::string> {
  static rsp_result to_term(rsp_term* out, const std::string& value) {
    return rsp_term_string(out, value.data(), value.size());
  }
  static rsp_result from_term(std::string* out, rsp_term from) {
    const char* bytes = nullptr;
    size_t length = 0;
    const rsp_result read = rsp_term_get_bytes(&bytes, &length, from);
    if (read == RSP_OK) out->assign(bytes, length);
    return read;
  }
};

template <>
struct conversion<std::vector<std::byte>> {
  static rsp_result to_term(rsp_term* out, const std::vector<std::byte>& value) {
    return rsp_term_binary(out, value.data(), value.size());
  }
  static rsp_result from_term(std::vector<std::byte>* out, rsp_term from) {
    const char* bytes = nullptr;
    size_t length = 0;
    const rsp_result read = rsp_term_get_bytes(&bytes, &length, from);
    if (read != RSP_OK) return read;
    const std::byte* const begin = static_cast<const std::byte*>(static_cast<const void*>(bytes));
    return out->assign(begin, begin + length), RSP_OK;
  }
};

template <>
struct conversion<atom> {
  static rsp_result to_term(rsp_term* out, atom value) { return *out = rsp_term_atom(value.raw()), RSP_OK; }
  static rsp_result from_term(atom* out, rsp_term from) {
    rsp_atom raw{0};
    const rsp_result read = rsp_term_get_atom(&raw, from);
    if (read == RSP_OK) *out = atom(raw);
    return read;
  }
};

template <>
struct conversion<pid> {
  static rsp_result to_term(rsp_term* out, pid value) {
    if (!value) return RSP_EINVAL;
    return *out = rsp_term_pid(value.raw()), RSP_OK;
  }
  static rsp_result from_term(pid* out, rsp_term from) {
    rsp_pid raw{0, 0, 0};
    const rsp_result read = rsp_term_get_pid(&raw, from);
    if (read == RSP_OK) *out = pid(raw);
    return read;
  }
};

template <>
struct conversion<ref> {
  static rsp_result to_term(rsp_term* out, const ref& value) { return rsp_term_ref(out, value.raw()); }
  static rsp_result from_term(ref* out, rsp_term from) {
    rsp_ref raw{};
    const rsp_result read = rsp_term_get_ref(&raw, from);
    if (read == RSP_OK) *out = ref(raw);
    return read;
  }
};

template <class T>
struct conversion<std::optional<T>> {
  static rsp_result to_term(rsp_term* out, const std::optional<T>& value) {
    return value ? detail::to_term(out, *value) : detail::to_term(out, nullptr);
  }
  static rsp_result from_term(std::optional<T>* out, rsp_term from) {
    if (rsp_term_kind(from) == RSP_KIND_NIL) return out->reset(), RSP_OK;
    T value{};
    const rsp_result read = detail::from_term(&value, from);
    if (read == RSP_OK) *out = std::move(value);
    return read;
  }
};

template <class... Ts>
struct conversion<std::tuple<Ts...>> {
  static rsp_result to_term(rsp_term* out, const std::tuple<Ts...>& value) {
    return std::apply([out](const Ts&... parts) { return detail::tuple_to_term(out, parts...); }, value);
  }
  static rsp_result from_term(std::tuple<Ts...>* out, rsp_term from) {
    return detail::tuple_from(out, from, std::index_sequence_for<Ts...>());
  }
};

template <class A, class B>
struct conversion<std::pair<A, B>> {
  static rsp_result to_term(rsp_term* out, const std::pair<A, B>& value) {
    return detail::tuple_to_term(out, value.first, value.second);
  }
  static rsp_result from_term(std::pair<A, B>* out, rsp_term from) {
    return detail::tuple_from(out, from, std::index_sequence_for<A, B>());
  }
};

/** A list, from and to any container that grows at its end. */
template <class T>
struct conversion<T, std::enable_if_t<detail::is_list<T>::value && !std::is_same_v<T, std::string> &&
                                      !std::is_same_v<T, std::vector<std::byte>>>> {
  static rsp_result to_term(rsp_term* out, const T& value) {
    return detail::list_to_term(out, value.begin(), value.end());
  }
  static rsp_result from_term(T* out, rsp_term from) {
    size_t size = 0;
    if (rsp_term_kind(from) != RSP_KIND_LIST || rsp_term_size(&size, from) != RSP_OK) return RSP_ETYPE;
    T elements;
    for (size_t i = 0; i < size; ++i) {
      typename T::value_type element{};
      const rsp_result read = detail::element_from(&element, from, i);
      if (read != RSP_OK) return read;
      elements.push_back(std::move(element));
    }
    return *out = std::move(elements), RSP_OK;
  }
};

template <class T>
struct conversion<T, std::enable_if_t<detail::is_map<T>::value>> {
  static rsp_result to_term(rsp_term* out, const T& value) {
    return detail::map_to_term(out, value.begin(), value.end());
  }
  static rsp_result from_term(T* out, rsp_term from) {
    size_t size = 0;
    if (rsp_term_kind(from) != RSP_KIND_MAP || rsp_term_size(&size, from) != RSP_OK) return RSP_ETYPE;
    T entries;
    for (size_t i = 0; i < size; ++i) {
      rsp_term key_term{0, 0};
      rsp_term value_term{0, 0};
      typename T::key_type key{};
      typename T::mapped_type value{};
      rsp_result read = rsp_term_map_pair(&key_term, &value_term, from, i);
      if (read == RSP_OK) read = detail::from_term(&key, key_term);
      if (read == RSP_OK) read = detail::from_term(&value, value_term);
      if (read != RSP_OK) return read;
      entries.emplace(std::move(key), std::move(value));
    }
    return *out = std::move(entries), RSP_OK;
  }
};

}  // namespace resprout
