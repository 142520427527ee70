// A naive model of terms: plain trees, built at random, ordered by recursion straight from the definition of
// Erlang's term order. What core/term does by cleverer means must agree with it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/term/term.hpp"

namespace rsp::model {

struct Tree {
  Kind kind = Kind::NIL;
  int64_t integer = 0;
  double real = 0;
  std::string text;  // of an atom (nil, true and false included), a binary, a string
  Pid pid;
  Ref ref;
  std::vector<Tree> elements;  // of a tuple or list
  std::vector<Tree> keys;      // of a map: distinct, in their order
  std::vector<Tree> values;    // of a map, in the order of the keys
};

inline int sign(int64_t value) { return value < 0 ? -1 : value > 0 ? 1 : 0; }

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

inline int family(const Tree& tree) {
  switch (tree.kind) {
    case Kind::INT:
    case Kind::FLOAT:
      return 0;
    case Kind::NIL:
    case Kind::BOOL:
    case Kind::ATOM:
      return 1;
    case Kind::REF:
      return 2;
    case Kind::PID:
      return 3;
    case Kind::TUPLE:
      return 4;
    case Kind::MAP:
      return 5;
    case Kind::LIST:
      return 6;
    default:
      return 7;
  }
}

/// A number as 2^32 times the first and what is left, both toward zero: exact for every int64_t and every
/// double, and in the order of the numbers. (A long double is neither everywhere nor under valgrind.)
inline std::pair<double, double> parts(const Tree& number) {
  constexpr int64_t STEP = int64_t{1} << 32;
  if (number.kind == Kind::INT) {
    const int64_t steps = number.integer / STEP;
    return {static_cast<double>(steps), static_cast<double>(number.integer - steps * STEP)};
  }
  if (std::isinf(number.real)) return {number.real, 0};
  const double steps = std::trunc(number.real / STEP);
  return {steps, number.real - steps * STEP};
}

inline int order_numbers(const Tree& a, const Tree& b, bool exact) {
  if (exact && a.kind != b.kind) return a.kind == Kind::INT ? -1 : 1;
  const bool a_is_nan = a.kind == Kind::FLOAT && std::isnan(a.real);
  const bool b_is_nan = b.kind == Kind::FLOAT && std::isnan(b.real);
  if (a_is_nan || b_is_nan) return order(a_is_nan, b_is_nan);
  const int result = order(parts(a), parts(b));
  if (result != 0 || !exact || a.kind == Kind::INT) return result;
  return order(std::signbit(b.real), std::signbit(a.real));
}

inline int compare(const Tree& a, const Tree& b, bool exact) {
  if (family(a) != family(b)) return order(family(a), family(b));
  switch (family(a)) {
    case 0:
      return order_numbers(a, b, exact);
    case 1:
      return sign(a.text.compare(b.text));
    case 2: {
      const auto key = [](const Ref& r) {
        return std::vector<uint32_t>{r.node,     r.creation, r.len,      r.words[4],
                                     r.words[3], r.words[2], r.words[1], r.words[0]};
      };
      return order(key(a.ref), key(b.ref));
    }
    case 3:
      return order(std::tuple(a.pid.node, a.pid.creation, a.pid.id),
                   std::tuple(b.pid.node, b.pid.creation, b.pid.id));
    case 4:
    case 6: {
      if (a.kind == Kind::TUPLE && a.elements.size() != b.elements.size()) {
        return order(a.elements.size(), b.elements.size());
      }
      for (size_t i = 0; i < a.elements.size() && i < b.elements.size(); ++i) {
        if (int result = compare(a.elements[i], b.elements[i], exact); result != 0) return result;
      }
      return order(a.elements.size(), b.elements.size());
    }
    case 5:
      if (a.keys.size() != b.keys.size()) return order(a.keys.size(), b.keys.size());
      for (size_t i = 0; i < a.keys.size(); ++i) {
        if (int result = compare(a.keys[i], b.keys[i], true); result != 0) return result;
      }
      for (size_t i = 0; i < a.values.size(); ++i) {
        if (int result = compare(a.values[i], b.values[i], exact); result != 0) return result;
      }
      return 0;
    default:
      if (int result = sign(a.text.compare(b.text)); result != 0 || !exact) return result;
      return order(a.kind, b.kind);
  }
}

inline Term build(const Tree& tree) {
  Term term;
  switch (tree.kind) {
    case Kind::NIL:
      break;
    case Kind::BOOL:
      term = Term::boolean(tree.text == "true");
      break;
    case Kind::INT:
      term = Term::integer(tree.integer);
      break;
    case Kind::FLOAT:
      term = Term::real(tree.real);
      break;
    case Kind::ATOM: {
      Atom atom;
      EXPECT_EQ(atom_intern(tree.text, &atom), RSP_OK);
      term = atom;
      break;
    }
    case Kind::PID:
      term = tree.pid;
      break;
    case Kind::REF:
      EXPECT_EQ(make_ref(&term, tree.ref), RSP_OK);
      break;
    case Kind::BINARY:
      EXPECT_EQ(make_binary(&term, tree.text), RSP_OK);
      break;
    case Kind::STRING:
      EXPECT_EQ(make_string(&term, tree.text), RSP_OK);
      break;
    case Kind::TUPLE:
    case Kind::LIST: {
      std::vector<Term> owned;
      for (const Tree& element : tree.elements) owned.push_back(build(element));
      const std::vector<TermBits> row(owned.begin(), owned.end());
      const std::span<const TermBits> bits(row);  // a std::vector would find std::make_tuple
      EXPECT_EQ(tree.kind == Kind::TUPLE ? make_tuple(&term, bits) : make_list(&term, bits), RSP_OK);
      break;
    }
    case Kind::MAP: {
      std::vector<Term> owned;
      std::vector<TermPair> pairs;
      for (size_t i = 0; i < tree.keys.size(); ++i) {
        owned.push_back(build(tree.keys[i]));
        owned.push_back(build(tree.values[i]));
        pairs.push_back({owned[2 * i], owned[2 * i + 1]});
      }
      std::reverse(pairs.begin(), pairs.end());  // make_map has to sort them
      EXPECT_EQ(make_map(&term, pairs), RSP_OK);
      break;
    }
  }
  return term;
}

/// Makes trees from few different leaves, so that equal and nearly equal ones are frequent.
class Source {
 public:
  explicit Source(uint64_t seed) : random_(seed) {}

