//! Exceptions inside a process.
#![doc = header!("exception.h")]

use core::ffi::{c_char, c_uint, c_void};

use crate::{rsp_atom, rsp_next, rsp_result, rsp_self, rsp_term};

/// The class of an exception.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_class(pub c_uint);

/// A bug, or a broken precondition.
pub const RSP_CLASS_ERROR: rsp_class = rsp_class(0);
/// The process wants to stop.
pub const RSP_CLASS_EXIT: rsp_class = rsp_class(1);
/// A non-local return.
pub const RSP_CLASS_THROW: rsp_class = rsp_class(2);

/// A caught exception.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_exception {
    /// The size of this struct.
    pub size: usize,
    /// Its class.
    pub exception_class: rsp_class,
    /// Its value.
    pub value: rsp_term,
    /// A list of `{File, Line, Function}`; of an exit the empty list.
    pub frames: rsp_term,
}

impl Default for rsp_exception {
    /// `RSP_EXCEPTION_INIT`.
    fn default() -> Self {
        let nil = rsp_term { meta: 0, data: 0 };
        Self { size: size_of::<Self>(), exception_class: RSP_CLASS_ERROR, value: nil, frames: nil }
    }
}

/// A protected body.
pub type rsp_body = Option<unsafe extern "C" fn(self_: *mut rsp_self, ctx: *mut c_void) -> rsp_next>;

extern "C" {
    /// Raises: the pending exception of the process.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `value` and `frames` are live terms. Contract: [header](self#header).
    pub fn rsp_raise(
        self_: *mut rsp_self,
        exception_class: rsp_class,
        value: rsp_term,
        frames: rsp_term,
    ) -> rsp_next;

    /// Raises an exit.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `reason` a live term. Contract: [header](self#header).
    pub fn rsp_exit(self_: *mut rsp_self, reason: rsp_term) -> rsp_next;

    /// Raises an error.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `value` a live term. Contract: [header](self#header).
    pub fn rsp_error(self_: *mut rsp_self, value: rsp_term) -> rsp_next;

    /// Raises a throw.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `value` a live term. Contract: [header](self#header).
    pub fn rsp_throw(self_: *mut rsp_self, value: rsp_term) -> rsp_next;

    /// Runs `body`, then `after`, and catches.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or its `size` bytes writable, `next_out` null or writable;
    /// `body` and `after` take `ctx` and do not unwind. Contract: [header](self#header).
    pub fn rsp_try(
        self_: *mut rsp_self,
        out: *mut rsp_exception,
        next_out: *mut rsp_next,
        body: rsp_body,
        after: rsp_body,
        ctx: *mut c_void,
    ) -> rsp_result;

    /// The exit reason of a process that this exception leaves.
    ///
    /// # Safety
    /// `out` is null or writable, `exception` null or one that [`rsp_try`] wrote and nobody freed.
    /// Contract: [header](self#header).
    pub fn rsp_exception_reason(out: *mut rsp_term, exception: *const rsp_exception) -> rsp_result;

    /// Frees what a caught exception holds.
    ///
    /// # Safety
    /// `exception` is null or one that [`rsp_try`] wrote and nobody freed. Contract: [header](self#header).
    pub fn rsp_exception_free(exception: *mut rsp_exception);

    /// The reason of an exception of some language.
    ///
    /// # Safety
    /// `out` is null or writable, the texts are readable for their lengths, `frames` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_exception_term(
        out: *mut rsp_term,
        language: rsp_atom,
        type_: *const c_char,
        type_len: usize,
        message: *const c_char,
        message_len: usize,
        frames: rsp_term,
    ) -> rsp_result;
}
