// resprout/term.hpp and convert.hpp: C++ values as terms, and back.
#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <unordered_map>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

rsp_result code_of(const Error& error) { return error.code(); }

template <class T>
void expect_back(const T& value, const char* text) {
  const term made = value;
  EXPECT_EQ(made.to_string(), text);
  EXPECT_EQ(made.to<T>(), value);
}

TEST(Term, of_a_value_is_shown_and_read_back) {
  expect_back(true, "true");
  expect_back(7, "7");
  expect_back(int64_t{-8}, "-8");
  expect_back(uint8_t{255}, "255");
  expect_back(1.5, "1.5");
  expect_back(std::string("grün"), "\"grün\"");
  expect_back(atom("ok"), "ok");
  expect_back(std::vector<std::byte>{std::byte{1}, std::byte{2}}, "<<1,2>>");
  expect_back(std::tuple<atom, int, std::string>("a", 1, "b"), "{a,1,\"b\"}");
  expect_back(std::pair<int, int>(1, 2), "{1,2}");
  expect_back(std::vector<int>{1, 2}, "[1,2]");
  expect_back(std::list<std::string>{}, "[]");
  expect_back(std::map<std::string, int>{{"a", 1}, {"b", 2}}, "#{\"a\" => 1,\"b\" => 2}");
  expect_back(std::unordered_map<int, std::vector<bool>>{{1, {true}}}, "#{1 => [true]}");
  expect_back(std::optional<int>(), "nil");
  expect_back(std::optional<int>(3), "3");
  EXPECT_EQ(term(nullptr), term());
  EXPECT_EQ(term(std::nullopt).to_string(), "nil");
  EXPECT_EQ(term("text"), term(std::string_view("text")));
}

TEST(Term, is_built_of_terms) {
  EXPECT_EQ(term::tuple(atom("a"), 1, "b", term::list({1, "c"})).to_string(), "{a,1,\"b\",[1,\"c\"]}");
  EXPECT_EQ(term::map({{1, "one"}, {atom("two"), 2}, {1, "uno"}}).to_string(), "#{1 => \"uno\",two => 2}");
  EXPECT_EQ(term::binary("\x01\x00", 2).to_string(), "<<1,0>>");
  EXPECT_EQ(term::tuple().to_string(), "{}");
}

TEST(Term, lends_its_parts) {
  const term list = term::list({"a", 2});
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1], 2);
  EXPECT_EQ(list.element(0), "a");
  EXPECT_EQ(term::map({{"k", "v"}}).at("k"), "v");
  EXPECT_EQ(term("abc").size(), 3u);
  EXPECT_EQ(list.try_element(2).error().code(), RSP_EINVAL);
  EXPECT_EQ(term::map({}).try_at("k").error().code(), RSP_EMISMATCH);
  EXPECT_EQ(term(1).try_size().error().code(), RSP_ETYPE);
}

TEST(Term, of_another_type_is_an_error_in_both_forms) {
  const auto expect_mismatch = [](auto wanted, const term& value) {
    using T = decltype(wanted);
    EXPECT_EQ(value.try_to<T>().error().code(), RSP_ETYPE) << value.to_string();
    EXPECT_EQ(code_of(thrown_by<Error>([&] { (void)value.to<T>(); })), RSP_ETYPE) << value.to_string();
  };
  expect_mismatch(0, "1");
  expect_mismatch(0, 1.0);
  expect_mismatch(1.0, 1);
  expect_mismatch(false, 0);
  expect_mismatch(uint8_t{0}, 256);
  expect_mismatch(uint64_t{0}, -1);
  expect_mismatch(int8_t{0}, -129);
  expect_mismatch(std::string(), atom("a"));
  expect_mismatch(std::tuple<int, int>(), term::tuple(1));
  expect_mismatch(std::tuple<int, int>(), term::tuple(1, "2"));
  expect_mismatch(std::vector<int>(), term::tuple(1));
  expect_mismatch(std::vector<int>(), term::list({1, "2"}));
  expect_mismatch(std::map<int, int>(), term::list({}));
  expect_mismatch(std::map<int, int>(), term::map({{1, "2"}}));
  expect_mismatch(pid(), 1);
  expect_mismatch(ref(), 1);
}

