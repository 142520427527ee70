//! Children of a supervisor: how one is to be, and what is known of it.

use std::any::Any;
use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::milliseconds;
use crate::server::GenServer;
use crate::spawn::IntoNext;
use crate::start::Start;
use crate::start_function::{StartFunction, Started};
use crate::statem::GenStatem;
use crate::supervisor::{RawChildren, Supervisor};
use crate::supervisor_calls::asked;
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

/// How long a supervisor waits before it starts a child again: a least delay, and each time so many times as long, up to a longest
/// one. The supervisor does everything else meanwhile, and the child is restarting. Each attempt still counts for
/// [`max_restarts`](Supervisor::max_restarts).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use resprout::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(30)).jitter(0.5);
/// ```
#[derive(Clone, Debug)]
pub struct Backoff(Box<sys::rsp_backoff>);

impl Backoff {
    /// From the first delay to the longest.
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Self {
        Self(Box::new(sys::rsp_backoff {
            min_ms: milliseconds(min),
            max_ms: milliseconds(max),
            ..Default::default()
        }))
    }

    /// How many times as long as the one before each further delay is: at least 1. Default: 2.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.0.factor = factor;
        self
    }

    /// The part of each delay, from 0 to 1, that chance takes off. Default: 0.1.
    #[must_use]
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.0.jitter = jitter;
        self
    }

    /// A child that was up for so long has behaved well: it begins with the first delay again. Default: the longest delay.
    #[must_use]
    pub fn reset_after(mut self, time: Duration) -> Self {
        self.0.reset_after_ms = milliseconds(time);
        self
    }
}

/// One child of a supervisor. What it does not say is as its type says.
///
/// Made from a [`Start`] or a [`Supervisor`] by [`From`], or by one of the functions here.
#[derive(Debug)]
pub struct ChildSpec {
    pub(crate) code: Code,
    id: Option<Term>,
    restart: Option<Restart>,
    shutdown: Option<Shutdown>,
    significant: bool,
    fatal: bool,
    backoff: Option<Backoff>,
}

/// What a child is made by.
#[derive(Debug)]
pub(crate) enum Code {
    Start(Start),
    Supervisor(Supervisor),
    Function(StartFunction),
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
        Self {
            code,
            id: None,
            restart: None,
            shutdown: None,
            significant: false,
            fatal: false,
            backoff: None,
        }
    }

    /// A server of a type: [`Start::server`].
    #[must_use]
    pub fn server<G: GenServer>(args: G::Args) -> Self {
        Start::server::<G>(args).into()
    }

    /// A state machine of a type: [`Start::statem`].
    #[must_use]
    pub fn statem<G: GenStatem>(args: G::Args) -> Self {
        Start::statem::<G>(args).into()
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

    /// An agent with the value that `make` makes in it: [`Start::agent`].
    ///
    /// # Panics
    ///
    /// When memory is short.
    #[must_use]
    pub fn agent<T: Any + Send>(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Start::agent(make).into()
    }

    /// What a function starts, as OTP's `{Module, Function, Args}` does. It runs at each start, in a short process of its own
    /// in the name of the supervisor; its arguments are those of a `simple_one_for_one`'s start. What it starts or spawns
    /// linked is linked to the supervisor, which is its parent. If it fails, or is ended in the middle, all that it has
    /// started and spawned is killed. It cannot have a [`name`](Self::name): the child says that itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use resprout::{Start, Started};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::start()?;
    /// let idle = || Start::function(|| |_: &Context, _| {});
    /// Supervisor::one_for_one()
    ///     .child(ChildSpec::started_by("idle", move |_, _| Ok(Started::link(idle().name("idle")))))
    ///     .start()?;
    /// assert!(resprout::whereis("idle").is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn started_by<F>(id: impl Into<Term>, function: F) -> Self
    where
        F: Fn(&Context, &[Term]) -> Result<Started, Exception> + Send + Sync + 'static,
    {
        Self::new(Code::Function(StartFunction::new(function))).id(id)
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
            Code::Function(function) => Code::Function(function.name(name)),
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

    /// Its end may end the supervisor: [`Supervisor::auto_shutdown`]. Not of a permanent child.
    #[must_use]
    pub fn significant(mut self, significant: bool) -> Self {
        self.significant = significant;
        self
    }

    /// Where it would be started again its supervisor ends, in order: all children are stopped. Not of a temporary child.
    #[must_use]
    pub fn fatal(mut self, fatal: bool) -> Self {
        self.fatal = fatal;
        self
    }

    /// It is started again after a delay, which [`Backoff`] says. Not of a temporary or fatal child.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// As the C API takes it, without the supervisor that it may be: usable as long as this lives.
    pub(crate) fn to_raw(&self) -> sys::rsp_child_spec {
        let mut spec = sys::rsp_child_spec {
            id: self.id.as_ref().map_or_else(Default::default, Term::as_raw),
            restart: self.restart.map_or(sys::RSP_RESTART_DEFAULT, Restart::to_raw),
            significant: self.significant.into(),
            fatal: self.fatal.into(),
            backoff: self.backoff.as_ref().map_or(ptr::null(), |backoff| &raw const *backoff.0),
            ..Default::default()
        };
        if let Some(shutdown) = self.shutdown {
            (spec.shutdown, spec.shutdown_ms) = shutdown.to_raw();
        }
        match &self.code {
            Code::Start(start) => {
                spec.start = start.to_raw();
                (spec.via_registry, spec.via_key) = start.raw_via();
            }
            Code::Function(function) => spec.start = function.to_raw(),
            Code::Supervisor(_) => {}
        }
        spec
    }

    /// The C side has taken what each start is given.
    pub(crate) fn given(self) {
        match self.code {
            Code::Start(start) => start.given(),
            Code::Supervisor(supervisor) => supervisor.given(),
            Code::Function(function) => function.given(),
        }
    }

    /// Hands it to the C API: `take(child, error)`.
    pub(crate) fn give(
        self,
        take: impl FnOnce(*const sys::rsp_child_spec, *mut sys::rsp_term) -> sys::rsp_result,
    ) -> Result<(), StartError> {
        let children = [self];
        // Usable as long as `children` lives.
        let raw = RawChildren::new(&children);
        let (result, error) = asked(|error| take(raw.specs.as_ptr(), error));
        if result != sys::RSP_EINVAL {
            children.into_iter().for_each(Self::given);
        }
        if result == sys::RSP_OK {
            Ok(())
        } else {
            Err(StartError::from_code(result, error))
        }
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

/// How many children a supervisor has, as it says itself.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildCounts {
    /// Specifications, whether there is a process or not.
    pub specs: usize,
    /// Those with a process.
    pub active: usize,
    /// Specifications of supervisors.
    pub supervisors: usize,
    /// The others.
    pub workers: usize,
}

impl ChildCounts {
    pub(crate) fn of(map: &Term) -> Option<Self> {
        let count = |what| map.get(Atom::new(what))?.to();
        Some(Self {
            specs: count("specs")?,
            active: count("active")?,
            supervisors: count("supervisors")?,
            workers: count("workers")?,
        })
    }
}
