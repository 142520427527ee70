// Counts of shared terms and the table of atoms, under every interleaving of a few threads.
#include "core/term/term.hpp"

#include <gtest/gtest.h>

#include "core/mem/alloc.hpp"
#include "core/term/atom_table.hpp"
#include "tests/explore/bound.hpp"

namespace rsp {
namespace {

using atom_detail::AtomTable;
using atom_detail::hash_text;
using test::bound;
using test::explore;
using test::finds;
using test::holds;
using test::PlantedBugScope;

/// Three holders of {inner} with inner = {ok}.
struct Shared {
  Shared() {
    Term inner;
    RSP_CHECK(make_tuple(&inner, {ATOM_OK}) == RSP_OK);
    RSP_CHECK(make_tuple(&held[0], {inner}) == RSP_OK);
    held[1] = held[0];
    held[2] = held[0];
  }
  uint64_t live_before = mem_live_blocks();
  Term held[3];
};

template <int HOLDER>
void drop(Shared& shared) {
  shared.held[HOLDER] = Term();
}

template <int HOLDER>
void copy_a_part_and_drop(Shared& shared) {
  Term part = Term::share(shared.held[HOLDER].element(0));
  shared.held[HOLDER] = Term();
  RSP_CHECK(part.element(0).is(ATOM_OK));
}

void nothing_is_left(Shared& shared) { RSP_CHECK(mem_live_blocks() == shared.live_before); }

TEST(SharedTerm, is_freed_exactly_once_by_whoever_is_last) {
  const auto result = explore<Shared>(bound(3), {drop<0>, drop<1>, drop<2>}, nothing_is_left);
  EXPECT_TRUE(holds(result));
}

TEST(SharedTerm, part_lives_on_while_the_whole_is_freed) {
  const auto result =
      explore<Shared>(bound(3), {copy_a_part_and_drop<0>, copy_a_part_and_drop<1>, drop<2>}, nothing_is_left);
  EXPECT_TRUE(holds(result));
}

TEST(SharedTerm, freed_by_none_of_two_is_found) {
  PlantedBugScope bug("term: the last holder told by the load alone");
  const auto result = explore<Shared>(bound(3), {drop<0>, drop<1>, drop<2>}, nothing_is_left);
  EXPECT_TRUE(finds("does not hold", result));
}

/// A table of atoms, some of them made at once.
struct Words {
  Words() {
    // The node that new words meet first is there already, so that links of a node are raced for too.
    RSP_CHECK(table.intern("first", ROOT, &first) == RSP_OK);
  }
  ~Words() { table.free_all(); }

  static constexpr uint32_t ROOT = 5;
  AtomTable table;
  uint32_t first = 0;
  uint32_t seen[3] = {};
};

// Words with chosen hashes: the same, and one that parts from them at the second link.
template <int THREAD>
void intern_the_same(Words& words) {
  RSP_CHECK(words.table.intern("same", Words::ROOT, &words.seen[THREAD]) == RSP_OK);
  RSP_CHECK(words.table.text(words.seen[THREAD]) == "same");
}

template <int THREAD>
void intern_another(Words& words) {
  RSP_CHECK(words.table.intern("other", Words::ROOT | 1 << 10, &words.seen[THREAD]) == RSP_OK);
  RSP_CHECK(words.table.text(words.seen[THREAD]) == "other");
}

void one_number_for_each_word(Words& words) {
  const uint32_t same = words.table.find("same", Words::ROOT);
  const uint32_t other = words.table.find("other", Words::ROOT | 1 << 10);
  RSP_CHECK(same != 0);
  RSP_CHECK(other != same);
  RSP_CHECK(same != words.first);
  RSP_CHECK(words.table.find("first", Words::ROOT) == words.first);
  for (uint32_t number : words.seen) RSP_CHECK(number == 0 || number == same || number == other);
  RSP_CHECK(words.seen[0] == same);
  RSP_CHECK(words.seen[1] == same);
  // The node of a loser was handed back: before the table grows, every number of it is in use.
  const uint32_t end = words.table.end();
  for (uint32_t in_use = other == 0 ? 2 : 3; PREDEFINED_ATOMS + in_use < end; ++in_use) {
    uint32_t spare = 0;
    RSP_CHECK(words.table.take_number(&spare) == RSP_OK);
    RSP_CHECK(spare < end);
  }
}

TEST(AtomTable, word_made_by_two_at_once_is_one_number) {
  const auto result =
      explore<Words>(bound(3), {intern_the_same<0>, intern_the_same<1>}, one_number_for_each_word);
  EXPECT_TRUE(holds(result));
}

TEST(AtomTable, words_that_meet_on_one_link_are_both_kept) {
  const auto result = explore<Words>(bound(2), {intern_the_same<0>, intern_the_same<1>, intern_another<2>},
                                     one_number_for_each_word);
  EXPECT_TRUE(holds(result));
}

TEST(AtomTable, word_that_overwrites_another_is_found) {
  PlantedBugScope bug("atom table: link stored without a compare");
  const auto result =
      explore<Words>(bound(3), {intern_the_same<0>, intern_the_same<1>}, one_number_for_each_word);
  EXPECT_TRUE(finds("does not hold", result));
}

/// A table with three numbers handed back.
struct Spares {
  Spares() {
    uint32_t numbers[3];
    for (uint32_t& number : numbers) RSP_CHECK(table.take_number(&number) == RSP_OK);
    for (uint32_t number : numbers) table.hand_back(number);
  }
  ~Spares() { table.free_all(); }

  AtomTable table;
  uint32_t taken[3] = {};
};

void take_one(Spares& spares) { RSP_CHECK(spares.table.take_number(&spares.taken[0]) == RSP_OK); }

// What gives a popper its head back with another number below it.
void take_two_and_hand_back_the_first(Spares& spares) {
  RSP_CHECK(spares.table.take_number(&spares.taken[1]) == RSP_OK);
  RSP_CHECK(spares.table.take_number(&spares.taken[2]) == RSP_OK);
  spares.table.hand_back(spares.taken[1]);
  spares.taken[1] = 0;
}

void no_number_is_taken_twice(Spares& spares) {
  uint32_t rest[3];
  for (uint32_t& number : rest) RSP_CHECK(spares.table.take_number(&number) == RSP_OK);
  for (uint32_t number : rest) {
    RSP_CHECK(number != spares.taken[0]);
    RSP_CHECK(number != spares.taken[2]);
  }
  RSP_CHECK(spares.taken[0] != spares.taken[2]);
}

TEST(AtomTable, number_handed_back_is_taken_by_one) {
  const auto result =
      explore<Spares>(bound(3), {take_one, take_two_and_hand_back_the_first}, no_number_is_taken_twice);
  EXPECT_TRUE(holds(result));
}

TEST(AtomTable, spares_without_a_count_of_uses_are_found) {
  PlantedBugScope bug("atom table: spares without a count of uses");
  const auto result =
      explore<Spares>(bound(3), {take_one, take_two_and_hand_back_the_first}, no_number_is_taken_twice);
  EXPECT_TRUE(finds("does not hold", result));
}

}  // namespace
}  // namespace rsp
