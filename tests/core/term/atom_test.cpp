#include "core/term/atom.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/base/limits.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/term.hpp"

namespace rsp {
namespace {

Atom intern(std::string_view text) {
  Atom atom{UINT32_MAX};
  EXPECT_EQ(atom_intern(text, &atom), RSP_OK) << text;
  return atom;
}

TEST(Atom, predefined_words_have_the_numbers_of_their_constants) {
  EXPECT_EQ(ATOM_UNDEFINED.id, 0u);
  EXPECT_EQ(intern("undefined"), ATOM_UNDEFINED);
  EXPECT_EQ(intern("reached_max_restart_intensity"), ATOM_REACHED_MAX_RESTART_INTENSITY);
  EXPECT_EQ(intern("EXIT"), ATOM_EXIT_TAG);
  EXPECT_EQ(intern("exit"), ATOM_EXIT);
  constexpr struct {
    Atom atom;
    const char* text;
  } LISTED[] = {
#define RSP_LISTED_ATOM(name, text) {ATOM_##name, text},
      RSP_ATOM_MAP(RSP_LISTED_ATOM)
#undef RSP_LISTED_ATOM
  };
  for (const auto& listed : LISTED) {
    EXPECT_EQ(atom_name(listed.atom), listed.text);
    EXPECT_EQ(intern(listed.text), listed.atom);
  }
}

TEST(Atom, interned_twice_is_one_number_and_keeps_its_text) {
  const Atom atom = intern("interned_twice_is_one_number");
  EXPECT_GE(atom.id, PREDEFINED_ATOMS);
  EXPECT_EQ(intern("interned_twice_is_one_number"), atom);
  EXPECT_EQ(atom_name(atom), "interned_twice_is_one_number");
  EXPECT_EQ(*atom_name(atom).end(), '\0');
  EXPECT_NE(intern("interned_twice_is_one_numbe"), atom);
}

TEST(Atom, all_are_compared_by_their_texts) {
  std::vector<Atom> atoms;
  for (uint32_t id = 0; id < PREDEFINED_ATOMS; ++id) atoms.push_back(Atom{id});
  for (const char* text : {"", "a word that is not predefined", "\xc3\xa9t\xc3\xa9", "~"})
    atoms.push_back(intern(text));
  const auto sign = [](int order) { return (order > 0) - (order < 0); };
  for (const Atom a : atoms) {
    for (const Atom b : atoms) {
      EXPECT_EQ(sign(compare_atoms(a, b)), sign(atom_name(a).compare(atom_name(b))))
          << atom_name(a) << " " << atom_name(b);
    }
  }
}

TEST(Atom, texts_may_be_empty_hold_zero_bytes_and_any_script) {
  for (std::string text : {std::string(), std::string("a\0b", 3), std::string("a\0c", 3),
                           std::string("\0", 1), std::string("\xE2\x82\xAC\xF0\x9F\x98\x80")}) {
    const Atom atom = intern(text);
    EXPECT_EQ(atom_name(atom), text);
    EXPECT_EQ(intern(text), atom);
  }
  EXPECT_NE(intern(std::string_view("a\0b", 3)), intern(std::string_view("a\0c", 3)));
}

TEST(Atom, text_is_limited_in_code_points_not_bytes) {
  std::string euros;
  for (size_t i = 0; i < MAX_ATOM_CODE_POINTS; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(atom_name(intern(euros)), euros);
  Atom untouched{77};
  EXPECT_EQ(atom_intern(euros + "x", &untouched), RSP_EINVAL);
  EXPECT_EQ(atom_intern(std::string(MAX_ATOM_CODE_POINTS + 1, 'x'), &untouched), RSP_EINVAL);
  EXPECT_EQ(atom_intern("broken \xFF", &untouched), RSP_EINVAL);
  EXPECT_EQ(untouched.id, 77u);
}

TEST(Atom, find_makes_nothing) {
  Atom atom{77};
  const uint32_t count = atom_count();
  EXPECT_FALSE(atom_find("find_makes_nothing", &atom));
  EXPECT_EQ(atom.id, 77u);
  EXPECT_EQ(atom_count(), count);
  const Atom made = intern("find_makes_nothing");
  EXPECT_TRUE(atom_find("find_makes_nothing", &atom));
  EXPECT_EQ(atom, made);
  EXPECT_TRUE(atom_find("normal", &atom));
  EXPECT_EQ(atom, ATOM_NORMAL);
}

TEST(Atom, exists_only_when_given_out) {
  EXPECT_TRUE(atom_exists(ATOM_UNDEFINED));
  EXPECT_TRUE(atom_exists(intern("exists_only_when_given_out")));
  EXPECT_FALSE(atom_exists(Atom{atom_count()}));
  EXPECT_FALSE(atom_exists(Atom{UINT32_MAX}));
}

TEST(Atom, each_has_a_holder_word_of_its_own_that_begins_at_zero) {
  const Atom first = intern("holder_first");
  const Atom second = intern("holder_second");
  std::set<void*> words = {&atom_holder(first), &atom_holder(second), &atom_holder(ATOM_PERMANENT),
                           &atom_holder(ATOM_TRANSIENT)};
  EXPECT_EQ(words.size(), 4u);
  EXPECT_EQ(atom_holder(first).load(env::RELAXED), 0u);
  atom_holder(first).store(5, env::RELAXED);
  EXPECT_EQ(atom_holder(second).load(env::RELAXED), 0u);
  EXPECT_EQ(&atom_holder(intern("holder_first")), &atom_holder(first));
  atom_holder(first).store(0, env::RELAXED);
}

TEST(Atom, of_many_words_keep_their_numbers_and_texts) {
  std::map<std::string, Atom> model;
  for (int i = 0; i < 50000; ++i) {
    const std::string word = "many_" + std::to_string(i);
    model[word] = intern(word);
  }
  std::set<uint32_t> numbers;
  for (const auto& [word, atom] : model) {
    EXPECT_EQ(atom_name(atom), word);
    EXPECT_EQ(intern(word), atom);
    numbers.insert(atom.id);
  }
  EXPECT_EQ(numbers.size(), model.size());
}

TEST(Atom, interned_by_four_threads_at_once_is_one_number_for_all) {
  constexpr int THREADS = 4;
  constexpr int WORDS = 20000;
  const uint32_t before = atom_count();
  std::vector<std::vector<Atom>> seen(THREADS, std::vector<Atom>(WORDS));
  std::vector<std::thread> threads;
  for (int t = 0; t < THREADS; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < WORDS; ++i) {
        // Two threads come upwards and two downwards: neck and neck in pairs, and in the middle all four.
        const int word = t % 2 == 0 ? i : WORDS - 1 - i;
        seen[static_cast<size_t>(t)][static_cast<size_t>(word)] = intern("race_" + std::to_string(word));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<uint32_t> numbers;
  for (size_t i = 0; i < WORDS; ++i) {
    for (size_t t = 1; t < THREADS; ++t) EXPECT_EQ(seen[t][i], seen[0][i]);
    EXPECT_EQ(atom_name(seen[0][i]), "race_" + std::to_string(i));
    numbers.insert(seen[0][i].id);
  }
  EXPECT_EQ(numbers.size(), static_cast<size_t>(WORDS));
  // Losers hand their nodes back: each thread can have at most one that is not used.
  EXPECT_LE(atom_count(), before + WORDS + THREADS);
}

TEST(Atom, table_is_not_among_the_live_blocks) {
  const uint64_t live = mem_live_blocks();
  for (int i = 0; i < 1000; ++i) intern("not_live_" + std::to_string(i));
  EXPECT_EQ(mem_live_blocks(), live);
}

// In a child process: the table cannot be emptied again.
int fill_the_table() {
  Atom first;
  if (atom_intern("fill_first", &first) != RSP_OK) return 1;
  char word[32];
  rsp_result result = RSP_OK;
  uint32_t made = 0;
  for (; result == RSP_OK && made <= MAX_ATOMS; ++made) {
    std::snprintf(word, sizeof word, "fill_%u", made);
    Atom atom;
    result = atom_intern(word, &atom);
  }
  if (result != RSP_ELIMIT) return 2;
  if (atom_count() != MAX_ATOMS) return 3;
  // What exists is still found; what does not is still refused.
  Atom again;
  if (atom_intern("fill_first", &again) != RSP_OK || again != first) return 4;
  if (atom_intern("normal", &again) != RSP_OK || again != ATOM_NORMAL) return 5;
  if (atom_intern("one_too_many", &again) != RSP_ELIMIT) return 6;
  if (atom_name(Atom{MAX_ATOMS - 1}).substr(0, 5) != "fill_") return 7;
  if (atom_exists(Atom{MAX_ATOMS})) return 8;
  return 0;
}

TEST(AtomDeathTest, table_refuses_the_atom_after_the_last) {
  EXPECT_EXIT(std::_Exit(fill_the_table()), testing::ExitedWithCode(0), "");
}

#ifdef RESPROUT_FAULT_INJECTION
TEST(Atom, that_memory_fails_is_refused_and_can_be_made_later) {
  // Long enough to pass the end of a segment, which is an allocation too.
  bool refused = false;
  for (int i = 0; i < 300; ++i) {
    const std::string word = "out_of_memory_" + std::to_string(i);
    for (int n = 1;; ++n) {
      Atom atom{77};
      mem_fail_after(static_cast<uint64_t>(n));
      const rsp_result result = atom_intern(word, &atom);
      if (mem_fail_never() == 0) {
        ASSERT_EQ(result, RSP_OK);
        EXPECT_EQ(atom_name(atom), word);
        break;
      }
      refused = true;
      ASSERT_EQ(result, RSP_ENOMEM);
      EXPECT_EQ(atom.id, 77u);
      EXPECT_FALSE(atom_find(word, &atom));
    }
  }
  EXPECT_TRUE(refused);
}
#endif

}  // namespace
}  // namespace rsp
