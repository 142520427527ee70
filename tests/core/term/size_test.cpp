#include "core/term/size.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/core/term/balance.hpp"

namespace rsp {
namespace {

class SizeTest : public Balanced {};

constexpr uint64_t ANY = UINT64_MAX;

TEST_F(SizeTest, what_needs_no_block_occupies_nothing) {
  for (const TermBits term : {TermBits::nil(), TermBits::integer(7), TermBits::real(0.5), TermBits(ATOM_OK),
                              TermBits::empty(Kind::LIST), TermBits::empty(Kind::MAP)})
    EXPECT_EQ(term_bytes(term, ANY), 0u);
}

TEST_F(SizeTest, a_block_counts_with_its_header_in_steps_of_16_and_a_shared_part_as_often_as_it_occurs) {
  Term bytes;
  ASSERT_EQ(make_binary(&bytes, std::string(100, 'x')), RSP_OK);
  EXPECT_EQ(term_bytes(bytes, ANY), 16u + 112u);
  Term pair;
  ASSERT_EQ(make_tuple(&pair, {bytes, bytes}), RSP_OK);
  EXPECT_EQ(term_bytes(pair, ANY), 16u + 32u + 2 * 128u);
  Term map;
  ASSERT_EQ(make_map(&map, {{TermBits(ATOM_OK), pair}}), RSP_OK);
  EXPECT_EQ(term_bytes(map, ANY), 16u + 32u + 304u);
}

TEST_F(SizeTest, the_walk_ends_where_it_is_too_much) {
  Term doubled = Term::integer(1);
  for (int i = 0; i < 30; ++i) {
    Term next;
    ASSERT_EQ(make_tuple(&next, {doubled, doubled}), RSP_OK);
    doubled = std::move(next);
  }
  EXPECT_GT(term_bytes(doubled, 10'000), 10'000u);
}

TEST_F(SizeTest, depth_needs_no_stack) {
  Term deep = Term::integer(1);
  for (int i = 0; i < 200'000; ++i) {
    Term next;
    ASSERT_EQ(make_tuple(&next, {deep}), RSP_OK);
    deep = std::move(next);
  }
  EXPECT_EQ(term_bytes(deep, ANY), 200'000u * 32u);
}

}  // namespace
}  // namespace rsp
