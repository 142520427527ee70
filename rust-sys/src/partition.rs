//! Partitions: a process for each part of the keys.
#![doc = header!("partition.h")]

use crate::{rsp_atom, rsp_msg, rsp_pid, rsp_result, rsp_self, rsp_term};

extern "C" {
    /// How many partitions there are.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_partition_count(out: *mut u64, supervisor: rsp_atom) -> rsp_result;

    /// The partition that a key belongs to.
    ///
    /// # Safety
    /// `out` is null or writable, `key` is a live term. Contract: [header](self#header).
    pub fn rsp_partition_whereis(out: *mut rsp_pid, supervisor: rsp_atom, key: rsp_term) -> rsp_result;

    /// Sends a term to the partition of a key.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `key`, `term` are live terms. Contract: [header](self#header).
    pub fn rsp_partition_send(
        self_: *mut rsp_self,
        supervisor: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result;

    /// Sends a cast to the partition of a key.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `key`, `term` are live terms. Contract: [header](self#header).
    pub fn rsp_partition_cast(
        self_: *mut rsp_self,
        supervisor: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result;

    /// Calls the partition of a key.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, `key`, `request` are live terms.
    /// Contract: [header](self#header).
    pub fn rsp_partition_call(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        supervisor: rsp_atom,
        key: rsp_term,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;
}
