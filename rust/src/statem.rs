//! State machines: a server that is in a state, whose one handler gets each event.

use std::any::{type_name, Any};
use std::fmt;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::{milliseconds, Native};
use crate::error::check;
use crate::server::takes_nothing;
use crate::{
    Context, Exception, Flow, FromTerm, Init, Message, Payload, Peek, Pid, Reply, ReplyTo, Restart, Result,
    Shutdown, Start, StartError, Term,
};

/// A state machine: OTP's `gen_statem`. Its data is `self`, its state any term, which [`Statem`] changes. It is started,
/// supervised, called, cast to and stopped as a [`GenServer`](crate::GenServer).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use resprout::prelude::*;
/// use resprout::{Event, EventType, GenStatem};
///
/// /// Opens with a code, and locks itself again.
/// struct Door;
///
/// impl GenStatem for Door {
///     type Args = ();
///
///     fn init(context: &Context, _: &()) -> Result<Init<Self>, Exception> {
///         context.statem().next_state("locked")?;
///         Ok(Init::Ready(Door))
///     }
///
///     fn handle_event(&mut self, context: &Context, event: Event) -> Result<Reply<Self>, Exception> {
///         let machine = context.statem();
///         match (event.event_type(), event.state().as_str()) {
///             (EventType::Cast, Some("locked")) if event.to::<i64>() == Some(1234) => {
///                 machine.next_state("open")?;
///                 machine.state_timeout(Duration::from_millis(5), "lock")?;
///             }
///             (EventType::StateTimeout, _) => machine.next_state("locked")?,
///             (EventType::Call(_), _) => return Ok(Reply::now(event.state())),
///             _ => {}
///         }
///         Ok(Flow::go_on().into())
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let door = Door::start_link(())?;
/// me.cast(door, 1234)?;
/// assert_eq!(me.call(door, "look")?.to::<String>().as_deref(), Some("open"));
/// while me.call(door, "look")?.to::<String>().as_deref() != Some("locked") {}
/// # Ok(())
/// # }
/// ```
pub trait GenStatem: Sized + Send + 'static {
    /// What a start gives to [`init`](Self::init), each time.
    type Args: Send + Sync + 'static;

    /// How a supervisor treats a machine of this type, unless the child says otherwise.
    const RESTART: Restart = Restart::Permanent;

    /// How a supervisor stops a machine of this type, unless the child says otherwise.
    const SHUTDOWN: Shutdown = Shutdown::Timeout(Duration::from_secs(5));

    /// What reports call this type, and the id of a child unless it has one of its own.
    #[must_use]
    fn name() -> &'static str {
        type_name::<Self>()
    }

    /// Makes the data, and says by [`Statem::next_state`] what the first state is: without, it is nil. Of [`Init`] only what
    /// a machine has: it continues with nothing, and has no time to wait.
    ///
    /// # Errors
    ///
    /// An exception makes the start fail with its reason.
    fn init(context: &Context, args: &Self::Args) -> Result<Init<Self>, Exception>;

    /// The same with the terms that the start of this one process adds, as
    /// [`GenServer::init_with`](crate::GenServer::init_with).
    ///
    /// # Errors
    ///
    /// An exception makes the start fail with its reason.
    fn init_with(context: &Context, args: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception> {
        takes_nothing(more)?;
        Self::init(context, args)
    }

    /// Takes an event. What is to happen when it has returned is asked for by [`Context::statem`]. Answers a call with
    /// [`Reply::now`], or later through [`EventType::Call`]; with [`Flow::stop`](crate::Flow::stop) the caller has its answer before
    /// [`terminate`](Self::terminate).
    ///
    /// # Errors
    ///
    /// An exception ends the machine.
    fn handle_event(&mut self, context: &Context, event: Event) -> Result<Reply<Self>, Exception>;

    /// Runs before an orderly end, as [`GenServer::terminate`](crate::GenServer::terminate). [`Statem::state`] is the last good
    /// state.
    ///
    /// # Errors
    ///
    /// An exception replaces the reason.
    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        let _ = (context, reason);
        Ok(())
    }

    /// The same, and it may wait, as [`GenServer::terminate_with`](crate::GenServer::terminate_with).
    ///
    /// # Errors
    ///
    /// An exception replaces the reason.
    fn terminate_with(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        self.terminate(context, reason).map(|()| Flow::go_on())
    }

    /// Says what the data is, for [`Sys`](crate::Sys) and for reports that show states, as
    /// [`GenServer::format_status`](crate::GenServer::format_status).
    fn format_status(&self) -> Option<Term> {
        None
    }

    /// Starts a machine of this type, and waits until its init is done. [`Start::statem`] has the options.
    ///
    /// # Errors
    ///
    /// As [`GenServer::start`](crate::GenServer::start).
    fn start(args: Self::Args) -> Result<Pid, StartError> {
        Start::statem::<Self>(args).start()
    }

    /// The same, linked to the calling process, which is its parent.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    fn start_link(args: Self::Args) -> Result<Pid, StartError> {
        Start::statem::<Self>(args).start_link()
    }
}

