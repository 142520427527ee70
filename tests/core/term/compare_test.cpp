#include "core/term/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "core/term/format.hpp"
#include "tests/core/term/balance.hpp"
#include "tests/core/term/model.hpp"

namespace rsp {
namespace {

class CompareTest : public Balanced {};

std::string show(TermBits term) {
  char text[2000];
  return std::string(text, format_bounded(text, sizeof text, term));
}

int sign(int value) { return value < 0 ? -1 : value > 0 ? 1 : 0; }

/// Two terms that were built apart: no shared block shortens the way.
void check_against_model(const model::Tree& a, const model::Tree& b) {
  const Term x = model::build(a);
  const Term y = model::build(b);
  const int exact = model::compare(a, b, true);
  ASSERT_EQ(sign(compare_exact(x, y)), exact) << show(x) << " and " << show(y);
  ASSERT_EQ(sign(compare(x, y)), model::compare(a, b, false)) << show(x) << " and " << show(y);
  ASSERT_EQ(equal(x, y), exact == 0) << show(x) << " and " << show(y);
  ASSERT_EQ(sign(compare_exact(y, x)), -exact) << show(x) << " and " << show(y);
  ASSERT_EQ(sign(compare(y, x)), -sign(compare(x, y))) << show(x) << " and " << show(y);
  if (exact == 0) {
    ASSERT_EQ(hash(x), hash(y)) << show(x);
  }
}

TEST_F(CompareTest, agrees_with_the_definition_on_random_pairs) {
  model::Source source(11);
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i) check_against_model(source.tree(3), source.tree(3));
}

TEST_F(CompareTest, agrees_with_the_definition_on_pairs_that_differ_in_one_place) {
  model::Source source(12);
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i) {
    const model::Tree tree = source.tree(5);
    check_against_model(tree, source.mutated(tree));
    check_against_model(tree, tree);
  }
}

TEST_F(CompareTest, is_a_total_order) {
  model::Source source(13);
  std::vector<Term> terms;
  for (int i = 0; i < 150; ++i) terms.push_back(model::build(source.tree(2)));
  for (auto* order : {compare, compare_exact}) {
    for (const Term& a : terms) {
      ASSERT_EQ(order(a, a), 0);
      for (const Term& b : terms) {
        const int ab = sign(order(a, b));
        ASSERT_EQ(ab, -sign(order(b, a))) << show(a) << " and " << show(b);
        for (const Term& c : terms) {
          // a <= b and b <= c give a <= c, and strictly so if either is strict.
          const int bc = sign(order(b, c));
          if (ab > 0 || bc > 0) continue;
          const int ac = sign(order(a, c));
          ASSERT_TRUE(ab < 0 || bc < 0 ? ac < 0 : ac == 0) << show(a) << ", " << show(b) << ", " << show(c);
        }
      }
    }
  }
}

