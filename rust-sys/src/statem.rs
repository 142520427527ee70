//! State machines.
#![doc = header!("statem.h")]

use core::ffi::{c_uint, c_void};

use crate::{rsp_from, rsp_msg, rsp_native_ops, rsp_result, rsp_self, rsp_term};

/// What kind of event.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_event_type(pub c_uint);

/// A call.
pub const RSP_EVENT_CALL: rsp_event_type = rsp_event_type(0);
/// A cast.
pub const RSP_EVENT_CAST: rsp_event_type = rsp_event_type(1);
/// Any other message.
pub const RSP_EVENT_INFO: rsp_event_type = rsp_event_type(2);
/// Inserted by the machine.
pub const RSP_EVENT_INTERNAL: rsp_event_type = rsp_event_type(3);
/// No event has come in time.
pub const RSP_EVENT_TIMEOUT: rsp_event_type = rsp_event_type(4);
/// The state has not changed in time.
pub const RSP_EVENT_STATE_TIMEOUT: rsp_event_type = rsp_event_type(5);
/// A timeout with a name.
pub const RSP_EVENT_NAMED_TIMEOUT: rsp_event_type = rsp_event_type(6);
/// A state enter call.
pub const RSP_EVENT_ENTER: rsp_event_type = rsp_event_type(7);

/// One event.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_event {
    /// Set by the runtime.
    pub size: usize,
    /// What kind of event.
    pub type_: rsp_event_type,
    /// Its content.
    pub msg: *mut rsp_msg,
    /// Of a call.
    pub from: rsp_from,
    /// Of a timeout with a name.
    pub name: rsp_term,
    /// The state the machine is in.
    pub state: rsp_term,
}

extern "C" {
    /// `next_state`: the state when the callback has returned.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `state` a live term. Contract: [header](self#header).
    pub fn rsp_statem_next_state(self_: *mut rsp_self, state: rsp_term) -> rsp_result;

    /// `repeat_state`: the state enter call is made anew.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_statem_repeat_state(self_: *mut rsp_self) -> rsp_result;

    /// `postpone`: the event comes again when the state has changed.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_statem_postpone(self_: *mut rsp_self) -> rsp_result;

    /// `next_event`: an event that is handled before any that waits.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `content` a live term. Contract: [header](self#header).
    pub fn rsp_statem_next_event(
        self_: *mut rsp_self,
        type_: rsp_event_type,
        from: rsp_from,
        content: rsp_term,
    ) -> rsp_result;

    /// The same with a native payload.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `payload` one of these operations, which live as long as it does.
    /// Contract: [header](self#header).
    pub fn rsp_statem_next_event_native(
        self_: *mut rsp_self,
        type_: rsp_event_type,
        from: rsp_from,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Starts a timeout when the callback has returned.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `name` and `content` live terms.
    /// Contract: [header](self#header).
    pub fn rsp_statem_timeout(
        self_: *mut rsp_self,
        type_: rsp_event_type,
        name: rsp_term,
        time_ms: u64,
        content: rsp_term,
    ) -> rsp_result;

    /// Gives a timeout another content.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `name` and `content` live terms.
    /// Contract: [header](self#header).
    pub fn rsp_statem_update_timeout(
        self_: *mut rsp_self,
        type_: rsp_event_type,
        name: rsp_term,
        content: rsp_term,
    ) -> rsp_result;

    /// Ends a timeout.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `name` a live term. Contract: [header](self#header).
    pub fn rsp_statem_cancel_timeout(
        self_: *mut rsp_self,
        type_: rsp_event_type,
        name: rsp_term,
    ) -> rsp_result;

    /// `state_enter`: state enter calls from here on.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_statem_state_enter(self_: *mut rsp_self) -> rsp_result;

    /// The state of the calling machine.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_statem_state(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
}
