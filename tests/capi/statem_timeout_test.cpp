// resprout/statem.h: event, state and named timeouts.
#include <chrono>

#include "tests/capi/statem.hpp"

using namespace capi_test;

namespace {

class StatemTimeouts : public testing::Test {
 protected:
  const Runtime runtime_{2};

  /** Waits until so many events have come, and says them. */
  static Trail first(Script& script, size_t count) {
    wait_until([&] { return events(script).size() >= count; });
    return events(script);
  }
};

constexpr uint64_t SOON_MS = 50;
constexpr uint64_t LONG_MS = 60'000;

// S-STM-6, S-STM-10: the order that OTP 25 has for the same machine.
TEST_F(StatemTimeouts, of_no_time_come_behind_the_events_that_wait_and_before_messages) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "post") && in_state(event, "a")) postpone(self);
    if (is(event, "go")) {
      next_state(self, "b");
      state_timeout(self, 0, "st");
      event_timeout(self, 0, "ev");  // which the events that wait end
      named_timeout(self, "n", 0, "gen");
      insert(self, "i1");
      insert(self, "i2");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"post", "go", "other"});
  machine.settle();
  EXPECT_EQ(events(script),
            (Trail{"cast post in a", "cast go in a", "internal i1 in b", "internal i2 in b", "cast post in b",
                   "state_timeout st in b", "named(n) gen in b", "cast other in b"}));
}

// S-STM-6
TEST_F(StatemTimeouts, an_event_timeout_comes_if_no_event_does) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "soon")) event_timeout(self, SOON_MS, "late");
    if (is(event, "now")) event_timeout(self, 0, "at once");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("soon");
  EXPECT_EQ(first(script, 2), (Trail{"cast soon in a", "timeout late in a"}));
  machine.cast("now");
  machine.settle();
  EXPECT_EQ(first(script, 4).back(), "timeout 'at once' in a");
}

// S-STM-6: any event ends it, and its own last word counts.
TEST_F(StatemTimeouts, an_event_ends_an_event_timeout) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      event_timeout(self, SOON_MS, "never");
      named_timeout(self, "witness", 3 * SOON_MS, "x");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "other"});
  EXPECT_EQ(first(script, 3), (Trail{"cast set in a", "cast other in a", "named(witness) x in a"}));
}

// S-STM-7
TEST_F(StatemTimeouts, a_state_timeout_outlives_events_and_ends_with_the_state) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) state_timeout(self, SOON_MS, "of a");
    if (is(event, "same")) next_state(self, "a");
    if (is(event, "repeat")) repeat_state(self);
    if (is(event, "go")) {
      next_state(self, "b");
      named_timeout(self, "witness", 3 * SOON_MS, "x");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "same", "repeat"});
  EXPECT_EQ(first(script, 4).back(), "state_timeout 'of a' in a");
  machine.cast_together({"set", "go"});
  EXPECT_EQ(first(script, 7),
            (Trail{"cast set in a", "cast same in a", "cast repeat in a", "state_timeout 'of a' in a",
                   "cast set in a", "cast go in a", "named(witness) x in b"}))
      << "the state timeout of a is gone";
}

// S-STM-7
TEST_F(StatemTimeouts, a_state_timeout_set_with_the_change_is_of_the_next_state) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "go")) {
      state_timeout(self, SOON_MS, "of b");
      next_state(self, "b");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("go");
  EXPECT_EQ(first(script, 2).back(), "state_timeout 'of b' in b");
}

// S-STM-8
TEST_F(StatemTimeouts, named_ones_run_side_by_side_whatever_happens) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      // Each begins when it is set, after the callback; the first of a runtime takes some 8 ms under a thread sanitizer.
      constexpr uint64_t STEP_MS = 250;
      named_timeout(self, "two", 2 * STEP_MS, "x");
      named_timeout(self, "one", STEP_MS, "x");
      EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_NAMED_TIMEOUT, rsp_term_int(3), 3 * STEP_MS, NIL), RSP_OK);
    }
    if (is(event, "go")) next_state(self, "b");
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "go"});
  EXPECT_EQ(first(script, 5), (Trail{"cast set in a", "cast go in a", "named(one) x in b",
                                     "named(two) x in b", "named(3) nil in b"}));
}

// S-STM-9
TEST_F(StatemTimeouts, set_again_replaces_and_the_last_of_one_event_counts) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      named_timeout(self, "n", 0, "overruled");
      named_timeout(self, "n", LONG_MS, "first");
      state_timeout(self, SOON_MS, "overruled");
      EXPECT_EQ(rsp_statem_cancel_timeout(self, RSP_EVENT_STATE_TIMEOUT, NIL), RSP_OK);
    }
    if (is(event, "again")) {
      named_timeout(self, "n", SOON_MS, "second");
      named_timeout(self, "witness", 3 * SOON_MS, "x");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "again"});
  EXPECT_EQ(first(script, 4),
            (Trail{"cast set in a", "cast again in a", "named(n) second in a", "named(witness) x in a"}));
}

