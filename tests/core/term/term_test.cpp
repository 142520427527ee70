#include "core/term/term.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/term/compare.hpp"
#include "tests/core/term/balance.hpp"

namespace rsp {
namespace {

class TermTest : public Balanced {};

Term tuple(std::initializer_list<TermBits> elements) {
  Term term;
  EXPECT_EQ(make_tuple(&term, elements), RSP_OK);
  return term;
}

Term text(std::string_view bytes) {
  Term term;
  EXPECT_EQ(make_string(&term, bytes), RSP_OK);
  return term;
}

TEST_F(TermTest, of_zeroes_is_nil) {
  alignas(16) unsigned char zeroes[16] = {};
  TermBits bits;
  std::memcpy(&bits, zeroes, sizeof bits);
  EXPECT_EQ(bits.kind(), Kind::NIL);
  EXPECT_TRUE(bits.is_nil());
  EXPECT_TRUE(bits.is_same(Term()));
  EXPECT_TRUE(TermBits{}.is_nil());
}

TEST_F(TermTest, immediates_give_back_what_they_were_made_of) {
  EXPECT_TRUE(Term::boolean(true).as_bool());
  EXPECT_FALSE(Term::boolean(false).as_bool());
  for (int64_t value : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(Term::integer(value).as_int(), value);
  }
  for (double value : {0.0, -0.0, 1.5, std::numeric_limits<double>::infinity(), 5e-324}) {
    EXPECT_EQ(std::bit_cast<uint64_t>(Term::real(value).as_float()), std::bit_cast<uint64_t>(value));
  }
  EXPECT_EQ(Term(ATOM_NORMAL).as_atom(), ATOM_NORMAL);
  const Pid pid{UINT64_MAX, MAX_NODES - 1, UINT32_MAX};
  EXPECT_EQ(Term(pid).as_pid(), pid);
  EXPECT_EQ(Term(pid).kind(), Kind::PID);
  EXPECT_EQ(Term(Pid::local(3, 4)).as_pid(), Pid::local(3, 4));
  EXPECT_EQ(mem_live_blocks(), live_before());
}

TEST_F(TermTest, every_nan_is_one) {
  const double other_nan = std::bit_cast<double>(uint64_t{0xFFF8000000000123});
  EXPECT_TRUE(Term::real(other_nan).is_same(Term::real(std::nan(""))));
  EXPECT_TRUE(std::isnan(Term::real(other_nan).as_float()));
}

TEST_F(TermTest, words_true_false_and_nil_are_their_kinds) {
  EXPECT_TRUE(Term(ATOM_TRUE).is_same(Term::boolean(true)));
  EXPECT_TRUE(Term(ATOM_FALSE).is_same(Term::boolean(false)));
  EXPECT_TRUE(Term(ATOM_NIL).is_same(Term::nil()));
  EXPECT_EQ(Term::boolean(true).as_atom(), ATOM_TRUE);
  EXPECT_EQ(Term::boolean(false).as_atom(), ATOM_FALSE);
  EXPECT_EQ(Term::nil().as_atom(), ATOM_NIL);
  EXPECT_EQ(Term(ATOM_UNDEFINED).kind(), Kind::ATOM);
  EXPECT_EQ(Term(ATOM_NORMAL).kind(), Kind::ATOM);
}

TEST_F(TermTest, empty_containers_need_no_memory) {
  Term term;
  ASSERT_EQ(make_binary(&term, ""), RSP_OK);
  EXPECT_TRUE(term.is_same(TermBits::empty(Kind::BINARY)));
  EXPECT_EQ(term.as_bytes(), "");
  EXPECT_NE(term.as_bytes().data(), nullptr);
  ASSERT_EQ(make_string(&term, {}), RSP_OK);
  EXPECT_TRUE(term.is_same(TermBits::empty(Kind::STRING)));
  ASSERT_EQ(make_tuple(&term, {}), RSP_OK);
  EXPECT_TRUE(term.is_same(TermBits::empty(Kind::TUPLE)));
  EXPECT_TRUE(term.elements().empty());
  ASSERT_EQ(make_list(&term, {}), RSP_OK);
  EXPECT_TRUE(term.is_same(TermBits::empty(Kind::LIST)));
  ASSERT_EQ(make_map(&term, {}), RSP_OK);
  EXPECT_TRUE(term.is_same(TermBits::empty(Kind::MAP)));
  EXPECT_TRUE(term.keys().empty());
  TermBits found;
  EXPECT_FALSE(term.find(ATOM_OK, &found));
  EXPECT_EQ(term.size(), 0u);
  EXPECT_EQ(mem_live_blocks(), live_before());
}

TEST_F(TermTest, bytes_are_copied_and_followed_by_a_zero) {
  std::string bytes(
      "\0\xFF"
      "abc",
      5);
  Term term;
  ASSERT_EQ(make_binary(&term, bytes), RSP_OK);
  const std::string before = bytes;
  bytes[0] = 'x';
  EXPECT_EQ(term.kind(), Kind::BINARY);
  EXPECT_EQ(term.as_bytes(), before);
  EXPECT_EQ(term.size(), 5u);
  EXPECT_EQ(term.as_bytes().data()[5], '\0');
}

TEST_F(TermTest, string_that_is_not_utf8_is_refused_and_text_is_mended) {
  Term term = Term::integer(1);
  EXPECT_EQ(make_string(&term, "a\xFF"), RSP_EINVAL);
  EXPECT_EQ(term.as_int(), 1);
  ASSERT_EQ(make_text(&term, "a\xFF\xE2\x82z\xE2\x82\xAC"), RSP_OK);
  EXPECT_EQ(term.kind(), Kind::STRING);
  EXPECT_EQ(term.as_bytes(), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xE2\x82\xAC");
  EXPECT_EQ(term.as_bytes().data()[term.size()], '\0');
  ASSERT_EQ(make_text(&term, "fine"), RSP_OK);
  EXPECT_EQ(term.as_bytes(), "fine");
}

TEST_F(TermTest, ref_keeps_its_words_and_forgets_those_past_its_length) {
  Term term;
  const Ref ref = Ref::local({123456789012345, Pid::local(1, 2).id}, 9);
  ASSERT_EQ(make_ref(&term, ref), RSP_OK);
  EXPECT_EQ(term.as_ref(), ref);
  EXPECT_EQ(term.as_ref().slot_hint(), 9u);
  ASSERT_EQ(make_ref(&term, Ref{1, 2, {3, 4, 5, 6, 7}, 3}), RSP_OK);
  EXPECT_EQ(term.as_ref().words[3], 0u);
  EXPECT_EQ(term.as_ref().words[2], 5u);
  EXPECT_EQ(make_ref(&term, Ref{}), RSP_EINVAL);
  EXPECT_EQ(make_ref(&term, Ref{1, 2, {}, 6}), RSP_EINVAL);
  EXPECT_EQ(term.as_ref().len, 3u);
}

TEST_F(TermTest, containers_take_references_of_their_own) {
  Term leaf = text("leaf");
  EXPECT_EQ(leaf.ref_count(), 1u);
  {
    Term pair = tuple({leaf, leaf});
    EXPECT_EQ(leaf.ref_count(), 3u);
    Term list;
    ASSERT_EQ(make_list(&list, {pair, leaf}), RSP_OK);
    EXPECT_EQ(leaf.ref_count(), 4u);
    EXPECT_EQ(pair.ref_count(), 2u);
    Term map;
    ASSERT_EQ(make_map(&map, {{leaf, leaf}}), RSP_OK);
    EXPECT_EQ(leaf.ref_count(), 6u);
    EXPECT_EQ(list.element(0).element(1).as_bytes(), "leaf");
  }
  EXPECT_EQ(leaf.ref_count(), 1u);
}

TEST_F(TermTest, container_outlives_what_it_was_made_of) {
  Term outer;
  {
    Term inner = tuple({text("a"), text("b")});
    outer = tuple({ATOM_OK, inner});
  }
  EXPECT_EQ(outer.element(1).element(1).as_bytes(), "b");
  EXPECT_EQ(outer.element(1).data() != 0, true);
}

TEST_F(TermTest, out_may_hold_a_part_of_what_is_built) {
  Term term = text("core");
  ASSERT_EQ(make_tuple(&term, {ATOM_SHUTDOWN, term}), RSP_OK);
  ASSERT_EQ(make_tuple(&term, {term, term}), RSP_OK);
  EXPECT_EQ(term.element(0).element(1).as_bytes(), "core");
  EXPECT_TRUE(term.element(0).is_same(term.element(1)));
  ASSERT_EQ(make_list(&term, term.element(0).elements()), RSP_OK);
  EXPECT_EQ(term.element(1).as_bytes(), "core");
}

TEST_F(TermTest, copies_count_and_moves_steal) {
  Term a = text("a");
  Term b = a;
  EXPECT_EQ(a.ref_count(), 2u);
  Term c = std::move(b);
  EXPECT_EQ(a.ref_count(), 2u);
  EXPECT_TRUE(b.is_nil());  // NOLINT(bugprone-use-after-move): a promise of Term
  b = c;
  EXPECT_EQ(a.ref_count(), 3u);
  b = std::move(c);
  EXPECT_EQ(a.ref_count(), 2u);
  Term& self = a;
  a = self;
  EXPECT_EQ(a.ref_count(), 2u);
  a = std::move(self);
  EXPECT_EQ(a.as_bytes(), "a");
  EXPECT_EQ(a.ref_count(), 2u);
  a.swap(b);
  EXPECT_EQ(a.ref_count(), 2u);
}

TEST_F(TermTest, assigned_from_a_part_of_its_own_value_is_that_part) {
  Term term = tuple({text("part"), ATOM_OK});
  term = Term::share(term.element(0));
  EXPECT_EQ(term.as_bytes(), "part");
  EXPECT_EQ(term.ref_count(), 1u);
}

TEST_F(TermTest, released_bits_keep_the_reference_until_they_are_adopted_or_dropped) {
  Term a = text("a");
  Term b = a;
  TermBits bits = b.release();
  EXPECT_TRUE(b.is_nil());
  EXPECT_EQ(a.ref_count(), 2u);
  {
    Term adopted = Term::adopt(bits);
    EXPECT_EQ(a.ref_count(), 2u);
  }
  EXPECT_EQ(a.ref_count(), 1u);
  bits = Term(a).release();
  drop_term(bits);
  EXPECT_EQ(a.ref_count(), 1u);
  drop_term(TermBits::integer(3));
}

TEST_F(TermTest, references_added_at_once_are_adopted_one_by_one) {
  Term reason = tuple({ATOM_SHUTDOWN, text("why")});
  reason.add_refs(1000);
  EXPECT_EQ(reason.ref_count(), 1001u);
  for (int i = 0; i < 600; ++i) {
    Term received = Term::adopt(reason);
    EXPECT_TRUE(received.is_tagged(ATOM_SHUTDOWN, 2));
  }
  EXPECT_EQ(reason.ref_count(), 401u);
  drop_term(reason, 400);
  drop_term(reason, 0);
  EXPECT_EQ(reason.ref_count(), 1u);
  Term(ATOM_NORMAL).add_refs(1000);
  drop_term(Term(reason).release(), 1);
}

TEST_F(TermTest, all_references_dropped_at_once_free_the_term) {
  Term reason = tuple({ATOM_SHUTDOWN, text("why")});
  reason.add_refs(9);
  drop_term(reason.release(), 10);
  EXPECT_EQ(mem_live_blocks(), live_before());
}

TEST_F(TermTest, is_tagged_looks_at_first_element_and_size) {
  EXPECT_TRUE(tuple({ATOM_SHUTDOWN, ATOM_OK}).is_tagged(ATOM_SHUTDOWN, 2));
  EXPECT_FALSE(tuple({ATOM_SHUTDOWN}).is_tagged(ATOM_SHUTDOWN, 2));
  EXPECT_FALSE(tuple({ATOM_OK, ATOM_SHUTDOWN}).is_tagged(ATOM_SHUTDOWN, 2));
  EXPECT_FALSE(Term(ATOM_SHUTDOWN).is_tagged(ATOM_SHUTDOWN, 2));
  EXPECT_FALSE(tuple({}).is_tagged(ATOM_SHUTDOWN, 0));
  Term list;
  ASSERT_EQ(make_list(&list, {ATOM_SHUTDOWN, ATOM_OK}), RSP_OK);
  EXPECT_FALSE(list.is_tagged(ATOM_SHUTDOWN, 2));
}

TEST_F(TermTest, map_finds_exact_keys_and_keeps_the_last_of_equal_ones) {
  Term map;
  ASSERT_EQ(make_map(&map, {{TermBits::integer(1), ATOM_OK},
                            {TermBits::real(1.0), ATOM_ERROR},
                            {TermBits::integer(2), ATOM_OK},
                            {TermBits::integer(1), ATOM_EXIT}}),
            RSP_OK);
  EXPECT_EQ(map.size(), 3u);
  TermBits value = TermBits::nil();
  ASSERT_TRUE(map.find(TermBits::integer(1), &value));
  EXPECT_TRUE(value.is(ATOM_EXIT));
  ASSERT_TRUE(map.find(TermBits::real(1.0), &value));
  EXPECT_TRUE(value.is(ATOM_ERROR));
  EXPECT_FALSE(map.find(TermBits::real(2.0), &value));
  EXPECT_TRUE(value.is(ATOM_ERROR));
  Term key = text("key");
  Term other_key = text("key");
  ASSERT_EQ(make_map(&map, {{key, ATOM_OK}, {map, ATOM_ERROR}}), RSP_OK);
  ASSERT_TRUE(map.find(other_key, &value));
  EXPECT_TRUE(value.is(ATOM_OK));
}

/// Each value is its place among the pairs.
void expect_map_of(const std::vector<TermPair>& pairs) {
  Term map;
  ASSERT_EQ(make_map(&map, pairs), RSP_OK);
  for (size_t i = 1; i < map.size(); ++i) {
    ASSERT_LT(compare_exact(map.keys()[i - 1], map.keys()[i]), 0);
  }
  size_t distinct = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    size_t last = i;
    bool is_first = true;
    for (size_t j = 0; j < pairs.size(); ++j) {
      if (!equal(pairs[j].key, pairs[i].key)) continue;
      if (j < i) is_first = false;
      last = std::max(last, j);
    }
    distinct += is_first ? 1 : 0;
    TermBits value = TermBits::nil();
    ASSERT_TRUE(map.find(pairs[i].key, &value));
    ASSERT_EQ(value.as_int(), static_cast<int64_t>(last));
  }
  ASSERT_EQ(map.size(), distinct);
}

TEST_F(TermTest, map_of_any_pairs_agrees_with_a_search_through_the_pairs) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Term> owned;
    std::vector<TermPair> pairs;
    const size_t size = random() % 200;  // below and above what is sorted on the stack
    for (size_t i = 0; i < size; ++i) {
      const auto number = static_cast<int64_t>(random() % 100);
      switch (random() % 3) {
        case 0:
          owned.push_back(Term::integer(number));
          break;
        case 1:
          owned.push_back(Term::real(static_cast<double>(number)));
          break;
        default:
          owned.push_back(text(std::to_string(number)));
      }
      pairs.push_back({owned.back(), TermBits::integer(static_cast<int64_t>(i))});
    }
    expect_map_of(pairs);
  }
}

