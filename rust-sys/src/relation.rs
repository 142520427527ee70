//! Links, monitors, aliases.
#![doc = header!("relation.h")]

use crate::{rsp_alias_mode, rsp_atom, rsp_pid, rsp_ref, rsp_result, rsp_self, RSP_ALIAS_NONE};

/// Options of [`rsp_monitor`] and [`rsp_monitor_name`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_monitor_opts {
    /// The size of this struct.
    pub size: usize,
    /// The reference is an alias too.
    pub alias: rsp_alias_mode,
    /// Replaces `DOWN` in the message.
    pub tag: rsp_atom,
}

impl Default for rsp_monitor_opts {
    /// `RSP_MONITOR_OPTS_INIT`.
    fn default() -> Self {
        Self { size: size_of::<Self>(), alias: RSP_ALIAS_NONE, tag: rsp_atom { id: 0 } }
    }
}

extern "C" {
    /// Links the caller and `peer`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_link(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;

    /// The same, but a dead peer is never an error.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_link_async(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;

    /// Removes the link.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_unlink(self_: *mut rsp_self, peer: rsp_pid) -> rsp_result;

    /// Watches `target`.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `opts` null or its `size` bytes readable.
    /// Contract: [header](self#header).
    pub fn rsp_monitor(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        target: rsp_pid,
        opts: *const rsp_monitor_opts,
    ) -> rsp_result;

    /// Watches the process that has this name now.
    ///
    /// # Safety
    /// As [`rsp_monitor`]. Contract: [header](self#header).
    pub fn rsp_monitor_name(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        opts: *const rsp_monitor_opts,
    ) -> rsp_result;

    /// Ends a monitor.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `removed_out` null or writable. Contract: [header](self#header).
    pub fn rsp_demonitor(
        self_: *mut rsp_self,
        removed_out: *mut bool,
        monitor: rsp_ref,
        flush: bool,
    ) -> rsp_result;

    /// Makes a reference that works as a destination.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_alias(self_: *mut rsp_self, out: *mut rsp_ref, mode: rsp_alias_mode) -> rsp_result;

    /// Switches an alias off.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `was_on_out` null or writable. Contract: [header](self#header).
    pub fn rsp_unalias(self_: *mut rsp_self, was_on_out: *mut bool, alias: rsp_ref) -> rsp_result;
}
