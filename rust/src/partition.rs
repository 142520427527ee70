//! Partitions: a process for each part of the keys.

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::milliseconds;
use crate::error::check;
use crate::process::CALL_TIMEOUT;
use crate::{Answer, Atom, ChildSpec, Pid, Process, Result, Supervisor, Term};

/// A supervisor of partitions, by its name: so many copies of one child, each for a part of all keys, so that what one process
/// would be too slow for is done by as many as there are processors.
///
/// A key that is an integer belongs to the partition of its magnitude modulo their number; any other one to that of its hash,
/// always the same one as long as the program runs. To find it asks no process, and any thread may do it.
///
/// Mirrors Elixir's `PartitionSupervisor`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::PartitionSupervisor;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let counter = ChildSpec::function("counter", || {
///     let mut count = 0;
///     move |_: &Context, message| {
///         if let Message::Call { from, .. } = message {
///             count += 1;
///             from.reply(count).unwrap();
///         }
///     }
/// });
/// let counters = PartitionSupervisor::new("counters");
/// counters.of(counter).partitions(4).start_link()?;
///
/// assert_eq!(counters.count()?, 4);
/// counters.call(&me, "ada", ())?;
/// assert_eq!(counters.call(&me, "ada", ())?.to(), Some(2));
/// assert_eq!(counters.whereis(1)?, counters.whereis(-5)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartitionSupervisor(Atom);

impl PartitionSupervisor {
    /// The one of this name, whether it runs or not.
    #[must_use]
    pub fn new(name: impl Into<Atom>) -> Self {
        Self(name.into())
    }

    /// How to start it over copies of this child, as many as the runtime has workers unless
    /// [`partitions`](Supervisor::partitions) says otherwise. Their ids are 0, 1, 2, ... It is `one_for_one` and cannot have
    /// an [`auto_shutdown`](Supervisor::auto_shutdown). For another group strategy, give a named supervisor of one child
    /// its [`partitions`](Supervisor::partitions).
    #[must_use]
    pub fn of(self, child: impl Into<ChildSpec>) -> Supervisor {
        Supervisor::one_for_one().child(child).name(self.0).partitioned()
    }

    /// How many partitions there are.
    ///
    /// Mirrors `PartitionSupervisor.partitions/1`.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`](crate::Error::NoName) when no such supervisor runs.
    pub fn count(self) -> Result<u64> {
        let mut count = 0;
        // SAFETY: the out is writable.
        check(unsafe { sys::rsp_partition_count(&mut count, self.0 .0) })?;
        Ok(count)
    }

    /// The partition that a key belongs to, if it has a process just now.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn whereis(self, key: impl Into<Term>) -> Result<Option<Pid>> {
        let (key, mut pid) = (key.into(), sys::rsp_pid::default());
        // SAFETY: the out is writable, the term is live.
        check(unsafe { sys::rsp_partition_whereis(&mut pid, self.0 .0, key.as_raw()) })?;
        Ok(Pid::from_raw(pid))
    }

    /// Sends a term to the partition of a key.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`](crate::Error::NoName) when it has no process, or no such supervisor runs;
    /// [`Error::Overload`](crate::Error::Overload), [`Error::Exiting`](crate::Error::Exiting).
    pub fn send(self, key: impl Into<Term>, message: impl Into<Term>) -> Result<()> {
        let (key, message, process) = (key.into(), message.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the terms are live.
        check(unsafe { sys::rsp_partition_send(process, self.0 .0, key.as_raw(), message.as_raw()) })
    }

    /// Sends a cast to the partition of a key. That it has no process is no error.
    ///
    /// # Errors
    ///
    /// [`Error::Overload`](crate::Error::Overload), [`Error::Exiting`](crate::Error::Exiting).
    pub fn cast(self, key: impl Into<Term>, request: impl Into<Term>) -> Result<()> {
        let (key, request, process) = (key.into(), request.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the terms are live.
        check(unsafe { sys::rsp_partition_cast(process, self.0 .0, key.as_raw(), request.as_raw()) })
    }

    /// Calls the partition of a key, and waits for [`CALL_TIMEOUT`] at most.
    ///
    /// # Errors
    ///
    /// As [`Process::call`]; one that has no process is `noproc`.
    pub fn call(self, caller: &Process, key: impl Into<Term>, request: impl Into<Term>) -> Answer {
        let (key, request) = (key.into(), request.into());
        // SAFETY: the handle is of this thread, the outs are writable, the terms are live.
        Process::answer(|msg, reason| unsafe {
            let (key, request, timeout) = (key.as_raw(), request.as_raw(), milliseconds(CALL_TIMEOUT));
            sys::rsp_partition_call(caller.raw(), msg, reason, self.0 .0, key, request, timeout)
        })
    }
}
