//! Messages: what they are, what they carry, whom an answer goes to.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{Native, NATIVE_OPS};
use crate::error::check;
use crate::{Atom, CallError, FromTerm, Pid, Ref, Result, Term};

/// A message that was received.
#[non_exhaustive]
#[derive(Debug)]
pub enum Message {
    /// A term.
    Term {
        /// Who sent it. A thread that is no process shows as the runtime's root process.
        from: Pid,
        /// The alias it came through, if it did; of the answer to a request, that request.
        alias: Option<Ref>,
        /// What it says.
        term: Term,
    },
    /// A Rust value, moved here.
    Native {
        /// Who sent it.
        from: Pid,
        /// The alias it came through, if it did; of the answer to a request, that request.
        alias: Option<Ref>,
        /// The value: [`downcast`](Box::downcast) it.
        value: Box<dyn Any + Send>,
    },
    /// A native payload of another language. It was dropped.
    Foreign {
        /// Who sent it.
        from: Pid,
        /// The alias it came through, if it did; of the answer to a request, that request.
        alias: Option<Ref>,
    },
    /// A request: answer [`from`](Message::Call::from).
    Call {
        /// Whom to answer.
        from: ReplyTo,
        /// What it asks.
        request: Payload,
    },
    /// A request without an answer.
    Cast {
        /// Who sent it.
        from: Pid,
        /// What it asks.
        request: Payload,
    },
    /// An exit signal, of a process that traps them.
    Exit {
        /// Who died, or who sent the signal.
        from: Pid,
        /// Its reason.
        reason: Term,
    },
    /// A process that is watched has ended, or never was.
    Down {
        /// The monitor, which is gone.
        monitor: Ref,
        /// Who died.
        pid: Pid,
        /// The name that was watched, if it was one.
        name: Option<Atom>,
        /// `DOWN`, or what the monitor put in its place.
        tag: Atom,
        /// Why; `noproc` if it was dead already.
        reason: Term,
    },
    /// A timer of [`Context::start_timer`](crate::Context::start_timer) fired.
    Timer {
        /// The timer, which is gone.
        timer: Ref,
        /// What it was to say.
        term: Term,
    },
    /// A descriptor of [`Context::select`](crate::Context::select) is ready.
    Select {
        /// The registration, which is over.
        registration: Ref,
        /// There is something to read, or its end, or an error.
        readable: bool,
        /// There is room to write, or an error.
        writable: bool,
    },
}

/// What a request, a cast or an answer carries. A native payload of another language shows as the term nil, and is dropped.
#[derive(Debug)]
pub enum Payload {
    /// A term.
    Term(Term),
    /// A Rust value, moved here.
    Native(Box<dyn Any + Send>),
}

impl Payload {
    /// The term; nil if it is a Rust value.
    #[must_use]
    pub fn into_term(self) -> Term {
        match self {
            Self::Term(term) => term,
            Self::Native(_) => Term::nil(),
        }
    }

    /// What the term says in Rust, if it is of that type.
    #[must_use]
    pub fn to<T: FromTerm>(&self) -> Option<T> {
        match self {
            Self::Term(term) => term.to(),
            Self::Native(_) => None,
        }
    }

    /// The Rust value that was moved here.
    ///
    /// # Errors
    ///
    /// The payload itself, if it is something else.
    pub fn downcast<T: Any>(self) -> Result<T, Self> {
        match self {
            Self::Native(value) => value.downcast().map(|value| *value).map_err(Self::Native),
            Self::Term(_) => Err(self),
        }
    }

    /// # Safety
    ///
    /// `msg` is a message at hand.
    pub(crate) unsafe fn take(msg: *mut sys::rsp_msg) -> Self {
        // SAFETY: as the caller says.
        match unsafe { Native::take(msg) } {
            Some(value) => Self::Native(value),
            // SAFETY: as the caller says.
            None => Self::Term(unsafe { term_of(msg) }),
        }
    }
}

/// Whom the answer to a request goes to. A value: it may be kept, sent on and used by any process, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplyTo(pub(crate) sys::rsp_from);

impl ReplyTo {
    /// The caller.
    #[must_use]
    pub fn pid(self) -> Pid {
        Pid(self.0.pid)
    }

