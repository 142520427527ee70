//! Servers: a state that answers calls and takes casts, started by the start protocol.

use std::any::{type_name, Any};
use std::fmt;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::Native;
use crate::error::check;
use crate::message::Answer;
use crate::wait::{Awaited, Come, Startable};
use crate::{
    CallError, Context, Exception, Message, Payload, Pid, Ref, ReplyTo, Restart, Result, Shutdown, Start,
    StartError, Term,
};

/// A server: OTP's `gen_server`. Its state is `self`, made by [`init`](Self::init) in the new process, and dropped exactly
/// once after the last callback, whatever ends the process.
///
/// Callbacks run one at a time, on a worker, and must not block; to wait for another server they return
/// [`Flow::wait_for`], and to start or stop one [`Flow::wait_for_start`], [`Flow::wait_for_stop`]. An error or a panic ends
/// the server with a reason that tells it.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
///
/// struct Counter {
///     value: i64,
/// }
///
/// impl GenServer for Counter {
///     type Args = i64;
///
///     fn init(_: &Context, first: &i64) -> Result<Init<Self>, Exception> {
///         Ok(Init::Ready(Counter { value: *first }))
///     }
///
///     fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
///         self.value += 1;
///         Ok(Reply::now(self.value))
///     }
///
///     fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
///         Ok(Flow::go_on())
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let counter = Counter::start_link(41)?;
/// assert_eq!(me.call(counter, "next")?.to(), Some(42));
/// # Ok(())
/// # }
/// ```
pub trait GenServer: Sized + Send + 'static {
    /// What a start gives to [`init`](Self::init), each time.
    type Args: Send + Sync + 'static;

    /// How a supervisor treats a server of this type, unless the child says otherwise.
    const RESTART: Restart = Restart::Permanent;

    /// How a supervisor stops a server of this type, unless the child says otherwise.
    const SHUTDOWN: Shutdown = Shutdown::Timeout(Duration::from_secs(5));

    /// What reports call this type, and the id of a child unless it has one of its own.
    #[must_use]
    fn name() -> &'static str {
        type_name::<Self>()
    }

    /// Makes the state, in the new process, while the starter waits.
    ///
    /// # Errors
    ///
    /// An exception makes the start fail with its reason.
    fn init(context: &Context, args: &Self::Args) -> Result<Init<Self>, Exception>;

    /// The same with the terms that the start of this one process adds: those of
    /// [`start_child_args`](crate::Process::start_child_args), and of [`Start::args`](crate::Start::args). Where it is not
    /// there, [`init`](Self::init) runs, and a start that adds something fails.
    ///
    /// # Errors
    ///
    /// An exception makes the start fail with its reason.
    fn init_with(context: &Context, args: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception> {
        takes_nothing(more)?;
        Self::init(context, args)
    }

    /// Answers a call, now or later through `from`.
    ///
    /// # Errors
    ///
    /// An exception ends the server, and the caller hears of it.
    fn handle_call(
        &mut self,
        context: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        let _ = (context, request, from);
        Err(undefined("handle_call"))
    }

    /// Takes a cast.
    ///
    /// # Errors
    ///
    /// An exception ends the server.
    fn handle_cast(&mut self, context: &Context, request: Payload) -> Result<Flow<Self>, Exception> {
        let _ = (context, request);
        Err(undefined("handle_cast"))
    }

    /// Takes any other message.
    ///
    /// # Errors
    ///
    /// An exception ends the server.
    fn handle_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception>;

    /// Goes on with what a result asked for by `continue_with`, before any message.
    ///
    /// # Errors
    ///
    /// An exception ends the server.
    fn handle_continue(&mut self, context: &Context, argument: Term) -> Result<Flow<Self>, Exception> {
        let _ = (context, argument);
        Err(undefined("handle_continue"))
    }

    /// Runs before an orderly end: a stop, an exception in a callback, or, in a server that traps exits, the end of its
    /// parent. Not when an exit signal ends it.
    ///
    /// # Errors
    ///
    /// An exception replaces the reason.
    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        let _ = (context, reason);
        Ok(())
    }

    /// The same, and it may wait: for the orderly stop of what is its own ([`Flow::wait_for_stop`]). Of what it returns only a
    /// wait counts. By default it runs [`terminate`](Self::terminate), which nobody else calls.
    ///
    /// # Errors
    ///
    /// An exception replaces the reason.
    fn terminate_with(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        self.terminate(context, reason).map(|()| Flow::go_on())
    }

    /// Says what the state is, for [`Sys`](crate::Sys), and for reports that show states
    /// ([`report::set_contents`](crate::report::set_contents)). Leave out what nobody should see. None, as by default, says
    /// nothing, and so does a panic.
    fn format_status(&self) -> Option<Term> {
        None
    }

    /// Starts a server of this type, and waits until its init is done. [`Start`] has the options.
    ///
    /// # Errors
    ///
    /// What init says; [`StartError::Refused`], with [`Error::WouldBlock`](crate::Error::WouldBlock) in a handler.
    fn start(args: Self::Args) -> Result<Pid, StartError> {
        Start::server::<Self>(args).start()
    }

    /// The same, linked to the calling process, which is its parent.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    fn start_link(args: Self::Args) -> Result<Pid, StartError> {
        Start::server::<Self>(args).start_link()
    }
}

