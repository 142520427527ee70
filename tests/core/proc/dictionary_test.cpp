// Dictionary against what it stands for: a map.
#include "core/proc/dictionary.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/mem/alloc.hpp"
#include "core/term/compare.hpp"

namespace rsp {
namespace {

Term number(int64_t value) { return Term::integer(value); }

/// Few keys of many kinds, equal by value and not exactly, boxed and not.
Term key_of(int64_t value) {
  Term made;
  rsp_result result = RSP_OK;
  switch (value % 4) {
    case 0:
      made = Term::integer(value);
      break;
    case 1:
      made = Term::real(static_cast<double>(value - 1));  // equal by value to the integer before
      break;
    case 2:
      result = make_string(&made, "key " + std::to_string(value));
      break;
    default:
      result = make_tuple(&made, {TermBits(ATOM_ID), TermBits::integer(value)});
  }
  EXPECT_EQ(result, RSP_OK);
  return made;
}

void compare_with(const Dictionary& dictionary, const std::map<int64_t, int64_t>& model) {
  ASSERT_EQ(dictionary.size(), model.size());
  Term keys;
  Term pairs;
  ASSERT_EQ(dictionary.keys(&keys), RSP_OK);
  ASSERT_EQ(dictionary.pairs(&pairs, UINT64_MAX), RSP_OK);
  ASSERT_EQ(keys.size(), model.size());
  ASSERT_EQ(pairs.size(), model.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_TRUE(equal(pairs.element(i).element(0), keys.element(i)));
    EXPECT_TRUE(equal(pairs.element(i).element(1), dictionary.get(keys.element(i))));
  }
  for (const auto& [key, value] : model) EXPECT_EQ(dictionary.get(key_of(key)).as_int(), value);
}

// S-DICT-2
TEST(Dictionary, does_what_a_map_does) {
  for (const int64_t keys : {4, 40, 4000}) {
    Dictionary dictionary;
    std::map<int64_t, int64_t> model;
    std::mt19937_64 random(static_cast<uint64_t>(keys));
    for (int64_t step = 0; step < 20000; ++step) {
      const int64_t key = static_cast<int64_t>(random() % static_cast<uint64_t>(keys));
      const auto was = model.find(key);
      const Term expected = was == model.end() ? Term() : number(was->second);
      Term before;
      // Now it grows, now it shrinks.
      if (random() % 8 < (step / 2500 % 2 == 0 ? 6u : 2u)) {
        ASSERT_EQ(dictionary.put(key_of(key), TermBits::integer(step), &before), RSP_OK);
        model[key] = step;
      } else {
        before = dictionary.erase(key_of(key));
        model.erase(key);
      }
      ASSERT_TRUE(equal(before, expected)) << keys << " keys, step " << step;
      if (step % 1000 == 0) compare_with(dictionary, model);
    }
    compare_with(dictionary, model);
  }
}

// S-DICT-2
TEST(Dictionary, tells_keys_apart_that_are_equal_by_value_only) {
  Dictionary dictionary;
  Term before;
  ASSERT_EQ(dictionary.put(Term::integer(1), ATOM_OK, &before), RSP_OK);
  ASSERT_EQ(dictionary.put(Term::real(1.0), ATOM_ERROR, &before), RSP_OK);
  EXPECT_TRUE(before.is_nil());
  EXPECT_TRUE(dictionary.get(Term::integer(1)).is(ATOM_OK));
  EXPECT_TRUE(dictionary.get(Term::real(1.0)).is(ATOM_ERROR));
}

TEST(Dictionary, shows_so_many_pairs_at_most) {
  Dictionary dictionary;
  Term before;
  for (int64_t i = 0; i < 10; ++i) ASSERT_EQ(dictionary.put(number(i), number(i), &before), RSP_OK);
  Term pairs;
  ASSERT_EQ(dictionary.pairs(&pairs, 3), RSP_OK);
  EXPECT_EQ(pairs.size(), 3u);
}

TEST(Dictionary, gives_back_all_it_has_in_slices_and_when_it_is_empty) {
  const uint64_t blocks = mem_live_blocks();
  Dictionary dictionary;
  Term before;
  for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(dictionary.put(key_of(i), key_of(i), &before), RSP_OK);
  for (int64_t i = 0; i < 1000; ++i) before = dictionary.erase(key_of(i));
  before = Term();
  EXPECT_EQ(mem_live_blocks(), blocks);
  for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(dictionary.put(key_of(i), key_of(i), &before), RSP_OK);
  int slices = 1;
  while (!dictionary.drop(100)) ++slices;
  EXPECT_EQ(slices, 21);  // 2,048 slots
  EXPECT_EQ(mem_live_blocks(), blocks);
}

#ifdef RESPROUT_FAULT_INJECTION
TEST(Dictionary, is_as_it_was_where_memory_is_short) {
  Dictionary dictionary;
  Term before;
  for (int64_t i = 0; i < 6; ++i) ASSERT_EQ(dictionary.put(number(i), number(i), &before), RSP_OK);
  mem_fail_from(1);
  EXPECT_EQ(dictionary.put(number(6), number(6), &before), RSP_ENOMEM);
  EXPECT_EQ(dictionary.put(number(5), number(7), &before), RSP_OK) << "a key that is there needs none";
  Term list;
  EXPECT_EQ(dictionary.keys(&list), RSP_ENOMEM);
  EXPECT_EQ(dictionary.pairs(&list, 9), RSP_ENOMEM);
  mem_fail_never();
  EXPECT_EQ(dictionary.size(), 6u);
  EXPECT_EQ(dictionary.get(number(5)).as_int(), 7);
  EXPECT_TRUE(dictionary.get(number(6)).is_nil());
}
#endif

}  // namespace
}  // namespace rsp
