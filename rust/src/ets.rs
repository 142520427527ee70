//! Tables: keys and values that belong to a process, are read by all, and may outlive their owner.

use std::ptr;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::error::check;
use crate::{Atom, Error, Pid, Ref, Result, Term};

/// A table of keys and values, by its reference. It belongs to the process that has made it.
///
/// When its owner ends it goes to its heir, if that lives, which is sent `{'ETS-TRANSFER', Ref, FromPid, HeirData}`; else it is
/// over, before anybody hears of the end. Reading asks no process, and any thread may do it.
///
/// Keys and values are any terms; 1 and 1.0 are two keys. Each call says [`Error::NoTable`] when the table is over, and
/// [`Error::Access`] when it does not allow it: see [`EtsAccess`]. A thread that is no process counts as one that owns nothing. Code
/// in [`Context::blocking`](crate::Context::blocking) calls for its process; when that has been ended there, each call says
/// [`Error::Exiting`].
///
/// Mirrors OTP's `ets`, of type set.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::Ets;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let table = Ets::options().name("sessions").create()?;
/// table.insert("anna", 7)?;
/// let found = Ets::whereis("sessions").expect("a table of this name");
/// assert_eq!(found.lookup("anna")?, Some(Term::from(7)));
/// assert_eq!(found.update_counter("anna", 2)?, 9);
/// found.delete()?;
/// assert_eq!(Ets::whereis("sessions"), None);
/// # drop(me);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ets(Ref);

/// Who may read and who may write a table.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EtsAccess {
    /// The owner writes, all read.
    #[default]
    Protected,
    /// All write and read.
    Public,
    /// The owner writes and reads.
    Private,
}

/// What table to make.
#[derive(Clone, Debug, Default)]
pub struct EtsOptions {
    name: Option<Atom>,
    access: EtsAccess,
    heir: Option<(Pid, Term)>,
}

impl EtsOptions {
    /// Found by [`Ets::whereis`], as long as the table is there. Names of processes are others.
    #[must_use]
    pub fn name(mut self, name: impl Into<Atom>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Protected, if nothing is said.
    #[must_use]
    pub fn access(mut self, access: EtsAccess) -> Self {
        self.access = access;
        self
    }

    /// The process whose the table is when its owner ends, and what that is sent with it. One that is dead already: as if
    /// none were named.
    #[must_use]
    pub fn heir(mut self, heir: Pid, data: impl Into<Term>) -> Self {
        self.heir = Some((heir, data.into()));
        self
    }

    /// Makes the table, which is the calling process's until that gives it away or ends.
    ///
    /// Mirrors `ets:new/2`.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a table has the name, [`Error::Limit`] when as many live as there can be,
    /// [`Error::NoMemory`], [`Error::Exiting`]; [`Error::BadArgument`] on a thread that is no process.
    pub fn create(&self) -> Result<Ets> {
        let process = current()?;
        let opts = sys::rsp_ets_opts {
            name: self.name.map_or(sys::rsp_atom { id: 0 }, |name| name.0),
            access: match self.access {
                EtsAccess::Protected => sys::RSP_ETS_PROTECTED,
                EtsAccess::Public => sys::RSP_ETS_PUBLIC,
                EtsAccess::Private => sys::RSP_ETS_PRIVATE,
            },
            heir: self.heir.as_ref().map_or(sys::rsp_pid::default(), |(heir, _)| heir.0),
            heir_data: self.heir.as_ref().map_or(sys::rsp_term::default(), |(_, data)| data.as_raw()),
            ..Default::default()
        };
        let mut table = sys::rsp_ref::default();
        // SAFETY: process is null or a handle of this thread, the out is writable, the options live.
        check(unsafe { sys::rsp_ets_new(process, &mut table, &opts) })?;
        Ok(Ets(Ref(table)))
    }
}

impl From<Ref> for Ets {
    /// The table that this reference names, as it comes in messages.
    fn from(table: Ref) -> Self {
        Self(table)
    }
}

impl From<Ets> for Term {
    fn from(table: Ets) -> Self {
        table.0.into()
    }
}

impl Ets {
    /// What table to make.
    #[must_use]
    pub fn options() -> EtsOptions {
        EtsOptions::default()
    }

