//! What a process keeps by keys for itself.
#![doc = header!("dictionary.h")]

use crate::{rsp_result, rsp_self, rsp_term};

extern "C" {
    /// Sets the value of a key.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `previous_out` null or writable, `key` and `value` live terms. Contract:
    /// [header](self#header).
    pub fn rsp_put(
        self_: *mut rsp_self,
        previous_out: *mut rsp_term,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result;

    /// The value of a key.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `key` a live term. Contract:
    /// [header](self#header).
    pub fn rsp_get(self_: *mut rsp_self, out: *mut rsp_term, key: rsp_term) -> rsp_result;

    /// Takes a key out.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `previous_out` null or writable, `key` a live term. Contract:
    /// [header](self#header).
    pub fn rsp_erase(self_: *mut rsp_self, previous_out: *mut rsp_term, key: rsp_term) -> rsp_result;

    /// All keys.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_get_keys(self_: *mut rsp_self, out: *mut rsp_term) -> rsp_result;
}
