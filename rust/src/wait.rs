//! What a callback waits for without blocking, and what goes on then.

use std::ffi::c_void;
use std::fmt;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::{drop_quietly, milliseconds};
use crate::message::{take_answer, Answer};
use crate::start::StartOptions;
use crate::{Atom, CallError, Error, Exception, Pid, Ref, Result, Start, StartError, Supervisor, Term};

/// What can be started and waited for: a [`Start`] or a [`Supervisor`].
#[derive(Debug)]
pub struct Startable(Kind);

#[derive(Debug)]
enum Kind {
    Start(Box<Start>),
    Supervisor(Box<Supervisor>),
}

impl From<Start> for Startable {
    fn from(start: Start) -> Self {
        Self(Kind::Start(Box::new(start)))
    }
}

impl From<Supervisor> for Startable {
    fn from(supervisor: Supervisor) -> Self {
        Self(Kind::Supervisor(Box::new(supervisor)))
    }
}

impl Startable {
    /// Has the running callback wait for it.
    ///
    /// # Safety
    ///
    /// `process` is the handle of the running callback, which returns the result; `ctx` is what `go_on` takes.
    unsafe fn begin(
        self,
        process: *mut sys::rsp_self,
        options: StartOptions,
        go_on: sys::rsp_outcome_continuation,
        ctx: *mut c_void,
    ) -> sys::rsp_next {
        let mut options = options.to_raw();
        match self.0 {
            Kind::Start(start) => {
                let spec = start.to_raw();
                (options.via_registry, options.via_key) = start.raw_via();
                // SAFETY: as the caller says; the specification and the options are readable and usable, as start made
                // them and lives.
                let next = unsafe { sys::rsp_await_start(process, &spec, &options, go_on, ctx) };
                start.given(); // whatever it returned
                next
            }
            Kind::Supervisor(supervisor) => supervisor.hand_over(|spec| {
                // SAFETY: as above.
                unsafe { sys::rsp_await_start_supervisor(process, spec, &options, go_on, ctx) }
            }),
        }
    }
}

/// What a callback waits for.
pub(crate) enum Awaited {
    Answer(Ref, Duration),
    Start(Startable, StartOptions),
    Stop(Pid, Term, Duration),
}

impl Awaited {
    pub(crate) fn start(what: impl Into<Startable>, timeout: Duration) -> Self {
        Self::Start(what.into(), StartOptions { timeout, ..Default::default() })
    }

    pub(crate) fn start_link(what: impl Into<Startable>, timeout: Duration) -> Self {
        Self::Start(what.into(), StartOptions { timeout, link: true, ..Default::default() })
    }

    pub(crate) fn start_monitor(what: Start, timeout: Duration) -> Self {
        Self::Start(what.into(), StartOptions { timeout, monitor: true, ..Default::default() })
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(reference, timeout) => write!(f, "wait_for({reference}, {timeout:?})"),
            Self::Start(what, options) => write!(f, "wait_for_start({what:?}, {options:?})"),
            Self::Stop(pid, reason, timeout) => write!(f, "wait_for_stop({pid}, {reason}, {timeout:?})"),
        }
    }
}

/// What has come of it.
pub(crate) enum Come {
    Answer(Answer),
    Outcome { result: sys::rsp_result, pid: Pid, monitor: Option<Ref>, error: Term },
}

impl Come {
    /// Of [`Awaited::Answer`].
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Answer(answer) => answer,
            Self::Outcome { .. } => unreachable!("who waits for an answer gets one"),
        }
    }

    /// Of [`Awaited::Start`].
    pub(crate) fn started(self) -> Result<Pid, StartError> {
        Ok(self.of_start()?.0)
    }

    fn of_start(self) -> Result<(Pid, Option<Ref>), StartError> {
        match self {
            Self::Outcome { result: sys::RSP_OK, pid, monitor, .. } => Ok((pid, monitor)),
            Self::Outcome { result, error, .. } => Err(StartError::from_code(result, error)),
            Self::Answer(_) => unreachable!("who waits for a start gets its outcome"),
        }
    }

    /// Of one that was asked for a monitor.
    pub(crate) fn started_monitor(self) -> Result<(Pid, Ref), StartError> {
        let (pid, monitor) = self.of_start()?;
        Ok((pid, monitor.ok_or(Error::BadArgument)?))
    }

    /// Of [`Awaited::Stop`].
    pub(crate) fn stopped(self) -> Result<(), CallError> {
        match self {
            Self::Outcome { result: sys::RSP_OK, .. } => Ok(()),
            Self::Outcome { result, error, .. } => Err(CallError::of_stop(result, error)),
            Self::Answer(_) => unreachable!("who waits for a stop gets its outcome"),
        }
    }
}

