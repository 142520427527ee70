// UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
// Any thread; nothing is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rsp {

/// Reads the code point that `bytes`, which must not be empty, begins with. Returns its length in bytes, or 0
/// when the bytes begin no valid code point.
size_t utf8_decode(std::string_view bytes, uint32_t* code_point) noexcept;

/// Writes 1 to 4 bytes and returns how many. `code_point` must be a valid one.
size_t utf8_encode(uint32_t code_point, char* out) noexcept;

[[nodiscard]] bool utf8_is_valid(std::string_view bytes) noexcept;

/// Code points of valid UTF-8.
size_t utf8_length(std::string_view text) noexcept;

/// `at`, or the start of the code point of `text` that `at` lies inside of.
size_t utf8_boundary(std::string_view text, size_t at) noexcept;

}  // namespace rsp
