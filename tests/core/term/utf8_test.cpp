#include "core/term/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rsp {
namespace {

bool is_scalar(uint32_t code_point) {
  return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

TEST(Utf8, decodes_what_it_encodes_for_every_code_point) {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (!is_scalar(code_point)) continue;
    char bytes[4];
    const size_t length = utf8_encode(code_point, bytes);
    uint32_t decoded = 0;
    ASSERT_EQ(utf8_decode({bytes, length}, &decoded), length) << code_point;
    ASSERT_EQ(decoded, code_point);
    for (size_t cut = 1; cut < length; ++cut)
      ASSERT_EQ(utf8_decode({bytes, cut}, &decoded), 0u) << code_point;
  }
}

// Every string of two bytes, and every one of three that begins like a long form, against a decoder that only
// knows the definition: the encoding of some scalar value.
TEST(Utf8, refuses_what_no_code_point_encodes_to) {
  std::string valid[3];  // by length - 1: a set as a bit map over the bytes
  valid[0].assign(1 << 8, 0);
  valid[1].assign(1 << 16, 0);
  valid[2].assign(1 << 24, 0);
  for (uint32_t code_point = 0; code_point < 0x10000; ++code_point) {
    if (!is_scalar(code_point)) continue;
    char bytes[4];
    const size_t length = utf8_encode(code_point, bytes);
    size_t at = 0;
    for (size_t i = 0; i < length; ++i) at = at << 8 | static_cast<unsigned char>(bytes[i]);
    valid[length - 1][at] = 1;
  }
  uint32_t decoded;
  for (uint32_t at = 0; at < 1 << 24; ++at) {
    const char bytes[3] = {static_cast<char>(at >> 16), static_cast<char>(at >> 8), static_cast<char>(at)};
    const size_t length = utf8_decode({bytes, 3}, &decoded);
    size_t expected = 0;
    if (valid[0][at >> 16] != 0) {
      expected = 1;
    } else if (valid[1][at >> 8] != 0) {
      expected = 2;
    } else if (valid[2][at] != 0) {
      expected = 3;
    }
    if (length != expected) FAIL() << std::hex << at << ": " << length << " instead of " << expected;
  }
}

TEST(Utf8, refuses_four_byte_forms_out_of_range) {
  EXPECT_TRUE(utf8_is_valid("\xF0\x90\x80\x80"));
  EXPECT_TRUE(utf8_is_valid("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(utf8_is_valid("\xF0\x8F\xBF\xBF"));  // overlong
  EXPECT_FALSE(utf8_is_valid("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(utf8_is_valid("\xF8\x88\x80\x80\x80"));
}

TEST(Utf8, finds_a_bad_byte_at_any_place_of_a_long_text) {
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    EXPECT_TRUE(utf8_is_valid(text));
    text[at] = '\x80';
    EXPECT_FALSE(utf8_is_valid(text)) << at;
  }
}

TEST(Utf8, counts_code_points_and_finds_their_boundaries) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(utf8_length(text), 4u);
  const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  for (size_t at = 0; at <= text.size(); ++at) EXPECT_EQ(utf8_boundary(text, at), expected[at]) << at;
}

}  // namespace
}  // namespace rsp
