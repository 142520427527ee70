//! Result codes.
#![doc = header!("result.h")]

use core::ffi::{c_char, c_uint};

/// What a call came to. Misuse and refusal are results; the death of a process is an exit reason.
#[must_use]
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_result(pub c_uint);

/// Done.
pub const RSP_OK: rsp_result = rsp_result(0);
/// An argument is null, malformed or out of range.
pub const RSP_EINVAL: rsp_result = rsp_result(1);
/// Out of memory; nothing was changed.
pub const RSP_ENOMEM: rsp_result = rsp_result(2);
/// A fixed limit is reached; nothing was changed.
pub const RSP_ELIMIT: rsp_result = rsp_result(3);
/// The process does not exist.
pub const RSP_ENOPROC: rsp_result = rsp_result(4);
/// The deadline passed first.
pub const RSP_ETIMEDOUT: rsp_result = rsp_result(5);
/// The call would block a worker.
pub const RSP_EWOULDBLOCK: rsp_result = rsp_result(6);
/// The calling process is ending.
pub const RSP_EXITING: rsp_result = rsp_result(7);
/// Only a process may call this.
pub const RSP_ENOTPROCESS: rsp_result = rsp_result(8);
/// The process handle belongs to another thread, or its callback has returned.
pub const RSP_EWRONGTHREAD: rsp_result = rsp_result(9);
/// Already done.
pub const RSP_EALREADY: rsp_result = rsp_result(10);
/// No runtime is running.
pub const RSP_ESTOPPED: rsp_result = rsp_result(11);
/// The name is registered for another live process, or is a table's.
pub const RSP_ENAMETAKEN: rsp_result = rsp_result(12);
/// The process already has a registered name.
pub const RSP_EHASNAME: rsp_result = rsp_result(13);
/// No live process is registered under this name.
pub const RSP_ENONAME: rsp_result = rsp_result(14);
/// The process at the other end ended.
pub const RSP_EEXITED: rsp_result = rsp_result(15);
/// A process cannot wait for its own answer.
pub const RSP_ECALLINGSELF: rsp_result = rsp_result(16);
/// No message matches.
pub const RSP_EMISMATCH: rsp_result = rsp_result(17);
/// The term is of another type.
pub const RSP_ETYPE: rsp_result = rsp_result(18);
/// The child specification or the supervisor options are malformed.
pub const RSP_ESPEC: rsp_result = rsp_result(19);
/// The shared library or the symbol in it cannot be loaded.
pub const RSP_ELIBRARY: rsp_result = rsp_result(20);
/// This OS process was forked from one that runs resprout.
pub const RSP_EFORKED: rsp_result = rsp_result(21);
/// Another copy of libresprout lives in this OS process.
pub const RSP_ETWOCOPIES: rsp_result = rsp_result(22);
/// An exception of the calling process is pending.
pub const RSP_ERAISED: rsp_result = rsp_result(23);
/// The operating system refused.
pub const RSP_EOS: rsp_result = rsp_result(24);
/// The start was declined by init.
pub const RSP_EIGNORE: rsp_result = rsp_result(25);
/// The mailbox of the receiver is at its limit.
pub const RSP_EOVERLOAD: rsp_result = rsp_result(26);
/// The collection of requests is empty.
pub const RSP_ENOREQUEST: rsp_result = rsp_result(27);
/// Only the process that started a task may wait for it or stop it.
pub const RSP_ENOTOWNER: rsp_result = rsp_result(28);
/// There is no such table (any more).
pub const RSP_ENOTABLE: rsp_result = rsp_result(29);
/// The table does not allow it.
pub const RSP_EACCESS: rsp_result = rsp_result(30);
/// The event handler has failed, or was not added.
pub const RSP_EHANDLER: rsp_result = rsp_result(31);

extern "C" {
    /// The code's name, `RSP_EINVAL`.
    ///
    /// # Safety
    /// None is asked for: every value is allowed. The text lives as long as the library.
    /// Contract: [header](self#header).
    pub fn rsp_result_name(result: rsp_result) -> *const c_char;

    /// What the code means and what to do about it.
    ///
    /// # Safety
    /// None is asked for: every value is allowed. The text lives as long as the library.
    /// Contract: [header](self#header).
    pub fn rsp_result_message(result: rsp_result) -> *const c_char;
}
