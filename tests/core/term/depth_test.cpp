// Terms nested a million deep, and wide ones: everything works on them in a small stack, in time proportional
// to their size, and without memory.
#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/sanitizers.hpp"
#include "core/term/compare.hpp"
#include "core/term/format.hpp"
#include "core/term/size.hpp"
#include "core/term/term.hpp"
#include "tests/core/term/balance.hpp"

namespace rsp {
namespace {

constexpr int LEVELS = 1000000;

class DepthTest : public Balanced {};

/// Runs the body on a thread with as little stack as a fiber has (the sanitizers' frames are larger).
void on_small_stack(std::function<void()> body) {
  constexpr size_t STACK_BYTES = (RSP_ASAN || RSP_TSAN ? 512ul : 64ul) * 1024;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
  pthread_t thread;
  auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &body), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

/// How one level wraps what is below it.
struct Shape {
  const char* name;
  rsp_result (*wrap)(Term* term);
};

const Shape SHAPES[] = {
    {"alone", [](Term* term) { return make_tuple(term, {*term}); }},
    {"first",
     [](Term* term) {
       return make_tuple(term, {*term, TermBits::integer(1), ATOM_OK});
     }},
    {"last",
     [](Term* term) {
       return make_list(term, {TermBits::integer(1), ATOM_OK, *term});
     }},
    {"middle",
     [](Term* term) {
       return make_list(term, {TermBits::integer(1), *term, ATOM_OK});
     }},
    {"key",
     [](Term* term) {
       return make_map(term, {{*term, TermBits::integer(1)}, {ATOM_OK, ATOM_OK}});
     }},
    {"value",
     [](Term* term) {
       return make_map(term, {{ATOM_OK, *term}, {ATOM_ERROR, ATOM_OK}});
     }},
};

Term nested(const Shape& shape, int levels, TermBits innermost) {
  Term term = Term::share(innermost);
  for (int i = 0; i < levels; ++i) EXPECT_EQ(shape.wrap(&term), RSP_OK);
  return term;
}

class Shapes : public DepthTest, public testing::WithParamInterface<Shape> {};

TEST_P(Shapes, deep_terms_are_compared_hashed_shown_and_freed) {
  on_small_stack([&] {
    const Term a = nested(GetParam(), LEVELS, TermBits::integer(1));
    const Term b = nested(GetParam(), LEVELS, TermBits::integer(1));
    const Term greater = nested(GetParam(), LEVELS, TermBits::integer(2));
#ifdef RESPROUT_FAULT_INJECTION
    mem_fail_from(1);  // none of these may want memory
#endif
    EXPECT_TRUE(equal(a, b));
    EXPECT_EQ(compare(a, b), 0);
    EXPECT_EQ(compare_exact(a, b), 0);
    EXPECT_EQ(hash(a), hash(b));
    EXPECT_FALSE(equal(a, greater));
    EXPECT_LT(compare(a, greater), 0);
    EXPECT_GT(compare_exact(greater, a), 0);
    EXPECT_NE(hash(a), hash(greater));

    char text[100];
    const size_t length = format(nullptr, 0, a);
    EXPECT_GT(length, FORMAT_DEPTH);
    EXPECT_LT(length, FORMAT_DEPTH * 100);
    EXPECT_EQ(format(text, sizeof text, a), length);
    EXPECT_EQ(format_bounded(text, sizeof text, a), sizeof text - 1);
#ifdef RESPROUT_FAULT_INJECTION
    EXPECT_EQ(mem_fail_never(), 0u);
#endif
  });
}

INSTANTIATE_TEST_SUITE_P(Depth, Shapes, testing::ValuesIn(SHAPES),
                         [](const auto& shape) { return std::string(shape.param.name); });

// The difference is decided by a later sibling on the way down, not at the bottom.
TEST_F(DepthTest, later_siblings_of_outer_levels_yield_to_a_difference_further_in) {
  const auto wrap = [](Term* term, int64_t later) {
    ASSERT_EQ(make_tuple(term, {*term, TermBits::integer(later)}), RSP_OK);
  };
  const auto chain = [&](int64_t innermost, int64_t inner_later, int64_t outer_later) {
    Term term = Term::integer(innermost);
    for (int i = 0; i < 1000; ++i) wrap(&term, i == 500 ? inner_later : i == 900 ? outer_later : 0);
    return term;
  };
  EXPECT_LT(compare(chain(1, 5, 5), chain(2, 4, 4)), 0);
  EXPECT_LT(compare(chain(1, 4, 5), chain(1, 5, 4)), 0);
  EXPECT_LT(compare(chain(1, 5, 4), chain(1, 5, 5)), 0);
  EXPECT_EQ(compare(chain(1, 5, 5), chain(1, 5, 5)), 0);
}

TEST_F(DepthTest, of_lists_of_unequal_length_the_common_part_decides_first) {
  Term deep = nested(SHAPES[0], 1000, TermBits::integer(1));
  Term deeper_value = nested(SHAPES[0], 1000, TermBits::integer(2));
  Term one;
  Term two;
  ASSERT_EQ(make_list(&one, {deeper_value}), RSP_OK);
  ASSERT_EQ(make_list(&two, {deep, ATOM_OK}), RSP_OK);
  EXPECT_GT(compare(one, two), 0);
  ASSERT_EQ(make_list(&one, {deep}), RSP_OK);
  EXPECT_LT(compare(one, two), 0);
}

TEST_F(DepthTest, balanced_tree_of_a_million_leaves_is_compared_and_freed) {
  on_small_stack([] {
    const auto tree = [](auto& self, int levels, int64_t& next, int64_t changed) -> Term {
      if (levels == 0) {
        const int64_t leaf = next++;
        return Term::integer(leaf == changed ? -1 : leaf);
      }
      const Term left = self(self, levels - 1, next, changed);
      const Term right = self(self, levels - 1, next, changed);
      Term both;
      EXPECT_EQ(make_tuple(&both, {left, right}), RSP_OK);
      return both;
    };
    const auto make = [&](int64_t changed) {
      int64_t next = 0;
      return tree(tree, 18, next, changed);
    };
    const Term a = make(-1);
    EXPECT_TRUE(equal(a, make(-1)));
    EXPECT_EQ(hash(a), hash(make(-1)));
    for (int64_t changed : {0, 77777, (1 << 18) - 1}) {
      const Term b = make(changed);
      EXPECT_FALSE(equal(a, b));
      EXPECT_GE(compare(a, b), 0);
      EXPECT_NE(hash(a), hash(b));
    }
  });
}

TEST_F(DepthTest, part_of_a_deep_term_survives_the_rest) {
  Term whole = nested(SHAPES[1], LEVELS, ATOM_OK);
  TermBits inner = whole;
  for (int i = 0; i < LEVELS / 2; ++i) inner = inner.element(0);
  Term kept = Term::share(inner);
  whole = Term();
  EXPECT_EQ(kept.ref_count(), 1u);
  EXPECT_EQ(kept.node_count(), uint64_t{3} * (LEVELS / 2) + 1);
}

TEST_F(DepthTest, shared_part_is_freed_when_its_last_holder_is) {
  Term shared;
  ASSERT_EQ(make_string(&shared, "shared"), RSP_OK);
  Term term = shared;
  for (int i = 0; i < 31; ++i) ASSERT_EQ(make_tuple(&term, {term, i == 0 ? TermBits(shared) : term}), RSP_OK);
  EXPECT_EQ(shared.ref_count(), 3u);
  term = Term();
  EXPECT_EQ(shared.ref_count(), 1u);
}

/// Of so many nodes as there may be, in as few blocks: a step for each path would take seconds, and there are hundreds here.
Term shared_tree(int64_t innermost, rsp_result (*wrap)(Term* term)) {
  Term term = Term::integer(innermost);
  while (wrap(&term) == RSP_OK) {
  }
  EXPECT_GT(term.node_count(), uint64_t{1} << 28);
  return term;
}

TEST_F(DepthTest, a_part_that_is_shared_is_compared_hashed_and_measured_once) {
  rsp_result (*const shapes[])(Term*) = {
      [](Term* term) {
        return make_tuple(term, {*term, *term});
      },
      [](Term* term) {
        Term list;
        const rsp_result made = make_list(&list, {*term});
        return made == RSP_OK ? make_tuple(term, {list, *term}) : made;
      },
      [](Term* term) {
        Term list;
        const rsp_result made = make_list(&list, {*term, ATOM_OK});
        return made == RSP_OK ? make_map(term, {{*term, list}, {ATOM_OK, *term}}) : made;
      },
  };
  on_small_stack([&] {
    for (auto* const wrap : shapes) {
      const Term a = shared_tree(1, wrap);
      const Term same = shared_tree(1, wrap);
      const Term greater = shared_tree(2, wrap);
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(equal(a, same));
        EXPECT_FALSE(equal(a, greater));
        EXPECT_EQ(compare(a, same), 0);
        EXPECT_EQ(compare_exact(a, same), 0);
        EXPECT_LT(compare(a, greater), 0);
        EXPECT_GT(compare_exact(greater, a), 0);
        EXPECT_EQ(hash(a), hash(same));
        EXPECT_NE(hash(a), hash(greater));
        EXPECT_GT(term_bytes(a, UINT64_MAX), uint64_t{1} << 32);
      }
    }
  });
}

// The memo of a walk forgets, and must not mix up what stands in the same row of it.
TEST_F(DepthTest, shared_parts_without_number_are_told_apart) {
  const auto layered = [](int64_t changed) {
    std::vector<Term> layer;
    for (int64_t i = 0; i < 200; ++i) layer.push_back(Term::integer(i == changed ? -1 : i));
    for (int level = 0; level < 2; ++level) {
      std::vector<Term> next;
      for (size_t i = 0; i < layer.size(); ++i) {
        std::vector<TermBits> row(layer.begin(), layer.end());
        row.push_back(TermBits::integer(static_cast<int64_t>(i)));
        next.emplace_back();
        EXPECT_EQ(make_tuple(&next.back(), std::span<const TermBits>(row)), RSP_OK);
      }
      layer.swap(next);
    }
    const std::vector<TermBits> some(layer.begin(), layer.begin() + 3);
    Term whole;
    EXPECT_EQ(make_list(&whole, std::span<const TermBits>(some)), RSP_OK);
    return whole;
  };
  const Term a = layered(-1);
  const Term same = layered(-1);
  EXPECT_TRUE(equal(a, same));
  EXPECT_EQ(hash(a), hash(same));
  EXPECT_EQ(compare(a, same), 0);
  EXPECT_EQ(term_bytes(a, UINT64_MAX), term_bytes(same, UINT64_MAX));
  for (int64_t changed : {0, 77, 199}) {
    const Term b = layered(changed);
    EXPECT_FALSE(equal(a, b));
    EXPECT_NE(hash(a), hash(b));
    EXPECT_GT(compare(a, b), 0);
    EXPECT_LT(compare_exact(b, a), 0);
  }
}

TEST_F(DepthTest, a_million_elements_are_one_block) {
  std::vector<TermBits> elements;
  for (int i = 0; i < LEVELS; ++i) elements.push_back(TermBits::integer(i));
  Term list;
  ASSERT_EQ(make_list(&list, elements), RSP_OK);
  EXPECT_EQ(mem_live_blocks(), live_before() + (mem_is_accounting() ? 1 : 0));
  EXPECT_EQ(list.element(LEVELS - 1).as_int(), LEVELS - 1);
  EXPECT_EQ(list.node_count(), uint64_t{LEVELS} + 1);
}

}  // namespace
}  // namespace rsp
