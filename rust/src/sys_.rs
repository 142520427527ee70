//! What a running behaviour is, has and does, seen from outside.

use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::milliseconds;
use crate::message::To;
use crate::process::CALL_TIMEOUT;
use crate::{CallError, Error, Process, Result, Term};

/// A behaviour, by its pid or its name, as one that is looked into: a server, a state machine, an event manager, a supervisor,
/// or what is made of these. It answers between two callbacks, in order with its messages; no callback sees the question, and
/// no timeout ends by it.
///
/// A process that is no behaviour (a handler that was spawned, a thread, a task) finds a call in its mailbox that it cannot read:
/// [`CallError::Timeout`], as in OTP. There is no `replace_state`: a state has a type that the caller cannot know.
///
/// Mirrors OTP's module `sys`, a name that the raw bindings have here.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::{Agent, Sys};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let top = Supervisor::one_for_one().child(ChildSpec::agent(|| 7).name("seven")).start_link()?;
/// let status = Sys::at("seven").get_status(&me)?;
/// assert_eq!(status.get(Atom::new("behaviour")), Some(Term::atom("gen_server")));
/// assert_eq!(status.get(Atom::new("parent")), Some(Term::from(top)));
/// Sys::at(top).trace(&me, true)?; // from now on each event that it takes is a report
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sys(To);

impl Sys {
    /// The behaviour with this pid, or with this name at each call.
    #[must_use]
    pub fn at(behaviour: impl Into<To>) -> Self {
        Self(behaviour.into())
    }

    /// What it is and does: a map of `pid`, `behaviour` (`gen_server`, `gen_statem`, `gen_event`, `supervisor`), `module` (the
    /// name of its callbacks), `status` (`running`: one that is suspended answers when it is resumed), `parent` (itself, if it
    /// was started without a link), `registered_name`, `trace` and `state`, as of [`get_state`](Self::get_state).
    ///
    /// Mirrors `sys:get_status/1`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_status(self, caller: &Process) -> Result<Term, CallError> {
        self.get_status_timeout(caller, CALL_TIMEOUT)
    }

    /// The same with a time of one's own.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_status_timeout(self, caller: &Process, timeout: Duration) -> Result<Term, CallError> {
        let (pid, timeout) = (self.raw_pid()?, milliseconds(timeout));
        // SAFETY: the handle is of this thread, the outs are writable.
        Self::ask(|out, reason| unsafe { sys::rsp_sys_get_status(caller.raw(), out, reason, pid, timeout) })
    }

    /// What it has in its hands: of a server what [`format_status`](crate::GenServer::format_status) says; of a state machine
    /// `{State, Data}`; of an event manager a list of `{Handler, State}`, the newest first; of a supervisor a map of its flags
    /// and its children. Nil: it says nothing, as an [`Agent`](crate::Agent) does.
    ///
    /// Mirrors `sys:get_state/1`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_state(self, caller: &Process) -> Result<Term, CallError> {
        self.get_state_timeout(caller, CALL_TIMEOUT)
    }

    /// The same with a time of one's own.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_state_timeout(self, caller: &Process, timeout: Duration) -> Result<Term, CallError> {
        let (pid, timeout) = (self.raw_pid()?, milliseconds(timeout));
        // SAFETY: the handle is of this thread, the outs are writable.
        Self::ask(|out, reason| unsafe { sys::rsp_sys_get_state(caller.raw(), out, reason, pid, timeout) })
    }

    /// Has it report each event that it takes, each reply, and each change of a state machine's state, or no longer: a
    /// `trace_report` ([`report`](crate::report)). One that is started anew is not traced.
    ///
    /// Mirrors `sys:trace/2`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn trace(self, caller: &Process, on: bool) -> Result<(), CallError> {
        self.trace_timeout(caller, on, CALL_TIMEOUT)
    }

    /// The same with a time of one's own.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn trace_timeout(self, caller: &Process, on: bool, timeout: Duration) -> Result<(), CallError> {
        let (pid, timeout) = (self.raw_pid()?, milliseconds(timeout));
        // SAFETY: the handle is of this thread, the out is writable.
        Self::ask(|_, reason| unsafe { sys::rsp_sys_trace(caller.raw(), reason, pid, on, timeout) })?;
        Ok(())
    }

    /// As the C API takes it: all zero for nobody.
    fn raw_pid(self) -> Result<sys::rsp_pid> {
        match self.0 {
            To::Pid(pid) => Ok(pid.0),
            To::Name(name) => Ok(crate::whereis(name).map_or_else(Default::default, |pid| pid.0)),
            To::Alias(_) => Err(Error::BadArgument),
        }
    }

    fn ask(
        call: impl FnOnce(*mut sys::rsp_term, *mut sys::rsp_term) -> sys::rsp_result,
    ) -> Result<Term, CallError> {
        let (mut out, mut reason) = (Term::nil().into_raw(), Term::nil().into_raw());
        let result = call(&mut out, &mut reason);
        // SAFETY: each is nil, or one that the caller owns.
        let (answer, reason) = unsafe { (Term::from_raw(out), Term::from_raw(reason)) };
        if result == sys::RSP_OK {
            Ok(answer)
        } else {
            Err(CallError::from_code(result, reason))
        }
    }
}
