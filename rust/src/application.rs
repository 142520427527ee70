//! Applications: trees with a name, which are started and stopped as one, after those that they need.
//!
//! What one is says the trait [`Application`]; the calls are functions here. Each takes the name of one, may be made in any
//! thread, and waits for the answer of the controller, a process of the runtime's own. In a handler, which must not wait, the same
//! are requests to the name `application_controller`: `{start, Name, Type}`, `{stop, Name}`, `which_applications`,
//! `loaded_applications`.
//!
//! Mirrors the module `application` of OTP.
//!
//! # Examples
//!
//! ```
//! use resprout::application::{self, Application, ApplicationType};
//! use resprout::prelude::*;
//! use resprout::whereis;
//!
//! struct Shop {
//!     tills: u32,
//! }
//!
//! impl Application for Shop {
//!     fn name(&self) -> Atom {
//!         Atom::new("shop")
//!     }
//!
//!     fn top(&self) -> ChildSpec {
//!         let till = |number: u32| ChildSpec::function(number, || |_: &Context, _| {});
//!         (0..self.tills).fold(Supervisor::one_for_one().name("tills"), |top, number| top.child(till(number))).into()
//!     }
//!
//!     fn stop(&self, _: &Context) -> Result<Next, Exception> {
//!         println!("the shop is closed");
//!         Ok(Next::Stop)
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::start()?;
//! application::load(Shop { tills: 2 })?;
//! application::start("shop", ApplicationType::Permanent)?;
//! assert_eq!(runtime.attach()?.which_children(whereis("tills").unwrap())?.len(), 2);
//!
//! application::stop("shop")?;
//! assert_eq!(whereis("tills"), None);
//! # Ok(())
//! # }
//! ```

use std::error::Error as StdError;
use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{guarded, milliseconds};
use crate::error::check;
use crate::spawn::Wait;
use crate::start::Shared;
use crate::supervisor::RawChildren;
use crate::supervisor_calls::asked;
use crate::wait::wait_apart;
use crate::{Atom, ChildSpec, Context, Error, Exception, Next, Result, Term};

/// A tree of processes with a name: [`load`] makes it known, [`start`] starts it.
///
/// One value is the application as long as that is loaded, through all its starts. Its callbacks run in processes of their own,
/// on workers: what takes long they wait for with [`Next::wait_for`]. What they raise is reported, and changes nothing of the
/// rest. Whatever else they return, they are over then.
pub trait Application: Send + Sync + 'static {
    /// The name of the application. No process has it.
    fn name(&self) -> Atom;

    /// The names of those that must run before it starts. Default: none.
    fn applications(&self) -> Vec<Atom> {
        Vec::new()
    }

    /// What it starts: as a rule a [`Supervisor`](crate::Supervisor). Asked once, by [`load`].
    ///
    /// OTP's start callback, which decides at each start, is [`Supervisor::with_init`](crate::Supervisor::with_init), or
    /// [`ChildSpec::started_by`]. What only a supervisor looks at, such as [`ChildSpec::restart`], does not count.
    fn top(&self) -> ChildSpec;

    /// Runs before the top is told to end, or when it has ended by itself.
    ///
    /// # Errors
    ///
    /// Reported, and nothing else.
    fn prep_stop(&self, context: &Context) -> Result<Next, Exception> {
        let _ = context;
        Ok(Next::Stop)
    }

    /// Runs when the top is gone.
    ///
    /// # Errors
    ///
    /// Reported, and nothing else.
    fn stop(&self, context: &Context) -> Result<Next, Exception> {
        let _ = context;
        Ok(Next::Stop)
    }
}

/// What it means when the top of an application ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApplicationType {
    /// It is reported, and nothing else.
    Temporary,
    /// For `normal` the same; else as of a permanent one.
    Transient,
    /// All applications end: the program that [`run`](crate::run) runs ends, for the reason of the top; where none runs they are
    /// stopped in reverse order of start, and the runtime goes on.
    Permanent,
}

impl ApplicationType {
    fn to_raw(self) -> sys::rsp_application_type {
        match self {
            Self::Temporary => sys::RSP_APPLICATION_TEMPORARY,
            Self::Transient => sys::RSP_APPLICATION_TRANSIENT,
            Self::Permanent => sys::RSP_APPLICATION_PERMANENT,
        }
    }

    fn of(word: Atom) -> Self {
        match word.name() {
            "permanent" => Self::Permanent,
            "transient" => Self::Transient,
            _ => Self::Temporary,
        }
    }
}

/// How a call about an application failed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum ApplicationError {
    /// Refused, or failed: `{not_loaded, Name}`, `{already_loaded, Name}`, `{not_started, Name}`, `{already_started, Name}`,
    /// `{running, Name}`, `shutdown` when all are being stopped, or why the top did not start. Of [`ensure_all_started`]
    /// `{Name, Why}`: the one that did not start.
    Failed(Term),
    /// The specification of the top is malformed; the term names the field.
    BadSpec(Term),
    /// It was not done in time.
    Timeout,
    /// The call was refused.
    Refused(Error),
}

