//! What to start: a type of server, a handler, or code of another language.

use std::any::Any;
use std::ffi::{c_void, CString, NulError};
use std::mem;
use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::agent;
use crate::anywhere::current;
use crate::boundary::{drop_quietly, milliseconds, Native};
use crate::child_spec::{Restart, Shutdown};
use crate::registry::{self, Registry, RegistryStart};
use crate::serve::{ops_of, set_requests, Ops, Requests, Serve};
use crate::serve_statem::Machine;
use crate::server::{takes_nothing, Flow, GenServer, Init, Reply, Step};
use crate::spawn::{closure, Handler, IntoNext, MailboxLimits, Next, Wait};
use crate::statem::GenStatem;
use crate::task::{task_ops, Work};
use crate::{Atom, Context, Error, Exception, Message, Payload, Pid, Ref, ReplyTo, Result, StartError, Term};

/// A description of a process to start, by itself or as a child of a supervisor: the code, what it begins with, its name.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::{whereis, Start};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
///
/// let echo = Start::function(|| |_: &Context, message| {
///     if let Message::Call { from, request } = message {
///         from.reply(request.into_term()).unwrap();
///     }
/// });
/// let pid = echo.name("echo").start_link()?;
/// assert_eq!(whereis("echo"), Some(pid));
/// assert_eq!(me.call("echo", 7)?.to(), Some(7));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Start {
    code: Code,
    args: Term,
    name: Option<Atom>,
    worker: u64,
    limits: MailboxLimits,
    via: Option<(Registry, Term)>,
}

#[derive(Debug)]
enum Code {
    Server { ops: Ops, args: Shared },
    Library { path: CString, symbol: CString },
}

/// What each start is given: it goes to the C side with the specification.
#[derive(Debug)]
pub(crate) struct Shared {
    data: *mut c_void,
    /// None: there is nothing to free. Children of which that holds, and all else is the same, share their specification.
    free: Option<unsafe extern "C" fn(*mut c_void)>,
}

// SAFETY: only what is Send and Sync is made one.
unsafe impl Send for Shared {}

impl Shared {
    pub(crate) fn new<T: Send + Sync>(value: T) -> Self {
        let is_nothing = mem::size_of::<T>() == 0 && !mem::needs_drop::<T>();
        // Of what has no size the box is the same each time, and not allocated.
        Self { data: Box::into_raw(Box::new(value)).cast(), free: (!is_nothing).then_some(free::<T>) }
    }

    /// What the C side is given, and how it frees it. It is still ours.
    pub(crate) fn lend(&self) -> (*mut c_void, Option<unsafe extern "C" fn(*mut c_void)>) {
        (self.data, self.free)
    }

    /// The C side has taken it.
    pub(crate) fn given(self) {
        mem::forget(self);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: it was made by new, and not given.
            unsafe { free(self.data) }
        }
    }
}

unsafe extern "C" fn free<T>(data: *mut c_void) {
    // SAFETY: it was made by Shared::new, and is freed once.
    drop_quietly(unsafe { Box::from_raw(data.cast::<T>()) });
}

impl Start {
    fn new(code: Code) -> Self {
        Self { code, args: Term::nil(), name: None, worker: 0, limits: MailboxLimits::default(), via: None }
    }

    /// A server of a type, with what its [`init`](GenServer::init) is given at each start.
    #[must_use]
    pub fn server<G: GenServer>(args: G::Args) -> Self {
        Self::of::<G>(args)
    }

    /// A state machine of a type, with what its [`init`](GenStatem::init) is given at each start.
    #[must_use]
    pub fn statem<G: GenStatem>(args: G::Args) -> Self {
        Self::of::<Machine<G>>(args)
    }

    fn of<S: Serve>(args: S::Args) -> Self {
        Self::new(Code::Server { ops: ops_of::<S>(), args: Shared::new(args) })
    }