/// What is left by a callback that waits.
pub(crate) trait Resume {
    /// Goes on with what has come.
    ///
    /// # Safety
    ///
    /// `process` is the handle of the running callback, `ctx` what [`Awaited::begin`] was given.
    unsafe fn resume(process: *mut sys::rsp_self, ctx: *mut c_void, come: Come) -> sys::rsp_next;
}

impl Awaited {
    /// Has the running callback wait, and [`Resume::resume`] of `R` go on.
    ///
    /// # Safety
    ///
    /// `process` is the handle of the running callback, which returns the result; `ctx` is usable for `R` as long as the
    /// process has code that runs.
    pub(crate) unsafe fn begin<R: Resume>(
        self,
        process: *mut sys::rsp_self,
        ctx: *mut c_void,
    ) -> sys::rsp_next {
        // SAFETY: as the caller says; the terms are live.
        unsafe {
            match self {
                Self::Answer(reference, timeout) => {
                    sys::rsp_await(process, reference.0, milliseconds(timeout), Some(on_answer::<R>), ctx)
                }
                Self::Start(what, options) => what.begin(process, options, Some(on_outcome::<R>), ctx),
                Self::Stop(pid, reason, timeout) => {
                    let timeout = milliseconds(timeout);
                    sys::rsp_await_stop(process, pid.0, reason.as_raw(), timeout, Some(on_outcome::<R>), ctx)
                }
            }
        }
    }
}

unsafe extern "C" fn on_answer<R: Resume>(
    process: *mut sys::rsp_self,
    msg: *mut sys::rsp_msg,
    ctx: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what begin gave it; the message is null or lent until the return.
    unsafe { R::resume(process, ctx, Come::Answer(take_answer(msg))) }
}

unsafe extern "C" fn on_outcome<R: Resume>(
    process: *mut sys::rsp_self,
    outcome: *const sys::rsp_outcome,
    ctx: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: as of on_answer; the outcome and its term are lent for the call.
    unsafe {
        let outcome = &*outcome;
        let come = Come::Outcome {
            result: outcome.result,
            pid: Pid(outcome.pid),
            monitor: Ref::from_raw(outcome.monitor),
            error: Term::from_lent(outcome.error),
        };
        R::resume(process, ctx, come)
    }
}

/// What goes on in a process that has no state of ours: says to the C API what the callback has come to then.
type Then = Box<dyn FnOnce(*mut sys::rsp_self, Come) -> sys::rsp_next>;

/// What goes on there is a resource of the process, which may be ended meanwhile.
struct Pending {
    then: Then,
    resource: sys::rsp_resource,
}

impl Resume for Pending {
    unsafe fn resume(process: *mut sys::rsp_self, ctx: *mut c_void, come: Come) -> sys::rsp_next {
        // SAFETY: wait_apart made it; it is there as long as the process is.
        let resource = unsafe { (*ctx.cast::<Pending>()).resource };
        // SAFETY: process is the handle of the running callback.
        if unsafe { sys::rsp_resource_remove(process, resource) } != sys::RSP_OK {
            return sys::RSP_NEXT_CONTINUE; // it is to end, and releases it
        }
        // SAFETY: as above, and it is nobody else's now.
        let Pending { then, .. } = *unsafe { Box::from_raw(ctx.cast::<Pending>()) };
        then(process, come)
    }
}

/// Waits in a callback of a process that has no state of ours.
///
/// # Safety
///
/// `process` is the handle of the running callback, which returns the result. `then` is usable in that process, on any thread.
pub(crate) unsafe fn wait_apart(process: *mut sys::rsp_self, what: Awaited, then: Then) -> sys::rsp_next {
    let pending = Box::into_raw(Box::new(Pending { then, resource: sys::rsp_resource { id: 0 } }));
    // SAFETY: process is the handle of the running callback, the out is writable, and pending lives until it is released or
    // the resource is removed.
    unsafe {
        let resource = &raw mut (*pending).resource;
        if sys::rsp_resource_add(process, resource, Some(release), pending.cast()) != sys::RSP_OK {
            release(pending.cast());
            return Exception::exit(Atom::new("system_limit")).set_pending(process);
        }
    }
    // SAFETY: as the caller says.
    let next = unsafe { what.begin::<Pending>(process, pending.cast()) };
    if next != sys::RSP_NEXT_AWAIT {
        // SAFETY: nothing will go on; if the process is to end it releases the resource itself.
        unsafe {
            if sys::rsp_resource_remove(process, (*pending).resource) == sys::RSP_OK {
                release(pending.cast());
            }
        }
    }
    next
}

unsafe extern "C" fn release(pending: *mut c_void) {
    // SAFETY: wait_apart made it, and it is released once.
    drop_quietly(unsafe { Box::from_raw(pending.cast::<Pending>()) });
}
