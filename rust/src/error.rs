//! What a call says when it refuses, and how a call to a server, a start, or a call about a child fails.

use std::error::Error as StdError;
use std::ffi::CStr;
use std::fmt;

use resprout_sys as sys;

use crate::{Pid, Term};

/// The result of a call that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident = $code:ident,)+) => {
        /// Why a call was refused. Nothing was changed.
        ///
        /// That a process has died is not an error: it is an exit reason, which comes as a message.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Error {
            $($(#[$doc])* $variant,)+
            /// A result that this version of the crate does not know.
            Unknown(u32),
        }

        impl Error {
            fn from_code(code: sys::rsp_result) -> Self {
                match code {
                    $(sys::$code => Self::$variant,)+
                    sys::rsp_result(other) => Self::Unknown(other),
                }
            }

            fn code(self) -> sys::rsp_result {
                match self {
                    $(Self::$variant => sys::$code,)+
                    Self::Unknown(other) => sys::rsp_result(other),
                }
            }
        }
    };
}

errors! {
    /// An argument is malformed or out of range.
    BadArgument = RSP_EINVAL,
    /// Out of memory.
    NoMemory = RSP_ENOMEM,
    /// A fixed limit is reached.
    Limit = RSP_ELIMIT,
    /// The process does not exist.
    NoProcess = RSP_ENOPROC,
    /// The deadline passed first.
    Timeout = RSP_ETIMEDOUT,
    /// The call would block a worker: handlers wait by returning, with [`Next::wait_for`](crate::Next::wait_for).
    WouldBlock = RSP_EWOULDBLOCK,
    /// The calling process is ending: return from its code, which `?` does. Each further call says the same.
    Exiting = RSP_EXITING,
    /// Only a process may call this: [`Runtime::attach`](crate::Runtime::attach) makes a thread one.
    NotProcess = RSP_ENOTPROCESS,
    /// The process handle belongs to another thread.
    WrongThread = RSP_EWRONGTHREAD,
    /// Already done: one runtime lives at a time, a thread is attached once, and a descriptor is registered once in each
    /// direction.
    Already = RSP_EALREADY,
    /// No runtime is running.
    Stopped = RSP_ESTOPPED,
    /// The name is registered for another live process, or is a table's.
    NameTaken = RSP_ENAMETAKEN,
    /// The process already has a name.
    HasName = RSP_EHASNAME,
    /// No live process has this name.
    NoName = RSP_ENONAME,
    /// The process at the other end ended.
    Exited = RSP_EEXITED,
    /// A process cannot wait for its own answer.
    CallingSelf = RSP_ECALLINGSELF,
    /// No message matches.
    NoMatch = RSP_EMISMATCH,
    /// The term is of another type.
    WrongType = RSP_ETYPE,
    /// A child specification or the options of a supervisor are malformed.
    BadSpec = RSP_ESPEC,
    /// A shared library, or the symbol in it, cannot be loaded.
    Library = RSP_ELIBRARY,
    /// This OS process was forked from one that runs a runtime: start one after the fork.
    Forked = RSP_EFORKED,
    /// Another copy of the library lives in this OS process.
    TwoCopies = RSP_ETWOCOPIES,
    /// An exception of the calling process is pending.
    Raised = RSP_ERAISED,
    /// The operating system refused: threads, memory maps or descriptors are used up.
    Os = RSP_EOS,
    /// The start was declined by init.
    Ignored = RSP_EIGNORE,
    /// The mailbox of the receiver is at its limit: nothing was sent.
    Overload = RSP_EOVERLOAD,
    /// The collection of requests is empty.
    NoRequest = RSP_ENOREQUEST,
    /// Only the process that started a task may await it, yield to it, shut it down or ignore it.
    NotOwner = RSP_ENOTOWNER,
    /// There is no such table: it was deleted, or its owner ended and no heir lived.
    NoTable = RSP_ENOTABLE,
    /// The table does not allow it: only the owner writes into a protected table, reads a private one, gives a table away or
    /// names its heir.
    Access = RSP_EACCESS,
    /// The event handler has failed, or was not added.
    Handler = RSP_EHANDLER,
}

