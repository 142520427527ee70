//! Messages: sending, reading, receiving, requests.
#![doc = header!("message.h")]

use core::ffi::{c_char, c_uint, c_void};
use core::ptr;

use crate::{rsp_atom, rsp_msg, rsp_next, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term, RSP_INFINITE};

/// How a native payload is dropped and described.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_native_ops {
    /// The size of this struct.
    pub size: usize,
    /// Frees the payload.
    pub drop: Option<unsafe extern "C" fn(payload: *mut c_void)>,
    /// Writes a text for reports and returns its full length.
    pub describe:
        Option<unsafe extern "C" fn(payload: *mut c_void, text: *mut c_char, capacity: usize) -> usize>,
}

/// What a message is.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_msg_kind(pub c_uint);

/// A term.
pub const RSP_MSG_TERM: rsp_msg_kind = rsp_msg_kind(0);
/// A native payload.
pub const RSP_MSG_NATIVE: rsp_msg_kind = rsp_msg_kind(1);
/// A request.
pub const RSP_MSG_CALL: rsp_msg_kind = rsp_msg_kind(2);
/// A request without answer.
pub const RSP_MSG_CAST: rsp_msg_kind = rsp_msg_kind(3);
/// A trapped exit signal.
pub const RSP_MSG_EXIT: rsp_msg_kind = rsp_msg_kind(4);
/// A monitor fired.
pub const RSP_MSG_DOWN: rsp_msg_kind = rsp_msg_kind(5);
/// A timer of [`rsp_start_timer`](crate::rsp_start_timer) fired.
pub const RSP_MSG_TIMER: rsp_msg_kind = rsp_msg_kind(6);
/// A descriptor of [`rsp_select`](crate::rsp_select) is ready.
pub const RSP_MSG_SELECT: rsp_msg_kind = rsp_msg_kind(7);

/// Whom a reply goes to.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct rsp_from {
    /// The caller.
    pub pid: rsp_pid,
    /// Its request.
    pub ref_: rsp_ref,
}

/// Whether a message is wanted.
pub type rsp_match = Option<unsafe extern "C" fn(msg: *const rsp_msg, ctx: *mut c_void) -> bool>;

/// Options of [`rsp_receive`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_receive_opts {
    /// The size of this struct.
    pub size: usize,
    /// 0: look once; [`RSP_INFINITE`]: no timeout.
    pub timeout_ms: u64,
    /// `None`: the oldest message.
    pub match_: rsp_match,
    /// Passed to `match_`.
    pub match_ctx: *mut c_void,
}

impl Default for rsp_receive_opts {
    /// `RSP_RECEIVE_OPTS_INIT`.
    fn default() -> Self {
        Self { size: size_of::<Self>(), timeout_ms: RSP_INFINITE, match_: None, match_ctx: ptr::null_mut() }
    }
}

/// Runs when what was awaited came.
pub type rsp_continuation =
    Option<unsafe extern "C" fn(self_: *mut rsp_self, msg: *mut rsp_msg, ctx: *mut c_void) -> rsp_next>;

extern "C" {
    /// Sends a term to a process.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_send(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result;

    /// Sends a native payload to a process.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread; `payload` is what `ops` is for, may be used on any thread, and
    /// is given away on [`RSP_OK`](crate::RSP_OK); `ops` outlives it. Contract: [header](self#header).
    pub fn rsp_send_native(
        self_: *mut rsp_self,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Sends a term to whoever has the name now.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_send_name(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result;

    /// Sends a term through an alias.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_send_alias(self_: *mut rsp_self, alias: rsp_ref, term: rsp_term) -> rsp_result;

    /// Answers a request.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_reply(self_: *mut rsp_self, from: rsp_from, term: rsp_term) -> rsp_result;

    /// Answers a request with a native payload.
    ///
    /// # Safety
    /// As [`rsp_send_native`]. Contract: [header](self#header).
    pub fn rsp_reply_native(
        self_: *mut rsp_self,
        from: rsp_from,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// What a message is.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_get_kind(msg: *const rsp_msg) -> rsp_msg_kind;

    /// Who sent it, or who died.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_from(msg: *const rsp_msg) -> rsp_pid;

    /// The term it carries, lent.
    ///
    /// # Safety
    /// `msg` is a message at hand, and outlives the use of the result. Contract: [header](self#header).
    pub fn rsp_msg_term(msg: *const rsp_msg) -> rsp_term;

    /// The native payload, lent.
    ///
    /// # Safety
    /// `msg` is a message at hand, and outlives the use of the result. Contract: [header](self#header).
    pub fn rsp_msg_native(msg: *const rsp_msg, ops: *const rsp_native_ops) -> *mut c_void;

    /// Takes the native payload out of the message.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_take_native(msg: *mut rsp_msg, ops: *const rsp_native_ops) -> *mut c_void;

    /// The reference it belongs to.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_ref(msg: *const rsp_msg) -> rsp_ref;

    /// Of a call: whom to answer.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_from_call(msg: *const rsp_msg) -> rsp_from;

    /// Of a `DOWN`: the atom that stands in its place.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_tag(msg: *const rsp_msg) -> rsp_atom;

    /// Of a `DOWN` of a monitor by name: that name.
    ///
    /// # Safety
    /// `msg` is a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_name(msg: *const rsp_msg) -> rsp_atom;

    /// Frees a received message.
    ///
    /// # Safety
    /// `msg` is null or a message that a receive returned and nobody freed: never one lent to a callback.
    /// Contract: [header](self#header).
    pub fn rsp_msg_free(msg: *mut rsp_msg);

    /// Takes the oldest message that matches.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` null or writable, `opts` null or its `size` bytes readable;
    /// `match_` takes `match_ctx` and does not unwind. Contract: [header](self#header).
    pub fn rsp_receive(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        opts: *const rsp_receive_opts,
    ) -> rsp_result;

    /// Puts a received message back in front of the mailbox.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `msg` null or a message that [`rsp_receive`] gave to it, and is not
    /// used after `RSP_OK`. Contract: [header](self#header).
    pub fn rsp_put_back(self_: *mut rsp_self, msg: *mut rsp_msg) -> rsp_result;

    /// Sends a request; the answer comes through `*out`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `term` a live term.
    /// Contract: [header](self#header).
    pub fn rsp_send_request(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result;

    /// The same with a native payload.
    ///
    /// # Safety
    /// As [`rsp_send_native`], with a `self_` that is not null and an `out` that is null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_send_request_native(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Waits for the answer to one request.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_receive_response(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        request: rsp_ref,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Gives a request up.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_abandon_request(self_: *mut rsp_self, request: rsp_ref) -> rsp_result;

    /// Sends a cast.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_cast(self_: *mut rsp_self, to: rsp_pid, term: rsp_term) -> rsp_result;

    /// The same with a native payload.
    ///
    /// # Safety
    /// As [`rsp_send_native`]. Contract: [header](self#header).
    pub fn rsp_cast_native(
        self_: *mut rsp_self,
        to: rsp_pid,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Suspends the calling handler until the answer of one reference.
    ///
    /// # Safety
    /// `self_` is the handle of the running callback, which returns the result; `continuation` takes `ctx`, which lives
    /// until it ran or the process ended, and does not unwind. Contract: [header](self#header).
    pub fn rsp_await(
        self_: *mut rsp_self,
        ref_: rsp_ref,
        timeout_ms: u64,
        continuation: rsp_continuation,
        ctx: *mut c_void,
    ) -> rsp_next;
}
