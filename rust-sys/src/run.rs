//! The top of a program.
#![doc = header!("run.h")]

use core::ffi::c_int;

use crate::{rsp_result, rsp_supervisor_spec, rsp_term};

/// How a program runs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_run_opts {
    /// The size of this struct.
    pub size: usize,
    /// For the orderly stop of all.
    pub stop_timeout_ms: u64,
    /// 1: SIGTERM and SIGINT end it.
    pub handle_signals: u64,
    /// 1: the service manager is told.
    pub notify: u64,
}

impl Default for rsp_run_opts {
    fn default() -> Self {
        Self { size: size_of::<Self>(), stop_timeout_ms: 30_000, handle_signals: 0, notify: 0 }
    }
}

extern "C" {
    /// Runs a program, from the start of its top to the end.
    ///
    /// # Safety
    /// `status_out` is writable, `reason_out` is null or writable, `top` is as `rsp_supervisor_start_spec` asks, `opts` is null or
    /// live.
    /// Contract: [header](self#header).
    #[must_use]
    pub fn rsp_run(
        status_out: *mut c_int,
        reason_out: *mut rsp_term,
        top: *const rsp_supervisor_spec,
        opts: *const rsp_run_opts,
    ) -> rsp_result;

    /// Asks for the end of the program.
    ///
    /// # Safety
    /// None is needed. Contract: [header](self#header).
    #[must_use]
    pub fn rsp_init_stop(status: c_int) -> rsp_result;
}
