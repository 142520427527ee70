//! What any thread may do: as the process that it is, else as the runtime's root.

use std::any::Any;

use resprout_sys as sys;

use crate::boundary::{is_ending, Native};
use crate::error::check;
use crate::message::To;
use crate::{Atom, Error, Pid, Result, Term};

/// The process whose code runs on this thread, or null: then the runtime's root is the sender of what is sent.
///
/// # Errors
///
/// [`Error::Exiting`] while the state of a process is dropped: it has no say any more, and is not the root either.
pub(crate) fn current() -> Result<*mut sys::rsp_self> {
    if is_ending() {
        return Err(Error::Exiting);
    }
    // SAFETY: nothing is asked for.
    Ok(unsafe { sys::rsp_current() })
}

pub(crate) fn send_as(process: *mut sys::rsp_self, to: To, message: &Term) -> Result<()> {
    // SAFETY: process is null or a handle of this thread, the term is live.
    check(unsafe {
        match to {
            To::Pid(pid) => sys::rsp_send(process, pid.0, message.as_raw()),
            To::Name(name) => sys::rsp_send_name(process, name.0, message.as_raw()),
            To::Alias(alias) => sys::rsp_send_alias(process, alias.0, message.as_raw()),
        }
    })
}

pub(crate) fn send_native_as<T: Any + Send>(process: *mut sys::rsp_self, to: Pid, value: T) -> Result<()> {
    check(Native::new(value).give(
        // SAFETY: process is null or a handle of this thread; the payload is one of these operations, which live for ever.
        |payload, ops| unsafe { sys::rsp_send_native(process, to.0, payload, ops) },
        |result| result == sys::RSP_OK,
    ))
}

pub(crate) fn exit_signal_as(process: *mut sys::rsp_self, to: Pid, reason: &Term) -> Result<()> {
    // SAFETY: process is null or a handle of this thread, the term is live.
    check(unsafe { sys::rsp_exit_signal(process, to.0, reason.as_raw()) })
}

/// Sends a term, from any thread: as [`Context::send`](crate::Context::send) in a process, else as the runtime's root.
///
/// # Errors
///
/// [`Error::NoName`] when nobody has the name, [`Error::Exiting`].
pub fn send(to: impl Into<To>, message: impl Into<Term>) -> Result<()> {
    send_as(current()?, to.into(), &message.into())
}

/// Sends a Rust value, from any thread.
///
/// # Errors
///
/// [`Error::Exiting`]; the value is dropped then.
pub fn send_native<T: Any + Send>(to: Pid, value: T) -> Result<()> {
    send_native_as(current()?, to, value)
}

/// Sends an exit signal, from any thread.
///
/// # Errors
///
/// [`Error::Exiting`].
pub fn exit_signal(to: Pid, reason: impl Into<Term>) -> Result<()> {
    exit_signal_as(current()?, to, &reason.into())
}

/// Whether a process is behind: a thousand messages waited for it at its last checkpoint, and it has not come down to half
/// of that since. Whoever goes on sending to it gives way by itself, if it runs on a worker; a thread may choose to wait.
#[must_use]
pub fn is_pressed(pid: Pid) -> bool {
    // SAFETY: every pid is allowed.
    unsafe { sys::rsp_is_pressed(pid.0) }
}

/// The live process of this name.
#[must_use]
pub fn whereis(name: impl Into<Atom>) -> Option<Pid> {
    // SAFETY: every value is allowed.
    Pid::from_raw(unsafe { sys::rsp_whereis(name.into().0) })
}

/// Gives a process a name, from any thread.
///
/// # Errors
///
/// As [`Context::register`](crate::Context::register).
pub fn register(name: impl Into<Atom>, pid: Pid) -> Result<()> {
    // SAFETY: the current process is one of this thread.
    check(unsafe { sys::rsp_register(current()?, name.into().0, pid.0) })
}

/// Frees a name, from any thread.
///
/// # Errors
///
/// As [`Context::unregister`](crate::Context::unregister).
pub fn unregister(name: impl Into<Atom>) -> Result<()> {
    // SAFETY: the current process is one of this thread.
    check(unsafe { sys::rsp_unregister(current()?, name.into().0) })
}
