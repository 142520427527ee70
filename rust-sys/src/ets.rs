//! Tables: keys and values that belong to a process and that all may read.
#![doc = header!("ets.h")]

use core::ffi::c_uint;

use crate::{rsp_atom, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term};

/// Who may read and who may write.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_ets_access(pub c_uint);

/// The owner writes, all read.
pub const RSP_ETS_PROTECTED: rsp_ets_access = rsp_ets_access(0);
/// All write and read.
pub const RSP_ETS_PUBLIC: rsp_ets_access = rsp_ets_access(1);
/// The owner writes and reads.
pub const RSP_ETS_PRIVATE: rsp_ets_access = rsp_ets_access(2);

/// What a table is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_ets_opts {
    /// Of this struct.
    pub size: usize,
    /// Found by rsp_ets_whereis; `undefined`: no name.
    pub name: rsp_atom,
    /// Protected.
    pub access: rsp_ets_access,
    /// Whose it is when the owner ends; all zero: nobody's.
    pub heir: rsp_pid,
    /// What the heir is sent. Copied.
    pub heir_data: rsp_term,
}

impl Default for rsp_ets_opts {
    /// `RSP_ETS_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            name: rsp_atom { id: 0 },
            access: RSP_ETS_PROTECTED,
            heir: rsp_pid::default(),
            heir_data: rsp_term::default(),
        }
    }
}

extern "C" {
    /// Makes a table, which is the caller's.
    ///
    /// # Safety
    /// `self_` is the handle of this callback or attached thread, `out` is null or writable, `opts` is null or its
    /// `size` bytes readable. Contract: [header](self#header).
    pub fn rsp_ets_new(self_: *mut rsp_self, out: *mut rsp_ref, opts: *const rsp_ets_opts) -> rsp_result;

    /// The table that has a name.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_ets_whereis(out: *mut rsp_ref, name: rsp_atom) -> rsp_result;

    /// Deletes a table with all that is in it.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread. Contract: [header](self#header).
    pub fn rsp_ets_delete(self_: *mut rsp_self, table: rsp_ref) -> rsp_result;

    /// Makes another process the owner.
    ///
    /// # Safety
    /// `self_` is the handle of this callback or attached thread, `data` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_ets_give_away(self_: *mut rsp_self, table: rsp_ref, to: rsp_pid, data: rsp_term)
        -> rsp_result;

    /// Names another heir, or none.
    ///
    /// # Safety
    /// As of rsp_ets_give_away. Contract: [header](self#header).
    pub fn rsp_ets_set_heir(
        self_: *mut rsp_self,
        table: rsp_ref,
        heir: rsp_pid,
        data: rsp_term,
    ) -> rsp_result;

    /// Puts a value under a key, in the place of what was there.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread, the terms are live.
    /// Contract: [header](self#header).
    pub fn rsp_ets_insert(self_: *mut rsp_self, table: rsp_ref, key: rsp_term, value: rsp_term)
        -> rsp_result;

    /// Puts a value under a key that is not there.
    ///
    /// # Safety
    /// As of rsp_ets_insert; `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_ets_insert_new(
        self_: *mut rsp_self,
        out: *mut bool,
        table: rsp_ref,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result;

    /// The value of a key.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread, `out` is null or writable, the term is live.
    /// Contract: [header](self#header).
    pub fn rsp_ets_lookup(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        table: rsp_ref,
        key: rsp_term,
    ) -> rsp_result;

    /// Whether there is such a key.
    ///
    /// # Safety
    /// As of rsp_ets_lookup. Contract: [header](self#header).
    pub fn rsp_ets_member(self_: *mut rsp_self, out: *mut bool, table: rsp_ref, key: rsp_term) -> rsp_result;

    /// Takes a key out, and brings its value.
    ///
    /// # Safety
    /// As of rsp_ets_lookup. Contract: [header](self#header).
    pub fn rsp_ets_take(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        table: rsp_ref,
        key: rsp_term,
    ) -> rsp_result;

    /// Takes a key out.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread, the term is live.
    /// Contract: [header](self#header).
    pub fn rsp_ets_delete_key(self_: *mut rsp_self, table: rsp_ref, key: rsp_term) -> rsp_result;

    /// Adds to the value of a key.
    ///
    /// # Safety
    /// As of rsp_ets_lookup; `initial` is null or readable. Contract: [header](self#header).
    pub fn rsp_ets_update_counter(
        self_: *mut rsp_self,
        out: *mut i64,
        table: rsp_ref,
        key: rsp_term,
        increment: i64,
        initial: *const i64,
    ) -> rsp_result;

    /// Where a walk begins.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread, the outs are null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_ets_first(
        self_: *mut rsp_self,
        key_out: *mut rsp_term,
        value_out: *mut rsp_term,
        table: rsp_ref,
    ) -> rsp_result;

    /// What comes behind a key.
    ///
    /// # Safety
    /// As of rsp_ets_first; the term is live. Contract: [header](self#header).
    pub fn rsp_ets_next(
        self_: *mut rsp_self,
        key_out: *mut rsp_term,
        value_out: *mut rsp_term,
        table: rsp_ref,
        key: rsp_term,
    ) -> rsp_result;

    /// All that is in a table.
    ///
    /// # Safety
    /// `self_` is null or the handle of this callback or attached thread, `out` is null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_ets_tab2list(self_: *mut rsp_self, out: *mut rsp_term, table: rsp_ref) -> rsp_result;

    /// What a table is.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_ets_info(out: *mut rsp_term, table: rsp_ref) -> rsp_result;
}
