//! What a handler, which must not wait, asks of a supervisor about its children.

use resprout_sys as sys;

use crate::message::Answer;
use crate::{
    Atom, CallError, ChildCounts, ChildError, ChildInfo, ChildSpec, Context, Error, Kind, Pid, Ref, Result,
    StartError, Term,
};

/// The calls to supervisors as requests. Each returns at once; a handler waits for the answer by
/// [`Flow::wait_for`](crate::Flow::wait_for) or [`Next::wait_for`](crate::Next::wait_for), and reads it by [`ChildAnswer`].
impl Context {
    /// Asks for one more child, as [`Process::start_child`](crate::Process::start_child) does: [`ChildAnswer::started`].
    ///
    /// # Examples
    ///
    /// A server that starts a child and answers when it is up:
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use resprout::CALL_TIMEOUT;
    ///
    /// struct Lobby {
    ///     rooms: Pid,
    /// }
    ///
    /// impl GenServer for Lobby {
    ///     type Args = Pid;
    ///
    ///     fn init(_: &Context, rooms: &Pid) -> Result<Init<Self>, Exception> {
    ///         Ok(Init::Ready(Lobby { rooms: *rooms }))
    ///     }
    ///
    ///     fn handle_call(&mut self, ctx: &Context, _: Payload, from: ReplyTo) -> Result<Reply<Self>, Exception> {
    ///         let room = ChildSpec::function("room", || |_: &Context, _| {});
    ///         let asked = ctx.start_child_request(self.rooms, room)?;
    ///         let wait = Flow::wait_for(asked, CALL_TIMEOUT, move |_: &mut Self, _, answer| {
    ///             from.reply(answer.started()?.map_or(Term::nil(), Term::from))?;
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
    /// let me = runtime.attach()?;
    /// let rooms = Supervisor::dynamic().start_link()?;
    /// let lobby = Lobby::start(rooms)?;
    /// let room = me.call(lobby, "open")?.into_term().as_pid();
    /// assert_eq!(me.which_children(rooms)?[0].pid, room);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StartError::BadSpec`], [`StartError::Refused`]; nothing is asked then.
    pub fn start_child_request(
        &self,
        supervisor: Pid,
        child: impl Into<ChildSpec>,
    ) -> Result<Ref, StartError> {
        let mut asked = sys::rsp_ref::default();
        // SAFETY: the handle is of this thread, the outs are writable, the specification is usable.
        child.into().give(|child, error| unsafe {
            sys::rsp_supervisor_start_child_request(self.raw(), &mut asked, error, supervisor.0, child)
        })?;
        Ok(Ref(asked))
    }

    /// As [`Process::start_child_args`](crate::Process::start_child_args): [`ChildAnswer::started`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn start_child_args_request(
        &self,
        supervisor: Pid,
        args: impl IntoIterator<Item = Term>,
    ) -> Result<Ref> {
        self.request_about(supervisor, "start_child", Term::list(args))
    }

    /// As [`Process::terminate_child`](crate::Process::terminate_child): [`ChildAnswer::done`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn terminate_child_request(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Ref> {
        self.request_about(supervisor, "terminate_child", id)
    }

    /// As [`Process::restart_child`](crate::Process::restart_child): [`ChildAnswer::started`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn restart_child_request(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Ref> {
        self.request_about(supervisor, "restart_child", id)
    }

    /// As [`Process::delete_child`](crate::Process::delete_child): [`ChildAnswer::done`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn delete_child_request(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Ref> {
        self.request_about(supervisor, "delete_child", id)
    }

    /// As [`Process::which_children`](crate::Process::which_children): [`ChildAnswer::children`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn which_children_request(&self, supervisor: Pid) -> Result<Ref> {
        self.send_request(supervisor, Atom::new("which_children"))
    }

    /// As [`Process::count_children`](crate::Process::count_children): [`ChildAnswer::counts`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn count_children_request(&self, supervisor: Pid) -> Result<Ref> {
        self.send_request(supervisor, Atom::new("count_children"))
    }

    /// As [`Process::get_childspec`](crate::Process::get_childspec): [`ChildAnswer::childspec`].
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn get_childspec_request(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Ref> {
        self.request_about(supervisor, "get_childspec", id)
    }

    fn request_about(&self, supervisor: Pid, what: &str, which: impl Into<Term>) -> Result<Ref> {
        self.send_request(supervisor, (Atom::new(what), which.into()))
    }
}