TEST(Term, that_cannot_be_is_an_error_in_both_forms) {
  const auto expect_refused = [](const auto& value) {
    EXPECT_EQ(term::try_from(value).error().code(), RSP_EINVAL);
    EXPECT_EQ(code_of(thrown_by<Error>([&] { const term made = value; })), RSP_EINVAL);
  };
  expect_refused(std::string("\xff"));
  expect_refused(std::numeric_limits<uint64_t>::max());
  expect_refused(pid());
  expect_refused(ref());
  expect_refused(std::vector<std::string>{"fine", "\xff"});
  expect_refused(std::tuple<int, std::string>(1, "\xff"));
  expect_refused(std::map<std::string, int>{{"\xff", 1}});
  expect_refused(static_cast<const char*>(nullptr));
  EXPECT_EQ(atom::try_from(std::string(256, 'x')).error().code(), RSP_EINVAL);
  EXPECT_EQ(code_of(thrown_by<Error>([] { (void)atom("\xff"); })), RSP_EINVAL);
}

TEST(Term, is_compared_exactly_and_ordered_by_value) {
  EXPECT_EQ(term(1), term(1));
  EXPECT_NE(term(1), term(1.0));
  EXPECT_EQ(term::compare(1, 1.0), 0);
  EXPECT_LT(term(1), term(atom("a")));
  EXPECT_GT(term("b"), term("a"));
  EXPECT_LE(term::tuple(1, 2), term::tuple(1, 3));
  EXPECT_GE(term(2), term(2));
}

TEST(Term, is_copied_moved_and_released) {
  term first = "a text that is not small enough to stand in a term itself";
  term second = first;
  const term third = std::move(first);
  EXPECT_TRUE(first.is_nil());  // NOLINT(bugprone-use-after-move): what is left is said
  EXPECT_EQ(second, third);
  second = third;
  term& same = second;
  second = std::move(same);
  EXPECT_EQ(second, third);
  const term again = term::adopt(second.release());
  EXPECT_TRUE(second.is_nil());
  EXPECT_EQ(again, third);
}

struct point {
  int x = 0;
  int y = 0;
};

}  // namespace

template <>
struct resprout::conversion<point> {
  static rsp_result to_term(rsp_term* out, const point& value) {
    return conversion<std::pair<int, int>>::to_term(out, {value.x, value.y});
  }
  static rsp_result from_term(point* out, rsp_term from) {
    std::pair<int, int> both;
    const rsp_result read = conversion<std::pair<int, int>>::from_term(&both, from);
    if (read == RSP_OK) *out = point{both.first, both.second};
    return read;
  }
};

namespace {

TEST(Term, of_a_type_of_the_programs_own_is_what_its_conversion_says) {
  const term made = std::vector<point>{{1, 2}, {3, 4}};
  EXPECT_EQ(made.to_string(), "[{1,2},{3,4}]");
  EXPECT_EQ(made.to<std::vector<point>>()[1].y, 4);
}

TEST(Result, holds_a_value_or_a_failure) {
  const auto half = [](int of) -> result<int> {
    if (of % 2 != 0) return Err{RSP_EINVAL};
    return Ok{of / 2};
  };
  EXPECT_TRUE(half(4).is_ok());
  EXPECT_EQ(*half(4), 2);
  EXPECT_EQ(half(4).value(), 2);
  EXPECT_TRUE(half(3).is_err());
  EXPECT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code(), RSP_EINVAL);
  EXPECT_EQ(half(3).error().text(), rsp_result_message(RSP_EINVAL));
  EXPECT_THROW((void)half(3).value(), Error);
}

TEST(Timeout, is_rounded_up) {
  EXPECT_EQ(timeout(1ms).milliseconds(), 1u);
  EXPECT_EQ(timeout(1ns).milliseconds(), 1u);
  EXPECT_EQ(timeout(1500us).milliseconds(), 2u);
  EXPECT_EQ(timeout(0s).milliseconds(), 0u);
  EXPECT_EQ(timeout(-1s).milliseconds(), 0u);
  EXPECT_EQ(timeout(infinite).milliseconds(), RSP_INFINITE);
  EXPECT_EQ(timeout(std::chrono::hours::max()).milliseconds(), RSP_INFINITE);
  EXPECT_EQ(timeout(std::chrono::duration<double>(0.0005)).milliseconds(), 1u);
}

}  // namespace
