//! The table of all functions, for code that the library loads.
#![doc = header!("api.h")]

use core::ffi::{c_char, c_int, c_void};

#[allow(clippy::wildcard_imports)] // it names nearly everything
use crate::*;

macro_rules! table {
    ($($member:ident = $function:ident($($argument:ident: $of:ty),*) $(-> $result:ty)?;)*) => {
        /// Every function, for a native child: a shared library that links nothing of ours, and calls through the table
        /// that its entry, an [`rsp_child_entry`], receives. Only what `size` covers is there.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct rsp_api {
            /// How far the table goes, in bytes.
            pub size: usize,
            $(
                #[doc = concat!("[`", stringify!($function), "`]")]
                pub $member: unsafe extern "C" fn($($argument: $of),*) $(-> $result)?,
            )*
        }
    };
}

table! {
    // resprout/exception.h
    raise = rsp_raise(self_: *mut rsp_self, exception_class: rsp_class, value: rsp_term,
        frames: rsp_term) -> rsp_next;
    exit = rsp_exit(self_: *mut rsp_self, reason: rsp_term) -> rsp_next;
    error = rsp_error(self_: *mut rsp_self, value: rsp_term) -> rsp_next;
    throw_ = rsp_throw(self_: *mut rsp_self, value: rsp_term) -> rsp_next;
    try_ = rsp_try(self_: *mut rsp_self, out: *mut rsp_exception, next_out: *mut rsp_next, body: rsp_body,
        after: rsp_body, ctx: *mut c_void) -> rsp_result;
    exception_reason = rsp_exception_reason(out: *mut rsp_term,
        exception: *const rsp_exception) -> rsp_result;
    exception_free = rsp_exception_free(exception: *mut rsp_exception);
    exception_term = rsp_exception_term(out: *mut rsp_term, language: rsp_atom, type_: *const c_char,
        type_len: usize, message: *const c_char, message_len: usize, frames: rsp_term) -> rsp_result;

    // resprout/lane.h
    lane_new = rsp_lane_new(out: *mut *mut rsp_lane, hooks: *const rsp_lane_hooks,
        exclusive: bool) -> rsp_result;
    lane_run = rsp_lane_run(lane: *mut rsp_lane) -> rsp_result;
    lane_stop = rsp_lane_stop(lane: *mut rsp_lane);
    lane_post = rsp_lane_post(lane: *mut rsp_lane, fn_: Option<unsafe extern "C" fn(arg: *mut c_void)>,
        arg: *mut c_void) -> rsp_result;
    lane_free = rsp_lane_free(lane: *mut rsp_lane);

    // resprout/message.h
    send = rsp_send(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result;
    send_native = rsp_send_native(self_: *mut rsp_self, to: rsp_pid, payload: *mut c_void,
        ops: *const rsp_native_ops) -> rsp_result;
    send_name = rsp_send_name(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result;
    send_alias = rsp_send_alias(self_: *mut rsp_self, alias: rsp_ref, term: rsp_term) -> rsp_result;
    reply = rsp_reply(self_: *mut rsp_self, from: rsp_from, term: rsp_term) -> rsp_result;
    reply_native = rsp_reply_native(self_: *mut rsp_self, from: rsp_from, payload: *mut c_void,
        ops: *const rsp_native_ops) -> rsp_result;
    msg_get_kind = rsp_msg_get_kind(msg: *const rsp_msg) -> rsp_msg_kind;
    msg_from = rsp_msg_from(msg: *const rsp_msg) -> rsp_pid;
    msg_term = rsp_msg_term(msg: *const rsp_msg) -> rsp_term;
    msg_native = rsp_msg_native(msg: *const rsp_msg, ops: *const rsp_native_ops) -> *mut c_void;
    msg_take_native = rsp_msg_take_native(msg: *mut rsp_msg, ops: *const rsp_native_ops) -> *mut c_void;
    msg_ref = rsp_msg_ref(msg: *const rsp_msg) -> rsp_ref;
    msg_from_call = rsp_msg_from_call(msg: *const rsp_msg) -> rsp_from;
    msg_tag = rsp_msg_tag(msg: *const rsp_msg) -> rsp_atom;
    msg_name = rsp_msg_name(msg: *const rsp_msg) -> rsp_atom;
    msg_free = rsp_msg_free(msg: *mut rsp_msg);
    receive = rsp_receive(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        opts: *const rsp_receive_opts) -> rsp_result;
    send_request = rsp_send_request(self_: *mut rsp_self, out: *mut rsp_ref, to: rsp_pid,
        term: rsp_term) -> rsp_result;
    send_request_native = rsp_send_request_native(self_: *mut rsp_self, out: *mut rsp_ref, to: rsp_pid,
        payload: *mut c_void, ops: *const rsp_native_ops) -> rsp_result;
    receive_response = rsp_receive_response(self_: *mut rsp_self, out: *mut *mut rsp_msg, request: rsp_ref,
        timeout_ms: u64) -> rsp_result;
    abandon_request = rsp_abandon_request(self_: *mut rsp_self, request: rsp_ref) -> rsp_result;
    cast = rsp_cast(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result;
    cast_native = rsp_cast_native(self_: *mut rsp_self, to: rsp_pid, payload: *mut c_void,
        ops: *const rsp_native_ops) -> rsp_result;
    await_ = rsp_await(self_: *mut rsp_self, ref_: rsp_ref, timeout_ms: u64, continuation: rsp_continuation,
        ctx: *mut c_void) -> rsp_next;

    // resprout/name.h
    register_ = rsp_register(self_: *mut rsp_self, name: rsp_atom, pid: rsp_pid) -> rsp_result;
    unregister = rsp_unregister(self_: *mut rsp_self, name: rsp_atom) -> rsp_result;
    whereis = rsp_whereis(name: rsp_atom) -> rsp_pid;

    // resprout/process.h
    spawn = rsp_spawn(self_: *mut rsp_self, out: *mut rsp_pid, monitor_out: *mut rsp_ref,
        opts: *const rsp_spawn_opts, handler: rsp_handler, state: *mut c_void,
        state_free: Option<unsafe extern "C" fn(state: *mut c_void)>) -> rsp_result;
    self_pid = rsp_self_pid(self_: *const rsp_self) -> rsp_pid;
    current = rsp_current() -> *mut rsp_self;
    exit_signal = rsp_exit_signal(self_: *mut rsp_self, to: rsp_pid, reason: rsp_term) -> rsp_result;
    trap_exit = rsp_trap_exit(self_: *mut rsp_self, previous_out: *mut bool, on: bool) -> rsp_result;
    checkpoint = rsp_checkpoint(self_: *mut rsp_self) -> rsp_result;
    is_alive = rsp_is_alive(self_: *mut rsp_self, out: *mut bool, pid: rsp_pid,
        timeout_ms: u64) -> rsp_result;
    alive_request = rsp_alive_request(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result;
    process_info = rsp_process_info(self_: *mut rsp_self, out: *mut rsp_term, pid: rsp_pid,
        timeout_ms: u64) -> rsp_result;
    process_info_request = rsp_process_info_request(self_: *mut rsp_self, out: *mut rsp_ref,
        pid: rsp_pid) -> rsp_result;
    make_ref = rsp_make_ref(self_: *mut rsp_self, out: *mut rsp_ref) -> rsp_result;

    // resprout/relation.h
    link = rsp_link(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;
    link_async = rsp_link_async(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;
    unlink = rsp_unlink(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;
    monitor = rsp_monitor(self_: *mut rsp_self, out: *mut rsp_ref, target: rsp_pid,
        opts: *const rsp_monitor_opts) -> rsp_result;
    monitor_name = rsp_monitor_name(self_: *mut rsp_self, out: *mut rsp_ref, name: rsp_atom,
        opts: *const rsp_monitor_opts) -> rsp_result;
    demonitor = rsp_demonitor(self_: *mut rsp_self, removed_out: *mut bool, monitor: rsp_ref,
        flush: bool) -> rsp_result;
    alias = rsp_alias(self_: *mut rsp_self, out: *mut rsp_ref, mode: rsp_alias_mode) -> rsp_result;
    unalias = rsp_unalias(self_: *mut rsp_self, was_on_out: *mut bool, alias: rsp_ref) -> rsp_result;

    // resprout/report.h
    set_report_sink = rsp_set_report_sink(sink: rsp_report_sink, ctx: *mut c_void);

    // resprout/result.h
    result_name = rsp_result_name(result: rsp_result) -> *const c_char;
    result_message = rsp_result_message(result: rsp_result) -> *const c_char;

    // resprout/runtime.h
    runtime_start = rsp_runtime_start(opts: *const rsp_runtime_opts) -> rsp_result;
    runtime_stop = rsp_runtime_stop(timeout_ms: u64) -> rsp_result;
    runtime_is_running = rsp_runtime_is_running() -> bool;
    runtime_get_stats = rsp_runtime_get_stats(out: *mut rsp_runtime_stats) -> rsp_result;
    attach = rsp_attach(out: *mut *mut rsp_self) -> rsp_result;
    detach = rsp_detach(self_: *mut rsp_self, reason: rsp_term) -> rsp_result;

    // resprout/server.h
    server_start = rsp_server_start(self_: *mut rsp_self, out: *mut rsp_pid, monitor_out: *mut rsp_ref,
        error_out: *mut rsp_term, spec: *const rsp_start_spec, opts: *const rsp_start_opts) -> rsp_result;
    call = rsp_call(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term, server: rsp_pid,
        request: rsp_term, timeout_ms: u64) -> rsp_result;
    call_native = rsp_call_native(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        server: rsp_pid, payload: *mut c_void, ops: *const rsp_native_ops, timeout_ms: u64) -> rsp_result;
    call_name = rsp_call_name(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        server: rsp_atom, request: rsp_term, timeout_ms: u64) -> rsp_result;
    stop = rsp_stop(self_: *mut rsp_self, reason_out: *mut rsp_term, pid: rsp_pid, reason: rsp_term,
        timeout_ms: u64) -> rsp_result;

    // resprout/supervisor.h
    supervisor_start = rsp_supervisor_start(self_: *mut rsp_self, out: *mut rsp_pid, error_out: *mut rsp_term,
        children: *const rsp_child_spec, child_count: usize, opts: *const rsp_supervisor_opts,
        start_opts: *const rsp_start_opts) -> rsp_result;
    supervisor_start_spec = rsp_supervisor_start_spec(self_: *mut rsp_self, out: *mut rsp_pid,
        error_out: *mut rsp_term, spec: *const rsp_supervisor_spec,
        start_opts: *const rsp_start_opts) -> rsp_result;
    supervisor_start_child = rsp_supervisor_start_child(self_: *mut rsp_self, out: *mut rsp_pid,
        error_out: *mut rsp_term, supervisor: rsp_pid, child: *const rsp_child_spec,
        timeout_ms: u64) -> rsp_result;
    supervisor_which_children = rsp_supervisor_which_children(self_: *mut rsp_self, out: *mut rsp_term,
        supervisor: rsp_pid, timeout_ms: u64) -> rsp_result;

    // resprout/term.h
    atom_intern = rsp_atom_intern(out: *mut rsp_atom, text: *const c_char, len: usize) -> rsp_result;
    atom_name = rsp_atom_name(out: *mut *const c_char, len_out: *mut usize, atom: rsp_atom) -> rsp_result;
    term_nil = rsp_term_nil() -> rsp_term;
    term_bool = rsp_term_bool(value: bool) -> rsp_term;
    term_int = rsp_term_int(value: i64) -> rsp_term;
    term_float = rsp_term_float(value: f64) -> rsp_term;
    term_atom = rsp_term_atom(atom: rsp_atom) -> rsp_term;
    term_pid = rsp_term_pid(pid: rsp_pid) -> rsp_term;
    term_ref = rsp_term_ref(out: *mut rsp_term, ref_: rsp_ref) -> rsp_result;
    term_binary = rsp_term_binary(out: *mut rsp_term, bytes: *const c_void, len: usize) -> rsp_result;
    term_string = rsp_term_string(out: *mut rsp_term, text: *const c_char, len: usize) -> rsp_result;
    term_tuple = rsp_term_tuple(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result;
    term_list = rsp_term_list(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result;
    term_map = rsp_term_map(out: *mut rsp_term, pairs: *const rsp_term_pair, count: usize) -> rsp_result;
    term_copy = rsp_term_copy(term: rsp_term) -> rsp_term;
    term_free = rsp_term_free(term: rsp_term);
    term_kind = rsp_term_kind(term: rsp_term) -> rsp_kind;
    term_get_bool = rsp_term_get_bool(out: *mut bool, term: rsp_term) -> rsp_result;
    term_get_int = rsp_term_get_int(out: *mut i64, term: rsp_term) -> rsp_result;
    term_get_float = rsp_term_get_float(out: *mut f64, term: rsp_term) -> rsp_result;
    term_get_atom = rsp_term_get_atom(out: *mut rsp_atom, term: rsp_term) -> rsp_result;
    term_get_pid = rsp_term_get_pid(out: *mut rsp_pid, term: rsp_term) -> rsp_result;
    term_get_ref = rsp_term_get_ref(out: *mut rsp_ref, term: rsp_term) -> rsp_result;
    term_get_bytes = rsp_term_get_bytes(out: *mut *const c_char, len_out: *mut usize,
        term: rsp_term) -> rsp_result;
    term_size = rsp_term_size(out: *mut usize, term: rsp_term) -> rsp_result;
    term_element = rsp_term_element(out: *mut rsp_term, term: rsp_term, index: usize) -> rsp_result;
    term_map_get = rsp_term_map_get(out: *mut rsp_term, map: rsp_term, key: rsp_term) -> rsp_result;
    term_map_pair = rsp_term_map_pair(key_out: *mut rsp_term, value_out: *mut rsp_term, map: rsp_term,
        index: usize) -> rsp_result;
    term_equal = rsp_term_equal(a: rsp_term, b: rsp_term) -> bool;
    term_compare = rsp_term_compare(out: *mut c_int, a: rsp_term, b: rsp_term) -> rsp_result;
    term_format = rsp_term_format(out: *mut c_char, capacity: usize, len_out: *mut usize,
        term: rsp_term) -> rsp_result;

    // resprout/timer.h
    send_after = rsp_send_after(self_: *mut rsp_self, out: *mut rsp_ref, delay_ms: u64, to: rsp_pid,
        term: rsp_term) -> rsp_result;
    send_after_name = rsp_send_after_name(self_: *mut rsp_self, out: *mut rsp_ref, delay_ms: u64,
        name: rsp_atom, term: rsp_term) -> rsp_result;
    start_timer = rsp_start_timer(self_: *mut rsp_self, out: *mut rsp_ref, delay_ms: u64, to: rsp_pid,
        term: rsp_term) -> rsp_result;
    cancel_timer = rsp_cancel_timer(self_: *mut rsp_self, active_out: *mut bool, remaining_ms_out: *mut u64,
        timer: rsp_ref) -> rsp_result;
    read_timer = rsp_read_timer(self_: *mut rsp_self, active_out: *mut bool, remaining_ms_out: *mut u64,
        timer: rsp_ref) -> rsp_result;

    // resprout/runtime.h
    watch_waits = rsp_watch_waits(self_: *mut rsp_self, interval_ms: u64,
        is_over: Option<unsafe extern "C" fn(ctx: *mut c_void) -> bool>, ctx: *mut c_void) -> rsp_result;

    // resprout/message.h
    put_back = rsp_put_back(self_: *mut rsp_self, msg: *mut rsp_msg) -> rsp_result;

    // resprout/version.h
    version_number = rsp_version_number() -> u32;
    version_string = rsp_version_string() -> *const c_char;

    // resprout/process.h
    blocking_begin = rsp_blocking_begin(self_: *mut rsp_self) -> rsp_result;
    blocking_end = rsp_blocking_end(self_: *mut rsp_self) -> rsp_result;
    limit_mailbox = rsp_limit_mailbox(self_: *mut rsp_self, max_messages: u32, max_message_bytes: u64,
        overflow: rsp_overflow) -> rsp_result;
    is_pressed = rsp_is_pressed(pid: rsp_pid) -> bool;
    bump_reductions = rsp_bump_reductions(self_: *mut rsp_self, reductions: u32) -> rsp_result;

    // resprout/resource.h
    region_alloc = rsp_region_alloc(self_: *mut rsp_self, out: *mut *mut c_void, bytes: usize) -> rsp_result;
    region_free = rsp_region_free(self_: *mut rsp_self, piece: *mut c_void, bytes: usize) -> rsp_result;
    resource_add = rsp_resource_add(self_: *mut rsp_self, out: *mut rsp_resource,
        release: Option<unsafe extern "C" fn(ctx: *mut c_void)>, ctx: *mut c_void) -> rsp_result;
    resource_remove = rsp_resource_remove(self_: *mut rsp_self, resource: rsp_resource) -> rsp_result;

    // resprout/select.h
    select = rsp_select(self_: *mut rsp_self, out: *mut rsp_ref, fd: c_int, mode: u32) -> rsp_result;
    cancel_select = rsp_cancel_select(self_: *mut rsp_self, active_out: *mut bool,
        registration: rsp_ref) -> rsp_result;

    // resprout/supervisor.h
    supervisor_count_children = rsp_supervisor_count_children(self_: *mut rsp_self, out: *mut rsp_term,
        supervisor: rsp_pid, timeout_ms: u64) -> rsp_result;
    supervisor_terminate_child = rsp_supervisor_terminate_child(self_: *mut rsp_self,
        error_out: *mut rsp_term, supervisor: rsp_pid, id: rsp_term, timeout_ms: u64) -> rsp_result;
    supervisor_restart_child = rsp_supervisor_restart_child(self_: *mut rsp_self, out: *mut rsp_pid,
        error_out: *mut rsp_term, supervisor: rsp_pid, id: rsp_term, timeout_ms: u64) -> rsp_result;
    supervisor_delete_child = rsp_supervisor_delete_child(self_: *mut rsp_self, error_out: *mut rsp_term,
        supervisor: rsp_pid, id: rsp_term, timeout_ms: u64) -> rsp_result;
    supervisor_get_childspec = rsp_supervisor_get_childspec(self_: *mut rsp_self, out: *mut rsp_term,
        error_out: *mut rsp_term, supervisor: rsp_pid, id: rsp_term, timeout_ms: u64) -> rsp_result;
    supervisor_check_childspecs = rsp_supervisor_check_childspecs(error_out: *mut rsp_term,
        children: *const rsp_child_spec, child_count: usize, auto_shutdown: rsp_auto_shutdown) -> rsp_result;
    supervisor_start_child_args = rsp_supervisor_start_child_args(self_: *mut rsp_self, out: *mut rsp_pid,
        error_out: *mut rsp_term, supervisor: rsp_pid, args: rsp_term, timeout_ms: u64) -> rsp_result;
    send_request_name = rsp_send_request_name(self_: *mut rsp_self, out: *mut rsp_ref, name: rsp_atom,
        term: rsp_term) -> rsp_result;
    send_request_name_native = rsp_send_request_name_native(self_: *mut rsp_self, out: *mut rsp_ref,
        name: rsp_atom, payload: *mut c_void, ops: *const rsp_native_ops) -> rsp_result;
    wait_response = rsp_wait_response(self_: *mut rsp_self, out: *mut *mut rsp_msg, request: rsp_ref,
        timeout_ms: u64) -> rsp_result;
    check_response = rsp_check_response(msg: *const rsp_msg, request: rsp_ref) -> rsp_result;
    msg_is_reply = rsp_msg_is_reply(msg: *const rsp_msg) -> bool;
    cast_name = rsp_cast_name(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result;
    cast_name_native = rsp_cast_name_native(self_: *mut rsp_self, name: rsp_atom, payload: *mut c_void,
        ops: *const rsp_native_ops) -> rsp_result;
    reqids_new = rsp_reqids_new(self_: *mut rsp_self, out: *mut *mut rsp_reqids) -> rsp_result;
    reqids_free = rsp_reqids_free(self_: *mut rsp_self, ids: *mut rsp_reqids);
    reqids_add = rsp_reqids_add(ids: *mut rsp_reqids, request: rsp_ref, label: rsp_term) -> rsp_result;
    reqids_send_request = rsp_reqids_send_request(self_: *mut rsp_self, ids: *mut rsp_reqids, to: rsp_pid,
        term: rsp_term, label: rsp_term) -> rsp_result;
    reqids_size = rsp_reqids_size(ids: *const rsp_reqids) -> usize;
    reqids_to_list = rsp_reqids_to_list(requests_out: *mut rsp_ref, labels_out: *mut rsp_term,
        capacity: usize, ids: *const rsp_reqids);
    reqids_get = rsp_reqids_get(label_out: *mut rsp_term, ids: *mut rsp_reqids, request: rsp_ref,
        delete_it: bool) -> rsp_result;
    reqids_receive_response = rsp_reqids_receive_response(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        label_out: *mut rsp_term, ids: *mut rsp_reqids, delete_it: bool, timeout_ms: u64) -> rsp_result;
    reqids_wait_response = rsp_reqids_wait_response(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        label_out: *mut rsp_term, ids: *mut rsp_reqids, delete_it: bool, timeout_ms: u64) -> rsp_result;
    reqids_check_response = rsp_reqids_check_response(label_out: *mut rsp_term, ids: *mut rsp_reqids,
        msg: *const rsp_msg, delete_it: bool) -> rsp_result;
    node = rsp_node() -> rsp_atom;
    multi_call = rsp_multi_call(self_: *mut rsp_self, replies_out: *mut *mut rsp_msg, nodes: *const rsp_atom,
        node_count: usize, name: rsp_atom, request: rsp_term, timeout_ms: u64) -> rsp_result;
    abcast = rsp_abcast(self_: *mut rsp_self, nodes: *const rsp_atom, node_count: usize, name: rsp_atom,
        request: rsp_term) -> rsp_result;

    // resprout/registry.h
    registry_spec = rsp_registry_spec(out: *mut rsp_start_spec, opts: *const rsp_registry_opts) -> rsp_result;
    registry_start = rsp_registry_start(self_: *mut rsp_self, out: *mut rsp_pid, error_out: *mut rsp_term,
        opts: *const rsp_registry_opts, start_opts: *const rsp_start_opts) -> rsp_result;
    registry_register = rsp_registry_register(self_: *mut rsp_self, holder_out: *mut rsp_pid,
        registry: rsp_atom, key: rsp_term, value: rsp_term) -> rsp_result;
    registry_unregister = rsp_registry_unregister(self_: *mut rsp_self, registry: rsp_atom,
        key: rsp_term) -> rsp_result;
    registry_update_value = rsp_registry_update_value(self_: *mut rsp_self, old_out: *mut rsp_term,
        registry: rsp_atom, key: rsp_term, value: rsp_term) -> rsp_result;
    registry_lookup = rsp_registry_lookup(out: *mut rsp_term, registry: rsp_atom,
        key: rsp_term) -> rsp_result;
    registry_match = rsp_registry_match(out: *mut rsp_term, registry: rsp_atom, key: rsp_term,
        pattern: rsp_term) -> rsp_result;
    registry_whereis = rsp_registry_whereis(out: *mut rsp_pid, registry: rsp_atom,
        key: rsp_term) -> rsp_result;
    registry_keys = rsp_registry_keys(out: *mut rsp_term, registry: rsp_atom, pid: rsp_pid) -> rsp_result;
    registry_count = rsp_registry_count(out: *mut u64, registry: rsp_atom) -> rsp_result;
    registry_meta = rsp_registry_meta(out: *mut rsp_term, registry: rsp_atom, key: rsp_term) -> rsp_result;
    registry_put_meta = rsp_registry_put_meta(registry: rsp_atom, key: rsp_term,
        value: rsp_term) -> rsp_result;
    registry_delete_meta = rsp_registry_delete_meta(registry: rsp_atom, key: rsp_term) -> rsp_result;
    send_via = rsp_send_via(self_: *mut rsp_self, registry: rsp_atom, key: rsp_term,
        term: rsp_term) -> rsp_result;
    cast_via = rsp_cast_via(self_: *mut rsp_self, registry: rsp_atom, key: rsp_term,
        term: rsp_term) -> rsp_result;
    call_via = rsp_call_via(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        registry: rsp_atom, key: rsp_term, request: rsp_term, timeout_ms: u64) -> rsp_result;

    // resprout/report.h
    set_report_contents = rsp_set_report_contents(contents: u64) -> rsp_result;

    // resprout/run.h
    run = rsp_run(status_out: *mut c_int, reason_out: *mut rsp_term, top: *const rsp_supervisor_spec,
        opts: *const rsp_run_opts) -> rsp_result;
    init_stop = rsp_init_stop(status: c_int) -> rsp_result;

    // resprout/task.h
    task_async = rsp_task_async(self_: *mut rsp_self, out: *mut rsp_task,
        spec: *const rsp_start_spec) -> rsp_result;
    task_supervisor_async = rsp_task_supervisor_async(self_: *mut rsp_self, out: *mut rsp_task,
        error_out: *mut rsp_term, supervisor: rsp_pid, spec: *const rsp_start_spec) -> rsp_result;
    task_supervisor_async_nolink = rsp_task_supervisor_async_nolink(self_: *mut rsp_self, out: *mut rsp_task,
        error_out: *mut rsp_term, supervisor: rsp_pid, spec: *const rsp_start_spec) -> rsp_result;
    task_await = rsp_task_await(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        task: rsp_task, timeout_ms: u64) -> rsp_result;
    task_yield = rsp_task_yield(self_: *mut rsp_self, out: *mut *mut rsp_msg, task: rsp_task,
        timeout_ms: u64) -> rsp_result;
    task_shutdown = rsp_task_shutdown(self_: *mut rsp_self, out: *mut *mut rsp_msg, task: rsp_task,
        how: rsp_shutdown, timeout_ms: u64) -> rsp_result;
    task_ignore = rsp_task_ignore(self_: *mut rsp_self, out: *mut *mut rsp_msg, task: rsp_task) -> rsp_result;
    task_async_stream = rsp_task_async_stream(self_: *mut rsp_self, out: *mut rsp_task_stream,
        opts: *const rsp_task_stream_opts) -> rsp_result;
    task_stream_next = rsp_task_stream_next(self_: *mut rsp_self, out: *mut rsp_task_stream_event,
        msg_out: *mut *mut rsp_msg, stream: rsp_task_stream) -> rsp_result;
    task_stream_supply = rsp_task_stream_supply(self_: *mut rsp_self, stream: rsp_task_stream,
        spec: *const rsp_start_spec) -> rsp_result;
    task_stream_end_input = rsp_task_stream_end_input(self_: *mut rsp_self,
        stream: rsp_task_stream) -> rsp_result;
    task_stream_halt = rsp_task_stream_halt(self_: *mut rsp_self, stream: rsp_task_stream) -> rsp_result;
    // resprout/agent.h
    agent_spec = rsp_agent_spec(out: *mut rsp_start_spec, opts: *const rsp_agent_opts) -> rsp_result;
    agent_start = rsp_agent_start(self_: *mut rsp_self, out: *mut rsp_pid, error_out: *mut rsp_term,
        opts: *const rsp_agent_opts, start_opts: *const rsp_start_opts) -> rsp_result;
    agent_get = rsp_agent_get(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        agent: rsp_pid, timeout_ms: u64, read: rsp_agent_read, ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>) -> rsp_result;
    agent_update = rsp_agent_update(self_: *mut rsp_self, reason_out: *mut rsp_term, agent: rsp_pid,
        timeout_ms: u64, change: rsp_agent_change, ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>) -> rsp_result;
    agent_get_and_update = rsp_agent_get_and_update(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term, agent: rsp_pid, timeout_ms: u64, change: rsp_agent_change,
        ctx: *mut c_void, ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>) -> rsp_result;
    agent_cast = rsp_agent_cast(self_: *mut rsp_self, agent: rsp_pid, change: rsp_agent_change,
        ctx: *mut c_void, ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>) -> rsp_result;

    // resprout/partition.h
    partition_count = rsp_partition_count(out: *mut u64, supervisor: rsp_atom) -> rsp_result;
    partition_whereis = rsp_partition_whereis(out: *mut rsp_pid, supervisor: rsp_atom,
        key: rsp_term) -> rsp_result;
    partition_send = rsp_partition_send(self_: *mut rsp_self, supervisor: rsp_atom, key: rsp_term,
        term: rsp_term) -> rsp_result;
    partition_cast = rsp_partition_cast(self_: *mut rsp_self, supervisor: rsp_atom, key: rsp_term,
        term: rsp_term) -> rsp_result;
    partition_call = rsp_partition_call(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term, supervisor: rsp_atom, key: rsp_term, request: rsp_term,
        timeout_ms: u64) -> rsp_result;
    // resprout/await.h
    await_start = rsp_await_start(self_: *mut rsp_self, spec: *const rsp_start_spec,
        opts: *const rsp_start_opts, continuation: rsp_outcome_continuation, ctx: *mut c_void) -> rsp_next;
    await_start_supervisor = rsp_await_start_supervisor(self_: *mut rsp_self,
        spec: *const rsp_supervisor_spec, opts: *const rsp_start_opts,
        continuation: rsp_outcome_continuation, ctx: *mut c_void) -> rsp_next;
    await_stop = rsp_await_stop(self_: *mut rsp_self, pid: rsp_pid, reason: rsp_term, timeout_ms: u64,
        continuation: rsp_outcome_continuation, ctx: *mut c_void) -> rsp_next;

    // resprout/supervisor.h
    supervisor_start_child_info = rsp_supervisor_start_child_info(self_: *mut rsp_self, out: *mut rsp_pid,
        info_out: *mut rsp_term, error_out: *mut rsp_term, supervisor: rsp_pid,
        child: *const rsp_child_spec, timeout_ms: u64) -> rsp_result;
    supervisor_start_child_args_info = rsp_supervisor_start_child_args_info(self_: *mut rsp_self,
        out: *mut rsp_pid, info_out: *mut rsp_term, error_out: *mut rsp_term, supervisor: rsp_pid,
        args: rsp_term, timeout_ms: u64) -> rsp_result;
    supervisor_restart_child_info = rsp_supervisor_restart_child_info(self_: *mut rsp_self,
        out: *mut rsp_pid, info_out: *mut rsp_term, error_out: *mut rsp_term, supervisor: rsp_pid,
        id: rsp_term, timeout_ms: u64) -> rsp_result;
    // resprout/server.h
    call_name_native = rsp_call_name_native(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term, server: rsp_atom, payload: *mut c_void, ops: *const rsp_native_ops,
        timeout_ms: u64) -> rsp_result;
    // resprout/process.h
    suspend = rsp_suspend(self_: *mut rsp_self, pid: rsp_pid, timeout_ms: u64) -> rsp_result;
    suspend_request = rsp_suspend_request(self_: *mut rsp_self, out: *mut rsp_ref,
        pid: rsp_pid) -> rsp_result;
    resume = rsp_resume(self_: *mut rsp_self, pid: rsp_pid) -> rsp_result;
    // resprout/statem.h
    statem_next_state = rsp_statem_next_state(self_: *mut rsp_self, state: rsp_term) -> rsp_result;
    statem_repeat_state = rsp_statem_repeat_state(self_: *mut rsp_self) -> rsp_result;
    statem_postpone = rsp_statem_postpone(self_: *mut rsp_self) -> rsp_result;
    statem_next_event = rsp_statem_next_event(self_: *mut rsp_self, type_: rsp_event_type, from: rsp_from,
        content: rsp_term) -> rsp_result;
    statem_next_event_native = rsp_statem_next_event_native(self_: *mut rsp_self, type_: rsp_event_type,
        from: rsp_from, payload: *mut c_void, ops: *const rsp_native_ops) -> rsp_result;
    statem_timeout = rsp_statem_timeout(self_: *mut rsp_self, type_: rsp_event_type, name: rsp_term,
        time_ms: u64, content: rsp_term) -> rsp_result;
    statem_update_timeout = rsp_statem_update_timeout(self_: *mut rsp_self, type_: rsp_event_type,
        name: rsp_term, content: rsp_term) -> rsp_result;
    statem_cancel_timeout = rsp_statem_cancel_timeout(self_: *mut rsp_self, type_: rsp_event_type,
        name: rsp_term) -> rsp_result;
    statem_state_enter = rsp_statem_state_enter(self_: *mut rsp_self) -> rsp_result;
    statem_state = rsp_statem_state(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
    // resprout/ets.h
    ets_new = rsp_ets_new(self_: *mut rsp_self, out: *mut rsp_ref, opts: *const rsp_ets_opts) -> rsp_result;
    ets_whereis = rsp_ets_whereis(out: *mut rsp_ref, name: rsp_atom) -> rsp_result;
    ets_delete = rsp_ets_delete(self_: *mut rsp_self, table: rsp_ref) -> rsp_result;
    ets_give_away = rsp_ets_give_away(self_: *mut rsp_self, table: rsp_ref, to: rsp_pid,
        data: rsp_term) -> rsp_result;
    ets_set_heir = rsp_ets_set_heir(self_: *mut rsp_self, table: rsp_ref, heir: rsp_pid,
        data: rsp_term) -> rsp_result;
    ets_insert = rsp_ets_insert(self_: *mut rsp_self, table: rsp_ref, key: rsp_term,
        value: rsp_term) -> rsp_result;
    ets_insert_new = rsp_ets_insert_new(self_: *mut rsp_self, out: *mut bool, table: rsp_ref, key: rsp_term,
        value: rsp_term) -> rsp_result;
    ets_lookup = rsp_ets_lookup(self_: *mut rsp_self, out: *mut rsp_term, table: rsp_ref,
        key: rsp_term) -> rsp_result;
    ets_member = rsp_ets_member(self_: *mut rsp_self, out: *mut bool, table: rsp_ref,
        key: rsp_term) -> rsp_result;
    ets_take = rsp_ets_take(self_: *mut rsp_self, out: *mut rsp_term, table: rsp_ref,
        key: rsp_term) -> rsp_result;
    ets_delete_key = rsp_ets_delete_key(self_: *mut rsp_self, table: rsp_ref, key: rsp_term) -> rsp_result;
    ets_update_counter = rsp_ets_update_counter(self_: *mut rsp_self, out: *mut i64, table: rsp_ref,
        key: rsp_term, increment: i64, initial: *const i64) -> rsp_result;
    ets_first = rsp_ets_first(self_: *mut rsp_self, key_out: *mut rsp_term, value_out: *mut rsp_term,
        table: rsp_ref) -> rsp_result;
    ets_next = rsp_ets_next(self_: *mut rsp_self, key_out: *mut rsp_term, value_out: *mut rsp_term,
        table: rsp_ref, key: rsp_term) -> rsp_result;
    ets_tab2list = rsp_ets_tab2list(self_: *mut rsp_self, out: *mut rsp_term, table: rsp_ref) -> rsp_result;
    ets_info = rsp_ets_info(out: *mut rsp_term, table: rsp_ref) -> rsp_result;
    // resprout/event.h
    event_spec = rsp_event_spec(out: *mut rsp_start_spec, name: rsp_atom) -> rsp_result;
    event_start = rsp_event_start(self_: *mut rsp_self, out: *mut rsp_pid, error_out: *mut rsp_term,
        name: rsp_atom, start_opts: *const rsp_start_opts) -> rsp_result;
    event_add_handler = rsp_event_add_handler(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, handler: *const rsp_event_handler, timeout_ms: u64) -> rsp_result;
    event_add_sup_handler = rsp_event_add_sup_handler(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, handler: *const rsp_event_handler, timeout_ms: u64) -> rsp_result;
    event_delete_handler = rsp_event_delete_handler(self_: *mut rsp_self, out: *mut rsp_term,
        reason_out: *mut rsp_term, manager: rsp_pid, handler: rsp_term, args: rsp_term,
        timeout_ms: u64) -> rsp_result;
    event_swap_handler = rsp_event_swap_handler(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, old: rsp_term, args: rsp_term, handler: *const rsp_event_handler,
        timeout_ms: u64) -> rsp_result;
    event_swap_sup_handler = rsp_event_swap_sup_handler(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, old: rsp_term, args: rsp_term, handler: *const rsp_event_handler, timeout_ms: u64) -> rsp_result;
    event_notify = rsp_event_notify(self_: *mut rsp_self, manager: rsp_pid, event: rsp_term) -> rsp_result;
    event_notify_native = rsp_event_notify_native(self_: *mut rsp_self, manager: rsp_pid,
        payload: *mut c_void, ops: *const rsp_native_ops) -> rsp_result;
    event_sync_notify = rsp_event_sync_notify(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, event: rsp_term, timeout_ms: u64) -> rsp_result;
    event_sync_notify_native = rsp_event_sync_notify_native(self_: *mut rsp_self, reason_out: *mut rsp_term,
        manager: rsp_pid, payload: *mut c_void, ops: *const rsp_native_ops, timeout_ms: u64) -> rsp_result;
    event_call = rsp_event_call(self_: *mut rsp_self, out: *mut *mut rsp_msg, reason_out: *mut rsp_term,
        manager: rsp_pid, handler: rsp_term, request: rsp_term, timeout_ms: u64) -> rsp_result;
    event_call_native = rsp_event_call_native(self_: *mut rsp_self, out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term, manager: rsp_pid, handler: rsp_term, payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64) -> rsp_result;
    event_which_handlers = rsp_event_which_handlers(self_: *mut rsp_self, out: *mut rsp_term,
        reason_out: *mut rsp_term, manager: rsp_pid, timeout_ms: u64) -> rsp_result;
    // resprout/pg.h
    pg_spec = rsp_pg_spec(out: *mut rsp_start_spec, scope: rsp_atom) -> rsp_result;
    pg_start = rsp_pg_start(self_: *mut rsp_self, out: *mut rsp_pid, error_out: *mut rsp_term,
        scope: rsp_atom, start_opts: *const rsp_start_opts) -> rsp_result;
    pg_join = rsp_pg_join(self_: *mut rsp_self, reason_out: *mut rsp_term, scope: rsp_atom, group: rsp_term,
        pids: *const rsp_pid, count: usize) -> rsp_result;
    pg_leave = rsp_pg_leave(self_: *mut rsp_self, reason_out: *mut rsp_term, scope: rsp_atom, group: rsp_term,
        pids: *const rsp_pid, count: usize) -> rsp_result;
    pg_get_members = rsp_pg_get_members(out: *mut rsp_term, scope: rsp_atom, group: rsp_term) -> rsp_result;
    pg_get_local_members = rsp_pg_get_local_members(out: *mut rsp_term, scope: rsp_atom,
        group: rsp_term) -> rsp_result;
    pg_which_groups = rsp_pg_which_groups(out: *mut rsp_term, scope: rsp_atom) -> rsp_result;
    pg_monitor = rsp_pg_monitor(self_: *mut rsp_self, out: *mut rsp_ref, members_out: *mut rsp_term,
        reason_out: *mut rsp_term, scope: rsp_atom, group: rsp_term) -> rsp_result;
    pg_monitor_scope = rsp_pg_monitor_scope(self_: *mut rsp_self, out: *mut rsp_ref,
        groups_out: *mut rsp_term, reason_out: *mut rsp_term, scope: rsp_atom) -> rsp_result;
    pg_demonitor = rsp_pg_demonitor(self_: *mut rsp_self, reason_out: *mut rsp_term, scope: rsp_atom,
        ref_: rsp_ref) -> rsp_result;
    // resprout/application.h
    application_load = rsp_application_load(self_: *mut rsp_self, error_out: *mut rsp_term,
        spec: *const rsp_application_spec) -> rsp_result;
    application_unload = rsp_application_unload(self_: *mut rsp_self, error_out: *mut rsp_term,
        name: rsp_atom) -> rsp_result;
    application_start = rsp_application_start(self_: *mut rsp_self, error_out: *mut rsp_term, name: rsp_atom,
        type_: rsp_application_type, timeout_ms: u64) -> rsp_result;
    application_ensure_all_started = rsp_application_ensure_all_started(self_: *mut rsp_self,
        started_out: *mut rsp_term, error_out: *mut rsp_term, name: rsp_atom, type_: rsp_application_type,
        timeout_ms: u64) -> rsp_result;
    application_stop = rsp_application_stop(self_: *mut rsp_self, error_out: *mut rsp_term, name: rsp_atom,
        timeout_ms: u64) -> rsp_result;
    application_which = rsp_application_which(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
    application_loaded = rsp_application_loaded(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
    // resprout/dictionary.h
    put = rsp_put(self_: *mut rsp_self, previous_out: *mut rsp_term, key: rsp_term,
        value: rsp_term) -> rsp_result;
    get = rsp_get(self_: *mut rsp_self, out: *mut rsp_term, key: rsp_term) -> rsp_result;
    erase = rsp_erase(self_: *mut rsp_self, previous_out: *mut rsp_term, key: rsp_term) -> rsp_result;
    get_keys = rsp_get_keys(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
    // resprout/process.h
    set_label = rsp_set_label(self_: *mut rsp_self, label: rsp_term) -> rsp_result;
    get_label = rsp_get_label(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
    // resprout/sys.h
    sys_get_status = rsp_sys_get_status(self_: *mut rsp_self, out: *mut rsp_term, reason_out: *mut rsp_term,
        dest: rsp_pid, timeout_ms: u64) -> rsp_result;
    sys_get_state = rsp_sys_get_state(self_: *mut rsp_self, out: *mut rsp_term, reason_out: *mut rsp_term,
        dest: rsp_pid, timeout_ms: u64) -> rsp_result;
    sys_trace = rsp_sys_trace(self_: *mut rsp_self, reason_out: *mut rsp_term, dest: rsp_pid, on: bool,
        timeout_ms: u64) -> rsp_result;
    // resprout/server.h
    init_ack_later = rsp_init_ack_later(self_: *mut rsp_self) -> rsp_result;
    init_ack = rsp_init_ack(self_: *mut rsp_self) -> rsp_result;
    // resprout/report.h
    set_report_level = rsp_set_report_level(level: rsp_report_level) -> rsp_result;
    // resprout/supervisor.h
    supervisor_start_child_request = rsp_supervisor_start_child_request(self_: *mut rsp_self, out: *mut rsp_ref,
        error_out: *mut rsp_term, supervisor: rsp_pid, child: *const rsp_child_spec) -> rsp_result;
}
