//! Supervisors: processes that start children, restart them from a clean state, and give up in order.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::guarded;
use crate::child_spec::{ChildSpec, Code};
use crate::start::{Shared, StartOptions};
use crate::supervisor_calls::asked;
use crate::{Atom, Context, Exception, Pid, Result, StartError, Term};

/// A supervisor: children that are started in order, each when the one before is up, restarted when they end, and stopped
/// in reverse. Who is restarted when one ends is its strategy: [`one_for_one`](Self::one_for_one),
/// [`one_for_all`](Self::one_for_all) or [`rest_for_one`](Self::rest_for_one). Three restarts within five seconds pass; one
/// more, and the supervisor stops its children and ends.
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
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    max_restarts: i64,
    period_ms: i64,
    name: Option<Atom>,
    max_children: u64,
    extra_arguments: Term,
    /// 0: it is no supervisor of partitions.
    partitions: u64,
    with_partition: bool,
}

#[derive(Clone, Copy, Debug)]
enum Strategy {
    OneForOne,
    OneForAll,
    RestForOne,
    SimpleOneForOne,
    Dynamic,
}

impl Strategy {
    fn to_raw(self) -> sys::rsp_strategy {
        match self {
            Self::OneForOne => sys::RSP_ONE_FOR_ONE,
            Self::OneForAll => sys::RSP_ONE_FOR_ALL,
            Self::RestForOne => sys::RSP_REST_FOR_ONE,
            Self::SimpleOneForOne => sys::RSP_SIMPLE_ONE_FOR_ONE,
            Self::Dynamic => sys::RSP_DYNAMIC,
        }
    }
}

/// When a supervisor ends because significant children have. A child that is stopped by a call or with its group has not
/// ended by itself, and one that is restarted has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoShutdown {
    /// There can be no significant children.
    #[default]
    Never,
    /// As soon as one has ended by itself.
    AnySignificant,
    /// When one has, and no other one has a process.
    AllSignificant,
}

impl AutoShutdown {
    fn to_raw(self) -> sys::rsp_auto_shutdown {
        match self {
            Self::Never => sys::RSP_AUTO_SHUTDOWN_NEVER,
            Self::AnySignificant => sys::RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT,
            Self::AllSignificant => sys::RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT,
        }
    }
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
    /// What each init that runs has made, until the C side has copied it: several may, in as many processes. By the address of
    /// what the C side has lent it.
    made: Mutex<Vec<(usize, Made)>>,
}

struct Made {
    children: Vec<ChildSpec>,
    raw: RawChildren,
    /// What the options refer to.
    _extra_arguments: Term,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Supervisor");
        text.field("strategy", &self.strategy).field("auto_shutdown", &self.auto_shutdown);
        text.field("max_restarts", &self.max_restarts).field("period_ms", &self.period_ms);
        text.field("name", &self.name);
        if let Form::Children(children) = &self.form {
            text.field("children", children);
        }
        text.finish_non_exhaustive()
    }
}

impl Supervisor {
    fn new(form: Form, strategy: Strategy) -> Self {
        let defaults = sys::rsp_supervisor_opts::default();
        let (max_restarts, period_ms) = (defaults.max_restarts, defaults.period_ms);
        Self {
            form,
            strategy,
            auto_shutdown: AutoShutdown::Never,
            max_restarts,
            period_ms,
            name: None,
            max_children: 0,
            extra_arguments: Term::nil(),
            partitions: 0,
            with_partition: false,
        }
    }

    fn of_children(strategy: Strategy) -> Self {
        Self::new(Form::Children(Vec::new()), strategy)
    }

    /// A child that ends is restarted alone.
    #[must_use]
    pub fn one_for_one() -> Self {
        Self::of_children(Strategy::OneForOne)
    }

