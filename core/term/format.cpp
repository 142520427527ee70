#include "core/term/format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/term/utf8.hpp"

namespace rsp {

namespace {

constexpr std::string_view ELLIPSIS = "...";

// Takes text in whole characters, keeps what fits, counts the rest.
class Sink {
 public:
  Sink(char* buffer, size_t capacity, bool stop_when_full) noexcept
      : buffer_(buffer), room_(capacity == 0 ? 0 : capacity - 1), stop_when_full_(stop_when_full) {}

  void put(std::string_view text) noexcept {
    if (length_ < room_) {
      std::memcpy(buffer_ + length_, text.data(), std::min(text.size(), room_ - length_));
    }
    length_ += text.size();
  }
  void put(char c) noexcept { put(std::string_view(&c, 1)); }
  template <class Integer>
  void put_number(Integer number, int base = 10) noexcept {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    put(std::string_view(digits, static_cast<size_t>(end - digits)));
  }

  bool is_overfull() const noexcept { return length_ > room_; }
  /// Nothing that follows can make a difference.
  bool is_done() const noexcept { return stop_when_full_ && is_overfull(); }
  /// How much of a text may matter.
  size_t look_ahead(size_t size) const noexcept { return stop_when_full_ ? std::min(size, room_) : size; }
  size_t length() const noexcept { return length_; }
  size_t room() const noexcept { return room_; }

