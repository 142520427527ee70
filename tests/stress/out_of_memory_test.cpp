// Memory runs out in the calls of processes: spawn, messages, links, monitors, names, timers, descriptors, threads.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

#include <unistd.h>

using namespace capi_test;
using namespace stress;

namespace {

rsp_result cancel(const Attached& me, rsp_ref timer) {
  bool active = false;
  return rsp_cancel_timer(me, &active, nullptr, timer);
}

rsp_result spawn_with(const Attached& me, bool link, bool monitor, rsp_alias_mode alias) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.link = link;
  options.monitor = monitor;
  options.alias = alias;
  rsp_pid pid = NO_PID;
  rsp_ref ref = {};
  const auto handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
  const rsp_result result = scarce(
      [&] { return rsp_spawn(me, &pid, monitor ? &ref : nullptr, &options, handler, nullptr, nullptr); });
  if (result == RSP_OK) {
    EXPECT_EQ(rsp_unlink(me, pid), RSP_OK);
    if (monitor) {
      EXPECT_EQ(rsp_demonitor(me, nullptr, ref, true), RSP_OK);
    }
    kill(me, pid);
  } else {
    EXPECT_EQ(pid.id, 0u);  // written only on RSP_OK
  }
  return result;
}
rsp_result with_idle(const Attached& me, rsp_result (*deed)(const Attached& me, rsp_pid pid)) {
  const rsp_pid pid = spawn_idle(me);
  const rsp_result result = deed(me, pid);
  kill(me, pid);
  return result;
}

int g_dropped = 0;
const rsp_native_ops COUNTS_DROPS = {sizeof(rsp_native_ops), [](void*) { ++g_dropped; }, nullptr};

