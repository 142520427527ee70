//! Processes: spawn, identity, exit signals.
#![doc = header!("process.h")]

use core::ffi::{c_uint, c_void};
use core::marker::{PhantomData, PhantomPinned};
use core::ptr;

use crate::{rsp_atom, rsp_lane, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term};

/// A message.
#[repr(C)]
pub struct rsp_msg {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// What a callback wants next.
#[must_use]
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_next(pub c_uint);

/// The next message.
pub const RSP_NEXT_CONTINUE: rsp_next = rsp_next(0);
/// End with reason `normal`.
pub const RSP_NEXT_STOP: rsp_next = rsp_next(1);
/// End with the pending exception.
pub const RSP_NEXT_RAISE: rsp_next = rsp_next(2);
/// What [`rsp_await`](crate::rsp_await) returns.
pub const RSP_NEXT_AWAIT: rsp_next = rsp_next(3);

/// A process's code.
pub type rsp_handler =
    Option<unsafe extern "C" fn(self_: *mut rsp_self, msg: *mut rsp_msg, state: *mut c_void) -> rsp_next>;

/// When an alias goes off by itself.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_alias_mode(pub c_uint);

/// A monitor without alias.
pub const RSP_ALIAS_NONE: rsp_alias_mode = rsp_alias_mode(0);
/// Only by [`rsp_unalias`](crate::rsp_unalias).
pub const RSP_ALIAS_EXPLICIT: rsp_alias_mode = rsp_alias_mode(1);
/// With its monitor.
pub const RSP_ALIAS_DEMONITOR: rsp_alias_mode = rsp_alias_mode(2);
/// With the first message through it, which ends the monitor too; or with the monitor.
pub const RSP_ALIAS_REPLY: rsp_alias_mode = rsp_alias_mode(3);

/// What happens to the message that is too many for a mailbox with limits.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_overflow(pub c_uint);

/// Nothing is sent, and the sender gets [`RSP_EOVERLOAD`](crate::RSP_EOVERLOAD).
pub const RSP_OVERFLOW_REFUSE: rsp_overflow = rsp_overflow(0);
/// It is dropped.
pub const RSP_OVERFLOW_DROP_NEWEST: rsp_overflow = rsp_overflow(1);
/// The oldest are dropped for it.
pub const RSP_OVERFLOW_DROP_OLDEST: rsp_overflow = rsp_overflow(2);
/// The receiver ends with reason `{limit, mailbox}`.
pub const RSP_OVERFLOW_EXIT: rsp_overflow = rsp_overflow(3);

/// Options of [`rsp_spawn`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_spawn_opts {
    /// The size of this struct.
    pub size: usize,
    /// Atomically linked to the caller.
    pub link: bool,
    /// Atomically monitored by the caller.
    pub monitor: bool,
    /// Its `trap_exit` flag from the start.
    pub trap_exit: bool,
    /// Of the monitor.
    pub alias: rsp_alias_mode,
    /// Replaces `DOWN` in the monitor's message.
    pub tag: rsp_atom,
    /// Runs first, before any message.
    pub start: rsp_handler,
    /// Runs on this lane; null: on workers.
    pub lane: *mut rsp_lane,
    /// Ends with reason `stalled` when a callback has not returned, nor called the runtime, for about so long; 0: never.
    pub stall_ms: u64,
    /// Bytes that the messages in its mailbox may occupy; 0: no limit.
    pub max_message_bytes: u64,
    /// Messages that may wait in its mailbox; 0: no limit.
    pub max_messages: u32,
    /// What happens to one that is too many.
    pub overflow: rsp_overflow,
    /// It is pinned to this worker, counted from 1; 0: whichever is free.
    pub worker: u64,
}

impl Default for rsp_spawn_opts {
    /// `RSP_SPAWN_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            link: false,
            monitor: false,
            trap_exit: false,
            alias: RSP_ALIAS_NONE,
            tag: rsp_atom { id: 0 },
            start: None,
            lane: ptr::null_mut(),
            stall_ms: 0,
            max_message_bytes: 0,
            max_messages: 0,
            overflow: RSP_OVERFLOW_REFUSE,
            worker: 0,
        }
    }
}

extern "C" {
    /// Makes a process.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` and `monitor_out` are null or writable, `opts` is null or
    /// its `size` bytes readable. `handler` and `opts.start` may be called with `state` on any thread, one call at a time,
    /// and `state_free` once after them; none of them unwinds. Contract: [header](self#header).
    pub fn rsp_spawn(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        monitor_out: *mut rsp_ref,
        opts: *const rsp_spawn_opts,
        handler: rsp_handler,
        state: *mut c_void,
        state_free: Option<unsafe extern "C" fn(state: *mut c_void)>,
    ) -> rsp_result;

    /// The calling process's pid.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_self_pid(self_: *const rsp_self) -> rsp_pid;

    /// The process whose code runs on this thread, or null.
    ///
    /// # Safety
    /// None is asked for. The result is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_current() -> *mut rsp_self;

    /// Sends an exit signal.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason` a live term. Contract: [header](self#header).
    pub fn rsp_exit_signal(self_: *mut rsp_self, to: rsp_pid, reason: rsp_term) -> rsp_result;

    /// Sets whether exit signals become messages.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `previous_out` null or writable. Contract: [header](self#header).
    pub fn rsp_trap_exit(self_: *mut rsp_self, previous_out: *mut bool, on: bool) -> rsp_result;

    /// Limits the mailbox of the calling process.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_limit_mailbox(
        self_: *mut rsp_self,
        max_messages: u32,
        max_message_bytes: u64,
        overflow: rsp_overflow,
    ) -> rsp_result;

    /// Whether a process is behind.
    ///
    /// # Safety
    /// None is needed. Contract: [header](self#header).
    pub fn rsp_is_pressed(pid: rsp_pid) -> bool;

    /// A checkpoint for code that computes for long.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_checkpoint(self_: *mut rsp_self) -> rsp_result;

    /// Counts work that the runtime does not see, so that the turn ends sooner.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_bump_reductions(self_: *mut rsp_self, reductions: u32) -> rsp_result;

    /// Declares that the code of this process is going to block.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_blocking_begin(self_: *mut rsp_self) -> rsp_result;

    /// Ends the section that rsp_blocking_begin began.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_blocking_end(self_: *mut rsp_self) -> rsp_result;

    /// Whether a process lives.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_is_alive(self_: *mut rsp_self, out: *mut bool, pid: rsp_pid, timeout_ms: u64) -> rsp_result;

    /// Asks whether a process lives; the answer comes through `*out`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_alive_request(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result;

    /// Says what the calling process is, for people who look at it.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `label` a live term. Contract: [header](self#header).
    pub fn rsp_set_label(self_: *mut rsp_self, label: rsp_term) -> rsp_result;

    /// The label of the calling process.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_get_label(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;

    /// Suspends a process, and waits until none of its code runs.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_suspend(self_: *mut rsp_self, pid: rsp_pid, timeout_ms: u64) -> rsp_result;

    /// Asks for a suspension; the answer comes through `*out`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_suspend_request(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result;

    /// Takes a suspension back.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_resume(self_: *mut rsp_self, pid: rsp_pid) -> rsp_result;

    /// What a process says about itself.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_process_info(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        pid: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Asks what a process says about itself; the answer comes through `*out`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_process_info_request(self_: *mut rsp_self, out: *mut rsp_ref, pid: rsp_pid) -> rsp_result;

    /// A fresh reference.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_make_ref(self_: *mut rsp_self, out: *mut rsp_ref) -> rsp_result;
}
