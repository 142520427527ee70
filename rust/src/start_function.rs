//! Children that a function starts.

use std::any::type_name;
use std::ffi::{c_void, CString};

use resprout_sys as sys;

use crate::boundary::{drop_quietly, guarded};
use crate::start::Shared;
use crate::{Atom, Context, Exception, Pid, Result, Start, StartError, StartOptions, Term};

/// What a start function comes to: [`ChildSpec::started_by`](crate::ChildSpec::started_by).
pub struct Started(Step);

type Then = Box<dyn FnOnce(&Context, Result<Pid, StartError>) -> Result<Started, Exception> + Send>;

enum Step {
    Child(Pid),
    Ignore,
    Fail(Term),
    Wait(Start, Then),
}

impl Started {
    /// This process is the child. It is linked to the supervisor, if it is not yet.
    #[must_use]
    pub fn child(pid: Pid) -> Self {
        Self(Step::Child(pid))
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
    pub fn link(start: Start) -> Self {
        Self::link_then(start, |_, started| Ok(started.map_or_else(Self::of_failure, Self::child)))
    }

    /// Starts this, linked to the supervisor, and goes on when its init is done.
    #[must_use]
    pub fn link_then<F>(start: Start, then: F) -> Self
    where
        F: FnOnce(&Context, Result<Pid, StartError>) -> Result<Self, Exception> + Send + 'static,
    {
        Self(Step::Wait(start, Box::new(then)))
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
            Step::Child(pid) => f.debug_tuple("Child").field(pid).finish(),
            Step::Ignore => f.write_str("Ignore"),
            Step::Fail(reason) => f.debug_tuple("Fail").field(reason).finish(),
            Step::Wait(start, _) => f.debug_tuple("Wait").field(start).finish(),
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

/// A function that waits. It is a resource of its process, which may be ended meanwhile.
struct Pending {
    then: Then,
    ret: *mut sys::rsp_start_return,
    resource: sys::rsp_resource,
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

unsafe extern "C" fn on_outcome(
    process: *mut sys::rsp_self,
    outcome: *const sys::rsp_outcome,
    pending: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what wait gave it, which is there as long as the process is; the outcome is lent.
    let (outcome, resource) = unsafe { (&*outcome, (*pending.cast::<Pending>()).resource) };
    // SAFETY: process is the handle of the running callback.
    if unsafe { sys::rsp_resource_remove(process, resource) } != sys::RSP_OK {
        return sys::RSP_NEXT_CONTINUE; // it is to end, and releases it
    }
    // SAFETY: wait made it, and it is nobody else's now.
    let Pending { then, ret, .. } = *unsafe { Box::from_raw(pending.cast::<Pending>()) };
    // SAFETY: the outcome's term is lent for the call.
    let (context, error) = unsafe { (Context::new(process), Term::from_lent(outcome.error)) };
    let started = if outcome.result == sys::RSP_OK {
        Ok(Pid(outcome.pid))
    } else {
        Err(StartError::from_code(outcome.result, error))
    };
    let started = guarded(|| then(&context, started)).and_then(|started| started);
    // SAFETY: the function is not over.
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
        Ok(Started(Step::Child(pid))) => to.pid = pid.0,
        Ok(Started(Step::Ignore)) => to.action = sys::RSP_START_IGNORE,
        Ok(Started(Step::Fail(reason))) => {
            to.action = sys::RSP_START_ERROR;
            to.reason = reason.into_raw();
        }
        // SAFETY: as the caller says.
        Ok(Started(Step::Wait(start, then))) => return unsafe { wait(process, ret, start, then) },
        Err(exception) => return exception.set_pending(process),
    }
    sys::RSP_NEXT_CONTINUE
}

/// Waits for a start.
///
/// # Safety
///
/// As of [`finish`].
unsafe fn wait(
    process: *mut sys::rsp_self,
    ret: *mut sys::rsp_start_return,
    start: Start,
    then: Then,
) -> sys::rsp_next {
    let pending = Box::into_raw(Box::new(Pending { then, ret, resource: sys::rsp_resource { id: 0 } }));
    // SAFETY: process is the handle of the running callback, the out is writable, and pending lives until it is released or
    // the resource is removed.
    unsafe {
        let resource = &raw mut (*pending).resource;
        if sys::rsp_resource_add(process, resource, Some(release), pending.cast()) != sys::RSP_OK {
            release(pending.cast());
            return Exception::exit(Atom::new("system_limit")).set_pending(process);
        }
    }
    let (spec, mut options) = (start.to_raw(), StartOptions { link: true, ..Default::default() }.to_raw());
    (options.via_registry, options.via_key) = start.raw_via();
    // SAFETY: the specification and the options are readable and usable, as start made them and lives; on_outcome takes
    // pending.
    let next = unsafe { sys::rsp_await_start(process, &spec, &options, Some(on_outcome), pending.cast()) };
    start.given(); // whatever it returned
    if next != sys::RSP_NEXT_AWAIT {
        // SAFETY: on_outcome will not run; if the process is to end it releases the resource itself.
        unsafe {
            if sys::rsp_resource_remove(process, (*pending).resource) == sys::RSP_OK {
                release(pending.cast());
            }
        }
    }
    next
}

unsafe extern "C" fn release(pending: *mut c_void) {
    // SAFETY: wait made it, and it is released once.
    drop_quietly(unsafe { Box::from_raw(pending.cast::<Pending>()) });
}