    /// Answers. A second answer, or one that is late, is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting), [`Error::NoMemory`](crate::Error::NoMemory).
    pub fn reply(self, answer: impl Into<Term>) -> Result<()> {
        let (process, answer) = (current()?, answer.into());
        // SAFETY: the current process is one of this thread, the term is live.
        check(unsafe { sys::rsp_reply(process, self.0, answer.as_raw()) })
    }

    /// Answers with a Rust value, which moves to the caller.
    ///
    /// # Errors
    ///
    /// As [`reply`](Self::reply); the value is dropped then.
    pub fn reply_native<T: Any + Send>(self, answer: T) -> Result<()> {
        self.give(Native::new(answer))
    }

    pub(crate) fn give(self, answer: Native) -> Result<()> {
        let process = current()?;
        check(answer.give(
            // SAFETY: the payload is one of these operations, which live for ever.
            |payload, ops| unsafe { sys::rsp_reply_native(process, self.0, payload, ops) },
            |result| result == sys::RSP_OK,
        ))
    }
}

/// A message that is looked at, to decide whether to take it.
pub struct Peek<'a> {
    msg: *const sys::rsp_msg,
    _lent: PhantomData<&'a sys::rsp_msg>,
}

/// What a message is, without what it says.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// [`Message::Term`].
    Term,
    /// [`Message::Native`] or [`Message::Foreign`].
    Native,
    /// [`Message::Call`].
    Call,
    /// [`Message::Cast`].
    Cast,
    /// [`Message::Exit`].
    Exit,
    /// [`Message::Down`].
    Down,
    /// [`Message::Timer`].
    Timer,
    /// [`Message::Select`].
    Select,
}

impl Peek<'_> {
    /// # Safety
    ///
    /// `msg` is a message at hand, for as long as the result lives.
    pub(crate) unsafe fn new(msg: *const sys::rsp_msg) -> Self {
        Self { msg, _lent: PhantomData }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        // SAFETY: the message is at hand.
        kind_of(unsafe { sys::rsp_msg_get_kind(self.msg) })
    }

    /// Who sent it; of `EXIT` and `DOWN`, who died.
    #[must_use]
    pub fn from(&self) -> Pid {
        // SAFETY: the message is at hand.
        Pid(unsafe { sys::rsp_msg_from(self.msg) })
    }

    /// The term it carries: payload, or reason of `EXIT` and `DOWN`; nil if the payload is native.
    #[must_use]
    pub fn term(&self) -> Term {
        // SAFETY: the message is at hand.
        unsafe { term_of(self.msg) }
    }

    /// The Rust value it carries, if it is one of this type.
    #[must_use]
    pub fn native<T: Any>(&self) -> Option<&T> {
        // SAFETY: the message is at hand, and lends the payload for as long as it lives; one with our operations is a
        // Native.
        let native =
            unsafe { sys::rsp_msg_native(self.msg, &raw const NATIVE_OPS).cast::<Native>().as_ref() };
        native?.value.downcast_ref()
    }

    /// The reference it belongs to: of `DOWN` the monitor, of a timer's message the timer, of an answer the request.
    #[must_use]
    pub fn reference(&self) -> Option<Ref> {
        // SAFETY: the message is at hand.
        Ref::from_raw(unsafe { sys::rsp_msg_ref(self.msg) })
    }
}

impl fmt::Debug for Peek<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peek").field("kind", &self.kind()).field("term", &self.term()).finish_non_exhaustive()
    }
}

fn kind_of(raw: sys::rsp_msg_kind) -> MessageKind {
    match raw {
        sys::RSP_MSG_NATIVE => MessageKind::Native,
        sys::RSP_MSG_CALL => MessageKind::Call,
        sys::RSP_MSG_CAST => MessageKind::Cast,
        sys::RSP_MSG_EXIT => MessageKind::Exit,
        sys::RSP_MSG_DOWN => MessageKind::Down,
        sys::RSP_MSG_TIMER => MessageKind::Timer,
        sys::RSP_MSG_SELECT => MessageKind::Select,
        _ => MessageKind::Term,
    }
}

/// # Safety
///
/// `msg` is a message at hand.
unsafe fn term_of(msg: *const sys::rsp_msg) -> Term {
    // SAFETY: the message lends the term, which is kept by a reference of its own.
    unsafe { Term::from_lent(sys::rsp_msg_term(msg)) }
}

