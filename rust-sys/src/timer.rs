//! Timers.
#![doc = header!("timer.h")]

use crate::{rsp_atom, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term};

extern "C" {
    /// Sends a term to a process after a time.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `term` a live term.
    /// Contract: [header](self#header).
    pub fn rsp_send_after(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result;

    /// The same to a name, resolved when the timer fires.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `term` a live term.
    /// Contract: [header](self#header).
    pub fn rsp_send_after_name(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        name: rsp_atom,
        term: rsp_term,
    ) -> rsp_result;

    /// Sends the message `{timeout, timer, term}` after a time.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `term` a live term.
    /// Contract: [header](self#header).
    pub fn rsp_start_timer(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        delay_ms: u64,
        to: rsp_pid,
        term: rsp_term,
    ) -> rsp_result;

    /// Cancels a timer, whoever started it.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, the outs are null or writable. Contract: [header](self#header).
    pub fn rsp_cancel_timer(
        self_: *mut rsp_self,
        active_out: *mut bool,
        remaining_ms_out: *mut u64,
        timer: rsp_ref,
    ) -> rsp_result;

    /// The time a timer has left.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, the outs are null or writable. Contract: [header](self#header).
    pub fn rsp_read_timer(
        self_: *mut rsp_self,
        active_out: *mut bool,
        remaining_ms_out: *mut u64,
        timer: rsp_ref,
    ) -> rsp_result;
}