 private:
  char* buffer_;
  size_t room_;
  size_t length_ = 0;
  bool stop_when_full_;
};

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_reserved(std::string_view word) noexcept {
  static constexpr std::string_view RESERVED[] = {
      "after", "and",   "andalso", "band",   "begin",   "bnot", "bor", "bsl",  "bsr", "bxor",
      "case",  "catch", "cond",    "div",    "else",    "end",  "fun", "if",   "let", "maybe",
      "not",   "of",    "or",      "orelse", "receive", "rem",  "try", "when", "xor"};
  return std::binary_search(std::begin(RESERVED), std::end(RESERVED), word);
}

bool needs_quotes(std::string_view word) noexcept {
  if (word.empty() || !is_lower(word[0]) || is_reserved(word)) return true;
  return !std::all_of(word.begin(), word.end(), [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '@';
  });
}

bool is_control(uint32_t code_point) noexcept {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028 ||
         code_point == 0x2029 ||                            // line and paragraph separators
         (code_point >= 0x202A && code_point <= 0x202E) ||  // embedding and override of direction
         (code_point >= 0x2066 && code_point <= 0x2069);    // isolation of direction
}

/// The letter of the escapes that have one, else 0.
char escape_letter(uint32_t code_point) noexcept {
  switch (code_point) {
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\v':
      return 'v';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    case 0x1B:
      return 'e';
    default:
      return 0;
  }
}

/// Valid UTF-8, escaped, between two of `quote`.
void put_quoted(Sink& sink, std::string_view text, char quote) noexcept {
  sink.put(quote);
  while (!text.empty() && !sink.is_done()) {
    uint32_t code_point = 0;
    const size_t length = utf8_decode(text, &code_point);
    RSP_ASSERT(length > 0);
    if (code_point == static_cast<unsigned char>(quote) || code_point == '\\') {
      sink.put('\\');
      sink.put(text[0]);
    } else if (const char letter = escape_letter(code_point); letter != 0) {
      sink.put('\\');
      sink.put(letter);
    } else if (is_control(code_point)) {
      sink.put("\\x{");
      sink.put_number(code_point, 16);
      sink.put('}');
    } else {
      sink.put(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  sink.put(quote);
}

void put_atom(Sink& sink, std::string_view word) noexcept {
  if (needs_quotes(word)) {
    put_quoted(sink, word, '\'');
  } else {
    sink.put(word);
  }
}

void put_binary(Sink& sink, std::string_view bytes) noexcept {
  sink.put("<<");
  const std::string_view head = bytes.substr(0, sink.look_ahead(bytes.size()));
  const bool is_text = std::all_of(head.begin(), head.end(), [](char c) {
    return (c >= ' ' && c <= '~') || escape_letter(static_cast<unsigned char>(c)) != 0;
  });
  if (bytes.empty()) {
    // Erlang's text of the empty binary is <<>>.
  } else if (is_text) {
    put_quoted(sink, head, '"');
  } else {
    for (size_t i = 0; i < bytes.size() && !sink.is_done(); ++i) {
      if (i > 0) sink.put(',');
      sink.put_number(static_cast<unsigned>(static_cast<unsigned char>(bytes[i])));
    }
  }
  sink.put(">>");
}

// The shortest decimal that reads back as the same double, as Erlang writes it: 1.0, 1.5e-7, 1.0e22.
void put_float(Sink& sink, double value) noexcept {
  if (std::isnan(value)) return sink.put("nan");
  if (std::isinf(value)) return sink.put(value < 0 ? "-inf" : "inf");
  char digits[32];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  const size_t e = text.find('e');
  const std::string_view mantissa = text.substr(0, e);
  sink.put(mantissa);
  if (mantissa.find('.') == std::string_view::npos) sink.put(".0");
  if (e == std::string_view::npos) return;
  std::string_view exponent = text.substr(e + 1);
  sink.put('e');
  if (exponent[0] == '-') sink.put('-');
  if (exponent[0] == '-' || exponent[0] == '+') exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent[0] == '0') exponent.remove_prefix(1);
  sink.put(exponent);
}

void put_pid(Sink& sink, Pid pid) noexcept {
  sink.put('<');
  sink.put_number(pid.node);
  sink.put('.');
  sink.put_number(pid.index());
  sink.put('.');
  sink.put_number(pid.serial());
  sink.put('>');
}

void put_ref(Sink& sink, const Ref& ref) noexcept {
  sink.put("#Ref<");
  sink.put_number(ref.node);
  for (uint32_t i = ref.len; i-- > 0;) {
    sink.put('.');
    sink.put_number(ref.words[i]);
  }
  sink.put('>');
}

void put_term(Sink& sink, TermBits term, unsigned depth) noexcept;

void put_elements(Sink& sink, TermBits term, unsigned depth) noexcept {
  bool is_first = true;
  for (TermBits element : term.elements()) {
    if (sink.is_done()) return;
    if (!is_first) sink.put(',');
    is_first = false;
    put_term(sink, element, depth + 1);
  }
}

void put_pairs(Sink& sink, TermBits map, unsigned depth) noexcept {
  const auto keys = map.keys();
  const auto values = map.values();
  for (size_t i = 0; i < keys.size() && !sink.is_done(); ++i) {
    if (i > 0) sink.put(',');
    put_term(sink, keys[i], depth + 1);
    sink.put(" => ");
    put_term(sink, values[i], depth + 1);
  }
}

// Recursion ends at FORMAT_DEPTH: the text of what is deeper would not be read by anybody.
void put_term(Sink& sink, TermBits term, unsigned depth) noexcept {
  const bool is_container = term.kind() >= Kind::TUPLE && term.size() > 0;
  if (is_container && depth >= FORMAT_DEPTH) return sink.put(ELLIPSIS);
  switch (term.kind()) {
    case Kind::NIL:
      return sink.put("nil");
    case Kind::BOOL:
      return sink.put(term.as_bool() ? "true" : "false");
    case Kind::INT:
      return sink.put_number(term.as_int());
    case Kind::FLOAT:
      return put_float(sink, term.as_float());
    case Kind::ATOM:
      return put_atom(sink, atom_name(term.as_atom()));
    case Kind::PID:
      return put_pid(sink, term.as_pid());
    case Kind::REF:
      return put_ref(sink, term.as_ref());
    case Kind::BINARY:
      return put_binary(sink, term.as_bytes());
    case Kind::STRING:
      return put_quoted(sink, term.as_bytes(), '"');
    case Kind::TUPLE:
      sink.put('{');
      put_elements(sink, term, depth);
      return sink.put('}');
    case Kind::LIST:
      sink.put('[');
      put_elements(sink, term, depth);
      return sink.put(']');
    case Kind::MAP:
      sink.put("#{");
      put_pairs(sink, term, depth);
      return sink.put('}');
  }
  RSP_UNREACHABLE("a term of no kind");
}

// What lies in the buffer may end in the middle of a character: utf8_boundary needs the byte after it, which
// is not there, so the last character is measured instead.
size_t whole_characters(const char* buffer, size_t length) noexcept {
  size_t start = length;
  while (start > 0 && length - start < 4) {
    --start;
    if ((static_cast<unsigned char>(buffer[start]) & 0xC0) != 0x80) {
      uint32_t code_point;
      return utf8_decode(std::string_view(buffer + start, length - start), &code_point) > 0 ? length : start;
    }
  }
  return length;
}

}  // namespace

size_t format(char* buffer, size_t capacity, TermBits term) noexcept {
  Sink sink(buffer, capacity, false);
  put_term(sink, term, 0);
  if (capacity > 0) {
    const size_t kept = sink.is_overfull() ? whole_characters(buffer, sink.room()) : sink.length();
    buffer[kept] = 0;
  }
  return sink.length();
}

size_t format_bounded(char* buffer, size_t capacity, TermBits term) noexcept {
  if (capacity == 0) return 0;
  Sink sink(buffer, capacity, true);
  put_term(sink, term, 0);
  size_t length = sink.length();
  if (sink.is_overfull()) {
    const size_t dots = std::min(ELLIPSIS.size(), sink.room());
    length = whole_characters(buffer, sink.room() - dots);
    std::memcpy(buffer + length, ELLIPSIS.data(), dots);
    length += dots;
  }
  buffer[length] = 0;
  return length;
}

}  // namespace rsp