/// What kind of event.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum EventType {
    /// A call: whom to answer.
    Call(ReplyTo),
    /// A cast.
    Cast,
    /// Any other message: [`Event::into_message`].
    Info,
    /// Of [`Statem::next_event`], and of nobody else.
    Internal,
    /// The event timeout: no event has come in time.
    Timeout,
    /// The state timeout: the state has not changed in time.
    StateTimeout,
    /// A timeout with this name.
    NamedTimeout(Term),
    /// A state enter call: the content is the state before.
    Enter,
}

/// What happens to a state machine: for as long as the callback runs.
pub struct Event<'a> {
    raw: &'a sys::rsp_event,
    event_type: EventType,
    state: Term,
}

impl<'a> Event<'a> {
    /// # Safety
    ///
    /// The event is one that the C API lends for as long as the result lives.
    pub(crate) unsafe fn new(raw: &'a sys::rsp_event) -> Self {
        let event_type = match raw.type_ {
            sys::RSP_EVENT_CALL => EventType::Call(ReplyTo(raw.from)),
            sys::RSP_EVENT_CAST => EventType::Cast,
            sys::RSP_EVENT_INTERNAL => EventType::Internal,
            sys::RSP_EVENT_TIMEOUT => EventType::Timeout,
            sys::RSP_EVENT_STATE_TIMEOUT => EventType::StateTimeout,
            // SAFETY: the event lends the name.
            sys::RSP_EVENT_NAMED_TIMEOUT => EventType::NamedTimeout(unsafe { Term::from_lent(raw.name) }),
            sys::RSP_EVENT_ENTER => EventType::Enter,
            _ => EventType::Info,
        };
        // SAFETY: the event lends the state.
        Self { raw, event_type, state: unsafe { Term::from_lent(raw.state) } }
    }

    /// What kind of event it is.
    #[must_use]
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// The state the machine is in.
    #[must_use]
    pub fn state(&self) -> &Term {
        &self.state
    }

    /// A look at its content, which stays: an event may be postponed, and come again with it.
    #[must_use]
    pub fn peek(&self) -> Peek<'_> {
        // SAFETY: the event lends its message for as long as it lives.
        unsafe { Peek::new(self.raw.msg) }
    }

    /// Its content; nil if it is a Rust value, which [`peek`](Self::peek) shows.
    #[must_use]
    pub fn term(&self) -> Term {
        self.peek().term()
    }

    /// What its content says in Rust, if it is of that type.
    #[must_use]
    pub fn to<T: FromTerm>(&self) -> Option<T> {
        self.term().to()
    }

    /// Takes the content out: an event that is postponed after that comes again without the Rust value that it was.
    #[must_use]
    pub fn into_payload(self) -> Payload {
        // SAFETY: as of peek.
        unsafe { Payload::take(self.raw.msg) }
    }

    /// The same as the message that it is, for [`EventType::Info`].
    #[must_use]
    pub fn into_message(self) -> Message {
        // SAFETY: as of peek.
        unsafe { Message::take(self.raw.msg) }
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event_type", &self.event_type)
            .field("content", &self.term())
            .field("state", &self.state)
            .finish()
    }
}

/// What the callbacks of a [`GenStatem`] ask for: it happens when the callback has returned. In any other code, and in
/// [`GenStatem::terminate`], each is [`Error::BadArgument`](crate::Error::BadArgument).
#[derive(Clone, Copy, Debug)]
pub struct Statem<'a>(&'a Context);

impl Context {
    /// What the callbacks of a state machine ask for.
    #[must_use]
    pub fn statem(&self) -> Statem<'_> {
        Statem(self)
    }
}

