// resprout/term.h as a user of the library sees it: values, ownership, and what is refused.
#include "resprout/term.h"

#include <gtest/gtest.h>

#include <climits>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr rsp_term UNTOUCHED = {0x1234567812345678, 0x8765432187654321};

rsp_atom atom(const char* text) {
  rsp_atom made = {UINT32_MAX};
  EXPECT_EQ(rsp_atom_intern(&made, text, std::strlen(text)), RSP_OK);
  return made;
}

rsp_term word(const char* text) { return rsp_term_atom(atom(text)); }

rsp_term string(const char* text) {
  rsp_term term = UNTOUCHED;
  EXPECT_EQ(rsp_term_string(&term, text, std::strlen(text)), RSP_OK);
  return term;
}

rsp_term binary(const char* bytes) {
  rsp_term term = UNTOUCHED;
  EXPECT_EQ(rsp_term_binary(&term, bytes, std::strlen(bytes)), RSP_OK);
  return term;
}

rsp_term tuple(const std::vector<rsp_term>& elements) {
  rsp_term term = UNTOUCHED;
  EXPECT_EQ(rsp_term_tuple(&term, elements.data(), elements.size()), RSP_OK);
  return term;
}

rsp_term list(const std::vector<rsp_term>& elements) {
  rsp_term term = UNTOUCHED;
  EXPECT_EQ(rsp_term_list(&term, elements.data(), elements.size()), RSP_OK);
  return term;
}

rsp_term map(const std::vector<rsp_term_pair>& pairs) {
  rsp_term term = UNTOUCHED;
  EXPECT_EQ(rsp_term_map(&term, pairs.data(), pairs.size()), RSP_OK);
  return term;
}

std::string show(rsp_term term) {
  size_t length = 0;
  EXPECT_EQ(rsp_term_format(nullptr, 0, &length, term), RSP_OK);
  std::string text(length + 1, '?');
  EXPECT_EQ(rsp_term_format(text.data(), text.size(), nullptr, term), RSP_OK);
  text.pop_back();
  return text;
}

bool is_untouched(rsp_term term) { return std::memcmp(&term, &UNTOUCHED, sizeof term) == 0; }

/// One term of every kind; freed when it goes.
class EveryKind {
 public:
  EveryKind() {
    rsp_term ref = UNTOUCHED;
    EXPECT_EQ(rsp_term_ref(&ref, rsp_ref{1, 2, {3, 4, 5, 6, 7}, 5}), RSP_OK);
    terms_ = {rsp_term_nil(),
              rsp_term_bool(true),
              rsp_term_int(-5),
              rsp_term_float(1.5),
              word("normal"),
              rsp_term_pid(rsp_pid{1, 2, 3}),
              ref,
              binary("bytes"),
              string("text"),
              tuple({rsp_term_int(1)}),
              list({rsp_term_int(1)}),
              map({{rsp_term_int(1), rsp_term_int(2)}})};
  }
  ~EveryKind() {
    for (rsp_term term : terms_) rsp_term_free(term);
  }
  EveryKind(const EveryKind&) = delete;
  EveryKind& operator=(const EveryKind&) = delete;

  rsp_term operator[](rsp_kind kind) const { return terms_[kind]; }
  static constexpr int KINDS = RSP_KIND_MAP + 1;

 private:
  std::vector<rsp_term> terms_;
};

/// Structs that no function returns.
std::vector<rsp_term> malformed_terms() {
  std::vector<rsp_term> terms;
  for (uint64_t kind = RSP_KIND_MAP + 1; kind <= 255; ++kind) {
    terms.push_back({kind, 0});
    terms.push_back({kind, 0x7000});
  }
  terms.push_back({RSP_KIND_NIL, 1});
  terms.push_back({RSP_KIND_BOOL, 2});
  terms.push_back({RSP_KIND_INT | 0x100, 0});
  terms.push_back({RSP_KIND_ATOM, 1});  // `false` is a boolean
  terms.push_back({RSP_KIND_ATOM, UINT32_MAX});
  terms.push_back({RSP_KIND_ATOM, UINT64_MAX});
  terms.push_back({RSP_KIND_REF, 0});
  terms.push_back({RSP_KIND_TUPLE, 8});
  terms.push_back({RSP_KIND_MAP, UINT64_MAX - 15});
  return terms;
}

