// Names: the real registry and real deaths, under every interleaving of registrars, observers and the exit of
// the process that has the name or is just getting it. tests/loom/tests/names.rs has the same protocol under
// the C11 memory orders.
#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/registry.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::ExploreResult;
using test::finds;
using test::FreeSlots;
using test::holds;
using test::is_dead;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;
using test::stand_up;

constexpr Atom NAME = ATOM_OK;
constexpr Atom OTHER_NAME = ATOM_ERROR;
const Pid NO_PID{};

/// An exploration that failed leaves names behind.
template <class Scene>
ExploreResult explore_names(const test::ExploreOptions& options,
                            std::initializer_list<void (*)(Scene&)> threads, void (*at_end)(Scene&),
                            FreeSlots free_slots = FreeSlots::SOME) {
  for (const Atom name : {NAME, OTHER_NAME}) atom_holder(name).store(0, env::RELAXED);
  return test::explore_processes<Scene>(options, threads, at_end, free_slots);
}

/// A process that may end, and one that does not. Everything a registrar may answer is RSP_OK or the one
/// other answer of its scene.
struct Names : Stage {
  ~Names() {
    // Whatever happened, nothing of it outlives the processes.
    RSP_CHECK(whereis(NAME) == NO_PID);
    RSP_CHECK(atom_holder(NAME).load(env::RELAXED) == 0);
    RSP_CHECK(atom_holder(OTHER_NAME).load(env::RELAXED) == 0);
  }

  void end_p() {
    sit_down(p);
    stand_up(p);
  }

  /// For the last check, which ends what is left.
  void end_all(bool p_has_ended) {
    if (!p_has_ended) end_p();
    stand_up(q);
  }

  Process& p = make_process();
  const Pid pid = p.pid();
  Process& q = make_process();
  const Pid other = q.pid();
  rsp_result results[2] = {};
};

template <int THREAD>
void register_p(Names& s) {
  s.results[THREAD] = register_name(NAME, s.pid);
}

template <int THREAD>
void register_q(Names& s) {
  Pid holder;
  s.results[THREAD] = register_name(NAME, s.other, &holder);
  if (s.results[THREAD] == RSP_ENAMETAKEN) RSP_CHECK(holder == s.pid);
}

template <int THREAD>
void give_up_name(Names& s) {
  s.results[THREAD] = unregister_name(NAME);
}

void end_p(Names& s) { s.end_p(); }

TEST(NamesExplored, of_two_registrars_for_two_processes_one_gets_the_name) {
  EXPECT_TRUE(holds(explore_names<Names>(bound(6), {register_p<0>, register_q<1>}, [](Names& s) {
    const bool p_has_it = s.results[0] == RSP_OK;
    RSP_CHECK(p_has_it != (s.results[1] == RSP_OK));
    RSP_CHECK(s.results[p_has_it ? 1 : 0] == RSP_ENAMETAKEN);
    RSP_CHECK(whereis(NAME) == (p_has_it ? s.pid : s.other));
    // The other one is free to have another name.
    RSP_CHECK(register_name(OTHER_NAME, p_has_it ? s.other : s.pid) == RSP_OK);
    s.end_all(false);
  })));
}

TEST(NamesExplored, of_two_names_for_one_process_it_gets_one) {
  EXPECT_TRUE(holds(explore_names<Names>(
      bound(6), {register_p<0>, [](Names& s) { s.results[1] = register_name(OTHER_NAME, s.pid); }},
      [](Names& s) {
        const bool first = s.results[0] == RSP_OK;
        RSP_CHECK(first != (s.results[1] == RSP_OK));
        RSP_CHECK(s.results[first ? 1 : 0] == RSP_EHASNAME);
        RSP_CHECK(name_of(s.p) == (first ? NAME : OTHER_NAME));
        RSP_CHECK(whereis(first ? OTHER_NAME : NAME) == NO_PID);
        s.end_all(false);
      })));
}

/// P has the name.
struct Held : Names {
  Held() { RSP_CHECK(register_name(NAME, pid) == RSP_OK); }
};

/// As who was told of the death does: its name must be free.
void succeed(Held& s) {
  const bool dead = is_dead(s.p, s.pid);
  s.results[0] = register_name(NAME, s.other);
  if (dead) RSP_CHECK(s.results[0] == RSP_OK);
  RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENAMETAKEN);
  if (s.results[0] == RSP_OK) RSP_CHECK(whereis(NAME) == s.other);
}

/// Before the death the name is P's, then nobody's or its successor's.
void observe(Held& s) {
  const bool dead = is_dead(s.p, s.pid);
  const Pid seen = whereis(NAME);
  RSP_CHECK(seen == NO_PID || seen == s.pid || seen == s.other);
  if (dead) RSP_CHECK(seen != s.pid);
}

ExploreResult exit_beside_a_successor() {
  return explore_names<Held>(bound(3), {[](Held& s) { s.end_p(); }, succeed, observe}, [](Held& s) {
    RSP_CHECK(whereis(NAME) == (s.results[0] == RSP_OK ? s.other : NO_PID));
    if (s.results[0] != RSP_OK) RSP_CHECK(register_name(NAME, s.other) == RSP_OK);
    s.end_all(true);
  });
}