    /// A process that runs a closure once for each message. Each start asks `factory` for a new one, so that a restart
    /// begins clean. It is a server: it is linked to whoever started it, takes part in the start protocol, and ends with
    /// its parent.
    ///
    /// Calls arrive as [`Message::Call`], and are answered through their [`ReplyTo`].
    #[must_use]
    pub fn function<N, F, R>(factory: N) -> Self
    where
        N: Fn() -> F + Send + Sync + 'static,
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::handler(move || closure(factory()))
    }

    /// The same with a type that handles messages.
    #[must_use]
    pub fn handler<N, H>(factory: N) -> Self
    where
        N: Fn() -> H + Send + Sync + 'static,
        H: Handler,
    {
        Self::of::<Function<H>>(Box::new(factory))
    }

    /// A task, of which nobody awaits the value: a closure that runs once at each start, on a worker. As a child it is
    /// [`Temporary`](Restart::Temporary), unless [`ChildSpec::restart`](crate::ChildSpec::restart) says otherwise.
    #[must_use]
    pub fn task<R: Any + Send>(
        work: impl Fn(&Context) -> Result<R, Exception> + Send + Sync + 'static,
    ) -> Self {
        Self::work(Box::new(move |context| work(context).map(Native::new)))
    }

    pub(crate) fn work(work: Work) -> Self {
        Self::new(Code::Server { ops: task_ops(), args: Shared::new(work) })
    }

    /// A server in a shared library, C or C++ or another language: `symbol` is its function of type `rsp_child_entry`.
    ///
    /// # Errors
    ///
    /// A zero byte in one of the texts.
    pub fn library(path: &str, symbol: &str) -> Result<Self, NulError> {
        Ok(Self::new(Code::Library { path: CString::new(path)?, symbol: CString::new(symbol)? }))
    }

    /// An agent, with the value that `make` makes in it, at each start anew.
    ///
    /// # Panics
    ///
    /// When memory is short.
    #[must_use]
    pub fn agent<T: Any + Send>(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let spec = agent::start_spec::<T>(Box::new(make)).expect("memory for an agent's specification");
        // SAFETY: the C side made it.
        unsafe { Self::made(&spec) }
    }

    /// An event manager, which has no handlers: [`EventManager`](crate::EventManager).
    #[must_use]
    pub fn event_manager() -> Self {
        let mut spec = sys::rsp_start_spec::default();
        // SAFETY: the out is writable.
        let result = unsafe { sys::rsp_event_spec(&mut spec, sys::rsp_atom { id: 0 }) };
        assert_eq!(result, sys::RSP_OK, "no name is a good name");
        // SAFETY: the C side made it.
        unsafe { Self::made(&spec) }
    }

    /// A scope of process groups.
    pub(crate) fn scope(name: Atom) -> Self {
        let mut spec = sys::rsp_start_spec::default();
        // SAFETY: the out is writable.
        let result = unsafe { sys::rsp_pg_spec(&mut spec, name.0) };
        assert_eq!(result, sys::RSP_OK, "an atom is a good name");
        // SAFETY: the C side made it.
        unsafe { Self::made(&spec) }
    }

    /// A registry.
    pub(crate) fn registry(start: &RegistryStart) -> Result<Self> {
        let spec = registry::start_spec(start)?;
        // SAFETY: the C side made it.
        Ok(unsafe { Self::made(&spec) })
    }

    /// What the C side has made a specification of.
    ///
    /// # Safety
    ///
    /// Its operations live as long as the library, and its ctx is ours to hand over or to free.
    unsafe fn made(spec: &sys::rsp_start_spec) -> Self {
        // SAFETY: as the caller says.
        let ops = Ops(unsafe { &*spec.ops });
        let code = Code::Server { ops, args: Shared { data: spec.ctx, free: spec.ctx_free } };
        Self { name: (spec.name.id != 0).then_some(Atom(spec.name)), ..Self::new(code) }
    }

    /// What the init of a library's server is given, and of another one as what is [more](GenServer::init_with).
    #[must_use]
    pub fn args(mut self, args: impl Into<Term>) -> Self {
        self.args = args.into();
        self
    }

    /// Its name, which it has before its init runs.
    #[must_use]
    pub fn name(mut self, name: impl Into<Atom>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The key of a registry that it has before its init runs, as it has a name: whoever has it already fails the start with
    /// [`StartError::AlreadyStarted`].
    ///
    /// Mirrors a start by `{:via, Registry, {registry, key}}`.
    #[must_use]
    pub fn via(mut self, registry: Registry, key: impl Into<Term>) -> Self {
        self.via = Some((registry, key.into()));
        self
    }

    /// It is pinned to this worker, at each start: as [`SpawnOptions::worker`](crate::SpawnOptions::worker).
    ///
    /// There is no such worker: [`start`](Self::start) is refused with [`Error::BadArgument`], and a child fails to start with
    /// `invalid_worker`.
    #[must_use]
    pub fn worker(mut self, worker: u32) -> Self {
        self.worker = worker.into();
        self
    }

    /// The limits of its mailbox.
    #[must_use]
    pub fn limits(mut self, limits: MailboxLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Starts it, and waits until its init is done. Nobody is linked to it.
    ///
    /// # Errors
    ///
    /// What init says, the name's holder, or [`StartError::Refused`]: with [`Error::WouldBlock`] in a handler.
    pub fn start(self) -> Result<Pid, StartError> {
        Ok(self.start_with(&StartOptions::default())?.0)
    }

    /// The same, linked to the calling process, which is its parent.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); [`Error::NotProcess`] where the caller is none.
    pub fn start_link(self) -> Result<Pid, StartError> {
        Ok(self.start_with(&StartOptions { link: true, ..Default::default() })?.0)
    }

    /// The same, watched by the calling process.
    ///
    /// # Errors
    ///
    /// As [`start_link`](Self::start_link).
    pub fn start_monitor(self) -> Result<(Pid, Ref), StartError> {
        let (pid, monitor) = self.start_with(&StartOptions { monitor: true, ..Default::default() })?;
        Ok((pid, monitor.ok_or(Error::BadArgument)?))
    }

    /// The same with options of one's own.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); [`StartError::Timeout`].
    pub fn start_with(self, options: &StartOptions) -> Result<(Pid, Option<Ref>), StartError> {
        let process = current()?;
        let spec = self.to_raw();
        let mut raw_options = options.to_raw();
        (raw_options.via_registry, raw_options.via_key) = self.raw_via();
        let (mut pid, mut monitor) = (sys::rsp_pid::default(), sys::rsp_ref::default());
        let mut error = Term::nil().into_raw();
        // SAFETY: process is null or a handle of this thread, the outs are writable, the specification and the options are
        // readable and usable, as self made them and lives.
        let result = unsafe {
            sys::rsp_server_start(
                process,
                &mut pid,
                if options.monitor { &mut monitor } else { ptr::null_mut() },
                &mut error,
                &spec,
                &raw_options,
            )
        };
        if result != sys::RSP_EINVAL {
            self.given();
        }
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok((Pid(pid), Ref::from_raw(monitor)))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    /// The key as the C API takes it: usable as long as self lives.
    pub(crate) fn raw_via(&self) -> (sys::rsp_atom, sys::rsp_term) {
        self.via.as_ref().map_or_else(Default::default, |(registry, key)| (registry.name().0, key.as_raw()))
    }

    /// As the C API takes it: usable as long as self lives.
    pub(crate) fn to_raw(&self) -> sys::rsp_start_spec {
        let mut spec = sys::rsp_start_spec {
            args: self.args.as_raw(),
            name: self.name.map_or_else(Default::default, |name| name.0),
            worker: self.worker,
            max_message_bytes: self.limits.max_bytes,
            max_messages: self.limits.max_messages,
            overflow: self.limits.overflow.to_raw(),
            ..Default::default()
        };
        match &self.code {
            Code::Server { ops, args } => {
                spec.ops = ops.0;
                (spec.ctx, spec.ctx_free) = args.lend();
            }
            Code::Library { path, symbol } => {
                spec.library = path.as_ptr();
                spec.symbol = symbol.as_ptr();
            }
        }
        spec
    }

    /// The C side has taken what each start is given.
    pub(crate) fn given(self) {
        if let Code::Server { args, .. } = self.code {
            args.given();
        }
    }
}

/// Options of [`Start::start_with`].
#[derive(Clone, Copy, Debug)]
pub struct StartOptions {
    /// Linked to the caller, who is its parent.
    pub link: bool,
    /// Watched by the caller.
    pub monitor: bool,
    /// How long init may take; [`Duration::MAX`], the default: as long as it takes.
    pub timeout: Duration,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self { link: false, monitor: false, timeout: Duration::MAX }
    }
}

impl StartOptions {
    pub(crate) fn to_raw(self) -> sys::rsp_start_opts {
        sys::rsp_start_opts {
            link: self.link,
            monitor: self.monitor,
            timeout_ms: milliseconds(self.timeout),
            ..Default::default()
        }
    }
}

/// A handler as a server.
struct Function<H>(H);

impl<H: Handler> Function<H> {
    fn handle(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        self.0.handle(context, message).map(flow)
    }
}

fn flow<H: Handler>(next: Next) -> Flow<Function<H>> {
    match next {
        Next::Continue => Flow::go_on(),
        Next::Stop => Flow::stop(Atom::new("normal")),
        Next::Wait(Wait { what, then }) => {
            Flow(Step::Wait(what, Box::new(move |_, context, come| then(context, come).map(flow))))
        }
    }
}

impl<H: Handler> Serve for Function<H> {
    type Args = Box<dyn Fn() -> H + Send + Sync>;
    const RESTART: Restart = Restart::Permanent;
    const SHUTDOWN: Shutdown = Shutdown::Timeout(Duration::from_secs(5));

    fn name() -> &'static str {
        H::name()
    }

    fn set_callbacks(ops: &mut sys::rsp_server_ops) {
        set_requests::<Self>(ops);
    }

    fn init(_context: &Context, factory: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception> {
        takes_nothing(more)?;
        // What it does first may end it, which is no failure of the start.
        Ok(Init::ReadyThen(Self(factory()), Term::nil()))
    }

    fn terminate(&mut self, _context: &Context, _reason: &Term) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn format_status(&self) -> Option<Term> {
        None
    }
}

impl<H: Handler> Requests for Function<H> {
    fn on_call(
        &mut self,
        context: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        self.handle(context, Message::Call { from, request }).map(Into::into)
    }

    fn on_cast(&mut self, context: &Context, from: Pid, request: Payload) -> Result<Flow<Self>, Exception> {
        self.handle(context, Message::Cast { from, request })
    }

    fn on_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        self.handle(context, message)
    }

    fn on_continue(&mut self, context: &Context, _argument: Term) -> Result<Flow<Self>, Exception> {
        self.0.start(context).map(flow)
    }
}
