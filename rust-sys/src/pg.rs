//! Process groups.
#![doc = header!("pg.h")]

use crate::{rsp_atom, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_start_opts, rsp_start_spec, rsp_term};

extern "C" {
    /// Says how to start a scope: as `start` of a child specification, or with `rsp_server_start`.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_pg_spec(out: *mut rsp_start_spec, scope: rsp_atom) -> rsp_result;

    /// Starts a scope, which has no groups.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `error_out` are null or writable,
    /// `start_opts` is null or its `size` bytes readable. Contract: [header](self#header).
    pub fn rsp_pg_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        scope: rsp_atom,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Makes processes members of a group: all of them, or none. One that is a member is one more time.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `group` is a
    /// live term, `pids` is null or `count` of them readable. Contract: [header](self#header).
    pub fn rsp_pg_join(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        scope: rsp_atom,
        group: rsp_term,
        pids: *const rsp_pid,
        count: usize,
    ) -> rsp_result;

    /// Takes processes out of a group, each once.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable, `group` is a
    /// live term, `pids` is null or `count` of them readable. Contract: [header](self#header).
    pub fn rsp_pg_leave(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        scope: rsp_atom,
        group: rsp_term,
        pids: *const rsp_pid,
        count: usize,
    ) -> rsp_result;

    /// The members of a group: a list of pids in the order in which they have joined. One that has joined
    /// twice is there twice.
    ///
    /// # Safety
    /// `out` is null or writable, `group` is a live term. Contract: [header](self#header).
    pub fn rsp_pg_get_members(out: *mut rsp_term, scope: rsp_atom, group: rsp_term) -> rsp_result;

    /// Those of them who are processes of this node.
    ///
    /// # Safety
    /// `out` is null or writable, `group` is a live term. Contract: [header](self#header).
    pub fn rsp_pg_get_local_members(out: *mut rsp_term, scope: rsp_atom, group: rsp_term) -> rsp_result;

    /// The groups of a scope that have members: a list.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_pg_which_groups(out: *mut rsp_term, scope: rsp_atom) -> rsp_result;

    /// From here on the caller is sent {Ref, join, Group, Pids} and {Ref, leave, Group, Pids}, for each
    /// change of this group.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `members_out`, `reason_out` are null or
    /// writable, `group` is a live term. Contract: [header](self#header).
    pub fn rsp_pg_monitor(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        members_out: *mut rsp_term,
        reason_out: *mut rsp_term,
        scope: rsp_atom,
        group: rsp_term,
    ) -> rsp_result;

    /// The same for all groups of a scope, those that are to come too.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out`, `groups_out`, `reason_out` are null or
    /// writable. Contract: [header](self#header).
    pub fn rsp_pg_monitor_scope(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        groups_out: *mut rsp_term,
        reason_out: *mut rsp_term,
        scope: rsp_atom,
    ) -> rsp_result;

    /// Ends that: nothing of it comes any more, and what waits in the caller's mailbox is taken out.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `reason_out` is null or writable. Contract:
    /// [header](self#header).
    pub fn rsp_pg_demonitor(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        scope: rsp_atom,
        ref_: rsp_ref,
    ) -> rsp_result;
}
