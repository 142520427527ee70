//! Handler processes: Rust code that runs once for each message.

use std::any::type_name;
use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::{drop_state, guarded};
use crate::error::check;
use crate::message::Answer;
use crate::relation::{alias_mode, Alias};
use crate::wait::{Awaited, Come, Resume, Startable};
use crate::{Atom, CallError, Context, Exception, Message, Pid, Ref, Result, Start, StartError, Term};

/// What a handler wants next.
#[derive(Debug)]
pub enum Next {
    /// The next message.
    Continue,
    /// To end with reason `normal`.
    Stop,
    /// An answer, a start or a stop, and no message before it: [`Next::wait_for`].
    Wait(Wait),
}

/// Goes on with what was waited for.
pub(crate) type Continuation = Box<dyn FnOnce(&Context, Come) -> Result<Next, Exception> + Send>;

/// What [`Next::wait_for`] and its kin wait for.
pub struct Wait {
    pub(crate) what: Awaited,
    pub(crate) then: Continuation,
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl Next {
    /// Waits for the answer of one reference (a request, a monitor, an alias), then runs `then`. No worker is blocked, exit
    /// signals take effect, and all other messages stay in the mailbox.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::start()?;
    /// let oracle = runtime.spawn(|_, message| {
    ///     if let Message::Call { from, .. } = message {
    ///         from.reply(42).unwrap();
    ///     }
    /// })?;
    /// let pilgrim = runtime.spawn(move |ctx, message| -> Result<Next, Exception> {
    ///     let Message::Call { from, .. } = message else { return Ok(Next::Continue) };
    ///     let asked = ctx.send_request(oracle, "?")?;
    ///     Ok(Next::wait_for(asked, Duration::from_secs(5), move |_, answer| -> Result<_, Exception> {
    ///         from.reply(answer?.into_term())?;
    ///         Ok(Next::Continue)
    ///     }))
    /// })?;
    /// assert_eq!(runtime.attach()?.call(pilgrim, "?")?.to(), Some(42));
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_for<F, R>(reference: Ref, timeout: Duration, then: F) -> Self
    where
        F: FnOnce(&Context, Answer) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::wait(Awaited::Answer(reference, timeout), |context, come| then(context, come.answer()))
    }

    /// Starts a process, waits until its init is done, then runs `then` with what [`Start::start`] or [`Supervisor::start`] comes
    /// to. If this process ends meanwhile, so does what it was starting. There is no such worker: an error `badarg` of this process.
    /// Otherwise as [`wait_for`](Self::wait_for).
    ///
    /// [`Start::start`]: crate::Start::start
    /// [`Supervisor::start`]: crate::Supervisor::start
    pub fn wait_for_start<F, R>(what: impl Into<Startable>, timeout: Duration, then: F) -> Self
    where
        F: FnOnce(&Context, Result<Pid, StartError>) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::wait(Awaited::start(what, timeout), |context, come| then(context, come.started()))
    }

    /// The same, linked to this process, which is its parent. One that fails ends this process too, unless it traps exits.
    pub fn wait_for_start_link<F, R>(what: impl Into<Startable>, timeout: Duration, then: F) -> Self
    where
        F: FnOnce(&Context, Result<Pid, StartError>) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::wait(Awaited::start_link(what, timeout), |context, come| then(context, come.started()))
    }

    /// The same, watched by this process. Not of a supervisor.
    pub fn wait_for_start_monitor<F, R>(what: Start, timeout: Duration, then: F) -> Self
    where
        F: FnOnce(&Context, Result<(Pid, Ref), StartError>) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::wait(Awaited::start_monitor(what, timeout), |context, come| {
            then(context, come.started_monitor())
        })
    }

    /// Stops a server or supervisor in order, waits until that is gone, then runs `then` with what [`Process::stop`] comes to; the
    /// reason in an error is the other one's own. Otherwise as [`wait_for`](Self::wait_for).
    ///
    /// [`Process::stop`]: crate::Process::stop
    pub fn wait_for_stop<F, R>(pid: Pid, reason: impl Into<Term>, timeout: Duration, then: F) -> Self
    where
        F: FnOnce(&Context, Result<(), CallError>) -> R + Send + 'static,
        R: IntoNext,
    {
        Self::wait(Awaited::Stop(pid, reason.into(), timeout), |context, come| then(context, come.stopped()))
    }

    fn wait<R: IntoNext>(what: Awaited, then: impl FnOnce(&Context, Come) -> R + Send + 'static) -> Self {
        Self::Wait(Wait { what, then: Box::new(|context, come| then(context, come).into_next()) })
    }
}

/// What a handler may return: [`Next`], nothing (the next message), or a `Result` of them, whose error ends the process. A
/// handler that always panics, or exits, will do too.
pub trait IntoNext {
    /// What to do next, or the exception that leaves the handler.
    ///
    /// # Errors
    ///
    /// The exception.
    fn into_next(self) -> Result<Next, Exception>;
}

