// What init and its kin have made, where a signal ends the process in their middle: freed, once.
#include <atomic>
#include <thread>

#include "resprout/event.h"
#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** How the end meets what has just made something. */
enum class Way {
  RETURNS,      // it finds the kill, and returns as if nothing had happened
  STOPS,        // it finds the kill, and says so
  RAISES,       // it finds the kill, frees what it has made, and raises
  WAITS,        // it waits when the kill comes
  AS_IT_WAITS,  // it finds the kill, and waits
  BLOCKS,       // it is in a blocking section when the kill comes, and returns later
};

struct Made {
  Way way = Way::RETURNS;
  std::atomic<int> made{0};
  std::atomic<int> freed{0};
  std::atomic<int> contexts_freed{0};
};

void free_made(void* made) { ++static_cast<Made*>(made)->freed; }
void free_context(void* made) { ++static_cast<Made*>(made)->contexts_freed; }

/** Returns when the process has been told to end by `kill`. */
void receive_kill(rsp_self* self) {
  const rsp_pid pid = rsp_self_pid(self);
  EXPECT_EQ(rsp_exit_signal(nullptr, pid, word("kill")), RSP_OK);  // as of another
  EXPECT_EQ(rsp_send(self, pid, NIL), RSP_EXITING);
}

/** A wait for nothing that will ever come. */
rsp_next wait_for_ever(rsp_self* self) {
  const rsp_pid pid = spawn_idle(nullptr);
  rsp_ref ref = {};
  EXPECT_EQ(rsp_monitor(self, &ref, pid, nullptr), RSP_OK);
  return rsp_await(
      self, ref, RSP_INFINITE,
      [](rsp_self*, rsp_msg*, void*) {
        ADD_FAILURE() << "it is dead";
        return RSP_NEXT_CONTINUE;
      },
      nullptr);
}

/** What it returns that has made something, in each way. */
rsp_next meet_the_end(rsp_self* self, Made& made) {
  ++made.made;
  switch (made.way) {
    case Way::RETURNS:
      receive_kill(self);
      return RSP_NEXT_CONTINUE;
    case Way::STOPS:
      receive_kill(self);
      return RSP_NEXT_STOP;
    case Way::RAISES:
      receive_kill(self);
      free_made(&made);
      return RSP_NEXT_RAISE;
    case Way::WAITS:
      return wait_for_ever(self);
    case Way::AS_IT_WAITS: {
      const rsp_next next = wait_for_ever(self);
      receive_kill(self);
      return next;
    }
    case Way::BLOCKS: {
      const rsp_pid pid = rsp_self_pid(self);
      EXPECT_EQ(rsp_blocking_begin(self), RSP_OK);
      EXPECT_EQ(rsp_exit_signal(nullptr, pid, word("kill")), RSP_OK);
      wait_until([&] { return stats().zombies != 0; });
      EXPECT_EQ(rsp_blocking_end(self), RSP_EXITING);
      return RSP_NEXT_CONTINUE;
    }
  }
  return RSP_NEXT_STOP;
}

const Way WAYS[] = {Way::RETURNS, Way::STOPS, Way::RAISES, Way::WAITS, Way::AS_IT_WAITS, Way::BLOCKS};

/** Everything is freed once, and nothing is freed again as the runtime stops. */
void expect_freed(const Made& made, int contexts) {
  wait_until([&] { return made.freed + made.contexts_freed >= 1 + contexts; });
  EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
  EXPECT_EQ(made.freed, 1);
  EXPECT_EQ(made.contexts_freed, contexts);
}

// ---- Servers and state machines ----

rsp_server_ops dying_in_init() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "dying_in_init";
  ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
    ret->state = ctx;
    return meet_the_end(self, *static_cast<Made*>(ctx));
  };
  ops.terminate = [](rsp_self*, void*, rsp_term) {
    ADD_FAILURE() << "it has not begun";
    return RSP_NEXT_CONTINUE;
  };
  ops.free_state = &free_made;
  return ops;
}

const rsp_server_ops& server_ops() {
  static const rsp_server_ops made = dying_in_init();
  return made;
}

const rsp_server_ops& machine_ops() {
  static const rsp_server_ops made = [] {
    rsp_server_ops ops = dying_in_init();
    ops.handle_event = [](rsp_self*, void*, const rsp_event*, rsp_server_return*) {
      return RSP_NEXT_CONTINUE;
    };
    return ops;
  }();
  return made;
}

/** Kills what is to wait, when it does. */
void kill_who_waits(const Made& made, rsp_pid pid) {
  if (made.way != Way::WAITS) return;
  wait_until([&] { return made.made == 1; });
  const Attached killer;
  EXPECT_EQ(rsp_suspend(killer, pid, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_exit_signal(killer, pid, word("kill")), RSP_OK);
}

// S-SRV-47
TEST(KilledInit, of_a_server_leaves_no_state_behind) {
  for (const rsp_server_ops* const ops : {&server_ops(), &machine_ops()}) {
    for (const Way way : WAYS) {
      const Runtime runtime{2};
      Made made;
      made.way = way;
      rsp_start_spec spec = RSP_START_SPEC_INIT;
      spec.ops = ops;
      spec.ctx = &made;
      spec.ctx_free = &free_context;
      spec.name = atom("dying");
      std::thread killer([&] {
        if (way == Way::WAITS) wait_until([] { return rsp_whereis(atom("dying")).id != 0; });
        kill_who_waits(made, rsp_whereis(atom("dying")));
      });
      rsp_pid pid = NO_PID;
      rsp_term error = NIL;
      EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, &error, &spec, nullptr), RSP_EEXITED);
      EXPECT_EQ(show(error), "killed");
      killer.join();
      expect_freed(made, 1);
    }
  }
}

