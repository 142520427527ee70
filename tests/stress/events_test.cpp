// Event managers and process groups where memory is short.
#ifdef RESPROUT_FAULT_INJECTION
#include "tests/stress/out_of_memory.hpp"

using namespace capi_test;
using namespace stress;

namespace {

int g_made = 0;
std::atomic<int> g_freed{0};
std::atomic<int> g_states{0};

void free_context(void*) { ++g_freed; }

std::atomic<int> g_dropped{0};
const rsp_native_ops COUNTS_DROPS = {sizeof(rsp_native_ops), [](void*) { ++g_dropped; }, nullptr};
int g_payload = 0;

rsp_next init(rsp_self*, void*, rsp_term, rsp_event_return* ret) {
  ret->state = &g_states;
  ++g_states;
  return RSP_NEXT_CONTINUE;
}
rsp_next handle_event(rsp_self* self, void*, rsp_msg* event, rsp_event_return*) {
  if (show(rsp_msg_term(event)) == "x") return rsp_error(self, word("hello"));
  return RSP_NEXT_CONTINUE;
}
rsp_next handle_call(rsp_self*, void*, rsp_msg* request, rsp_event_return* ret) {
  ret->reply = rsp_term_copy(rsp_msg_term(request));
  return RSP_NEXT_CONTINUE;
}

const rsp_event_ops& ops() {
  static const rsp_event_ops made = {
      sizeof(rsp_event_ops),     "scarce", init, handle_event, handle_call, nullptr, nullptr,
      [](void*) { --g_states; }, nullptr};
  return made;
}

rsp_event_handler handler(rsp_term id = NIL) {
  ++g_made;
  rsp_event_handler made = RSP_EVENT_HANDLER_INIT;
  made.ops = &ops();
  made.id = id;
  made.ctx_free = free_context;
  return made;
}

/** With a manager of two handlers, which is gone afterwards; then all that handlers had has been freed once. */
rsp_result with_manager(const Attached& me, rsp_result (*deed)(const Attached& me, rsp_pid manager)) {
  g_made = 0;
  g_freed = 0;
  rsp_pid manager = NO_PID;
  EXPECT_EQ(rsp_event_start(me, &manager, nullptr, rsp_atom{0}, nullptr), RSP_OK);
  const rsp_event_handler plain = handler();
  const rsp_event_handler own = handler(rsp_term_int(1));
  EXPECT_EQ(rsp_event_add_handler(me, nullptr, manager, &plain, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_event_add_sup_handler(me, nullptr, manager, &own, RSP_INFINITE), RSP_OK);
  EXPECT_EQ(rsp_trap_exit(me, nullptr, true), RSP_OK);
  const rsp_result result = scarce([&] { return deed(me, manager); });
  kill(me, manager);
  EXPECT_EQ(rsp_trap_exit(me, nullptr, false), RSP_OK);
  forget(me);
  // What was in its mailbox is dropped behind the DOWN. A hang is the test's time limit.
  while (g_freed < g_made || g_states != 0) std::this_thread::yield();
  EXPECT_EQ(g_freed, g_made);
  return result;
}

/** With a scope of one group, which the caller watches. */
rsp_result with_scope(const Attached& me, rsp_result (*deed)(const Attached& me, rsp_pid member)) {
  const rsp_atom scope = atom("scarce");
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_pg_start(nullptr, &pid, nullptr, scope, nullptr), RSP_OK);
  const rsp_pid member = spawn_idle(me);
  const rsp_pid twice[] = {member, member};
  rsp_ref ref = {};
  EXPECT_EQ(rsp_pg_join(me, nullptr, scope, word("x"), twice, 2), RSP_OK);
  EXPECT_EQ(rsp_pg_monitor(me, &ref, nullptr, nullptr, scope, word("x")), RSP_OK);
  const rsp_result result = scarce([&] { return deed(me, member); });
  kill(me, member);
  kill(me, pid);
  forget(me);
  return result;
}

const std::set<rsp_result> ENDED = {RSP_EEXITED, RSP_ENOPROC, RSP_ETIMEDOUT, RSP_EHANDLER};

const Scenario SCENARIOS[] = {
    {"event_start",
     [](const Attached& me) {
       rsp_start_opts opts = RSP_START_OPTS_INIT;
       opts.timeout_ms = LONG_MS;
       rsp_pid manager = NO_PID;
       rsp_term error = NIL;
       const rsp_result result =
           scarce([&] { return rsp_event_start(me, &manager, &error, atom("x"), &opts); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, manager);
       return result;
     },
     ENDED},
    {"event_add_handler",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         const rsp_event_handler more = handler(rsp_term_int(2));
         return rsp_event_add_handler(my, nullptr, manager, &more, LONG_MS);
       });
     },
     ENDED},
    {"event_add_sup_handler",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         const rsp_event_handler more = handler(rsp_term_int(2));
         return rsp_event_add_sup_handler(my, nullptr, manager, &more, LONG_MS);
       });
     },
     ENDED},
    {"event_swap_handler",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         const rsp_event_handler more = handler(rsp_term_int(2));
         return rsp_event_swap_handler(my, nullptr, manager, word("scarce"), NIL, &more, LONG_MS);
       });
     },
     ENDED},
    {"event_swap_sup_handler",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         const rsp_event_handler more = handler(rsp_term_int(2));
         return rsp_event_swap_sup_handler(my, nullptr, manager, word("scarce"), NIL, &more, LONG_MS);
       });
     },
     ENDED},
    {"event_native",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         static const rsp_native_ops NOTHING = {sizeof(rsp_native_ops), [](void*) {}, nullptr};
         rsp_result result = rsp_event_notify_native(my, manager, nullptr, &NOTHING);
         if (result == RSP_OK) {
           result = rsp_event_sync_notify_native(my, nullptr, manager, nullptr, &NOTHING, LONG_MS);
         }
         return result;
       });
     },
     ENDED},
    {"event_delete_handler",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         const rsp_result result =
             rsp_event_delete_handler(my, nullptr, nullptr, manager, word("nobody"), NIL, LONG_MS);
         return result == RSP_EMISMATCH ? RSP_OK : result;
       });
     },
     ENDED},
    {"event_call",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         rsp_msg* answer = nullptr;
         const rsp_result result =
             rsp_event_call(my, &answer, nullptr, manager, word("scarce"), word("hello"), LONG_MS);
         rsp_msg_free(answer);
         return result;
       });
     },
     ENDED},
    {"event_call_native",
     [](const Attached& me) {
       g_dropped = 0;
       const rsp_result result = with_manager(me, [](const Attached& my, rsp_pid manager) {
         rsp_msg* answer = nullptr;
         const rsp_result called = rsp_event_call_native(my, &answer, nullptr, manager, word("scarce"),
                                                         &g_payload, &COUNTS_DROPS, LONG_MS);
         rsp_msg_free(answer);
         return called;
       });
       // The payload is the runtime's whatever comes of it.
       wait_until([] { return g_dropped != 0; });
       EXPECT_EQ(g_dropped, 1);
       return result;
     },
     ENDED},
    {"event_that_all_handlers_fail_of",
     [](const Attached& me) {
       rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
       const rsp_result result = with_manager(me, [](const Attached& my, rsp_pid manager) {
         return rsp_event_sync_notify(my, nullptr, manager, word("x"), LONG_MS);
       });
       rsp_set_report_sink(nullptr, nullptr);
       return result;
     },
     ENDED},
    {"event_which_handlers",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         rsp_term names = NIL;
         const rsp_result result = rsp_event_which_handlers(my, &names, nullptr, manager, LONG_MS);
         rsp_term_free(names);
         return result;
       });
     },
     ENDED},
    {"event_notify",
     [](const Attached& me) {
       return with_manager(me, [](const Attached& my, rsp_pid manager) {
         return rsp_event_notify(my, manager, word("hello"));
       });
     }},
    {"pg_start",
     [](const Attached& me) {
       rsp_start_opts opts = RSP_START_OPTS_INIT;
       opts.timeout_ms = LONG_MS;
       rsp_pid scope = NO_PID;
       rsp_term error = NIL;
       const rsp_result result =
           scarce([&] { return rsp_pg_start(me, &scope, &error, atom("scarce"), &opts); });
       rsp_term_free(error);
       if (result == RSP_OK) kill(me, scope);
       return result;
     },
     ENDED},
    {"pg_join",
     [](const Attached& me) {
       return with_scope(me, [](const Attached& my, rsp_pid member) {
         const rsp_pid both[] = {member, my.pid()};
         return rsp_pg_join(my, nullptr, atom("scarce"), word("x"), both, 2);
       });
     },
     ENDED},
    {"pg_leave",
     [](const Attached& me) {
       return with_scope(me, [](const Attached& my, rsp_pid member) {
         return rsp_pg_leave(my, nullptr, atom("scarce"), word("x"), &member, 1);
       });
     },
     ENDED},
    {"pg_monitor",
     [](const Attached& me) {
       return with_scope(me, [](const Attached& my, rsp_pid) {
         rsp_ref ref = {};
         const rsp_result result = rsp_pg_monitor(my, &ref, nullptr, nullptr, atom("scarce"), word("x"));
         return result == RSP_OK ? rsp_pg_demonitor(my, nullptr, atom("scarce"), ref) : result;
       });
     },
     ENDED},
    {"pg_monitor_scope",
     [](const Attached& me) {
       return with_scope(me, [](const Attached& my, rsp_pid) {
         rsp_ref ref = {};
         return rsp_pg_monitor_scope(my, &ref, nullptr, nullptr, atom("scarce"));
       });
     },
     ENDED},
    {"pg_get_members",
     [](const Attached& me) {
       return with_scope(me, [](const Attached&, rsp_pid) {
         rsp_term members = NIL;
         rsp_term groups = NIL;
         const rsp_result result = rsp_pg_get_members(&members, atom("scarce"), word("x"));
         const rsp_result other = rsp_pg_which_groups(&groups, atom("scarce"));
         rsp_term_free(members);
         rsp_term_free(groups);
         return result == RSP_OK ? other : result;
       });
     }},
    {"pg_get_local_members",
     [](const Attached& me) {
       return with_scope(me, [](const Attached&, rsp_pid) {
         rsp_term members = NIL;
         const rsp_result result = rsp_pg_get_local_members(&members, atom("scarce"), word("x"));
         rsp_term_free(members);
         return result;
       });
     }},
};

INSTANTIATE_TEST_SUITE_P(InEachCallOfEventsAndGroups, OutOfMemory, testing::ValuesIn(SCENARIOS),
                         [](const auto& test) { return test.param.name; });

}  // namespace
#endif
