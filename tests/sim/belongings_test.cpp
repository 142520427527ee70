// What belongs to processes that are killed: tables, memberships, handlers of events. Several make, give away, join and
// leave at random; who has heard of an end finds nothing of the dead one.
#include <gtest/gtest.h>

#include <vector>

#include "core/env/random.hpp"
#include "core/env/thread.hpp"
#include "core/mem/alloc.hpp"
#include "resprout/event.h"
#include "tests/capi/support.hpp"
#include "tests/sim/society_words.hpp"
#include "tests/support/account.hpp"
#include "tests/support/forked_runs.hpp"

namespace {

using namespace capi_test;
using society::number_of;
using society::pass_time;

constexpr uint32_t MEMBERS = 4;
constexpr uint32_t SUPERVISORS = 2;
constexpr uint32_t ROUNDS = 10;

uint32_t below(uint32_t bound) { return static_cast<uint32_t>(rsp::env::random_u64() % bound); }

/// A member that has ended by itself is dead, and may be told so in the middle of a deed.
void allowed(rsp_result result, std::initializer_list<rsp_result> others = {}) {
  bool is_allowed = result == RSP_OK || result == RSP_EXITING;
  for (const rsp_result other : others) is_allowed = is_allowed || result == other;
  EXPECT_TRUE(is_allowed) << rsp_result_name(result);
}

/// A table, as all know it. One OS thread runs at a time.
struct Table {
  rsp_ref ref = {};
  bool has_heir = false;
  bool is_deleted = false;
  uint32_t inherited = 0;  // how often the heir was told
};

struct World;

struct Member {
  World* world = nullptr;
  rsp_pid pid = NO_PID;
  bool is_dead = false;
};

/// A thread that has a handler of its own.
struct Supervisor {
  World* world = nullptr;
  rsp::env::Thread thread;
  rsp_pid pid = NO_PID;
  int64_t number = 0;
  bool has_asked = false;    // for a link
  bool was_deleted = false;  // its handler
  bool was_killed = false;
  uint32_t exits = 0;
};

struct World {
  rsp_atom scope = atom("belongings");
  rsp_pid me = NO_PID;
  rsp_pid heir = NO_PID;
  rsp_pid manager = NO_PID;
  rsp_ref shared = {};
  std::vector<Table> tables;
  Member members[MEMBERS];
  Supervisor supervisors[SUPERVISORS];
  std::vector<std::string> stopped;  // for what handlers were terminated
};

rsp_term group(uint32_t number) { return rsp_term_int(number); }

// ---- Members ----

Table* random_table(World& world) {
  return world.tables.empty() ? nullptr : &world.tables[below(static_cast<uint32_t>(world.tables.size()))];
}

void make_table(World& world, rsp_self* self) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  const bool has_heir = below(2) == 0;
  if (has_heir) opts.heir = world.heir;
  rsp_ref ref = {};
  const rsp_result result = rsp_ets_new(self, &ref, &opts);
  allowed(result);
  if (result != RSP_OK) return;
  world.tables.push_back(Table{ref, has_heir, false, 0});
  for (uint32_t left = below(6); left > 0; --left)
    allowed(rsp_ets_insert(self, ref, rsp_term_int(below(8)), NIL));
}

void change_table(World& world, rsp_self* self) {
  Table* const table = random_table(world);
  if (table == nullptr) return;
  const rsp_ref ref = table->ref;  // of others may come more meanwhile
  const auto index = static_cast<size_t>(table - world.tables.data());
  switch (below(3)) {
    case 0:
      return allowed(rsp_ets_insert(self, ref, rsp_term_int(below(8)), NIL), {RSP_EACCESS, RSP_ENOTABLE});
    case 1:
      return allowed(rsp_ets_give_away(self, ref, world.members[below(MEMBERS)].pid, NIL),
                     {RSP_EACCESS, RSP_ENOTABLE, RSP_ENOPROC, RSP_EINVAL});
    default:
      const rsp_result result = rsp_ets_delete(self, ref);
      allowed(result, {RSP_EACCESS, RSP_ENOTABLE});
      if (result == RSP_OK) world.tables[index].is_deleted = true;
  }
}

