//! Process groups: processes under names that are any terms, several under each.

use resprout_sys as sys;

use crate::anywhere::current;
use crate::error::check;
use crate::start::StartOptions;
use crate::{Atom, CallError, ChildSpec, Pid, Process, Ref, Result, Start, StartError, Term};

/// A scope of process groups, by its name. A group has any processes as members, and any name that is a term.
///
/// A member is one until it ends, or has left as often as it has joined. Reading asks no process, and any thread may do it:
/// whoever has heard of the end of a member does not find it. A scope comes before those who use it in its supervisor.
///
/// Mirrors OTP's `pg`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::Scope;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let rooms = Scope::new("rooms");
/// Supervisor::rest_for_one().child(rooms).start_link()?;
///
/// rooms.join(&me, ("room", 7), &[me.pid()])?;
/// assert_eq!(rooms.get_members(("room", 7))?, [me.pid()]);
/// assert_eq!(rooms.which_groups()?, [Term::from(("room", 7))]);
/// assert!(rooms.leave(&me, ("room", 7), &[me.pid()])?);
/// assert!(!rooms.leave(&me, ("room", 7), &[me.pid()])?); // not joined
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope(Atom);

impl From<Scope> for ChildSpec {
    fn from(scope: Scope) -> Self {
        Start::scope(scope.0).into()
    }
}

impl Scope {
    /// The scope of this name, whether it runs or not.
    #[must_use]
    pub fn new(name: impl Into<Atom>) -> Self {
        Self(name.into())
    }