TEST_F(CompareTest, families_follow_each_other_as_in_erlang) {
  Term ref;
  Term map;
  Term binary;
  Term tuple;
  Term list;
  ASSERT_EQ(make_ref(&ref, Ref::local({1, 1}, 0)), RSP_OK);
  ASSERT_EQ(make_tuple(&tuple, {ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_map(&map, {{ATOM_OK, ATOM_OK}}), RSP_OK);
  ASSERT_EQ(make_list(&list, {ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_binary(&binary, "ok"), RSP_OK);
  const TermBits rising[] = {TermBits::integer(7), ATOM_OK, ref, Pid::local(1, 1), tuple, map, list, binary};
  for (size_t i = 0; i < std::size(rising); ++i) {
    for (size_t j = 0; j < std::size(rising); ++j) {
      EXPECT_EQ(sign(compare(rising[i], rising[j])), i < j ? -1 : i > j ? 1 : 0);
    }
  }
}

TEST_F(CompareTest, integer_and_float_are_equal_by_value_and_not_exactly) {
  EXPECT_EQ(compare(Term::integer(1), Term::real(1.0)), 0);
  EXPECT_FALSE(equal(Term::integer(1), Term::real(1.0)));
  EXPECT_LT(compare_exact(Term::integer(1), Term::real(1.0)), 0);
  EXPECT_LT(compare_exact(Term::integer(1), Term::real(-1.0)), 0);
  // 2^53 + 1 has no double: rounding would call it equal to 2^53.
  EXPECT_GT(compare(Term::integer((int64_t{1} << 53) + 1), Term::real(0x1p53)), 0);
  EXPECT_LT(compare(Term::integer(INT64_MAX), Term::real(0x1p63)), 0);
  EXPECT_EQ(compare(Term::integer(INT64_MIN), Term::real(-0x1p63)), 0);
}

TEST_F(CompareTest, zeroes_are_equal_by_value_and_two_terms_exactly) {
  EXPECT_EQ(compare(Term::real(0.0), Term::real(-0.0)), 0);
  EXPECT_FALSE(equal(Term::real(0.0), Term::real(-0.0)));
  EXPECT_LT(compare_exact(Term::real(-0.0), Term::real(0.0)), 0);
}

TEST_F(CompareTest, atoms_are_ordered_by_text_with_nil_and_booleans_among_them) {
  std::vector<Term> words = {ATOM_TRUE,  ATOM_UNDEFINED, ATOM_NORMAL,  ATOM_NIL,
                             ATOM_FALSE, ATOM_EXIT,      ATOM_EXIT_TAG};
  std::sort(words.begin(), words.end(), [](const Term& a, const Term& b) { return compare(a, b) < 0; });
  std::string sorted;
  for (const Term& word : words) sorted += show(word) + " ";
  EXPECT_EQ(sorted, "'EXIT' exit false nil normal true undefined ");
}

TEST_F(CompareTest, tuples_are_ordered_by_size_first_and_lists_by_elements_first) {
  Term small_tuple;
  Term large_tuple;
  Term short_list;
  Term long_list;
  ASSERT_EQ(make_tuple(&small_tuple, {TermBits::integer(9)}), RSP_OK);
  ASSERT_EQ(make_tuple(&large_tuple, {TermBits::integer(1), TermBits::integer(1)}), RSP_OK);
  ASSERT_EQ(make_list(&short_list, {TermBits::integer(9)}), RSP_OK);
  ASSERT_EQ(make_list(&long_list, {TermBits::integer(1), TermBits::integer(1)}), RSP_OK);
  EXPECT_LT(compare(small_tuple, large_tuple), 0);
  EXPECT_GT(compare(short_list, long_list), 0);
  Term prefix;
  ASSERT_EQ(make_list(&prefix, {TermBits::integer(1)}), RSP_OK);
  EXPECT_LT(compare(prefix, long_list), 0);
}

TEST_F(CompareTest, keys_of_maps_are_compared_exactly_and_values_by_value) {
  Term of_integers;
  Term of_floats;
  ASSERT_EQ(make_map(&of_integers, {{ATOM_OK, TermBits::integer(1)}}), RSP_OK);
  ASSERT_EQ(make_map(&of_floats, {{ATOM_OK, TermBits::real(1)}}), RSP_OK);
  EXPECT_EQ(compare(of_integers, of_floats), 0);
  EXPECT_FALSE(equal(of_integers, of_floats));
  ASSERT_EQ(make_map(&of_integers, {{TermBits::integer(1), ATOM_OK}}), RSP_OK);
  ASSERT_EQ(make_map(&of_floats, {{TermBits::real(1), ATOM_OK}}), RSP_OK);
  EXPECT_LT(compare(of_integers, of_floats), 0);
  // Also where the key is the largest part of the map.
  Term integer_key;
  Term float_key;
  ASSERT_EQ(make_tuple(&integer_key, {TermBits::integer(1), ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_tuple(&float_key, {TermBits::real(1), ATOM_OK}), RSP_OK);
  ASSERT_EQ(compare(integer_key, float_key), 0);
  ASSERT_EQ(make_map(&of_integers, {{integer_key, ATOM_OK}}), RSP_OK);
  ASSERT_EQ(make_map(&of_floats, {{float_key, ATOM_OK}}), RSP_OK);
  EXPECT_LT(compare(of_integers, of_floats), 0);
}

TEST_F(CompareTest, hash_depends_on_every_part_of_a_term) {
  // Pairs that differ in one place only: all hashes of a set of distinct terms are distinct.
  model::Source source(14);
  std::vector<Term> distinct;
  std::set<uint64_t> hashes;
  for (int i = 0; i < 3000; ++i) {
    Term term = model::build(source.tree(3));
    const bool is_new =
        std::none_of(distinct.begin(), distinct.end(), [&](const Term& other) { return equal(term, other); });
    if (!is_new) continue;
    hashes.insert(hash(term));
    distinct.push_back(std::move(term));
  }
  EXPECT_GT(distinct.size(), 1000u);
  EXPECT_EQ(hashes.size(), distinct.size());
}

}  // namespace
}  // namespace rsp