impl IntoNext for Next {
    fn into_next(self) -> Result<Next, Exception> {
        Ok(self)
    }
}

impl IntoNext for () {
    fn into_next(self) -> Result<Next, Exception> {
        Ok(Next::Continue)
    }
}

/// What a handler returns that never does: `!`, which has no stable name of its own.
type Never = <fn() -> ! as never::Returns>::Value;

mod never {
    pub trait Returns {
        type Value;
    }

    impl<T> Returns for fn() -> T {
        type Value = T;
    }
}

impl IntoNext for Never {
    fn into_next(self) -> Result<Next, Exception> {
        self
    }
}

impl<T: IntoNext, E: Into<Exception>> IntoNext for Result<T, E> {
    fn into_next(self) -> Result<Next, Exception> {
        self.map_err(Into::into)?.into_next()
    }
}

/// A process as a type: its state is `self`, which is dropped exactly once, when no more code of the process will run,
/// whatever ends it.
///
/// For most processes a closure does: [`Runtime::spawn`](crate::Runtime::spawn). This is for those that have something to
/// do before the first message.
pub trait Handler: Send + 'static {
    /// What reports call this type, and the id of a child unless it has one of its own.
    #[must_use]
    fn name() -> &'static str
    where
        Self: Sized,
    {
        type_name::<Self>()
    }

    /// Runs first, before any message.
    ///
    /// # Errors
    ///
    /// An exception ends the process.
    fn start(&mut self, context: &Context) -> Result<Next, Exception> {
        let _ = context;
        Ok(Next::Continue)
    }

    /// Runs for each message, on a worker: it must not block.
    ///
    /// # Errors
    ///
    /// An exception ends the process.
    fn handle(&mut self, context: &Context, message: Message) -> Result<Next, Exception>;
}

/// A closure as a handler.
struct Closure<F>(F);

impl<F, R> Handler for Closure<F>
where
    F: FnMut(&Context, Message) -> R + Send + 'static,
    R: IntoNext,
{
    fn name() -> &'static str {
        type_name::<F>()
    }

    fn handle(&mut self, context: &Context, message: Message) -> Result<Next, Exception> {
        (self.0)(context, message).into_next()
    }
}

pub(crate) fn closure<F, R>(handler: F) -> impl Handler
where
    F: FnMut(&Context, Message) -> R + Send + 'static,
    R: IntoNext,
{
    Closure(handler)
}

/// Options of [`Context::spawn_with`](crate::Context::spawn_with).
#[derive(Clone, Copy, Debug, Default)]
pub struct SpawnOptions {
    link: bool,
    monitor: bool,
    trap_exit: bool,
    alias: Option<Alias>,
    tag: Option<Atom>,
    stall_ms: u64,
    worker: u64,
    limits: MailboxLimits,
}

/// What happens to the message that is too many for a mailbox with limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Nothing is sent, and the sender gets [`Error::Overload`](crate::Error::Overload).
    #[default]
    Refuse,
    /// It is dropped; the sender does not learn of it.
    DropNewest,
    /// The oldest are dropped for it, at the receiver's next checkpoint.
    DropOldest,
    /// The receiver ends with reason `{limit, mailbox}`, which it cannot trap.
    Exit,
}

impl Overflow {
    pub(crate) fn to_raw(self) -> sys::rsp_overflow {
        match self {
            Self::Refuse => sys::RSP_OVERFLOW_REFUSE,
            Self::DropNewest => sys::RSP_OVERFLOW_DROP_NEWEST,
            Self::DropOldest => sys::RSP_OVERFLOW_DROP_OLDEST,
            Self::Exit => sys::RSP_OVERFLOW_EXIT,
        }
    }
}

/// The limits of a mailbox. Signals, `EXIT`, `DOWN`, replies and the process's own timers neither count nor are ever
/// stopped. Zero is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MailboxLimits {
    /// Messages that may wait.
    pub max_messages: u32,
    /// Bytes that they may occupy: 128 for each, and what its term does.
    pub max_bytes: u64,
    /// What happens to one that is too many.
    pub overflow: Overflow,
}

impl SpawnOptions {
    /// Neither linked nor watched.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Atomically linked to the caller.
    #[must_use]
    pub fn link(mut self) -> Self {
        self.link = true;
        self
    }

    /// Atomically watched by the caller.
    #[must_use]
    pub fn monitor(mut self) -> Self {
        self.monitor = true;
        self
    }

    /// The monitor is an alias too.
    #[must_use]
    pub fn alias(mut self, mode: Alias) -> Self {
        self.alias = Some(mode);
        self
    }