/// {join, Group, [Self]} or {leave, ...}: its answer is a message like any other.
void change_groups(World& world, rsp_self* self) {
  const rsp_term own = rsp_term_pid(rsp_self_pid(self));
  rsp_term pids = NIL;
  rsp_term request = NIL;
  EXPECT_EQ(rsp_term_list(&pids, &own, 1), RSP_OK);
  const rsp_term parts[] = {word(below(3) == 0 ? "leave" : "join"), group(below(2)), pids};
  EXPECT_EQ(rsp_term_tuple(&request, parts, 3), RSP_OK);
  rsp_ref ref = {};
  allowed(rsp_send_request_name(self, &ref, world.scope, request));
  rsp_term_free(request);
  rsp_term_free(pids);
}

/// A large key in a block of its own: others compare it with theirs.
void count_up(World& world, rsp_self* self) {
  const rsp_term parts[] = {word("counter"), rsp_term_int(below(2))};
  rsp_term key = NIL;
  EXPECT_EQ(rsp_term_tuple(&key, parts, 2), RSP_OK);
  int64_t sum = 0;
  const int64_t initial = 0;
  switch (below(3)) {
    case 0:
      allowed(rsp_ets_delete_key(self, world.shared, key));
      break;
    default:
      allowed(rsp_ets_update_counter(self, &sum, world.shared, key, 1, &initial));
  }
  rsp_term_free(key);
}

rsp_next act(rsp_self* self, rsp_msg* message, Member& member) {
  if (show(rsp_msg_term(message)) != "act") return RSP_NEXT_CONTINUE;
  World& world = *member.world;
  for (uint32_t left = 1 + below(3); left > 0; --left) {
    switch (below(5)) {
      case 0:
        make_table(world, self);
        break;
      case 1:
        change_table(world, self);
        break;
      case 2:
        change_groups(world, self);
        break;
      case 3:
        count_up(world, self);
        break;
      default:
        allowed(rsp_event_notify(self, world.manager, word("event")));
    }
  }
  return below(12) == 0 ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
}

/// It keeps what it inherits, and says when it has got that far.
rsp_next inherit(World& world, rsp_self* self, rsp_msg* message) {
  const rsp_term term = rsp_msg_term(message);
  if (show(term) == "sync") {
    EXPECT_EQ(rsp_send(self, world.me, word("synced")), RSP_OK);
    return RSP_NEXT_CONTINUE;
  }
  rsp_term second = NIL;
  rsp_ref ref = {};
  EXPECT_EQ(rsp_term_element(&second, term, 1), RSP_OK);
  EXPECT_EQ(rsp_term_get_ref(&ref, second), RSP_OK);
  for (Table& table : world.tables) {
    if (number_of(table.ref) == number_of(ref)) ++table.inherited;
  }
  return RSP_NEXT_CONTINUE;
}

// ---- Handlers ----

World* g_world = nullptr;