// S-STM-9: due ones too.
TEST_F(StatemTimeouts, infinity_and_cancel_end_one_and_none_is_no_error) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      for (const char* const name : {"a", "b"}) named_timeout(self, name, SOON_MS, "never");
      named_timeout(self, "due", 0, "never");
      insert(self, "cancel");
    }
    if (is(event, "cancel")) {
      named_timeout(self, "a", RSP_INFINITE, "x");
      for (const char* const name : {"b", "due", "nobody"})
        EXPECT_EQ(rsp_statem_cancel_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word(name)), RSP_OK);
      EXPECT_EQ(rsp_statem_cancel_timeout(self, RSP_EVENT_TIMEOUT, NIL), RSP_OK);
      named_timeout(self, "witness", 3 * SOON_MS, "x");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("set");
  EXPECT_EQ(first(script, 3), (Trail{"cast set in a", "internal cancel in a", "named(witness) x in a"}));
}

// S-STM-9
TEST_F(StatemTimeouts, one_whose_time_is_over_as_it_is_cancelled_does_not_come) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      state_timeout(self, 1, "never");
      named_timeout(self, "n", 1, "replaced");
    }
    if (is(event, "stay")) {
      // Both timers fire meanwhile, and their messages wait behind this event.
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(8);
      while (std::chrono::steady_clock::now() < end) (void)rsp_self_pid(self);
      next_state(self, "b");
      named_timeout(self, "n", LONG_MS, "second");
      named_timeout(self, "witness", 0, "x");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "stay"});
  EXPECT_EQ(first(script, 3), (Trail{"cast set in a", "cast stay in a", "named(witness) x in b"}));
  machine.settle();
  EXPECT_EQ(events(script).size(), 3u);
}

// S-STM-10
TEST_F(StatemTimeouts, an_update_changes_the_content_and_leaves_the_time) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "set")) {
      named_timeout(self, "n", SOON_MS, "old");
      named_timeout(self, "far", LONG_MS, "old");
    }
    if (is(event, "update")) {
      EXPECT_EQ(rsp_statem_update_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word("n"), word("new")), RSP_OK);
      EXPECT_EQ(rsp_statem_update_timeout(self, RSP_EVENT_NAMED_TIMEOUT, word("far"), word("new")), RSP_OK);
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast_together({"set", "update"});
  EXPECT_EQ(first(script, 3), (Trail{"cast set in a", "cast update in a", "named(n) new in a"}));
}

// S-STM-10
TEST_F(StatemTimeouts, an_update_of_one_that_does_not_run_comes_at_once) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    if (is(event, "update")) {
      EXPECT_EQ(rsp_statem_update_timeout(self, RSP_EVENT_STATE_TIMEOUT, NIL, word("due")), RSP_OK);
      insert(self, "first");
    }
    return RSP_NEXT_CONTINUE;
  };
  const Statem machine(me, script);
  machine.cast("update");
  machine.settle();
  EXPECT_EQ(events(script), (Trail{"cast update in a", "internal first in a", "state_timeout due in a"}));
}

// S-STM-1
TEST_F(StatemTimeouts, what_can_be_no_timeout_or_event_is_refused) {
  const Attached me;
  Script script;
  script.handle = [](rsp_self* self, const rsp_event* event, rsp_server_return*) {
    const rsp_term bad = {200, 0};
    const rsp_from nobody = {};
    for (const rsp_event_type type : {RSP_EVENT_TIMEOUT, RSP_EVENT_STATE_TIMEOUT, RSP_EVENT_NAMED_TIMEOUT}) {
      EXPECT_EQ(rsp_statem_timeout(self, type, bad, 1, NIL), RSP_EINVAL);
      EXPECT_EQ(rsp_statem_timeout(self, type, NIL, 1, bad), RSP_EINVAL);
    }
    for (const int type : {0, 1, 2, 3, 7, 8, -1}) {
      EXPECT_EQ(rsp_statem_timeout(self, static_cast<rsp_event_type>(type), NIL, 1, NIL), RSP_EINVAL);
      EXPECT_EQ(rsp_statem_update_timeout(self, static_cast<rsp_event_type>(type), NIL, NIL), RSP_EINVAL);
      EXPECT_EQ(rsp_statem_cancel_timeout(self, static_cast<rsp_event_type>(type), NIL), RSP_EINVAL);
    }
    EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_TIMEOUT, word("name"), 1, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_timeout(self, RSP_EVENT_STATE_TIMEOUT, word("name"), 1, NIL), RSP_EINVAL);
    for (const int type : {4, 5, 6, 7, 8, -1})
      EXPECT_EQ(rsp_statem_next_event(self, static_cast<rsp_event_type>(type), nobody, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_CALL, nobody, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_CAST, event->from, NIL), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_next_event(self, RSP_EVENT_CAST, nobody, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_next_event_native(self, RSP_EVENT_CAST, nobody, nullptr, nullptr), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_next_state(self, bad), RSP_EINVAL);
    EXPECT_EQ(rsp_statem_state(self, nullptr), RSP_EINVAL);
    return RSP_NEXT_STOP;
  };
  const Statem machine(me, script);
  EXPECT_TRUE(machine.call("go").starts_with("RSP_EEXITED {normal,"));
  EXPECT_EQ(script.trail(), (Trail{"call go in a", "terminate normal in a"}));
}

}  // namespace
