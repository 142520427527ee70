// Stores and holdings: real deaths beside lookups, insertions and closes, under every interleaving.
#include "core/proc/keyed.hpp"

#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::ExploreOptions;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::is_dead;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;
using test::stand_up;

constexpr Atom KEY = ATOM_ERROR;
const Pid NO_PID{};

/// Each exploration has one of its own, since one that failed leaves its store open.
Atom g_name = ATOM_OK;

KeyedStore& the_store() { return *keyed_store(g_name); }

/// A call of a process by the calling thread. False: it has ended.
template <class Body>
bool in_call(Process& self, Body body) {
  sit_down(self);
  if (begin_call(&self) != RSP_OK) return false;
  body();
  end_call(self);
  return true;
}

/// A keeper with a store, P and Q.
struct Kept : Stage {
  Kept() {
    RSP_CHECK(open(keeper, true) == RSP_OK);
    RSP_CHECK(keeper_of(the_store()) == keeper_pid);
  }
  ~Kept() { RSP_CHECK(keeper_of(the_store()) == NO_PID); }

  rsp_result open(Process& self, bool unique) {
    rsp_result result = RSP_EXITING;
    in_call(self, [&] {
      Pid holder;
      result = open_keyed(self, g_name, unique, Term::empty(Kind::LIST), &holder);
      if (result == RSP_ENAMETAKEN) RSP_CHECK(holder == keeper_pid);
    });
    return result;
  }

  rsp_result insert(Process& self, Pid* holder) {
    rsp_result result = RSP_EXITING;
    in_call(self, [&] {
      const TermBits value = TermBits::integer(1);
      result = insert_keyed(self, the_store(), keeper_pid, KEY, value, nullptr, holder);
    });
    return result;
  }

  Pid owner() {
    Pid found;
    const rsp_result result = find_owner(the_store(), KEY, &found);
    RSP_CHECK(result == RSP_OK || result == RSP_ENONAME);
    return found;
  }

  uint64_t count() {
    uint64_t found = 0;
    (void)!count_keyed(the_store(), &found);
    return found;
  }

  Process& keeper = make_process();
  const Pid keeper_pid = keeper.pid();
  Process& p = make_process();
  const Pid pid = p.pid();
  Process& q = make_process();
  const Pid other = q.pid();
  rsp_result results[2] = {};
};

/// The first opening of a store makes it, which no later interleaving would do again.
void make_store() {
  g_name = Atom{g_name.id + 1};
  struct Opened : Stage {
    Process& keeper = make_process();
  };
  const ExploreResult once = test::explore_processes<Opened>(
      test::no_deeper_than(0), {[](Opened& s) {
        in_call(s.keeper, [&] {
          Pid holder;
          RSP_CHECK(open_keyed(s.keeper, g_name, true, Term::empty(Kind::LIST), &holder) == RSP_OK);
        });
        stand_up(s.keeper);
      }},
      [](Opened&) {});
  ASSERT_TRUE(once.holds()) << once.failure;
}

template <class Scene>
ExploreResult explore_stores(const ExploreOptions& options, std::initializer_list<void (*)(Scene&)> threads,
                             void (*at_end)(Scene&)) {
  make_store();
  return test::explore_processes<Scene>(options, threads, at_end);
}

template <class Scene>
void end_p(Scene& s) {
  stand_up(s.p);
}

template <class Scene>
void end_keeper(Scene& s) {
  stand_up(s.keeper);
}

template <class Scene>
void insert_p(Scene& s) {
  Pid holder;
  s.results[0] = s.insert(s.p, &holder);
  if (s.results[0] == RSP_ENAMETAKEN) RSP_CHECK(holder == s.other);
}

template <class Scene>
void insert_q(Scene& s) {
  Pid holder;
  s.results[1] = s.insert(s.q, &holder);
  if (s.results[1] == RSP_ENAMETAKEN) RSP_CHECK(holder == s.pid);
}

TEST(KeyedExplored, of_two_that_put_in_under_one_key_one_does) {
  EXPECT_TRUE(holds(explore_stores<Kept>(bound(3), {insert_p<Kept>, insert_q<Kept>}, [](Kept& s) {
    const bool p_has_it = s.results[0] == RSP_OK;
    RSP_CHECK(p_has_it != (s.results[1] == RSP_OK));
    RSP_CHECK(s.results[p_has_it ? 1 : 0] == RSP_ENAMETAKEN);
    RSP_CHECK(s.owner() == (p_has_it ? s.pid : s.other));
    RSP_CHECK(s.count() == 1);
    stand_up(p_has_it ? s.p : s.q);
    RSP_CHECK(s.owner() == NO_PID);
    stand_up(p_has_it ? s.q : s.p);
    stand_up(s.keeper);
  })));
}

