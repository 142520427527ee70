// Links, the real code, under every interleaving of what the two ends do: link, unlink and end, in each order. In the end
// both have the link or neither, nothing comes through a link that was given up, and who links to one that ends hears of
// that (core/proc/link.hpp; docs/semantics.md, S-LINK).
#include "core/proc/link.hpp"

#include <gtest/gtest.h>

#include "core/env/sometimes.hpp"
#include "core/proc/exit.hpp"
#include "core/proc/inbox.hpp"
#include "tests/explore/processes.hpp"

namespace rsp {
namespace {

using env::control::sometimes_hits;
using test::bound;
using test::explore_processes;
using test::ExploreResult;
using test::finds;
using test::holds;
using test::is_dead;
using test::make_process;
using test::PlantedBugScope;
using test::sit_down;
using test::Stage;

/// A process that traps exits, inside a call, and what its thread has done.
struct End {
  Process& self = make_process();
  const Pid pid = self.pid();
  Pid peer{};
  uint32_t links = 0;
  uint32_t unlinks = 0;
  bool was_linked = false;  // before it did anything
  bool is_silent = false;   // it has unlinked, and not linked since
  uint32_t heard = 0;       // of exits(ATOM_SHUTDOWN), when it unlinked

  bool lives() const { return !is_dead(self, pid); }

  /// Exits of the peer in its inbox: `shutdown` through a link, `noproc` of one that was asked for too late.
  uint32_t exits(Atom reason) const {
    uint32_t count = 0;
    for (const Envelope* message = self.inbox_first; message != nullptr;
         message = static_cast<const Envelope*>(message->next)) {
      RSP_CHECK(message->kind == EnvelopeKind::EXIT && message->from == peer.id);
      RSP_CHECK(message->term.is(ATOM_SHUTDOWN) || message->term.is(ATOM_NOPROC));
      if (message->term.is(reason)) ++count;
    }
    return count;
  }
  uint32_t exits() const { return exits(ATOM_SHUTDOWN) + exits(ATOM_NOPROC); }

  void link_to_peer() {
    RSP_CHECK(link(self, peer) == RSP_OK);
    is_silent = false;
    ++links;
  }

  void unlink_from_peer() {
    RSP_CHECK(unlink(self, peer) == RSP_OK);
    heard = exits(ATOM_SHUTDOWN);
    is_silent = true;
    ++unlinks;
  }

  void end() {
    sit_down(self);
    condemn(self, Term(ATOM_SHUTDOWN));
    end_attached(self);
  }
};

using Act = void (*)(End&);

/// What the two threads of an exploration do.
Act g_acts[2];

struct Pair : Stage {
  Pair() {
    a.peer = b.pid;
    b.peer = a.pid;
    for (End* const end : {&a, &b}) {
      sit_down(end->self);
      RSP_CHECK(enter(end->self) == RSP_OK);
      trap_exit(end->self, true);
    }
  }

  template <size_t INDEX>
  static void act(Pair& s) {
    End& mine = INDEX == 0 ? s.a : s.b;
    sit_down(mine.self);
    g_acts[INDEX](mine);
  }

  /// What is under way arrives: a LINK or an UNLINK, and its acknowledgement.
  void settle() {
    for (int round = 0; round < 3; ++round) {
      for (End* const end : {&a, &b}) {
        if (end->lives()) RSP_CHECK(checkpoint(end->self));
      }
    }
  }

  static void check_alone(const End& left, const End& gone) {
    RSP_CHECK(left.self.edges.size() == 0);
    if (left.is_silent && gone.links == 0) RSP_CHECK(left.exits(ATOM_SHUTDOWN) == left.heard);
    const bool has_asked = left.links != 0 || left.was_linked;
    if (has_asked && !left.is_silent && gone.unlinks == 0) RSP_CHECK(left.exits() >= 1);
    RSP_CHECK(left.exits() <= left.links + gone.links + (left.was_linked ? 1 : 0));
  }

  void check() {
    settle();
    if (a.lives() && b.lives()) {
      RSP_CHECK(is_linked(a.self, b.pid) == is_linked(b.self, a.pid));
      const uint32_t records = is_linked(a.self, b.pid) ? 1 : 0;
      RSP_CHECK(a.self.edges.size() == records);
      RSP_CHECK(b.self.edges.size() == records);
      RSP_CHECK(a.exits() == 0);
      RSP_CHECK(b.exits() == 0);
    } else if (a.lives()) {
      check_alone(a, b);
    } else if (b.lives()) {
      check_alone(b, a);
    }
    for (End* const end : {&a, &b}) {
      if (end->lives()) end->end();
    }
    for (End* const end : {&a, &b}) test::stand_up(end->self);
  }

