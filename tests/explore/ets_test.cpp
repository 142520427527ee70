// Tables: real deaths beside gifts, inheritances, deletions and readers, under every interleaving.
#include "core/proc/ets.hpp"

#include <gtest/gtest.h>

#include <new>

#include "core/env/sometimes.hpp"
#include "core/proc/ets_book.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
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
constexpr Atom NAME = ATOM_OK;

/// A call of a process by the calling thread. RSP_EXITING: it has ended.
template <class Body>
rsp_result in_call(Process& self, Body body) {
  sit_down(self);
  if (begin_call(&self) != RSP_OK) return RSP_EXITING;
  const rsp_result result = body();
  end_call(self);
  return result;
}

/// What is there for ever, slots, names and rings, no interleaving but the first would make. And an exploration that fails leaves
/// its tables, and perhaps the lock of the book: each has a book of its own.
void make_slots() {
  new (&ets_book) EtsBook;
  struct Two : Stage {
    Process& p = make_process();
    Process& q = make_process();
  };
  const ExploreResult once =
      test::explore_processes<Two>(test::no_deeper_than(0), {[](Two& s) {
                                     for (Process* const each : {&s.p, &s.q}) {
                                       RSP_CHECK(in_call(*each, [&] {
                                                   EtsOptions options;
                                                   if (each == &s.p) options.name = NAME;
                                                   Ref table;
                                                   return ets_new(*each, options, &table);
                                                 }) == RSP_OK);
                                     }
                                     stand_up(s.p);
                                     stand_up(s.q);
                                   }},
                                   [](Two&) {});
  ASSERT_TRUE(once.holds()) << once.failure;
}

template <class AnyScene>
ExploreResult explore_tables(std::initializer_list<void (*)(AnyScene&)> threads, void (*at_end)(AnyScene&)) {
  make_slots();
  return test::explore_processes<AnyScene>(bound(2), threads, at_end);
}

/// P has a table of a name, with a key in it; Q and R live.
struct Scene : Stage {
  explicit Scene(bool has_heir = false, EtsAccess access = EtsAccess::PROTECTED) {
    EtsOptions options;
    options.name = NAME;
    options.access = access;
    if (has_heir) options.heir = heir;
    RSP_CHECK(in_call(p, [&] {
                const rsp_result made = ets_new(p, options, &table);
                return made == RSP_OK ? ets_insert(p.id(), table, KEY, TermBits::integer(1)) : made;
              }) == RSP_OK);
  }
  ~Scene() {
    Term value;
    RSP_CHECK(ets_lookup(0, table, KEY, &value) == RSP_ENOTABLE);
    RSP_CHECK(ets_whereis(NAME).is_none());
  }

  /// The id of the owner; 0: the table is over.
  uint64_t owner() const {
    Term info;
    if (ets_info(table, &info) != RSP_OK) return 0;
    TermBits found;
    RSP_CHECK(info.find(ATOM_OWNER, &found));
    return found.as_pid().id;
  }

  Process& p = make_process();
  const Pid pid = p.pid();
  Process& q = make_process();
  const Pid heir = q.pid();
  Ref table;
  rsp_result result = RSP_OK;
};

struct Inherited : Scene {
  Inherited() : Scene(true) {}
};

template <class AnyScene>
void end_p(AnyScene& s) {
  stand_up(s.p);
}

template <class AnyScene>
void end_q(AnyScene& s) {
  stand_up(s.q);
}

/// Looks as who was told of a death does: nothing is a dead process's.
template <class AnyScene>
void observe(AnyScene& s) {
  const bool p_is_dead = is_dead(s.p, s.pid);
  const bool q_is_dead = is_dead(s.q, s.heir);
  const uint64_t owner = s.owner();
  if (p_is_dead) RSP_CHECK(owner != s.pid.id);
  if (q_is_dead) RSP_CHECK(owner != s.heir.id);
  if (p_is_dead && owner == 0) RSP_CHECK(ets_whereis(NAME).is_none());
}

ExploreResult an_end_beside_an_observer() {
  return explore_tables<Scene>({end_p<Scene>, observe<Scene>}, [](Scene& s) { end_q(s); });
}

// S-ETS-9
TEST(EtsExplored, whoever_finds_its_owner_dead_finds_the_table_gone) {
  EXPECT_TRUE(holds(an_end_beside_an_observer()));
}

TEST(EtsExplored, a_death_that_is_known_before_the_tables_are_gone_is_found) {
  PlantedBugScope bug("exit: tables passed on after the close");
  EXPECT_TRUE(finds("does not hold", an_end_beside_an_observer()));
}

