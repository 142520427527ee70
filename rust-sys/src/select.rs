//! Descriptors.
#![doc = header!("select.h")]

use core::ffi::c_int;

use crate::{rsp_ref, rsp_result, rsp_self};

/// There is something to read, or to accept; or the end of it.
pub const RSP_SELECT_READ: u32 = 1;
/// There is room to write, or a connection is made.
pub const RSP_SELECT_WRITE: u32 = 2;

extern "C" {
    /// Sends the caller a message when a descriptor is ready.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_select(self_: *mut rsp_self, out: *mut rsp_ref, fd: c_int, mode: u32) -> rsp_result;

    /// Ends a registration of the caller's.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `active_out` null or writable. Contract: [header](self#header).
    pub fn rsp_cancel_select(
        self_: *mut rsp_self,
        active_out: *mut bool,
        registration: rsp_ref,
    ) -> rsp_result;
}