const Scenario SCENARIOS[] = {
    {"spawn", [](const Attached& me) { return spawn_with(me, false, false, RSP_ALIAS_NONE); }},
    {"spawn_link", [](const Attached& me) { return spawn_with(me, true, false, RSP_ALIAS_NONE); }},
    {"spawn_monitor", [](const Attached& me) { return spawn_with(me, false, true, RSP_ALIAS_NONE); }},
    {"spawn_all", [](const Attached& me) { return spawn_with(me, true, true, RSP_ALIAS_REPLY); }},
    {"spawn_of_the_root",
     [](const Attached& me) {
       rsp_pid pid = NO_PID;
       const auto handler = [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; };
       const rsp_result result =
           scarce([&] { return rsp_spawn(nullptr, &pid, nullptr, nullptr, handler, nullptr, nullptr); });
       if (result == RSP_OK) kill(me, pid);
       return result;
     }},
    {"send",
     [](const Attached& me) {
       const rsp_term term = list_of_words();
       const rsp_result result = scarce([&] { return rsp_send(me, me.pid(), term); });
       rsp_term_free(term);
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       return result;
     }},
    {"send_of_a_foreign_thread",
     [](const Attached& me) {
       const rsp_result result = scarce([&] { return rsp_send(nullptr, me.pid(), NIL); });
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       return result;
     }},
    {"send_native",
     [](const Attached& me) {
       int payload = 0;
       const int before = g_dropped;
       const rsp_result result =
           scarce([&] { return rsp_send_native(me, me.pid(), &payload, &COUNTS_DROPS); });
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       EXPECT_EQ(g_dropped - before, result == RSP_OK ? 1 : 0);  // the payload stays the caller's
       return result;
     }},
    {"send_name",
     [](const Attached& me) {
       EXPECT_EQ(rsp_register(me, atom("scarce"), me.pid()), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_send_name(me, atom("scarce"), word("hello")); });
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       EXPECT_EQ(rsp_unregister(me, atom("scarce")), RSP_OK);
       return result;
     }},
    {"cast",
     [](const Attached& me) {
       const rsp_result result = scarce([&] { return rsp_cast(me, me.pid(), word("hello")); });
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       return result;
     }},
    {"exit_signal",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         return scarce([&] { return rsp_exit_signal(my, pid, word("bored")); });
       });
     }},
    {"link",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         const rsp_result result = scarce([&] { return rsp_link(my, pid); });
         EXPECT_EQ(rsp_unlink(my, pid), RSP_OK);
         return result;
       });
     }},
    {"link_async",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         const rsp_result result = scarce([&] { return rsp_link_async(my, pid); });
         EXPECT_EQ(rsp_unlink(my, pid), RSP_OK);
         return result;
       });
     }},
    {"unlink",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         EXPECT_EQ(rsp_link(my, pid), RSP_OK);
         const rsp_result result = scarce([&] { return rsp_unlink(my, pid); });
         if (result != RSP_OK) {
           EXPECT_EQ(rsp_unlink(my, pid), RSP_OK);
         }
         return result;
       });
     }},
    {"monitor",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         rsp_ref ref = {};
         const rsp_result result = scarce([&] { return rsp_monitor(my, &ref, pid, nullptr); });
         if (result == RSP_OK) {
           EXPECT_EQ(rsp_demonitor(my, nullptr, ref, true), RSP_OK);
         }
         return result;
       });
     }},
    {"monitor_of_a_dead_process",
     [](const Attached& me) {
       const rsp_pid dead = dead_pid(me);
       rsp_ref ref = {};
       const rsp_result result = scarce([&] { return rsp_monitor(me, &ref, dead, nullptr); });
       if (result == RSP_OK) {
         EXPECT_EQ(text_of(me.receive()), "noproc");
       }
       return result;
     }},
    {"monitor_name",
     [](const Attached& me) {
       rsp_ref ref = {};
       const rsp_result result = scarce([&] { return rsp_monitor_name(me, &ref, atom("nobody"), nullptr); });
       if (result == RSP_OK) {
         EXPECT_EQ(text_of(me.receive()), "noproc");
       }
       return result;
     }},
    {"demonitor",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         const rsp_ref ref = my.monitor(pid);
         const rsp_result result = scarce([&] { return rsp_demonitor(my, nullptr, ref, true); });
         if (result != RSP_OK) {
           EXPECT_EQ(rsp_demonitor(my, nullptr, ref, true), RSP_OK);
         }
         return result;
       });
     }},
    {"alias",
     [](const Attached& me) {
       rsp_ref alias = {};
       const rsp_result result = scarce([&] { return rsp_alias(me, &alias, RSP_ALIAS_EXPLICIT); });
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_unalias(me, nullptr, alias), RSP_OK);
       }
       return result;
     }},
    {"send_alias",
     [](const Attached& me) {
       rsp_ref alias = {};
       EXPECT_EQ(rsp_alias(me, &alias, RSP_ALIAS_EXPLICIT), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_send_alias(me, alias, word("hello")); });
       EXPECT_EQ(me.has_message(), result == RSP_OK);
       EXPECT_EQ(rsp_unalias(me, nullptr, alias), RSP_OK);
       return result;
     }},
    {"register",
     [](const Attached& me) {
       const rsp_result result = scarce([&] { return rsp_register(me, atom("scarce"), me.pid()); });
       EXPECT_EQ(rsp_whereis(atom("scarce")) == me.pid(), result == RSP_OK);
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_unregister(me, atom("scarce")), RSP_OK);
       }
       return result;
     }},
    {"send_after",
     [](const Attached& me) {
       rsp_ref timer = {};
       const rsp_result result =
           scarce([&] { return rsp_send_after(me, &timer, 100'000, me.pid(), word("x")); });
       bool active = false;
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
         EXPECT_TRUE(active);
       }
       return result;
     }},
    {"send_after_name",
     [](const Attached& me) {
       rsp_ref timer = {};
       const rsp_result result =
           scarce([&] { return rsp_send_after_name(me, &timer, 100'000, atom("nobody"), word("x")); });
       if (result == RSP_OK) {
         EXPECT_EQ(cancel(me, timer), RSP_OK);
       }
       return result;
     }},
    {"start_timer",
     [](const Attached& me) {
       rsp_ref timer = {};
       const rsp_result result = scarce([&] { return rsp_start_timer(me, &timer, 0, me.pid(), word("x")); });
       if (result == RSP_OK) {
         EXPECT_EQ(text_of(me.receive()), "x");
       }
       return result;
     }},
    {"cancel_timer",
     [](const Attached& me) {
       rsp_ref timer = {};
       EXPECT_EQ(rsp_send_after(me, &timer, 100'000, me.pid(), word("x")), RSP_OK);
       bool active = false;
       const rsp_result result = scarce([&] { return rsp_cancel_timer(me, &active, nullptr, timer); });
       if (result != RSP_OK) {
         EXPECT_EQ(rsp_cancel_timer(me, &active, nullptr, timer), RSP_OK);
       }
       EXPECT_TRUE(active);
       return result;
     }},
    {"select",
     [](const Attached& me) {
       int ends[2];
       EXPECT_EQ(pipe(ends), 0);
       rsp_ref ref = {};
       constexpr uint32_t BOTH = RSP_SELECT_READ | RSP_SELECT_WRITE;
       const rsp_result result = scarce([&] { return rsp_select(me, &ref, ends[0], BOTH); });
       bool active = false;
       if (result == RSP_OK) {
         EXPECT_EQ(rsp_cancel_select(me, &active, ref), RSP_OK);
         EXPECT_TRUE(active);
       }
       close(ends[0]);
       close(ends[1]);
       return result;
     }},
    {"cancel_select",
     [](const Attached& me) {
       int ends[2];
       EXPECT_EQ(pipe(ends), 0);
       rsp_ref ref = {};
       EXPECT_EQ(rsp_select(me, &ref, ends[0], RSP_SELECT_READ), RSP_OK);
       bool active = false;
       const rsp_result result = scarce([&] { return rsp_cancel_select(me, &active, ref); });
       EXPECT_EQ(result, RSP_OK);
       EXPECT_TRUE(active);
       close(ends[0]);
       close(ends[1]);
       return result;
     }},
    {"await_with_a_time_limit",
     [](const Attached& me) {
       const rsp_pid waits = spawn(me, [](rsp_self* self, rsp_msg*) {
         rsp_ref never = {};
         if (rsp_alias(self, &never, RSP_ALIAS_EXPLICIT) != RSP_OK) return rsp_exit(self, word("scarce"));
         return rsp_await(
             self, never, 0, [](rsp_self*, rsp_msg*, void*) { return RSP_NEXT_STOP; }, nullptr);
       });
       (void)me.monitor(waits);
       std::string reason;
       const rsp_result sent = scarce([&] {
         const rsp_result result = rsp_send(me, waits, NIL);
         if (result == RSP_OK) reason = text_of(me.receive());
         return result;
       });
       if (sent != RSP_OK) {
         kill(me, waits);
         (void)me.receive();
         return sent;
       }
       EXPECT_TRUE(reason == "normal" || reason == "system_limit" || reason == "scarce") << reason;
       return reason == "normal" ? RSP_OK : RSP_ENOMEM;
     }},
    {"is_alive",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         bool alive = false;
         const rsp_result result = scarce([&] { return rsp_is_alive(my, &alive, pid, LONG_MS); });
         EXPECT_EQ(alive, result == RSP_OK);
         return result;
       });
     },
     {RSP_ETIMEDOUT}},
    {"process_info",
     [](const Attached& me) {
       return with_idle(me, [](const Attached& my, rsp_pid pid) {
         rsp_term info = NIL;
         const rsp_result result = scarce([&] { return rsp_process_info(my, &info, pid, LONG_MS); });
         if (result == RSP_OK) rsp_term_free(info);
         return result;
       });
     },
     {RSP_ETIMEDOUT}},
    {"set_label",
     [](const Attached& me) {
       const rsp_result result = scarce([&] { return rsp_set_label(me, rsp_term_int(1)); });
       EXPECT_EQ(rsp_set_label(me, NIL), RSP_OK);
       return result;
     }},
    {"put",
     [](const Attached& me) {
       const rsp_result result = scarce([&] { return rsp_put(me, nullptr, rsp_term_int(1), NIL); });
       EXPECT_EQ(rsp_erase(me, nullptr, rsp_term_int(1)), RSP_OK);
       return result;
     }},
    {"erase",
     [](const Attached& me) {
       constexpr int64_t KEYS = 100;
       for (int64_t i = 0; i < KEYS; ++i) EXPECT_EQ(rsp_put(me, nullptr, rsp_term_int(i), NIL), RSP_OK);
       rsp_result result = RSP_OK;
       // Some come when the dictionary would shrink, which it can do without.
       for (int64_t i = 0; i < KEYS; ++i) {
         const rsp_result erased = scarce([&] { return rsp_erase(me, nullptr, rsp_term_int(i)); });
         if (erased != RSP_OK) result = erased;
       }
       EXPECT_EQ(result, RSP_OK);
       return result;
     }},
    {"get_keys",
     [](const Attached& me) {
       EXPECT_EQ(rsp_put(me, nullptr, word("k"), word("v")), RSP_OK);
       rsp_term keys = NIL;
       const rsp_result result = scarce([&] { return rsp_get_keys(me, &keys); });
       rsp_term_free(keys);
       EXPECT_EQ(rsp_erase(me, nullptr, word("k")), RSP_OK);
       return result;
     }},
    {"receive",
     [](const Attached& me) {
       EXPECT_EQ(rsp_send(me, me.pid(), word("x")), RSP_OK);
       rsp_msg* message = nullptr;
       const rsp_result result = scarce([&] { return rsp_receive(me, &message, nullptr); });
       if (result == RSP_OK) rsp_msg_free(message);
       return result;
     }},
    {"what_needs_none_of_a_thread",
     [](const Attached& me) {
       EXPECT_EQ(rsp_put(me, nullptr, word("k"), word("v")), RSP_OK);
       EXPECT_EQ(rsp_set_label(me, word("x")), RSP_OK);
       EXPECT_EQ(rsp_send(me, me.pid(), word("hello")), RSP_OK);
       rsp_ref timer = {};
       EXPECT_EQ(rsp_send_after(me, &timer, 100'000, me.pid(), word("x")), RSP_OK);
       rsp_ref alias = {};
       EXPECT_EQ(rsp_alias(me, &alias, RSP_ALIAS_EXPLICIT), RSP_OK);
       EXPECT_EQ(rsp_register(me, atom("scarce"), me.pid()), RSP_OK);
       rsp_term out = NIL;
       rsp_ref made = {};
       bool active = false;
       rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
       rsp_msg* message = me.receive().release();
       EXPECT_EQ(scarce([&] { return rsp_put_back(me, message); }), RSP_OK);
       EXPECT_TRUE(me.has_message());
       EXPECT_EQ(scarce([&] { return rsp_get(me, &out, word("k")); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_get_label(me, &out); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_read_timer(me, &active, nullptr, timer); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_make_ref(me, &made); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_unalias(me, nullptr, alias); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_unregister(me, atom("scarce")); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_bump_reductions(me, 1); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_watch_waits(me, LONG_MS, nullptr, nullptr); }), RSP_OK);
       EXPECT_EQ(scarce([&] { return rsp_runtime_get_stats(&read); }), RSP_OK);
       EXPECT_EQ(rsp_set_label(me, NIL), RSP_OK);
       EXPECT_EQ(rsp_erase(me, nullptr, word("k")), RSP_OK);
       EXPECT_EQ(cancel(me, timer), RSP_OK);
       const rsp_result result = scarce([&] { return rsp_checkpoint(me); });
       EXPECT_EQ(result, RSP_OK);
       return result;
     }},
    {"attach",
     [](const Attached&) {
       rsp_result result = RSP_OK;
       std::thread([&] {
         rsp_self* self = nullptr;
         result = scarce([&] { return rsp_attach(&self); });
         if (result == RSP_OK) {
           EXPECT_EQ(rsp_detach(self, NIL), RSP_OK);
         }
       }).join();
       return result;
     }},
    {"detach",
     [](const Attached& me) {
       rsp_result result = RSP_OK;
       std::thread([&] {
         rsp_self* self = nullptr;
         EXPECT_EQ(rsp_attach(&self), RSP_OK);
         EXPECT_EQ(rsp_link(self, me.pid()), RSP_OK);
         result = scarce([&] { return rsp_detach(self, word("normal")); });
       }).join();
       EXPECT_EQ(result, RSP_OK);
       return result;
     }},
    {"lane_new",
     [](const Attached&) {
       rsp_lane_hooks hooks = {sizeof hooks, [](void*) {}, [](void*) {}, [](void*) { return RSP_OK; },
                               nullptr};
       rsp_lane* lane = nullptr;
       const rsp_result result = scarce([&] { return rsp_lane_new(&lane, &hooks, false); });
       if (result == RSP_OK) rsp_lane_free(lane);
       return result;
     }},
};

/** Until a call gets through without a failure. */
void run_short_of_memory(const Scenario& scenario) {
  constexpr uint64_t MOST = 300;  // no call takes so many blocks
  const Attached me;
  for (g_nth = 1; g_nth <= MOST; ++g_nth) {
    SCOPED_TRACE("allocation " + std::to_string(g_nth));
    const rsp_result result = scenario.call(me);
    forget(me);
    if (!g_failed) {
      EXPECT_EQ(result, RSP_OK);
      break;
    }
    // A failure that somebody else had, or that cost only what can do without: RSP_OK.
    if (result != RSP_OK && result != RSP_ENOMEM) {
      EXPECT_EQ(scenario.also_allowed.count(result), 1u) << rsp_result_name(result);
    }
    const rsp_pid echo = spawn_echo(me);  // the others go on
    ASSERT_EQ(rsp_send(me, echo, word("still_here")), RSP_OK);
    ASSERT_EQ(text_of(me.receive()), "still_here");
    kill(me, echo);
  }
  EXPECT_LE(g_nth, MOST);
}

TEST_P(OutOfMemory, at_any_place_is_a_result_and_changes_nothing) {
  g_lasts = false;
  run_short_of_memory(GetParam());
}

TEST_P(OutOfMemory, from_any_place_on_is_a_result_and_nothing_waits_for_it_to_end) {
  g_lasts = true;
  run_short_of_memory(GetParam());
}

INSTANTIATE_TEST_SUITE_P(InEachCall, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
