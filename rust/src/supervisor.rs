//! Supervisors: processes that start children, restart them from a clean state, and give up in order.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{guarded, milliseconds};
use crate::server::GenServer;
use crate::spawn::IntoNext;
use crate::start::{Shared, Start, StartOptions};
use crate::{Atom, Context, Exception, Message, Pid, Result, StartError, Term};

/// When a child is started again after it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Always.
    Permanent,
    /// Unless it ended with `normal`, `shutdown` or `{shutdown, _}`.
    Transient,
    /// Never; its specification goes with it.
    Temporary,
}

impl Restart {
    pub(crate) fn to_raw(self) -> sys::rsp_restart {
        match self {
            Self::Permanent => sys::RSP_RESTART_PERMANENT,
            Self::Transient => sys::RSP_RESTART_TRANSIENT,
            Self::Temporary => sys::RSP_RESTART_TEMPORARY,
        }
    }
}

/// How a child is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// By the exit signal `kill`.
    BrutalKill,
    /// By `shutdown`, and by `kill` when it is not gone after that time.
    Timeout(Duration),
    /// By `shutdown`, however long it takes.
    Infinity,
}

impl Shutdown {
    pub(crate) fn to_raw(self) -> (sys::rsp_shutdown, u64) {
        match self {
            Self::BrutalKill => (sys::RSP_SHUTDOWN_BRUTAL_KILL, 0),
            Self::Timeout(time) => (sys::RSP_SHUTDOWN_TIMEOUT, milliseconds(time)),
            Self::Infinity => (sys::RSP_SHUTDOWN_INFINITY, 0),
        }
    }
}

/// One child of a supervisor. What it does not say is as its type says.
///
/// Made from a [`Start`] or a [`Supervisor`] by [`From`], or by one of the functions here.
#[derive(Debug)]
pub struct ChildSpec {
    code: Code,
    id: Option<Term>,
    restart: Option<Restart>,
    shutdown: Option<Shutdown>,
}

#[derive(Debug)]
enum Code {
    Start(Start),
    Supervisor(Supervisor),
}

impl From<Start> for ChildSpec {
    fn from(start: Start) -> Self {
        Self::new(Code::Start(start))
    }
}

impl From<Supervisor> for ChildSpec {
    fn from(supervisor: Supervisor) -> Self {
        Self::new(Code::Supervisor(supervisor))
    }
}

impl ChildSpec {
    fn new(code: Code) -> Self {
        Self { code, id: None, restart: None, shutdown: None }
    }

    /// A server of a type: [`Start::server`].
    #[must_use]
    pub fn server<G: GenServer>(args: G::Args) -> Self {
        Start::server::<G>(args).into()
    }

    /// A closure that runs once for each message: [`Start::function`].
    #[must_use]
    pub fn function<N, F, R>(id: impl Into<Term>, factory: N) -> Self
    where
        N: Fn() -> F + Send + Sync + 'static,
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::from(Start::function(factory)).id(id)
    }

    /// What tells it from other children of its supervisor. Default: the name of its type.
    #[must_use]
    pub fn id(mut self, id: impl Into<Term>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Its name, which it has before its init runs.
    #[must_use]
    pub fn name(mut self, name: impl Into<Atom>) -> Self {
        self.code = match self.code {
            Code::Start(start) => Code::Start(start.name(name)),
            Code::Supervisor(supervisor) => Code::Supervisor(supervisor.name(name)),
        };
        self
    }

    /// When it is started again.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = Some(restart);
        self
    }

    /// How it is stopped.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }

    /// As the C API takes it, without the supervisor that it may be.
    fn to_raw(&self) -> sys::rsp_child_spec {
        let mut spec = sys::rsp_child_spec {
            id: self.id.as_ref().map_or_else(Default::default, Term::as_raw),
            restart: self.restart.map_or(sys::RSP_RESTART_DEFAULT, Restart::to_raw),
            ..Default::default()
        };
        if let Some(shutdown) = self.shutdown {
            (spec.shutdown, spec.shutdown_ms) = shutdown.to_raw();
        }
        if let Code::Start(start) = &self.code {
            spec.start = start.to_raw();
        }
        spec
    }

    fn given(self) {
        match self.code {
            Code::Start(start) => start.given(),
            Code::Supervisor(supervisor) => supervisor.given(),
        }
    }

    /// Starts it as one more child of a supervisor that runs.
    pub(crate) fn start_under(
        self,
        process: *mut sys::rsp_self,
        supervisor: Pid,
    ) -> Result<Option<Pid>, StartError> {
        let children = [self];
        let raw = RawChildren::new(&children);
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: process is a handle of this thread, the outs are writable, and the specification is usable as long as
        // `children` lives.
        let result = unsafe {
            let child = raw.specs.as_ptr();
            sys::rsp_supervisor_start_child(
                process,
                &mut pid,
                &mut error,
                supervisor.0,
                child,
                sys::RSP_INFINITE,
            )
        };
        if result != sys::RSP_EINVAL {
            children.into_iter().for_each(Self::given);
        }
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Pid::from_raw(pid))
        } else {
            Err(StartError::from_code(result, error))
        }
    }
}