/// What a supervisor has answered to a request about its children. Of one that ended the reason is its own.
pub trait ChildAnswer {
    /// Of a start: the child; `None`: its init declined.
    ///
    /// # Errors
    ///
    /// As [`Process::start_child`](crate::Process::start_child) and [`Process::restart_child`](crate::Process::restart_child).
    fn started(self) -> Result<Option<Pid>, StartError>;

    /// The same, with what the start function of the child says of it, as
    /// [`Process::start_child_info`](crate::Process::start_child_info).
    ///
    /// # Errors
    ///
    /// As [`started`](Self::started).
    fn started_info(self) -> Result<(Option<Pid>, Term), StartError>;

    /// That a child was stopped, or forgotten.
    ///
    /// # Errors
    ///
    /// As [`Process::terminate_child`](crate::Process::terminate_child).
    fn done(self) -> Result<(), ChildError>;

    /// The children, in order of start.
    ///
    /// # Errors
    ///
    /// As [`Process::which_children`](crate::Process::which_children).
    fn children(self) -> Result<Vec<ChildInfo>>;

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`Process::count_children`](crate::Process::count_children).
    fn counts(self) -> Result<ChildCounts>;

    /// The specification of a child.
    ///
    /// # Errors
    ///
    /// As [`Process::get_childspec`](crate::Process::get_childspec).
    fn childspec(self) -> Result<Term, ChildError>;
}

impl ChildAnswer for Answer {
    fn started(self) -> Result<Option<Pid>, StartError> {
        Ok(self.started_info()?.0)
    }

    fn started_info(self) -> Result<(Option<Pid>, Term), StartError> {
        let answer = said(self, StartError::Failed, StartError::Timeout)?;
        let info = answer.element(2).filter(|_| is_tagged(&answer, "ok")).unwrap_or(Term::nil());
        Ok((tagged(&answer, "ok").unwrap_or(answer).as_pid(), info))
    }

    fn done(self) -> Result<(), ChildError> {
        self.childspec().map(drop)
    }

    fn children(self) -> Result<Vec<ChildInfo>> {
        let children = value(self, |_| Error::Exited, Error::Timeout)?;
        Ok(children.elements().filter_map(|child| ChildInfo::of(&child)).collect())
    }

    fn counts(self) -> Result<ChildCounts> {
        let counts = value(self, |_| Error::Exited, Error::Timeout)?;
        ChildCounts::of(&counts).ok_or(Error::WrongType)
    }

    fn childspec(self) -> Result<Term, ChildError> {
        value(self, ChildError::Failed, ChildError::Timeout)
    }
}

/// The V of `V`, `{ok, V}` and `{ok, V, Info}`.
fn value<E: From<Error>>(answer: Answer, failed: impl Fn(Term) -> E, timeout: E) -> Result<Term, E> {
    let answer = said(answer, failed, timeout)?;
    Ok(tagged(&answer, "ok").unwrap_or(answer))
}

/// All that it has said. `{error, E}` has failed with E, and `error` or `system_limit`, where the supervisor had no memory for its
/// answer, with itself.
fn said<E: From<Error>>(answer: Answer, failed: impl Fn(Term) -> E, timeout: E) -> Result<Term, E> {
    let answer = match answer {
        Ok(answer) => answer.into_term(),
        Err(CallError::Exited(reason) | CallError::CallingSelf(reason)) => return Err(failed(reason)),
        Err(CallError::Timeout(_)) => return Err(timeout),
        Err(CallError::Refused(error)) => return Err(error.into()),
    };
    if let Some(why) = tagged(&answer, "error") {
        return Err(failed(why));
    }
    if answer == Atom::new("error") || answer == Atom::new("system_limit") {
        return Err(failed(answer));
    }
    Ok(answer)
}

/// The V of `{Tag, V}`, and of what has more behind it.
fn tagged(term: &Term, tag: &str) -> Option<Term> {
    is_tagged(term, tag).then(|| term.element(1)).flatten()
}

fn is_tagged(term: &Term, tag: &str) -> bool {
    term.kind() == Kind::Tuple && term.element(0).is_some_and(|first| first == Atom::new(tag))
}