impl ApplicationError {
    fn check(code: sys::rsp_result, detail: Term) -> Result<(), Self> {
        match check(code) {
            Ok(()) => Ok(()),
            Err(Error::Exited) => Err(Self::Failed(detail)),
            Err(Error::BadSpec) => Err(Self::BadSpec(detail)),
            Err(Error::Timeout) => Err(Self::Timeout),
            Err(error) => Err(Self::Refused(error)),
        }
    }
}

impl fmt::Display for ApplicationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(f, "the call about an application failed: {why}"),
            Self::BadSpec(what) => write!(f, "the top of the application is malformed: {what}"),
            Self::Timeout => f.write_str("the application was not done in time"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl StdError for ApplicationError {}

impl From<Error> for ApplicationError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

// ---- Calls ----

/// Makes an application known, so that it can be started. What it needs may be loaded later. The value is dropped when it is
/// neither loaded nor running any more, or was not loaded.
///
/// Mirrors `application:load/1`.
///
/// # Errors
///
/// [`ApplicationError::Failed`] with `{already_loaded, Name}`; [`ApplicationError::BadSpec`]; [`Error::BadArgument`] of a top that is
/// to be registered in a [`Registry`](crate::Registry), which cannot be.
pub fn load<A: Application>(application: A) -> Result<(), ApplicationError> {
    let process = current()?;
    let (name, needed, top) = (application.name(), application.applications(), [application.top()]);
    let raw = RawChildren::new(&top);
    let [first] = &raw.specs[..] else { unreachable!("one for each") };
    if first.via_registry != sys::rsp_atom::default() {
        return Err(Error::BadArgument.into());
    }
    let needed: Vec<_> = needed.into_iter().map(|name| name.0).collect();
    let callbacks = Shared::new(application);
    let (ctx, ctx_free) = callbacks.lend();
    let spec = sys::rsp_application_spec {
        name: name.0,
        applications: needed.as_ptr(),
        application_count: needed.len(),
        supervisor: first.supervisor,
        start: if first.supervisor.is_null() { &raw const first.start } else { ptr::null() },
        prep_stop: Some(prep_stop::<A>),
        stop: Some(stop_callback::<A>),
        ctx,
        ctx_free,
        ..Default::default()
    };
    // SAFETY: process is null or a handle of this thread, the out is writable, and what the specification points to lives.
    let (result, error) = asked(|error| unsafe { sys::rsp_application_load(process, error, &spec) });
    if result != sys::RSP_EINVAL {
        top.into_iter().for_each(ChildSpec::given);
        callbacks.given();
    }
    ApplicationError::check(result, error)
}

/// Forgets an application that does not run.
///
/// Mirrors `application:unload/1`.
///
/// # Errors
///
/// [`ApplicationError::Failed`] with `{not_loaded, Name}` or `{running, Name}`.
pub fn unload(name: impl Into<Atom>) -> Result<(), ApplicationError> {
    let (process, name) = (current()?, name.into());
    // SAFETY: process is null or a handle of this thread, the out is writable.
    let (result, error) = asked(|error| unsafe { sys::rsp_application_unload(process, error, name.0) });
    ApplicationError::check(result, error)
}

/// Starts an application that is loaded, and waits until its top is up.
///
/// Mirrors `application:start/2`.
///
/// # Errors
///
/// [`ApplicationError::Failed`] with `{not_loaded, Name}`, `{already_started, Name}`, `{not_started, Dependency}` (start that first),
/// `{running, Name}` (it is being stopped), `shutdown`, or why the top did not start.
pub fn start(name: impl Into<Atom>, kind: ApplicationType) -> Result<(), ApplicationError> {
    start_ms(name.into(), kind, sys::RSP_INFINITE)
}

/// The same, waiting no longer than that. A timeout leaves it starting.
///
/// # Errors
///
/// As [`start`], and [`ApplicationError::Timeout`].
pub fn start_timeout(
    name: impl Into<Atom>,
    kind: ApplicationType,
    timeout: Duration,
) -> Result<(), ApplicationError> {
    start_ms(name.into(), kind, milliseconds(timeout))
}

fn start_ms(name: Atom, kind: ApplicationType, timeout_ms: u64) -> Result<(), ApplicationError> {
    let process = current()?;
    // SAFETY: process is null or a handle of this thread, the out is writable.
    let (result, error) = asked(|error| unsafe {
        sys::rsp_application_start(process, error, name.0, kind.to_raw(), timeout_ms)
    });
    ApplicationError::check(result, error)
}

/// Starts an application, and before it all those that it needs and that do not run. Gives the names of those that this call
/// has started, in order. If one does not start these are stopped again, but for those that another call has asked for
/// meanwhile or that another application needs.
///
/// Mirrors `application:ensure_all_started/2`.
///
/// # Errors
///
/// [`ApplicationError::Failed`] with `{Name, Why}`: what [`start`] says of this one, or `{circular_dependency, Dependency}`.
pub fn ensure_all_started(
    name: impl Into<Atom>,
    kind: ApplicationType,
) -> Result<Vec<Atom>, ApplicationError> {
    ensure_ms(name.into(), kind, sys::RSP_INFINITE)
}

/// The same, within this time for all of them.
///
/// # Errors
///
/// As [`ensure_all_started`], and [`ApplicationError::Timeout`].
pub fn ensure_all_started_timeout(
    name: impl Into<Atom>,
    kind: ApplicationType,
    timeout: Duration,
) -> Result<Vec<Atom>, ApplicationError> {
    ensure_ms(name.into(), kind, milliseconds(timeout))
}

fn ensure_ms(name: Atom, kind: ApplicationType, timeout_ms: u64) -> Result<Vec<Atom>, ApplicationError> {
    let (process, mut started) = (current()?, Term::nil().into_raw());
    // SAFETY: process is null or a handle of this thread, the outs are writable.
    let (result, error) = asked(|error| unsafe {
        let kind = kind.to_raw();
        sys::rsp_application_ensure_all_started(process, &mut started, error, name.0, kind, timeout_ms)
    });
    // SAFETY: it is nil, or a term that the caller owns.
    let started = unsafe { Term::from_raw(started) };
    ApplicationError::check(result, error)?;
    Ok(started.to().unwrap_or_default())
}

/// Stops an application, and waits until it is gone, however long that takes: [`prep_stop`](Application::prep_stop), its top and
/// all below it, [`stop`](Application::stop), in that order. Those that need it are not looked at.
///
/// Mirrors `application:stop/1`.
///
/// # Errors
///
/// [`ApplicationError::Failed`] with `{not_started, Name}`.
pub fn stop(name: impl Into<Atom>) -> Result<(), ApplicationError> {
    stop_ms(name.into(), sys::RSP_INFINITE)
}

/// The same, waiting no longer than that. A timeout leaves it stopping.
///
/// # Errors
///
/// As [`stop`], and [`ApplicationError::Timeout`].
pub fn stop_timeout(name: impl Into<Atom>, timeout: Duration) -> Result<(), ApplicationError> {
    stop_ms(name.into(), milliseconds(timeout))
}

fn stop_ms(name: Atom, timeout_ms: u64) -> Result<(), ApplicationError> {
    let process = current()?;
    // SAFETY: process is null or a handle of this thread, the out is writable.
    let (result, error) =
        asked(|error| unsafe { sys::rsp_application_stop(process, error, name.0, timeout_ms) });
    ApplicationError::check(result, error)
}

/// The applications that run, in order of start.
///
/// Mirrors `application:which_applications/0`.
///
/// # Errors
///
/// [`Error::Stopped`], [`Error::WouldBlock`] in a handler, [`Error::Exiting`].
pub fn which() -> Result<Vec<(Atom, ApplicationType)>> {
    let process = current()?;
    // SAFETY: process is null or a handle of this thread, the out is writable.
    let (result, all) = asked(|out| unsafe { sys::rsp_application_which(process, out) });
    check(result)?;
    let all: Vec<(Atom, Atom)> = all.to().unwrap_or_default();
    Ok(all.into_iter().map(|(name, kind)| (name, ApplicationType::of(kind))).collect())
}

/// The names of all that are loaded; those that run are among them.
///
/// Mirrors `application:loaded_applications/0`.
///
/// # Errors
///
/// As [`which`].
pub fn loaded() -> Result<Vec<Atom>> {
    let process = current()?;
    // SAFETY: process is null or a handle of this thread, the out is writable.
    let (result, all) = asked(|out| unsafe { sys::rsp_application_loaded(process, out) });
    check(result)?;
    Ok(all.to().unwrap_or_default())
}

// ---- Callbacks ----

unsafe extern "C" fn prep_stop<A: Application>(
    process: *mut sys::rsp_self,
    application: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what load gave it, which lives during the call.
    let (context, application) = unsafe { (Context::new(process), &*application.cast::<A>()) };
    let next = guarded(|| application.prep_stop(&context)).and_then(|next| next);
    // SAFETY: process is the handle of the running callback.
    unsafe { finish(process, next) }
}

unsafe extern "C" fn stop_callback<A: Application>(
    process: *mut sys::rsp_self,
    application: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: as of prep_stop.
    let (context, application) = unsafe { (Context::new(process), &*application.cast::<A>()) };
    let next = guarded(|| application.stop(&context)).and_then(|next| next);
    // SAFETY: as of prep_stop.
    unsafe { finish(process, next) }
}

/// Says to the C API what a callback has come to so far.
///
/// # Safety
///
/// `process` is the handle of the running callback.
unsafe fn finish(process: *mut sys::rsp_self, next: Result<Next, Exception>) -> sys::rsp_next {
    match next {
        Ok(Next::Continue | Next::Stop) => sys::RSP_NEXT_CONTINUE, // it is over
        Ok(Next::Wait(Wait { what, then })) => {
            let go_on = move |process, come| {
                // SAFETY: process is the handle of the callback that goes on.
                unsafe {
                    let context = Context::new(process);
                    finish(process, guarded(|| then(&context, come)).and_then(|next| next))
                }
            };
            // SAFETY: as the caller says.
            unsafe { wait_apart(process, what, Box::new(go_on)) }
        }
        Err(exception) => exception.set_pending(process),
    }
}
