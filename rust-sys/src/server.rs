//! Servers.
#![doc = header!("server.h")]

use core::ffi::{c_char, c_uint, c_void};
use core::ptr;

use crate::{
    rsp_api, rsp_atom, rsp_event, rsp_from, rsp_handler, rsp_lane, rsp_msg, rsp_native_ops, rsp_next,
    rsp_overflow, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term, RSP_INFINITE, RSP_OVERFLOW_REFUSE,
};

/// What a callback asks for.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_server_action(pub c_uint);

/// Go on.
pub const RSP_SERVER_NOREPLY: rsp_server_action = rsp_server_action(0);
/// Answer, and go on.
pub const RSP_SERVER_REPLY: rsp_server_action = rsp_server_action(1);
/// Stop.
pub const RSP_SERVER_STOP: rsp_server_action = rsp_server_action(2);
/// Stop, with an answer.
pub const RSP_SERVER_STOP_REPLY: rsp_server_action = rsp_server_action(3);
/// Of init: there will be no process.
pub const RSP_SERVER_IGNORE: rsp_server_action = rsp_server_action(4);
/// Of init: the start fails quietly.
pub const RSP_SERVER_ERROR: rsp_server_action = rsp_server_action(5);
/// For bindings: the callback's result means nothing.
pub const RSP_SERVER_BAD_RETURN: rsp_server_action = rsp_server_action(6);

/// How a server waits for its next message.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_server_wait(pub c_uint);

/// As long as it takes.
pub const RSP_SERVER_WAIT_FOREVER: rsp_server_wait = rsp_server_wait(0);
/// For a time: then `timeout` is a message.
pub const RSP_SERVER_WAIT_TIMEOUT: rsp_server_wait = rsp_server_wait(1);
/// As long as it takes, with as little memory as it can.
pub const RSP_SERVER_WAIT_HIBERNATE: rsp_server_wait = rsp_server_wait(2);

/// What a callback returns beside [`rsp_next`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_server_return {
    /// Set by the runtime.
    pub size: usize,
    /// What to do.
    pub action: rsp_server_action,
    /// The answer.
    pub reply: rsp_term,
    /// The answer, if `reply_ops` is not null.
    pub reply_native: *mut c_void,
    /// Of `reply_native`.
    pub reply_ops: *const rsp_native_ops,
    /// Why it stops.
    pub reason: rsp_term,
    /// `handle_continue` runs before any message.
    pub has_continue: bool,
    /// With this.
    pub continue_term: rsp_term,
    /// Of init: the server's state.
    pub state: *mut c_void,
    /// How it waits for the next message.
    pub wait: rsp_server_wait,
    /// Of [`RSP_SERVER_WAIT_TIMEOUT`].
    pub timeout_ms: u64,
}

/// How a child is treated by its supervisor.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_restart(pub c_uint);

/// As its type says.
pub const RSP_RESTART_DEFAULT: rsp_restart = rsp_restart(0);
/// Always restarted.
pub const RSP_RESTART_PERMANENT: rsp_restart = rsp_restart(1);
/// Restarted unless it ended with an expected reason.
pub const RSP_RESTART_TRANSIENT: rsp_restart = rsp_restart(2);
/// Never restarted.
pub const RSP_RESTART_TEMPORARY: rsp_restart = rsp_restart(3);

/// How a child is stopped.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_shutdown(pub c_uint);

/// As its type says.
pub const RSP_SHUTDOWN_DEFAULT: rsp_shutdown = rsp_shutdown(0);
/// By the exit signal `kill`.
pub const RSP_SHUTDOWN_BRUTAL_KILL: rsp_shutdown = rsp_shutdown(1);
/// By `shutdown`, and by `kill` after a time.
pub const RSP_SHUTDOWN_TIMEOUT: rsp_shutdown = rsp_shutdown(2);
/// By `shutdown`, however long it takes.
pub const RSP_SHUTDOWN_INFINITY: rsp_shutdown = rsp_shutdown(3);

