#include "tests/conformance/harness/value.hpp"

#include <cctype>
#include <ostream>
#include <vector>

bool operator==(const rsp_ref& a, const rsp_ref& b) {
  if (a.node != b.node || a.creation != b.creation || a.len != b.len) return false;
  for (uint32_t i = 0; i < a.len; ++i) {
    if (a.words[i] != b.words[i]) return false;
  }
  return true;
}

void PrintTo(const rsp_pid& pid, std::ostream* out) {
  *out << (pid.id == 0 ? std::string("no pid") : conformance::Value(pid).text());
}

void PrintTo(const rsp_ref& ref, std::ostream* out) {
  *out << (ref.len == 0 ? std::string("no reference") : conformance::Value(ref).text());
}

void PrintTo(rsp_result result, std::ostream* out) { *out << rsp_result_name(result); }

namespace conformance {
namespace {

constexpr const char* ANYTHING = "_";
constexpr const char* FRAMES = "Frames";

rsp_atom interned(std::string_view text, Where where) {
  rsp_atom atom;
  ok(rsp_atom_intern(&atom, text.data(), text.size()), where);
  return atom;
}

// Recursive descent over the text of one term.
class Reader {
 public:
  Reader(std::string_view text, Where where) : text_(text), where_(where) {}

  Value whole() {
    Value value = term();
    skip_space();
    if (!rest_.empty()) bad();
    return value;
  }

 private:
  [[noreturn]] void bad() { fail(where_, "not a term: " + std::string(text_)); }

  void skip_space() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  bool take(std::string_view token) {
    skip_space();
    if (rest_.substr(0, token.size()) != token) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view until(char end) {
    const size_t length = rest_.find(end);
    if (length == std::string_view::npos) bad();
    const std::string_view inside = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return inside;
  }

  std::vector<Value> row(std::string_view end) {
    std::vector<Value> elements;
    if (take(end)) return elements;
    do {
      elements.push_back(term());
    } while (take(","));
    if (!take(end)) bad();
    return elements;
  }

  template <class Make>
  Value container(Make make, std::string_view end) {
    const std::vector<Value> elements = row(end);
    const std::vector<rsp_term> terms(elements.begin(), elements.end());
    rsp_term built;
    ok(make(&built, terms.data(), terms.size()), where_);
    return Value::owner_of(built);
  }

  Value number() {
    size_t length = rest_.front() == '-' ? 1 : 0;
    while (length < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[length])) != 0) ++length;
    const int64_t value = std::stoll(std::string(rest_.substr(0, length)));
    rest_.remove_prefix(length);
    return value;
  }

  Value word() {
    size_t length = 0;
    while (length < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[length])) != 0 || rest_[length] == '_')) {
      ++length;
    }
    if (length == 0) bad();
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    const bool variable = name.front() == '_' || std::isupper(static_cast<unsigned char>(name.front())) != 0;
    return interned(variable && name != FRAMES ? ANYTHING : name, where_);
  }

  Value term() {
    if (take("{")) return container(rsp_term_tuple, "}");
    if (take("[")) return container(rsp_term_list, "]");
    if (take("'")) return interned(until('\''), where_);
    if (take("\"")) return Value::string(until('"'));
    if (take("<<\"")) {
      const std::string_view bytes = until('"');
      if (!take(">>")) bad();
      rsp_term built;
      ok(rsp_term_binary(&built, bytes.data(), bytes.size()), where_);
      return Value::owner_of(built);
    }
    if (rest_.empty()) bad();
    const bool digit = std::isdigit(static_cast<unsigned char>(rest_.front())) != 0;
    return digit || rest_.front() == '-' ? number() : word();
  }

  std::string_view text_;
  std::string_view rest_ = text_;
  Where where_;
};

bool is_atom(rsp_term term, const char* name) {
  return rsp_term_kind(term) == RSP_KIND_ATOM && rsp_term_equal(term, Value(atom(name)));
}