    /// The table that has this name.
    ///
    /// Mirrors `ets:whereis/1`.
    pub fn whereis(name: impl Into<Atom>) -> Option<Self> {
        let mut table = sys::rsp_ref::default();
        // SAFETY: the out is writable.
        let result = unsafe { sys::rsp_ets_whereis(&mut table, name.into().0) };
        if result == sys::RSP_OK {
            Ref::from_raw(table).map(Self)
        } else {
            None
        }
    }

    /// What names it, in messages too: [`Ets::from`] makes it a table again.
    #[must_use]
    pub fn id(self) -> Ref {
        self.0
    }

    /// Puts a value under a key, in the place of what was there.
    ///
    /// Mirrors `ets:insert/2`.
    ///
    /// # Errors
    ///
    /// [`Error::NoTable`], [`Error::Access`], [`Error::NoMemory`], [`Error::Exiting`].
    pub fn insert(self, key: impl Into<Term>, value: impl Into<Term>) -> Result<()> {
        let (key, value, process) = (key.into(), value.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the terms are live.
        check(unsafe { sys::rsp_ets_insert(process, self.0 .0, key.as_raw(), value.as_raw()) })
    }

    /// Puts a value under a key that is not there; `false`: it is, and nothing was changed.
    ///
    /// Mirrors `ets:insert_new/2`.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn insert_new(self, key: impl Into<Term>, value: impl Into<Term>) -> Result<bool> {
        let (key, value, process) = (key.into(), value.into(), current()?);
        let mut inserted = false;
        // SAFETY: process is null or a handle of this thread, the out is writable, the terms are live.
        check(unsafe {
            sys::rsp_ets_insert_new(process, &mut inserted, self.0 .0, key.as_raw(), value.as_raw())
        })?;
        Ok(inserted)
    }

    /// The value of a key.
    ///
    /// Mirrors `ets:lookup/2`.
    ///
    /// # Errors
    ///
    /// [`Error::NoTable`], [`Error::Access`], [`Error::Exiting`].
    pub fn lookup(self, key: impl Into<Term>) -> Result<Option<Term>> {
        let (key, process) = (key.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the out is writable, the term is live.
        found(|out| unsafe { sys::rsp_ets_lookup(process, out, self.0 .0, key.as_raw()) })
    }

    /// Whether there is such a key.
    ///
    /// Mirrors `ets:member/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn member(self, key: impl Into<Term>) -> Result<bool> {
        let (key, process) = (key.into(), current()?);
        let mut is_there = false;
        // SAFETY: process is null or a handle of this thread, the out is writable, the term is live.
        check(unsafe { sys::rsp_ets_member(process, &mut is_there, self.0 .0, key.as_raw()) })?;
        Ok(is_there)
    }

    /// Takes a key out, and brings its value. Of any number of callers that take one key exactly one gets it.
    ///
    /// Mirrors `ets:take/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn take(self, key: impl Into<Term>) -> Result<Option<Term>> {
        let (key, process) = (key.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the out is writable, the term is live.
        found(|out| unsafe { sys::rsp_ets_take(process, out, self.0 .0, key.as_raw()) })
    }

    /// Takes a key out. One that is not there is no error.
    ///
    /// Mirrors `ets:delete/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn delete_key(self, key: impl Into<Term>) -> Result<()> {
        let (key, process) = (key.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the term is live.
        check(unsafe { sys::rsp_ets_delete_key(process, self.0 .0, key.as_raw()) })
    }

    /// Adds to the value of a key, which is an integer, and returns the sum.
    ///
    /// Mirrors `ets:update_counter/3`.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] when there is no such key, [`Error::WrongType`] when its value is no integer, [`Error::Limit`] when
    /// the sum does not fit into 64 bits, and as [`lookup`](Self::lookup).
    pub fn update_counter(self, key: impl Into<Term>, increment: i64) -> Result<i64> {
        self.count(key.into(), increment, ptr::null())
    }

    /// The same; a key that is not there counts as `initial`.
    ///
    /// Mirrors `ets:update_counter/4`.
    ///
    /// # Errors
    ///
    /// As [`update_counter`](Self::update_counter), but for [`Error::NoMatch`]; [`Error::NoMemory`].
    pub fn update_counter_or(self, key: impl Into<Term>, increment: i64, initial: i64) -> Result<i64> {
        self.count(key.into(), increment, &initial)
    }

    fn count(self, key: Term, increment: i64, initial: *const i64) -> Result<i64> {
        let (process, mut sum) = (current()?, 0);
        // SAFETY: process is null or a handle of this thread, the out is writable, the term is live, `initial` is null or
        // readable.
        check(unsafe {
            sys::rsp_ets_update_counter(process, &mut sum, self.0 .0, key.as_raw(), increment, initial)
        })?;
        Ok(sum)
    }