impl Error {
    /// What to do about it, where the C API's text names functions of C.
    fn in_rust(self) -> Option<&'static str> {
        match self {
            Self::WouldBlock => Some(
                "this call would block a worker: a handler waits by returning Next::wait_for, a server Flow::wait_for",
            ),
            Self::NotProcess => Some("only a process may call this: Runtime::attach makes the calling thread one"),
            Self::Stopped => Some("no runtime is running: Runtime::start starts one, which its drop stops"),
            Self::Raised => Some("an exception of the calling process is pending: return it, or exception::catch it"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.in_rust() {
            return f.write_str(text);
        }
        // SAFETY: every value is allowed, and the text lives as long as the library.
        let text = unsafe { CStr::from_ptr(sys::rsp_result_message(self.code())) };
        f.write_str(&text.to_string_lossy())
    }
}

impl StdError for Error {}

/// The one place where codes become errors.
pub(crate) fn check(code: sys::rsp_result) -> Result<()> {
    if code == sys::RSP_OK {
        Ok(())
    } else {
        Err(Error::from_code(code))
    }
}

/// How a call to a server failed. Nothing of that call arrives later.
///
/// In a handler, `?` makes it an exception of class exit, as in OTP.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// The server ended, or there was none (`noproc`). Of a blocking call the reason is `{Reason, {call, Server, Request,
    /// Timeout}}`, of a request that was waited for in a handler the server's own.
    Exited(Term),
    /// There was no answer in time; a late one is dropped, unless the request was kept. The reason reads `{timeout, ..}`, of
    /// a stop `timeout`.
    Timeout(Term),
    /// The server called itself.
    CallingSelf(Term),
    /// The call was refused.
    Refused(Error),
}

impl CallError {
    /// The exit reason of a process that does not handle this failure; `None` where the call was refused.
    #[must_use]
    pub fn reason(&self) -> Option<&Term> {
        match self {
            Self::Exited(reason) | Self::Timeout(reason) | Self::CallingSelf(reason) => Some(reason),
            Self::Refused(_) => None,
        }
    }

    pub(crate) fn from_code(code: sys::rsp_result, reason: Term) -> Self {
        match Error::from_code(code) {
            Error::Exited => Self::Exited(reason),
            Error::Timeout => Self::Timeout(reason),
            Error::CallingSelf => Self::CallingSelf(reason),
            error => Self::Refused(error),
        }
    }

    /// Of a stop, where the C API names a reason only of one that has ended.
    pub(crate) fn of_stop(code: sys::rsp_result, reason: Term) -> Self {
        match Self::from_code(code, reason) {
            Self::Timeout(_) => Self::Timeout(Term::atom("timeout")),
            Self::CallingSelf(_) => Self::CallingSelf(Term::atom("calling_self")),
            other => other,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(reason) => write!(f, "the server ended: {reason}"),
            Self::Timeout(_) => f.write_str("the server did not answer in time"),
            Self::CallingSelf(_) => f.write_str("a process cannot call itself"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl StdError for CallError {}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// How the start of a server or supervisor failed. No process of it is left.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum StartError {
    /// Its init declined: there is no process, and nothing is wrong.
    Ignored,
    /// Its init failed, with this error.
    Failed(Term),
    /// Its name belongs to this process.
    AlreadyStarted(Pid),
    /// Its init was not done in time; it was killed.
    Timeout,
    /// A specification is malformed; the term names the field.
    BadSpec(Term),
    /// A shared library, or the symbol in it, cannot be loaded; the term says why.
    Library(Term),
    /// The call was refused.
    Refused(Error),
}

impl StartError {
    pub(crate) fn from_code(code: sys::rsp_result, detail: Term) -> Self {
        match Error::from_code(code) {
            Error::Ignored => Self::Ignored,
            Error::Exited => Self::Failed(detail),
            Error::NameTaken => match detail.element(1).and_then(|pid| pid.as_pid()) {
                Some(pid) => Self::AlreadyStarted(pid),
                None => Self::Failed(detail),
            },
            Error::Timeout => Self::Timeout,
            Error::BadSpec => Self::BadSpec(detail),
            Error::Library => Self::Library(detail),
            error => Self::Refused(error),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored => f.write_str("the start was declined by init"),
            Self::Failed(reason) => write!(f, "the start failed: {reason}"),
            Self::AlreadyStarted(pid) => write!(f, "already started: {pid}"),
            Self::Timeout => f.write_str("init was not done in time"),
            Self::BadSpec(what) => write!(f, "the specification is malformed: {what}"),
            Self::Library(why) => write!(f, "the library cannot be loaded: {why}"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl StdError for StartError {}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// How a call to a supervisor about one of its children failed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum ChildError {
    /// With what the supervisor says: `not_found`, `running`, `restarting`. Or it ended, or there was none (`noproc`): then
    /// it is `{Reason, {call, Supervisor, Request, Timeout}}`.
    Failed(Term),
    /// There was no answer in time.
    Timeout,
    /// The call was refused.
    Refused(Error),
}

impl ChildError {
    pub(crate) fn check(code: sys::rsp_result, detail: Term) -> Result<(), Self> {
        match check(code) {
            Ok(()) => Ok(()),
            Err(Error::Exited) => Err(Self::Failed(detail)),
            Err(Error::Timeout) => Err(Self::Timeout),
            Err(error) => Err(Self::Refused(error)),
        }
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) => write!(f, "the call about a child failed: {reason}"),
            Self::Timeout => f.write_str("the supervisor did not answer in time"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl StdError for ChildError {}

impl From<Error> for ChildError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
