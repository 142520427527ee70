#include "python/resprout/demo/native/text_analysis.hpp"

#include <bit>
#include <cstring>

namespace rsp_demo {
namespace {

constexpr std::uint64_t ONES = 0x0101010101010101U;
constexpr std::uint64_t HIGHS = 0x8080808080808080U;

// The functions below work on eight bytes of ASCII in one word, the first of them lowest, and answer with
// bit 7 of each byte that fits. No byte is above 0x7F, so that no sum carries into its neighbour.

constexpr std::uint64_t at_least(std::uint64_t bytes, std::uint64_t limit) noexcept {
  return bytes + ONES * (0x80 - limit);
}

constexpr std::uint64_t equal(std::uint64_t bytes, std::uint64_t byte) noexcept {
  return ~((bytes ^ (ONES * byte)) + ONES * 0x7F) & HIGHS;
}

constexpr std::uint64_t spaces(std::uint64_t bytes) noexcept {
  const std::uint64_t controls = at_least(bytes, 0x09) & ~at_least(bytes, 0x0E);
  const std::uint64_t separators = at_least(bytes, 0x1C) & ~at_least(bytes, 0x21);
  return (controls | separators) & HIGHS;
}

constexpr std::uint64_t count(std::uint64_t bits) noexcept { return ((bits >> 7) * ONES) >> 56; }

constexpr std::uint64_t index_of_first(std::uint64_t bits) noexcept {
  return static_cast<std::uint64_t>(std::countr_zero(bits)) / 8;
}

struct Decoded {
  enum class Kind : std::uint8_t { CHARACTER, INCOMPLETE, INVALID };
  Kind kind;
  std::uint32_t size;  // bytes of the character
  std::uint32_t code_point;
};

// Reads the sequence at `begin`. INCOMPLETE: what is there is right as far as it goes.
Decoded decode(const unsigned char* begin, const unsigned char* end) noexcept {
  const std::uint32_t lead = *begin;
  std::uint32_t size = 0;
  std::uint32_t lowest = 0x80;   // bounds of the second byte: they exclude overlong forms, surrogates
  std::uint32_t highest = 0xBF;  // and what is above U+10FFFF
  if (lead < 0x80) {
    return {Decoded::Kind::CHARACTER, 1, lead};
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if ((lead & 0xF0) == 0xE0) {
    size = 3;
    lowest = lead == 0xE0 ? 0xA0 : 0x80;
    highest = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    lowest = lead == 0xF0 ? 0x90 : 0x80;
    highest = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return {Decoded::Kind::INVALID, 0, 0};
  }
  const auto available = static_cast<std::size_t>(end - begin);
  std::uint32_t code_point = lead & (0x7FU >> size);
  for (std::uint32_t i = 1; i < size; ++i) {
    if (i == available) {
      return {Decoded::Kind::INCOMPLETE, 0, 0};
    }
    const std::uint32_t next = begin[i];
    if (next < lowest || next > highest) {
      return {Decoded::Kind::INVALID, 0, 0};
    }
    lowest = 0x80;
    highest = 0xBF;
    code_point = (code_point << 6) | (next & 0x3F);
  }
  return {Decoded::Kind::CHARACTER, size, code_point};
}

}  // namespace

inline void TextAnalysis::Counters::take_eight_ascii(std::uint64_t bytes, std::uint64_t offset) noexcept {
  const std::uint64_t space = spaces(bytes);
  // The byte before each byte: shifting up by one byte moves it there.
  words += count(~space & ((space << 8) | (after_space << 7)) & HIGHS);
  after_space = space >> 63;
  line_feeds += count(equal(bytes, '\n'));
  code_points += 8;

  // Setting bit 5 makes { and } of [ and ], and of nothing else.
  const std::uint64_t folded = bytes | (ONES * 0x20);
  const std::uint64_t opening = equal(bytes, '(') | equal(folded, '{');
  const std::uint64_t closing = equal(bytes, ')') | equal(folded, '}');
  const std::uint64_t nul = equal(bytes, 0);
  std::uint64_t brackets = opening | closing;
  if ((brackets | nul) == 0) {
    return;
  }
  if (nul != 0 && first_nul == UINT64_MAX) {
    first_nul = offset + index_of_first(nul);
  }
  while (brackets != 0) {
    const std::uint64_t bracket = brackets & (0 - brackets);
    depth += (opening & bracket) != 0 ? 1 : -1;
    depth = depth < 0 ? 0 : depth;
    deepest = depth > deepest ? depth : deepest;
    brackets ^= bracket;
  }
}

inline void TextAnalysis::Counters::take(std::uint32_t code_point, std::uint64_t offset) noexcept {
  const std::uint64_t space = is_space(code_point) ? 1 : 0;
  words += ~space & after_space & 1;
  after_space = space;
  ++code_points;
  switch (code_point) {
    case '\n':
      ++line_feeds;
      break;
    case '\0':
      first_nul = first_nul == UINT64_MAX ? offset : first_nul;
      break;
    case '(':
    case '[':
    case '{':
      ++depth;
      deepest = depth > deepest ? depth : deepest;
      break;
    case ')':
    case ']':
    case '}':
      depth = depth > 0 ? depth - 1 : 0;
      break;
    default:
      break;
  }
}

void TextAnalysis::refuse(std::uint64_t offset) noexcept {
  bad_offset_ = offset;
  carry_size_ = 0;
}

// Joins the bytes carried over with the first of this chunk. Answers where the rest of the chunk begins, and
// `end` if nothing of it is left or the text is refused.
const unsigned char* TextAnalysis::complete_carry(const unsigned char* begin,
                                                  const unsigned char* end) noexcept {
  const unsigned char* next = begin;
  while (next != end) {
    carry_[carry_size_++] = *next++;
    const Decoded decoded = decode(carry_.data(), carry_.data() + carry_size_);
    if (decoded.kind == Decoded::Kind::INVALID) {
      refuse(offset_);
      return end;
    }
    if (decoded.kind == Decoded::Kind::CHARACTER) {
      counters_.take(decoded.code_point, offset_);
      offset_ += decoded.size;
      carry_size_ = 0;
      return next;
    }
  }
  return end;
}

void TextAnalysis::update(std::span<const unsigned char> chunk) noexcept {
  if (chunk.empty()) {
    return;
  }
  any_ = true;
  ends_in_line_feed_ = chunk.back() == '\n';
  if (bad_offset_ != UINT64_MAX) {
    return;
  }
  const unsigned char* next = chunk.data();
  const unsigned char* const end = next + chunk.size();
  if (carry_size_ != 0) {
    next = complete_carry(next, end);
  }
  const std::uint64_t first_offset = offset_;
  const unsigned char* const first = next;
  Counters counters = counters_;  // in registers while the loop runs
  while (next != end) {
    if constexpr (std::endian::native == std::endian::little) {
      while (end - next >= 8) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, next, 8);
        if ((bytes & HIGHS) != 0) {
          break;
        }
        counters.take_eight_ascii(bytes, first_offset + static_cast<std::uint64_t>(next - first));
        next += 8;
      }
    }
    const unsigned char* const look_again = end - next >= 8 ? next + 8 : end;
    while (next < look_again) {
      const std::uint64_t offset = first_offset + static_cast<std::uint64_t>(next - first);
      const Decoded decoded = decode(next, end);
      if (decoded.kind == Decoded::Kind::CHARACTER) {
        counters.take(decoded.code_point, offset);
        next += decoded.size;
        continue;
      }
      if (decoded.kind == Decoded::Kind::INVALID) {
        refuse(offset);
        return;
      }
      offset_ = offset;
      counters_ = counters;
      while (next != end) {
        carry_[carry_size_++] = *next++;
      }
      return;
    }
  }
  offset_ = first_offset + static_cast<std::uint64_t>(next - first);
  counters_ = counters;
}

Outcome TextAnalysis::finish() const noexcept {
  if (!any_) {
    return {Failure::EMPTY_FILE, 0, {}};
  }
  if (bad_offset_ != UINT64_MAX) {
    return {Failure::BAD_ENCODING, bad_offset_, {}};
  }
  if (carry_size_ != 0) {
    return {Failure::BAD_ENCODING, offset_, {}};
  }
  if (counters_.first_nul != UINT64_MAX) {
    return {Failure::NUL_BYTE, counters_.first_nul, {}};
  }
  return {Failure::NONE,
          0,
          {counters_.line_feeds + (ends_in_line_feed_ ? 0U : 1U), counters_.words,
           static_cast<std::uint64_t>(counters_.deepest), counters_.code_points - counters_.line_feeds}};
}

Outcome analyse_text(std::span<const unsigned char> text) noexcept {
  TextAnalysis analysis;
  analysis.update(text);
  return analysis.finish();
}

}  // namespace rsp_demo
