//! Event managers: processes with any number of handlers.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{milliseconds, Native};
use crate::error::check;
use crate::event_serve::New;
use crate::message::To;
use crate::start::StartOptions;
use crate::{whereis, CallError, Error, GenEvent, Payload, Pid, Process, Result, StartError, Term};

/// How a call about an event handler failed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum HandlerError {
    /// There is no such handler.
    NotFound,
    /// It has failed, and is gone; or was not added: `{'EXIT', Reason}`, or what it returned.
    Failed(Term),
    /// The manager was not reached.
    Call(CallError),
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such event handler"),
            Self::Failed(reason) => write!(f, "the event handler has failed, or was not added: {reason}"),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HandlerError {}

impl From<CallError> for HandlerError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::Call(error.into())
    }
}

/// An event manager, by its pid or its name: a process with any number of [handlers](GenEvent). What it is notified of goes
/// through all of them, the newest first. A handler is named by the atom of its [`name`](GenEvent::name), or `{Name, Id}`.
///
/// Mirrors the module `gen_event`.
#[derive(Clone, Copy, Debug)]
pub struct EventManager(To);

impl EventManager {
    /// The manager with this pid, or with this name at each call.
    #[must_use]
    pub fn at(manager: impl Into<To>) -> Self {
        Self(manager.into())
    }