TEST_F(TermTest, map_of_predefined_atoms_agrees_with_a_search_through_the_pairs) {
  const Atom atoms[] = {ATOM_SHUTDOWN, ATOM_OK,  ATOM_ERROR, ATOM_EXIT,
                        ATOM_REASON,   ATOM_PID, ATOM_KILL,  ATOM_TIMEOUT};
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<TermPair> pairs;
    const size_t size = random() % 70;  // below and above what is sorted by ranks
    for (size_t i = 0; i < size; ++i)
      pairs.push_back({atoms[random() % std::size(atoms)], TermBits::integer(static_cast<int64_t>(i))});
    expect_map_of(pairs);
  }
}

TEST_F(TermTest, shared_parts_count_each_time_and_the_sum_is_limited) {
  Term term = Term::integer(1);
  EXPECT_EQ(term.node_count(), 1u);
  for (unsigned level = 1; level <= 31; ++level) {
    ASSERT_EQ(make_tuple(&term, {term, term}), RSP_OK);
    EXPECT_EQ(term.node_count(), (uint64_t{1} << (level + 1)) - 1);
  }
  EXPECT_EQ(term.node_count(), MAX_TERM_NODES);
  const Term before = term;
  EXPECT_EQ(make_tuple(&term, {term}), RSP_ELIMIT);
  EXPECT_EQ(make_list(&term, {term, term}), RSP_ELIMIT);
  EXPECT_EQ(make_map(&term, {{ATOM_OK, term}}), RSP_ELIMIT);
  EXPECT_TRUE(term.is_same(before));
}