    /// Starts it. Nobody is linked to it; the end of the runtime stops it.
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyStarted`], or the call is refused.
    pub fn start(self) -> Result<Pid, StartError> {
        self.start_with(StartOptions::default())
    }

    /// The same, linked to the calling process.
    ///
    /// Mirrors `pg:start_link/1`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_link(self) -> Result<Pid, StartError> {
        self.start_with(StartOptions { link: true, ..Default::default() })
    }

    fn start_with(self, options: StartOptions) -> Result<Pid, StartError> {
        let (process, options) = (current()?, options.to_raw());
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: process is null or a handle of this thread, and the outs are writable.
        let result = unsafe { sys::rsp_pg_start(process, &mut pid, &mut error, self.0 .0, &options) };
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Pid(pid))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    /// Makes processes members of a group. One that is a member is one more time.
    ///
    /// Mirrors `pg:join/3`.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with `noproc`: no such scope runs. [`Error::WouldBlock`](crate::Error::WouldBlock) in a callback: there it is the request
    /// `{join, Group, Pids}` to the scope.
    pub fn join(self, caller: &Process, group: impl Into<Term>, pids: &[Pid]) -> Result<(), CallError> {
        self.change(caller, &group.into(), pids, sys::rsp_pg_join).map(|_| ())
    }

    /// Takes processes out of a group, each once. False: none of them is a member.
    ///
    /// Mirrors `pg:leave/3`.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn leave(self, caller: &Process, group: impl Into<Term>, pids: &[Pid]) -> Result<bool, CallError> {
        self.change(caller, &group.into(), pids, sys::rsp_pg_leave)
    }

    fn change(
        self,
        caller: &Process,
        group: &Term,
        pids: &[Pid],
        verb: unsafe extern "C" fn(
            *mut sys::rsp_self,
            *mut sys::rsp_term,
            sys::rsp_atom,
            sys::rsp_term,
            *const sys::rsp_pid,
            usize,
        ) -> sys::rsp_result,
    ) -> Result<bool, CallError> {
        let pids: Vec<sys::rsp_pid> = pids.iter().map(|pid| pid.0).collect();
        asked(|reason| {
            // SAFETY: the handle is of this thread, the out is writable, the pids are readable.
            unsafe { verb(caller.raw(), reason, self.0 .0, group.as_raw(), pids.as_ptr(), pids.len()) }
        })
    }

    /// The members of a group, in the order in which they have joined; nobody where no such scope runs.
    ///
    /// Mirrors `pg:get_members/2`.
    ///
    /// # Errors
    ///
    /// Memory is short.
    pub fn get_members(self, group: impl Into<Term>) -> Result<Vec<Pid>> {
        let group = group.into();
        // SAFETY: the out is writable, and the term is lent.
        listed(|out| unsafe { sys::rsp_pg_get_members(out, self.0 .0, group.as_raw()) })
            .map(|list| pids_of(&list))
    }

    /// Those of them who are processes of this node.
    ///
    /// Mirrors `pg:get_local_members/2`.
    ///
    /// # Errors
    ///
    /// Memory is short.
    pub fn get_local_members(self, group: impl Into<Term>) -> Result<Vec<Pid>> {
        let group = group.into();
        // SAFETY: the out is writable, and the term is lent.
        listed(|out| unsafe { sys::rsp_pg_get_local_members(out, self.0 .0, group.as_raw()) })
            .map(|list| pids_of(&list))
    }

    /// The groups that have members.
    ///
    /// Mirrors `pg:which_groups/1`.
    ///
    /// # Errors
    ///
    /// Memory is short.
    pub fn which_groups(self) -> Result<Vec<Term>> {
        // SAFETY: the out is writable.
        listed(|out| unsafe { sys::rsp_pg_which_groups(out, self.0 .0) })
            .map(|list| list.elements().collect())
    }

    /// From here on the caller is sent `{Ref, join, Group, Pids}` and `{Ref, leave, Group, Pids}` for each change of this
    /// group. Returns that reference, and the members now.
    ///
    /// Mirrors `pg:monitor/2`.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn monitor(self, caller: &Process, group: impl Into<Term>) -> Result<(Ref, Vec<Pid>), CallError> {
        let group = group.into();
        let (mut reference, mut now) = (sys::rsp_ref::default(), Term::nil().into_raw());
        asked(|reason| {
            // SAFETY: the handle is of this thread, the outs are writable, the term is lent.
            unsafe {
                sys::rsp_pg_monitor(caller.raw(), &mut reference, &mut now, reason, self.0 .0, group.as_raw())
            }
        })?;
        // SAFETY: the term is one that the caller owns.
        Ok((Ref(reference), pids_of(&unsafe { Term::from_raw(now) })))
    }

    /// The same for all groups, those that are to come too. Returns that reference, and what there is now: a map of lists of
    /// pids by group.
    ///
    /// Mirrors `pg:monitor_scope/1`.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn monitor_scope(self, caller: &Process) -> Result<(Ref, Term), CallError> {
        let (mut reference, mut now) = (sys::rsp_ref::default(), Term::nil().into_raw());
        asked(|reason| {
            // SAFETY: the handle is of this thread, and the outs are writable.
            unsafe { sys::rsp_pg_monitor_scope(caller.raw(), &mut reference, &mut now, reason, self.0 .0) }
        })?;
        // SAFETY: the term is one that the caller owns.
        Ok((Ref(reference), unsafe { Term::from_raw(now) }))
    }

    /// Ends that: nothing of it comes any more, and what waits in the mailbox is taken out. False: there is no such one.
    ///
    /// Mirrors `pg:demonitor/2`.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn demonitor(self, caller: &Process, monitor: Ref) -> Result<bool, CallError> {
        // SAFETY: the handle is of this thread, and the out is writable.
        asked(|reason| unsafe { sys::rsp_pg_demonitor(caller.raw(), reason, self.0 .0, monitor.0) })
    }
}

/// What a call of a scope came to. False: it said that there is no such thing.
fn asked(call: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<bool, CallError> {
    let mut reason = Term::nil().into_raw();
    let result = call(&mut reason);
    // SAFETY: the reason is nil, or one that the caller owns.
    let reason = unsafe { Term::from_raw(reason) };
    match result {
        sys::RSP_OK => Ok(true),
        sys::RSP_EMISMATCH => Ok(false),
        _ => Err(CallError::from_code(result, reason)),
    }
}

fn listed(read: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<Term> {
    let mut list = Term::nil().into_raw();
    check(read(&mut list))?;
    // SAFETY: the term is one that the caller owns.
    Ok(unsafe { Term::from_raw(list) })
}

fn pids_of(list: &Term) -> Vec<Pid> {
    list.elements().filter_map(|term| term.as_pid()).collect()
}