    /// Where a walk begins: a key and its value; `None`: the table is empty.
    ///
    /// Mirrors `ets:first_lookup/1`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn first(self) -> Result<Option<(Term, Term)>> {
        let process = current()?;
        // SAFETY: process is null or a handle of this thread, the outs are writable.
        pair(|key, value| unsafe { sys::rsp_ets_first(process, key, value, self.0 .0) })
    }

    /// What comes behind a key, also behind one that is gone; `None`: nothing. A walk comes by each key that stays exactly
    /// once; of those that come and go meanwhile it meets some.
    ///
    /// Mirrors `ets:next_lookup/2`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn next(self, key: impl Into<Term>) -> Result<Option<(Term, Term)>> {
        let (behind, process) = (key.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the outs are writable, the term is live.
        pair(|key, value| unsafe { sys::rsp_ets_next(process, key, value, self.0 .0, behind.as_raw()) })
    }

    /// All that is in it. Not one moment of a table that others change.
    ///
    /// Mirrors `ets:tab2list/1`.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup); [`Error::NoMemory`].
    pub fn tab2list(self) -> Result<Vec<(Term, Term)>> {
        let process = current()?;
        // SAFETY: process is null or a handle of this thread, the out is writable.
        let list = Term::try_build(|out| unsafe { sys::rsp_ets_tab2list(process, out, self.0 .0) })?;
        Ok(list.elements().filter_map(|row| row.to()).collect())
    }

    /// What it is, a map of id, name, owner, heir, protection, size (entries) and memory (bytes); `None`: it is over.
    ///
    /// Mirrors `ets:info/1`.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`].
    pub fn info(self) -> Result<Option<Term>> {
        // SAFETY: the out is writable.
        match Term::try_build(|out| unsafe { sys::rsp_ets_info(out, self.0 .0) }) {
            Err(Error::NoTable) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Makes another process the owner, which is sent `{'ETS-TRANSFER', Ref, FromPid, Data}`. By the owner.
    ///
    /// Mirrors `ets:give_away/3`.
    ///
    /// # Errors
    ///
    /// [`Error::NoProcess`] when it is dead, or passes its own tables on as it ends: the table stays the caller's.
    /// [`Error::BadArgument`] to the caller itself, and as [`insert`](Self::insert).
    pub fn give_away(self, to: Pid, data: impl Into<Term>) -> Result<()> {
        let (data, process) = (data.into(), current()?);
        // SAFETY: process is null or a handle of this thread, the term is live.
        check(unsafe { sys::rsp_ets_give_away(process, self.0 .0, to.0, data.as_raw()) })
    }

    /// Names another heir, or none. By the owner.
    ///
    /// Mirrors `ets:setopts/2`.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn set_heir(self, heir: Option<Pid>, data: impl Into<Term>) -> Result<()> {
        let (data, process) = (data.into(), current()?);
        let heir = heir.map_or(sys::rsp_pid::default(), |heir| heir.0);
        // SAFETY: process is null or a handle of this thread, the term is live.
        check(unsafe { sys::rsp_ets_set_heir(process, self.0 .0, heir, data.as_raw()) })
    }

    /// Ends the table, with all that is in it. By whoever may write into it.
    ///
    /// Mirrors `ets:delete/1`.
    ///
    /// # Errors
    ///
    /// [`Error::NoTable`], [`Error::Access`], [`Error::Exiting`].
    pub fn delete(self) -> Result<()> {
        let process = current()?;
        // SAFETY: process is null or a handle of this thread.
        check(unsafe { sys::rsp_ets_delete(process, self.0 .0) })
    }
}

/// A value, if there is such a key.
fn found(look: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<Option<Term>> {
    match Term::try_build(look) {
        Err(Error::NoMatch) => Ok(None),
        other => other.map(Some),
    }
}

/// A key and its value, if there is one.
fn pair(
    look: impl FnOnce(*mut sys::rsp_term, *mut sys::rsp_term) -> sys::rsp_result,
) -> Result<Option<(Term, Term)>> {
    let mut value = Term::nil().into_raw();
    let key = found(|key| look(key, &mut value))?;
    // SAFETY: nil, or what was written together with the key.
    let value = unsafe { Term::from_raw(value) };
    Ok(key.map(|key| (key, value)))
}