/// P has the key.
struct Owned : Kept {
  Owned() {
    Pid holder;
    RSP_CHECK(insert(p, &holder) == RSP_OK);
  }
};

/// As who was told of the death does: the key must be free.
void succeed(Owned& s) {
  const bool dead = is_dead(s.p, s.pid);
  insert_q(s);
  RSP_CHECK(s.results[1] == RSP_OK || s.results[1] == RSP_ENAMETAKEN);
  if (dead) RSP_CHECK(s.results[1] == RSP_OK);
}

void observe(Owned& s) {
  const bool dead = is_dead(s.p, s.pid);
  const Pid seen = s.owner();
  RSP_CHECK(seen == NO_PID || seen == s.pid || seen == s.other);
  if (dead) RSP_CHECK(seen != s.pid);
}

ExploreResult exit_beside_a_successor() {
  return explore_stores<Owned>(bound(2), {end_p<Owned>, succeed, observe}, [](Owned& s) {
    RSP_CHECK(s.owner() == (s.results[1] == RSP_OK ? s.other : NO_PID));
    RSP_CHECK(s.count() == (s.results[1] == RSP_OK ? 1 : 0));
    stand_up(s.q);
    RSP_CHECK(s.count() == 0);
    stand_up(s.keeper);
  });
}

// S-REG-5
TEST(KeyedExplored, whoever_finds_its_owner_dead_finds_the_key_free) {
  EXPECT_TRUE(holds(exit_beside_a_successor()));
}

TEST(KeyedExplored, a_death_that_is_known_before_the_keys_are_free_is_found) {
  PlantedBugScope bug("exit: holdings released after the close");
  EXPECT_TRUE(finds("does not hold", exit_beside_a_successor()));
}

/// An entry is put in while the store closes; then another process opens it.
ExploreResult insertion_beside_the_close() {
  return explore_stores<Kept>(bound(3), {end_keeper<Kept>, insert_p<Kept>}, [](Kept& s) {
    RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENONAME);
    RSP_CHECK(s.open(s.q, true) == RSP_OK);
    RSP_CHECK(s.count() == 0);
    RSP_CHECK(s.owner() == NO_PID);
    stand_up(s.p);
    RSP_CHECK(s.count() == 0);
    stand_up(s.q);
  });
}

TEST(KeyedExplored, a_store_that_closes_forgets_what_comes_at_that_moment) {
  EXPECT_TRUE(holds(insertion_beside_the_close()));
  EXPECT_GT(sometimes_hits("a store closes while an entry is put in"), 0u);
}

TEST(KeyedExplored, an_entry_put_in_without_a_look_at_the_opening_is_found) {
  PlantedBugScope bug("keyed: put in without a look at the opening");
  EXPECT_TRUE(finds("does not hold", insertion_beside_the_close()));
}

/// The keeper and an owner end, and a new keeper opens the store as soon as the old one is dead.
struct Reopened : Owned {
  void reopen() {
    const bool dead = is_dead(keeper, keeper_pid);
    results[1] = open(q, true);
    RSP_CHECK(results[1] == RSP_OK || results[1] == RSP_ENAMETAKEN);
    if (dead) RSP_CHECK(results[1] == RSP_OK);
    // Nothing of the former opening is in this one.
    if (results[1] == RSP_OK) RSP_CHECK(owner() == NO_PID);
  }
};

ExploreResult a_new_keeper_beside_two_ends() {
  return explore_stores<Reopened>(
      bound(2), {end_keeper<Reopened>, [](Reopened& s) { s.reopen(); }, end_p<Reopened>}, [](Reopened& s) {
        if (s.results[1] != RSP_OK) RSP_CHECK(s.open(s.q, true) == RSP_OK);
        RSP_CHECK(s.count() == 0);
        stand_up(s.q);
      });
}

// S-REG-9
TEST(KeyedExplored, whoever_finds_a_keeper_dead_can_open_its_store_and_finds_it_empty) {
  EXPECT_TRUE(holds(a_new_keeper_beside_two_ends()));
}

TEST(KeyedExplored, an_entry_of_a_former_opening_that_is_taken_out_is_found) {
  PlantedBugScope bug("keyed: an entry of a former opening is taken out");
  EXPECT_TRUE(finds("crashed", a_new_keeper_beside_two_ends()));
}

}  // namespace
}  // namespace rsp
