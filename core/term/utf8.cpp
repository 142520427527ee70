#include "core/term/utf8.hpp"

#include <cstring>

#include "core/base/assert.hpp"

namespace rsp {

namespace {

constexpr bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0) == 0x80; }

}  // namespace

size_t utf8_decode(std::string_view bytes, uint32_t* code_point) noexcept {
  RSP_DEBUG_ASSERT(!bytes.empty());
  auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  size_t length;
  uint32_t smallest;
  uint32_t value;
  if ((first & 0xE0) == 0xC0) {
    length = 2, smallest = 0x80, value = first & 0x1F;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3, smallest = 0x800, value = first & 0x0F;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4, smallest = 0x10000, value = first & 0x07;
  } else {
    return 0;
  }
  if (bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte(i))) return 0;
    value = value << 6 | (byte(i) & 0x3F);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
  *code_point = value;
  return length;
}

size_t utf8_encode(uint32_t code_point, char* out) noexcept {
  auto tail = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xC0 | code_point >> 6);
    out[1] = tail(code_point);
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | code_point >> 12);
    out[1] = tail(code_point >> 6);
    out[2] = tail(code_point);
    return 3;
  }
  RSP_ASSERT(code_point <= 0x10FFFF);
  out[0] = static_cast<char>(0xF0 | code_point >> 18);
  out[1] = tail(code_point >> 12);
  out[2] = tail(code_point >> 6);
  out[3] = tail(code_point);
  return 4;
}

bool utf8_is_valid(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    // Most text is ASCII: eight bytes at a time while no high bit is set.
    uint64_t word;
    if (bytes.size() >= sizeof word) {
      std::memcpy(&word, bytes.data(), sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        bytes.remove_prefix(sizeof word);
        continue;
      }
    }
    uint32_t code_point;
    const size_t length = utf8_decode(bytes, &code_point);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

size_t utf8_length(std::string_view text) noexcept {
  size_t length = 0;
  for (char c : text) length += is_continuation(static_cast<unsigned char>(c)) ? 0 : 1;
  return length;
}

size_t utf8_boundary(std::string_view text, size_t at) noexcept {
  RSP_ASSERT(at <= text.size());
  if (at == text.size()) return at;
  while (at > 0 && is_continuation(static_cast<unsigned char>(text[at]))) --at;
  return at;
}

}  // namespace rsp