bool are_frames(const Value& value) {
  if (rsp_term_kind(value) != RSP_KIND_LIST) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    const Value frame = value.element(i);
    if (rsp_term_kind(frame) != RSP_KIND_TUPLE || frame.size() != 3) return false;
  }
  return true;
}

}  // namespace

void fail(Where where, const std::string& what) {
  ADD_FAILURE_AT(where.file, where.line) << what;
  throw CaseFailed{};
}

void ok(rsp_result result, Where where) {
  if (result != RSP_OK) fail(where, std::string(rsp_result_name(result)) + ": " + rsp_result_message(result));
}

rsp_atom atom(std::string_view text) { return interned(text, Where::here()); }

std::string text_of(rsp_term term) {
  size_t length = 0;
  if (rsp_term_format(nullptr, 0, &length, term) != RSP_OK) return "no term";
  std::string text(length + 1, '\0');
  ok(rsp_term_format(text.data(), text.size(), nullptr, term));
  text.pop_back();
  return text;
}

Value::Value(std::string_view text, Where where) : Value(Reader(text, where).whole()) {}

Value::Value(rsp_ref ref, Where where) { ok(rsp_term_ref(&term_, ref), where); }

Value Value::copy_of(rsp_term lent) { return owner_of(rsp_term_copy(lent)); }

Value Value::owner_of(rsp_term owned) {
  Value value;
  value.term_ = owned;
  return value;
}

Value Value::tuple(std::initializer_list<Value> elements) {
  const std::vector<rsp_term> terms(elements.begin(), elements.end());
  rsp_term built;
  ok(rsp_term_tuple(&built, terms.data(), terms.size()));
  return owner_of(built);
}

Value Value::list(std::initializer_list<Value> elements) {
  const std::vector<rsp_term> terms(elements.begin(), elements.end());
  rsp_term built;
  ok(rsp_term_list(&built, terms.data(), terms.size()));
  return owner_of(built);
}

Value Value::string(std::string_view text) {
  rsp_term built;
  ok(rsp_term_string(&built, text.data(), text.size()));
  return owner_of(built);
}

std::string Value::text() const { return text_of(term_); }

int64_t Value::integer(Where where) const {
  int64_t number = 0;
  if (rsp_term_get_int(&number, term_) != RSP_OK) fail(where, "not an integer: " + text());
  return number;
}

bool Value::boolean(Where where) const {
  bool value = false;
  if (rsp_term_get_bool(&value, term_) != RSP_OK) fail(where, "not a boolean: " + text());
  return value;
}

size_t Value::size(Where where) const {
  size_t size = 0;
  if (rsp_term_size(&size, term_) != RSP_OK) fail(where, "has no size: " + text());
  return size;
}

Value Value::element(size_t index, Where where) const {
  rsp_term lent;
  if (rsp_term_element(&lent, term_, index) != RSP_OK) fail(where, "no such element: " + text());
  return copy_of(lent);
}

Value Value::at(const char* key, Where where) const {
  rsp_term lent;
  const Value name = atom(key);
  if (rsp_term_map_get(&lent, term_, name) != RSP_OK) fail(where, std::string("no ") + key + " in " + text());
  return copy_of(lent);
}

bool matches(rsp_term term, const Value& pattern) {
  if (is_atom(pattern, ANYTHING)) return rsp_term_kind(term) != RSP_KIND_INVALID;
  const Value value = Value::copy_of(term);
  if (is_atom(pattern, FRAMES)) return are_frames(value);
  const rsp_kind kind = rsp_term_kind(pattern);
  if (kind != RSP_KIND_TUPLE && kind != RSP_KIND_LIST) return rsp_term_equal(term, pattern);
  if (rsp_term_kind(term) != kind || value.size() != pattern.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!matches(value.element(i), pattern.element(i))) return false;
  }
  return true;
}

testing::AssertionResult term_matches(const char* expression, const char*, const Value& value,
                                      const Value& pattern) {
  if (matches(value, pattern)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << expression << " is " << value.text() << ", not " << pattern.text();
}

}  // namespace conformance