// S-ETS-8, S-ETS-9: owner and heir end at the same time
TEST(EtsExplored, when_owner_and_heir_are_dead_nobody_has_the_table) {
  EXPECT_TRUE(holds(explore_tables<Inherited>({end_p<Inherited>, end_q<Inherited>, observe<Inherited>},
                                              [](Inherited&) {})));
  EXPECT_GT(sometimes_hits("a table would have gone to a process that is ending"), 0u);
}

void give_to_q(Scene& s) {
  s.result = in_call(s.p, [&] { return ets_give_away(s.p, s.table, s.heir, TermBits::nil()); });
  RSP_CHECK(s.result == RSP_OK || s.result == RSP_ENOPROC);
}

ExploreResult a_gift_beside_the_end_of_who_gets_it() {
  return explore_tables<Scene>({give_to_q, end_q<Scene>, observe<Scene>}, [](Scene& s) {
    // Refused, it is P's still; else it has gone along.
    RSP_CHECK(s.owner() == (s.result == RSP_OK ? 0 : s.pid.id));
    end_p(s);
  });
}

// S-ETS-7
TEST(EtsExplored, a_table_is_given_to_the_living_and_goes_along_with_who_ends_then) {
  EXPECT_TRUE(holds(a_gift_beside_the_end_of_who_gets_it()));
}

TEST(EtsExplored, a_gift_to_whoever_seems_to_be_alive_is_found) {
  PlantedBugScope bug("ets: given to whoever is alive");
  EXPECT_TRUE(finds("does not hold", a_gift_beside_the_end_of_who_gets_it()));
}

/// A reader is on the way while the table ends and its slot serves another one, in which the key has another value.
ExploreResult a_reader_beside_the_next_table_of_the_slot() {
  return explore_tables<Scene>(
      {[](Scene& s) {
         end_p(s);
         RSP_CHECK(in_call(s.q, [&] {
                     Ref next;
                     const rsp_result made = ets_new(s.q, EtsOptions{}, &next);
                     return made == RSP_OK ? ets_insert(s.q.id(), next, KEY, TermBits::integer(2)) : made;
                   }) == RSP_OK);
       },
       [](Scene& s) {
         Term value;
         const rsp_result read = ets_lookup(0, s.table, KEY, &value);
         RSP_CHECK(read == RSP_OK || read == RSP_ENOTABLE);
         if (read == RSP_OK) RSP_CHECK(value.is_same(TermBits::integer(1)));
       }},
      [](Scene& s) { end_q(s); });
}

// S-ETS-1
TEST(EtsExplored, a_reference_reads_its_own_table_or_none) {
  EXPECT_TRUE(holds(a_reader_beside_the_next_table_of_the_slot()));
  EXPECT_GT(sometimes_hits("a table ends while somebody is on the way into it"), 0u);
}

TEST(EtsExplored, a_shard_that_is_used_without_a_look_at_its_number_is_found) {
  PlantedBugScope bug("ets: a shard is used without a look at its number");
  EXPECT_TRUE(finds("does not hold", a_reader_beside_the_next_table_of_the_slot()));
}

/// The name of a table that ends is free for another one, and is never two tables'.
TEST(EtsExplored, a_name_is_free_when_its_owner_is_found_dead) {  // S-ETS-2
  EXPECT_TRUE(holds(explore_tables<Scene>({end_p<Scene>,
                                           [](Scene& s) {
                                             const bool dead = is_dead(s.p, s.pid);
                                             s.result = in_call(s.q, [&] {
                                               EtsOptions options;
                                               options.name = NAME;
                                               Ref next;
                                               return ets_new(s.q, options, &next);
                                             });
                                             RSP_CHECK(s.result == RSP_OK || s.result == RSP_ENAMETAKEN);
                                             if (dead) RSP_CHECK(s.result == RSP_OK);
                                           }},
                                          [](Scene& s) {
                                            RSP_CHECK(ets_whereis(NAME).is_none() == (s.result != RSP_OK));
                                            end_q(s);
                                          })));
}

/// A table into which code of Q writes from a section, whether Q has ended meanwhile or not.
struct Written : Scene {
  Written() : Scene(false, EtsAccess::PUBLIC) {}

  int64_t value() const {
    Term found;
    RSP_CHECK(ets_lookup(0, table, KEY, &found) == RSP_OK);
    return found.as_int();
  }
  int64_t seen = 0;  // by who knows that Q is dead
};

ExploreResult a_section_that_writes_beside_the_end_of_its_process() {
  return explore_tables<Written>({[](Written& s) {
                                    EtsCaller caller(s.heir.id);
                                    caller.in_section = true;
                                    s.result = ets_insert(caller, s.table, KEY, TermBits::integer(2));
                                    RSP_CHECK(s.result == RSP_OK || s.result == RSP_EXITING);
                                  },
                                  [](Written& s) {
                                    end_q(s);
                                    s.seen = s.value();
                                  }},
                                 [](Written& s) {
                                   RSP_CHECK(s.value() == s.seen);
                                   RSP_CHECK(s.seen == (s.result == RSP_OK ? 2 : 1));
                                   end_p(s);
                                 });
}

