//! What a behaviour says of itself to whoever asks, and what it reports.
#![doc = header!("sys.h")]

use crate::{rsp_pid, rsp_result, rsp_self, rsp_term};

extern "C" {
    /// Asks what a behaviour is and does.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` and `reason_out` null or writable. Contract:
    /// [header](self#header).
    pub fn rsp_sys_get_status(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        reason_out: *mut rsp_term,
        dest: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Asks what a behaviour has in its hands.
    ///
    /// # Safety
    /// As [`rsp_sys_get_status`]. Contract: [header](self#header).
    pub fn rsp_sys_get_state(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        reason_out: *mut rsp_term,
        dest: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Has a behaviour report what it does, or no longer.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` null or writable. Contract: [header](self#header).
    pub fn rsp_sys_trace(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        dest: rsp_pid,
        on: bool,
        timeout_ms: u64,
    ) -> rsp_result;
}