    /// When a child ends that is to be restarted, all others are stopped, last first, and then all are started in order: for
    /// children none of which can go on without the others.
    ///
    /// Temporary children among those that are stopped are not started again. Whatever the strategy, all children share the
    /// count of [`max_restarts`](Self::max_restarts), and the restart of a group counts once.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let part = |name: &'static str| ChildSpec::function(name, || |_: &Context, _| panic!("jammed")).name(name);
    /// Supervisor::one_for_all().child(part("encoder")).child(part("decoder")).start_link()?;
    ///
    /// let watch = me.monitor("encoder")?;
    /// me.send("decoder", "begin")?;
    /// let Message::Down { monitor, reason, .. } = me.receive()? else { unreachable!() };
    /// assert_eq!((monitor, reason), (watch, Term::atom("shutdown"))); // it had to go too
    /// me.wait_for_name("encoder", Duration::from_secs(5))?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn one_for_all() -> Self {
        Self::of_children(Strategy::OneForAll)
    }

    /// When a child ends that is to be restarted, those after it are stopped, last first, and then it and they are started in
    /// order: for children that rely on those before them. The rest is as of [`one_for_all`](Self::one_for_all).
    #[must_use]
    pub fn rest_for_one() -> Self {
        Self::of_children(Strategy::RestForOne)
    }

    /// A supervisor whose children are all of one specification, of which each
    /// [`start_child_args`](crate::Process::start_child_args) starts one more, with terms of its own. It is the one
    /// [`child`](Self::child) that this is given. Otherwise as [`dynamic`](Self::dynamic).
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// struct Player {
    ///     name: String,
    /// }
    ///
    /// impl GenServer for Player {
    ///     type Args = ();
    ///
    ///     fn init(_: &Context, _: &()) -> Result<Init<Self>, Exception> {
    ///         Err(Exception::error("a player has a name"))
    ///     }
    ///
    ///     fn init_with(_: &Context, _: &(), more: &[Term]) -> Result<Init<Self>, Exception> {
    ///         let name = more.first().and_then(Term::to).ok_or_else(|| Exception::error("a player has a name"))?;
    ///         Ok(Init::Ready(Player { name }))
    ///     }
    ///
    ///     fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
    ///         Ok(Reply::now(self.name.as_str()))
    ///     }
    ///
    ///     fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
    ///         Ok(Flow::go_on())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let table = Supervisor::simple_one_for_one().child(ChildSpec::server::<Player>(())).start_link()?;
    /// let ada = me.start_child_args(table, [Term::from("Ada")])?.unwrap();
    /// assert_eq!(me.call(ada, ())?.into_term(), Term::from("Ada"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn simple_one_for_one() -> Self {
        Self::of_children(Strategy::SimpleOneForOne)
    }

    /// A supervisor without children, until [`start_child`](crate::Process::start_child) brings them: each with a
    /// specification of its own and without an id, so that its [`Pid`] names it. One that ends is restarted alone, one that is not
    /// restarted is forgotten; all are stopped at once.
    ///
    /// Mirrors Elixir's `DynamicSupervisor`.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let pool = Supervisor::dynamic().max_children(1).start_link()?;
    /// let worker = || ChildSpec::function("worker", || |_: &Context, _| {});
    ///
    /// let first = me.start_child(pool, worker())?.unwrap();
    /// assert!(me.start_child(pool, worker()).is_err()); // max_children
    /// me.terminate_child(pool, first)?;
    /// assert!(me.start_child(pool, worker()).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dynamic() -> Self {
        Self::of_children(Strategy::Dynamic)
    }

    /// A supervisor whose children a function makes: before any of them is started, and again each time the supervisor is
    /// restarted by its own. The strategy of what it returns counts, and what that says of restarts, not what is said of
    /// this one.
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
        let callback = Callback { init: Box::new(init), made: Mutex::new(Vec::new()) };
        Self::new(Form::Callback(Shared::new(callback)), Strategy::OneForOne)
    }

    /// Whether a supervisor would take these children. Nothing is started, no init runs, and they can be used afterwards. Any
    /// thread may ask, whether a runtime runs or not.
    ///
    /// Mirrors `supervisor:check_childspecs/2`.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// let worker = |id: &'static str| ChildSpec::function(id, || |_: &Context, _| {});
    /// assert_eq!(Supervisor::check_childspecs(&[worker("a"), worker("b")], AutoShutdown::Never), Ok(()));
    ///
    /// let refused = Supervisor::check_childspecs(&[worker("a"), worker("a")], AutoShutdown::Never).unwrap_err();
    /// assert!(refused.to_string().contains(r#"{duplicate_child_name,"a"}"#), "{refused}");
    /// ```
    ///
    /// # Errors
    ///
    /// [`StartError::BadSpec`] with `{start_spec, E}`: what is wrong with the first that it would not take.
    pub fn check_childspecs(children: &[ChildSpec], auto_shutdown: AutoShutdown) -> Result<(), StartError> {
        let raw = RawChildren::new(children);
        // SAFETY: the out is writable, and the specifications are usable as long as `children` lives. They stay ours.
        let (result, error) = asked(|error| unsafe {
            sys::rsp_supervisor_check_childspecs(
                error,
                raw.specs.as_ptr(),
                raw.specs.len(),
                auto_shutdown.to_raw(),
            )
        });
        if result == sys::RSP_OK {
            Ok(())
        } else {
            Err(StartError::from_code(result, error))
        }
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

    /// When it ends because significant children have ([`ChildSpec::significant`]): with `shutdown`, after it has stopped the
    /// others. Default: never.
    #[must_use]
    pub fn auto_shutdown(mut self, when: AutoShutdown) -> Self {
        self.auto_shutdown = when;
        self
    }

    /// So many restarts within this time pass; one more ends the supervisor.
    #[must_use]
    pub fn max_restarts(mut self, restarts: u32, period: Duration) -> Self {
        self.max_restarts = restarts.into();
        self.period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
        self
    }

    /// How many children a [`dynamic`](Self::dynamic) one may have, those that are being restarted included. Default: any
    /// number.
    #[must_use]
    pub fn max_children(mut self, most: u32) -> Self {
        self.max_children = most.into();
        self
    }

    /// Terms that a [`dynamic`](Self::dynamic) one puts before the [args](crate::Start::args) of each child.
    #[must_use]
    pub fn extra_arguments(mut self, terms: impl IntoIterator<Item = Term>) -> Self {
        self.extra_arguments = Term::list(terms);
        self
    }

    /// It starts so many copies of its one child, whose ids are 0, 1, 2, ..., and is found by its name, which it must have:
    /// [`PartitionSupervisor`](crate::PartitionSupervisor).
    ///
    /// # Panics
    ///
    /// When the number is 0.
    #[must_use]
    pub fn partitions(mut self, number: u32) -> Self {
        assert!(number != 0, "a supervisor of partitions has at least one");
        self.partitions = number.into();
        self
    }

    /// The same with as many as the runtime has workers.
    pub(crate) fn partitioned(mut self) -> Self {
        self.partitions = sys::RSP_PARTITIONS_AS_WORKERS;
        self
    }

    /// The number of a partition is one more of the terms that its start adds ([`GenServer::init_with`]).
    ///
    /// [`GenServer::init_with`]: crate::GenServer::init_with
    #[must_use]
    pub fn with_partition(mut self) -> Self {
        self.with_partition = true;
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
        let raw_options = options.to_raw();
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        let result = self.lend(|spec| {
            // SAFETY: process is null or a handle of this thread, the outs are writable, and the specification is usable
            // during the call.
            unsafe { sys::rsp_supervisor_start_spec(process, &mut pid, &mut error, spec, &raw_options) }
        });
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Pid(pid))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    /// Has a call take the specification, which keeps it whatever it says but that it is malformed.
    pub(crate) fn lend(
        self,
        call: impl FnOnce(&sys::rsp_supervisor_spec) -> sys::rsp_result,
    ) -> sys::rsp_result {
        let raw = RawSupervisor::new(&self);
        let result = call(&raw.spec);
        if result != sys::RSP_EINVAL {
            self.given();
        }
        result
    }

    /// The same with a call that keeps it whatever it says.
    pub(crate) fn hand_over<T>(self, call: impl FnOnce(&sys::rsp_supervisor_spec) -> T) -> T {
        let raw = RawSupervisor::new(&self);
        let said = call(&raw.spec);
        self.given();
        said
    }

    fn raw_options(&self) -> sys::rsp_supervisor_opts {
        sys::rsp_supervisor_opts {
            strategy: self.strategy.to_raw(),
            auto_shutdown: self.auto_shutdown.to_raw().0.into(),
            max_restarts: self.max_restarts,
            period_ms: self.period_ms,
            name: self.name.map_or_else(Default::default, |name| name.0),
            max_children: self.max_children,
            extra_arguments: self.extra_arguments.as_raw(),
            ..Default::default()
        }
    }

    /// The C side has taken what each start is given.
    pub(crate) fn given(self) {
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
        let mut spec = sys::rsp_supervisor_spec {
            opts: supervisor.raw_options(),
            partitions: supervisor.partitions,
            with_partition: supervisor.with_partition.into(),
            ..Default::default()
        };
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
pub(crate) struct RawChildren {
    pub(crate) specs: Vec<sys::rsp_child_spec>,
    /// What some of them point to: boxed, so that it stays where it is.
    #[allow(clippy::vec_box)]
    _supervisors: Vec<Box<RawSupervisor>>,
}

// SAFETY: it points to itself and to what it was made from, which is Send and kept beside it.
unsafe impl Send for RawChildren {}

impl RawChildren {
    pub(crate) fn new(children: &[ChildSpec]) -> Self {
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
            Form::Children(children) => Ok((options, children, supervisor.extra_arguments)),
            Form::Callback(_) => Err(Exception::error("the init of a supervisor returned one with an init")),
        }
    });
    match made {
        Ok(Ok((options, children, extra_arguments))) => {
            let raw = RawChildren::new(&children);
            out.opts = options;
            out.children = raw.specs.as_ptr();
            out.child_count = raw.specs.len();
            let made = Made { children, raw, _extra_arguments: extra_arguments };
            let mut all = callback.made.lock().unwrap_or_else(PoisonError::into_inner);
            all.push((ptr::from_mut(out).addr(), made));
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

unsafe extern "C" fn init_done(callback: *mut c_void, out: *mut sys::rsp_supervisor_init) {
    // SAFETY: as of init.
    let (callback, out) = unsafe { (&*callback.cast::<Callback>(), &mut *out) };
    let address = ptr::from_mut(out).addr();
    let mut all = callback.made.lock().unwrap_or_else(PoisonError::into_inner);
    let place = all.iter().rposition(|(of, _)| *of == address);
    let made = place.map(|place| all.swap_remove(place).1);
    drop(all);
    if let Some(Made { children, raw, .. }) = made {
        out.children = ptr::null();
        out.child_count = 0;
        children.into_iter().for_each(ChildSpec::given);
        drop(raw);
    }
}