impl Context {
    /// In init: the start is not over when init is. The server runs, and takes messages; who starts it, a supervisor too,
    /// waits on, until [`init_ack`](Self::init_ack). For a child that is there for others only when it has done more than an
    /// init should.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument): this is no init of a server or state machine.
    pub fn init_ack_later(&self) -> crate::Result<()> {
        // SAFETY: the handle is one of this thread.
        check(unsafe { sys::rsp_init_ack_later(self.raw()) })
    }

    /// The start of this server is over, and went well. One that ends before that has failed to start. Mirrors
    /// `proc_lib:init_ack/1`.
    ///
    /// # Errors
    ///
    /// [`Error::Already`](crate::Error::Already): it is over; [`Error::BadArgument`](crate::Error::BadArgument): this is no
    /// callback between init and terminate.
    pub fn init_ack(&self) -> crate::Result<()> {
        // SAFETY: the handle is one of this thread.
        check(unsafe { sys::rsp_init_ack(self.raw()) })
    }
}

pub(crate) fn undefined(callback: &str) -> Exception {
    Exception::error((Term::atom("undef"), Term::atom(callback)))
}

/// What [`GenServer::init`] says.
#[derive(Debug)]
pub enum Init<S> {
    /// The server runs, with this state.
    Ready(S),
    /// The same, and [`GenServer::handle_continue`] runs before any message.
    ReadyThen(S, Term),
    /// The same, and it waits for its first message as after [`Flow::timeout`].
    ReadyTimeout(S, Duration),
    /// The same, as after [`Flow::hibernate`].
    ReadyHibernate(S),
    /// The same, as after any [`Flow`]. With one that waits the start is over when what follows is: a server that asks another, or
    /// starts one, before it is up. With [`Flow::stop`] the start fails, and `terminate` does not run.
    ReadyWith(S, Flow<S>),
    /// There will be no process, and that is no error.
    Ignore,
    /// The start fails with this reason, which ends the process.
    Stop(Term),
    /// The start fails with this reason, quietly.
    Fail(Term),
}

/// Goes on with what a server waited for.
pub(crate) type Continuation<S> =
    Box<dyn FnOnce(&mut S, &Context, Come) -> Result<Flow<S>, Exception> + Send>;

pub(crate) enum Step<S> {
    GoOn,
    Timeout(Duration),
    Hibernate,
    ContinueWith(Term),
    Stop(Term),
    Wait(Awaited, Continuation<S>),
}

/// What a server does after a callback.
pub struct Flow<S>(pub(crate) Step<S>);

impl<S> Flow<S> {
    /// It takes the next message.
    #[must_use]
    pub fn go_on() -> Self {
        Self(Step::GoOn)
    }

