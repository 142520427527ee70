//! What a process asks of a supervisor about its children.

use resprout_sys as sys;

use crate::boundary::milliseconds;
use crate::error::check;
use crate::process::CALL_TIMEOUT;
use crate::{ChildCounts, ChildError, ChildInfo, ChildSpec, Error, Pid, Process, Result, StartError, Term};

/// Calls to supervisors. Who must not wait, a handler, sends a request instead
/// ([`Context::start_child_request`](crate::Context::start_child_request) and the others), and reads its answer by
/// [`ChildAnswer`](crate::ChildAnswer).
///
/// Calls that change something wait as long as that takes, those that only ask for [`CALL_TIMEOUT`] at most.
impl Process {
    /// Starts one more child of a supervisor, at the end of its order. `None`: its init declined.
    ///
    /// Mirrors `supervisor:start_child/2`.
    ///
    /// # Errors
    ///
    /// [`StartError::Failed`] with `{already_started, Pid}`, `already_present` or why it failed;
    /// [`StartError::BadSpec`].
    pub fn start_child(
        &self,
        supervisor: Pid,
        child: impl Into<ChildSpec>,
    ) -> Result<Option<Pid>, StartError> {
        Ok(self.start_child_info(supervisor, child)?.0)
    }

    /// The same, with what the start function of the child says of it ([`Started::child_info`](crate::Started::child_info)); nil:
    /// nothing.
    ///
    /// Mirrors `supervisor:start_child/2`, which gives `{ok, Pid, Info}`.
    ///
    /// # Errors
    ///
    /// As [`start_child`](Self::start_child).
    pub fn start_child_info(
        &self,
        supervisor: Pid,
        child: impl Into<ChildSpec>,
    ) -> Result<(Option<Pid>, Term), StartError> {
        let (mut pid, mut info) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: the handle is of this thread, the outs are writable, the specification is usable.
        child.into().give(|child, error| unsafe {
            sys::rsp_supervisor_start_child_info(
                self.raw(),
                &mut pid,
                &mut info,
                error,
                supervisor.0,
                child,
                sys::RSP_INFINITE,
            )
        })?;
        // SAFETY: the caller owns it.
        Ok((Pid::from_raw(pid), unsafe { Term::from_raw(info) }))
    }

    /// Starts one more child of a [`simple_one_for_one`](crate::Supervisor::simple_one_for_one) supervisor, with these terms for
    /// its init ([`GenServer::init_with`](crate::GenServer::init_with)), at each of its starts. `None`: its init declined.
    ///
    /// Mirrors `supervisor:start_child/2`.
    ///
    /// # Errors
    ///
    /// [`StartError::Failed`] with why it failed, `{invalid_child_spec, Args}` of another kind of supervisor, `{invalid_mfa,
    /// Args}` of a child that takes no terms; or when the supervisor ended.
    pub fn start_child_args(
        &self,
        supervisor: Pid,
        args: impl IntoIterator<Item = Term>,
    ) -> Result<Option<Pid>, StartError> {
        Ok(self.start_child_args_info(supervisor, args)?.0)
    }

    /// The same, with what the start function of the child says of it, as [`start_child_info`](Self::start_child_info).
    ///
    /// Mirrors `supervisor:start_child/2`, which gives `{ok, Pid, Info}`.
    ///
    /// # Errors
    ///
    /// As [`start_child_args`](Self::start_child_args).
    pub fn start_child_args_info(
        &self,
        supervisor: Pid,
        args: impl IntoIterator<Item = Term>,
    ) -> Result<(Option<Pid>, Term), StartError> {
        let args = Term::list(args);
        // SAFETY: the handle is of this thread, the outs are writable, the term is live.
        child_started(|pid, info, error| unsafe {
            let (raw, timeout) = (self.raw(), sys::RSP_INFINITE);
            sys::rsp_supervisor_start_child_args_info(
                raw,
                pid,
                info,
                error,
                supervisor.0,
                args.as_raw(),
                timeout,
            )
        })
    }