// S-ETS-3
TEST(EtsExplored, the_dead_write_nothing) {
  EXPECT_TRUE(holds(a_section_that_writes_beside_the_end_of_its_process()));
}

TEST(EtsExplored, a_call_for_the_dead_is_found) {
  PlantedBugScope bug("ets: a call for the dead");
  EXPECT_TRUE(finds("does not hold", a_section_that_writes_beside_the_end_of_its_process()));
}

/// P has given three tables to Q.
struct Gifts : Stage {
  Gifts() {
    for (Ref& table : tables) {
      RSP_CHECK(in_call(p, [&] {
                  const rsp_result made = ets_new(p, EtsOptions{}, &table);
                  return made == RSP_OK ? ets_give_away(p, table, q.pid(), TermBits::nil()) : made;
                }) == RSP_OK);
    }
  }

  Process& p = make_process();
  Process& q = make_process();
  Ref tables[3];
};

TEST(EtsExplored, what_a_process_was_given_goes_in_slices_too) {
  make_slots();
  const ExploreResult once = test::explore_processes<Gifts>(test::no_deeper_than(0), {[](Gifts& s) {
                                                              sit_down(s.q);
                                                              RSP_CHECK(!pass_on_tables(s.q, 2));
                                                              RSP_CHECK(pass_on_tables(s.q, 2));
                                                              stand_up(s.q);
                                                              stand_up(s.p);
                                                            }},
                                                            [](Gifts&) {});
  EXPECT_TRUE(once.holds()) << once.failure;
}

/// Q has passed one of its tables on, which is P's again, and still lives by its name.
ExploreResult a_gift_to_one_that_ends() {
  make_slots();
  return test::explore_processes<Gifts>(
      test::no_deeper_than(0), {[](Gifts& s) {
        sit_down(s.q);
        RSP_CHECK(!pass_on_tables(s.q, 1));
        RSP_CHECK(in_call(s.p, [&] {
                    Ref table;
                    const rsp_result made = ets_new(s.p, EtsOptions{}, &table);
                    if (made != RSP_OK) return made;
                    return ets_give_away(s.p, table, s.q.pid(), TermBits::nil());
                  }) == RSP_ENOPROC);
        RSP_CHECK(pass_on_tables(s.q, 3));
        stand_up(s.q);
        stand_up(s.p);
      }},
      [](Gifts&) {});
}

// S-ETS-7
TEST(EtsExplored, who_passes_its_tables_on_is_given_none) { EXPECT_TRUE(holds(a_gift_to_one_that_ends())); }

TEST(EtsExplored, a_gift_to_one_that_passes_its_tables_on_is_found) {
  PlantedBugScope bug("ets: given to one that passes its tables on");
  EXPECT_TRUE(finds("does not hold", a_gift_to_one_that_ends()));
}

/// A key that is compared behind the lock, twice.
struct LargeKeys : Scene {
  LargeKeys() {
    for (Term& key : keys) RSP_CHECK(make_tuple(&key, {KEY}) == RSP_OK);
    RSP_CHECK(in_call(p, [&] { return ets_insert(p.id(), table, keys[0], TermBits::integer(1)); }) == RSP_OK);
  }

  rsp_result look_up(TermBits key, int64_t* value) {
    Term found;
    const rsp_result read = ets_lookup(0, table, key, &found);
    if (read == RSP_OK) *value = found.as_int();
    return read;
  }

  Term keys[3];
};

// S-ETS-4
TEST(EtsExplored, a_large_key_that_is_replaced_while_it_is_compared_is_one_of_the_two) {
  EXPECT_TRUE(holds(explore_tables<LargeKeys>(
      {[](LargeKeys& s) {
         RSP_CHECK(in_call(s.p, [&] {
                     const rsp_result removed = ets_delete_key(s.p.id(), s.table, s.keys[1]);
                     if (removed != RSP_OK) return removed;
                     return ets_insert(s.p.id(), s.table, s.keys[1], TermBits::integer(2));
                   }) == RSP_OK);
       },
       [](LargeKeys& s) {
         int64_t value = 0;
         const rsp_result read = s.look_up(s.keys[2], &value);
         RSP_CHECK(read == RSP_EMISMATCH || (read == RSP_OK && (value == 1 || value == 2)));
       }},
      [](LargeKeys& s) {
        int64_t value = 0;
        RSP_CHECK(s.look_up(s.keys[2], &value) == RSP_OK && value == 2);
        end_p(s);
        end_q(s);
      })));
  EXPECT_GT(sometimes_hits("a large key is compared behind the lock"), 0u);
}

}  // namespace
}  // namespace rsp