    /// It takes the next message; if none of any kind comes in this time, [`GenServer::handle_info`] gets one that is the
    /// atom `timeout`. What is in the mailbox already comes in any time, [`Duration::ZERO`] too.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use resprout::prelude::*;
    ///
    /// /// Ends when nobody has used it for a while.
    /// struct Session;
    ///
    /// const IDLE: Duration = Duration::from_millis(20);
    ///
    /// impl GenServer for Session {
    ///     type Args = ();
    ///
    ///     fn init(_: &Context, _: &()) -> Result<Init<Self>, Exception> {
    ///         Ok(Init::ReadyTimeout(Session, IDLE))
    ///     }
    ///
    ///     fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
    ///         Ok(Reply::now("used").and(Flow::timeout(IDLE)))
    ///     }
    ///
    ///     fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
    ///         match message {
    ///             Message::Term { term, .. } if term == Term::atom("timeout") => Ok(Flow::stop("normal")),
    ///             _ => Ok(Flow::timeout(IDLE)),
    ///         }
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let session = Session::start(())?;
    /// let end = me.monitor(session)?;
    /// me.call(session, "use")?;
    /// assert!(matches!(me.receive()?, Message::Down { monitor, .. } if monitor == end));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn timeout(timeout: Duration) -> Self {
        Self(Step::Timeout(timeout))
    }

    /// It takes the next message, however long that takes, and gives back what memory the runtime keeps for it until then:
    /// for a server that will not be needed for long.
    #[must_use]
    pub fn hibernate() -> Self {
        Self(Step::Hibernate)
    }

    /// [`GenServer::handle_continue`] runs, before any message.
    #[must_use]
    pub fn continue_with(argument: impl Into<Term>) -> Self {
        Self(Step::ContinueWith(argument.into()))
    }

    /// It stops: [`GenServer::terminate`], then the end with this reason.
    #[must_use]
    pub fn stop(reason: impl Into<Term>) -> Self {
        Self(Step::Stop(reason.into()))
    }

    /// It waits for the answer of one reference (a request, a monitor, an alias), then `then` runs. No worker is blocked,
    /// exit signals take effect, and all other messages stay in the mailbox.
    ///
    /// # Examples
    ///
    /// A server that asks another before it answers:
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use resprout::CALL_TIMEOUT;
    ///
    /// struct Cache {
    ///     store: Pid,
    ///     hits: u64,
    /// }
    ///
    /// impl GenServer for Cache {
    ///     type Args = Pid;
    ///
    ///     fn init(_: &Context, store: &Pid) -> Result<Init<Self>, Exception> {
    ///         Ok(Init::Ready(Cache { store: *store, hits: 0 }))
    ///     }
    ///
    ///     fn handle_call(&mut self, ctx: &Context, key: Payload, from: ReplyTo) -> Result<Reply<Self>, Exception> {
    ///         let asked = ctx.send_request(self.store, key.into_term())?;
    ///         let wait = Flow::wait_for(asked, CALL_TIMEOUT, move |cache: &mut Self, _, answer| {
    ///             cache.hits += 1;
    ///             from.reply(answer?.into_term())?;
    ///             Ok(Flow::go_on())
    ///         });
    ///         Ok(wait.into())
    ///     }
    ///
    ///     fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
    ///         Ok(Flow::go_on())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let store = runtime.spawn(|_, message| {
    ///     if let Message::Call { from, request } = message {
    ///         from.reply((request.into_term(), "value")).unwrap();
    ///     }
    /// })?;
    /// let me = runtime.attach()?;
    /// let cache = Cache::start(store)?;
    /// assert_eq!(me.call(cache, "key")?.into_term().to_string(), r#"{"key","value"}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_for(
        reference: Ref,
        timeout: Duration,
        then: impl FnOnce(&mut S, &Context, Answer) -> Result<Flow<S>, Exception> + Send + 'static,
    ) -> Self {
        Self::wait(Awaited::Answer(reference, timeout), |server, context, come| {
            then(server, context, come.answer())
        })
    }

    /// It starts a process, waits until its init is done, then `then` runs with what [`Start::start`] or [`Supervisor::start`]
    /// comes to. If this process ends meanwhile, so does what it was starting. There is no such worker: an error `badarg` of this
    /// process. Otherwise as [`wait_for`](Self::wait_for).
    ///
    /// # Examples
    ///
    /// A server that has a part of its own before it is up, and stops it in order:
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use resprout::CALL_TIMEOUT;
    ///
    /// struct Pump {
    ///     motor: Option<Pid>,
    /// }
    ///
    /// impl GenServer for Pump {
    ///     type Args = ();
    ///
    ///     fn init(_: &Context, _: &()) -> Result<Init<Self>, Exception> {
    ///         let motor = Start::function(|| |_: &Context, _| {}).name("motor");
    ///         let wait = Flow::wait_for_start(motor, CALL_TIMEOUT, |pump: &mut Self, _, motor| {
    ///             pump.motor = Some(motor?);
    ///             Ok(Flow::go_on())
    ///         });
    ///         Ok(Init::ReadyWith(Pump { motor: None }, wait))
    ///     }
    ///
    ///     fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
    ///         Ok(Flow::go_on())
    ///     }
    ///
    ///     fn terminate_with(&mut self, _: &Context, _: &Term) -> Result<Flow<Self>, Exception> {
    ///         let Some(motor) = self.motor else { return Ok(Flow::go_on()) };
    ///         Ok(Flow::wait_for_stop(motor, "shutdown", CALL_TIMEOUT, |_, _, stopped| {
    ///             stopped?;
    ///             Ok(Flow::go_on())
    ///         }))
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use resprout::whereis;
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let pump = Pump::start(())?;
    /// assert!(whereis("motor").is_some());
    /// me.stop(pump, "normal", CALL_TIMEOUT)?;
    /// assert!(whereis("motor").is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`Supervisor::start`]: crate::Supervisor::start
    pub fn wait_for_start(
        what: impl Into<Startable>,
        timeout: Duration,
        then: impl FnOnce(&mut S, &Context, Result<Pid, StartError>) -> Result<Flow<S>, Exception>
            + Send
            + 'static,
    ) -> Self {
        Self::wait(Awaited::start(what, timeout), |server, context, come| {
            then(server, context, come.started())
        })
    }

    /// The same, linked to this process, which is its parent. One that fails ends this process too, unless it traps exits.
    pub fn wait_for_start_link(
        what: impl Into<Startable>,
        timeout: Duration,
        then: impl FnOnce(&mut S, &Context, Result<Pid, StartError>) -> Result<Flow<S>, Exception>
            + Send
            + 'static,
    ) -> Self {
        Self::wait(Awaited::start_link(what, timeout), |server, context, come| {
            then(server, context, come.started())
        })
    }

    /// The same, watched by this process. Not of a supervisor.
    pub fn wait_for_start_monitor(
        what: Start,
        timeout: Duration,
        then: impl FnOnce(&mut S, &Context, Result<(Pid, Ref), StartError>) -> Result<Flow<S>, Exception>
            + Send
            + 'static,
    ) -> Self {
        Self::wait(Awaited::start_monitor(what, timeout), |server, context, come| {
            then(server, context, come.started_monitor())
        })
    }

    /// It stops a server or supervisor in order, waits until that is gone, then `then` runs with what [`Process::stop`] comes to;
    /// the reason in an error is the other one's own. Otherwise as [`wait_for`](Self::wait_for).
    ///
    /// [`Process::stop`]: crate::Process::stop
    pub fn wait_for_stop(
        pid: Pid,
        reason: impl Into<Term>,
        timeout: Duration,
        then: impl FnOnce(&mut S, &Context, Result<(), CallError>) -> Result<Flow<S>, Exception> + Send + 'static,
    ) -> Self {
        Self::wait(Awaited::Stop(pid, reason.into(), timeout), |server, context, come| {
            then(server, context, come.stopped())
        })
    }

    fn wait(
        what: Awaited,
        then: impl FnOnce(&mut S, &Context, Come) -> Result<Flow<S>, Exception> + Send + 'static,
    ) -> Self {
        Self(Step::Wait(what, Box::new(then)))
    }
}