TEST_F(TermTest, only_bits_that_a_builder_makes_are_well_formed) {
  Term boxed = text("x");
  Term map;
  ASSERT_EQ(make_map(&map, {{ATOM_OK, boxed}}), RSP_OK);
  for (const Term& term :
       {Term(), Term::boolean(true), Term::integer(-1), Term::real(std::nan("")), Term(ATOM_PERMANENT),
        Term(Pid{1, 2, 3}), boxed, map, Term::empty(Kind::LIST), Term::empty(Kind::STRING)}) {
    EXPECT_TRUE(term.is_well_formed()) << term.meta() << ' ' << term.data();
    // Bits above the kind mean something in pids only.
    if (term.kind() != Kind::PID) {
      EXPECT_FALSE(TermBits::from_raw(term.meta() | 0x100, term.data()).is_well_formed());
    }
  }
  for (uint64_t kind = KINDS; kind < 256; ++kind) {
    EXPECT_FALSE(TermBits::from_raw(kind, 0).is_well_formed());
    EXPECT_FALSE(TermBits::from_raw(kind, boxed.data()).is_well_formed());
  }
  auto raw = [](Kind kind, uint64_t data) { return TermBits::from_raw(static_cast<uint64_t>(kind), data); };
  EXPECT_FALSE(raw(Kind::NIL, 1).is_well_formed());
  EXPECT_FALSE(raw(Kind::BOOL, 2).is_well_formed());
  EXPECT_FALSE(raw(Kind::FLOAT, 0xFFF8000000000123).is_well_formed());
  EXPECT_FALSE(raw(Kind::ATOM, ATOM_TRUE.id).is_well_formed());
  EXPECT_FALSE(raw(Kind::ATOM, MAX_ATOMS).is_well_formed());
  EXPECT_FALSE(raw(Kind::ATOM, (uint64_t{1} << 32) + ATOM_OK.id).is_well_formed());
  EXPECT_FALSE(raw(Kind::REF, 0).is_well_formed());
  EXPECT_FALSE(raw(Kind::TUPLE, boxed.data() + 8).is_well_formed());
  EXPECT_FALSE(raw(Kind::TUPLE, uint64_t{1} << 60).is_well_formed());
}

