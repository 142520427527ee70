//! Children that a function starts.

use std::any::type_name;
use std::ffi::{c_void, CString};
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::guarded;
use crate::start::Shared;
use crate::wait::{wait_apart, Awaited, Come, Startable};
use crate::{Atom, Context, Exception, Pid, Result, StartError, Term};

/// What a start function comes to: [`ChildSpec::started_by`](crate::ChildSpec::started_by).
pub struct Started(Step);

type Then = Box<dyn FnOnce(&Context, Result<Pid, StartError>) -> Result<Started, Exception> + Send>;

enum Step {
    Child(Pid, Term),
    Ignore,
    Fail(Term),
    Wait(Startable, Then),
}

impl Started {
    /// This process is the child. It is linked to the supervisor, if it is not yet.
    #[must_use]
    pub fn child(pid: Pid) -> Self {
        Self::child_info(pid, Term::nil())
    }

    /// The same, and `info` is for whoever asked for the start, if by [`Process::start_child_info`](crate::Process::start_child_info)
    /// and its kin: `{ok, Pid, Info}`.
    #[must_use]
    pub fn child_info(pid: Pid, info: impl Into<Term>) -> Self {
        Self(Step::Child(pid, info.into()))
    }

    /// There is no child, and that is no error.
    #[must_use]
    pub fn ignore() -> Self {
        Self(Step::Ignore)
    }

    /// The start fails.
    #[must_use]
    pub fn fail(reason: impl Into<Term>) -> Self {
        Self(Step::Fail(reason.into()))
    }

    /// Starts this, linked to the supervisor, and comes to what that does.
    #[must_use]
    pub fn link(what: impl Into<Startable>) -> Self {
        Self::link_then(what, |_, started| Ok(started.map_or_else(Self::of_failure, Self::child)))
    }

    /// Starts this, linked to the supervisor, and goes on when its init is done.
    #[must_use]
    pub fn link_then<F>(what: impl Into<Startable>, then: F) -> Self
    where
        F: FnOnce(&Context, Result<Pid, StartError>) -> Result<Self, Exception> + Send + 'static,
    {
        Self(Step::Wait(what.into(), Box::new(then)))
    }

    /// As the start that failed.
    #[must_use]
    pub fn of_failure(error: StartError) -> Self {
        match error {
            StartError::Ignored => Self::ignore(),
            StartError::Failed(reason) | StartError::BadSpec(reason) | StartError::Library(reason) => {
                Self::fail(reason)
            }
            StartError::AlreadyStarted(pid) => Self::fail((Atom::new("already_started"), pid)),
            StartError::Timeout => Self::fail(Atom::new("timeout")),
            StartError::Refused(_) => Self::fail(Atom::new("system_limit")),
        }
    }
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Step::Child(pid, info) => f.debug_tuple("Child").field(pid).field(info).finish(),
            Step::Ignore => f.write_str("Ignore"),
            Step::Fail(reason) => f.debug_tuple("Fail").field(reason).finish(),
            Step::Wait(what, _) => f.debug_tuple("Wait").field(what).finish(),
        }
    }
}

/// A function that starts a child, as a child specification has it.
#[derive(Debug)]
pub(crate) struct StartFunction {
    /// What it points to is boxed, so that it stays where it is.
    more: Box<More>,
    function: Shared,
    name: Option<Atom>,
}

#[derive(Debug)]
struct More {
    raw: sys::rsp_start_more,
    _text: CString,
}

// SAFETY: it points to a text that it owns, and to a function.
unsafe impl Send for More {}

impl StartFunction {
    pub(crate) fn new<F>(function: F) -> Self
    where
        F: Fn(&Context, &[Term]) -> Result<Started, Exception> + Send + Sync + 'static,
    {
        let text = CString::new(type_name::<F>()).unwrap_or_default();
        let raw = sys::rsp_start_more {
            function: Some(run::<F>),
            function_name: text.as_ptr(),
            ..Default::default()
        };
        Self { more: Box::new(More { raw, _text: text }), function: Shared::new(function), name: None }
    }

    /// The runtime refuses it, and says so.
    pub(crate) fn name(mut self, name: impl Into<Atom>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// As the C API takes it: usable as long as self lives.
    pub(crate) fn to_raw(&self) -> sys::rsp_start_spec {
        let (ctx, ctx_free) = self.function.lend();
        sys::rsp_start_spec {
            ctx,
            ctx_free,
            name: self.name.map_or_else(Default::default, |name| name.0),
            more: &raw const self.more.raw,
            ..Default::default()
        }
    }

    /// The C side has taken the function.
    pub(crate) fn given(self) {
        self.function.given();
    }
}

unsafe extern "C" fn run<F>(
    process: *mut sys::rsp_self,
    function: *mut c_void,
    args: sys::rsp_term,
    ret: *mut sys::rsp_start_return,
) -> sys::rsp_next
where
    F: Fn(&Context, &[Term]) -> Result<Started, Exception> + Send + Sync + 'static,
{
    // SAFETY: the C API calls with what StartFunction::new gave it, which lives during the call; the term is lent for it.
    let (context, function) = unsafe { (Context::new(process), &*function.cast::<F>()) };
    // SAFETY: as above.
    let args: Vec<Term> = unsafe { Term::from_lent(args) }.elements().collect();
    let started = guarded(|| function(&context, &args)).and_then(|started| started);
    // SAFETY: ret is the C API's to lend, until the function is over.
    unsafe { finish(process, ret, started) }
}

/// Says to the C API what the function has come to so far.
///
/// # Safety
///
/// `process` is the handle of the running callback, `ret` what that was lent.
unsafe fn finish(
    process: *mut sys::rsp_self,
    ret: *mut sys::rsp_start_return,
    started: Result<Started, Exception>,
) -> sys::rsp_next {
    // SAFETY: as the caller says.
    let to = unsafe { &mut *ret };
    match started {
        Ok(Started(Step::Child(pid, info))) => {
            to.pid = pid.0;
            to.info = info.into_raw();
        }
        Ok(Started(Step::Ignore)) => to.action = sys::RSP_START_IGNORE,
        Ok(Started(Step::Fail(reason))) => {
            to.action = sys::RSP_START_ERROR;
            to.reason = reason.into_raw();
        }
        Ok(Started(Step::Wait(what, then))) => {
            let go_on = move |process, come: Come| {
                // SAFETY: process is the handle of the function that goes on, which is not over.
                unsafe {
                    let context = Context::new(process);
                    let started = come.started();
                    finish(process, ret, guarded(|| then(&context, started)).and_then(|started| started))
                }
            };
            // SAFETY: as the caller says.
            return unsafe { wait_apart(process, Awaited::start_link(what, Duration::MAX), Box::new(go_on)) };
        }
        Err(exception) => return exception.set_pending(process),
    }
    sys::RSP_NEXT_CONTINUE
}
