#include "core/term/format.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/term/utf8.hpp"
#include "tests/core/term/balance.hpp"
#include "tests/core/term/model.hpp"

namespace rsp {
namespace {

class FormatTest : public Balanced {};

std::string show(TermBits term) {
  std::string text(format(nullptr, 0, term) + 1, '?');
  EXPECT_EQ(format(text.data(), text.size(), term), text.size() - 1);
  EXPECT_EQ(text.back(), '\0');
  text.pop_back();
  return text;
}

std::string show_atom(std::string_view text) {
  Atom atom;
  EXPECT_EQ(atom_intern(text, &atom), RSP_OK);
  return show(atom);
}

std::string show_string(std::string_view text) {
  Term term;
  EXPECT_EQ(make_string(&term, text), RSP_OK);
  return show(term);
}

std::string show_binary(std::string_view bytes) {
  Term term;
  EXPECT_EQ(make_binary(&term, bytes), RSP_OK);
  return show(term);
}

TEST_F(FormatTest, shows_immediates) {
  EXPECT_EQ(show(Term::nil()), "nil");
  EXPECT_EQ(show(Term::boolean(true)), "true");
  EXPECT_EQ(show(Term::boolean(false)), "false");
  EXPECT_EQ(show(Term::integer(0)), "0");
  EXPECT_EQ(show(Term::integer(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(show(Pid::local(17, 1)), "<0.17.1>");
  EXPECT_EQ(show(Pid{17, 2, 9}), "<2.17.0>");
}

TEST_F(FormatTest, shows_the_shortest_float_that_reads_back_the_same) {
  EXPECT_EQ(show(Term::real(0.0)), "0.0");
  EXPECT_EQ(show(Term::real(-0.0)), "-0.0");
  EXPECT_EQ(show(Term::real(1.0)), "1.0");
  EXPECT_EQ(show(Term::real(0.1)), "0.1");
  EXPECT_EQ(show(Term::real(-1.5)), "-1.5");
  EXPECT_EQ(show(Term::real(1e22)), "1.0e22");
  EXPECT_EQ(show(Term::real(1.5e-7)), "1.5e-7");
  EXPECT_EQ(show(Term::real(std::numeric_limits<double>::max())), "1.7976931348623157e308");
  EXPECT_EQ(show(Term::real(HUGE_VAL)), "inf");
  EXPECT_EQ(show(Term::real(-HUGE_VAL)), "-inf");
  EXPECT_EQ(show(Term::real(std::nan(""))), "nan");
}

TEST_F(FormatTest, quotes_atoms_that_erlang_would_not_read_without) {
  EXPECT_EQ(show_atom("noproc"), "noproc");
  EXPECT_EQ(show_atom("a_B@9"), "a_B@9");
  EXPECT_EQ(show_atom("EXIT"), "'EXIT'");
  EXPECT_EQ(show_atom(""), "''");
  EXPECT_EQ(show_atom("9a"), "'9a'");
  EXPECT_EQ(show_atom("_a"), "'_a'");
  EXPECT_EQ(show_atom("two words"), "'two words'");
  EXPECT_EQ(show_atom("nonode@nohost"), "nonode@nohost");
  EXPECT_EQ(show_atom("it's"), "'it\\'s'");
  EXPECT_EQ(show_atom("\xC3\xA9t\xC3\xA9"), "'\xC3\xA9t\xC3\xA9'");
  for (const char* word : {"after", "and", "case", "end", "fun", "maybe", "receive", "when", "xor"}) {
    EXPECT_EQ(show_atom(word), "'" + std::string(word) + "'");
  }
}

TEST_F(FormatTest, escapes_what_could_forge_a_line_of_a_log) {
  EXPECT_EQ(show_string("a\nb\t\"c\"\\ 'd'"), R"("a\nb\t\"c\"\\ 'd'")");
  EXPECT_EQ(show_string(std::string("\0\x01\x7F\x1B\r\b\f\v", 8)), R"("\x{0}\x{1}\x{7f}\e\r\b\f\v")");
  EXPECT_EQ(show_string("\xC2\x85 \xE2\x80\xA8 \xE2\x80\xAE \xE2\x81\xA6"),
            R"("\x{85} \x{2028} \x{202e} \x{2066}")");
  EXPECT_EQ(show_string("\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(show_atom("a\nb"), "'a\\nb'");
}

TEST_F(FormatTest, shows_binaries_as_text_when_they_are_printable) {
  EXPECT_EQ(show_binary(""), "<<>>");
  EXPECT_EQ(show_binary("bytes"), "<<\"bytes\">>");
  EXPECT_EQ(show_binary("a\n"), "<<\"a\\n\">>");
  EXPECT_EQ(show_binary(std::string("\0\xFF", 2)), "<<0,255>>");
  EXPECT_EQ(show_binary("\xC3\xA9"), "<<195,169>>");
}

TEST_F(FormatTest, shows_refs_with_the_last_word_first) {
  Term term;
  ASSERT_EQ(make_ref(&term, Ref{3, 9, {1, 2, 5, 0, 0}, 3}), RSP_OK);
  EXPECT_EQ(show(term), "#Ref<3.5.2.1>");
}

TEST_F(FormatTest, shows_containers) {
  Term tuple;
  Term list;
  Term map;
  Term all;
  ASSERT_EQ(make_tuple(&tuple, {ATOM_SHUTDOWN, TermBits::integer(1)}), RSP_OK);
  ASSERT_EQ(make_list(&list, {tuple, TermBits::nil()}), RSP_OK);
  ASSERT_EQ(make_map(&map, {{ATOM_OK, list}, {TermBits::integer(1), ATOM_ERROR}}), RSP_OK);
  ASSERT_EQ(make_tuple(&all, {tuple, list, map}), RSP_OK);
  EXPECT_EQ(show(all), "{{shutdown,1},[{shutdown,1},nil],#{1 => error,ok => [{shutdown,1},nil]}}");
  EXPECT_EQ(show(Term::empty(Kind::TUPLE)), "{}");
  EXPECT_EQ(show(Term::empty(Kind::LIST)), "[]");
  EXPECT_EQ(show(Term::empty(Kind::MAP)), "#{}");
}

TEST_F(FormatTest, elides_what_is_nested_too_deep) {
  Term term = ATOM_OK;
  for (unsigned i = 0; i < FORMAT_DEPTH; ++i) ASSERT_EQ(make_list(&term, {term}), RSP_OK);
  EXPECT_EQ(show(term), std::string(FORMAT_DEPTH, '[') + "ok" + std::string(FORMAT_DEPTH, ']'));
  ASSERT_EQ(make_list(&term, {term}), RSP_OK);
  EXPECT_EQ(show(term), std::string(FORMAT_DEPTH, '[') + "..." + std::string(FORMAT_DEPTH, ']'));
}

TEST_F(FormatTest, cuts_to_any_capacity_at_a_whole_character_and_ends_with_zero) {
  model::Source source(21);
  for (int round = 0; round < 300; ++round) {
    Term term = model::build(source.tree(3));
    const std::string whole = show(term);
    for (size_t capacity = 0; capacity <= whole.size() + 2; ++capacity) {
      std::string buffer(capacity + 8, '#');
      ASSERT_EQ(format(buffer.data(), capacity, term), whole.size());
      ASSERT_EQ(buffer.substr(capacity), "########") << "wrote past the end";
      if (capacity > 0) {
        const std::string kept = buffer.substr(0, buffer.find('\0'));
        ASSERT_EQ(kept, whole.substr(0, utf8_boundary(whole, std::min(capacity - 1, whole.size()))));
      }

      buffer.assign(capacity + 8, '#');
      const size_t written = format_bounded(buffer.data(), capacity, term);
      ASSERT_EQ(buffer.substr(capacity), "########") << "wrote past the end";
      if (capacity == 0) {
        ASSERT_EQ(written, 0u);
        continue;
      }
      const std::string bounded = buffer.substr(0, buffer.find('\0'));
      ASSERT_EQ(bounded.size(), written);
      ASSERT_TRUE(utf8_is_valid(bounded));
      if (capacity > whole.size()) {
        ASSERT_EQ(bounded, whole);
      } else {
        const size_t dots = std::min<size_t>(3, capacity - 1);
        ASSERT_EQ(bounded.substr(bounded.size() - dots), std::string(dots, '.'));
        // Binaries are judged by what can be seen of them, so only the part before the dots of others is the
        // same.
        if (whole.find("<<") == std::string::npos) {
          ASSERT_EQ(bounded.substr(0, bounded.size() - dots), whole.substr(0, bounded.size() - dots));
        }
      }
    }
  }
}

TEST_F(FormatTest, bounded_does_not_walk_what_it_cannot_show) {
  // A term of 2^31 leaves: walking all of it would take minutes.
  Term term = Term::integer(1);
  for (int i = 0; i < 31; ++i) ASSERT_EQ(make_tuple(&term, {term, term}), RSP_OK);
  char text[64];
  EXPECT_EQ(format_bounded(text, sizeof text, term), sizeof text - 1);
  EXPECT_STREQ(text + 60, "...");
}

}  // namespace
}  // namespace rsp