/// A server's callbacks: its type.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_server_ops {
    /// The size of this struct.
    pub size: usize,
    /// Of the type.
    pub name: *const c_char,
    /// Makes the state, in the new process.
    pub init: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            ctx: *mut c_void,
            args: rsp_term,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// A request.
    pub handle_call: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            msg: *mut rsp_msg,
            from: rsp_from,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// A request without answer.
    pub handle_cast: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            msg: *mut rsp_msg,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// Any other message.
    pub handle_info: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            msg: *mut rsp_msg,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// What a result asked to go on with.
    pub handle_continue: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            arg: rsp_term,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// Runs before an orderly end.
    pub terminate:
        Option<unsafe extern "C" fn(self_: *mut rsp_self, state: *mut c_void, reason: rsp_term) -> rsp_next>,
    /// Frees the state.
    pub free_state: Option<unsafe extern "C" fn(state: *mut c_void)>,
    /// Default of a child specification of this type.
    pub restart: rsp_restart,
    /// Default of a child specification of this type.
    pub shutdown: rsp_shutdown,
    /// Default of a child specification of this type.
    pub shutdown_ms: u64,
    /// Says what the state is, for reports.
    pub format_status: Option<unsafe extern "C" fn(self_: *mut rsp_self, state: *mut c_void) -> rsp_term>,
    /// Of a task's type, in place of all callbacks.
    pub run: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            ctx: *mut c_void,
            args: rsp_term,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
    /// Of a state machine's type, in place of a server's callbacks.
    pub handle_event: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            data: *mut c_void,
            event: *const rsp_event,
            ret: *mut rsp_server_return,
        ) -> rsp_next,
    >,
}

impl rsp_server_ops {
    /// A type of this name without callbacks: fill in what it has. The C API has no such constant, as C fills in by name.
    #[must_use]
    pub const fn new(name: *const c_char) -> Self {
        Self {
            size: size_of::<Self>(),
            name,
            init: None,
            handle_call: None,
            handle_cast: None,
            handle_info: None,
            handle_continue: None,
            terminate: None,
            free_state: None,
            restart: RSP_RESTART_DEFAULT,
            shutdown: RSP_SHUTDOWN_DEFAULT,
            shutdown_ms: 0,
            format_status: None,
            run: None,
            handle_event: None,
        }
    }
}

/// What a native child's shared library exports.
pub type rsp_child_entry = Option<unsafe extern "C" fn(api: *const rsp_api) -> *const rsp_server_ops>;

/// What a start function came to.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_start_action(pub c_uint);

/// There is a child.
pub const RSP_START_OK: rsp_start_action = rsp_start_action(0);
/// There is no child, and that is no error.
pub const RSP_START_IGNORE: rsp_start_action = rsp_start_action(1);
/// The start fails.
pub const RSP_START_ERROR: rsp_start_action = rsp_start_action(2);
/// For bindings: the function's result means nothing.
pub const RSP_START_BAD_RETURN: rsp_start_action = rsp_start_action(3);

/// What a start function returns beside [`rsp_next`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_start_return {
    /// Set by the runtime.
    pub size: usize,
    /// What it came to.
    pub action: rsp_start_action,
    /// The child.
    pub pid: rsp_pid,
    /// For whoever asked for the start; nil: nothing.
    pub info: rsp_term,
    /// Why it failed.
    pub reason: rsp_term,
}

/// Starts a child of a supervisor, in a process of its own.
pub type rsp_start_function = Option<
    unsafe extern "C" fn(
        self_: *mut rsp_self,
        ctx: *mut c_void,
        args: rsp_term,
        ret: *mut rsp_start_return,
    ) -> rsp_next,
>;

/// What else can be started.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_start_more {
    /// The size of this struct.
    pub size: usize,
    /// Of a supervisor's child.
    pub function: rsp_start_function,
    /// For reports and as the default child id.
    pub function_name: *const c_char,
}

impl Default for rsp_start_more {
    /// `RSP_START_MORE_INIT`.
    fn default() -> Self {
        Self { size: size_of::<Self>(), function: None, function_name: ptr::null() }
    }
}