/// A supervisor: children that are started in order, each when the one before is up, restarted when they end, and stopped
/// in reverse. Three restarts within five seconds pass; one more, and the supervisor stops its children and ends.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
///
/// let divider = ChildSpec::function("divider", || |_: &Context, message| -> Result<(), Exception> {
///     if let Message::Call { from, request } = message {
///         let (a, b): (i64, i64) = request.to().ok_or_else(|| Exception::error("two integers"))?;
///         from.reply(a / b)?;
///     }
///     Ok(())
/// });
/// let supervisor = Supervisor::one_for_one().child(divider.name("divider")).start_link()?;
///
/// assert!(me.call("divider", (1, 0)).is_err()); // that one panicked, and is gone
/// me.wait_for_name("divider", Duration::from_secs(5))?;
/// assert_eq!(me.call("divider", (6, 3))?.to(), Some(2)); // a new one
/// # let _ = supervisor;
/// # Ok(())
/// # }
/// ```
pub struct Supervisor {
    form: Form,
    max_restarts: i64,
    period_ms: i64,
    name: Option<Atom>,
}

enum Form {
    Children(Vec<ChildSpec>),
    Callback(Shared),
}

/// What makes the children of a supervisor with a callback.
type InitFunction = dyn Fn(&Context) -> Result<Supervisor, Exception> + Send + Sync;

/// What a callback's supervisor is given at each start.
struct Callback {
    init: Box<InitFunction>,
    /// What its init has made, until the C side has copied it.
    made: Mutex<Option<Made>>,
}

struct Made {
    children: Vec<ChildSpec>,
    raw: RawChildren,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Supervisor");
        text.field("max_restarts", &self.max_restarts).field("period_ms", &self.period_ms);
        text.field("name", &self.name);
        if let Form::Children(children) = &self.form {
            text.field("children", children);
        }
        text.finish_non_exhaustive()
    }
}

impl Supervisor {
    fn new(form: Form) -> Self {
        let defaults = sys::rsp_supervisor_opts::default();
        Self { form, max_restarts: defaults.max_restarts, period_ms: defaults.period_ms, name: None }
    }

    /// A child that ends is restarted alone.
    #[must_use]
    pub fn one_for_one() -> Self {
        Self::new(Form::Children(Vec::new()))
    }

    /// A supervisor whose children a function makes: before any of them is started, and again each time the supervisor is
    /// restarted by its own. What that says of restarts counts, not what is said of this one.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let pool = Supervisor::with_init(|_| {
    ///     let worker = |number: u32| ChildSpec::function(number, || |_: &Context, _| {});
    ///     Ok((0..4).fold(Supervisor::one_for_one(), |pool, number| pool.child(worker(number))))
    /// });
    /// let me = runtime.attach()?;
    /// let pid = pool.start_link()?;
    /// assert_eq!(me.which_children(pid)?.len(), 4);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_init(
        init: impl Fn(&Context) -> Result<Supervisor, Exception> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Form::Callback(Shared::new(Callback { init: Box::new(init), made: Mutex::new(None) })))
    }

    /// One more child, after the others.
    ///
    /// # Panics
    ///
    /// When it is one [`with_init`](Self::with_init), which says what its children are.
    #[must_use]
    pub fn child(mut self, child: impl Into<ChildSpec>) -> Self {
        match &mut self.form {
            Form::Children(children) => children.push(child.into()),
            Form::Callback(_) => panic!("the children of this supervisor are what its init returns"),
        }
        self
    }

    /// So many restarts within this time pass; one more ends the supervisor.
    #[must_use]
    pub fn max_restarts(mut self, restarts: u32, period: Duration) -> Self {
        self.max_restarts = restarts.into();
        self.period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
        self
    }

    /// Its name, which it has before anything is started.
    #[must_use]
    pub fn name(mut self, name: impl Into<Atom>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Starts it, and waits until all children are up. Nobody is linked to it; the end of the runtime stops it.
    ///
    /// # Errors
    ///
    /// [`StartError::Failed`] with `{shutdown, {failed_to_start_child, Id, Reason}}`, when those that were up are stopped
    /// again; [`StartError::BadSpec`], which names the field.
    pub fn start(self) -> Result<Pid, StartError> {
        self.start_with(&StartOptions::default())
    }

    /// The same, linked to the calling process, which is its parent: when that ends, it stops its children and ends.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_link(self) -> Result<Pid, StartError> {
        self.start_with(&StartOptions { link: true, ..Default::default() })
    }

    fn start_with(self, options: &StartOptions) -> Result<Pid, StartError> {
        let process = current()?;
        let raw = RawSupervisor::new(&self);
        let raw_options = options.to_raw();
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: process is null or a handle of this thread, the outs are writable, and the specification is usable as
        // long as self lives.
        let result =
            unsafe { sys::rsp_supervisor_start_spec(process, &mut pid, &mut error, &raw.spec, &raw_options) };
        if result != sys::RSP_EINVAL {
            self.given();
        }
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Pid(pid))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    fn raw_options(&self) -> sys::rsp_supervisor_opts {
        sys::rsp_supervisor_opts {
            max_restarts: self.max_restarts,
            period_ms: self.period_ms,
            name: self.name.map_or_else(Default::default, |name| name.0),
            ..Default::default()
        }
    }

    /// The C side has taken what each start is given.
    fn given(self) {
        match self.form {
            Form::Children(children) => children.into_iter().for_each(ChildSpec::given),
            Form::Callback(callback) => callback.given(),
        }
    }
}

