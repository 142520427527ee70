#include "core/base/caller_struct.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace rsp {

/** As it was in the first release, as it is, and as a later one will have it. */
struct First {
  size_t size;
  uint64_t one;
};
struct Today {
  size_t size;
  uint64_t one;
  uint32_t two;
  uint32_t three;
};
struct Later {
  size_t size;
  uint64_t one;
  uint32_t two;
  uint32_t three;
  uint64_t four;
};
struct Inside {
  size_t size;
  uint64_t one;
  uint64_t reserved[2];
};

RSP_CALLER_STRUCT(Today, one, three);

namespace {

/** As the caller's compiler sees it on one side, ours on the other. */
template <class Theirs>
const Today& seen_by_us(const Theirs& theirs) {
  return reinterpret_cast<const Today&>(theirs);
}

TEST(CallerStruct, of_the_same_header_is_read_as_it_is) {
  const Today theirs = {sizeof(Today), 1, 2, 3};
  Today ours;
  ASSERT_TRUE(read_struct(&ours, theirs));
  EXPECT_EQ(ours.one, 1u);
  EXPECT_EQ(ours.two, 2u);
  EXPECT_EQ(ours.three, 3u);
}

TEST(CallerStruct, of_an_older_header_has_zero_in_what_it_does_not_know) {
  const std::vector<First> theirs = {{sizeof(First), 1}};  // on the heap: reading past it would be seen
  Today ours = {0, 9, 9, 9};
  ASSERT_TRUE(read_struct(&ours, seen_by_us(theirs[0])));
  EXPECT_EQ(ours.size, sizeof(Today));
  EXPECT_EQ(ours.one, 1u);
  EXPECT_EQ(ours.two, 0u);
  EXPECT_EQ(ours.three, 0u);
}

TEST(CallerStruct, of_a_newer_header_is_read_where_it_asks_for_nothing_new) {
  Later theirs = {sizeof(Later), 1, 2, 3, 0};
  Today ours;
  ASSERT_TRUE(read_struct(&ours, seen_by_us(theirs)));
  EXPECT_EQ(ours.three, 3u);
  theirs.four = uint64_t{1} << 63;
  EXPECT_FALSE(read_struct(&ours, seen_by_us(theirs)));
}

TEST(CallerStruct, of_a_size_that_no_header_gave_is_refused_without_a_look_behind_it) {
  std::vector<First> theirs(1);
  for (const size_t size :
       {size_t{0}, size_t{1}, sizeof(size_t), sizeof(First) - 1, sizeof(First) + 1, sizeof(Today) + 4,
        CALLER_STRUCT_MAX + alignof(Today), SIZE_MAX, SIZE_MAX - 7, size_t{1} << 40}) {
    theirs[0].size = size;
    EXPECT_FALSE(is_readable(seen_by_us(theirs[0]))) << size;
    EXPECT_FALSE(is_writable(seen_by_us(theirs[0]))) << size;
  }
}

TEST(CallerStruct, up_to_the_longest_may_be_of_a_newer_header) {
  std::vector<size_t> theirs(CALLER_STRUCT_MAX / sizeof(size_t), 0);
  theirs[0] = CALLER_STRUCT_MAX;
  const Today& today = *reinterpret_cast<const Today*>(theirs.data());
  EXPECT_TRUE(is_readable(today));
  theirs.back() = 1;
  EXPECT_FALSE(is_readable(today));
}

TEST(CallerStruct, is_filled_in_as_far_as_it_goes) {
  const Today ours = {sizeof(Today), 1, 2, 3};
  std::vector<First> older = {{sizeof(First), 0}};
  write_struct(reinterpret_cast<Today*>(older.data()), ours);
  EXPECT_EQ(older[0].size, sizeof(First));
  EXPECT_EQ(older[0].one, 1u);
  Later newer = {sizeof(Later), 9, 9, 9, 9};
  write_struct(reinterpret_cast<Today*>(&newer), ours);
  EXPECT_EQ(newer.size, sizeof(Later));
  EXPECT_EQ(newer.three, 3u);
  EXPECT_EQ(newer.four, 0u);
}

TEST(CallerStruct, in_an_array_of_an_older_header_is_found_by_its_step) {
  const std::vector<First> theirs = {{sizeof(First), 1}, {sizeof(First), 2}, {sizeof(First), 3}};
  const CallerArray<Today> array(&seen_by_us(theirs[0]), theirs.size());
  ASSERT_TRUE(array.is_readable());
  for (size_t i = 0; i < array.size(); ++i) {
    EXPECT_EQ(array[i].one, i + 1);
    EXPECT_EQ(array[i].two, 0u);
  }
}

TEST(CallerStruct, in_an_array_of_a_newer_header_is_found_by_its_step) {
  std::vector<Later> theirs = {{sizeof(Later), 1, 2, 3, 0}, {sizeof(Later), 2, 3, 4, 0}};
  const CallerArray<Today> array(&seen_by_us(theirs[0]), theirs.size());
  ASSERT_TRUE(array.is_readable());
  EXPECT_EQ(array[1].one, 2u);
  EXPECT_EQ(array[1].three, 4u);
  theirs[1].four = 1;
  EXPECT_FALSE(array.is_readable());
}

TEST(CallerStruct, in_an_array_has_the_size_of_the_first) {
  std::vector<Today> theirs = {{sizeof(Today), 1, 0, 0}, {sizeof(First), 2, 0, 0}};
  EXPECT_FALSE(CallerArray<Today>(theirs.data(), 2).is_readable());
  EXPECT_TRUE(CallerArray<Today>(theirs.data(), 1).is_readable());
  theirs[0].size = 0;
  EXPECT_FALSE(CallerArray<Today>(theirs.data(), 2).is_readable());
  theirs[0].size = SIZE_MAX;
  EXPECT_FALSE(CallerArray<Today>(theirs.data(), 2).is_readable());
}

TEST(CallerStruct, in_an_array_that_is_not_there_is_none_or_an_error) {
  EXPECT_TRUE(CallerArray<Today>(nullptr, 0).is_readable());
  EXPECT_FALSE(CallerArray<Today>(nullptr, 1).is_readable());
}

TEST(CallerStruct, inside_another_has_one_size_and_nothing_reserved) {
  Inside inside = {sizeof(Inside), 1, {0, 0}};
  EXPECT_TRUE(is_readable_inside(inside));
  for (const size_t size : {size_t{0}, sizeof(Inside) - 8, sizeof(Inside) + 8}) {
    inside.size = size;
    EXPECT_FALSE(is_readable_inside(inside)) << size;
  }
  inside.size = sizeof(Inside);
  for (uint64_t& word : inside.reserved) {
    word = 1;
    EXPECT_FALSE(is_readable_inside(inside));
    word = 0;
  }
}

}  // namespace
}  // namespace rsp