  size_t below(size_t limit) { return static_cast<size_t>(random_() % limit); }

  Tree tree(unsigned depth) {
    Tree made;
    if (depth == 0 || below(3) == 0) return leaf();
    made.kind = pick({Kind::TUPLE, Kind::LIST, Kind::MAP});
    const size_t size = below(4);
    for (size_t i = 0; i < size; ++i) {
      if (made.kind != Kind::MAP) {
        made.elements.push_back(tree(depth - 1));
        continue;
      }
      const Tree key = tree(depth - 1);
      const auto at = std::find_if(made.keys.begin(), made.keys.end(),
                                   [&](const Tree& other) { return compare(key, other, true) <= 0; });
      if (at != made.keys.end() && compare(key, *at, true) == 0) continue;
      made.values.insert(made.values.begin() + (at - made.keys.begin()), tree(depth - 1));
      made.keys.insert(at, key);
    }
    return made;
  }

  /// The same tree with one place changed, now and then to something of equal value but not exactly equal.
  Tree mutated(Tree tree) {
    if (!tree.elements.empty() && below(8) != 0) {
      Tree& element = tree.elements[below(tree.elements.size())];
      element = mutated(std::move(element));
    } else if (!tree.values.empty() && below(8) != 0) {
      Tree& value = tree.values[below(tree.values.size())];  // a changed key might have to move
      value = mutated(std::move(value));
    } else if (tree.kind == Kind::INT && below(2) == 0) {
      tree.kind = Kind::FLOAT;
      tree.real = static_cast<double>(tree.integer);
    } else if (tree.kind == Kind::STRING && below(2) == 0) {
      tree.kind = Kind::BINARY;
    } else {
      tree = leaf();
    }
    return tree;
  }

 private:
  template <class T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(from.size()));
  }

  Tree leaf() {
    Tree made;
    made.kind = static_cast<Kind>(below(static_cast<size_t>(Kind::STRING) + 1));
    switch (made.kind) {
      case Kind::NIL:
        made.text = "nil";
        break;
      case Kind::BOOL:
        made.text = pick<const char*>({"true", "false"});
        break;
      case Kind::INT:
        made.integer = pick<int64_t>({0, 1, -1, 2, int64_t{1} << 53, (int64_t{1} << 53) + 1, INT64_MAX,
                                      INT64_MAX - 1, INT64_MIN, INT64_MIN + 1});
        break;
      case Kind::FLOAT:
        made.real = pick<double>({0.0, -0.0, 1.0, -1.0, 1.5, -0.5, 0x1p53, 0x1p63, -0x1p63,
                                  0x1.fffffffffffffp62, HUGE_VAL, -HUGE_VAL, std::nan("")});
        break;
      case Kind::ATOM:
        made.text = pick<const char*>({"", "a", "ab", "b", "normal", "nim", "trud", "\xC3\xA9"});
        break;
      case Kind::PID:
        made.pid =
            Pid{pick<uint64_t>({1, 2, uint64_t{1} << 32}), pick<uint32_t>({0, 1}), pick<uint32_t>({0, 7})};
        break;
      case Kind::REF:
        made.ref.node = pick<uint32_t>({0, 1});
        made.ref.len = pick<uint32_t>({1, 3, 5});
        for (uint32_t i = 0; i < made.ref.len; ++i) made.ref.words[i] = pick<uint32_t>({0, 1});
        break;
      default:
        made.text = pick<const char*>({"", "a", "ab", "b", "\xC3\xA9"});
        break;
    }
    return made;
  }

  std::mt19937_64 random_;
};

}  // namespace rsp::model
