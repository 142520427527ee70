//! Registries: processes by keys that are any terms.

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::milliseconds;
use crate::error::check;
use crate::process::CALL_TIMEOUT;
use crate::start::StartOptions;
use crate::{Answer, Atom, ChildSpec, Error, Pid, Process, Result, Start, StartError, Term};

/// A registry, by its name: finds processes by keys that are any terms, and keeps a value with each. With unique keys a key
/// belongs to one process, with duplicate ones to any number of them.
///
/// A key is gone before anybody hears of the death of the process that had it. Reading asks no process, and any thread may
/// do it. A registry is linked to all that have a key in it: when it ends they end with it, so it comes before them in its
/// supervisor.
///
/// Mirrors Elixir's `Registry`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::Registry;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let rooms = Registry::new("rooms");
/// Supervisor::rest_for_one().child(rooms.unique()).start_link()?;
///
/// rooms.register(("room", 7), "blue")?;
/// assert_eq!(rooms.whereis(("room", 7))?, Some(me.pid()));
/// assert_eq!(rooms.lookup(("room", 7))?, [(me.pid(), Term::from("blue"))]);
/// rooms.send(("room", 7), "hello")?;
/// rooms.unregister(("room", 7))?;
/// assert_eq!(rooms.whereis(("room", 7))?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Registry(Atom);

/// How to start a registry: by itself, or, made a [`ChildSpec`] by [`From`], by a supervisor.
#[derive(Clone, Debug)]
pub struct RegistryStart {
    name: Atom,
    kind: sys::rsp_registry_kind,
    listeners: Vec<sys::rsp_atom>,
}

/// How a key was not registered.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// This process has the unique key: the caller itself, perhaps.
    AlreadyRegistered(Pid),
    /// The call was refused: [`Error::NoName`] when no such registry runs.
    Refused(Error),
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AlreadyRegistered(pid) => write!(f, "{pid} has the key"),
            Self::Refused(error) => write!(f, "the key was not registered: {error}"),
        }
    }
}

impl std::error::Error for RegisterError {}

impl From<Error> for RegisterError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<RegistryStart> for ChildSpec {
    /// # Panics
    ///
    /// When memory is short.
    fn from(start: RegistryStart) -> Self {
        Start::registry(&start).expect("memory for a registry's specification").into()
    }
}

impl RegistryStart {
    /// The process of this name is sent `{register, Registry, Key, Pid, Value}` for each key, and
    /// `{unregister, Registry, Key, Pid}` when it goes, by a call or by a death.
    #[must_use]
    pub fn listener(mut self, name: impl Into<Atom>) -> Self {
        self.listeners.push(name.into().0);
        self
    }