TEST_F(TermTest, shared_between_threads_is_freed_once_by_the_last) {
  for (int round = 0; round < 50; ++round) {
    Term shared = tuple({text("shared"), tuple({text("inner")})});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([mine = shared]() mutable {
        for (int i = 0; i < 500; ++i) {
          Term copy = mine;
          Term part = Term::share(copy.element(1));
          copy = Term();
          EXPECT_EQ(part.element(0).as_bytes(), "inner");
        }
      });
    }
    shared = Term();
    for (auto& thread : threads) thread.join();
    threads.clear();
    ASSERT_EQ(mem_live_blocks(), live_before());
  }
}

using TermDeathTest = TermTest;

TEST_F(TermDeathTest, reading_another_kind_is_a_broken_invariant) {
  EXPECT_DEATH((void)Term::integer(1).as_bool(), "kind");
  EXPECT_DEATH((void)Term(ATOM_OK).elements(), "kind");
  EXPECT_DEATH((void)Term(ATOM_OK).as_bytes(), "kind");
  EXPECT_DEATH((void)Term::empty(Kind::TUPLE).element(0), "index");
}

#ifdef RESPROUT_FAULT_INJECTION
TEST_F(TermTest, builders_refuse_and_leave_out_alone_when_memory_fails) {
  std::vector<TermPair> many;
  for (int i = 0; i < 100; ++i) many.push_back({TermBits::integer(-i), ATOM_OK});
  Term leaf = text("leaf");
  Term out = Term::integer(42);
  const auto each = [&](auto build) {
    const int failures = fail_each_allocation([&] {
      Term built = Term::integer(42);
      const rsp_result result = build(&built);
      if (result != RSP_OK) {
        EXPECT_EQ(built.as_int(), 42);
      }
      return result;
    });
    EXPECT_EQ(leaf.ref_count(), 1u);
    return failures;
  };
  EXPECT_EQ(each([&](Term* built) { return make_binary(built, "abc"); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_string(built, "abc"); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_text(built, "abc\xFF"); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_ref(built, Ref::local({1, 2}, 3)); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_tuple(built, {leaf, leaf}); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_list(built, {leaf, leaf}); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_map(built, {{leaf, leaf}}); }), 1);
  EXPECT_EQ(each([&](Term* built) { return make_map(built, many); }), 2);
  EXPECT_EQ(each([&](Term* built) { return make_list(built, {}); }), 0);
}
#endif

}  // namespace
}  // namespace rsp
