//! What a process has for as long as it lives: memory, and resources.
#![doc = header!("resource.h")]

use core::ffi::c_void;

use crate::{rsp_result, rsp_self};

/// A resource of a process.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_resource {
    /// 0: none.
    pub id: u64,
}

extern "C" {
    /// Memory that lives as long as the process.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. What it gives is uninitialised, and ends with
    /// the process's code. Contract: [header](self#header).
    pub fn rsp_region_alloc(self_: *mut rsp_self, out: *mut *mut c_void, bytes: usize) -> rsp_result;

    /// Gives a piece back before the process ends.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `piece` null or a piece of its process that was asked for as `bytes`,
    /// not given back yet, and that nothing uses any more. Contract: [header](self#header).
    pub fn rsp_region_free(self_: *mut rsp_self, piece: *mut c_void, bytes: usize) -> rsp_result;

    /// Has a function called when the process ends.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. `release` may be called with `ctx`, once, on
    /// any thread, when the process's code is over; it does not unwind. Contract: [header](self#header).
    pub fn rsp_resource_add(
        self_: *mut rsp_self,
        out: *mut rsp_resource,
        release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
        ctx: *mut c_void,
    ) -> rsp_result;

    /// Takes a resource away from the process.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_resource_remove(self_: *mut rsp_self, resource: rsp_resource) -> rsp_result;
}