/// A supervisor as the C API takes it: usable as long as what it was made from.
struct RawSupervisor {
    spec: sys::rsp_supervisor_spec,
    _children: RawChildren,
}

impl RawSupervisor {
    fn new(supervisor: &Supervisor) -> Self {
        let mut spec = sys::rsp_supervisor_spec { opts: supervisor.raw_options(), ..Default::default() };
        let children = match &supervisor.form {
            Form::Children(children) => RawChildren::new(children),
            Form::Callback(callback) => {
                spec.init = Some(init);
                spec.init_done = Some(init_done);
                (spec.ctx, spec.ctx_free) = callback.lend();
                RawChildren::new(&[])
            }
        };
        spec.children = children.specs.as_ptr();
        spec.child_count = children.specs.len();
        Self { spec, _children: children }
    }
}

/// Children as the C API takes them: usable as long as what they were made from.
struct RawChildren {
    specs: Vec<sys::rsp_child_spec>,
    /// What some of them point to: boxed, so that it stays where it is.
    #[allow(clippy::vec_box)]
    _supervisors: Vec<Box<RawSupervisor>>,
}

// SAFETY: it points to itself and to what it was made from, which is Send and kept beside it.
unsafe impl Send for RawChildren {}

impl RawChildren {
    fn new(children: &[ChildSpec]) -> Self {
        let mut supervisors = Vec::new();
        let specs = children
            .iter()
            .map(|child| {
                let mut spec = child.to_raw();
                if let Code::Supervisor(supervisor) = &child.code {
                    let raw = Box::new(RawSupervisor::new(supervisor));
                    spec.supervisor = &raw const raw.spec;
                    supervisors.push(raw);
                }
                spec
            })
            .collect();
        Self { specs, _supervisors: supervisors }
    }
}

unsafe extern "C" fn init(
    process: *mut sys::rsp_self,
    callback: *mut c_void,
    _args: sys::rsp_term,
    out: *mut sys::rsp_supervisor_init,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what with_init made, which lives during the call; out is its to lend.
    let (context, callback, out) =
        unsafe { (Context::new(process), &*callback.cast::<Callback>(), &mut *out) };
    let made = guarded(|| {
        let supervisor = (callback.init)(&context)?;
        let options = supervisor.raw_options();
        match supervisor.form {
            Form::Children(children) => Ok((options, children)),
            Form::Callback(_) => Err(Exception::error("the init of a supervisor returned one with an init")),
        }
    });
    match made {
        Ok(Ok((options, children))) => {
            let raw = RawChildren::new(&children);
            out.opts = options;
            out.children = raw.specs.as_ptr();
            out.child_count = raw.specs.len();
            *callback.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(Made { children, raw });
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

unsafe extern "C" fn init_done(callback: *mut c_void, out: *mut sys::rsp_supervisor_init) {
    // SAFETY: as of init.
    let (callback, out) = unsafe { (&*callback.cast::<Callback>(), &mut *out) };
    let made = callback.made.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Made { children, raw }) = made {
        out.children = ptr::null();
        out.child_count = 0;
        children.into_iter().for_each(ChildSpec::given);
        drop(raw);
    }
}

/// A child of a supervisor, as it says itself.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct ChildInfo {
    /// Its id.
    pub id: Term,
    /// Its process, if there is one.
    pub pid: Option<Pid>,
    /// Whether its restart failed and is tried again.
    pub is_restarting: bool,
    /// Whether it is a supervisor.
    pub is_supervisor: bool,
}

impl ChildInfo {
    /// Of `{Id, Pid or undefined or restarting, worker or supervisor, Module}`.
    pub(crate) fn of(term: &Term) -> Option<Self> {
        let (id, child, kind, _module): (Term, Term, Atom, Term) = term.to()?;
        Some(Self {
            id,
            pid: child.as_pid(),
            is_restarting: child == Atom::new("restarting"),
            is_supervisor: kind == Atom::new("supervisor"),
        })
    }
}