/// What to start. Exactly one of `ops`, `library`, `handler` and the function of `more` is set.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_start_spec {
    /// The size of this struct.
    pub size: usize,
    /// A type of server.
    pub ops: *const rsp_server_ops,
    /// Path of a shared library.
    pub library: *const c_char,
    /// A function of type [`rsp_child_entry`] in it.
    pub symbol: *const c_char,
    /// A plain process.
    pub handler: rsp_handler,
    /// The same for each start.
    pub args: rsp_term,
    /// Lent to init, or the state of a handler.
    pub ctx: *mut c_void,
    /// Called once, when nobody needs `ctx` any more.
    pub ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Registered before init runs.
    pub name: rsp_atom,
    /// Runs on this lane; null: on workers.
    pub lane: *mut rsp_lane,
    /// How long a callback may compute without a call, before the process ends with reason `stalled`; 0: for ever.
    pub stall_ms: u64,
    /// Bytes that the messages in its mailbox may occupy; 0: no limit.
    pub max_message_bytes: u64,
    /// Messages that may wait in its mailbox; 0: no limit.
    pub max_messages: u32,
    /// What happens to one that is too many.
    pub overflow: rsp_overflow,
    /// The worker that it is pinned to, counted from 1; 0: whichever is free.
    pub worker: u64,
    /// What else can be said; null: nothing.
    pub more: *const rsp_start_more,
}

impl Default for rsp_start_spec {
    /// `RSP_START_SPEC_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            ops: ptr::null(),
            library: ptr::null(),
            symbol: ptr::null(),
            handler: None,
            args: rsp_term { meta: 0, data: 0 },
            ctx: ptr::null_mut(),
            ctx_free: None,
            name: rsp_atom { id: 0 },
            lane: ptr::null_mut(),
            stall_ms: 0,
            max_message_bytes: 0,
            max_messages: 0,
            overflow: RSP_OVERFLOW_REFUSE,
            worker: 0,
            more: ptr::null(),
        }
    }
}

/// Options of a start.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_start_opts {
    /// The size of this struct.
    pub size: usize,
    /// Linked to the caller, who is its parent.
    pub link: bool,
    /// Monitored by the caller.
    pub monitor: bool,
    /// For init.
    pub timeout_ms: u64,
    /// Registered in this registry before init runs; `undefined`: no.
    pub via_registry: rsp_atom,
    /// Under this key.
    pub via_key: rsp_term,
}

impl Default for rsp_start_opts {
    /// `RSP_START_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            link: false,
            monitor: false,
            timeout_ms: RSP_INFINITE,
            via_registry: rsp_atom { id: 0 },
            via_key: rsp_term { meta: 0, data: 0 },
        }
    }
}

extern "C" {
    /// Starts a server and waits until its init is done.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, `spec` and `opts` are null or
    /// their `size` bytes readable. What `spec` points to is usable as its members say: its callbacks do not unwind, take
    /// its `ctx`, and `ctx` may be used on any thread; strings end in a zero byte; `args` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_server_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        monitor_out: *mut rsp_ref,
        error_out: *mut rsp_term,
        spec: *const rsp_start_spec,
        opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Calls a server and waits for its answer.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, the outs are null or writable, `request` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_call(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_pid,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same with a native payload as the request.
    ///
    /// # Safety
    /// As [`rsp_call`]; `payload` is what `ops` is for, may be used on any thread, and is given away unless the result is
    /// [`RSP_EINVAL`](crate::RSP_EINVAL); `ops` outlives it. Contract: [header](self#header).
    pub fn rsp_call_native(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Calls whoever has the name now.
    ///
    /// # Safety
    /// As [`rsp_call`]. Contract: [header](self#header).
    pub fn rsp_call_name(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_atom,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same with a native payload as the request.
    ///
    /// # Safety
    /// As [`rsp_call_native`]. Contract: [header](self#header).
    pub fn rsp_call_name_native(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        server: rsp_atom,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64,
    ) -> rsp_result;

    /// In init: the start is not over when init is, but when rsp_init_ack says so.
    ///
    /// # Safety
    /// `self_` is null or the handle of this thread. Contract: [header](self#header).
    pub fn rsp_init_ack_later(self_: *mut rsp_self) -> rsp_result;

    /// The start of the calling server is over, and went well.
    ///
    /// # Safety
    /// `self_` is null or the handle of this thread. Contract: [header](self#header).
    pub fn rsp_init_ack(self_: *mut rsp_self) -> rsp_result;

    /// Stops a server or supervisor in order.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `reason_out` null or writable, `reason` a live term.
    /// Contract: [header](self#header).
    pub fn rsp_stop(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        pid: rsp_pid,
        reason: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;
}