/** Gives its context as the state, and says what args do. */
rsp_next init_that_ends(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  Made& made = *static_cast<Made*>(ctx);
  ++made.made;
  ret->state = &made;
  int64_t action = 0;
  if (show(args) == "stop") return RSP_NEXT_STOP;
  if (show(args) == "number") return static_cast<rsp_next>(99);
  if (rsp_term_get_int(&action, args) != RSP_OK) return rsp_error(self, args);
  ret->action = static_cast<rsp_server_action>(action);
  ret->reason = word("not_today");
  return RSP_NEXT_CONTINUE;
}

// S-SRV-47
TEST(FailedInit, of_a_server_leaves_no_state_behind_unless_it_raises) {
  struct Ending {
    rsp_term args;
    rsp_result result;
    int freed;
  };
  const Ending endings[] = {{rsp_term_int(RSP_SERVER_STOP), RSP_EEXITED, 1},
                            {rsp_term_int(RSP_SERVER_ERROR), RSP_EEXITED, 1},
                            {rsp_term_int(RSP_SERVER_IGNORE), RSP_EIGNORE, 1},
                            {rsp_term_int(RSP_SERVER_REPLY), RSP_EEXITED, 1},
                            {word("stop"), RSP_EEXITED, 1},
                            {word("number"), RSP_EEXITED, 1},
                            {word("raise"), RSP_EEXITED, 0}};
  for (const rsp_server_ops* const of : {&server_ops(), &machine_ops()}) {
    rsp_server_ops ops = *of;
    ops.init = &init_that_ends;
    for (const Ending& ending : endings) {
      const Runtime runtime{2};
      Made made;
      rsp_start_spec spec = RSP_START_SPEC_INIT;
      spec.ops = &ops;
      spec.ctx = &made;
      spec.ctx_free = &free_context;
      spec.args = ending.args;
      rsp_pid pid = NO_PID;
      rsp_term error = NIL;
      EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, &error, &spec, nullptr), ending.result);
      rsp_term_free(error);
      EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
      EXPECT_EQ(made.made, 1);
      EXPECT_EQ(made.freed, ending.freed);
      EXPECT_EQ(made.contexts_freed, 1);
    }
  }
}

// S-SRV-47
TEST(FailedInit, of_a_server_leaves_no_state_behind_if_it_raises_after_a_wait) {
  for (const rsp_server_ops* const of : {&server_ops(), &machine_ops()}) {
    rsp_server_ops ops = *of;
    ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
      ++static_cast<Made*>(ctx)->made;
      ret->state = ctx;
      rsp_ref ref = {};
      EXPECT_EQ(rsp_make_ref(self, &ref), RSP_OK);
      return rsp_await(
          self, ref, 0, [](rsp_self* later, rsp_msg*, void*) { return rsp_error(later, word("too_late")); },
          nullptr);
    };
    const Runtime runtime{2};
    Made made;
    rsp_start_spec spec = RSP_START_SPEC_INIT;
    spec.ops = &ops;
    spec.ctx = &made;
    spec.ctx_free = &free_context;
    rsp_pid pid = NO_PID;
    rsp_term error = NIL;
    EXPECT_EQ(rsp_server_start(nullptr, &pid, nullptr, &error, &spec, nullptr), RSP_EEXITED);
    EXPECT_EQ(show(error), "{too_late,[]}");
    rsp_term_free(error);
    EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    EXPECT_EQ(made.made, 1);
    EXPECT_EQ(made.freed, 1);
    EXPECT_EQ(made.contexts_freed, 1);
  }
}

// ---- Event handlers ----

// S-SRV-47, S-EVT-11
TEST(FailedInit, of_a_handler_leaves_no_state_behind_unless_it_raises) {
  static const rsp_event_ops ops = [] {
    rsp_event_ops made = {};
    made.size = sizeof made;
    made.name = "failing_in_init";
    made.init = [](rsp_self* self, void* ctx, rsp_term args, rsp_event_return* ret) {
      ret->state = ctx;
      if (show(args) == "raise") return rsp_error(self, args);
      ret->action = RSP_EVENT_ERROR;
      ret->reason = word("not_today");
      return RSP_NEXT_CONTINUE;
    };
    made.handle_event = [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; };
    made.free_state = &free_made;
    return made;
  }();
  for (const bool raises : {false, true}) {
    const Runtime runtime{2};
    Made made;
    {
      const Attached me;
      rsp_pid manager = NO_PID;
      EXPECT_EQ(rsp_event_start(nullptr, &manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
      rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
      handler.ops = &ops;
      handler.ctx = &made;
      handler.ctx_free = &free_context;
      handler.args = word(raises ? "raise" : "error");
      EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager, &handler, RSP_INFINITE), RSP_EHANDLER);
      EXPECT_EQ(made.freed, raises ? 0 : 1);
    }
    EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    EXPECT_EQ(made.freed, raises ? 0 : 1);
    EXPECT_EQ(made.contexts_freed, 1);
  }
}

