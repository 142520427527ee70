#include "core/base/ids.hpp"

#include <gtest/gtest.h>

namespace rsp {
namespace {

TEST(Pid, is_its_serial_over_its_index) {
  constexpr Pid pid = Pid::local(7, 9);
  EXPECT_EQ(pid.id, uint64_t{9} << 32 | 7);
  EXPECT_EQ(pid.index(), 7u);
  EXPECT_EQ(pid.serial(), 9u);
  EXPECT_TRUE(pid.is_local());
  EXPECT_FALSE(pid.is_none());
}

TEST(Pid, of_zeroes_is_none) {
  EXPECT_TRUE(Pid{}.is_none());
  EXPECT_FALSE((Pid{0, 1, 0}.is_none()));
}

TEST(Pid, differs_in_every_field) {
  const Pid pid{1, 2, 3};
  EXPECT_EQ(pid, (Pid{1, 2, 3}));
  EXPECT_NE(pid, (Pid{2, 2, 3}));
  EXPECT_NE(pid, (Pid{1, 1, 3}));
  EXPECT_NE(pid, (Pid{1, 2, 4}));
}

TEST(Ref, local_keeps_number_owner_and_hint) {
  constexpr LocalRef parts{0x0123456789ABCDEF, Pid::local(11, 22).id};
  constexpr Ref ref = Ref::local(parts, 33);
  EXPECT_TRUE(ref.is_local());
  EXPECT_EQ(ref.as_local(), parts);
  EXPECT_EQ(ref.slot_hint(), 33u);
  EXPECT_EQ(ref.words[0], 0x89ABCDEFu);
  EXPECT_EQ(ref.words[2], 11u);
  EXPECT_EQ(ref.words[3], 22u);
}

TEST(Ref, words_past_the_length_do_not_count) {
  EXPECT_EQ((Ref{1, 2, {3, 4, 5, 6, 7}, 2}), (Ref{1, 2, {3, 4, 0, 0, 0}, 2}));
  EXPECT_NE((Ref{1, 2, {3, 4, 5, 6, 7}, 3}), (Ref{1, 2, {3, 4, 0, 0, 0}, 3}));
  EXPECT_NE((Ref{1, 2, {3, 4, 0, 0, 0}, 2}), (Ref{1, 2, {3, 4, 0, 0, 0}, 3}));
}

TEST(Ref, of_zeroes_is_none_and_not_local) {
  EXPECT_TRUE(Ref{}.is_none());
  EXPECT_FALSE(Ref{}.is_local());
}

TEST(Ids, become_public_and_back_unchanged) {
  const Pid pid{1, 2, 3};
  const Ref ref{1, 2, {3, 4, 5, 6, 7}, 5};
  const Atom atom{8};
  EXPECT_EQ(to_public(pid).node, 2u);
  EXPECT_EQ(to_public(ref).words[4], 7u);
  EXPECT_EQ(from_public(to_public(pid)), pid);
  EXPECT_EQ(from_public(to_public(ref)), ref);
  EXPECT_EQ(from_public(to_public(atom)), atom);
}

}  // namespace
}  // namespace rsp