TEST(CTerm, of_zeroes_is_nil) {
  const rsp_term zero = {0, 0};
  EXPECT_EQ(rsp_term_kind(zero), RSP_KIND_NIL);
  EXPECT_TRUE(rsp_term_equal(zero, rsp_term_nil()));
}

TEST(CTerm, every_constructor_makes_its_kind) {
  EveryKind every;
  for (int kind = 0; kind < EveryKind::KINDS; ++kind) {
    EXPECT_EQ(rsp_term_kind(every[static_cast<rsp_kind>(kind)]), kind);
  }
}

TEST(CTerm, readers_return_what_constructors_were_given) {
  EveryKind every;
  bool boolean = false;
  EXPECT_EQ(rsp_term_get_bool(&boolean, every[RSP_KIND_BOOL]), RSP_OK);
  EXPECT_TRUE(boolean);
  int64_t integer = 0;
  EXPECT_EQ(rsp_term_get_int(&integer, every[RSP_KIND_INT]), RSP_OK);
  EXPECT_EQ(integer, -5);
  EXPECT_EQ(rsp_term_get_int(&integer, rsp_term_int(INT64_MIN)), RSP_OK);
  EXPECT_EQ(integer, INT64_MIN);
  double real = 0;
  EXPECT_EQ(rsp_term_get_float(&real, every[RSP_KIND_FLOAT]), RSP_OK);
  EXPECT_EQ(real, 1.5);
  rsp_atom name = {0};
  EXPECT_EQ(rsp_term_get_atom(&name, every[RSP_KIND_ATOM]), RSP_OK);
  EXPECT_EQ(name.id, atom("normal").id);
  rsp_pid pid = {0, 0, 0};
  EXPECT_EQ(rsp_term_get_pid(&pid, every[RSP_KIND_PID]), RSP_OK);
  EXPECT_EQ(pid.id, 1u);
  EXPECT_EQ(pid.node, 2u);
  EXPECT_EQ(pid.creation, 3u);
  rsp_ref ref = {};
  EXPECT_EQ(rsp_term_get_ref(&ref, every[RSP_KIND_REF]), RSP_OK);
  EXPECT_EQ(ref.words[4], 7u);
  EXPECT_EQ(ref.len, 5u);
  const char* bytes = nullptr;
  size_t length = 0;
  EXPECT_EQ(rsp_term_get_bytes(&bytes, &length, every[RSP_KIND_BINARY]), RSP_OK);
  EXPECT_EQ(std::string(bytes, length), "bytes");
  EXPECT_EQ(rsp_term_get_bytes(&bytes, &length, every[RSP_KIND_STRING]), RSP_OK);
  EXPECT_EQ(std::string(bytes), "text");
  EXPECT_EQ(length, 4u);
}

TEST(CTerm, readers_refuse_every_other_kind_and_write_nothing) {
  EveryKind every;
  for (int kind = 0; kind < EveryKind::KINDS; ++kind) {
    const rsp_term term = every[static_cast<rsp_kind>(kind)];
    const auto expected = [&](std::initializer_list<int> kinds) {
      for (int allowed : kinds) {
        if (allowed == kind) return RSP_OK;
      }
      return RSP_ETYPE;
    };
    bool boolean;
    int64_t integer;
    double real;
    rsp_atom name;
    rsp_pid pid;
    rsp_ref ref;
    const char* bytes;
    size_t size;
    rsp_term element = UNTOUCHED;
    rsp_term value = UNTOUCHED;
    EXPECT_EQ(rsp_term_get_bool(&boolean, term), expected({RSP_KIND_BOOL}));
    EXPECT_EQ(rsp_term_get_int(&integer, term), expected({RSP_KIND_INT}));
    EXPECT_EQ(rsp_term_get_float(&real, term), expected({RSP_KIND_FLOAT}));
    EXPECT_EQ(rsp_term_get_atom(&name, term), expected({RSP_KIND_ATOM, RSP_KIND_BOOL, RSP_KIND_NIL}));
    EXPECT_EQ(rsp_term_get_pid(&pid, term), expected({RSP_KIND_PID}));
    EXPECT_EQ(rsp_term_get_ref(&ref, term), expected({RSP_KIND_REF}));
    EXPECT_EQ(rsp_term_get_bytes(&bytes, &size, term), expected({RSP_KIND_BINARY, RSP_KIND_STRING}));
    EXPECT_EQ(rsp_term_size(&size, term),
              expected({RSP_KIND_BINARY, RSP_KIND_STRING, RSP_KIND_TUPLE, RSP_KIND_LIST, RSP_KIND_MAP}));
    const rsp_result got = rsp_term_element(&element, term, 0);
    EXPECT_EQ(got, expected({RSP_KIND_TUPLE, RSP_KIND_LIST}));
    EXPECT_EQ(is_untouched(element), got != RSP_OK);
    EXPECT_EQ(rsp_term_map_get(&value, term, rsp_term_int(1)), expected({RSP_KIND_MAP}));
    EXPECT_EQ(is_untouched(value), kind != RSP_KIND_MAP);
    EXPECT_EQ(rsp_term_map_pair(&element, &value, term, 0), expected({RSP_KIND_MAP}));
  }
}

