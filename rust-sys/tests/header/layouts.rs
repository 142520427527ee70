//! How Rust lays the structs out.

use std::fmt::Write as _;

use crate::declarations::c_name;

pub struct Layout {
    pub name: &'static str,
    pub size: usize,
    pub alignment: usize,
    pub fields: Vec<(&'static str, usize)>,
}

macro_rules! layouts {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        vec![$(Layout {
            name: stringify!($name),
            size: size_of::<resprout_sys::$name>(),
            alignment: align_of::<resprout_sys::$name>(),
            fields: vec![$((stringify!($field), std::mem::offset_of!(resprout_sys::$name, $field))),+],
        }),+]
    };
}

pub fn layouts() -> Vec<Layout> {
    layouts! {
        rsp_agent_opts { size, name, state, init, ctx, ctx_free }
        rsp_agent_state { size, term, native, ops }
        rsp_api {
            size, raise, exit, error, throw_, try_, exception_reason, exception_free, exception_term, lane_new,
            lane_run, lane_stop, lane_post, lane_free, send, send_native, send_name, send_alias, reply, reply_native,
            msg_get_kind, msg_from, msg_term, msg_native, msg_take_native, msg_ref, msg_from_call, msg_tag, msg_name,
            msg_free, receive, send_request, send_request_native, receive_response, abandon_request, cast,
            cast_native, await_, register_, unregister, whereis, spawn, self_pid, current, exit_signal, trap_exit,
            checkpoint, is_alive, alive_request, process_info, process_info_request, make_ref, link, link_async,
            unlink, monitor, monitor_name, demonitor, alias, unalias, set_report_sink, result_name, result_message,
            runtime_start, runtime_stop, runtime_is_running, runtime_get_stats, attach, detach, server_start, call,
            call_native, call_name, stop, supervisor_start, supervisor_start_spec, supervisor_start_child,
            supervisor_which_children, atom_intern, atom_name, term_nil, term_bool, term_int, term_float, term_atom,
            term_pid, term_ref, term_binary, term_string, term_tuple, term_list, term_map, term_copy, term_free,
            term_kind, term_get_bool, term_get_int, term_get_float, term_get_atom, term_get_pid, term_get_ref,
            term_get_bytes, term_size, term_element, term_map_get, term_map_pair, term_equal, term_compare,
            term_format, send_after, send_after_name, start_timer, cancel_timer, read_timer, watch_waits, put_back,
            version_number, version_string, blocking_begin, blocking_end, limit_mailbox, is_pressed, bump_reductions,
            region_alloc, region_free, resource_add, resource_remove, select, cancel_select,
            supervisor_count_children, supervisor_terminate_child, supervisor_restart_child, supervisor_delete_child,
            supervisor_get_childspec, supervisor_check_childspecs, supervisor_start_child_args, send_request_name,
            send_request_name_native, wait_response, check_response, msg_is_reply, cast_name, cast_name_native,
            reqids_new, reqids_free, reqids_add, reqids_send_request, reqids_size, reqids_to_list, reqids_get,
            reqids_receive_response, reqids_wait_response, reqids_check_response, node, multi_call, abcast,
            registry_spec, registry_start, registry_register, registry_unregister, registry_update_value,
            registry_lookup, registry_match, registry_whereis, registry_keys, registry_count, registry_meta,
            registry_put_meta, registry_delete_meta, send_via, cast_via, call_via, set_report_contents, run,
            init_stop, task_async, task_supervisor_async, task_supervisor_async_nolink, task_await, task_yield,
            task_shutdown, task_ignore, task_async_stream, task_stream_next, task_stream_supply,
            task_stream_end_input, task_stream_halt, agent_spec, agent_start, agent_get, agent_update,
            agent_get_and_update, agent_cast, partition_count, partition_whereis, partition_send, partition_cast,
            partition_call, await_start, await_start_supervisor, await_stop, supervisor_start_child_info,
            supervisor_start_child_args_info, supervisor_restart_child_info, call_name_native, suspend,
            suspend_request, resume, statem_next_state, statem_repeat_state, statem_postpone, statem_next_event,
            statem_next_event_native, statem_timeout, statem_update_timeout, statem_cancel_timeout,
            statem_state_enter, statem_state, ets_new, ets_whereis, ets_delete, ets_give_away, ets_set_heir,
            ets_insert, ets_insert_new, ets_lookup, ets_member, ets_take, ets_delete_key, ets_update_counter,
            ets_first, ets_next, ets_tab2list, ets_info, event_spec, event_start, event_add_handler,
            event_add_sup_handler, event_delete_handler, event_swap_handler, event_swap_sup_handler, event_notify,
            event_notify_native, event_sync_notify, event_sync_notify_native, event_call, event_call_native,
            event_which_handlers, pg_spec, pg_start, pg_join, pg_leave, pg_get_members, pg_get_local_members,
            pg_which_groups, pg_monitor, pg_monitor_scope, pg_demonitor, application_load, application_unload,
            application_start, application_ensure_all_started, application_stop, application_which,
            application_loaded, put, get, erase, get_keys, set_label, get_label, sys_get_status, sys_get_state,
            sys_trace, init_ack_later, init_ack, set_report_level, supervisor_start_child_request,
        }
        rsp_application_spec {
            size, name, applications, application_count, supervisor, start, prep_stop, stop, ctx, ctx_free, lane,
        }
        rsp_atom { id }
        rsp_backoff { size, min_ms, max_ms, factor, jitter, reset_after_ms }
        rsp_child_spec {
            size, id, start, supervisor, type_, restart, shutdown, shutdown_ms, significant, via_registry, via_key, fatal,
            backoff,
        }
        rsp_ets_opts { size, name, access, heir, heir_data }
        rsp_event { size, type_, msg, from, name, state }
        rsp_event_handler { size, ops, id, args, ctx, ctx_free }
        rsp_event_ops { size, name, init, handle_event, handle_call, handle_info, terminate, free_state, format_status }
        rsp_event_return {
            size, action, hibernate, state, reply, reply_native, reply_ops, reason, args, handler,
        }
        rsp_exception { size, exception_class, value, frames }
        rsp_from { pid, ref_ }
        rsp_lane_hooks { size, acquire, release, start_thread, ctx }
        rsp_monitor_opts { size, alias, tag }
        rsp_native_ops { size, drop, describe }
        rsp_pid { id, node, creation }
        rsp_receive_opts { size, timeout_ms, match_, match_ctx }
        rsp_ref { node, creation, words, len }
        rsp_registry_opts { size, name, keys, listeners, listener_count }
        rsp_resource { id }
        rsp_run_opts { size, stop_timeout_ms, handle_signals, notify }
        rsp_runtime_opts { size, workers, max_processes, stack_signal }
        rsp_runtime_stats {
            size, processes, workers, worker_wake_ups, zombies, stuck_turns, watchdog_wake_ups, dropped_messages,
        }
        rsp_server_ops {
            size, name, init, handle_call, handle_cast, handle_info, handle_continue, terminate, free_state, restart,
            shutdown, shutdown_ms, format_status, run, handle_event,
        }
        rsp_server_return {
            size, action, reply, reply_native, reply_ops, reason, has_continue, continue_term, state, wait,
            timeout_ms,
        }
        rsp_spawn_opts { size, link, monitor, trap_exit, alias, tag, start, lane, stall_ms, max_message_bytes, max_messages, overflow, worker }
        rsp_start_opts { size, link, monitor, timeout_ms, via_registry, via_key }
        rsp_outcome { size, result, pid, monitor, error }
        rsp_start_more { size, function, function_name }
        rsp_start_return { size, action, pid, info, reason }
        rsp_start_spec {
            size, ops, library, symbol, handler, args, ctx, ctx_free, name, lane, stall_ms, max_message_bytes, max_messages,
            overflow, worker, more,
        }
        rsp_supervisor_init { size, opts, children, child_count, ignore, bad_return, bad_value }
        rsp_supervisor_opts { size, strategy, name, max_restarts, period_ms, auto_shutdown, max_children, extra_arguments }
        rsp_supervisor_spec {
            size, module, children, child_count, opts, init, args, ctx, ctx_free, init_done, lane, partitions,
            with_partition,
        }
        rsp_task { pid, ref_ }
        rsp_task_stream { pid, owner }
        rsp_task_stream_opts { size, max_concurrency, timeout_ms, ordered, link, kill_task, supervisor }
        rsp_term { meta, data }
        rsp_term_pair { key, value }
    }
}

pub fn layouts_in_c(layouts: &[Layout]) -> String {
    let mut c = String::new();
    for Layout { name, size, alignment, fields } in layouts {
        let mut expect = |what: &str, value: usize| {
            writeln!(c, "_Static_assert({what} == {value}, \"{what}\");").expect("a String takes everything");
        };
        expect(&format!("sizeof(struct {name})"), *size);
        expect(&format!("_Alignof(struct {name})"), *alignment);
        for (field, offset) in fields {
            expect(&format!("offsetof(struct {name}, {})", c_name(field)), *offset);
        }
    }
    c
}