impl Message {
    /// What came of a request, if this message is its answer: the request is over then.
    ///
    /// # Errors
    ///
    /// The message itself, if it is something else.
    pub fn check_response(self, request: Ref) -> Result<Answer, Self> {
        if self.response_to() != Some(request) {
            return Err(self);
        }
        match self {
            Self::Term { term, .. } => Ok(Ok(Payload::Term(term))),
            Self::Native { value, .. } => Ok(Ok(Payload::Native(value))),
            Self::Foreign { .. } => Ok(Ok(Payload::Term(Term::nil()))),
            Self::Down { reason, .. } => Ok(Err(CallError::Exited(reason))),
            other => Err(other),
        }
    }

    /// The request that this would be the answer to.
    pub(crate) fn response_to(&self) -> Option<Ref> {
        match self {
            Self::Term { alias, .. } | Self::Native { alias, .. } | Self::Foreign { alias, .. } => *alias,
            Self::Down { monitor, .. } => Some(*monitor),
            _ => None,
        }
    }

    /// What a message says, in Rust's terms; its native payload moves over.
    ///
    /// # Safety
    ///
    /// `msg` is a message at hand, and not null.
    pub(crate) unsafe fn take(msg: *mut sys::rsp_msg) -> Self {
        // SAFETY: as the caller says.
        unsafe {
            let from = Pid(sys::rsp_msg_from(msg));
            let reference = sys::rsp_msg_ref(msg);
            match kind_of(sys::rsp_msg_get_kind(msg)) {
                MessageKind::Term => Self::Term { from, alias: Ref::from_raw(reference), term: term_of(msg) },
                MessageKind::Native => match Native::take(msg) {
                    Some(value) => Self::Native { from, alias: Ref::from_raw(reference), value },
                    None => Self::Foreign { from, alias: Ref::from_raw(reference) },
                },
                MessageKind::Call => {
                    Self::Call { from: ReplyTo(sys::rsp_msg_from_call(msg)), request: Payload::take(msg) }
                }
                MessageKind::Cast => Self::Cast { from, request: Payload::take(msg) },
                MessageKind::Exit => Self::Exit { from, reason: term_of(msg) },
                MessageKind::Down => {
                    let name = Atom(sys::rsp_msg_name(msg));
                    Self::Down {
                        monitor: Ref(reference),
                        pid: from,
                        name: (name.0.id != 0).then_some(name),
                        tag: Atom(sys::rsp_msg_tag(msg)),
                        reason: term_of(msg),
                    }
                }
                MessageKind::Timer => Self::Timer { timer: Ref(reference), term: term_of(msg) },
                MessageKind::Select => {
                    let ready = term_of(msg).as_i64().unwrap_or(0);
                    let says = |mode: u32| ready & i64::from(mode) != 0;
                    Self::Select {
                        registration: Ref(reference),
                        readable: says(sys::RSP_SELECT_READ),
                        writable: says(sys::RSP_SELECT_WRITE),
                    }
                }
            }
        }
    }
}

/// What came of something that was waited for.
///
/// # Errors
///
/// [`CallError::Exited`] with the server's reason, [`CallError::Timeout`] when nothing came in time.
pub type Answer = Result<Payload, CallError>;

/// # Safety
///
/// `msg` is null or a message at hand: an answer, or the `DOWN` of who should have given it.
pub(crate) unsafe fn take_answer(msg: *mut sys::rsp_msg) -> Answer {
    if msg.is_null() {
        return Err(CallError::Timeout(Term::atom("timeout")));
    }
    // SAFETY: as the caller says.
    unsafe {
        if kind_of(sys::rsp_msg_get_kind(msg)) == MessageKind::Down {
            Err(CallError::Exited(term_of(msg)))
        } else {
            Ok(Payload::take(msg))
        }
    }
}

/// Where messages go: a pid, the name of a process, or an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// A process.
    Pid(Pid),
    /// Whoever has this name.
    Name(Atom),
    /// The owner of this alias, as long as it is on.
    Alias(Ref),
}

impl From<Pid> for To {
    fn from(pid: Pid) -> Self {
        Self::Pid(pid)
    }
}

impl From<Atom> for To {
    fn from(name: Atom) -> Self {
        Self::Name(name)
    }
}

impl From<&str> for To {
    fn from(name: &str) -> Self {
        Self::Name(Atom::new(name))
    }
}

impl From<Ref> for To {
    fn from(alias: Ref) -> Self {
        Self::Alias(alias)
    }
}
