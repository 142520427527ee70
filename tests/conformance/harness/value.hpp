// Terms for cases: written and compared as Erlang text.
//
//   Value("{shutdown, x}")             an owned term; so every argument of type Value may be such a text
//   EXPECT_TERM(reason, "{boom, _}")   compares with a pattern
//
// Text: atoms (quoted if need be), integers, "strings", <<"binaries">>, {tuples}, [lists]. In a pattern a
// word that begins with a capital letter or an underscore stands for any term; Frames stands for a list of
// {File, Line, Function} only.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "resprout/term.h"

inline bool operator==(const rsp_pid& a, const rsp_pid& b) {
  return a.id == b.id && a.node == b.node && a.creation == b.creation;
}
bool operator==(const rsp_ref& a, const rsp_ref& b);
inline bool operator==(const rsp_atom& a, const rsp_atom& b) { return a.id == b.id; }

namespace conformance {

/// The line of the case that a failure belongs to: the default argument of each helper.
struct Where {
  const char* file;
  int line;
  static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// Ends a case after its failure has been reported.
struct CaseFailed {};

/// Reports a failure and ends the case.
[[noreturn]] void fail(Where where, const std::string& what);

/// Fails unless the call answered RSP_OK.
void ok(rsp_result result, Where where = Where::here());

/// A term that is freed with its owner.
class Value {
 public:
  Value() = default;
  Value(const char* text) : Value(std::string_view(text)) {}  // NOLINT: meant to be implicit
  Value(std::string_view text, Where where = Where::here());  // NOLINT
  Value(int64_t number) : term_(rsp_term_int(number)) {}      // NOLINT
  Value(int number) : Value(int64_t{number}) {}               // NOLINT
  Value(rsp_pid pid) : term_(rsp_term_pid(pid)) {}            // NOLINT
  Value(rsp_atom atom) : term_(rsp_term_atom(atom)) {}        // NOLINT
  Value(rsp_ref ref, Where where = Where::here());            // NOLINT
  ~Value() { rsp_term_free(term_); }
  Value(const Value& other) : term_(rsp_term_copy(other.term_)) {}
  Value(Value&& other) noexcept : term_(other.term_) { other.term_ = {}; }
  Value& operator=(Value other) noexcept {
    std::swap(term_, other.term_);
    return *this;
  }

  /// A further reference to a term that is somebody's.
  static Value copy_of(rsp_term lent);
  /// Takes over a term that a function returned.
  static Value owner_of(rsp_term owned);
  static Value tuple(std::initializer_list<Value> elements);
  static Value list(std::initializer_list<Value> elements);
  static Value string(std::string_view text);

  operator rsp_term() const { return term_; }  // NOLINT: lent

  std::string text() const;
  int64_t integer(Where where = Where::here()) const;
  bool boolean(Where where = Where::here()) const;
  size_t size(Where where = Where::here()) const;
  Value element(size_t index, Where where = Where::here()) const;
  /// The value of a key in a map.
  Value at(const char* key, Where where = Where::here()) const;

  friend void PrintTo(const Value& value, std::ostream* out) { *out << value.text(); }

 private:
  rsp_term term_{};
};

rsp_atom atom(std::string_view text);
std::string text_of(rsp_term term);
bool matches(rsp_term term, const Value& pattern);

/// For EXPECT_TERM.
testing::AssertionResult term_matches(const char* expression, const char* pattern_text, const Value& value,
                                      const Value& pattern);

}  // namespace conformance

#define EXPECT_TERM(value, pattern) \
  EXPECT_PRED_FORMAT2(::conformance::term_matches, (value), ::conformance::Value(pattern))

void PrintTo(const rsp_pid& pid, std::ostream* out);
void PrintTo(const rsp_ref& ref, std::ostream* out);
void PrintTo(rsp_result result, std::ostream* out);