impl Statem<'_> {
    /// Goes to this state. One that is equal is no change. Mirrors `next_state`.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument): this is no callback of a state machine; of the process, that it is
    /// ending.
    pub fn next_state(&self, state: impl Into<Term>) -> Result<()> {
        let state = state.into();
        // SAFETY: the handle is one of this thread, the term is live.
        check(unsafe { sys::rsp_statem_next_state(self.0.raw(), state.as_raw()) })
    }

    /// Makes the state enter call anew. Mirrors `repeat_state`.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn repeat_state(&self) -> Result<()> {
        // SAFETY: the handle is one of this thread.
        check(unsafe { sys::rsp_statem_repeat_state(self.0.raw()) })
    }

    /// Lets the event come again when the state has changed. Mirrors `postpone`.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn postpone(&self) -> Result<()> {
        // SAFETY: the handle is one of this thread.
        check(unsafe { sys::rsp_statem_postpone(self.0.raw()) })
    }

    /// Inserts an event before all others that wait: [`EventType::Call`], [`Cast`](EventType::Cast),
    /// [`Info`](EventType::Info) or [`Internal`](EventType::Internal). Mirrors `next_event`.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state); any other type is [`Error::BadArgument`](crate::Error::BadArgument) too.
    pub fn next_event(&self, event_type: &EventType, content: impl Into<Term>) -> Result<()> {
        let (raw_type, from) = raw_type(event_type);
        let content = content.into();
        // SAFETY: the handle is one of this thread, the term is live.
        check(unsafe { sys::rsp_statem_next_event(self.0.raw(), raw_type, from, content.as_raw()) })
    }

    /// The same with a Rust value.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event); the value is dropped then.
    pub fn next_event_native<T: Any + Send>(&self, event_type: &EventType, content: T) -> Result<()> {
        let (raw_type, from) = raw_type(event_type);
        check(Native::new(content).give(
            // SAFETY: the handle is one of this thread, the payload is one of these operations, which live for ever.
            |payload, ops| unsafe {
                sys::rsp_statem_next_event_native(self.0.raw(), raw_type, from, payload, ops)
            },
            |result| result == sys::RSP_OK,
        ))
    }

    /// [`EventType::Timeout`], if no event comes in this time; [`Duration::MAX`] ends it.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn event_timeout(&self, time: Duration, content: impl Into<Term>) -> Result<()> {
        self.start(&EventType::Timeout, time, &content.into())
    }

    /// [`EventType::StateTimeout`], if the state does not change in this time; [`Duration::MAX`] ends it.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn state_timeout(&self, time: Duration, content: impl Into<Term>) -> Result<()> {
        self.start(&EventType::StateTimeout, time, &content.into())
    }

    /// [`EventType::NamedTimeout`], after this time, whatever happens; [`Duration::MAX`] ends it.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn named_timeout(
        &self,
        name: impl Into<Term>,
        time: Duration,
        content: impl Into<Term>,
    ) -> Result<()> {
        self.start(&EventType::NamedTimeout(name.into()), time, &content.into())
    }

    fn start(&self, timeout: &EventType, time: Duration, content: &Term) -> Result<()> {
        let (raw_type, name) = raw_timeout(timeout);
        // SAFETY: the handle is one of this thread, the terms are live.
        check(unsafe {
            sys::rsp_statem_timeout(self.0.raw(), raw_type, name, milliseconds(time), content.as_raw())
        })
    }

    /// Gives a timeout another content, and leaves its time. One that does not run comes at once.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state); what is no timeout is [`Error::BadArgument`](crate::Error::BadArgument) too.
    pub fn update_timeout(&self, timeout: &EventType, content: impl Into<Term>) -> Result<()> {
        let (raw_type, name) = raw_timeout(timeout);
        let content = content.into();
        // SAFETY: as of start.
        check(unsafe { sys::rsp_statem_update_timeout(self.0.raw(), raw_type, name, content.as_raw()) })
    }

    /// Ends a timeout: its event does not come. One that does not run is no error.
    ///
    /// # Errors
    ///
    /// As [`update_timeout`](Self::update_timeout).
    pub fn cancel_timeout(&self, timeout: &EventType) -> Result<()> {
        let (raw_type, name) = raw_timeout(timeout);
        // SAFETY: as of start.
        check(unsafe { sys::rsp_statem_cancel_timeout(self.0.raw(), raw_type, name) })
    }

    /// In init: [`EventType::Enter`] comes whenever a state is entered. Mirrors `state_enter`.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state); in another callback [`Error::BadArgument`](crate::Error::BadArgument) too.
    pub fn state_enter(&self) -> Result<()> {
        // SAFETY: the handle is one of this thread.
        check(unsafe { sys::rsp_statem_state_enter(self.0.raw()) })
    }

    /// The state the machine is in: in [`GenStatem::terminate`] the last good one.
    ///
    /// # Errors
    ///
    /// As [`next_state`](Self::next_state).
    pub fn state(&self) -> Result<Term> {
        let mut state = sys::rsp_term::default();
        // SAFETY: the handle is one of this thread, the out is writable.
        check(unsafe { sys::rsp_statem_state(self.0.raw(), &mut state) })?;
        // SAFETY: the C API lends it until the callback returns.
        Ok(unsafe { Term::from_lent(state) })
    }
}

/// A type of events as the C API has it, and whom a call is from.
fn raw_type(event_type: &EventType) -> (sys::rsp_event_type, sys::rsp_from) {
    let raw = match event_type {
        EventType::Call(from) => return (sys::RSP_EVENT_CALL, from.0),
        EventType::Cast => sys::RSP_EVENT_CAST,
        EventType::Info => sys::RSP_EVENT_INFO,
        EventType::Internal => sys::RSP_EVENT_INTERNAL,
        EventType::Timeout => sys::RSP_EVENT_TIMEOUT,
        EventType::StateTimeout => sys::RSP_EVENT_STATE_TIMEOUT,
        EventType::NamedTimeout(_) => sys::RSP_EVENT_NAMED_TIMEOUT,
        EventType::Enter => sys::RSP_EVENT_ENTER,
    };
    (raw, sys::rsp_from::default())
}

/// A type of timeouts as the C API has it, and its name, which lives as long as the type.
fn raw_timeout(timeout: &EventType) -> (sys::rsp_event_type, sys::rsp_term) {
    let name = match timeout {
        EventType::NamedTimeout(name) => name.as_raw(),
        _ => sys::rsp_term::default(),
    };
    (raw_type(timeout).0, name)
}