  End a;
  End b;
};

struct LinkedPair : Pair {
  LinkedPair() {
    sit_down(a.self);
    RSP_CHECK(link(a.self, b.pid) == RSP_OK);
    sit_down(b.self);
    RSP_CHECK(checkpoint(b.self));
    RSP_CHECK(is_linked(a.self, b.pid) && is_linked(b.self, a.pid));
    a.was_linked = b.was_linked = true;
  }
};

// ---- What an end does -----------------------------------------------------------------------------------

void does_nothing(End&) {}
void links(End& mine) { mine.link_to_peer(); }
void unlinks(End& mine) { mine.unlink_from_peer(); }
void ends(End& mine) { mine.end(); }

void links_and_unlinks(End& mine) {
  mine.link_to_peer();
  mine.unlink_from_peer();
}

void unlinks_and_links(End& mine) {
  mine.unlink_from_peer();
  mine.link_to_peer();
}

void unlinks_links_and_unlinks(End& mine) {
  unlinks_and_links(mine);
  mine.unlink_from_peer();
}

void looks_and_links(End& mine) {
  (void)checkpoint(mine.self);
  mine.link_to_peer();
  (void)checkpoint(mine.self);
}

void looks_and_unlinks(End& mine) {
  (void)checkpoint(mine.self);
  mine.unlink_from_peer();
  (void)checkpoint(mine.self);
}

void links_and_ends(End& mine) {
  mine.link_to_peer();
  mine.end();
}

void unlinks_and_ends(End& mine) {
  mine.unlink_from_peer();
  mine.end();
}

constexpr Act LIVING[] = {links,           unlinks,          links_and_unlinks, unlinks_and_links,
                          looks_and_links, looks_and_unlinks};
constexpr Act ENDING[] = {ends, links_and_ends, unlinks_and_ends};

template <class Scene>
ExploreResult between(Act a, Act b) {
  g_acts[0] = a;
  g_acts[1] = b;
  return explore_processes<Scene>(bound(3),
                                  {[](Scene& s) { Pair::act<0>(s); }, [](Scene& s) { Pair::act<1>(s); }},
                                  [](Scene& s) { s.check(); });
}

// S-LINK-1, S-LINK-8, S-LINK-9
TEST(LinkExplored, both_ends_have_it_or_neither) {
  for (const Act a : LIVING) {
    for (const Act b : LIVING) {
      EXPECT_TRUE(holds(between<Pair>(a, b)));
      EXPECT_TRUE(holds(between<LinkedPair>(a, b)));
    }
  }
  EXPECT_TRUE(holds(between<LinkedPair>(unlinks_links_and_unlinks, looks_and_links)));
  EXPECT_TRUE(holds(between<LinkedPair>(does_nothing, unlinks)));
}

// S-LINK-2, S-LINK-6
TEST(LinkExplored, nothing_comes_through_one_that_was_given_up_and_an_end_through_any_other) {
  for (const Act a : LIVING) {
    for (const Act b : ENDING) {
      EXPECT_TRUE(holds(between<Pair>(a, b)));
      EXPECT_TRUE(holds(between<LinkedPair>(a, b)));
    }
  }
  EXPECT_TRUE(holds(between<LinkedPair>(does_nothing, ends)));
  EXPECT_GT(sometimes_hits("exit signal crossed an unlink"), 0u);
}

TEST(LinkExplored, two_that_end_leave_nothing) {
  for (const Act a : ENDING) {
    for (const Act b : ENDING) {
      EXPECT_TRUE(holds(between<Pair>(a, b)));
      EXPECT_TRUE(holds(between<LinkedPair>(a, b)));
    }
  }
}

// ---- Who does not trap exits ------------------------------------------------------------------------------

/// One links to another that ends.
struct Untrapped : Pair {
  Untrapped() { trap_exit(a.self, false); }

  static void link_it(Untrapped& s) {
    sit_down(s.a.self);
    s.result = link(s.a.self, s.b.pid);
  }
  static void end_it(Untrapped& s) { s.b.end(); }

  void check() {
    const bool lives = checkpoint(a.self);
    // It failed, or the link has ended it: one of the two.
    RSP_CHECK(result == (lives ? RSP_ENOPROC : RSP_OK));
    RSP_CHECK(a.self.edges.size() == 0);
    if (!lives) RSP_CHECK(a.self.reason.is(ATOM_SHUTDOWN));
    sit_down(a.self);
    condemn(a.self, Term(ATOM_SHUTDOWN));
    end_attached(a.self);
    for (End* const end : {&a, &b}) test::stand_up(end->self);
  }

  rsp_result result = RSP_OK;
};

// S-LINK-3
TEST(LinkExplored, who_does_not_trap_exits_fails_to_link_or_ends_with_the_other) {
  EXPECT_TRUE(holds(explore_processes<Untrapped>(bound(3), {&Untrapped::link_it, &Untrapped::end_it},
                                                 [](Untrapped& s) { s.check(); })));
}

// ---- mistakes -------------------------------------------------------------------------------------------

TEST(LinkExplored, an_unlink_that_is_acknowledged_by_any_number_is_found) {
  PlantedBugScope bug("signal: an unlink is acknowledged by any number");
  EXPECT_TRUE(finds("is_linked(a.self", between<LinkedPair>(unlinks_links_and_unlinks, looks_and_links)));
}

TEST(LinkExplored, unlinks_that_cross_and_are_not_acknowledged_are_found) {
  PlantedBugScope bug("signal: an unlink without a link is not acknowledged");
  EXPECT_TRUE(finds("edges.size() == records", between<LinkedPair>(unlinks, unlinks)));
}

TEST(LinkExplored, an_exit_through_a_link_that_was_given_up_is_found) {
  PlantedBugScope bug("signal: a link that was given up tells of the end");
  EXPECT_TRUE(finds("left.exits(ATOM_SHUTDOWN) == left.heard", between<LinkedPair>(unlinks, ends)));
}

TEST(LinkExplored, a_link_with_the_dead_that_is_kept_when_it_is_given_up_is_found) {
  PlantedBugScope bug("link: given up with the dead, and kept");
  EXPECT_TRUE(finds("left.self.edges.size() == 0", between<LinkedPair>(unlinks, unlinks_and_ends)));
}

}  // namespace
}  // namespace rsp
