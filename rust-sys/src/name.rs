//! Names of processes.
#![doc = header!("name.h")]

use crate::{rsp_atom, rsp_pid, rsp_result, rsp_self};

extern "C" {
    /// Gives a process a name.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_register(self_: *mut rsp_self, name: rsp_atom, pid: rsp_pid) -> rsp_result;

    /// Frees a name.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_unregister(self_: *mut rsp_self, name: rsp_atom) -> rsp_result;

    /// The live process of this name; all zero if the name is free.
    ///
    /// # Safety
    /// None is asked for: every value is allowed. Contract: [header](self#header).
    pub fn rsp_whereis(name: rsp_atom) -> rsp_pid;
}