const rsp_event_ops HANDLER = {
    sizeof(rsp_event_ops),
    "handler",
    [](rsp_self*, void*, rsp_term, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
    [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; },
    nullptr,
    nullptr,
    [](rsp_self*, void*, rsp_term args, rsp_term*) {
      g_world->stopped.push_back(show(args));
      return RSP_NEXT_CONTINUE;
    },
    nullptr,
    nullptr};

rsp_event_handler handler_of(int64_t id) {
  rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
  handler.ops = &HANDLER;
  handler.id = rsp_term_int(id);
  return handler;
}

rsp_term name_of(int64_t id) {
  const rsp_term parts[] = {word("handler"), rsp_term_int(id)};
  rsp_term name = NIL;
  EXPECT_EQ(rsp_term_tuple(&name, parts, 2), RSP_OK);
  return name;
}

/// The thread becomes a process that traps exits, and has a handler at the manager.
rsp_self* attach_with_handler(Supervisor& s) {
  rsp_self* self = nullptr;
  EXPECT_EQ(rsp_attach(&self), RSP_OK);
  s.pid = rsp_self_pid(self);
  EXPECT_EQ(rsp_trap_exit(self, nullptr, true), RSP_OK);
  const rsp_event_handler handler = handler_of(s.number);
  EXPECT_EQ(rsp_event_add_sup_handler(self, nullptr, s.world->manager, &handler, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_send(self, s.world->me, word("ready")), RSP_OK);
  return self;
}

/// Asks for a link perhaps, and counts what it hears of the manager's end.
void supervise(void* argument) {
  Supervisor& s = *static_cast<Supervisor*>(argument);
  World& world = *s.world;
  rsp_self* const self = attach_with_handler(s);
  pass_time(below(3));
  rsp_ref monitor = {};
  if (below(2) == 0) {
    const rsp_result linked = rsp_link(self, world.manager);
    allowed(linked);
    s.has_asked = linked == RSP_OK;
  }
  allowed(rsp_monitor(self, &monitor, world.manager, nullptr));
  allowed(rsp_send(self, world.me, word("linked")));
  // In either order: the end of one that is ending already is told at once to who begins to watch.
  const auto is_linked = [&] { return s.has_asked || !s.was_deleted; };
  for (bool is_over = s.was_killed; !is_over || (!s.was_killed && is_linked() && s.exits == 0);) {
    rsp_msg* raw = nullptr;
    const rsp_result result = rsp_receive(self, &raw, nullptr);
    allowed(result);
    if (result != RSP_OK) break;
    const Message message(raw);
    if (rsp_msg_get_kind(raw) == RSP_MSG_EXIT) ++s.exits;
    if (rsp_msg_get_kind(raw) == RSP_MSG_DOWN) is_over = true;
  }
  EXPECT_EQ(rsp_detach(self, word("normal")), RSP_OK);
}

// ---- What holds ----

std::string owner_of(rsp_ref table) {
  rsp_term all = NIL;
  if (rsp_ets_info(&all, table) != RSP_OK) return "nobody";
  rsp_term owner = NIL;
  EXPECT_EQ(rsp_term_map_get(&owner, all, word("owner")), RSP_OK);
  const std::string text = show(owner);
  rsp_term_free(all);
  return text;
}

void expect_nothing_of(World& world, rsp_pid dead) {
  const std::string pid = show(rsp_term_pid(dead));
  for (const Table& table : world.tables) EXPECT_NE(owner_of(table.ref), pid);
  for (uint32_t number = 0; number < 2; ++number) {
    rsp_term members = NIL;
    EXPECT_EQ(rsp_pg_get_members(&members, world.scope, group(number)), RSP_OK);
    EXPECT_EQ(show(members).find(pid), std::string::npos);
    rsp_term_free(members);
  }
}

void kill(World& world, const Attached& me, Member& member) {
  if (member.is_dead) return;
  (void)me.exit(member.pid, "kill");
  member.is_dead = true;
  expect_nothing_of(world, member.pid);
}

void disturb(World& world, const Attached& me, Supervisor& s) {
  const rsp_term name = name_of(s.number);
  const rsp_event_handler again = handler_of(s.number);
  switch (below(4)) {
    case 0:
      if (rsp_event_delete_handler(me, nullptr, nullptr, world.manager, name, NIL, RSP_INFINITE) == RSP_OK)
        s.was_deleted = true;
      break;
    case 1:
      if (s.was_deleted) break;  // a swap would add one of nobody
      EXPECT_EQ(rsp_exit_signal(me, s.pid, word("kill")), RSP_OK);
      s.was_killed = true;
      [[fallthrough]];
    case 2:
      if (s.was_deleted) break;
      EXPECT_EQ(rsp_event_swap_handler(me, nullptr, world.manager, name, NIL, &again, RSP_INFINITE), RSP_OK);
      break;
    default:
      break;
  }
  rsp_term_free(name);
}

/// Waits until so many of the messages have been these.
void await_words(const Attached& me, const std::string& wanted, uint32_t count) {
  while (count > 0) {
    if (text_of(me.receive()) == wanted) --count;
  }
}

/// All have ended but the heir.
void expect_inherited(World& world, const Attached& me) {
  EXPECT_EQ(rsp_send(me, world.heir, word("sync")), RSP_OK);
  await_words(me, "synced", 1);
  const std::string heir = show(rsp_term_pid(world.heir));
  for (const Table& table : world.tables) {
    const bool is_inherited = table.has_heir && !table.is_deleted;
    EXPECT_EQ(owner_of(table.ref), is_inherited ? heir : "nobody");
    EXPECT_EQ(table.inherited, is_inherited ? 1u : 0u);
  }
}

void live_and_die() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  {
    const Runtime runtime(1 + below(3));
    const Attached me;
    World world;
    g_world = &world;
    world.me = me.pid();
    rsp_pid scope = NO_PID;
    EXPECT_EQ(rsp_pg_start(nullptr, &scope, nullptr, world.scope, nullptr), RSP_OK);
    EXPECT_EQ(rsp_event_start(nullptr, &world.manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
    rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
    opts.access = RSP_ETS_PUBLIC;
    EXPECT_EQ(rsp_ets_new(me, &world.shared, &opts), RSP_OK);
    world.heir = spawn(me, [&](rsp_self* self, rsp_msg* message) { return inherit(world, self, message); });
    for (Member& member : world.members) {
      member.world = &world;
      member.pid =
          spawn(me, [&member](rsp_self* self, rsp_msg* message) { return act(self, message, member); });
    }
    for (uint32_t i = 0; i < SUPERVISORS; ++i) {
      world.supervisors[i].world = &world;
      world.supervisors[i].number = i;
      ASSERT_EQ(world.supervisors[i].thread.start("supervisor", supervise, &world.supervisors[i]), RSP_OK);
    }
    await_words(me, "ready", SUPERVISORS);
    for (Supervisor& s : world.supervisors) disturb(world, me, s);
    for (uint32_t round = 0; round < ROUNDS; ++round) {
      for (Member& member : world.members) {
        if (member.is_dead) continue;
        EXPECT_EQ(rsp_send(me, member.pid, word("act")), RSP_OK);
      }
      if (below(3) == 0) pass_time(below(2));
      if (below(4) == 0) kill(world, me, world.members[below(MEMBERS)]);
    }
    for (Member& member : world.members) kill(world, me, member);
    expect_inherited(world, me);
    if (below(2) == 0) pass_time(3);  // whoever is to ask for a link has
    EXPECT_EQ(me.exit(world.manager, "kill"), "killed");
    for (Supervisor& s : world.supervisors) {
      s.thread.join();
      if (s.was_killed) continue;
      EXPECT_EQ(s.exits > 0, s.has_asked || !s.was_deleted) << "S-EVT-8";
    }
    for (const std::string& why : world.stopped) EXPECT_NE(why, "{stop,noproc}") << "S-EVT-9";
  }
  rsp::test::expect_all_given_back(blocks_before);
}

/// Asks for a link when it is told to, and counts what it hears of the manager's end.
void ask_for_link(void* argument) {
  Supervisor& s = *static_cast<Supervisor*>(argument);
  World& world = *s.world;
  rsp_self* const self = attach_with_handler(s);
  rsp_msg* raw = nullptr;
  ASSERT_EQ(rsp_receive(self, &raw, nullptr), RSP_OK);
  rsp_msg_free(raw);
  EXPECT_EQ(rsp_link(self, world.manager), RSP_OK);
  rsp_ref monitor = {};
  EXPECT_EQ(rsp_monitor(self, &monitor, world.manager, nullptr), RSP_OK);
  // In either order: the end of one that is ending already is told at once to who begins to watch.
  for (bool is_over = false; !is_over || s.exits == 0;) {
    ASSERT_EQ(rsp_receive(self, &raw, nullptr), RSP_OK);
    const Message message(raw);
    if (rsp_msg_get_kind(raw) == RSP_MSG_EXIT) ++s.exits;
    if (rsp_msg_get_kind(raw) == RSP_MSG_DOWN) is_over = true;
  }
  EXPECT_EQ(rsp_detach(self, word("normal")), RSP_OK);
}

void give_up_and_die() {
  const uint64_t blocks_before = rsp::mem_live_blocks();
  {
    const Runtime runtime(1 + below(2));
    const Attached me;
    World world;
    g_world = &world;
    world.me = me.pid();
    EXPECT_EQ(rsp_event_start(nullptr, &world.manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
    Supervisor& s = world.supervisors[0];
    s.world = &world;
    ASSERT_EQ(s.thread.start("supervisor", ask_for_link, &s), RSP_OK);
    await_words(me, "ready", 1);
    EXPECT_EQ(rsp_send(me, s.pid, word("go")), RSP_OK);
    const rsp_term name = name_of(s.number);
    EXPECT_EQ(rsp_event_delete_handler(me, nullptr, nullptr, world.manager, name, NIL, RSP_INFINITE), RSP_OK);
    rsp_term_free(name);
    EXPECT_EQ(me.exit(world.manager, "kill"), "killed");
    s.thread.join();
    EXPECT_EQ(s.exits, 1u) << "S-EVT-8";
  }
  rsp::test::expect_all_given_back(blocks_before);
}

// S-EVT-8: whatever comes first, what it has asked for or that its handler is gone.
TEST(Belongings, a_link_that_is_asked_for_as_it_is_given_up_stands) {
  rsp::test::run_in_forks({"askedlink", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__},
                          give_up_and_die);
}

// S-ETS-8, S-ETS-9, S-PG-5, S-EVT-8, S-EVT-9
TEST(Belongings, go_with_the_process_or_to_its_heir) {
  rsp::test::run_in_forks({"belongings", 1, rsp::test::RUNS_OF_A_SIMULATION, __FILE__, __LINE__},
                          live_and_die);
}

}  // namespace