    /// Starts it. Nobody is linked to it; the end of the runtime stops it.
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyStarted`], or the call is refused.
    pub fn start(&self) -> Result<Pid, StartError> {
        self.start_with(StartOptions::default())
    }

    /// The same, linked to the calling process.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_link(&self) -> Result<Pid, StartError> {
        self.start_with(StartOptions { link: true, ..Default::default() })
    }

    fn start_with(&self, options: StartOptions) -> Result<Pid, StartError> {
        let process = current()?;
        let (raw, options) = (self.to_raw(), options.to_raw());
        let (mut pid, mut error) = (sys::rsp_pid::default(), Term::nil().into_raw());
        // SAFETY: process is null or a handle of this thread, the outs are writable, and what the options refer to is
        // usable as long as self lives.
        let result = unsafe { sys::rsp_registry_start(process, &mut pid, &mut error, &raw, &options) };
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Pid(pid))
        } else {
            Err(StartError::from_code(result, error))
        }
    }

    /// As the C API takes it: usable as long as self.
    pub(crate) fn to_raw(&self) -> sys::rsp_registry_opts {
        sys::rsp_registry_opts {
            name: self.name.0,
            keys: self.kind,
            listeners: self.listeners.as_ptr(),
            listener_count: self.listeners.len(),
            ..Default::default()
        }
    }
}

impl Registry {
    /// The registry of this name, whether it runs or not.
    #[must_use]
    pub fn new(name: impl Into<Atom>) -> Self {
        Self(name.into())
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Atom {
        self.0
    }

    /// How to start it with keys that belong to one process each.
    #[must_use]
    pub fn unique(self) -> RegistryStart {
        RegistryStart { name: self.0, kind: sys::RSP_REGISTRY_UNIQUE, listeners: Vec::new() }
    }

    /// How to start it with keys that any number of processes may have, and one several times.
    #[must_use]
    pub fn duplicate(self) -> RegistryStart {
        RegistryStart { name: self.0, kind: sys::RSP_REGISTRY_DUPLICATE, listeners: Vec::new() }
    }

    /// Gives the calling process a key, until it ends or gives it back. Links it to the registry.
    ///
    /// Mirrors `Registry.register/3`.
    ///
    /// # Errors
    ///
    /// [`RegisterError::AlreadyRegistered`], or the call is refused.
    pub fn register(self, key: impl Into<Term>, value: impl Into<Term>) -> Result<(), RegisterError> {
        let (key, value, process) = (key.into(), value.into(), current()?);
        let mut holder = sys::rsp_pid::default();
        // SAFETY: process is null or a handle of this thread, the out is writable, the terms are live.
        let result = unsafe {
            sys::rsp_registry_register(process, &mut holder, self.0 .0, key.as_raw(), value.as_raw())
        };
        match check(result) {
            Err(Error::NameTaken) => Err(RegisterError::AlreadyRegistered(Pid(holder))),
            other => Ok(other?),
        }
    }

    /// Takes a key from the calling process, however often it has it. One that it has not is no error.
    ///
    /// Mirrors `Registry.unregister/2`.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`] when no such registry runs, [`Error::Exiting`].
    pub fn unregister(self, key: impl Into<Term>) -> Result<()> {
        let (key, process) = (key.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the term is live.
        check(unsafe { sys::rsp_registry_unregister(process, self.0 .0, key.as_raw()) })
    }

    /// Gives a unique key of the calling process another value, and returns what it was.
    ///
    /// Mirrors `Registry.update_value/3`.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] when the process has no such key, [`Error::BadArgument`] where keys are not unique,
    /// [`Error::NoName`] when no such registry runs, [`Error::Exiting`].
    pub fn update_value(self, key: impl Into<Term>, value: impl Into<Term>) -> Result<Term> {
        let (key, value, process) = (key.into(), value.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the out is writable, the terms are live.
        Term::try_build(|old| unsafe {
            sys::rsp_registry_update_value(process, old, self.0 .0, key.as_raw(), value.as_raw())
        })
    }

    /// Who has a key, and with which values, in the order in which they registered.
    ///
    /// Mirrors `Registry.lookup/2`.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`] when no such registry runs.
    pub fn lookup(self, key: impl Into<Term>) -> Result<Vec<(Pid, Term)>> {
        let key = key.into();
        // SAFETY: the out is writable, the term is live.
        entries(|out| unsafe { sys::rsp_registry_lookup(out, self.0 .0, key.as_raw()) })
    }

    /// The same, but only those with a value that fits: the value itself; or the atom `_`, which is anything; or a tuple
    /// with `_` among its elements.
    ///
    /// Mirrors `Registry.match/3`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn matching(self, key: impl Into<Term>, pattern: impl Into<Term>) -> Result<Vec<(Pid, Term)>> {
        let (key, pattern) = (key.into(), pattern.into());
        // SAFETY: the out is writable, the terms are live.
        entries(|out| unsafe { sys::rsp_registry_match(out, self.0 .0, key.as_raw(), pattern.as_raw()) })
    }

    /// The process that has a unique key.
    ///
    /// Mirrors `Registry.whereis_name/1`.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`] when no such registry runs, [`Error::BadArgument`] where keys are not unique.
    pub fn whereis(self, key: impl Into<Term>) -> Result<Option<Pid>> {
        let (key, mut pid) = (key.into(), sys::rsp_pid::default());
        // SAFETY: the out is writable, the term is live.
        check(unsafe { sys::rsp_registry_whereis(&mut pid, self.0 .0, key.as_raw()) })?;
        Ok(Pid::from_raw(pid))
    }

    /// The keys of a process, in the order in which it registered them. One that it has twice is there twice.
    ///
    /// Mirrors `Registry.keys/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn keys(self, pid: Pid) -> Result<Vec<Term>> {
        // SAFETY: the out is writable.
        let keys = Term::try_build(|out| unsafe { sys::rsp_registry_keys(out, self.0 .0, pid.0) })?;
        Ok(keys.elements().collect())
    }

    /// How many entries there are. Those that come and go meanwhile are counted, or not.
    ///
    /// Mirrors `Registry.count/1`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn count(self) -> Result<u64> {
        let mut count = 0;
        // SAFETY: the out is writable.
        check(unsafe { sys::rsp_registry_count(&mut count, self.0 .0) })?;
        Ok(count)
    }

    /// What its users have put down with the registry itself under this key; `None`: nothing.
    ///
    /// Mirrors `Registry.meta/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn meta(self, key: impl Into<Term>) -> Result<Option<Term>> {
        let key = key.into();
        // SAFETY: the out is writable, the term is live.
        match Term::try_build(|out| unsafe { sys::rsp_registry_meta(out, self.0 .0, key.as_raw()) }) {
            Err(Error::NoMatch) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Puts something down with the registry itself, in the place of what was there. It goes with the registry's process.
    ///
    /// Mirrors `Registry.put_meta/3`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn put_meta(self, key: impl Into<Term>, value: impl Into<Term>) -> Result<()> {
        let (key, value) = (key.into(), value.into());
        // SAFETY: the terms are live.
        check(unsafe { sys::rsp_registry_put_meta(self.0 .0, key.as_raw(), value.as_raw()) })
    }

    /// Takes away what was put down. Nothing of this key is no error.
    ///
    /// Mirrors `Registry.delete_meta/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn delete_meta(self, key: impl Into<Term>) -> Result<()> {
        let key = key.into();
        // SAFETY: the term is live.
        check(unsafe { sys::rsp_registry_delete_meta(self.0 .0, key.as_raw()) })
    }

    /// Sends a term to whoever has a unique key now.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`] when nobody has it, or no such registry runs; [`Error::Overload`], [`Error::Exiting`].
    pub fn send(self, key: impl Into<Term>, message: impl Into<Term>) -> Result<()> {
        let (key, message, process) = (key.into(), message.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the terms are live.
        check(unsafe { sys::rsp_send_via(process, self.0 .0, key.as_raw(), message.as_raw()) })
    }

    /// Sends a cast to whoever has a unique key now. Nobody is no error.
    ///
    /// # Errors
    ///
    /// [`Error::Overload`], [`Error::Exiting`].
    pub fn cast(self, key: impl Into<Term>, request: impl Into<Term>) -> Result<()> {
        let (key, request, process) = (key.into(), request.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the terms are live.
        check(unsafe { sys::rsp_cast_via(process, self.0 .0, key.as_raw(), request.as_raw()) })
    }

    /// Calls whoever has a unique key now, and waits for [`CALL_TIMEOUT`] at most.
    ///
    /// # Errors
    ///
    /// As [`Process::call`]; nobody is `noproc`.
    pub fn call(self, caller: &Process, key: impl Into<Term>, request: impl Into<Term>) -> Answer {
        let (key, request) = (key.into(), request.into());
        // SAFETY: the handle is of this thread, the outs are writable, the terms are live.
        Process::answer(|msg, reason| unsafe {
            let (key, request, timeout) = (key.as_raw(), request.as_raw(), milliseconds(CALL_TIMEOUT));
            sys::rsp_call_via(caller.raw(), msg, reason, self.0 .0, key, request, timeout)
        })
    }
}

/// A list of `{Pid, Value}`.
fn entries(look: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<Vec<(Pid, Term)>> {
    Ok(Term::try_build(look)?.elements().filter_map(|entry| entry.to()).collect())
}

/// How to start one of these.
pub(crate) fn start_spec(start: &RegistryStart) -> Result<sys::rsp_start_spec> {
    let mut spec = sys::rsp_start_spec::default();
    // SAFETY: the out is writable, and what the options refer to lives as long as `start`.
    check(unsafe { sys::rsp_registry_spec(&mut spec, &start.to_raw()) })?;
    Ok(spec)
}