TEST(NamesExplored, whoever_finds_its_holder_dead_finds_the_name_free) {
  EXPECT_TRUE(holds(exit_beside_a_successor()));
}

TEST(NamesExplored, a_death_that_is_known_before_the_name_is_free_is_found) {
  PlantedBugScope bug("exit: name released after the close");
  EXPECT_TRUE(finds("does not hold", exit_beside_a_successor()));
}

ExploreResult registration_beside_the_exit() {
  return explore_names<Names>(bound(4), {end_p, register_p<0>, register_q<1>}, [](Names& s) {
    RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENOPROC || s.results[0] == RSP_ENAMETAKEN);
    RSP_CHECK(whereis(NAME) == (s.results[1] == RSP_OK ? s.other : NO_PID));
    if (s.results[1] != RSP_OK) RSP_CHECK(register_name(NAME, s.other) == RSP_OK);
    s.end_all(true);
  });
}

TEST(NamesExplored, a_process_that_ends_while_it_gets_a_name_leaves_it_free) {
  EXPECT_TRUE(holds(registration_beside_the_exit()));
  EXPECT_GT(sometimes_hits("process ended while its name was registered"), 0u);
}

TEST(NamesExplored, a_registrar_that_does_not_compare_at_last_is_found) {
  PlantedBugScope bug("registry: register without the last compare");
  EXPECT_TRUE(finds("does not hold", registration_beside_the_exit()));
}

/// With nobody who comes after them.
ExploreResult exit_alone_with_its_registrar() {
  return explore_names<Names>(bound(6), {end_p, register_p<0>}, [](Names& s) {
    RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENOPROC);
    s.end_all(true);
  });
}

TEST(NamesExplored, an_entry_does_not_outlive_its_process) {
  EXPECT_TRUE(holds(exit_alone_with_its_registrar()));
}

TEST(NamesExplored, an_exit_that_looks_and_then_stores_is_found) {
  PlantedBugScope bug("registry: exit looks, then stores");
  EXPECT_TRUE(finds("atom_holder(NAME)", exit_alone_with_its_registrar()));
}

TEST(NamesExplored, of_two_that_take_a_name_away_one_does) {
  EXPECT_TRUE(holds(explore_names<Held>(
      bound(6), {[](Held& s) { give_up_name<0>(s); }, [](Held& s) { give_up_name<1>(s); }}, [](Held& s) {
        RSP_CHECK((s.results[0] == RSP_OK) != (s.results[1] == RSP_OK));
        RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENONAME);
        RSP_CHECK(whereis(NAME) == NO_PID);
        RSP_CHECK(register_name(NAME, s.pid) == RSP_OK);
        s.end_all(false);
      })));
}

ExploreResult unregister_beside_exit_and_successor() {
  return explore_names<Held>(
      bound(3),
      {[](Held& s) { s.end_p(); }, [](Held& s) { give_up_name<0>(s); }, [](Held& s) { register_q<1>(s); }},
      [](Held& s) {
        RSP_CHECK(s.results[0] == RSP_OK || s.results[0] == RSP_ENONAME);
        // The name that is given up may be the successor's already. Table and process agree.
        RSP_CHECK((whereis(NAME) == s.other) == (name_of(s.q) == NAME));
        RSP_CHECK(whereis(NAME) == s.other || whereis(NAME) == NO_PID);
        if (name_of(s.q) == Atom{0}) RSP_CHECK(register_name(NAME, s.other) == RSP_OK);
        s.end_all(true);
      });
}

TEST(NamesExplored, table_and_process_agree_after_a_name_was_taken_away_from_the_dying) {
  EXPECT_TRUE(holds(unregister_beside_exit_and_successor()));
}

/// The slot of P goes to another process, which takes another name, while somebody still registers P.
struct Reused : Names {
  void end_and_reuse() {
    end_p();
    next = &make_process();
    RSP_CHECK(next == &p);
    RSP_CHECK(register_name(OTHER_NAME, next->pid()) == RSP_OK);
  }

  Process* next = nullptr;
};

ExploreResult registration_beside_a_reuse() {
  return explore_names<Reused>(
      bound(4),
      {[](Reused& s) { s.end_and_reuse(); }, [](Reused& s) { register_p<0>(s); },
       [](Reused& s) { RSP_CHECK(whereis(OTHER_NAME) != s.pid); }},
      [](Reused& s) {
        RSP_CHECK(whereis(NAME) == NO_PID);
        RSP_CHECK(whereis(OTHER_NAME) == s.next->pid());
        stand_up(*s.next);
        s.end_all(true);
      },
      FreeSlots::NONE);
}

TEST(NamesExplored, a_registrar_that_is_late_does_not_name_the_next_process_of_the_slot) {
  EXPECT_TRUE(holds(registration_beside_a_reuse()));
}

TEST(NamesExplored, a_name_word_without_the_serial_is_found) {
  PlantedBugScope bug("registry: name word without the serial");
  EXPECT_TRUE(finds("does not hold", registration_beside_a_reuse()));
}

}  // namespace
}  // namespace rsp