    /// Starts one without handlers. Nobody is linked to it; the end of the runtime stops it.
    /// [`Start::event_manager`](crate::Start::event_manager) has the options.
    ///
    /// # Errors
    ///
    /// The call is refused.
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(StartOptions::default())
    }

    /// The same, linked to the calling process.
    ///
    /// Mirrors `gen_event:start_link/0`.
    ///
    /// # Errors
    ///
    /// The call is refused.
    pub fn start_link() -> Result<Self, StartError> {
        Self::start_with(StartOptions { link: true, ..Default::default() })
    }

    fn start_with(options: StartOptions) -> Result<Self, StartError> {
        let (process, options) = (current()?, options.to_raw());
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: process is null or a handle of this thread, and the outs are writable.
        let result =
            unsafe { sys::rsp_event_start(process, &mut pid, &mut error, sys::rsp_atom { id: 0 }, &options) };
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Self::at(Pid(pid)))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    /// Its process now.
    #[must_use]
    pub fn pid(self) -> Option<Pid> {
        match self.0 {
            To::Pid(pid) => Some(pid),
            To::Name(name) => whereis(name),
            To::Alias(_) => None,
        }
    }

    /// Adds a handler in front of the others, and waits until its init is done.
    ///
    /// Mirrors `gen_event:add_handler/3`.
    ///
    /// # Errors
    ///
    /// [`HandlerError::Failed`]: it was not added; or the call fails.
    pub fn add_handler<H: GenEvent>(self, caller: &Process, handler: H) -> Result<(), HandlerError> {
        self.add(caller, New::of(handler, Term::nil()), sys::rsp_event_add_handler)
    }

    /// The same under an id, so that there can be several of one type.
    ///
    /// # Errors
    ///
    /// As [`add_handler`](Self::add_handler).
    pub fn add_handler_as<H: GenEvent>(
        self,
        caller: &Process,
        id: impl Into<Term>,
        handler: H,
    ) -> Result<(), HandlerError> {
        self.add(caller, New::of(handler, id.into()), sys::rsp_event_add_handler)
    }

    /// The same, and links the caller to the manager: when it ends the handler is removed, and when the handler is removed it is
    /// sent `{gen_event_EXIT, Handler, Reason}`.
    ///
    /// Mirrors `gen_event:add_sup_handler/3`.
    ///
    /// # Errors
    ///
    /// As [`add_handler`](Self::add_handler).
    pub fn add_sup_handler<H: GenEvent>(self, caller: &Process, handler: H) -> Result<(), HandlerError> {
        self.add(caller, New::of(handler, Term::nil()), sys::rsp_event_add_sup_handler)
    }

    /// Puts a handler in the place of another, whose terminate gets `args`.
    ///
    /// Mirrors `gen_event:swap_handler/3`.
    ///
    /// # Errors
    ///
    /// As [`add_handler`](Self::add_handler).
    pub fn swap_handler<H: GenEvent>(
        self,
        caller: &Process,
        old: impl Into<Term>,
        args: impl Into<Term>,
        handler: H,
    ) -> Result<(), HandlerError> {
        self.swap(caller, &old.into(), &args.into(), handler, sys::rsp_event_swap_handler)
    }

    /// The same, and the new one is the caller's as of [`add_sup_handler`](Self::add_sup_handler).
    ///
    /// Mirrors `gen_event:swap_sup_handler/3`.
    ///
    /// # Errors
    ///
    /// As [`add_handler`](Self::add_handler).
    pub fn swap_sup_handler<H: GenEvent>(
        self,
        caller: &Process,
        old: impl Into<Term>,
        args: impl Into<Term>,
        handler: H,
    ) -> Result<(), HandlerError> {
        self.swap(caller, &old.into(), &args.into(), handler, sys::rsp_event_swap_sup_handler)
    }

    fn add(
        self,
        caller: &Process,
        mut new: New,
        verb: unsafe extern "C" fn(
            *mut sys::rsp_self,
            *mut sys::rsp_term,
            sys::rsp_pid,
            *const sys::rsp_event_handler,
            u64,
        ) -> sys::rsp_result,
    ) -> Result<(), HandlerError> {
        let pid = self.raw_pid()?;
        asked(|reason| {
            // SAFETY: the handle is of this thread, the out is writable, the handler is as New made it.
            let result = unsafe { verb(caller.raw(), reason, pid, &new.raw, sys::RSP_INFINITE) };
            new.given(result);
            result
        })
    }

    fn swap<H: GenEvent>(
        self,
        caller: &Process,
        old: &Term,
        args: &Term,
        handler: H,
        verb: unsafe extern "C" fn(
            *mut sys::rsp_self,
            *mut sys::rsp_term,
            sys::rsp_pid,
            sys::rsp_term,
            sys::rsp_term,
            *const sys::rsp_event_handler,
            u64,
        ) -> sys::rsp_result,
    ) -> Result<(), HandlerError> {
        let (pid, mut new) = (self.raw_pid()?, New::of(handler, Term::nil()));
        asked(|reason| {
            // SAFETY: the handle is of this thread, the out is writable, the terms are live, the handler is as New made it.
            let result = unsafe {
                let (old, args) = (old.as_raw(), args.as_raw());
                verb(caller.raw(), reason, pid, old, args, &new.raw, sys::RSP_INFINITE)
            };
            new.given(result);
            result
        })
    }

    /// Removes a handler, and returns what its terminate did.
    ///
    /// Mirrors `gen_event:delete_handler/3`.
    ///
    /// # Errors
    ///
    /// [`HandlerError::NotFound`], or the call fails.
    pub fn delete_handler(
        self,
        caller: &Process,
        handler: impl Into<Term>,
        args: impl Into<Term>,
    ) -> Result<Term, HandlerError> {
        let (pid, handler, args, mut said) =
            (self.raw_pid()?, handler.into(), args.into(), Term::nil().into_raw());
        asked(|reason| {
            // SAFETY: the handle is of this thread, the outs are writable, the terms are live.
            unsafe {
                let (handler, args) = (handler.as_raw(), args.as_raw());
                sys::rsp_event_delete_handler(
                    caller.raw(),
                    &mut said,
                    reason,
                    pid,
                    handler,
                    args,
                    sys::RSP_INFINITE,
                )
            }
        })?;
        // SAFETY: the term is one that the caller owns.
        Ok(unsafe { Term::from_raw(said) })
    }

    /// Notifies all handlers, and does not wait. That there is no such manager is no error.
    ///
    /// Mirrors `gen_event:notify/2`.
    ///
    /// # Errors
    ///
    /// [`Error::Overload`], [`Error::Exiting`].
    pub fn notify(self, event: impl Into<Term>) -> Result<()> {
        let (process, pid, event) = (current()?, self.raw_pid()?, event.into());
        // SAFETY: process is null or a handle of this thread, and the term is live.
        check(unsafe { sys::rsp_event_notify(process, pid, event.as_raw()) })
    }

    /// The same with a Rust value, which all handlers see.
    ///
    /// # Errors
    ///
    /// As [`notify`](Self::notify).
    pub fn notify_native<T: Any + Send>(self, event: T) -> Result<()> {
        let (process, pid) = (current()?, self.raw_pid()?);
        check(Native::new(event).give(
            // SAFETY: process is null or a handle of this thread; the payload is one of these operations.
            |payload, ops| unsafe { sys::rsp_event_notify_native(process, pid, payload, ops) },
            |result| result != sys::RSP_EINVAL,
        ))
    }

    /// Notifies all handlers, and waits until all have run.
    ///
    /// Mirrors `gen_event:sync_notify/2`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn sync_notify(self, caller: &Process, event: impl Into<Term>) -> Result<(), HandlerError> {
        let (pid, event) = (self.raw_pid()?, event.into());
        asked(|reason| {
            // SAFETY: the handle is of this thread, the out is writable, and the term is live.
            unsafe {
                sys::rsp_event_sync_notify(caller.raw(), reason, pid, event.as_raw(), sys::RSP_INFINITE)
            }
        })
    }

    /// Calls one handler, and waits for its answer.
    ///
    /// Mirrors `gen_event:call/3`.
    ///
    /// # Errors
    ///
    /// [`HandlerError::NotFound`]; [`HandlerError::Failed`]: it has failed, and is removed; or the call fails.
    pub fn call(
        self,
        caller: &Process,
        handler: impl Into<Term>,
        request: impl Into<Term>,
    ) -> Result<Payload, HandlerError> {
        self.call_timeout(caller, handler, request, crate::CALL_TIMEOUT)
    }

    /// The same with a time of one's own.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_timeout(
        self,
        caller: &Process,
        handler: impl Into<Term>,
        request: impl Into<Term>,
        timeout: Duration,
    ) -> Result<Payload, HandlerError> {
        let (pid, handler, request) = (self.raw_pid()?, handler.into(), request.into());
        let mut answer = ptr::null_mut();
        asked(|reason| {
            // SAFETY: the handle is of this thread, the outs are writable, the terms are live.
            unsafe {
                let (handler, request) = (handler.as_raw(), request.as_raw());
                let timeout = milliseconds(timeout);
                sys::rsp_event_call(caller.raw(), &mut answer, reason, pid, handler, request, timeout)
            }
        })?;
        // SAFETY: the message is one that the caller owns, and is at hand until it is freed.
        Ok(unsafe {
            let payload = Payload::take(answer);
            sys::rsp_msg_free(answer);
            payload
        })
    }

    /// The names of its handlers, the newest first.
    ///
    /// Mirrors `gen_event:which_handlers/1`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn which_handlers(self, caller: &Process) -> Result<Vec<Term>, HandlerError> {
        let (pid, mut list) = (self.raw_pid()?, Term::nil().into_raw());
        asked(|reason| {
            // SAFETY: the handle is of this thread, and the outs are writable.
            unsafe { sys::rsp_event_which_handlers(caller.raw(), &mut list, reason, pid, sys::RSP_INFINITE) }
        })?;
        // SAFETY: the term is one that the caller owns.
        Ok(unsafe { Term::from_raw(list) }.elements().collect())
    }

    /// Stops it in order: the terminate of each handler gets `stop`.
    ///
    /// Mirrors `gen_event:stop/3`.
    ///
    /// # Errors
    ///
    /// As [`Process::stop`].
    pub fn stop(self, caller: &Process, timeout: Duration) -> Result<(), CallError> {
        match self.pid() {
            Some(pid) => caller.stop(pid, Term::atom("normal"), timeout),
            None => Err(CallError::Exited(Term::atom("noproc"))),
        }
    }

    /// As the C API takes it: all zero for nobody.
    fn raw_pid(self) -> Result<sys::rsp_pid> {
        match self.0 {
            To::Alias(_) => Err(Error::BadArgument),
            _ => Ok(self.pid().map_or_else(Default::default, |pid| pid.0)),
        }
    }
}

/// What a call about a handler came to.
fn asked(call: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<(), HandlerError> {
    let mut reason = Term::nil().into_raw();
    let result = call(&mut reason);
    // SAFETY: the reason is nil, or one that the caller owns.
    let reason = unsafe { Term::from_raw(reason) };
    match result {
        sys::RSP_OK => Ok(()),
        sys::RSP_EMISMATCH => Err(HandlerError::NotFound),
        sys::RSP_EHANDLER => Err(HandlerError::Failed(reason)),
        _ => Err(CallError::from_code(result, reason).into()),
    }
}
