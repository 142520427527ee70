//! The table of all functions, for code that the library loads.
#![doc = header!("api.h")]

use core::ffi::{c_char, c_int, c_void};

#[allow(clippy::wildcard_imports)] // it names nearly everything
use crate::*;

/// Every function, for a native child: a shared library that links nothing of ours, and calls through the table that its
/// entry, an [`rsp_child_entry`], receives. Only what `size` covers is there.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_api {
    /// How far the table goes, in bytes.
    pub size: usize,

    // resprout/exception.h
    /// [`rsp_raise`]
    pub raise: unsafe extern "C" fn(
        self_: *mut rsp_self,
        exception_class: rsp_class,
        value: rsp_term,
        frames: rsp_term,
    ) -> rsp_next,
    /// [`rsp_exit`]
    pub exit: unsafe extern "C" fn(self_: *mut rsp_self, reason: rsp_term) -> rsp_next,
    /// [`rsp_error`]
    pub error: unsafe extern "C" fn(self_: *mut rsp_self, value: rsp_term) -> rsp_next,
    /// [`rsp_throw`]
    pub throw_: unsafe extern "C" fn(self_: *mut rsp_self, value: rsp_term) -> rsp_next,
    /// [`rsp_try`]
    pub try_: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_exception,
        next_out: *mut rsp_next,
        body: rsp_body,
        after: rsp_body,
        ctx: *mut c_void,
    ) -> rsp_result,
    /// [`rsp_exception_reason`]
    pub exception_reason:
        unsafe extern "C" fn(out: *mut rsp_term, exception: *const rsp_exception) -> rsp_result,
    /// [`rsp_exception_free`]
    pub exception_free: unsafe extern "C" fn(exception: *mut rsp_exception),
    /// [`rsp_exception_term`]
    pub exception_term: unsafe extern "C" fn(
        out: *mut rsp_term,
        language: rsp_atom,
        type_: *const c_char,
        type_len: usize,
        message: *const c_char,
        message_len: usize,
        frames: rsp_term,
    ) -> rsp_result,

    // resprout/lane.h
    /// [`rsp_lane_new`]
    pub lane_new: unsafe extern "C" fn(
        out: *mut *mut rsp_lane,
        hooks: *const rsp_lane_hooks,
        exclusive: bool,
    ) -> rsp_result,
    /// [`rsp_lane_run`]
    pub lane_run: unsafe extern "C" fn(lane: *mut rsp_lane) -> rsp_result,
    /// [`rsp_lane_stop`]
    pub lane_stop: unsafe extern "C" fn(lane: *mut rsp_lane),
    /// [`rsp_lane_post`]
    pub lane_post: unsafe extern "C" fn(
        lane: *mut rsp_lane,
        fn_: Option<unsafe extern "C" fn(arg: *mut c_void)>,
        arg: *mut c_void,
    ) -> rsp_result,
    /// [`rsp_lane_free`]
    pub lane_free: unsafe extern "C" fn(lane: *mut rsp_lane),

    // resprout/message.h
    /// [`rsp_send`]
    pub send: unsafe extern "C" fn(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result,
    /// [`rsp_send_native`]
    pub send_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_send_name`]
    pub send_name: unsafe extern "C" fn(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result,
    /// [`rsp_send_alias`]
    pub send_alias: unsafe extern "C" fn(self_: *mut rsp_self, alias: rsp_ref, term: rsp_term) -> rsp_result,
    /// [`rsp_reply`]
    pub reply: unsafe extern "C" fn(self_: *mut rsp_self, from: rsp_from, term: rsp_term) -> rsp_result,
    /// [`rsp_reply_native`]
    pub reply_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        from: rsp_from,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_msg_get_kind`]
    pub msg_get_kind: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_msg_kind,
    /// [`rsp_msg_from`]
    pub msg_from: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_pid,
    /// [`rsp_msg_term`]
    pub msg_term: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_term,
    /// [`rsp_msg_native`]
    pub msg_native: unsafe extern "C" fn(msg: *const rsp_msg, ops: *const rsp_native_ops) -> *mut c_void,
    /// [`rsp_msg_take_native`]
    pub msg_take_native: unsafe extern "C" fn(msg: *mut rsp_msg, ops: *const rsp_native_ops) -> *mut c_void,
    /// [`rsp_msg_ref`]
    pub msg_ref: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_ref,
    /// [`rsp_msg_from_call`]
    pub msg_from_call: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_from,
    /// [`rsp_msg_tag`]
    pub msg_tag: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_atom,
    /// [`rsp_msg_name`]
    pub msg_name: unsafe extern "C" fn(msg: *const rsp_msg) -> rsp_atom,
    /// [`rsp_msg_free`]
    pub msg_free: unsafe extern "C" fn(msg: *mut rsp_msg),
    /// [`rsp_receive`]
    pub receive: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        opts: *const rsp_receive_opts,
    ) -> rsp_result,
    /// [`rsp_send_request`]
    pub send_request: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_send_request_native`]
    pub send_request_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_receive_response`]
    pub receive_response: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        request: rsp_ref,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_abandon_request`]
    pub abandon_request: unsafe extern "C" fn(self_: *mut rsp_self, request: rsp_ref) -> rsp_result,
    /// [`rsp_cast`]
    pub cast: unsafe extern "C" fn(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result,
    /// [`rsp_cast_native`]
    pub cast_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_await`]
    pub await_: unsafe extern "C" fn(
        self_: *mut rsp_self,
        ref_: rsp_ref,
        timeout_ms: u64,
        continuation: rsp_continuation,
        ctx: *mut c_void,
    ) -> rsp_next,

    // resprout/name.h
    /// [`rsp_register`]
    pub register_: unsafe extern "C" fn(self_: *mut rsp_self, name: rsp_atom, pid: rsp_pid) -> rsp_result,
    /// [`rsp_unregister`]
    pub unregister: unsafe extern "C" fn(self_: *mut rsp_self, name: rsp_atom) -> rsp_result,
    /// [`rsp_whereis`]
    pub whereis: unsafe extern "C" fn(name: rsp_atom) -> rsp_pid,

    // resprout/process.h
    /// [`rsp_spawn`]
    pub spawn: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        monitor_out: *mut rsp_ref,
        opts: *const rsp_spawn_opts,
        handler: rsp_handler,
        state: *mut c_void,
        state_free: Option<unsafe extern "C" fn(state: *mut c_void)>,
    ) -> rsp_result,
    /// [`rsp_self_pid`]
    pub self_pid: unsafe extern "C" fn(self_: *const rsp_self) -> rsp_pid,
    /// [`rsp_current`]
    pub current: unsafe extern "C" fn() -> *mut rsp_self,
    /// [`rsp_exit_signal`]
    pub exit_signal: unsafe extern "C" fn(self_: *mut rsp_self, to: rsp_pid, reason: rsp_term) -> rsp_result,
    /// [`rsp_trap_exit`]
    pub trap_exit:
        unsafe extern "C" fn(self_: *mut rsp_self, previous_out: *mut bool, on: bool) -> rsp_result,
    /// [`rsp_checkpoint`]
    pub checkpoint: unsafe extern "C" fn(self_: *mut rsp_self) -> rsp_result,
    /// [`rsp_is_alive`]
    pub is_alive: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut bool,
        pid: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_alive_request`]
    pub alive_request:
        unsafe extern "C" fn(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result,
    /// [`rsp_process_info`]
    pub process_info: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        pid: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_process_info_request`]
    pub process_info_request:
        unsafe extern "C" fn(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result,
    /// [`rsp_make_ref`]
    pub make_ref: unsafe extern "C" fn(self_: *mut rsp_self, out: *mut rsp_ref) -> rsp_result,

    // resprout/relation.h
    /// [`rsp_link`]
    pub link: unsafe extern "C" fn(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result,
    /// [`rsp_link_async`]
    pub link_async: unsafe extern "C" fn(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result,
    /// [`rsp_unlink`]
    pub unlink: unsafe extern "C" fn(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result,
    /// [`rsp_monitor`]
    pub monitor: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        target: rsp_pid,
        opts: *const rsp_monitor_opts,
    ) -> rsp_result,
    /// [`rsp_monitor_name`]
    pub monitor_name: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        opts: *const rsp_monitor_opts,
    ) -> rsp_result,
    /// [`rsp_demonitor`]
    pub demonitor: unsafe extern "C" fn(
        self_: *mut rsp_self,
        removed_out: *mut bool,
        monitor: rsp_ref,
        flush: bool,
    ) -> rsp_result,
    /// [`rsp_alias`]
    pub alias:
        unsafe extern "C" fn(self_: *mut rsp_self, out: *mut rsp_ref, mode: rsp_alias_mode) -> rsp_result,
    /// [`rsp_unalias`]
    pub unalias:
        unsafe extern "C" fn(self_: *mut rsp_self, was_on_out: *mut bool, alias: rsp_ref) -> rsp_result,

    // resprout/report.h
    /// [`rsp_set_report_sink`]
    pub set_report_sink: unsafe extern "C" fn(sink: rsp_report_sink, ctx: *mut c_void),

    // resprout/result.h
    /// [`rsp_result_name`]
    pub result_name: unsafe extern "C" fn(result: rsp_result) -> *const c_char,
    /// [`rsp_result_message`]
    pub result_message: unsafe extern "C" fn(result: rsp_result) -> *const c_char,

    // resprout/runtime.h
    /// [`rsp_runtime_start`]
    pub runtime_start: unsafe extern "C" fn(opts: *const rsp_runtime_opts) -> rsp_result,
    /// [`rsp_runtime_stop`]
    pub runtime_stop: unsafe extern "C" fn(timeout_ms: u64) -> rsp_result,
    /// [`rsp_runtime_is_running`]
    pub runtime_is_running: unsafe extern "C" fn() -> bool,
    /// [`rsp_runtime_get_stats`]
    pub runtime_get_stats: unsafe extern "C" fn(out: *mut rsp_runtime_stats) -> rsp_result,
    /// [`rsp_attach`]
    pub attach: unsafe extern "C" fn(out: *mut *mut rsp_self) -> rsp_result,
    /// [`rsp_detach`]
    pub detach: unsafe extern "C" fn(self_: *mut rsp_self, reason: rsp_term) -> rsp_result,

    // resprout/server.h
    /// [`rsp_server_start`]
    pub server_start: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        monitor_out: *mut rsp_ref,
        error_out: *mut rsp_term,
        spec: *const rsp_start_spec,
        opts: *const rsp_start_opts,
    ) -> rsp_result,
    /// [`rsp_call`]
    pub call: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_pid,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_call_native`]
    pub call_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_call_name`]
    pub call_name: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_atom,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_stop`]
    pub stop: unsafe extern "C" fn(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        pid: rsp_pid,
        reason: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,

    // resprout/supervisor.h
    /// [`rsp_supervisor_start`]
    pub supervisor_start: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        children: *const rsp_child_spec,
        child_count: usize,
        opts: *const rsp_supervisor_opts,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result,
    /// [`rsp_supervisor_start_spec`]
    pub supervisor_start_spec: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        spec: *const rsp_supervisor_spec,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result,
    /// [`rsp_supervisor_start_child`]
    pub supervisor_start_child: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        child: *const rsp_child_spec,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_which_children`]
    pub supervisor_which_children: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        supervisor: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result,

    // resprout/term.h
    /// [`rsp_atom_intern`]
    pub atom_intern: unsafe extern "C" fn(out: *mut rsp_atom, text: *const c_char, len: usize) -> rsp_result,
    /// [`rsp_atom_name`]
    pub atom_name:
        unsafe extern "C" fn(out: *mut *const c_char, len_out: *mut usize, atom: rsp_atom) -> rsp_result,
    /// [`rsp_term_nil`]
    pub term_nil: unsafe extern "C" fn() -> rsp_term,
    /// [`rsp_term_bool`]
    pub term_bool: unsafe extern "C" fn(value: bool) -> rsp_term,
    /// [`rsp_term_int`]
    pub term_int: unsafe extern "C" fn(value: i64) -> rsp_term,
    /// [`rsp_term_float`]
    pub term_float: unsafe extern "C" fn(value: f64) -> rsp_term,
    /// [`rsp_term_atom`]
    pub term_atom: unsafe extern "C" fn(atom: rsp_atom) -> rsp_term,
    /// [`rsp_term_pid`]
    pub term_pid: unsafe extern "C" fn(pid: rsp_pid) -> rsp_term,
    /// [`rsp_term_ref`]
    pub term_ref: unsafe extern "C" fn(out: *mut rsp_term, ref_: rsp_ref) -> rsp_result,
    /// [`rsp_term_binary`]
    pub term_binary: unsafe extern "C" fn(out: *mut rsp_term, bytes: *const c_void, len: usize) -> rsp_result,
    /// [`rsp_term_string`]
    pub term_string: unsafe extern "C" fn(out: *mut rsp_term, text: *const c_char, len: usize) -> rsp_result,
    /// [`rsp_term_tuple`]
    pub term_tuple:
        unsafe extern "C" fn(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result,
    /// [`rsp_term_list`]
    pub term_list:
        unsafe extern "C" fn(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result,
    /// [`rsp_term_map`]
    pub term_map:
        unsafe extern "C" fn(out: *mut rsp_term, pairs: *const rsp_term_pair, count: usize) -> rsp_result,
    /// [`rsp_term_copy`]
    pub term_copy: unsafe extern "C" fn(term: rsp_term) -> rsp_term,
    /// [`rsp_term_free`]
    pub term_free: unsafe extern "C" fn(term: rsp_term),
    /// [`rsp_term_kind`]
    pub term_kind: unsafe extern "C" fn(term: rsp_term) -> rsp_kind,
    /// [`rsp_term_get_bool`]
    pub term_get_bool: unsafe extern "C" fn(out: *mut bool, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_int`]
    pub term_get_int: unsafe extern "C" fn(out: *mut i64, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_float`]
    pub term_get_float: unsafe extern "C" fn(out: *mut f64, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_atom`]
    pub term_get_atom: unsafe extern "C" fn(out: *mut rsp_atom, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_pid`]
    pub term_get_pid: unsafe extern "C" fn(out: *mut rsp_pid, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_ref`]
    pub term_get_ref: unsafe extern "C" fn(out: *mut rsp_ref, term: rsp_term) -> rsp_result,
    /// [`rsp_term_get_bytes`]
    pub term_get_bytes:
        unsafe extern "C" fn(out: *mut *const c_char, len_out: *mut usize, term: rsp_term) -> rsp_result,
    /// [`rsp_term_size`]
    pub term_size: unsafe extern "C" fn(out: *mut usize, term: rsp_term) -> rsp_result,
    /// [`rsp_term_element`]
    pub term_element: unsafe extern "C" fn(out: *mut rsp_term, term: rsp_term, index: usize) -> rsp_result,
    /// [`rsp_term_map_get`]
    pub term_map_get: unsafe extern "C" fn(out: *mut rsp_term, map: rsp_term, key: rsp_term) -> rsp_result,
    /// [`rsp_term_map_pair`]
    pub term_map_pair: unsafe extern "C" fn(
        key_out: *mut rsp_term,
        value_out: *mut rsp_term,
        map: rsp_term,
        index: usize,
    ) -> rsp_result,
    /// [`rsp_term_equal`]
    pub term_equal: unsafe extern "C" fn(a: rsp_term, b: rsp_term) -> bool,
    /// [`rsp_term_compare`]
    pub term_compare: unsafe extern "C" fn(out: *mut c_int, a: rsp_term, b: rsp_term) -> rsp_result,
    /// [`rsp_term_format`]
    pub term_format: unsafe extern "C" fn(
        out: *mut c_char,
        capacity: usize,
        len_out: *mut usize,
        term: rsp_term,
    ) -> rsp_result,

    // resprout/timer.h
    /// [`rsp_send_after`]
    pub send_after: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_send_after_name`]
    pub send_after_name: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        name: rsp_atom,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_start_timer`]
    pub start_timer: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_cancel_timer`]
    pub cancel_timer: unsafe extern "C" fn(
        self_: *mut rsp_self,
        active_out: *mut bool,
        remaining_ms_out: *mut u64,
        timer: rsp_ref,
    ) -> rsp_result,
    /// [`rsp_read_timer`]
    pub read_timer: unsafe extern "C" fn(
        self_: *mut rsp_self,
        active_out: *mut bool,
        remaining_ms_out: *mut u64,
        timer: rsp_ref,
    ) -> rsp_result,

    // resprout/runtime.h
    /// [`rsp_watch_waits`]
    pub watch_waits: unsafe extern "C" fn(
        self_: *mut rsp_self,
        interval_ms: u64,
        is_over: Option<unsafe extern "C" fn(ctx: *mut c_void) -> bool>,
        ctx: *mut c_void,
    ) -> rsp_result,

    // resprout/message.h
    /// [`rsp_put_back`]
    pub put_back: unsafe extern "C" fn(self_: *mut rsp_self, msg: *mut rsp_msg) -> rsp_result,

    // resprout/version.h
    /// [`rsp_version_number`]
    pub version_number: unsafe extern "C" fn() -> u32,
    /// [`rsp_version_string`]
    pub version_string: unsafe extern "C" fn() -> *const c_char,

    // resprout/process.h
    /// [`rsp_blocking_begin`]
    pub blocking_begin: unsafe extern "C" fn(self_: *mut rsp_self) -> rsp_result,
    /// [`rsp_blocking_end`]
    pub blocking_end: unsafe extern "C" fn(self_: *mut rsp_self) -> rsp_result,
    /// [`rsp_limit_mailbox`]
    pub limit_mailbox: unsafe extern "C" fn(
        self_: *mut rsp_self,
        max_messages: u32,
        max_message_bytes: u64,
        overflow: rsp_overflow,
    ) -> rsp_result,
    /// [`rsp_is_pressed`]
    pub is_pressed: unsafe extern "C" fn(pid: rsp_pid) -> bool,
    /// [`rsp_bump_reductions`]
    pub bump_reductions: unsafe extern "C" fn(self_: *mut rsp_self, reductions: u32) -> rsp_result,

    // resprout/resource.h
    /// [`rsp_region_alloc`]
    pub region_alloc:
        unsafe extern "C" fn(self_: *mut rsp_self, out: *mut *mut c_void, bytes: usize) -> rsp_result,
    /// [`rsp_region_free`]
    pub region_free:
        unsafe extern "C" fn(self_: *mut rsp_self, piece: *mut c_void, bytes: usize) -> rsp_result,
    /// [`rsp_resource_add`]
    pub resource_add: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_resource,
        release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
        ctx: *mut c_void,
    ) -> rsp_result,
    /// [`rsp_resource_remove`]
    pub resource_remove: unsafe extern "C" fn(self_: *mut rsp_self, resource: rsp_resource) -> rsp_result,
    // resprout/select.h
    /// [`rsp_select`]
    pub select:
        unsafe extern "C" fn(self_: *mut rsp_self, out: *mut rsp_ref, fd: c_int, mode: u32) -> rsp_result,
    /// [`rsp_cancel_select`]
    pub cancel_select: unsafe extern "C" fn(
        self_: *mut rsp_self,
        active_out: *mut bool,
        registration: rsp_ref,
    ) -> rsp_result,

    // resprout/supervisor.h
    /// [`rsp_supervisor_count_children`]
    pub supervisor_count_children: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        supervisor: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_terminate_child`]
    pub supervisor_terminate_child: unsafe extern "C" fn(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_restart_child`]
    pub supervisor_restart_child: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_delete_child`]
    pub supervisor_delete_child: unsafe extern "C" fn(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_get_childspec`]
    pub supervisor_get_childspec: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_supervisor_check_childspecs`]
    pub supervisor_check_childspecs: unsafe extern "C" fn(
        error_out: *mut rsp_term,
        children: *const rsp_child_spec,
        child_count: usize,
        auto_shutdown: rsp_auto_shutdown,
    ) -> rsp_result,
    /// [`rsp_supervisor_start_child_args`]
    pub supervisor_start_child_args: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        args: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_send_request_name`]
    pub send_request_name: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_send_request_name_native`]
    pub send_request_name_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_wait_response`]
    pub wait_response: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        request: rsp_ref,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_check_response`]
    pub check_response: unsafe extern "C" fn(msg: *const rsp_msg, request: rsp_ref) -> rsp_result,
    /// [`rsp_msg_is_reply`]
    pub msg_is_reply: unsafe extern "C" fn(msg: *const rsp_msg) -> bool,
    /// [`rsp_cast_name`]
    pub cast_name: unsafe extern "C" fn(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result,
    /// [`rsp_cast_name_native`]
    pub cast_name_native: unsafe extern "C" fn(
        self_: *mut rsp_self,
        name: rsp_atom,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result,
    /// [`rsp_reqids_new`]
    pub reqids_new: unsafe extern "C" fn(self_: *mut rsp_self, out: *mut *mut rsp_reqids) -> rsp_result,
    /// [`rsp_reqids_free`]
    pub reqids_free: unsafe extern "C" fn(self_: *mut rsp_self, ids: *mut rsp_reqids),
    /// [`rsp_reqids_add`]
    pub reqids_add:
        unsafe extern "C" fn(ids: *mut rsp_reqids, request: rsp_ref, label: rsp_term) -> rsp_result,
    /// [`rsp_reqids_send_request`]
    pub reqids_send_request: unsafe extern "C" fn(
        self_: *mut rsp_self,
        ids: *mut rsp_reqids,
        to: rsp_pid,
        term: rsp_term,
        label: rsp_term,
    ) -> rsp_result,
    /// [`rsp_reqids_size`]
    pub reqids_size: unsafe extern "C" fn(ids: *const rsp_reqids) -> usize,
    /// [`rsp_reqids_to_list`]
    pub reqids_to_list: unsafe extern "C" fn(
        requests_out: *mut rsp_ref,
        labels_out: *mut rsp_term,
        capacity: usize,
        ids: *const rsp_reqids,
    ),
    /// [`rsp_reqids_get`]
    pub reqids_get: unsafe extern "C" fn(
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        request: rsp_ref,
        delete_it: bool,
    ) -> rsp_result,
    /// [`rsp_reqids_receive_response`]
    pub reqids_receive_response: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        delete_it: bool,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_reqids_wait_response`]
    pub reqids_wait_response: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        delete_it: bool,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_reqids_check_response`]
    pub reqids_check_response: unsafe extern "C" fn(
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        msg: *const rsp_msg,
        delete_it: bool,
    ) -> rsp_result,
    /// [`rsp_node`]
    pub node: unsafe extern "C" fn() -> rsp_atom,
    /// [`rsp_multi_call`]
    pub multi_call: unsafe extern "C" fn(
        self_: *mut rsp_self,
        replies_out: *mut *mut rsp_msg,
        nodes: *const rsp_atom,
        node_count: usize,
        name: rsp_atom,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
    /// [`rsp_abcast`]
    pub abcast: unsafe extern "C" fn(
        self_: *mut rsp_self,
        nodes: *const rsp_atom,
        node_count: usize,
        name: rsp_atom,
        request: rsp_term,
    ) -> rsp_result,

    // resprout/registry.h
    /// [`rsp_registry_spec`]
    pub registry_spec:
        unsafe extern "C" fn(out: *mut rsp_start_spec, opts: *const rsp_registry_opts) -> rsp_result,
    /// [`rsp_registry_start`]
    pub registry_start: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        opts: *const rsp_registry_opts,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result,
    /// [`rsp_registry_register`]
    pub registry_register: unsafe extern "C" fn(
        self_: *mut rsp_self,
        holder_out: *mut rsp_pid,
        registry: rsp_atom,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result,
    /// [`rsp_registry_unregister`]
    pub registry_unregister:
        unsafe extern "C" fn(self_: *mut rsp_self, registry: rsp_atom, key: rsp_term) -> rsp_result,
    /// [`rsp_registry_update_value`]
    pub registry_update_value: unsafe extern "C" fn(
        self_: *mut rsp_self,
        old_out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result,
    /// [`rsp_registry_lookup`]
    pub registry_lookup:
        unsafe extern "C" fn(out: *mut rsp_term, registry: rsp_atom, key: rsp_term) -> rsp_result,
    /// [`rsp_registry_match`]
    pub registry_match: unsafe extern "C" fn(
        out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        pattern: rsp_term,
    ) -> rsp_result,
    /// [`rsp_registry_whereis`]
    pub registry_whereis:
        unsafe extern "C" fn(out: *mut rsp_pid, registry: rsp_atom, key: rsp_term) -> rsp_result,
    /// [`rsp_registry_keys`]
    pub registry_keys:
        unsafe extern "C" fn(out: *mut rsp_term, registry: rsp_atom, pid: rsp_pid) -> rsp_result,
    /// [`rsp_registry_count`]
    pub registry_count: unsafe extern "C" fn(out: *mut u64, registry: rsp_atom) -> rsp_result,
    /// [`rsp_registry_meta`]
    pub registry_meta:
        unsafe extern "C" fn(out: *mut rsp_term, registry: rsp_atom, key: rsp_term) -> rsp_result,
    /// [`rsp_registry_put_meta`]
    pub registry_put_meta:
        unsafe extern "C" fn(registry: rsp_atom, key: rsp_term, value: rsp_term) -> rsp_result,
    /// [`rsp_registry_delete_meta`]
    pub registry_delete_meta: unsafe extern "C" fn(registry: rsp_atom, key: rsp_term) -> rsp_result,
    /// [`rsp_send_via`]
    pub send_via: unsafe extern "C" fn(
        self_: *mut rsp_self,
        registry: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_cast_via`]
    pub cast_via: unsafe extern "C" fn(
        self_: *mut rsp_self,
        registry: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result,
    /// [`rsp_call_via`]
    pub call_via: unsafe extern "C" fn(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result,
}
