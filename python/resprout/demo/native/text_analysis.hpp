#pragma once
// Lines, words, deepest nesting and characters of a text that arrives in chunks.
//
// Thread: a TextAnalysis belongs to one thread at a time and shares nothing. Memory: none is allocated.
//
// States: open --update*--> open --finish--> finished. `update` after `finish` is a fault of the caller.
//
// 1. The bytes are UTF-8 exactly as Python's strict decoder takes it: no surrogates, no overlong form,
//    nothing above U+10FFFF, nothing cut off at the end. A byte order mark is a character.
// 2. White space is what Python's `str.isspace` calls so (is_space below).
// 3. The depth counter goes up at each of ( [ { and down at each of ) ] }, whichever pair it closes, and
//    never below 0.
// 4. Precedence of failures: EMPTY_FILE, then BAD_ENCODING, then NUL_BYTE. A text is decoded before it is
//    looked at, so a NUL in front of a bad sequence is not the reason.
// 5. The outcome does not depend on where the chunks are cut.
//
// Chunks rather than the whole file: a worker's memory stays the same whatever it is given, and between two
// chunks it can be told to stop.
// Rejected: SSE or AVX, which would be one more code path for each machine. Eight bytes in one ordinary
// register are several times faster than the digest of the same bytes already.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "python/resprout/demo/native/outcome.hpp"

namespace rsp_demo {

/// True where Python's `chr(code_point).isspace()` is.
///
/// Python's rule is: bidirectional class WS, B or S, or general category Zs. In Unicode 14.0 (Python 3.11)
/// these are the 29 code points below; a test compares every code point with the running Python.
constexpr bool is_space(std::uint32_t code_point) noexcept {
  if (code_point < 0x80) {
    return (code_point >= 0x09 && code_point <= 0x0D) || (code_point >= 0x1C && code_point <= 0x20);
  }
  switch (code_point) {
    case 0x0085:  // next line
    case 0x00A0:  // no-break space
    case 0x1680:  // Ogham space mark
    case 0x2028:  // line separator
    case 0x2029:  // paragraph separator
    case 0x202F:  // narrow no-break space
    case 0x205F:  // medium mathematical space
    case 0x3000:  // ideographic space
      return true;
    default:
      return code_point >= 0x2000 && code_point <= 0x200A;  // en quad to hair space
  }
}

class TextAnalysis {
 public:
  /// Takes the next bytes of the text.
  void update(std::span<const unsigned char> chunk) noexcept;

  /// Says what the text was.
  Outcome finish() const noexcept;

 private:
  struct Counters {
    std::uint64_t line_feeds = 0;
    std::uint64_t words = 0;
    std::uint64_t code_points = 0;
    std::int64_t depth = 0;
    std::int64_t deepest = 0;
    std::uint64_t first_nul = UINT64_MAX;  // offset in the text
    std::uint64_t after_space = 1;         // 1 if the character before is white space, or there is none

    void take_eight_ascii(std::uint64_t bytes, std::uint64_t offset) noexcept;
    void take(std::uint32_t code_point, std::uint64_t offset) noexcept;
  };

  const unsigned char* complete_carry(const unsigned char* begin, const unsigned char* end) noexcept;
  void refuse(std::uint64_t offset) noexcept;

  Counters counters_;
  std::uint64_t offset_ = 0;               // bytes taken in, the carried ones not counted
  std::uint64_t bad_offset_ = UINT64_MAX;  // UINT64_MAX: nothing refused
  std::array<unsigned char, 4> carry_{};   // a sequence that the end of a chunk cut in two
  std::uint32_t carry_size_ = 0;
  bool any_ = false;
  bool ends_in_line_feed_ = false;
};

/// The outcome of a text that lies in memory as one piece.
Outcome analyse_text(std::span<const unsigned char> text) noexcept;

}  // namespace rsp_demo