impl<S> Flow<S> {
    pub(crate) fn waits(&self) -> bool {
        matches!(self.0, Step::Wait(..))
    }
}

impl<S> fmt::Debug for Flow<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Step::GoOn => f.write_str("Flow::go_on"),
            Step::Timeout(timeout) => write!(f, "Flow::timeout({timeout:?})"),
            Step::Hibernate => f.write_str("Flow::hibernate"),
            Step::ContinueWith(argument) => write!(f, "Flow::continue_with({argument})"),
            Step::Stop(reason) => write!(f, "Flow::stop({reason})"),
            Step::Wait(what, _) => write!(f, "Flow::{what:?}"),
        }
    }
}

pub(crate) enum Given {
    Nothing,
    Term(Term),
    Native(Native),
}

/// What a server does after a call.
pub struct Reply<S> {
    pub(crate) answer: Given,
    pub(crate) flow: Flow<S>,
}

impl<S> Reply<S> {
    /// Answers, and takes the next message.
    #[must_use]
    pub fn now(answer: impl Into<Term>) -> Self {
        Self { answer: Given::Term(answer.into()), flow: Flow::go_on() }
    }

    /// Answers with a Rust value, which moves to the caller.
    #[must_use]
    pub fn native<T: Any + Send>(answer: T) -> Self {
        Self { answer: Given::Native(Native::new(answer)), flow: Flow::go_on() }
    }

    /// The caller goes on waiting: somebody will [`reply`](ReplyTo::reply).
    #[must_use]
    pub fn later() -> Self {
        Flow::go_on().into()
    }

    /// What the server does then. With [`Flow::stop`] the caller has its answer after `terminate`.
    #[must_use]
    pub fn and(mut self, flow: Flow<S>) -> Self {
        self.flow = flow;
        self
    }
}

impl<S> From<Flow<S>> for Reply<S> {
    /// Without an answer for now.
    fn from(flow: Flow<S>) -> Self {
        Self { answer: Given::Nothing, flow }
    }
}

impl<S> fmt::Debug for Reply<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Given::Nothing => f.write_str("Reply::later")?,
            Given::Term(term) => write!(f, "Reply::now({term})")?,
            Given::Native(_) => f.write_str("Reply::native")?,
        }
        write!(f, ".and({:?})", self.flow)
    }
}

/// Of an init that has no use for more terms.
pub(crate) fn takes_nothing(more: &[Term]) -> Result<(), Exception> {
    if more.is_empty() {
        Ok(())
    } else {
        Err(Exception::error("its init takes no more terms: init_with would"))
    }
}