    /// Stops the child with this id, as its specification says, and waits until it is gone; that it was stopped already is
    /// no error. Its specification stays (of a temporary child it goes), and nothing starts it again but
    /// [`restart_child`](Self::restart_child) and the restart of a group that it is in. A child of a dynamic supervisor is
    /// named by its [`Pid`], and forgotten.
    ///
    /// Mirrors `supervisor:terminate_child/2`.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let cache = ChildSpec::function("cache", || |_: &Context, _| {});
    /// let supervisor = Supervisor::one_for_one().child(cache).start_link()?;
    ///
    /// me.terminate_child(supervisor, "cache")?;
    /// assert_eq!(me.count_children(supervisor)?.active, 0);
    /// let cache = me.restart_child(supervisor, "cache")?;
    /// assert_eq!(me.which_children(supervisor)?[0].pid, cache);
    ///
    /// me.terminate_child(supervisor, "cache")?;
    /// me.delete_child(supervisor, "cache")?;
    /// assert_eq!(me.which_children(supervisor)?, []);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ChildError::Failed`] with `not_found`, or when the supervisor ended.
    pub fn terminate_child(&self, supervisor: Pid, id: impl Into<Term>) -> Result<(), ChildError> {
        let id = id.into();
        // SAFETY: the handle is of this thread, the out is writable, the term is live.
        let (result, error) = asked(|error| unsafe {
            let (supervisor, id) = (supervisor.0, id.as_raw());
            sys::rsp_supervisor_terminate_child(self.raw(), error, supervisor, id, sys::RSP_INFINITE)
        });
        ChildError::check(result, error)
    }