const rsp_event_ops& handler_ops() {
  static const rsp_event_ops made = [] {
    rsp_event_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "dying_in_init";
    ops.init = [](rsp_self* self, void* ctx, rsp_term, rsp_event_return* ret) {
      ret->state = ctx;
      return meet_the_end(self, *static_cast<Made*>(ctx));
    };
    ops.handle_event = [](rsp_self*, void*, rsp_msg*, rsp_event_return*) { return RSP_NEXT_CONTINUE; };
    ops.free_state = &free_made;
    return ops;
  }();
  return made;
}

/** A handler that another one can be put in the place of, and its manager. */
struct Manager {
  Manager() { EXPECT_EQ(rsp_event_start(nullptr, &pid, nullptr, rsp_atom{0}, nullptr), RSP_OK); }
  rsp_pid pid = NO_PID;
};

// S-EVT-11
TEST(KilledInit, of_a_handler_leaves_neither_state_nor_context_behind) {
  for (const Way way : WAYS) {
    const Runtime runtime{2};
    const Manager manager;
    Made made;
    made.way = way;
    {
      const Attached me;
      rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
      handler.ops = &handler_ops();
      handler.ctx = &made;
      handler.ctx_free = &free_context;
      std::thread killer([&] { kill_who_waits(made, manager.pid); });
      EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager.pid, &handler, RSP_INFINITE), RSP_EEXITED);
      killer.join();
    }
    expect_freed(made, 1);
  }
}

/** Swaps itself for one whose context is the Made in its own. */
struct Swapper {
  Made* made = nullptr;
  rsp_event_handler other = RSP_EVENT_HANDLER_INIT;
};

const rsp_event_ops& swapping_ops() {
  static const rsp_event_ops made = [] {
    rsp_event_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "swapping";
    ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_event_return* ret) {
      ret->state = ctx;
      return RSP_NEXT_CONTINUE;
    };
    ops.handle_event = [](rsp_self* self, void* state, rsp_msg*, rsp_event_return* ret) {
      Swapper& swapper = *static_cast<Swapper*>(state);
      swapper.other.ops = &handler_ops();
      swapper.other.ctx = swapper.made;
      swapper.other.ctx_free = &free_context;
      ret->action = RSP_EVENT_SWAP_HANDLER;
      ret->handler = &swapper.other;
      return meet_the_end(self, *swapper.made);
    };
    ops.free_state = [](void* state) { free_made(static_cast<Swapper*>(state)->made); };
    return ops;
  }();
  return made;
}

// S-EVT-11: one that raises keeps what it would have given.
TEST(KilledInit, and_a_handler_that_is_killed_as_it_swaps_leaves_no_context) {
  for (const Way way : {Way::RETURNS, Way::WAITS, Way::AS_IT_WAITS, Way::BLOCKS}) {
    const Runtime runtime{2};
    const Manager manager;
    Made made;
    made.way = way;
    Swapper swapper;
    swapper.made = &made;
    {
      const Attached me;
      rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
      handler.ops = &swapping_ops();
      handler.ctx = &swapper;
      EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager.pid, &handler, RSP_INFINITE), RSP_OK);
      std::thread killer([&] { kill_who_waits(made, manager.pid); });
      EXPECT_EQ(rsp_event_sync_notify(me, nullptr, manager.pid, word("swap"), RSP_INFINITE), RSP_EEXITED);
      killer.join();
    }
    expect_freed(made, 1);
  }
}

// S-EVT-11: what a handler has given and the manager has taken is not looked at again, whatever ends the manager.
TEST(KilledInit, of_the_second_handler_frees_what_the_first_has_made_once) {
  Made first;
  Made second;
  const Runtime runtime{2};
  const Manager manager;
  {
    const Attached me;
    static const rsp_event_ops calm = [] {
      rsp_event_ops ops = handler_ops();
      ops.name = "calm";
      ops.init = [](rsp_self*, void* ctx, rsp_term, rsp_event_return* ret) {
        ret->state = ctx;
        return RSP_NEXT_CONTINUE;
      };
      return ops;
    }();
    rsp_event_handler handler = RSP_EVENT_HANDLER_INIT;
    handler.ops = &calm;
    handler.ctx = &first;
    EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager.pid, &handler, RSP_INFINITE), RSP_OK);
    handler.ops = &handler_ops();
    handler.ctx = &second;
    handler.ctx_free = &free_context;
    EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager.pid, &handler, RSP_INFINITE), RSP_EEXITED);
  }
  expect_freed(second, 1);
  EXPECT_EQ(first.freed, 1);
  EXPECT_EQ(first.contexts_freed, 0);
}

}  // namespace