TEST(CTerm, words_true_false_and_nil_are_one_term_each) {
  EXPECT_EQ(rsp_term_kind(word("true")), RSP_KIND_BOOL);
  EXPECT_TRUE(rsp_term_equal(word("false"), rsp_term_bool(false)));
  EXPECT_TRUE(rsp_term_equal(word("nil"), rsp_term_nil()));
  rsp_atom name = {0};
  EXPECT_EQ(rsp_term_get_atom(&name, rsp_term_bool(true)), RSP_OK);
  EXPECT_EQ(name.id, atom("true").id);
}

TEST(CTerm, atoms_keep_their_text) {
  const char* text = nullptr;
  size_t length = 0;
  EXPECT_EQ(rsp_atom_name(&text, &length, atom("a word")), RSP_OK);
  EXPECT_EQ(std::string(text, length), "a word");
  EXPECT_STREQ(text, "a word");
  EXPECT_EQ(rsp_atom_name(&text, nullptr, rsp_atom{0}), RSP_OK);
  EXPECT_STREQ(text, "undefined");
  rsp_atom empty = {7};
  EXPECT_EQ(rsp_atom_intern(&empty, nullptr, 0), RSP_OK);
  EXPECT_EQ(rsp_atom_name(&text, &length, empty), RSP_OK);
  EXPECT_EQ(length, 0u);
}

