//! Applications: trees with a name, started and stopped as one.
#![doc = header!("application.h")]

use core::ffi::{c_uint, c_void};
use core::ptr;

use crate::{
    rsp_atom, rsp_lane, rsp_next, rsp_result, rsp_self, rsp_start_spec, rsp_supervisor_spec, rsp_term,
};

/// What the end of an application's top means.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_application_type(pub c_uint);
/// It is reported.
pub const RSP_APPLICATION_TEMPORARY: rsp_application_type = rsp_application_type(0);
/// The same for `normal`; else all applications end.
pub const RSP_APPLICATION_TRANSIENT: rsp_application_type = rsp_application_type(1);
/// All applications end.
pub const RSP_APPLICATION_PERMANENT: rsp_application_type = rsp_application_type(2);

/// Runs in a process of its own.
pub type rsp_application_callback =
    Option<unsafe extern "C" fn(self_: *mut rsp_self, ctx: *mut c_void) -> rsp_next>;

/// An application.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_application_spec {
    /// The size of this struct.
    pub size: usize,
    /// Its name.
    pub name: rsp_atom,
    /// Those that must run before it starts.
    pub applications: *const rsp_atom,
    /// How many.
    pub application_count: usize,
    /// Its top, or
    pub supervisor: *const rsp_supervisor_spec,
    /// what starts it.
    pub start: *const rsp_start_spec,
    /// Before the top is told to end, or when it has ended.
    pub prep_stop: rsp_application_callback,
    /// When the top is gone.
    pub stop: rsp_application_callback,
    /// Lent to both.
    pub ctx: *mut c_void,
    /// Called once.
    pub ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Of the processes that run both; null: workers.
    pub lane: *mut rsp_lane,
}

impl Default for rsp_application_spec {
    /// `RSP_APPLICATION_SPEC_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            name: rsp_atom { id: 0 },
            applications: ptr::null(),
            application_count: 0,
            supervisor: ptr::null(),
            start: ptr::null(),
            prep_stop: None,
            stop: None,
            ctx: ptr::null_mut(),
            ctx_free: None,
            lane: ptr::null_mut(),
        }
    }
}

extern "C" {
    /// Makes an application known.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `error_out` is null or writable, `spec` is null or filled in.
    /// Contract: [header](self#header).
    pub fn rsp_application_load(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        spec: *const rsp_application_spec,
    ) -> rsp_result;

    /// Forgets an application that does not run.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `error_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_application_unload(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        name: rsp_atom,
    ) -> rsp_result;

    /// Starts an application.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `error_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_application_start(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        name: rsp_atom,
        type_: rsp_application_type,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Starts an application, and before it all those that it needs.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable. Contract: [header](self#header).
    pub fn rsp_application_ensure_all_started(
        self_: *mut rsp_self,
        started_out: *mut rsp_term,
        error_out: *mut rsp_term,
        name: rsp_atom,
        type_: rsp_application_type,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Stops an application.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `error_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_application_stop(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        name: rsp_atom,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The applications that run.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_application_which(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;

    /// The names of all that are loaded.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_application_loaded(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
}
