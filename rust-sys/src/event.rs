//! Event managers, and their handlers.
#![doc = header!("event.h")]

use core::ffi::{c_char, c_uint, c_void};
use core::ptr;

use crate::{
    rsp_atom, rsp_msg, rsp_native_ops, rsp_next, rsp_pid, rsp_result, rsp_self, rsp_start_opts,
    rsp_start_spec, rsp_term,
};

/// A handler to be added.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_event_handler {
    /// The size of this struct.
    pub size: usize,
    /// Its type. Not null.
    pub ops: *const rsp_event_ops,
    /// Nil: the handler is known as the name of its type; else as that and this.
    pub id: rsp_term,
    /// For init.
    pub args: rsp_term,
    /// Lent to init.
    pub ctx: *mut c_void,
    /// Called once, when the handler is gone or was not added.
    pub ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
}

impl Default for rsp_event_handler {
    /// `RSP_EVENT_HANDLER_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            ops: ptr::null(),
            id: rsp_term { meta: 0, data: 0 },
            args: rsp_term { meta: 0, data: 0 },
            ctx: ptr::null_mut(),
            ctx_free: None,
        }
    }
}

/// What a callback of a handler asks for.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_event_action(pub c_uint);

/// Go on.
pub const RSP_EVENT_OK: rsp_event_action = rsp_event_action(0);
/// Remove this handler.
pub const RSP_EVENT_REMOVE_HANDLER: rsp_event_action = rsp_event_action(1);
/// Put another one in its place.
pub const RSP_EVENT_SWAP_HANDLER: rsp_event_action = rsp_event_action(2);
/// Of init: the handler is not added.
pub const RSP_EVENT_ERROR: rsp_event_action = rsp_event_action(3);
/// For bindings: the callback returned what means nothing.
pub const RSP_EVENT_BAD_RETURN: rsp_event_action = rsp_event_action(4);

/// What a callback returns beside `rsp_next`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_event_return {
    /// Set by the runtime.
    pub size: usize,
    /// What is asked for.
    pub action: rsp_event_action,
    /// The manager gives back what memory it can, until the next message.
    pub hibernate: bool,
    /// Of init: the handler's state.
    pub state: *mut c_void,
    /// Of `handle_call`; or
    pub reply: rsp_term,
    /// if `reply_ops` is not null, a native payload.
    pub reply_native: *mut c_void,
    /// Its operations.
    pub reply_ops: *const rsp_native_ops,
    /// Why not, or what means nothing.
    pub reason: rsp_term,
    /// Of a swap: for terminate.
    pub args: rsp_term,
    /// The same: what comes in its place.
    pub handler: *const rsp_event_handler,
}

/// A handler's callbacks: its type.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_event_ops {
    /// The size of this struct.
    pub size: usize,
    /// What its handlers are known as.
    pub name: *const c_char,
    /// Makes the state, in the manager.
    pub init: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            ctx: *mut c_void,
            args: rsp_term,
            ret: *mut rsp_event_return,
        ) -> rsp_next,
    >,
    /// What was notified.
    pub handle_event: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            event: *mut rsp_msg,
            ret: *mut rsp_event_return,
        ) -> rsp_next,
    >,
    /// A call of this handler.
    pub handle_call: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            request: *mut rsp_msg,
            ret: *mut rsp_event_return,
        ) -> rsp_next,
    >,
    /// Any other message.
    pub handle_info: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            msg: *mut rsp_msg,
            ret: *mut rsp_event_return,
        ) -> rsp_next,
    >,
    /// Runs before the handler goes.
    pub terminate: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            state: *mut c_void,
            args: rsp_term,
            result: *mut rsp_term,
        ) -> rsp_next,
    >,
    /// Frees the state.
    pub free_state: Option<unsafe extern "C" fn(state: *mut c_void)>,
    /// Says what the state is.
    pub format_status: Option<unsafe extern "C" fn(self_: *mut rsp_self, state: *mut c_void) -> rsp_term>,
}

extern "C" {
    /// Says how to start an event manager: as `start` of a child specification, or with `rsp_server_start`.
    /// What else a start may say can be set in it.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_event_spec(out: *mut rsp_start_spec, name: rsp_atom) -> rsp_result;

    /// Starts an event manager, which has no handlers.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `error_out` are null or writable,
    /// `start_opts` is null or its `size` bytes readable. Contract: [header](self#header).
    pub fn rsp_event_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        name: rsp_atom,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Adds a handler, in front of the others, and waits until its init is done.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `handler` is
    /// null or its `size` bytes readable, with what it refers to. Contract: [header](self#header).
    pub fn rsp_event_add_handler(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        handler: *const rsp_event_handler,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same, and links the caller to the manager: when it ends the handler is removed, and when the
    /// handler is removed it is sent `{gen_event_EXIT, Handler, Reason}`.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `handler` is
    /// null or its `size` bytes readable, with what it refers to. Contract: [header](self#header).
    pub fn rsp_event_add_sup_handler(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        handler: *const rsp_event_handler,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Removes a handler, and waits until its terminate is done.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `reason_out` are null or writable,
    /// `handler`, `args` are live terms. Contract: [header](self#header).
    pub fn rsp_event_delete_handler(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        handler: rsp_term,
        args: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Puts a handler in the place of another: the new one's init gets {Args, Result}, which are its args and
    /// what the old one's terminate said; the atom `error` if there is no old one.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `handler` is
    /// null or its `size` bytes readable, with what it refers to, `old`, `args` are live terms. Contract:
    /// [header](self#header).
    pub fn rsp_event_swap_handler(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        old: rsp_term,
        args: rsp_term,
        handler: *const rsp_event_handler,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same, and the new one is the caller's as if added with [`rsp_event_add_sup_handler`].
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `handler` is
    /// null or its `size` bytes readable, with what it refers to, `old`, `args` are live terms. Contract:
    /// [header](self#header).
    pub fn rsp_event_swap_sup_handler(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        old: rsp_term,
        args: rsp_term,
        handler: *const rsp_event_handler,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Notifies all handlers, and does not wait. Nobody is no error.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `event` is a live term. Contract:
    /// [header](self#header).
    pub fn rsp_event_notify(self_: *mut rsp_self, manager: rsp_pid, event: rsp_term) -> rsp_result;

    /// The same with a native payload as the event.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `ops` is null or lives as long as the payload,
    /// which it may drop on any thread. Contract: [header](self#header).
    pub fn rsp_event_notify_native(
        self_: *mut rsp_self,
        manager: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Notifies all handlers, and waits until all of them have run.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `event` is a
    /// live term. Contract: [header](self#header).
    pub fn rsp_event_sync_notify(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        event: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same with a native payload as the event.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `ops` is null or
    /// lives as long as the payload, which it may drop on any thread. Contract: [header](self#header).
    pub fn rsp_event_sync_notify_native(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Calls one handler and waits for its answer.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `reason_out` are null or writable,
    /// `handler`, `request` are live terms. Contract: [header](self#header).
    pub fn rsp_event_call(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        handler: rsp_term,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same with a native payload as the request.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `reason_out` are null or writable,
    /// `handler` is a live term, `ops` is null or lives as long as the payload, which it may drop on any
    /// thread. Contract: [header](self#header).
    pub fn rsp_event_call_native(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        handler: rsp_term,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The handlers of a manager: a list of atoms and {Name, Id}, the newest first.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `reason_out` are null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_event_which_handlers(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        reason_out: *mut rsp_term,
        manager: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;
}
