// Every function that takes a process, with arguments that are all right: for tests of who may call, and when.
#pragma once

#include <unistd.h>

#include <functional>
#include <vector>

#include "tests/capi/misuse.hpp"

namespace capi_test {

enum class Caller { PROCESS, ANYBODY };

/** A function of the C API with arguments that are all right; whether it may be called with NULL for self. */
struct Verb {
  const char* name;
  Caller caller;
  std::function<rsp_result(rsp_self*)> call;
};

/** A verb of a collection, with one of the caller's in which there is a request; or one that is not the caller's, where that
 * cannot have any. */
inline rsp_result with_ids(World& w, rsp_self* self, const std::function<rsp_result(rsp_reqids*)>& verb) {
  rsp_reqids* own = nullptr;
  if (rsp_reqids_new(self, &own) == RSP_OK) {
    const rsp_result sent = rsp_reqids_send_request(self, own, w.pid, NIL, NIL);
    if (sent != RSP_OK) {
      EXPECT_EQ(sent, RSP_EXITING);
    }
  }
  const rsp_result result = verb(own != nullptr ? own : w.ids);
  rsp_reqids_free(self, own);
  return result;
}

/** A verb of a table, with one of the caller's that has two entries; or with one that is over, where it cannot have any. */
inline rsp_result with_table(rsp_self* self, const std::function<rsp_result(rsp_ref)>& verb) {
  rsp_ref table = {0, 0, {UINT32_MAX, 1, 0, 0, 0}, 5};
  if (self != nullptr && rsp_ets_new(self, &table, nullptr) == RSP_OK) {
    EXPECT_EQ(rsp_ets_insert(self, table, NIL, rsp_term_int(1)), RSP_OK);
    EXPECT_EQ(rsp_ets_insert(self, table, rsp_term_int(1), NIL), RSP_OK);
  }
  return verb(table);
}

/** A key that is the caller's own. */
inline rsp_term key_of(rsp_self* self) { return rsp_term_pid(rsp_self_pid(self)); }

inline std::vector<Verb> verbs(World& w) {
  const auto P = Caller::PROCESS;
  const auto A = Caller::ANYBODY;
  return {
      {"spawn", A,
       [&](rsp_self* s) { return rsp_spawn(s, &w.pid_out, nullptr, nullptr, nothing, nullptr, nullptr); }},
      {"exit_signal", A, [&](rsp_self* s) { return rsp_exit_signal(s, w.pid, word("normal")); }},
      {"bump_reductions", P, [&](rsp_self* s) { return rsp_bump_reductions(s, 1); }},
      {"region_alloc", P, [&](rsp_self* s) { return rsp_region_alloc(s, &w.piece_out, 10); }},
      {"region_free", P, [&](rsp_self* s) { return rsp_region_free(s, nullptr, 10); }},
      {"resource_add", P,
       [&](rsp_self* s) {
         return rsp_resource_add(
             s, nullptr, [](void*) {}, nullptr);
       }},
      {"resource_remove", P,
       [&](rsp_self* s) {
         rsp_resource resource = {};
         const rsp_result added = rsp_resource_add(
             s, &resource, [](void*) {}, nullptr);
         return added == RSP_OK ? rsp_resource_remove(s, resource) : added;
       }},
      {"trap_exit", P, [&](rsp_self* s) { return rsp_trap_exit(s, nullptr, false); }},
      {"checkpoint", P, [&](rsp_self* s) { return rsp_checkpoint(s); }},
      {"blocking_begin", P, [&](rsp_self* s) { return rsp_blocking_begin(s); }},
      {"blocking_end", P, [&](rsp_self* s) { return rsp_blocking_end(s); }},
      {"is_alive", P, [&](rsp_self* s) { return rsp_is_alive(s, &w.flag_out, w.pid, 0); }},
      {"set_label", P, [&](rsp_self* s) { return rsp_set_label(s, NIL); }},
      {"get_label", P, [&](rsp_self* s) { return rsp_get_label(s, &w.term_out); }},
      {"put", P, [&](rsp_self* s) { return rsp_put(s, nullptr, NIL, NIL); }},
      {"get", P, [&](rsp_self* s) { return rsp_get(s, &w.term_out, NIL); }},
      {"erase", P, [&](rsp_self* s) { return rsp_erase(s, nullptr, NIL); }},
      {"get_keys", P, [&](rsp_self* s) { return rsp_get_keys(s, &w.term_out); }},
      {"suspend", P, [&](rsp_self* s) { return rsp_suspend(s, w.pid, 0); }},
      {"suspend_request", P,
       [&](rsp_self* s) {
         const rsp_result result = rsp_suspend_request(s, &w.ref_out, w.pid);
         return result == RSP_OK ? rsp_resume(s, w.pid) : result;
       }},
      {"resume", P,
       [&](rsp_self* s) {
         const rsp_result result = rsp_resume(s, w.pid);
         return result == RSP_ENOPROC ? RSP_OK : result;  // nothing is suspended
       }},
      {"alive_request", P, [&](rsp_self* s) { return rsp_alive_request(s, &w.ref_out, w.pid); }},
      {"process_info", P, [&](rsp_self* s) { return rsp_process_info(s, &w.term_out, w.pid, 0); }},
      {"process_info_request", P,
       [&](rsp_self* s) { return rsp_process_info_request(s, &w.ref_out, w.pid); }},
      {"make_ref", P, [&](rsp_self* s) { return rsp_make_ref(s, &w.ref_out); }},
      {"send", A, [&](rsp_self* s) { return rsp_send(s, w.pid, NIL); }},
      {"send_native", A, [&](rsp_self* s) { return rsp_send_native(s, w.pid, nullptr, &OPS); }},
      {"send_name", A, [&](rsp_self* s) { return rsp_send_name(s, w.name, NIL); }},
      {"send_alias", A, [&](rsp_self* s) { return rsp_send_alias(s, w.ref, NIL); }},
      {"reply", A, [&](rsp_self* s) { return rsp_reply(s, w.from, NIL); }},
      {"reply_native", A, [&](rsp_self* s) { return rsp_reply_native(s, w.from, nullptr, &OPS); }},
      {"receive", P, [&](rsp_self* s) { return rsp_receive(s, &w.msg_out, &w.at_once); }},
      {"send_request", P, [&](rsp_self* s) { return rsp_send_request(s, &w.ref_out, w.pid, NIL); }},
      {"send_request_native", P,
       [&](rsp_self* s) { return rsp_send_request_native(s, &w.ref_out, w.pid, nullptr, &OPS); }},
      {"receive_response", P, [&](rsp_self* s) { return rsp_receive_response(s, &w.msg_out, w.ref, 0); }},
      {"abandon_request", P, [&](rsp_self* s) { return rsp_abandon_request(s, w.ref); }},
      {"wait_response", P, [&](rsp_self* s) { return rsp_wait_response(s, &w.msg_out, w.ref, 0); }},
      {"send_request_name", P,
       [&](rsp_self* s) { return rsp_send_request_name(s, &w.ref_out, w.name, NIL); }},
      {"send_request_name_native", P,
       [&](rsp_self* s) { return rsp_send_request_name_native(s, &w.ref_out, w.name, nullptr, &OPS); }},
      {"reqids_new", P,
       [&](rsp_self* s) {
         rsp_reqids* ids = nullptr;
         const rsp_result result = rsp_reqids_new(s, &ids);
         rsp_reqids_free(s, ids);
         return result;
       }},
      {"reqids_send_request", P,
       [&](rsp_self* s) {
         return with_ids(w, s,
                         [&](rsp_reqids* ids) { return rsp_reqids_send_request(s, ids, w.pid, NIL, NIL); });
       }},
      {"reqids_receive_response", P,
       [&](rsp_self* s) {
         return with_ids(w, s, [&](rsp_reqids* ids) {
           return rsp_reqids_receive_response(s, &w.msg_out, nullptr, ids, true, 0);
         });
       }},
      {"reqids_wait_response", P,
       [&](rsp_self* s) {
         return with_ids(w, s, [&](rsp_reqids* ids) {
           return rsp_reqids_wait_response(s, &w.msg_out, nullptr, ids, true, 0);
         });
       }},
      {"multi_call", P,
       [&](rsp_self* s) { return rsp_multi_call(s, &w.msg_out, &w.node, 1, w.name, NIL, 0); }},
      {"abcast", A, [&](rsp_self* s) { return rsp_abcast(s, &w.node, 1, w.name, NIL); }},
      {"cast_name", A, [&](rsp_self* s) { return rsp_cast_name(s, w.name, NIL); }},
      {"cast_name_native", A, [&](rsp_self* s) { return rsp_cast_name_native(s, w.name, nullptr, &OPS); }},
      {"cast", A, [&](rsp_self* s) { return rsp_cast(s, w.pid, NIL); }},
      {"cast_native", A, [&](rsp_self* s) { return rsp_cast_native(s, w.pid, nullptr, &OPS); }},
      {"link", P, [&](rsp_self* s) { return rsp_link(s, w.pid); }},
      {"link_async", P, [&](rsp_self* s) { return rsp_link_async(s, w.pid); }},
      {"unlink", P, [&](rsp_self* s) { return rsp_unlink(s, w.pid); }},
      {"monitor", P, [&](rsp_self* s) { return rsp_monitor(s, &w.ref_out, w.pid, nullptr); }},
      {"monitor_name", P, [&](rsp_self* s) { return rsp_monitor_name(s, &w.ref_out, w.name, nullptr); }},
      {"demonitor", P, [&](rsp_self* s) { return rsp_demonitor(s, nullptr, w.ref, true); }},
      {"alias", P, [&](rsp_self* s) { return rsp_alias(s, &w.ref_out, RSP_ALIAS_EXPLICIT); }},
      {"unalias", P, [&](rsp_self* s) { return rsp_unalias(s, nullptr, w.ref); }},
      {"register", A, [&](rsp_self* s) { return rsp_register(s, w.name, w.pid); }},
      {"unregister", A, [&](rsp_self* s) { return rsp_unregister(s, w.name); }},
      {"send_after", P, [&](rsp_self* s) { return rsp_send_after(s, &w.ref_out, 1, w.pid, NIL); }},
      {"send_after_name", P, [&](rsp_self* s) { return rsp_send_after_name(s, &w.ref_out, 1, w.name, NIL); }},
      {"start_timer", P, [&](rsp_self* s) { return rsp_start_timer(s, &w.ref_out, 1, w.pid, NIL); }},
      {"cancel_timer", P, [&](rsp_self* s) { return rsp_cancel_timer(s, &w.flag_out, nullptr, w.ref); }},
      {"read_timer", P, [&](rsp_self* s) { return rsp_read_timer(s, &w.flag_out, nullptr, w.ref); }},
      {"select", P,
       [&](rsp_self* s) {
         int ends[2];
         EXPECT_EQ(pipe(ends), 0);
         const rsp_result result = rsp_select(s, &w.ref_out, ends[0], RSP_SELECT_READ);
         for (const int end : ends) close(end);
         return result;
       }},
      {"cancel_select", P, [&](rsp_self* s) { return rsp_cancel_select(s, &w.flag_out, w.ref); }},
      {"call", P, [&](rsp_self* s) { return rsp_call(s, &w.msg_out, nullptr, w.pid, NIL, 0); }},
      {"call_native", P,
       [&](rsp_self* s) { return rsp_call_native(s, &w.msg_out, nullptr, w.pid, nullptr, &OPS, 0); }},
      {"call_name", P, [&](rsp_self* s) { return rsp_call_name(s, &w.msg_out, nullptr, w.name, NIL, 0); }},
      {"call_name_native", P,
       [&](rsp_self* s) { return rsp_call_name_native(s, &w.msg_out, nullptr, w.name, nullptr, &OPS, 0); }},
      {"registry_start", A,
       [&](rsp_self* s) { return rsp_registry_start(s, &w.pid_out, nullptr, &w.registry_opts, nullptr); }},
      {"registry_register", P,
       [&](rsp_self* s) { return rsp_registry_register(s, nullptr, w.registry, key_of(s), NIL); }},
      {"registry_update_value", P,
       [&](rsp_self* s) { return rsp_registry_update_value(s, nullptr, w.registry, key_of(s), NIL); }},
      {"send_via", A, [&](rsp_self* s) { return rsp_send_via(s, w.registry, key_of(s), NIL); }},
      {"cast_via", A, [&](rsp_self* s) { return rsp_cast_via(s, w.registry, key_of(s), NIL); }},
      {"call_via", P,
       [&](rsp_self* s) { return rsp_call_via(s, &w.msg_out, nullptr, w.registry, key_of(s), NIL, 0); }},
      {"registry_unregister", P,
       [&](rsp_self* s) { return rsp_registry_unregister(s, w.registry, key_of(s)); }},
      {"event_start", A,
       [&](rsp_self* s) { return rsp_event_start(s, &w.pid_out, nullptr, rsp_atom{0}, nullptr); }},
      {"event_add_handler", P,
       [&](rsp_self* s) { return rsp_event_add_handler(s, nullptr, w.manager, &w.handler, 0); }},
      {"event_add_sup_handler", P,
       [&](rsp_self* s) { return rsp_event_add_sup_handler(s, nullptr, w.manager, &w.handler, 0); }},
      {"event_delete_handler", P,
       [&](rsp_self* s) {
         return rsp_event_delete_handler(s, nullptr, nullptr, w.manager, word("x"), NIL, 0);
       }},
      {"event_swap_handler", P,
       [&](rsp_self* s) {
         return rsp_event_swap_handler(s, nullptr, w.manager, word("x"), NIL, &w.handler, 0);
       }},
      {"event_swap_sup_handler", P,
       [&](rsp_self* s) {
         return rsp_event_swap_sup_handler(s, nullptr, w.manager, word("x"), NIL, &w.handler, 0);
       }},
      {"event_notify", A, [&](rsp_self* s) { return rsp_event_notify(s, w.manager, NIL); }},
      {"event_notify_native", A,
       [&](rsp_self* s) { return rsp_event_notify_native(s, w.manager, nullptr, &OPS); }},
      {"event_sync_notify", P,
       [&](rsp_self* s) { return rsp_event_sync_notify(s, nullptr, w.manager, NIL, 0); }},
      {"event_sync_notify_native", P,
       [&](rsp_self* s) { return rsp_event_sync_notify_native(s, nullptr, w.manager, nullptr, &OPS, 0); }},
      {"event_call", P,
       [&](rsp_self* s) { return rsp_event_call(s, &w.msg_out, nullptr, w.manager, word("x"), NIL, 0); }},
      {"event_call_native", P,
       [&](rsp_self* s) {
         return rsp_event_call_native(s, &w.msg_out, nullptr, w.manager, word("x"), nullptr, &OPS, 0);
       }},
      {"event_which_handlers", P,
       [&](rsp_self* s) { return rsp_event_which_handlers(s, &w.term_out, nullptr, w.manager, 0); }},
      {"pg_start", A,
       [&](rsp_self* s) { return rsp_pg_start(s, &w.pid_out, nullptr, atom("misuse_test_other"), nullptr); }},
      {"pg_join", P, [&](rsp_self* s) { return rsp_pg_join(s, nullptr, w.scope, NIL, &w.pid, 1); }},
      {"pg_leave", P, [&](rsp_self* s) { return rsp_pg_leave(s, nullptr, w.scope, NIL, &w.pid, 1); }},
      {"pg_monitor", P,
       [&](rsp_self* s) { return rsp_pg_monitor(s, &w.ref_out, nullptr, nullptr, w.scope, NIL); }},
      {"pg_monitor_scope", P,
       [&](rsp_self* s) { return rsp_pg_monitor_scope(s, &w.ref_out, nullptr, nullptr, w.scope); }},
      {"pg_demonitor", P, [&](rsp_self* s) { return rsp_pg_demonitor(s, nullptr, w.scope, w.ref); }},
      {"agent_start", A,
       [&](rsp_self* s) { return rsp_agent_start(s, &w.pid_out, nullptr, &w.agent_opts, nullptr); }},
      {"agent_get_and_update", P,
       [&](rsp_self* s) {
         return rsp_agent_get_and_update(s, &w.msg_out, nullptr, w.pid, 0, change_nothing, nullptr, nullptr);
       }},
      {"agent_update", P,
       [&](rsp_self* s) { return rsp_agent_update(s, nullptr, w.pid, 0, change_nothing, nullptr, nullptr); }},
      {"sys_get_status", A,
       [&](rsp_self* s) { return rsp_sys_get_status(s, &w.term_out, nullptr, w.pid, 0); }},
      {"sys_get_state", A, [&](rsp_self* s) { return rsp_sys_get_state(s, &w.term_out, nullptr, w.pid, 0); }},
      {"sys_trace", A, [&](rsp_self* s) { return rsp_sys_trace(s, nullptr, w.pid, true, 0); }},
      {"agent_cast", A,
       [&](rsp_self* s) { return rsp_agent_cast(s, w.pid, change_nothing, nullptr, nullptr); }},
      {"application_load", A, [&](rsp_self* s) { return rsp_application_load(s, nullptr, &w.application); }},
      {"application_unload", A, [&](rsp_self* s) { return rsp_application_unload(s, nullptr, w.name); }},
      {"application_start", A,
       [&](rsp_self* s) {
         return rsp_application_start(s, nullptr, w.name, RSP_APPLICATION_PERMANENT, RSP_INFINITE);
       }},
      {"application_ensure_all_started", A,
       [&](rsp_self* s) {
         return rsp_application_ensure_all_started(s, nullptr, nullptr, w.name, RSP_APPLICATION_PERMANENT,
                                                   RSP_INFINITE);
       }},
      {"application_stop", A,
       [&](rsp_self* s) { return rsp_application_stop(s, nullptr, w.name, RSP_INFINITE); }},
      {"application_which", A, [&](rsp_self* s) { return rsp_application_which(s, &w.term_out); }},
      {"application_loaded", A, [&](rsp_self* s) { return rsp_application_loaded(s, &w.term_out); }},
      {"partition_send", A, [&](rsp_self* s) { return rsp_partition_send(s, w.partitions, NIL, NIL); }},
      {"partition_cast", A, [&](rsp_self* s) { return rsp_partition_cast(s, w.partitions, NIL, NIL); }},
      {"partition_call", P,
       [&](rsp_self* s) { return rsp_partition_call(s, &w.msg_out, nullptr, w.partitions, NIL, NIL, 0); }},
      {"ets_new", P, [&](rsp_self* s) { return rsp_ets_new(s, &w.ref_out, nullptr); }},
      {"ets_insert", A,
       [&](rsp_self* s) { return with_table(s, [&](rsp_ref t) { return rsp_ets_insert(s, t, NIL, NIL); }); }},
      {"ets_insert_new", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_insert_new(s, &w.flag_out, t, NIL, NIL); });
       }},
      {"ets_lookup", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_lookup(s, &w.term_out, t, NIL); });
       }},
      {"ets_member", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_member(s, &w.flag_out, t, NIL); });
       }},
      {"ets_take", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_take(s, &w.term_out, t, NIL); });
       }},
      {"ets_delete_key", A,
       [&](rsp_self* s) { return with_table(s, [&](rsp_ref t) { return rsp_ets_delete_key(s, t, NIL); }); }},
      {"ets_update_counter", A,
       [&](rsp_self* s) {
         int64_t sum = 0;
         return with_table(s, [&](rsp_ref t) { return rsp_ets_update_counter(s, &sum, t, NIL, 1, nullptr); });
       }},
      {"ets_first", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_first(s, &w.term_out, nullptr, t); });
       }},
      {"ets_next", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) {
           rsp_term first = NIL;
           (void)!rsp_ets_first(s, &first, nullptr, t);
           return rsp_ets_next(s, &w.term_out, nullptr, t, first);
         });
       }},
      {"ets_tab2list", A,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) {
           rsp_term list = NIL;
           const rsp_result result = rsp_ets_tab2list(s, &list, t);
           rsp_term_free(list);
           return result;
         });
       }},
      {"ets_set_heir", P,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_set_heir(s, t, w.pid, NIL); });
       }},
      {"ets_give_away", P,
       [&](rsp_self* s) {
         return with_table(s, [&](rsp_ref t) { return rsp_ets_give_away(s, t, w.pid, NIL); });
       }},
      {"ets_delete", A,
       [&](rsp_self* s) { return with_table(s, [&](rsp_ref t) { return rsp_ets_delete(s, t); }); }},
      {"stop", A, [&](rsp_self* s) { return rsp_stop(s, nullptr, w.pid, NIL, 0); }},
      {"server_start", A,
       [&](rsp_self* s) { return rsp_server_start(s, &w.pid_out, nullptr, nullptr, &w.start, nullptr); }},
      {"supervisor_start", A,
       [&](rsp_self* s) {
         return rsp_supervisor_start(s, &w.pid_out, nullptr, &w.child, 1, nullptr, nullptr);
       }},
      {"supervisor_start_child", P,
       [&](rsp_self* s) { return rsp_supervisor_start_child(s, &w.pid_out, nullptr, w.pid, &w.child, 0); }},
      {"supervisor_start_child_args", P,
       [&](rsp_self* s) { return rsp_supervisor_start_child_args(s, &w.pid_out, nullptr, w.pid, NIL, 0); }},
      {"supervisor_start_child_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, &w.child, 0);
       }},
      {"supervisor_start_child_request", P,
       [&](rsp_self* s) {
         const rsp_result result =
             rsp_supervisor_start_child_request(s, &w.ref_out, nullptr, w.pid, &w.child);
         if (result == RSP_OK) {
           EXPECT_EQ(rsp_abandon_request(s, w.ref_out), RSP_OK);
         }
         return result;
       }},
      {"supervisor_start_child_args_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_start_child_args_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_which_children", P,
       [&](rsp_self* s) { return rsp_supervisor_which_children(s, &w.term_out, w.pid, 0); }},
      {"supervisor_count_children", P,
       [&](rsp_self* s) { return rsp_supervisor_count_children(s, &w.term_out, w.pid, 0); }},
      {"supervisor_terminate_child", P,
       [&](rsp_self* s) { return rsp_supervisor_terminate_child(s, nullptr, w.pid, NIL, 0); }},
      {"supervisor_restart_child", P,
       [&](rsp_self* s) { return rsp_supervisor_restart_child(s, &w.pid_out, nullptr, w.pid, NIL, 0); }},
      {"supervisor_restart_child_info", P,
       [&](rsp_self* s) {
         return rsp_supervisor_restart_child_info(s, &w.pid_out, &w.term_out, nullptr, w.pid, NIL, 0);
       }},
      {"supervisor_delete_child", P,
       [&](rsp_self* s) { return rsp_supervisor_delete_child(s, nullptr, w.pid, NIL, 0); }},
      {"supervisor_get_childspec", P,
       [&](rsp_self* s) { return rsp_supervisor_get_childspec(s, &w.term_out, nullptr, w.pid, NIL, 0); }},
      {"try", P,
       [&](rsp_self* s) {
         const rsp_body body = [](rsp_self*, void*) { return RSP_NEXT_CONTINUE; };
         return rsp_try(s, &w.exception, nullptr, body, nullptr, nullptr);
       }},
  };
}

}  // namespace capi_test