    /// Starts the child with this id again, which is stopped, and waits until it is up. `None`: its init declined, and it
    /// stays stopped.
    ///
    /// Mirrors `supervisor:restart_child/2`.
    ///
    /// # Errors
    ///
    /// [`StartError::Failed`] with `running`, `restarting`, `not_found` or why it failed, and then it stays stopped; or when
    /// the supervisor ended.
    pub fn restart_child(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Option<Pid>, StartError> {
        Ok(self.restart_child_info(supervisor, id)?.0)
    }

    /// The same, with what the start function of the child says of it, as [`start_child_info`](Self::start_child_info).
    ///
    /// Mirrors `supervisor:restart_child/2`, which gives `{ok, Pid, Info}`.
    ///
    /// # Errors
    ///
    /// As [`restart_child`](Self::restart_child).
    pub fn restart_child_info(
        &self,
        supervisor: Pid,
        id: impl Into<Term>,
    ) -> Result<(Option<Pid>, Term), StartError> {
        let id = id.into();
        // SAFETY: the handle is of this thread, the outs are writable, the term is live.
        child_started(|pid, info, error| unsafe {
            let (raw, timeout) = (self.raw(), sys::RSP_INFINITE);
            sys::rsp_supervisor_restart_child_info(raw, pid, info, error, supervisor.0, id.as_raw(), timeout)
        })
    }

    /// Makes a supervisor forget the specification of the child with this id, which is stopped.
    ///
    /// Mirrors `supervisor:delete_child/2`.
    ///
    /// # Errors
    ///
    /// [`ChildError::Failed`] with `running`, `restarting` or `not_found`, or when the supervisor ended.
    pub fn delete_child(&self, supervisor: Pid, id: impl Into<Term>) -> Result<(), ChildError> {
        let id = id.into();
        // SAFETY: the handle is of this thread, the out is writable, the term is live.
        let (result, error) = asked(|error| unsafe {
            let (supervisor, id) = (supervisor.0, id.as_raw());
            sys::rsp_supervisor_delete_child(self.raw(), error, supervisor, id, sys::RSP_INFINITE)
        });
        ChildError::check(result, error)
    }

    /// The children of a supervisor, in order of start.
    ///
    /// Mirrors `supervisor:which_children/1`.
    ///
    /// # Errors
    ///
    /// [`Error::Exited`] when it ended, [`Error::Timeout`], [`Error::Exiting`].
    pub fn which_children(&self, supervisor: Pid) -> Result<Vec<ChildInfo>> {
        let (mut children, timeout) = (Term::nil().into_raw(), milliseconds(CALL_TIMEOUT));
        // SAFETY: the handle is of this thread, the out is writable.
        check(unsafe {
            sys::rsp_supervisor_which_children(self.raw(), &mut children, supervisor.0, timeout)
        })?;
        // SAFETY: the caller owns it.
        let children = unsafe { Term::from_raw(children) };
        Ok(children.elements().filter_map(|child| ChildInfo::of(&child)).collect())
    }

    /// How many children a supervisor has.
    ///
    /// Mirrors `supervisor:count_children/1`.
    ///
    /// # Errors
    ///
    /// As [`which_children`](Self::which_children); [`Error::WrongType`] when it is no supervisor that answers.
    pub fn count_children(&self, supervisor: Pid) -> Result<ChildCounts> {
        let (mut counts, timeout) = (Term::nil().into_raw(), milliseconds(CALL_TIMEOUT));
        // SAFETY: the handle is of this thread, the out is writable.
        check(unsafe { sys::rsp_supervisor_count_children(self.raw(), &mut counts, supervisor.0, timeout) })?;
        // SAFETY: the caller owns it.
        let counts = unsafe { Term::from_raw(counts) };
        ChildCounts::of(&counts).ok_or(Error::WrongType)
    }

    /// The specification of the child with this id, or with this pid, with the defaults filled in: a map of `id`, `start`
    /// (`{Module, Args}`), `module`, `restart`, `shutdown` (`brutal_kill`, milliseconds or `infinity`) and `type`.
    ///
    /// Mirrors `supervisor:get_childspec/2`.
    ///
    /// # Errors
    ///
    /// [`ChildError::Failed`] with `not_found`, or when the supervisor ended; [`ChildError::Timeout`].
    pub fn get_childspec(&self, supervisor: Pid, id: impl Into<Term>) -> Result<Term, ChildError> {
        let (id, mut spec) = (id.into(), Term::nil().into_raw());
        // SAFETY: the handle is of this thread, the outs are writable, the term is live.
        let (result, error) = asked(|error| unsafe {
            let (supervisor, id, timeout) = (supervisor.0, id.as_raw(), milliseconds(CALL_TIMEOUT));
            sys::rsp_supervisor_get_childspec(self.raw(), &mut spec, error, supervisor, id, timeout)
        });
        // SAFETY: it is nil, or one that the caller owns.
        let spec = unsafe { Term::from_raw(spec) };
        ChildError::check(result, error).map(|()| spec)
    }
}

/// What a start of a child comes to: `call(pid, info, error)`.
fn child_started(
    call: impl FnOnce(*mut sys::rsp_pid, *mut sys::rsp_term, *mut sys::rsp_term) -> sys::rsp_result,
) -> Result<(Option<Pid>, Term), StartError> {
    let (mut pid, mut info) = (sys::rsp_pid::default(), Term::nil().into_raw());
    let (result, error) = asked(|error| call(&mut pid, &mut info, error));
    // SAFETY: it is nil, or one that the caller owns.
    let info = unsafe { Term::from_raw(info) };
    if result == sys::RSP_OK {
        Ok((Pid::from_raw(pid), info))
    } else {
        Err(StartError::from_code(result, error))
    }
}

/// What a call returns that is given a place for its error, and that error.
pub(crate) fn asked(call: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> (sys::rsp_result, Term) {
    let mut error = Term::nil().into_raw();
    let result = call(&mut error);
    // SAFETY: the error is nil, or one that the caller owns.
    (result, unsafe { Term::from_raw(error) })
}
