//! Starting and stopping processes in a callback.
#![doc = header!("await.h")]

use core::ffi::c_void;

use crate::{
    rsp_next, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_start_opts, rsp_start_spec, rsp_supervisor_spec,
    rsp_term,
};

/// What a start or a stop came to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_outcome {
    /// Set by the runtime.
    pub size: usize,
    /// Whether it is started, or has stopped.
    pub result: rsp_result,
    /// Of a start.
    pub pid: rsp_pid,
    /// Of a start with a monitor.
    pub monitor: rsp_ref,
    /// Why not.
    pub error: rsp_term,
}

/// Runs when a start or a stop is over.
pub type rsp_outcome_continuation = Option<
    unsafe extern "C" fn(self_: *mut rsp_self, outcome: *const rsp_outcome, ctx: *mut c_void) -> rsp_next,
>;

extern "C" {
    /// Starts a server, or a plain process, and suspends the calling callback until its init is done.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `spec` and `opts` are null or their `size` bytes readable; what `spec`
    /// points to is usable as for [`rsp_server_start`](crate::rsp_server_start). `continuation` does not unwind and takes
    /// this `ctx`. Contract: [header](self#header).
    pub fn rsp_await_start(
        self_: *mut rsp_self,
        spec: *const rsp_start_spec,
        opts: *const rsp_start_opts,
        continuation: rsp_outcome_continuation,
        ctx: *mut c_void,
    ) -> rsp_next;

    /// The same for a supervisor, until its children are up.
    ///
    /// # Safety
    /// As [`rsp_await_start`]; what `spec` points to is usable as for
    /// [`rsp_supervisor_start_spec`](crate::rsp_supervisor_start_spec). Contract: [header](self#header).
    pub fn rsp_await_start_supervisor(
        self_: *mut rsp_self,
        spec: *const rsp_supervisor_spec,
        opts: *const rsp_start_opts,
        continuation: rsp_outcome_continuation,
        ctx: *mut c_void,
    ) -> rsp_next;

    /// Stops a server or supervisor in order, and suspends the calling callback until it is gone.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `reason` a live term. `continuation` does not unwind and takes this
    /// `ctx`. Contract: [header](self#header).
    pub fn rsp_await_stop(
        self_: *mut rsp_self,
        pid: rsp_pid,
        reason: rsp_term,
        timeout_ms: u64,
        continuation: rsp_outcome_continuation,
        ctx: *mut c_void,
    ) -> rsp_next;
}