    /// Stands in the place of `DOWN` in the monitor's message.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Atom>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// It ends with reason `stalled` when its handler has not returned, nor called the runtime, for about so long.
    #[must_use]
    pub fn stall_limit(mut self, limit: Duration) -> Self {
        self.stall_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1);
        self
    }

    /// It is pinned to this worker, from 1 to [`Stats::workers`](crate::Stats::workers): no other one runs it. 0, the default:
    /// whichever is free. A worker is not a thread: another one drives it while a handler blocks or does not return.
    ///
    /// There is no such worker: the spawn is refused with [`Error::BadArgument`](crate::Error::BadArgument).
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

    /// It traps exits from the start.
    #[must_use]
    pub fn trap_exit(mut self) -> Self {
        self.trap_exit = true;
        self
    }
}

/// A new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spawned {
    /// The process.
    pub pid: Pid,
    /// Its monitor, if one was asked for.
    pub monitor: Option<Ref>,
}

/// The state of a handler process, as the C side holds it.
struct Body<H> {
    handler: H,
    /// Set while the handler waits.
    then: Option<Continuation>,
}

/// Makes a process. `process` is null or a handle of this thread.
pub(crate) fn spawn_as<H: Handler>(
    process: *mut sys::rsp_self,
    options: &SpawnOptions,
    handler: H,
) -> Result<Spawned> {
    let raw_options = sys::rsp_spawn_opts {
        link: options.link,
        monitor: options.monitor,
        trap_exit: options.trap_exit,
        alias: alias_mode(options.alias),
        tag: options.tag.map_or_else(Default::default, |tag| tag.0),
        max_message_bytes: options.limits.max_bytes,
        max_messages: options.limits.max_messages,
        overflow: options.limits.overflow.to_raw(),
        start: Some(on_start::<H>),
        stall_ms: options.stall_ms,
        worker: options.worker,
        ..Default::default()
    };
    let state: *mut c_void = Box::into_raw(Box::new(Body { handler, then: None })).cast();
    let (mut pid, mut monitor) = (sys::rsp_pid::default(), sys::rsp_ref::default());
    // SAFETY: process is null or a handle of this thread, the outs are writable, the options readable. The callbacks take a
    // Body<H>, which is Send, and do not unwind.
    let result = check(unsafe {
        sys::rsp_spawn(
            process,
            &mut pid,
            if options.monitor { &mut monitor } else { ptr::null_mut() },
            &raw_options,
            Some(on_message::<H>),
            state,
            Some(free_state::<H>),
        )
    });
    if let Err(error) = result {
        // SAFETY: it was made above, and the C API did not take it.
        drop(unsafe { Box::from_raw(state.cast::<Body<H>>()) });
        return Err(error);
    }
    Ok(Spawned { pid: Pid(pid), monitor: Ref::from_raw(monitor) })
}

unsafe extern "C" fn on_start<H: Handler>(
    process: *mut sys::rsp_self,
    _none: *mut sys::rsp_msg,
    state: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: the C API calls with the state that spawn_as gave it, one callback at a time.
    unsafe { run::<H>(process, state, |body, context| body.handler.start(context)) }
}

unsafe extern "C" fn on_message<H: Handler>(
    process: *mut sys::rsp_self,
    msg: *mut sys::rsp_msg,
    state: *mut c_void,
) -> sys::rsp_next {
    // SAFETY: as above; the message is lent until the callback returns.
    unsafe {
        run::<H>(process, state, |body, context| {
            let message = Message::take(msg);
            body.handler.handle(context, message)
        })
    }
}

impl<H: Handler> Resume for Body<H> {
    unsafe fn resume(process: *mut sys::rsp_self, state: *mut c_void, come: Come) -> sys::rsp_next {
        // SAFETY: as above.
        unsafe {
            run::<H>(process, state, |body, context| match body.then.take() {
                Some(then) => then(context, come),
                None => Ok(Next::Continue),
            })
        }
    }
}

/// Runs one callback, and says to the C API what came of it.
///
/// # Safety
///
/// `process` is the handle of the running callback, `state` the Body<H> of that process, used by nobody else meanwhile.
unsafe fn run<H: Handler>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    callback: impl FnOnce(&mut Body<H>, &Context) -> Result<Next, Exception>,
) -> sys::rsp_next {
    // SAFETY: as the caller says.
    let (body, context) = unsafe { (&mut *state.cast::<Body<H>>(), Context::new(process)) };
    match guarded(|| callback(body, &context)) {
        Ok(Ok(Next::Continue)) => sys::RSP_NEXT_CONTINUE,
        Ok(Ok(Next::Stop)) => sys::RSP_NEXT_STOP,
        Ok(Ok(Next::Wait(wait))) => {
            body.then = Some(wait.then);
            // SAFETY: this is the running callback, which returns the result; state lives as long as the process.
            unsafe { wait.what.begin::<Body<H>>(process, state) }
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

unsafe extern "C" fn free_state<H: Handler>(state: *mut c_void) {
    // SAFETY: the C API calls it once, after the last callback.
    drop_state(unsafe { Box::from_raw(state.cast::<Body<H>>()) });
}