TEST(CTerm, atoms_that_are_malformed_or_unknown_are_refused) {
  rsp_atom made = {7};
  const char* text = nullptr;
  EXPECT_EQ(rsp_atom_intern(nullptr, "x", 1), RSP_EINVAL);
  EXPECT_EQ(rsp_atom_intern(&made, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_atom_intern(&made, "\xFF", 1), RSP_EINVAL);
  EXPECT_EQ(rsp_atom_intern(&made, std::string(256, 'x').c_str(), 256), RSP_EINVAL);
  EXPECT_EQ(made.id, 7u);
  EXPECT_EQ(rsp_atom_name(nullptr, nullptr, rsp_atom{0}), RSP_EINVAL);
  EXPECT_EQ(rsp_atom_name(&text, nullptr, rsp_atom{UINT32_MAX}), RSP_EINVAL);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(rsp_term_kind(rsp_term_atom(rsp_atom{UINT32_MAX})), RSP_KIND_INVALID);
}

TEST(CTerm, pid_that_cannot_exist_makes_no_term) {
  EXPECT_EQ(rsp_term_kind(rsp_term_pid(rsp_pid{1, 1u << 24, 0})), RSP_KIND_INVALID);
  EXPECT_EQ(rsp_term_kind(rsp_term_pid(rsp_pid{1, (1u << 24) - 1, 0})), RSP_KIND_PID);
}

TEST(CTerm, constructors_refuse_what_is_missing_or_malformed_and_write_nothing) {
  rsp_term out = UNTOUCHED;
  const rsp_term one = rsp_term_int(1);
  EXPECT_EQ(rsp_term_ref(nullptr, rsp_ref{1, 2, {3}, 1}), RSP_EINVAL);
  EXPECT_EQ(rsp_term_ref(&out, rsp_ref{1, 2, {3}, 0}), RSP_EINVAL);
  EXPECT_EQ(rsp_term_ref(&out, rsp_ref{1, 2, {3}, 6}), RSP_EINVAL);
  EXPECT_EQ(rsp_term_binary(nullptr, "x", 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_binary(&out, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_binary(&out, "x", SIZE_MAX), RSP_ELIMIT);
  EXPECT_EQ(rsp_term_string(nullptr, "x", 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_string(&out, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_string(&out, "\xC0\x80", 2), RSP_EINVAL);
  EXPECT_EQ(rsp_term_string(&out, "x", SIZE_MAX), RSP_ELIMIT);
  EXPECT_EQ(rsp_term_tuple(nullptr, &one, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_tuple(&out, nullptr, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_list(nullptr, &one, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_list(&out, nullptr, 1), RSP_EINVAL);
  const rsp_term_pair pair = {one, one};
  EXPECT_EQ(rsp_term_map(nullptr, &pair, 1), RSP_EINVAL);
  EXPECT_EQ(rsp_term_map(&out, nullptr, 1), RSP_EINVAL);
  EXPECT_TRUE(is_untouched(out));
}

TEST(CTerm, empty_containers_need_no_arrays) {
  rsp_term term = UNTOUCHED;
  size_t size = 1;
  EXPECT_EQ(rsp_term_tuple(&term, nullptr, 0), RSP_OK);
  EXPECT_EQ(show(term), "{}");
  EXPECT_EQ(rsp_term_list(&term, nullptr, 0), RSP_OK);
  EXPECT_EQ(show(term), "[]");
  EXPECT_EQ(rsp_term_map(&term, nullptr, 0), RSP_OK);
  EXPECT_EQ(show(term), "#{}");
  EXPECT_EQ(rsp_term_binary(&term, nullptr, 0), RSP_OK);
  EXPECT_EQ(show(term), "<<>>");
  EXPECT_EQ(rsp_term_string(&term, nullptr, 0), RSP_OK);
  const char* bytes = nullptr;
  EXPECT_EQ(rsp_term_get_bytes(&bytes, &size, term), RSP_OK);
  EXPECT_STREQ(bytes, "");
  EXPECT_EQ(size, 0u);
}

TEST(CTerm, what_is_no_term_is_refused_by_every_function) {
  const rsp_term good = rsp_term_int(1);
  for (rsp_term bad : malformed_terms()) {
    bool boolean;
    int64_t integer;
    double real;
    rsp_atom name;
    rsp_pid pid;
    rsp_ref ref;
    const char* bytes;
    size_t size;
    int order;
    char text[8];
    rsp_term out = UNTOUCHED;
    rsp_term out2 = UNTOUCHED;
    EXPECT_EQ(rsp_term_kind(bad), RSP_KIND_INVALID) << bad.meta << ' ' << bad.data;
    EXPECT_EQ(rsp_term_get_bool(&boolean, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_int(&integer, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_float(&real, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_atom(&name, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_pid(&pid, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_ref(&ref, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_get_bytes(&bytes, &size, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_size(&size, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_element(&out, bad, 0), RSP_EINVAL);
    EXPECT_EQ(rsp_term_map_get(&out, bad, good), RSP_EINVAL);
    EXPECT_EQ(rsp_term_map_pair(&out, &out2, bad, 0), RSP_EINVAL);
    const rsp_term pair[] = {good, bad};
    EXPECT_EQ(rsp_term_tuple(&out, pair, 2), RSP_EINVAL);
    EXPECT_EQ(rsp_term_list(&out, pair, 2), RSP_EINVAL);
    const rsp_term_pair bad_key = {bad, good};
    const rsp_term_pair bad_value = {good, bad};
    EXPECT_EQ(rsp_term_map(&out, &bad_key, 1), RSP_EINVAL);
    EXPECT_EQ(rsp_term_map(&out, &bad_value, 1), RSP_EINVAL);
    EXPECT_EQ(rsp_term_compare(&order, good, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_term_compare(&order, bad, good), RSP_EINVAL);
    EXPECT_FALSE(rsp_term_equal(bad, bad));
    EXPECT_EQ(rsp_term_format(text, sizeof text, &size, bad), RSP_EINVAL);
    const rsp_term copy = rsp_term_copy(bad);
    EXPECT_EQ(copy.meta, bad.meta);
    EXPECT_EQ(copy.data, bad.data);
    rsp_term_free(bad);
    EXPECT_TRUE(is_untouched(out));
  }
  const rsp_term of_one = map({{good, good}});
  rsp_term out = UNTOUCHED;
  EXPECT_EQ(rsp_term_map_get(&out, of_one, rsp_term{200, 0}), RSP_EINVAL);
  rsp_term_free(of_one);
}

TEST(CTerm, readers_refuse_null) {
  EveryKind every;
  size_t size;
  const char* bytes;
  rsp_term term;
  EXPECT_EQ(rsp_term_get_bool(nullptr, every[RSP_KIND_BOOL]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_int(nullptr, every[RSP_KIND_INT]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_float(nullptr, every[RSP_KIND_FLOAT]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_atom(nullptr, every[RSP_KIND_ATOM]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_pid(nullptr, every[RSP_KIND_PID]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_ref(nullptr, every[RSP_KIND_REF]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_bytes(nullptr, &size, every[RSP_KIND_BINARY]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_get_bytes(&bytes, nullptr, every[RSP_KIND_BINARY]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_size(nullptr, every[RSP_KIND_LIST]), RSP_EINVAL);
  EXPECT_EQ(rsp_term_element(nullptr, every[RSP_KIND_LIST], 0), RSP_EINVAL);
  EXPECT_EQ(rsp_term_map_get(nullptr, every[RSP_KIND_MAP], rsp_term_int(1)), RSP_EINVAL);
  EXPECT_EQ(rsp_term_map_pair(nullptr, &term, every[RSP_KIND_MAP], 0), RSP_EINVAL);
  EXPECT_EQ(rsp_term_map_pair(&term, nullptr, every[RSP_KIND_MAP], 0), RSP_EINVAL);
  EXPECT_EQ(rsp_term_compare(nullptr, rsp_term_nil(), rsp_term_nil()), RSP_EINVAL);
  EXPECT_EQ(rsp_term_format(nullptr, 1, &size, rsp_term_nil()), RSP_EINVAL);
}

TEST(CTerm, elements_are_lent_and_outlive_the_container_when_copied) {
  rsp_term inner = string("inner");
  rsp_term pair = tuple({inner, rsp_term_int(2)});
  rsp_term_free(inner);  // the tuple has a reference of its own
  rsp_term lent = UNTOUCHED;
  ASSERT_EQ(rsp_term_element(&lent, pair, 0), RSP_OK);
  EXPECT_EQ(show(lent), "\"inner\"");
  const rsp_term kept = rsp_term_copy(lent);
  rsp_term_free(pair);
  EXPECT_EQ(show(kept), "\"inner\"");
  rsp_term_free(kept);
}

TEST(CTerm, index_at_or_past_the_size_is_refused) {
  rsp_term row = list({rsp_term_int(1), rsp_term_int(2)});
  rsp_term dict = map({{rsp_term_int(1), rsp_term_int(2)}});
  rsp_term out = UNTOUCHED;
  rsp_term out2 = UNTOUCHED;
  EXPECT_EQ(rsp_term_element(&out, row, 2), RSP_EINVAL);
  EXPECT_EQ(rsp_term_element(&out, row, SIZE_MAX), RSP_EINVAL);
  EXPECT_EQ(rsp_term_map_pair(&out, &out2, dict, 1), RSP_EINVAL);
  EXPECT_TRUE(is_untouched(out));
  EXPECT_EQ(rsp_term_element(&out, row, 1), RSP_OK);
  EXPECT_TRUE(rsp_term_equal(out, rsp_term_int(2)));
  rsp_term_free(row);
  rsp_term_free(dict);
}

TEST(CTerm, map_finds_keys_and_lists_pairs_in_their_order) {
  rsp_term key = string("key");
  rsp_term dict =
      map({{key, rsp_term_int(3)}, {word("ok"), rsp_term_int(2)}, {rsp_term_int(9), rsp_term_int(1)}});
  rsp_term_free(key);
  rsp_term same_key = string("key");
  rsp_term value = UNTOUCHED;
  EXPECT_EQ(rsp_term_map_get(&value, dict, same_key), RSP_OK);
  EXPECT_TRUE(rsp_term_equal(value, rsp_term_int(3)));
  value = UNTOUCHED;
  EXPECT_EQ(rsp_term_map_get(&value, dict, rsp_term_float(9.0)), RSP_EMISMATCH);
  EXPECT_TRUE(is_untouched(value));
  size_t size = 0;
  EXPECT_EQ(rsp_term_size(&size, dict), RSP_OK);
  ASSERT_EQ(size, 3u);
  std::string keys;
  for (size_t i = 0; i < size; ++i) {
    rsp_term each = UNTOUCHED;
    ASSERT_EQ(rsp_term_map_pair(&each, &value, dict, i), RSP_OK);
    keys += show(each) + "=" + show(value) + " ";
  }
  EXPECT_EQ(keys, "9=1 ok=2 \"key\"=3 ");
  rsp_term_free(same_key);
  rsp_term_free(dict);
}

TEST(CTerm, equal_is_exact_and_compare_is_by_value) {
  rsp_term bytes = binary("x");
  rsp_term text = string("x");
  int order = 7;
  EXPECT_FALSE(rsp_term_equal(rsp_term_int(1), rsp_term_float(1.0)));
  EXPECT_EQ(rsp_term_compare(&order, rsp_term_int(1), rsp_term_float(1.0)), RSP_OK);
  EXPECT_EQ(order, 0);
  EXPECT_FALSE(rsp_term_equal(bytes, text));
  EXPECT_EQ(rsp_term_compare(&order, bytes, text), RSP_OK);
  EXPECT_EQ(order, 0);
  EXPECT_EQ(rsp_term_compare(&order, rsp_term_int(5), word("a")), RSP_OK);
  EXPECT_EQ(order, -1);
  EXPECT_EQ(rsp_term_compare(&order, text, word("a")), RSP_OK);
  EXPECT_EQ(order, 1);
  rsp_term_free(bytes);
  rsp_term_free(text);
}

TEST(CTerm, format_cuts_to_the_buffer_and_tells_the_whole_length) {
  rsp_term term = tuple({word("shutdown"), rsp_term_int(1)});
  char text[6] = "?????";
  size_t length = 0;
  EXPECT_EQ(rsp_term_format(text, sizeof text, &length, term), RSP_OK);
  EXPECT_STREQ(text, "{shut");
  EXPECT_EQ(length, 12u);
  EXPECT_EQ(show(term), "{shutdown,1}");
  rsp_term_free(term);
}

TEST(CTerm, may_be_freed_by_another_thread) {
  rsp_term term = tuple({string("a")});
  rsp_term inner = UNTOUCHED;
  ASSERT_EQ(rsp_term_element(&inner, term, 0), RSP_OK);
  rsp_term_free(inner);  // the reference that string() gave us; the tuple has its own
  std::thread([term] { rsp_term_free(term); }).join();
}

TEST(CTerm, deep_nesting_is_freed_and_compared) {
  rsp_term a = rsp_term_nil();
  rsp_term b = rsp_term_nil();
  for (int i = 0; i < 1000000; ++i) {
    for (rsp_term* each : {&a, &b}) {
      const rsp_term elements[] = {*each, rsp_term_int(i)};
      rsp_term outer = UNTOUCHED;
      ASSERT_EQ(rsp_term_tuple(&outer, elements, 2), RSP_OK);
      rsp_term_free(*each);
      *each = outer;
    }
  }
  EXPECT_TRUE(rsp_term_equal(a, b));
  EXPECT_NE(show(a).find("..."), std::string::npos);
  rsp_term_free(a);
  rsp_term_free(b);
}

TEST(CResult, every_code_has_its_name_and_a_message) {
  EXPECT_STREQ(rsp_result_name(RSP_OK), "RSP_OK");
  EXPECT_STREQ(rsp_result_name(RSP_ETYPE), "RSP_ETYPE");
#define RSP_CHECK_RESULT(name, value, message) \
  EXPECT_EQ(static_cast<int>(name), value);    \
  EXPECT_STREQ(rsp_result_name(name), #name);  \
  EXPECT_STREQ(rsp_result_message(name), message);
  RSP_RESULT_MAP(RSP_CHECK_RESULT)
#undef RSP_CHECK_RESULT
}

}  // namespace
